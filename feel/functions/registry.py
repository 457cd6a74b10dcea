"""How a built-in function is declared: a name, parameters with the kinds they take, and a Python function.

A parameter is written ``name:kind`` or ``name?:kind`` when it may be left out. Kinds: ``str num bool list ctx func
range date time dt dur any`` joined by ``|``. A wrong kind makes the call null, a list of one stands for its item, and
one value stands for a list of one, as the standard has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from feel.budget import Meter
from feel.errors import Nothing
from feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from feel.values import Function, Range, kind_name

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "str": (str,),
    "num": (Decimal,),
    "bool": (bool,),
    "list": (list,),
    "ctx": (dict,),
    "func": (Function,),
    "range": (Range,),
    "date": (Date,),
    "time": (Time,),
    "dt": (DateTime,),
    "dtd": (DayTimeDuration,),
    "ymd": (YearMonthDuration,),
}
_KIND_CHINESE: Final = {
    "str": "文字", "num": "数字", "bool": "是否", "list": "列表", "ctx": "上下文", "func": "函数", "range": "区间",
    "date": "日期", "time": "时间", "dt": "日期时间", "dtd": "天时长", "ymd": "年月时长", "any": "任意值", "opt": "空值",
}  # fmt: skip


class _Absent:
    """Stands for a parameter that was not given (null was not given either)."""

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; ``classes`` None takes anything, ``nullable`` takes null."""

    name: str
    optional: bool
    classes: frozenset[type] | None
    nullable: bool
    wanted: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a built-in. ``rest`` means the last parameter repeats."""

    parameters: tuple[Parameter, ...]
    required: int
    rest: bool
    run: Callable[..., Any]


@dataclass(slots=True)
class Builtin:
    """A built-in function with all its signatures; ``extension`` when the standard does not know it."""

    name: str
    signatures: list[Signature]
    result: str
    extension: bool

    def positional(self, count: int) -> Signature | None:
        """The signature for so many arguments."""
        for signature in self.signatures:
            if signature.required <= count and (count <= len(signature.parameters) or signature.rest):
                return signature
        return None

    def named(self, names: list[str]) -> tuple[Signature, list[int]] | None:
        """The signature for these names, and for each parameter the index of its argument (-1: not given)."""
        given = set(names)
        if len(given) != len(names):
            return None
        for signature in self.signatures:
            own = [p.name for p in signature.parameters]
            needed = {p.name for p in signature.parameters if not p.optional}
            if given <= set(own) and needed <= given:
                return signature, [names.index(name) if name in given else -1 for name in own]
        return None

    def call(self, meter: Meter, signature: Signature, arguments: list[Any]) -> Any:
        """Check the arguments and run. Raises Nothing where the answer is null."""
        meter.spend(1)
        parameters = signature.parameters
        for index, value in enumerate(arguments):
            parameter = parameters[index] if index < len(parameters) else parameters[-1]
            classes = parameter.classes
            if classes is None or type(value) in classes or value is ABSENT:
                continue
            arguments[index] = self.fit(parameter, value, index)
        return signature.run(meter, *arguments)

    def fit(self, parameter: Parameter, value: Any, index: int) -> Any:
        """A value of another kind, made to fit where the standard allows it."""
        classes = parameter.classes or frozenset()
        if value is None:
            if parameter.nullable:
                return None
            raise Nothing(f"函数 {self.name} 的参数“{parameter.name}”为空")
        if type(value) is list and len(value) == 1 and type(value[0]) in classes:
            return value[0]
        if list in classes:
            return [value]
        raise Nothing(f"函数 {self.name} 的参数“{parameter.name}”应为{parameter.wanted}，得到{kind_name(value)}")

    def value(self) -> Function:
        """This built-in as a value that can be passed on and called by position."""

        def run(meter: Meter, arguments: list[Any]) -> Any:
            signature = self.positional(len(arguments))
            if signature is None:
                raise Nothing(f"函数 {self.name} 没有 {len(arguments)} 个参数的用法")
            return self.call(meter, signature, list(arguments))

        first = self.signatures[0]
        names = tuple(p.name for p in first.parameters)
        return Function(self.name, names, run, optional=len(names) - first.required, variadic=True)


BUILTINS: Final[dict[str, Builtin]] = {}


def _parameter(text: str) -> Parameter:
    name, _, kinds = text.partition(":")
    optional = name.endswith("?")
    parts = (kinds or "any").split("|")
    wanted = "或".join(_KIND_CHINESE[part] for part in parts if part != "opt")
    if "any" in parts:
        return Parameter(name.rstrip("?"), optional, None, True, wanted)
    classes = frozenset(cls for part in parts if part != "opt" for cls in _KINDS[part])
    return Parameter(name.rstrip("?"), optional, classes, "opt" in parts, wanted)


def builtin(
    name: str, *parameters: str, result: str = "Any", rest: bool = False, extension: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a built-in; used again with the same name it adds a signature."""

    def declare(run: Callable[..., Any]) -> Callable[..., Any]:
        made = tuple(_parameter(text) for text in parameters)
        required = sum(not p.optional for p in made)
        entry = BUILTINS.setdefault(name, Builtin(name, [], result, extension))
        entry.signatures.append(Signature(made, required, rest, run))
        return run

    return declare
