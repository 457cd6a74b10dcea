"""S13: every file lies twice; what is damaged is found, put right and told; what is lost is never handed out as if it were whole."""

import hashlib
import io
import os
import threading
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from PIL import Image

import engine
from engine import care
from kernel.errors import Problem
from kernel.files import FileStore
from kernel.ids import uuid7
from kernel.work import Work, system_person
from registers import case, evidence, evidence_copy


def picture(shade=120, size=(640, 480)):
    file = io.BytesIO()
    Image.new("RGB", size, (shade, 30, 200)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def twice(seeded):
    """A node whose files lie twice."""
    care.forget()
    seeded.files = FileStore(seeded.settings.files, seeded.settings.var / "second")
    return seeded


@pytest.fixture
def case_id(work_as, twice):
    work = work_as("officer_1")
    with work.transaction():
        id_ = uuid7()
        case.insert(
            work, id=id_, agency_id=440100, category="01", procedure_type="ordinary", case_status="draft", facts={}
        )
    return id_


def receive(work, case_id, data, name="a.jpg", kind="3"):
    with work.transaction():
        return evidence.receive(work, case_id, data, {"name": name, "kind": kind})


def where(store, row):
    name = bytes(row["sha256"]).hex()
    return [root / name[:2] / name[2:4] / name for root in (store.root, store.second)]


def events(work, row):
    with work.transaction():
        found = evidence.custody(work, row["id"])
        assert evidence.custody_faults(row, found) == []
        return [one["event"] for one in found]


def alerts(work, case_id):
    with work.transaction():
        return [
            r["severity"] for r in work.rows("select severity from alert where subject_id = %s order by id", (case_id,))
        ]


def test_a_file_lies_in_both_directories_from_the_beginning(twice, work_as, case_id):
    row = receive(work_as("officer_1"), case_id, picture())
    assert [path.read_bytes() for path in where(twice.files, row)] == [picture()] * 2


@pytest.mark.parametrize("harm", ["changed", "cut", "gone", "grown"])
def test_a_damaged_first_copy_is_restored_when_it_is_read_and_told(twice, work_as, case_id, harm):
    work = work_as("officer_1")
    row = receive(work, case_id, picture())
    first, _ = where(twice.files, row)
    do_harm(first, harm)
    _, file = evidence.read_stream(work, row["id"])
    with file:
        assert file.read() == picture()
    assert first.read_bytes() == picture()
    assert care.tell(twice) == 1
    assert care.tell(twice) == 0
    assert events(work, row) == ["received", "downloaded", "damaged", "restored"]
    assert alerts(work, case_id) == ["high"]
    with work.transaction():
        assert work.rows("select 1 from incident") == []
        assert work.rows("select state from stored_file") == [{"state": "restored"}]


def do_harm(path, harm):
    if harm == "gone":
        path.unlink()
    else:
        data = path.read_bytes()
        path.write_bytes({"changed": data[:-1] + b"x", "cut": data[:100], "grown": data + b"x"}[harm])


def test_both_copies_damaged_is_an_alert_and_an_incident_and_nothing_is_handed_out(twice, work_as, case_id):
    work = work_as("officer_1")
    row = receive(work, case_id, picture())
    for path in where(twice.files, row):
        do_harm(path, "changed")
    for _ in range(2):
        with pytest.raises(Problem) as refused:
            evidence.read_stream(work, row["id"])
        assert refused.value.remedy
    care.tell(twice)
    assert events(work, row) == ["received", "downloaded", "downloaded", "damaged"]
    assert alerts(work, case_id) == ["critical"]
    with work.transaction():
        [incident] = work.rows("select kind, status, subject_id from incident")
    assert incident == {"kind": "file", "status": "open", "subject_id": case_id}


def test_two_processes_that_tell_at_once_tell_once(twice, work_as, case_id):
    work = work_as("officer_1")
    row = receive(work, case_id, picture())
    do_harm(where(twice.files, row)[0], "changed")
    twice.files.care(bytes(row["sha256"]))
    threads = [threading.Thread(target=care.tell, args=(twice,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert events(work, row) == ["received", "damaged", "restored"]


def test_of_a_thousand_files_each_damage_is_found_by_the_monthly_look(twice, work_as, case_id, clock):
    """S13: 1,000 files; hash at receipt = stored = handed out; any change is found, on either copy, by the sweep alone."""
    work = work_as("officer_1")
    sent = [b"text %d " % n * 50 for n in range(1000)]
    kept = [evidence.accept(twice.files, data, f"{n}.txt") for n, data in enumerate(sent)]
    with work.transaction():
        rows = [evidence.receive(work, case_id, one, {"name": one.name, "kind": "1"}) for one in kept]
    assert [bytes(row["sha256"]) for row in rows] == [hashlib.sha256(data).digest() for data in sent]
    assert all(
        path.read_bytes() == data for row, data in zip(rows, sent, strict=True) for path in where(twice.files, row)
    )
    harms = ("changed", "cut", "gone", "grown")
    for n, row in enumerate(rows[:40]):  # the first copy, then the second
        do_harm(where(twice.files, row)[n >= 20], harms[n % 4])
    clock.move(timedelta(days=1))
    engine.sweep(twice)  # too early: looked at within the month
    assert alerts(work, case_id) == []
    clock.move(timedelta(days=31))
    engine.sweep(twice)
    assert all(
        path.read_bytes() == data for row, data in zip(rows, sent, strict=True) for path in where(twice.files, row)
    )
    for row, data in zip(rows[::50], sent[::50], strict=True):
        _, file = evidence.read_stream(work, row["id"])
        with file:
            assert file.read() == data
    told = [events(work, row) for row in rows]
    told = [[what for what in one if what != "downloaded"] for one in told]
    assert told[:20] == [["received", "damaged", "restored"]] * 20
    assert told[20:] == [["received"]] * 980  # a second copy is made anew without ado
    assert alerts(work, case_id) == ["high"] * 20


def test_evidence_is_not_deleted_before_its_time_not_even_by_the_owner(twice, work_as, case_id, server):
    work = work_as("officer_1")
    row = receive(work, case_id, picture())
    name = psycopg.conninfo.conninfo_to_dict(twice.db.dsn)["dbname"]
    with server.superuser(name) as owner:
        owner.execute("alter table evidence_event disable trigger user")
        owner.execute("delete from evidence_event")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="保管期限"):
            owner.execute("delete from evidence")
        owner.execute("update evidence set retain_until = current_date")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="保管期限"):
            owner.execute("delete from evidence")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("truncate evidence cascade")
    with work.transaction():
        assert evidence.get(work, row["id"])["id"] == row["id"]


# ── copies
def test_a_photo_gets_a_thumbnail_that_names_its_original(twice, work_as, case_id):
    work = work_as("officer_1")
    accepted = evidence.accept(twice.files, picture(size=(3000, 2000)), "现场.jpg")
    told = receive_as_verb(twice, case_id, accepted)
    engine.sweep(twice)
    with work.transaction():
        [copy] = evidence_copy.of(work, [UUID(told["id"])])
        [original] = evidence.of_case(work, case_id)
    assert (copy["form"], copy["name"], copy["media_type"]) == ("thumbnail", "现场.jpg", "image/jpeg")
    with twice.files.open(bytes(copy["sha256"])) as file, Image.open(file) as small:
        assert max(small.size) == 320
    assert bytes(original["sha256"]) == accepted.stored.sha256
    assert events(work, original) == ["received"]


def receive_as_verb(node, case_id, accepted):
    policy_of_officer = Work(node, system_person(440100, "01"))
    return engine.receive_evidence(policy_of_officer, str(case_id), accepted, "3", None, None, None)


def test_a_picture_no_decoder_can_read_has_no_thumbnail_and_makes_no_incident(twice, work_as, case_id):
    file = io.BytesIO()
    Image.new("RGB", (400, 400)).save(file, "BMP")
    accepted = evidence.accept(twice.files, file.getvalue()[:1000], "坏.bmp")
    told = receive_as_verb(twice, case_id, accepted)
    engine.sweep(twice)
    work = work_as("officer_1")
    with work.transaction():
        assert evidence_copy.of(work, [UUID(told["id"])]) == []
        assert work.rows("select status from job where kind = 'thumbnail'") == [{"status": "done"}]


def test_a_full_disk_lets_the_second_copy_wait_for_no_half(twice, monkeypatch):
    """Both copies or none: what cannot be written twice is not kept once."""

    def fails(*_):
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fails)
        with pytest.raises(Problem) as said:
            twice.files.put(picture())
    assert said.value.status == 507
    assert [list(root.glob("??/??/*")) for root in (twice.files.root, twice.files.second)] == [[], []]
