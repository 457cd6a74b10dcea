"""Files on their way in, piece by piece: what was told, how many bytes are here, until when the rest is waited for.

The bytes lie in the store's `incoming` under the upload's id. Whoever writes them holds the file's lock, so that two devices
that send the same piece at once do not mix.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import NotFound, Refusal
from kernel.files import unwritable
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import subject, upload

PIECE = 8 << 20  # bytes of one piece at the most
MOST = (2 << 30) - 1  # bytes of one file
WAITED = timedelta(hours=48)  # after the last piece
AT_ONCE = 50  # open uploads of one person


class OutOfPlace(Refusal):
    """A piece that does not begin where the file ends so far."""

    code = "out_of_place"
    title = "分片位置不符"

    def __init__(self, received: int) -> None:
        super().__init__(f"已收到 {received} 字节,请从这里续传", remedy="请查询已收到的字节数后从该处续传")
        self.received = received


def begin(work: Work, case_id: UUID, name: str, size: int, sha256: bytes | None, told: Mapping[str, Any]) -> Row:
    """A new upload of the person who acts. Refuses a name that no file may have and more than `AT_ONCE` open ones."""
    owner = subject.get(work, case_id)
    open_now = work.rows(
        "select count(*) as n from evidence_upload where person_id = %s and state = 'open'", (work.person.id,)
    )
    if open_now[0]["n"] >= AT_ONCE:
        raise Refusal(f"您已有 {AT_ONCE} 个未完成的上传", remedy="请先完成或放弃其中一些")
    row = {
        "id": uuid7(),
        "agency_id": owner["agency_id"],
        "category": owner["category"],
        "case_id": case_id,
        "person_id": work.person.id,
        "told": Jsonb(dict(told)),
        "name": upload.clean_name(name),
        "size": size,
        "sha256": sha256,
        "created_at": work.now,
        "expires_at": work.now + WAITED,
    }
    work.execute(
        """insert into evidence_upload (id, agency_id, category, case_id, person_id, told, name, size, sha256, created_at,
          expires_at) values (%(id)s, %(agency_id)s, %(category)s, %(case_id)s, %(person_id)s, %(told)s, %(name)s, %(size)s,
          %(sha256)s, %(created_at)s, %(expires_at)s)""",
        row,
    )
    return {**row, "received": 0, "state": "open", "evidence_id": None}


def mine(work: Work, upload_id: UUID, *, lock: bool = False) -> Row:
    """An upload of the person who acts; others' are not found."""
    row = work.one(
        f"select * from evidence_upload where id = %s and person_id = %s{' for update' if lock else ''}",
        (upload_id, work.person.id),
    )
    if row is None:
        raise NotFound("没有这个上传,或者不是您开始的", remedy="请重新选择文件上传")
    return row


def unfinished(work: Work, case_id: UUID) -> list[Row]:
    """One's own open uploads of a case, oldest first."""
    return work.rows(
        "select * from evidence_upload where person_id = %s and case_id = %s and state = 'open' order by id",
        (work.person.id, case_id),
    )


def refuse_over(row: Row) -> None:
    """A finished, given up or expired upload takes nothing more."""
    if row["state"] != "open":
        why = {"finished": "上传已经完成", "given_up": "上传已被放弃", "expired": "上传过期,已收到的部分已清除"}
        raise Refusal(why[row["state"]], remedy="请刷新证据列表;如需再传,请重新选择文件")


def take(work: Work, upload_id: UUID, offset: int, piece: bytes) -> Row:
    """Writes a piece where the file ends so far, and counts it; a piece that is here already changes nothing.

    Opens its own transaction. `OutOfPlace` says how many bytes are here.
    """
    with held(path(work, upload_id)) as file, work.transaction():
        row = mine(work, upload_id, lock=True)
        refuse_over(row)
        end = offset + len(piece)
        if end > row["size"]:
            raise Refusal(f"分片超出文件大小 {row['size']} 字节", remedy="请核对文件后重新上传")
        if end <= row["received"] and _is_here(file, offset, piece):
            return row
        if offset != row["received"]:
            raise OutOfPlace(row["received"])
        try:
            _write(file, offset, piece)
        except OSError as error:
            raise unwritable(error) from error
        work.execute(
            "update evidence_upload set received = %s, expires_at = %s where id = %s",
            (end, work.now + WAITED, upload_id),
        )
        return {**row, "received": end, "expires_at": work.now + WAITED}


def close(work: Work, upload_id: UUID, state: str, evidence_id: UUID | None = None) -> None:
    """Ends an upload: finished (then it names the evidence), given_up or expired. In the caller's transaction."""
    work.execute(
        "update evidence_upload set state = %s, evidence_id = %s where id = %s", (state, evidence_id, upload_id)
    )


def path(work: Work, upload_id: UUID) -> Path:
    """Where the bytes lie."""
    return work.node.files.incoming(f"upload-{upload_id}")


@contextmanager
def held(at: Path) -> Iterator[int]:
    """The file of an upload, open and locked against every other writer; its descriptor."""
    try:
        file = os.open(at, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _write(file: int, offset: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        done = os.pwrite(file, view, offset)
        view, offset = view[done:], offset + done


def _is_here(file: int, offset: int, piece: bytes) -> bool:
    return hashlib.sha256(os.pread(file, len(piece), offset)).digest() == hashlib.sha256(piece).digest()
