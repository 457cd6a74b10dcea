"""The frame of every door: problems, headers, sessions, the contract, health and figures."""

import re
import threading
import time
from datetime import timedelta

import httpx
import psycopg
import pytest

from api.app import create_app, endpoints
from api.landing import KINDS
from api.limits import POLICY
from api.people import FRESH
from kernel.work import Node
from tests.api.conftest import PASSWORD, log_in, serving, start


def test_what_is_not_there_is_a_chinese_problem(address):
    answer = httpx.get(f"{address}/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "没有这个地址"
    wrong = httpx.put(f"{address}/healthz")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


def test_every_answer_carries_the_security_headers_and_its_number(address):
    for path in ("/welcome", "/healthz", "/docs", "/nowhere", "/openapi.json", "/api/staff/tasks"):
        answer = httpx.get(address + path, timeout=300)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])
    assert httpx.get(f"{address}/welcome").headers["content-security-policy"] == POLICY
    given = httpx.get(f"{address}/healthz", headers={"X-Request-ID": "abc-12345678"})
    assert given.headers["x-request-id"] == "abc-12345678"


def test_wrong_fields_are_told_in_chinese_each_at_its_place(come_in):
    answer = come_in("officer_1").post("/cases", json={"process": "A b", "agency_id": "x", "extra": 1, "facts": []})
    assert answer.status_code == 422
    fields = answer.json()["fields"]
    assert fields["category"] == "缺少此项,请填写"
    assert fields["agency_id"] == "应为整数"
    assert fields["extra"] == "不认识的项,请删除"
    assert fields["facts"] == "应为对象(键值对)"
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in fields.values())


@pytest.fixture
def app(small: Node):
    """The application, for looking at its routes."""
    return create_app(small)


def test_nobody_comes_in_without_a_session(address, app):
    for method, path, name in endpoints(app):
        if path.startswith("/api/staff/") and name != "log_in":
            filled = re.sub(r"\{[a-z_]*id\}", "0198f3a2-6a51-7cc3-9d0f-6d0d0c7f2b11", path).replace(
                "{process}", "small_case"
            )
            answer = httpx.request(method, address + filled, json={} if method in ("POST", "PUT") else None)
            assert answer.status_code in (401, 422), (method, path, answer.text)


