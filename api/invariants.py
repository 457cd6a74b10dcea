"""What must hold of a node whatever was done on it: asked of the database, apart from the code that did it.

Each question is one function: sentences about what is broken, at most some of each kind. Reads only; as the owner, since it
looks at every agency.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

import engine
from content.releases import Release
from kernel import audit
from kernel.work import Node, Work
from registers import account
from registers.money import Balance

_MOST = 20
Rows = list[dict[str, Any]]
Ask = Callable[[str], Rows]


def broken(node: Node) -> dict[str, list[str]]:
    """Invariant → what breaks it; an empty list: it holds. The audit chain is linked to its end first."""
    while audit.link(node):
        continue
    with psycopg.connect(node.db.owner) as connection:
        found = broken_in(node, connection)
    found["审计链完整"] = audit.verify(node.db.owner).faults[:_MOST]
    return found


def broken_in(node: Node, connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """As `broken`, but of the audit chain, as this connection of the owner sees the database."""
    release = engine.current_release(Work(node, account.STRANGER))

    def ask(query: str) -> Rows:
        return connection.cursor(row_factory=dict_row).execute(query).fetchall()

    found = {
        "每份文书都有制作它的环节,每个环节都制作了应制的文书": _papers(ask, release),
        "作出决定之前,依法应先办的都已办": _order(ask, release),
        "陈述申辩期届满或者明确放弃之后才作出决定": _statement(ask),
        "逾期的期限都有预警": _breaches(ask),
        "罚没款账目相符": _money(ask),
        "文号连续,没有无故的缺号": _numbers(ask),
        "没有未处理的异常,没有停住的作业": _incidents(ask),
        "在办的流程都有等待的事": _stuck(ask),
    }
    return {name: faults[:_MOST] for name, faults in found.items()}


def _papers(ask: Ask, release: Release) -> list[str]:
    """Of every step that was left and not taken back: the papers that process.yaml says, once for each time."""
    wanted: dict[str, tuple[str, ...]] = {}
    for key in release.processes:
        wanted.update({e: s.papers for e, s in release.process(key).steps.items() if s.papers})
    made: Counter[tuple[Any, str, str]] = Counter()
    for row in ask("select case_id, step, kind from document where state not in ('superseded', 'void')"):
        made[row["case_id"], row["step"], row["kind"]] += 1
    due: Counter[tuple[Any, str, str]] = Counter()
    moved = {row["subject_id"] for row in ask("select distinct subject_id from step_history where event = 'moved'")}
    for row in ask(
        "select subject_id, element from step_history where event = 'left' and kind in ('human', 'service')"
    ):
        for kind in wanted.get(row["element"], ()):
            due[row["subject_id"], row["element"], kind] += 1
    keys = {key for key in due.keys() | made.keys() if key[0] not in moved}
    return [
        f"{k[0]} 环节 {k[1]}:{k[2]} 应有 {due[k]} 份,实有 {made[k]} 份"
        for k in sorted(keys, key=str)
        if due[k] != made[k]
    ]


def _order(ask: Ask, release: Release) -> list[str]:
    """The law's order of steps, asked of the history."""
    first: dict[tuple[Any, str], Any] = {}
    for row in ask(
        """select subject_id, outcome->>'step_role' as role, min(id::text) as at from step_history
        where event = 'left' and outcome ? 'step_role' group by 1, 2"""
    ):
        first[row["subject_id"], row["role"]] = row["at"]
    faults = []
    for rule in release.guards.precedence:
        for (record, role), at in first.items():
            if role == rule.before and rule.applies is None:
                late = [need for need in rule.need if not _earlier(first, record, need, at)]
                faults += [f"{record} {rule.id}:{role} 之前没有 {need}" for need in late]
    return faults


def _earlier(first: dict[tuple[Any, str], Any], record: Any, need: str, at: str) -> bool:
    """Was a step of this role (or of one of these: `a|b`) done before?"""
    times = (first.get((record, role.strip())) for role in need.split("|"))
    return any(time is not None and time < at for time in times)


def _statement(ask: Ask) -> list[str]:
    rows = ask(
        """select h.subject_id, h.at, c.due_at from (select subject_id, min(at) as at from step_history
          where event = 'left' and outcome->>'step_role' = 'decision' group by 1) h
        join lateral (select due_at from clock where subject_id = h.subject_id and rule = 'DL_STATEMENT_DEFENCE' and created_at < h.at
          order by id desc limit 1) c on true
        where h.at <= c.due_at and not exists (select 1 from step_history w where w.subject_id = h.subject_id and w.at <= h.at
          and w.outcome->>'step_role' in ('waiver', 'statement'))"""
    )
    return [f"{r['subject_id']}:{r['at']} 作出决定,期限至 {r['due_at']}" for r in rows]


