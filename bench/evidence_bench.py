"""A large film as evidence, over loopback, in pieces: `evidence_upload_mb_per_s` (≥ 60, from the first byte to the finished
evidence with both hashes, examined, on the disk) and `evidence_upload_rss_mb`, by how much the server grew (≤ 50 MB).

`evidence_download_mb_per_s` beside it: a file is checked whole before its first byte goes out.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.http_bench import _free_port, _Officer, _prepare, _serving

SIZE = 1 << 30
_HEAD = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2"


def run(size: int = SIZE) -> dict[str, float]:
    """One gigabyte up and down again; the server is one process with everything on."""
    with tempfile.TemporaryDirectory(prefix="zc-evidence-", ignore_cleanup_errors=True) as folder:
        var = Path(folder)
        var.chmod(0o755)
        _prepare(var)
        port = _free_port()
        with _serving(var, port, 1) as (server, _):
            officer = _Officer(port, "officer_1")
            case_id = _case(officer)
            _send(officer, case_id, 1 << 10)  # warm: connections, prepared statements, thread stacks
            with _growth(server) as grown:
                begun = time.monotonic()
                evidence, digest = _send(officer, case_id, size)
                up = time.monotonic() - begun
            begun = time.monotonic()
            same = _fetch(officer, f"/cases/{case_id}/evidence/{evidence}") == digest
            down = time.monotonic() - begun
    if not same:
        raise RuntimeError("what came back is not what was sent")
    return {
        "evidence_upload_mb_per_s": round(size / (1 << 20) / up, 1),
        "evidence_upload_rss_mb": round(grown[0], 1),
        "evidence_download_mb_per_s": round(size / (1 << 20) / down, 1),
    }


def _case(officer: _Officer) -> str:
    facts = {"case_cause": "超限运输"}
    body = {"process": "small_case", "agency_id": 440100, "category": "01", "facts": facts}
    return str(officer.ask("POST", "/cases", body)["case_id"])


def _send(officer: _Officer, case_id: str, size: int) -> tuple[str, str]:
    """Begins, sends and finishes; the evidence's id and the SHA-256 of what was sent."""
    told = {"name": "执法记录仪.mp4", "kind": "3", "size": size}
    upload = officer.ask("POST", f"/cases/{case_id}/uploads", told)
    whole, at, block = hashlib.sha256(), 0, os.urandom(upload["piece"])
    while at < size:
        # Other bytes in every piece, without spending the measured time on making a gigabyte of noise.
        piece = (_HEAD if at == 0 else at.to_bytes(8, "big")) + block[32:]
        piece = piece[: min(upload["piece"], size - at)]
        whole.update(piece)
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        headers = {"Content-Type": "application/octet-stream", "Content-Digest": f"sha-256=:{digest}:"}
        answer = _raw(officer, "PUT", f"/uploads/{upload['id']}?offset={at}", piece, headers)
        at = json.loads(answer.read())["received"]
    finished = officer.ask("POST", f"/uploads/{upload['id']}/finish", {})
    if finished["sha256"] != whole.hexdigest():
        raise RuntimeError("the server kept other bytes")
    return finished["id"], whole.hexdigest()


def _raw(officer: _Officer, method: str, path: str, body: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
    officer._connection.request(method, f"/api/staff{path}", body, {**officer._headers, **headers})
    answer = officer._connection.getresponse()
    if answer.status >= 300:
        raise RuntimeError(f"{answer.status}: {answer.read()[:300]!r}")
    return answer


def _fetch(officer: _Officer, path: str) -> str:
    answer, whole = _raw(officer, "GET", path, b"", {}), hashlib.sha256()
    while piece := answer.read(1 << 20):
        whole.update(piece)
    return whole.hexdigest()


@contextmanager
def _growth(server: psutil.Process) -> Iterator[list[float]]:
    """By how many MB the server's resident memory stood at most above what it was before; looked at 20 times a second."""
    processes = [server, *(p for p in server.children(recursive=True) if "python" in p.name())]
    before = _resident(processes)
    most, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            most[0] = max(most[0], _resident(processes) - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _resident(processes: list[psutil.Process]) -> float:
    return sum(p.memory_info().rss for p in processes) / (1 << 20)


if __name__ == "__main__":
    print(json.dumps(run()))
