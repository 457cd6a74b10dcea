"""The engine's side of the world outside: rows that fall due for a counterpart, and what a counterpart sends, taken in once.

The engine calls nobody. A service step writes an exchange and a job of the kind `exchange:<message>`; whoever speaks with
counterparts takes these jobs, tries, and says here how it went. What comes in is an exchange too: a job of the kind
`deliver` gives it to its case in the transaction that marks it as given, so that no crash gives it twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import commands, jobs, ledger, release_store
from engine.alerts import raise_alert
from engine.rules import rules
from kernel import audit, sm3
from kernel.errors import DeliveryFailed, InvalidAnswers, Problem, Refusal
from kernel.work import LOCAL, Node, Row, Work
from registers import agency, exchange, money

if TYPE_CHECKING:
    from engine.actions import Context


# ---------------------------------------------------------------------- going out
def tell(
    work: Work,
    place: Row,
    subject_id: UUID | None,
    *,
    message: str,
    business_key: str,
    key: str,
    body: Mapping[str, Any],
) -> UUID | None:
    """Writes what a counterpart is to be told, in the open transaction; None when it was told before under this key."""
    id_ = exchange.insert(
        work,
        place,
        direction="out",
        message=message,
        business_key=business_key,
        key=key,
        body=body,
        subject_id=subject_id,
    )
    if id_ is not None:
        _queue(work, f"exchange:{message}", id_, place, subject_id)
    return id_


def _queue(work: Work, kind: str, exchange_id: UUID, place: Row, subject_id: UUID | None) -> None:
    payload = {"exchange": str(exchange_id)}
    key = f"{kind}:{exchange_id}"
    job = jobs.Job(kind, work.now, key, place["agency_id"], place["category"], None, None, subject_id, payload)
    jobs.insert(work, [job])


def send_out(work: Work, context: Context) -> dict[str, Any]:
    """The facts that the step names, told as the step's message."""
    parameters = context.parameters
    wanted = [name.strip() for name in parameters.get("facts", "").split(",") if name.strip()]
    body = {name: context.facts[name] for name in wanted if context.facts.get(name) is not None}
    with work.transaction():
        tell(
            work,
            _place(context),
            context.case_id,
            message=parameters["message"],
            business_key=str(context.facts.get(parameters.get("business_key", "")) or context.case_id),
            key=context.key,
            body=body,
        )
    return {}


def payment_notice(work: Work, context: Context) -> dict[str, Any]:
    """The duty to pay a fine, and illegal income that is confiscated with it: who, how much, until when, what is charged afterwards, by which decision.

    The step names the decision's kinds of paper (`paper`, parted by commas), the clock of the payment period (`term`) and the rule of the
    charge for late payment (`rule`). Refuses while one of them is missing: a notice without its term misleads the party.
    """
    facts, parameters = context.facts, context.parameters
    with work.transaction():
        decision = _decision(work, context.case_id, parameters["paper"])
        due = _due(work, context.case_id, parameters["term"])
        rule = rules(release_store.current(work)).deadline(parameters["rule"])
        office = agency.get(work, context.agency_id)
        number = notice_number(context.agency_id, decision["issued_at"], context.key)
        accrual = rule.accrual
        body = {
            "payment_notice_no": number,
            "decision_no": decision["number"],
            "payer_name": facts.get("org_name") or facts.get("party_name"),
            "payer_id_no": facts.get("org_uscc") or facts.get("party_id_no"),
            "amount": f"{ledger.yuan(facts.get('fine_amount')) + ledger.yuan(facts.get('confiscated_income')):.2f}",
            "due_on": due.astimezone(LOCAL).date().isoformat(),
            "surcharge_rate": str(accrual.rate) if accrual else "0",
            "surcharge_cap": str(accrual.cap) if accrual else "0",
            "agency_name": office["name"],
            "region_code": office["code"][:6],
        }
        tell(
            work,
            _place(context),
            context.case_id,
            message=parameters.get("message", "payment.notice"),
            business_key=number,
            key=context.key,
            body=body,
        )
    return {"decision_no": decision["number"]}


def renew_payment_notice(work: Work, context: Context) -> dict[str, Any]:
    """Service action: the decision was changed and booked anew; whoever collects is told what is owed now."""
    place = {"agency_id": context.agency_id, "category": context.category}
    number = str(context.facts.get("remedy_document_no") or "")
    with work.transaction():
        owed = money.balance(work, context.case_id).remaining_fine
        replace_payment_notice(work, place, context.case_id, amount=owed, document_no=number, key=context.key)
    return {}


def replace_payment_notice(
    work: Work, place: Row, case_id: UUID, *, amount: Decimal, document_no: str, key: str
) -> str | None:
    """What is owed has changed after whoever collects was told: a new notice that names the one it replaces; its number.

    None when nobody was told yet (the notice to come has the new amount) or nothing is owed any more.
    """
    former = work.one(
        """select business_key, body, message from exchange where subject_id = %s and direction = 'out'
        and body ? 'payment_notice_no' order by id desc limit 1""",
        (case_id,),
    )
    if former is None or amount <= 0:
        return None
    number = notice_number(place["agency_id"], work.now, key)
    changed = {
        "payment_notice_no": number,
        "amount": f"{amount:.2f}",
        "replaces": former["business_key"],
        "ground": document_no,
    }
    told = tell(
        work,
        place,
        case_id,
        message=former["message"],
        business_key=number,
        key=key,
        body={**former["body"], **changed},
    )
    return number if told is not None else None


