"""Data elements (数据元): what a fact is called, of which type, how it is checked, written, masked and seen by FEEL."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from content import identity
from content.codes import Codes
from content.reader import Reader, under, unique

TYPES: Final = frozenset(
    {"text", "longtext", "integer", "number", "money", "boolean", "date", "datetime", "duration", "code", "codes"}
    | {"party", "vehicle", "officer", "officers", "agency", "evidence", "document", "violation", "signature"}
    | {"address", "location", "table"}
)
PERSONAL: Final = frozenset({"name", "id", "phone", "address", "bank", "plate"})
# Names that FEEL sees besides the facts; an element of such a key would hide them.
RESERVED: Final = frozenset(
    {
        "person",
        "acting_officers",
        "performers",
        "done",
        "clocks",
        "proceedings",
        "now",
        "today",
        "me",
        "agency",
        "names",
        "papers",
        "subject",
        "item",
        "partial",
    }
)
_NUMBERS = frozenset({"integer", "number", "money"})
_TEXTS = frozenset({"text", "longtext", "address"})
_IDS = frozenset({"party", "vehicle", "officer", "document"})
_ID_LISTS = frozenset({"officers", "evidence"})
_LENGTH = {"text": 200, "longtext": 20_000, "address": 200}
_DIGITS = 18
_ROWS = 200
_DURATION = re.compile(r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Element:
    """One data element. `check` names a function of `content.identity`; `personal` is the class that masks it."""

    key: str
    name: str
    type: str
    unit: str = ""
    min: Decimal | None = None
    max: Decimal | None = None
    decimals: int | None = None
    codes: str = ""
    columns: tuple[str, ...] = ()
    check: str = ""
    pattern: str = ""
    personal: str = ""
    column: bool = False
    source: str = ""
    mark: str | None = None
    file: str = ""

    def masked(self, value: Any) -> Any:
        """The value as somebody without the right sees it."""
        if value is None or not self.personal:
            return value
        if isinstance(value, list):
            return [self.masked(item) for item in value]
        if isinstance(value, dict):  # a signature: whose it is
            return self.masked(value.get("name"))
        return identity.masked(self.personal, str(value))

    def number(self, value: Any) -> Decimal:
        """A number, amount or integer inside its limits. Raises `ValueError` with a Chinese sentence."""
        if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
            raise ValueError("应为数字" + ('(元,写成文字,如 "3000.00")' if self.type == "money" else ""))
        try:
            amount = Decimal(unicodedata.normalize("NFKC", str(value)).strip().replace(",", ""))
        except InvalidOperation as error:
            raise ValueError("应为数字,请去掉文字和单位") from error
        if not amount.is_finite() or len(amount.as_tuple().digits) > _DIGITS or abs(amount.adjusted()) > _DIGITS:
            raise ValueError(f"数字超出范围(最多 {_DIGITS} 位)")
        if self.type == "integer" and amount != amount.to_integral_value():
            raise ValueError("应为整数")
        if self.type == "money" and amount != round(amount, 2):
            raise ValueError("金额最多到分(两位小数)")
        if self.decimals is not None and amount != round(amount, self.decimals):
            raise ValueError(f"最多 {self.decimals} 位小数")
        if self.min is not None and amount < self.min:
            raise ValueError(f"不得小于 {self.min}{self.unit}")
        if self.max is not None and amount > self.max:
            raise ValueError(f"不得大于 {self.max}{self.unit}")
        return amount

    def text(self, value: Any) -> str:
        """A text of allowed length; with a check it is normalised and checked. Raises `ValueError`."""
        if not isinstance(value, str):
            raise ValueError("应为文字")
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
        if _CONTROL.search(text) or (self.type != "longtext" and "\n" in text):
            raise ValueError("含有不可见字符或换行,请删除后重新填写")
        if self.check:
            text = identity.normal(text)
            if reason := identity.CHECKS[self.check](text):
                raise ValueError(reason)
        most = int(self.max) if self.max is not None else _LENGTH.get(self.type, 200)
        if len(text) > most:
            raise ValueError(f"最多 {most} 字,现有 {len(text)} 字")
        if self.min is not None and len(text) < self.min:
            raise ValueError(f"至少 {self.min} 字")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise ValueError("格式不符合要求")
        return text


@dataclass(frozen=True, eq=False)
class Elements(Mapping[str, Element]):
    """All elements of a release, by key."""

    by_key: Mapping[str, Element] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Element:
        return self.by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_key)

    def __len__(self) -> int:
        return len(self.by_key)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Chinese name → key, for FEEL."""
        return {element.name: key for key, element in self.by_key.items()}

    def parse(self, key: str, value: Any, codes: Codes) -> Any:
        """A value as it is stored (JSON), normalised. Raises `ValueError` with a Chinese sentence that says how to mend it."""
        element = self.by_key[key]
        kind = element.type
        if kind in _TEXTS:
            return element.text(value)
        if kind in _NUMBERS:
            amount = element.number(value)
            return int(amount) if kind == "integer" else f"{amount:.2f}" if kind == "money" else f"{amount:f}"
        if kind in ("code", "codes"):
            return _code(element, value, codes)
        if kind in _ID_LISTS:
            return _distinct([_id(item) for item in _list(value)])
        if kind in _IDS:
            return _id(value)
        if kind == "table":
            return [self._row(element, number, row, codes) for number, row in enumerate(_list(value), 1)]
        return _PLAIN[kind](element, value)

    def _row(self, element: Element, number: int, row: Any, codes: Codes) -> dict[str, Any]:
        if not isinstance(row, dict):
            raise ValueError(f"第 {number} 行应为“栏目: 内容”的形式")
        made = {}
        for key, value in row.items():
            if key not in element.columns:
                raise ValueError(f"第 {number} 行有未知栏目 {key}")
            if value is None or value == "":
                continue
            try:
                made[key] = self.parse(key, value, codes)
            except ValueError as error:
                raise ValueError(f"第 {number} 行“{self.by_key[key].name}”{error}") from error
        return made

    def as_feel(self, key: str, value: Any) -> Any:
        """A stored value as FEEL has it (`Decimal`, date, datetime; rows likewise); what cannot be read is null."""
        element = self.by_key.get(key)
        if element is None or value is None:
            return value
        if element.type == "table" and isinstance(value, list):
            return [
                {column: self.as_feel(column, row.get(column)) for column in element.columns}
                for row in value
                if isinstance(row, dict)
            ]
        return feel_value(element.type, value)


