"""Values as Chinese papers write them: days, hours, amounts in capitals, boxes. Pure functions; reads no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

EMPTY = "/"
CHINA = timezone(timedelta(hours=8), "+08:00")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
_UNITS = {"自然日": "日", "日": "日", "工作日": "个工作日", "月": "个月", "小时": "小时", "年": "年"}
# What XML 1.0 cannot carry at all; everything else survives into the paper.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Text without characters that XML 1.0 forbids, line ends as `\\n`."""
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n"))


def as_moment(value: object) -> datetime:
    """A point in time in China time from a datetime or an ISO text with offset. Raises ValueError."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return moment.astimezone(CHINA) if moment.tzinfo else moment.replace(tzinfo=CHINA)


def as_day(value: object) -> date:
    """A calendar day in China from a date, a datetime or ISO text. Raises ValueError."""
    if isinstance(value, datetime) or (isinstance(value, str) and len(value) > 10):
        return as_moment(value).date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def day(value: object) -> str:
    """`2026年3月2日`."""
    d = as_day(value)
    return f"{d.year}年{d.month}月{d.day}日"


def moment(value: object) -> str:
    """`2026年3月2日9时05分`, China time."""
    m = as_moment(value)
    return f"{day(m)}{m.hour}时{m.minute:02d}分"


def period(start: object, end: object | None) -> str:
    """From–to; the second day is left out when it is the first one."""
    if end in (None, ""):
        return f"{moment(start)}起"
    first, last = as_moment(start), as_moment(end)
    if last < first:
        raise ValueError("结束时间早于开始时间")
    tail = f"{last.hour}时{last.minute:02d}分" if last.date() == first.date() else moment(last)
    return f"{moment(first)}至{tail}"


def as_amount(value: object) -> Decimal:
    """An amount in 元, to the 分. Raises ValueError for what is no number, negative or ≥ 10^16."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError("不是金额") from error
    if not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 16:
        raise ValueError("金额超出范围")
    if amount != (rounded := amount.quantize(Decimal("0.01"))):
        raise ValueError("金额只能精确到分")
    return rounded


def _group(number: int) -> str:
    """One group of four digits in capitals, with inner zeros but none in front."""
    text, zero = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + _PLACES[place]
            zero = False
        else:
            zero = True
    return text


def capitals(value: object) -> str:
    """The amount in 大写: `3000` → `叁仟元整`, `1690.48` → `壹仟陆佰玖拾元肆角捌分`."""
    amount = as_amount(value)
    yuan, cents = divmod(int(amount * 100), 100)
    groups = [yuan // 10**shift % 10_000 for shift in (0, 4, 8, 12)]
    text, gap = "", False
    for index in (3, 2, 1, 0):
        if groups[index]:
            if text and (gap or groups[index] < 1000):
                text += "零"
            # 10^12 is 壹万亿: the unit 亿 is said once, after the last group that carries it.
            unit = "万" if index == 3 and groups[2] else _GROUPS[index]
            text += _group(groups[index]) + unit
            gap = False
        else:
            gap = bool(text)
    jiao, fen = divmod(cents, 10)
    text = f"{text}元" if text else ("" if cents else "零元")
    if not cents:
        return text + "整"
    text += _DIGITS[jiao] + "角" if jiao else ("零" if text else "")
    return text + (_DIGITS[fen] + "分" if fen else "整")


def figures(value: object) -> str:
    """`3,000.00`."""
    return f"{as_amount(value):,.2f}"


def money(value: object) -> str:
    """`人民币叁仟元整（¥3,000.00）` — capitals decide, figures help."""
    return f"人民币{capitals(value)}（¥{figures(value)}）"


def length(value: object) -> str:
    """A period of a deadline rule: `{length: 5, unit: 工作日}` → `5个工作日`; text stays as it is."""
    if isinstance(value, Mapping):
        return f"{value['length']}{_UNITS.get(str(value['unit']), str(value['unit']))}"
    return str(value)


def boxes(options: Mapping[str, str], chosen: Sequence[str], gap: str = "  ") -> str:
    """All choices with the chosen ticked: `☑直接送达 □留置送达`."""
    return gap.join(("☑" if code in chosen else "□") + name for code, name in options.items())


def number(value: object) -> str:
    """A number without needless zeros: `55000`, `6.5`."""
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError("不是数字") from error
    if not found.is_finite():
        raise ValueError("不是数字")
    text = f"{found:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: object) -> str:
    """A rate as a percentage without needless zeros: `0.1224` → `12.24%`."""
    try:
        return f"{number(Decimal(str(value)) * 100)}%"
    except InvalidOperation as error:
        raise ValueError("不是数字") from error
