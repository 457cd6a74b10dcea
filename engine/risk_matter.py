"""One case at one step, or in the daily sweep, as risk rules see it: facts, papers, evidence, history, each read once.

Papers bear the day on which their step made them: when a renderer was slow is no matter of law.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from content.releases import Release
from engine import documents, release_store, shelf
from engine.rulebook.calendars import Calendar
from engine.rulebook.discretion.answer import Finding
from engine.rulebook.discretion.book import BadDiscretion, Book
from engine.rulebook.discretion.finding import discretion
from engine.rules import Rules
from kernel.work import LOCAL, Row, Work
from registers.terms import normal_all

Path = tuple[str, ...]
ANY: Final = "*"
PAPER: Final = ("made_at", "issued_at", "approved_at", "served_at", "state", "working_days_since")


@dataclass(frozen=True)
class Wants:
    """What the chosen rules read: paths; the parts of the shelf and what is asked of other cases, that they rest on."""

    paths: frozenset[Path] = frozenset()
    parts: frozenset[str] = shelf.ALWAYS
    around: frozenset[str] = frozenset()

    @cached_property
    def clocks(self) -> frozenset[str]:
        """The clocks that are asked for."""
        return frozenset(path[1] for path in self.paths if path[0] == "clocks" and len(path) > 1)

    @cached_property
    def remaining(self) -> frozenset[str]:
        """The clocks of which the days that are left are asked for."""
        return frozenset(path[1] for path in self.paths if path[0] == "clocks" and path[2:] == ("remaining",))


# Around the case, in one statement (`what`, `id`, `name`, `case_id`, `at`, `n`, `mean`, `more`).
_AROUND = {
    # Records of the same agency around the same hours: to see one officer in two places.
    "records": """select * from (select 'records' as what, d.id, d.kind as name, c.id as case_id, d.made_at as at, 1 as n, null::numeric as mean,
  jsonb_build_object('period', d.context->'period', 'place', d.context->'place', 'person', d.context->'interviewee_name',
  'officers', c.facts->'officers') as more from document d
join enforcement_case c on c.id = d.case_id
where d.agency_id = %(agency)s and d.kind = any(%(kinds)s) and d.made_at between %(from)s and %(now)s
  and d.state in ('made', 'unsealed', 'issued', 'served') order by d.made_at limit 500) r""",
    "similar": """select * from (select 'similar' as what, null::uuid as id, c.case_number as name, c.id as case_id, c.occurred_at as at, 1 as n,
  null::numeric as mean, jsonb_build_object('place', c.facts->>'violation_place', 'trip', c.facts->>'check_no') as more
from case_term t join enforcement_case c on c.id = t.case_id
where t.agency_id = %(agency)s and t.term = any(%(terms)s) and c.id <> %(case)s and c.violation_code = %(code)s
  and c.filed_at is not null and c.occurred_at between %(week_before)s and %(week_after)s order by c.occurred_at limit 50) s""",
    "fines": """select 'fines' as what, null::uuid as id, null::text as name, null::uuid as case_id, null::timestamptz as at, count(*)::int as n,
  round(avg(fine_amount), 2) as mean, null::jsonb as more
