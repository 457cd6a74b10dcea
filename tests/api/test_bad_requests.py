"""S1 for JSON, S8 for uploads: whatever is sent in, the answer is a Chinese 4xx within two seconds, never a 500."""

import copy
import io
import json
import random
import re
import socket
import time
import zipfile

import pytest
from PIL import Image

from tests.api.conftest import start

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CASE = {
    "process": "small_case",
    "agency_id": 440100,
    "category": "01",
    "facts": {"case_cause": "超限运输", "plate_no": "粤A12345"},
}
# Values that belong nowhere, and some that only look right.
ODD = [
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**400, 1e308, 0.1, -0.0, "", " ", "0", "null", "\u0000", "a\u0000b", "\ud83d\ude00",
    "粤" * 5000, "'; drop table account; --", "${7*7}", "{{7*7}}", "<script>alert(1)</script>", "../../etc/passwd", "%00", "\u202e倒", "\r\n",
    "9999-99-99", "2026-02-30", "2026-03-02T09:00:00", "99999-01-01", "0001-01-01T00:00:00+00:00", "1e400", "NaN", "Infinity", "-Infinity",
    "0198f3a2-6a51-7cc3-9d0f-6d0d0c7f2b11", [], [[]], {}, {"": ""}, [None] * 1000, ["x"] * 50, {"a": {"b": {"c": {}}}}, {"$ne": None}, [1, "1", None],
]  # fmt: skip
# Whole bodies that are no JSON objects of ours.
BODIES = [
    b"", b" ", b"{", b"}", b"[", b"]", b"[]", b"null", b"true", b"1", b'"x"', b"{}", b"{]", b"[}", b"{,}", b'{"a"}', b'{"a":}', b'{"a":1,}', b"{'a':1}",
    b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1e999}', b'{"a":01}', b'{"a":+1}', b'{"a":.5}', b'{"a":1.}', b'{"a":"\xff"}', b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}", b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b'{"\\u0000":1}', b'{"a":"\n"}', b'{"a":1}{"b":2}', b"/*x*/{}", b"<xml/>", b"a=1&b=2", b"\x00" * 100,
    b"[" * 100_000, b'{"a":' * 60_000, b"[" * 51 + b"]" * 51, b"[" * 900 + b"]" * 900, b'{"facts":' * 51 + b"{}" + b"}" * 51,
    b"[" + b"1," * 150_000 + b"1]", b'{"a":"' + b"x" * 2_000_000, b'"' + b'\\"' * 500_000, b'{"a":' + b"9" * 5_000 + b"}", b'{"process":"small_case"}',
    b'{"process":"small_case","process":"b"}', b'{"__proto__":{"x":1}}', b'{"constructor":1}',
]  # fmt: skip


def judge(answer, seconds, what):
    """The one rule; `seconds` of the processor, of the server (a thread here) and the client together."""
    assert answer.status_code < 500, (what, answer.text[:300])
    assert seconds <= 2, (what, seconds)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", what
        body = answer.json()
        assert CHINESE.search(body["title"]), what
        assert CHINESE.search(body["detail"]), what
        assert all(CHINESE.search(text) for text in body.get("fields", {}).values()), (what, body["fields"])


def send(client, method, path, **what):
    begin = time.process_time()
    answer = client.request(method, path, **what)
    judge(answer, time.process_time() - begin, (method, path, str(what)[:300]))
    return answer


@pytest.fixture
def officer(come_in):
    return come_in("officer_1")


def test_bodies_that_are_no_json_of_ours(officer):
    task = start(officer)["tasks"][0]["id"]
    doors = [
        ("POST", "/cases"),
        ("POST", f"/tasks/{task}/complete"),
        ("PUT", f"/tasks/{task}/draft"),
        ("POST", "/session"),
    ]
    for method, path in doors:
        for body in BODIES:
            answer = send(
                officer, method, path, content=body, headers={"Content-Type": "application/json", "If-Match": '"1"'}
            )
            assert answer.status_code >= 400, (path, body[:80])
    for kind in (
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/json; charset=utf-16",
    ):
        send(officer, "POST", "/cases", content=b'{"a":1}', headers={"Content-Type": kind})


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))


def changed(value, path, new):
    if not path:
        return new
    made = copy.deepcopy(value)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return made


def test_every_place_of_a_body_with_every_odd_value(officer):
    started = start(officer)
    task, case_id, instance = started["tasks"][0]["id"], started["case_id"], started["instance_id"]
    bodies = [
        ("POST", "/cases", CASE),
        ("POST", f"/tasks/{task}/complete", {"answers": {"case_summary": "x"}}),
        ("POST", f"/tasks/{task}/hand-over", {"to_officer_id": case_id, "reason": "x"}),
        ("POST", f"/cases/{case_id}/messages", {"message": "reply", "facts": {"remark": "x"}}),
        ("POST", f"/instances/{instance}/move", {"targets": ["fill"], "reason": "x"}),
    ]
    tried = 0
    for method, path, body in bodies:
        for place in places(body):
            for odd in ODD:
                try:
                    text = json.dumps(changed(body, place, odd))
                except (KeyError, TypeError):
                    continue
                send(officer, method, path, content=text.encode(), headers={"Content-Type": "application/json"})
                tried += 1
    assert tried >= 200


