"""What stands where on each paper: data for `make_templates.py`. Placeholders are the fields of document.yaml."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell: its lines (a line that begins with `>` is set to the right), columns spanned, height in mm."""

    lines: tuple[str, ...] = ()
    span: int = 1
    label: bool = False
    align: str = "left"
    height: float = 7.5
    down: str = ""
    top: bool = False
    indent: int = 0
    size: float = 11.5


@dataclass(frozen=True)
class Repeat:
    """A row for each item of a field, below a head."""

    field: str
    head: tuple[Cell, ...]
    cells: tuple[Cell, ...]
    repeat_head: bool = False


@dataclass(frozen=True)
class Table:
    """A bordered table: column widths in mm (156 together) and rows."""

    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...] | Repeat, ...]


@dataclass(frozen=True)
class Para:
    """Paragraphs of a letter; `when` is a condition such as `fine_amount is filled`."""

    lines: tuple[str, ...]
    indent: int = 2
    size: float = 14
    align: str = "left"
    when: str = ""
    keep: bool = False
    bold: bool = False


@dataclass(frozen=True)
class Lines:
    """Lines to sign on."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """Small print below a table."""

    text: str


@dataclass(frozen=True)
class Blank:
    """Empty space of some points."""

    size: float = 8


@dataclass(frozen=True)
class Seal:
    """The agency's name, the place of its seal, the date."""

    keep: bool = True


@dataclass(frozen=True)
class Copies:
    """How many copies there are and who has them."""

    text: str


Block = Table | Para | Lines | Note | Blank | Seal | Copies


@dataclass(frozen=True)
class Paper:
    """One paper. `number` is the line on the right below the title."""

    title: str
    blocks: tuple[Block, ...]
    number: str = "案号：{{ case_number }}"


DAY = "    年    月    日"
TWO_COPIES = Copies("本文书一式两份：一份存根（入卷），一份交当事人或其代理人。")


def label(text: str, span: int = 1, **more: object) -> Cell:
    """A label cell."""
    return Cell(tuple(text.split("\n")), span, label=True, align="center", **more)  # type: ignore[arg-type]


def value(text: str, span: int = 1, **more: object) -> Cell:
    """A cell with a value."""
    return Cell(tuple(text.split("\n")), span, **more)  # type: ignore[arg-type]


def field(key: str, span: int = 1, **more: object) -> Cell:
    """A cell with one field."""
    return value(f"{{{{ {key} }}}}", span, **more)


def long(key: str, span: int = 1, height: float = 40) -> Cell:
    """A cell with long text from its top, indented by two characters."""
    return Cell((f"{{{{ {key} }}}}",), span, height=height, top=True, indent=2)


def signed(key: str, name: str = "签名") -> str:
    """A line `签名:… 日期`, open for a hand where nothing is recorded."""
    shown = f"{{{{ {key}.name }}}}{{% if {key}.name is filled %}}  {{% else %}}              {{% endif %}}"
    return f">{name}：{shown}{{% if {key}.date is filled %}}{{{{ {key}.date }}}}{{% else %}}{DAY}{{% endif %}}"


def opinion(text: str, key: str, label_span: int, span: int, height: float = 26) -> tuple[Cell, ...]:
    """A row with an opinion, who gave it and when."""
    shown = Cell((f"{{{{ {key}.opinion }}}}", signed(key)), span, height=height, top=True)
    return (label(text, label_span), shown)


def pair(a: str, ka: str, b: str, kb: str) -> tuple[Cell, ...]:
    """A row of two labelled fields in a table of four columns."""
    return (label(a), field(ka), label(b), field(kb))


def one(a: str, key: str, span: int = 3, height: float = 7.5) -> tuple[Cell, ...]:
    """A row with one labelled field in a table of four columns."""
    return (label(a), field(key, span, height=height))


