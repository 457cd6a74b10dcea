"""Item definitions to FEEL types, allowed values included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import feel
from engine.rulebook.dmn.model import Item, Model
from feel.embed import NO_HOST, SIMPLE, Meter

_SPELLINGS: Final = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "any": "Any",
}
_NESTING: Final = 20


class ItemTypes:
    """The types one model can name: the standard's, its own, and those of its imports as ``prefix.name``."""

    def __init__(self, model: Model, imported: Mapping[str, ItemTypes], report: Callable[[str, str], None]) -> None:
        self._items = model.items
        self._report = report
        self._made: dict[str, feel.Type] = {}
        self._making: set[str] = set()
        self.members = frozenset(_member_names(model.items.values()))
        for prefix, types in imported.items():
            self._made.update({f"{prefix}.{name}" if prefix else name: t for name, t in types.by_name.items()})
            self.members |= types.members
        for name in self._items:
            self.named(name)

    @property
    def by_name(self) -> dict[str, feel.Type]:
        """All named types, for ``instance of``."""
        return self._made

    def named(self, ref: str | None) -> feel.Type:
        """The type a typeRef means; Any for none, and for one nobody defines."""
        if not ref:
            return feel.ANY
        name = ref.strip()
        if name in self._made:
            return self._made[name]
        if name in self._items:
            if name in self._making:
                return feel.ANY  # a type that contains itself is not followed further
            self._making.add(name)
            made = self._made[name] = self._item(self._items[name], 0)
            return made
        plain = name.removeprefix("feel:")
        plain = _SPELLINGS.get(plain, plain)
        if plain in SIMPLE:
            return SIMPLE[plain]
        if plain in ("list", "context", "function", "range"):
            return feel.Type(plain)
        if ":" in plain:  # older models qualify their own types with an XML prefix
            return self.named(plain.rpartition(":")[2])
        return feel.ANY

    def _item(self, item: Item, depth: int) -> feel.Type:
        if depth > _NESTING:
            return feel.ANY
        if item.function is not None:
            parameters, result = item.function
            base = feel.Type(
                "function", parameters=tuple(self.named(p.type_ref) for p in parameters), result=self.named(result)
            )
        elif item.components:
            base = feel.context_of({c.name: self._item(c, depth + 1) for c in item.components})
        else:
            base = self.named(item.type_ref)
        if item.allowed:
            base = self._restricted(base, item.allowed, item.name)
        if item.collection:
            base = feel.list_of(base)
        if item.constraint:
            base = self._restricted(base, item.constraint, item.name)
        return replace(base, name=item.name)

    def _restricted(self, base: feel.Type, tests: str, name: str) -> feel.Type:
        try:
            expression = feel.compile(tests, kind="unary", standard=True)
        except feel.FeelError as error:
            self._report(name, f"允许值“{tests}”有误：{error}")
            return base
        outer = base.allowed

        def allowed(value: Any) -> bool:
            if outer is not None and not outer(value):
                return False
            return expression.test({}, Meter(feel.STANDARD, NO_HOST), value)

        return replace(base, allowed=allowed)


def _member_names(items: Any) -> set[str]:
    names: set[str] = set()
    for item in items:
        for component in item.components:
            names.add(component.name)
        names |= _member_names(item.components)
    return names
