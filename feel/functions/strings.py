"""String functions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from feel.budget import Meter
from feel.errors import Nothing
from feel.functions.numbers import whole
from feel.functions.regex import compile_pattern, expand
from feel.functions.registry import builtin


@builtin("substring", "string:str", "start position:num", "length?:num", result="string")
def _substring(meter: Meter, string: str, start: Decimal, length: Decimal | None = None) -> str:
    at = whole(start, "位置")
    if at == 0 or abs(at) > len(string):
        raise Nothing(f"位置 {at} 不在文字的 1 至 {len(string)} 之内")
    index = at - 1 if at > 0 else len(string) + at
    if length is None:
        return string[index:]
    size = whole(length, "长度")
    if size < 1:
        raise Nothing("截取的长度应大于 0")
    return string[index : index + size]


@builtin("string length", "string:str", result="number")
def _string_length(meter: Meter, string: str) -> Decimal:
    return Decimal(len(string))


def _sized(meter: Meter, text: str) -> str:
    meter.text(len(text))
    return text


@builtin("upper case", "string:str", result="string")
def _upper_case(meter: Meter, string: str) -> str:
    return _sized(meter, string.upper())


@builtin("lower case", "string:str", result="string")
def _lower_case(meter: Meter, string: str) -> str:
    return _sized(meter, string.lower())


@builtin("substring before", "string:str", "match:str", result="string")
def _substring_before(meter: Meter, string: str, match: str) -> str:
    at = string.find(match)
    return string[:at] if at > 0 else ""


@builtin("substring after", "string:str", "match:str", result="string")
def _substring_after(meter: Meter, string: str, match: str) -> str:
    at = string.find(match)
    return string[at + len(match) :] if at >= 0 else ""


@builtin("contains", "string:str", "match:str", result="boolean")
def _contains(meter: Meter, string: str, match: str) -> bool:
    return match in string


@builtin("starts with", "string:str", "match:str", result="boolean")
def _starts_with(meter: Meter, string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with", "string:str", "match:str", result="boolean")
def _ends_with(meter: Meter, string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("matches", "input:str", "pattern:str", "flags?:str|opt", result="boolean")
def _matches(meter: Meter, text: str, pattern: str, flags: str | None = None) -> bool:
    return compile_pattern(pattern, flags or "").search(text, 0, meter) is not None


@builtin("replace", "input:str", "pattern:str", "replacement:str", "flags?:str|opt", result="string")
def _replace(meter: Meter, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    program = compile_pattern(pattern, flags or "")
    if program.search("", 0, meter) is not None:
        raise Nothing("替换的模式不能匹配空文字")
    literal = "q" in (flags or "")
    pieces: list[str] = []
    at = size = 0
    while (found := program.search(text, at, meter)) is not None:
        piece = replacement if literal else expand(replacement, text, found)
        pieces += (text[at : found[0]], piece)
        size += found[0] - at + len(piece)
        meter.text(size)
        at = found[1]
    return _sized(meter, "".join(pieces) + text[at:])


@builtin("split", "string:str", "delimiter:str", result="list")
def _split(meter: Meter, string: str, delimiter: str) -> list[str]:
    program = compile_pattern(delimiter, "")
    if program.search("", 0, meter) is not None:
        raise Nothing("分隔的模式不能匹配空文字")
    pieces = []
    at = 0
    while (found := program.search(string, at, meter)) is not None:
        pieces.append(string[at : found[0]])
        at = found[1]
    meter.size(len(pieces) + 1)
    return [*pieces, string[at:]]


@builtin("string join", "list:list", "delimiter?:str|opt", result="string")
def _string_join(meter: Meter, items: list[Any], delimiter: str | None = None) -> str:
    meter.spend(len(items))
    kept = [item for item in items if item is not None]
    if any(type(item) is not str for item in kept):
        raise Nothing("string join 的列表中有不是文字的值")
    separator = delimiter or ""
    meter.text(sum(map(len, kept)) + len(separator) * len(kept))
    return separator.join(kept)
