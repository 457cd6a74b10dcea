"""What risk rules read of the law: the finding of discretion, the violation item, the articles that are cited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from engine.risk_matter import Given, Matter, plain
from engine.rulebook.lawbase import LawBase, cited_in


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
    return None if found is None or told is None else plain(found.law.basis) in plain(told)


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


NAMES: Final[Mapping[str, Given]] = {
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
    "leniency_cited": Given(_leniency_cited, needs=("discretion_reason",)),
    "leniency_applied": Given(_leniency_applied, needs=("fine_amount",)),
    "minor_list_hit": Given(_minor_hit, needs=("violation_code",)),
}  # fmt: skip