FOUR = (28, 50, 28, 50)
# The person and the organisation, side by side as the official form has them.
PARTY_WIDTHS = (11, 14, 24, 41, 24, 42)
PARTY = (
    (
        label("当\n事\n人", down="start"),
        label("个\n人", down="start"),
        label("姓名"),
        field("party_name"),
        label("身份证件号"),
        field("party_id_no", size=10.5),
    ),
    (
        label("", down="more"),
        label("", down="more"),
        label("住址"),
        field("party_address"),
        label("联系电话"),
        field("party_phone"),
    ),
    (
        label("", down="more"),
        label("单\n位", down="start"),
        label("名称"),
        field("org_name"),
        label("法定代表人"),
        field("org_legal_representative"),
    ),
    (
        label("", down="more"),
        label("", down="more"),
        label("地址"),
        field("org_address"),
        label("联系电话"),
        field("org_phone"),
    ),
    (
        label("", down="more"),
        label("", down="more"),
        label("统一社会\n信用代码", height=11),
        field("org_uscc", 3),
    ),
)
OFFICERS = (
    pair("执法人员", "officer1_name", "执法证号", "officer1_cert_no"),
    pair("执法人员", "officer2_name", "执法证号", "officer2_cert_no"),
)
CONTACT = Para(
    (
        "联系地址：{{ agency_address }}    邮编：{{ agency_zip }}",
        "联系人：{{ agency_contact }}    联系电话：{{ agency_phone }}",
    ),
    indent=0,
    size=12,
    keep=True,
)
TO_PARTY = Para(("{{ party_display_name }}：",), indent=0, keep=True)


def six(text: str, key: str, height: float = 7.5) -> tuple[Cell, ...]:
    """A labelled field in the six-column table that holds the party."""
    return (label(text, 2), field(key, 4, height=height))


def six_long(text: str, key: str, height: float = 40) -> tuple[Cell, ...]:
    """As `six`, for long text."""
    return (label(text, 2), long(key, 4, height))


def six_opinion(text: str, key: str, height: float = 26) -> tuple[Cell, ...]:
    """An opinion in the six-column table."""
    return opinion(text, key, 2, 4, height)


def column_table(key: str, columns: tuple[tuple[str, str], ...], spans: tuple[int, ...]) -> Repeat:
    """A `Repeat` with one head cell per column."""
    return Repeat(
        key,
        tuple(label(head, span) for (head, _), span in zip(columns, spans, strict=True)),
        tuple(
            field(f"row.{name}", span, align="left" if name in ("name", "unit_position", "remark") else "center")
            for (_, name), span in zip(columns, spans, strict=True)
        ),
    )


