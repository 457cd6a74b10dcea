"""Day-end reconciliation: the bank's file against our ledger. What differs is a matter for a person; nothing is guessed.

A reversal that the bank reports is a fact and is countered at once, its task stays; a refund that it reports pays out an
approved one. Everything else is booked only when a finance person corrects it, or explained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from engine import collecting, ledger, release_store
from engine.ledger import Book, yuan
from kernel import audit, permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, Refusal
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import difference, exchange, money

Json = dict[str, Any]
OURS: Final = "ledger"  # the counterpart of what reconciling itself finds
_TYPES: Final = {"PAY": 1, "REV": -1, "REF": -1}


# ---------------------------------------------------------------------- what the bank says
def keep_difference(
    work: Work,
    place: Row,
    *,
    counterpart: str,
    kind: str,
    key: str,
    text: str,
    act: str,
    about: str,
    day: date | None,
    exchange_id: UUID | None,
) -> None:
    """A difference that a counterpart's folder found, in the open transaction; `place` is our notice where there is one."""
    about_case = place.get("subject_id")
    known = about_case and work.rows("select 1 from enforcement_case where id = %s", (about_case,))
    difference.keep(
        work, place, counterpart=counterpart, kind=kind, key=key, text=text, act=act, about=about, day=day,
        case_id=about_case if known else None, exchange_id=exchange_id,
    )  # fmt: skip


def book_bank_day(
    work: Work,
    counterpart: str,
    file: str,
    day: date,
    lines: Sequence[Mapping[str, str]],
    places: Mapping[str, Row],
    home: Row,
) -> None:
    """Keeps the lines of a day's file; reversals counter their receipts, refunds pay out what was approved."""
    difference.add_lines(work, counterpart, file, day, lines, places, home)
    for line in lines:
        place = places.get(line["notice_no"])
        if line["type"] == "PAY" or place is None or place["subject_id"] is None:
            continue
        book = Book(work, place, place["subject_id"])
        if line["type"] == "REV":
            _reverse(book, counterpart, line, day)
        else:
            _refunded(book, counterpart, line, day)


def _reverse(book: Book, counterpart: str, line: Mapping[str, str], day: date) -> None:
    for receipt in money.of_trade(book.work, line["trade_no"]):
        if receipt["case_id"] == book.case_id and money.total(receipt) == yuan(line["amount"]):
            opposite = collecting.undo(book, receipt, f"代收银行冲正,交易 {line['trade_no']}", day)
            difference.point_to(book.work, counterpart, "reversed", line["trade_no"], opposite)


def _refunded(book: Book, counterpart: str, line: Mapping[str, str], day: date) -> None:
    voucher = collecting.pay_out(book, yuan(line["amount"]), day, trade_no=line["trade_no"])
    seen = difference.of_matter(book.work, counterpart, "reversed", line["trade_no"]) if voucher else None
    if seen is not None:
        difference.settle(book.work, [seen["id"]], "corrected", "已核准的退款,银行已退付", voucher)


# ---------------------------------------------------------------------- what people do
def differences(
    work: Work, state: str | None, limit: int, after: UUID | None, case_id: UUID | None = None
) -> list[Row]:
    """Differences in scope, newest first."""
    permissions.demand(work, "money.read")
    with work.transaction(hot=True):
        return difference.page(work, limit, after, state, case_id)


@command(may="money.reconcile", subject="difference_id")
def explain_difference(work: Work, difference_id: str, reason: str) -> Json:
    """说明: why a difference needs no posting."""
    row = _open(work, difference_id)
    collecting.demand_reason(reason)
    difference.settle(work, [row["id"]], "explained", reason.strip())
    return {"id": str(row["id"]), "state": "explained"}


@command(may="money.correct", subject="difference_id")
def correct_difference(
    work: Work, difference_id: str, *, reason: str, case_id: str | None = None, surcharge: Decimal = money.ZERO
) -> Json:
    """更正: books what a difference is about – a receipt that was held, a payment whose receipt never came – for its case.

    `case_id`: the case, where the bank's word names none of ours. `surcharge`: how much of a payment that the file alone
    tells is charge for late payment. A reversal was countered when it came: this says that it was seen to.
    """
    row = _open(work, difference_id)
    collecting.demand_reason(reason)
    voucher = row["voucher_id"] or _booked(work, row, case_id, surcharge, reason.strip())
    difference.settle(work, [row["id"]], "corrected", reason.strip(), voucher)
    return {"id": str(row["id"]), "state": "corrected", "voucher_id": str(voucher)}


