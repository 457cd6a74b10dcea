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
    "read_training_hours": "核算培训学时",
    "issue_certificate": "核发执法证件",
    "change_certificate": "变更执法证件状态",
    "freeze_bank": "冻结题库并核对能否组卷",
    "compose_papers": "定种子、按规则组卷",
    "take_answer_sheets": "登记离线答卷",
    "close_exam": "收卷并判客观题",
    "record_marks": "登记一人的评分",
    "compare_marks": "比对两人评分",
    "settle_marks": "合成成绩",
    "publish_results": "公布成绩",
    "regrade": "更正成绩",
    "tell_results": "把成绩告知资格流程",
    "open_evaluation": "建立考评批次",
    "record_self_assessment": "登记自评",
    "draw_sample": "抽取案卷和人员",
    "record_scores": "登记一人的考评评分",
    "compare_scores": "比对两人考评评分",
    "settle_scores": "汇总考评得分",
    "rescore": "更正考评得分",
    "publish_evaluation": "公布考评结果",
    "start_process": "启动另一个流程(新记录或本记录)",
    "send_message": "把消息交给等待它的流程",
    "end_proceedings": "终止本记录上的其他流程",
    "share_case": "把本案向上一级机关开放查阅",
    "replace_officer": "在案件中以接替的人更换离开的人,并转办其待办",
    "notify_payment": "把缴款义务告知代收机构",
    "renew_payment_notice": "应缴数额改变后重新告知代收机构",
    "send_out": "把一项内容告知对端(message 所指)",
    "find_similar_clues": "查同车、同船、同人、同时空的线索",
    "enter_property": "清单所列财物登记入账",
    "move_property": "财物入库、退还、移交、处理记账",
}
# Action → the facts that it finds.
ACTION_FACTS: Final = {
    "compute_discretion": frozenset(
        {"limit_kg", "over_kg", "over_rate", "discretion_tier", "discretion_reason", "fine_min", "fine_max"}
        | {"suggested_fine", "violated_provisions", "penalty_provisions"}
    ),
    "compute_surcharge": frozenset({"surcharge_amount", "surcharge_days"}),
    "enter_property": frozenset({"property_no"}),
}
# What engine/documents.py supplies to a paper besides facts; the second half stands in the agency's particulars.
PAPER_SUPPLY: Final = frozenset(
    {
        "agency_name",
        "agency_above",
        "officers",
        "officers_unit_position",
        "person",
        "archivist",
        "checker",
        "number",
        "case_number",
    }
    | {
        "archive_no",
        "issued_date",
        "archived_at",
        "papers",
        "catalogue",
        "pages",
        "volume",
        "evidence_sm3",
        "opinions",
        "clocks",
        "approvals",
    }
    | {"agency_address", "agency_zip", "agency_contact", "agency_phone", "agency_head", "bank_name", "bank_address"}
    | {"bank_account", "reconsideration_organ", "litigation_court", "enforcement_court", "query_url", "retention"}
)
# What the pattern of a number may name.
NUMBER_PARTS: Final = frozenset({"province", "agency", "code", "kind", "year", "seq"})
# Refusals of a story that are not guards: the codes of kernel.errors.
PROBLEMS: Final = frozenset({"refused", "not_found", "not_allowed", "already_claimed", "invalid_answers", "stale"})
