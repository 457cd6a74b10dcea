"""Names that content may use and that code defines; a test keeps them equal to the code."""

from __future__ import annotations

from typing import Final

# Action of a service task → what it does. The functions are in engine/actions.py.
ACTIONS: Final = {
    "issue_papers": "生成并印发本案已制作的文书",
    "compute_discretion": "按裁量基准计算罚款幅度",
    "compute_surcharge": "计算加处罚款",
    "build_dossier": "生成并封存电子卷宗",
    "notify": "向有关人员发出提醒",
    "notify_payment": "把缴款义务告知代收机构",
    "send_out": "把一项内容告知对端(message 所指)",
}
# What the pattern of a number may name.
NUMBER_PARTS: Final = frozenset({"province", "agency", "code", "kind", "year", "seq"})
# Refusals of a story that are not guards: the codes of kernel.errors.
PROBLEMS: Final = frozenset({"refused", "not_found", "not_allowed", "already_claimed", "invalid_answers", "stale"})
