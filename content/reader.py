"""Reads typed values out of a YAML mapping; what is missing, of the wrong type or unknown is refused with file and line."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from content.load import Block, document
from kernel.errors import BadContent

T = TypeVar("T")
KEY = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
# What every mapping may carry besides its own keys: where it comes from, and whether that was checked.
_ALWAYS = frozenset({"source", "mark", "note", "law", "locked", "basis"})
_MARKS = ("V", "K")


class Reader:
    """One mapping of one file. Each method takes a key; `close` refuses keys that nobody asked for."""

    def __init__(self, file: str, block: Block, name: str = "") -> None:
        self.file, self.block, self.name = file, block, name
        self._asked: set[str] = set(_ALWAYS)

    @classmethod
    def of(cls, file: str, data: bytes) -> Reader:
        """A whole file."""
        return cls(file, document(file, data))

    def bad(self, what: str, key: str | None = None) -> BadContent:
        """The error for this place (raise it)."""
        line = self.block.lines.get(key, self.block.line) if key else self.block.line
        return BadContent(self.file, line, f"{self.name}:{what}" if self.name else what)

    def has(self, key: str) -> bool:
        """Is the key there with a value?"""
        self._asked.add(key)
        return self.block.get(key) is not None

    def raw(self, key: str) -> Any:
        """The value as it is, or None."""
        self._asked.add(key)
        return self.block.get(key)

    def text(self, key: str, default: str | None = None, *, most: int = 20_000) -> str:
        """A non-empty text; without default it must be there. Numbers written unquoted count as text."""
        value = self.raw(key)
        if value is None:
            if default is None:
                raise self.bad(f"缺少 {key}")
            return default
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            raise self.bad(f"{key} 应为文字", key)
        text = str(value).strip()
        if not text and default is None:
            raise self.bad(f"{key} 不能为空", key)
        if len(text) > most:
            raise self.bad(f"{key} 过长(最多 {most} 字)", key)
        return text

    def identifier(self, key: str) -> str:
        """A key of our own: lower-case English letters, digits, underscores."""
        text = self.text(key)
        if not KEY.match(text):
            raise self.bad(f"{key} 应为小写英文、数字和下划线,以字母开头,现为“{text}”", key)
        return text

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.bad(f"{key} 应为 true 或 false", key)
        return value

    def integer(self, key: str) -> int | None:
        """A whole number, or None."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.bad(f"{key} 应为整数", key)
        return value

    def number(self, key: str) -> Decimal | None:
        """A number, or None."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise self.bad(f"{key} 应为数字", key)
        return Decimal(value)

    def one_of(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of the allowed words."""
        text = self.text(key, default)
        if text not in allowed:
            raise self.bad(f"{key} 的值“{text}”不在 {'、'.join(sorted(allowed))} 之内", key)
        return text

    def mark(self) -> str | None:
        """V (verified), K (from memory), or None."""
        return self.one_of("mark", _MARKS) if self.has("mark") else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts without repetition; a single text counts as a list of one."""
        value = self.raw(key)
        if value is None:
            return ()
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(i, str) and i for i in items):
            raise self.bad(f"{key} 应为文字的列表", key)
        if len(set(items)) != len(items):
            raise self.bad(f"{key} 中有重复", key)
        return tuple(items)

    def block_of(self, key: str) -> Reader | None:
        """A mapping, or None."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, Block):
            raise self.bad(f"{key} 应为“键: 值”的形式", key)
        return Reader(self.file, value, f"{self.name}.{key}" if self.name else key)

    def blocks(self, key: str) -> list[Reader]:
        """A list of mappings (empty when absent)."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(i, Block) for i in value):
            raise self.bad(f"{key} 应为列表,每项是“键: 值”的形式", key)
        prefix = f"{self.name}.{key}" if self.name else key
        return [Reader(self.file, item, f"{prefix}[{n}]") for n, item in enumerate(value, 1)]

    def named(self, key: str, *, may_be_empty: bool = False) -> dict[str, Reader]:
        """A mapping of mappings: name → reader. `may_be_empty`: a name without value is an empty mapping."""
        outer = self.block_of(key)
        if outer is None:
            return {}
        found = {}
        for name, value in outer.block.items():
            inner = Block(outer.block.lines[name]) if value is None and may_be_empty else value
            if not isinstance(inner, Block):
                raise outer.bad(f"{name} 应为“键: 值”的形式", name)
            found[name] = Reader(self.file, inner, f"{outer.name}.{name}")
        return found

    def pairs(self, key: str) -> dict[str, Any]:
        """A plain mapping as it is (empty when absent)."""
        inner = self.block_of(key)
        return dict(inner.block) if inner is not None else {}

    def close(self) -> None:
        """Refuses keys that have no meaning here: most are misspelt."""
        for key in self.block:
            if key not in self._asked:
                known = "、".join(sorted(self._asked - _ALWAYS))
                raise self.bad(f"不认识的键“{key}”;这里可以用:{known}", key)


def unique(items: list[tuple[str, Reader, T]], what: str) -> dict[str, T]:
    """name → item; a name given twice is refused where it appears the second time."""
    found: dict[str, T] = {}
    first: dict[str, Reader] = {}
    for name, reader, item in items:
        if name in found:
            where = f"{first[name].file} " if first[name].file != reader.file else ""
            raise reader.bad(f"{what}“{name}”重复(已见于 {where}第 {first[name].block.line} 行),请改用已有的,或者改名")
        found[name], first[name] = item, reader
    return found


def under(files: Mapping[str, bytes], folder: str, extension: str = ".yaml") -> list[str]:
    """The paths in a folder (with its sub-folders), sorted."""
    return sorted(path for path in files if path.startswith(folder) and path.endswith(extension))
