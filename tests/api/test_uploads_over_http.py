"""Evidence in pieces: what stopped goes on where it stopped; nothing half stored; two devices do not mix."""

import base64
import errno
import hashlib
import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import timedelta

import httpx
import pytest

import engine
from api.staff import files
from kernel.files import FileStore
from registers import uploading
from tests.api.conftest import log_in, start

FILM = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + os.urandom(300_000)


def begin(client, case_id, data=FILM, name="执法记录仪.mp4", **told):
    body = {"name": name, "kind": "3", "size": len(data), **told}
    answer = client.post(f"/cases/{case_id}/uploads", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def put(client, upload, offset, piece, digest=None):
    digest = hashlib.sha256(piece).digest() if digest is None else digest
    told = {"Content-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:"}
    return client.put(f"/uploads/{upload['id']}", params={"offset": offset}, content=piece, headers=told)


def send(client, upload, data, at=0, step=100_000):
    while at < len(data):
        answer = put(client, upload, at, data[at : at + step])
        assert answer.status_code == 200, answer.text
        at = answer.json()["received"]


@pytest.fixture
def officer(come_in):
    return come_in("officer_1")


@pytest.fixture
def case_id(officer):
    return start(officer)["case_id"]


def test_a_film_sent_in_pieces_is_evidence_with_both_hashes_and_its_circumstances(officer, case_id, small):
    told = {
        "place": "G105 K2486",
        "device": "DSJ-1",
        "witnesses": "王五、赵六",
        "taken_at": "2026-03-01T10:00:00+08:00",
    }
    upload = begin(officer, case_id, sha256=hashlib.sha256(FILM).hexdigest(), **told)
    send(officer, upload, FILM)
    finished = officer.post(f"/uploads/{upload['id']}/finish")
    assert finished.status_code == 201, finished.text
    kept = finished.json()
    assert (kept["sha256"], kept["sm3"]) == (
        hashlib.sha256(FILM).hexdigest(),
        hashlib.new("sm3", FILM).hexdigest(),
    )
    assert (kept["place"], kept["device"], kept["witnesses"]) == ("G105 K2486", "DSJ-1", ["王五", "赵六"])
    assert officer.get(f"/cases/{case_id}/evidence/{kept['id']}").content == FILM
    again = officer.post(f"/uploads/{upload['id']}/finish")
    assert (again.status_code, again.json()["id"]) == (201, kept["id"])
    assert list((small.files.root / "incoming").iterdir()) == []


def test_what_stopped_goes_on_from_the_byte_where_it_stopped(officer, case_id, address):
    upload = begin(officer, case_id)
    send(officer, upload, FILM[:200_000])
    with closing(log_in(address, "officer_1")) as phone:  # another device of the same officer
        [waiting] = phone.get(f"/cases/{case_id}/uploads").json()
        head = phone.head(f"/uploads/{waiting['id']}")
        assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("200000", str(len(FILM)))
        send(phone, waiting, FILM, at=200_000)
        assert phone.post(f"/uploads/{waiting['id']}/finish").json()["sha256"] == hashlib.sha256(FILM).hexdigest()
    assert officer.get(f"/cases/{case_id}/uploads").json() == []


def test_a_piece_out_of_place_damaged_too_large_or_empty_changes_nothing(officer, case_id):
    upload = begin(officer, case_id)
    send(officer, upload, FILM[:100_000])
    assert put(officer, upload, 150_000, b"x" * 10).json()["code"] == "out_of_place"
    assert put(officer, upload, 50_000, b"x" * 60_000).json()["code"] == "out_of_place"
    damaged = put(officer, upload, 100_000, b"x" * 10, digest=bytes(32))
    assert (damaged.status_code, list(damaged.json()["fields"])) == (422, ["file"])
    assert put(officer, upload, 100_000, b"").status_code == 422
    assert put(officer, upload, 100_000, b"x" * (uploading.PIECE + 1)).status_code == 413
    assert put(officer, upload, 100_000, FILM[100_000:] + b"x").status_code == 409
    assert put(officer, upload, 0, FILM[:100_000]).status_code == 200  # its answer was lost: sent again
    bad = officer.put(
        f"/uploads/{upload['id']}", params={"offset": 0}, content=b"x", headers={"Content-Digest": "md5=x"}
    )
    assert bad.status_code == 422
    unfinished = officer.post(f"/uploads/{upload['id']}/finish")
    assert (unfinished.status_code, unfinished.json()["code"]) == (409, "out_of_place")
    assert officer.get(f"/uploads/{upload['id']}").json()["received"] == 100_000


def test_two_devices_that_send_the_same_piece_at_once_do_not_mix(officer, case_id, address):
    upload = begin(officer, case_id)
    answers = []

    def device(fill):
        with closing(log_in(address, "officer_1")) as client:
            answers.append((fill, put(client, upload, 0, fill * 100_000).status_code))

    threads = [threading.Thread(target=device, args=(fill,)) for fill in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for _, status in answers) == [200, 409]
    [won] = [fill for fill, status in answers if status == 200]
    assert put(officer, upload, 0, won * 100_000).status_code == 200
    assert officer.get(f"/uploads/{upload['id']}").json()["received"] == 100_000


def test_what_pretends_is_refused_at_the_end_and_leaves_no_evidence(officer, case_id, small):
    program = b"MZ" + bytes(1000)
    upload = begin(officer, case_id, program)
    send(officer, upload, program)
    refused = officer.post(f"/uploads/{upload['id']}/finish")
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["file"])
    other = begin(officer, case_id, sha256="0" * 64)
    send(officer, other, FILM)
    assert officer.post(f"/uploads/{other['id']}/finish").status_code == 422
    assert officer.get(f"/cases/{case_id}").json()["evidence"] == []
    for one in (upload, other):
        assert officer.delete(f"/uploads/{one['id']}").json()["state"] == "given_up"
    assert list((small.files.root / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"name": "a.exe"}, 422, "file"),
        ({"name": "照片"}, 422, "file"),
        ({"size": 0}, 422, "size"),
        ({"size": 2 << 30}, 413, None),
        ({"sha256": "xx"}, 422, "sha256"),
        ({"taken_at": "2026-03-01"}, 422, "taken_at"),
        ({"taker_id": "00000000-0000-0000-0000-000000000000"}, 422, "taker_id"),
    ],
)
def test_a_beginning_that_is_wrong_says_what_and_begins_nothing(officer, case_id, change, status, field):
    body = {"name": "a.mp4", "kind": "3", "size": 100, **change}
    answer = officer.post(f"/cases/{case_id}/uploads", json=body)
    assert answer.status_code == status, answer.text
    if field:
        assert field in answer.json()["fields"]
    assert officer.get(f"/cases/{case_id}/uploads").json() == []


