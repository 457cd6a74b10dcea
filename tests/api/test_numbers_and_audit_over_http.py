"""Reserved numbers and the search of the audit trail, at the doors."""

from __future__ import annotations

import csv
import io
import json
import re

import httpx
import openpyxl

from api import sheets
from kernel.work import Work, system_person
from registers import audit_trail
from tests.api.conftest import ROOT, start


def test_an_officer_works_offline_with_reserved_numbers(come_in, work_as):
    clerk, officer, other = come_in("clerk_1"), come_in("officer_1"), come_in("officer_2")
    me = str(work_as("officer_1").person.id)
    asked = {"agency_id": 440100, "what": "case", "count": 3, "holder_id": me}
    told = clerk.post("/numbers/blocks", json=asked, headers={"Idempotency-Key": "k1"})
    assert told.status_code == 200, told.text
    assert clerk.post("/numbers/blocks", json=asked, headers={"Idempotency-Key": "k1"}).json() == told.json()
    block, (first, second, third) = told.json()["id"], told.json()["numbers"]
    case = start(officer, 440100)["case_id"]
    use = {"text": first, "record_id": case}
    assert other.post(f"/numbers/blocks/{block}/use", json=use).status_code == 403
    assert officer.post(f"/numbers/blocks/{block}/use", json=use).json()["state"] == "issued"
    assert officer.post(f"/numbers/blocks/{block}/use", json={**use, "text": "不存在"}).status_code == 422
    assert other.post(f"/numbers/blocks/{block}/give-back", json={"reason": "x"}).status_code == 403
    assert officer.post(f"/numbers/blocks/{block}/give-back", json={"reason": "任务结束"}).json()["void"] == 2
    assert officer.post(f"/numbers/blocks/{block}/give-back", json={"reason": "任务结束"}).status_code == 409
    ledger = clerk.get("/numbers", params={"agency_id": 440100, "what": "case", "year": 2026}).json()["items"]
    assert [(n["text"], n["state"], n["reason"]) for n in ledger if n["block_id"]] == [
        (first, "issued", None), (second, "void", "任务结束"), (third, "void", "任务结束"),
    ]  # fmt: skip
    shown = clerk.get("/numbers/blocks").json()["items"][0]
    assert (shown["used"], shown["void"], shown["unused"], shown["state"]) == (1, 2, 0, "given_back")


def test_a_block_is_for_a_person_of_the_agency_or_a_device(come_in):
    clerk = come_in("clerk_1")
    for wrong in (
        {"what": "case", "count": 1},
        {"what": "nothing", "count": 1, "device_no": "P1"},
        {"what": "case", "count": 0, "device_no": "P1"},
        {"what": "case", "count": 501, "device_no": "P1"},
        {"what": "case", "count": 1, "holder_id": "0198f3a2-6a51-7cc3-9d0f-6d0d0c7f2b11"},
    ):
        assert clerk.post("/numbers/blocks", json={"agency_id": 440100, **wrong}).status_code == 422, wrong
    assert (
        clerk.post(
            "/numbers/blocks", json={"agency_id": 440300, "what": "case", "count": 1, "device_no": "P"}
        ).status_code
        == 403
    )


def test_the_auditor_finds_who_did_was_refused_and_read(come_in, small, work_as):
    officer, sister, auditor = come_in("officer_1"), come_in("sister_officer"), come_in("audit_admin_1")
    case = start(officer, 440100)
    with Work(small, system_person(440100, "01")).transaction() as work:
        work.execute("update enforcement_case set case_number = '粤交案〔2026〕1号' where id = %s", (case["case_id"],))
    task = case["tasks"][0]["id"]
    officer.post(f"/tasks/{task}/claim")
    sister.post(f"/tasks/{task}/claim")
    person = work_as("officer_1").person
    me = {"id": str(person.id), "name": person.name}
    find = lambda **by: auditor.get("/audit", params=by).json()["items"]  # noqa: E731
    mine = find(person=me["id"], verb="task.claim")
    assert [(r["subject_id"], r["outcome"], r["person"]) for r in mine] == [(task, "done", me["name"])]
    assert mine[0]["subject"] == "粤交案〔2026〕1号", "a task is told by the number of its case, not by its identifier"
    assert {r["person_id"] for r in find(who="officer_1")} == {me["id"]}
    assert {r["person_id"] for r in find(who=me["name"])} == {me["id"]}
    assert find(subject=task, verb="task.claim")[0]["id"] == mine[0]["id"]
    assert {r["verb"] for r in find(case_number="粤交案〔2026〕1号")} >= {"task.claim"}
    assert find(case_number="没有这个案号") == []
    at = mine[0]["at"]
    assert mine[0]["id"] in {r["id"] for r in find(first=at, verb="task.claim")}
    assert mine[0]["id"] not in {r["id"] for r in find(last=at, verb="task.claim")}
    # The sister city's refusal is of its own agency: not this auditor's to see.
    assert find(outcome="refused", subject=task) == []
    assert {r["verb"] for r in find(outcome="read")} >= {"audit.search"}


