"""What a deadline is: units that cannot be mixed, the kinds, and a rule as read from `rules/…/deadlines/*.yaml`.

A rule whose value is from memory (`mark: K`) or stands against the law it names (`audited: conflict`) is *unconfirmed*
until an agency confirms it with a `Setting`; whatever rests on it says so. Pauses and extensions marked K are off until
a setting turns them on. Reads no clock, no file, no database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)


class BadDeadline(ValueError):
    """期限内容或期限的使用有误:说明是哪一条、哪一项、怎样改。"""


class Unit(StrEnum):
    """Units of length. They are never converted into one another, only counted."""

    WORKING_DAY = "工作日"
    DAY = "自然日"
    HOUR = "小时"
    MONTH = "月"
    YEAR = "年"
    LESSON = "学时"


class Kind(StrEnum):
    """What passing the length means (domain/deadlines.yaml `kinds`)."""

    MAX = "max"  # 最长期限
    MIN = "min"  # 最短等待、提前量、下限
    FIXED = "fixed"  # 期满即生效
    RULE = "rule"  # 日期认定规则
    ACCRUAL = "accrual"  # 按日累计
    WINDOW = "window"  # 统计窗口
    RETENTION = "retention"  # 保存期
    FREQUENCY = "frequency"  # 频率
    IMMEDIATE = "immediate"  # 立即


class Holder(StrEnum):
    """Whose act the period measures."""

    AGENCY = "agency"
    PARTY = "party"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Length:
    """A count of one unit. Lengths of different units have no order: comparing or adding them raises BadDeadline."""

    count: int
    unit: Unit

    def _same(self, other: Length) -> None:
        if self.unit is not other.unit:
            raise BadDeadline(f"单位不同,不能比较或相加:{self} 与 {other}")

    def __lt__(self, other: Length) -> bool:
        self._same(other)
        return self.count < other.count

    def __le__(self, other: Length) -> bool:
        self._same(other)
        return self.count <= other.count

    def __add__(self, other: Length) -> Length:
        self._same(other)
        return Length(self.count + other.count, self.unit)

    def __str__(self) -> str:
        return (
            f"{self.count}个{self.unit}" if self.unit in (Unit.WORKING_DAY, Unit.MONTH) else f"{self.count}{self.unit}"
        )


@dataclass(frozen=True, slots=True)
class PauseRule:
    """A ground on which the clock stands still; `requires_notice`: counts only from the day its notice was served."""

    reason: str
    name: str
    law: str
    mark: str
    enabled: bool
    requires_notice: str | None = None


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """Who may lengthen the period, by how much (None: as granted) and how often."""

    longest: Length | None
    by: str
    law: str
    mark: str
    enabled: bool
    times: int = 1
    before_expiry: bool = True


@dataclass(frozen=True, slots=True)
class Accrual:
    """A daily charge: rate per day of the principal, and the cap as a multiple of it."""

    rate: Decimal
    cap: Decimal


@dataclass(frozen=True, slots=True)
class Rule:
    """One deadline. `law` are citations, the first being the one shown.

    `day_law`, `start_law`, `roll_law`: the articles on what counts as a day, on the first day and on a last day of rest.
    """

    id: str
    name: str
    group: str
    event: str
    trigger: str
    length: Length
    kind: Kind
    backward: bool
    roll_over: bool
    starts: str
    holder: Holder
    pauses: Mapping[str, PauseRule]
    extension: ExtensionRule | None
    warning_leads: tuple[int, ...]
    law: tuple[str, ...]
    basis: str
    day_law: str
    start_law: str
    roll_law: str
    mark: str
    audited: str
    configurable: bool
    confidence: str
    minimum: int | None
    accrual: Accrual | None
    on_breach: str
    note: str
    source: str
    version: str
    examples: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def article(self) -> str:
        """The citation shown beside the date."""
        return self.law[0] if self.law else self.basis

    @property
    def unconfirmed(self) -> str | None:
        """Why the value may not act silently, or None."""
        if self.audited == "conflict":
            return f"{self.name}的长度与所引依据有出入,须由机构确认参数后使用"
        if self.mark == "K":
            return f"{self.name}的长度未核对到条文,须由机构确认参数后使用"
        return None


@dataclass(frozen=True, slots=True)
class Setting:
    """What an agency confirmed for one rule: its basis and day, perhaps another length, pauses and extension turned on."""

    rule: str
    basis: str
    confirmed_on: date
    length: Length | None = None
    pauses: frozenset[str] = frozenset()
    extension: bool = False


_TOP = {
    "id",
    "name",
    "group",
    "event",
    "trigger",
    "length",
    "unit",
    "kind",
    "backward",
    "roll_over",
    "starts",
    "holder",
    "pauses",
    "extension",
    "warning_leads",
    "law",
    "basis",
    "day_law",
    "mark",
    "audited",
    "configurable",
    "confidence",
    "minimum",
    "accrual",
    "on_breach",
    "note",
    "source",
    "examples",
    "locked",
}


def load_deadlines(mapping: Mapping[str, Any]) -> dict[str, Rule]:
    """Rules by id from one content mapping `{counting: {start_law, roll_law}, deadlines: [...]}`. Raises BadDeadline naming entry and field."""
    entries = mapping.get("deadlines")
    if not isinstance(entries, list):
        raise BadDeadline("期限文件缺少 deadlines 列表")
    rules: dict[str, Rule] = {}
    for entry in entries:
        rule = _rule(entry, mapping.get("counting") or {})
        if rule.id in rules:
            raise BadDeadline(f"期限编号重复:{rule.id}")
        rules[rule.id] = rule
    return rules


def _rule(entry: Mapping[str, Any], counting: Mapping[str, Any]) -> Rule:
    name = str(entry.get("id") or "(无编号)")
    unknown = set(entry) - _TOP
    if unknown:
        raise BadDeadline(f"{name}:不认识的字段 {'、'.join(sorted(unknown))},请核对拼写")
    for key in ("id", "name", "event", "unit", "kind", "mark", "basis", "source"):
        if not entry.get(key):
            raise BadDeadline(f"{name}:缺少 {key}")
    if entry["mark"] not in ("V", "K"):
        raise BadDeadline(f"{name}:mark 只能是 V(已核)或 K(未核)")
    length = _length(entry, name)
    kind = _enum(Kind, entry["kind"], name, "kind")
    return Rule(
        id=name,
        name=str(entry["name"]),
        group=str(entry.get("group", "")),
        event=str(entry["event"]),
        trigger=str(entry.get("trigger", "")),
        length=length,
        kind=kind,
        backward=entry.get("backward") is True,
        roll_over=entry.get("roll_over") is True,
        starts=str(entry.get("starts", "day")),
        holder=_enum(Holder, entry.get("holder", "agency"), name, "holder"),
        pauses={str(p["reason"]): _pause(p, name) for p in entry.get("pauses", [])},
        extension=_extension(entry.get("extension"), name),
        warning_leads=_leads(entry.get("warning_leads", []), name),
        law=tuple(str(law) for law in entry.get("law", [])),
        basis=str(entry["basis"]),
        day_law=str(entry.get("day_law", "")),
        start_law=str(counting.get("start_law", "")),
        roll_law=str(counting.get("roll_law", "")),
        mark=str(entry["mark"]),
        audited=str(entry.get("audited", "none")),
        configurable=entry.get("configurable") is True,
        confidence=str(entry.get("confidence", "")),
        minimum=entry.get("minimum"),
        accrual=_accrual(entry.get("accrual"), name, kind),
        on_breach=str(entry.get("on_breach", "")),
        note=str(entry.get("note", "")),
        source=str(entry["source"]),
        version=_version(entry),
        examples=tuple(entry.get("examples", [])),
    )


def _length(entry: Mapping[str, Any], name: str) -> Length:
    count = entry.get("length")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise BadDeadline(f"{name}:length 应为不小于 0 的整数")
    return Length(count, _enum(Unit, entry["unit"], name, "unit"))


def _enum(kind: type[E], value: object, name: str, key: str) -> E:
    try:
        return kind(str(value))
    except ValueError:
        raise BadDeadline(f"{name}:{key} 只能是 {'、'.join(kind)},现为 {value}") from None


def _pause(entry: Mapping[str, Any], name: str) -> PauseRule:
    if not entry.get("name") or entry.get("mark") not in ("V", "K"):
        raise BadDeadline(f"{name}:停表事由 {entry.get('reason')} 须有 name 与 mark(V/K)")
    enabled = bool(entry.get("enabled", entry["mark"] == "V"))
    if enabled and entry["mark"] == "K":
        raise BadDeadline(f"{name}:停表事由 {entry['name']} 未核到依据(K),不得默认启用")
    return PauseRule(
        reason=str(entry["reason"]),
        name=str(entry["name"]),
        law=str(entry.get("law", "")),
        mark=str(entry["mark"]),
        enabled=enabled,
        requires_notice=entry.get("requires_notice"),
    )


def _extension(entry: Mapping[str, Any] | None, name: str) -> ExtensionRule | None:
    if entry is None:
        return None
    if not entry.get("by") or entry.get("mark") not in ("V", "K"):
        raise BadDeadline(f"{name}:extension 须写明 by(谁批准)与 mark(V/K)")
    enabled = bool(entry.get("enabled", entry["mark"] == "V"))
    if enabled and entry["mark"] == "K":
        raise BadDeadline(f"{name}:延长未核到依据(K),不得默认启用")
    longest = None if entry.get("length") is None else _length(entry, name)
    return ExtensionRule(
        longest=longest,
        by=str(entry["by"]),
        law=str(entry.get("law", "")),
        mark=str(entry["mark"]),
        enabled=enabled,
        times=int(entry.get("times", 1)),
        before_expiry=entry.get("before_expiry", True) is True,
    )


def _leads(value: object, name: str) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(isinstance(n, int) and n > 0 for n in value):
        raise BadDeadline(f"{name}:warning_leads 应为正整数列表")
    return tuple(sorted(value, reverse=True))


def _accrual(entry: Mapping[str, Any] | None, name: str, kind: Kind) -> Accrual | None:
    if (entry is None) is (kind is Kind.ACCRUAL):
        raise BadDeadline(f"{name}:kind 为 accrual 的须有 accrual(rate、cap),其他不得有")
    if entry is None:
        return None
    try:
        return Accrual(Decimal(str(entry["rate"])), Decimal(str(entry["cap"])))
    except (KeyError, InvalidOperation):
        raise BadDeadline(f'{name}:accrual 须写 rate 与 cap 两个十进制数,如 {{rate: "0.03", cap: "1"}}') from None


def _version(entry: Mapping[str, Any]) -> str:
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_settings(mapping: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, Setting]:
    """An agency's confirmations `{settings: [{rule, basis, confirmed_on, length?, unit?, pauses?, extension?}]}`.

    Refuses (BadDeadline) a setting without basis, one that changes a length the law fixes, and one below the minimum.
    """
    settings = [_setting(entry, rules) for entry in mapping.get("settings", [])]
    return {setting.rule: setting for setting in settings}


def _setting(entry: Mapping[str, Any], rules: Mapping[str, Rule]) -> Setting:
    rule = rules.get(str(entry.get("rule")))
    if rule is None:
        raise BadDeadline(f"没有编号为 {entry.get('rule')} 的期限")
    if not entry.get("basis") or type(entry.get("confirmed_on")) is not date:
        raise BadDeadline(f"{rule.id}:确认参数须写明 basis(依据文件)与 confirmed_on(确认日期)")
    length = None if entry.get("length") is None else _length({"unit": rule.length.unit, **entry}, rule.id)
    if length is not None:
        _may_set(rule, length)
    pauses = frozenset(map(str, _listed(entry.get("pauses", []))))
    if pauses - set(rule.pauses):
        raise BadDeadline(f"{rule.id}:没有停表事由 {'、'.join(sorted(pauses - set(rule.pauses)))}")
    extension = entry.get("extension") is True
    if extension and rule.extension is None:
        raise BadDeadline(f"{rule.id}:该期限不得延长")
    return Setting(rule.id, str(entry["basis"]), entry["confirmed_on"], length, pauses, extension)


def _may_set(rule: Rule, length: Length) -> None:
    if length == rule.length:
        return
    if not rule.configurable and rule.unconfirmed is None:
        raise BadDeadline(f"{rule.id}:{rule.name}由{rule.basis}规定,机构不得改动长度")
    if rule.minimum is not None and length.count < rule.minimum:
        raise BadDeadline(f"{rule.id}:{rule.name}不得短于 {rule.minimum}{rule.length.unit}")


def _listed(value: object) -> Sequence[object] | Iterable[object]:
    return value if isinstance(value, (list, tuple, set, frozenset)) else [value]
