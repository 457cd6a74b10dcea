"""The names that risk rules read, each worked out when a rule reads it: from facts, clocks, papers, evidence, registers, history.

`GIVEN` says which names there are and which members each has; a rule that reads anything else waits (engine/risk_supply.py).
What the records do not tell is null, never a guess. Papers bear the day on which their step made them: when a renderer was
slow is no matter of law.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from content.releases import Release
from engine import documents, property_names, release_store, risk_inspections, risk_money, shelf
from engine.rulebook import deadlines
from engine.rulebook.calendars import Calendar
from engine.rulebook.discretion.answer import Finding
from engine.rulebook.discretion.book import BadDiscretion, Book
from engine.rulebook.discretion.finding import discretion
from engine.rulebook.lawbase import LawBase, cited_in
from engine.rules import Rules
from kernel.work import LOCAL, Row, Work
from registers.terms import normal_all

Path = tuple[str, ...]
ANY: Final = "*"
_PAPER = ("made_at", "issued_at", "approved_at", "served_at", "state", "working_days_since")

# Around the case, in one statement (`what`, `id`, `name`, `case_id`, `at`, `n`, `mean`, `more`).
_AROUND = {
    # Records of the same agency around the same hours: to see one officer in two places.
    "records": """select * from (select 'records' as what, d.id, d.kind as name, c.id as case_id, d.made_at as at, 1 as n, null::numeric as mean,
  jsonb_build_object('period', d.context->'period', 'place', d.context->'place', 'officers', c.facts->'officers') as more from document d
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
    wants: frozenset[Path] = frozenset()
    named: Sequence[str] = ()
    people: Sequence[Row] = ()
    known: tuple[frozenset[str], Sequence[Row]] = (frozenset(), ())  # parts of the shelf that were read, and their rows
    roles: Mapping[str, str] = field(default_factory=dict)
    remaining: Callable[[str], int | None] = lambda rule: None

    @cached_property
    def history(self) -> Sequence[Row]:
        """What lies on the shelf of the record (engine/shelf.py): all that the chosen rules read, once."""
        parts, rows = self.known
        wanted = parts_of(self.wants)
        if parts >= wanted:
            return rows
        return self.work.read(shelf.send(self.work, self.place["subject_id"], self.place["agency_id"], wanted))

    def _on_shelf(self, what: str) -> Iterator[Row]:
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
        return _instant(self.facts.get(key))

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
        wanted = {path[1] for path in self.wants if path[0] == "papers" and len(path) > 2 and path[2] not in _PAPER}
        for kind in wanted & found.keys():
            row = next(c for c in reversed(self.contexts) if c["kind"] == kind)
            found[kind] |= {**self._worded(row), "missing": self._missing(row)}
        return found

    @cached_property
    def contexts(self) -> list[Row]:
        """The standing papers with what is written in them, in order of making."""
        rows = sorted(self._on_shelf("context"), key=lambda row: row["more"]["id"])
        return [{"kind": r["name"], "release": r["state"], "context": r["more"]["context"]} for r in rows]

    def _template(self, row: Row) -> Any:
        return documents.template_of(release_store.load(self.work, row["release"]), row["kind"])

    def _worded(self, row: Row) -> dict[str, Any]:
        """What is written in the paper; what a form told as yes or no stands in the facts."""
        return {key: self.facts.get(key, value) for key, value in row["context"].items() if key not in _PAPER}

    def _missing(self, row: Row) -> list[str]:
        """Labels of required fields that are blank; signatures and seals come to the paper by hand."""
        spec, context = self._template(row).fields.values(), row["context"]
        by_hand = ("signature", "seal")
        return [
            f.label
            for f in spec
            if (f.required or _required(f.required_if, context)) and f.type not in by_hand and _blank(context, f.key)
        ]

    @cached_property
    def evidence(self) -> list[Row]:
        """The evidence of the case with the last finding of its custody."""
        rows = sorted(self._on_shelf("evidence"), key=lambda row: row["more"]["id"])
        return [
            {
                **r["more"],
                "kind": r["name"],
                "media_type": r["state"],
                "taken_at": r["at"],
                "received_at": r["served_at"],
                "corrected_at": _instant(r["more"]["corrected_at"]),
            }
            for r in rows
        ]

    @cached_property
    def agency(self) -> Row:
        """The agency of the case: code, facts."""
        row = next(self._on_shelf("agency"), None)
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
                     "started_at": spec[0], "ended_at": spec[1], "place": row["more"]["place"]}
                )  # fmt: skip
        return found + self._own_records()

    def _own_records(self) -> list[Row]:
        """What this step is about to record, before its paper is made."""
        found = []
        for kind, (first, last, place) in _PERIODS.items():
            begin, end = self.instant(first), self.instant(last)
            if begin is not None and end is not None and begin >= self.work.now - timedelta(days=2):
                case = self.place["subject_id"]
                found.append({"id": f"{case}:{kind}", "kind": kind, "officers": list(self.named), "case_id": case,
                              "started_at": begin, "ended_at": end, "place": self.text(place)})  # fmt: skip
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
        read = {part for path in self.wants if path[0] in GIVEN for part in GIVEN[path[0]].around}
        sent = {
            "records": bool(self._record_kinds),
            "similar": bool(occurred and code and self.terms),
            "fines": bool(code and tier),
        }
        branches = [query for what, query in _AROUND.items() if what in read and sent[what]]
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
_PERIODS = {
    "interview": ("interview_started_at", "interview_ended_at", "interview_place"),
    "scene": ("scene_started_at", "scene_ended_at", "scene_place"),
    "inquest": ("inquest_started_at", "inquest_ended_at", "inquest_place"),
}


