"""What evidence a case still needs, read by another agency: over a share only, and each such reading is a row of the audit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

import engine
from content import load
from engine import release_store
from kernel.errors import NotFound
from kernel.work import Node, Row, SettableClock, Work, system_person
from registers import evidence, scope
from tests.engine.conftest import ROOT, small_files

As = Callable[[str], Work]
SISTER = 440300


@pytest.fixture
def small(seeded: Node) -> Node:
    """The small processes, and what evidence the country demands."""
    national = {path: body for path, body in load.tree(ROOT).items() if path.startswith("rules/national/evidence/")}
    with (work := Work(seeded, system_person(440100, "01"))).transaction():
        release_store.store(work, {**small_files(), **national}, ground="测试", effective_from=None)
    return seeded


@pytest.fixture
def case(begin: Callable[..., dict[str, Any]], work_as: As) -> UUID:
    """A case with the party's identity as evidence."""
    id_ = UUID(begin()["case_id"])
    with (work := work_as("officer_1")).transaction():
        evidence.receive(work, id_, "身份证明".encode(), {"name": "a.txt", "kind": "1"})
    return id_


def readings(node: Node, case_id: UUID) -> list[Row]:
    """The rows of the audit that tell of the reading."""
    with (work := Work(node, system_person(440100, "01"))).transaction():
        return work.rows(
            "select person_id, outcome, detail::jsonb as detail from audit_entry where verb = 'evidence.read' and subject_id = %s",
            (str(case_id),),
        )


def share(work: Work, case_id: UUID, **more: Any) -> None:
    with work.transaction():
        scope.grant(work, case_id, SISTER, "协助调查", **more)


def test_what_is_missing_is_read_over_a_share_and_the_reading_is_kept(case: UUID, small: Node, work_as: As) -> None:
    mine, sister = work_as("officer_1"), work_as("sister_officer")
    with pytest.raises(NotFound):
        engine.demanded_evidence(sister, str(case))
    ours = engine.demanded_evidence(mine, str(case))
    assert [one["id"] for one in ours["items"]] == ["party_identity", "statement", "scene"]
    assert ours["missing"] == 2
    assert [one["proved_by_name"] for one in ours["items"] if one["proved_by"]] == ["a.txt"]
    assert readings(small, case) == [], "in the own house it is part of the case's own reading"
    share(mine, case)
    assert engine.demanded_evidence(sister, str(case)) == ours
    assert readings(small, case) == [{"person_id": sister.person.id, "outcome": "read", "detail": {"what": "demanded"}}]
    with sister.transaction():
        assert evidence.of_case(sister, case) == [], "the widened scope has ended"


def test_a_share_that_has_lapsed_or_is_of_the_dossier_alone_does_not_open_it(
    case: UUID, small: Node, work_as: As, clock: SettableClock
) -> None:
    mine, sister, county = work_as("officer_1"), work_as("sister_officer"), work_as("county_officer")
    share(mine, case, dossier_only=True)
    with pytest.raises(NotFound):
        engine.demanded_evidence(sister, str(case))
    share(mine, case, due_at=clock() + timedelta(days=3))
    with pytest.raises(NotFound):
        engine.demanded_evidence(county, str(case))
    clock.move(timedelta(days=3))
    with pytest.raises(NotFound):
        engine.demanded_evidence(sister, str(case))
    assert readings(small, case) == []
