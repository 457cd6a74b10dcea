"""S12: no number of a person in clear for a role without the right – in no answer of a whole case, no log, no error."""

import io
import json
import re
from contextlib import closing
from uuid import uuid4

import openpyxl

from api.app import create_app, endpoints
from engine import play, release_store, stories
from kernel.work import Work, system_person
from registers import account, party
from tests.api import leaks
from tests.api.conftest import ROOT, log_in, open_task, serving, start

STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"
NUMBERS = frozenset({"id", "phone", "bank", "address", "name"})
WITHOUT = (
    "archivist_1",
    "recorder_1",
    "supervisor_1",
    "operator_1",
    "custodian_1",
    "finance_1",
)


def secrets_of(node, case_id):
    """Every number of a person that the case knows: element → value."""
    work = Work(node, system_person(440100, "01"))
    with work.transaction():
        elements = release_store.current(work).elements
        facts = work.one("select facts from enforcement_case where id = %s", (case_id,))["facts"]
    found = {}
    for key, value in facts.items():
        rows = value if isinstance(value, list) else [{key: value}]
        for row in rows:
            for name, cell in row.items() if isinstance(row, dict) else ():
                if name in elements and elements[name].personal in NUMBERS and cell and len(str(cell)) >= 2:
                    found[name] = str(cell)
    open_ = {str(value) for key, value in facts.items() if key in elements and not elements[key].personal}
    return {key: value for key, value in found.items() if value not in open_}  # a firm's seat is no secret


def said(text, secrets):
    """Which elements' values stand in the text, and what else has the form of a number of a person."""
    found = leaks.leaks(text, secrets.values())
    return [key for key, value in secrets.items() if value in found] + sorted(found - set(secrets.values()))


def targets(node, case_id):
    """What the paths of the API name, for this case."""
    work = Work(node, system_person(440100, "01"))
    one = {
        "task_id": "select id from work_item where subject_id = %s order by id desc limit 1",
        "instance_id": "select id from process_instance where subject_id = %s order by id limit 1",
        "evidence_id": "select id from evidence where case_id = %s limit 1",
        "alert_id": "select id from alert where subject_id = %s limit 1",
        "clock_id": "select id from clock where subject_id = %s limit 1",
    }
    with work.transaction():
        found = {name: (row["id"] if (row := work.one(query, (case_id,))) else uuid4()) for name, query in one.items()}
        party = work.one("select party_id as id from enforcement_case where id = %s", (case_id,))
    return {**found, "case_id": case_id, "record_id": case_id, "kind": "parties", "object_id": party["id"]}


def read_everything(client, routes, where):
    """Every answer of every GET – JSON, sheets, packages – of this person: (path, text)."""
    for method, path, name in routes:
        if method != "GET" or not path.startswith("/api/staff/") or name == "stream_counts":
            continue
        filled = re.sub(r"{([a-z_]+)}", lambda m: str(where.get(m[1], uuid4())), path.removeprefix("/api/staff"))
        answer = client.get(filled)
        yield filled, leaks.text_of(answer.content, answer.headers.get("content-type", ""))


def test_a_whole_case_shows_no_number_of_a_person_to_a_role_without_the_right(national, clock, logged):
    """At every step as the one who does it, and in the end as everybody, at every door."""
    story = stories.read(STORY.relative_to(ROOT).as_posix(), STORY.read_bytes())
    found, looked = [], []
    with serving(national) as address:
        routes = endpoints(create_app(national))

        def scan(login, case_id, paths):
            secrets = secrets_of(national, case_id)
            with closing(log_in(address, login)) as client:
                for path, text in paths(client):
                    looked.append(path)
                    found.extend((login, path, leak) for leak in said(text, secrets))

        def at_step(step, login, case_id):
            if login in WITHOUT:
                task = targets(national, case_id)["task_id"]
                scan(
                    login,
                    case_id,
                    lambda c: [(p, c.get(p).text) for p in (f"/cases/{case_id}", f"/tasks/{task}", "/tasks")],
                )

        person = lambda login: account.person_of_login(Work(national, account.STRANGER), login)  # noqa: E731
        played = play.Player(national, clock, person, before=at_step).play("case_ordinary", story)
        assert played.faults == []
        assert {"driver_id_no", "scene_phone"} <= set(secrets_of(national, played.case_id))
        where = targets(national, played.case_id)
        for login in WITHOUT:
            scan(login, played.case_id, lambda c: read_everything(c, routes, where))
    assert len(looked) > 300
    assert sorted({(login, re.sub(r"[0-9a-f-]{36}", "…", path), leak) for login, path, leak in found}) == []
    assert logged.getvalue().count('"event": "request"') > 300
    assert said(logged.getvalue(), secrets_of(national, played.case_id)) == []


