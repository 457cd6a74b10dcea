"""The small process of tests/engine over the whole national rulebook: time, discretion, risk, law, rights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import engine
from content import load
from engine import release_store
from kernel.permissions import Policy
from kernel.work import Node, Work, system_person

ROOT = Path(__file__).parent.parent.parent
SMALL = ROOT / "tests" / "engine" / "small"


def small_files() -> dict[str, bytes]:
    """The small tree over the national rulebook."""
    keep = tuple(f"rules/national/{f}/" for f in ("deadlines", "calendar", "permissions", "discretion", "law", "risk"))
    national = {p: b for p, b in load.tree(ROOT).items() if p.startswith(keep)}
    return {**national, **load.tree(SMALL)}


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights as the content has them."""
    from content import releases

    rights = releases.make(load.tree(ROOT)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


@pytest.fixture
def small(seeded: Node) -> Node:
    """A seeded node on which the small process is in force."""
    work = Work(seeded, system_person(440100, "01"))
    with work.transaction():
        release_store.store(work, small_files(), ground="测试", effective_from=None)
    return seeded


@pytest.fixture
def begin(small: Node, work_as: Callable[[str], Work]) -> Callable[..., dict[str, object]]:
    """Starts a small case as officer_1."""

    def start(**facts: object) -> dict[str, object]:
        work = work_as("officer_1")
        two = [str(work_as(login).person.id) for login in ("officer_1", "officer_2")]
        return engine.start(
            work,
            "small_case",
            {"case_cause": "超限运输", "officers": two, **facts},
            agency_id=work.person.agency_id,
            category="01",
        )

    return start