LAYOUTS: dict[str, Paper] = {
    "D01": Paper(
        "立案登记表",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (
                        label("案件来源", 2),
                        value("{{ case_source }}\n来源机关：{{ source_organ }}", 4, height=14, size=10.5),
                    ),
                    (label("案由", 2), field("case_cause", 2), label("受案时间"), field("accepted_at")),
                    (
                        label("当事人类型", 2),
                        field("party_type", 2),
                        label("性别、年龄"),
                        value("{{ party_gender }}  {{ party_age }}"),
                    ),
                    *PARTY,
                    six_long("案件基本\n情况", "case_summary", 36),
                    six("立案依据", "filing_basis", 14),
                    six_opinion("经办机构\n负责人意见", "unit_head_opinion", 23),
                    six_opinion("负责人\n审批意见", "agency_head_opinion", 23),
                    six("备注", "remark"),
                ),
            ),
            Copies("本文书一式一份，入卷。负责人批准之日为立案之日。"),
        ),
    ),
    "D02": Paper(
        "询问笔录",
        (
            Table(
                FOUR,
                (
                    one("询问时间", "period"),
                    pair("询问次数", "ask_no", "询问地点", "place"),
                    pair("询问人", "interviewers", "记录人", "recorder"),
                    pair("被询问人", "interviewee_name", "与案件关系", "relation_to_case"),
                    pair("性别", "gender", "年龄", "age"),
                    pair("身份证件号", "id_no", "联系电话", "phone"),
                    one("工作单位\n及职务", "unit_position"),
                    one("联系地址", "address"),
                    *OFFICERS,
                ),
            ),
            Blank(),
            Para(("{{ notice_clause }}", "{{ qa }}"), size=12),
            Para(("（以下无正文）",), size=12, align="center", indent=0),
            Lines(
                (
                    f"被询问人签名：{{{{ interviewee_signature }}}}\t{DAY}",
                    "拒绝签名的注明：{{ refusal_remark }}",
                    f"询问人签名：{{{{ officer_signatures }}}}\t{DAY}",
                )
            ),
            Copies("本文书一式一份，入卷。笔录应当交被询问人逐页核对、签名；有修改的，由其在修改处签名或者按指印。"),
        ),
    ),
    "D03": Paper(
        "勘验笔录",
        (
            Table(
                FOUR,
                (
                    one("案由", "case_cause"),
                    one("勘验时间", "period"),
                    pair("勘验场所", "place", "天气情况", "weather"),
                    *OFFICERS,
                    one("勘验人单位\n及职务", "officer_unit_position", height=12),
                    pair("当事人\n（代理人）", "party_present_name", "身份证件号", "id_no"),
                    pair("性别", "gender", "年龄", "age"),
                    pair("单位及职务", "party_unit_position", "联系电话", "phone"),
                    one("住址", "address"),
                    pair("被邀请人", "invited_name", "单位及职务", "invited_unit_position"),
                    one("记录人", "recorder"),
                    (label("勘验情况\n及结果"), long("inquest_result", 3, 50)),
                ),
            ),
            Lines(
                (
                    f"当事人或其代理人签名：{{{{ party_signature }}}}\t{DAY}",
                    f"勘验人签名：{{{{ officer_signatures }}}}\t{DAY}",
                    f"被邀请人签名：{{{{ invited_signature }}}}\t{DAY}",
                    f"记录人签名：{{{{ recorder_signature }}}}\t{DAY}",
                )
            ),
            Copies("本文书一式一份，入卷。可以附勘验示意图、照片。"),
        ),
    ),
    "D04": Paper(
        "现场笔录",
        (
            Table(
                FOUR,
                (
                    one("执法地点", "place"),
                    one("执法时间", "period"),
                    *OFFICERS,
                    pair("现场人员", "person_name", "与案件关系", "relation_to_case"),
                    pair("性别", "gender", "身份证件号", "person_id_no"),
                    pair("单位及职务", "unit_position", "联系电话", "phone"),
                    one("联系地址", "address"),
                    pair("车（船）号", "vehicle_ship_no", "车（船）型", "vehicle_ship_type"),
                    pair("记录人", "recorder", "见证人", "witness_name"),
                    (label("亮证告知\n情况"), long("show_cert_clause", 3, 24)),
                    (label("现场情况"), long("scene_facts", 3, 36)),
                    one("阅看确认", "read_confirm"),
                    one("备注", "remark"),
                ),
            ),
            Lines(
                (
                    f"现场人员签名：{{{{ person_signature }}}}\t{DAY}",
                    f"见证人签名：{{{{ witness_signature }}}}\t{DAY}",
                    "拒绝签名的注明：{{ refusal_remark }}",
                    f"执法人员签名：{{{{ officer_signatures }}}}\t{DAY}",
                )
            ),
            Copies("本文书一式一份，入卷。"),
        ),
    ),
    "D11": Paper(
        "违法行为通知书",
        (
            TO_PARTY,
            Para(
                (
                    "经查，你（单位）有下列违法行为：",
                    "{{ violation_desc }}",
                    "上述事实有下列主要证据证明：{{ evidence_summary }}",
                    "你（单位）的行为违反了{{ violated_provisions }}的规定，依据{{ penalty_provisions }}的规定，"
                    "本机关拟作出下列行政处罚：{{ proposed_penalty }}。",
                    "裁量阶次及理由：{{ discretion_reason }}",
                    "你（单位）依法享有下列权利（提出期限：{{ rights_deadline }}）：",
                ),
            ),
            Para(("{{ right_statement }}：{{ statement_clause }}",)),
            Para(("{{ right_hearing }}：{{ hearing_clause }}",)),
            CONTACT,
            Seal(),
            TWO_COPIES,
        ),
    ),
    "D12": Paper(
        "听证通知书",
        (
            TO_PARTY,
            Para(
                (
                    "根据你（单位）的要求，本机关决定就{{ case_cause }}举行听证（{{ is_public }}），现将有关事项通知如下：",
                    "听证时间：{{ hearing_time }}",
                    "听证地点：{{ hearing_place }}",
                    "听证主持人：{{ presider }}",
                    "听证员：{{ hearing_officers }}",
                    "记录员：{{ recorder }}",
                ),
            ),
            Para(("注意事项：",), keep=True),
            Para(("{{ notices }}",)),
            CONTACT,
            Seal(),
            TWO_COPIES,
        ),
    ),
    "D13": Paper(
        "听证笔录",
        (
            Table(
                FOUR,
                (
                    one("案件名称", "case_name"),
                    one("主持听证机关", "hearing_organ"),
                    pair("听证地点", "place", "听证时间", "period"),
                    pair("主持人", "presider", "听证员", "hearing_officers"),
                    one("记录员", "recorder"),
                    *OFFICERS,
                    one("当事人", "party_display_name"),
                    pair("法定代表人", "org_legal_representative", "联系电话", "party_phone"),
                ),
            ),
            Table(
                (28, 28, 14, 14, 72),
                (
                    Repeat(
                        "agents",
                        (label("委托代理人"), label("姓名"), label("性别"), label("年龄"), label("工作单位及职务")),
                        (
                            label(""),
                            field("row.name"),
                            field("row.gender"),
                            field("row.age"),
                            field("row.unit_position"),
                        ),
                    ),
                    Repeat(
                        "third_party",
                        (label("第三人"), label("姓名"), label("性别"), label("年龄"), label("工作单位及职务")),
                        (
                            label(""),
                            field("row.name"),
                            field("row.gender"),
                            field("row.age"),
                            field("row.unit_position"),
                        ),
                    ),
                    Repeat(
                        "others",
                        (label("其他参加人"), label("姓名"), label("身份", 3)),
                        (label(""), field("row.name"), field("row.role", 3)),
                    ),
                ),
            ),
            Blank(),
            Para(("听证记录：",), size=12, indent=0, keep=True),
            Para(("{{ content }}",), size=12),
            Lines(
                (
                    f"当事人或其代理人签名：{{{{ party_signature }}}}\t{DAY}",
                    "拒绝签名的，主持人注明：{{ refusal_remark }}",
                    f"主持人、听证员签名：{{{{ presider_signature }}}}\t{DAY}",
                    f"记录员签名：{{{{ recorder_signature }}}}\t{DAY}",
                    f"其他参加人签名：{{{{ other_signature }}}}\t{DAY}",
                )
            ),
            Copies("本文书一式一份，入卷。处罚决定应当根据听证笔录作出。"),
        ),
    ),
    "D15": Paper(
        "行政处罚决定书",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (label("当事人类型", 2), field("party_type", 2), label("案号"), field("case_number", size=10)),
                    *PARTY,
                ),
            ),
            Blank(),
            Para(("违法事实及证据：",), indent=2, keep=True, bold=True),
            Para(
                (
                    "{{ facts_evidence }}",
                    "裁量阶次及理由：{{ discretion_reason }}",
                    "陈述申辩、听证意见的采纳情况：{{ defence_response }}",
                    "以上事实违反了{{ violated_provisions }}的规定，依据{{ penalty_provisions }}的规定，"
                    "决定给予下列行政处罚：{{ penalty_content }}。",
                ),
            ),
            Para(
                ("罚款金额：{{ fine_amount }}。{{ pay_term }}", "{{ surcharge_notice }}"),
                when="fine_amount is filled",
            ),
            Para(("其他执行方式和期限：{{ other_execution }}",)),
            Para(("{{ remedy_clause }}",)),
            Seal(),
            TWO_COPIES,
        ),
        number="{{ document_number }}",
    ),
    "D16": Paper(
        "责令改正违法行为通知书",
        (
            TO_PARTY,
            Para(
                (
                    "经查，你（单位）有下列违法行为：{{ violation_desc }}",
                    "根据{{ basis }}的规定，现责令你（单位）：{{ correct_mode }}。改正期限：{{ correct_by }}。",
                    "改正内容及要求：{{ correct_content }}",
                    "{{ remedy_clause }}",
                ),
            ),
            Lines(
                (
                    f"当事人或其代理人签名：{{{{ party_signature }}}}\t{DAY}",
                    f"执法人员签名：{{{{ officer_signatures }}}}\t{DAY}",
                )
            ),
            Seal(),
            TWO_COPIES,
        ),
    ),
    "D19": Paper(
        "催告书",
        (
            TO_PARTY,
            Para(
                (
                    "本机关于{{ decision_served_at }}向你（单位）送达了{{ case_cause }}的行政处罚决定书（{{ decision_no }}），"
                    "决定内容为：{{ decision_content }}你（单位）逾期未履行。现依法催告如下：",
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
    "D23": Paper(
        "送达回证",
        (
            Table(
                (16, 12, 50, 28, 30, 20),
                (
                    (label("案由", 2), field("case_cause", 4)),
                    (label("送达单位", 2), field("serving_agency", 4)),
                    (label("受送达人", 2), field("addressee"), label("代收人"), field("collector", 2)),
                    column_table(
                        "docs",
                        (("序号", "seq"), ("送达文书名称", "name"), ("文号", "number"), ("份数", "copies")),
                        (1, 2, 2, 1),
                    ),
                    (label("送达方式", 2), field("method", 4, height=16)),
                    (label("送达地点", 2), field("place", 4)),
                    (label("送达时间", 2), field("served_at"), label("送达人"), field("servers", 2)),
                    (
                        label("收件人签名\n（盖章）", 2),
                        value(f"{{{{ receiver_signature }}}}\n>{DAY}", 4, height=20, top=True),
                    ),
                    (label("送达人签名", 2), value(f"{{{{ server_signatures }}}}\n>{DAY}", 4, height=20, top=True)),
                    (label("拒收事由\n及见证人", 2), field("refusal_witness", 4, height=20)),
                    (label("送达凭证", 2), field("proof_files", 4, height=12)),
                ),
            ),
            Seal(),
            Copies(
                "本文书一式一份，入卷。代收的，由代收人签名并注明与受送达人的关系；拒收的，注明事由并由见证人签名或者留存音像记录。"
            ),
        ),
    ),
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
    "E07": Paper(
        "案件处理意见书",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (label("案由", 2), field("case_cause", 2), label("调查人员"), field("officers")),
                    (
                        label("当事人类型", 2),
                        field("party_type", 2),
                        label("性别、年龄\n职业", height=12),
                        field("party_demographics"),
                    ),
                    *PARTY,
                    six_long("调查经过及\n违法事实", "facts", 60),
                ),
            ),
            Table(
                (14, 54, 28, 24, 36),
                (
                    (label("证据材料", 5, height=8),),
                    column_table(
                        "evidence_list",
                        (
                            ("序号", "seq"),
                            ("证据名称", "name"),
                            ("规格", "spec"),
                            ("数量", "quantity"),
                            ("备注", "remark"),
                        ),
                        (1, 1, 1, 1, 1),
                    ),
                ),
            ),
            Table(
                PARTY_WIDTHS,
                (
                    six_long("裁量阶次\n及理由", "discretion", 20),
                    six_long("调查结论和\n处理意见", "proposal", 26),
                    (
                        label("执法人员\n签名", 2),
                        value(f"{{{{ officer_signatures }}}}\n>{DAY}", 4, height=15, top=True),
                    ),
                    six_opinion("经办机构\n负责人意见", "unit_head_opinion", 24),
                    six_opinion("法制工作\n机构意见", "legal_opinion", 24),
                    six_opinion("负责人\n审批意见", "agency_head_opinion", 24),
                ),
            ),
            Copies("本文书一式一份，入卷。"),
        ),
    ),
    "E08": Paper(
        "法制审核意见书",
        (
            Table(
                FOUR,
                (
                    pair("执法部门", "agency_name", "承办人员", "officers"),
                    one("案由", "case_cause"),
                    (label("拟处理意见"), long("proposal", 3, 22)),
                ),
            ),
            Table(
                (14, 106, 36),
                (
                    (label("序号"), label("审核内容"), label("审核情况")),
                    *(
                        (label(str(index)), value(text), field(key, align="center"))
                        for index, (text, key) in enumerate(
                            (
                                ("是否属于法制审核范围", "q_scope"),
                                ("执法主体是否合法", "q_subject"),
                                ("执法人员是否具备执法资格", "q_officer"),
                                ("执法程序是否合法", "q_procedure"),
                                ("案件事实是否清楚", "q_facts"),
                                ("证据是否合法充分", "q_evidence"),
                                ("适用法律、法规、规章是否准确", "q_law"),
                                ("裁量是否适当", "q_discretion"),
                                ("是否超越执法机关法定权限", "q_power"),
                                ("执法文书是否完备、规范", "q_docs"),
                                ("当事人知情、陈述申辩、听证等权利是否得到保障", "q_rights"),
                                ("违法行为是否涉嫌犯罪、需要移送司法机关", "q_crime"),
                            ),
                            1,
                        )
                    ),
                ),
            ),
            Table(
                FOUR,
                (
                    one("审核结论", "conclusion"),
                    (label("说明"), long("opinion", 3, 22)),
                    (label("审核人"), field("reviewer", 3)),
                    (
                        label("审核机构\n负责人签章"),
                        value(f"{{{{ reviewer_signature }}}}\n>{DAY}", 3, height=16, top=True),
                    ),
                ),
            ),
            Copies("本文书一式一份，入卷。初次从事法制审核的人员应当通过国家统一法律职业资格考试取得法律职业资格。"),
        ),
    ),
    "E09": Paper(
        "重大案件集体讨论记录",
        (
            Table(
                FOUR,
                (
                    one("案件名称", "case_name"),
                    one("讨论时间", "period"),
                    pair("讨论地点", "place", "主持人", "presider"),
                    pair("汇报人", "briefing_officer", "记录人", "recorder"),
                ),
            ),
            Table(
                (28, 50, 78),
                (
                    Repeat(
                        "attendees",
                        (label("出席人员"), label("姓名"), label("职务")),
                        (label(""), field("row.name"), field("row.position")),
                    ),
                    Repeat(
                        "observers",
                        (label("列席人员"), label("姓名"), label("职务")),
                        (label(""), field("row.name"), field("row.position")),
                    ),
                ),
            ),
            Table(
                FOUR,
                (
                    (label("讨论记录"), long("content", 3, 70)),
                    (label("结论性意见"), long("conclusion", 3, 26)),
                    (label("出席人员\n签名"), value(f"{{{{ attendee_signatures }}}}\n>{DAY}", 3, height=24, top=True)),
                ),
            ),
            Copies("本文书一式一份，入卷。不同意见应当如实记录。"),
        ),
    ),
    "E10": Paper(
        "陈述申辩笔录",
        (
            Table(
                FOUR,
                (
                    pair("时间", "time", "地点", "place"),
                    pair("陈述申辩人", "speaker", "与当事人关系", "relation"),
                    one("联系方式", "phone"),
                    *OFFICERS,
                    (label("陈述申辩\n内容"), long("content", 3, 110)),
                    one("附交证据", "evidence", height=16),
                ),
            ),
            Lines(
                (
                    f"当事人或其代理人签名：{{{{ party_signature }}}}\t{DAY}",
                    f"执法人员签名：{{{{ officer_signatures }}}}\t{DAY}",
                )
            ),
            Copies("本文书一式一份，入卷。"),
        ),
    ),
    "E11": Paper(
        "陈述申辩复核意见书",
        (
            Table(
                FOUR,
                (
                    one("当事人", "party_display_name"),
                    (label("主张要点"), long("points", 3, 32)),
                    (label("复核情况"), long("review", 3, 32)),
                    (label("是否采纳\n及理由"), long("accept", 3, 24)),
                    (label("是否调整\n拟处罚"), long("adjust", 3, 18)),
                    opinion("承办人意见", "handler_opinion", 1, 3, 24),
                    opinion("承办机构\n负责人意见", "unit_head_opinion", 1, 3, 24),
                    opinion("执法部门\n负责人意见", "agency_head_opinion", 1, 3, 24),
                ),
            ),
            Copies("本文书一式一份，入卷。不得因当事人陈述、申辩而给予更重的处罚。"),
        ),
    ),
    "E12": Paper(
        "放弃陈述申辩和听证权利声明",
        (
            Para(("{{ agency_name }}：",), indent=0, keep=True),
            Para(
                (
                    "本人（单位）{{ party_display_name }}，车（船）号：{{ vehicle_ship_no }}。",
                    "因下列行为被贵机关立案调查：{{ violation }}",
                    "本人（单位）已收到并知悉{{ notice_ref }}所载的事实、理由、依据、拟处罚内容和依法享有的权利。",
                    "经考虑，自愿明确放弃下列权利：{{ waived }}。",
                    "以上声明是本人（单位）的真实意思表示。",
                ),
            ),
            Blank(30),
            Lines(
                (
                    "当事人或其代理人签名（盖章）：{{ party_signature }}",
                    "日期：{{ date }}",
                )
            ),
            Copies("本文书一式一份，入卷。声明应当由当事人自愿作出。"),
        ),
    ),
    "E17": Paper(
        "听证报告书",
        (
            Table(
                FOUR,
                (
                    one("案由", "case_cause"),
                    one("当事人", "party_display_name"),
                    pair("主持人", "presider", "听证员", "hearing_officers"),
                    one("记录员", "recorder"),
                    (label("听证基本\n情况摘要"), long("summary", 3, 60)),
                    (
                        label("听证结论及\n处理意见"),
                        Cell(
                            ("{{ conclusion }}", f">主持人签名：{{{{ presider_signature }}}}\t{DAY}"),
                            3,
                            height=50,
                            top=True,
                            indent=2,
                            align="both",
                        ),
                    ),
                    opinion("负责人意见", "agency_head_opinion", 1, 3, 34),
                    one("备注", "remark", height=14),
                ),
            ),
            Copies("本文书一式一份，入卷。"),
        ),
    ),
    "E30": Paper(
        "不予行政处罚决定书",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (label("当事人类型", 2), field("party_type", 2), label("案号"), field("case_number", size=10)),
                    *PARTY,
                ),
            ),
            Blank(),
            Para(
                (
                    "违法事实及证据：{{ facts_evidence }}",
                    "不予行政处罚的情形：",
                    "{{ ground }}",
                    "理由：{{ reason }}",
                    "{{ decision_clause }}",
                    "教育与改正要求：{{ education }}",
                    "{{ remedy_clause }}",
                ),
            ),
            Seal(),
            TWO_COPIES,
        ),
        number="{{ document_number }}",
    ),
    "E32": Paper(
        "行政处罚审批表",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (label("案由", 2), field("case_cause", 2), label("当事人类型"), field("party_type")),
                    *PARTY,
                    six_long("案件基本\n情况", "case_summary", 40),
                    six_opinion("承办人意见", "handler_opinion", 25),
                    six_opinion("承办机构\n意见", "unit_head_opinion", 25),
                    six_opinion("法制审核\n机构意见", "legal_opinion", 25),
                    six_opinion("负责人意见", "agency_head_opinion", 25),
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
}
