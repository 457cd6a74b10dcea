"""What risk rules read of the case: who acts, its clocks, notice and decision, filing, money, publicity."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from engine.risk_matter import ANY, Given, Matter, plain
from engine.rulebook import deadlines
from kernel.work import LOCAL, Row


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
    for key in m.wants.clocks - found.keys():
        rule = m.rules.deadlines.get(key)
        if rule is not None and rule.event == "violation_ended" and occurred is not None:
            answer = deadlines.due(deadlines.Clock(rule, occurred.date()), m.calendar, m.work.today)
            day = answer.due
            found[key] = {"due": day, "met": False, "elapsed": m.work.today > day, "running": True,
                          "remaining": answer.remaining}  # fmt: skip
    for key in m.wants.remaining & m.clocks.keys():
        found[key]["remaining"] = m.remaining(key)
    return found


# ── notice and decision ──────────────────────────────────────────────────────────────────────────────────────────────
def _same(m: Matter, key: str) -> bool | None:
    """Whether a fact still reads as it was notified."""
    told, now = (m.noticed or {}).get(key), m.text(key)
    if told is None or now is None:
        return None
    return plain(str(told)) == plain(now)


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
            "same_place": None not in (place, told := row["more"]["place"]) and plain(str(place)) == plain(told),
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


NAMES: Final[Mapping[str, Given]] = {
    "now": Given(lambda m: m.work.now.astimezone(LOCAL), (ANY,)),
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
    "mitigation_approved": Given(_mitigation, needs=("deviation_reason",)),
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
}  # fmt: skip
