"""Alerts from the risk rules, and what becomes of them: answered, released with reason, false alarm; escalated when nobody answers.

A rule is tried in `complete`, after the facts are learned, at the steps it concerns, unless it waits for something that
nobody records (engine/risk_supply.py); what depends on time alone is tried daily (engine/risk_sweep.py). A block refuses
the step; the refusal leaves an alert that may be released where the rule allows it.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, cast
from uuid import UUID

import orjson

from content.releases import Release
from engine import confirmations, news, release_store, risk_supply
from engine.acting import Acting
from engine.alerts import URGE
from engine.risk_matter import Matter
from engine.risk_names import Names, Told, wants_of
from engine.rulebook import risk
from engine.rules import Rules, rules
from kernel import permissions
from kernel.command import command
from kernel.errors import AgainstTheLaw, NotFound, Refusal
from kernel.ids import instant, packed_marks, uuid7
from kernel.work import Node, Row, Work, array_of, system_person

P = ParamSpec("P")
R = TypeVar("R")
Outcome = Literal["answered", "released", "false_alarm"]
_INSERT = """insert into alert (id, agency_id, category, subject_id, rule, rule_version, mode, severity, message, article, suggested_action,
  facts, alert_to, unconfirmed, raised_at)
select id, %(agency)s, %(category)s, %(subject)s, rule, version, mode, severity, message, article, act, facts::jsonb,
  string_to_array(alert_to, ','), nullif(unconfirmed, ''), %(now)s
from unnest(%(ids)s::uuid[], %(rules)s::text[], %(versions)s::text[], %(modes)s::text[], %(severities)s::text[], %(messages)s::text[],
  %(articles)s::text[], %(acts)s::text[], %(facts)s::text[], %(to)s::text[], %(unconfirmed)s::text[])
  as t(id, rule, version, mode, severity, message, article, act, facts, alert_to, unconfirmed)
where not exists (select 1 from alert a where a.subject_id = %(subject)s and a.rule = t.rule and (a.mode <> 'block' or a.status = 'open')
  and (%(since)s::timestamptz is null or a.raised_at > %(since)s))"""
_STANDING = """select subject_id, array_agg(distinct rule) as rules from alert
where subject_id = any(%s::uuid[]) and (mode <> 'block' or status = 'open') group by 1"""
_LIST = """a.id, a.agency_id, a.category, a.subject_id as case_id, a.rule, a.rule_version, a.mode, a.severity, a.message, a.article,
a.suggested_action, a.facts, a.alert_to, a.unconfirmed, a.status, a.raised_at, a.escalate_to, a.escalated_at, a.closed_at, a.closed_by,
(select o.name from officer o where o.id = a.closed_by) as closed_by_name, a.reason,
coalesce((select concat_ws(' ', c.case_number, c.case_cause) from enforcement_case c where c.id = a.subject_id),
  (select concat_ws(' ', u.number, u.title) from clue u where u.id = a.subject_id)) as about,
