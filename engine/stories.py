"""Stories: what a process must do, in the words of those who know the law – facts and answers in; path, papers, clocks out.

Read and compared here; played by engine/play.py. Times without an offset are those of Shanghai. Amounts may be written as
numbers: they become the decimal texts that answers have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from content.elements import Elements
from content.reader import Reader
from kernel.errors import BadContent
from kernel.work import LOCAL

PATH: Final = re.compile(r"processes/national/([a-z][a-z0-9_]*)/stories/[a-z0-9_.-]+\.yaml\Z")
_PEOPLE: Final = frozenset({"officer", "officers"})


@dataclass(frozen=True)
class Begin:
    """How the case starts. `agency_id` None: the starter's own agency."""

    at: datetime
    by: str
    facts: Mapping[str, Any]
    category: str = "01"
    agency_id: int | None = None


@dataclass(frozen=True)
class Line:
    """One line: a step done or its opinion signed, somebody away, a process begun on the same record, a message that comes in,
    or time that passes. `sign`: the step that is signed (answers: opinion, note); `away`: who stands in (answers: ends, reason).
    `refused`: the guard or problem expected."""

    number: int
    at: datetime | None = None
    until: datetime | None = None
    by: str | None = None
    step: str | None = None
    message: str | None = None
    begin: str | None = None
    sign: str | None = None
    away: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None
    nth: int | None = None  # of several proceedings of one kind on the record: which, in the order of their beginning
    line: int = 0

    @property
    def label(self) -> str:
        """How the line is named in reports."""
        what = (
            self.step
            or (f"签署 {self.sign}" if self.sign else f"离岗,由 {self.away} 代理" if self.away else None)
            or (f"启动 {self.begin}" if self.begin else f"来件 {self.message}" if self.message else "时间推移")
        )
        return f"第 {self.number} 行 {what}"


@dataclass(frozen=True)
class Expected:
    """What must come out. None: not asked. `path` must occur in this order, `papers` exactly, `clocks` with these days."""

    status: str | None = None
    path: tuple[str, ...] | None = None
    papers: tuple[str, ...] | None = None
    started: tuple[str, ...] | None = None  # processes that this one started about other records
    clocks: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """One story of a process.

    `begins`: the process that is started – another one when this one is only called, or runs beside it. The first
    `taken` lines are those of the story that this one goes on from; what they bring about is not compared. `in_place`: it
    rests on what is seeded of these people on that day (a certificate that has lapsed), so that a simulation tells it of no
    others and not earlier; so does what goes on from it.
    """

    file: str
    process: str
    name: str
    start: Begin
    steps: tuple[Line, ...]
    expect: Expected
    begins: str = ""
    taken: int = 0
    in_place: bool = False


def read(file: str, data: bytes, files: Mapping[str, bytes] | None = None) -> Story:
    """One story. Raises `BadContent`.

    A story may go on from where another one stands: `start: {story: case_ordinary/paid_in_time, before: record_scene}`
    takes over that one's start and its lines before the first that does `record_scene`; it is looked up in `files`.
    """
    match = PATH.match(file)
    if match is None:
        raise BadContent(file, 0, "故事应放在 processes/national/<流程>/stories/ 下,文件名用小写英文")
    top = Reader.of(file, data)
    begin = top.block_of("start")
    if begin is None:
        raise top.bad("缺少 start")
    process = match.group(1)
    before = _earlier(begin, files or {}) if begin.has("story") else None
    taken = before.steps if before is not None else ()
    expect = top.block_of("expect")
    made = Story(
        file,
        process,
        top.text("name", most=100),
        before.start if before is not None else _begin(begin),
        (*taken, *(_line(number, reader) for number, reader in enumerate(top.blocks("steps"), 1))),
        _expected(expect) if expect is not None else Expected(),
        begins=before.begins if before is not None else process,
        taken=len(taken),
        in_place=top.flag("in_place") or (before is not None and before.in_place),
    )
    top.text("why", "")
    top.close()
    _in_order(top, made)
    return made


def read_all(files: Mapping[str, bytes], process: str) -> list[Story]:
    """Every story of a process, by file name. Raises `BadContent`."""
    return [read(path, files[path], files) for path in paths(files) if PATH.match(path)[1] == process]  # type: ignore[index]


def paths(files: Mapping[str, bytes]) -> list[str]:
    """Where stories are."""
    return sorted(path for path in files if PATH.match(path))


def _earlier(reader: Reader, files: Mapping[str, bytes]) -> Story:
    """The story that this one goes on from, cut before the step or message `before` (not named: whole)."""
    process, _, name = reader.text("story").partition("/")
    file = f"processes/national/{process}/stories/{name}.yaml"
    if file not in files or file == reader.file:
        raise reader.bad(f"没有故事 {process}/{name};story 应写“流程/故事文件名”", "story")
    whole = read(file, files[file], {path: body for path, body in files.items() if path != reader.file})
    before = reader.text("before") if reader.has("before") else None
    reader.close()
    if before is None:
        return whole
    for number, line in enumerate(whole.steps):
        if before in (line.step, line.message):
            return replace(whole, steps=whole.steps[:number])
    raise reader.bad(f"故事 {process}/{name} 中没有环节或来件 {before}", "before")


def _begin(reader: Reader) -> Begin:
    made = Begin(
        _moment(reader, "at"),
        reader.text("by"),
        plain(reader.pairs("facts")),
        reader.text("category", "01"),
        reader.integer("agency_id"),
    )
    reader.close()
    return made