def mutated(text, rnd):
    """The text with some bytes cut, doubled, swapped or replaced."""
    data = bytearray(text)
    for _ in range(rnd.randint(1, 6)):
        at = rnd.randrange(len(data))
        match rnd.randrange(4):
            case 0:
                del data[at : at + rnd.randint(1, 8)]
            case 1:
                data[at:at] = data[at : at + rnd.randint(1, 20)]
            case 2:
                data[at] = rnd.randrange(256)
            case 3:
                data[at:at] = rnd.choice(
                    [b"{", b"}", b"[", b'"', b"\\", b"\x00", b"null", b"1e9", b"\\u0000", b"\xf0\x9f"]
                )
        if not data:
            return b""
    return bytes(data)


@pytest.mark.parametrize("count", [300, pytest.param(2_000, marks=pytest.mark.long)])
def test_mutated_bodies(officer, count):
    rnd = random.Random(20260302)
    text = json.dumps(CASE, ensure_ascii=False).encode()
    for _ in range(count):
        send(officer, "POST", "/cases", content=mutated(text, rnd), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    "path",
    [
        "/tasks/not-an-id", "/tasks/%00", "/tasks/%ff", "/cases/..%2f..%2fetc", "/cases?limit=0", "/cases?limit=201", "/cases?limit=x", "/cases?after=x",
        "/cases?after=W10=", "/cases?after=WyJ4IiwieSJd", "/cases?number=%00", "/cases?number=%ff", "/cases?party=" + "甲" * 300, "/cases?category=99",
        "/tasks?box=all", "/tasks?after=%F0%9F%98%80", "/tasks?after=" + "A" * 401, "/tasks?after=bnVsbA", "/tasks?after=WyIyMDI2IiwieCJd",
        "/incidents?after=x", "/officers?role=officer", "/officers?role=a;b&agency_id=1&category=01", "/officers?role=officer&agency_id=99999999999&category=01",
        "/processes/UPPER/form", "/processes/none/form", "/cases?x=" + "y" * 9000,
    ],
)  # fmt: skip
def test_odd_addresses(officer, path):
    assert send(officer, "GET", path).status_code in (400, 403, 404, 409, 422)


def test_odd_headers(officer):
    task = start(officer)["tasks"][0]["id"]
    body = {"answers": {}}
    for value in ("", "x" * 201, "\u00ff".encode("latin-1"), '"1"', "-1", "1.5", "99999999999999999999", "*"):
        send(officer, "PUT", f"/tasks/{task}/draft", json=body, headers={"If-Match": value})
        send(officer, "POST", f"/tasks/{task}/claim", headers={"Idempotency-Key": value})
        send(
            officer,
            "GET",
            "/tasks",
            headers={"Cookie": b"zc_session=" + (value if isinstance(value, bytes) else value.encode())},
        )


@pytest.mark.parametrize(
    "path",
    ["/absences", "/news", "/watched", "/exports", "/inspection-plans", "/watch-list", "/cases", "/tasks", "/alerts"],
)
@pytest.mark.parametrize(
    "mark", ["x", "|", "1|2", "W10=", "WzEsMl0", "WyIyMDI2LTAzLTAyVDAwOjAwOjAwKzAwOjAwIiw1XQ", "\u00e9"]
)
def test_what_is_no_mark_of_a_page_is_named(come_in, path, mark):
    answer = send(come_in("unit_head_1"), "GET", path, params={"after": mark})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["after"]), answer.text


@pytest.mark.parametrize("number", [str(2**63), str(-(2**63) - 1), "9" * 400, "1e300"])
def test_a_number_that_no_column_holds_ends_at_the_door(officer, number):
    body = b'{"process": "small_case", "agency_id": %s, "category": "01", "facts": {}}' % number.encode()
    answer = send(officer, "POST", "/cases", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text


def test_a_key_used_for_one_act_gets_no_answer_of_another(officer):
    """Two acts of the same right on the same record: the second is not taken for a repetition of the first."""
    case_id = start(officer)["case_id"]
    key = {"Idempotency-Key": "once"}
    first = officer.post(f"/cases/{case_id}/follow", headers=key)
    assert officer.post(f"/cases/{case_id}/follow", headers=key).json() == first.json()
    assert send(officer, "POST", f"/cases/{case_id}/unfollow", headers=key).status_code == 422
    assert [one["case_id"] for one in officer.get("/watched", params={"box": "follow"}).json()["items"]] == [case_id]


# ---------------------------------------------------------------------- S8
def picture():
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "JPEG")
    return file.getvalue()


