"""Papers of carrying out: payment, demand, enforcement, the court."""

from __future__ import annotations

from tools.layouts.blocks import (
    CONTACT,
    DAY,
    FOUR,
    PARTY,
    PARTY_WIDTHS,
    TO_PARTY,
    TWO_COPIES,
    Blank,
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
    one,
    pair,
    party,
    six,
    six_long,
    three_opinions,
    value,
)

LAYOUTS: dict[str, Paper] = {
    "D19": Paper(
        "催告书",
        (
            TO_PARTY,
            Para(
                (
                    "本机关于{{ decision_served_at }}向你（单位）送达了{{ case_cause }}一案的行政处罚决定书（{{ decision_no }}），"
                    "决定内容为：{{ decision_content }}",
                    "你（单位）逾期未履行。现依法催告如下：",
                    "履行标的：{{ subject }}",
                    "履行期限：{{ due }}前",
                    "履行方式：{{ mode }}",
                    "金额和给付方式：{{ money_clause }}",
                    "履行要求：{{ requirement }}",
                    "其他事项：{{ others }}",
                    "逾期仍不履行的，本机关将依法采取下列措施：",
                    "{{ measures }}",
                    "{{ rights_clause }}",
                ),
                size=12.5,
            ),
            CONTACT,
            Seal(),
            TWO_COPIES,
        ),
    ),
    "E52": Paper(
        "罚款缴款凭证",
        (
            Table(
                FOUR,
                (
                    one("票据号", "receipt_no", height=12),
                    one("执收单位", "agency_name", height=12),
                    one("缴款人", "payer", height=12),
                    one("决定书编号", "decision_no", height=12),
                    one("罚款金额", "amount", height=12),
                    one("加处罚款", "surcharge", height=12),
                    pair("缴款时间", "paid_at", "缴款渠道", "channel"),
                ),
            ),
            Copies("本页为财政票据信息的入卷登记，票据原件或者电子票据附后；票据监制章和代收机构章以票据为准。"),
        ),
    ),
    "D17": Paper(
        "分期（延期）缴纳罚款通知书",
        (
            TO_PARTY,
            Para(
                (
                    "本机关于{{ decision_served_at }}向你（单位）送达了行政处罚决定书（{{ decision_no }}），罚款金额为{{ fine_amount }}。"
                    "你（单位）提出分期（延期）缴纳罚款的申请，依据《中华人民共和国行政处罚法》第六十六条第二款的规定，经审查，决定如下：",
                    "{{ result }}",
                ),
                size=13,
            ),
            Para(("{{ deferred_clause }}",), size=13, when="deferred_clause is filled"),
            Para(("{{ instalment_clause }}",), size=13, when="instalment_clause is filled"),
            Para(("{{ refuse_clause }}",), size=13, when="refuse_clause is filled"),
            Para(("{{ pay_clause }}",), size=13, when="pay_clause is filled"),
            CONTACT,
            Seal(),
            Copies(
                "本文书一式两份：一份存根（入卷），一份交当事人或其代理人；代收机构凭本文书收款。分期缴纳的，每期单独开具。"
            ),
        ),
        number="案号：{{ case_number }}    {{ document_number }}",
    ),
    "D18": Paper(
        "执行公告",
        (
            Para(
                (
                    "本机关于{{ decision_date }}就{{ case_cause }}一案，对{{ party_display_name }}作出行政决定（{{ decision_no }}），"
                    "决定内容为：{{ decision_content }}",
                    "依据《中华人民共和国行政强制法》第四十四条的规定，现予公告：{{ party_display_name }}应当在{{ deadline }}前"
                    "自行拆除上述违法的建筑物、构筑物或者设施。",
                    "当事人在法定期限内不申请行政复议或者提起行政诉讼，又不拆除的，本机关将依法强制拆除。",
                    "特此公告。",
                ),
            ),
            CONTACT,
            Seal(),
            Copies("本公告在违法现场和本机关公告栏张贴，存根入卷。"),
        ),
    ),
    "D20": Paper(
        "行政强制执行决定书",
        (
            party(),
            Blank(4),
            Para(
                (
                    "本机关于{{ decision_date }}对你（单位）作出行政决定（{{ decision_no }}），决定内容为：{{ decision_content }}",
                    "经本机关催告（{{ demand_ref }}），你（单位）仍未履行。理由：",
                    "{{ reason }}",
                    "依据{{ basis }}的规定，本机关决定强制执行：",
                    "执行时间：{{ enforce_time }}",
                    "执行方式：{{ enforce_mode }}",
                ),
                size=12,
                gap=8,
            ),
            Para(("{{ remedy_clause }}",), size=12, gap=8, keep=True),
            CONTACT,
            Seal(),
            Copies(
                "本文书一式两份：一份存根（入卷），一份交当事人或其代理人。除情况紧急外，不在夜间或者法定节假日实施。"
            ),
        ),
        number="{{ document_number }}",
    ),
    "D21": Paper(
        "代履行决定书",
        (
            party(),
            Blank(4),
            Para(
                (
                    "违法事实：{{ violation_desc }}",
                    "代履行情形：",
                    "{{ mode }}",
                ),
                size=12,
                gap=7,
            ),
            Para(("{{ demanded_clause }}",), size=12, gap=7, when="demanded_clause is filled"),
            Para(
                (
                    "代履行理由：{{ reason }}",
                    "依据{{ basis }}的规定，本机关决定代履行：",
                    "代履行人：{{ substitute_performer }}",
                    "代履行标的：{{ subject }}",
                    "代履行时间和方式：{{ time_mode }}",
                    "费用预算：{{ budget }}。{{ cost_clause }}",
                ),
                size=12,
                gap=7,
            ),
            Para(("{{ remedy_clause }}",), size=12, gap=7, keep=True),
            CONTACT,
            Seal(),
            Copies(
                "本文书一式两份：一份存根（入卷），一份交当事人或其代理人。代履行时本机关派员到场监督；完毕后由到场监督的人员、代履行人和当事人或者见证人在执行文书上签名。"
            ),
        ),
        number="{{ document_number }}",
    ),
    "D22": Paper(
        "中止（终结、恢复）行政强制执行通知书",
        (
            TO_PARTY,
            Para(
                (
                    "{{ case_cause }}一案，本机关于{{ enforce_decision_date }}作出行政强制执行决定（{{ enforce_doc_no }}）。现决定：",
                    "{{ type }}",
                    "理由：{{ reason }}",
                    "起始日：{{ effective_date }}",
                    "执行协议日期：{{ agreement_date }}",
                ),
            ),
            CONTACT,
            Seal(),
            TWO_COPIES,
        ),
    ),
    "E35": Paper(
        "分期（延期）缴纳罚款申请书",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (
                        label("当事人类型", 2),
                        field("party_type", 2),
                        label("处罚决定书\n编号", height=11),
                        field("decision_no", size=10),
                    ),
                    *PARTY,
                    six_long("案件基本\n情况", "case_summary", 40),
                    six("罚款金额", "fine_amount"),
                    six_long("申请理由", "reason", 60),
                    six("证明材料", "materials", 18),
                    (
                        label("申请人签名\n（盖章）", 2),
                        value(f"{{{{ party_signature }}}}\n>{DAY}", 4, height=24, top=True),
                    ),
                ),
            ),
            Heading("分期（延期）缴纳罚款审批表"),
            Table(
                PARTY_WIDTHS,
                (
                    six("案由", "case_cause"),
                    six("拟处理意见", "result", 11),
                    six("延期至", "deferred_to"),
                ),
            ),
            Note("分期缴纳计划"),
            listing(
                "plan",
                (
                    ("期次", "instalment_no", 30.0),
                    ("截止日", "instalment_due", 63.0),
                    ("金额（元）", "instalment_amount", 63.0),
                ),
            ),
            Blank(6),
            Table(
                PARTY_WIDTHS,
                (
                    six("不同意的理由", "refuse_reason", 14),
                    *three_opinions(height=32),
                ),
            ),
            Copies("本文书一式一份，入卷。批准后另行开具分期（延期）缴纳罚款通知书。"),
        ),
    ),
    "E36": Paper(
        "行政强制执行审批表",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (label("审批类型", 2), field("type", 4, height=26)),
                    (label("当事人类型", 2), field("party_type", 4)),
                    *PARTY,
                    six_long("案件基本\n情况", "case_summary", 26),
                    six_long("理由", "reason", 20),
                    *three_opinions(height=20),
                ),
            ),
            Copies("本文书一式一份，入卷。"),
        ),
    ),
    "E37": Paper(
        "行政强制执行协议书",
        (
            Table(
                FOUR,
                (
                    one("行政机关", "agency_name"),
                    one("当事人", "party_display_name"),
                    one("证件号码", "party_id"),
                    one("执行决定书\n编号", "enforce_doc_no", height=11),
                ),
            ),
            Blank(4),
            Para(
                (
                    "行政机关与当事人依据《中华人民共和国行政强制法》第四十二条的规定，在不损害公共利益和他人合法权益的情况下，"
                    "就上述行政强制执行决定的履行达成如下协议：",
                    "{{ terms }}",
                    "{{ legal_clause }}",
                ),
                size=12.5,
            ),
            Lines((hand("当事人或其代理人签名（盖章）", "party_signature"),)),
            Seal(),
            TWO_COPIES,
        ),
        number="{{ document_number }}",
    ),
    "E38": Paper(
        "强制执行申请书",
        (
            Table(
                FOUR,
                (
                    one("申请人", "agency_name"),
                    pair("地址", "agency_address", "联系电话", "agency_phone"),
                    pair("法定代表人\n（负责人）", "agency_head", "联系人", "agency_contact"),
                ),
            ),
            Table(
                PARTY_WIDTHS,
                ((label("被申请人", 2), field("party_type", 4)), *PARTY),
            ),
            Blank(4),
            Para(("请求事项：{{ requests }}",), size=12.5),
            Para(
                (
                    "申请人于{{ decision_served_at }}向被申请人送达了行政处罚决定书（{{ decision_no }}）。被申请人在法定期限内未申请"
                    "行政复议、未提起行政诉讼，也未履行。申请人于{{ demand_served_at }}送达催告书（{{ demand_no }}），"
                    "限其在{{ demand_due }}前履行，被申请人至今仍未履行。",
                    "事实和理由：{{ facts }}",
                    "{{ basis_clause }}",
                    "紧急情况：{{ urgent }}",
                ),
                size=12.5,
            ),
            # One paragraph: LibreOffice parts two that are to be kept together when a table follows.
            Para(("此致\n{{ court }}",), size=12.5, keep=True),
            Lines((hand("行政机关负责人签名", "head_signature"),)),
            Seal(),
            Para(("附：申请材料目录",), size=12, indent=0, keep=True),
            listing(
                "attachments",
                (
                    ("序号", "seq", 14.0),
                    ("材料类别", "court_material_kind", 62.0),
                    ("材料名称", "name", 62.0),
                    ("份数", "copies", 18.0),
                ),
            ),
            Copies("本文书一式两份：一份存根（入卷），一份呈人民法院。"),
        ),
    ),
}