def feel_value(type_: str, value: Any) -> Any:
    """One stored value of a type as FEEL has it; what cannot be read as its type is null, as FEEL says."""
    if value is None:
        return None
    try:
        if type_ in _NUMBERS:
            return Decimal(str(value))
        if type_ == "date":
            return date.fromisoformat(str(value))
        if type_ == "datetime":
            return datetime.fromisoformat(str(value))
    except (ValueError, InvalidOperation):
        return None
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("应为列表")
    if len(value) > _ROWS:
        raise ValueError(f"最多 {_ROWS} 项")
    return value


def _distinct(items: list[str]) -> list[str]:
    if len(set(items)) != len(items):
        raise ValueError("有重复,请每项只填一次")
    return items


def _id(value: Any) -> str:
    try:
        return str(UUID(value))
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError("应从列表中选择(记录编号格式不正确)") from error


def _code(element: Element, value: Any, codes: Codes) -> str | list[str]:
    one = codes[element.codes]
    given = _distinct(_list(value)) if element.type == "codes" else [value]
    for code in given:
        if not isinstance(code, str) or code not in one.items:
            names = "、".join(list(one.items.values())[:8])
            raise ValueError(f"不在“{one.name}”之内,请从列表中选择:{names}{'…' if len(one.items) > 8 else ''}")
        if code in one.retired:
            raise ValueError(f"“{one.items[code]}”已停用,请另选")
    return given if element.type == "codes" else str(value)


