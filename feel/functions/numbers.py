"""Numeric functions: rounding, powers, parity."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from typing import Any, Final

from feel.arithmetic import COSTLY
from feel.budget import Meter
from feel.errors import Nothing
from feel.functions.registry import builtin
from feel.temporal import DayTimeDuration, YearMonthDuration
from feel.values import NUMBERS

ZERO: Final = Decimal(0)
_WIDE: Final = Context(prec=7000, Emin=-999_999, Emax=999_999)
_SCALES: Final = range(-6111, 6177)


def whole(value: Decimal, what: str) -> int:
    """A number as an int, fraction cut off; refuses what no list or string could have."""
    if value.adjusted() > 18:
        raise Nothing(f"{what} {value:.3e} 过大")
    return int(value)


def _rounded(n: Decimal, scale: Decimal, mode: str) -> Decimal:
    places = whole(scale, "小数位数")
    if places not in _SCALES:
        raise Nothing(f"小数位数 {places} 不在 -6111 与 6176 之间")
    exponent = n.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= places:
        return n
    rounded = n.quantize(Decimal((0, (1,), -places)), rounding=mode, context=_WIDE)
    return NUMBERS.plus(rounded)


@builtin("decimal", "n:num", "scale:num", result="number")
def _decimal(meter: Meter, n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, ROUND_HALF_EVEN)


@builtin("floor", "n:num", "scale?:num", result="number")
def _floor(meter: Meter, n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return _rounded(n, scale, ROUND_FLOOR)


@builtin("ceiling", "n:num", "scale?:num", result="number")
def _ceiling(meter: Meter, n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return _rounded(n, scale, ROUND_CEILING)


@builtin("round up", "n:num", "scale?:num", result="number")
def _round_up(meter: Meter, n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return _rounded(n, scale, ROUND_UP)


@builtin("round down", "n:num", "scale?:num", result="number")
def _round_down(meter: Meter, n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return _rounded(n, scale, ROUND_DOWN)


@builtin("round half up", "n:num", "scale?:num", result="number")
def _round_half_up(meter: Meter, n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return _rounded(n, scale, ROUND_HALF_UP)


@builtin("round half down", "n:num", "scale?:num", result="number")
def _round_half_down(meter: Meter, n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return _rounded(n, scale, ROUND_HALF_DOWN)


@builtin("abs", "n:num|dtd|ymd")
def _abs(meter: Meter, n: Any) -> Any:
    if type(n) is DayTimeDuration:
        return DayTimeDuration(abs(n.nanos))
    if type(n) is YearMonthDuration:
        return YearMonthDuration(abs(n.total))
    return abs(n)


@builtin("modulo", "dividend:num", "divisor:num", result="number")
def _modulo(meter: Meter, dividend: Decimal, divisor: Decimal) -> Decimal:
    if not divisor:
        raise Nothing("除数为 0")
    quotient = NUMBERS.divide(dividend, divisor).to_integral_value(rounding=ROUND_FLOOR)
    return NUMBERS.subtract(dividend, NUMBERS.multiply(divisor, quotient))


@builtin("sqrt", "number:num", result="number")
def _sqrt(meter: Meter, number: Decimal) -> Decimal:
    meter.spend(COSTLY)
    if number < 0:
        raise Nothing("负数没有平方根")
    return NUMBERS.sqrt(number)


@builtin("log", "number:num", result="number")
def _log(meter: Meter, number: Decimal) -> Decimal:
    meter.spend(COSTLY)
    if number <= 0:
        raise Nothing("只有正数有对数")
    return NUMBERS.ln(number)


@builtin("exp", "number:num", result="number")
def _exp(meter: Meter, number: Decimal) -> Decimal:
    meter.spend(COSTLY)
    return NUMBERS.exp(number)


def _even_or_odd(number: Decimal, odd: bool) -> bool:
    if number != number.to_integral_value():
        raise Nothing("奇偶只对整数有意义")
    return (number % 2 != 0) is odd if number.adjusted() < 34 else not odd


@builtin("odd", "number:num", result="boolean")
def _odd(meter: Meter, number: Decimal) -> bool:
    return _even_or_odd(number, True)


@builtin("even", "number:num", result="boolean")
def _even(meter: Meter, number: Decimal) -> bool:
    return _even_or_odd(number, False)