def _breaches(ask: Ask) -> list[str]:
    rows = ask(
        """select c.subject_id, c.rule from clock c where exists (select 1 from clock_history h where h.clock_id = c.id and h.event = 'breached')
        and not exists (select 1 from alert a where a.subject_id = c.subject_id and a.rule = c.rule)"""
    )
    return [f"{r['subject_id']}:{r['rule']} 逾期而没有预警" for r in rows]


def _money(ask: Ask) -> list[str]:
    """Asked of the postings: every voucher balances; what came in, what is owed and what is left are one sum; nothing is charged beyond the
    fine; a case that was closed after payment owes nothing, and what its papers say was paid is what is booked."""
    faults = [f"凭证 {r['voucher_id']} 借贷不平" for r in ask(_UNBALANCED)]
    faults += [f"{r['case_number']}:已登记缴款而没有入账" for r in ask(_UNBOOKED)]
    for row in ask(_LEDGERS):
        sums = Balance({account: Decimal(amount) for account, amount in row["sums"].items()})
        facts, number = row["facts"], row["case_number"]
        told = _yuan(facts.get("fine_paid_before")) + _yuan(facts.get("payment_amount"))
        if "fine_paid_total" in facts:
            told = _yuan(facts["fine_paid_total"])
        if sums.surcharge > -sums.of("decided_fine"):
            faults.append(f"{number}:加处罚款 {sums.surcharge} 超过罚款 {-sums.of('decided_fine')}")
        if row["case_status"] not in ("closed", "archived") or "payment_receipt_no" not in facts:
            continue
        if sums.remaining > 0 and not row["corrected"]:
            faults.append(f"{number}:已按缴清结案,账上尚欠 {sums.remaining} 元")
        paid = sums.received - sums.surcharge - sums.to_refund
        if told != paid and not row["corrected"]:
            faults.append(f"{number}:材料所载缴款 {told} 元,账上收罚没款 {paid} 元")
    return faults


def _yuan(value: Any) -> Decimal:
    return Decimal(str(value or "0"))


_UNBALANCED = "select voucher_id from money_posting group by voucher_id having sum(amount) <> 0"
_UNBOOKED = """select case_number from enforcement_case c where facts ? 'payment_receipt_no' and fine_amount > 0
and not exists (select 1 from money_voucher v where v.case_id = c.id and v.kind in ('receipt', 'cash'))"""
# `corrected`: countered or refunded since, by a voucher of its own.
_LEDGERS = """select c.case_number, c.case_status, c.facts, p.sums, exists (select 1 from money_voucher v
  where v.case_id = c.id and v.kind in ('counter', 'refund', 'refunded') and v.reason is not null) as corrected
from (select case_id, jsonb_object_agg(account, amount) as sums from (
  select case_id, account, sum(amount)::text as amount from money_posting group by 1, 2) a group by 1) p
join enforcement_case c on c.id = p.case_id"""


def _numbers(ask: Ask) -> list[str]:
    rows = ask(
        """select c.agency_id, c.kind, c.year, c.last, count(t.seq) as taken, coalesce(max(t.seq), 0) as most from number_counter c
        left join number_taken t using (agency_id, kind, year) group by 1, 2, 3, 4
        having c.last <> count(t.seq) or c.last <> coalesce(max(t.seq), 0)"""
    )
    return [f"{r['agency_id']} {r['kind']}〔{r['year']}〕:取到 {r['last']},登记 {r['taken']} 个" for r in rows]


def _incidents(ask: Ask) -> list[str]:
    rows = ask("select kind, cause, subject_id from incident where status = 'open' order by opened_at")
    late = ask(
        "select kind, subject_id, last_error from job where status = 'running' or (status = 'waiting' and attempts > 0)"
    )
    return [f"{r['subject_id']} {r['kind']}:{r['cause'][:150]}" for r in rows] + [
        f"{r['subject_id']} {r['kind']} 未完成:{(r['last_error'] or '')[:150]}" for r in late
    ]


def _stuck(ask: Ask) -> list[str]:
    """A running process waits for a person, a message, or a job – or nobody will ever come back to it."""
    rows = ask(
        """select i.id, i.process_key, i.subject_id from process_instance i where i.status = 'running'
        and not exists (select 1 from work_item w where w.instance_id = i.id and w.status = 'open')
        and not exists (select 1 from message_wait m where m.instance_id = i.id)
        and not exists (select 1 from job j where j.instance_id = i.id and j.status in ('waiting', 'running', 'incident'))"""
    )
    return [f"{r['subject_id']} {r['process_key']}:无人可办,也不等待任何事" for r in rows]
