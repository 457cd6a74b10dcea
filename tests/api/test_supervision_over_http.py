"""An officer's morning through the front door: import, check, watch, draw, take a clue, merge, look at everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import orjson
import pytest

from kernel.work import Node
from registers import draw_record
from tests.api.conftest import log_in, serving

HERE = {"agency_id": 440100, "category": "02"}
USCC = "91440101MA59K2T895"
CLUE = {
    "case_source": "report",
    "accepted_at": "2026-03-02T08:30:00+08:00",
    "clue_title": "货车沿途抛洒砂石",
    "clue_content": "沿途抛洒砂石。",
    "occurred_at": "2026-03-02T07:50:00+08:00",
    "violation_place": "石沙路",
    "plate_no": "粤A00001",
    "plate_color": "2",
}


@pytest.fixture
def doors(national: Node) -> Iterator[Callable[[str], httpx.Client]]:
    """Clients of people of the demo, on a server with the national content."""
    clients: dict[str, httpx.Client] = {}
    with serving(national) as address:

        def person(login: str) -> httpx.Client:
            if login not in clients:
                clients[login] = log_in(address, login)
            return clients[login]

        yield person
        for client in clients.values():
            client.close()


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def take_in(client: httpx.Client, kind: str, *lines: str) -> Any:
    data = ("\n".join(lines) + "\n").encode()
    return ok(client.post("/objects/import", params={**HERE, "kind": kind}, content=data))


def test_a_morning_of_supervision(doors: Callable[[str], httpx.Client]) -> None:
    officer, clerk, head, supervisor = map(doors, ("officer_1", "clerk_1", "unit_head_1", "supervisor_1"))
    assert take_in(clerk, "party", "业户名称,统一社会信用代码", f"广州穗运货运有限公司,{USCC}")["imported"] == 1
    rows = [f"粤A{n:05},黄色,{USCC}" for n in range(40)]
    assert take_in(clerk, "vehicle", "车牌号,车牌颜色,业户信用代码", *rows)["imported"] == 40
    assert take_in(clerk, "vehicle", "车牌号,车牌颜色", "粤,黄色")["faults"][0]["line"] == 2

    checked = ok(
        officer.post("/objects/checks", json={**HERE, "kind": "vehicle", "number": "粤A00001", "plate_color": "2"}), 201
    )
    lorry = checked["object_id"]
    assert ok(officer.get(f"/objects/checks/{checked['id']}"))["unchanged"] is True
    permit = {
        "kind": "vehicle_transport",
        "permit_no": "440100000001",
        "valid_until": "2026-03-31",
        "source": "道路运政系统",
    }
    ok(officer.put(f"/objects/vehicle/{lorry}/permits", json=permit))
    ok(officer.put(f"/objects/vehicle/{lorry}/risk-class", json={"risk_class": "D", "reason": "三次超限"}))
    watch = {"reason": "一年内三次超限", "until": "2026-12-31T00:00:00+08:00"}
    entry = ok(head.post(f"/objects/vehicle/{lorry}/watch", json=watch), 201)["id"]
    ok(clerk.post("/objects/projects", json={**HERE, "project_no": "GL-1", "name": "石沙路改造"}), 201)

    reporter = {"reporter_name": "赵晓明", "reporter_phone": "13925000077"}
    first = ok(clerk.post("/clues", json={**HERE, "facts": CLUE, "reporter": reporter}), 201)["case_id"]
    told = {**HERE, "facts": CLUE, "sender": "12328", "sender_no": "GD-1"}
    second = ok(clerk.post("/clues", json=told), 201)["case_id"]
    assert ok(clerk.post("/clues", json=told), 201)["updated"] is True
    alike = ok(clerk.get(f"/clues/{second}/similar"))["items"]
    assert [(one["id"], one["why"]) for one in alike] == [(first, ["place", "vehicle"])]
    ok(clerk.post(f"/clues/{second}/merge", json={"into_id": first, "reason": "同一件事"}))
    ok(clerk.post(f"/clues/{second}/merge/undo", json={"reason": "不是一件事"}))
    assert len(ok(clerk.get("/clues", params={"source": "report"}))["items"]) == 2
    sheet = "案件来源,受案时间,线索标题,线索内容\n行政检查,2026-03-02 08:00,抛洒,抛洒\n".encode()
    assert ok(clerk.post("/clues/import", params=HERE, content=sheet)) == {"imported": 1, "updated": 0, "faults": []}
    counted = ok(head.get("/clues/outcomes", params={"since": "2026-03-01", "until": "2026-03-31"}))
    assert {s["name"]: s["total"] for s in counted["sources"]} == {"投诉举报": 2, "行政检查": 1}

    items = [{"item": "苫盖", "basis": "道路运输条例"}]
    listed = ok(head.post("/check-lists", json={**HERE, "list_no": "QD-1", "name": "货车", "items": items}), 201)
    me = ok(supervisor.get("/session"))
    plan = ok(
        head.post(
            "/inspection-plans",
            json={
                **HERE, "plan_no": "S-1", "name": "抽查", "kind": "random", "basis": "年度计划", "check_list_id": listed["id"],
                "object_kind": "vehicle", "object_count": 5, "supervisors": [me["id"]], "opens_on": "2026-03-02", "closes_on": "2026-03-31",
            },
        ),
        201,
    )["id"]  # fmt: skip
    frozen = ok(
        head.post(f"/inspection-plans/{plan}/draws", json={"seed_way": "published", "seed_source": "2026024 期"}), 201
    )
    assert ok(head.get(f"/draws/{frozen['id']}"))["result"] == []
    assert head.post(f"/draws/{frozen['id']}/seed", json={"word": "1"}).status_code == 409
    drawn = ok(supervisor.post(f"/draws/{frozen['id']}/seed", json={"word": "03 07 11"}))
    assert len(drawn["result"]) == 5
    record = head.get(f"/draws/{frozen['id']}/record")
    assert draw_record.verify(orjson.loads(record.content)).faults == ()
    assert ok(head.post(f"/draws/{frozen['id']}/dispatch"))["inspections"] == 5
    assert ok(head.get(f"/draws/{frozen['id']}/inspections"))["items"] == []  # the jobs have not run yet
    assert ok(supervisor.post(f"/draws/{frozen['id']}/publication"))["object_count"] == 40
    assert len(ok(head.get(f"/draws/{frozen['id']}/publication"))["objects"]) == 5
    opened = ok(head.get(f"/inspection-plans/{plan}"))
    assert [d["id"] for d in opened["draws"]] == [frozen["id"]]
    assert [p["id"] for p in ok(head.get("/inspection-plans"))["items"]] == [plan]
    assert [c["list_no"] for c in ok(head.get("/check-lists"))["items"]] == ["QD-1"]
    ok(head.post("/experts", json={**HERE, "name": "钟工", "organisation": "交通设计院", "field": "桥梁"}), 201)

    seen = ok(officer.get(f"/objects/vehicle/{lorry}/view"))
    assert (seen["risk_class"], seen["watched"]) == ("D", "一年内三次超限")
    assert {e["what"] for e in seen["events"]} == {"clue", "permit", "check", "watch"}
    assert [e["id"] for e in ok(officer.get("/watch-list"))["items"]] == [entry]
    ok(head.post(f"/watch-list/{entry}/removal", json={"reason": "已整改"}))
    alerts = ok(officer.get("/alerts", params={"rule": "WATCH"}))["items"]
    assert {a["case_id"] for a in alerts} == {first, second}
