"""Papers of assistance and transfer to other authorities."""

from __future__ import annotations

from tools.layouts.blocks import (
    CONTACT,
    DAY,
    FOUR,
    ITEMS,
    TO_PARTY,
    TWO_COPIES,
    WITH_CONDITION,
    Blank,
    Copies,
    Cut,
    Lines,
    Note,
    Paper,
    Para,
    Seal,
    Table,
    hand,
    label,
    listing,
    long,
    one,
    opinion,
    pair,
    party,
    value,
)

LAYOUTS: dict[str, Paper] = {
    "E19": Paper(
        "协助调查函",
        (
            Para(("{{ to }}：",), indent=0, keep=True),
            Para(
                (
                    "本机关正在办理{{ case_cause }}一案，需要你单位（你）协助。依据《中华人民共和国行政处罚法》第二十六条的规定，"
                    "请协助办理下列事项：",
                    "{{ questions }}",
                    "{{ reply_req }}",
                ),
            ),
            CONTACT,
            Seal(),
            Copies("本文书一式两份：一份存根（入卷），一份交协助单位或者个人。"),
        ),
        number="{{ document_number }}",
    ),
    "E21": Paper(
        "案件移送函",
        (
            Para(("{{ to }}：",), indent=0, keep=True),
            Para(
                (
                    "本机关办理的{{ case_cause }}一案（立案日期：{{ filed_at }}），查明情况如下：",
                    "{{ facts }}",
                    "依据{{ basis }}的规定，该案不属于本机关管辖或者应当由你单位处理，现移送你单位。"
                    "请在收到后将回执退回本机关；认为不属于你单位管辖的，请书面说明理由。",
                ),
                size=12.5,
            ),
            CONTACT,
            Seal(),
            Para(("附件一：案件材料清单",), size=12, indent=0, keep=True),
            listing(
                "attachments",
                (("序号", "seq", 14.0), ("材料名称", "name", 82.0), ("份数", "copies", 18.0), ("备注", "remark", 42.0)),
            ),
            Blank(4),
            Para(("附件二：涉案物品清单",), size=12, indent=0, keep=True),
            listing("property_items", WITH_CONDITION),
            Blank(4),
            Cut("回    执"),
            Para(("{{ agency_name }}：",), indent=0, size=12, keep=True),
            Para(
                (
                    "你单位移送的{{ case_cause }}一案（{{ document_number }}）的材料及物品，已于      年    月    日收到。",
                ),
                size=12,
                keep=True,
            ),
            Lines(("签收人：", f"受移送机关（印章）：\t{DAY}")),
            Copies("本文书一式两份：一份存根（入卷），一份交受移送机关；回执由受移送机关签收后退回入卷。"),
        ),
        number="{{ document_number }}",
    ),
    "E22": Paper(
        "案件移送告知书",
        (
            TO_PARTY,
            Para(
                (
                    "你（单位）{{ case_cause }}一案，本机关已于{{ date }}依法移送{{ to }}处理（联系电话：{{ to_phone }}）。"
                    "对该案采取行政强制措施的财物一并移送。",
                    "本案的后续事宜，请与受移送机关联系。",
                    "特此告知。",
                ),
            ),
            CONTACT,
            Seal(),
            TWO_COPIES,
        ),
        number="{{ document_number }}",
    ),
    "E23": Paper(
        "涉嫌犯罪案件移送书",
        (
            Para(("{{ to }}：",), indent=0, keep=True),
            Para(
                (
                    "本机关在查处{{ case_cause }}一案中，发现下列人员（单位）涉嫌{{ charge }}，依据《中华人民共和国行政处罚法》"
                    "第二十七条、《行政执法机关移送涉嫌犯罪案件的规定》第三条的规定，现将该案移送你单位，请依法审查。",
                ),
                size=12.5,
                keep=True,
                after=4,
            ),
            party(case_number=False),
            Blank(4),
            Para(("主要事实：{{ facts }}",), size=12.5),
            Table(FOUR, (opinion("负责人批准\n意见", "head_approval", 1, 3, 24),)),
            Blank(4),
            Para(
                (
                    "请在回执上签字，并在审查后将是否立案的决定书面通知本机关。移送时未作出的罚款处罚，本机关不再作出；"
                    "决定不予立案的，请一并退回案卷材料并说明理由。",
                ),
                size=12.5,
                keep=True,
            ),
            Para(("抄送：{{ copy_to }}",), size=12, indent=0, keep=True),
            CONTACT,
            Seal(),
            Para(("附件一：案件材料清单",), size=12, indent=0, keep=True),
            listing(
                "attachments",
                (("序号", "seq", 14.0), ("材料名称", "name", 82.0), ("份数", "copies", 18.0), ("备注", "remark", 42.0)),
            ),
            Blank(4),
            Para(("附件二：涉案物品清单",), size=12, indent=0, keep=True),
            listing("property_items", WITH_CONDITION),
            Blank(4),
            Cut("公安机关签收回执"),
            Para(
                (
                    "{{ agency_name }}移送的涉嫌{{ charge }}一案（{{ document_number }}）的材料及物品清单，已于      年    月    日收到。",
                ),
                size=12,
                keep=True,
            ),
            Lines(("签收人：", f"签收单位（印章）：\t{DAY}")),
            Copies("本文书一式三份：一份移送公安机关，一份抄送人民检察院，一份存卷。"),
        ),
        number="{{ document_number }}",
    ),
    "E24": Paper(
        "涉嫌犯罪案件情况调查报告",
        (
            Table(
                FOUR,
                (
                    one("案由", "case_cause"),
                    one("当事人", "party_display_name"),
                    (label("案件来源\n与经过"), long("origin", 3, 28)),
                    (label("查明事实"), long("facts", 3, 44)),
                ),
            ),
            Note("证据材料"),
            listing(
                "evidence_list",
                (
                    ("序号", "seq", 14.0),
                    ("证据名称", "name", 62.0),
                    ("规格", "spec", 28.0),
                    ("数量", "quantity", 20.0),
                    ("备注", "remark", 32.0),
                ),
            ),
            Blank(6),
            Table(
                FOUR,
                (
                    one("涉嫌罪名", "charge"),
                    (label("与追诉标准\n比对"), long("criteria", 3, 32)),
                    (label("处理建议"), long("proposal", 3, 22)),
                ),
            ),
            Note("专案组人员"),
            listing(
                "team",
                (("序号", "seq", 14.0), ("姓名", "name", 52.0), ("单位及职务", "unit_position", 90.0)),
                closed=False,
            ),
            Blank(6),
            Table(
                FOUR,
                (
                    (label("专案组人员\n签名"), value(f"{{{{ team_signatures }}}}\n>{DAY}", 3, height=18, top=True)),
                    opinion("负责人审批\n意见", "head_approval", 1, 3, 26),
                ),
            ),
            Copies(
                "本文书一式一份，入卷。正职负责人或者主持工作的负责人应当自接到报告之日起{{ approve_term }}内作出批准移送或者不批准移送的决定，不批准的应当将理由记录在案。"
            ),
        ),
    ),
    "E25": Paper(
        "涉案物品移交清单",
        (
            Table(FOUR, (pair("移交人", "from_person", "接收人", "to_person"), one("移交时间", "time"))),
            Blank(6),
            listing(
                "items",
                (
                    *ITEMS[:2],
                    ("规格型号", "spec", 28.0),
                    *ITEMS[3:],
                    ("状态", "item_condition", 22.0),
                    ("保管地", "item_place", 22.0),
                ),
            ),
            Blank(6),
            Para(("移交双方已当面清点，品名、数量和状态与清单一致。",), size=12),
            Lines((hand("移交人签名", "from_signature"), hand("接收人签名", "to_signature"))),
            Copies("本文书一式两份：移交方、接收方各执一份。"),
        ),
    ),
}
