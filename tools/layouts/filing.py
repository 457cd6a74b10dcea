"""Papers of filing a major penalty with the agency above and of withdrawing a case."""

from __future__ import annotations

from tools.layouts.blocks import (
    CONTACT,
    FOUR,
    PARTY,
    PARTY_WIDTHS,
    Blank,
    Copies,
    Paper,
    Para,
    Seal,
    Table,
    field,
    label,
    long,
    one,
    opinion,
    pair,
    six,
    six_long,
    three_opinions,
)

LAYOUTS: dict[str, Paper] = {
    "E47": Paper(
        "重大行政处罚备案报告",
        (
            Para(("{{ to }}：",), indent=0, keep=True),
            Para(("本机关作出下列重大行政处罚决定，现报送备案，请予审查。",), size=12.5, keep=True, after=4),
            Table(
                FOUR,
                (
                    one("备案机关", "filing_agency"),
                    one("案由", "case_cause"),
                    one("案号", "case_number"),
                    one("当事人", "party_display_name"),
                    one("处罚种类", "penalty_kinds"),
                    pair("罚款金额", "fine_amount", "决定日期", "decided_on"),
                    one("决定书文号", "decision_number"),
                    (label("案情与\n决定摘要"), long("summary", 3, 56)),
                    opinion("负责人\n审批意见", "head_opinion", 1, 3, 18),
                ),
            ),
            Blank(4),
            Para(("附：{{ decision_file }}",), size=12, indent=0, keep=True),
            CONTACT,
            Seal(),
            Copies("本文书一式三份：一份存根（入卷），两份报上一级机关。"),
        ),
        number="{{ document_number }}",
    ),
    "E33": Paper(
        "撤销立案审批表",
        (
            Table(
                PARTY_WIDTHS,
                (
                    six("案号", "case_number"),
                    six("案由", "case_cause"),
                    six("立案日期", "filed_on"),
                    (label("当事人类型", 2), field("party_type", 4)),
                    *PARTY,
                    six("撤案理由", "reason", 36),
                    six_long("说明", "explain", 24),
                    six_long("涉案财物\n处理", "property_disposal", 12),
                    *three_opinions(height=17),
                ),
            ),
            Copies("本文书一式一份，入卷。"),
        ),
        number="{{ document_number }}",
    ),
}
