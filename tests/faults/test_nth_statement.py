"""F5: whichever statement of complete() fails, and the commit too, the case is as before or as after – never between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

import engine
from kernel.work import Node, Row, Work

TABLES = (
    "process_instance",
    "step_history",
    "work_item",
    "job",
    "clock",
    "clock_history",
    "fact_change",
    "number_taken",
    "message_wait",
    "document",
)


class Torn(Exception):
    """The fault that the test plants."""


@contextmanager
def failing_at(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[list[int]]:
    """The statement with this number fails once, as a broken connection would."""
    count = [0]
    real = Work._raw

    def torn(self: Work, query: str, *rest: Any) -> psycopg.Cursor[Row]:
        count[0] += 1
        if count[0] == number:
            raise Torn
        return real(self, query, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Work, "_raw", torn)
        yield count


def picture(node: Node, case_id: str) -> dict[str, Any]:
    """Everything that a step may change, as the owner sees it."""
    with psycopg.connect(node.db.owner) as pg:
        seen: dict[str, Any] = {t: pg.execute(f"select count(*) from {t}").fetchone() for t in TABLES}
        seen["case"] = pg.execute(
            "select version, facts, case_number from enforcement_case where id = %s", (case_id,)
        ).fetchone()
        seen["state"] = pg.execute("select version, state from process_instance").fetchone()
        seen["open"] = pg.execute("select element from work_item where status = 'open' order by 1").fetchall()
    return seen


def test_a_fault_at_any_statement_of_complete_leaves_the_state_before(
    begin: Callable[..., dict[str, Any]], work_as: Callable[[str], Work], small: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = begin()["case_id"]
    with work_as("officer_1").transaction(hot=True) as work:
        task = str(work.rows("select id from work_item where status = 'open'")[0]["id"])
    before = picture(small, case_id)
    number = 0
    while True:
        number += 1
        work = work_as("officer_1")
        with failing_at(monkeypatch, number) as count:
            try:
                engine.complete(work, task, {"case_summary": "x"}, key=f"k{number}")  # type: ignore[call-arg]
            except Torn:
                failed = True
            else:
                failed = count[0] >= number
        if not failed:
            break
        assert picture(small, case_id) == before, f"statement {number}"
    assert number > 10
    after = picture(small, case_id)
    assert [row[0] for row in after["open"]] == ["ask", "look"]
    assert after["case"][2] == "粤穗交案〔2026〕00001号"  # no number was lost by the faults before


def test_a_fault_at_the_commit_leaves_the_state_before(
    begin: Callable[..., dict[str, Any]], work_as: Callable[[str], Work], small: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = begin()["case_id"]
    with work_as("officer_1").transaction(hot=True) as work:
        task = str(work.rows("select id from work_item where status = 'open'")[0]["id"])
    before = picture(small, case_id)
    work = work_as("officer_1")
    real = psycopg.Connection.execute

    def torn(self: psycopg.Connection[Any], query: Any, *args: Any, **more: Any) -> Any:
        if query == b"COMMIT":
            raise Torn
        return real(self, query, *args, **more)

    monkeypatch.setattr(psycopg.Connection, "execute", torn)
    with pytest.raises(Torn):
        engine.complete(work, task, {"case_summary": "x"})
    monkeypatch.undo()
    assert picture(small, case_id) == before
