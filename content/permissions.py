"""Function rights as `rules/national/permissions/*.yaml` has them: verbs, roles, which roles exclude each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from content.reader import Reader, under, unique
from kernel.errors import BadContent

FOLDER: Final = "rules/national/permissions/"
PUBLISH: Final = "release.publish"
_VERB = re.compile(r"[a-z][a-z_]*(?:\.[a-z][a-z_]*)+\Z")


@dataclass(frozen=True)
class Role:
    """One role: its Chinese name, the verbs it may, the roles whose verbs it has too."""

    key: str
    name: str
    verbs: tuple[str, ...]
    includes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Permissions:
    """The whole policy. `verbs`: verb → Chinese; `exclusive`: sets of roles of which a person may hold one (三员分立)."""

    verbs: Mapping[str, str]
    roles: Mapping[str, Role]
    exclusive: tuple[frozenset[str], ...]

    @cached_property
    def allows(self) -> tuple[tuple[str, str], ...]:
        """(role, verb) pairs, as casbin's policy lines."""
        return tuple((role.key, verb) for role in self.roles.values() for verb in role.verbs)

    @cached_property
    def inherits(self) -> tuple[tuple[str, str], ...]:
        """(role, role it includes) pairs."""
        return tuple((role.key, other) for role in self.roles.values() for other in role.includes)

    @property
    def names(self) -> Mapping[str, str]:
        """Verb → Chinese."""
        return self.verbs

    def roles_that(self, verb: str) -> frozenset[str]:
        """The roles that may do this, also by what they include."""
        found = {role.key for role in self.roles.values() if verb in role.verbs}
        while more := {r.key for r in self.roles.values() if r.key not in found and found & set(r.includes)}:
            found |= more
        return frozenset(found)

    def conflict(self, roles: frozenset[str]) -> frozenset[str]:
        """The roles among these that one person may not hold together (empty: none)."""
        for group in self.exclusive:
            if len(group & roles) > 1:
                return group & roles
        return frozenset()


def read(files: Mapping[str, bytes]) -> Permissions:
    """Every permission file. Raises `BadContent`."""
    verbs: dict[str, str] = {}
    roles, exclusive = [], []
    for path in under(files, FOLDER):
        top = Reader.of(path, files[path])
        verbs |= _verbs(top, verbs)
        roles += [(key, reader, _role(key, reader)) for key, reader in top.named("roles").items()]
        groups = top.raw("exclusive") or []
        for group in groups if isinstance(groups, list) else [groups]:
            if not isinstance(group, list) or len(group) < 2:
                raise top.bad("exclusive 应为列表,每项是两个以上互斥的角色", "exclusive")
            exclusive.append(frozenset(map(str, group)))
        top.raw("base")
        top.close()
    made = Permissions(verbs, unique(roles, "角色"), tuple(exclusive))
    _agree(made, {key: reader for key, reader, _ in roles})
    return made


def _verbs(top: Reader, known: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for verb, name in top.pairs("verbs").items():
        if not _VERB.match(verb) or not isinstance(name, str) or verb in known:
            raise top.bad(f"权限“{verb}”应写作 对象.动作: 中文名,且不重复", "verbs")
        found[verb] = name
    return found


def _role(key: str, reader: Reader) -> Role:
    made = Role(key, reader.text("name", most=40), reader.texts("verbs"), reader.texts("includes"))
    reader.close()
    return made


def _agree(made: Permissions, readers: Mapping[str, Reader]) -> None:
    for role in made.roles.values():
        for verb in role.verbs:
            if verb not in made.verbs:
                raise readers[role.key].bad(f"权限“{verb}”没有在 verbs 中写明", "verbs")
        for other in role.includes:
            if other not in made.roles:
                raise readers[role.key].bad(f"包含的角色“{other}”不存在", "includes")
    for group in made.exclusive:
        if unknown := group - set(made.roles):
            raise BadContent(FOLDER, 0, f"exclusive 中的角色 {'、'.join(sorted(unknown))} 不存在")
        for role in made.roles.values():
            if len((_closure(made, role.key)) & group) > 1:
                raise readers[role.key].bad("这个角色通过 includes 得到了互斥角色的权限")


def _closure(made: Permissions, key: str) -> frozenset[str]:
    seen: set[str] = set()
    todo = [key]
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += made.roles[one].includes
    return frozenset(seen)