def _line(number: int, reader: Reader) -> Line:
    made = Line(
        number=number,
        at=_moment(reader, "at") if reader.has("at") else None,
        until=_moment(reader, "until") if reader.has("until") else None,
        by=reader.text("by") if reader.has("by") else None,
        step=reader.text("step") if reader.has("step") else None,
        message=reader.text("message") if reader.has("message") else None,
        begin=reader.identifier("begin") if reader.has("begin") else None,
        sign=reader.text("sign") if reader.has("sign") else None,
        away=reader.text("away") if reader.has("away") else None,
        answers=plain(reader.pairs("answers")),
        facts=plain(reader.pairs("facts")),
        refused=reader.text("refused") if reader.has("refused") else None,
        nth=reader.integer("nth"),
        line=reader.block.line,
    )
    kinds = (made.step, made.sign, made.away, made.begin, made.message, made.until)
    if sum(x is not None for x in kinds) != 1:
        raise reader.bad(
            "每行应是 step(办结环节)、sign(签署意见)、away(离岗)、begin(启动并行程序)、message(来件)、until(时间推移到)之一"
        )
    if (made.step or made.begin or made.sign or made.away) is not None and (made.by is None or made.at is None):
        raise reader.bad("环节应写明 by(谁)和 at(何时)")
    if made.message is not None and made.at is None:
        raise reader.bad("来件应写明 at(何时)")
    reader.close()
    return made


def _expected(reader: Reader) -> Expected:
    made = Expected(
        reader.text("status") if reader.has("status") else None,
        _sequence(reader, "path"),
        _sequence(reader, "papers"),
        _sequence(reader, "started"),
        {rule: str(plain(day)) for rule, day in reader.pairs("clocks").items()},
        plain(reader.pairs("facts")),
    )
    reader.close()
    return made


def _sequence(reader: Reader, key: str) -> tuple[str, ...] | None:
    value = reader.raw(key)
    if value is None:
        return None
    if not isinstance(value, list):
        raise reader.bad(f"{key} 应为列表", key)
    return tuple(map(str, value))


def _moment(reader: Reader, key: str) -> datetime:
    value = reader.raw(key)
    if not isinstance(value, datetime):
        raise reader.bad(f"{key} 应为日期和时间,如 2026-03-02T09:00", key)
    return value if value.tzinfo is not None else value.replace(tzinfo=LOCAL)


def _in_order(top: Reader, story: Story) -> None:
    """Time only goes forward."""
    last = story.start.at
    for line in story.steps:
        at = line.until or line.at
        if at is not None and at < last:
            raise BadContent(top.file, line.line, f"{line.label}:时间早于上一行,请调整")
        last = at or last


def plain(value: Any) -> Any:
    """A YAML value as JSON has it: amounts as decimal texts, days and instants in ISO form with offset."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return (value if value.tzinfo is not None else value.replace(tzinfo=LOCAL)).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def with_people(answers: Mapping[str, Any], elements: Elements, id_of: Callable[[str], str]) -> dict[str, Any]:
    """Answers in which people are named by login, with their ids instead (rows of tables too)."""

    def one(key: str, value: Any) -> Any:
        element = elements.get(key)
        if element is None or value is None:
            return value
        if element.type in _PEOPLE:
            return [id_of(v) for v in value] if isinstance(value, list) else id_of(value)
        if element.type == "table" and isinstance(value, list):
            return [with_people(row, elements, id_of) if isinstance(row, dict) else row for row in value]
        return value

    return {key: one(key, value) for key, value in answers.items()}


# ---------------------------------------------------------------------- comparing
def differences(story: Story, played: Mapping[str, Any]) -> list[str]:
    """What came out otherwise than the story expects, as Chinese sentences.

    `played`: `status`, `path` (elements entered, in order), `papers` (dicts with `kind`), `clocks` (rule → day),
    optionally `facts` and `started` (keys of processes started about other records).
    """
    expect = story.expect
    found = []
    if expect.status is not None and played.get("status") != expect.status:
        found.append(f"记录状态应为 {expect.status},实际为 {played.get('status') or '无'}")
    found += _path(expect.path, list(played.get("path") or ()))
    found += _papers(expect.papers, [str(paper["kind"]) for paper in played.get("papers") or ()])
    if expect.started is not None and sorted(expect.started) != sorted(played.get("started") or ()):
        found.append(
            f"应启动流程 {'、'.join(expect.started) or '无'},实际为 {'、'.join(played.get('started') or ()) or '无'}"
        )
    for what, wanted, got in (
        ("期限", expect.clocks, played.get("clocks") or {}),
        ("事实", expect.facts, played.get("facts") or {}),
    ):
        for key, value in wanted.items():
            if key not in got:
                found.append(f"{what} {key} 应为 {value},实际没有")
            elif got[key] != value and str(got[key]) != str(value):
                found.append(f"{what} {key} 应为 {value},实际为 {got[key]}")
    return found


def _path(wanted: Sequence[str] | None, got: Sequence[str]) -> list[str]:
    """The elements must come in this order; others may come between."""
    if wanted is None:
        return []
    rest = iter(got)
    for element in wanted:
        if not any(element == one for one in rest):
            where = "没有经过" if element not in got else "经过的次序不对"
            return [f"路径应依次经过 {'、'.join(wanted)};其中 {element} {where};实际:{'、'.join(got) or '无'}"]
    return []


def _papers(wanted: Sequence[str] | None, got: Sequence[str]) -> list[str]:
    if wanted is None or sorted(wanted) == sorted(got):
        return []
    left, found = list(got), []
    for code in wanted:
        if code in left:
            left.remove(code)
        else:
            found.append(f"应制作文书 {code},实际没有")
    return found + [f"多出文书 {code}" for code in left]
