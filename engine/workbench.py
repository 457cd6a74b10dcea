"""What the officer's desk needs besides tasks and cases: names for what is shown as keys, how a half-filled form stands,
what comes next, which acts a task offers, counts, and cases about the same party or vehicle.

Everything here reads; what acts is a verb of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import yaml

from content.forms import Field, Form, Section
from content.process import StepConfig
from content.releases import Release
from engine import forms, inbox, instances, parameters, release_store
from engine.definitions import Definition, definition
from engine.rules import rules
from kernel import permissions
from kernel.errors import NotFound
from kernel.ids import as_uuid
from kernel.work import Person, Row, Work
from registers import record, subject
from registers.terms import normal

_MOST_NEXT = 6
_MOST_URGED = 100
COUNTED = 999  # a count stops here: nobody reads further, and a million open tasks would be counted for it
_CODES = (
    "CASE_STATUS", "ENFORCEMENT_CATEGORY", "EVIDENCE_KIND", "PROCEDURE_TYPE", "CASE_SOURCE", "PLATE_COLOR",
    "OFFICER_STATUS", "STAFFING_TYPE", "CERT_KIND", "TRAINING_TYPE", "INSPECTION_KIND", "SUPERVISED_KIND", "INSPECTION_RESULT",
    "EXCHANGE_COUNTERPART", "EXCHANGE_MESSAGE", "REMAINDER_RULE",
)  # fmt: skip
_FOR_FORM = """select wi.element, wi.subject_id, wi.agency_id, pi.release, pi.process_key as main, pi.subject_kind, pi.own from work_item wi
join process_instance pi on pi.id = wi.instance_id where wi.id = %s"""
# What waits in agencies and who holds how much, per agency, role and category, each counted no further than anybody reads.
_WAITING = f"""select p.a as agency, p.r as role, n.category, n.n from unnest(%(agencies)s::int[], %(roles)s::text[]) as p(a, r)
cross join lateral (select category, count(*)::int as n from (select category from work_item wi where wi.agency_id = p.a
  and wi.role = p.r and wi.status = 'open' and wi.claimed_by is null limit {COUNTED}) few group by category) n"""
_WIDE = f"""select count(*)::int as n from (select 1 from work_item wi where wi.status = 'open' and wi.claimed_by is null
  and wi.role = any(%(roles)s) limit {COUNTED}) few"""
# In one's own name, and in the names of those whose substitute one is today.
# And what waits for his opinion, copies and news that he has not read.
_HELD = f"""select p as person, least(n.n, {COUNTED}) as mine, least(sign.n, {COUNTED}) as sign, cc.n as cc, told.n as news
from unnest(%(people)s::uuid[]) as p cross join lateral
(select count(*)::int as n from ((select 1 from work_item where claimed_by = p and status = 'open' limit {COUNTED})
  union all (select 1 from absence a join work_item wi on wi.claimed_by = a.officer_id and wi.status = 'open'
    where a.substitute_id = p and {inbox.AWAY} limit {COUNTED})) few) n cross join lateral
(select count(distinct few.id)::int as n from ((select wi.id from task_signer s join work_item wi on wi.id = s.item_id
    where s.person_id = p and {inbox.TURN} limit {COUNTED})
  union all (select wi.id from absence a join task_signer s on s.person_id = a.officer_id join work_item wi on wi.id = s.item_id
    where a.substitute_id = p and {inbox.AWAY} and {inbox.NO_VOICE} and {inbox.TURN} limit {COUNTED})) few) sign cross join lateral
(select count(*)::int as n from (select 1 from case_watch w where w.person_id = p and w.kind = 'cc' and w.read_at is null
  limit {COUNTED}) few) cc cross join lateral
