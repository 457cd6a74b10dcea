"""S8 and the chain of custody: nothing comes in under a false name, nothing that came in changes or vanishes unseen."""

import io
import struct
import tracemalloc
import wave
import zipfile

import psycopg
import pytest
from PIL import Image

from content import packed as packed_content
from kernel.errors import InvalidAnswers, NotFound, Unavailable
from kernel.files import Damaged, FileStore, TooLarge
from kernel.ids import uuid7
from registers import case, evidence, scope, upload


def picture(kind="JPEG", size=(40, 30)):
    file = io.BytesIO()
    Image.new("RGB", size, (120, 30, 200)).save(file, kind)
    return file.getvalue()


def packed(members, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


CONTENT_TYPES = b'<?xml version="1.0"?><Types/>'
DOCX = {"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": b"<w:document/>"}


def sound():
    file = io.BytesIO()
    with wave.open(file, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(8000)
        target.writeframes(b"\0\1" * 4000)
    return file.getvalue()


def link_inside():
    member = zipfile.ZipInfo("word/passwd")
    member.external_attr = 0o120777 << 16
    file = io.BytesIO(packed(DOCX))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(member, "/etc/passwd")
    return file.getvalue()


def encrypted_flag():
    data = bytearray(packed(DOCX))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def only_listed(count):
    """A ZIP with one member and a list in which it stands so many times."""
    name = b"word/document.xml"
    body = b"PK\x03\x04" + bytes(22) + struct.pack("<HH", len(name), 0) + name
    row = b"PK\x01\x02" + struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), *[0] * 4, 0, 0) + name
    told = struct.pack("<4H2IH", 0, 0, count & 0xFFFF, count & 0xFFFF, len(row) * count, len(body), 0)
    return body + row * count + b"PK\x05\x06" + told


MP4 = struct.pack(">I", 24) + b"ftypisom\0\0\2\0isomiso2" + b"\0" * 100
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

GOOD = {
    "现场照片.jpg": picture(),
    "称重单.PNG": picture("PNG"),
    "a.gif": picture("GIF"),
    "a.bmp": picture("BMP"),
    "a.webp": picture("WEBP"),
    "a.tiff": picture("TIFF"),
    "执法记录仪.mp4": MP4,
    "录音.wav": sound(),
    "检定证书.pdf": PDF,
    "询问笔录.docx": packed(DOCX),
    "称重数据.xlsx": packed({"[Content_Types].xml": CONTENT_TYPES, "xl/workbook.xml": b"<x/>"}),
    "文件.ofd": packed({"OFD.xml": b"<ofd/>"}),
    "说明.txt": "车货总重 55000 千克".encode(),
    "旧系统.csv": "车牌,总重\n粤A12345,55000\n".encode("gb18030"),
    "a.b.jpg": picture(),
}

