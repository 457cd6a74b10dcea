"""`zhicheng try` by hand: somebody who reads only the screen does a process step by step, and keeps it as a story."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import engine
from api import asking, sitting, trying
from content import forms, load, releases
from engine.definitions import definition
from kernel.settings import settings
from kernel.work import LOCAL

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)


@pytest.fixture(scope="module")
def template() -> Iterator[trying.Template]:
    with trying.scratch() as (node, _):
        yield trying.Template(node)


class Reader:
    """Sits in front of the screen: `said` is what stands there; answers by what was last asked for."""

    def __init__(self, lines: list[Any]) -> None:
        self.said: list[str] = []
        self._lines = iter(lines)

    def say(self, text: str) -> None:
        self.said += text.split("\n")

    def ask(self, prompt: str) -> str:
        """The next line to type; a callable is asked with the screen; an exception is pressed like a key."""
        self.said.append(prompt)
        line = next(self._lines, EOFError)
        if callable(line) and not isinstance(line, type):
            line = line(self)
        if isinstance(line, type):
            raise line
        self.said[-1] += line
        return str(line)

    @property
    def screen(self) -> str:
        return "\n".join(self.said)


def sit(template: trying.Template, tmp_path: Path, process: str, *lines: Any) -> str:
    """What stood on the screen when these lines had been typed."""
    reader = Reader(list(lines))
    sitting.Sitting(template, reader.say, reader.ask, tmp_path).run(process)
    return reader.screen


class Teller(Reader):
    """Types a story: who does what and when, each field by the name that stands on the screen."""

    def __init__(self, story: engine.Story, release: Any, *, begin: str) -> None:
        super().__init__([])
        self._release, self._begin = release, begin
        self._lines = [line for line in story.steps[story.taken :] if not line.refused]
        self._start, self._now = story.start, story.start
        self._category, self._answers = story.start.category, dict(story.start.facts)
        self._table, self._rows = "", list[dict[str, Any]]()
        self._row: dict[str, Any] = {}
        self._processes = [release.process(key) for key in release.processes]
        self._names = {e.name: key for key, e in release.elements.items()}
        self._labels: dict[str, list[str]] = {}
        for form in (release.form(key) for key in forms.keys(release.files)):
            for one in form.fields.values():
                for field in (one, *one.columns):
                    if field.label and field.element not in self._labels.setdefault(field.label, []):
                        self._labels[field.label].append(field.element)
        self._end = ["q", "手工走过的", "told_by_hand", "s"]

    def ask(self, prompt: str) -> str:
        assert len(self.said) < 6000, self.tail
        self.said.append(prompt)
        said = self._typed(prompt)
        self.said[-1] += said
        return said

    @property
    def tail(self) -> str:
        return "\n".join(self.said[-40:])

    def _typed(self, prompt: str) -> str:
        if prompt == "  > ":
            return self._field()
        if "从哪里开始" in prompt:
            return next(n for n, text in self._list() if self._begin in text)
        if "执法门类" in prompt:
            return next(n for n, text in self._list() if text.startswith(self._category))
        if "由谁办理" in prompt:
            return self._now.by or "clerk_1"
        if "命令 >" in prompt:
            return self._command(prompt)
        if "登记哪一种来件" in prompt or "启动哪个程序" in prompt:
            return next(n for n, text in self._list() if text.startswith(self._wanted))
        if "没有要填的" in prompt:
            return ""
        return self._end.pop()

    def _list(self) -> list[tuple[str, str]]:
        """The numbered list that stands last on the screen."""
        found: list[tuple[str, str]] = []
        for line in reversed(self.said[:-1]):
            match = re.match(r"  (\d+)\. (.*)", line)
            if match:
                found.append((match[1], match[2]))
            elif found and "期限" not in line and "等待来件" not in line:
                break
        return found

    def _command(self, prompt: str) -> str:
        if not self._lines:
            return self._end.pop()
        line = self._lines[0]
        at = (line.at or line.until).astimezone(LOCAL)  # type: ignore[union-attr]
        if f"{at:%Y-%m-%d %H:%M}" > prompt[:16]:
            if line.until:
                self._lines.pop(0)
            return f"{at:%Y-%m-%d %H:%M}"
        self._now = self._lines.pop(0)
        self._answers, self._row, self._table = {**line.answers, **line.facts}, {}, ""
        if line.until:
            return self._command(prompt)
        if line.message:
            self._wanted = next(self._message(p, line.message) for p in self._processes if line.message in p.messages)
            return "m"
        if line.begin:
            self._wanted = self._release.process(line.begin).name
            return "b"
        names = {
            which.flow.steps()[line.step].name
            for p in self._processes
            if line.step in (which := definition(self._release, p.key)).flow.steps()
        }
        found = [n for n, text in self._list() if text.rpartition("(")[0] in names]
        assert found, f"{line.label} {names}\n{self.tail}"
        return found[0]

    def _message(self, process: Any, key: str) -> str:
        return str(yaml.safe_load(self._release.files[process.file])["messages"][key]["name"])

    def _field(self) -> str:
        """What is asked for stands after the last ▸; a table asks for its rows."""
        place = next(n for n in range(len(self.said) - 1, -1, -1) if "▸ " in self.said[n])
        table = next((line for line in reversed(self.said[place:]) if "现有 " in line and "行:" in line), None)
        head = self.said[place]
        key = self._key(head.partition("▸ ")[2])
        if head.startswith("    ▸") and not (table and "完成" in table):
            return self._shown(key, self._row.get(key))
        if self._release.elements[key].type == "table" or table:
            return self._next_row(self._table if table and head.startswith("    ▸") else key)
        if any("必须填写" in line for line in self.said[-3:-1]):
            raise AssertionError(f"the story has no answer\n{self.tail}")
        return self._shown(key, self._answers.get(key))

    def _key(self, text: str) -> str:
        names = [name for name in (*self._labels, *self._names) if text.startswith(name)]
        assert names, text
        name = max(names, key=len)
        both = [one for one in (*self._labels.get(name, ()), self._names.get(name)) if one]
        known = {**self._answers, **self._row}
        return next((one for one in both if one in known), both[-1])

    def _next_row(self, key: str) -> str:
        if self._table != key:
            self._table, self._rows = key, list(self._answers.get(key) or [])
            if self._rows and "现有 0 行" not in self.said[-2]:
                return "-"
        if not self._rows:
            self._table, self._row = "", {}
            return ""
        self._row = self._rows.pop(0)
        return "+"

    def _shown(self, key: str, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, list):
            return "、".join(map(str, value))
        if isinstance(value, dict):
            return ",".join(map(str, value.values()))
        if self._release.elements[key].type == "datetime":
            return f"{datetime.fromisoformat(value).astimezone(LOCAL):%Y-%m-%d %H:%M}"
        return str(value).replace("\n", " ")


def told(path: str) -> tuple[engine.Story, Any]:
    files = load.tree(settings().content)
    process, _, name = path.partition("/")
    file = f"processes/national/{process}/stories/{name}.yaml"
    return engine.read_story(file, files[file], files), releases.make(files)


@pytest.mark.parametrize(
    ("path", "begin"),
    [
        ("case_summary/road_transport_by_term", "从头办起"),
        ("case_ordinary/paid_in_time", "从头办起"),
        ("hearing/held_with_agents", "办到 arrange_hearing 之前"),
        ("coercive_measure/extended_and_examined", "接着"),
        ("officer_qualification/failed_twice", "从头办起"),
        ("exam/bank_too_small", "从头办起"),
        ("annual_evaluation/own_agency_not_scored", "从头办起"),
    ],
)
def test_whoever_reads_only_the_screen_does_the_whole_process_and_keeps_it_as_a_story(
    template: trying.Template, tmp_path: Path, path: str, begin: str
) -> None:
    story, release = told(path)
    teller = Teller(story, release, begin=begin)
    sitting.Sitting(template, teller.say, teller.ask, tmp_path).run(path.partition("/")[0])
    kept = tmp_path / "processes/national" / path.partition("/")[0] / "stories/told_by_hand.yaml"
    assert kept.exists(), teller.tail
    again = engine.read_story(kept.relative_to(tmp_path).as_posix(), kept.read_bytes(), release.files)
    assert again.expect.status == story.expect.status, teller.tail
    node, clock = template.copy(999, min(trying.START, again.start.at))
    try:
        played = engine.Player(node, clock, trying.people(node)).play(again.begins, again)
    finally:
        template.drop(node)
    assert played.faults == []


START = ["1", "", "", "检查", "", "L010009", "未随车携带超限通行证", "张三未随车携带超限通行证案", "3月2日 8:50", "石沙路", "",
         "当事人未随车携带超限运输车辆通行证。", "个人", "张三", "440106198506123115", "", "", "员村二横路12号", "13925000001", *[""] * 7]  # fmt: skip


def test_a_process_that_is_not_there_is_chosen_from_the_list(template: trying.Template, tmp_path: Path) -> None:
    screen = sit(template, tmp_path, "case_sumary", "999", ".", EOFError)
    assert "没有流程“case_sumary”" in screen
    assert "简易程序(case_summary)" in screen
    assert "请输入 1 到" in screen


def test_wrong_values_are_refused_at_once_and_asked_again(template: trying.Template, tmp_path: Path) -> None:
    screen = sit(
        template,
        tmp_path,
        "简易程序",
        "1",
        "nobody",
        "officer_1",
        "",
        "没有的",
        "检查",
        "昨天",
        "2月30日",
        "8:00",
        EOFError,
    )
    assert "没有“nobody”这个人" in screen
    assert "“案件来源”没有“没有的”这一项,? 看可选的内容" in screen
    assert "“受案时间”应为日期和时间,如 2026-03-02 09:30" in screen
    assert "没有 2月30日 这一天" in screen
    assert screen.endswith("已结束")


def test_the_field_before_is_come_back_to_and_what_was_filled_in_outlives_giving_up(
    template: trying.Template, tmp_path: Path
) -> None:
    screen = sit(
        template,
        tmp_path,
        "case_summary",
        *START[:7],
        "<",
        "违章",
        KeyboardInterrupt,
        *START[:3],
        "",
        "",
        "",
        "",
        "",
        EOFError,
    )
    assert screen.count("▸ 案由*") == 3
    assert "没有启动" in screen
    assert "▸ 案由* [违章]" in screen


def test_a_step_is_taken_back_and_time_goes_only_on(template: trying.Template, tmp_path: Path) -> None:
    screen = sit(
        template,
        tmp_path,
        "case_summary",
        *START,
        "u",
        "什么",
        "7",
        "+2小时",
        "2026-03-01",
        "+5",
        "u",
        "u",
        "u",
        "f",
        "h",
        "p",
        KeyboardInterrupt,
        "\udce4",
        "q",
    )
    assert "还没有走过一步,没有可撤销的" in screen
    assert "“什么”:不认识这个命令;? 看有哪些命令" in screen
    assert "没有第 7 个待办,现有 1 个" in screen
    assert "时间不能往回走:现在是 2026-03-02 11:00" in screen
    assert "2026-03-07 11:00 命令 > u" in screen
    assert "2026-03-02 11:00 命令 > u" in screen
    assert "2026-03-02 09:00 命令 > u" in screen
    assert "案由:未随车携带超限通行证" in screen
    assert "还没有文书" in screen
    assert "要结束请输入 q" in screen
    assert "有无法识别的字符(终端应为 UTF-8)" in screen


def test_what_was_not_kept_is_offered_to_be_kept_and_no_story_is_overwritten(
    template: trying.Template, tmp_path: Path
) -> None:
    kept = tmp_path / "processes/national/case_summary/stories/mine.yaml"
    sit(template, tmp_path, "case_summary", *START, "+1", "q", "mine", "推迟一日")
    assert yaml.safe_load(kept.read_text().replace("T09:00", "T09:00:00"))["name"] == "推迟一日"
    before = kept.read_bytes()
    screen = sit(template, tmp_path, "case_summary", *START, "+2", "s", "我的", "mine", "", EOFError)
    assert "文件名用小写英文" in screen
    assert "已有故事 mine,请换一个名字" in screen
    assert "走过的 1 步没有保存" in screen
    assert kept.read_bytes() == before


def test_a_process_that_runs_beside_others_says_what_it_goes_on_from(template: trying.Template, tmp_path: Path) -> None:
    screen = sit(template, tmp_path, "hearing", "", EOFError)
    assert "请选择接着哪个故事办" in screen
    assert "接着 case_ordinary/hearing_paid_late,办到 arrange_hearing 之前" in screen
    assert "(听证主持人)" in screen


@pytest.mark.parametrize(
    ("said", "day"),
    [("2026-3-5", "2026-03-05"), ("2026年3月5日", "2026-03-05"), ("3/5", "2026-03-05"), ("20260305", "2026-03-05"), ("今天", "2026-03-02"), ("+3", "2026-03-05")],
)  # fmt: skip
def test_days_are_read_as_people_write_them(said: str, day: str) -> None:
    assert asking.read_day(said, NOW).isoformat() == day


@pytest.mark.parametrize(
    ("said", "at"),
    [("9:30", "2026-03-02T09:30"), ("2026-03-05 14:05", "2026-03-05T14:05"), ("3月5日14时", "2026-03-05T14:00"), ("现在", "2026-03-02T09:00"), ("2026-03-05T08:00", "2026-03-05T08:00")],
)  # fmt: skip
def test_instants_are_read_as_people_write_them(said: str, at: str) -> None:
    assert asking.read_moment(said, NOW).isoformat() == f"{at}:00+08:00"
