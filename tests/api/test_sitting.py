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
from api import sitting, trying
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
            return self._next_row(key)
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
