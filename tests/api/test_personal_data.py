"""S12: no number of a person in clear for a role without the right – in no answer of a whole case, no log, no error."""

import re
from contextlib import closing
from uuid import uuid4

from api.app import create_app, endpoints
from content import identity
from engine import play, release_store, stories
from kernel.work import Work, system_person
from registers import account
from tests.api.conftest import ROOT, log_in, serving, start

STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"
NUMBERS = frozenset({"id", "phone", "bank", "address"})
WITHOUT = (
    "legal_1",
    "head_1",
    "unit_head_1",
    "archivist_1",
    "recorder_1",
    "supervisor_1",
    "operator_1",
    "custodian_1",
    "finance_1",
)
MOBILE = re.compile(r"(?<![0-9a-fA-F.-])1[3-9]\d{9}(?![0-9a-fA-F-])")
ID_CARD = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[\dX](?![0-9A-Za-z])")


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
                if name in elements and elements[name].personal in NUMBERS and cell and len(str(cell)) >= 7:
                    found[name] = str(cell)
    open_ = {str(value) for key, value in facts.items() if key in elements and not elements[key].personal}
    return {key: value for key, value in found.items() if value not in open_}  # a firm's seat is no secret


def leaks(text, secrets):
    said = [key for key, value in secrets.items() if value in text]
    mobiles = [m[0] for m in MOBILE.finditer(text)]
    cards = [m[0] for m in ID_CARD.finditer(text) if identity.id_card(m[0]) is None]
    return said + mobiles + cards


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
    """Every answer of every GET that this person may read and that is JSON: (path, text)."""
    for method, path, name in routes:
        if method != "GET" or not path.startswith("/api/staff/") or name == "stream_counts":
            continue
        filled = re.sub(r"{([a-z_]+)}", lambda m: str(where.get(m[1], uuid4())), path.removeprefix("/api/staff"))
        answer = client.get(filled)
        if "json" in answer.headers.get("content-type", ""):
            yield filled, answer.text


def test_a_whole_case_shows_no_number_of_a_person_to_a_role_without_the_right(national, clock, capfd):
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
                    found.extend((login, path, leak) for leak in leaks(text, secrets))

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
    said = capfd.readouterr()
    assert leaks(said.out + said.err, secrets_of(national, played.case_id)) == []


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
    officer, colleague, head = come_in("officer_1"), come_in("officer_2"), come_in("unit_head_1")
    case_id = start(officer, driver_name="王大锤")["case_id"]

    def driver(client):
        fact = next(f for f in client.get(f"/cases/{case_id}").json()["facts"] if f["key"] == "driver_name")
        return fact["value"], fact["masked"]

    assert driver(officer) == ("王大锤", False)
    assert driver(colleague) == ("王**", True)
    assert driver(head) == ("王**", True)
    path = f"/records/{case_id}/unmask"
    wanted = {"elements": ["driver_name"], "reason": "电话核实送达地址"}
    blank = colleague.post(path, json={**wanted, "reason": "  "})
    assert (blank.status_code, list(blank.json()["fields"])) == (422, ["reason"])
    assert colleague.post(path, json=wanted).json() == {"values": {"driver_name": "王大锤"}}
    assert driver(colleague) == ("王**", True)
    assert colleague.post(path, json={**wanted, "elements": ["case_cause"]}).status_code == 422
    assert head.post(path, json=wanted).status_code == 403
    assert come_in("sister_officer").post(path, json=wanted).status_code == 404
    rows = come_in("audit_admin_1").get("/audit", params={"verb": "personal.seen"}).json()["items"]
    assert [(r["subject_id"], r["outcome"]) for r in rows] == [(case_id, "read")]
    work = Work(small, system_person(440100, "01"))
    with work.transaction():
        assert work.rows("select elements, reason from unmasking") == [
            {"elements": ["driver_name"], "reason": "电话核实送达地址"}
        ]
