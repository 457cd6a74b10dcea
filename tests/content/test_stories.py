"""Stories are read into lines and compared in sentences."""

from __future__ import annotations

import pytest

from content.releases import Release
from engine import stories
from kernel.errors import BadContent

FILE = "processes/national/good_case/stories/heard.yaml"
HEAD = "name: x\nstart: {at: 2026-03-02T09:00, by: officer_1, facts: {}}\n"


def story(release: Release) -> stories.Story:
    return stories.read(FILE, release.files[FILE])


def test_a_story_is_read_with_local_times_and_decimal_texts(release: Release) -> None:
    read = story(release)
    assert read.process == "good_case"
    assert read.start.at.isoformat() == "2026-03-02T09:00:00+08:00"
    assert read.steps[2].answers == {"noticed_on": "2026-03-03", "service_method": "direct", "fine_amount": "3000.00"}
    assert read.steps[1].answers["interviews"][0]["asked_at"] == "2026-03-02T10:30:00+08:00"
    assert read.steps[3].refused == "G_GOOD_HEARD"
    assert read.steps[4].message == "reply"
    assert read.expect.clocks == {"DL_GOOD_DEFENCE": "2026-03-10"}
    assert read.steps[2].label == "第 3 行 inform"


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ("[{at: 2026-03-02T10:00, step: look}]", "by"),
        ("[{by: officer_1, step: look}]", "at"),
        ("[{at: 2026-03-02T10:00, by: officer_1}]", "之一"),
        ("[{at: 2026-03-02T10:00, by: officer_1, step: look, message: reply}]", "之一"),
        ("[{until: 2026-03-02}]", "应为日期和时间"),
        ("[{until: 2026-03-01T10:00}]", "早于上一行"),
        ("[{until: 2026-03-03T10:00, wait: 3}]", "不认识的键"),
    ],
)
def test_a_story_that_cannot_be_played_is_refused(steps: str, word: str) -> None:
    with pytest.raises(BadContent) as refused:
        stories.read(FILE, f"{HEAD}steps: {steps}\n".encode())
    assert word in refused.value.what


PLAYED = {
    "status": "closed",
    "path": ["begin", "look", "ask", "inform", "replied", "review", "decide", "finished"],
    "papers": [{"kind": "P1", "number": None}],
    "clocks": {"DL_GOOD_DEFENCE": "2026-03-10"},
}


def test_what_came_out_as_told_differs_in_nothing(release: Release) -> None:
    assert stories.differences(story(release), PLAYED) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": "decided"}, "记录状态应为 closed,实际为 decided"),
        ({"path": ["look", "inform", "replied", "decide"]}, "review 没有经过"),
        ({"path": ["look", "replied", "inform", "review", "decide"]}, "replied 经过的次序不对"),
        ({"papers": []}, "应制作文书 P1,实际没有"),
        ({"papers": [{"kind": "P1"}, {"kind": "P1"}]}, "多出文书 P1"),
        ({"clocks": {}}, "期限 DL_GOOD_DEFENCE 应为 2026-03-10,实际没有"),
        ({"clocks": {"DL_GOOD_DEFENCE": "2026-03-11"}}, "实际为 2026-03-11"),
    ],
)
def test_what_came_out_otherwise_is_said(release: Release, change: dict[str, object], word: str) -> None:
    found = stories.differences(story(release), {**PLAYED, **change})
    assert len(found) == 1
    assert word in found[0]


def test_people_are_named_by_login_and_become_ids(release: Release) -> None:
    made = stories.with_people(
        {"officers": ["officer_1"], "remark": "officer_1"}, release.elements, lambda login: f"id of {login}"
    )
    assert made == {"officers": ["id of officer_1"], "remark": "officer_1"}


def test_a_story_goes_on_from_where_another_one_stands(release: Release) -> None:
    file = "processes/national/good_service/stories/late.yaml"
    text = b"name: x\nstart: {story: good_case/heard, before: inform}\nsteps: [{until: 2026-04-03T10:00}]\n"
    read = stories.read(file, text, release.files)
    assert (read.process, read.begins, read.taken) == ("good_service", "good_case", 2)
    assert [line.step for line in read.steps] == ["look", "ask", None]
    assert read.steps[-1].label == "第 1 行 时间推移"


def test_what_goes_on_from_a_story_of_certain_people_is_of_them_too(release: Release) -> None:
    files = dict(release.files)
    files[FILE] = b"in_place: true\n" + files[FILE]
    after = FILE.replace("heard", "after")
    body = b"name: x\nstart: {story: good_case/heard, before: inform}\nsteps: []\n"
    assert stories.read(after, body, files).in_place
    assert not stories.read(after, body, release.files).in_place


@pytest.mark.parametrize(
    ("start", "word"),
    [
        ("{story: good_case/none}", "没有故事"),
        ("{story: good_case/heard, before: nowhere}", "没有环节或来件"),
        ("{story: good_case/heard, at: 2026-03-02T09:00}", "不认识的键"),
    ],
)
def test_a_story_that_goes_on_from_nothing_is_refused(release: Release, start: str, word: str) -> None:
    with pytest.raises(BadContent) as refused:
        stories.read(
            "processes/national/good_case/stories/x.yaml",
            f"name: x\nstart: {start}\nsteps: []\n".encode(),
            release.files,
        )
    assert word in refused.value.what