def test_who_decides_sees_the_persons_of_the_case_he_has_in_hand_and_another_head_does_not(national, clock):
    """A decision on a person whom one cannot see is none: in clear while he has it, in the task and in the case."""
    story = stories.read(STORY.relative_to(ROOT).as_posix(), STORY.read_bytes())
    looked = []
    with serving(national) as address:

        def at_step(step, login, case_id):
            if step != "approve_filing":
                return
            driver, task = secrets_of(national, case_id)["driver_name"], targets(national, case_id)["task_id"]
            with closing(log_in(address, login)) as head, closing(log_in(address, "head_2")) as other:
                looked.append((driver in head.get(f"/cases/{case_id}").text, driver in head.get(f"/tasks/{task}").text))
                assert driver not in other.get(f"/cases/{case_id}").text

        person = lambda login: account.person_of_login(Work(national, account.STRANGER), login)  # noqa: E731
        short = type(story)(**{**vars(story), "steps": story.steps[:3], "expect": type(story.expect)()})
        assert play.Player(national, clock, person, before=at_step).play("case_ordinary", short).faults == []
    assert looked == [(True, True)]


def test_a_refusal_does_not_repeat_the_number_it_refuses(national, clock):
    wrong_card, mobile = "440102198503071218", "138001380001"
    with serving(national) as address, closing(log_in(address, "officer_1")) as client:
        body = {"process": "case_ordinary", "agency_id": 440100, "category": "01"}
        facts = {"party_type": "person", "party_name": "张三", "party_id_no": wrong_card, "party_phone": mobile}
        answer = client.post("/cases", json={**body, "facts": facts})
        assert answer.status_code == 422
        assert wrong_card not in answer.text
        assert mobile not in answer.text


# ── seeing it all the same
def test_the_officer_of_the_case_sees_it_a_colleague_says_why_first(come_in, small):
    officer, colleague, overseer = come_in("officer_1"), come_in("officer_2"), come_in("city_supervisor")
    case_id = start(officer, driver_name="王大锤")["case_id"]

    def driver(client):
        fact = next(f for f in client.get(f"/cases/{case_id}").json()["facts"] if f["key"] == "driver_name")
        return fact["value"], fact["masked"]

    assert driver(officer) == ("王大锤", False)
    assert driver(colleague) == ("王**", True)
    assert driver(overseer) == ("王**", True)
    path = f"/records/{case_id}/unmask"
    wanted = {"elements": ["driver_name"], "reason": "电话核实送达地址"}
    blank = colleague.post(path, json={**wanted, "reason": "  "})
    assert (blank.status_code, list(blank.json()["fields"])) == (422, ["reason"])
    assert colleague.post(path, json=wanted).json() == {"values": {"driver_name": "王大锤"}}
    assert driver(colleague) == ("王**", True)
    assert colleague.post(path, json={**wanted, "elements": ["case_cause"]}).status_code == 422
    assert overseer.post(path, json=wanted).status_code == 403
    assert come_in("sister_officer").post(path, json=wanted).status_code == 404
    assert seen(small, case_id) == [(["driver_name"], "电话核实送达地址")]  # one, though asked for five times


def seen(node, subject_id):
    """(elements, reason) of each unmasking of a subject; each has one row of the audit that names it, and there is no other."""
    work = Work(node, system_person(440100, "01"))
    with work.transaction():
        kept = work.rows("select id, elements, reason from unmasking where subject_id = %s order by id", (subject_id,))
        rows = work.rows(
            "select detail, outcome from audit_entry where verb = 'personal.seen' and subject_id = %s order by id",
            (str(subject_id),),
        )
    assert [(json.loads(r["detail"])["unmasking"], r["outcome"]) for r in rows] == [
        (str(k["id"]), "read") for k in kept
    ]
    return [(k["elements"], k["reason"]) for k in kept]


