"""Releases: pinned by what began on them, dated where the law is dated, refused when they fail the check."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import engine
from content import load
from engine import release_store
from kernel.errors import NotAllowed, Refusal
from kernel.work import LOCAL, Work, system_person
from tests.engine.conftest import small_files
from tests.papers.conftest import a_docx

GOOD = Path(__file__).parent.parent / "content" / "good"
DEADLINES = "rules/national/deadlines/small.yaml"
DECIDE = "processes/national/small_case/process.yaml"


def good_files() -> dict[str, bytes]:
    """A small set of content without a fault."""
    return {**load.tree(GOOD), "templates/national/P1/document.docx": a_docx("{{ party }} {{ fine }}")}


def changed(path: str, old: str, new: str) -> dict[str, bytes]:
    files = small_files()
    text = files[path].decode()
    assert old in text
    return {**files, path: text.replace(old, new).encode()}


def put(stage: Any, files: dict[str, bytes], effective_from: datetime | None = None) -> str:
    stage.later(seconds=1)
    work = Work(stage.node, system_person(440100, "01"))
    with work.transaction():
        return release_store.store(work, files, ground="修订", effective_from=effective_from)


def test_a_case_stays_on_the_release_it_began_on(stage: Any) -> None:
    old = stage.begin()
    new_hash = put(stage, changed(DECIDE, "look: {roles: [officer]", "look: {roles: [head]"))
    stage.later(seconds=1)
    young = stage.begin()
    releases = {str(r["id"]): r["release"] for r in stage.rows("select id, release from process_instance")}
    assert releases[young["instance_id"]] == new_hash != releases[old["instance_id"]]
    for begun in (old, young):
        stage.do("officer_1", begun["case_id"], "fill", case_summary="x")
    roles = {
        str(r["subject_id"]): r["role"]
        for r in stage.rows("select subject_id, role from work_item where element = 'look'")
    }
    assert roles == {old["case_id"]: "officer", young["case_id"]: "head"}


def test_the_rulebook_goes_by_the_day_also_in_a_running_case(stage: Any) -> None:
    begun = stage.begin("small_more")
    put(stage, changed(DEADLINES, "length: 10", "length: 20"))
    stage.later(seconds=1)
    stage.do("officer_1", begun["case_id"], "draft", case_summary="x")
    assert str(stage.clock_row(begun["case_id"], "DL_SMALL_ACT")["due_at"].astimezone(LOCAL).date()) == "2026-03-22"
    assert stage.rows("select distinct release from process_instance") != stage.rows(
        "select hash as release from release order by published_at desc limit 1"
    )


def test_a_paper_takes_the_template_of_the_day_it_is_made(stage: Any) -> None:
    begun = stage.begin("small_more")
    newer = put(stage, changed("templates/national/T1/document.yaml", "name: 小告知书", "name: 新式告知书"))
    stage.later(seconds=1)
    stage.do("officer_1", begun["case_id"], "draft", case_summary="x")
    made = stage.rows("select name, release from document where kind = 'T1'")
    assert made == [{"name": "新式告知书", "release": newer}]


def test_a_release_of_the_future_waits_for_its_day(stage: Any) -> None:
    now = release_store.current(stage.work_as("officer_1")).hash
    newer = put(stage, changed(DEADLINES, "length: 10", "length: 20"), stage.clock.at + timedelta(days=3))
    assert release_store.current(stage.work_as("officer_1")).hash == now
    first = stage.begin()
    stage.later(days=3, seconds=1)
    assert release_store.current(stage.work_as("officer_1")).hash == newer
    second = stage.begin()
    rows = {str(r["id"]): r["release"] for r in stage.rows("select id, release from process_instance")}
    assert (rows[first["instance_id"]], rows[second["instance_id"]]) == (now, newer)


def test_the_same_files_are_the_same_release(stage: Any) -> None:
    first, again = put(stage, small_files()), put(stage, small_files())
    assert first == again
    assert len(stage.rows("select 1 from release")) == 1


def test_a_release_is_never_changed_or_deleted(stage: Any) -> None:
    for statement in ("update release set ground = '改'", "delete from release", "update content_blob set body = ''"):
        with pytest.raises(Exception, match=r"permission denied|append"):
            stage.rows(statement)


@pytest.fixture
def publisher(stage: Any) -> Work:
    work: Work = stage.grant("supervisor_1", "publisher")
    return work


def test_a_publisher_publishes_what_passes_the_check(stage: Any, publisher: Work) -> None:
    stage.later(seconds=1)
    files = good_files()
    hash_ = engine.publish(publisher, files, ground="依据法规修订")
    newest = engine.releases(publisher)[0]
    assert (newest["hash"], newest["ground"], newest["published_by"]) == (hash_, "依据法规修订", publisher.person.id)
    assert engine.publish(publisher, files, ground="再次提交") == hash_


def test_what_fails_the_check_is_not_published(stage: Any, publisher: Work) -> None:
    files = good_files()
    path = "processes/national/good_case/process.yaml"
    form = re.search(rb"form: (good_\w+)", files[path])
    assert form is not None
    files[path] = files[path].replace(form.group(1), b"no_such_form")
    with pytest.raises(Refusal, match="内容检查发现") as refused:
        engine.publish(publisher, files, ground="修订")
    assert "no_such_form" in refused.value.detail
    assert len(stage.rows("select 1 from release")) == 1


def test_who_may_not_publish_and_who_gives_no_ground_is_refused(stage: Any, publisher: Work) -> None:
    with pytest.raises(NotAllowed):
        engine.publish(stage.work_as("officer_1"), good_files(), ground="我觉得好")
    with pytest.raises(Refusal, match="依据或理由"):
        engine.publish(publisher, good_files(), ground=" ")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&b;</definitions>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&x;</definitions>"""


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("processes/national/good_case/process.bpmn", b"\x00\xff garbage"),
        ("processes/national/good_case/process.bpmn", b""),
        ("processes/national/good_case/process.bpmn", BOMB),
        ("processes/national/good_case/process.bpmn", OUTSIDE),
        ("processes/national/good_case/process.yaml", b"a: [1, 2"),
        ("processes/national/good_case/process.yaml", b"&a [*a, *a]"),
        ("processes/national/good_case/process.yaml", b"!!python/object/apply:os.system ['true']"),
        ("forms/national/elements.yaml", b"elements: 7"),
        ("forms/national/elements.yaml", b"[" * 20_000),
        ("rules/national/guards/good.yaml", b"guards: [{id: G, require: 'count('}]"),
        ("rules/national/deadlines/good.yaml", b"\xef\xbb\xbf\x00"),
        ("templates/national/P1/document.yaml", b"code: P9"),
        ("../../etc/passwd", b"root"),
        ("processes/national/good_case/run.py", b"import os"),
    ],
    ids=lambda value: value.rpartition("/")[2] if isinstance(value, str) else None,
)
def test_garbage_is_refused_in_chinese_and_named(stage: Any, publisher: Work, path: str, body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        engine.publish(publisher, {**good_files(), path: body}, ground="试试")
    assert re.search("[一-龥]", refused.value.detail)
    assert path in refused.value.detail or path.rpartition("/")[0] in refused.value.detail
    assert len(stage.rows("select 1 from release")) == 1
