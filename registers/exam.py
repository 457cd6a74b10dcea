"""Exams (执法考试): templates, compositions, sittings, answers, marks.

The clock of a sitting is the server's. Answers are kept one by one as they come, so that a lost connection loses nothing.
A candidate reads only his own sitting, and there neither a key nor anyone's marks before they are published; a marker reads
scripts, which carry no name. The question's key is in the frozen bank alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import LOCAL, Row, Work
from registers import composition, draw, marking, question
from registers.composition import OBJECTIVE, Item, Rule
from registers.record import Kind

KIND = Kind(
    name="exam",
    label="考试",
    table="exam",
    columns={
        "number": "text",
        "title": "text",
        "status": "text",
        "template_no": "text",
        "opens_at": "timestamptz",
        "closes_at": "timestamptz",
        "published_at": "timestamptz",
    },
    codes="EXAM_STATUS",
    title=("exam_name",),
    initial={"status": "planned"},
)

_LATE = "本场考试的答题时间已到,此后的作答不再接收;此前已保存的作答有效"


# ---------------------------------------------------------------------- templates
def put_template(
    work: Work,
    *,
    agency_id: int,
    template_no: str,
    name: str,
    rules: Sequence[Mapping[str, Any]],
    minutes: int,
    pass_marks: Decimal,
) -> Row:
    """A new template. Its rules are judged at once; one that is in use is never changed, a new number is given instead."""
    made = composition.rules_of(rules)
    full = composition.full_marks(made)
    wrong = {}
    if not 1 <= minutes <= 600:
        wrong["minutes"] = "考试时长应为 1 至 600 分钟"
    if not Decimal(0) < pass_marks <= full:
        wrong["pass_marks"] = f"合格分数应大于零、不超过满分 {full:f}"
    if full > 999:
        wrong["rules"] = "满分不得超过 999"
    if wrong:
        raise InvalidAnswers(wrong)
    rows = work.rows(
        """insert into exam_template (id, agency_id, template_no, name, rules, minutes, full_marks, pass_marks, created_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (agency_id, template_no) do nothing
        returning id, template_no, full_marks, pass_marks""",
        (uuid7(), agency_id, template_no, name, Jsonb(_as_rows(made)), minutes, full, pass_marks, work.now),
    )
    if not rows:
        raise Refusal(f"试卷模板编号 {template_no} 已经使用", remedy="模板不作修改,请另编编号新建")
    return rows[0]


def _as_rows(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    return [{**vars(r), "marks": f"{r.marks:f}"} for r in rules]


def template(work: Work, agency_id: int, template_no: str) -> Row:
    """The template as stored; `NotFound` names it."""
    row = work.one("select * from exam_template where agency_id = %s and template_no = %s", (agency_id, template_no))
    if row is None:
        raise NotFound(f"没有编号为 {template_no} 的试卷模板", remedy="请核对编号,或者先新建模板")
    return row


def templates(work: Work, limit: int = 50, after: str | None = None) -> list[Row]:
    """Templates of the agencies in scope, by number."""
    return work.rows(
        """select id, agency_id, template_no, name, rules, minutes, full_marks, pass_marks from exam_template
        where agency_id = any(%s) and (%s::text is null or template_no > %s) order by template_no, id limit %s""",
        (list(work.person.scope), after, after, limit),
    )


# ---------------------------------------------------------------------- composing
def compose(
    work: Work,
    exam_id: UUID,
    *,
    agency_id: int,
    snapshot: Row,
    seed: str,
    rules: Sequence[Rule],
    candidates: Sequence[UUID],
    minutes: int,
    opens_at: datetime,
    closes_at: datetime,
) -> int:
    """Everybody's paper and seat; what they were composed from is kept. Composing again changes nothing; returns the number."""
    questions = question.snapshot(work, snapshot["id"])
    work.execute(
        """insert into exam_composition (exam_id, agency_id, snapshot_id, snapshot_hash, seed, rules, composed_at)
        values (%s, %s, %s, %s, %s, %s, %s) on conflict (exam_id) do nothing""",
        (exam_id, agency_id, snapshot["id"], snapshot["hash"], seed, Jsonb(_as_rows(rules)), work.now),
    )
    homes = {
        r["id"]: r["agency_id"]
        for r in work.rows("select id, agency_id from officer where id = any(%s)", (list(candidates),))
    }
    seats = draw.order(seed, "seats", map(str, candidates))
    for seat, candidate in enumerate(seats, 1):
        items = composition.compose(questions, rules, seed, candidate)
        work.execute(
            """insert into exam_sitting (id, exam_id, agency_id, officer_id, seat, paper, paper_hash, state, minutes, opens_at,
              closes_at) values (%s, %s, %s, %s, %s, %s, %s, 'assigned', %s, %s, %s) on conflict (exam_id, officer_id) do nothing""",
            (
                uuid7(),
                exam_id,
                homes[UUID(candidate)],
                candidate,
                seat,
                Jsonb([i.shown() for i in items]),
                composition.paper_hash(items),
                minutes,
                opens_at,
                closes_at,
            ),
        )
    return len(seats)


def recompose(work: Work, exam_id: UUID, candidate: str) -> tuple[Item, ...]:
    """A candidate's paper composed anew from what was frozen: with its keys. The same as the first time, or it is refused."""
    made = work.one("select * from exam_composition where exam_id = %s", (exam_id,))
    if made is None:
        raise NotFound("本场考试尚未组卷")
    return _items(question.snapshot(work, made["snapshot_id"]), made, candidate)


def _items(questions: Sequence[Row], made: Row, candidate: str) -> tuple[Item, ...]:
    return composition.compose(questions, composition.rules_of(made["rules"]), made["seed"], candidate)


# ---------------------------------------------------------------------- the candidate's desk
def mine(work: Work, limit: int = 50, after: tuple[datetime, UUID] | None = None) -> list[Row]:
    """One's own sittings, in time; marks only once they are published."""
    at: tuple[Any, Any] = after or (None, None)
    return work.rows(
        """select id, exam_id, seat, state, minutes, opens_at, closes_at, started_at, due_at, submitted_at, published_at,
          case when published_at is not null then total_marks end as total_marks,
          case when published_at is not null then passed end as passed
        from exam_sitting where officer_id = %s and (%s::timestamptz is null or (opens_at, id) > (%s::timestamptz, %s::uuid))
        order by opens_at, id limit %s""",
        (work.person.id, at[0], at[0], at[1], limit),
    )


def begin(work: Work, sitting_id: UUID) -> dict[str, Any]:
    """Sits down, or comes back: the paper, what was saved, the seconds left. The clock runs from the first time on."""
    row = _own(work, sitting_id)
    if row["state"] in ("submitted", "closed", "absent"):
        raise Refusal("本场考试已经交卷或者结束", remedy="请等待成绩公布")
    if work.now < row["opens_at"]:
        raise Refusal(f"考试尚未开始,开考时间为 {_time(row['opens_at'])}", remedy="请在开考后再进入")
    if row["started_at"] is None:
        if work.now >= row["closes_at"]:
            raise Refusal("已过本场考试的结束时间", remedy="请联系考试管理人员安排补考")
        row["started_at"] = work.now
        row["due_at"] = min(work.now + timedelta(minutes=row["minutes"]), row["closes_at"]) + _extension(row)
        work.execute(
            "update exam_sitting set state = 'sitting', started_at = %s, due_at = %s where id = %s",
            (row["started_at"], row["due_at"], sitting_id),
        )
        _event(work, row, "started")
    else:
        _event(work, row, "resumed")
    return {**_desk(work, row), "paper": row["paper"], "answers": answers(work, sitting_id)}


def save(work: Work, sitting_id: UUID, given: Mapping[int, str]) -> dict[str, Any]:
    """Keeps answers as they are given; late ones are refused, all of them."""
    row = _sitting(work, sitting_id)
    kept = _normal(row["paper"], given)
    _keep(work, row, kept)
    _event(work, row, "saved", {"answers": {str(item): answer for item, answer in kept.items()}})
    return _desk(work, row)


def leave(work: Work, sitting_id: UUID, what: str) -> dict[str, Any]:
    """The candidate's window lost the focus: noted, nothing more."""
    row = _sitting(work, sitting_id)
    _event(work, row, "left_page", {"what": what[:200]})
    return _desk(work, row)


def submit(work: Work, sitting_id: UUID, given: Mapping[int, str]) -> dict[str, Any]:
    """Hands in. A second time changes nothing and is no fault; handing in late leaves what was saved in time."""
    row = _own(work, sitting_id)
    if row["state"] == "submitted":
        return _desk(work, row)
    row = _sitting(work, sitting_id)
    _keep(work, row, _normal(row["paper"], given))
    _hand_in(work, row)
    return _desk(work, {**row, "state": "submitted", "submitted_at": work.now})


def _hand_in(work: Work, row: Row) -> None:
    work.execute("update exam_sitting set state = 'submitted', submitted_at = %s where id = %s", (work.now, row["id"]))
    _event(work, row, "submitted")


def extend(work: Work, sitting_id: UUID, minutes: int, reason: str) -> dict[str, Any]:
    """More time for one candidate, with the reason: a lost connection, a broken machine."""
    row = work.one("select * from exam_sitting where id = %s for update", (sitting_id,))
    if row is None:
        raise NotFound("没有这场考试的座位", remedy="请从考场名单中选择")
    wrong = {}
    if not 1 <= minutes <= 120:
        wrong["minutes"] = "延长时间应为 1 至 120 分钟"
    if not reason.strip():
        wrong["reason"] = "请写明延长理由"
    if wrong:
        raise InvalidAnswers(wrong)
    if row["state"] not in ("assigned", "sitting"):
        raise Refusal("考生已经交卷或者考试已经结束,不能延长", remedy="确需补救的,请安排补考")
    due = row["due_at"] + timedelta(minutes=minutes) if row["due_at"] else None
    work.execute(
        "update exam_sitting set extended_minutes = extended_minutes + %s, due_at = %s where id = %s",
        (minutes, due, sitting_id),
    )
    _event(work, row, "extended", {"minutes": minutes, "reason": reason.strip()})
    return _desk(work, {**row, "due_at": due, "extended_minutes": row["extended_minutes"] + minutes})


def answers(work: Work, sitting_id: UUID) -> dict[str, str]:
    """What is saved: item → answer."""
    rows = work.rows("select item, answer from exam_answer where sitting_id = %s order by item", (sitting_id,))
    return {str(row["item"]): row["answer"] for row in rows}


def take_sheets(work: Work, exam_id: UUID, sheets: Iterable[Mapping[str, Any]]) -> list[str]:
    """Answers from a room without a network, brought in afterwards: rows of candidate, item, answer. Returns what was wrong,
    in words; the rest is kept. Only for candidates who did not answer at the desk."""
    desks = {
        str(r["officer_id"]): r
        for r in work.rows("select * from exam_sitting where exam_id = %s for update", (exam_id,))
    }
    given: dict[str, dict[int, str]] = {}
    faults = []
    for number, sheet in enumerate(sheets, 1):
        desk = desks.get(str(sheet.get("exam_candidate")))
        if desk is None or desk["state"] != "assigned":
            faults.append(f"第 {number} 行:考生不在本场名单之内,或者已经在线作答")
            continue
        try:
            answer = _normal(desk["paper"], {int(sheet["answer_item"]): str(sheet.get("answer_text") or "")})
        except (InvalidAnswers, KeyError, ValueError, TypeError) as error:
            fields = error.fields if isinstance(error, InvalidAnswers) else {"answer_item": "缺少题号"}
            faults.append(f"第 {number} 行:{';'.join(fields.values())}")
            continue
        given.setdefault(str(desk["officer_id"]), {}).update(answer)
    for candidate, kept in given.items():
        desk = desks[candidate]
        _keep(work, desk, kept)
        work.execute(
            "update exam_sitting set started_at = %s, due_at = %s where id = %s",
            (desk["opens_at"], desk["closes_at"], desk["id"]),
        )
        _event(work, desk, "sheet", {"answers": {str(i): a for i, a in kept.items()}})
        _hand_in(work, desk)
    return faults


def _own(work: Work, sitting_id: UUID) -> Row:
    row = work.one(
        "select * from exam_sitting where id = %s and officer_id = %s for update", (sitting_id, work.person.id)
    )
    if row is None:
        raise NotFound("没有您的这场考试", remedy="请从“我的考试”中进入")
    return row


def _sitting(work: Work, sitting_id: UUID) -> Row:
    """One's own sitting while its clock runs."""
    row = _own(work, sitting_id)
    if row["state"] == "assigned":
        raise Refusal("尚未进入考试", remedy="请先进入考试,再作答")
    if row["state"] != "sitting":
        raise Refusal("已经交卷或者考试已经结束", remedy="请等待成绩公布")
    if work.now > row["due_at"]:
        raise Refusal(_LATE, remedy="因断电、断网等耽误的,请监考人员办理延长")
    return row


def _normal(paper: Sequence[Mapping[str, Any]], given: Mapping[int, str]) -> dict[int, str]:
    kinds = {int(i["item"]): i for i in paper}
    kept, wrong = {}, {}
    for item, answer in given.items():
        if item not in kinds:
            wrong[f"answers.{item}"] = f"试卷没有第 {item} 题"
            continue
        try:
            kept[item] = marking.normal(kinds[item]["kind"], answer)
        except InvalidAnswers as error:
            wrong[f"answers.{item}"] = error.fields["answer"]
            continue
        letters = {option["letter"] for option in kinds[item]["options"]}
        if kinds[item]["kind"] in ("single", "multiple") and set(kept[item]) - letters:
            wrong[f"answers.{item}"] = f"第 {item} 题只有选项 {'、'.join(sorted(letters))}"
    if wrong:
        raise InvalidAnswers(wrong)
    return kept


def _keep(work: Work, row: Row, kept: Mapping[int, str]) -> None:
    if kept:
        work.execute(
            """insert into exam_answer (sitting_id, item, agency_id, answer, saved_at)
            select %s, item, %s, answer, %s from unnest(%s::int[], %s::text[]) as t(item, answer)
            on conflict (sitting_id, item) do update set answer = excluded.answer, saved_at = excluded.saved_at""",
            (row["id"], row["agency_id"], work.now, list(kept), list(kept.values())),
        )


def _event(work: Work, row: Row, event: str, detail: Mapping[str, object] | None = None) -> None:
    work.execute(
        "insert into sitting_event (id, sitting_id, agency_id, at, person_id, event, detail) values (%s, %s, %s, %s, %s, %s, %s)",
        (uuid7(), row["id"], row["agency_id"], work.now, work.person.id, event, Jsonb(dict(detail or {}))),
    )


def _extension(row: Row) -> timedelta:
    return timedelta(minutes=row["extended_minutes"])


def _desk(work: Work, row: Row) -> dict[str, Any]:
    """What the candidate's screen shows besides the paper."""
    left = 0 if row["due_at"] is None else max(0, int((row["due_at"] - work.now).total_seconds()))
    told = {k: row[k] for k in ("id", "exam_id", "seat", "state", "due_at", "extended_minutes", "submitted_at")}
    return {**told, "seconds_left": 0 if row["state"] not in ("assigned", "sitting") else left, "now": work.now}


def _time(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"


# ---------------------------------------------------------------------- closing and marking
def last_due(work: Work, exam_id: UUID) -> datetime | None:
    """The latest end among those who still write (extensions counted); null when nobody does."""
    row = work.one(
        "select max(due_at) as due_at from exam_sitting where exam_id = %s and state = 'sitting' and due_at > %s",
        (exam_id, work.now),
    )
    return row["due_at"] if row else None


def close(work: Work, exam_id: UUID, *, agency_id: int, partial: Decimal) -> dict[str, int]:
    """Ends the exam: who did not come is absent, objective questions are marked, the others become scripts without names.

    Repeatable. Returns how many sat, were absent, and how many scripts there are.
    """
    made = work.one("select * from exam_composition where exam_id = %s", (exam_id,))
    if made is None:
        raise NotFound("本场考试尚未组卷")
    questions = question.snapshot(work, made["snapshot_id"])
    desks = work.rows("select * from exam_sitting where exam_id = %s order by seat for update", (exam_id,))
    sat = [desk for desk in desks if desk["state"] != "assigned" and desk["state"] != "absent"]
    numbers = {
        o: f"{n:04}" for n, o in enumerate(draw.order(made["seed"], "scripts", (str(d["officer_id"]) for d in sat)), 1)
    }
    for desk in desks:
        if desk["state"] == "assigned":
            work.execute("update exam_sitting set state = 'absent' where id = %s", (desk["id"],))
        elif desk["state"] in ("sitting", "submitted"):
            _close_one(
                work,
                desk,
                numbers[str(desk["officer_id"])],
                _items(questions, made, str(desk["officer_id"])),
                agency_id,
                partial,
            )
    count = work.rows("select count(*) as n from exam_script where exam_id = %s", (exam_id,))[0]["n"]
    return {"sat": len(sat), "absent": len(desks) - len(sat), "scripts": count}


def _close_one(work: Work, desk: Row, script_no: str, items: Sequence[Item], agency_id: int, partial: Decimal) -> None:
    if composition.paper_hash(items) != desk["paper_hash"]:
        raise Refusal(f"{desk['seat']} 号座位的试卷与按种子重新组成的不一致", remedy="请报告系统管理员和审计员")
    given = {int(item): answer for item, answer in answers(work, desk["id"]).items()}
    work.execute(
        "update exam_sitting set state = 'closed', script_no = %s, objective_marks = %s where id = %s",
        (script_no, marking.objective(items, given, partial), desk["id"]),
    )
    _event(work, desk, "closed", {"state": desk["state"]})
    for one in (i for i in items if i.question["kind"] not in OBJECTIVE):
        work.execute(
            """insert into exam_script (exam_id, script_no, item, agency_id, question_no, stem, reference, answer, marks)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing""",
            (
                desk["exam_id"],
                script_no,
                one.item,
                agency_id,
                one.question["question_no"],
                one.question["stem"],
                one.key,
                given.get(one.item, ""),
                one.marks,
            ),
        )


def scripts(work: Work, exam_id: UUID, round_: int, limit: int = 50, after: tuple[str, int] | None = None) -> list[Row]:
    """Answers to mark, by script; with the round's mark where there is one. No names, no other marker's mark."""
    at: tuple[Any, Any] = after or (None, None)
    return work.rows(
        """select s.script_no, s.item, s.question_no, s.stem, s.reference, s.answer, s.marks as maximum, m.marks, m.reason
        from exam_script s left join exam_mark m on m.exam_id = s.exam_id and m.script_no = s.script_no and m.item = s.item
          and m.round = %s
        where s.exam_id = %s and (%s::text is null or (s.script_no, s.item) > (%s::text, %s::int))
        order by s.script_no, s.item limit %s""",
        (round_, exam_id, at[0], at[0], at[1], limit),
    )


def put_marks(work: Work, exam_id: UUID, round_: int, marker_id: UUID, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Marks of one round: rows of script_no, answer_item, mark, mark_reason. Returns what was wrong, in words; the rest is kept.

    The two markers of a script are two people, and the third is neither of them.
    """
    papers = {
        (r["script_no"], r["item"]): r["marks"]
        for r in work.rows("select * from exam_script where exam_id = %s", (exam_id,))
    }
    others = {
        (r["script_no"], r["item"])
        for r in work.rows(
            "select script_no, item from exam_mark where exam_id = %s and round <> %s and marker_id = %s",
            (exam_id, round_, marker_id),
        )
    }
    faults = []
    for number, row in enumerate(rows, 1):
        try:
            place = (str(row["script_no"]), int(row["answer_item"]))
            marks = Decimal(str(row["mark"]))
        except (KeyError, ValueError, ArithmeticError, TypeError):
            faults.append(f"第 {number} 行:缺少卷号、题号或者得分")
            continue
        if place not in papers:
            faults.append(f"第 {number} 行:没有 {place[0]} 号答卷的第 {place[1]} 题")
        elif not Decimal(0) <= marks <= papers[place] or marks != round(marks, 1):
            faults.append(f"第 {number} 行:得分应为 0 至 {papers[place]:f},最多一位小数")
        elif place in others:
            faults.append(f"第 {number} 行:同一份答卷须由不同的人评阅")
        else:
            work.execute(
                """insert into exam_mark (exam_id, script_no, item, round, agency_id, marker_id, marks, reason, at)
                select exam_id, script_no, item, %s, agency_id, %s, %s, %s, %s from exam_script
                where exam_id = %s and script_no = %s and item = %s
                on conflict (exam_id, script_no, item, round) do update set marker_id = excluded.marker_id,
                  marks = excluded.marks, reason = excluded.reason, at = excluded.at""",
                (round_, marker_id, marks, str(row.get("mark_reason") or ""), work.now, exam_id, *place),
            )
    return faults


def unmarked(work: Work, exam_id: UUID, round_: int, limit: Decimal) -> int:
    """How many answers this round still owes: 1 and 2 owe all, 3 those on which the two differ by more than the limit."""
    marks = _marks(work, exam_id)
    places = work.rows("select script_no, item from exam_script where exam_id = %s", (exam_id,))
    owed = 0
    for place in ((p["script_no"], p["item"]) for p in places):
        given = marks.get(place, {})
        due = round_ < 3 or (1 in given and 2 in given and marking.needs_third(given[1], given[2], limit))
        owed += due and round_ not in given
    return owed


def settle(work: Work, exam_id: UUID, pass_marks: Decimal, limit: Decimal) -> dict[str, Any]:
    """Everybody's marks from what was marked; refused while a mark is missing. Returns how many passed and the mean."""
    marks = _marks(work, exam_id)
    by_script: dict[str, Decimal] = {}
    for row in work.rows("select script_no, item from exam_script where exam_id = %s", (exam_id,)):
        given = marks.get((row["script_no"], row["item"]), {})
        counted = given.get(4)
        if counted is None and 1 in given and 2 in given:
            counted = marking.settled(given[1], given[2], given.get(3), limit)
        if counted is None:
            raise Refusal(f"{row['script_no']} 号答卷的第 {row['item']} 题尚未评定", remedy="请先完成评阅")
        by_script[row["script_no"]] = by_script.get(row["script_no"], Decimal(0)) + counted
    totals = []
    for desk in work.rows(
        "select id, script_no, objective_marks from exam_sitting where exam_id = %s and state = 'closed'", (exam_id,)
    ):
        subjective = by_script.get(desk["script_no"], Decimal(0))
        totals.append(desk["objective_marks"] + subjective)
        work.execute(
            "update exam_sitting set subjective_marks = %s, total_marks = %s, passed = %s where id = %s",
            (subjective, totals[-1], totals[-1] >= pass_marks, desk["id"]),
        )
    mean = marking.tenth(sum(totals, Decimal(0)) / len(totals)) if totals else Decimal(0)
    return {"passed": sum(total >= pass_marks for total in totals), "mean": mean}


def _marks(work: Work, exam_id: UUID) -> dict[tuple[str, int], dict[int, Decimal]]:
    """Script and item → round → marks."""
    found: dict[tuple[str, int], dict[int, Decimal]] = {}
    for row in work.rows("select script_no, item, round, marks from exam_mark where exam_id = %s", (exam_id,)):
        found.setdefault((row["script_no"], row["item"]), {})[row["round"]] = row["marks"]
    return found


def publish(work: Work, exam_id: UUID) -> list[Row]:
    """The candidates may see their marks from now on; each result: officer_id, agency_id, seat, total_marks, passed."""
    work.execute(
        "update exam_sitting set published_at = coalesce(published_at, %s) where exam_id = %s and state in ('closed', 'absent')",
        (work.now, exam_id),
    )
    return work.rows(
        "select officer_id, agency_id, seat, state, total_marks, passed from exam_sitting where exam_id = %s order by seat",
        (exam_id,),
    )


def listed(work: Work, exam_id: UUID, limit: int = 50, after: int | None = None) -> list[Row]:
    """The room's list for those who run the exam, by seat: names and states; marks once published, answers never."""
    return work.rows(
        """select s.id, s.seat, s.officer_id, o.name, s.agency_id, s.state, s.started_at, s.due_at, s.extended_minutes,
          s.submitted_at, s.published_at, case when s.published_at is not null then s.total_marks end as total_marks,
          case when s.published_at is not null then s.passed end as passed
        from exam_sitting s join officer o on o.id = s.officer_id
        where s.exam_id = %s and (%s::int is null or s.seat > %s) order by s.seat limit %s""",
        (exam_id, after, after, limit),
    )


def held(work: Work, limit: int = 50, after: tuple[datetime, UUID] | None = None) -> list[Row]:
    """Exams of the agencies in scope, the newest first."""
    at: tuple[Any, Any] = after or (None, None)
    return work.rows(
        """select id, agency_id, category, number, title, status, opens_at, closes_at, published_at, created_at from exam
        where agency_id = any(%s) and (%s::timestamptz is null or (created_at, id) < (%s::timestamptz, %s::uuid))
        order by created_at desc, id desc limit %s""",
        (list(work.person.scope), at[0], at[0], at[1], limit),
    )