(select count(*)::int as n from (select 1 from notification w where w.person_id = p and w.read_at is null limit {COUNTED}) few) told"""
# The boxes whose counts nobody waits for: asked when they are looked at.
_QUIET = f"""select
  (select count(*)::int from (select 1 from work_item where closed_by = %(me)s and status = 'done' limit {COUNTED}) f) as done,
  (select count(*)::int from (select 1 from case_term where term = %(started)s limit {COUNTED}) f) as started,
  (select count(*)::int from (select 1 from case_watch where person_id = %(me)s and kind = 'follow' limit {COUNTED}) f) as follow"""
_NARROW = 64
_RELATED = """select c.id, c.case_number, c.case_cause, c.case_status, c.created_at, {by} as by from enforcement_case c
join enforcement_case me on me.id = %(id)s and c.{column} = me.{column} where c.id <> %(id)s and me.{column} is not null
order by c.created_at desc limit 20"""


@functools.lru_cache(maxsize=8)
def _words(hash_: str, release: Release) -> dict[str, Any]:
    """What of `words` the release alone says; made once."""
    statuses = [kind.codes for kind in subject.KINDS.values()]
    return {
        "release": hash_,
        "roles": {key: role.name for key, role in release.permissions.roles.items()},
        "codes": {key: dict(release.codes[key].items) for key in (*_CODES, *statuses) if key in release.codes},
        "records": {kind.name: {"label": kind.label, "codes": kind.codes} for kind in subject.KINDS.values()},
        "papers": _papers(release),
        "processes": {key: release.process(key).name for key in release.processes},
        "messages": _messages(release),
        "verbs": dict(release.permissions.names),
    }


def words(work: Work) -> dict[str, Any]:
    """The names of what answers carry as keys: roles, codes, papers, processes, steps, messages, agencies in one's scope and below one's own."""
    with work.transaction(hot=True):
        release = release_store.current(work)
        rows = work.rows(
            "select id, name from agency where id = any(%s) or %s = any(path) order by id limit 500",
            (sorted({work.person.agency_id, *work.person.scope}), work.person.agency_id),
        )
    return {**_words(release.hash, release), "agencies": {str(row["id"]): row["name"] for row in rows}}


def _messages(release: Release) -> dict[str, dict[str, Any]]:
    """What may come in: message → its name, and its facts as fields of a form."""
    found = {}
    for key in release.processes:
        process = release.process(key)
        named = yaml.load(release.files[process.file], Loader=yaml.CSafeLoader).get("messages") or {}
        for message, elements in process.messages.items():
            form = Form(message, named[message].get("name", message), (Section("", tuple(map(Field, elements))),))
            found[message] = {"name": form.name, "form": forms.describe(form, (), release)}
    return found


def _papers(release: Release) -> dict[str, str]:
    """Paper code → name, without opening a template."""
    found = {}
    for path, body in release.files.items():
        parts = path.split("/")
        if parts[0] == "templates" and parts[-1] == "document.yaml":
            name = next((line for line in body.decode().splitlines() if line.startswith("name:")), "name:")
            found[parts[-2]] = name.removeprefix("name:").strip().strip('"')
    return found


def filled(work: Work, task_id: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """How the form of a task stands with these answers (`forms.filled`); nothing is kept."""
    permissions.demand(work, "task.claim")
    with work.transaction(hot=True):
        row = work.one(_FOR_FORM, (task_id,))
        about = record.get(work, subject.KINDS[row["subject_kind"]], row["subject_id"]) if row is not None else None
        if row is None or about is None:
            raise NotFound("没有这项任务,或者它不在您的权限范围内", remedy="请刷新待办列表")
        release = release_store.load(work, row["release"])
        which = definition(release, row["main"])
        known = parameters.values(work, which.parameters, row["agency_id"])
    config = which.step(row["element"])
    if config is None or not config.form:
        raise NotFound("这项任务没有表单")
    values = {key: one.value for key, one in known.items()}
    facts = instances.facts_of(about["facts"], row["own"])
    return forms.filled(release.form(config.form), answers, facts, work.person.roles, release, work.now, values)


def filled_start(
    work: Work, process_key: str, answers: Mapping[str, Any], record_id: str | None = None
) -> dict[str, Any]:
    """How a start form stands with these answers, on a record that exists when it is to start there; nothing is kept."""
    permissions.demand(work, "case.start")
    with work.transaction(hot=True):
        release = release_store.current(work)
        facts = _facts(work, as_uuid(record_id)) if record_id is not None else {}
    if process_key not in release.processes or not release.process(process_key).start.form:
        raise NotFound(f"没有流程“{process_key}”,或者它没有启动表单", remedy="请从可启动的流程中选择")
    form = release.form(str(release.process(process_key).start.form))
    return forms.filled(form, answers, facts, work.person.roles, release, work.now)


def _facts(work: Work, id_: UUID) -> dict[str, Any]:
    row = record.get(work, subject.kind_of(work, id_), id_)
    return dict(row["facts"]) if row is not None else {}


def counts(work: Work) -> dict[str, int]:
    """How many are in each box; `COUNTED` means so many or more. `done`, `started`, `follow` are not told live (`census`)."""
    permissions.demand(work, "task.claim")
    with work.transaction(hot=True):
        mine = work.send(_HELD, {"people": [work.person.id], "day": work.today})
        pairs = pairs_of(work.person)
        unit = work.send(_WAITING if len(pairs) <= _NARROW else _WIDE, _as_params(pairs))
        quiet = work.send(_QUIET, {"me": work.person.id, "started": normal(f"@{work.person.id}")})
        held, waiting = work.read(mine)[0], sum(row["n"] for row in work.read(unit))
        return {**told(held, waiting), **work.read(quiet)[0]}


def told(held: Mapping[str, Any] | None, unit: int) -> dict[str, int]:
    """Counts as they are shown: `held` of one person (`census`), and what waits for the unit."""
    own = {box: int(held[box]) if held else 0 for box in ("mine", "sign", "cc", "news")}
    return {**own, "unit": min(unit, COUNTED), "most": COUNTED}


def pairs_of(person: Person) -> frozenset[tuple[int, str]]:
    """The (agency, role) pairs whose open tasks this person may claim."""
    return frozenset((agency, g.role) for g in person.grants for agency in g.agencies)


def _as_params(pairs: Iterable[tuple[int, str]]) -> dict[str, list[Any]]:
    ordered = sorted(pairs)
    return {"agencies": [a for a, _ in ordered], "roles": [r for _, r in ordered]}


def census(
    work: Work, pairs: Iterable[tuple[int, str]], people: Iterable[UUID]
) -> tuple[dict[tuple[int, str, str], int], dict[UUID, Row]]:
    """What waits per (agency, role, category), and what each of these people has (`told`): two statements for all who look.

    The caller's scope must reach the agencies (`api.live` acts as the system).
    """
    with work.transaction(hot=True):
        waiting = work.send(_WAITING, _as_params(pairs))
        held = work.send(_HELD, {"people": list(people), "day": work.today})
        return (
            {(r["agency"], r["role"], r["category"]): r["n"] for r in work.read(waiting)},
            {r["person"]: r for r in work.read(held)},
        )


def related(work: Work, case_id: str) -> list[Row]:
    """Cases within one's scope about the same party or the same vehicle, newest first."""
    permissions.demand(work, "case.read")
    with work.transaction(hot=True):
        if work.one("select 1 as found from enforcement_case where id = %s", (case_id,)) is None:
            raise NotFound("没有这个案件,或不在您的查看范围内")
        sent = [
            work.send(_RELATED.format(column=f"{by}_id", by=f"'{by}'"), {"id": case_id}) for by in ("party", "vehicle")
        ]
        return [row for cursor in sent for row in work.read(cursor)]


