"""What lies on the shelf of a record when a step is judged: steps done, papers, processes running, evidence, earlier alerts.

One statement, however much is asked for: each part is a branch of one union with the same columns (`what`, `name`,
`person_id`, `state`, `n`, `at`, `served_at`, `more`). What a risk name reads is told beside it (`Given.reads`,
engine/risk_names.py); whoever adds a name adds a part here rather than a query of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import psycopg

from kernel.work import Row, Work, array_of
from registers import officer

# A step that a return took back since does not count until it is done anew. What a substitute did, whoever he stood in for
# did too: recusal asks for both.
PARTS: Final[Mapping[str, str]] = {
    "step": """select 'step' as what, outcome->>'step_role' as name, p.id as person_id, null as state, 1 as n, max(at) as at,
  null::timestamptz as served_at, null::jsonb as more
from step_history h cross join lateral (select h.person_id as id
  union select (h.outcome->>'stands_for')::uuid where h.outcome ? 'stands_for') p
where subject_id = %(subject)s and event = 'left' and outcome ? 'step_role' and not exists (select 1
  from step_history m where m.subject_id = h.subject_id and m.event = 'moved' and m.instance_id = h.instance_id and m.id > h.id
    and m.outcome->'taken_back' ? h.element) group by 2, 3""",
    "paper": """select 'paper', kind, null, state, count(*), max(made_at), max(served_at), null from document
where case_id = %(subject)s and state in ('made', 'unsealed', 'issued', 'served') group by 2, 4""",
    "process": """select 'process', process_key, null, null, 1, started_at, null, null from process_instance
where subject_id = %(subject)s and status in ('running', 'suspended', 'incident')""",
    "alert": """select 'alert', rule, null, status, count(*), max(raised_at), null, jsonb_build_object('mode', mode) from alert
where subject_id = %(subject)s group by rule, status, mode""",
    # With the last finding of its custody, and of a registered device what the register says of the day it was taken on.
    "evidence": """select 'evidence', e.kind, null, e.media_type, 1, e.taken_at, e.received_at, jsonb_build_object('id', e.id,
  'sm3', encode(e.sm3, 'hex'), 'device', e.device, 'facts', e.facts,
  'registered', (select jsonb_build_object('reviewed_on', d.reviewed_on, 'published_on', d.published_on, 'valid_to',
      (select max(v.valid_to) from device_verification v where v.device_id = d.id
        and v.valid_from <= (coalesce(e.taken_at, e.received_at) at time zone 'Asia/Shanghai')::date))
    from device d where d.device_no = e.device limit 1),
  'checked', (select v.event from evidence_event v where v.evidence_id = e.id and v.event in ('damaged', 'restored', 'verified')
    order by v.seq desc limit 1),
  'corrected_at', (select max(v.at) from evidence_event v where v.evidence_id = e.id and v.event = 'corrected'))
from evidence e where e.case_id = %(subject)s""",
    # The standing papers with what is written in them.
    "context": """select 'context', kind, null, release, 1, made_at, null, jsonb_build_object('id', id, 'context', context,
  'state', state, 'seal', seal_way) from document where case_id = %(subject)s and state in ('made', 'unsealed', 'issued', 'served')""",
    # Proceedings of reconsideration and suit: first day, end (engine/surcharge.py).
    "remedy": """select 'remedy', process_key, null, status, 1, started_at, null, jsonb_build_object('reason', own->>'remedy_kind',
  'first', own->>'remedy_applied_on', 'last', own->>'remedy_ended_on') from process_instance
where subject_id = %(subject)s and own ? 'remedy_applied_on' and own->>'remedy_applied_on' is not null""",
    "agency": """select 'agency', code, null, null, 1, null, null, jsonb_build_object('facts', facts) from agency
