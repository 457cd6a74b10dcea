"""Evidence as officers see it: custody, copies, what is missing; witnesses' names only for those who may see them."""

import io
from uuid import UUID

import pytest
from PIL import Image

from content import dossier, load
from engine import dossier_rows
from kernel.settings import ROOT
from kernel.work import Work, system_person
from tests.api.conftest import start


def picture():
    file = io.BytesIO()
    Image.new("RGB", (800, 600), (120, 30, 200)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def kept(come_in):
    """(officer's client, case id, a photo with circumstances)."""
    client = come_in("officer_1")
    case_id = start(client)["case_id"]
    told = {"kind": "3", "place": "G105", "device": "DSJ-1", "witnesses": "王小五、赵六"}
    answer = client.post(f"/cases/{case_id}/evidence", files={"file": ("现场.jpg", picture())}, data=told)
    assert answer.status_code == 201, answer.text
    return client, case_id, answer.json()


def test_the_case_shows_time_place_device_and_witnesses(kept, come_in):
    client, case_id, _ = kept
    [shown] = client.get(f"/cases/{case_id}").json()["evidence"]
    assert (shown["place"], shown["device"], shown["witnesses"]) == ("G105", "DSJ-1", ["王小五", "赵六"])
    [masked] = come_in("unit_head_1").get(f"/cases/{case_id}").json()["evidence"]
    assert masked["witnesses"] == ["王**", "赵*"]


def test_custody_is_shown_with_names_and_its_reading_is_audited(kept, come_in):
    client, case_id, one = kept
    client.get(f"/cases/{case_id}/evidence/{one['id']}")
    found = come_in("unit_head_1").get(f"/cases/{case_id}/evidence/{one['id']}/custody").json()
    assert found["faults"] == []
    assert [(e["event"], e["person"]) for e in found["events"]] == [("received", "陈明"), ("downloaded", "陈明")]
    rows = come_in("audit_admin_1").get("/audit", params={"verb": "evidence.read"}).json()["items"]
    assert len(rows) == 2
    assert come_in("sister_officer").get(f"/cases/{case_id}/evidence/{one['id']}/custody").status_code == 404


def test_a_transcript_hangs_on_its_original_and_changes_nothing_of_it(kept):
    client, case_id, one = kept
    path = f"/cases/{case_id}/evidence/{one['id']}/copies"
    told = {"form": "transcript", "note": "陈明逐字转写"}
    answer = client.post(path, files={"file": ("转写.txt", "当事人:车是我的".encode())}, data=told)
    assert answer.status_code == 201, answer.text
    copy = answer.json()
    assert client.get(f"{path}/{copy['id']}").content.decode() == "当事人:车是我的"
    [shown] = client.get(f"/cases/{case_id}").json()["evidence"]
    assert [(c["form"], c["note"]) for c in shown["copies"]] == [("transcript", "陈明逐字转写")]
    assert shown["sha256"] == one["sha256"]
    events = client.get(f"/cases/{case_id}/evidence/{one['id']}/custody").json()["events"]
    assert [e["detail"] for e in events] == ["", "制作副本《转写.txt》:陈明逐字转写", "查看副本《转写.txt》"]
    blank = client.post(path, files={"file": ("a.txt", b"x")}, data={"form": "crop", "note": " "})
    assert (blank.status_code, list(blank.json()["fields"])) == (422, ["note"])
    program = client.post(path, files={"file": ("a.exe", b"x")}, data=told)
    assert (program.status_code, list(program.json()["fields"])) == (422, ["file"])
    assert (
        client.post(path, files={"file": ("a.txt", b"x")}, data={"form": "thumbnail", "note": "x"}).status_code == 422
    )


def test_the_picture_of_a_signature_is_kept_and_lies_in_the_dossier_with_the_others(kept, small):
    client, case_id, _ = kept
    told = {"kind": "4", "signature": "现场人员签名"}
    for n in range(2):
        drawn = {"file": (f"现场人员签名({n}).jpg", picture())}
        assert client.post(f"/cases/{case_id}/evidence", files=drawn, data=told).status_code == 201
    work = Work(small, system_person(440100, "01"))
    with work.transaction():
        binding = dossier.read(load.tree(ROOT))
        pieces = dossier_rows.Rows(work, UUID(case_id), binding).pieces()
    assert [(one.title, len(one.signatures)) for one in pieces] == [("现场.jpg", 0), ("手写签名（2 幅）", 2)]


def test_without_demands_in_the_content_nothing_is_missing(kept):
    client, case_id, _ = kept
    assert client.get(f"/cases/{case_id}/evidence-demands").json() == {"item": None, "items": [], "missing": 0}
