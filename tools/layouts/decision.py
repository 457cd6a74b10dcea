"""Papers of telling, reviewing, discussing and deciding."""

from __future__ import annotations

from tools.layouts.blocks import (
    CONTACT,
    DAY,
    FOUR,
    OFFICERS,
    PARTY,
    PARTY_AND_OFFICERS,
    PARTY_WIDTHS,
    TO_PARTY,
    TWO_COPIES,
    Blank,
    Copies,
    Lines,
    Paper,
    Para,
    Repeat,
    Seal,
    Table,
    column_table,
    field,
    label,
    long,
    one,
    opinion,
    pair,
    party,
    six_long,
    six_opinion,
    value,
)

LAYOUTS: dict[str, Paper] = {
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
                    (label("讨论记录"), long("content", 3, 48)),
                    (label("结论性意见"), long("conclusion", 3, 26)),
                ),
            ),
            Table(
                (28, 36, 22, 42, 28),
                (
                    Repeat(
                        "opinions",
                        (label("出席人员\n签署"), label("姓名"), label("意见"), label("说明"), label("日期")),
                        (label(""), field("row.name"), field("row.opinion"), field("row.note"), field("row.signed_on")),
                    ),
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
                    "本人（单位）{{ notice_ref }}，已知悉其中所载的事实、理由、依据、拟处罚内容和依法享有的权利。",
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
    "D14": Paper(
        "当场行政处罚决定书",
        (
            party(),
            Blank(4),
            Para(
                (
                    "违法事实及依据：{{ violation_desc }}",
                    "以上事实违反了{{ violated_provisions }}的规定，依据{{ penalty_provisions }}的规定，"
                    "决定给予下列行政处罚：{{ penalty_content }}。",
                    "处罚前告知：{{ oral_notice_confirm }}",
                    "处罚时间、地点：{{ penalised_at }}，{{ penalised_place }}。",
                ),
                size=11.5,
                gap=6,
            ),
            Para(
                ("罚款金额：{{ fine_amount }}。履行方式：{{ pay_mode }}",),
                size=11.5,
                gap=6,
                when="fine_amount is filled",
            ),
            Para(("{{ pay_term }}", "{{ surcharge_notice }}"), size=11.5, gap=6, when="pay_term is filled"),
            Para(("{{ cash_clause }}",), size=11.5, gap=6, when="cash_clause is filled"),
            Para(("{{ remedy_clause }}",), size=11.5, gap=6, keep=True),
            PARTY_AND_OFFICERS,
            Seal(),
            Copies(
                "本文书一式两份：一份存根（入卷），一份当场交付当事人或其代理人。执法人员应当在规定期限内报所属机关备案。"
            ),
        ),
        number="{{ document_number }}",
    ),
}
