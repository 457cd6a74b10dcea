"""Supervised objects and clues at a province's size: 1,000,000 cases of 100,000 vehicles and 20,000 businesses, see bench/province.py.

Read through the engine's verbs as ordinary officers, with row-level security on. Milliseconds at the 95th percentile, the
worst over a county's officer, a city's unit head and the province's head.
"""

from __future__ import annotations

import random

import engine
from bench.lists_bench import p95
from bench.province import CASES, PARTIES, ROLES, VEHICLES, id_of, in_force, people, province
from kernel.permissions import Policy
from kernel.work import Node, Person, Work


def run() -> dict[str, float]:
    """object_view_p95_ms and clue_duplicate_p95_ms."""
    rnd = random.Random(5)
    node = province()
    in_force(node)  # how far back a clue is alike is a parameter of the content
    node.policy = Policy([(r, "case.search") for r in ROLES])
    views, alike = {}, {}
    for name, person in people().items():
        vehicles = [n for n in range(VEHICLES) if 1 + n % 657 in person.scope]
        parties = [n for n in vehicles if n < PARTIES]
        clues = [n for n in range(CASES // 2) if 1 + n % VEHICLES % 657 in person.scope]
        views[name, "vehicle"] = p95(lambda p=person, v=vehicles: _view(node, p, "vehicle", id_of(2, rnd.choice(v))))
        views[name, "party"] = p95(lambda p=person, v=parties: _view(node, p, "party", id_of(1, rnd.choice(v))))
        alike[name, "clue"] = p95(
            lambda p=person, c=clues: engine.similar_clues(Work(node, p), id_of(4, rnd.choice(c)))
        )
    for key, value in {**views, **alike}.items():
        print(f"  {'/'.join(key):20} {value:8.2f} ms")
    return {"object_view_p95_ms": max(views.values()), "clue_duplicate_p95_ms": max(alike.values())}


def _view(node: Node, person: Person, kind: str, object_id: str) -> None:
    first = engine.object_view_of(Work(node, person), kind, object_id, 50)
    if first["next"]:
        engine.object_view_of(Work(node, person), kind, object_id, 50, first["next"])


if __name__ == "__main__":
    print(run())
