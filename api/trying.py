"""`zhicheng try`: a process played in the terminal, on a node of its own that vanishes afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

import engine
from api import nodes, serving
from api.landing import DEMO
from content import load
from kernel import db
from kernel.errors import Problem
from kernel.settings import Settings, settings
from kernel.work import LOCAL, Node, Person, SettableClock, Work
from registers import account, seed

Say = Callable[[str], None]
Ask = Callable[[str], str]
START = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)
HELP = """命令:回车=列出待办;<序号>=打开待办;+<天数>=时间推移;! 名称=来件;?=案件;q=结束。
填写:每栏输入值(JSON 或文字),空行=不填;输入 . 放弃本次填写。"""


@contextmanager
def scratch(at: datetime = START) -> Iterator[tuple[Node, SettableClock]]:
    """A node with the demo's people and this checkout's content, in a temporary folder, with a settable day."""
    with tempfile.TemporaryDirectory(prefix="zc-try-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # as root the database server runs as another user
        wanted = Settings(var=Path(folder), dsn="", pdf="off", content=settings().content)
        clock = SettableClock(at)
        node = nodes.open_node(wanted, pool=4, clock=clock)
        db.needs_no_disk(node.db)
        db.migrate(node.db.owner, wanted.app_role)
        serving.publish(node, "试办")
        seed.load(serving.system_work(node), DEMO)
        engine.add_trial_seals(node)
        try:
            yield node, clock
        finally:
            node.db.close()
            server: Any = node.db._keep
            server.cleanup()


def people(node: Node) -> Callable[[str], Person]:
    """Who acts, by login."""
    return lambda login: account.person_of_login(Work(node, account.STRANGER), login)


def play(process: str, story: Path, say: Say) -> dict[str, Any]:
    """Plays a story file to its end; what happened, with `faults` where it differs from what the story expects."""
    name = f"processes/national/{process}/stories/{story.stem}.yaml"
    told = engine.read_story(name, story.read_bytes(), load.tree(settings().content))
    with scratch(min(START, told.start.at)) as (node, clock):
        return asdict(engine.Player(node, clock, people(node), say).play(told.begins, told))


def interactive(process: str, say: Say, ask: Ask) -> None:
    """Plays by hand: who acts, what he answers, how far time goes."""
    with scratch() as (node, clock):
        session = _Session(node, clock, say, ask)
        session.begin(process)
        say(HELP)
        while session.turn():
            pass


class _Session:
    def __init__(self, node: Node, clock: SettableClock, say: Say, ask: Ask) -> None:
        self.node, self.clock, self.say, self.ask = node, clock, say, ask
        self.case_id = ""

    def _work(self, login: str) -> Work:
        return Work(self.node, people(self.node)(login))

    def begin(self, process: str) -> None:
        """Fills the start form until the engine takes it."""
        while not self.case_id:
            work = self._work(self.ask("以谁的身份启动(登录名)[officer_1]:").strip() or "officer_1")
            form = engine.start_form(work, process)
            facts = self._fill(form["form"], form["answers"])
            try:
                answer = engine.start(work, process, facts or {}, agency_id=work.person.agency_id, category="01")
            except Problem as problem:
                self.say(serving.explained(problem))
                continue
            self.case_id = answer["case_id"]
        self._settle()

    def turn(self) -> bool:
        """One command; False to end."""
        said = self.ask(f"{self.clock.at.astimezone(LOCAL):%Y-%m-%d %H:%M} > ").strip()
        if said in ("q", "quit", "exit"):
            return False
        try:
            self._obey(said)
        except Problem as problem:
            self.say(serving.explained(problem))
        return True

    def _obey(self, said: str) -> None:
        view = engine.case(self._work("officer_1"), self.case_id)
        if said.startswith("+"):
            days = said[1:].strip()
            if not days.isdigit() or int(days) > 3650:
                self.say("请输入 + 和天数,例如 +5")
                return
            self.clock.move(timedelta(days=int(days)))
            self._settle()
        elif said.startswith("!"):
            facts = self._json(self.ask("来件内容(JSON,可空):"))
            engine.receive(self._work("clerk_1"), self.case_id, said[1:].strip(), facts)
            self._settle()
        elif said.isdigit() and 1 <= int(said) <= len(view["tasks"]):
            self._do(view["tasks"][int(said) - 1])
        elif said == "?":
            for fact in view["facts"]:
                self.say(f"  {fact['name']}:{fact['value']}")
        else:
            self._list(view)

    def _list(self, view: Mapping[str, Any]) -> None:
        self.say(f"案号 {view['case']['case_number'] or '(未取)'}  状态 {view['case']['case_status']}")
        for number, task in enumerate(view["tasks"], 1):
            self.say(f"  {number}. {task['name']}({task['element']}),岗位 {task['role']}")
        for wait in view["messages"]:
            self.say(f"  等待来件:{wait['message']}")
        for clock in view["clocks"]:
            self.say(f"  期限 {clock['name']}:{clock['due']}({clock['status']})")

    def _do(self, task: Mapping[str, Any]) -> None:
        login = self.ask(f"由谁办理“{task['name']}”(登录名)[{task['role']}_1]:").strip() or f"{task['role']}_1"
        work = self._work(login)
        engine.claim(work, str(task["id"]))
        shown = engine.task(work, str(task["id"]))
        answers = self._fill(shown["form"], shown["answers"]) if shown["form"] else {}
        if answers is None:
            engine.release(work, str(task["id"]))
            return
        answer = engine.complete(work, str(task["id"]), answers)
        for paper in answer["papers"]:
            self.say(f"  文书 {paper['kind']} {paper['number'] or ''}")
        self._settle()

    def _fill(self, form: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any] | None:
        answers: dict[str, Any] = {}
        for section in form["sections"]:
            self.say(f"〔{section['name']}〕")
            for field in section["fields"]:
                if field["right"] != "edit":
                    continue
                codes = "/".join(f"{c['code']}={c['name']}" for c in field.get("codes", [])[:12])
                now = known.get(field["element"])
                hint = f"[{now}]" if now is not None else ""
                star = "*" if field["required"] is True else ""
                said = self.ask(f"  {field['name']}{star} {codes}{hint}:").strip()
                if said == ".":
                    return None
                if said:
                    answers[field["element"]] = self._value(said)
        return answers

    def _value(self, said: str) -> Any:
        """JSON where it is JSON of its own kind, else the text."""
        if said[:1] in '[{"' or said in ("true", "false", "null") or said.lstrip("-").isdigit():
            try:
                return orjson.loads(said)
            except orjson.JSONDecodeError:
                return said
        return said

    def _json(self, said: str) -> dict[str, Any]:
        if not said.strip():
            return {}
        try:
            value = orjson.loads(said)
        except orjson.JSONDecodeError:
            value = None
        if not isinstance(value, dict):
            self.say("不是 JSON 对象,按空内容处理")
            return {}
        return value

    def _settle(self) -> None:
        while engine.sweep(self.node):
            pass