where id = %(agency)s""",
    # The officers who act, each of his certificates, the best first (registers/officer.py).
    "officer": f"""select 'officer', null, null, null, row_number() over (), null, null, to_jsonb(o) from ({officer.ACTING}) o""",
    # Coercive measures with what they say of themselves, goods on the ledger, devices that took evidence (engine/property_names.py).
    "measure": """select 'measure', i.process_key, null, i.status, 1, i.started_at, null, jsonb_build_object('id', i.id, 'own', i.own,
  'approved_at', (select min(h.at) from step_history h where h.instance_id = i.id and h.event = 'left'
    and h.outcome->'answers' ? 'measure_approved'),
  'clocks', (select coalesce(jsonb_agg(jsonb_build_object('rule', k.rule, 'started', k.started, 'pauses', k.pauses,
      'extensions', k.extensions) order by k.id), '[]') from clock k
    where k.subject_id = i.subject_id and k.instance_id = i.id and k.status <> 'closed' and k.extensions <> '[]'))
from process_instance i where i.subject_id = %(subject)s and i.own ? 'measure_taken_at'""",
    "property": """select 'property', i.name, null, i.status, 1, i.taken_at, null, jsonb_build_object('id', i.id, 'instance', i.instance_id,
  'basis', i.basis, 'class', i.class, 'damaged', i.damaged, 'mileage', i.mileage_now_km - i.mileage_km,
  'papers', (select coalesce(jsonb_agg(distinct d.kind), '[]') from document d where d.instance_id = i.instance_id
    and d.case_id = i.case_id and d.state in ('made', 'unsealed', 'issued', 'served')))
from property_item i where i.case_id = %(subject)s""",
    "equipment": """select 'equipment', d.name, null, d.status, 1, null, null, jsonb_build_object('id', d.id,
  'valid_to', (select max(v.valid_to) from device_verification v where v.device_id = d.id), 'scrap_on', d.facts->>'scrap_on')
from device d where d.device_no in (select e.device from evidence e where e.case_id = %(subject)s)""",
}
_TOGETHER = 50
ALWAYS: Final = frozenset({"step", "paper", "process", "alert"})


@functools.cache
def _query(asked: frozenset[str]) -> str:
    return " union all ".join(branch for name, branch in PARTS.items() if name in asked)


def send(
    work: Work, subject_id: UUID, agency_id: int | None, parts: Iterable[str] = (), officers: Row | None = None
) -> psycopg.Cursor[Row]:
    """Asks for these parts and what is always read; to be read later (`Work.read`). `officers`: who acts (officer.asked)."""
    query = _query(ALWAYS.union(parts, ("officer",) if officers else ()))
    return work.send(query, {"subject": subject_id, "agency": agency_id, **(officers or {})})


class Shelves:
    """The shelves of records that are judged one after the other, none of them to be changed meanwhile: read some dozens in one
    statement when the first of these is asked for. In an open transaction."""

    def __init__(self, work: Work, subjects: Sequence[UUID], agency_id: int) -> None:
        self._work, self._subjects, self._agency = work, subjects, agency_id
        self._parts: frozenset[str] = frozenset()
        self._read: dict[UUID, list[Row]] = {}

    def of(self, subject_id: UUID, parts: frozenset[str]) -> Sequence[Row]:
        """These parts of one record's shelf, as `send` gives them."""
        asked = ALWAYS.union(parts)
        if subject_id not in self._read or asked != self._parts:
            first = self._subjects.index(subject_id)
            self._read, self._parts = {one: [] for one in self._subjects[first : first + _TOGETHER]}, asked
            about = {"subjects": array_of(map(str, self._read)), "agency": self._agency}
            for row in self._work.rows(_query_of_many(asked), about):
                self._read[row["subject_id"]].append(row)
        return self._read[subject_id]


@functools.cache
def _query_of_many(asked: frozenset[str]) -> str:
    each = _query(asked).replace("%(subject)s", "s.subject_id")
    return f"select * from unnest(%(subjects)s::uuid[]) s(subject_id) cross join lateral ({each}) shelf"
