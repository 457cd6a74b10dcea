"""Papers of service."""

from __future__ import annotations

from tools.layouts.blocks import (
    DAY,
    FOUR,
    TWO_COPIES,
    Copies,
    Paper,
    Seal,
    Table,
    column_table,
    field,
    label,
    long,
    one,
    pair,
    value,
)

LAYOUTS: dict[str, Paper] = {
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
    "E29": Paper(
        "执法文书送达地址（电子送达）确认书",
        (
            Table(
                FOUR,
                (
                    pair("案由", "case_cause", "当事人", "party_display_name"),
                    (label("告知事项"), long("notices", 3, 60)),
                    pair("收件人", "receiver", "与当事人关系", "relation"),
                    one("证件类型\n及号码", "id_document", height=11),
                    one("是否同意\n电子送达", "agree_electronic", height=13),
                    pair("手机号码", "mobile", "微信号", "wechat"),
                    pair("电子邮箱", "email", "传真", "fax"),
                    one("邮寄地址\n及邮编", "post_address", height=13),
                    (
                        label("当事人确认"),
                        value(
                            "本人（单位）已阅读并理解上述告知事项，保证所提供的送达地址准确、有效。\n"
                            f"当事人签名：{{{{ party_signature }}}}\n>{DAY}",
                            3,
                            height=30,
                            top=True,
                        ),
                    ),
                    (label("执法人员\n签名"), value(f"{{{{ officer_signatures }}}}\n>{DAY}", 3, height=20, top=True)),
                ),
            ),
            TWO_COPIES,
        ),
    ),
}
