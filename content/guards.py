"""Guards and the law's order of steps as `rules/national/guards/*.yaml` has them. They are judged in engine/rulebook/guards.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from content.elements import Elements
from content.reader import Reader, under, unique

FOLDER: Final = "rules/national/guards/"
When = Literal["complete", "enter"]


@dataclass(frozen=True)
class Guard:
    """An acting rule: at steps of these roles (or these elements), `require` (FEEL) must be true, where `applies` is."""

    id: str
    law: str
    mark: str | None
    step_roles: frozenset[str]
    require: str
    message: str
    when: frozenset[str] = frozenset({"complete"})
    remedy: str = ""
    locked: bool = False
    elements: frozenset[str] = frozenset()
    applies: str | None = None
    file: str = ""

    def concerns(self, step_role: str | None, when: str, element: str | None) -> bool:
        """Does it judge this step at this moment?"""
        return when in self.when and (step_role in self.step_roles or element in self.elements)


@dataclass(frozen=True)
class Precedence:
    """The law's order: before a step of role `before` is done, steps of all roles of `need` must be done.

    `applies` (FEEL) restricts it to some cases; such a rule is judged when the case runs, not on the diagram.
    """

    id: str
    before: str
    need: tuple[str, ...]
    law: str
    mark: str | None
    message: str
    remedy: str = ""
    locked: bool = False
    applies: str | None = None
    file: str = ""


@dataclass(frozen=True, eq=False)
class Guards:
    """All guards of a release with its order of steps; the elements and parameters that their FEEL names."""

    guards: tuple[Guard, ...] = ()
    precedence: tuple[Precedence, ...] = ()
    elements: Elements = field(default_factory=Elements)
    aliases: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    _at: dict[tuple[str | None, str, str | None], tuple[Guard, ...]] = field(default_factory=dict, init=False)

    def at(self, step_role: str | None, when: str, element: str | None) -> tuple[Guard, ...]:
        """The acting rules that judge this step at this moment; looked for once."""
        place = (step_role, when, element)
        if place not in self._at:
            self._at[place] = tuple(guard for guard in self.guards if guard.concerns(*place))
        return self._at[place]

    def expressions(self) -> Iterator[tuple[str, str, str]]:
        """Every FEEL text: file, id, text."""
        for guard in self.guards:
            yield guard.file, guard.id, guard.require
            if guard.applies:
                yield guard.file, guard.id, guard.applies
        for rule in self.precedence:
            if rule.applies:
                yield rule.file, rule.id, rule.applies


def read(
    files: Mapping[str, bytes], elements: Elements, aliases: Mapping[str, str], parameters: Mapping[str, Any]
) -> Guards:
    """Every guard file. Raises `BadContent`."""
    guards, orders = [], []
    for path in under(files, FOLDER):
        top = Reader.of(path, files[path])
        for reader in top.blocks("guards"):
            guard = _guard(reader)
            guards.append((guard.id, reader, guard))
        for reader in top.blocks("precedence"):
            order = _precedence(reader)
            orders.append((order.id, reader, order))
        top.raw("base")
        top.close()
    both = unique([(i, r, None) for i, r, _ in guards] + [(i, r, None) for i, r, _ in orders], "编号")
    assert len(both) == len(guards) + len(orders)  # noqa: S101 - unique() has refused repetitions
    return Guards(tuple(g for _, _, g in guards), tuple(o for _, _, o in orders), elements, aliases, parameters)


def _guard(reader: Reader) -> Guard:
    id_ = reader.text("id", most=80)
    reader.name = id_
    made = Guard(
        id=id_,
        law=reader.text("law"),
        mark=reader.mark(),
        step_roles=frozenset(reader.texts("step_roles")),
        require=reader.text("require"),
        message=reader.text("message"),
        when=frozenset(reader.texts("when")) or frozenset({"complete"}),
        remedy=reader.text("remedy", ""),
        locked=reader.flag("locked"),
        elements=frozenset(reader.texts("elements")),
        applies=reader.text("applies") if reader.has("applies") else None,
        file=reader.file,
    )
    if made.when - {"complete", "enter"}:
        raise reader.bad("when 应为 complete(办结时)或 enter(进入时)", "when")
    if not made.step_roles and not made.elements:
        raise reader.bad("缺少 step_roles:应写明在哪些性质的环节把守")
    reader.close()
    return made


def _precedence(reader: Reader) -> Precedence:
    id_ = reader.text("id", most=80)
    reader.name = id_
    made = Precedence(
        id=id_,
        before=reader.identifier("before"),
        need=reader.texts("need"),
        law=reader.text("law"),
        mark=reader.mark(),
        message=reader.text("message"),
        remedy=reader.text("remedy", ""),
        locked=reader.flag("locked"),
        applies=reader.text("applies") if reader.has("applies") else None,
        file=reader.file,
    )
    if not made.need or made.before in made.need:
        raise reader.bad("need 应写明必须先办的环节性质,且不含 before 本身", "need")
    reader.close()
    return made