def test_each_unmasking_leaves_one_row_of_the_audit_with_its_reason(come_in, small):
    officer, colleague = come_in("officer_1"), come_in("officer_2")
    case_id = start(officer, driver_name="王大锤")["case_id"]
    for reason in ("核对身份", "电话通知"):
        said = colleague.post(f"/records/{case_id}/unmask", json={"elements": ["driver_name"], "reason": reason})
        assert said.status_code == 200
    assert seen(small, case_id) == [(["driver_name"], "核对身份"), (["driver_name"], "电话通知")]
    work = Work(small, system_person(440100, "01"))
    with work.transaction():
        known = {key: value for key, value in leaks.PERSON.items() if key != "account"}
        id_ = party.find_or_insert(work, agency_id=440100, category="01", party_type="person", **known)
    answer = colleague.post(f"/parties/{id_}/unmask", json={"reason": "送达文书"})
    assert answer.json() == known
    assert leaks.of_answer(answer) == set(known.values())  # the scan finds what stands in clear
    assert seen(small, id_) == [(["address", "id_number", "name", "phone"], "送达文书")]
    assert leaks.of_answer(colleague.get(f"/objects/parties/{id_}")) == set()


def test_a_text_that_names_a_person_is_masked_as_the_person_is(come_in, small):
    """A narrative (笔录、案情) repeats who drove and his number: in it they are hidden too, until somebody says why."""
    officer, colleague, overseer = come_in("officer_1"), come_in("officer_2"), come_in("city_supervisor")
    case_id = start(officer, driver_name="王大锤")["case_id"]
    task = open_task(officer, case_id, "fill")
    text = f"车辆由王大锤(身份证号{leaks.PERSON['id_number']},电话{leaks.PERSON['phone']})驾驶,装载货物"
    shut = "车辆由王**(身份证号440***********" + leaks.PERSON["id_number"][-4:] + ",电话139****8415)驾驶,装载货物"
    assert officer.post(f"/tasks/{task}/claim").status_code == 200
    answer = officer.post(f"/tasks/{task}/complete", json={"answers": {"case_summary": text}})
    assert answer.status_code == 200, answer.text

    def told(client):
        fact = next(f for f in client.get(f"/cases/{case_id}").json()["facts"] if f["key"] == "case_summary")
        return fact["value"], fact["masked"]

    assert (told(officer), told(colleague), told(overseer)) == ((text, False), (shut, True), (shut, True))
    wanted = {"elements": ["case_summary"], "reason": "复核案情"}
    assert overseer.post(f"/records/{case_id}/unmask", json=wanted).status_code == 403
    assert colleague.post(f"/records/{case_id}/unmask", json=wanted).json()["values"] == {"case_summary": text}


def test_a_form_shows_persons_to_who_does_the_task_and_to_nobody_else(come_in):
    officer, head = come_in("officer_1"), come_in("head_1")
    case_id = start(officer, driver_name="王大锤")["case_id"]
    task = open_task(officer, case_id, "fill")
    draft = {"case_summary": "驾驶人王大锤称不知超限"}
    assert officer.post(f"/tasks/{task}/claim").status_code == 200
    answer = officer.put(f"/tasks/{task}/draft", json={"answers": draft}, headers={"If-Match": '"0"'})
    assert answer.status_code in (200, 412), answer.text
    if answer.status_code == 412:
        version = officer.get(f"/tasks/{task}").headers["ETag"]
        answer = officer.put(f"/tasks/{task}/draft", json={"answers": draft}, headers={"If-Match": version})
    assert answer.status_code == 200, answer.text
    assert officer.get(f"/tasks/{task}").json()["draft"] == draft
    assert head.get(f"/tasks/{task}").json()["draft"] == {"case_summary": "驾驶人王**称不知超限"}


def test_the_scan_finds_what_it_is_for():
    """A scan that finds nothing in anything proves nothing: JSON, escaped JSON, a sheet, a log line – and what only looks alike."""
    one = leaks.PERSON
    assert leaks.leaks(json.dumps({"a": [{"b": one["name"]}]}, ensure_ascii=False)) == {one["name"]}
    assert leaks.leaks(leaks.text_of(json.dumps({"b": one["address"]}).encode(), "application/json")) == {
        one["address"]
    }
    assert leaks.leaks(f"event=request card={leaks.DRIVER['id_number']} ms=3", ()) == {leaks.DRIVER["id_number"]}
    assert leaks.leaks("电话13800138000。") == {"13800138000"}
    book, sheet = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["当事人", one["id_number"], 13800138000])
    book.save(sheet)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert leaks.leaks(leaks.text_of(sheet.getvalue(), kind)) == {one["id_number"], "13800138000"}
    assert leaks.leaks("440102198503071218 440***********1217 138****8000 91440101MA59K2T895 01a2-13800138000") == set()
