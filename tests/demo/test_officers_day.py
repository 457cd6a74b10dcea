"""An officer's day against a running server: a vehicle checked, a clue taken, an inspection drawn, evidence from two devices,
goods seized and given back, a fine paid and reconciled, a dossier handed in.

The server is a process of its own; everybody comes in by its front door with the rights of his post; the content is the
national one, the bank a program that speaks the bank's protocol. One matter runs through it: the clue about a lorry becomes
the case, in the case the goods are taken and the fine is paid, and the case ends in the archive. The test is the worker.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from PIL import Image

from content import load, releases
from engine import release_store, stories
from integrations import host
from kernel import log
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import LOCAL, Node, Work, system_clock, system_person
from registers import account
from tests.api import leaks
from tests.api.conftest import ROOT, log_in
from tests.api.over_http import OverHttp
from tests.demo.day_server import WrittenClock
from tests.integrations.conftest import Bank, Peer

FILES = load.tree(ROOT)
_RIGHTS = releases.make(FILES).permissions
POLICY = Policy(_RIGHTS.allows, _RIGHTS.inherits, _RIGHTS.names)
SEEDS = ROOT / "deploy" / "seeds" / "demo.yaml"
PEOPLE = yaml.safe_load(SEEDS.read_text("utf-8"))["officers"]
HERE = {"agency_id": 440100, "category": "02"}
PLATE = {"plate": "粤AB8K62", "plate_color": "2"}
USCC = "91440101MA59K2T895"
REPORTER = {"reporter_name": "赵晓明", "reporter_phone": "13925000077"}
FILM = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + os.urandom(700_000)
PIECE = 250_000


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def story(path: str) -> stories.Story:
    file = f"processes/national/{path}.yaml"
    return stories.read(file, FILES[file], FILES)


def ready(address: str, server: subprocess.Popen[bytes]) -> None:
    """The socket listens already: the first answer comes when the server is up."""
    for _ in range(60):
        assert server.poll() is None, "the server ended"
        try:
            if httpx.get(f"{address}/readyz", timeout=300).status_code == 200:
                return
        except httpx.TransportError:
            continue
    raise AssertionError("the server did not come up")


class Day:
    """The people, the clock and what the day has brought so far."""

    def __init__(self, node: Node, clock: WrittenClock, address: str, bank: Bank, home: Path) -> None:
        self.node, self.clock, self.address, self.bank, self.home = node, clock, address, bank, home
        self.player = OverHttp(
            node, clock, lambda login: account.person_of_login(self._stranger(), login), address, self._hears
        )
        self.heard = 0
        self.speaker = host.Speaker(node, host.counterparts()["payment_bank"])

    def _stranger(self) -> Work:
        return Work(self.node, account.STRANGER)

    def _hears(self, login: str, answer: httpx.Response) -> None:
        """S12: whoever may not unmask reads no number of a person, whatever he does; who may, does so to work on the case."""
        answer.read()
        self.heard += 1
        person = self.player.person(login)
        if not POLICY.may(person, leaks.RIGHT):
            told = leaks.of_answer(answer, ())
            assert not told, f"{login} {answer.request.method} {answer.request.url}: {sorted(told)}"

    def come_in(self, login: str) -> closing[httpx.Client]:
        return closing(log_in(self.address, login))

    def ask(self, login: str, method: str, path: str, body: object = None, **params: Any) -> Any:
        """One act of one person; a refusal fails the day."""
        with self.come_in(login) as client:
            answer = client.request(method, path, json=body, params=params or None)
        self._hears(login, answer)
        assert answer.status_code < 300, f"{login} {method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def get(self, login: str, path: str, **params: Any) -> Any:
        return self.ask(login, "GET", path, **params)

    def id_of(self, login: str) -> str:
        return str(self.player.person(login).id)

    def play(self, *lines: stories.Line) -> None:
        """Steps of processes, each a request of who does it, at its time."""
        for line in lines:
            self.player.line(line)
            assert self.player.played.faults == []

    def bank_hears(self) -> None:
        """The worker speaks with the bank; both go by the day that is played."""
        self.bank.order("clock", ahead=(self.clock() - system_clock()).total_seconds())
        while self.speaker.turn():
            pass
        self.player.settle()


@pytest.fixture
def day(make_node: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    """The server process, the bank process, the people of the demo, the national content."""
    log.set_up(Settings(pdf="off"))
    node: Node = make_node("demo")
    clock = WrittenClock(tmp_path / "clock", at("2026-03-02T08:00"))
    node.clock = clock
    with Work(node, system_person(440000, "01")).transaction() as work:
        release_store.store(work, FILES, ground="测试", effective_from=None)
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP))
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        bank = stack.enter_context(Peer(address, tmp_path, monkeypatch))
        settings = {
            "ZC_DSN": node.settings.dsn, "ZC_VAR": str(node.settings.var), "ZC_APP_ROLE": node.settings.app_role,
            "ZC_PDF": "off", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        said = stack.enter_context((tmp_path / "server.log").open("wb"))
        server = subprocess.Popen(
            ["env", *(f"{k}={v}" for k, v in settings.items()), sys.executable, "-m", "tests.demo.day_server",
             str(listening.fileno()), str(clock.file)],
            cwd=ROOT, pass_fds=[listening.fileno()], stdout=said, stderr=said,
        )  # fmt: skip
        try:
            ready(address, server)
            yield Day(node, clock, address, bank, tmp_path)
            assert server.poll() is None, "the server did not live to the end of the day"
        finally:
            server.terminate()
            server.wait(30)
    told = (tmp_path / "server.log").read_text("utf-8")
    assert '"event": "request"' in told
    assert "Traceback" not in told
    assert leaks.leaks(told, REPORTER.values()) == set()


def test_an_officers_day(day: Day) -> None:
    check = checks_a_vehicle(day)
    draws_an_inspection(day)
    case_id = takes_a_clue(day)
    opens_the_case(day, case_id, check)
    uploads_from_two_devices(day, case_id)
    seizes_and_returns(day, case_id)
    takes_a_payment(day, case_id)
    hands_in_the_dossier(day, case_id)
    assert day.heard > 200


# ---------------------------------------------------------------------- before there is a case
def checks_a_vehicle(day: Day) -> dict[str, Any]:
    """What the registers said of the lorry, when, and which register said it – kept so that a court can look at it."""
    owner = day.ask("officer_1", "POST", "/objects/parties", {**HERE, "name": "广州穗运货运有限公司", "uscc": USCC})[
        "id"
    ]
    lorry = day.ask("officer_1", "POST", "/objects/vehicles", {**HERE, **PLATE, "owner_id": owner})["id"]
    permit = {
        "kind": "vehicle_transport",
        "permit_no": "440100123456",
        "valid_until": "2026-02-28",
        "source": "证件原件",
    }
    day.ask("officer_1", "PUT", f"/objects/vehicle/{lorry}/permits", permit)
    day.clock.set(at("2026-03-02T08:05"))
    asked = {**HERE, "kind": "vehicle", "number": PLATE["plate"], "plate_color": PLATE["plate_color"]}
    check = day.ask("officer_1", "POST", "/objects/checks", asked)
    assert (check["outcome"], check["object_id"], check["evidence_id"]) == ("found", lorry, None)
    assert datetime.fromisoformat(check["checked_at"]) == at("2026-03-02T08:05")
    assert check["source"] == "广州市交通运输局监管对象登记簿"
    assert [(p["permit_no"], p["state"]) for p in check["findings"]["permits"]] == [("440100123456", "expired")]
    assert check["findings"]["owner"]["name"] == "广州穗运货运有限公司"
    kept = day.get("officer_2", f"/objects/checks/{check['id']}")
    assert kept["unchanged"] is True
    assert kept["sha256"] == check["sha256"]
    return check


def draws_an_inspection(day: Day) -> None:
    """Frozen before the seed, drawn, repeated by anyone without the database, dispatched, inspected."""
    for number in range(1, 7):
        day.ask("officer_2", "POST", "/objects/vehicles", {**HERE, "plate": f"粤A6000{number}", "plate_color": "2"})
    items = [{"item": "车辆动态监控", "standard": "在线", "basis": "道路运输车辆动态监督管理办法"}]
    listed = day.ask(
        "unit_head_1", "POST", "/check-lists", {**HERE, "list_no": "QD-01", "name": "货车", "items": items}
    )
    plan = {
        **HERE, "plan_no": "穗交双随2026-01", "name": "货车抽查", "kind": "random", "basis": "年度抽查计划",
        "check_list_id": listed["id"], "object_kind": "vehicle", "object_count": 2,
        "supervisors": [day.id_of("supervisor_1")], "opens_on": "2026-03-02", "closes_on": "2026-03-31",
    }  # fmt: skip
    plan_id = day.ask("unit_head_1", "POST", "/inspection-plans", plan)["id"]
    frozen = day.ask("unit_head_1", "POST", f"/inspection-plans/{plan_id}/draws", {"seed_way": "system"})
    assert (frozen["object_count"], frozen["seed"], frozen["result"]) == (7, None, [])
    draw = f"/draws/{frozen['id']}"
    drawn = day.ask("unit_head_1", "POST", f"{draw}/seed", {})
    assert [len(one["inspectors"]) for one in drawn["result"]] == [2, 2]
    with day.come_in("unit_head_1") as head:
        assert head.post(f"{draw}/seed", json={}).status_code == 409, "what is drawn is drawn"
    record = day.home / "draw.json"
    record.write_text(json.dumps(day.get("supervisor_1", f"{draw}/record"), ensure_ascii=False), "utf-8")
    told = zhicheng("draw", "verify", str(record), "--published", frozen["frozen_sha256"])
    assert told.returncode == 0, told.stdout
    assert "逐项相同" in told.stdout
    record.write_text(record.read_text("utf-8").replace("粤A60001", "粤A60009"), "utf-8")
    changed = json.loads(record.read_text("utf-8"))
    changed["result"].reverse()
    record.write_text(json.dumps(changed, ensure_ascii=False), "utf-8")
    assert zhicheng("draw", "verify", str(record)).returncode == 1
    assert day.ask("unit_head_1", "POST", f"{draw}/dispatch")["inspections"] == 2
    day.player.settle()
    inspects(day, drawn)


def inspects(day: Day, drawn: dict[str, Any]) -> None:
    """The officer who was drawn first finds the inspection on the desk and does it; the public sees the result, not him."""
    first = drawn["result"][0]
    ids = [one.partition(":")[2] for one in first["inspectors"]]
    login = next(one["login"] for one in PEOPLE if one["agency"] == 440100 and day.id_of(one["login"]) == ids[0])
    with day.come_in(login) as officer:
        task = next(
            t for t in officer.get("/tasks", params={"box": "mine"}).json()["items"] if first["label"] in str(t)
        )
        answers = {
            "officers": ids, "certificate_shown": True, "inspection_reason_told": True,
            "inspection_started_at": "2026-03-02T08:05:00+08:00", "inspection_ended_at": "2026-03-02T08:05:00+08:00",
            "inspection_place": "石沙路", "inspected_person_name": "王五", "inspection_findings": "在线",
            "inspection_items": [{"check_item": "车辆动态监控", "check_basis": "办法", "check_finding": "pass"}],
            "inspection_result": "none", "inspection_party_signature": "王五",
        }  # fmt: skip
        done = officer.post(f"/tasks/{task['id']}/complete", json={"answers": answers})
        assert done.status_code == 200, done.text
    public = day.ask("supervisor_1", "POST", f"/draws/{drawn['id']}/publication")
    assert (public["objects"][0]["object"], public["objects"][0]["result"]) == (first["label"], "none")
    assert not any(one in str(public) for one in ids)


def zhicheng(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as anybody has it: no database, no settings."""
    return subprocess.run(
        ["env", "-i", f"PYTHONPATH={ROOT}", "PATH=/usr/bin:/bin", "ZC_DSN=host=127.0.0.1 port=1", sys.executable, "-m", "api.cli", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


# ---------------------------------------------------------------------- the matter
def takes_a_clue(day: Day) -> str:
    """A report by telephone about the lorry; verified the same morning, it becomes a case."""
    day.clock.set(at("2026-03-02T08:30"))
    told = story("clue_handling/stories/report_filed")
    reporter = {**REPORTER, "reporter_confidential": True}
    facts = json.loads(json.dumps(dict(told.start.facts), default=lambda one: one.isoformat()))
    taken = day.ask("clerk_1", "POST", "/clues", {**HERE, "facts": facts, "reporter": reporter})
    clue = taken["case_id"]
    [listed] = [c for c in day.get("unit_head_1", "/clues")["items"] if c["id"] == clue]
    assert (listed["plate_no"], listed["source"], listed["confidential"]) == ("粤A****2", "report", True), (
        "a head has no right to see whose it is"
    )
    assert day.get("unit_head_1", f"/clues/{clue}/similar")["items"] == []
    hours = iter(("08:31", "08:33", "08:40", "09:00", "09:08", "09:12"))
    day.player.go_on("clue_handling", "clerk_1", clue)
    for line in told.steps:
        day.play(replace(line, at=at(f"2026-03-02T{next(hours)}"), answers=_with(line, feedback_at="2026-03-02T09:12")))
    seen = day.get("officer_1", f"/records/{clue}")
    assert (seen["kind"], seen["record"]["status"]) == ("clue", "filed")
    assert "赵晓明" not in str(day.get("officer_3", f"/records/{clue}")), (
        "the reporter is the business of who handles it"
    )
    [task] = [t for t in day.get("officer_1", "/tasks", box="unit")["items"] if t["element"] == "file_case"]
    case_id = str(task["case_id"])
    assert "赵晓明" not in str(day.get("officer_1", f"/cases/{case_id}"))
    return case_id


def _with(line: stories.Line, **changed: str) -> dict[str, Any]:
    """The answers of a line, those that it has and that are named here changed."""
    new = {
        k: datetime.fromisoformat(v).replace(tzinfo=LOCAL).isoformat() if "T" in v else v for k, v in changed.items()
    }
    return {**line.answers, **{k: v for k, v in new.items() if k in line.answers}}


def opens_the_case(day: Day, case_id: str, check: dict[str, Any]) -> None:
    """Filed, reviewed, approved; what the registers said before there was a case becomes its evidence, with its own time."""
    day.player.go_on("case_ordinary", "officer_1", case_id)
    day.play(*ordinary(until="record_scene"))
    case = day.get("officer_1", f"/cases/{case_id}")["case"]
    assert case["case_number"] == "粤穗交案〔2026〕00001号"
    door = f"/objects/checks/{check['id']}/evidence"
    kept = day.ask("officer_1", "POST", door, {"case_id": case_id})["evidence_id"]
    assert day.ask("officer_2", "POST", door, {"case_id": case_id})["evidence_id"] == kept, "once is enough"
    [shown] = [e for e in day.get("officer_1", f"/cases/{case_id}")["evidence"] if e["id"] == kept]
    assert datetime.fromisoformat(shown["taken_at"]) == at("2026-03-02T08:05")
    with day.come_in("officer_1") as officer:
        text = officer.get(f"/cases/{case_id}/evidence/{kept}").text
    assert "查验时间:2026-03-02 08:05:00" in text
    assert "查验人员:张伟" in text
    assert "已过期" in text
    assert check["sha256"] in text


_ORDINARY = story("case_ordinary/stories/road_transport_spill").steps


def ordinary(after: str | None = None, until: str | None = None, before: datetime | None = None) -> list[stories.Line]:
    """Lines of the ordinary case from the one after the step `after` to the one before `until`."""
    names = [line.step or line.message for line in _ORDINARY]
    first = names.index(after) + 1 if after else 0
    last = names.index(until) if until else len(names)
    return list(_ORDINARY[first:last])


def uploads_from_two_devices(day: Day, case_id: str) -> None:
    """The body camera's film breaks off on the phone and goes on from the desk; a photo comes from the phone meanwhile."""
    day.play(*ordinary(after="approve_filing", until="inquest_scene"))
    told = {
        "name": "执法记录仪.mp4", "kind": "3", "size": len(FILM), "sha256": hashlib.sha256(FILM).hexdigest(),
        "device": "DSJ-1", "place": "石沙路", "witnesses": "王五", "taken_at": "2026-03-02T10:05:00+08:00",
    }  # fmt: skip
    with day.come_in("officer_1") as phone, day.come_in("officer_1") as desk:
        upload = phone.post(f"/cases/{case_id}/uploads", json=told)
        assert upload.status_code == 201, upload.text
        door = f"/uploads/{upload.json()['id']}"
        assert put(phone, door, 0).json()["received"] == PIECE
        break_off(day, phone, door)
        photo = io.BytesIO()
        Image.new("RGB", (640, 480), (90, 110, 70)).save(photo, "JPEG")
        sent = phone.post(
            f"/cases/{case_id}/evidence", files={"file": ("现场.jpg", photo.getvalue())},
            data={"kind": "3", "device": "手机-1", "place": "石沙路", "taken_at": "2026-03-02T10:10:00+08:00"},
        )  # fmt: skip
        assert sent.status_code == 201, sent.text
        [waiting] = desk.get(f"/cases/{case_id}/uploads").json()
        assert (waiting["id"], waiting["received"]) == (upload.json()["id"], PIECE), "half a piece is no piece"
        head = desk.head(door)
        reached = int(head.headers["Upload-Offset"])
        while reached < len(FILM):
            answer = put(desk, door, reached)
            assert answer.status_code == 200, answer.text
            reached = answer.json()["received"]
        film = desk.post(f"{door}/finish")
        assert film.status_code == 201, film.text
        assert film.json()["sm3"] == hashlib.new("sm3", FILM).hexdigest()
        assert desk.get(f"/cases/{case_id}/evidence/{film.json()['id']}").content == FILM
        shown = {e["device"] for e in desk.get(f"/cases/{case_id}").json()["evidence"]}
        assert {"DSJ-1", "手机-1"} <= shown
        custody = desk.get(f"/cases/{case_id}/evidence/{film.json()['id']}/custody").json()
        assert [e["event"] for e in custody["events"]][:1] == ["received"]
        assert custody["faults"] == []


def put(client: httpx.Client, door: str, offset: int) -> httpx.Response:
    piece = FILM[offset : offset + PIECE]
    digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    return client.put(door, params={"offset": offset}, content=piece, headers={"Content-Digest": f"sha-256=:{digest}:"})


def break_off(day: Day, client: httpx.Client, door: str) -> None:
    """Half of the second piece, and the line is gone."""
    where = urlsplit(day.address)
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    head = (
        f"PUT /api/staff{door}?offset={PIECE} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookies}\r\n"
        f"X-CSRF-Token: {client.headers['X-CSRF-Token']}\r\nContent-Length: {PIECE}\r\n\r\n"
    )
    with socket.create_connection((where.hostname or "", where.port or 0)) as line:
        line.sendall(head.encode() + FILM[PIECE : PIECE + PIECE // 2])


def seizes_and_returns(day: Day, case_id: str) -> None:
    """Three kinds of goods taken by two officers, stored, and given back: a paper and two people each time they move."""
    days = {"2026-03-30": None, "2026-04-20": "2026-03-03"}
    for line in story("seizure_handling/stories/five_goods_extended_returned").steps:
        if line.begin is None and line.step not in _MEASURE:
            continue
        assert line.at is not None
        moved = days.get(f"{line.at:%Y-%m-%d}", f"{line.at:%Y-%m-%d}")
        if moved is None:  # no extension: they go back the next day
            continue
        new = at(f"{moved}T{line.at:%H:%M}") if moved != "2026-03-02" else at(_MEASURE_AT[line.step or "begin"])
        answers = _with(
            line, measure_release_date=moved, returned_at=f"{moved}T15:00", **_TAKEN.get(line.step or "", {})
        )
        day.play(replace(line, at=new, answers=answers))
        if line.step == "store_property":
            looks_after(day, case_id)
    items = day.get("officer_1", "/property", case_id=case_id)["items"]
    assert {i["status"] for i in items} == {"returned"}
    whole = day.get("custodian_1", f"/property/{items[0]['id']}")
    assert [m["movement"] for m in whole["movements"]] == ["take", "store", "return"]
    papers = {p["id"]: p["kind"] for p in day.get("officer_1", f"/cases/{case_id}")["documents"]}
    for move in whole["movements"]:
        assert move["giver"] != move["taker"]
        assert papers[move["document_id"]] in {"D08", "E40", "D10"}


def looks_after(day: Day, case_id: str) -> None:
    items = day.get("custodian_1", "/property", case_id=case_id)["items"]
    assert {i["status"] for i in items} == {"stored"}
    assert len(items) == 5
    with day.come_in("custodian_1") as keeper:
        label = keeper.get(f"/property/{items[0]['id']}/label")
        assert items[0]["number"] in label.text
        alone = {"movement": "return", "document_id": items[0]["id"], "colleague_id": day.id_of("custodian_1")}
        refused = keeper.post(f"/property/{items[0]['id']}/movements", json=alone)
        assert refused.status_code in (409, 422), "nothing moves without a paper and two people"


def takes_a_payment(day: Day, case_id: str) -> None:
    """The decision is served, the bank is told, the money comes, the day's file agrees with the ledger to the cent."""
    day.play(*ordinary(after="record_scene", until="payment_received"))
    day.bank_hears()
    [notice] = day.bank.order("state")["notices"].values()
    assert (notice["amount"], notice["payer_name"]) == ("1200.00", "广州穗运货运有限公司")
    owed = day.get("officer_1", f"/cases/{case_id}/money")["balance"]
    assert owed["remaining"] == "1200.00"
    day.player.until(at("2026-03-27T11:20"))
    day.bank_hears()
    [said] = day.bank.pay(notice["notice_no"], trade_no="T0327")["answers"]
    assert said["status"] < 300, said
    day.player.settle()
    with day.come_in("officer_1") as officer:
        taking = {"receipt_no": "R9", "amount": "1.00", "paid_on": "2026-03-27", "channel": "bank", "payer": "甲"}
        assert officer.post(f"/cases/{case_id}/receipts", json=taking).status_code == 403, (
            "who decides does not collect"
        )
        assert [t["element"] for t in officer.get(f"/cases/{case_id}").json()["tasks"]] == ["record_payment"]
    told = day.get("finance_1", f"/cases/{case_id}/money")
    assert told["balance"]["remaining"] == "0.00"
    assert [v["kind"] for v in told["vouchers"]] == ["obligation", "receipt"]
    day.bank.order("day_end", day="2026-03-27")
    day.player.until(at("2026-03-28T01:30"))
    day.bank_hears()
    done = day.ask("finance_1", "POST", "/money/reconcile", {"day": "2026-03-27"})
    assert (done["bank"], done["ledger"], done["lines"]) == ("1200.00", "1200.00", 1)
    assert [d for d in day.get("finance_1", "/money/differences", state="open")["items"] if d["case_id"]] == []


def hands_in_the_dossier(day: Day, case_id: str) -> None:
    """Closed, archived, sealed; the package speaks for itself, and a changed byte in it is found."""
    for line in ordinary(after="payment_received"):
        day.play(replace(line, at=at("2026-03-30T08:30")) if line.step == "record_payment" else line)
    case = day.get("archivist_1", f"/cases/{case_id}")["case"]
    [sealed] = day.get("archivist_1", "/dossiers", case_number=case["case_number"])["items"]
    assert sealed["state"] == "kept"
    with day.come_in("archivist_1") as keeper:
        package = keeper.get(f"/dossiers/{sealed['id']}/package").content
        late = keeper.post(f"/cases/{case_id}/evidence", files={"file": ("a.txt", b"x")}, data={"kind": "3"})
        assert late.status_code in (403, 409)
    file = day.home / "dossier.zip"
    file.write_bytes(package)
    found = zhicheng("verify", str(file), "--json")
    assert found.returncode == 0, found.stdout
    assert json.loads(found.stdout)["faults"] == []
    broken = bytearray(package)
    broken[len(broken) // 2] ^= 1
    file.write_bytes(broken)
    assert zhicheng("verify", str(file)).returncode == 1


_MEASURE = {
    "draft_measure", "review_measure", "approve_measure", "implement_measure", "deliver_measure", "store_property",
    "propose_property_act", "review_property_act", "approve_property_act", "release_measure", "return_seized",
}  # fmt: skip
# Between the scene and the inquest: the goods are taken where the lorry stands.
_MEASURE_AT = {
    "begin": "2026-03-02T10:51", "draft_measure": "2026-03-02T10:52", "review_measure": "2026-03-02T10:54", "approve_measure": "2026-03-02T10:56",
    "implement_measure": "2026-03-02T11:15", "deliver_measure": "2026-03-02T11:16", "store_property": "2026-03-02T11:20",
}  # fmt: skip
_TAKEN = {
    "implement_measure": {
        "measure_taken_at": "2026-03-02T11:00", "scene_started_at": "2026-03-02T11:00", "scene_ended_at": "2026-03-02T11:15",
    },
    "deliver_measure": {"measure_delivered_at": "2026-03-02T11:16"},
    "store_property": {"property_moved_at": "2026-03-02T11:20"},
}  # fmt: skip
