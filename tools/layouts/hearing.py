"""Papers of hearing and recusal."""

from __future__ import annotations

from tools.layouts.blocks import (
    CONTACT,
    DAY,
    FOUR,
    OFFICERS,
    TO_PARTY,
    TWO_COPIES,
    Blank,
    Cell,
    Copies,
    Lines,
    Paper,
    Para,
    Repeat,
    Seal,
    Table,
    field,
    hand,
    label,
    listing,
    long,
    one,
    opinion,
    pair,
)

LAYOUTS: dict[str, Paper] = {
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
    "E13": Paper(
        "回避申请书",
        (
            Para(("{{ agency_name }}：",), indent=0, keep=True),
            Para(
                (
                    "申请人：{{ applicant }}",
                    "被申请回避的人员：{{ target }}",
                    "申请人认为上述人员与案件有直接利害关系或者有其他关系可能影响公正执法，"
                    "依据《中华人民共和国行政处罚法》第四十三条的规定，申请其回避。理由如下：",
                    "{{ reason }}",
                ),
            ),
            Blank(40),
            Lines(("申请人签名（盖章）：{{ signature }}", "申请日期：{{ date }}")),
            Copies("本文书一式一份，入卷。口头申请的，由执法人员记录，申请人签名确认。决定作出之前，不停止调查。"),
        ),
    ),
    "E14": Paper(
        "回避决定书",
        (
            Para(("{{ applicant }}：",), indent=0, keep=True),
            Para(
                (
                    "你（单位）申请{{ target }}回避。经审查，依据《中华人民共和国行政处罚法》第四十三条的规定，本机关决定：",
                    "{{ decision }}",
                    "理由：{{ reason }}",
                    "此前调查活动的效力：{{ prior_effect }}",
                    "本决定作出之前，不停止对案件的调查。",
                ),
            ),
            Lines((hand("负责人签名", "head_signature"),)),
            Seal(),
            TWO_COPIES,
        ),
    ),
    "E15": Paper(
        "听证公告",
        (
            Para(
                (
                    "依据《中华人民共和国行政处罚法》第六十四条第三项的规定，本机关决定就{{ case_cause }}一案公开举行听证，"
                    "现将有关事项公告如下：",
                    "听证时间：{{ hearing_time }}",
                    "听证地点：{{ hearing_place }}",
                    "听证主持人：{{ presider }}",
                    "旁听要求：{{ observer_rule }}",
                    "联系人：{{ agency_contact }}    联系电话：{{ agency_phone }}",
                    "特此公告。",
                ),
            ),
            Seal(),
            Copies(
                "本公告张贴于公告栏或者在本机关网站发布，存根入卷。涉及国家秘密、商业秘密或者个人隐私的，不公开听证，不发布公告。"
            ),
        ),
    ),
    "E16": Paper(
        "听证委托书",
        (
            Para(("{{ agency_name }}：",), indent=0, keep=True),
            Para(
                (
                    "委托人：{{ principal }}",
                    "因{{ case_cause }}一案，委托人依据《中华人民共和国行政处罚法》第六十四条第五项的规定，"
                    "委托下列人员代理参加听证：",
                ),
                keep=True,
                after=4,
            ),
            listing(
                "agents",
                (
                    ("序号", "seq", 14.0),
                    ("姓名", "name", 34.0),
                    ("性别", "gender", 18.0),
                    ("年龄", "age", 18.0),
                    ("工作单位及职务", "unit_position", 72.0),
                ),
            ),
            Blank(4),
            Para(("委托权限：{{ powers }}",)),
            Blank(30),
            Lines((hand("委托人签名（盖章）", "signature"),)),
            Copies("本文书一式一份，入卷。委托代理人为一至二人，应当附身份证明；委托书应当在听证举行前提交。"),
        ),
    ),
    "E18": Paper(
        "不予受理听证通知书",
        (
            TO_PARTY,
            Para(
                (
                    "你（单位）就{{ case_cause }}一案提出的听证要求，本机关已于{{ hearing_requested_at }}收到。"
                    "经审查，不予受理。",
                    "理由：{{ reason }}",
                    "本通知不影响你（单位）依法进行陈述、申辩，以及在本机关作出行政处罚决定后依法申请行政复议或者提起行政诉讼的权利。",
                ),
            ),
            CONTACT,
            Seal(),
            TWO_COPIES,
        ),
    ),
}
