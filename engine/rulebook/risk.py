"""Risk: rules over facts and events that block or warn, and the alerts they raise.

A rule is content (`rules/…/risk/*.yaml`): a FEEL condition, its article, what to do and who hears of it. `evaluate`
answers with alerts; a condition the facts do not decide raises none. Alerts move through open → answered, released or
false alarm; a critical block cannot be released. Pure: reads no clock and no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

import feel
from engine.rulebook.discretion.book import fingerprint
from engine.rulebook.expressions import BadCondition, expression, plain

SEVERITIES = ("critical", "high", "medium", "info")
MODES = ("block", "warn", "info")
KEYS = frozenset(
    [
        "id",
        "name",
        "dimension",
        "step",
        "trigger",
        "when",
        "severity",
        "mode",
        "mode_reason",
        "release_only",
        "at",
        "alert_to",
        "law",
        "basis",
        "act",
        "deadline",
        "papers",
        "mark",
        "locked",
        "fires",
        "quiet",
        "note",
    ]
)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?[+-]\d\d:\d\d")
PARAMETER = re.compile(r"\bparameters\.(\w+)")


class BadRisk(ValueError):
    """预警内容或预警的处理有误:说明是哪一条、哪一项、怎样改。"""


class State(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    ANSWERED = "answered"
    RELEASED = "released"
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A parameter of the conditions; unconfirmed until the agency gives its basis."""

    id: str
    name: str
    value: Decimal
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Severity:
    """How long an alert may stay unanswered and to whom it goes then."""

    id: str
    name: str
    colour: str
    answer_hours: int
    escalate_to: str


@dataclass(frozen=True, slots=True)
class Risk:
    """One rule. `when` is FEEL; `release_only`: acts that a block lets through all the same; `at`: the steps at which it is
    tried (none: those of its `step` in `places`, else all). `branches`: the conditions any of which suffices, each of which
    is decided by itself, so that one whose facts nobody records does not silence the others.
    """

    id: str
    name: str
    dimension: str
    step: str
    trigger: str
    when: str
    severity: str
    mode: str
    mode_reason: str
    release_only: tuple[str, ...]
    alert_to: tuple[str, ...]
    law: tuple[str, ...]
    basis: str
    act: str
    deadline: str
    papers: tuple[str, ...]
    mark: str
    version: str
    at: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    fires: Mapping[str, Any] = field(default_factory=dict, repr=False)
    quiet: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def blocks(self) -> bool:
        """Whether the rule refuses the step."""
        return self.mode == "block"


@dataclass(frozen=True, slots=True)
class Risks:
    """The rules with their thresholds, severities and the names conditions may use."""

    rules: Mapping[str, Risk]
    thresholds: Mapping[str, Threshold]
    severities: Mapping[str, Severity]
    names: Mapping[str, str]
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)

    def concerns(self, rule: Risk, step: str | None) -> bool:
        """Whether a rule is tried at a step of this name."""
        steps = rule.at or self.places.get(rule.step, ())
        return not steps or step in steps


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule found: `facts` are the values the condition read; `state` moves with `answer`."""

    rule: str
    version: str
    name: str
    dimension: str
    severity: str
    mode: str
    articles: tuple[str, ...]
    basis: str
    act: str
    alert_to: tuple[str, ...]
    facts: Mapping[str, Any]
    mark: str
    unconfirmed: tuple[str, ...]
    state: State = State.OPEN
    reason: str = ""
    by: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the step may not be done while this alert stands."""
        return self.mode == "block" and self.state is State.OPEN


def load_risks(files: Iterable[Mapping[str, Any]]) -> Risks:
    """Rules, thresholds, severities and names from the mappings of `risk/*.yaml`. Raises BadRisk naming the entry.

    `places`: a rule's `step` → the steps at which it is tried; `roles`: the processes' word → the rules' word.
    """
    places: dict[str, tuple[str, ...]] = {}
    roles: dict[str, str] = {}
    rules: dict[str, Risk] = {}
    thresholds: dict[str, Threshold] = {}
    severities: dict[str, Severity] = {}
    names: dict[str, str] = {}
    for mapping in files:
        for entry in mapping.get("risks", []):
            rule = _risk(entry)
            if rule.id in rules:
                raise BadRisk(f"预警编号重复:{rule.id}")
            rules[rule.id] = rule
        for entry in mapping.get("parameters", []):
            key = str(entry["id"])
            thresholds[key] = Threshold(key, str(entry["name"]), Decimal(str(entry["value"])), entry.get("mark") == "V")
        for entry in mapping.get("severities", []):
            key = str(entry["id"])
            severities[key] = Severity(
                key, str(entry["name"]), str(entry["colour"]), int(entry["answer_hours"]), str(entry["escalate_to"])
            )
        names.update({str(entry["id"]): str(entry["name"]) for entry in mapping.get("context", [])})
        places.update({str(key): tuple(map(str, steps)) for key, steps in (mapping.get("places") or {}).items()})
        roles.update({str(key): str(word) for key, word in (mapping.get("roles") or {}).items()})
    return Risks(rules, thresholds, severities, names, places, roles)


