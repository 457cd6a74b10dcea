"""A calendar published late, a rule that changed, an agency's confirmation: open clocks move, and say why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import errors

import engine
from engine import jobs, recompute, release_store
from kernel.errors import InvalidAnswers, NotAllowed
from kernel.work import LOCAL, Node, SettableClock, Work, system_person
from tests.rulebook_db.conftest import small_files

As = Callable[[str], Work]
Begin = Callable[..., dict[str, Any]]
YEAR = "rules/national/calendar/2026.yaml"


def later_calendar() -> dict[str, bytes]:
    """The national content with 5 March 2026 declared a holiday."""
    files = small_files()
    text = files[YEAR].decode()
    files[YEAR] = text.replace("holidays:\n", "holidays:\n  - {name: 特别放假, days: [2026-03-05]}\n").encode()
    return files


def publish(node: Node, files: dict[str, bytes]) -> None:
    assert isinstance(node.clock, SettableClock)
    node.clock.move(timedelta(minutes=1))
    work = Work(node, system_person(440000, "01"))
    with work.transaction():
        release_store.store(work, files, ground="国办通知", effective_from=None)


def filled(begin: Begin, work_as: As) -> str:
    case_id = str(begin()["case_id"])
    for element, answers in (("fill", {"case_summary": "六轴车超限"}), ("look", {}), ("ask", {})):
        work = work_as("officer_1")
        with work.transaction():
            row = work.one(
                "select id from work_item where subject_id = %s and element = %s and status = 'open'",
                (case_id, element),
            )
        assert row is not None
        engine.complete(work_as("officer_1"), str(row["id"]), answers)
    return case_id


def clock_of(work: Work, case_id: str) -> Any:
    with work.transaction():
        return work.one("select * from clock where subject_id = %s", (case_id,))


def rows(work: Work, query: str, *params: object) -> list[Any]:
    with work.transaction():
        return work.rows(query, params)


def sweep_all(node: Node) -> None:
    while engine.sweep(node):
        pass


def test_a_holiday_published_late_moves_the_clock_its_timer_and_tells_the_case(
    begin: Begin, work_as: As, small: Node
) -> None:
    case_id = filled(begin, work_as)
    sweep_all(small)
    work = work_as("officer_1")
    before = clock_of(work, case_id)
    publish(small, later_calendar())
    sweep_all(small)
    after = clock_of(work, case_id)
    assert (after["due_at"] - before["due_at"]).days == 1
    assert after["calendar_version"] != before["calendar_version"]
    history = rows(work, "select * from clock_history where clock_id = %s order by id", before["id"])
    assert [h["event"] for h in history] == ["started", "recomputed"]
    assert history[-1]["due_before"] == before["due_at"]
    assert history[-1]["due_after"] == after["due_at"]
    assert "2026-03-05:工作日 → 特别放假放假" in history[-1]["reason"]
    timer = rows(
        work, "select due_at from job where kind = 'timer' and subject_id = %s and status = 'waiting'", case_id
    )
    assert (timer[0]["due_at"] - after["due_at"]).total_seconds() == 1
    alerts = rows(work, "select * from alert where subject_id = %s and rule like 'RECOMPUTED:%%'", case_id)
    assert len(alerts) == 1
    assert "特别放假" in alerts[0]["message"]


def test_the_report_says_which_cases_moved_and_why_within_ones_scope(begin: Begin, work_as: As, small: Node) -> None:
    case_id = filled(begin, work_as)
    publish(small, later_calendar())
    sweep_all(small)
    report = engine.recomputes(work_as("officer_1"))[0]
    assert (report["moved"], report["cases"], report["parts"]) == (1, 1, report["parts_done"])
    found = engine.moved_cases(work_as("officer_1"), str(report["id"]))["items"]
    assert [str(row["case_id"]) for row in found] == [case_id]
    assert engine.moved_cases(work_as("sister_officer"), str(report["id"]))["items"] == []


def test_the_same_content_again_asks_for_nothing(begin: Begin, work_as: As, small: Node) -> None:
    filled(begin, work_as)
    publish(small, small_files())
    assert engine.recomputes(work_as("officer_1")) == []


def test_a_calendar_of_the_future_waits_for_its_day(
    begin: Begin, work_as: As, small: Node, clock: SettableClock
) -> None:
    case_id = filled(begin, work_as)
    before = clock_of(work_as("officer_1"), case_id)
    work = Work(small, system_person(440000, "01"))
    with work.transaction():
        release_store.store(work, later_calendar(), ground="通知", effective_from=datetime(2026, 3, 4, tzinfo=LOCAL))
    sweep_all(small)
    assert clock_of(work_as("officer_1"), case_id)["due_at"] == before["due_at"]
    clock.set(datetime(2026, 3, 4, 1, tzinfo=LOCAL))
    sweep_all(small)
    assert (clock_of(work_as("officer_1"), case_id)["due_at"] - before["due_at"]).days == 1


def test_killed_between_batches_it_goes_on_where_it_was_and_counts_each_clock_once(
    begin: Begin, work_as: As, small: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [filled(begin, work_as) for _ in range(5)]
    monkeypatch.setattr(recompute, "BATCH", 2)
    publish(small, later_calendar())
    [job] = [j for j in jobs.take(small, ["recompute"], 100) if j["agency_id"] == 440100]
    part = recompute.UUID(job["payload"]["recompute"])
    assert recompute._batch(small, part, 440100, job["id"])  # one batch commits, then the worker is gone
    recompute.run(Work(small, recompute.system_of(440100)), job)
    report = engine.recomputes(work_as("officer_1"))[0]
    assert (report["seen"], report["moved"], report["cases"]) == (5, 5, 5)
    history = rows(work_as("officer_1"), "select clock_id from clock_history where event = 'recomputed'")
    assert len({h["clock_id"] for h in history}) == len(history) == len(cases)


def test_the_history_of_clocks_cannot_be_deleted(begin: Begin, work_as: As, small: Node) -> None:
    filled(begin, work_as)
    with small.db.connection() as connection:
        pg: Any = connection.connection.driver_connection
        with pytest.raises(errors.InsufficientPrivilege):
            pg.execute("delete from clock_history")
        pg.rollback()


def publisher(small: Node) -> Work:
    from registers import account

    work = Work(small, system_person(440100, "01"))
    with work.transaction():
        work.execute(
            "insert into role_grant (officer_id, role, agency_id, categories, valid_from)"
            " select id, 'publisher', 440100, array['01'], '2026-01-01' from officer where name = '赵强'"
            " on conflict do nothing"
        )
    return Work(small, account.person_of_login(Work(small, account.STRANGER), "unit_head_1"))


def test_a_confirmed_length_ends_the_warning_and_moves_the_open_clocks(begin: Begin, work_as: As, small: Node) -> None:
    case_id = filled(begin, work_as)
    sweep_all(small)
    work = work_as("officer_1")
    before = clock_of(work, case_id)
    assert before["unconfirmed"]
    engine.confirm_rule(
        publisher(small), "deadline:DL_STATEMENT_DEFENCE", {"length": 7}, agency_id=440100, ground="穗交执〔2026〕1号"
    )
    sweep_all(small)
    after = clock_of(work, case_id)
    assert after["unconfirmed"] is None
    assert after["due_at"] > before["due_at"]
    assert "穗交执〔2026〕1号" in rows(work, "select reason from clock_history where event = 'recomputed'")[0]["reason"]
    shown = next(c for c in engine.case(work_as("officer_1"), case_id)["clocks"] if c["rule"] == "DL_STATEMENT_DEFENCE")
    assert shown["unconfirmed"] == []
    listed = {line["key"]: line for line in engine.confirmable(publisher(small), 440100)}
    assert listed["deadline:DL_STATEMENT_DEFENCE"]["unconfirmed"] is None


def test_what_the_law_fixes_cannot_be_confirmed_away(small: Node) -> None:
    person = publisher(small)
    for name, value in (
        ("deadline:DL_PENALTY_DECISION", {"length": 9000}),
        ("deadline:NONE", {}),
        ("risk:night_from", "abc"),
    ):
        with pytest.raises(InvalidAnswers):
            engine.confirm_rule(person, name, value, agency_id=440100, ground="文")
    with pytest.raises(InvalidAnswers):
        engine.confirm_rule(person, "risk:night_from", 23, agency_id=440100, ground=" ")
    with pytest.raises(NotAllowed):
        engine.confirm_rule(person, "risk:night_from", 23, agency_id=440300, ground="文")
