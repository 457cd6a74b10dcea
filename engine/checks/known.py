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
    "start_process": "启动另一个流程(新记录或本记录)",
    "send_message": "把消息交给等待它的流程",
}
# What the pattern of a number may name.
NUMBER_PARTS: Final = frozenset({"province", "agency", "code", "kind", "year", "seq"})
# Refusals of a story that are not guards: the codes of kernel.errors.
PROBLEMS: Final = frozenset({"refused", "not_found", "not_allowed", "already_claimed", "invalid_answers", "stale"})
