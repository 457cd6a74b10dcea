"""Which elements of the diagrams the stories walked: asked of what was recorded when they were played.

An element that no story reaches – a branch, an end, a timer – is one of which nobody knows that it works.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.checks.ground import Ground

# Of a whole node; as owner, since a story has people of several agencies.
RECORDED = """select distinct i.process_key, h.element from step_history h join process_instance i on i.id = h.instance_id
where h.event in ('entered', 'left')"""


class Walks:
    """The elements of all processes of a set of files, and who walked which."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._ground = Ground(files)
        self.elements = {key: set(diagram.nodes) for key, diagram in self._ground.diagrams.items()}

    def attributed(self, recorded: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """(process of the instance, element) as recorded → (process in whose diagram the element stands, element)."""
        found = set()
        for key, element in recorded:
            inside = [one for one in self._family(key) if element in self.elements.get(one, ())]
            found |= {(one, element) for one in inside[:1]}
        return found

    def _family(self, key: str) -> list[str]:
        """The process and those it calls, itself first."""
        found: list[str] = []
        todo = [key]
        while todo:
            one = todo.pop(0)
            if one not in found:
                found.append(one)
                todo += sorted(self._ground.calls.get(one, ()))
        return found

    def missing(self, walked: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
        """Process → the elements that nobody walked, as “name(id)”; processes walked whole are left out."""
        done = set(walked)
        found = {}
        for key, diagram in self._ground.diagrams.items():
            lacking = [n for n in diagram.nodes.values() if (key, n.id) not in done]
            if lacking:
                found[key] = [f"{n.name}({n.id})" for n in lacking]
        return found
