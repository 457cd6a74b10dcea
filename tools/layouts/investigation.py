"""Papers of filing and investigation: what was reported, asked, seen, sampled and kept."""

from __future__ import annotations

from tools.layouts.blocks import (
    DAY,
    FOUR,
    ITEMS,
    OFFICERS,
    PARTY,
    PARTY_AND_OFFICERS,
    PARTY_WIDTHS,
    TO_PARTY,
    TWO_COPIES,
    WITH_PLACE,
    WITH_REMARK,
    Blank,
    Copies,
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
    six_opinion,
    three_opinions,
    value,
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
            Para(("{{ notice_clause }}",), size=12),
            Para(("答：{{ recusal_asked }}", "申请回避的人员和理由：{{ recusal_reason }}", "{{ qa }}"), size=12),
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
    "D05": Paper(
        "抽样取证凭证",
        (
            party(),
            Table(
                FOUR,
                (
                    one("抽样时间", "period"),
                    one("抽样地点", "place"),
                    pair("抽样机关", "agency_name", "联系电话", "agency_phone"),
                ),
            ),
            Blank(4),
            Para(("{{ sampling_clause }}",), size=12, keep=True, after=4),
            listing("items", (*ITEMS, ("物品所在地点", "item_place", 38.0))),
            Blank(4),
            Para(("备注：{{ remark }}",), size=12, indent=0),
            PARTY_AND_OFFICERS,
            Seal(),
            TWO_COPIES,
        ),
    ),
    "D06": Paper(
        "证据登记保存清单",
        (
            party(),
            Table(FOUR, (pair("案由", "case_cause", "保存方式", "preserve_mode"),)),
            Blank(4),
            Para(("{{ preserve_clause }}", "{{ duty_clause }}"), size=11, gap=6, keep=True, after=3),
            listing("items", WITH_PLACE),
            Blank(4),
            PARTY_AND_OFFICERS,
            Seal(),
            TWO_COPIES,
        ),
        number="{{ document_number }}",
    ),
    "D07": Paper(
        "解除证据登记保存决定书",
        (
            TO_PARTY,
            Para(
                (
                    "本机关于{{ preserve_date }}对你（单位）的物品予以先行登记保存（清单编号：{{ preserve_doc_no }}）。"
                    "依据《中华人民共和国行政处罚法》第五十六条的规定，经审查，决定自{{ release_date }}起"
                    "解除对下列物品的登记保存，予以退还。",
                ),
                keep=True,
                after=4,
            ),
            listing("items", WITH_REMARK),
            Blank(4),
            Para(("请当场清点、核对。以上物品已经查验，与登记保存时一致的，由领取人签名确认。",), size=12),
            Lines((hand("当事人或其代理人领取签名", "party_signature"),)),
            Seal(),
            TWO_COPIES,
        ),
    ),
    "E01": Paper(
        "举报记录",
        (
            Table(
                FOUR,
                (
                    pair("举报时间", "reported_at", "记录人", "recorder"),
                    one("举报类别", "report_type", height=13),
                    pair("举报人", "reporter_name", "性别", "gender"),
                    pair("年龄", "age", "身份证号", "id_no"),
                    one("住所或单位", "address"),
                    one("联系电话", "phone"),
                    one("保密要求", "confidential"),
                    (label("举报内容"), long("content", 3, 100)),
                    one("备注", "remark", height=14),
                ),
            ),
            Lines((hand("举报人签名", "reporter_signature"), hand("记录人签名", "recorder_signature"))),
            Copies("本文书一式一份，入副卷。举报人身份和举报内容应当保密，不得向被举报人和无关人员泄露。"),
        ),
        number="{{ document_number }}",
    ),
    "E02": Paper(
        "证据登记保存审批表",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (label("当事人类型", 2), field("party_type", 4)),
                    *PARTY,
                    six_long("案件基本\n情况", "case_summary", 18),
                    six_long("登记保存\n理由", "reason", 14),
                    six("保存天数\n及起止", "period_clause", 11),
                ),
            ),
            Note("拟登记保存的物品"),
            listing("items", WITH_PLACE),
            Blank(6),
            Table(PARTY_WIDTHS, three_opinions(height=16)),
            Copies("本文书一式一份，入卷。先行登记保存须经执法部门负责人批准。"),
        ),
    ),
    "E03": Paper(
        "解除证据登记保存审批表",
        (
            Table(
                PARTY_WIDTHS,
                (
                    (
                        label("当事人类型", 2),
                        field("party_type", 2),
                        label("登记保存\n清单编号", height=11),
                        field("preserve_doc_no", size=10),
                    ),
                    *PARTY,
                    (
                        label("登记保存\n日期", 2),
                        field("preserve_date", 2),
                        label("期限届满日"),
                        field("preserve_until"),
                    ),
                    six("处理决定", "disposal", 24),
                    six_long("解除理由及\n处理去向", "reason", 28),
                    *three_opinions(height=25),
                ),
            ),
            Copies("本文书一式一份，入卷。"),
        ),
    ),
    "E06": Paper(
        "视听资料（电子数据）证据记录单",
        (
            Table(
                FOUR,
                (
                    (label("证明事项"), long("fact_proved", 3, 34)),
                    pair("采集时间", "captured_at", "采集人", "captured_by"),
                    one("采集地点", "place"),
                    one("证据类型", "copy_type"),
                    one("存储介质", "medium"),
                    one("设备编号", "device_no"),
                    (label("文件名称及\n散列值"), field("hash", 3, height=34, size=9, top=True)),
                    *OFFICERS,
                    (label("现场人员\n意见"), long("person_opinion", 3, 20)),
                ),
            ),
            Lines((hand("现场人员签名", "person_signature"), hand("采集人签名", "officer_signatures"))),
            Copies(
                "本文书一式一份，入卷。散列值由系统在文件入库时计算，用于核验文件未被改动。复制件应当注明与原件一致。"
            ),
        ),
    ),
    "E26": Paper(
        "责令停止违法行为通知书",
        (
            TO_PARTY,
            Para(
                (
                    "经查，你（单位）有下列违法行为：{{ violation_desc }}",
                    "根据{{ basis }}的规定，现责令你（单位）停止违法行为。",
                    "停止内容与期限：{{ stop_content }}",
                    "{{ remedy_clause }}",
                ),
            ),
            Lines((hand("当事人或其代理人签名", "party_signature"), hand("执法人员签名", "officer_signatures"))),
            Seal(),
            TWO_COPIES,
        ),
    ),
}
