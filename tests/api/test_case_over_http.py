"""A case handled by ordinary officers through the front door: start to end, every answer as the contract says."""

import hashlib
import time
from datetime import timedelta

import pytest
import structlog

import engine
from registers import account
from tests.api.conftest import log_in, open_task, start


def do(client, case_id, element, **answers):
    task = open_task(client, case_id, element)
    claimed = client.post(f"/tasks/{task}/claim")
    assert claimed.status_code == 200, claimed.text
    return client.post(f"/tasks/{task}/complete", json={"answers": answers})


def test_the_small_case_from_start_to_end(come_in, small, clock):
    officer, other, head = come_in("officer_1"), come_in("officer_2"), come_in("head_1")
    assert sorted(p["key"] for p in officer.get("/processes").json()) == [
        "small_broken",
        "small_case",
        "small_clue",
        "small_mistake",
        "small_more",
        "small_runaway",
        "small_sealed",
        "small_sign",
    ]
    form = officer.get("/processes/small_case/form").json()["form"]
    assert "case_cause" in form["json_schema"]["properties"]
    case_id = start(officer, plate_no="粤A12345")["case_id"]
    unit = other.get("/tasks", params={"box": "unit"}).json()["items"]
    assert [(t["element"], t["title"]) for t in unit] == [("fill", "超限运输 · 粤A****5")]
    answer = do(officer, case_id, "fill", case_summary="六轴车超限").json()
    assert {t["element"] for t in answer["tasks"]} == {"look", "ask"}
    assert do(officer, case_id, "look").status_code == 200
    assert do(other, case_id, "ask").status_code == 200
    engine.sweep(small)
    waiting = officer.get(f"/cases/{case_id}").json()
    assert [m["message"] for m in waiting["messages"]] == ["reply"]
    assert waiting["clocks"][0]["rule"] == "DL_STATEMENT_DEFENCE"
    assert waiting["clocks"][0]["counted"]
    empty = officer.post(f"/cases/{case_id}/messages", json={"message": "reply", "facts": {"remark": ""}})
    assert (empty.status_code, list(empty.json()["fields"])) == (422, ["remark"])  # it would have moved the case on
    told = officer.post(f"/cases/{case_id}/messages", json={"message": "reply", "facts": {"remark": "无异议"}})
    assert [t["element"] for t in told.json()["tasks"]] == ["decide"]
    assert do(head, case_id, "decide", fine_amount="3000.00").json()["ended"] is True
    seen = officer.get(f"/cases/{case_id}").json()
    assert seen["case"]["case_status"] == "closed"
    assert seen["case"]["fine_amount"] == "3000.00"
    assert [h["element"] for h in seen["history"] if h["event"] == "left"][-1] in ("decide", "again_q", "finished")
    assert head.get("/tasks", params={"box": "done"}).json()["items"][0]["element"] == "decide"
    assert officer.get("/cases", params={"plate": "粤A12345"}).json()["items"][0]["id"] == case_id


def test_the_diagram_says_where_the_case_stands(come_in):
    officer = come_in("officer_1")
    started = start(officer)
    seen = officer.get(f"/instances/{started['instance_id']}/diagram").json()
    assert seen["active"] == ["fill"]
    assert '<userTask id="fill"' in seen["xml"]


def test_a_guard_refuses_with_its_article(come_in, small):
    officer, head = come_in("officer_1"), come_in("head_1")
    case_id = start(officer)["case_id"]
    do(officer, case_id, "fill", case_summary="x")
    task = open_task(officer, case_id, "look")
    assert officer.post(f"/tasks/{task}/claim").status_code == 200
    refused = head.post(f"/tasks/{task}/complete", json={"answers": {}})
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    body = refused.json()
    assert body["title"] == "没有权限"
    assert body["instance"].startswith("urn:zhicheng:request:")


def test_what_the_form_refuses_is_said_per_field(come_in):
    officer = come_in("officer_1")
    case_id = start(officer)["case_id"]
    refused = do(officer, case_id, "fill")
    assert refused.status_code == 422
    assert list(refused.json()["fields"]) == ["case_summary"]


