"""How a dossier is bound, as `rules/national/dossier.yaml` has it: volumes with their sections, the sheets in front and behind, retention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from content.reader import Reader

PATH: Final = "rules/national/dossier.yaml"


@dataclass(frozen=True)
class Section:
    """A part of a volume: the places (`order` of document.yaml) from `first` to `last`."""

    name: str
    first: int
    last: int


@dataclass(frozen=True)
class Volume:
    """One volume (正卷、副卷). `outside`: whether it may be shown outside the agency."""

    key: str
    name: str
    outside: bool
    sections: tuple[Section, ...]

    def section(self, place: int) -> str:
        """The section in which a place lies; what lies in none stands at the end under the name 其他材料."""
        return next((s.name for s in self.sections if s.first <= place <= s.last), "其他材料")


@dataclass(frozen=True)
class Binding:
    """Everything a dossier is bound by. `evidence_kinds`: kind of evidence → its place, where that is not `evidence_place`; `retention`: procedure type → id of a deadline rule; `terms`: years an archivist may set."""

    cover: str
    catalogue: str
    back_note: str
    evidence_volume: str
    evidence_place: int
    evidence_kinds: Mapping[str, int]
    volumes: Mapping[str, Volume]
    retention: Mapping[str, str]
    terms: tuple[int, ...]

    def place_of(self, kind: str) -> int:
        """Where evidence of a kind lies in its volume."""
        return self.evidence_kinds.get(kind, self.evidence_place)

    @property
    def parts(self) -> frozenset[str]:
        """The codes of the sheets that are made last, when the pages are known."""
        return frozenset({self.cover, self.catalogue, self.back_note})


def read(files: Mapping[str, bytes]) -> Binding | None:
    """The binding of a release; None where the content has none. Raises `BadContent`."""
    if PATH not in files:
        return None
    top = Reader.of(PATH, files[PATH])
    parts, evidence, retention = (_needed(top, key) for key in ("parts", "evidence", "retention"))
    volumes = {key: _volume(key, reader) for key, reader in top.named("volumes").items()}
    rules, kinds = _needed(retention, "rules"), evidence.block_of("kinds")
    made = Binding(
        parts.text("cover"),
        parts.text("catalogue"),
        parts.text("back_note"),
        evidence.one_of("volume", tuple(volumes)),
        _whole(evidence, "place"),
        {key: _whole(kinds, key) for key in kinds.block} if kinds is not None else {},
        volumes,
        {key: rules.text(key) for key in rules.block},
        _terms(retention),
    )
    for reader in (parts, evidence, rules, retention, top):
        reader.raw("base")
        reader.close()
    return made


def _needed(reader: Reader, key: str) -> Reader:
    found = reader.block_of(key)
    if found is None:
        raise reader.bad(f"缺少 {key}")
    return found


def _volume(key: str, reader: Reader) -> Volume:
    sections: list[Section] = []
    for one in reader.blocks("sections"):
        section = Section(one.text("name"), _whole(one, "from"), _whole(one, "to"))
        one.close()
        if section.last < section.first or (sections and section.first <= sections[-1].last):
            raise one.bad(f"“{section.name}”的区间与前一部分重叠,或者起止颠倒", "from")
        sections.append(section)
    made = Volume(key, reader.text("name"), reader.flag("outside"), tuple(sections))
    reader.close()
    return made


def _whole(reader: Reader, key: str) -> int:
    found = reader.integer(key)
    if found is None:
        raise reader.bad(f"缺少 {key}")
    return found


def _terms(reader: Reader) -> tuple[int, ...]:
    found = reader.raw("terms") or []
    if not isinstance(found, list) or not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in found):
        raise reader.bad("terms 应为年数的列表", "terms")
    return tuple(found)
