"""Our words ↔ the bank's: payment notice, receipt, day-end file. Pure; amounts are Decimal and travel as decimal strings.

The day-end file is UTF-8, one record per line, fields between bars:

    H|<bank>|<settle date yyyymmdd>|<number of lines>|<total yuan>
    D|<line no>|<notice no>|<trade no>|<amount yuan>|<PAY|REV|REF>
    T|<SM3 of every byte before this line>

Number, total or SM3 that do not fit make the whole file unreadable: nothing of it is compared (exchange.yaml R12).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.wire import Body, DayFile, Difference, Received, Refused, Request, Response, Unreadable

_CHINA = timezone(timedelta(hours=8))
_CHANNELS = {
    "COUNTER": "bank",
    "ATM": "bank",
    "ONLINE": "electronic",
    "MOBILE": "electronic",
    "QR": "electronic",
    "POS": "electronic",
}
_MONEY = re.compile(r"\d{1,13}(\.\d{1,2})?\Z")
_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_SIGNS = {"PAY": 1, "REV": -1, "REF": -1}
_TYPES = {"REV": "冲正", "REF": "退款"}
_TELL = "与代收银行核对该笔款项;核对清楚前不登记、不结案"


# ---------------------------------------------------------------------- going out
def request(message: str, body: Body) -> Request:
    """The payment notice as the bank takes it."""
    told = {
        "notice_no": body["payment_notice_no"],
        "decision_no": body["decision_no"],
        "payer_name": body["payer_name"],
        "payer_id": body.get("payer_id_no") or "",
        "amount": body["amount"],
        "due_date": str(body["due_on"]).replace("-", ""),
        "surcharge_rate": body["surcharge_rate"],
        "surcharge_cap": body["surcharge_cap"],
        "agency": body["agency_name"],
        "region": body["region_code"],
    }
    if body.get(
        "replaces"
    ):  # the amount was changed by what is named: the former notice is not to be collected any more
        told |= {"replaces": body["replaces"], "ground": body.get("ground") or ""}
    return Request("POST", "/notices", json.dumps(told, ensure_ascii=False, sort_keys=True).encode())


def answer(message: str, response: Response) -> dict[str, Any]:
    """The bank's acceptance; the same notice again is accepted too."""
    told = _told(response.body)
    if response.status in (200, 201) and told.get("code") == "0":
        return {"accepted_at": str(told.get("accepted_at", "")), "duplicate": bool(told.get("duplicate"))}
    why = str(told.get("message") or "没有说明原因")[:300]
    raise Refused(f"代收银行不接受缴款通知(HTTP {response.status},代码 {str(told.get('code'))[:20]}):{why}")


def _told(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


# ---------------------------------------------------------------------- coming in
def received(message: str, raw: bytes) -> Received:
    """A receipt: who paid what, when, by which way, for which notice. Every field is checked; none is guessed."""
    told = _told(raw)
    if not told:
        raise Unreadable("正文不是 JSON 对象")
    if any("\x00" in value for value in told.values() if isinstance(value, str)):
        raise Unreadable("正文中有空字符(NUL)")
    wrong: list[str] = []
    notice = _field(told, "notice_no", _NUMBER, wrong)
    trade = _field(told, "trade_no", _NUMBER, wrong)
    receipt = _field(told, "receipt_no", _NUMBER, wrong)
    amount, surcharge = _money(told, "amount", wrong), _money(told, "surcharge", wrong, absent="0")
    paid_at = _instant(told, wrong)
    channel = _CHANNELS.get(str(told.get("channel")))
    if channel is None:
        wrong.append(f"channel 应为 {'、'.join(_CHANNELS)} 之一")
    payer, decision = str(told.get("payer") or "")[:100], str(told.get("decision_no") or "")[:60]
    wrong += [f"缺少 {name}" for name, value in (("payer", payer), ("decision_no", decision)) if not value]
    if wrong or paid_at is None:
        raise Unreadable(";".join(wrong))
    facts = {
        "payment_receipt_no": receipt,
        "payment_payer": payer,
        "payment_amount": f"{amount:.2f}",
        "payment_paid_at": paid_at.isoformat(),
        "payment_channel": channel,
        "decision_no": decision,
        "payment_surcharge": f"{surcharge:.2f}",
    }
    record = {
        "notice_no": notice, "trade_no": trade, "receipt_no": receipt, "amount": f"{amount:.2f}", "surcharge": f"{surcharge:.2f}",
        "total": f"{amount + surcharge:.2f}", "paid_at": paid_at.isoformat(), "channel": channel, "payer": payer, "decision_no": decision,
    }  # fmt: skip
    return Received(trade, notice, record, facts, paid_at.astimezone(_CHINA).date())


def _field(told: Mapping[str, Any], name: str, pattern: re.Pattern[str], wrong: list[str]) -> str:
    value = told.get(name)
    if isinstance(value, str) and pattern.match(value):
        return value
    wrong.append(f"{name} 应为 1 至 64 位字母、数字")
    return ""


def _money(told: Mapping[str, Any], name: str, wrong: list[str], absent: str | None = None) -> Decimal:
    value = told.get(name, absent)
    if isinstance(value, str) and _MONEY.match(value):
        return Decimal(value)
    wrong.append(f'{name} 应为十进制文字,如 "3000.00"')
    return Decimal(0)


def _instant(told: Mapping[str, Any], wrong: list[str]) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(told.get("paid_at")))
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    wrong.append("paid_at 应为带时区的日期时间,如 2026-03-02T10:00:00+08:00")
    return None


