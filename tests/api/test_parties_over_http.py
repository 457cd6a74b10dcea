"""Parties: where they are served, who speaks for them, who is a minor; one party registered twice becomes one and can be split."""

import io
from datetime import date

import pytest
from PIL import Image

from content import load, releases
from engine import parties
from kernel.settings import ROOT
from kernel.work import Work, system_person
from registers import duplicate, party
from tests.api.conftest import start

WHERE = {"agency_id": 440100, "category": "01"}
ADDRESS = {
    "receiver": "王大锤",
    "post_address": "广州市天河区体育西路1号 510000",
    "electronic": True,
    "mobile": "13800138000",
    "valid_from": "2026-03-01",
}
AGENT = {
    "name": "李律师",
    "id_number": "440102198503071217",
    "relation": "委托代理人",
    "special": True,
    "scope": "代为陈述申辩、签收文书",
    "valid_from": "2026-03-01",
    "valid_to": "2026-12-31",
}


@pytest.fixture
def work(small):
    return Work(small, system_person(440100, "01"))


@pytest.fixture
def made(come_in, work):
    """(officer's client, party id, id of a scan in a case of this party)."""
    client = come_in("officer_1")
    case_id = start(client)["case_id"]
    with work.transaction():
        id_ = party.find_or_insert(work, **WHERE, party_type="person", name="王大锤", phone="13800138000")
        work.execute("update enforcement_case set party_id = %s where id = %s", (id_, case_id))
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, "JPEG")
    scan = client.post(
        f"/cases/{case_id}/evidence", files={"file": ("确认书.jpg", file.getvalue())}, data={"kind": "1"}
    )
    return client, str(id_), scan.json()["id"], case_id


def test_a_confirmed_address_needs_its_paper_and_ends_the_one_before(made):
    client, id_, scan, _ = made
    path = f"/parties/{id_}/addresses"
    without = client.post(path, json=ADDRESS)
    assert (without.status_code, list(without.json()["fields"])) == (422, ["document_id"])
    foreign = start(client)["case_id"]
    other = client.post(f"/cases/{foreign}/evidence", files={"file": ("a.txt", b"x")}, data={"kind": "1"}).json()["id"]
    assert client.post(path, json={**ADDRESS, "evidence_id": other}).status_code == 422
    silent = client.post(path, json={**ADDRESS, "mobile": None, "evidence_id": scan})
    assert (silent.status_code, list(silent.json()["fields"])) == (422, ["mobile"])
    backwards = client.post(path, json={**ADDRESS, "valid_to": "2026-02-01", "evidence_id": scan})
    assert list(backwards.json()["fields"]) == ["valid_to"]
    for post in ("旧址", "新址"):
        assert client.post(path, json={**ADDRESS, "post_address": post, "evidence_id": scan}).status_code == 201
    found = client.get(f"/parties/{id_}/service").json()["addresses"]
    assert [(a["in_force"], a["end_reason"]) for a in found] == [(True, None), (False, "重新确认送达地址")]
    assert found[0]["mobile"] == "138****8000"
    assert found[0]["receiver"] == "王**"


def test_service_is_prefilled_with_what_the_party_confirmed(made, work):
    client, id_, scan, case_id = made
    client.post(f"/parties/{id_}/addresses", json={**ADDRESS, "evidence_id": scan})
    release = releases.make(load.tree(ROOT))
    with work.transaction():
        told = parties.prefill(work, release.form("service_attempt"), case_id, {})
        known = parties.prefill(work, release.form("service_attempt"), case_id, {"service_place": "单位门卫室"})
        other = parties.prefill(work, release.form("hearing_agents"), case_id, {})
    assert told == {"e_service_consent": True, "service_place": ADDRESS["post_address"]}
    assert "service_place" not in known
    assert other == {}


def test_an_agent_has_powers_a_term_and_a_source_and_can_end(made):
    client, id_, scan, case_id = made
    path = f"/parties/{id_}/agents"
    assert client.post(path, json=AGENT).status_code == 422
    assert client.post(path, json={**AGENT, "scope": "", "evidence_id": scan}).status_code == 422
    foreign = start(client)["case_id"]
    wrong = client.post(path, json={**AGENT, "evidence_id": scan, "case_id": foreign})
    assert list(wrong.json()["fields"]) == ["case_id"]
    one = client.post(path, json={**AGENT, "evidence_id": scan, "case_id": case_id}).json()["id"]
    [shown] = client.get(f"/parties/{id_}/service").json()["agents"]
    assert (shown["special"], shown["in_force"], shown["id_number"]) == (True, True, "440***********1217")
    assert client.post(f"{path}/{one}/end", json={"reason": "解除委托"}).status_code == 200
    assert client.post(f"{path}/{one}/end", json={"reason": "解除委托"}).status_code == 409
    [ended] = client.get(f"/parties/{id_}/service").json()["agents"]
    assert (ended["in_force"], ended["end_reason"]) == (False, "解除委托")


