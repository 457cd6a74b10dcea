"""A custodian's day through the front door: label, shelf, loan and its return, a stocktaking with differences, and what is refused."""

from collections.abc import Iterator
from contextlib import closing

import pytest

import engine
from content import load
from engine import stories
from engine.play import Player
from kernel.work import Node, Work, system_person
from registers import account
from tests.api.conftest import ROOT, log_in, serving

STORY = "processes/national/seizure_handling/stories/five_goods_extended_returned.yaml"


@pytest.fixture
def stored(national, clock) -> Iterator[tuple[Node, str]]:
    """A case whose five goods lie on shelf A-01."""
    node, files = national, load.tree(ROOT)
    story = stories.read(STORY, files[STORY], files)
    at = next(n for n, line in enumerate(story.steps) if line.step == "propose_property_act")
    story = stories.Story(**{**story.__dict__, "steps": story.steps[:at], "expect": stories.Expected()})
    player = Player(node, clock, lambda login: account.person_of_login(Work(node, account.STRANGER), login))
    played = player.play(story.begins, story)
    assert not played.faults, played.faults
    return node, played.case_id


@pytest.fixture
def day(stored):
    """The custodian's client, the goods by name, the papers of the case by kind, a colleague's id."""
    node, case_id = stored
    with serving(node) as address, closing(log_in(address, "custodian_1")) as client:
        items = {i["name"]: i for i in client.get("/property", params={"case_id": case_id}).json()["items"]}
        work = Work(node, system_person(440100, "01"))
        with work.transaction():
            papers = {r["kind"]: str(r["id"]) for r in work.rows("select kind, id from document order by id")}
        other = account.person_of_login(Work(node, account.STRANGER), "officer_2").id
        yield client, items, papers, str(other), address, case_id


def test_an_item_is_lent_and_comes_back_with_two_people_and_a_paper(day):
    client, items, papers, other, _, _ = day
    path = f"/property/{items['行车记录仪']['id']}/movements"
    lend = {"movement": "lend", "document_id": papers["E40"], "colleague_id": other, "approval_id": papers["E04"],
            "receiver": "广东省电子数据鉴定中心", "due_on": "2026-03-09", "reason": "提取行车数据"}  # fmt: skip
    assert client.post(path, json=lend).json()["status"] == "lent"
    back = {
        "movement": "take_back",
        "document_id": papers["E40"],
        "colleague_id": other,
        "place": "花都超限检测站停车场",
        "shelf": "A-02",
    }
    assert client.post(path, json=back, headers={"Idempotency-Key": "k1"}).json()["status"] == "stored"
    assert client.post(path, json=back, headers={"Idempotency-Key": "k1"}).json()["status"] == "stored"
    item = client.get(f"/property/{items['行车记录仪']['id']}").json()
    assert [(m["movement"], m["giver"], m["taker"]) for m in item["movements"]][-2:] == [
        ("lend", "徐海", "王芳"),
        ("take_back", "王芳", "徐海"),
    ]
    assert item["shelf"] == "A-02"


def test_a_loan_past_its_day_is_listed_and_both_are_told_once_a_day(day, stored, clock):
    client, items, papers, other, address, _ = day
    path = f"/property/{items['行车记录仪']['id']}"
    lend = {"movement": "lend", "document_id": papers["E40"], "colleague_id": other, "approval_id": papers["E04"],
            "receiver": "广东省电子数据鉴定中心", "due_on": "2026-03-09", "reason": "提取行车数据"}  # fmt: skip
    assert client.post(f"{path}/movements", json=lend).json()["status"] == "lent"
    assert client.get("/property", params={"late": True}).json()["items"] == []
    [lent] = client.get("/property", params={"status": "lent"}).json()["items"]
    assert (lent["lent_until"], lent["lent_late"]) == ("2026-03-09", False)
    for date_, news in ((9, 0), (10, 1), (11, 2)):
        clock.set(clock.at.replace(month=3, day=date_, hour=9))
        while engine.sweep(stored[0]):
            pass
        for login, asked in (("officer_2", "请归还"), ("custodian_1", "请催还")):
            with closing(log_in(address, login)) as told:
                heard = [n for n in told.get("/news").json()["items"] if n["kind"] == "loan"]
                assert len(heard) == news, (date_, login)
                assert all(n["text"].endswith(asked) and n["link"] == path for n in heard)
    with closing(log_in(address, "officer_1")) as officer:
        [late] = officer.get("/property", params={"late": True}).json()["items"]
    assert (late["number"], late["lent_late"]) == (items["行车记录仪"]["number"], True)


