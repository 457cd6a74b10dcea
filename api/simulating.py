"""A year of work, simulated: the stories of all processes, told again and again with other parties, people and days.

`zhicheng simulate` plays them through the same verbs as officers, interleaved on one moving clock; whoever waits longer than
his story says waits on. `api/invariants.py` then looks at what came of it. A small run fills `make run` with cases in
every state.
"""

from __future__ import annotations

import bisect
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import engine
from api import staging
from content import identity, load
from content.elements import Elements
from kernel.errors import Problem
from kernel.work import LOCAL, Node, Person, SettableClock, Work
from registers import account

Say = Callable[[str], None]
# Of how many stories in a thousand each process is the subject. Most stories of the others go through case_ordinary as well:
# they go on from one of its cases.
MIX: Mapping[str, int] = {
    "case_ordinary": 230,
    "case_summary": 130,
    "offsite_enforcement": 90,
    "clue_handling": 70,
    "inspection": 60,
    "coercive_measure": 50,
    "fine_execution": 40,
    "hearing": 25,
    "evidence_preservation": 25,
    "service": 20,
    "correction": 20,
    "seizure_handling": 15,
    "case_closing": 15,
    "archiving": 15,
    "legal_review": 12,
    "collective_discussion": 12,
    "case_suspension": 12,
    "sampling": 12,
    "av_evidence": 12,
    "assistance": 10,
    "transfer_criminal": 10,
    "transfer_admin": 8,
    "case_withdrawal": 10,
    "recusal": 10,
    "major_filing": 8,
    "compulsory_enforcement": 10,
    "court_enforcement": 9,
    "fine_enforcement": 7,
    "direct_enforcement": 6,
    "substitute_performance": 6,
    "remedy_reconsideration": 8,
    "remedy_litigation": 7,
    "remedy_outcome": 6,
    "officer_qualification": 10,
    "exam": 5,
    "annual_evaluation": 5,
}
OTHERS = 5  # a province's own process, until somebody says how often it comes
PLACES = ("", "_sz", "_th", "_yx")  # officer_1 → officer_sz_1 …: whose people take the part (deploy/seeds/demo.yaml)
_TO_THE_END = 0.7
_PATIENCE = 45  # days that a line waits for its turn
# By how many minutes a story's hours move: many of one weekday are told of the same two officers, who are in one place at a time.
_APART = (0, 40, -40, 80)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹窦章苏潘葛范彭鲁韦马苗方俞任袁柳"
_GIVEN = "伟强磊军勇杰涛明超斌波辉刚健平志远建国海燕秀英丽娟敏静芳雪梅婷玉兰桂珍嘉豪俊宇子轩浩然文博思源"
_TOWNS = ("穗", "深", "莞", "佛", "惠", "珠", "中", "江", "湛", "茂", "肇", "清", "韶", "汕", "潮", "揭", "梅", "河")
_TRADES = (
    "运货运有限公司",
    "达物流有限公司",
    "通运输有限公司",
    "安汽车运输有限公司",
    "顺航运有限公司",
    "海港务有限公司",
)


@dataclass
class Told:
    """What a run did. `derailed`: stories that went another way than written (`why` counts the reasons)."""

    begun: int = 0
    finished: int = 0
    derailed: int = 0
    steps: int = 0
    processes: Counter[str] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)


@dataclass
class _Course:
    """One story under way: its lines with their own times, and how far it has come."""

    player: engine.Player
    story: engine.Story
    lines: list[Any]
    late: timedelta = timedelta(0)
    waited: int = 0
    pages: bool = False


def run(
    node: Node,
    clock: SettableClock,
    *,
    cases: int,
    seed: int,
    until: datetime,
    days: int,
    say: Say,
    stage: Sequence[staging.Stop] = (),
) -> Told:
    """Begins `cases` stories over the `days` before `until`, and those of the `stage`, and works until then. The same seed, the
    same year."""
    return _Year(node, clock, random.Random(seed), say).run(cases, until, days, stage)  # noqa: S311 - a play, no secret


