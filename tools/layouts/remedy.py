"""Papers of reconsideration and litigation."""

from __future__ import annotations

from tools.layouts.blocks import FOUR, Blank, Copies, Lines, Paper, Para, Seal, Table, hand, listing, one, pair

LAYOUTS: dict[str, Paper] = {
    "E51": Paper(
        "{{ type }}",
        (
            Table(
                FOUR,
                (
                    one("答复（辩）人", "agency_name"),
                    pair("地址", "agency_address", "联系电话", "agency_phone"),
                    pair("法定代表人\n（负责人）", "agency_head", "联系人", "agency_contact"),
                    pair("申请人（原告）", "applicant", "案号", "external_no"),
                    one("收到副本日期", "received_at"),
                ),
            ),
            Blank(4),
            Para(
                (
                    "{{ applicant }}因{{ case_cause }}一案（本机关案号：{{ case_number }}）{{ remedy_sentence }}，"
                    "本机关于{{ received_at }}收到副本，现答复（答辩）如下：",
                    "申请人（原告）的请求：{{ request }}",
                    "{{ content }}",
                ),
                size=12.5,
            ),
            # One paragraph: LibreOffice parts two that are to be kept together when a table follows.
            Para(("此致\n{{ to }}",), size=12.5, keep=True),
            Lines((hand("法定代表人（负责人）签章", "head_signature"),)),
            Seal(),
            Para(("附：证据、依据和有关材料目录",), size=12, indent=0, keep=True),
            listing(
                "evidence_list",
                (("序号", "seq", 14.0), ("名称", "name", 90.0), ("份数", "copies", 18.0), ("备注", "remark", 34.0)),
            ),
            Copies("本文书份数按复议机关或者人民法院的要求；一份存根（入卷）。"),
        ),
        number="{{ document_number }}",
    ),
}
