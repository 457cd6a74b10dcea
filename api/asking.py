"""Forms filled in a terminal: each field is asked for by its name, with its choices; what is typed is read as people write it.

Answers are those of stories: people by login, days and instants in ISO form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from kernel.work import LOCAL

Say = Callable[[str], None]
Ask = Callable[[str], str]
Answers = dict[str, Any]
Judge = Callable[[Mapping[str, Any]], Mapping[str, Any]]  # as engine.filled answers
Field = Mapping[str, Any]

KEYS: Final = (
    "填写:回车=用方括号里的内容(没有就不填);- 清空;< 回到上一栏;? 看可选的内容,?词 查找;. 放弃(已填的留到下次)"
)
_SHOWN = 12
_NOTHING: Final[tuple[Any, ...]] = (None, "", [])
_PEOPLE: Final = ("officer", "officers")
_NOT_HERE: Final = (
    "evidence",
    "document",
    "party",
    "vehicle",
)  # chosen from what a case has gathered: identities of one node
_WORDS: Final = {"是": True, "y": True, "true": True, "1": True, "否": False, "n": False, "false": False, "0": False}
_UNITS: Final = {"年": "P{}Y", "个月": "P{}M", "月": "P{}M", "天": "P{}D", "日": "P{}D", "小时": "PT{}H", "分钟": "PT{}M", "分": "PT{}M"}  # fmt: skip
_DAY: Final = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?")
_TIME: Final = re.compile(r"(\d{1,2})[:时点](?:(\d{1,2})分?)?")
_HOW: Final = {
    "boolean": "是/否",
    "date": "日期,如 2026-03-02、3月2日、今天、+5",
    "datetime": "日期和时间,如 2026-03-02 09:30、9:30(当天)、现在",
    "integer": "整数",
    "number": "数",
    "money": "金额(元)",
    "duration": "时长,如 5天、24小时",
    "location": "经度,纬度",
    "signature": "签名人姓名",
    "officer": "登录名或姓名",
    "officers": "登录名或姓名,几人用顿号隔开",
    "codes": "可多选,用顿号隔开",
    "violation": "违法行为事项的编号,?词 查找",
    "agency": "机构名称",
}


class GiveUp(Exception):
    """Whoever fills the form in leaves it."""


class _Back(Exception):
    """To the field before."""


@dataclass(frozen=True)
class Known:
    """What may be chosen from: people (login → name), agencies (id → name), violation items (code → name)."""

    people: Mapping[str, str]
    agencies: Mapping[str, str]
    items: Callable[[], Mapping[str, str]]


def narrow(said: str) -> str:
    """What was typed with a Chinese keyboard, as the ASCII that commands and figures have."""
    return unicodedata.normalize("NFKC", said).strip().replace("。", ".").replace("《", "<").replace("〈", "<")


class Form:
    """Asks for the fields of one form. `ask` returns what was typed, or raises `GiveUp`."""

    def __init__(self, say: Say, ask: Ask, known: Known, now: datetime) -> None:
        self._say, self._ask, self._known, self._now = say, ask, known, now.astimezone(LOCAL)

    def fill(
        self, form: Mapping[str, Any], answers: Answers, judge: Judge, only: frozenset[str] | None = None
    ) -> Answers:
        """The answers of the fields that apply. `answers` (changed in place, so that what was given up is not lost) holds what
        the form shows at first; `only`: ask for these fields alone."""
        fields = [(section["name"], field) for section in form["sections"] for field in section["fields"]]
        place, asked, heading = 0, list[int](), ""
        while place < len(fields):
            section, field = fields[place]
            key, seen = field["element"], judge(answers)
            if key not in seen["visible"] or (only is not None and key not in only):
                place += 1
                continue
            value = seen["computed"].get(key, answers.get(key))
            told = field["right"] == "edit" or value not in _NOTHING
            if told and section != heading:
                heading = section
                self._say(f"〔{section}〕")
            if field["right"] != "edit":
                if told:
                    self._say(f"  {field['name']}:{self.shown(field, value)}(不用填)")
                place += 1
                continue
            try:
                self._field(field, answers, judge)
            except _Back:
                place = asked.pop() if asked else place
                continue
            asked.append(place)
            place += 1
        return self._rest(form, answers, judge)

    def _rest(self, form: Mapping[str, Any], answers: Answers, judge: Judge) -> Answers:
        """What the form as a whole still finds wrong is asked for again."""
        seen = judge(answers)
        editable = {f["element"] for s in form["sections"] for f in s["fields"] if f["right"] == "edit"}
        given = {key: value for key, value in answers.items() if key in seen["visible"] and key in editable}
        wrong = {key: what for key, what in judge(given)["wrong"].items() if key.partition(".")[0] in editable}
        if not wrong:
            return given
        for what in wrong.values():
            self._say(f"  ✗ {what}")
        return self.fill(form, answers, judge, frozenset(key.partition(".")[0] for key in wrong))

    def _field(self, field: Field, answers: Answers, judge: Judge) -> None:
        key = field["element"]
        if field["type"] in _NOT_HERE:
            self._say(f"  {field['name']}:试办中没有可选的,留空")
            return
        self._head(field, answers.get(key), required=key in judge(answers)["required"])
        while True:
            self._one(field, answers, judge)
            seen = judge(answers)
            wrong = [what for place, what in seen["wrong"].items() if place == key or place.startswith(f"{key}.")]
            if not wrong and key in seen["required"] and answers.get(key) in _NOTHING:
                wrong = [f"“{field['name']}”必须填写"]
            if not wrong:
                return
            for what in wrong:
                self._say(f"  ✗ {what}")

    def _one(self, field: Field, answers: Answers, judge: Judge) -> None:
        """One answer (or a table) into `answers`."""
        key = field["element"]
        if field["type"] == "table":
            self._table(field, answers, judge)
            return
        while True:
            said = self.ask(field)
            if not said:
                return
            if said == "-":
                answers[key] = None
                return
            try:
                answers[key] = self.read(field, said)
                return
            except ValueError as error:
                self._say(f"  ✗ “{field['name']}”{error}")

    def _head(self, field: Field, value: Any, *, required: bool, indent: str = "  ") -> None:
        how = field.get("unit") or _HOW.get(field["type"], "")
        now = "" if value in _NOTHING else f" [{self.shown(field, value)}]"
        self._say(f"{indent}▸ {field['name']}{'*' if required else ''}{f'({how})' if how else ''}{now}")
        if field.get("hint"):
            self._say(f"{indent}    {field['hint']}")
        if field.get("codes"):
            self._choices([(c["code"], c["name"]) for c in field["codes"]], indent)

    def _choices(self, choices: Sequence[tuple[str, str]], indent: str = "  ", most: int = _SHOWN) -> None:
        shown = " ".join(f"{code}={name}" for code, name in choices[:most])
        more = f" ……共 {len(choices)} 项,? 看全部,?词 查找" if len(choices) > most else ""
        self._say(f"{indent}    {shown}{more}" if choices else f"{indent}    没有找到")

    def ask(self, field: Field) -> str:
        """What was typed for a field; asks again after a look at the choices. Raises `GiveUp`, or goes back."""
        while True:
            said = self._ask("  > ").strip()
            plain = narrow(said)
            if plain == ".":
                raise GiveUp
            if plain == "<":
                raise _Back
            if plain == "-":
                return plain
            if not plain.startswith("?"):
                return said
            self._choices([c for c in self._all(field) if plain[1:].strip() in f"{c[0]}{c[1]}"], most=200)

    def _all(self, field: Field) -> list[tuple[str, str]]:
        if field.get("codes"):
            return [(c["code"], c["name"]) for c in field["codes"]]
        if field["type"] in _PEOPLE:
            return list(self._known.people.items())
        if field["type"] == "agency":
            return list(self._known.agencies.items())
        if field["type"] == "violation":
            return list(self._known.items().items())
        if field["type"] == "boolean":
            return [("y", "是"), ("n", "否")]
        return [(_HOW.get(field["type"], "文字"), "直接填写")]

    # ------------------------------------------------------------------ tables
    def _table(self, field: Field, answers: Answers, judge: Judge) -> None:
        key = field["element"]
        while True:
            rows = answers.get(key) or []
            self._say(f"    现有 {len(rows)} 行:+ 加一行;序号 改这一行;- 全部清空;回车 完成")
            for number, row in enumerate(rows, 1):
                self._say(f"    {number}. {self._row_shown(field, row)}")
            said = narrow(self.ask(field))
            if not said:
                return
            if said == "-":
                answers[key] = None
            elif said == "+":
                self._row(field, answers, len(rows), judge)
            elif said.isdigit() and 1 <= int(said) <= len(rows):
                self._row(field, answers, int(said) - 1, judge)
            else:
                self._say("  ✗ 请输入 +、已有行的序号、- 或者直接回车")

    def _row(self, field: Field, answers: Answers, number: int, judge: Judge) -> None:
        """One row, column by column; `<` or `.` leaves the rows as they were."""
        key = field["element"]
        rows = [dict(row) for row in answers.get(key) or []]
        row = rows[number] if number < len(rows) else {}
        rows = [*rows[:number], row, *rows[number + 1 :]]
        try:
            for column in field["columns"]:
                seen = judge({**answers, key: rows})
                place = f"{key}.{number}.{column['element']}"
                if place in seen["hidden"] or column["type"] in _NOT_HERE:
                    continue
                self._head(column, row.get(column["element"]), required=place in seen["required"], indent="    ")
                self._one(column, row, lambda told: judge({**answers, key: rows}))
        except _Back:
            self._say("    这一行没有改动")
            return
        answers[key] = [{k: v for k, v in one.items() if v not in (None, "")} for one in rows]

    def _row_shown(self, field: Field, row: Mapping[str, Any]) -> str:
        return ";".join(
            f"{c['name']} {self.shown(c, row[c['element']])}"
            for c in field["columns"]
            if row.get(c["element"]) is not None
        )

    # ------------------------------------------------------------------ values
    def shown(self, field: Field, value: Any) -> str:
        """A value as people read it."""
        kind = field["type"]
        if kind == "table" and isinstance(value, list):
            return f"{len(value)} 行"
        if isinstance(value, list):
            return "、".join(self.shown(field, one) for one in value)
        if isinstance(value, bool):
            return "是" if value else "否"
        if kind in ("code", "codes"):
            return next((c["name"] for c in field.get("codes", ()) if c["code"] == value), str(value))
        if kind in _PEOPLE:
            return self._known.people.get(value, str(value))
        if kind == "datetime" and isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
        if isinstance(value, dict):
            return ",".join(str(one) for one in value.values())
        return str(value)

    def read(self, field: Field, said: str) -> Any:
        """What was typed, as the answer. Raises `ValueError` with what helps."""
        kind, plain = field["type"], narrow(said)
        if kind in ("codes", "officers"):
            parts = [part for part in re.split(r"[、,;\s]+", narrow(said)) if part]
            return [self._chosen(field, part) for part in parts]
        if kind in ("code", "officer", "agency", "violation"):
            one = self._chosen(field, said)
            return int(one) if kind == "agency" else one
        if kind == "boolean":
            if plain.lower() not in _WORDS:
                raise ValueError("请填 是 或 否")
            return _WORDS[plain.lower()]
        if kind in ("integer", "number", "money"):
            return self._figure(kind, plain)
        if kind == "date":
            return read_day(plain, self._now).isoformat()
        if kind == "datetime":
            return read_moment(plain, self._now).isoformat()
        if kind == "duration":
            found = re.fullmatch(r"(\d+)\s*(年|个月|月|天|日|小时|分钟|分)", plain)
            return _UNITS[found[2]].format(found[1]) if found else plain
        if kind == "location":
            lon, comma, lat = plain.partition(",")
            if not comma:
                raise ValueError("请填 经度,纬度,如 113.26,23.13")
            return {"lon": lon.strip(), "lat": lat.strip()}
        return said

    def _figure(self, kind: str, plain: str) -> Any:
        figure = plain.replace(",", "").removesuffix("元").strip()
        if not re.fullmatch(r"-?\d+(\.\d+)?", figure):
            raise ValueError(f"应为{_HOW[kind]},如 {'3' if kind == 'integer' else '200.00'}")
        if kind == "integer":
            if "." in figure:
                raise ValueError("应为整数")
            return int(figure)
        return figure

    def _chosen(self, field: Field, said: str) -> str:
        """The code of what was typed as a code, a name, or the part of one name."""
        said, plain = said.strip(), narrow(said)
        choices = self._all(field)
        exact = [code for code, name in choices if said == name or plain in (code, name)]
        found = exact or [code for code, name in choices if said in name]
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValueError(f"没有“{said}”这一项,? 看可选的内容")
        names = dict(choices)
        raise ValueError(f"有几项都叫“{said}”:{'、'.join(f'{code}={names[code]}' for code in found[:8])},请写编号")


def read_day(plain: str, now: datetime) -> date:
    """A day as people write it; without year it is the clock's. Raises `ValueError`."""
    if plain in ("今天", "今日"):
        return now.date()
    if plain in ("明天", "明日"):
        return now.date() + timedelta(days=1)
    if re.fullmatch(r"[+-]\d{1,4}天?", plain):
        return now.date() + timedelta(days=int(plain.rstrip("天")))
    if re.fullmatch(r"\d{8}", plain):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    found = _DAY.fullmatch(plain)
    if found is None:
        raise ValueError(f"应为{_HOW['date']}")
    try:
        return date(int(found[1] or now.year), int(found[2]), int(found[3]))
    except ValueError as error:
        raise ValueError(f"没有 {plain} 这一天") from error


def read_moment(plain: str, now: datetime) -> datetime:
    """An instant as people write it; a time alone is that of the clock's day, a day alone its first minute. Raises `ValueError`."""
    if plain in ("现在", "此刻"):
        return now.replace(second=0, microsecond=0)
    if plain.endswith("分前") and plain[:-2].isdigit():
        return now.replace(second=0, microsecond=0) - timedelta(minutes=int(plain[:-2]))
    day, _, time = re.sub(r"(日)(?=\d)", r"\1 ", plain.replace("T", " ")).partition(" ")
    if not time and _TIME.fullmatch(day):
        day, time = "今天", day
    try:
        on = read_day(day, now)
    except ValueError as error:
        raise ValueError(f"应为{_HOW['datetime']}" if "应为" in str(error) else str(error)) from error
    found = _TIME.fullmatch(time.replace(" ", "")) if time else None
    if time and found is None:
        raise ValueError(f"应为{_HOW['datetime']}")
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (0, 0)
    if hour > 23 or minute > 59:
        raise ValueError(f"没有 {time} 这个时刻")
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=LOCAL)