BAD = {
    "nothing": ("a.jpg", b""),
    "a program": ("a.exe", b"MZ" + b"\0" * 100),
    "a program named as a picture": ("a.jpg", b"MZ" + b"\0" * 100),
    "a page": ("a.html", b"<html></html>"),
    "drawing with script": ("a.svg", b"<svg><script>alert(1)</script></svg>"),
    "double extension": ("照片.jpg.exe", picture()),
    "runnable inner extension": ("a.php.jpg", picture()),
    "runnable inner extension 2": ("a.exe.pdf", PDF),
    "no extension": ("照片", picture()),
    "only an extension": (".jpg", picture()),
    "reversed name": ("照片\u202egpj.exe", picture()),
    "null in the name": ("a.exe\0.jpg", b"MZ"),
    "png named jpg": ("a.jpg", picture("PNG")),
    "jpg named pdf": ("a.pdf", picture()),
    "zip named docx": ("a.docx", packed({"a.txt": b"x"})),
    "xlsx named docx": ("a.docx", GOOD["称重数据.xlsx"]),
    "macro": ("a.docx", packed({**DOCX, "word/vbaProject.bin": b"x"})),
    "macro by content type": (
        "a.docx",
        packed(
            {**DOCX, "[Content_Types].xml": b"<Types>application/vnd.ms-word.document.macroEnabled.main+xml</Types>"}
        ),
    ),
    "macro extension": ("a.docm", packed(DOCX)),
    "control inside": ("a.docx", packed({**DOCX, "word/activeX/activeX1.xml": b"x"})),
    "archive inside": ("a.docx", packed({**DOCX, "word/embeddings/a.zip": b"x"})),
    "bomb": ("a.docx", packed({**DOCX, "word/media/a.bmp": b"\0" * (64 << 20)})),
    "many members": ("a.docx", packed({**DOCX, **{f"word/{n}": b"" for n in range(5_001)}})),
    "way out": ("a.docx", packed({**DOCX, "../../etc/cron.d/x": b"x"})),
    "absolute path": ("a.docx", packed({**DOCX, "/etc/passwd": b"x"})),
    "windows way out": ("a.docx", packed({**DOCX, "..\\..\\x": b"x"})),
    "link inside": ("a.docx", link_inside()),
    "encrypted": ("a.docx", encrypted_flag()),
    "no content types": ("a.docx", packed({"word/document.xml": b"x"})),
    "docx with a tail": ("a.docx", packed(DOCX) + b"MZ tail"),
    "docx behind a picture": ("a.docx", picture() + packed(DOCX)),
    "picture and archive": ("a.jpg", picture() + packed({"a.html": b"x"})),
    "png and archive": ("a.png", picture("PNG") + packed({"a.html": b"x"})),
    "png and tail": ("a.png", picture("PNG") + b"tail"),
    "gif and script": ("a.gif", picture("GIF") + b"<script>alert(1)</script>"),
    "picture and php": ("a.jpg", picture() + b"<?php system($_GET[0]);"),
    "picture and pdf": ("a.jpg", picture() + PDF),
    "picture and program": ("a.jpg", picture() + b"MZ" + b"\0" * 80),
    "film and archive": ("a.mp4", MP4 + packed({"a.jar": b"x"})),
    "pdf and archive": ("a.pdf", PDF + packed({"a.html": b"x"})),
    "pdf cut short": ("a.pdf", PDF[:20]),
    "pdf behind something": ("a.pdf", b"x" + PDF),
    "picture cut short": ("a.png", picture("PNG")[:60]),
    "picture of nothing": ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 50),
    "page as text": ("a.txt", b"  <html><body>x</body></html>"),
    "script in a table": ("a.csv", b"a,b\n<script>x</script>,1"),
    "drawing in a table": ("a.csv", b"x,<svg onload=alert(1)>"),
    "picture tag in a text": ("a.txt", b"x <img src=x onerror=alert(1)>"),
    "page behind the head of a pdf": ("a.pdf", b"%PDF-1.4\n<!doctype html><script>x</script>\n%%EOF"),
    "nothing but a list of members": ("a.docx", only_listed(150_000)),
    "a list of members behind another end": ("a.docx", only_listed(101_000) + b"PK\x05\x06"),
    "binary as text": ("a.txt", b"abc\0\1\2def"),
    "bytes as text": ("a.txt", b"\xff\xfe\xfd\xfc\x81"),
    "old office": ("a.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 100),
    "old office as docx": ("a.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 100),
    "archive": ("a.zip", packed({"a": b"x"})),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_officers_bring_comes_in(name):
    examined = upload.examine(io.BytesIO(GOOD[name]), name)
    assert examined.size == len(GOOD[name])
    assert examined.name.rpartition(".")[2] == name.rpartition(".")[2].lower()


@pytest.mark.parametrize("what", BAD)
def test_what_pretends_is_refused_in_chinese_and_not_stored(tmp_path, what):
    name, data = BAD[what]
    files = FileStore(tmp_path)
    with pytest.raises(InvalidAnswers) as refused:
        evidence.accept(files, data, name)
    assert any("\u4e00" <= c <= "\u9fff" for c in refused.value.fields["file"])
    assert list(files.all()) == []


def test_a_long_list_of_members_is_refused_before_anything_reads_it():
    """The library would make an object of each: half a gigabyte of them ends the server."""
    data = io.BytesIO(only_listed(300_000))
    tracemalloc.start()
    with pytest.raises(InvalidAnswers):
        upload.examine(data, "a.docx")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 20
    with pytest.raises(InvalidAnswers):
        packed_content.unpack(data)


@pytest.mark.parametrize("second", [False, True])
def test_a_damaged_file_in_a_store_that_takes_nothing_is_a_fault_that_is_told(tmp_path, second):
    """A read-only or full store: nothing can be set aside or noted. No wrong byte goes out, and what is wrong is said."""
    files = FileStore(tmp_path / "one", tmp_path / "two" if second else None)
    kept = files.put(PDF)
    path = next(files.all())
    path.write_bytes(PDF[:-1] + b"x")
    for folder in ("findings", "damaged"):  # what can be no folder takes nothing, even from the owner of the machine
        (files.root / folder).touch()
    with pytest.raises((Damaged, Unavailable)):
        files.open(kept.sha256)
    for folder in ("findings", "damaged"):
        (files.root / folder).unlink()
    if second:
        assert files.read(kept.sha256) == PDF, "there is room again"
    else:
        with pytest.raises(Damaged):
            files.open(kept.sha256)


class Endless(io.RawIOBase):
    """A file of two gigabytes that takes no room."""

    def __init__(self):
        self.at = 0

    def seekable(self):
        return True

    def seek(self, at, whence=0):
        self.at = (2 << 30) + at if whence == 2 else at
        return self.at

    def read(self, size=-1):
        raise AssertionError("nobody reads what is too large")


def test_two_gigabytes_are_refused_before_they_are_read():
    with pytest.raises(TooLarge):
        upload.examine(Endless(), "a.mp4")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\fakepath\\现场.JPG", "现场.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie_ x.jpg"),
        ('a"<b>.jpg', "a__b_.jpg"),
        ("照" * 300 + ".jpg", "照" * 116 + ".jpg"),
        ("...照片.jpg", "照片.jpg"),
        ("e\u0301.jpg", "é.jpg"),
    ],
)
def test_names_are_cleaned(sent, kept):
    assert upload.clean_name(sent) == kept