def notice_number(agency_id: int, at: datetime, key: str) -> str:
    """The number of a payment notice: agency, year, twelve digits that follow from its idempotency key, so that a repeated
    step makes the same number."""
    return f"{agency_id:06}{at.astimezone(LOCAL).year}{int(sm3.hexdigest(key.encode())[:15], 16) % 10**12:012}"


def _place(context: Context) -> Row:
    return {"agency_id": context.agency_id, "category": context.category}


def _decision(work: Work, case_id: UUID, kinds: str) -> Row:
    row = work.one(
        """select number, issued_at from document where case_id = %s and kind = any(%s) and state in ('issued', 'served')
        and number is not null order by id desc limit 1""",
        (case_id, [one.strip() for one in kinds.split(",")]),
    )
    if row is None:
        raise DeliveryFailed("决定书尚未印发,不能告知代收机构", remedy="待决定书印发后重试")
    return row


def _due(work: Work, case_id: UUID, rule: str) -> datetime:
    row = work.one(
        "select due_at from clock where subject_id = %s and rule = %s and due_at is not null order by id desc limit 1",
        (case_id, rule),
    )
    if row is None:
        raise DeliveryFailed("缴款期限尚未起算,不能告知代收机构", remedy="核对决定书的送达登记后重试")
    due: datetime = row["due_at"]
    return due


def take_exchanges(node: Node, messages: Sequence[str], most: int = 20) -> list[Row]:
    """Leases jobs of these messages that are due, in due order."""
    return jobs.take(node, [f"exchange:{message}" for message in messages], most)


def exchange_done(work: Work, job: Row) -> None:
    """The counterpart has it, or the fetch is made; in the transaction that records the answer."""
    jobs.finish(work, job["id"])


def exchange_failed(work: Work, job: Row, error: Problem, wait: timedelta | None) -> None:
    """A try failed: due again after `wait`, or (None) an incident with cause and remedy."""
    if wait is not None:
        jobs.put_back(work, job, work.now + wait, error.detail)
        return
    incident = jobs.give_up(work, job, error.detail, error.remedy or "核对对端后在“异常”中重试")
    audit.record(work, "incident.open", subject=("incident", incident), outcome="failed", detail={"kind": job["kind"]})


def plan_fetch(work: Work, name: str, key: str, place: Row) -> None:
    """A look at what a counterpart has put out, once per key; taken as the message `fetch.<name>`."""
    job = jobs.Job(f"exchange:fetch.{name}", work.now, f"fetch:{name}:{key}", place["agency_id"], place["category"])
    jobs.insert(work, [job])


# ---------------------------------------------------------------------- coming in
def take_in(
    work: Work,
    place: Row,
    subject_id: UUID,
    *,
    counterpart: str,
    message: str,
    business_key: str,
    key: str,
    body: Mapping[str, Any],
    about: str,
    day: date | None = None,
    differing: bool = False,
) -> UUID | None:
    """Keeps what came in, in the open transaction; None when its key is known. `body` has `delivers` (the case's message)
    and `facts`: they go to the case by a job, unless it is `differing`."""
    id_ = exchange.insert(
        work, place, direction="in", counterpart=counterpart, message=message, business_key=business_key, key=key,
        body=body, subject_id=subject_id, status="differing" if differing else "waiting", day=day, about=about,
    )  # fmt: skip
    if id_ is not None and not differing:
        _queue(work, "deliver", id_, place, subject_id)
    return id_


def deliver(work: Work, job: Row) -> None:
    """Gives what came in to its case, exactly once. Comes back while the case does not wait for it yet."""
    try:
        with work.transaction(hot=True):
            row = exchange.get(work, UUID(job["payload"]["exchange"]), lock=True)
            if row["status"] != "done":
                trade = row["body"].get("record", {}).get("trade_no")
                commands.hear(work, row["subject_id"], row["body"]["delivers"], row["body"]["facts"], trade_no=trade)
                exchange.settle(work, row["id"], "done")
                audit.record(work, "exchange.deliver", subject=("exchange", row["id"]))
            jobs.finish(work, job["id"])
    except InvalidAnswers as error:
        told = ";".join(f"{key} {text}" for key, text in error.fields.items())
        raise DeliveryFailed(f"来件内容不合格:{told}", permanent=True, remedy="核对后由办案人员登记") from error
    except Refusal as error:
        raise DeliveryFailed(error.detail, remedy=error.remedy) from error


def raise_difference(
    work: Work, place: Row, subject_id: UUID, rule: str, message: str, *, action: str, severity: str = "high"
) -> None:
    """An alert about something that does not fit together, once per matter and rule: it is never booked by itself."""
    raise_alert(work, place, subject_id, rule, severity=severity, message=message[:1000], action=action, once=True)