def packed(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/"), body)
    return file.getvalue()


def linked():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
        info = zipfile.ZipInfo("word/link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return file.getvalue()


BAD_FILES = [
    ("empty.jpg", b""),
    ("no_extension", picture()),
    ("photo.jpg.exe", picture()),
    ("photo.exe.jpg", picture()),
    ("photo.png", picture()),
    ("page.html", b"<html></html>"),
    ("run.jpg", b"MZ\x90\x00" + b"\x00" * 100),
    ("run.pdf", b"\x7fELF" + b"\x00" * 100),
    ("poly.jpg", picture() + packed(a="b")),
    ("script.jpg", picture() + b"<script>alert(1)</script>"),
    ("php.gif", b"GIF89a<?php system('id'); ?>"),
    ("half.pdf", b"%PDF-1.7\nhello"),
    ("macro.docx", packed(word__document__xml="x", **{"word__document.xml": "<x/>", "word__vbaProject.bin": "x"})),
    ("bomb.docx", packed(**{"word__document.xml": b"0" * (260 << 20)})),
    ("slip.docx", packed(**{"word__document.xml": "<x/>", "..__..__evil": "x"})),
    ("link.docx", linked()),
    ("archive.zip", packed(a="b")),
    ("macro.docm", packed(**{"word__document.xml": "<x/>"})),
    ("vector.svg", b"<svg onload='alert(1)'/>"),
]


def test_files_that_may_not_come_in(officer, small):
    case_id = start(officer)["case_id"]
    for name, body in BAD_FILES:
        answer = send(officer, "POST", f"/cases/{case_id}/evidence", files={"file": (name, body)}, data={"kind": "3"})
        assert answer.status_code == 422, (name, answer.status_code, answer.text)
    assert officer.get(f"/cases/{case_id}").json()["evidence"] == []
    assert list(small.files.all()) == []
    assert list((small.files.root / "incoming").iterdir()) == []


def test_names_that_lead_elsewhere_are_only_names(officer, small):
    case_id = start(officer)["case_id"]
    for name in (
        "../../../etc/cron.d/x.jpg",
        "C:\\Windows\\x.jpg",
        "a\r\nSet-Cookie: x=y.jpg",
        "\u202egpj.exe.jpg",
        "x" * 500 + ".jpg",
    ):
        answer = send(
            officer,
            "POST",
            f"/cases/{case_id}/evidence",
            params={"name": name, "kind": "3"},
            content=picture(),
            headers={"Content-Type": "application/octet-stream"},
        )
        if answer.status_code == 201:
            row = answer.json()
            assert not re.search(r"[/\\\r\n\u202e]", row["name"])
            got = officer.get(f"/cases/{case_id}/evidence/{row['id']}")
            assert got.headers["content-disposition"].startswith("attachment")
            assert "set-cookie" not in got.headers
    assert {p.name for p in small.files.all()} <= {p.name for p in small.files.root.glob("??/??/*")}


def test_what_is_too_large_is_refused_before_it_is_read(officer):
    case_id = start(officer)["case_id"]
    for path, length in ((f"/cases/{case_id}/evidence", 2 << 30), ("/cases", 3 << 20)):
        answer = officer.build_request("POST", path, content=b"x", headers={"Content-Type": "application/octet-stream"})
        answer.headers["Content-Length"] = str(length)
        judge_status(raw_answer(officer, answer, length))


def raw_answer(client, request, length):
    """Sends the head of a request that promises more than it may, and nothing of it: who waited for it would wait in vain."""
    url = client.base_url
    lines = [f"{request.method} {request.url.raw_path.decode()} HTTP/1.1"] + [
        f"{k}: {v}" for k, v in request.headers.items()
    ]
    cookie = "; ".join(f"{k}={v}" for k, v in client.cookies.items())
    with socket.create_connection((url.host, url.port), timeout=300) as sock:
        sock.sendall(("\r\n".join([*lines, f"cookie: {cookie}"]) + "\r\n\r\n").encode())
        got = b""
        while piece := sock.recv(4096):
            got += piece
        return got.decode()


def judge_status(text):
    assert text.startswith("HTTP/1.1 413"), text
    assert "请求超过上限" in text or "请求过大" in text


def test_a_stream_that_grows_too_large_is_cut_off(officer):
    def pieces():
        for _ in range(3):
            yield b"x" * (1 << 20)

    answer = send(officer, "POST", "/cases", content=pieces(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_a_missing_file_and_wrong_fields_are_named(officer):
    case_id = start(officer)["case_id"]
    assert (
        "file"
        in send(
            officer, "POST", f"/cases/{case_id}/evidence", files={"other": ("a.txt", b"x")}, data={"kind": "3"}
        ).json()["fields"]
    )
    wrong = {"kind": "", "taken_at": "yesterday", "unknown": "x"}
    fields = send(officer, "POST", f"/cases/{case_id}/evidence", files={"file": ("a.txt", b"x")}, data=wrong).json()[
        "fields"
    ]
    assert set(fields) == {"kind", "taken_at", "unknown"}
    many = send(
        officer,
        "POST",
        f"/cases/{case_id}/evidence",
        files=[("file", ("a.txt", b"x")), ("file2", ("b.txt", b"x"))],
        data={"kind": "3"},
    )
    assert many.status_code == 400
    broken = send(
        officer,
        "POST",
        f"/cases/{case_id}/evidence",
        content=b"--x\r\nbroken",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert broken.status_code in (400, 422)