def _instant(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(LOCAL)
    if value in (None, ""):
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at.astimezone(LOCAL) if at.tzinfo else at.replace(tzinfo=LOCAL)


def _blank(context: Mapping[str, Any], key: str) -> bool:
    return str(context.get(key, "")).strip() in ("", "/")


def _required(when: Mapping[str, Sequence[str]], context: Mapping[str, Any]) -> bool:
    """A field that is required when another has (any) value. Choices are worded in the context, so only `*` is judged."""
    return any("*" in values and not _blank(context, key) for key, values in when.items())


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _officers(m: Matter) -> list[dict[str, Any]]:
    relations = {
        m.text(k) for k in ("party_name", "org_name", "org_legal_representative", "party_id_no", "driver_name")
    }
    found = []
    for row in m.people:
        if row["id"] not in m.named:
            continue
        annual = row["annual_review_result"]
        near = row["recusal_relations"] or []
        found.append(
            {
                "id": row["id"],
                "name": row["name"],
                "certificate_valid": row["certificate_valid"],
                "category_covered": row["category_covered"],
                "staffing_type": row["staffing_type"],
                "has_certificate": row["certificate_no"] is not None,
                "area_covered": row["area_covered"],
                "annual_passed": None if annual is None else annual == "1",
                "recusal_hit": any(str(one) in relations for one in near) if isinstance(near, list) else False,
            }
        )
    return found


def _me(m: Matter) -> Row | None:
    return next((row for row in m.people if row["id"] == str(m.work.person.id)), None)


def _performers(m: Matter) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in m.history:
        if row["what"] == "step":
            found.setdefault(m.roles.get(row["name"], row["name"]), []).append(str(row["person_id"]))
    if m.step:
        found.setdefault(m.step, []).append(str(m.work.person.id))
    return found


def _approver(m: Matter) -> dict[str, Any] | None:
    me = m.work.person
    allowed = (m.agency.get("facts") or {}).get("authorised_approvers") or []
    today = m.work.today.isoformat()
    until = [str(one.get("until", "9999")) for one in allowed if str(one.get("officer")) == str(me.id)]
    head = me.holds("head", m.place["agency_id"], m.place["category"])
    return {"id": str(me.id), "is_head": head, "authorised": any(day >= today for day in until)}


def _reviewers(m: Matter) -> list[dict[str, Any]]:
    me = _me(m)
    if me is None or m.step != "legal_review":
        return []
    return [{"id": me["id"], "first_review": me["legal_review_first"], "law_qualified": me["law_qualified"]}]


# ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _clocks(m: Matter) -> dict[str, Any]:
    found: dict[str, Any] = {key: dict(clock) for key, clock in m.clocks.items()}
    # Periods that run from the act itself need no start: they are worked out from the day of the act.
    occurred = m.instant("occurred_at")
    for key in {path[1] for path in m.wants if path[0] == "clocks" and len(path) > 1} - found.keys():
        rule = m.rules.deadlines.get(key)
        if rule is not None and rule.event == "violation_ended" and occurred is not None:
            answer = deadlines.due(deadlines.Clock(rule, occurred.date()), m.calendar, m.work.today)
            day = answer.due
            found[key] = {"due": day, "met": False, "elapsed": m.work.today > day, "running": True,
                          "remaining": answer.remaining}  # fmt: skip
    for path in m.wants:
        if path[0] == "clocks" and path[2:] == ("remaining",) and path[1] in m.clocks:
            found[path[1]]["remaining"] = m.remaining(path[1])
    return found


# ── the law: finding, item, citations ────────────────────────────────────────────────────────────────────────────────
def _finding(m: Matter) -> dict[str, Any] | None:
    found = m.finding
    if found is None:
        return None
    main = found.main
    return {
        "minimum": main.minimum if main else None,
        "maximum": main.maximum if main else None,
        "tier": (main.tier or None) if main else None,
        "tier_minimum": main.tier_minimum if main else None,
        "tier_maximum": main.tier_maximum if main else None,
        "hearing": [f.id for f in found.hearing],
        "legal_review": [f.id for f in found.legal_review],
        "collective_discussion": [f.id for f in found.collective_discussion],
        "lenient": [f.id for f in found.factors if f.present and f.effect in ("lighter", "no_penalty")],
    }


def _item(m: Matter) -> dict[str, Any] | None:
    item = m.book.items.get(m.text("violation_code") or "")
    if item is None:
        return None
    names = m.release.codes.names.get("PENALTY_KIND", {})
    # An item words its kinds freely (没收通行证); a code is allowed when the wording and the code's name share their sense.
    allowed = [code for code, name in names.items() if any(name in kind or kind in name for kind in item.kinds)]
    return {"allowed_kinds": allowed}


def _citations(m: Matter) -> list[dict[str, Any]]:
    occurred = m.instant("occurred_at")
    acted = occurred.date() if occurred else m.work.today
    milder = _newer_milder(m) is True
    found: list[dict[str, Any]] = []
    for key, kind in (("penalty_provisions", "substantive"), ("violated_provisions", "substantive"),
                      ("filing_basis", "procedural"), ("correction_basis", "procedural")):  # fmt: skip
        found += _cited(m, m.text(key) or "", kind, acted, newer=milder)
    for key in ("hearing_ground", "other_execution", "penalty_content", "defence_response"):
        found += [c for c in _cited(m, m.text(key) or "", "procedural", acted, newer=False) if c["old_number"]]
    return found


def _cited(m: Matter, text: str, kind: str, acted: date, *, newer: bool) -> list[dict[str, Any]]:
    base: LawBase = m.rules.laws
    found = []
    for one in cited_in(text, base):
        law = base.find(one.law)
        old = any(old["old"] == one.no and old["law"] == one.law and old["word"] in text for old in m.rules.old_numbers)
        citation = f"{one.law}#{one.no}"
        found.append(
            {
                "law": citation,
                "paragraph": one.paragraph or None,
                "kind": kind,
                "in_force_on_act": None if law is None else law.version_on(acted) is not None,
                "in_force_on_paper": None if law is None else law.version_on(m.work.today) is not None,
                "milder_new": newer and law is not None and law.versions[0].first > acted,
                "exists": True if law is not None and one.no in law.articles else None,
                "old_number": old,
                "has_paragraphs": citation in m.rules.paragraphed,
            }
        )
    return found


def _pair_bound(m: Matter) -> bool | None:
    """Whether every article cited for the penalty is one that the violation item is bound to."""
    item = m.book.items.get(m.text("violation_code") or "")
    cited = {f"{c.law}#{c.no}" for c in cited_in(m.text("penalty_provisions") or "", m.rules.laws)}
    if item is None or not cited:
        return None
    bound = set(item.law) | {f"{c.law}#{c.no}" for c in cited_in(f"{item.basis};{item.violated}", m.rules.laws)}
    return cited <= bound


def _competing(m: Matter) -> list[dict[str, Any]]:
    found = []
    for code in (m.text("competing_violation_codes") or "").replace(",", " ").split():
        other = m.find(code)
        if other is not None and other.main is not None and other.main.maximum is not None:
            found.append({"basis": other.law.basis, "fine_maximum": other.main.maximum})
    return found


def _newer_milder(m: Matter) -> bool | None:
    """Whether a version that took effect after the act is the one that applies, being milder."""
    occurred, found = m.instant("occurred_at"), m.finding
    if occurred is None or found is None or found.law.first is None or found.law.unresolved:
        return None
    return found.law.first > occurred.date()


def _newer_applied(m: Matter) -> bool | None:
    """Whether the penalty cites the basis that the finding chose."""
    found, told = m.finding, m.text("penalty_provisions")
    return None if found is None or told is None else _plain(found.law.basis) in _plain(told)


def _plain(text: str) -> str:
    return re.sub(r"[\s《》()()]", "", text)


def _tier_in_force(m: Matter) -> bool | None:
    """Whether the tiers now in the rulebook already counted on the day of the act, where the item's versions tell."""
    occurred, item = m.instant("occurred_at"), m.book.items.get(m.text("violation_code") or "")
    if occurred is None or item is None or not item.versions or not m.text("discretion_tier"):
        return None
    return max(v.first for v in item.versions if v.first <= m.work.today) <= occurred.date()


def _lenient_names(m: Matter) -> list[str]:
    return [f.name for f in m.finding.factors if f.present and f.effect != "heavier"] if m.finding else []


def _leniency_cited(m: Matter) -> bool | None:
    told = "".join(m.text(key) or "" for key in ("discretion_reason", "deviation_reason", "defence_response"))
    names = _lenient_names(m)
    return None if not names else any(name in told for name in names)


def _leniency_applied(m: Matter) -> bool | None:
    """Whether the fine lies in the lower part of its range, below the middle, or under it."""
    amount, main = m.money("fine_amount"), m.finding.main if m.finding else None
    if amount is None or main is None:
        return None
    low, high = main.tier_minimum, main.tier_maximum
    if low is None or high is None:
        low, high = main.minimum, main.maximum
    return None if low is None or high is None else amount < (low + high) / 2 or amount <= low


def _minor_hit(m: Matter) -> bool:
    code = m.text("violation_code")
    listed = any(entry.get("item") == code for entry in m.rules.minor_list)
    corrected = m.true("corrected_in_time") or m.true("corrected_on_spot")
    harmless = m.true("no_harm") or m.true("slight_harm")
    no_penalty = bool(m.finding and m.finding.no_penalty)
    return no_penalty or bool(listed and corrected and harmless)


# ── notice and decision ──────────────────────────────────────────────────────────────────────────────────────────────
def _same(m: Matter, key: str) -> bool | None:
    """Whether a fact still reads as it was notified."""
    told, now = (m.noticed or {}).get(key), m.text(key)
    if told is None or now is None:
        return None
    return _plain(str(told)) == _plain(now)


def _kinds_match(m: Matter) -> bool | None:
    """Whether every kind of penalty that is decided was proposed in the notice."""
    told, names = str((m.noticed or {}).get("proposed_penalty") or ""), m.penalty_names
    return None if not told or not names else all(name in told for name in names)


def _aggravated(m: Matter) -> bool | None:
    matched = _kinds_match(m)
    return None if matched is None else not matched


def _new_notice(m: Matter) -> bool | None:
    """Whether the notice in force was served after the statement was made."""
    notice, stated = m.papers_of(m.roles.get("notice_paper", "")), m.instant("statement_at")
    if notice is None or notice["served_at"] is None:
        return False
    return None if stated is None else notice["served_at"] > stated


def _waived(m: Matter) -> bool:
    return bool(m.listed("waived_rights"))


def _cites_hearing(m: Matter) -> bool:
    told = "".join(m.text(key) or "" for key in ("facts_evidence", "defence_response", "penalty_content"))
    return "听证" in told


def _decision_kind(m: Matter) -> str | None:
    outcome = m.text("review_outcome")
    return None if outcome is None else outcome.partition("_")[0] if outcome == "penalty" else outcome[:10]


def _mitigation(m: Matter) -> bool:
    """Below the minimum with a ground and the collective discussion that it takes."""
    grounds = [f for f in m.finding.factors if f.present and f.effect == "lighter"] if m.finding else []
    discussed = m.done("discussion") is not None
    return bool(grounds) and discussed and bool(m.text("deviation_reason"))


# ── evidence and records ─────────────────────────────────────────────────────────────────────────────────────────────
def _evidence(m: Matter) -> list[dict[str, Any]]:
    approved = m.done("report")
    found = []
    for row in m.evidence:
        facts = row["facts"] or {}
        corrected = row["corrected_at"]
        found.append(
            {
                "id": str(row["id"]),
                "kind": row["kind"],
                "sm3": row["sm3"],
                "timestamped": row["received_at"] is not None,
                "hash_ok": row["checked"] != "damaged",
                "changed_after_approval": bool(approved and corrected and corrected > approved),
                "offsite": facts.get("offsite") is True,
                "device_id": row["device"],
                "captured_at": _instant(row["taken_at"]),
                "verification_valid_to": _day(facts.get("verification_valid_to")),
                "legal_tech_reviewed_on": _day(facts.get("legal_tech_reviewed_on")),
                "published_on": _day(facts.get("published_on")),
            }
        )
    return found


def _day(value: object) -> date | None:
    at = _instant(value)
    return at.date() if at else None


def _recorded_acts(m: Matter) -> list[dict[str, Any]]:
    """Acts that must be filmed, with the films taken while they went on."""
    films = [row for row in m.evidence if row["media_type"].startswith(("video/", "audio/")) and row["taken_at"]]
    acts = []
    hearing = (m.instant("hearing_started_at"), m.instant("hearing_ended_at"))
    served = m.instant("served_at")
    if hearing[0] and hearing[1]:
        acts.append(("hearing", *hearing))
    if served and m.text("service_method") in ("left", "public_notice"):
        acts.append(("service", served - timedelta(hours=1), served + timedelta(hours=1)))
    found = []
    for kind, begin, end in acts:
        own = [f for f in films if begin - timedelta(hours=1) <= f["taken_at"] <= end]  # type: ignore[operator]
        until = [_instant((f["facts"] or {}).get("ended_at")) for f in own]
        known = [at for at in until if at is not None]
        covered = max(known) >= end if known and kind == "hearing" else None  # type: ignore[operator]
        found.append({"kind": kind, "must_record": True, "has_video": bool(own), "covered": covered})
    return found


def _interviews(m: Matter) -> list[dict[str, Any]]:
    kinds = {"interview", *m.roles.get("interview_paper", "").split()}
    return [
        {"id": str(row["id"]), "officer": officer, "started_at": row["started_at"], "ended_at": row["ended_at"]}
        for row in m.records
        if row["kind"] in kinds
        for officer in row["officers"] or []
    ]


def _two_places(m: Matter) -> bool:
    """One officer of this case in two places of different cases at once."""
    mine = [r for r in m.records if r["case_id"] == m.place["subject_id"]]
    others = [r for r in m.records if r["case_id"] != m.place["subject_id"]]
    return any(
        set(a["officers"] or []) & set(b["officers"] or [])
        and a["started_at"] < b["ended_at"]
        and b["started_at"] < a["ended_at"]
        and _plain(str(a["place"] or "")) != _plain(str(b["place"] or ""))
        for a in mine
        for b in others
    )


def _paper_list(m: Matter) -> list[dict[str, Any]]:
    """Papers with what is told of their signing. A blank line may have been signed by hand on the print, so that nothing
    here says that a paper is unsigned.
    """
    found = []
    for row in m.contexts:
        form, context = m._template(row), row["context"]
        signatures = [f for f in form.fields.values() if f.type == "signature" and f.element in m.release.elements]
        told = [f for f in form.fields.values() if "refusal" in f.key]
        witness = [f for f in signatures if "witness" in f.key]
        found.append(
            {
                "code": row["kind"],
                "issued": True,
                "refusal_noted": any(not _blank(context, f.key) for f in told),
                "witness_signed": any(not _blank(context, f.key) for f in witness),
                "seal_required": form.seal not in ("", "none"),
            }
        )
    return found


# ── filing, money, publicity ─────────────────────────────────────────────────────────────────────────────────────────
def _agency(m: Matter) -> dict[str, Any]:
    """The divisions of the agency: those on file, else its own code with all below it."""
    facts, code = m.agency.get("facts") or {}, str(m.agency.get("code") or "")[:6]
    listed, told = facts.get("jurisdiction_codes"), m.text("violation_area_code")
    if isinstance(listed, list):
        return {"jurisdiction_codes": [str(one) for one in listed]}
    within = re.sub(r"(00)+$", "", code)
    return {"jurisdiction_codes": [code, *([told] if told and told.startswith(within) else [])]}


def _discovered(m: Matter) -> date | None:
    times = [at for key in ("accepted_at", "filed_at") if (at := m.instant(key)) is not None]
    times += [at] if (at := m.done("filing")) is not None else []
    return min(times).date() if times else m.work.today


def _similar_cases(m: Matter) -> list[dict[str, Any]]:
    occurred, place, trip = m.instant("occurred_at"), m.text("violation_place"), m.text("check_no")
    return [
        {
            "case_number": row["name"],
            "hours_apart": Decimal(abs(int((row["at"] - occurred).total_seconds()))) / 3600,
            "same_place": None not in (place, told := row["more"]["place"]) and _plain(str(place)) == _plain(told),
            "same_trip": trip is not None and trip == row["more"]["trip"],
        }
        for row in m.around["similar"]
    ]


def _similar_fines(m: Matter) -> dict[str, Any] | None:
    return next(({"count": row["n"], "mean": row["mean"]} for row in m.around["fines"]), None)


def _payments(m: Matter) -> list[dict[str, Any]]:
    amount = m.money("payment_amount")
    return [] if amount is None else [{"amount": amount, "receipt_no": m.text("payment_receipt_no")}]


def _paid(m: Matter) -> Decimal | None:
    amount = m.money("payment_amount")
    return None if amount is None else amount + (m.money("payment_surcharge") or Decimal(0))


def _settled(m: Matter) -> bool:
    total, fine = _paid(m), m.money("fine_amount")
    return total is not None and fine is not None and total >= fine + (m.money("surcharge_amount") or Decimal(0))


_SENSITIVE = {"身份证件号": re.compile(r"\d{17}[\dXx]"), "电话号码": re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")}


def _publicity_hits(m: Matter) -> list[str]:
    """Sensitive particulars in the text that is to be published."""
    told = m.text("publicity_note") or ""
    hits = [name for name, pattern in _SENSITIVE.items() if pattern.search(told)]
    own = {"住址": "party_address", "证件号": "party_id_no", "电话": "party_phone"}
    return hits + [name for name, key in own.items() if (value := m.text(key)) and value in told]


def _holiday(m: Matter) -> bool | None:
    begin = m.instant("enforcement_started_at")
    if begin is None:
        return None
    entry = m.calendar.special.get(begin.date())
    return entry is not None and not entry.working


# ── what there is ────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Given:
    """How a name is worked out, and its members (`ANY`: whichever; empty: it has none)."""

    find: Callable[[Matter], Any]
    members: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()  # parts of the shelf (engine/shelf.py), besides what is always read
    around: tuple[str, ...] = ()  # what is read of other cases (_AROUND)
    needs: tuple[str, ...] = ()  # facts of which a form must ask at least one, else the name is always empty


GIVEN: Final[Mapping[str, Given]] = {
    "now": Given(lambda m: m.work.now.astimezone(LOCAL), (ANY,)),
    "inspections_this_year": Given(risk_inspections.this_year, needs=("inspected_object_id",)),
    "today": Given(lambda m: m.work.today, (ANY,)),
    "step": Given(lambda m: m.step),
    "agency": Given(_agency, ("jurisdiction_codes",), reads=("agency",)),
    "acting_officers": Given(
        _officers,
        ("id", "name", "certificate_valid", "category_covered", "area_covered", "annual_passed", "staffing_type",
         "has_certificate", "recusal_hit"),
        needs=("officers",),
    ),
    "performers": Given(_performers, (ANY,)),
    "proceedings": Given(lambda m: [row["name"] for row in m.history if row["what"] == "process"]),
    "approver": Given(_approver, ("id", "is_head", "authorised"), reads=("agency",)),
    "reviewers": Given(_reviewers, ("id", "first_review", "law_qualified")),
    "clocks": Given(_clocks, (ANY,)),
    "papers": Given(lambda m: m.papers, (ANY,)),
    "paper_list": Given(_paper_list, ("code", "issued", "refusal_noted", "witness_signed", "seal_required"), reads=("context",)),
    "evidence": Given(
        _evidence,
        ("id", "kind", "sm3", "timestamped", "hash_ok", "changed_after_approval", "offsite", "device_id", "captured_at",
         "verification_valid_to", "legal_tech_reviewed_on", "published_on"),
        reads=("evidence",),
    ),
    "recorded_acts": Given(_recorded_acts, ("kind", "must_record", "has_video", "covered"), reads=("evidence",)),
    "interviews": Given(_interviews, ("id", "officer", "started_at", "ended_at"), around=("records",)),
    "officer_in_two_places": Given(_two_places, around=("records",)),
    "citations": Given(
        _citations,
        ("law", "paragraph", "kind", "in_force_on_act", "in_force_on_paper", "milder_new", "exists", "old_number",
         "has_paragraphs"),
        needs=("penalty_provisions", "filing_basis"),
    ),
    "citation_pair_bound": Given(_pair_bound, needs=("penalty_provisions",)),
    "competing_bases": Given(_competing, ("basis", "fine_maximum"), needs=("competing_violation_codes",)),
    "finding": Given(
        _finding,
        ("minimum", "maximum", "tier", "tier_minimum", "tier_maximum", "hearing", "legal_review", "collective_discussion",
         "lenient"),
        needs=("violation_code",),
    ),
    "item": Given(_item, ("allowed_kinds",), needs=("violation_code",)),
    "newer_law_milder": Given(_newer_milder, needs=("violation_code",)),
    "newer_law_applied": Given(_newer_applied, needs=("penalty_provisions",)),
    "tier_in_force_on_act": Given(_tier_in_force, needs=("discretion_tier",)),
    "tier_now_milder": Given(_newer_milder, needs=("violation_code",)),
    "mitigation_approved": Given(_mitigation, needs=("deviation_reason",)),
    "leniency_cited": Given(_leniency_cited, needs=("discretion_reason",)),
    "leniency_applied": Given(_leniency_applied, needs=("fine_amount",)),
    "minor_list_hit": Given(_minor_hit, needs=("violation_code",)),
    "incapacity": Given(lambda m: m.true("mental_incapable"), needs=("mental_incapable",)),
    "decision_kind": Given(_decision_kind, needs=("review_outcome",)),
    "notice_facts_match": Given(lambda m: _same(m, "violation_desc"), reads=("context",), needs=("violation_desc",)),
    "notice_law_match": Given(lambda m: _same(m, "penalty_provisions"), reads=("context",), needs=("penalty_provisions",)),
    "notice_kinds_match": Given(_kinds_match, reads=("context",), needs=("penalty_kinds",)),
    "kinds_aggravated": Given(_aggravated, reads=("context",), needs=("penalty_kinds",)),
    "new_notice_served": Given(_new_notice, needs=("statement_at",)),
    "rights_waived": Given(_waived, needs=("waived_rights",)),
    "decision_cites_hearing": Given(_cites_hearing),
    "hearing_conclusion_differs": Given(lambda m: m.true("hearing_disagreement"), needs=("hearing_disagreement",)),
    "investigation_ended_at": Given(lambda m: m.done("report")),
    "executed_at": Given(lambda m: m.done("payment", "enforcement")),
    "refused_at": Given(lambda m: m.done("filing_refusal")),
    "discovered_on": Given(_discovered),
    "similar_cases": Given(_similar_cases, ("case_number", "hours_apart", "same_place", "same_trip"), around=("similar",), needs=("violation_code",)),
    "similar_fines": Given(_similar_fines, ("count", "mean"), around=("fines",), needs=("discretion_tier",)),
    "payments": Given(_payments, ("amount", "receipt_no"), needs=("payment_amount",)),
    "payment_total": Given(_paid, needs=("payment_amount",)),
    "payment_complete": Given(lambda m: None if m.money("payment_amount") is None else m.done("payment") is not None, needs=("payment_amount",)),
    "fine_settled": Given(_settled, needs=("payment_amount",)),
    "cash_collected": Given(lambda m: m.text("payment_channel") == "cash", needs=("payment_channel",)),
    "public_notice_started": Given(lambda m: m.text("service_method") == "public_notice", needs=("service_method",)),
    "publicity_hits": Given(_publicity_hits, needs=("publicity_note",)),
    "enforcement_on_holiday": Given(_holiday, needs=("enforcement_started_at",)),
    **{key: Given(find, needs=needs) for key, (find, needs) in risk_money.NAMES.items()},
    **{name: Given(find, members, reads, needs=needs) for name, (find, members, reads, needs) in property_names.NAMES.items()},
}  # fmt: skip
# Worked out for an officer or an agency in the daily sweep (engine/risk_sweep.py), not for a case.
GIVEN_DAILY: Final[Mapping[str, tuple[str, ...]]] = {
    "certificate_days_left": (),
    "annual_review_result": (),
    "officer_stats": ("sample", "withdrawal_rate", "withdrawal_z", "lenient_z", "refusal_z", "same_vehicle_z"),
}


@functools.lru_cache(maxsize=1024)
def parts_of(wants: frozenset[Path]) -> frozenset[str]:
    """The parts of the shelf (engine/shelf.py) that these paths rest on."""
    found = {part for path in wants if path[0] in GIVEN for part in GIVEN[path[0]].reads}
    if any(path[0] == "papers" and len(path) > 2 and path[2] not in _PAPER for path in wants):
        found.add("context")
    return shelf.ALWAYS.union(found)


class Names(Mapping[str, object]):
    """A matter as a context for rules: names given here, else facts of the case as FEEL values, else null."""

    def __init__(self, matter: Matter) -> None:
        self._matter = matter
        self._found: dict[str, object] = {}

    def __getitem__(self, key: str) -> object:
        if key not in self._found:
            self._found[key] = self._find(key)
        return self._found[key]

    def _find(self, key: str) -> object:
        given = GIVEN.get(key)
        if given is not None:
            try:
                return given.find(self._matter)
            except KeyError as error:  # FEEL would take it for a name that is not there
                raise RuntimeError(f"{key}: {error!r}") from error
        if key in self._matter.release.elements:
            value = self._matter.facts.get(key)
            return None if value is None else self._matter.release.elements.as_feel(key, value)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return key in GIVEN or key in self._matter.release.elements

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
