"""Functions of our own, which the standard does not know; off in standard mode.

``working days after(date, days, calendar?)`` — 工作日后:the day so many working days later (the day itself not counted).
``working days between(from, to, calendar?)`` — 工作日数:working days after ``from`` up to and including ``to``.
``is working day(date, calendar?)`` — 是工作日
``amount in words(amount)`` — 人民币大写:an amount of yuan in Chinese capitals.
``age at(birth, date)`` — 周岁:full years; the birthday itself does not yet count (民法 and 行政处罚法 practice: from the
day after the birthday).
``code name(list, code)`` — 代码名称:the Chinese name of a code.
Each has its Chinese name too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from feel.budget import Meter
from feel.errors import Nothing
from feel.functions.numbers import whole
from feel.functions.registry import builtin
from feel.temporal import Date, DateTime

_FAR: Final = 4_000
_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_LARGEST: Final = Decimal(10) ** 16


def _both(
    english: str, chinese: str, *parameters: str, result: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def declare(run: Callable[..., Any]) -> Callable[..., Any]:
        for name in (english, chinese):
            builtin(name, *parameters, result=result, extension=True)(run)
        return run

    return declare


def _day(value: Any) -> Date:
    return value.date if type(value) is DateTime else value


def _counts(meter: Meter, day: Date, calendar: str | None) -> bool:
    asked = meter.host.is_working_day
    if asked is None:
        raise Nothing("此处没有工作日历，不能计算工作日")
    if not 1 <= day.year <= 9999:
        raise Nothing("工作日历没有这一年")
    return bool(asked(date(day.year, day.month, day.day), calendar))


def _step(day: Date, step: int) -> Date:
    moved = Date.from_ordinal(day.ordinal + step)
    if moved is None:
        raise Nothing("日期超出可表示的年份")
    return moved


@_both("working days after", "工作日后", "date:date|dt", "days:num", "calendar?:str|opt", result="date")
def _working_days_after(meter: Meter, start: Any, days: Decimal, calendar: str | None = None) -> Date:
    left = whole(days, "工作日数")
    if abs(left) > _FAR:
        raise Nothing(f"工作日数不能超过 {_FAR}")
    day, step = _day(start), 1 if left >= 0 else -1
    left = abs(left)
    walked = 0
    while left:
        meter.spend(1)
        walked += 1
        if walked > _FAR * 2:
            raise Nothing("工作日历中没有足够的工作日")
        day = _step(day, step)
        left -= _counts(meter, day, calendar)
    return day


@_both("working days between", "工作日数", "from:date|dt", "to:date|dt", "calendar?:str|opt", result="number")
def _working_days_between(meter: Meter, start: Any, end: Any, calendar: str | None = None) -> Decimal:
    first, last = _day(start), _day(end)
    if first.ordinal > last.ordinal:
        return -_working_days_between(meter, end, start, calendar)  # type: ignore[no-any-return]
    if last.ordinal - first.ordinal > _FAR * 2:
        raise Nothing("两个日期相隔太远，不能计算工作日")
    counted = 0
    day = first
    while day.ordinal < last.ordinal:
        meter.spend(1)
        day = _step(day, 1)
        counted += _counts(meter, day, calendar)
    return Decimal(counted)


@_both("is working day", "是工作日", "date:date|dt", "calendar?:str|opt", result="boolean")
def _is_working_day(meter: Meter, day: Any, calendar: str | None = None) -> bool:
    return _counts(meter, _day(day), calendar)


def _group_in_words(group: int) -> str:
    words, zero = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit:
            words += ("零" if zero and words else "") + _DIGITS[digit] + _PLACES[place]
            zero = False
        else:
            zero = True
    return words


def _below_hundred_million(yuan: int) -> str:
    high, low = divmod(yuan, 10_000)
    words = _group_in_words(high) + "万" if high else ""
    if low:
        words += ("零" if high and low < 1_000 else "") + _group_in_words(low)
    return words


def _yuan_in_words(yuan: int) -> str:
    high, low = divmod(yuan, 100_000_000)
    words = _below_hundred_million(high) + "亿" if high else ""
    if low:
        words += ("零" if high and low < 10_000_000 else "") + _below_hundred_million(low)
    return words


def amount_in_words(amount: Decimal) -> str:
    """An amount of yuan, to the fen, in Chinese capitals: 3000.50 → 叁仟元伍角整."""
    fen = int((abs(amount) * 100).to_integral_value(rounding=ROUND_HALF_UP))
    yuan, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    words = _yuan_in_words(yuan) + "元" if yuan else ""
    if not jiao and not rest:
        words = (words or "零元") + "整"
    elif jiao:
        words += _DIGITS[jiao] + "角" + (_DIGITS[rest] + "分" if rest else "整")
    else:
        words += ("零" if yuan else "") + _DIGITS[rest] + "分"
    return ("负" if amount < 0 and fen else "") + words


@_both("amount in words", "人民币大写", "amount:num", result="string")
def _amount_in_words(meter: Meter, amount: Decimal) -> str:
    if abs(amount) >= _LARGEST:
        raise Nothing("金额过大，不能写成大写")
    return amount_in_words(amount)


@_both("age at", "周岁", "birth:date|dt", "date:date|dt", result="number")
def _age_at(meter: Meter, birth: Any, at: Any) -> Decimal:
    born, day = _day(birth), _day(at)
    # A year of age is full on the day after the birthday; 29 February falls on 28 February in common years.
    years = day.year - born.year
    birthday = born.plus_months(12 * years)
    if birthday is None or day.ordinal <= birthday.ordinal:
        years -= 1
    return Decimal(max(years, 0)) if day.ordinal >= born.ordinal else _unborn()


def _unborn() -> Decimal:
    raise Nothing("日期早于出生日期")


@_both("code name", "代码名称", "list:str", "code:str", result="string")
def _code_name(meter: Meter, codes: str, code: str) -> str:
    known = meter.host.codes.get(codes)
    if known is None:
        raise Nothing(f"没有名为“{codes}”的代码表")
    if code not in known:
        raise Nothing(f"代码表“{codes}”中没有“{code}”")
    return known[code]