case when exists (select 1 from enforcement_case c where c.id = a.subject_id) then 'case'
  when exists (select 1 from clue u where u.id = a.subject_id) then 'clue' end as kind"""
_WHO_URGED = """select h.person_id, w.id, w.subject_id, w.name from work_item w join step_history h on h.subject_id = w.subject_id
and h.token = w.token and h.event = 'urged' where w.id = %s order by h.id desc limit 1"""
_ESCALATE = """select agency_id, category, array_agg(id) as ids from (select d.* from unnest(%s::text[], %s::timestamptz[]) as s(severity, before)
  join alert_due d on d.severity = s.severity and d.raised_at <= s.before limit %s) t group by 1, 2"""
_NARROW = 64


# ---------------------------------------------------------------------- judging a step
class Blocked(AgainstTheLaw):
    """A risk rule refuses the step; `place` and `alert` are what the record of it needs."""

    def __init__(self, alert: risk.Alert, place: Row) -> None:
        article = alert.articles[0] if alert.articles else alert.basis
        super().__init__(f"{alert.name}({alert.basis})", article=article, rule=alert.rule, remedy=alert.act)
        self.alert, self.place = alert, place


def judge(step: Any, step_role: str | None, ask: Acting, context: Mapping[str, Any]) -> None:
    """Tries the risk rules on a step about to be completed (`engine.step.Step`); `ask`, `context`: who acts, what guards see.

    Raises `Blocked` for the gravest block that is not released; warnings become alerts, once per case and rule. Only the
    rules of this step are tried, and only what they read is looked up.
    """
    work, place = step.work, step.instance
    book = rules(step.clocks.release)
    if not book.risks.rules:
        return
    named = book.risks.roles.get(step_role or "", step_role)
    chosen = risk_supply.chosen(step.release, book, named)
    known = confirmations.risks(work, book, place["agency_id"])
    matter = Matter(
        work, step.release, book, confirmations.discretion_book(work, book, place["agency_id"]), step.clocks.calendar, place,
        step.facts, context["clocks"], named, step_role, wants_of(risk_supply.wanted(tuple(chosen.values()))),
        [officer["id"] for officer in ask.officers], ask.people, (ask.parts, ask.history), book.risks.roles, step.clocks.remaining,
    )  # fmt: skip
    found = risk.evaluate(known, Names(matter), only=chosen)
    before = [row for row in ask.history if row["what"] == "alert"]
    blocks = [alert for alert in found if not risk.lets_through(known, alert, step_role or "")]
    released = {row["name"] for row in before if row["state"] == "released"}
    standing = [alert for alert in blocks if alert.rule not in released]
    if standing:
        raise Blocked(standing[0], place)
    given = {row["name"] for row in before if row["more"]["mode"] != "block" or row["state"] == "open"}
    raise_all(work, place, [alert for alert in found if alert.mode != "block" and alert.rule not in given])


def judge_act(work: Work, place: Row, told: Mapping[str, Any]) -> None:
    """Tries the rules on an act that is no step: `told` is what the verb knows of it. In an open transaction.

    Raises `Blocked` for a block; around the verb stands `remembers_blocks`. Warnings become alerts about `place`.
    """
    release = release_store.current(work)
    book = rules(release)
    chosen = risk_supply.of_act(release, book, frozenset(told))
    if not chosen:
        return
    known = confirmations.risks(work, book, place["agency_id"])
    found = risk.evaluate(known, Told(told, work.now), only=chosen)
    for alert in found:
        if alert.mode == "block":
            raise Blocked(alert, place)
    raise_all(work, place, found)


def parts(release: Release, in_force: Release, step_role: str | None) -> frozenset[str]:
    """What the rules of a step read of the record (engine/shelf.py), to be asked for together with what guards read."""
    book = rules(in_force)
    if not book.risks.rules:
        return frozenset()
    chosen = risk_supply.chosen(release, book, book.risks.roles.get(step_role or "", step_role))
    return wants_of(risk_supply.wanted(tuple(chosen.values()))).parts


def standing(work: Work, subjects: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    """Of these records the rules whose warning `raise_all` would not give again (without `again_after`)."""
    rows = work.rows(_STANDING, (array_of(map(str, subjects)),))
    return {row["subject_id"]: frozenset(row["rules"]) for row in rows}


def raise_all(work: Work, place: Row, alerts: list[risk.Alert], again_after: timedelta | None = None) -> None:
    """Adds alerts in one statement: a warning at most once per case and rule, a block while it is not open already.

    `again_after`: after so long the same warning is given anew (a certificate that ends, days that are left).
    """
    if not alerts:
        return
    work.execute(
        _INSERT,
        {
            "agency": place["agency_id"],
            "category": place["category"],
            "subject": place["subject_id"],
            "now": work.now,
            "since": None if again_after is None else work.now - again_after,
            "ids": [uuid7() for _ in alerts],
            "rules": [a.rule for a in alerts],
            "versions": [a.version for a in alerts],
            "modes": [a.mode for a in alerts],
            "severities": [a.severity for a in alerts],
            "messages": [f"{a.name}({a.basis})"[:1000] for a in alerts],
            "articles": [a.articles[0] if a.articles else a.basis for a in alerts],
            "acts": [a.act for a in alerts],
            "facts": [orjson.dumps(risk.as_dict(a)["facts"], default=str).decode() for a in alerts],
            "to": [",".join(a.alert_to) for a in alerts],
            "unconfirmed": [";".join(a.unconfirmed) for a in alerts],
        },
    )


def remembers_blocks(verb: Callable[Concatenate[Work, P], R]) -> Callable[Concatenate[Work, P], R]:
    """Around a verb: what a risk rule blocked is kept as an alert, in a transaction after the refused one."""

    @functools.wraps(verb)
    def run(work: Work, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return verb(work, *args, **kwargs)
        except Blocked as blocked:
            with work.transaction():
                raise_all(work, blocked.place, [blocked.alert])
            raise

    return cast("Callable[Concatenate[Work, P], R]", run)


# ---------------------------------------------------------------------- what becomes of them
@command(may="alert.answer", subject="alert_id")
def answer_alert(work: Work, alert_id: str, outcome: Outcome, reason: str, act: str = "") -> dict[str, Any]:
    """Closes an open alert: answered, released with reason (a block then no longer refuses), or false alarm.

    A critical block cannot be released, another only by the head; a rule that names the acts it lets through is released
    for those only (`act`).
    """
    row = work.one("select * from alert where id = %s for update", (_id(alert_id),))
    if row is None:
        raise NotFound("没有这条预警,或不在您的数据范围内", remedy="请刷新预警列表")
    permissions.demand(work, "alert.answer", row["agency_id"], row["category"])
    book = rules(release_store.current(work))
    try:
        _judge_answer(work, book, row, outcome, reason, act)
    except risk.BadRisk as error:
        raise Refusal(str(error), remedy="请写明理由;阻断类预警按其处置建议办理") from error
    work.execute(
        "update alert set status = %s, closed_at = %s, closed_by = %s, reason = %s where id = %s",
        (outcome, work.now, work.person.id, reason.strip()[:2000], row["id"]),
    )
    if row["rule"].startswith(URGE):
        _tell_who_urged(work, row["rule"].removeprefix(URGE), reason.strip())
    return {"id": str(row["id"]), "status": outcome}


def _tell_who_urged(work: Work, task_id: str, reply: str) -> None:
    """Whoever reminded of the task hears the reply to it."""
    row = work.one(_WHO_URGED, (task_id,))
    if row is not None:
        news.tell(
            work, [news.of_task(row["person_id"], "urge", f"{work.person.name}答复您对{{task}}的催办:{reply}", row)]
        )


def _judge_answer(work: Work, book: Rules, row: Row, outcome: Outcome, reason: str, act: str) -> None:
    rule = book.risks.rules.get(row["rule"])
    if rule is None:  # of a clock, a parameter, a reminder: nothing blocks
        if row["status"] != "open":
            raise risk.BadRisk("这条预警已处理,不能再次处理")
        if not reason.strip():
            raise risk.BadRisk("处理预警须写明理由")
        return
    alert = risk.Alert(
        rule.id, row["rule_version"] or rule.version, rule.name, rule.dimension, row["severity"], row["mode"], rule.law, rule.basis,
        rule.act, rule.alert_to, row["facts"], rule.mark, (), risk.State(row["status"]),
    )  # fmt: skip
    head = work.person.holds("head", row["agency_id"], row["category"])
    risk.answer(book.risks, alert, risk.State(outcome), by="head" if head else "other", reason=reason, act=act)


def late(node: Node) -> dict[str, datetime]:
    """Severity → an alert of it raised until then should have been answered by now."""
    now = node.clock()
    return {key: now - timedelta(hours=s.answer_hours) for key, s in _severities(node).items()}


def _severities(node: Node) -> Mapping[str, risk.Severity]:
    release = release_store.in_force(Work(node, system_person(0, "01"), request_id="alerts"))
    return rules(release).risks.severities if release is not None else {}


def sweep(node: Node, limit: int) -> int:
    """Alerts that nobody answered in time go to whom their severity names, each once; returns how many."""
    severities, before = _severities(node), late(node)
    asking = Work(node, system_person(0, "01"), request_id="alerts")
    with asking.transaction(hot=True):
        groups = asking.rows(_ESCALATE, (list(before), list(before.values()), limit))
    done = 0
    for group in groups:
        work = Work(node, system_person(group["agency_id"], group["category"]), request_id="alerts")
        with work.transaction():
            rows = work.rows(
                """update alert a set escalated_at = %s, escalate_to = s.role, alert_to = array_append(array_remove(a.alert_to, s.role), s.role)
                from unnest(%s::text[], %s::text[]) as s(severity, role)
                where a.id = any(%s) and a.status = 'open' and a.escalated_at is null and s.severity = a.severity returning a.id""",
                (work.now, list(severities), [s.escalate_to for s in severities.values()], group["ids"]),
            )
            done += len(rows)
    return done


# ---------------------------------------------------------------------- lists and reports
def list_alerts(
    work: Work, *, status: str | None = None, severity: str | None = None, rule: str | None = None, case_id: str | None = None,
    limit: int = 50, after: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A page of alerts within one's scope, newest first."""
    permissions.demand(work, "alert.read")
    at, id_ = _after(after)
    params: dict[str, Any] = {
        "status": status,
        "severity": severity,
        "rule": rule,
        "case": case_id,
        "at": at,
        "id": id_,
    }
    wanted = [f"a.{column} = %({key})s" for key, column in _FILTERS.items() if params[key] is not None]
    wanted += ["(a.raised_at, a.id) < (%(at)s, %(id)s)"] if after else []
    where = " and ".join(wanted) or "true"
    order = f"order by raised_at desc, id desc limit {limit + 1}"
    query = f"select {_LIST} from alert a where {where} {order}"
    if case_id is None and len(work.person.scope) <= _NARROW:
        params["scope"] = list(work.person.scope)
        branch = f"select * from alert a where a.agency_id = s.agency and {where} {order}"
        query = f"select {_LIST} from unnest(%(scope)s::int[]) as s(agency) cross join lateral ({branch}) a {order}"
    with work.transaction(hot=True):
        rows = work.rows(query, params)
    more = len(rows) > limit
    return {"items": rows[:limit], "next": _cursor(rows[limit - 1]) if more else None}