def _risk(entry: Mapping[str, Any]) -> Risk:
    name = str(entry.get("id") or "(无编号)")
    for key in ("id", "name", "when", "severity", "mode", "alert_to", "basis", "act", "mark"):
        if not entry.get(key):
            raise BadRisk(f"{name}:缺少 {key}")
    if set(entry) - KEYS:
        raise BadRisk(f"{name}:不认识的字段 {'、'.join(sorted(set(entry) - KEYS))},请核对拼写")
    if entry["severity"] not in SEVERITIES or entry["mode"] not in MODES:
        raise BadRisk(f"{name}:severity 只能是 {'、'.join(SEVERITIES)},mode 只能是 {'、'.join(MODES)}")
    if entry["severity"] == "critical" and entry["mode"] != "block" and not entry.get("mode_reason"):
        raise BadRisk(f"{name}:严重预警不阻断的,须写明 mode_reason(理由)")
    branches = tuple(map(str, entry["when"])) if isinstance(entry["when"], list) else (str(entry["when"]),)
    try:
        for branch in branches:
            expression(branch, where=name)
    except BadCondition as error:
        raise BadRisk(str(error)) from error
    return Risk(
        id=name,
        name=str(entry["name"]),
        dimension=str(entry.get("dimension", "")),
        step=str(entry.get("step", "")),
        trigger=str(entry.get("trigger", "")),
        when=any_of(branches),
        severity=str(entry["severity"]),
        mode=str(entry["mode"]),
        mode_reason=str(entry.get("mode_reason", "")),
        release_only=tuple(map(str, entry.get("release_only", []))),
        alert_to=tuple(map(str, entry["alert_to"])),
        law=tuple(map(str, entry.get("law", []))),
        basis=str(entry["basis"]),
        act=str(entry["act"]),
        deadline=str(entry.get("deadline", "")),
        papers=tuple(map(str, entry.get("papers", []))),
        mark=str(entry["mark"]),
        version=fingerprint(entry),
        at=tuple(map(str, entry.get("at", []))),
        branches=branches,
        fires=dict(entry.get("fires") or {}),
        quiet=dict(entry.get("quiet") or {}),
    )


def any_of(branches: Iterable[str]) -> str:
    """One condition of several."""
    found = list(branches)
    return found[0] if len(found) == 1 else " or ".join(f"({branch})" for branch in found)


def with_thresholds(risks: Risks, values: Mapping[str, Mapping[str, Any]]) -> Risks:
    """The rules with an agency's thresholds `{id: {value, basis}}`. Refuses unknown ids and values without basis."""
    thresholds = dict(risks.thresholds)
    for key, entry in values.items():
        known = thresholds.get(key)
        if known is None:
            raise BadRisk(f"没有名为 {key} 的预警阈值")
        if not entry.get("basis"):
            raise BadRisk(f"阈值 {known.name}({key})须写明依据(basis)")
        thresholds[key] = replace(known, value=Decimal(str(entry["value"])), confirmed=True)
    return replace(risks, thresholds=thresholds)


def evaluate(
    risks: Risks, context: Mapping[str, Any], *, only: Iterable[str] | Mapping[str, str] | None = None
) -> list[Alert]:
    """The alerts the facts raise, gravest first. `only`: ids of the rules to try (all by default), or id → the part of its
    condition that is tried.

    `context` holds case facts by element key and the names of `context.yaml`; money and numbers as Decimal or int,
    days and aware instants as such. Names it lacks are null, and a condition that stays undecided raises nothing.
    """
    thresholds = {"parameters": {key: t.value for key, t in risks.thresholds.items()}}
    facts = feel.Taken(thresholds, context)
    chosen = risks.rules if only is None else only
    texts = (
        chosen if isinstance(chosen, Mapping) and only is not None else {key: risks.rules[key].when for key in chosen}
    )
    clocks = context.get("clocks")
    running = frozenset(clocks) if isinstance(clocks, Mapping) else frozenset()
    alerts = [
        _alert(risks, risks.rules[key], text, context)
        for key, text in texts.items()
        if any(needed <= running for needed in clocks_needed(text)) and plain(text).holds(facts)
    ]
    return sorted(alerts, key=lambda alert: SEVERITIES.index(alert.severity))