LACKING = [
    ({"colleague_id": "me"}, 409, "两名不同"),
    ({"document_id": "D08"}, 422, "E40"),
    ({"approval_id": None}, 422, "须有文书"),
    ({"receiver": None}, 409, "接收人"),
    ({"due_on": None}, 409, "归还"),
    ({"movement": "take_back"}, 409, "不能这样移动"),
    ({"movement": "destroy", "witnesses": ["甲", "乙"]}, 409, "照片"),
    ({"movement": "destroy", "photos": ["00000000-0000-7000-8000-000000000009"]}, 422, "证据"),
    ({"movement": "steal"}, 422, "movement"),
]


def test_what_lacks_paper_person_or_term_is_refused_and_nothing_moves(day):
    client, items, papers, other, _, _ = day
    me = client.get("/session").json()["id"]
    item = f"/property/{items['袋装水泥']['id']}"
    for change, status, said in LACKING:
        body = {"movement": "lend", "document_id": papers["E40"], "colleague_id": other, "approval_id": papers["E04"],
                "receiver": "鉴定中心", "due_on": "2026-03-09", **change}  # fmt: skip
        body["colleague_id"] = me if body["colleague_id"] == "me" else body["colleague_id"]
        body["document_id"] = papers.get(body["document_id"], body["document_id"])
        answer = client.post(f"{item}/movements", json=body)
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
        assert client.get(item).json()["status"] == "stored"


def test_a_shelf_with_one_item_missing_leaves_a_difference_to_answer(day):
    client, items, _, other, address, case_id = day
    begin = {
        "agency_id": 440100,
        "category": "01",
        "place": "花都超限检测站停车场",
        "shelf": "A-01",
        "colleague_id": other,
    }
    started = client.post("/stocktakings", json=begin)
    assert (started.status_code, started.json()["expected"]) == (201, 5)
    path = f"/stocktakings/{started.json()['id']}"
    for name, item in items.items():
        if name == "货物运单":
            continue
        code = f"zc:property:{item['id']}" if name != "半挂车" else item["number"]
        told = {"code": code, "damaged": name == "行车记录仪", "note": "外壳开裂"}
        assert client.post(f"{path}/counts", json=told).json()["fresh"], name
        assert not client.post(f"{path}/counts", json=told).json()["fresh"]
    assert client.post(f"{path}/counts", json={"code": "旧标签 77"}).json()["number"] is None
    progress = client.get(path).json()
    assert (progress["expected"], progress["counted"]) == (5, 5)
    found = client.post(f"{path}/close").json()["differences"]
    assert sorted((d["kind"], d["code"] == "旧标签 77") for d in found) == [
        ("damaged", False), ("missing", False), ("surplus", True),
    ]  # fmt: skip
    assert client.post(f"{path}/counts", json={"code": "x"}).status_code == 409
    with closing(log_in(address, "officer_1")) as officer:
        listed = officer.get("/alerts", params={"case_id": case_id}).json()["items"]
        alerts = [a["message"] for a in listed if "盘点差异" in a["message"]]
        assert len(alerts) == 2
    missing = next(d for d in found if d["kind"] == "missing")
    answered = client.post(f"/stock-differences/{missing['id']}/answer", json={"answer": "运单在案卷中,已归位"})
    assert answered.json()["answered"]
    assert client.post(f"/stock-differences/{missing['id']}/answer", json={"answer": "再答"}).status_code == 409
    left = client.get("/stock-differences").json()["items"]
    assert sorted(d["kind"] for d in left) == ["damaged", "surplus"]


def test_a_label_names_the_item_and_nobody(day):
    client, items, _, _, _, _ = day
    answer = client.get(f"/property/{items['半挂车']['id']}/label")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert items["半挂车"]["number"] in answer.text
    assert "佛山顺达" not in answer.text


def test_an_owner_is_seen_in_full_with_right_and_reason_only(day):
    client, items, _, _, address, _ = day
    path = f"/property/{items['半挂车']['id']}"
    assert "*" in client.get(path).json()["owner_name"]
    assert client.get(path, params={"reason": "联系所有人"}).status_code == 403
    with closing(log_in(address, "officer_1")) as officer:
        assert officer.get(path, params={"reason": "联系所有人"}).json()["owner_name"] == "佛山顺达汽车租赁有限公司"
        assert officer.get(path, params={"reason": " "}).status_code == 422
        body = {"movement": "shift", "document_id": path[-36:], "colleague_id": path[-36:]}
        assert officer.post(f"{path}/movements", json=body).status_code == 403


def test_the_ledger_is_paged_and_filtered(day):
    client, items, _, _, _, _ = day
    seen, after = [], None
    while True:
        page = client.get(
            "/property", params={"limit": 2, "status": "stored", **({"after": after} if after else {})}
        ).json()
        seen += [i["number"] for i in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(i["number"] for i in items.values())
    assert client.get("/property", params={"shelf": "Z-9"}).json()["items"] == []
    assert client.get("/property", params={"after": "nonsense"}).status_code == 422