def judge(got: Received, sent: Body | None, earlier: Sequence[Body]) -> Difference | None:
    """Does a receipt fit the notice? `earlier`: receipts of the same notice that were taken before."""
    key, record = got.business_key, got.record
    if sent is None:
        return Difference(
            "unknown_notice", key, f"到账 {record['total']} 元,缴款通知单号 {got.about} 不是本系统发出的", act=_TELL
        )
    if record["decision_no"] != sent["decision_no"]:
        text = f"到账所写决定书 {record['decision_no']} 与缴款通知的 {sent['decision_no']} 不一致"
        return Difference("unknown_decision", key, text, got.about, _TELL)
    if earlier:
        first = earlier[0]["trade_no"]
        text = f"缴款通知 {got.about} 已由交易 {first} 缴清,又到账 {record['total']} 元(交易 {key}),可能重复缴款"
        return Difference("doubled", key, text, got.about, "与代收银行核对;确属重复的办理退付")
    if Decimal(record["amount"]) != Decimal(sent["amount"]):
        text = f"应缴罚款 {sent['amount']} 元,到账 {record['amount']} 元(交易 {key})"
        return Difference("wrong_amount", key, text, got.about, _TELL)
    cap = Decimal(sent["amount"]) * Decimal(sent["surcharge_cap"])
    if Decimal(record["surcharge"]) > cap:
        text = f"加处罚款 {record['surcharge']} 元超过上限 {cap:.2f} 元(交易 {key})"
        return Difference("wrong_amount", key, text, got.about, _TELL)
    return None


# ---------------------------------------------------------------------- the day-end file
def read_file(name: str, data: bytes) -> DayFile:
    """The file whole, or `Unreadable` with the line."""
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        raise Unreadable("文件没有首行或尾行")
    rows = [_fields(number, line) for number, line in enumerate(lines, 1)]
    head, details, tail = rows[0], rows[1:-1], rows[-1]
    if head[0] != "H" or len(head) != 5:
        raise Unreadable("第 1 行应为 H|银行|结算日|笔数|合计")
    if tail[0] != "T" or tail[1:] != [hashlib.new("sm3", b"".join(lines[:-1])).hexdigest()]:
        raise Unreadable(f"第 {len(lines)} 行的 SM3 与文件内容不符,文件不完整或被改动")
    try:
        day = datetime.strptime(head[2], "%Y%m%d").date()  # noqa: DTZ007 - a day of the bank, not an instant
    except ValueError:
        raise Unreadable(f"第 1 行的结算日“{head[2][:20]}”不是 yyyymmdd") from None
    found = [_detail(number, row) for number, row in enumerate(details, 2)]
    total = sum((_SIGNS[row["type"]] * Decimal(row["amount"]) for row in found), Decimal(0))
    if head[3] != str(len(found)) or _number(head[4]) != total:
        raise Unreadable(f"首行写 {head[3][:20]} 笔、{head[4][:20]} 元,实有 {len(found)} 笔、{total} 元")
    return DayFile(day, found)


