"""Papers of suspending, closing and archiving a case."""

from __future__ import annotations

from tools.layouts.blocks import (
    DAY,
    FOUR,
    PARTY,
    PARTY_WIDTHS,
    TO_PARTY,
    TWO_COPIES,
    Blank,
    Copies,
    Heading,
    Note,
    Paper,
    Para,
    Repeat,
    Seal,
    Table,
    field,
    label,
    long,
    one,
    opinion,
    six,
    six_long,
    six_opinion,
    value,
)

LAYOUTS: dict[str, Paper] = {
    "D24": Paper(
        "结案报告",
        (
            Table(
                PARTY_WIDTHS,
                (
                    six("案由", "case_cause"),
                    (
                        label("当事人类型", 2),
                        field("party_type", 2),
                        label("年龄、性别"),
                        field("party_demographics"),
                    ),
                    *PARTY,
                    six("法定代表人\n职务", "org_rep_position", 12),
                    six_long("处理结果", "disposition", 14),
                    six("结案理由", "closing_ground", 36),
                    six_long("执行情况", "execution", 16),
                    (label("承办人签名", 2), value(f"{{{{ handler_signature }}}}\n>{DAY}", 4, height=15, top=True)),
                    six_opinion("经办机构\n负责人意见", "unit_head_opinion", 20),
                    six_opinion("负责人\n审批意见", "agency_head_opinion", 20),
                ),
            ),
            Copies("本文书一式一份，入卷。"),
        ),
    ),
    "E44": Paper(
        "交通运输行政执法案卷",
        (
            Blank(20),
            Table(
                (34, 122),
                tuple(
                    (label(text, size=14), field(key, height=height, size=14))
                    for text, key, height in (
                        ("案号", "case_number", 14),
                        ("案由", "case_cause", 14),
                        ("当事人", "party_display_name", 14),
                        ("程序类型", "procedure_type", 14),
                        ("处理结果", "disposition", 14),
                        ("立案时间", "filed_at", 14),
                        ("结案时间", "closed_at", 14),
                        ("立卷人", "archivist", 14),
                        ("立卷时间", "archived_at", 14),
                        ("保管期限", "retention", 14),
                        ("卷别", "volume", 14),
                        ("档号", "archive_no", 14),
                    )
                ),
            ),
            Blank(14),
            Para(("本卷共 {{ pages }} 页",), indent=0, align="right", size=14),
        ),
        number="",
    ),
    "E45": Paper(
        "卷内目录",
        (
            Table(
                (10, 33, 41, 19, 29, 12, 12),
                (
                    Repeat(
                        "items",
                        tuple(
                            label(text, size=10.5)
                            for text in ("序号", "材料名称", "文号", "责任者", "日期", "页码", "备注")
                        ),
                        (
                            field("row.seq", align="center", size=10),
                            field("row.name", size=10),
                            field("row.doc_no", size=9),
                            field("row.author", size=9),
                            field("row.date", size=9),
                            field("row.page", align="center", size=9),
                            field("row.remark", size=9),
                        ),
                        repeat_head=True,
                    ),
                ),
            ),
        ),
    ),
    "E46": Paper(
        "卷内备考表",
        (
            Blank(12),
            Table(
                (40, 116),
                (
                    (label("卷内文件\n情况说明"), long("statement", 1, 130)),
                    (label("整理人"), field("collator", height=14)),
                    (label("检查人"), field("checker", height=14)),
                    (label("时间"), field("date", height=14)),
                    (
                        label("整理人、检查人\n签名"),
                        value(f"{{{{ collator_signatures }}}}\n>{DAY}", height=24, top=True),
                    ),
                ),
            ),
        ),
        number="",
    ),
    "E34": Paper(
        "中止（恢复、终止）案件调查审批表",
        (
            Table(
                FOUR,
                (
                    one("案由", "case_cause"),
                    one("当事人", "party_display_name"),
                    one("审批类型", "type"),
                    one("情形", "ground", height=20),
                    (label("理由"), long("reason", 3, 44)),
                    one("起始日", "effective_date"),
                    opinion("承办人意见", "handler_opinion", 1, 3, 34),
                    opinion("承办机构\n负责人意见", "unit_head_opinion", 1, 3, 34),
                    opinion("执法部门\n负责人意见", "agency_head_opinion", 1, 3, 34),
                ),
            ),
            Note("审批表入卷，不送达。"),
            Heading("中止（恢复、终止）案件调查决定书"),
            Para(("案号：{{ case_number }}",), indent=0, size=12, align="right", keep=True),
            TO_PARTY,
            Para(
                (
                    "{{ case_cause }}一案，因下列理由：{{ reason }}",
                    "经本机关负责人批准，决定自{{ effective_date }}起：",
                    "{{ type }}",
                ),
            ),
            Para(("{{ suspend_clause }}",), when="suspend_clause is filled"),
            Para(("{{ resume_clause }}",), when="resume_clause is filled"),
            Para(("{{ terminate_clause }}",), when="terminate_clause is filled"),
            Seal(),
            TWO_COPIES,
        ),
    ),
}
