"""`zhicheng try` by hand: whoever drew a process sits down, does its steps as each person would, and keeps the way as a story.

Every act is a line of a story, done by the player of stories. To take a step back is to play the lines before it again on a
fresh copy of the database; to save is to write the lines down with what came out.
"""

from __future__ import annotations

import contextlib
import re
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

import engine
from api import operating, trying
from api.asking import KEYS, Answers, Form, GiveUp, Known, narrow, read_day, read_moment
from content import load
from content.process import Process
from kernel.errors import Problem, Refusal
from kernel.settings import settings
from kernel.work import LOCAL, Person, Work
from registers.subject import KINDS

Say = Callable[[str], None]
Ask = Callable[[str], str]
Json = dict[str, Any]
HELP: Final = f"""命令(写全称或者括号里的字母):
  序号  打开这个待办
  +5、+2小时、+30分、2026-03-20、3月20日 14:00  时间走到那时,到期的事按时发生
  来件(m)  登记当事人或其他机关送来的材料
  启动(b)  在本案启动并行的程序
  撤销(u)  回到上一步之前
  案件(f) 看已填的内容;经过(h) 看走过的环节;文书(p) 看已制作的文书
  保存(s)  把走过的存成故事;帮助(?);结束(q)
{KEYS}"""
_PART: Final = re.compile(r"\+(\d{1,4})(天|日|小时|分钟|分)?")
_STEP: Final = {"小时": "hours", "分钟": "minutes", "分": "minutes"}
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,60}")
_DRAFT: Final = "zz_being_tried"


def sit(process: str, say: Say, ask: Ask) -> None:
    """Prepares a node and plays by hand until whoever sits there ends it, or closes the window: then too the node goes."""
    for one in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(one, lambda number, frame: sys.exit(1))
    say("正在准备临时数据库,约需半分钟;结束时自动删除,不影响任何真实数据……")
    with trying.scratch() as (node, _):
        Sitting(trying.Template(node), say, ask).run(process)