def test_pages_follow_each_other_and_each_is_two_statements(come_in, small, work_as):
    auditor = come_in("audit_admin_1")
    for _ in range(5):
        auditor.get("/audit")
    first = auditor.get("/audit", params={"verb": "audit.search", "limit": 2}).json()
    second = auditor.get("/audit", params={"verb": "audit.search", "limit": 2, "after": first["next"]}).json()
    ids = [r["id"] for r in first["items"] + second["items"]]
    assert len(set(ids)) == 4
    work = work_as("audit_admin_1")
    audit_trail.search(work, audit_trail.Asked(verb="audit.search"), 50, None)
    assert work.statements == 3  # the scope, the page, its own audit row
    with work.transaction():
        work.execute("set local enable_seqscan = off")
        for where, index in {"verb = 'x'": "audit_entry_verb", "person_id = gen_random_uuid()": "audit_entry_person",
                             "subject_id = 'x'": "audit_entry_subject", "true": "audit_entry_recent"}.items():  # fmt: skip
            plan = work.rows(f"explain select id from audit_entry where {where} order by at desc, id desc limit 50")
            assert any(index in row["QUERY PLAN"] for row in plan), (index, plan)


def test_a_refused_reading_is_a_row_that_the_auditor_finds_and_an_allowed_one_costs_nothing_more(come_in, small):
    officer, sister, auditor = come_in("officer_1"), come_in("sister_officer"), come_in("audit_admin_1")
    foreign = start(sister, 440300)["case_id"]
    assert officer.get(f"/cases/{foreign}").status_code == 404
    assert officer.get("/reports/cases-by-category").status_code == 403
    assert officer.get("/officers", params={"agency_id": 440100, "category": "01"}).status_code == 200
    find = lambda **by: auditor.get("/audit", params={"outcome": "refused", **by}).json()["items"]  # noqa: E731
    [looked] = find(subject=foreign)
    assert (looked["verb"], looked["subject_kind"], looked["person"]) == ("door.read", "case_id", "陈明")
    assert json.loads(looked["detail"]) == {"code": "not_found", "door": "get_case"}
    [lacked] = find(verb="report.read")
    assert json.loads(lacked["detail"])["code"] == "not_allowed"
    before = len(find())
    assert officer.post(f"/tasks/{foreign}/claim").status_code == 404
    assert len(find()) == before + 1, "a refused command has its row already"
    assert officer.get("/cases", params={"limit": 0}).status_code == 422
    assert len(find()) == before + 1, "a mistake in a form is no refusal of rights"
    assert httpx.get(f"{officer.base_url}cases/{foreign}").status_code == 401
    assert len(find()) == before + 1, "of who is not logged in nothing is known"


def test_nobody_but_the_auditor_searches_and_his_export_is_a_row_too(come_in):
    for login in ("officer_1", "system_admin_1", "security_admin_1", "city_supervisor"):
        assert come_in(login).get("/audit").status_code == 403, login
        assert come_in(login).get("/audit/export").status_code == 403, login
    auditor = come_in("audit_admin_1")
    told = auditor.get("/audit/export", params={"outcome": "refused"})
    [mark], *rows = csv.reader(io.StringIO(told.content.decode("utf-8-sig")))
    for said in ("审计记录", "audit_admin_1", "2026-03-02", f"共 {len(rows) - 1} 行"):
        assert said in mark
    assert rows[0][:3] == ["时间", "操作人", "机构"]
    assert len(rows) > 4
    assert [
        r["verb"] for r in auditor.get("/audit", params={"verb": "audit.export", "outcome": "read"}).json()["items"]
    ] == ["audit.export"]


def test_nothing_that_is_downloaded_as_a_sheet_is_written_elsewhere():
    """S10 holds for every export because there is one place that writes cells."""
    rooms = ("api", "engine", "registers", "analytics", "integrations", "devices", "content", "kernel")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    assert len(files) > 200
    writes = re.compile(r"csv\.(?:Dict)?[wW]riter\(|openpyxl\.Workbook\(|xlsxwriter|to_(?:csv|excel)\(")
    found = {path.relative_to(ROOT).as_posix() for path in files if writes.search(path.read_text(encoding="utf-8"))}
    assert found == {"api/sheets.py"}


def test_no_cell_of_a_sheet_is_a_formula_and_numbers_stay_numbers():
    heads = {"text": "文字", "number": "数"}
    rows = [{"text": f"{sign}cmd|' /C calc'!A0", "number": 3} for sign in ("=", "+", "-", "@", "\t", "\r")]
    read = list(csv.reader(io.StringIO(sheets.sheet(heads, rows, "csv").decode("utf-8-sig"), newline="")))
    assert all(line[0].startswith("'") for line in read[1:])
    page = openpyxl.load_workbook(io.BytesIO(sheets.sheet(heads, rows, "xlsx"))).active
    cells = list(page.iter_rows(min_row=2))
    assert [line[0].data_type for line in cells] == ["s"] * 6
    assert all(line[0].value.startswith("'") for line in cells)
    assert [line[1].value for line in cells] == [3] * 6
