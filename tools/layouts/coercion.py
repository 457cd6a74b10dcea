"""Papers of coercive measures and of the property taken."""

from __future__ import annotations

from tools.layouts.blocks import (
    CONTACT,
    DAY,
    FOUR,
    ITEMS,
    OFFICERS,
    PARTY,
    PARTY_WIDTHS,
    TO_PARTY,
    TWO_COPIES,
    WITH_CONDITION,
    WITH_REMARK,
    Blank,
    Cell,
    Copies,
    Heading,
    Lines,
    Note,
    Paper,
    Para,
    Seal,
    Table,
    field,
    hand,
    label,
    listing,
    long,
    one,
    pair,
    party,
    six,
    six_long,
    three_opinions,
    value,
)

LAYOUTS: dict[str, Paper] = {
    "D08": Paper(
        "行政强制措施决定书",
        (
            party(),
            Blank(4),
            Para(
                (
                    "违法事实：{{ violation_time }}，你（单位）涉嫌{{ case_cause }}。",
                    "采取强制措施的理由：{{ measure_reason }}",
                    "依据{{ measure_basis }}的规定，本机关决定采取下列行政强制措施：",
                    "{{ measure_type }}",
                    "对象名称及数量：{{ objects_desc }}（详见所附清单）。",
                    "期限：{{ term_clause }}",
                    "保管地点与保管方式：{{ storage_place }}",
                    "{{ rights_clause }}",
                    "其他说明：{{ remark }}",
                ),
                size=11,
                gap=4.5,
            ),
            Para(("{{ remedy_clause }}",), size=11, gap=4.5, keep=True),
            Lines(
                (
                    hand("当事人或其代理人签名", "party_signature"),
                    "拒绝签名的注明：{{ refusal_remark }}",
                    hand("见证人签名", "witness_signature"),
                    hand("执法人员签名", "officer_signatures"),
                )
            ),
            Seal(),
            Copies("本文书一式两份：一份存根（入卷），一份当场交付当事人或其代理人；清单双方各保存一份。"),
            Heading("查封（扣押）物品清单"),
            Para(("决定书编号：{{ document_number }}",), indent=0, size=12, keep=True),
            listing(
                "items",
                (
                    *ITEMS[:3],
                    ("数量", "quantity", 14.0),
                    ("单位", "unit", 12.0),
                    ("状态", "item_condition", 22.0),
                    ("备注", "remark", 20.0),
                ),
            ),
            Blank(4),
            Lines(
                (
                    hand("当事人或其代理人签名", "party_signature"),
                    hand("见证人签名", "witness_signature"),
                    hand("执法人员签名", "officer_signatures"),
                )
            ),
        ),
        number="{{ document_number }}",
    ),
    "D09": Paper(
        "延长行政强制措施期限通知书",
        (
            TO_PARTY,
            Para(
                (
                    "因你（单位）涉嫌{{ case_cause }}，本机关于{{ measure_date }}对你（单位）的有关场所、设施或者财物采取了"
                    "{{ measure_type }}的行政强制措施（决定书编号：{{ orig_doc_no }}），期限至{{ orig_due }}届满。",
                    "现因下列理由，需要延长期限：{{ reason }}",
                    "依据《中华人民共和国行政强制法》第二十五条的规定，经本机关负责人批准，决定将上述行政强制措施的期限"
                    "延长至{{ extended_to }}。",
                    "{{ remedy_clause }}",
                ),
            ),
            CONTACT,
            Seal(),
            TWO_COPIES,
        ),
    ),
    "D10": Paper(
        "解除行政强制措施决定书",
        (
            TO_PARTY,
            Para(
                (
                    "因你（单位）涉嫌{{ case_cause }}，本机关于{{ measure_date }}采取了{{ measure_type }}的行政强制措施"
                    "（决定书编号：{{ orig_doc_no }}）。现查明有《中华人民共和国行政强制法》第二十八条第一款规定的下列情形：",
                    "{{ release_clause }}",
                    "本机关决定自{{ release_date }}起解除上述行政强制措施，并立即退还下列财物：",
                ),
                size=12,
                gap=8,
                keep=True,
                after=4,
            ),
            listing("items", WITH_CONDITION),
            Blank(4),
            Para(("查验情况：{{ check_confirm }}",), size=12),
            Lines((hand("当事人或其代理人查验签名", "party_signature"),)),
            Seal(),
            Copies(
                "本文书一式两份：一份存根（入卷），一份交当事人或其代理人。已将不易保管的财物拍卖或者变卖的，退还所得款项。"
            ),
        ),
    ),
    "E04": Paper(
        "行政强制措施审批表",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (label("审批类型", 2), field("type", 4, height=13)),
                    (label("当事人类型", 2), field("party_type", 4)),
                    *PARTY,
                    six_long("案件基本\n情况", "case_summary", 24),
                    (label("措施与对象", 2), value("{{ measure_type }}：{{ measure_objects }}", 4, height=16)),
                    (
                        label("理由依据", 2),
                        Cell(
                            (
                                "{% if reason_take is filled %}{{ reason_take }}{% endif %}"
                                "{% if reason_extend is filled %}{{ reason_extend }}{% endif %}"
                                "{% if reason_release is filled %}{{ reason_release }}{% endif %}",
                            ),
                            4,
                            height=24,
                            top=True,
                            indent=2,
                        ),
                    ),
                    (
                        label("期限", 2),
                        value(
                            "{% if period_take is filled %}{{ period_take }}{% endif %}"
                            "{% if period_extend is filled %}{{ period_extend }}{% endif %}"
                            "{% if period_release is filled %}{{ period_release }}{% endif %}",
                            4,
                        ),
                    ),
                    six("当场实施时间", "enforced_at"),
                    *three_opinions(height=20),
                ),
            ),
            Copies(
                "本文书一式一份，入卷。情况紧急当场实施的，应当在{{ emergency_term }}内补办批准手续；不同意的，立即解除。"
            ),
        ),
    ),
    "E05": Paper(
        "行政强制措施现场笔录",
        (
            Table(
                FOUR,
                (
                    one("执法地点", "place"),
                    one("执法时间", "period"),
                    *OFFICERS,
                    pair("现场人员", "person_name", "与案件关系", "relation_to_case"),
                    pair("身份证件号", "person_id_no", "联系电话", "phone"),
                    pair("单位及职务", "unit_position", "联系地址", "address"),
                    pair("车（船）号", "vehicle_ship_no", "车（船）型", "vehicle_ship_type"),
                    pair("记录人", "recorder", "见证人", "witness_name"),
                    (label("到场与亮证\n情况"), long("show_cert_clause", 3, 18)),
                    (label("现场情况"), long("scene_facts", 3, 25)),
                    (label("当场告知"), long("told", 3, 22)),
                    (label("陈述申辩"), long("defence", 3, 11)),
                    (label("复核意见"), long("review", 3, 11)),
                    one("阅看确认", "read_confirm"),
                    # In the table: LibreOffice would part the lines of a block that follows a table.
                    (
                        label("当事人或其\n代理人签名"),
                        value(f"{{{{ party_signature }}}}\n>{DAY}", height=12),
                        label("见证人签名"),
                        value(f"{{{{ witness_signature }}}}\n>{DAY}", height=12),
                    ),
                    (
                        label("执法人员\n签名"),
                        value(f"{{{{ officer_signatures }}}}\n>{DAY}", height=12),
                        label("拒绝签名\n的注明"),
                        field("refusal_remark", height=12),
                    ),
                ),
            ),
            Copies("本文书一式一份，入卷。当事人不到场的，邀请见证人到场，由见证人和执法人员签名。"),
        ),
    ),
    "E40": Paper(
        "涉案财物出入库单",
        (
            Table(
                FOUR,
                (
                    pair("财物编号", "property_no", "出入库", "movement"),
                    pair("归属人", "owner", "时间", "time"),
                    pair("保管单位", "custody_unit", "保管人", "custodian"),
                    pair("保管地点", "custody_place", "保管方式", "custody_mode"),
                    one("事由及审批号", "reason", height=14),
                ),
            ),
            Note("财物名称、规格、数量和特征"),
            listing("items", WITH_CONDITION),
            Blank(6),
            Lines((hand("移交人签名", "from_signature"), hand("保管人（接收人）签名", "to_signature"))),
            Copies(
                "本文书一式两份：移交人、保管人各执一份。出入库时双方当面清点；保管费用由行政机关承担，不得使用或者损毁。"
            ),
        ),
    ),
    "E53": Paper(
        "检测检验鉴定期间告知书",
        (
            TO_PARTY,
            Para(
                (
                    "因你（单位）涉嫌{{ case_cause }}，本机关对你（单位）的财物采取了行政强制措施（决定书编号：{{ orig_doc_no }}）。"
                    "现需对下列财物进行检测、检验、检疫或者技术鉴定：",
                ),
                size=12.5,
                keep=True,
                after=4,
            ),
            listing("examined_items", WITH_REMARK),
            Blank(4),
            Para(
                (
                    "检测检验鉴定项目：{{ examination_subject }}",
                    "检测检验鉴定机构：{{ examination_institution }}",
                    "检测检验鉴定期间：自{{ examination_start }}起至{{ examination_end }}止。",
                    "{{ pause_clause }}",
                    "{{ cost_clause }}",
                ),
                size=12.5,
            ),
            Seal(),
            TWO_COPIES,
        ),
    ),
}