def _boolean(element: Element, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("应选择“是”或“否”")
    return value


def _date(element: Element, value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else value
    try:
        if not isinstance(text, str) or len(text) != 10:
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ValueError("应为日期,如 2026-03-02") from error


def _datetime(element: Element, value: Any) -> str:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise ValueError("应为日期和时间,如 2026-03-02T09:00:00+08:00") from error
    if instant.tzinfo is None:
        raise ValueError("时间应带时区,如 2026-03-02T09:00:00+08:00")
    return instant.isoformat()


def _duration(element: Element, value: Any) -> str:
    if not isinstance(value, str) or not _DURATION.match(value):
        raise ValueError("应为时长,如 P5D(5 天)、PT24H(24 小时)、P3M(3 个月)")
    return value


def _agency(element: Element, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise ValueError("应从机构列表中选择")
    return value


def _violation(element: Element, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z0-9][A-Z0-9_-]{2,19}", value):
        raise ValueError("应从违法行为事项中选择(如 L010006)")
    return value


def _signature(element: Element, value: Any) -> Any:
    """A name written in print, or {name, at, evidence}: who signed, when, the picture of the signature."""
    if isinstance(value, str):
        return element.text(value)
    if not isinstance(value, dict) or set(value) - {"name", "at", "evidence"} or not isinstance(value.get("name"), str):
        raise ValueError("应为签名人姓名,或 {name, at, evidence}")
    made = {"name": element.text(value["name"])}
    if value.get("at") is not None:
        made["at"] = _datetime(element, value["at"])
    if value.get("evidence") is not None:
        made["evidence"] = _id(value["evidence"])
    return made


def _location(element: Element, value: Any) -> dict[str, str]:
    """Longitude and latitude in degrees (WGS 84), as decimal texts."""
    if not isinstance(value, dict) or set(value) != {"lon", "lat"}:
        raise ValueError("应为 {lon: 经度, lat: 纬度}")
    made = {}
    for name, limit, word in (("lon", 180, "经度"), ("lat", 90, "纬度")):
        try:
            degrees = Decimal(str(value[name]))
            if not abs(degrees) <= limit:
                raise ValueError
        except (InvalidOperation, ValueError) as error:
            raise ValueError(f"{word}应在 -{limit} 与 {limit} 之间") from error
        made[name] = f"{degrees:.6f}"
    return made


_PLAIN: Final = {
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "duration": _duration,
    "agency": _agency,
    "violation": _violation,
    "signature": _signature,
    "location": _location,
}


def read(files: Mapping[str, bytes]) -> Elements:
    """`forms/national/elements.yaml` and further files `forms/national/elements/*.yaml`. Raises `BadContent`."""
    found = []
    for path in paths(files):
        top = Reader.of(path, files[path])
        for reader in top.blocks("elements"):
            element = _element(reader)
            found.append((element.key, reader, element))
        top.close()
    names: dict[str, str] = {}
    for key, reader, element in found:
        if names.setdefault(element.name, key) != key:
            raise reader.bad(f"名称“{element.name}”与数据元 {names[element.name]} 相同,公式中将无法区分,请改名")
    return Elements(unique(found, "数据元"))


def paths(files: Mapping[str, bytes]) -> list[str]:
    """Where elements are."""
    one = "forms/national/elements.yaml"
    return ([one] if one in files else []) + under(files, "forms/national/elements/")


def _element(reader: Reader) -> Element:
    key = reader.identifier("key")
    reader.name = key
    if key in RESERVED:
        raise reader.bad(f"“{key}”是公式中已有的名字,请换一个键")
    made = Element(
        key=key,
        name=reader.text("name", most=60),
        type=reader.one_of("type", TYPES),
        unit=reader.text("unit", ""),
        min=reader.number("min"),
        max=reader.number("max"),
        decimals=reader.integer("decimals"),
        codes=reader.text("codes", ""),
        columns=reader.texts("columns"),
        check=reader.one_of("check", identity.CHECKS) if reader.has("check") else "",
        pattern=reader.text("pattern", ""),
        personal=reader.one_of("personal", PERSONAL) if reader.has("personal") else "",
        column=reader.flag("column"),
        source=reader.text("source", ""),
        mark=reader.mark(),
        file=reader.file,
    )
    if made.pattern:
        _pattern(reader, made.pattern)
    if (made.type in ("code", "codes")) != bool(made.codes):
        raise reader.bad("type 为 code 或 codes 时应写明 codes(代码表),其他类型不写")
    if (made.type == "table") != bool(made.columns):
        raise reader.bad("type 为 table 时应写明 columns(列的数据元),其他类型不写")
    reader.close()
    return made


def _pattern(reader: Reader, pattern: str) -> None:
    """Regular expressions of content stay simple: no nested repetition, which could run for ever."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise reader.bad(f"pattern 写法有误:{error}", "pattern") from error
    if len(pattern) > 200 or re.search(r"[+*}]\)?[+*{]|\)[+*{]|\(\?", pattern):
        raise reader.bad("pattern 不允许嵌套重复和特殊分组,请改用简单写法", "pattern")