class Sitting:
    """One sitting. `stories`: the content folder that ways are saved to (default: that of the settings)."""

    def __init__(self, template: trying.Template, say: Say, ask: Ask, stories: Path | None = None) -> None:
        self._template, self._say, self._typed = template, say, ask
        self._stories = stories or settings().content
        self._copies = 1
        self._process = ""
        self._begin: Json = {}
        self._lines: list[Json] = []
        self._saved = 0
        self._drafts: dict[tuple[str, str], Answers] = {}
        self._last: dict[str, str] = {}  # role → who did it last
        self._everybody: dict[str, Person] = {}
        self._node, self._clock = template.copy(1, trying.START)
        self._player = engine.Player(self._node, self._clock, trying.people(self._node))

    def run(self, process: str) -> None:
        """Until it is ended: by command, or because nothing more is typed."""
        try:
            self._choose(process)
            self._say(HELP)
            self._list()
            while self._turn():
                pass
        except (EOFError, KeyboardInterrupt, GiveUp):
            self._say("\n已结束" + (f";走过的 {len(self._lines)} 步没有保存" if self._unsaved else ""))
        finally:
            self._template.drop(self._node)

    # ------------------------------------------------------------------ who and what there is
    def _fresh(self, at: datetime) -> None:
        """A node on a copy of its own, where nothing has happened yet."""
        self._copies += 1
        self._template.drop(self._node)
        self._node, self._clock = self._template.copy(self._copies, at)
        self._player = engine.Player(self._node, self._clock, trying.people(self._node))
        self._everybody = {}

    @cached_property
    def _release(self) -> Any:
        return engine.current_release(operating.everywhere(self._node))

    def _people(self) -> dict[str, Person]:
        """Everybody, by login; read anew after each act, for an act can give and take rights."""
        if not self._everybody:
            who = trying.people(self._node)
            self._everybody = {login: who(login) for login in trying.logins(self._node)}
        return self._everybody

    def _work(self, login: str) -> Work:
        return Work(self._node, self._people()[login])

    def _ask(self, prompt: str) -> str:
        """What was typed; raises EOFError when there is no more."""
        while True:
            said = self._typed(prompt)
            if all(
                c.isprintable() or c == "\t" for c in said
            ):  # neither keys of the terminal nor bytes that are no UTF-8
                return said
            self._say("有无法识别的字符(终端应为 UTF-8),请重新输入")

    def _form(self) -> Form:
        words = engine.words(operating.everywhere(self._node))
        people = {login: person.name for login, person in self._people().items()}
        known = Known(people, words["agencies"], self._items)
        return Form(self._say, self._asked, known, self._clock.at)

    def _asked(self, prompt: str) -> str:
        try:
            return self._ask(prompt)
        except KeyboardInterrupt:
            self._say("")
            raise GiveUp from None

    def _items(self) -> dict[str, str]:
        return {row["code"]: row["name"] for row in engine.items(operating.everywhere(self._node))}

    def _number(self, choices: list[str], prompt: str, default: int = 1) -> int:
        """Which of the choices, from 1; asks until it is one of them."""
        for number, text in enumerate(choices, 1):
            self._say(f"  {number}. {text}")
        while True:
            said = narrow(self._asked(f"{prompt}[{default}]:"))
            if not said:
                return default
            if said.isdigit() and 1 <= int(said) <= len(choices):
                return int(said)
            if said == ".":
                raise GiveUp
            self._say(f"请输入 1 到 {len(choices)} 的序号,回车取 {default}")

    def _who(self, roles: frozenset[str], agency_id: int | None, category: str | None, what: str) -> str:
        """The login of who is to act: one who holds one of the roles there, or whoever is named."""
        people = self._people()
        able = [
            login
            for login, p in people.items()
            if (agency_id is None and roles & p.roles)
            or any(p.holds(r, agency_id or 0, category or "01") for r in roles)
        ]
        last = next((self._last[r] for r in sorted(roles) if self._last.get(r) in able), None)
        default = last or (able[0] if able else "")
        others = [f"{login} {people[login].name}" for login in able if login != default][:5]
        if others:
            self._say(f"  也可由:{'、'.join(others)}{'……' if len(able) > 6 else ''}")
        while True:
            shown = f"{default} {people[default].name}" if default else ""
            said = self._asked(f"{what}由谁办理(登录名或姓名)[{shown}]:").strip() or default
            if narrow(said) == ".":
                raise GiveUp
            found = [login for login, p in people.items() if said in (login, p.name)]
            if len(found) == 1:
                for role in roles:
                    self._last[role] = found[0]
                return found[0]
            self._say(f"没有“{said}”这个人" if not found else f"同名的有 {'、'.join(found)},请写登录名")

    # ------------------------------------------------------------------ beginning
    def _choose(self, said: str) -> None:
        """Which process, from where; begins it."""
        release = self._release
        known: list[Process] = [release.process(key) for key in release.processes]
        while True:
            found = [p for p in known if said in (p.key, p.name)]
            if found:
                break
            if said:
                self._say(f"没有流程“{said}”")
            said = known[self._number([f"{p.name}({p.key})" for p in known], "试办哪个流程") - 1].key
        self._process = found[0].key
        while not self._begun(found[0]):
            pass

    def _begun(self, process: Process) -> bool:
        alone = bool(process.start.form) and not process.beside
        ways = self._ways(process, alone=alone)
        if not ways and not alone:
            raise Refusal(
                f"“{process.name}”不能单独启动,也没有故事可以接着办",
                remedy="请先在 stories 中写一个 start: {story: 流程/故事, before: 环节} 的故事,或试办调用它的流程",
            )
        self._say(f"【{process.name}】{process.used_when}")
        if not alone:
            self._say("这个流程在别的流程之中或之旁办理,请选择接着哪个故事办:")
        texts = (["从头办起"] if alone else []) + [text for text, _ in ways]
        if len(texts) == 1:
            self._say(f"  {texts[0]}")
        which = self._number(texts, "从哪里开始") if len(texts) > 1 else 1
        try:
            if alone and which == 1:
                self._say(KEYS)
                self._begin = self._begin_at_the_start(process)
            else:
                self._begin = ways[which - 1 - alone][1]
            return self._replay()
        except GiveUp:
            self._say("没有启动")
        except Problem as problem:
            self._refused(problem)
        return False

    def _ways(self, process: Process, *, alone: bool) -> list[tuple[str, Json]]:
        """Stories to go on from: of a process that starts alone its own, else those that its stories go on from."""
        files, found = self._release.files, dict[str, Json]()
        for path in engine.story_paths(files):
            if path.split("/")[2] != process.key:
                continue
            told = load.document(path, files[path])
            start = told.get("start") or {}
            if "story" in start:
                text = f"接着 {start['story']}" + (f",办到 {start['before']} 之前" if "before" in start else "")
                found.setdefault(text, {k: start[k] for k in ("story", "before") if k in start})
            elif alone:
                found[f"接着故事“{told['name']}”({Path(path).stem})"] = {"story": f"{process.key}/{Path(path).stem}"}
        return list(found.items())

    def _begin_at_the_start(self, process: Process) -> Json:
        by = self._who(frozenset(process.start.roles), None, None, f"“{process.name}”启动,")
        work = self._work(by)
        form = engine.start_form(work, process.key)
        category = self._category(work.person)
        answers = self._drafts.setdefault(("start", process.key), dict(self._logins(form["answers"])))
        judge = self._judge(lambda told: engine.filled_start(self._work(by), process.key, told))
        facts = self._form().fill(form["form"], answers, judge)
        return {"at": self._clock.at, "by": by, "category": category, "facts": facts}

    def _category(self, person: Person) -> str:
        held = list(person.categories)
        if len(held) < 2:
            return held[0] if held else "01"
        names = self._release.codes.names.get("ENFORCEMENT_CATEGORY", {})
        return held[self._number([f"{c} {names.get(c, '')}" for c in held], "执法门类") - 1]

    def _story(self, lines: list[Json], name: str = "试办", expect: Json | None = None) -> tuple[Any, bytes]:
        """The way so far, as a story and as its file."""
        body = _dumped({"name": name, "start": self._begin, "steps": lines, **({"expect": expect} if expect else {})})
        file = f"processes/national/{self._process}/stories/{_DRAFT}.yaml"
        return engine.read_story(file, body, self._release.files), body

    def _replay(self) -> bool:
        """Everything so far on a fresh copy; False when the story to go on from does not get that far."""
        story, _ = self._story(self._lines)
        self._fresh(min(trying.START, story.start.at))
        self._player.begin(story.begins, story)
        for number, line in enumerate(story.steps):
            if number and number == story.taken:
                self._player.go_on()
            self._player.line(line)
            if self._player.played.faults:
                self._say(f"故事走到这里停下:{self._player.played.faults[0]}")
                return False
        if story.taken == len(story.steps):
            self._player.go_on()
        return True

    # ------------------------------------------------------------------ commands
    @property
    def _unsaved(self) -> bool:
        return len(self._lines) > self._saved

    def _turn(self) -> bool:
        """One command; False to end."""
        try:
            said = narrow(self._ask(f"{self._clock.at.astimezone(LOCAL):%Y-%m-%d %H:%M} 命令 > "))
        except KeyboardInterrupt:
            self._say("\n要结束请输入 q(没有保存的先问是否保存)或按 Ctrl+D")
            return True
        if said.lower() in ("q", "quit", "exit", "结束", "退出"):
            if self._unsaved:
                with contextlib.suppress(GiveUp):
                    self._save("保存走过的就写故事文件名(小写英文),回车不保存:")
            return False
        try:
            self._obey(said)
        except GiveUp:
            self._say("已放弃;填过的留着,再打开时带出")
        except Problem as problem:
            self._refused(problem)
        return True

    def _obey(self, said: str) -> None:
        seen = self._record()
        acts: dict[str, Callable[[], None]] = {
            "来件": lambda: self._message(seen), "m": lambda: self._message(seen), "!": lambda: self._message(seen),
            "启动": self._beside, "b": self._beside, "撤销": self._undo, "u": self._undo,
            "案件": lambda: self._facts(seen), "f": lambda: self._facts(seen),
            "经过": lambda: self._history(seen), "h": lambda: self._history(seen),
            "文书": lambda: self._papers(seen), "p": lambda: self._papers(seen),
            "保存": self._save, "s": self._save, "帮助": lambda: self._say(HELP), "?": lambda: self._say(HELP),
            "": self._list,
        }  # fmt: skip
        if said.lower() in acts:
            acts[said.lower()]()
        elif said.isdigit() and len(said) < 4:
            if not 1 <= int(said) <= len(seen["tasks"]):
                self._say(
                    f"没有第 {said} 个待办" + (f",现有 {len(seen['tasks'])} 个" if seen["tasks"] else ",现在没有待办")
                )
                return
            self._do(seen["tasks"][int(said) - 1])
        else:
            self._pass(said)

    def _record(self) -> Json:
        return engine.record(operating.everywhere(self._node), self._player.played.case_id)

    def _list(self) -> None:
        """What waits now."""
        seen = self._record()
        record, kind = seen["record"], KINDS[seen["kind"]]
        codes = self._release.codes
        status = record.get(kind.status)
        number = record.get(kind.number)
        self._say(
            f"{seen['label']} {number or '(未取号)'}  状态:{codes.name(kind.codes, str(status)) if status else '无'}"
        )
        for place, task in enumerate(seen["tasks"], 1):
            role = self._release.permissions.roles.get(task["role"])
            self._say(f"  {place}. {task['name']}({role.name if role else task['role']})")
        words = engine.words(operating.everywhere(self._node))["messages"]
        for message in dict.fromkeys(w["message"] for w in seen["messages"]):
            self._say(f"  等待来件:{words.get(message, {}).get('name', message)}(m 登记)")
        for clock in seen["clocks"]:
            if clock["status"] in ("running", "paused", "breached"):
                self._say(f"  期限 {clock['name']}:{clock['due']}")
        if not seen["tasks"]:
            running = [i for i in seen["instances"] if i["status"] == "running"]
            self._say("  没有待办;等时间到期或来件" if running else "  已办结。s 保存为故事,u 撤销,q 结束")

    def _do(self, task: Mapping[str, Any]) -> None:
        whole = engine.task(operating.everywhere(self._node), str(task["id"]))
        by = self._who(frozenset({task["role"]}), whole["agency_id"], whole["category"], f"“{task['name']}”")
        shown = engine.task(self._work(by), str(task["id"]))
        line: Json = {"at": self._clock.at, "by": by, "step": task["element"]}
        nth = self._nth(task)
        if any(a["key"] == "sign" for a in shown["actions"]):
            self._sign(line, shown)
            return
        answers: Answers = {}
        if shown["form"]:
            kept = self._drafts.get((task["element"], by), {})
            answers = {**self._logins(shown["answers"]), **kept}
            self._drafts[task["element"], by] = answers
            judge = self._judge(lambda told: engine.filled(self._work(by), str(task["id"]), told))
            answers = self._form().fill(shown["form"], answers, judge)
        elif narrow(self._asked(f"“{task['name']}”没有要填的;回车办结,. 放弃:")) == ".":
            raise GiveUp
        self._act({**line, "answers": answers, **nth}, str(task["id"]), by)
        self._drafts.pop((task["element"], by), None)

    def _nth(self, task: Mapping[str, Any]) -> Json:
        """Which of several like proceedings, as a story says it."""
        instances = self._record()["instances"]
        key = next(i["process_key"] for i in instances if i["id"] == task["instance_id"])
        alike = [i["id"] for i in instances if i["process_key"] == key]
        return {"nth": alike.index(task["instance_id"]) + 1} if len(alike) > 1 else {}

    def _sign(self, line: Json, shown: Mapping[str, Any]) -> None:
        act = next(a for a in shown["actions"] if a["key"] == "sign")
        opinions = next(i for i in act["inputs"] if i["key"] == "opinion")["choices"]
        which = opinions[self._number([o["name"] for o in opinions], f"“{shown['name']}”会签,您的意见") - 1]["code"]
        note = self._asked("说明(可空):").strip()
        told = {k: v for k, v in line.items() if k != "step"}
        self._act({**told, "sign": line["step"], "answers": {"opinion": which, **({"note": note} if note else {})}})

    def _act(self, line: Json, task_id: str = "", by: str = "") -> None:
        """One line of the story, done; what the engine refuses leaves the task free again."""
        story, _ = self._story([*self._lines, line])
        papers = len(self._record()["documents"])
        try:
            self._player.act(story.steps[-1])
        except Problem:
            if task_id:
                with contextlib.suppress(Problem):  # it was never claimed
                    engine.release(self._work(by), task_id)
            raise
        self._lines.append(line)
        self._everybody = {}
        for paper in self._record()["documents"][papers:]:
            self._say(f"  已制作 {paper['kind']} {paper['name']} {paper['number'] or ''}")
        self._list()

    def _message(self, seen: Mapping[str, Any]) -> None:
        waiting = list(dict.fromkeys(w["message"] for w in seen["messages"]))
        if not waiting:
            self._say("现在没有环节在等来件")
            return
        words = engine.words(operating.everywhere(self._node))["messages"]
        names = [words.get(m, {}).get("name", m) for m in waiting]
        message = waiting[self._number(names, "登记哪一种来件") - 1 if len(waiting) > 1 else 0]
        by = self._who(frozenset({"clerk"}), None, None, f"“{words[message]['name']}”登记,")
        form = words[message]["form"]
        elements = [field["element"] for section in form["sections"] for field in section["fields"]]
        judge = lambda told: {"visible": elements, "required": [], "hidden": [], "computed": {}, "wrong": {}}  # noqa: E731
        answers = self._drafts.setdefault((message, by), {})
        facts = self._form().fill(form, answers, judge)
        self._act(
            {
                "at": self._clock.at,
                "by": by,
                "message": message,
                "facts": {k: v for k, v in facts.items() if v is not None},
            }
        )
        self._drafts.pop((message, by), None)

    def _beside(self) -> None:
        release, seen = self._release, self._record()
        known = [release.process(key) for key in release.processes]
        able = [p for p in known if p.beside and p.subject == seen["kind"]]
        if not able:
            self._say("没有可以在这里启动的程序")
            return
        which = able[self._number([f"{p.name}:{p.used_when}" for p in able], "启动哪个程序") - 1]
        record = seen["record"]
        by = self._who(
            frozenset(which.start.roles), record["agency_id"], record.get("category"), f"“{which.name}”启动,"
        )
        facts: Answers = {}
        if which.start.form:
            id_ = self._player.played.case_id
            form = engine.start_form(self._work(by), which.key, id_)
            answers = self._drafts.setdefault((which.key, by), dict(self._logins(form["answers"])))
            judge = self._judge(lambda told: engine.filled_start(self._work(by), which.key, told, id_))
            facts = self._form().fill(form["form"], answers, judge)
        self._act({"at": self._clock.at, "by": by, "begin": which.key, "facts": facts})
        self._drafts.pop((which.key, by), None)

    def _pass(self, said: str) -> None:
        """Time goes on."""
        now = self._clock.at.astimezone(LOCAL)
        found = _PART.fullmatch(said.replace(" ", ""))
        try:
            if found is not None:
                until = now + timedelta(**{_STEP.get(found[2] or "", "days"): int(found[1])})
            elif re.search(r"\d", said):
                until = read_moment(said, now) if re.search(r"[ T:时点]", said) else _on(said, now)
            else:
                raise ValueError("不认识这个命令")
        except ValueError as error:
            self._say(f"“{said}”:{error};? 看有哪些命令")
            return
        if until < now:
            self._say(f"时间不能往回走:现在是 {now:%Y-%m-%d %H:%M};要回到前一步请用 u 撤销")
            return
        self._act({"until": until})

    def _undo(self) -> None:
        if not self._lines:
            self._say("还没有走过一步,没有可撤销的")
            return
        gone = self._lines.pop()
        what = gone.get("step") or gone.get("message") or gone.get("begin") or gone.get("sign")
        if gone.get("answers"):
            self._drafts.setdefault((str(what), str(gone["by"])), dict(gone["answers"]))
        self._say("正在回到上一步之前……")
        self._saved = min(self._saved, len(self._lines))
        self._replay()
        self._list()

    # ------------------------------------------------------------------ looking
    def _facts(self, seen: Mapping[str, Any]) -> None:
        for fact in seen["facts"]:
            self._say(f"  {fact['name']}:{fact['value']}")

    def _history(self, seen: Mapping[str, Any]) -> None:
        for one in seen["history"]:
            if one["event"] in ("completed", "received", "fired", "started"):
                self._say(
                    f"  {one['at'].astimezone(LOCAL):%Y-%m-%d %H:%M} {one['name'] or one['element']} {one['person'] or ''}"
                )

    def _papers(self, seen: Mapping[str, Any]) -> None:
        for paper in seen["documents"]:
            self._say(f"  {paper['kind']} {paper['name']} {paper['number'] or ''}")
        if not seen["documents"]:
            self._say("  还没有文书")

    def _refused(self, problem: Problem) -> None:
        """What was refused; the sentences about fields name them already."""
        self._say(f"✗ {problem.title}:{problem.detail}" + (f"({problem.article})" if problem.article else ""))
        for what in problem.fields.values():
            self._say(f"  ✗ {what}")
        if problem.remedy:
            self._say(f"  怎么办:{problem.remedy}")

    # ------------------------------------------------------------------ saving
    def _save(self, prompt: str = "故事文件名(小写英文、数字、下划线),回车不保存:") -> None:
        if not self._lines:
            self._say("还没有走过一步,没有可保存的")
            return
        folder = self._stories / "processes" / "national" / self._process / "stories"
        while name := self._asked(prompt).strip().removesuffix(".yaml"):
            if not _NAME.fullmatch(name):
                self._say("文件名用小写英文、数字、下划线,以字母开头,如 paid_in_time")
            elif (folder / f"{name}.yaml").exists():
                self._say(f"已有故事 {name},请换一个名字")
            else:
                break
        if not name:
            return
        title = self._asked(f"故事的中文名,一句话说走的是什么情形[{name}]:").strip()[:100] or name
        came = self._player.outcome()
        done = {line["step"] for line in self._lines if "step" in line}
        steps = [element for element in came.path if element in done]  # in the order in which they were come to
        expect = {
            "status": came.status,
            "path": steps,
            "papers": [p["kind"] for p in came.papers],
            "clocks": came.clocks,
        }
        _, body = self._story(self._lines, title, expect)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.yaml").write_bytes(body)
        except OSError as error:
            self._say(f"写不进 {folder}:{error.strerror};请换有写权限的内容目录(ZC_CONTENT)")
            return
        self._saved = len(self._lines)
        self._say(f"已保存 {folder / name}.yaml;重走:zhicheng try {self._process} --answers {folder / name}.yaml")

    # ------------------------------------------------------------------ people in answers
    def _logins(self, answers: Mapping[str, Any]) -> Answers:
        """Answers as the engine shows them, with people by login."""
        logins = {str(person.id): login for login, person in self._people().items()}
        return engine.with_people(answers, self._release.elements, lambda id_: logins.get(id_, id_))

    def _judge(self, asked: Callable[[Answers], Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
        ids = {login: str(person.id) for login, person in self._people().items()}

        def judge(told: Mapping[str, Any]) -> Mapping[str, Any]:
            return asked(engine.with_people(told, self._release.elements, lambda login: ids.get(login, login)))

        return judge


def _on(said: str, now: datetime) -> datetime:
    """The working hour of a day that is named without time."""
    day = read_day(said, now)
    return datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL) if day != now.date() else now


# ---------------------------------------------------------------------- writing stories down
class _Dumper(yaml.SafeDumper):
    """Texts that YAML could take for something else stand in quotes; instants as stories have them; what stands twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    plain = re.match(r"[\u4e00-\u9fff]|[A-Za-z_]+\Z", text) and text.lower() not in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")  # fmt: skip
    style = None if plain else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _instant(dumper: yaml.SafeDumper, at: datetime) -> yaml.Node:
    local = at.astimezone(LOCAL).replace(tzinfo=None)
    exact = "minutes" if not (local.second or local.microsecond) else "seconds"
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", local.isoformat(timespec=exact))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(datetime, _instant)


def _dumped(told: Mapping[str, Any]) -> bytes:
    return yaml.dump(dict(told), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=160).encode()