from enforcement_case where agency_id = %(agency)s and violation_code = %(code)s and decided_at > %(since)s and id <> %(case)s
  and facts->>'discretion_tier' = %(tier)s and fine_amount is not null""",
}


@dataclass
class Matter:
    """One case at one step (or in the daily sweep), as the risk rules see it; in an open transaction.

    `facts`: as stored, with those of this step; `clocks`: as guards see them; `wants`: the paths that the chosen rules read.
    """

    work: Work
    release: Release
    rules: Rules
    book: Book
    calendar: Calendar
    place: Row
    facts: Mapping[str, Any]
    clocks: Mapping[str, Mapping[str, Any]]
    step: str | None = None
    role: str | None = None
    wants: Wants = field(default_factory=Wants)
    named: Sequence[str] = ()
    people: Sequence[Row] = ()
    known: tuple[frozenset[str], Sequence[Row]] = (frozenset(), ())  # parts of the shelf that were read, and their rows
    roles: Mapping[str, str] = field(default_factory=dict)
    remaining: Callable[[str], int | None] = lambda rule: None
    shelves: shelf.Shelves | None = None  # of the records that are judged together

    @cached_property
    def history(self) -> Sequence[Row]:
        """What lies on the shelf of the record (engine/shelf.py): all that the chosen rules read, once."""
        parts, rows = self.known
        wanted = self.wants.parts
        if parts >= wanted:
            return rows
        if self.shelves is not None:
            return self.shelves.of(self.place["subject_id"], wanted)
        return self.work.read(shelf.send(self.work, self.place["subject_id"], self.place["agency_id"], wanted))

    def on_shelf(self, what: str) -> Iterator[Row]:
        """The rows of one part of the shelf."""
        return (row for row in self.history if row["what"] == what)

    # ── small readings ───────────────────────────────────────────────────────────────────────────────────────────
    def text(self, key: str) -> str | None:
        """A fact as text."""
        value = self.facts.get(key)
        return str(value) if value not in (None, "") else None

    def true(self, key: str) -> bool | None:
        """A fact that is yes or no."""
        value = self.facts.get(key)
        return value if isinstance(value, bool) else None

    def instant(self, key: str) -> datetime | None:
        """A fact that is an instant (a day is its beginning)."""
        return instant_of(self.facts.get(key))

    def money(self, key: str) -> Decimal | None:
        """A fact that is an amount."""
        text = self.text(key)
        return Decimal(text) if text is not None else None

    def listed(self, key: str) -> list[str] | None:
        """A fact that is a list of texts."""
        value = self.facts.get(key)
        return [str(v) for v in value] if isinstance(value, list) else None

    def done(self, *roles: str) -> datetime | None:
        """When a step of one of these roles was done last."""
        times = [row["at"] for row in self.history if row["what"] == "step" and row["name"] in roles]
        return max(times).astimezone(LOCAL) if times else None

    def papers_of(self, kind: str) -> Row | None:
        """The latest standing paper of a kind, as a rule sees it."""
        return self.papers.get(kind)

    # ── shared look-ups ──────────────────────────────────────────────────────────────────────────────────────────
    @cached_property
    def papers(self) -> dict[str, Row]:
        """Kind → what is known of the latest standing paper."""
        found: dict[str, Row] = {}
        for row in sorted((r for r in self.history if r["what"] == "paper"), key=lambda r: r["at"]):
            made = row["at"].astimezone(LOCAL)
            served = row["served_at"].astimezone(LOCAL) if row["served_at"] else None
            before = found.get(row["name"])
            found[row["name"]] = {
                "made_at": made,
                "issued_at": made,
                "approved_at": made,
                "served_at": served or (before or {}).get("served_at"),
                "state": row["state"],
                "working_days_since": self.calendar.working_days(made.date(), self.work.today),
            }
        wanted = {
            path[1] for path in self.wants.paths if path[0] == "papers" and len(path) > 2 and path[2] not in PAPER
        }
        for kind in wanted & found.keys():
            row = next(c for c in reversed(self.contexts) if c["kind"] == kind)
            found[kind] |= {**self._worded(row), "missing": self._missing(row)}
        return found

    @cached_property
    def contexts(self) -> list[Row]:
        """The standing papers with what is written in them, in order of making."""
        rows = sorted(self.on_shelf("context"), key=lambda row: row["more"]["id"])
        return [
            {"kind": r["name"], "release": r["state"], **{k: r["more"][k] for k in ("context", "state", "seal")}}
            for r in rows
        ]

    def template(self, row: Row) -> Any:
        """The template of a paper in `contexts`, of the release that made it."""
        return documents.template_of(release_store.load(self.work, row["release"]), row["kind"])

    def _worded(self, row: Row) -> dict[str, Any]:
        """What is written in the paper; what a form told as yes or no stands in the facts."""
        return {key: self.facts.get(key, value) for key, value in row["context"].items() if key not in PAPER}

    def _missing(self, row: Row) -> list[str]:
        """Labels of required fields that are blank; signatures and seals come to the paper by hand."""
        spec, context = self.template(row).fields.values(), row["context"]
        by_hand = ("signature", "seal")
        return [
            f.label
            for f in spec
            if (f.required or required(f.required_if, context)) and f.type not in by_hand and blank(context, f.key)
        ]

    @cached_property
    def evidence(self) -> list[Row]:
        """The evidence of the case with the last finding of its custody."""
        rows = sorted(self.on_shelf("evidence"), key=lambda row: row["more"]["id"])
        return [
            {
                **r["more"],
                "kind": r["name"],
                "media_type": r["state"],
                "taken_at": r["at"],
                "received_at": r["served_at"],
                "corrected_at": instant_of(r["more"]["corrected_at"]),
            }
            for r in rows
        ]

    @cached_property
    def agency(self) -> Row:
        """The agency of the case: code, facts."""
        row = next(self.on_shelf("agency"), None)
        return {"code": row["name"], "facts": row["more"]["facts"]} if row else {}

    @cached_property
    def finding(self) -> Finding | None:
        """Discretion for the case as it stands; None while it cannot be worked out."""
        return self.find(self.text("violation_code"))

    def find(self, code: str | None) -> Finding | None:
        """Discretion for a violation on the circumstances of this case."""
        occurred = self.instant("occurred_at")
        if code is None or code not in self.book.items or occurred is None:
            return None
        known = {k: self.release.elements.as_feel(k, self.facts[k]) for k in self.book.types if k in self.facts}
        amount = self.money("fine_amount") if self.facts.get("fine_amount") else self.money("proposed_fine_amount")
        known |= {"proposed_amount": amount} if amount is not None else {}
        kinds = self.penalty_names
        known |= {"proposed_kinds": kinds} if kinds else {}
        try:
            laws = self.rules.laws.effective_from()
            return discretion(self.book, code, known, occurred.date(), self.work.today, laws=laws)
        except (BadDiscretion, ValueError, ArithmeticError):
            return None

    @property
    def penalty_names(self) -> list[str]:
        """The kinds of penalty that are proposed, by name."""
        names = self.release.codes.names.get("PENALTY_KIND", {})
        return [names.get(code, code) for code in self.listed("penalty_kinds") or []]

    @cached_property
    def noticed(self) -> Row | None:
        """What the notice of the case (告知) says, as written in it."""
        kinds = self.roles.get("notice_paper", "")
        row = next((c for c in reversed(self.contexts) if c["kind"] == kinds), None)
        return row["context"] if row else None

    @cached_property
    def records(self) -> list[Row]:
        """Records of scene and interview around this one, of this agency: officers, period, place, case."""
        kinds = self._record_kinds
        found = []
        for row in self.around["records"] if kinds else ():
            spec = self._period_of(row["more"])
            if spec is not None:
                found.append(
                    {"id": row["id"], "kind": row["name"], "case_id": row["case_id"], "officers": row["more"]["officers"],
                     "started_at": spec[0], "ended_at": spec[1], "place": row["more"]["place"], "person": row["more"]["person"]}
                )  # fmt: skip
        made = {_which(row) for row in found}
        return found + [row for row in self._own_records() if _which(row) not in made]

    def _own_records(self) -> list[Row]:
        """What this step is about to record, before its paper is made; afterwards it is the paper's own record over again."""
        found = []
        for kind, (first, last, place, person) in PERIODS.items():
            begin, end = self.instant(first), self.instant(last)
            if begin is not None and end is not None and begin >= self.work.now - timedelta(days=2):
                case = self.place["subject_id"]
                found.append({"id": f"{case}:{kind}", "kind": kind, "officers": list(self.named), "case_id": case,
                              "started_at": begin, "ended_at": end, "place": self.text(place), "person": self.text(person)})  # fmt: skip
        return found

    @property
    def _record_kinds(self) -> list[str]:
        return self.roles.get("records", "").split()

    @cached_property
    def around(self) -> Mapping[str, list[Row]]:
        """Records, similar cases and fines around this one, as far as the chosen rules read them: one statement."""
        now, occurred, code, tier = (
            self.work.now,
            self.instant("occurred_at"),
            self.text("violation_code"),
            self.text("discretion_tier"),
        )
        sent = {
            "records": bool(self._record_kinds),
            "similar": bool(occurred and code and self.terms),
            "fines": bool(code and tier),
        }
        branches = [query for what, query in _AROUND.items() if what in self.wants.around and sent[what]]
        found: dict[str, list[Row]] = {what: [] for what in _AROUND}
        if not branches:
            return found
        week = timedelta(days=7)
        values = {
            "agency": self.place["agency_id"], "case": self.place["subject_id"], "kinds": self._record_kinds, "now": now,
            "from": now - timedelta(days=2), "since": now - timedelta(days=365), "terms": self.terms, "code": code, "tier": tier,
            "week_before": occurred and occurred - week, "week_after": occurred and occurred + week,
        }  # fmt: skip
        for row in self.work.rows(" union all ".join(branches), values):
            found[row["what"]].append(row)
        return found

    @cached_property
    def terms(self) -> list[str]:
        """By which the vehicle, ship or party of the case is found."""
        return normal_all(
            self.text(k) for k in ("plate_no", "trailer_plate_no", "ship_name", "party_id_no", "org_uscc")
        )

    @staticmethod
    def _period_of(told: Row) -> tuple[datetime, datetime] | None:
        found = _PERIOD.search(str(told["period"] or ""))
        if found is None:
            return None
        year, month, day, hour, minute, year2, month2, day2, hour2, minute2 = (
            int(g) if g else 0 for g in found.groups()
        )
        begin = datetime(year, month, day, hour, minute, tzinfo=LOCAL)
        end = begin.replace(hour=hour2, minute=minute2)
        return begin, datetime(year2, month2, day2, hour2, minute2, tzinfo=LOCAL) if year2 else end


