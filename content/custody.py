"""What property asks for when it moves (`rules/national/property.yaml`): papers, approvals, periods, forbidden classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from content.reader import Reader

PATH: Final = "rules/national/property.yaml"


@dataclass(frozen=True)
class Rule:
    """One kind of movement: the papers any of which allows it, the approvals one of which it needs besides."""

    name: str
    papers: tuple[str, ...]
    approval: tuple[str, ...] = ()


@dataclass(frozen=True)
class Custody:
    """The whole file. `periods`: the deadlines under which property is held; `forbidden`: classes that may not be taken."""

    movements: Mapping[str, Rule]
    periods: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()

    def allowing(self, movement: str) -> tuple[str, ...]:
        """Kinds of paper that approve a movement; none where it is not provided for."""
        return self.movements[movement].approval if movement in self.movements else ()


NONE: Final = Custody({})


def read(files: Mapping[str, bytes]) -> Custody:
    """The rules of a release; without the file nothing moves. Raises `BadContent`."""
    if PATH not in files:
        return NONE
    top = Reader.of(PATH, files[PATH])
    made = Custody(
        {name: _rule(reader) for name, reader in top.named("movements").items()},
        top.texts("periods"),
        top.texts("forbidden"),
    )
    top.raw("base")
    top.close()
    return made


def _rule(reader: Reader) -> Rule:
    made = Rule(reader.text("name"), reader.texts("papers"), reader.texts("approval"))
    reader.close()
    return made