def _open(work: Work, difference_id: str) -> Row:
    row = difference.get(work, as_uuid(difference_id), lock=True)
    permissions.demand(work, "money.reconcile", row["agency_id"], row["category"])
    if row["case_id"] is not None:
        ledger.demand_apart(work, release_store.current(work), row["case_id"])
    if row["state"] != "open":
        raise Refusal("这项差异已经处理", remedy="请刷新差异列表")
    return row


def _booked(work: Work, row: Row, case_id: str | None, surcharge: Decimal, reason: str) -> UUID:
    told = _payment_of(work, row, surcharge)
    if told is None:
        raise Refusal("这种差异没有可以入账的款项", remedy="请核对后说明原因;需要红冲收款的,在案件账目中办理")
    chosen = case_id or row["case_id"]
    if chosen is None:
        raise InvalidAnswers({"case_id": "请写明款项属于哪个案件"})
    case, book = collecting.opened(work, "money.correct", str(chosen))
    voucher = collecting.receive(book, case, reason=reason, **told)
    if voucher is None:
        raise Refusal("这笔款项已经入账", remedy="请核对案件账目后说明原因")
    if row["exchange_id"] is not None:
        exchange.settle(work, row["exchange_id"], "done", {"corrected": reason})
    return voucher


def _payment_of(work: Work, row: Row, surcharge: Decimal) -> Json | None:
    """What a held receipt or a line of the file says of a payment; None where it is about something else."""
    if row["exchange_id"] is not None:
        record = exchange.get(work, row["exchange_id"], lock=True)["body"].get("record", {})
        if not record.get("trade_no"):
            return None
        return {
            "receipt_no": record["receipt_no"],
            "amount": yuan(record["amount"]),
            "surcharge": yuan(record["surcharge"]),
            "paid_on": row["day"] or work.today,
            "channel": record["channel"],
            "payer": record["payer"],
            "trade_no": record["trade_no"],
        }
    line = difference.line_of_trade(work, row["key"])
    if line is None or row["kind"] not in ("missing_receipt", "unbooked", "unknown_notice"):
        return None
    if surcharge < 0 or surcharge >= line["amount"]:
        raise InvalidAnswers({"surcharge": "加处罚款应不小于 0 元,且少于该笔款项"})
    return {
        "receipt_no": line["trade_no"],
        "amount": line["amount"] - yuan(surcharge),
        "surcharge": yuan(surcharge),
        "paid_on": line["day"],
        "channel": "bank",
        "payer": "代收银行对账文件",
        "trade_no": line["trade_no"],
    }


@command(may="money.reconcile")
def reconcile(work: Work, day: date) -> Json:
    """Compares a day of the bank's file with the ledger of one's agencies: opens what differs, closes what was put right since."""
    if day > work.today:
        raise InvalidAnswers({"day": "对账日期不能晚于今天"})
    agencies = list(work.person.scope)
    lines = difference.lines_of(work, agencies, day)
    booked = [v for v in money.receipts_of_day(work, agencies, day) if v["reversed_by"] is None]
    opened = _compare(work, day, lines, booked)
    closed = _close(work, agencies, day)
    left = difference.open_until(work, agencies, day)
    return {
        "day": day.isoformat(),
        "file": lines[0]["file"] if lines else None,
        "lines": len(lines),
        "bank": f"{sum((_TYPES[line['type']] * line['amount'] for line in lines), money.ZERO):.2f}",
        "ledger": f"{sum((money.total(v) for v in booked), money.ZERO):.2f}",
        "opened": opened,
        "closed": closed,
        "open": len(left),
    }