def test_others_do_not_find_my_upload(officer, case_id, come_in):
    upload = begin(officer, case_id)
    for login in ("officer_2", "sister_officer"):
        assert come_in(login).get(f"/uploads/{upload['id']}").status_code == 404
        assert put(come_in(login), upload, 0, b"x").status_code == 404
    assert (
        come_in("sister_officer")
        .post(f"/cases/{case_id}/uploads", json={"name": "a.mp4", "kind": "3", "size": 9})
        .status_code
        == 404
    )


def test_what_nobody_finishes_is_cleared_away(officer, case_id, small, clock, address):
    upload = begin(officer, case_id)

    def later(hours):
        clock.move(timedelta(hours=hours))
        engine.sweep(small)
        return log_in(address, "officer_1")

    with closing(later(30)) as client:
        send(client, upload, FILM[:100_000])
    with closing(later(30)) as client:  # 60 hours after the beginning, 30 after the last piece
        assert client.get(f"/uploads/{upload['id']}").json()["state"] == "open"
    with closing(later(19)) as client:
        assert client.get(f"/uploads/{upload['id']}").json()["state"] == "expired"
        assert put(client, upload, 100_000, b"x").status_code == 409
    assert list((small.files.root / "incoming").iterdir()) == []


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EIO, 503)])
def test_a_store_that_takes_nothing_keeps_nothing_and_says_so(officer, case_id, small, monkeypatch, number, status):
    """F11: the store answers as a full or dead disk does; what the officer has sent stays where it was."""
    upload = begin(officer, case_id)
    send(officer, upload, FILM)

    def fails(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fails)
        whole = officer.post(f"/cases/{case_id}/evidence", files={"file": ("a.mp4", FILM)}, data={"kind": "3"})
        finish = officer.post(f"/uploads/{upload['id']}/finish")
    for answer in (whole, finish):
        assert answer.status_code == status, answer.text
        assert answer.json()["remedy"]
    assert officer.get(f"/cases/{case_id}").json()["evidence"] == []
    assert list(small.files.all()) == []
    assert [p.name for p in (small.files.root / "incoming").iterdir()] == [f"upload-{upload['id']}"]
    assert officer.post(f"/uploads/{upload['id']}/finish").status_code == 201  # the disk has room again