_FILTERS = {"status": "status", "severity": "severity", "rule": "rule", "case": "subject_id"}


# What is told without a rule of its own; what follows the colon says whom or what it is about.
_TOLD = {
    "NOTIFY": "流程通知", "DISCRETION": "裁量依据待确认", "PARAMETER": "机构参数待确认", "STOCKTAKING": "盘点差异",
    "FILE": "存储文件", "TASKS_LEFT": "停用人员的未结任务", "URGE": "催办",
}  # fmt: skip


def alert_quality(work: Work) -> list[dict[str, Any]]:
    """Per rule: how many alerts within one's scope, and how many were answered, released or false; the worst first."""
    permissions.demand(work, "alert.quality")
    with work.transaction():
        book = rules(release_store.current(work))
        rows = work.rows("select rule, status, count(*)::int as count from alert group by rule, status")
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        key = row["rule"].split(":")[0]
        name = book.risks.rules[key].name if key in book.risks.rules else _TOLD.get(key, _period_name(book, key))
        line = found.setdefault(key, {"rule": key, "name": name, "total": 0, **{str(s): 0 for s in risk.State}})
        line["total"] += row["count"]
        line[row["status"]] += row["count"]
    return sorted(found.values(), key=lambda r: (-(r["released"] + r["false_alarm"]) / r["total"], r["rule"]))


def _period_name(book: Rules, rule: str) -> str:
    """An alert of a clock stands under the rule of its period."""
    return book.deadlines[rule].name if rule in book.deadlines else rule


def _cursor(row: Row) -> str:
    text = orjson.dumps([row["raised_at"].isoformat(), str(row["id"])])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _after(cursor: str | None) -> tuple[str | None, str | None]:
    if cursor is None:
        return None, None
    at, id_ = packed_marks(cursor, instant, UUID)
    return at.isoformat(), str(id_)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("编号格式不正确", remedy="请从列表中重新打开") from error
