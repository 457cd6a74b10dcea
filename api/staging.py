"""The stage of a demonstration: stories told up to the step that somebody has before him now (`deploy/seeds/demo_stage.yaml`).

What stands half done on a fresh demo node came there through the same verbs as everything else; only the telling stops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

import engine
from kernel.errors import BadContent
from kernel.work import Node, Person, SettableClock, Work, system_person

ROADS = "02"
FILE = Path(__file__).parent.parent / "deploy/seeds/demo_stage.yaml"


@dataclass(frozen=True)
class Stop:
    """A story (`process/name`) and where its telling stops: before the `nth` line that does `before` (none: at its end).

    The last line told is at least `days` days past. `dates`: facts of the beginning that lie so many days from now instead. `pages`:
    its papers become PDF too, where there is a converter (the others' are DOCX: a start is to be quick).
    """

    story: str
    before: str | None = None
    nth: int = 1
    days: int = 1
    dates: Mapping[str, int] = field(default_factory=dict)
    pages: bool = False


def read(file: Path = FILE) -> list[Stop]:
    """The stops of a demonstration. Raises `BadContent`."""
    stops = []
    for number, row in enumerate(yaml.safe_load(file.read_text("utf-8"))["stops"], 1):
        try:
            stops.append(Stop(**row))
        except TypeError as error:
            raise BadContent(file.name, number, f"每项只写 story、before、nth、days、dates、pages:{row}") from error
    return stops


def told(stop: Stop, stories: Mapping[str, engine.Story], until: datetime) -> tuple[engine.Story, timedelta]:
    """The story as far as it is told, and by how many whole weeks it moves. Raises `BadContent` for what is not in it."""
    story = stories.get(stop.story)
    if story is None:
        raise BadContent(FILE.name, 0, f"没有故事 {stop.story}")
    lines = story.steps[: _end(stop, story)]
    last = max((_at(line) for line in lines), default=story.start.at)
    weeks = (until - timedelta(days=stop.days) - last).days // 7
    shift = timedelta(weeks=weeks)
    dated = {key: (until + timedelta(days=far) - shift).isoformat() for key, far in stop.dates.items()}
    start = replace(story.start, facts={**story.start.facts, **dated})
    return replace(story, start=start, steps=lines), shift


def _end(stop: Stop, story: engine.Story) -> int:
    if stop.before is None:
        return len(story.steps)
    places = [n for n, line in enumerate(story.steps) if stop.before in (line.step, line.message, line.begin)]
    if len(places) < stop.nth:
        raise BadContent(FILE.name, 0, f"故事 {stop.story} 中没有第 {stop.nth} 个 {stop.before}")
    return places[stop.nth - 1]


def _at(line: Any) -> datetime:
    return line.until or line.at  # type: ignore[no-any-return]  # one of them is always there


# ---------------------------------------------------------------------- what is no story
def arrange(node: Node, clock: SettableClock, person: Callable[[str], Person]) -> None:
    """What people do beside the processes: a random inspection is planned, drawn and handed out; a day is reconciled."""
    _draw(node, person)
    _reconcile(node, person)
    engine.Player(node, clock, person).settle()


def _draw(node: Node, person: Callable[[str], Person]) -> None:
    told = yaml.safe_load(FILE.read_text("utf-8"))["draw"]
    clerk, head, supervisor = (Work(node, person(login)) for login in ("clerk_1", "unit_head_1", "supervisor_1"))
    city = head.person.agency_id
    _objects(clerk, city, told)
    listed = engine.put_check_list(
        head, agency_id=city, category=ROADS, list_no=told["list_no"], name=told["list_name"], items=told["items"]
    )
    month = head.today.replace(day=1)
    values = {
        "plan_no": f"{told['list_no']}-{month:%Y-%m}", "name": f"{month:%Y年%m月}{told['plan_name']}", "kind": "random",
        "focus": "general", "basis": told["basis"], "check_list_id": listed["id"], "object_kind": "vehicle", "conditions": {},
        "object_count": 2, "inspectors_each": 2, "experts_each": 0, "supervisors": [str(supervisor.person.id)],
        "opens_on": month, "closes_on": month + timedelta(days=60),
    }  # fmt: skip
    plan = engine.plan_inspection(head, agency_id=city, category=ROADS, values=values)["id"]
    frozen = engine.freeze_pools(head, plan, seed_way="published", seed_source=told["seed_source"])
    engine.run_draw(supervisor, frozen["id"], told["seed"])
    engine.dispatch_draw(head, frozen["id"])


def _objects(clerk: Work, agency_id: int, told: Mapping[str, Any]) -> None:
    """A fleet to draw from, taken in from a sheet."""
    party = told["party"]
    sheets = {
        "party": ["业户名称,统一社会信用代码", f"{party['name']},{party['uscc']}"],
        "vehicle": ["车牌号,车牌颜色,业户信用代码", *(f"{plate},黄色,{party['uscc']}" for plate in told["plates"])],
    }
    for kind, lines in sheets.items():
        engine.import_objects(clerk, agency_id, ROADS, kind, ("\n".join(lines) + "\n").encode())


def _reconcile(node: Node, person: Callable[[str], Person]) -> None:
    """The bank's file of the last day with money does not know what was entered from paper: a difference for the finance office."""
    finance = Work(node, person("finance_1"))
    receipts = [
        row
        for row in engine.export_money(finance, finance.today - timedelta(days=60), finance.today)
        if row["kind"] == "receipt" and row["agency_id"] == finance.person.agency_id
    ]
    if not receipts:
        return
    day: date = receipts[-1]["on_day"]
    home = {"agency_id": finance.person.agency_id, "category": "01", "subject_id": None}
    line = {"notice_no": "", "trade_no": f"JSYH{day:%Y%m%d}000017", "amount": "500.00", "type": "PAY"}
    bank = Work(node, system_person(finance.person.agency_id, "01"), request_id="demo")
    with bank.transaction():
        engine.book_bank_day(bank, "payment_bank", f"{day:%Y%m%d}.csv", day, [line], {}, home)
    engine.reconcile(finance, day)