@pytest.fixture
def received(work_as):
    """A photo received as evidence of a case: (work of the officer, case id, row)."""
    work = work_as("officer_1")
    with work.transaction():
        case_id = uuid7()
        case.insert(
            work, id=case_id, agency_id=440100, category="01", procedure_type="ordinary", case_status="draft", facts={}
        )
        row = evidence.receive(
            work,
            case_id,
            io.BytesIO(GOOD["现场照片.jpg"]),
            {
                "name": "现场照片.jpg",
                "kind": "photo",
                "taken_at": work.now,
                "place": "G15 K100",
                "facts": {"camera": "1"},
            },
        )
    return work, case_id, row


def test_evidence_is_kept_by_its_hashes_with_its_first_event(received, seeded):
    work, case_id, row = received
    assert seeded.files.read(row["sha256"]) == GOOD["现场照片.jpg"]
    with work.transaction():
        [kept] = evidence.of_case(work, case_id)
        assert (kept["name"], kept["media_type"], kept["place"], kept["facts"]) == (
            "现场照片.jpg",
            "image/jpeg",
            "G15 K100",
            {"camera": "1"},
        )
        events = evidence.custody(work, row["id"])
        assert [e["event"] for e in events] == ["received"]
        assert evidence.custody_faults(kept, events) == []


def test_every_reading_is_an_event_and_an_audit_row_before_a_byte_goes_out(received):
    work, _, row = received
    found, file = evidence.read_stream(work, row["id"])
    with file:
        assert file.read() == GOOD["现场照片.jpg"]
    with work.transaction():
        assert [e["event"] for e in evidence.custody(work, row["id"])] == ["received", "downloaded"]
        assert work.rows("select subject_id, outcome from audit_entry where verb = 'evidence.read'") == [
            {"subject_id": str(row["id"]), "outcome": "read"}
        ]
    assert found["id"] == row["id"]


def test_evidence_is_absent_for_others_and_opens_over_a_share(received, work_as):
    work, case_id, row = received
    sister = work_as("sister_officer")
    with pytest.raises(NotFound):
        evidence.read_stream(sister, row["id"])
    with pytest.raises(NotFound):
        evidence.read_stream(sister, row["id"], case_id=case_id)
    with work.transaction():
        scope.grant(work, case_id, 440300, "协查")
    _, file = evidence.read_stream(sister, str(row["id"]), case_id=str(case_id))
    file.close()
    with work.transaction():
        other = uuid7()
        case.insert(
            work, id=other, agency_id=440100, category="01", procedure_type="ordinary", case_status="draft", facts={}
        )
        scope.grant(work, other, 440300, "协查")
    with pytest.raises(NotFound):  # a share of one case opens no evidence of another
        evidence.read_stream(sister, row["id"], case_id=other)
    with work.transaction():
        last = evidence.custody(work, row["id"])[-1]
    assert (last["event"], last["person_id"]) == ("downloaded", sister.person.id)


def test_a_changed_or_lost_file_is_found_and_written_down(received, seeded):
    work, _, row = received
    with work.transaction():
        assert evidence.verify_file(work, row["id"])
    [path] = seeded.files.all()
    path.write_bytes(b"other")
    with work.transaction():
        assert not evidence.verify_file(work, row["id"])
    path.unlink()
    with work.transaction():
        assert not evidence.verify_file(work, row["id"])
        assert [e["event"] for e in evidence.custody(work, row["id"])] == ["received", "verified", "damaged", "damaged"]


def test_custody_is_only_added_to(received):
    work, _, _ = received
    for attempt in ("update evidence_event set event = 'read'", "delete from evidence_event"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), work.transaction():
            work.execute(attempt)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), work.transaction():
        work.execute("delete from evidence")


@pytest.mark.parametrize(
    "attack",
    [
        "update evidence_event set event = 'verified' where seq = 2",
        "update evidence_event set at = at - interval '1 hour' where seq = 2",
        "update evidence_event set person_id = gen_random_uuid() where seq = 3",
        "update evidence_event set detail = 'x' where seq = 1",
        "delete from evidence_event where seq = 2",
        "delete from evidence_event where seq = 1",
        "delete from evidence_event",
        "update evidence set sm3 = sha256(sm3)",
    ],
)
def test_a_custody_changed_behind_the_back_is_found(received, server, seeded, attack):
    work, case_id, row = received
    with work.transaction():
        evidence.event(work, row["id"], "read")
        evidence.event(work, row["id"], "downloaded")
    with server.superuser(psycopg.conninfo.conninfo_to_dict(seeded.db.dsn)["dbname"]) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(attack)
    with work.transaction():
        [kept] = evidence.of_case(work, case_id)
        assert evidence.custody_faults(kept, evidence.custody(work, row["id"])) != []