def plan(node: Node, clock: SettableClock, *, cases: int, seed: int, until: datetime, days: int) -> list[engine.Story]:
    """The stories that `run` would begin."""
    year = _Year(node, clock, random.Random(seed), lambda text: None)  # noqa: S311 - a play, no secret
    return year.drawn(cases, until - timedelta(days=days), until)


class _Year:
    def __init__(self, node: Node, clock: SettableClock, dice: random.Random, say: Say) -> None:
        self.node, self.clock, self.dice, self.say = node, clock, dice, say
        self.files = load.tree(node.settings.content)
        work = Work(node, account.STRANGER)
        self.elements: Elements = engine.current_release(work).elements
        self.told = Told()
        self._settings = node.settings
        self._paged: list[engine.Story] = []
        self._people: dict[str, Person | None] = {}
        self._queue: list[tuple[datetime, int, _Course | None, engine.Story | None]] = []
        self._order = itertools.count()
        self._stories = self._by_process()
        self._officers = _officers(node)

    def _by_process(self) -> dict[str, list[engine.Story]]:
        found: dict[str, list[engine.Story]] = {}
        for path in engine.story_paths(self.files):
            story = engine.read_story(path, self.files[path], self.files)
            found.setdefault(story.process, []).append(story)
        return found

    def run(self, cases: int, until: datetime, days: int, stage: Sequence[staging.Stop]) -> Told:
        first = until - timedelta(days=days)
        self.clock.set(first)
        staged = self._staged(stage, until)
        self._paged = [story for story, stop in zip(staged, stage, strict=True) if stop.pages]
        for chosen in (*self.drawn(cases, first, until), *staged):
            heapq.heappush(self._queue, (chosen.start.at, next(self._order), None, chosen))
        with self._papers(pages=False):  # DOCX only: PDF takes longer
            while self._queue and self._queue[0][0] <= until:
                at, _, course, story = heapq.heappop(self._queue)
                if story is not None:
                    with self._papers(pages=self._has_pages(story)):
                        self._begin(story)
                elif course is not None:
                    with self._papers(pages=course.pages):
                        self._go_on(course, at)
            engine.Player(self.node, self.clock, self._person).until(until)
        return self.told

    def _has_pages(self, story: engine.Story) -> bool:
        return any(story is one for one in self._paged)

    @contextmanager
    def _papers(self, *, pages: bool) -> Iterator[None]:
        """Papers made meanwhile become PDF, as the node has it set, or do not."""
        before = self.node.settings
        self.node.settings = self._settings if pages else self._settings.model_copy(update={"pdf": "off"})
        try:
            yield
        finally:
            self.node.settings = before

    # ------------------------------------------------------------------ choosing
    def drawn(self, cases: int, first: datetime, until: datetime) -> list[engine.Story]:
        """So many stories, each moved to a week of its own, with another party and another agency's people.

        Drawn at even distances along the weights, so that a run holds each process as often as its weight says: luck leaves
        none out. A run of 1000 / w stories and more has each process of weight w.
        """
        if cases == 0:
            return []
        told = [
            (story, MIX.get(key, OTHERS) / len(stories)) for key, stories in self._stories.items() for story in stories
        ]
        reached = list(itertools.accumulate(weight for _, weight in told))
        step, offset = reached[-1] / cases, self.dice.random()
        places = (bisect.bisect(reached, (n + offset) * step) for n in range(cases))
        chosen = [told[min(place, len(told) - 1)][0] for place in places]
        self.dice.shuffle(chosen)
        return [self._retold(story, self._shift(story, first, until)) for story in chosen]

    def _staged(self, stage: Sequence[staging.Stop], until: datetime) -> list[engine.Story]:
        """The stories of the stage, of the people they are written of (the demonstration names them), with other parties."""
        known = {f"{s.process}/{Path(s.file).stem}": s for stories in self._stories.values() for s in stories}
        apart = itertools.cycle(timedelta(minutes=minutes) for minutes in _APART)
        told = ((*staging.told(stop, known, until), later) for stop, later in zip(stage, apart, strict=False))
        return [self._retold(story, weeks + later, place="") for story, weeks, later in told]

    def _shift(self, story: engine.Story, first: datetime, until: datetime) -> timedelta:
        """Whole weeks (its weekdays stay) and some minutes. Most stories begin early enough to be told to their end."""
        if story.in_place:
            first = max(first, story.start.at)
        weeks = (until - first).days // 7
        length = max((line.until or line.at or story.start.at for line in story.steps), default=story.start.at)
        if self.dice.random() < _TO_THE_END:
            weeks = max(weeks - (length - story.start.at).days // 7 - 2, 1)
        day = first + timedelta(weeks=self.dice.randrange(max(weeks, 1)))
        shift = timedelta(days=(day.date() - story.start.at.astimezone(LOCAL).date()).days // 7 * 7)
        minutes = timedelta(minutes=0 if story.in_place else self.dice.choice(_APART))
        return (shift if story.start.at + shift >= first else shift + timedelta(days=7)) + minutes

    def _retold(self, story: engine.Story, shift: timedelta, place: str | None = None) -> engine.Story:
        names = self._other_names(story)
        place = self.dice.choice(self._places_for(story)) if place is None else place

        def text(value: Any, key: str = "") -> Any:
            if isinstance(value, dict):
                return {k: text(v, k) for k, v in value.items()}
            if isinstance(value, list):
                return [text(v, key) for v in value]
            if not isinstance(value, str):
                return value
            element = self.elements.get(key)
            if element is not None and element.type in ("officer", "officers"):
                return _elsewhere(value, place)
            if element is not None and element.type in ("date", "datetime"):
                return _moved(value, shift)
            for old, new in names.items():
                value = value.replace(old, new)
            return value

        def line(one: Any) -> Any:
            return replace(
                one,
                at=one.at + shift if one.at else None,
                until=one.until + shift if one.until else None,
                by=_elsewhere(one.by, place) if one.by else None,
                answers=text(one.answers),
                facts=text(one.facts),
            )

        start = story.start
        begin = replace(start, at=start.at + shift, by=_elsewhere(start.by, place), facts=text(start.facts))
        return replace(story, start=begin, steps=tuple(map(line, story.steps)))

    def _places_for(self, story: engine.Story) -> list[str]:
        """The places that have somebody for every part of the story; stories about a certain agency or people stay where they are."""
        if story.start.agency_id is not None or story.in_place:
            return [""]
        parts = {story.start.by, *(one.by for one in story.steps if one.by)}
        for one in story.steps:
            for key, value in {**one.answers, **one.facts}.items():
                element = self.elements.get(key)
                if element is not None and element.type in ("officer", "officers"):
                    parts |= {v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)}
        fit = [p for p in PLACES if all(self._cast(_elsewhere(part, p), story.start.category) for part in parts)]
        return fit or [""]

    def _cast(self, login: str, category: str) -> bool:
        person = self._find(login)
        return person is not None and any(category in grant.categories for grant in person.grants)

    def _find(self, login: str) -> Person | None:
        if login not in self._people:
            try:
                self._people[login] = account.person_of_login(Work(self.node, account.STRANGER), login)
            except Problem:
                self._people[login] = None
        return self._people[login]

    def _person(self, login: str) -> Person:
        """Who acts, with the rights of the day: certificates and grants may have changed."""
        return account.person_of_login(Work(self.node, account.STRANGER), login)

    def _other_names(self, story: engine.Story) -> dict[str, str]:
        """Old → new of what identifies parties in the story, valid check digits included; longest first."""
        found: dict[str, str] = {}
        for key, value in _leaves([story.start.facts, *(x for one in story.steps for x in (one.answers, one.facts))]):
            element = self.elements.get(key)
            if element is None or not isinstance(value, str) or len(value) < 2 or value in found:
                continue
            new = self._other(key, element.check, element.personal, value)
            if new is not None:
                found[value] = new
        return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))

    def _other(self, key: str, check: str | None, personal: str | None, value: str) -> str | None:
        dice = self.dice
        if check == "id_card":
            born = f"19{dice.randint(65, 99)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
            return identity.with_check("id_card", f"4401{dice.randint(3, 18):02}{born}{dice.randint(1, 999):03}")
        if check == "uscc":
            return identity.with_check("uscc", f"914401{dice.randint(1, 18):02}MA5{dice.randint(100000, 999999)}")
        if check == "plate":
            tail = "挂" if value.endswith("挂") else str(dice.randint(0, 9))
            return f"粤{dice.choice('ABCDEFG')}{dice.choice('ABCDEFGH')}{dice.randint(100, 999)}{tail}"
        if key == "org_name":
            return f"广东{dice.choice(_TOWNS)}{dice.choice(_GIVEN)}{dice.choice(_TRADES)}"
        if personal == "name" and 2 <= len(value) <= 4 and value not in self._officers:
            return dice.choice(_SURNAMES) + "".join(dice.choices(_GIVEN, k=dice.randint(1, 2)))
        return None

    # ------------------------------------------------------------------ playing
    def _begin(self, story: engine.Story) -> None:
        player = engine.Player(self.node, self.clock, self._person)
        course = _Course(player, story, list(story.steps), pages=self._has_pages(story))
        try:
            player.begin(story.begins, story)
        except Problem as problem:
            self._derail(course, f"启动:{problem.detail}")
            return
        self.told.begun += 1
        self.told.processes[story.process] += 1
        if self.told.begun % 25 == 0:
            self.say(
                f"{self.clock.at.astimezone(LOCAL):%Y-%m-%d}  已启动 {self.told.begun},办结故事 {self.told.finished}"
            )
        self._next(course)

    def _next(self, course: _Course) -> None:
        if not course.lines:
            self.told.finished += 1
            return
        line = course.lines[0]
        at = (line.until or line.at) + course.late
        heapq.heappush(self._queue, (max(at, self.clock.at), next(self._order), course, None))

    def _go_on(self, course: _Course, at: datetime) -> None:
        line = course.lines[0]
        moved = replace(
            line,
            at=at if line.at else None,
            until=at if line.until else None,
            answers=self._later(line.answers, course.late),
            facts=self._later(line.facts, course.late),
        )
        played = course.player.played
        before, steps = len(played.faults), played.steps
        course.player.line(moved)
        self.told.steps += played.steps - steps
        faults = played.faults[before:]
        if faults and played.steps == steps and course.waited < _PATIENCE:
            # Not its turn yet (a holiday moved a period, somebody else works slower): the next working morning again. So is
            # what is to be refused by a rule, as long as there is nothing yet to refuse.
            del played.faults[before:]
            course.waited += 1
            course.late += timedelta(days=1)
            self._next(course)
            return
        if faults:
            self._derail(course, faults[0])
            return
        course.waited = 0
        course.lines.pop(0)
        self._next(course)

    def _later(self, values: Any, late: timedelta, key: str = "") -> Any:
        """Days and instants in answers, when the story runs late."""
        if isinstance(values, dict):
            return {name: self._later(value, late, name) for name, value in values.items()}
        if isinstance(values, list):
            return [self._later(value, late, key) for value in values]
        element = self.elements.get(key)
        dated = element is not None and element.type in ("date", "datetime")
        return _moved(values, late) if late and dated and isinstance(values, str) else values

    def _derail(self, course: _Course, why: str) -> None:
        self.told.derailed += 1
        self.told.why[f"{course.story.process}:{why[:90]}"] += 1


def _officers(node: Node) -> frozenset[str]:
    """The officers' names: what is said of them in texts stays."""
    with node.db.connection() as connection:
        rows = connection.exec_driver_sql("select name from officer").fetchall()
    return frozenset(row[0] for row in rows)


def _elsewhere(login: str, place: str) -> str:
    """`officer_1` in Shenzhen: `officer_sz_1`; who is not `<part>_<number>` stays."""
    part, _, number = login.rpartition("_")
    return f"{part}{place}_{number}" if place and number.isdigit() and not part.endswith(PLACES[1:]) else login


def _moved(value: str, shift: timedelta) -> str:
    try:
        if len(value) == 10:
            return (datetime.fromisoformat(value) + shift).date().isoformat()
        return (datetime.fromisoformat(value) + shift).isoformat()
    except ValueError:
        return value


def _leaves(values: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, Mapping):
        for name, value in values.items():
            yield from _leaves(value, name)
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _leaves(value, key)
    else:
        yield key, values