def _fields(number: int, line: bytes) -> list[str]:
    try:
        return line.decode().rstrip("\r\n").split("|")
    except UnicodeDecodeError:
        raise Unreadable(f"第 {number} 行不是 UTF-8") from None


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _detail(number: int, row: list[str]) -> dict[str, Any]:
    if len(row) != 6 or row[0] != "D" or row[5] not in _SIGNS or not _MONEY.match(row[4]):
        raise Unreadable(f"第 {number} 行应为 D|序号|缴款通知单号|交易号|金额|PAY、REV 或 REF")
    return {"line_no": row[1], "notice_no": row[2], "trade_no": row[3], "amount": row[4], "type": row[5]}


def reconcile(file: DayFile, heard: Sequence[Body], sent: Mapping[str, Body]) -> list[Difference]:
    """The bank's day against ours. `heard`: receipts of that day and of the trades in the file; `sent`: notice no → notice."""
    ours = {record["trade_no"]: record for record in heard}
    found = [*_repeated(file.lines)]
    paid: defaultdict[str, list[str]] = defaultdict(list)
    for line in {line["trade_no"] + line["type"]: line for line in file.lines}.values():
        found += _compare(line, ours.get(line["trade_no"]), sent)
        if line["type"] == "PAY":
            paid[line["notice_no"]].append(line["trade_no"])
    found += [
        Difference("doubled", trade, f"对账文件中缴款通知 {notice} 有 {len(trades)} 笔到账:{'、'.join(trades)}", notice, _TELL)
        for notice, trades in paid.items() if notice in sent
        for trade in trades[1:]
    ]  # fmt: skip
    return found + _absent(file, heard)


def _repeated(lines: Iterable[Body]) -> Iterable[Difference]:
    seen: set[tuple[str, str]] = set()
    for line in lines:
        key = (line["trade_no"], line["type"])
        if key in seen:
            text = f"对账文件第 {line['line_no']} 笔重复列出交易 {line['trade_no']}({line['amount']} 元)"
            yield Difference("repeated_line", line["trade_no"], text, line["notice_no"], _TELL)
        seen.add(key)


def _compare(line: Body, ours: Body | None, sent: Mapping[str, Body]) -> Iterable[Difference]:
    trade, notice = line["trade_no"], line["notice_no"]
    if line["type"] != "PAY":
        text = f"代收银行对交易 {trade} 作{_TYPES[line['type']]} {line['amount']} 元"
        yield Difference(
            "reversed", trade, text, notice if notice in sent else "", "核对原因;已结案的按监督程序处理,不直接改账"
        )
    elif notice not in sent:
        yield Difference(
            "unknown_notice", trade, f"对账文件有 {line['amount']} 元,缴款通知单号 {notice} 不是本系统发出的", act=_TELL
        )
    elif ours is None:
        text = f"对账文件有到账 {line['amount']} 元(交易 {trade}),未收到到账通知"
        yield Difference("missing_receipt", trade, text, notice, "请代收银行补发到账通知;补到后自动登记")
    elif Decimal(ours["total"]) != Decimal(line["amount"]):
        text = f"交易 {trade} 到账通知 {ours['total']} 元,对账文件 {line['amount']} 元"
        yield Difference("wrong_amount", trade, text, notice, _TELL)


def _absent(file: DayFile, heard: Sequence[Body]) -> list[Difference]:
    listed = {line["trade_no"] for line in file.lines if line["type"] == "PAY"}
    return [
        Difference(
            "missing_in_file",
            record["trade_no"],
            f"{file.day:%Y-%m-%d} 到账通知 {record['total']} 元(交易 {record['trade_no']}),对账文件中没有",
            record["notice_no"],
            "与代收银行核对款项是否入账",
        )
        for record in heard
        if _day(record) == file.day and record["trade_no"] not in listed
    ]


def _day(record: Body) -> date:
    return datetime.fromisoformat(record["paid_at"]).astimezone(_CHINA).date()