# ---------------------------------------------------------------------- beside a task
def discretion_beside(form: Form | None, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the rulebook found (`engine.discretion`), for the amount that the form asks for; None without either."""
    field = next(
        (key for key in ("fine_amount", "proposed_fine_amount") if form is not None and key in form.fields), None
    )
    if field is None or not facts.get("discretion_tier"):
        return None
    told = (("tier", "discretion_tier"), ("reason", "discretion_reason"), ("basis", "penalty_provisions"),
            ("suggested", "suggested_fine"), ("min", "fine_min"), ("max", "fine_max"))  # fmt: skip
    return {"field": field, **{name: facts.get(key) for name, key in told}}


def facts_drawn(release: Release, key: str) -> dict[str, Any]:
    """What a client needs to show one fact in words: codes, unit, columns."""
    drawn = forms.describe(Form("fact", "", (Section("", (Field(key),)),)), (), release)["sections"][0]["fields"][0]
    return {name: drawn[name] for name in ("codes", "unit", "columns") if name in drawn}


def clock_of(release: Release, rule_id: str | None) -> dict[str, Any] | None:
    """The period that dates a step: its name, its article, and whether the law fixes it or the agency may set it."""
    rule = rules(release).deadlines.get(rule_id or "")
    if rule is None:
        return None
    return {"name": rule.name, "article": rule.article, "statutory": not rule.configurable, "holder": rule.holder.value}


def following(which: Definition, places: Iterable[Sequence[str]]) -> list[dict[str, Any]]:
    """The steps that may come after the one that stands at these addresses: where people or time are waited for, along what
    is drawn, nearest first."""
    steps = which.flow.steps()
    edges = which.flow.edges
    level = [tuple(at) for at in places]
    seen, found = set(level), dict[str, dict[str, Any]]()
    while level and len(found) < _MOST_NEXT:
        after = [t for at in level for t in edges.get(at, ()) if t not in seen and not _beside(steps, t)]
        seen.update(after)
        level = []
        for at in after:
            step = steps.get(at[-1])
            if step is not None and step.kind in ("human", "message", "timer"):
                found.setdefault(step.id, _told(which, step.id, step.name, step.kind))
            elif step is not None and step.kind == "end" and not edges.get(at):
                found.setdefault(
                    step.id, {"element": step.id, "name": step.name, "kind": "end", "role": None, "clock": None}
                )
            else:
                level.append(at)
    return list(found.values())[:_MOST_NEXT]


def _beside(steps: Mapping[str, Any], at: Sequence[str]) -> bool:
    step = steps.get(at[-1])
    return step is not None and step.kind == "boundary"


def _told(which: Definition, element: str, name: str, kind: str) -> dict[str, Any]:
    config = which.step(element) or StepConfig(element)
    rule = rules(which.release).deadlines.get(config.clock or "")
    return {
        "element": element,
        "name": name,
        "kind": kind,
        "role": which.role(element) if kind == "human" else None,
        "clock": rule.name if rule is not None else None,
    }


def listed(
    work: Work,
    box: inbox.Box,
    limit: int = 50,
    after: str | None = None,
    term: str | None = None,
    *,
    process: str | None = None,
    due: inbox.Due | None = None,
    unread: bool = False,
) -> Row:
    """One page of the inbox: mine, my unit's open ones, done by me, to be signed by me; each with its number, the period that
    dates it, whether its step may be completed in bulk. `due`: overdue, or what ends today, within a week."""
    permissions.demand(work, "task.claim")
    since, before = inbox.between(work, due) if due else (None, None)
    with work.transaction(hot=True):
        page = inbox.listing(work, box, limit, after, inbox.Wanted(term, process, since, before, unread))
        release = release_store.current(work)
    return {**page, "items": [_dated(release, row) for row in page["items"]]}


def others_tasks(work: Work, case_ids: Sequence[str]) -> Row:
    """The open tasks of these cases that others do or have still to take, as `listed` gives them; at most a hundred."""
    permissions.demand(work, "task.urge")
    with work.transaction(hot=True):
        rows = inbox.of_records(work, [as_uuid(one) for one in case_ids], _MOST_URGED)
        release = release_store.current(work)
    return {"items": [_dated(release, row) for row in rows], "next": None}


def _dated(release: Release, row: Row) -> Row:
    more = {"clock": clock_of(release, row["clock"]), "bulk": _is_bulk(release, row["process_key"], row["element"])}
    return {**row, **more}


def figures(work: Work, box: inbox.Box) -> dict[str, Any]:
    """What of an open box is overdue, ends today, within a week, is unread, and the open alerts within one's scope (None: none
    of one's business). With `cut` there are more tasks than were looked at: a figure is then the least that it may be."""
    permissions.demand(work, "task.claim")
    with work.transaction(hot=True):
        row = inbox.figures(work, box, COUNTED)
    counted = row.pop("counted")
    sees = any("alert.read" in work.node.policy.verbs(g.role) for g in work.person.grants)
    return {**row, "alerts": row["alerts"] if sees else None, "cut": counted >= COUNTED, "most": COUNTED}


def _is_bulk(release: Release, process: str, element: str) -> bool:
    """As the content in force has it; the verb asks the release that the instance is pinned to."""
    config = release.process(process).steps.get(element) if process in release.processes else None
    return config is not None and config.bulk
