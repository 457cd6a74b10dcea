"""Supervised objects on the real content: permits, checks with proof, the watch list, one view over time, import by sheet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

import engine
from content import identity
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import Node, Person, SettableClock, Work
from registers import vehicle
from tests.stories.test_clues import FACTS

HERE: dict[str, Any] = {"agency_id": 440100, "category": "02"}
USCC = "91440101MA59K2T895"
PLATE = "粤AB8K62"
CITY = "广州市交通运输局"
COUNTY = "广州市天河区交通运输综合行政执法大队"
PERMIT = {"kind": "vehicle_transport", "permit_no": "440100123456", "status": "valid"}


@pytest.fixture
def people(stage: tuple[Node, Callable[[str], Person]]) -> Callable[[str], Work]:
    node, person = stage
    return lambda login: Work(node, person(login))


@pytest.fixture
def lorry(people: Callable[[str], Work]) -> str:
    """A lorry of a business, with a transport permit that runs to the end of March 2026."""
    officer = people("officer_1")
    business = engine.register_party(officer, **HERE, name="广州穗运货运有限公司", uscc=USCC)["id"]
    made = engine.register_vehicle(officer, **HERE, plate=PLATE, plate_color="2", owner_id=business)["id"]
    engine.put_permit(officer, "vehicle", made, {**PERMIT, "valid_until": date(2026, 3, 31)}, "道路运政系统")
    return str(made)


def checked(work: Work, **more: Any) -> dict[str, Any]:
    return engine.check_object(work, **HERE, kind="vehicle", number=PLATE, plate_color="2", **more)


# ---------------------------------------------------------------------- permits and checks
def test_a_check_says_what_holds_now_with_time_and_source(
    people: Callable[[str], Work], lorry: str, clock: SettableClock
) -> None:
    officer = people("officer_1")
    found = checked(officer)
    assert (found["outcome"], found["object_id"], found["source"]) == (
        "found",
        lorry,
        "广州市交通运输局监管对象登记簿",
    )
    told = found["findings"]
    assert told["owner"]["name"] == "广州穗运货运有限公司"
    assert [(p["name"], p["state"], p["of"]) for p in told["permits"]] == [("道路运输证", "valid", "object")]
    clock.move(timedelta(days=40))
    assert checked(officer)["findings"]["permits"][0]["state"] == "expired"


def test_a_check_is_kept_as_it_was_and_a_change_would_show(people: Callable[[str], Work], lorry: str) -> None:
    officer = people("officer_1")
    found = checked(officer)
    kept = engine.object_check_of(officer, found["id"])
    assert kept["unchanged"]
    assert (kept["sha256"], kept["findings"]) == (found["sha256"], found["findings"])
    with pytest.raises(psycopg.Error), officer.transaction():
        officer.execute("update object_check set outcome = 'not_found'")


def test_a_check_becomes_evidence_of_what_it_was_made_for(people: Callable[[str], Work], lorry: str) -> None:
    officer, clerk = people("officer_1"), people("clerk_1")
    clue = str(engine.take_clue(clerk, **HERE, facts=FACTS)["case_id"])
    found = checked(officer, case_id=clue)
    evidence = engine.record(officer, clue)["evidence"]
    assert [str(e["id"]) for e in evidence] == [found["evidence_id"]]
    text = officer.node.files.read(bytes.fromhex(evidence[0]["sha256"])).decode()
    assert found["sha256"] in text
    assert "道路运输证 440100123456:有效,有效期至 2026-03-31" in text


def test_not_found_never_says_no_permit(people: Callable[[str], Work], lorry: str) -> None:
    officer = people("officer_1")
    found = engine.check_object(officer, **HERE, kind="vehicle", number="粤A00000", plate_color="2")
    assert (found["outcome"], found["object_id"], found["findings"]) == ("not_found", None, {})
    with pytest.raises(InvalidAnswers):
        engine.check_object(officer, **HERE, kind="vehicle", number=PLATE)
    blue = engine.check_object(officer, **HERE, kind="vehicle", number=PLATE, plate_color="1")
    assert blue["outcome"] == "not_found"  # the key is plate and colour


def test_a_permit_is_one_row_its_changes_are_kept_and_it_is_nobody_elses(
    people: Callable[[str], Work], lorry: str
) -> None:
    officer = people("officer_1")
    before = {**PERMIT, "valid_until": date(2026, 3, 31)}
    again = engine.put_permit(officer, "vehicle", lorry, {**before, "status": "suspended"}, "暂扣决定")
    with officer.transaction():
        changes = officer.rows("select source, changes from fact_change where subject_id = %s", (again["id"],))
        other = vehicle.find_or_insert(officer, **HERE, plate="粤A99999", plate_color="2")
    assert changes == [{"source": "暂扣决定", "changes": {"status": ["valid", "suspended"]}}]
    with pytest.raises(Refusal, match="别的对象"):
        engine.put_permit(officer, "vehicle", str(other), before, "x")
    with pytest.raises(InvalidAnswers) as refused:
        engine.put_permit(
            officer, "vehicle", lorry, {**before, "valid_from": date(2026, 4, 1), "kind": "vehicle_transport"}, "x"
        )
    assert list(refused.value.fields) == ["valid_until"]


# ---------------------------------------------------------------------- watch list
def watched(people: Callable[[str], Work], lorry: str, clock: SettableClock) -> str:
    until = clock.at + timedelta(days=30)
    return str(engine.watch_object(people("unit_head_1"), "vehicle", lorry, "一年内三次超限", until)["id"])


def alerts(work: Work) -> list[tuple[str, str]]:
    rows = engine.list_alerts(work, rule="WATCH")["items"]
    return [(str(r["case_id"]), r["message"]) for r in rows]


def test_whatever_names_a_watched_object_raises_an_alert_until_the_term_is_over(
    people: Callable[[str], Work], lorry: str, clock: SettableClock
) -> None:
    clerk = people("clerk_1")
    watched(people, lorry, clock)
    first = str(engine.take_clue(clerk, **HERE, facts=FACTS)["case_id"])
    engine.take_clue(clerk, **HERE, facts={**FACTS, "plate_no": "粤A99999"})
    assert alerts(clerk) == [(first, f"重点监管对象 {PLATE}:一年内三次超限(线索)")]
    clock.move(timedelta(days=31))
    engine.take_clue(clerk, **HERE, facts=FACTS)
    assert len(alerts(clerk)) == 1


def test_an_entry_has_a_reason_a_term_and_an_end(
    people: Callable[[str], Work], lorry: str, clock: SettableClock
) -> None:
    head, officer = people("unit_head_1"), people("officer_1")
    with pytest.raises(NotAllowed):
        engine.watch_object(officer, "vehicle", lorry, "x", clock.at + timedelta(days=1))
    for reason, until in ((" ", clock.at + timedelta(days=1)), ("x", clock.at)):
        with pytest.raises(InvalidAnswers):
            engine.watch_object(head, "vehicle", lorry, reason, until)
    entry = watched(people, lorry, clock)
    with pytest.raises(Refusal, match="已在名单中"):
        watched(people, lorry, clock)
    assert [str(e["id"]) for e in engine.watched_objects(officer, 50, None, False)["items"]] == [entry]
    engine.unwatch_object(head, entry, "半年内未再违法")
    assert engine.watched_objects(officer, 50, None, False)["items"] == []
    assert [e["remove_reason"] for e in engine.watched_objects(officer, 50, None, True)["items"]] == ["半年内未再违法"]
    with pytest.raises(Refusal):
        engine.unwatch_object(head, entry, "再移出")
    with pytest.raises(NotFound):
        engine.unwatch_object(people("unit_head_sz_1"), entry, "别人的")


def test_another_agency_sees_what_was_published_and_the_one_above_sees_all(
    people: Callable[[str], Work], lorry: str, clock: SettableClock
) -> None:
    """Province over city over county by their scope; the county and the sister city only the words that were published."""
    head, county, province = people("unit_head_1"), people("officer_th_1"), people("supervisor_gd_1")
    where = {"agency_id": 440106, "category": "02"}
    theirs = str(engine.register_vehicle(county, **where, plate=PLATE, plate_color="2")["id"])

    def told(work: Work, **at: Any) -> list[tuple[str, str, bool]]:
        view = engine.object_view_of(work, "vehicle", theirs, **at)
        return [(w["agency"], w["reason"], w["published"]) for w in view["watched_elsewhere"]]

    entry = watched(people, lorry, clock)
    assert told(county) == []
    assert told(province) == [(CITY, "一年内三次超限", False)]
    for other in (people("officer_1"), people("unit_head_th_1"), people("unit_head_sz_1")):
        with pytest.raises((NotAllowed, NotFound)):
            engine.publish_watch_entry(other, entry, "多次超限")
    with pytest.raises(InvalidAnswers):
        engine.publish_watch_entry(head, entry, " ")
    engine.publish_watch_entry(head, entry, "多次超限运输,请加强查验")
    with pytest.raises(Refusal, match="已经公开"):
        engine.publish_watch_entry(head, entry, "再公开")
    assert told(county) == [(CITY, "多次超限运输,请加强查验", True)]
    assert told(province) == [(CITY, "一年内三次超限", False)], "who stands above reads the entry itself"
    check = engine.check_object(county, **where, kind="vehicle", number=PLATE, plate_color="2")
    [shown] = check["findings"]["watched_elsewhere"]
    assert (shown["agency"], shown["reason"]) == (CITY, "多次超限运输,请加强查验")
    unknown = engine.check_object(county, **where, kind="vehicle", number=PLATE, plate_color="1")
    assert (unknown["outcome"], unknown["findings"]) == ("not_found", {}), "another colour is another vehicle"
    assert engine.watched_objects(county, 50, None, False)["items"] == [], "the list is one's own"
    today = clock.at.date()
    clock.move(timedelta(days=2))
    engine.unwatch_object(head, entry, "已整改")
    assert (told(county), told(province)) == ([], [])
    assert told(county, on=today) == [(CITY, "多次超限运输,请加强查验", True)], "as it was known that day"


def test_a_check_of_what_only_others_know_says_who_watches_it(
    people: Callable[[str], Work], lorry: str, clock: SettableClock
) -> None:
    engine.publish_watch_entry(people("unit_head_1"), watched(people, lorry, clock), "多次超限运输")
    county = people("officer_th_1")
    check = engine.check_object(county, agency_id=440106, category="02", kind="vehicle", number=PLATE, plate_color="2")
    assert check["outcome"] == "not_found"
    assert [(w["agency"], w["published"]) for w in check["findings"]["watched_elsewhere"]] == [(CITY, True)]
    assert engine.object_check_of(county, check["id"])["unchanged"]


def news_of(work: Work) -> list[str]:
    return [one["text"] for one in engine.list_news(work)["items"] if one["kind"] == "watch"]


def test_who_meets_what_another_agency_watches_is_alerted_and_the_one_that_watches_is_told(
    people: Callable[[str], Work], lorry: str, clock: SettableClock
) -> None:
    """A county takes a clue of a lorry that the city published: an alert in the county, a sighting and news in the city; once."""
    head, clerk, sister = people("unit_head_1"), people("clerk_th_1"), people("officer_sz_1")
    county = {"agency_id": 440106, "category": "02"}
    entry = watched(people, lorry, clock)
    engine.take_clue(clerk, **county, facts=FACTS)
    assert alerts(clerk) == [], "what was not published is not told"
    engine.publish_watch_entry(head, entry, "多次超限运输")
    first = str(engine.take_clue(clerk, **county, facts=FACTS)["case_id"])
    assert alerts(clerk) == [(first, f"重点监管对象 {PLATE}:多次超限运输({CITY}公开,线索)")]
    engine.check_object(people("officer_th_1"), **county, kind="vehicle", number=PLATE, plate_color="2")
    [listed] = engine.watched_objects(head, 50, None, False)["items"]
    assert {(s["agency"], s["what"]) for s in listed["sightings"]} == {
        (COUNTY, "线索"),
        (COUNTY, "查验"),
    }
    assert sorted(news_of(head)) == [
        f"{COUNTY}遇到贵机构公开的重点监管对象(查验)",
        f"{COUNTY}遇到贵机构公开的重点监管对象(线索)",
    ]
    assert PLATE not in str(news_of(head)), "news may leave the house by mail: no name, no plate"
    with sister.transaction():
        assert sister.rows("select 1 from watch_sighting") == [], "neither who watches nor who met it"
    with head.transaction(), pytest.raises(psycopg.errors.InsufficientPrivilege):
        head.execute(
            "insert into watch_sighting select gen_random_uuid(), entry_id, owner_id, 440300, category, what, subject_id, met_on, met_at"
            " from watch_sighting limit 1"
        )
    engine.unwatch_object(head, entry, "已整改")
    clock.move(timedelta(days=1))
    engine.take_clue(clerk, **county, facts=FACTS)
    assert len(alerts(clerk)) == 1, "what is off the list is met no more"
    assert len(news_of(head)) == 2


# ---------------------------------------------------------------------- one view
def test_everything_about_an_object_stands_in_one_line_page_by_page(
    people: Callable[[str], Work], lorry: str, clock: SettableClock
) -> None:
    officer, clerk = people("officer_1"), people("clerk_1")
    clock.move(timedelta(hours=1))
    watched(people, lorry, clock)
    for _ in range(5):
        clock.move(timedelta(hours=1))
        engine.take_clue(clerk, **HERE, facts={**FACTS, "accepted_at": clock.at.isoformat()})
    clock.move(timedelta(hours=1))
    checked(officer)
    whole = engine.object_view_of(officer, "vehicle", lorry, 200)
    assert (whole["label"], whole["watched"], whole["next"]) == (PLATE, "一年内三次超限", None)
    kinds = [e["what"] for e in whole["events"]]
    assert kinds == ["check", *["clue"] * 5, "watch", "permit"]
    pages, after = [], None
    while True:
        page = engine.object_view_of(officer, "vehicle", lorry, 3, after)
        pages += page["events"]
        if (after := page["next"]) is None:
            break
    assert pages == whole["events"]
    past = engine.object_view_of(officer, "vehicle", lorry, 50, None, date(2026, 3, 1))
    assert (past["events"], past["watched"]) == ([], None)


def test_one_view_takes_few_statements_however_much_there_is(people: Callable[[str], Work], lorry: str) -> None:
    officer = people("officer_1")
    engine.object_view_of(officer, "vehicle", lorry)
    before = officer.statements
    engine.object_view_of(officer, "vehicle", lorry)
    assert officer.statements - before <= 7  # scope, object, line, permits, state, audit, commit


def test_an_inspection_and_its_alerts_join_the_line(people: Callable[[str], Work], lorry: str) -> None:
    officer = people("officer_1")
    engine.start(
        officer,
        "inspection",
        {
            "inspection_task_no": "穗交检2026-009", "inspection_kind": "daily", "inspection_basis": "年度计划", "inspection_due": "2026-03-31",
            "inspected_object_kind": "vehicle", "inspected_object_id": lorry, "inspected_object_name": PLATE,
            "officers": [str(officer.person.id)],
            "inspection_items": [{"check_item": "苫盖", "check_basis": "道路运输条例"}],
        },
        agency_id=440100,
        category="02",
    )  # fmt: skip
    events = engine.object_view_of(officer, "vehicle", lorry)["events"]
    assert ("inspection", PLATE, "planned", "穗交检2026-009") in [
        (e["what"], e["title"], e["status"], e["number"]) for e in events
    ]


def test_a_person_is_masked_in_the_view(people: Callable[[str], Work]) -> None:
    officer = people("officer_1")
    made = engine.register_practitioner(officer, **HERE, name="陈志强", certificate_no="4401061985061231")["id"]
    seen = engine.object_view_of(officer, "practitioner", made)
    assert (seen["label"], seen["number"]) == ("陈**", "440*********1231")


# ---------------------------------------------------------------------- import
def sheet(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


PARTIES = sheet("业户名称,统一社会信用代码,经营许可证号", f"广州穗运货运有限公司,{USCC},粤交运管许可穗字440100001")


def taken(work: Work, kind: str, data: bytes, each: bool = False) -> dict[str, Any]:
    return engine.import_objects(work, 440100, "02", kind, data, each)


def test_businesses_vehicles_people_ships_projects_and_permits_come_in_by_sheet(people: Callable[[str], Work]) -> None:
    clerk = people("clerk_1")
    rows = [f"粤A{n:05},黄色,{USCC}" for n in range(100)]
    assert taken(clerk, "party", PARTIES) == {"imported": 1, "faults": []}
    assert taken(clerk, "vehicle", sheet("车牌号,车牌颜色,业户信用代码", *rows))["imported"] == 100
    assert taken(clerk, "ship", sheet("船名,MMSI,业户信用代码", f"粤运 168,413000123,{USCC}"))["imported"] == 1
    assert (
        taken(clerk, "practitioner", sheet("姓名,从业资格证号,资格证有效期至", "王五,4401001234,2027/12/31"))[
            "imported"
        ]
        == 1
    )
    assert (
        taken(clerk, "project", sheet("项目编号,项目名称,业户信用代码", f"GL-001,石沙路改造,{USCC}"))["imported"] == 1
    )
    permits = sheet(
        "对象种类,对象号码,车牌颜色,许可种类,证号,有效期至", "营运车辆,粤A00007,黄色,道路运输证,440100000007,2026-12-31"
    )
    assert taken(clerk, "permit", permits) == {"imported": 1, "faults": []}
    found = engine.check_object(clerk, **HERE, kind="vehicle", number="粤A00007", plate_color="2")
    assert [p["permit_no"] for p in found["findings"]["permits"]] == ["440100000007"]
    with clerk.transaction():
        business = clerk.rows("select id from party where uscc = %s", (USCC,))[0]["id"]
    opened = engine.one_object(clerk, "party", str(business))
    assert (len(opened["vehicles"]), len(opened["ships"])) == (100, 1)


@pytest.mark.parametrize(
    ("kind", "heading", "line", "field"),
    [
        ("party", "业户名称,统一社会信用代码", "甲公司,91440101MA59K2T894", "统一社会信用代码"),
        ("vehicle", "车牌号,车牌颜色", "粤A1,黄色", "车牌号"),
        ("vehicle", "车牌号,车牌颜色", "粤A12345,紫色", "车牌颜色"),
        ("vehicle", "车牌号,车牌颜色,业户信用代码", f"粤A12345,黄色,{identity.with_check('uscc', '91440101MA59K2T88')}", "业户信用代码"),
        ("ship", "船名,IMO", "甲,9074728", "imo"),
        ("ship", "船名,MMSI", "甲,41300012", "MMSI"),
        ("practitioner", "姓名,身份证号", "王五,440106198506123110", "身份证号"),
        ("practitioner", "姓名,从业资格证号,资格证有效期至", "王五,4401001234,明年", "资格证有效期至"),
        ("project", "项目编号,项目名称", ",石沙路", "项目编号"),
        ("permit", "对象种类,对象号码,许可种类,证号", f"经营业户,{USCC},道路运输经营许可证,44010001", "对象号码"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_nothing_is_imported(
    people: Callable[[str], Work], kind: str, heading: str, line: str, field: str
) -> None:
    clerk = people("clerk_1")
    told = taken(clerk, kind, sheet(heading, line))
    assert told["imported"] == 0
    assert [(f["line"], [k.lower() for k in f["fields"]]) for f in told["faults"]] == [(2, [field.lower()])]


def test_right_lines_are_kept_only_when_asked_for(people: Callable[[str], Work]) -> None:
    clerk = people("clerk_1")
    data = sheet("车牌号,车牌颜色", "粤A12345,黄色", "粤,黄色", "粤A12346,黄色")

    def known() -> int:
        with clerk.transaction():
            return len(clerk.rows("select 1 as one from vehicle where agency_id = 440100 and category = '02'"))

    assert (taken(clerk, "vehicle", data)["imported"], known()) == (0, 0)
    assert (taken(clerk, "vehicle", data, each=True)["imported"], known()) == (2, 2)
