"""Papers of off-site enforcement."""

from __future__ import annotations

from tools.layouts.blocks import (
    CONTACT,
    DAY,
    FOUR,
    TO_PARTY,
    Blank,
    Cell,
    Copies,
    Paper,
    Para,
    Seal,
    Table,
    field,
    label,
    one,
    pair,
)

LAYOUTS: dict[str, Paper] = {
    "E42": Paper(
        "非现场执法违法告知书",
        (
            TO_PARTY,
            Para(
                (
                    "经本机关设置的电子技术监控设备记录并审核，你（单位）的车辆涉嫌下列违法行为，依据《中华人民共和国行政处罚法》"
                    "第四十一条的规定，现予告知：",
                ),
                size=12.5,
                keep=True,
                after=4,
            ),
            Table(
                FOUR,
                (
                    pair("车牌号码", "plate", "车牌颜色", "plate_color"),
                    pair("违法时间", "time", "违法地点", "place"),
                    pair("设备名称", "device_name", "设备编号", "device_no"),
                    pair("检定证书号", "certificate_no", "检定有效期至", "valid_until"),
                    pair("车货总质量\n（千克）", "gross_kg", "限定标准\n（千克）", "limit_kg"),
                    pair("超限质量\n（千克）", "over_kg", "超限率", "over_rate"),
                    one("案由", "case_cause"),
                    one("证据查询\n网址", "query_url", height=11),
                ),
            ),
            Blank(4),
            Para(("{{ handling }}", "{{ not_service }}"), size=12.5),
            CONTACT,
            Seal(),
            Copies("本文书以短信、应用消息和邮寄等方式告知，存根入卷。"),
        ),
        number="案号：{{ case_number }}    {{ document_number }}",
    ),
    "E43": Paper(
        "非现场执法证据审核表",
        (
            Table(
                FOUR,
                (
                    pair("线索编号", "clue_no", "过检时间", "time"),
                    pair("检测站点", "station", "车道", "lane_no"),
                    pair("设备编号", "device_no", "检定证书号", "certificate_no"),
                    pair("车牌号码", "plate", "车牌颜色", "plate_color"),
                    pair("车辆类型", "vehicle_type", "轴数、轴型", "axles"),
                    pair("车货总质量\n（千克）", "gross_kg", "限定标准\n（千克）", "limit_kg"),
                    pair("超限质量\n（千克）", "over_kg", "超限率", "over_rate"),
                    one("外廓尺寸\n（毫米）", "size", height=11),
                    one("图片视频", "media", height=12),
                    (label("证据包\n散列值"), field("hash", 3, height=12, size=9.5)),
                    one("初审结论", "first_result"),
                    (
                        label("初审意见"),
                        Cell(
                            ("{{ first_review.opinion }}", f">初审人签名：{{{{ first_signatures }}}}{DAY}"),
                            3,
                            height=26,
                            top=True,
                        ),
                    ),
                    one("复审结论", "second_result"),
                    (
                        label("复审意见"),
                        Cell(
                            ("{{ second_review.opinion }}", f">复审人签名：{{{{ second_signatures }}}}{DAY}"),
                            3,
                            height=26,
                            top=True,
                        ),
                    ),
                    one("无效类型", "invalid_type", height=20),
                ),
            ),
            Copies(
                "本文书一式一份，入卷。初审、复审均由两名以上执法人员进行；未经审核或者审核不符合要求的，不得作为证据。"
            ),
        ),
        number="{{ document_number }}",
    ),
}