# As engine/papers/wording.py writes a period.
_PERIOD = re.compile(r"(\d{4})年(\d+)月(\d+)日(\d+)时(\d+)分至(?:(\d{4})年(\d+)月(\d+)日)?(\d+)时(\d+)分")
PERIODS = {
    "interview": ("interview_started_at", "interview_ended_at", "interview_place", "interviewee_name"),
    "scene": ("scene_started_at", "scene_ended_at", "scene_place", ""),
    "inquest": ("inquest_started_at", "inquest_ended_at", "inquest_place", ""),
}


def _which(row: Row) -> tuple[object, ...]:
    """A record is known by its case, its period and who was interviewed: two people at the same time are two records."""
    return str(row["case_id"]), row["started_at"], row["ended_at"], row["person"]


def instant_of(value: object) -> datetime | None:
    """An instant of the records, in local time; a day is its beginning, what is neither is nothing."""
    if isinstance(value, datetime):
        return value.astimezone(LOCAL)
    if value in (None, ""):
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at.astimezone(LOCAL) if at.tzinfo else at.replace(tzinfo=LOCAL)


def blank(context: Mapping[str, Any], key: str) -> bool:
    """Whether a field of a paper is empty or struck."""
    return str(context.get(key, "")).strip() in ("", "/")


def required(when: Mapping[str, Sequence[str]], context: Mapping[str, Any]) -> bool:
    """A field that is required when another has (any) value. Choices are worded in the context, so only `*` is judged."""
    return any("*" in values and not blank(context, key) for key, values in when.items())


def plain(text: str) -> str:
    """Without blanks, brackets and title marks: for comparing wordings."""
    return re.sub(r"[\s《》()()]", "", text)


@dataclass(frozen=True)
class Given:
    """How a name is worked out, and its members (`ANY`: whichever; empty: it has none)."""

    find: Callable[[Matter], Any]
    members: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()  # parts of the shelf (engine/shelf.py), besides what is always read
    around: tuple[str, ...] = ()  # what is read of other cases
    needs: tuple[str, ...] = ()  # facts of which a form must ask at least one, else the name is always empty