def reads_of(risks: Risks, ids: Iterable[str] | None = None) -> frozenset[str]:
    """Top-level names the conditions read, so that the engine loads only those."""
    chosen = risks.rules.values() if ids is None else [risks.rules[key] for key in ids]
    return frozenset(name for rule in chosen for name in expression(rule.when).reads)


@lru_cache(maxsize=4096)
def paths_of(text: str) -> frozenset[tuple[str, ...]]:
    """What a condition reads, down to the member (papers.D11.served_at)."""
    return feel.paths(expression(text))


@lru_cache(maxsize=4096)
def clocks_needed(text: str) -> tuple[frozenset[str], ...]:
    """Sets of clocks: a condition cannot hold without all of one of them. Most rules of periods are settled by this alone."""
    return tuple(feel.needed_members(expression(text), "clocks"))


def may_hold(text: str, step: str | None) -> bool:
    """Whether a condition can hold at a step of this name, whatever else is the case."""
    return feel.may_be_true(expression(text), {"step": step})


@lru_cache(maxsize=4096)
def steps_named(text: str) -> frozenset[str]:
    """The steps that a condition compares `step` with; empty: it does not ask."""
    return frozenset(feel.compared_with(expression(text), "step"))


@dataclass(frozen=True, slots=True)
class Supply:
    """What one set of content and the engine give: facts that are asked for, names with their members, clocks that are
    started, papers that are made, steps there are (by the rules' words). `members` of a name: `*` is any.
    """

    facts: frozenset[str]
    members: Mapping[str, frozenset[str]]
    clocks: frozenset[str]
    papers: frozenset[str]
    steps: frozenset[str]


def waiting(risks: Risks, supply: Supply) -> dict[str, list[str]]:
    """Rule → what it (or, where it has several, a branch of it) waits for: a name, a member, a clock, a paper, a step."""
    found = {
        rule.id: sorted(set().union(*(_lacking(b, supply) for b in rule.branches))) for rule in risks.rules.values()
    }
    return {key: lacking for key, lacking in found.items() if lacking}


def working(rule: Risk, supply: Supply) -> tuple[str, ...]:
    """The branches of a rule that can be decided."""
    return tuple(branch for branch in rule.branches if not _lacking(branch, supply))


def _lacking(text: str, supply: Supply) -> set[str]:
    lacking = {
        ".".join(path[:2] if path[0] in ("clocks", "papers") else path)
        for path in paths_of(text)
        if not _supplied(path, supply)
    }
    steps = steps_named(text)
    if steps and not steps & supply.steps:
        lacking |= {f"step {step}" for step in steps}
    return {name for name in lacking if not any(other != name and name.startswith(other + ".") for other in lacking)}


def _supplied(path: tuple[str, ...], supply: Supply) -> bool:
    name = path[0]
    if name == "parameters":
        return True
    if name in ("clocks", "papers") and len(path) > 1:
        return path[1] in (supply.clocks if name == "clocks" else supply.papers)
    if name in supply.members:
        return len(path) == 1 or bool({"*", path[1]} & supply.members[name])
    return name in supply.facts


def _alert(risks: Risks, rule: Risk, text: str, facts: Mapping[str, Any]) -> Alert:
    reads = sorted(expression(text).reads - {"parameters"})
    unconfirmed = []
    if rule.mark == "K":
        unconfirmed.append("预警依据未核对到条文,由机构确认后采用")
    for key in PARAMETER.findall(text):
        threshold = risks.thresholds.get(key)
        if threshold is not None and not threshold.confirmed:
            unconfirmed.append(f"阈值“{threshold.name}”({threshold.value})为缺省值,须由机构写明依据后确认")
    return Alert(
        rule=rule.id,
        version=rule.version,
        name=rule.name,
        dimension=rule.dimension,
        severity=rule.severity,
        mode=rule.mode,
        articles=rule.law,
        basis=rule.basis,
        act=rule.act,
        alert_to=rule.alert_to,
        facts={key: facts[key] for key in reads if facts.get(key) is not None},
        mark=rule.mark,
        unconfirmed=tuple(dict.fromkeys(unconfirmed)),
    )


