"""Papers of inspections."""

from __future__ import annotations

from tools.layouts.blocks import (
    FOUR,
    OFFICERS,
    Blank,
    Copies,
    Lines,
    Paper,
    Table,
    hand,
    label,
    listing,
    long,
    one,
    pair,
)

LAYOUTS: dict[str, Paper] = {
    "E27": Paper(
        "行政检查记录",
        (
            Table(
                FOUR,
                (
                    pair("检查任务号", "task_no", "检查种类", "inspection_kind"),
                    one("检查对象", "inspected_object"),
                    one("检查依据", "basis", height=11),
                    one("检查时间", "period"),
                    one("检查地点", "place"),
                    *OFFICERS,
                    pair("在场人员", "person_name", "单位及职务", "person_position"),
                    pair("联系电话", "person_phone", "已出示证件、\n说明事由", "certificate_shown"),
                ),
            ),
            Blank(4),
            listing(
                "items",
                (
                    ("序号", "seq", 12.0),
                    ("检查事项", "check_item", 58.0),
                    ("结论", "check_finding", 22.0),
                    ("说明", "check_note", 64.0),
                ),
            ),
            Blank(4),
            Table(
                FOUR,
                (
                    (label("检查情况"), long("findings", 3, 30)),
                    one("处理意见", "result"),
                ),
            ),
            Lines(
                (
                    hand("被检查人签名", "party_signature"),
                    "拒绝签名的注明：{{ refusal_remark }}",
                    hand("执法人员签名", "officer_signatures"),
                )
            ),
            Copies("本记录一式两份，一份交被检查人，一份存档。"),
        ),
        number="{{ document_number }}",
    ),
}
