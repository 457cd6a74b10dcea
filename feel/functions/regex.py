"""Regular expressions of XPath, on a small machine of our own that cannot run away.

Python's ``re`` takes exponential time on patterns such as ``(a+)+$`` and cannot be stopped. This machine remembers where
it has already failed, so a search costs at most program length × text length steps, and it counts every step against
the meter. It also knows what XPath has and ``re`` lacks: class subtraction, ``\\p{…}``, ``\\i``, ``\\c``, flag ``x`` for all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from feel.budget import Meter
from feel.errors import Nothing

Test = Callable[[str], bool]
_LARGEST: Final = 2_000
_NESTING: Final = 40

_BLOCKS: Final[dict[str, tuple[int, int]]] = {
    "BasicLatin": (0x0, 0x7F), "Latin-1Supplement": (0x80, 0xFF), "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F), "IPAExtensions": (0x250, 0x2AF), "SpacingModifierLetters": (0x2B0, 0x2FF),
    "CombiningDiacriticalMarks": (0x300, 0x36F), "Greek": (0x370, 0x3FF), "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF), "Armenian": (0x530, 0x58F), "Hebrew": (0x590, 0x5FF), "Arabic": (0x600, 0x6FF),
    "Devanagari": (0x900, 0x97F), "Bengali": (0x980, 0x9FF), "Thai": (0xE00, 0xE7F), "Tibetan": (0xF00, 0xFFF),
    "Georgian": (0x10A0, 0x10FF), "HangulJamo": (0x1100, 0x11FF), "Mongolian": (0x1800, 0x18AF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF), "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F), "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF), "LetterlikeSymbols": (0x2100, 0x214F), "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF), "MathematicalOperators": (0x2200, 0x22FF), "MiscellaneousTechnical": (0x2300, 0x23FF),
    "BoxDrawing": (0x2500, 0x257F), "GeometricShapes": (0x25A0, 0x25FF), "CJKRadicalsSupplement": (0x2E80, 0x2EFF),
    "KangxiRadicals": (0x2F00, 0x2FDF), "CJKSymbolsandPunctuation": (0x3000, 0x303F), "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF), "Bopomofo": (0x3100, 0x312F), "EnclosedCJKLettersandMonths": (0x3200, 0x32FF),
    "CJKCompatibility": (0x3300, 0x33FF), "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF), "YiSyllables": (0xA000, 0xA48F), "HangulSyllables": (0xAC00, 0xD7A3),
    "PrivateUse": (0xE000, 0xF8FF), "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF), "CJKUnifiedIdeographsExtensionB": (0x20000, 0x2A6DF),
}  # fmt: skip
_CATEGORIES: Final = frozenset(
    [
        "L",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "M",
        "Mn",
        "Mc",
        "Me",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "Z",
        "Zs",
        "Zl",
        "Zp",
        "S",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cn",
    ]
)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t"} | {c: c for c in "\\|.-^?*+{}()[]$"}
_COUNT = re.compile(r"\{([0-9]{1,6})(,([0-9]{1,6})?)?\}")
_PROPERTY = re.compile(r"\{([A-Za-z0-9-]+)\}")


def _name_start(c: str) -> bool:
    return c.isalpha() or c in "_:"


def _name_part(c: str) -> bool:
    return c.isalnum() or c in "_:-.\u00b7" or unicodedata.category(c)[0] == "M"


_CLASSES: Final[dict[str, Test]] = {
    "d": lambda c: unicodedata.category(c) == "Nd",
    "s": lambda c: c in " \t\n\r",
    "w": lambda c: unicodedata.category(c)[0] not in "PZC",
    "i": _name_start,
    "c": _name_part,
}


def _negated(test: Test) -> Test:
    return lambda c: not test(c)


def _variants(c: str) -> set[str]:
    found = {c, c.lower(), c.upper()}
    found |= {v.lower() for v in found} | {v.upper() for v in found}
    return {v for v in found if len(v) == 1}


def _bad(message: str) -> Nothing:
    return Nothing(f"模式有误：{message}")


class _Pattern:
    """Parses one pattern into nodes: ``("set", test) ("seq", parts) ("alt", parts) ("rep", part, low, high, lazy) ("group", n, part) ("ref", n) ("bol",) ("eol",)``."""

    def __init__(self, text: str, flags: str) -> None:
        self.text = text
        self.at = 0
        self.fold = "i" in flags
        self.dot_all = "s" in flags
        self.groups = 0
        self.closed: set[int] = set()
        self.depth = 0
        self.has_references = False

    def more(self) -> bool:
        return self.at < len(self.text)

    def alternatives(self) -> Any:
        self.depth += 1
        if self.depth > _NESTING:
            raise _bad("括号嵌套过深")
        parts = [self.sequence()]
        while self.more() and self.text[self.at] == "|":
            self.at += 1
            parts.append(self.sequence())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else ("alt", parts)

    def sequence(self) -> Any:
        parts = []
        while self.more() and self.text[self.at] not in "|)":
            parts.append(self.piece())
        return ("seq", parts)

    def piece(self) -> Any:
        atom = self.atom()
        if not self.more():
            return atom
        low, high = 0, -1
        sign = self.text[self.at]
        if sign in "?*+":
            self.at += 1
            low, high = (0, 1) if sign == "?" else (0, -1) if sign == "*" else (1, -1)
        elif sign == "{":
            match = _COUNT.match(self.text, self.at)
            if not match:
                raise _bad("“{”之后应为次数")
            self.at = match.end()
            low = int(match[1])
            high = low if not match[2] else int(match[3]) if match[3] else -1
            if 0 <= high < low:
                raise _bad("次数的上限小于下限")
        else:
            return atom
        lazy = self.more() and self.text[self.at] == "?"
        self.at += lazy
        if self.more() and self.text[self.at] in "?*+{":
            raise _bad("次数符号重复")
        return ("rep", atom, low, high, lazy)

    def atom(self) -> Any:
        c = self.text[self.at]
        self.at += 1
        if c == "(":
            return self.group()
        if c == "[":
            return ("set", self.char_class())
        if c == ".":
            return ("set", (lambda _: True) if self.dot_all else (lambda ch: ch not in "\n\r"))
        if c == "^":
            return ("bol",)
        if c == "$":
            return ("eol",)
        if c == "\\":
            return self.escape()
        if c in "?*+{}])":
            raise _bad(f"“{c}”之前没有可重复的内容" if c in "?*+{" else f"多余的“{c}”")
        return ("set", self.char(c))

    def char(self, c: str) -> Test:
        if self.fold:
            variants = _variants(c)
            return lambda ch: ch in variants or not variants.isdisjoint(_variants(ch))
        return lambda ch: ch == c

    def group(self) -> Any:
        if self.text.startswith("?:", self.at):
            self.at += 2
            number = 0
        else:
            if self.text.startswith("?", self.at):
                raise _bad("不支持“(?”")
            self.groups += 1
            number = self.groups
        inner = self.alternatives()
        if not self.more():
            raise _bad("缺少“)”")
        self.at += 1
        if number:
            self.closed.add(number)
            return ("group", number, inner)
        return inner

    def escape(self) -> Any:
        if not self.more():
            raise _bad("以“\\”结尾")
        c = self.text[self.at]
        if c.isdigit():
            return self.reference()
        found = self.escaped_set()
        return ("set", found if isinstance(found, str) is False else self.char(found))

    def reference(self) -> Any:
        number = int(self.text[self.at])
        self.at += 1
        while self.more() and self.text[self.at].isdigit() and number * 10 + int(self.text[self.at]) <= self.groups:
            number = number * 10 + int(self.text[self.at])
            self.at += 1
        if number not in self.closed:
            raise _bad(f"没有第 {number} 个括号")
        self.has_references = True
        return ("ref", number)

    def escaped_set(self) -> Any:
        """After a backslash: a single character as str, or a test."""
        c = self.text[self.at]
        self.at += 1
        if c in "pP":
            match = _PROPERTY.match(self.text, self.at)
            if not match:
                raise _bad("“\\p”之后应为“{类别}”")
            self.at = match.end()
            test = self.property(match[1])
            return _negated(test) if c == "P" else test
        if c in _ESCAPED:
            return _ESCAPED[c]
        if c.lower() in _CLASSES:
            test = _CLASSES[c.lower()]
            return _negated(test) if c.isupper() else test
        raise _bad(f"不认识“\\{c}”")

    def property(self, name: str) -> Test:
        if name.startswith("Is"):
            if name[2:] not in _BLOCKS:
                raise _bad(f"不认识字符区“{name}”")
            low, high = _BLOCKS[name[2:]]
            return lambda c: low <= ord(c) <= high
        if name not in _CATEGORIES:
            raise _bad(f"不认识字符类别“{name}”")
        if len(name) == 1:
            return lambda c: unicodedata.category(c)[0] == name
        return lambda c: unicodedata.category(c) == name

    def char_class(self) -> Test:
        negative = self.text.startswith("^", self.at)
        self.at += negative
        ranges: list[tuple[str, str]] = []
        tests: list[Test] = []
        minus: Test | None = None
        first = True
        while True:
            if not self.more():
                raise _bad("缺少“]”")
            c = self.text[self.at]
            if c == "]" and not first:
                self.at += 1
                break
            if c == "-" and self.text.startswith("-[", self.at) and not first:
                self.at += 2
                minus = self.char_class()
                if not self.text.startswith("]", self.at):
                    raise _bad("减去的字符类之后应为“]”")
                self.at += 1
                break
            self.class_item(ranges, tests)
            first = False
        return self.class_test(negative, ranges, tests, minus)

    def class_char(self) -> Any:
        c = self.text[self.at]
        self.at += 1
        if c == "\\":
            if not self.more():
                raise _bad("以“\\”结尾")
            return self.escaped_set()
        if c in "[]":
            raise _bad(f"字符类中的“{c}”应写作“\\{c}”")
        return c

    def class_item(self, ranges: list[tuple[str, str]], tests: list[Test]) -> None:
        low = self.class_char()
        if not isinstance(low, str):
            tests.append(low)
            return
        if self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in ("]", "[", ""):
            self.at += 1
            high = self.class_char()
            if not isinstance(high, str) or high < low:
                raise _bad("字符类中的区间有误")
            ranges.append((low, high))
        else:
            ranges.append((low, low))

    def class_test(self, negative: bool, ranges: list[tuple[str, str]], tests: list[Test], minus: Test | None) -> Test:
        fold = self.fold

        def positive(c: str) -> bool:
            return any(low <= c <= high for low, high in ranges) or any(test(c) for test in tests)

        def test(c: str) -> bool:
            inside = any(map(positive, _variants(c))) if fold else positive(c)
            return inside is not negative and not (minus is not None and minus(c))

        return test


# Instructions: (kind, a, b)
_SET, _SPLIT, _JUMP, _SAVE, _REF, _BOL, _EOL, _MATCH = range(8)


class _Emitter:
    def __init__(self) -> None:
        self.code: list[tuple[int, Any, Any]] = []

    def add(self, kind: int, a: Any = None, b: Any = None) -> int:
        if len(self.code) >= _LARGEST:
            raise _bad("模式过于复杂")
        self.code.append((kind, a, b))
        return len(self.code) - 1

    def emit(self, node: Any) -> None:
        kind = node[0]
        if kind == "set":
            self.add(_SET, node[1])
        elif kind == "seq":
            for part in node[1]:
                self.emit(part)
        elif kind == "alt":
            self.alternatives(node[1])
        elif kind == "rep":
            self.repeat(node[1], node[2], node[3], node[4])
        elif kind == "group":
            self.add(_SAVE, 2 * node[1])
            self.emit(node[2])
            self.add(_SAVE, 2 * node[1] + 1)
        else:
            self.add({"ref": _REF, "bol": _BOL, "eol": _EOL}[kind], node[1] if kind == "ref" else None)

    def alternatives(self, parts: list[Any]) -> None:
        ends = []
        for part in parts[:-1]:
            split = self.add(_SPLIT)
            self.emit(part)
            ends.append(self.add(_JUMP))
            self.code[split] = (_SPLIT, split + 1, len(self.code))
        self.emit(parts[-1])
        for end in ends:
            self.code[end] = (_JUMP, len(self.code), None)

    def repeat(self, part: Any, low: int, high: int, lazy: bool) -> None:
        for _ in range(low):
            self.emit(part)
        if high < 0:
            split = self.add(_SPLIT)
            self.emit(part)
            self.add(_JUMP, split)
            self.patch(split, lazy)
            return
        splits = []
        for _ in range(high - low):
            splits.append(self.add(_SPLIT))
            self.emit(part)
        for split in splits:
            self.patch(split, lazy)

    def patch(self, split: int, lazy: bool) -> None:
        inside, after = split + 1, len(self.code)
        self.code[split] = (_SPLIT, after, inside) if lazy else (_SPLIT, inside, after)


class Program:
    """A compiled pattern."""

    def __init__(self, code: list[tuple[int, Any, Any]], groups: int, flags: str, has_references: bool) -> None:
        self.code = code
        self.groups = groups
        self.multi = "m" in flags
        self.fold = "i" in flags
        self.has_references = has_references

    def search(self, text: str, start: int, meter: Meter) -> tuple[int, ...] | None:
        """The first match at or after ``start``: the bounds of the whole and of each group (-1: not taken part)."""
        failed: set[Any] = set()
        blank = (-1,) * (2 * self.groups + 2)
        for at in range(start, len(text) + 1):
            found = self.run(text, at, blank, failed, meter)
            if found is not None:
                return found
        return None

    def run(
        self, text: str, start: int, blank: tuple[int, ...], failed: set[Any], meter: Meter
    ) -> tuple[int, ...] | None:
        code, end = self.code, len(text)
        waiting = [(0, start, blank)]
        steps = 0
        while waiting:
            pc, at, saved = waiting.pop()
            while True:
                steps += 1
                if steps >= 64:
                    meter.spend(steps)
                    steps = 0
                kind, a, b = code[pc]
                if kind == _SET:
                    if at >= end or not a(text[at]):
                        break
                    at += 1
                    pc += 1
                elif kind == _SPLIT:
                    mark = (pc, at, saved) if self.has_references else (pc, at)
                    if mark in failed:
                        break
                    failed.add(mark)
                    waiting.append((b, at, saved))
                    pc = a
                elif kind == _JUMP:
                    pc = a
                elif kind == _SAVE:
                    saved = (*saved[:a], at, *saved[a + 1 :])
                    pc += 1
                elif kind == _MATCH:
                    meter.spend(steps)
                    return (start, at, *saved[2:])
                else:
                    moved = self.zero_width(kind, a, text, at, saved)
                    if moved < 0:
                        break
                    at = moved
                    pc += 1
        meter.spend(steps)
        return None

    def zero_width(self, kind: int, group: Any, text: str, at: int, saved: tuple[int, ...]) -> int:
        """The position after an anchor or a back-reference, -1 when it fails."""
        if kind == _BOL:
            return at if at == 0 or (self.multi and text[at - 1] == "\n") else -1
        if kind == _EOL:
            return at if at == len(text) or (self.multi and text[at] == "\n") else -1
        low, high = saved[2 * group], saved[2 * group + 1]
        if low < 0 or high < 0:
            return at
        wanted, found = text[low:high], text[at : at + high - low]
        same = wanted.casefold() == found.casefold() if self.fold else wanted == found
        return at + high - low if same else -1


def _without_blanks(pattern: str) -> str:
    """Flag x: blanks outside character classes do not count."""
    kept = []
    depth = 0
    escaped = False
    for c in pattern:
        if c in " \t\n\r" and depth == 0:
            continue
        if not escaped:
            depth += (c == "[") - (c == "]" and depth > 0)
        escaped = c == "\\" and not escaped
        kept.append(c)
    return "".join(kept)


@lru_cache(maxsize=256)
def compile_pattern(pattern: str, flags: str) -> Program:
    """A pattern ready to search. Raises Nothing (with the reason) when pattern or flags are wrong."""
    for flag in flags:
        if flag not in "smixq":
            raise Nothing(f"不认识标志“{flag}”，只有 s、m、i、x、q")
    if len(pattern) > _LARGEST:
        raise _bad("模式过长")
    emitter = _Emitter()
    if "q" in flags:
        parsed = _Pattern("", flags)
        for c in pattern:
            emitter.add(_SET, parsed.char(c))
    else:
        parsed = _Pattern(_without_blanks(pattern) if "x" in flags else pattern, flags)
        tree = parsed.alternatives()
        if parsed.more():
            raise _bad("多余的“)”")
        emitter.emit(tree)
    emitter.add(_MATCH)
    return Program(emitter.code, parsed.groups, flags, parsed.has_references)


def expand(replacement: str, text: str, found: tuple[int, ...]) -> str:
    """The replacement with ``$1`` and the like filled in."""
    pieces: list[str] = []
    groups = len(found) // 2 - 1
    at = 0
    while at < len(replacement):
        c = replacement[at]
        at += 1
        if c == "\\":
            if replacement[at : at + 1] not in ("\\", "$"):
                raise Nothing("替换文字中的“\\”之后应为“\\”或“$”")
            pieces.append(replacement[at])
            at += 1
        elif c == "$":
            digits = re.compile(r"[0-9]+").match(replacement, at)
            if not digits:
                raise Nothing("替换文字中的“$”之后应为数字")
            text_digits = digits.group()
            while len(text_digits) > 1 and int(text_digits) > groups:
                text_digits = text_digits[:-1]
            at += len(text_digits)
            number = int(text_digits)
            if number <= groups and found[2 * number] >= 0:
                pieces.append(text[found[2 * number] : found[2 * number + 1]])
        else:
            pieces.append(c)
    return "".join(pieces)