@pytest.mark.parametrize(
    ("born", "day", "expected"),
    [
        ("20120303", date(2026, 3, 2), (13, True, True)),
        ("20120302", date(2026, 3, 2), (14, True, False)),
        ("20080303", date(2026, 3, 2), (17, True, False)),
        ("20080302", date(2026, 3, 2), (18, False, False)),
    ],
)
def test_a_minor_is_known_by_the_birth_date_in_the_number(made, work, monkeypatch, born, day, expected):
    release = releases.make(load.tree(ROOT))
    monkeypatch.setattr(parties.release_store, "current", lambda _: release)
    row = {"party_type": "person", "id_number": f"440102{born}1217", "birth_date": None, "agency_id": 440100}
    with work.transaction():
        found = parties.age(work, row, day)
        firm = parties.age(work, {**row, "party_type": "organization"}, day)
    assert (found["age"], found["minor"], found["unpunished"]) == expected
    assert firm["minor"] is None


def test_one_party_registered_twice_is_suggested_merged_and_split_again(made, come_in, work):
    _, id_, _, case_id = made
    clerk = come_in("clerk_1")
    other_case = start(come_in("officer_1"))["case_id"]
    with work.transaction():
        twin = str(party.find_or_insert(work, **WHERE, party_type="person", name="王大锤", phone="13800138000"))
        party.find_or_insert(work, **WHERE, party_type="person", name="王大锤", phone="13900139000")
        work.execute("update enforcement_case set party_id = %s where id = %s", (twin, other_case))
    [like] = clerk.get(f"/parties/{id_}/service").json()["duplicates"]
    assert (like["id"], like["why"], like["phone"]) == (twin, "name_phone", "138****8000")
    merge = clerk.post(f"/parties/{id_}/merges", json={"other_id": twin, "reason": "同一人"})
    assert merge.status_code == 201, merge.text
    assert clerk.post(f"/parties/{id_}/merges", json={"other_id": twin, "reason": "同一人"}).status_code == 409
    opened = clerk.get(f"/objects/parties/{id_}").json()
    assert {c["id"] for c in opened["cases"]} == {case_id, other_case}
    with work.transaction():  # each case keeps its own link
        assert str(work.one("select party_id from enforcement_case where id = %s", (other_case,))["party_id"]) == twin
    service = clerk.get(f"/parties/{id_}/service").json()
    assert service["duplicates"] == []
    assert clerk.get(f"/parties/{twin}/service").json()["merged_into"] == id_
    undone = clerk.post(f"/parties/{id_}/merges/{merge.json()['id']}/undo", json={"reason": "不是同一人"})
    assert undone.status_code == 200
    assert {c["id"] for c in clerk.get(f"/objects/parties/{id_}").json()["cases"]} == {case_id}
    [kept] = clerk.get(f"/parties/{id_}/service").json()["merges"]
    assert (kept["reason"], kept["undo_reason"], kept["merged_by_name"]) == (
        "同一人",
        "不是同一人",
        kept["undone_by_name"],
    )


def test_two_identities_are_never_one_party(come_in, work):
    with work.transaction():
        ids = [
            str(party.find_or_insert(work, **WHERE, party_type="person", name="王五", id_number=n, phone="13800138000"))
            for n in ("440102198503071217", "440103199011024520")
        ]
    refused = come_in("clerk_1").post(f"/parties/{ids[0]}/merges", json={"other_id": ids[1], "reason": "同名"})
    assert refused.status_code == 409
    assert "不同" in refused.json()["detail"]
    assert "440102198503071217" not in refused.text


def test_a_new_case_of_a_merged_identity_goes_to_the_row_that_was_kept(come_in, work):
    number = "440102198503071217"
    with work.transaction():
        nameless = str(party.find_or_insert(work, **WHERE, party_type="person", name="王五"))
        known = str(party.find_or_insert(work, **WHERE, party_type="person", name="王五", id_number=number))
    assert (
        come_in("clerk_1").post(f"/parties/{nameless}/merges", json={"other_id": known, "reason": "同一人"}).status_code
        == 201
    )
    with work.transaction():
        assert str(party.find_or_insert(work, **WHERE, party_type="person", name="王五", id_number=number)) == nameless


def test_a_merge_of_merged_rows_undone_gives_back_what_was(work):
    with work.transaction():
        a, b, c = (party.find_or_insert(work, **WHERE, party_type="person", name=n) for n in "甲乙丙")
        duplicate.merge(work, b, c, "x")
        outer = duplicate.merge(work, a, b, "x")
        assert set(duplicate.group(work, a)) == {a, b, c}
        duplicate.undo(work, outer, "x")
        assert set(duplicate.group(work, a)) == {a}
        assert set(duplicate.group(work, b)) == {b, c}