def _compare(work: Work, day: date, lines: Sequence[Row], booked: Sequence[Row]) -> int:
    """Receipts of the day that the file does not have, payments of the file that the ledger does not have."""
    if not lines:
        return 0
    before = difference.count(work, list(work.person.scope))
    paid = [line for line in lines if line["type"] == "PAY"]
    known = money.trades_booked(work, [line["trade_no"] for line in paid])
    trades = {line["trade_no"] for line in paid}
    unbooked = [line for line in paid if line["trade_no"] not in known]
    for voucher in booked:
        # What was entered from paper knows no trade: a payment of the same case and amount is taken for it.
        twin = next((line for line in unbooked if voucher["trade_no"] is None and _same(line, voucher)), None)
        if twin is not None:
            unbooked.remove(twin)
        elif voucher["trade_no"] not in trades:
            text = f"{day} 收款 {money.total(voucher)} 元(票据 {voucher['reference']}),对账文件中没有"
            _keep(work, voucher, "missing_in_file", str(voucher["id"]), text, "与代收银行核对款项是否入账", day)
    told = difference.matters(work, [line["trade_no"] for line in unbooked])
    for line in unbooked:
        if line["case_id"] is not None and line["trade_no"] not in told:
            text = f"对账文件有到账 {line['amount']} 元(交易 {line['trade_no']}),账上没有"
            _keep(work, line, "unbooked", line["trade_no"], text, "核对后入账或者说明原因", day)
    return difference.count(work, list(work.person.scope)) - before


def _same(line: Row, voucher: Row) -> bool:
    return bool(line["case_id"] == voucher["case_id"] and line["amount"] == money.total(voucher))


def _keep(work: Work, place: Row, kind: str, key: str, text: str, act: str, day: date) -> None:
    difference.keep(
        work, place, counterpart=OURS, kind=kind, key=key, text=text, act=act, day=day, case_id=place["case_id"]
    )


def _close(work: Work, agencies: Sequence[int], day: date) -> int:
    """Payments that were missing and are booked by now."""
    closed = 0
    for row in difference.open_until(work, agencies, day):
        if row["kind"] in ("missing_receipt", "unbooked"):
            booked = money.of_trade(work, row["key"])
            if booked:
                difference.settle(work, [row["id"]], "corrected", "已入账", booked[0]["id"])
                closed += 1
        elif row["kind"] == "missing_in_file" and difference.line_of_trade(work, row["key"]) is not None:
            difference.settle(work, [row["id"]], "explained", "其后的对账文件已列出")
            closed += 1
    return closed


# ---------------------------------------------------------------------- what is reported
def day_report(work: Work, day: date) -> Json:
    """Of one day in one's scope: per agency and kind of voucher the number and what moved at the bank; the file; open differences."""
    permissions.demand(work, "money.read")
    with work.transaction(hot=True):
        agencies = list(work.person.scope)
        rows = money.day(work, agencies, day)
        lines = difference.lines_of(work, agencies, day)
        left = difference.count(work, agencies)
    kinds: dict[tuple[int, str], Json] = {}
    for row in rows:
        entry = kinds.setdefault(
            (row["agency_id"], row["kind"]),
            {
                "agency_id": row["agency_id"],
                "kind": row["kind"],
                "name": money.KINDS[row["kind"]],
                "number": 0,
                "sums": [],
            },
        )
        entry["number"] = max(entry["number"], row["number"])
        entry["sums"].append(
            {"account": row["account"], "name": money.ACCOUNTS[row["account"]], "amount": f"{row['amount']:.2f}"}
        )
    return {
        "day": day.isoformat(),
        "vouchers": list(kinds.values()),
        "file": lines[0]["file"] if lines else None,
        "bank": f"{sum((_TYPES[line['type']] * line['amount'] for line in lines), money.ZERO):.2f}",
        "open_differences": left,
    }


MOST_DAYS: Final = 366
MOST_ROWS: Final = 50_000


def export(work: Work, first: date, last: date) -> list[Row]:
    """The postings of these days in one's scope, for a sheet; the reading stands in the audit trail."""
    permissions.demand(work, "money.export")
    if not 0 <= (last - first).days < MOST_DAYS:
        raise InvalidAnswers({"last": f"截止日期不能早于起始日期,且不超过 {MOST_DAYS} 天"})
    with work.transaction(hot=True):
        rows = money.page_of_day(work, list(work.person.scope), first, last, MOST_ROWS + 1)
        if len(rows) > MOST_ROWS:
            raise InvalidAnswers({"last": f"所选日期的分录超过 {MOST_ROWS} 行,请分段导出"})
        detail = {"first": first, "last": last, "rows": len(rows)}
        audit.record(work, "money.export", outcome="read", detail=detail)
    return rows


def named(row: Row) -> Row:
    """An exported row with its kind and account in Chinese."""
    return {**row, "kind": money.KINDS[row["kind"]], "account": money.ACCOUNTS[row["account"]]}
