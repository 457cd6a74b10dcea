"""Training (培训): courses, and the hours that officers have been credited with. Hours are only added; mistakes are corrected by a row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work

KINDS = {"1": "资格培训", "2": "岗位培训", "3": "专题培训", "4": "在线学习"}  # TRAINING_TYPE


def open_course(work: Work, *, agency_id: int, course_no: str, name: str, kind: str, hours: Decimal) -> UUID:
    """A new course, worth so many hours at most."""
    wrong = {}
    if kind not in KINDS:
        wrong["kind"] = f"培训类型应为:{'、'.join(KINDS.values())}"
    if not Decimal(0) < hours <= 999 or hours != round(hours, 1):
        wrong["hours"] = "学时应大于零、不超过 999,最多一位小数"
    if wrong:
        raise InvalidAnswers(wrong)
    made = uuid7()
    if not work.rows(
        """insert into training_course (id, agency_id, course_no, name, kind, hours, created_at)
        values (%s, %s, %s, %s, %s, %s, %s) on conflict (agency_id, course_no) do nothing returning id""",
        (made, agency_id, course_no, name, kind, hours, work.now),
    ):
        raise Refusal(f"课程编号 {course_no} 已经使用", remedy="请另编课程编号")
    return made


def credit(
    work: Work,
    *,
    officer_id: UUID,
    course_id: UUID,
    hours: Decimal,
    attended_on: date,
    mode: str,
    score: Decimal | None = None,
) -> UUID:
    """Credits an officer with hours of a course: no more than the course has, once a day, not in advance."""
    course = work.one("select * from training_course where id = %s", (course_id,))
    person = work.one("select agency_id from officer where id = %s", (officer_id,))
    if course is None or person is None:
        raise NotFound("没有这门课程或者这名人员", remedy="请从列表中选择")
    wrong = {}
    if course["state"] != "open":
        wrong["course_id"] = "课程已经停开"
    if not Decimal(0) < hours <= course["hours"] or hours != round(hours, 1):
        wrong["hours"] = f"学时应大于零、不超过本课程的 {course['hours']:f} 学时,最多一位小数"
    if attended_on > work.today:
        wrong["attended_on"] = "参训日期不得晚于今天"
    if mode not in ("onsite", "online"):
        wrong["mode"] = "参训方式应为 onsite(面授)或者 online(在线)"
    if wrong:
        raise InvalidAnswers(wrong)
    made = uuid7()
    if not work.rows(
        """insert into training_hours (id, agency_id, officer_id, course_id, kind, hours, mode, attended_on, score,
          recorded_by, recorded_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (officer_id, course_id, attended_on) where corrects is null do nothing returning id""",
        (
            made,
            person["agency_id"],
            officer_id,
            course_id,
            course["kind"],
            hours,
            mode,
            attended_on,
            score,
            work.person.id,
            work.now,
        ),
    ):
        raise Refusal("该人员当日本课程的学时已经登记", remedy="如登记有误,请先更正原记录")
    return made


def take_over(
    work: Work, *, officer_id: UUID, agency_id: int, course_no: str, hours: Decimal, attended_on: date, mode: str
) -> int:
    """Hours that another system has recorded, taken as they are; returns 1, or 0 when they were taken before."""
    return len(
        work.rows(
            """insert into training_hours (id, agency_id, officer_id, course_id, kind, hours, mode, attended_on, recorded_by,
              recorded_at) select %s, %s, %s, id, kind, %s, %s, %s, %s, %s from training_course where course_no = %s
            on conflict (officer_id, course_id, attended_on) where corrects is null do nothing returning id""",
            (uuid7(), agency_id, officer_id, hours, mode, attended_on, work.person.id, work.now, course_no),
        )
    )


def correct(work: Work, hours_id: UUID, reason: str) -> UUID:
    """Takes credited hours off again; the row stays and the correction names it and its reason."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明更正理由"})
    wrong = work.one("select * from training_hours where id = %s and corrects is null", (hours_id,))
    if wrong is None:
        raise NotFound("没有这条学时记录", remedy="请从列表中选择")
    made = uuid7()
    if not work.rows(
        """insert into training_hours (id, agency_id, officer_id, course_id, kind, hours, mode, attended_on, corrects,
          reason, recorded_by, recorded_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (corrects) do nothing returning id""",
        (
            made,
            wrong["agency_id"],
            wrong["officer_id"],
            wrong["course_id"],
            wrong["kind"],
            -wrong["hours"],
            wrong["mode"],
            wrong["attended_on"],
            hours_id,
            reason.strip(),
            work.person.id,
            work.now,
        ),
    ):
        raise Refusal("这条学时记录已经更正过", remedy="请核对学时明细")
    return made


def hours_of(work: Work, officer_id: UUID, kind: str, since: date, until: date) -> Decimal:
    """The hours of one kind of training with attendance within these days, both included."""
    row = work.one(
        """select coalesce(sum(hours), 0) as hours from training_hours
        where officer_id = %s and kind = %s and attended_on between %s and %s""",
        (officer_id, kind, since, until),
    )
    return Decimal(row["hours"]) if row else Decimal(0)


def courses(work: Work, limit: int = 50, after: str | None = None) -> list[Row]:
    """Courses of the agencies in scope by number."""
    return work.rows(
        """select id, agency_id, course_no, name, kind, hours, state from training_course
        where agency_id = any(%s) and (%s::text is null or course_no > %s) order by course_no, id limit %s""",
        (list(work.person.scope), after, after, limit),
    )


def ledger(work: Work, officer_id: UUID, limit: int = 50, after: tuple[date, UUID] | None = None) -> list[Row]:
    """An officer's hours, by day; corrections stand beside what they correct."""
    bound: tuple[Any, Any] = after or (None, None)
    return work.rows(
        """select h.id, h.course_id, c.course_no, c.name as course_name, h.kind, h.hours, h.mode, h.attended_on, h.score, h.corrects,
          h.reason, h.recorded_at from training_hours h join training_course c on c.id = h.course_id
        where h.officer_id = %s and (%s::date is null or (h.attended_on, h.id) > (%s::date, %s::uuid))
        order by h.attended_on, h.id limit %s""",
        (officer_id, bound[0], bound[0], bound[1], limit),
    )