def test_a_draft_is_kept_under_its_version_only(come_in):
    officer = come_in("officer_1")
    task = start(officer)["tasks"][0]["id"]
    officer.post(f"/tasks/{task}/claim")
    etag = officer.get(f"/tasks/{task}").headers["ETag"]
    draft = {"answers": {"case_summary": "写了一半"}}
    assert officer.put(f"/tasks/{task}/draft", json=draft).status_code == 428
    assert officer.put(f"/tasks/{task}/draft", json=draft, headers={"If-Match": "abc"}).status_code == 400
    saved = officer.put(f"/tasks/{task}/draft", json=draft, headers={"If-Match": etag})
    assert saved.status_code == 200
    late = officer.put(f"/tasks/{task}/draft", json=draft, headers={"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    again = officer.put(f"/tasks/{task}/draft", json=draft, headers={"If-Match": saved.headers["ETag"]})
    assert again.status_code == 200
    assert officer.get(f"/tasks/{task}").json()["draft"] == {"case_summary": "写了一半"}


def test_the_same_key_gets_the_first_answer_and_another_body_is_refused(come_in):
    officer = come_in("officer_1")
    key = {"Idempotency-Key": "key-0001"}
    body = {"process": "small_case", "agency_id": 440100, "category": "01", "facts": {"case_cause": "超限"}}
    first = officer.post("/cases", json=body, headers=key)
    again = officer.post("/cases", json=body, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert len(officer.get("/cases").json()["items"]) == 1
    other = officer.post("/cases", json={**body, "facts": {"case_cause": "其他"}}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    task = first.json()["tasks"][0]["id"]
    done = [officer.post(f"/tasks/{task}/complete", json={"answers": {"case_summary": "x"}}, headers=key) for _ in "ab"]
    assert done[0].json() == done[1].json()
    assert done[0].status_code == done[1].status_code == 200
    assert officer.post(f"/tasks/{task}/complete", json={"answers": {"case_summary": "x"}}).status_code == 409


def test_a_task_is_handed_over_to_a_colleague_of_the_role(come_in):
    officer = come_in("officer_1")
    task = start(officer)["tasks"][0]["id"]
    officer.post(f"/tasks/{task}/claim")
    asked = {"role": "officer", "agency_id": 440100, "category": "01"}
    colleagues = {o["name"]: o["id"] for o in officer.get("/officers", params=asked).json()}
    given = {"to_officer_id": colleagues["李芳"], "reason": "出差"}
    assert officer.post(f"/tasks/{task}/hand-over", json=given).status_code == 200
    assert [t["id"] for t in come_in("officer_2").get("/tasks").json()["items"]] == [task]
    assert officer.post(f"/tasks/{task}/claim").json()["code"] == "already_claimed"


def test_evidence_goes_in_by_hash_and_comes_out_as_attachment(come_in, small):
    officer = come_in("officer_1")
    case_id = start(officer)["case_id"]
    told = {"kind": "3", "place": "G4 北行 1987 公里", "taken_at": "2026-03-02T08:30:00+08:00"}
    kept = officer.post(f"/cases/{case_id}/evidence", files={"file": ("过磅单.txt", "六轴 55000".encode())}, data=told)
    assert kept.status_code == 201, kept.text
    row = kept.json()
    assert row["sha256"] == hashlib.sha256("六轴 55000".encode()).hexdigest()
    assert [e["id"] for e in officer.get(f"/cases/{case_id}").json()["evidence"]] == [row["id"]]
    got = officer.get(f"/cases/{case_id}/evidence/{row['id']}")
    assert got.content == "六轴 55000".encode()
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    raw = officer.post(
        f"/cases/{case_id}/evidence",
        params={"name": "b.txt", "kind": "3"},
        content=b"raw",
        headers={"Content-Type": "application/octet-stream"},
    )
    assert raw.status_code == 201, raw.text


def test_an_operator_plans_and_makes_a_move_and_cancels(come_in):
    officer, operator = come_in("officer_1"), come_in("operator_1")
    started = start(officer)
    case_id, instance = started["case_id"], started["instance_id"]
    do(officer, case_id, "fill", case_summary="x")
    plan = operator.post(f"/instances/{instance}/move/plan", json={"targets": ["fill"]})
    assert [o["element"] for o in plan.json()["opened"]] == ["fill"], plan.text
    assert {t["element"] for t in officer.get(f"/cases/{case_id}").json()["tasks"]} == {"look", "ask"}
    moved = operator.post(f"/instances/{instance}/move", json={"targets": ["fill"], "reason": "填写有误"})
    assert [t["element"] for t in moved.json()["tasks"]] == ["fill"], moved.text
    assert operator.post(f"/instances/{instance}/move", json={"targets": ["nowhere"], "reason": "x"}).status_code == 409
    ended = operator.post(f"/instances/{instance}/cancel", json={"reason": "重复立案"})
    assert ended.status_code == 200, ended.text
    assert officer.get(f"/cases/{case_id}").json()["tasks"] == []


def test_pages_of_a_list_meet_without_gap(come_in):
    officer = come_in("officer_1")
    made = {start(officer)["case_id"] for _ in range(7)}
    for path, params, key in (("/tasks", {"box": "unit"}, "case_id"), ("/cases", {}, "id")):
        seen, after = [], None
        while True:
            page = officer.get(path, params={**params, "limit": 3, **({"after": after} if after else {})}).json()
            seen += [item[key] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert len(seen) == 7
        assert set(seen) == made


def test_an_audit_administrator_reads_and_verifies(come_in):
    start(come_in("officer_1"))
    auditor = come_in("audit_admin_1")
    page = auditor.get("/audit", params={"verb": "case.start"}).json()
    assert [e["outcome"] for e in page["items"]] == ["done"]
    verdict = auditor.post("/audit/verify").json()
    assert verdict["ok"] is True
    assert verdict["linked"] >= 1


@pytest.mark.parametrize(
    "path", ["/tasks?box=unit", "/tasks?box=mine", "/tasks?box=done", "/cases", "/cases?party=甲", "/incidents"]
)
def test_a_list_costs_one_query_besides_the_scope(come_in, path):
    officer = come_in("supervisor_1" if path == "/incidents" else "officer_1")
    for _ in range(3):
        if path != "/incidents":
            start(officer)
    with structlog.testing.capture_logs() as logs:
        assert officer.get(path).status_code == 200
        told_of(logs)
    lists = [line["sql"] for line in told_of(logs) if line["method"] == "GET"]
    assert lists == [2]


def told_of(logs):
    """The lines of the access log, once the server has written them."""
    until = time.monotonic() + 60
    while (
        not (found := [line for line in logs if line["event"] == "request" and line["method"] == "GET"])
        and time.monotonic() < until
    ):
        time.sleep(0.01)
    return found


def test_who_is_shut_out_is_out_within_five_seconds(come_in, address, small, clock, work_as):
    officer = come_in("officer_1")
    assert officer.get("/session").status_code == 200
    with (work := work_as("officer_1")).transaction():
        account.disable(work, work.person.id)
    clock.move(timedelta(seconds=5))
    assert officer.get("/session").status_code == 401
    with pytest.raises(AssertionError, match="401"):
        log_in(address, "officer_1")
