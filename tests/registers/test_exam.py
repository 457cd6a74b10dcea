"""An exam: papers from a frozen bank, sittings by the server's clock, marks by two people, results told when they are published."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import SYSTEM_ID, Person
from registers import composition, draw, exam, question, record, sheet, training

RULES = [
    {"kind": "single", "count": 2, "marks": "10"},
    {"kind": "multiple", "count": 1, "marks": "20"},
    {"kind": "judgement", "count": 2, "marks": "10"},
    {"kind": "case", "count": 1, "marks": "40"},
]


def questions():
    for n in range(4):
        yield {
            "question_no": f"D{n}",
            "kind": "单选题",
            "topic": "处罚",
            "stem": f"单选 {n}",
            "options": ["甲", "乙", "丙"],
            "answer": "B",
        }
        yield {
            "question_no": f"X{n}",
            "kind": "多选题",
            "topic": "处罚",
            "stem": f"多选 {n}",
            "options": ["甲", "乙", "丙"],
            "answer": "AC",
        }
        yield {"question_no": f"P{n}", "kind": "判断题", "topic": "强制", "stem": f"判断 {n}", "answer": "错"}
        yield {
            "question_no": f"A{n}",
            "kind": "案例题",
            "topic": "案例",
            "stem": f"案例 {n}",
            "answer": "要点一;要点二",
        }


class Room:
    """An exam of the province for three candidates of three agencies."""

    def __init__(self, work_as) -> None:
        self.work_as, self.organiser = work_as, work_as("supervisor_1")
        self.exam_id = uuid7()
        self.people = {login: work_as(login) for login in ("officer_1", "county_officer", "sister_officer")}
        work = self.organiser
        with work.transaction():
            for row in questions():
                question.draft(work, 440000, row)
            work.execute("update question set state = 'active', checked_by = %s where state = 'draft'", (SYSTEM_ID,))
        with work.transaction():
            record.insert(work, exam.KIND, id=self.exam_id, agency_id=440000, category="01", facts={})
            self.snapshot = question.freeze(work, 440000)
            self.opens, self.closes = work.now + timedelta(hours=1), work.now + timedelta(hours=4)
            exam.compose(
                work,
                self.exam_id,
                agency_id=440000,
                snapshot=self.snapshot,
                seed=draw.fixed_seed(self.snapshot["hash"], "七八九"),
                rules=composition.rules_of(RULES),
                candidates=[w.person.id for w in self.people.values()],
                minutes=90,
                opens_at=self.opens,
                closes_at=self.closes,
            )

    def sitting(self, login: str) -> UUID:
        work = self.people[login]
        with work.transaction():
            return exam.mine(work)[0]["id"]

    def at(self, login: str, verb, *args):
        work = self.people[login]
        with work.transaction():
            return verb(work, self.sitting_ids[login], *args)

    def keys(self, login: str) -> dict[int, str]:
        with self.organiser.transaction():
            items = exam.recompose(self.organiser, self.exam_id, str(self.people[login].person.id))
        return {i.item: i.key for i in items}


@pytest.fixture
def room(work_as):
    made = Room(work_as)
    made.sitting_ids = {login: made.sitting(login) for login in made.people}
    return made


def test_the_server_keeps_the_clock_and_a_lost_connection_loses_nothing(room, clock) -> None:
    with pytest.raises(Refusal, match="尚未开始"):
        room.at("officer_1", exam.begin)
    clock.set(room.opens)
    begun = room.at("officer_1", exam.begin)
    assert begun["seconds_left"] == 90 * 60
    assert len(begun["paper"]) == 6
    room.at("officer_1", exam.save, {1: "b", 2: "C"})
    clock.move(timedelta(minutes=20))
    again = room.at("officer_1", exam.begin)
    assert again["answers"] == {"1": "B", "2": "C"}
    assert again["seconds_left"] == 70 * 60
    room.at("officer_1", exam.save, {2: "B"})
    clock.move(timedelta(minutes=70, seconds=1))
    with pytest.raises(Refusal, match="答题时间已到"):
        room.at("officer_1", exam.save, {1: "A"})
    with pytest.raises(Refusal, match="答题时间已到"):
        room.at("officer_1", exam.submit, {})
    assert room.at("officer_1", exam.answers) == {"1": "B", "2": "B"}


def test_time_lost_is_given_back_with_a_reason_and_stands_in_the_history(room, clock) -> None:
    clock.set(room.opens)
    room.at("county_officer", exam.begin)
    clock.move(timedelta(minutes=91))
    with room.organiser.transaction(), pytest.raises(InvalidAnswers):
        exam.extend(room.organiser, room.sitting_ids["county_officer"], 10, " ")
    with room.organiser.transaction():
        exam.extend(room.organiser, room.sitting_ids["county_officer"], 10, "考点断电十分钟")
        assert exam.last_due(room.organiser, room.exam_id) == room.opens + timedelta(minutes=100)
    assert room.at("county_officer", exam.save, {1: "A"})["seconds_left"] == 9 * 60
    with room.organiser.transaction():
        events = room.organiser.rows("select event, detail from sitting_event order by id")
    assert [e["event"] for e in events] == ["started", "extended", "saved"]
    assert events[1]["detail"] == {"minutes": 10, "reason": "考点断电十分钟"}


def test_handing_in_twice_counts_once(room, clock) -> None:
    clock.set(room.opens)
    room.at("officer_1", exam.begin)
    first = room.at("officer_1", exam.submit, {1: "A"})
    clock.move(timedelta(minutes=1))
    assert room.at("officer_1", exam.submit, {1: "C"})["seconds_left"] == 0
    assert room.at("officer_1", exam.answers) == {"1": "A"}
    assert first["state"] == "submitted"
    with pytest.raises(Refusal, match="已经交卷"):
        room.at("officer_1", exam.begin)


def test_a_candidate_sees_his_own_desk_only_and_no_key_anywhere(room, clock) -> None:
    clock.set(room.opens)
    work = room.people["officer_1"]
    with work.transaction(), pytest.raises(NotFound):
        exam.begin(work, room.sitting_ids["county_officer"])
    begun = room.at("officer_1", exam.begin)
    assert not {"key", "answer", "reference", "basis", "question_no"} & {k for i in begun["paper"] for k in i}
    with work.transaction():
        assert len(exam.mine(work)) == 1
        for table in ("question", "question_snapshot", "exam_script", "exam_mark", "exam_composition"):
            assert work.rows(f"select 1 as seen from {table}") == [], table


def test_an_answer_the_paper_does_not_have_is_refused_by_its_number(room, clock) -> None:
    clock.set(room.opens)
    room.at("officer_1", exam.begin)
    with pytest.raises(InvalidAnswers) as refused:
        room.at("officer_1", exam.save, {1: "H", 3: "A", 99: "A", 4: "也许"})
    assert set(refused.value.fields) == {"answers.1", "answers.99", "answers.4"}
    assert room.at("officer_1", exam.answers) == {}


def test_marks_by_key_and_by_two_people_with_a_third_where_they_differ(room, clock) -> None:
    clock.set(room.opens)
    for login in ("officer_1", "county_officer"):
        room.at(login, exam.begin)
    key = room.keys("officer_1")
    room.at("officer_1", exam.submit, dict(key.items()))
    room.at("county_officer", exam.submit, {6: "只答案例"})
    clock.set(room.closes)
    work = room.organiser
    limit, passing = Decimal(5), Decimal(60)
    first, second, third = uuid7(), uuid7(), uuid7()
    with work.transaction():
        assert exam.close(work, room.exam_id, agency_id=440000, partial=Decimal(0)) == {
            "sat": 2,
            "absent": 1,
            "scripts": 2,
        }
        assert exam.close(work, room.exam_id, agency_id=440000, partial=Decimal(0))["scripts"] == 2
        to_mark = exam.scripts(work, room.exam_id, 1)
        assert not {"officer_id", "name", "seat", "sitting_id"} & set(to_mark[0])
        numbers = [row["script_no"] for row in to_mark]
        rows = [{"script_no": n, "answer_item": 6, "mark": "30"} for n in numbers]
        assert exam.put_marks(work, room.exam_id, 1, first, rows) == []
        too_much = [
            {"script_no": numbers[0], "answer_item": 6, "mark": "40.5"},
            {"script_no": "9999", "answer_item": 6, "mark": 1},
        ]
        assert len(exam.put_marks(work, room.exam_id, 2, second, [*too_much, {}])) == 3
        assert exam.put_marks(work, room.exam_id, 2, first, rows) == [
            f"第 {n} 行:同一份答卷须由不同的人评阅" for n in (1, 2)
        ]
        with pytest.raises(Refusal, match="尚未评定"):
            exam.settle(work, room.exam_id, passing, limit)
        assert exam.unmarked(work, room.exam_id, 2, limit) == 2
        exam.put_marks(work, room.exam_id, 2, second, [{**rows[0], "mark": 25}, {**rows[1], "mark": 24}])
        assert (exam.unmarked(work, room.exam_id, 2, limit), exam.unmarked(work, room.exam_id, 3, limit)) == (0, 1)
        exam.put_marks(work, room.exam_id, 3, third, [{**rows[1], "mark": 26}])
        assert exam.unmarked(work, room.exam_id, 3, limit) == 0
        settled = exam.settle(work, room.exam_id, passing, limit)
    assert settled["passed"] == 1
    assert [r["total_marks"] for r in my_results(room, "officer_1")] == [None]
    with work.transaction():
        told = exam.publish(work, room.exam_id)
    assert sorted(r["state"] for r in told) == ["absent", "closed", "closed"]
    objective = 60
    case = {numbers[0]: Decimal("27.5"), numbers[1]: Decimal("25.0")}
    with work.transaction():
        mine = work.rows(
            "select script_no from exam_sitting where officer_id = %s", (room.people["officer_1"].person.id,)
        )
    assert [(r["total_marks"], r["passed"]) for r in my_results(room, "officer_1")] == [
        (objective + case[mine[0]["script_no"]], True)
    ]


def my_results(room, login):
    work = room.people[login]
    with work.transaction():
        return exam.mine(work)


def test_sheets_from_a_room_without_a_network_are_taken_row_by_row(room, clock) -> None:
    clock.set(room.closes)
    ids = {login: str(work.person.id) for login, work in room.people.items()}
    rows = [
        {"exam_candidate": ids["officer_1"], "answer_item": 1, "answer_text": "B"},
        {"exam_candidate": ids["officer_1"], "answer_item": 4, "answer_text": "错"},
        {"exam_candidate": ids["officer_1"], "answer_item": 50, "answer_text": "A"},
        {"exam_candidate": str(uuid7()), "answer_item": 1, "answer_text": "A"},
    ]
    with room.organiser.transaction():
        faults = exam.take_sheets(room.organiser, room.exam_id, rows)
        assert exam.answers(room.organiser, room.sitting_ids["officer_1"]) == {"1": "B", "4": "F"}
    assert [f.split(":")[0] for f in faults] == ["第 3 行", "第 4 行"]


def test_the_bank_changes_and_the_papers_do_not(room) -> None:
    work = room.organiser
    with work.transaction():
        before = exam.recompose(work, room.exam_id, str(room.people["officer_1"].person.id))
        for row in question.listed(work, limit=200):
            if row["kind"] == "single":
                question.retire(work, row["id"])
        after = exam.recompose(work, room.exam_id, str(room.people["officer_1"].person.id))
        fewer = question.freeze(work, 440000)
    assert composition.paper_hash(before) == composition.paper_hash(after)
    assert fewer["hash"] != room.snapshot["hash"]
    assert fewer["count"] == 12


def test_a_question_is_checked_by_a_second_person_and_a_new_version_replaces_the_old(work_as) -> None:
    author, second = work_as("supervisor_1"), work_as("supervisor_1")
    second.person = Person(uuid7(), "第二人", 440000, author.person.grants)
    row = next(questions())
    with author.transaction():
        first = question.draft(author, 440000, row)
        with pytest.raises(Refusal, match="出题人不得审核"):
            question.activate(author, first["id"])
    with second.transaction():
        question.activate(second, first["id"])
    with author.transaction():
        newer = question.draft(author, 440000, {**row, "stem": "改过的题干"})
    with second.transaction():
        question.activate(second, newer["id"])
        states = [(q["version"], q["state"]) for q in question.listed(second)]
    assert states == [(1, "replaced"), (2, "active")]


HEADINGS = {
    "题目编号": "question_no",
    "题型": "kind",
    "知识点": "topic",
    "题干": "stem",
    "答案": "answer",
    "选项A": "a",
    "选项B": "b",
}


def test_a_sheet_with_a_fault_brings_nothing_in_and_names_every_line(work_as) -> None:
    text = "题目编号,题型,知识点,题干,答案,选项A,选项B\nS1,单选题,处罚,问,A,甲,乙\nS2,单选题,处罚,问,C,甲,乙\n\nS1,口试,处罚,,A,,\n"
    work = work_as("supervisor_1")

    def rows():
        for line, cells in sheet.rows(text.encode("gb18030"), HEADINGS, 10):
            yield line, {**cells, "options": [cells.get("a"), cells.get("b")]}

    with work.transaction():
        answer = question.take_in(work, 440000, rows())
        assert question.listed(work) == []
    assert answer["imported"] == 0
    assert [(f["line"], sorted(f["fields"])) for f in answer["faults"]] == [(3, ["answer"]), (5, ["kind", "stem"])]
    with pytest.raises(InvalidAnswers) as refused:
        list(sheet.rows("编号,得分\n1,2".encode(), HEADINGS, 10))
    assert "不认识的列:编号、得分" in refused.value.fields["file"]
    with pytest.raises(InvalidAnswers):
        list(sheet.rows(text.encode(), HEADINGS, 1))


@pytest.mark.parametrize("data", [b"PK\x03\x04 no archive", b"\xff\xfe\x00\xd8\x81"])
def test_what_is_no_sheet_is_refused(data) -> None:
    with pytest.raises(InvalidAnswers):
        list(sheet.rows(data, HEADINGS, 10))


def test_hours_are_credited_once_and_corrected_by_a_row(work_as) -> None:
    work = work_as("supervisor_1")
    learner = work_as("officer_1").person.id
    with work.transaction():
        course = training.open_course(
            work, agency_id=440000, course_no="K1", name="资格培训", kind="1", hours=Decimal(40)
        )
        day = date(2026, 3, 1)
        hours = training.credit(
            work, officer_id=learner, course_id=course, hours=Decimal(40), attended_on=day, mode="onsite"
        )
        with pytest.raises(Refusal, match="已经登记"):
            training.credit(
                work, officer_id=learner, course_id=course, hours=Decimal(8), attended_on=day, mode="onsite"
            )
    for bad in (
        {"hours": Decimal(41)},
        {"hours": Decimal("0.25")},
        {"attended_on": date(2026, 3, 3)},
        {"mode": "dream"},
    ):
        given = {"hours": Decimal(8), "attended_on": date(2026, 2, 27), "mode": "online"} | bad
        with work.transaction(), pytest.raises(InvalidAnswers) as refused:
            training.credit(work, officer_id=learner, course_id=course, **given)
        assert set(refused.value.fields) == set(bad)
    with work.transaction():
        assert training.hours_of(work, learner, "1", day, day) == 40
        training.correct(work, hours, "本人当日请假")
        assert training.hours_of(work, learner, "1", day, day) == 0
        with pytest.raises(Refusal, match="更正过"):
            training.correct(work, hours, "再更正")
        assert [r["hours"] for r in training.ledger(work, learner)] == [40, -40]
    other = work_as("sister_officer")
    with other.transaction():
        assert training.ledger(other, learner) == []
