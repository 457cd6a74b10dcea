"""Which risk rules of a release can be decided: what its forms ask for, its processes start, make and do, and the engine gives.

A rule that reads anything else is not tried – its condition would be decided by what nobody records – and is shown as
waiting for that name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping

from content.releases import Release
from engine.decisions import outputs
from engine.risk_names import GIVEN, GIVEN_ACTS, GIVEN_DAILY
from engine.rulebook import risk
from engine.rules import Rules

# Which facts an action may bring: what rests on them knows that somebody gives them.
SERVICES: dict[str, tuple[str, ...]] = {
    "compute_discretion": (
        "discretion_tier", "discretion_reason", "fine_min", "fine_max", "suggested_fine", "violated_provisions",
        "penalty_provisions", "limit_kg", "over_kg", "over_rate",
    ),
    "compute_surcharge": ("surcharge_amount", "surcharge_days"),
}  # fmt: skip


@functools.lru_cache(maxsize=32)
def _supply(hash_: str, release: Release, rules: Rules) -> risk.Supply:
    processes = [release.process(key) for key in release.processes]
    steps = [step for process in processes for step in process.steps.values()]
    facts = frozenset(_facts(release))
    names: dict[str, frozenset[str]] = {
        key: frozenset(given.members)
        for key, given in GIVEN.items()
        if not given.needs or any(need in facts for need in given.needs)
    }
    names |= {key: frozenset(members) for key, members in {**GIVEN_DAILY, **GIVEN_ACTS}.items()}
    started = {start.rule for step in steps for start in step.starts}
    from_act = {rule.id for rule in rules.deadlines.values() if rule.event == "violation_ended"}
    roles = {step.step_role for step in steps if step.step_role}
    return risk.Supply(
        facts=facts,
        members=names,
        clocks=frozenset(started | (from_act if "occurred_at" in facts else set())),
        papers=frozenset(code for step in steps for code in step.papers),
        steps=frozenset(rules.risks.roles.get(role, role) for role in roles),
    )


def _facts(release: Release) -> Iterator[str]:
    """Everything that becomes a fact of a case: asked by a form, brought by a message, set by a step, a service, a table."""
    for key in release.forms:
        yield from release.form(key).fields
    for name in release.processes:
        process = release.process(name)
        for brought in process.messages.values():
            yield from brought
        for step in process.steps.values():
            for columns in step.effects.values():
                yield from columns
        for service in process.services.values():
            yield from SERVICES.get(service.action, ())
    for place in actions_in_diagrams(release):
        yield from SERVICES.get(place, ())
    yield from outputs(release)
    yield "procedure_type"


def actions_in_diagrams(release: Release) -> Iterator[str]:
    """The actions that the diagrams name."""
    for key in release.processes:
        text = release.diagram(key).decode(errors="replace")
        yield from (name for name in SERVICES if f'"{name}"' in text)


def waiting(release: Release, rules: Rules) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Rules that cannot be decided under this release → what they wait for; and those of which only a part can."""
    supply = _supply(release.hash, release, rules)
    lacking = risk.waiting(rules.risks, supply)
    partly = {key for key in lacking if risk.working(rules.risks.rules[key], supply)}
    return (
        {key: names for key, names in lacking.items() if key not in partly},
        {key: names for key, names in lacking.items() if key in partly},
    )


Chosen = Mapping[str, str]


def _of(release: Release, rules: Rules, fits: Callable[[risk.Risk, str], bool]) -> dict[str, str]:
    """Rule → the part of its condition that can be decided and fits."""
    supply = _supply(release.hash, release, rules)
    found = {
        rule.id: [branch for branch in risk.working(rule, supply) if fits(rule, branch)]
        for rule in rules.risks.rules.values()
    }
    return {key: risk.any_of(branches) for key, branches in found.items() if branches}


def _reads(branch: str, names: Iterable[str]) -> bool:
    return any(path[0] in names for path in risk.paths_of(branch))


def _of_a_case(branch: str) -> bool:
    return not _reads(branch, (*GIVEN_DAILY, *GIVEN_ACTS))


@functools.lru_cache(maxsize=1024)
def chosen(release: Release, rules: Rules, step: str | None) -> Chosen:
    """Rule → condition, of the rules to try at a step of this name; what asks for another step is left out."""

    def fits(rule: risk.Risk, branch: str) -> bool:
        return rules.risks.concerns(rule, step) and _of_a_case(branch) and risk.may_hold(branch, step)

    return _of(release, rules, fits)


@functools.lru_cache(maxsize=32)
def timed(release: Release, rules: Rules) -> Chosen:
    """Rule → condition, of what comes true by time alone: it reads clocks or days since a paper, and asks for no step."""

    def fits(rule: risk.Risk, branch: str) -> bool:
        paths = risk.paths_of(branch)
        clock = any(p[0] == "clocks" and p[2:] and p[2] in ("elapsed", "remaining") for p in paths)
        since = any(p[0] == "papers" and p[2:] == ("working_days_since",) for p in paths)
        return (clock or since) and _of_a_case(branch) and not any(p[0] == "step" for p in paths)

    return _of(release, rules, fits)


@functools.lru_cache(maxsize=32)
def daily(release: Release, rules: Rules) -> Chosen:
    """Rule → condition, of what is tried for each officer once a day."""
    return _of(release, rules, lambda rule, branch: _reads(branch, GIVEN_DAILY))


@functools.lru_cache(maxsize=32)
def of_act(release: Release, rules: Rules, told: frozenset[str]) -> Chosen:
    """Rule → condition, of what a verb that tells these names is tried for."""
    return _of(release, rules, lambda rule, branch: _reads(branch, told & GIVEN_ACTS.keys()))


@functools.lru_cache(maxsize=1024)
def wanted(text: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """Everything these conditions read, down to the member."""
    return frozenset(path for one in text for path in risk.paths_of(one))
