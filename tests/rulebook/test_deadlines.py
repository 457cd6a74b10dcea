"""Deadlines of the law, day by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rulebook.calendars import BadCalendar, Calendar, SpecialDay, load_calendar
from engine.rulebook.deadlines import (
    BadDeadline,
    Clock,
    Extension,
    Pause,
    Rule,
    Setting,
    by_id,
    due,
    due_date,
    extension_refusal,
    load_deadlines,
    load_settings,
    moved,
    next_wake,
    wakes,
    window,
)
from engine.rulebook.examples import deadline_faults, service_faults
from engine.rulebook.periods import Kind, Length, Unit
from engine.rulebook.service_dates import load_service_rules, served_on

CN = timezone(timedelta(hours=8))
NATIONAL = Path(__file__).parents[2] / "rules/national"
CALENDAR = load_calendar(yaml.safe_load(p.read_bytes()) for p in sorted((NATIONAL / "calendar").glob("*.yaml")))
RULES = by_id(
    m for p in sorted((NATIONAL / "deadlines").glob("*.yaml")) if "deadlines" in (m := yaml.safe_load(p.read_bytes()))
)


def test_every_deadline_of_the_catalogue_is_there_and_its_examples_come_true() -> None:
    assert len(RULES) == 100  # the 90 of the law, and the set of personnel
    assert {rule.kind for rule in RULES.values()} == set(Kind)
    assert deadline_faults(RULES, CALENDAR) == []


@pytest.mark.parametrize(
    ("key", "started", "expected"),
    [
        ("DL_HEARING_REQUEST", date(2026, 2, 12), date(2026, 2, 26)),  # 春节 9 天假,2 月 14 日周六补班
        ("DL_HEARING_REQUEST", date(2026, 4, 29), date(2026, 5, 9)),  # 劳动节,5 月 9 日周六补班即末日
        ("DL_HEARING_REQUEST", date(2026, 9, 29), date(2026, 10, 12)),  # 国庆,10 月 10 日周六补班
        ("DL_DECISION_SERVE", date(2025, 9, 26), date(2025, 10, 13)),  # 9 月 28 日补班,国庆中秋 8 天,10 月 11 日补班
        ("DL_FINE_PAYMENT", date(2026, 2, 1), date(2026, 2, 24)),  # 第 15 日落在春节,顺延
        ("DL_FINE_PAYMENT", date(2026, 3, 6), date(2026, 3, 23)),  # 末日周六,顺延到周一
        ("DL_COURT_APPLY", date(2025, 11, 30), date(2026, 2, 28)),  # 2 月没有 30 日;28 日周六是补班日,不顺延
        ("DL_SUIT_DIRECT", date(2023, 8, 31), date(2024, 2, 29)),  # 闰年
        ("DL_SUIT_DIRECT", date(2024, 8, 31), date(2025, 2, 28)),
        ("DL_LIMITATION_GENERAL", date(2024, 2, 29), date(2026, 2, 28)),
        ("DL_SEIZURE", date(2026, 1, 20), date(2026, 2, 19)),  # 末日在春节假期内,不顺延
        ("DL_TRANSFER_APPROVE", date(2026, 4, 30), date(2026, 5, 6)),
        ("DL_HEARING_NOTICE", date(2026, 3, 3), date(2026, 2, 13)),  # 其间满 7 个工作日,两端不计
        ("DL_HEARING_NOTICE", date(2026, 10, 15), date(2026, 9, 29)),
        ("DL_DEMAND_WAIT", date(2026, 9, 22), date(2026, 10, 13)),
        ("DL_ARCHIVE_RETENTION_ORD", date(2026, 7, 15), date(2036, 12, 31)),
    ],
)
def test_golden_dates(key: str, started: date, expected: date) -> None:
    assert due_date(Clock(RULES[key], started), CALENDAR) == expected


def test_a_waiting_period_allows_the_act_on_the_day_after_its_last_day() -> None:
    answer = due(Clock(RULES["DL_DEMAND_WAIT"], date(2026, 3, 2)), CALENDAR, date(2026, 3, 2))
    assert answer.due == date(2026, 3, 16)
    assert answer.allowed_from == date(2026, 3, 17)


def test_hours_run_through_a_holiday_and_need_an_instant() -> None:
    rule = RULES["DL_SEIZURE_EMERGENCY"]
    begun = datetime(2026, 2, 16, 23, 30, tzinfo=CN)
    assert due_date(Clock(rule, begun), CALENDAR) == begun + timedelta(hours=24)
    with pytest.raises(BadDeadline, match="时刻"):
        due_date(Clock(rule, date(2026, 2, 16)), CALENDAR)


def test_every_day_between_trigger_and_due_is_explained_once() -> None:
    answer = due(Clock(RULES["DL_FINE_PAYMENT"], date(2026, 2, 1)), CALENDAR, date(2026, 2, 10))
    spans = sorted([*answer.counted, *answer.skipped, *answer.paused], key=lambda s: s.first)
    days = [s.first + timedelta(days=n) for s in spans for n in range(s.days)]
    assert days == [date(2026, 2, 1) + timedelta(days=n) for n in range(24)]
    assert all(s.reason and s.article for s in spans)
    assert any("春节" in s.reason for s in answer.skipped)
    assert answer.remaining == 14


def test_thirty_days_of_seizure_are_extended_once_by_thirty() -> None:
    clock = Clock(RULES["DL_SEIZURE"], date(2026, 3, 2))
    thirty = Extension(Length(30, Unit.DAY), "head", date(2026, 3, 30))
    assert extension_refusal(clock, thirty, CALENDAR) is None
    extended = Clock(clock.rule, clock.started, extensions=(thirty,))
    assert due_date(extended, CALENDAR) == date(2026, 5, 1)
    assert "只能延长 1 次" in str(extension_refusal(extended, thirty, CALENDAR))
    late = Extension(Length(30, Unit.DAY), "head", date(2026, 4, 2))
    assert "届满" in str(extension_refusal(clock, late, CALENDAR))
    assert "最多延长" in str(
        extension_refusal(clock, Extension(Length(31, Unit.DAY), "head", date(2026, 3, 3)), CALENDAR)
    )
    assert "unit_head" in str(
        extension_refusal(clock, Extension(Length(30, Unit.DAY), "unit_head", date(2026, 3, 3)), CALENDAR)
    )


def test_examination_time_of_seized_property_counts_only_when_its_notice_was_served() -> None:
    def seized(notice: date | None) -> date | datetime:
        pause = Pause("appraisal", date(2026, 3, 10), date(2026, 3, 20), notice)
        return due_date(Clock(RULES["DL_SEIZURE"], date(2026, 3, 2), (pause,)), CALENDAR)

    assert seized(None) == date(2026, 4, 1)
    assert seized(date(2026, 3, 10)) == date(2026, 4, 11)
    assert seized(date(2026, 3, 15)) == date(2026, 4, 6)


def test_a_pause_from_memory_does_nothing_until_the_agency_names_its_basis() -> None:
    rule = RULES["DL_PENALTY_DECISION"]
    pause = Pause("hearing", date(2026, 4, 1), date(2026, 4, 11))
    off = due(Clock(rule, date(2026, 3, 2), (pause,)), CALENDAR, date(2026, 4, 20))
    assert off.due == date(2026, 6, 1)  # 第 90 日 5 月 31 日是周日
    assert off.ignored
    assert "未核到依据" in off.ignored[0]
    assert off.paused == ()
    setting = Setting(rule.id, "本省程序规定第 1 条", date(2026, 1, 1), pauses=frozenset({"hearing"}))
    on = due(Clock(rule, date(2026, 3, 2), (pause,), setting=setting), CALENDAR, date(2026, 4, 20))
    assert on.due == date(2026, 6, 10)
    assert sum(s.days for s in on.paused) == 10


def test_the_thirty_day_extension_of_the_decision_is_off_until_confirmed() -> None:
    extension = Extension(Length(30, Unit.DAY), "head", date(2026, 5, 20))
    clock = Clock(RULES["DL_PENALTY_DECISION"], date(2026, 3, 2))
    assert "未核到依据" in str(extension_refusal(clock, extension, CALENDAR))
    setting = Setting(clock.rule.id, "本省规定", date(2026, 1, 1), extension=True)
    assert due_date(Clock(clock.rule, clock.started, extensions=(extension,), setting=setting), CALENDAR) == date(
        2026, 6, 30
    )


def test_an_open_pause_is_provisional_and_never_wakes() -> None:
    clock = Clock(RULES["DL_ADDED_FINE"], date(2026, 3, 2), (Pause("reconsideration", date(2026, 3, 2)),))
    assert due(clock, CALENDAR, date(2026, 3, 20)).provisional
    assert wakes(clock, CALENDAR) == ()


def test_a_value_that_conflicts_with_its_law_says_so_until_confirmed() -> None:
    clock = Clock(RULES["DL_CASE_FILING"], date(2026, 3, 2))
    assert due(clock, CALENDAR, date(2026, 3, 3)).unconfirmed
    settings_ = load_settings(
        {"settings": [{"rule": "DL_CASE_FILING", "length": 7, "basis": "本局规定", "confirmed_on": date(2026, 1, 1)}]},
        RULES,
    )
    confirmed = Clock(clock.rule, clock.started, setting=settings_["DL_CASE_FILING"])
    answer = due(confirmed, CALENDAR, date(2026, 3, 3))
    assert answer.unconfirmed == ()
    assert answer.due == date(2026, 3, 11)


def test_an_agency_may_not_change_what_the_law_fixes() -> None:
    entry = {"rule": "DL_HEARING_REQUEST", "length": 3, "basis": "本局规定", "confirmed_on": date(2026, 1, 1)}
    with pytest.raises(BadDeadline, match="不得改动"):
        load_settings({"settings": [entry]}, RULES)
    with pytest.raises(BadDeadline, match="不得短于"):
        load_settings({"settings": [{**entry, "rule": "DL_STATEMENT_DEFENCE"}]}, RULES)
    with pytest.raises(BadDeadline, match="basis"):
        load_settings({"settings": [{"rule": "DL_CASE_FILING"}]}, RULES)


def test_beyond_the_announced_years_a_date_is_flagged() -> None:
    answer = due(Clock(RULES["DL_HEARING_REQUEST"], date(2027, 9, 29)), CALENDAR, date(2027, 9, 29))
    assert "2027年放假调休安排未录入" in answer.unconfirmed[0]


def test_the_last_days_of_a_year_wait_for_the_next_years_notice() -> None:
    answer = due(Clock(RULES["DL_HEARING_REQUEST"], date(2026, 12, 21)), CALENDAR, date(2026, 12, 21))
    assert answer.due == date(2026, 12, 28)
    assert "2027年" in answer.unconfirmed[0]
    assert due(Clock(RULES["DL_HEARING_REQUEST"], date(2026, 12, 10)), CALENDAR, date(2026, 12, 10)).unconfirmed == ()


def test_a_calendar_published_late_names_the_clocks_that_move_and_why() -> None:
    announced = Calendar(
        {*CALENDAR.years, 2027}, [*CALENDAR.special.values(), SpecialDay(date(2027, 10, 1), False, "国庆节", "通知")]
    )
    clocks = [
        Clock(RULES["DL_HEARING_REQUEST"], date(2027, 9, 29)),
        Clock(RULES["DL_HEARING_REQUEST"], date(2027, 3, 1)),
    ]
    moves = moved(clocks, CALENDAR, announced, date(2027, 9, 29))
    assert [(m.before, m.after) for m in moves] == [(date(2027, 10, 6), date(2027, 10, 7))]
    assert "国庆节放假" in moves[0].because[0]


def test_a_province_may_have_rest_days_of_its_own() -> None:
    extra = {"extra": [{"id": "x", "name": "壮族三月三", "days": [date(2026, 4, 20)], "source": "自治区通知"}]}
    province = load_calendar([*(yaml.safe_load(p.read_bytes()) for p in (NATIONAL / "calendar").glob("*.yaml")), extra])
    assert due_date(Clock(RULES["DL_CASH_OFFICER_HANDIN"], date(2026, 4, 17)), province) == date(2026, 4, 22)
    assert province.version != CALENDAR.version


def test_wakes_warn_on_the_leads_and_report_the_breach_after_the_last_day() -> None:
    clock = Clock(RULES["DL_DECISION_SERVE"], date(2026, 3, 2))
    found = [(w.kind, w.at.date()) for w in wakes(clock, CALENDAR)]
    assert found == [("warning", date(2026, 3, 6)), ("warning", date(2026, 3, 10)), ("breach", date(2026, 3, 12))]
    after = next_wake(clock, CALENDAR, datetime(2026, 3, 10, 12, tzinfo=CN))
    assert after is not None
    assert after.kind == "breach"


def test_the_overload_window_reaches_back_one_year() -> None:
    assert window(RULES["DL_OVERLOAD_YEAR"], date(2026, 3, 2)) == (date(2025, 3, 3), date(2026, 3, 2))


def test_lessons_have_no_date_and_units_do_not_mix() -> None:
    with pytest.raises(BadDeadline, match="学时"):
        due_date(Clock(RULES["DL_TRAIN_HOURS"], date(2026, 1, 1)), CALENDAR)
    with pytest.raises(BadDeadline, match="单位不同"):
        _ = Length(3, Unit.DAY) < Length(2, Unit.WORKING_DAY)


def test_faulty_content_is_refused_in_chinese() -> None:
    good = yaml.safe_load((NATIONAL / "deadlines/limitation.yaml").read_bytes())["deadlines"][0]
    for change, message in [
        ({"unit": "天"}, "unit 只能是"),
        ({"length": -1}, "length 应为"),
        ({"mark": "X"}, "mark 只能是"),
        ({"lenght": 3}, "不认识的字段"),
        ({"pauses": [{"reason": "a", "name": "某", "mark": "K", "enabled": True}]}, "不得默认启用"),
    ]:
        with pytest.raises(BadDeadline, match=message):
            load_deadlines({"deadlines": [{**good, **change}]})
    with pytest.raises(BadCalendar, match="本来就是工作日"):
        load_calendar([{"year": 2026, "source": "x", "workdays": [{"name": "a", "days": [date(2026, 3, 2)]}]}])


def test_each_method_of_service_has_its_own_day() -> None:
    mapping = yaml.safe_load((NATIONAL / "deadlines/service_dates.yaml").read_bytes())
    assert service_faults(mapping, RULES, CALENDAR) == []
    rules = load_service_rules(mapping)
    without_consent = served_on("electronic", {"electronic_sent_at": date(2026, 3, 2)}, rules, RULES, CALENDAR)
    assert without_consent.on is None
    assert "确认书" in without_consent.missing[0]


# ── properties ───────────────────────────────────────────────────────────────────────────────────────────────────────
STARTS = st.dates(date(2004, 1, 1), date(2028, 12, 31))
UNITS = st.sampled_from([Unit.WORKING_DAY, Unit.DAY, Unit.MONTH, Unit.YEAR])


def rule_of(count: int, unit: Unit, *, roll_over: bool = True) -> Rule:
    entry = {
        "id": "DL_TEST",
        "name": "试验期限",
        "event": "begun",
        "length": count,
        "unit": str(unit),
        "kind": "max",
        "roll_over": roll_over,
        "mark": "V",
        "basis": "试验",
        "source": "试验",
        "pauses": [{"reason": r, "name": r, "mark": "V"} for r in ("a", "b")],
    }
    return load_deadlines({"deadlines": [entry]})["DL_TEST"]


@st.composite
def pauses(draw: st.DrawFn) -> tuple[Pause, ...]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        first = draw(STARTS)
        found.append(Pause(draw(st.sampled_from("ab")), first, first + timedelta(days=draw(st.integers(0, 60)))))
    return tuple(found)


@settings(max_examples=80, deadline=None)
@given(STARTS, UNITS, st.integers(0, 30), st.integers(0, 30), st.booleans(), pauses())
def test_longer_is_never_earlier(
    start: date, unit: Unit, count: int, more: int, roll_over: bool, breaks: tuple[Pause, ...]
) -> None:
    short = due_date(Clock(rule_of(count, unit, roll_over=roll_over), start, breaks), CALENDAR)
    long = due_date(Clock(rule_of(count + more, unit, roll_over=roll_over), start, breaks), CALENDAR)
    assert long >= short


@settings(max_examples=80, deadline=None)
@given(STARTS, UNITS, st.integers(1, 60), pauses(), pauses())
def test_a_pause_never_brings_a_date_forward_and_their_order_does_not_matter(
    start: date, unit: Unit, count: int, some: tuple[Pause, ...], more: tuple[Pause, ...]
) -> None:
    rule = rule_of(count, unit)
    with_some = due_date(Clock(rule, start, some), CALENDAR)
    with_all = due_date(Clock(rule, start, some + more), CALENDAR)
    assert with_all >= with_some >= due_date(Clock(rule, start), CALENDAR)
    assert due_date(Clock(rule, start, tuple(reversed(some + more))), CALENDAR) == with_all


@settings(max_examples=80, deadline=None)
@given(STARTS, st.integers(1, 90), pauses())
def test_a_working_day_period_ends_on_a_working_day_and_counts_exactly_its_length(
    start: date, count: int, breaks: tuple[Pause, ...]
) -> None:
    answer = due(Clock(rule_of(count, Unit.WORKING_DAY), start, breaks), CALENDAR, start)
    assert not isinstance(answer.due, datetime)
    assert CALENDAR.is_working(answer.due)
    assert sum(span.days for span in answer.counted) == count


@settings(max_examples=60, deadline=None)
@given(STARTS, st.integers(1, 15))
def test_a_backward_count_leaves_exactly_its_days_between_both_ends(day: date, count: int) -> None:
    entry = {**yaml.safe_load((NATIONAL / "deadlines/hearing.yaml").read_bytes())["deadlines"][1], "length": count}
    rule = load_deadlines({"deadlines": [entry]})["DL_HEARING_NOTICE"]
    latest = due_date(Clock(rule, day), CALENDAR)
    assert not isinstance(latest, datetime)
    between = [latest + timedelta(days=n) for n in range(1, (day - latest).days)]
    assert sum(CALENDAR.is_working(d) for d in between) == count
    assert CALENDAR.is_working(between[0])