# ── what becomes of an alert ─────────────────────────────────────────────────────────────────────────────────────────
def answer(risks: Risks, alert: Alert, state: State, *, by: str, reason: str, act: str = "") -> Alert:
    """Move an open alert on. `by` is a role; `act`: the act a block is released for, where the rule names the only ones.

    Refuses (BadRisk): an alert no longer open, no reason, the release of a critical block, a release by anyone but the
    head of the agency, and an act outside `release_only`.
    """
    rule = risks.rules[alert.rule]
    if alert.state is not State.OPEN:
        raise BadRisk(f"预警“{alert.name}”已处理,不能再次处理")
    if state is State.OPEN or not reason.strip():
        raise BadRisk(f"处理预警“{alert.name}”须选择结果并写明理由")
    if state is not State.ANSWERED and alert.mode == "block":
        _may_release(rule, by=by, act=act)
    return replace(alert, state=state, reason=reason.strip(), by=by)


def _may_release(rule: Risk, *, by: str, act: str) -> None:
    if rule.release_only:
        if act not in rule.release_only:
            raise BadRisk(f"“{rule.name}”只放行{'、'.join(rule.release_only)}({rule.basis})")
        return
    if rule.severity == "critical":
        raise BadRisk(f"“{rule.name}”为严重预警,不得放行({rule.basis});{rule.act}")
    if by != "head":
        raise BadRisk(f"“{rule.name}”须由执法部门负责人写明理由放行")


def lets_through(risks: Risks, alert: Alert, act: str) -> bool:
    """Whether a step may be done although this alert stands: it does not block, or the act is one the rule lets through."""
    return not alert.blocks or act in risks.rules[alert.rule].release_only


def escalates(risks: Risks, alert: Alert, raised_at: datetime, now: datetime) -> str | None:
    """The role an unanswered alert goes to by `now`, or None."""
    severity = risks.severities.get(alert.severity)
    if severity is None or alert.state is not State.OPEN:
        return None
    return severity.escalate_to if now >= raised_at + timedelta(hours=severity.answer_hours) else None


def quality(alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    """Per rule: how many alerts, and how many were answered, released or false – the worst rules first."""
    rows: dict[str, dict[str, Any]] = {}
    for alert in alerts:
        row = rows.setdefault(
            alert.rule, {"rule": alert.rule, "name": alert.name, "total": 0, **{str(state): 0 for state in State}}
        )
        row["total"] += 1
        row[str(alert.state)] += 1
    return sorted(rows.values(), key=lambda row: (-(row["released"] + row["false_alarm"]) / row["total"], row["rule"]))


# ── faults of content ────────────────────────────────────────────────────────────────────────────────────────────────
def risk_faults(risks: Risks, elements: Iterable[str] | None = None) -> list[str]:
    """Rules whose examples do not come true, thresholds that do not exist, and – when the element keys are given –
    names that are neither an element nor in `context.yaml`."""
    faults = []
    known = None if elements is None else {*elements, *risks.names}
    for rule in risks.rules.values():
        for name, facts, expected in (("fires", rule.fires, True), ("quiet", rule.quiet, False)):
            if not facts and name == "fires":
                faults.append(f"{rule.id}:没有应预警的例子(fires)")
            elif bool(evaluate(risks, numbers(facts), only=[rule.id])) is not expected:
                faults.append(f"{rule.id}:例子 {name} {'没有' if expected else '不应'}触发预警")
        if not rule.quiet:
            faults.append(f"{rule.id}:没有不应预警的例子(quiet)")
        faults.extend(
            f"{rule.id}:没有阈值 {key}" for key in PARAMETER.findall(rule.when) if key not in risks.thresholds
        )
        if known is not None:
            unknown = sorted(expression(rule.when).reads - known)
            faults.extend(f"{rule.id}:条件用到未登记的名字 {key}" for key in unknown)
    return faults


def numbers(value: Any) -> Any:
    """Example values as FEEL takes them: floats become decimals, texts that are instants with an offset become instants."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return datetime.fromisoformat(value)
    if isinstance(value, Mapping):
        return {key: numbers(v) for key, v in value.items()}
    if isinstance(value, list):
        return [numbers(v) for v in value]
    return value


def as_dict(alert: Alert) -> dict[str, Any]:
    """JSON form: decimals as strings, days and instants as ISO text."""
    return {
        "rule": alert.rule,
        "version": alert.version,
        "name": alert.name,
        "dimension": alert.dimension,
        "severity": alert.severity,
        "mode": alert.mode,
        "articles": list(alert.articles),
        "basis": alert.basis,
        "act": alert.act,
        "alert_to": list(alert.alert_to),
        "facts": _plain(alert.facts),
        "mark": alert.mark,
        "unconfirmed": list(alert.unconfirmed),
        "state": str(alert.state),
        "reason": alert.reason,
        "by": alert.by,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
