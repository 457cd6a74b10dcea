"""Code lists (代码表): which codes an element may hold and what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from content.reader import Reader, under, unique

_LIST = re.compile(r"[A-Z][A-Z0-9_]{1,62}\Z")


@dataclass(frozen=True)
class CodeList:
    """One list. `items`: code → Chinese name, in the order of the file; `retired`: codes no longer to be chosen."""

    key: str
    name: str
    source: str
    items: Mapping[str, str]
    retired: frozenset[str] = frozenset()
    file: str = ""


@dataclass(frozen=True, eq=False)
class Codes(Mapping[str, CodeList]):
    """All lists of a release, by key."""

    lists: Mapping[str, CodeList] = field(default_factory=dict)

    def __getitem__(self, key: str) -> CodeList:
        return self.lists[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.lists)

    def __len__(self) -> int:
        return len(self.lists)

    @cached_property
    def names(self) -> Mapping[str, Mapping[str, str]]:
        """List → code → Chinese name (what papers print)."""
        return {key: one.items for key, one in self.lists.items()}

    def name(self, key: str, code: str) -> str:
        """What a code is called; the code itself when it is not in the list."""
        one = self.lists.get(key)
        return one.items.get(code, code) if one is not None else code


def read(files: Mapping[str, bytes]) -> Codes:
    """`forms/national/codes.yaml` and further files `forms/national/codes/*.yaml`. Raises `BadContent`."""
    found = []
    for path in paths(files):
        top = Reader.of(path, files[path])
        found += [(key, reader, _list(key, reader)) for key, reader in top.named("codes").items()]
        top.close()
    return Codes(unique(found, "代码表"))


def paths(files: Mapping[str, bytes]) -> list[str]:
    """Where code lists are."""
    one = "forms/national/codes.yaml"
    return ([one] if one in files else []) + under(files, "forms/national/codes/")


def _list(key: str, reader: Reader) -> CodeList:
    if not _LIST.match(key):
        raise reader.bad(f"代码表的键应为大写英文、数字和下划线,现为“{key}”")
    items, retired = [], set()
    for item in reader.blocks("items"):
        code = item.text("code", most=60)
        items.append((code, item, item.text("name", most=200)))
        if item.flag("retired"):
            retired.add(code)
        item.texts("parent")
        item.close()
    made = CodeList(
        key, reader.text("name"), reader.text("source", ""), unique(items, "代码"), frozenset(retired), reader.file
    )
    if not made.items:
        raise reader.bad("items 不能为空")
    reader.close()
    return made
