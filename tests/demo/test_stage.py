"""What a fresh demo shows: somebody in every role, something to do for each, and matters in every state, told through the verbs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import psycopg
import pytest
import yaml
from psycopg.rows import dict_row

import engine
from api import invariants, simulating, staging, trying
from api.landing import demo_logins
from kernel.errors import BadContent
from kernel.settings import settings
from kernel.work import LOCAL, Node, Work

NOW = datetime(2026, 11, 26, 15, tzinfo=LOCAL)
DAYS = 150
PERMISSIONS = settings().content / "rules/national/permissions"
Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[Node, simulating.Told]]:
    """The stage of the demonstration, without the cases that are drawn."""
    with trying.scratch(NOW - timedelta(days=DAYS)) as (node, clock):
        told = simulating.run(
            node, clock, cases=0, seed=1, until=NOW, days=DAYS, say=lambda text: None, stage=staging.read()
        )
        staging.arrange(node, clock, trying.people(node))
        yield node, told


@pytest.fixture
def rows(stage: tuple[Node, simulating.Told]) -> Iterator[Rows]:
    with psycopg.connect(stage[0].db.owner, row_factory=dict_row) as connection:
        yield lambda sql: connection.execute(sql).fetchall()  # type: ignore[arg-type]


def test_every_story_of_the_stage_went_as_far_as_it_is_told(stage: tuple[Node, simulating.Told]) -> None:
    node, told = stage
    stops = staging.read()
    assert dict(told.why) == {}
    assert (told.begun, told.finished, told.derailed) == (len(stops), len(stops), 0)
    assert {name: faults for name, faults in invariants.broken(node).items() if faults} == {}


def test_where_the_telling_stops_the_step_waits(rows: Rows) -> None:
    """Messages are waited for by the process; of all else somebody has the task."""
    tasks = Counter(row["element"] for row in rows("select element from work_item where status = 'open'"))
    waited = {row["message"] for row in rows("select message from message_wait")}
    wanted = Counter(
        stop.before for stop in staging.read() if stop.before and stop.before not in waited | {"archive_case"}
    )
    assert wanted - tasks == Counter()
    assert {"payment_received", "police_filing", "suspension_over", "hearing_agents_authorised"} <= waited


def test_cases_stand_in_every_state(rows: Rows) -> None:
    """Filed and served are passed on the way; who is suspended or handed over is seen by the proceeding beside his case."""
    found = {row["case_status"] for row in rows("select distinct case_status from enforcement_case")}
    assert found >= {
        "draft", "investigating", "investigation_concluded", "legal_review", "notice_served", "hearing", "decided", "executing",
        "closed", "archived",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("what", "sql"),
    [
        ("an offsite clue waits for its first review", "select 1 from work_item where process_key = 'offsite_enforcement' and element = 'review_first' and status = 'open'"),
        ("a case is suspended with its clocks", "select 1 from process_instance p join clock_history h on h.event = 'paused' join clock c on c.id = h.clock_id and c.subject_id = p.subject_id where process_key = 'case_suspension' and p.status = 'running'"),
        ("a summary case waits for its payment", "select 1 from process_instance p join message_wait m on m.instance_id = p.id where process_key = 'case_summary' and m.message = 'payment_received'"),
        ("a fine is paid in instalments", "select 1 from enforcement_case where facts ? 'instalment_plan' and case_status = 'executing'"),
        ("somebody can sit an exam", "select 1 from exam_sitting where state = 'assigned' and '2026-11-26 15:00+08' between opens_at and closes_at"),
        ("papers of an exam wait for their marker", "select 1 from work_item where process_key = 'exam' and element = 'mark_first' and status = 'open'"),
        ("there is a course", "select 1 from training_course"),
        ("an evaluation waits for scores", "select 1 from work_item where process_key = 'annual_evaluation' and element = 'score_first' and status = 'open'"),
        ("a draw was handed out", "select 1 from inspection_draw where dispatched_at is not null"),
        ("what was drawn waits for its inspection", "select 1 from work_item where element = 'record_inspection' and status = 'open' having count(*) >= 2"),
        ("property is in custody", "select 1 from property_item where status = 'stored'"),
        ("a difference of the bank's file waits", "select 1 from money_difference where state = 'open'"),
        ("alerts are open", "select 1 from alert where status = 'open'"),
        ("a dossier is sealed", "select 1 from dossier"),
    ],
)  # fmt: skip
def test_there_is_something_to_see_of_each_part(rows: Rows, what: str, sql: str) -> None:
    assert rows(sql), what


def test_the_clock_of_a_seizure_is_near_its_end(rows: Rows) -> None:
    due = [row["due_at"] for row in rows("select due_at from clock where rule = 'DL_SEIZURE' and status = 'running'")]
    assert any(NOW < at <= NOW + timedelta(days=10) for at in due), due


@pytest.mark.parametrize(
    "login",
    [
        "officer_1", "unit_head_1", "legal_1", "head_1", "presider_1", "custodian_1", "archivist_1", "clerk_1", "evaluator_1",
        "marker_1", "unit_head_th_1", "filing_reviewer_1",
    ],
)  # fmt: skip
def test_each_has_something_to_do(stage: tuple[Node, simulating.Told], login: str) -> None:
    work = Work(stage[0], trying.people(stage[0])(login))
    boxes = [cast("list[Any]", engine.tasks(work, box, 5, None)["items"]) for box in ("mine", "unit")]
    assert any(boxes)


def test_the_supervisor_sees_alerts_and_the_finance_office_its_difference(stage: tuple[Node, simulating.Told]) -> None:
    node, _ = stage
    supervisor, finance = (Work(node, trying.people(node)(login)) for login in ("supervisor_1", "finance_1"))
    assert engine.list_alerts(supervisor, status="open", limit=5)["items"]
    assert [row["kind"] for row in engine.differences(finance, "open", 5, None)] == ["missing_in_file"]


def test_every_role_has_somebody_who_can_log_in(stage: tuple[Node, simulating.Told]) -> None:
    """The page of the demo lists him. A role that is only included by others is nobody's own."""
    node, _ = stage
    parts = [yaml.safe_load(file.read_text("utf-8")).get("roles") or {} for file in PERMISSIONS.glob("*.yaml")]
    roles = {key for part in parts for key in part}
    with psycopg.connect(node.db.owner) as connection:
        logins = {row[0] for row in connection.execute("select login from account where not disabled")}
    listed = demo_logins(node, logins)
    assert listed is not None
    assert roles - {role for one in listed["people"] for role in one["roles"]} == {"caseworker"}
    assert {one["agency"][:3] for one in listed["people"]} >= {"广东省", "广州市", "深圳市"}


def test_a_stop_that_is_in_no_story_is_refused() -> None:
    with pytest.raises(BadContent, match="没有故事"):
        staging.told(staging.Stop("exam/nothing"), {}, NOW)
