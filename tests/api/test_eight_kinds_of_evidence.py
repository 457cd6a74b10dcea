"""行政处罚法第46条: each of the eight kinds of evidence comes in with its circumstances and lies in the dossier under its heading."""

import base64
import hashlib
import io
import json
import zipfile

import pikepdf
import pytest
from PIL import Image

from engine import stories, verify
from kernel.work import Work
from registers import account
from tests.api.conftest import ROOT, log_in, serving
from tests.api.over_http import OverHttp

STORY = "processes/national/case_ordinary/stories/no_penalty.yaml"
RECORDS = "询问、现场、勘验笔录"


def scan(title):
    made = pikepdf.Pdf.new()
    made.add_blank_page(page_size=(595, 842))
    made.docinfo["/Title"] = title
    made.save(file := io.BytesIO())
    return file.getvalue()


def photo(title):
    Image.new("RGB", (640, 480), (90, 30, len(title))).save(file := io.BytesIO(), "JPEG")
    return file.getvalue()


def film(title):
    return b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + title.encode() * 4000


def data(title):
    return f"车牌,总质量千克\n粤AB8K62,55000\n{title}\n".encode() * 800


KINDS = [
    ("1", "书证", "道路运输证复印件.pdf", scan, "证据材料"),
    ("2", "物证", "改装栏板照片.jpg", photo, "证据材料"),
    ("3", "视听资料", "执法记录仪.mp4", film, "证据材料"),
    ("4", "电子数据", "称重记录.csv", data, "证据材料"),
    ("5", "证人证言", "押运员证言.pdf", scan, RECORDS),
    ("6", "当事人的陈述", "驾驶员自述.pdf", scan, RECORDS),
    ("7", "鉴定意见", "称重设备鉴定.pdf", scan, "鉴定检测"),
    ("8", "勘验笔录现场笔录", "勘验笔录扫描件.pdf", scan, RECORDS),
]


@pytest.fixture
def case(national, clock):
    """(a log-in by name, the id of an ordinary case just begun)."""
    story = stories.read(STORY, (ROOT / STORY).read_bytes())
    clock.set(min(clock.at, story.start.at))
    clients = {}
    with serving(national) as address:
        person = lambda login: account.person_of_login(Work(national, account.STRANGER), login)  # noqa: E731
        player = OverHttp(national, clock, person, address)
        player.begin("case_ordinary", story)

        def come_in(login):
            if login not in clients:
                clients[login] = log_in(address, login)
            return clients[login]

        yield come_in, player.played.case_id
        for client in clients.values():
            client.close()


def in_pieces(officer, case_id, name, sent, told):
    """The file in three pieces, as a telephone sends it."""
    body = {"name": name, "size": len(sent), "sha256": hashlib.sha256(sent).hexdigest(), **told}
    begun = officer.post(f"/cases/{case_id}/uploads", json=body)
    assert begun.status_code == 201, begun.text
    id_, step = begun.json()["id"], len(sent) // 3 + 1
    for at in range(0, len(sent), step):
        piece = sent[at : at + step]
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:"}
        answer = officer.put(f"/uploads/{id_}", params={"offset": at}, content=piece, headers=headers)
        assert answer.status_code == 200, answer.text
    finished = officer.post(f"/uploads/{id_}/finish")
    assert finished.status_code == 201, finished.text
    return finished.json()


@pytest.mark.parametrize(("kind", "called", "name", "made", "heading"), KINDS, ids=[one[1] for one in KINDS])
def test_each_kind_comes_in_is_kept_read_and_bound(case, tmp_path, kind, called, name, made, heading):
    come_in, case_id = case
    officer = come_in("officer_1")
    me = officer.get("/session").json()["id"]
    told = {
        "kind": kind,
        "taken_at": "2026-03-02T08:45:00+08:00",
        "place": "G105 线 K2486+300",
        "device": "DSJ-GZ-0417",
        "taker_id": me,
        "witnesses": "王小五、赵六",
    }
    whole, sent = made(f"{called}一"), made(f"{called}之二")
    answer = officer.post(f"/cases/{case_id}/evidence", files={"file": (name, whole)}, data=told)
    assert answer.status_code == 201, answer.text
    first, second = answer.json(), in_pieces(officer, case_id, f"续{name}", sent, told)
    for kept, bytes_ in ((first, whole), (second, sent)):
        assert (kept["kind"], kept["size"], kept["taker_id"]) == (kind, len(bytes_), me)
        assert (kept["place"], kept["device"]) == (told["place"], told["device"])
        assert kept["witnesses"] == ["王小五", "赵六"]
        assert kept["taken_at"].startswith("2026-03-02T")
        assert kept["sha256"] == hashlib.sha256(bytes_).hexdigest()
        assert kept["sm3"] == hashlib.new("sm3", bytes_).hexdigest()

    listed = officer.get(f"/cases/{case_id}").json()["evidence"]
    assert [(one["id"], one["kind"], one["name"]) for one in listed] == [
        (first["id"], kind, name),
        (second["id"], kind, f"续{name}"),
    ]

    assert officer.get(f"/cases/{case_id}/evidence/{second['id']}").content == sent
    chain = officer.get(f"/cases/{case_id}/evidence/{second['id']}/custody").json()
    assert chain["faults"] == []
    assert [(one["event"], one["person"]) for one in chain["events"]] == [("received", "张伟"), ("downloaded", "张伟")]
    rows = come_in("audit_admin_1").get("/audit", params={"verb": "evidence.read"}).json()["items"]
    assert [(row["outcome"], row["subject_id"]) for row in rows] == [("read", second["id"])] * 2

    target = tmp_path / "d.zip"
    target.write_bytes(come_in("archivist_1").get(f"/cases/{case_id}/dossier").content)
    assert verify(target).faults == []
    with zipfile.ZipFile(target) as package:
        lines = {one["name"]: one for one in json.loads(package.read("volumes.json"))[0]["items"]}
        hashes = {
            one["path"]: (one["sha256"], one["sm3"]) for one in json.loads(package.read("manifest.json"))["files"]
        }
    for kept, title in ((first, name), (second, f"续{name}")):
        line = lines[title]
        assert (line["section"], line["remark"].partition("；")[0]) == (heading, called)
        assert hashes[line["path"]] == (kept["sha256"], kept["sm3"])


@pytest.mark.parametrize("wrong", [{"kind": "9"}, {"taker_id": "00000000-0000-7000-8000-000000000000"}])
def test_what_the_law_does_not_know_is_no_evidence(case, wrong):
    come_in, case_id = case
    officer = come_in("officer_1")
    told = {"kind": "1", **wrong}
    whole = officer.post(f"/cases/{case_id}/evidence", files={"file": ("a.pdf", scan("一"))}, data=told)
    pieces = officer.post(f"/cases/{case_id}/uploads", json={"name": "a.pdf", "size": 10, **told})
    for answer in (whole, pieces):
        assert (answer.status_code, list(answer.json()["fields"])) == (422, list(wrong)), answer.text
    assert officer.get(f"/cases/{case_id}").json()["evidence"] == []