def test_a_store_that_hangs_keeps_nobody_else_waiting(officer, case_id, monkeypatch):
    """F11: the store takes its time; desk and cases answer meanwhile, who comes too many is told, what was taken is kept."""
    monkeypatch.setattr(files, "_PATIENCE", 1)
    go_on, real, answers = threading.Event(), os.fsync, []

    def hangs(descriptor):
        assert go_on.wait(60)
        real(descriptor)

    def sends(number):
        told = {"files": {"file": ("a.mp4", FILM + bytes([number]))}, "data": {"kind": "3"}}
        answers.append(officer.post(f"/cases/{case_id}/evidence", **told))

    threads = [threading.Thread(target=sends, args=(number,)) for number in range(files._AT_ONCE + 3)]
    with monkeypatch.context() as slow:
        slow.setattr(os, "fsync", hangs)
        for thread in threads:
            thread.start()
        for _ in range(1200):
            if len(answers) == 3:
                break
            time.sleep(0.05)
        assert [(a.status_code, "稍后重试" in a.json()["remedy"]) for a in answers] == [(503, True)] * 3
        for path in ("/tasks", f"/cases/{case_id}", "/cases"):
            assert officer.get(path).status_code == 200, path  # one that hung as the others do would never answer
        go_on.set()
        for thread in threads:
            thread.join(60)
    assert sorted(a.status_code for a in answers) == [201] * files._AT_ONCE + [503] * 3
    assert len(officer.get(f"/cases/{case_id}").json()["evidence"]) == files._AT_ONCE


@contextmanager
def at_most(size):
    """No file of this process grows beyond so many bytes: the system refuses, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_temporary_directory_without_room_is_said_and_keeps_nothing(officer, case_id, small):
    """F11: what is sent in lies aside until it is judged; that place may be full while the store is not."""
    film = FILM + bytes(10 << 20)
    raw = {"params": {"kind": "3", "name": "a.mp4"}, "headers": {"Content-Type": "application/octet-stream"}}
    address = f"/cases/{case_id}/evidence"
    with at_most(2 << 20):
        answers = [
            officer.post(address, files={"file": ("a.mp4", film)}, data={"kind": "3"}),
            officer.post(address, content=film, **raw),
        ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (507, "storage_full"), answer.text
    assert officer.get(f"/cases/{case_id}").json()["evidence"] == []
    assert list(small.files.all()) == list((small.files.root / "incoming").iterdir()) == []
    kept = officer.post(address, content=film, **raw)
    assert kept.status_code == 201, kept.text
    copies = f"{address}/{kept.json()['id']}/copies"
    with at_most(2 << 20):
        copy = officer.post(copies, files={"file": ("a.mp4", film)}, data={"form": "crop", "note": "截取"})
    assert (copy.status_code, copy.json()["code"]) == (507, "storage_full"), copy.text


def test_many_that_finish_at_once_get_the_same_evidence(officer, case_id, address, small):
    upload = begin(officer, case_id)
    send(officer, upload, FILM)
    answers, ready = [], threading.Barrier(6)

    def finish():
        with closing(httpx.Client(base_url=officer.base_url, cookies=officer.cookies, headers=officer.headers)) as one:
            ready.wait()
            answers.append(one.post(f"/uploads/{upload['id']}/finish", timeout=300))

    threads = [threading.Thread(target=finish) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert {a.status_code for a in answers} == {201}, [a.text for a in answers]
    assert len({a.json()["id"] for a in answers}) == 1
    assert len(officer.get(f"/cases/{case_id}").json()["evidence"]) == 1
    assert list((small.files.root / "incoming").iterdir()) == []


def test_a_full_disk_under_a_real_limit_keeps_nothing(tmp_path):
    """The same with the system's own limit on file size instead of a double."""
    script = (
        "import resource,signal,sys,pathlib;signal.signal(signal.SIGXFSZ,signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE,(1<<20,1<<20));"
        "from kernel.files import FileStore,StorageFull;s=FileStore(pathlib.Path(sys.argv[1]));\n"
        "try:\n s.put(b'x'*(3<<20))\nexcept StorageFull as e:\n print(e.status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True, cwd=os.getcwd()
    )
    assert done.stdout.strip().endswith("507")
    assert list(FileStore(tmp_path).all()) == []
    assert list((tmp_path / "incoming").iterdir()) == []
