"""What the case knows stands in the form already: its people, its agency, its papers; and what is about something new starts empty."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import engine
from content import releases
from engine import stories
from engine.play import Player
from kernel.work import Node, Person, SettableClock, Work, system_person
from tests.stories.conftest import FILES
from tests.stories.retyping import retyped

Stage = tuple[Node, Callable[[str], Person]]
DOSSIER = "rules/national/dossier.yaml"
Shown = list[tuple[str, dict[str, Any]]]


def opened(stage: Stage, clock: SettableClock, path: str, *steps: str) -> Shown:
    """What the forms of these steps show when they are opened, in the order in which the story does them."""
    node, person = stage
    shown: Shown = []

    def look(step: str, by: str, case_id: str) -> None:
        work = Work(node, person(by))
        with work.transaction(hot=True):
            task = work.one(
                "select id from work_item where subject_id = %s and element = %s and claimed_by = %s and status = 'open'",
                (case_id, step, work.person.id),
            )
        if step in steps and task is not None:
            shown.append((step, engine.task(work, str(task["id"]))["answers"]))

    file = "processes/national/" + path.replace("/", "/stories/") + ".yaml"
    story = stories.read(file, FILES[file], FILES)
    clock.set(min(clock.at, story.start.at))
    played = Player(node, clock, person, before=look).play(story.begins, replace(story, expect=stories.Expected()))
    assert not played.faults, played.faults
    return shown


def test_a_service_names_who_receives_it_where_and_who_serves_it(stage: Stage, clock: SettableClock) -> None:
    (_, first), *_ = opened(stage, clock, "case_ordinary/paid_in_time", "attempt_service")
    assert first["service_addressee"] == "广州穗运货运有限公司"
    assert first["service_place"] == "广州市白云区石井街道石沙路188号"
    assert first["service_servers"] == "张伟、王芳"


def test_the_second_person_interviewed_is_not_the_first(stage: Stage, clock: SettableClock) -> None:
    first, second = (form for _, form in opened(stage, clock, "case_ordinary/paid_in_time", "interview_person"))
    assert (first["interviewee_name"], first["interview_id_no"]) == ("陈志强", "440106198506123115")
    of_the_person = {key for key in second if key.startswith("interview") and key != "interview_recorder"}
    assert of_the_person == {"interview_place"}  # where the first one was heard


def test_a_waiver_says_which_notice_came_when(stage: Stage, clock: SettableClock) -> None:
    ((_, waiver),) = opened(stage, clock, "case_ordinary/waiver_early_decision", "record_waiver")
    assert waiver["notice_reference"].startswith("2026年5月9日收到违法行为通知书(粤穗交案〔2026〕")


def test_a_filing_rests_on_the_articles_that_the_violation_item_names(stage: Stage, clock: SettableClock) -> None:
    (_, filing), *_ = opened(stage, clock, "case_ordinary/no_penalty", "file_case")
    assert filing["filing_basis"].startswith("涉嫌违反")
    assert filing["filing_basis"].endswith("立案")
    assert "第" in filing["filing_basis"]


def test_goods_in_store_name_the_owner_and_the_agency_that_keeps_them(stage: Stage, clock: SettableClock) -> None:
    (_, stored), *_ = opened(stage, clock, "coercive_measure/two_at_once", "store_property")
    assert stored["property_owner"] == "广州穗运货运有限公司"
    assert stored["custody_unit"].startswith("广州市")


def test_an_answer_is_typed_again_when_the_case_knows_it_under_another_name() -> None:
    release = releases.make(FILES)
    form = release.form("sampling_record")
    facts = {"violation_place": "G105国道K2486+300", "sampling_place": "化验室门前"}
    place = {"sampling_place": "G105国道K2486+300"}
    assert retyped(release, form, {}, place, facts) == {}, "the field has a default"
    bare = replace(
        form,
        sections=tuple(replace(s, fields=tuple(replace(f, default=None) for f in s.fields)) for s in form.sections),
    )
    assert retyped(release, bare, {}, place, facts) == {
        "sampling_record.sampling_place": "G105国道K2486+300(violation_place)"
    }
    assert retyped(release, bare, place, place, facts) == {}, "shown already"
    assert retyped(release, bare, {}, {"sampling_place": "化验室门前"}, facts) == {}, "known only under its own name"


def without_recusal() -> dict[str, bytes]:
    """The content as it was before interviews asked about recusal in a field of its own."""
    old = dict(FILES)
    told = [p for p in old if p.startswith(("processes/", "templates/national/D02/")) and p.endswith(".yaml")]
    for file in ("forms/national/interview_record.yaml", *told):
        lines = old[file].decode().splitlines(keepends=True)
        old[file] = "".join(line for line in lines if "interview_recusal_" not in line).encode()
    at = "templates/national/D02/document.docx"
    with zipfile.ZipFile(io.BytesIO(old[at])) as read, zipfile.ZipFile(made := io.BytesIO(), "w") as write:
        for name in read.namelist():
            write.writestr(name, re.sub(rb"\{\{ recusal_\w+ \}\}", b"", read.read(name)))
    return {**old, at: made.getvalue()}


@pytest.mark.parametrize("begun", ["before", "after"])
def test_an_interview_asks_about_recusal_in_a_case_begun_since_it_must(
    stage: Stage, clock: SettableClock, begun: str
) -> None:
    """行政处罚法第43条. A case begun under the earlier content ends its interview as it was begun."""
    node, person = stage
    file = "processes/national/case_ordinary/stories/no_penalty.yaml"
    story = stories.read(file, FILES[file], FILES)
    silent = [
        replace(one, answers={k: v for k, v in one.answers.items() if not k.startswith("interview_recusal_")})
        for one in story.steps
    ]
    place = [one.step for one in silent].index("interview_person")
    clock.set(story.start.at)
    system = Work(node, system_person(440000, "01"), request_id="test")
    player = Player(node, clock, person)
    if begun == "before":
        engine.publish(system, without_recusal(), ground="没有“是否申请回避”一栏")
    player.begin(story.begins, story)
    for line in silent[:place]:
        player.line(line)
    if begun == "before":
        again = {**FILES, DOSSIER: FILES[DOSSIER] + "# 增加“是否申请回避”一栏\n".encode()}
        engine.publish(system, again, ground="增加“是否申请回避”一栏")
    player.line(silent[place])
    if begun == "before":
        assert player.played.faults == []
    else:
        assert "是否申请回避" in "".join(player.played.faults)