def test_an_unsafe_request_needs_the_csrf_token(come_in, address):
    officer = come_in("officer_1")
    token = officer.headers.pop("X-CSRF-Token")
    body = {"process": "small_case", "agency_id": 440100, "category": "01", "facts": {"case_cause": "超限"}}
    assert officer.post("/cases", json=body).status_code == 403
    assert officer.post("/cases", json=body, headers={"X-CSRF-Token": "猜".encode().hex()}).status_code == 403
    assert officer.post("/cases", json=body, headers={"X-CSRF-Token": token}).status_code == 201
    crossed = {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"}
    assert officer.post("/cases", json=body, headers=crossed).status_code == 403
    assert officer.get("/tasks").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(address):
    answer = httpx.post(f"{address}/api/staff/session", json={"login": "officer_1", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age" not in cookie
    me = answer.json()
    assert me["name"] == "陈明"
    assert "task.complete" in me["verbs"]
    foreign = httpx.post(
        f"{address}/api/staff/session",
        json={"login": "officer_1", "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert foreign.status_code == 403


def test_an_idle_session_ends_and_so_does_an_old_one(come_in, clock):
    officer = come_in("officer_1")
    clock.move(timedelta(minutes=29))
    assert officer.get("/session").status_code == 200
    clock.move(timedelta(minutes=31))
    ended = officer.get("/session")
    assert (ended.status_code, ended.json()["title"]) == (401, "未登录或登录已失效")


def test_log_out_ends_the_session_at_once(come_in):
    officer = come_in("officer_1")
    cookie = "; ".join(f"{name}={value}" for name, value in officer.cookies.items())
    assert officer.delete("/session").status_code == 204
    assert officer.get("/session", headers={"Cookie": cookie}).status_code == 401


def test_a_log_in_elsewhere_is_listed_and_ended_from_here(address, come_in, clock, small):
    here, there = come_in("officer_1"), log_in(address, "officer_1")
    colleague = come_in("officer_2")
    listed = here.get("/session/all").json()
    assert [one["is_this"] for one in listed].count(True) == 1
    assert len(listed) == 2, "a colleague's are not among them"
    assert all(one["address"] == "127.0.0.1" and one["agent"] for one in listed)
    assert here.delete("/session/others").json() == {"ended": 1}
    clock.move(FRESH)
    assert there.get("/session").status_code == 401
    assert here.get("/session").status_code == colleague.get("/session").status_code == 200
    assert len(here.get("/session/all").json()) == 1
    there.close()
    with psycopg.connect(small.db.owner) as pg:
        kept = pg.execute("select detail from audit_entry where verb = 'account.log_out'").fetchall()
    assert kept == [('{"ended":1}',)]


def test_five_failures_lock_for_a_quarter_of_an_hour(address, clock):
    said = []
    for _ in range(6):
        answer = httpx.post(f"{address}/api/staff/session", json={"login": "officer_1", "password": "Wrong-pass-1"})
        said.append(answer.status_code)
    assert said == [401] * 5 + [429]
    right = {"login": "officer_1", "password": PASSWORD}
    locked = httpx.post(f"{address}/api/staff/session", json=right)
    assert locked.status_code == 429
    assert locked.headers["retry-after"]
    clock.move(timedelta(minutes=16))
    assert httpx.post(f"{address}/api/staff/session", json=right).status_code == 200


def test_the_contract_declares_problems_on_every_route(app):
    schema = app.openapi()
    assert "HTTPValidationError" not in schema["components"]["schemas"]
    ids = []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            ids.append(operation["operationId"])
            assert operation["summary"], path
            assert operation["tags"], path
            for code, answer in operation["responses"].items():
                if code >= "400":
                    assert list(answer["content"]) == ["application/problem+json"], (path, code)
                    assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/ProblemBody")
            if path.startswith("/api/staff/"):
                expected = {"401", "403", "422", "503"}
                if "_id}" in path or "{process}" in path:
                    expected.add("404")
                    if method in ("post", "put"):
                        expected.add("409")
                assert expected <= operation["responses"].keys(), (method, path)
                good = next(a for c, a in operation["responses"].items() if c < "300")
                assert "content" in good or operation["operationId"] == "log_out", path
    assert len(ids) == len(set(ids))


def test_health_readiness_and_figures(address, come_in):
    start(come_in("officer_1"))
    assert httpx.get(f"{address}/healthz").text == "ok\n"
    ready = httpx.get(f"{address}/readyz").json()
    assert ready["status"] == "ready"
    assert re.fullmatch(r"[0-9a-f]{64}", ready["release"])
    text = httpx.get(f"{address}/metrics").text
    assert re.search(r'zhicheng_requests_total\{method="POST",route="/api/staff/cases",status="201"\} \d', text), text
    assert "zhicheng_jobs_overdue" in text
    assert "zhicheng_incidents_open 0.0" in text
    assert "陈明" not in text


def test_a_node_without_content_is_not_ready(node):
    with serving(node) as base:
        answer = httpx.get(f"{base}/readyz")
        assert answer.status_code == 503
        assert answer.json()["remedy"] == "运行 zhicheng publish"
        assert httpx.get(base).status_code == 200


def test_a_database_that_is_away_is_503_everywhere_and_then_all_is_well(small, server):
    with serving(small) as base:
        officer = log_in(base, "officer_1")
        name = small.db.owner.split("dbname=")[1].split()[0]
        with server.superuser() as pg:
            pg.execute(f"alter database {name} with allow_connections false")
            pg.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
            told = [
                officer.get("/tasks"),
                officer.get("/cases"),
                httpx.get(f"{base}/readyz"),
                httpx.get(f"{base}/welcome"),
            ]
            pg.execute(f"alter database {name} with allow_connections true")
        assert [t.status_code for t in told] == [503, 503, 503, 200], [t.text[:200] for t in told]
        assert told[0].headers["retry-after"] == "2"
        assert "暂不能办理" in told[3].text
        assert officer.get("/tasks").status_code == 200
        officer.close()


def test_the_landing_page_says_what_runs_here(address):
    page = httpx.get(f"{address}/welcome").text
    assert "小流程" in page
    assert f"{KINDS['province']} · 广东省交通运输厅执法监督局" in page
    assert "/docs" in page
    outside = re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert outside == []
    for name in ("landing.css", "landing.js", "docs.js", "swagger-ui-bundle.js", "swagger-ui.css"):
        assert httpx.get(f"{address}/assets/{name}").status_code == 200
    assert httpx.get(f"{address}/assets/..%2Fapp.py").status_code == 404


def test_many_at_once_are_all_answered(come_in):
    officer = come_in("officer_1")
    for _ in range(3):
        start(officer)
    codes = []

    def ask():
        codes.append(officer.get("/tasks", params={"box": "unit"}).status_code)

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert codes == [200] * 40


def test_a_commit_wakes_the_sweeper(small):
    with serving(small, sweepers=1) as base:
        officer, other = log_in(base, "officer_1"), log_in(base, "officer_2")
        case_id = start(officer)["case_id"]
        for client, element, answers in (
            (officer, "fill", {"case_summary": "x"}),
            (officer, "look", {}),
            (other, "ask", {}),
        ):
            view = client.get(f"/cases/{case_id}").json()
            task = next(t["id"] for t in view["tasks"] if t["element"] == element)
            assert client.post(f"/tasks/{task}/complete", json={"answers": answers}).status_code == 200
        until = time.monotonic() + 60
        while not officer.get(f"/cases/{case_id}").json()["messages"]:
            assert time.monotonic() < until
            time.sleep(0.05)
        officer.close()
        other.close()
