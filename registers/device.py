"""Devices that capture what nobody sees: where they stand, who examined and published the place, when they are verified.

Evidence of a device counts when its place was examined by law and technology and published before the act (处罚法41), and
a certificate of verification (检定证书) was in force at the time. Certificates are only added to: what was valid on a day
stays answerable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import NotFound
from kernel.files import Stored
from kernel.ids import uuid7
from kernel.work import LOCAL, Row, Work


def put(
    work: Work,
    *,
    device_no: str,
    agency_id: int,
    category: str,
    model: str,
    name: str,
    site_code: str,
    site_name: str,
    place: str,
    lanes: Sequence[int],
    reviewed_on: date | None = None,
    published_on: date | None = None,
    published_url: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> UUID:
    """Registers a device, or corrects what is registered under its number."""
    row = work.rows(
        """insert into device (id, agency_id, category, device_no, model, name, site_code, site_name, place, lanes, reviewed_on,
          published_on, published_url, facts, created_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (device_no) do update set name = excluded.name, site_code = excluded.site_code, site_name = excluded.site_name,
          place = excluded.place, lanes = excluded.lanes, reviewed_on = excluded.reviewed_on, published_on = excluded.published_on,
          published_url = excluded.published_url, facts = device.facts || excluded.facts
        returning id""",
        (
            uuid7(), agency_id, category, device_no, model, name, site_code, site_name, place, list(lanes), reviewed_on,
            published_on, published_url, Jsonb(dict(facts or {})), work.now,
        ),
    )[0]  # fmt: skip
    return UUID(str(row["id"]))


def verify(
    work: Work,
    device_no: str,
    certificate_no: str,
    valid_from: date,
    valid_to: date,
    *,
    mpe: Decimal = Decimal(0),
    speed_min: Decimal | None = None,
    speed_max: Decimal | None = None,
) -> None:
    """Adds a certificate of verification; the same number again changes nothing."""
    row = get(work, device_no)
    work.execute(
        """insert into device_verification (id, agency_id, category, device_id, certificate_no, valid_from, valid_to, mpe, speed_min,
          speed_max, recorded_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (device_id, certificate_no) do nothing""",
        (
            uuid7(), row["agency_id"], row["category"], row["id"], certificate_no, valid_from, valid_to, mpe, speed_min,
            speed_max, work.now,
        ),
    )  # fmt: skip


def get(work: Work, device_no: str) -> Row:
    """The device's row in scope."""
    row = work.one("select * from device where device_no = %s", (device_no,))
    if row is None:
        raise NotFound(f"没有编号为 {device_no} 的设备,或不在您的数据范围内", remedy="请先登记设备")
    return row


def at_door(work: Work, device_no: str) -> Row | None:
    """What a door needs to know a device: whose it is, its model, the version of its key; bound to no scope."""
    return work.one("select * from device_door where device_no = %s", (device_no,))


def verification_at(verifications: Iterable[Row], at: datetime) -> Row | None:
    """The certificate in force at an instant; of several the one that ends last."""
    day = at.astimezone(LOCAL).date()
    valid = [row for row in verifications if row["valid_from"] <= day <= row["valid_to"]]
    return max(valid, key=lambda row: row["valid_to"], default=None)


def verifications(work: Work, device_id: UUID) -> list[Row]:
    """The certificates of a device, oldest first."""
    return work.rows("select * from device_verification where device_id = %s order by valid_from, id", (device_id,))


def heard(work: Work, device_id: UUID, at: datetime, drift_ms: int | None) -> None:
    """It gave a sign of life."""
    work.execute(
        "update device set heard_at = greatest(heard_at, %s), drift_ms = coalesce(%s, drift_ms) where id = %s",
        (at, drift_ms, device_id),
    )


def turn_key(work: Work, device_no: str) -> int:
    """A new version of the device's key: the former is worth nothing from now on."""
    get(work, device_no)
    rows = work.rows(
        "update device set key_version = key_version + 1 where device_no = %s returning key_version", (device_no,)
    )
    return int(rows[0]["key_version"])


def page(work: Work, limit: int, after: str | None) -> list[Row]:
    """Devices in scope by number, each with the certificate that ends last."""
    return work.rows(
        """select d.id, d.agency_id, d.category, d.device_no, d.model, d.name, d.site_code, d.site_name, d.place, d.lanes, d.reviewed_on,
          d.published_on, d.published_url, d.status, d.heard_at, d.drift_ms, v.certificate_no, v.valid_to
        from device d left join lateral (select certificate_no, valid_to from device_verification v where v.device_id = d.id
          order by valid_to desc, id desc limit 1) v on true
        where d.agency_id = any(%s) and d.device_no > %s order by d.device_no limit %s""",
        (list(work.person.scope), after or "", limit),
    )


# ---------------------------------------------------------------------- files and what could not be read
def add_file(work: Work, device_id: UUID, stored: Stored, media_type: str) -> None:
    """A file that a device sent; the bytes lie in the store already."""
    work.execute(
        """insert into device_file (sha256, sm3, size, media_type, device_id, received_at) values (%s, %s, %s, %s, %s, %s)
        on conflict (sha256) do nothing""",
        (stored.sha256, stored.sm3, stored.size, media_type, device_id, work.now),
    )


def reject(work: Work, *, model: str, device_no: str, port: str, why: str, raw: bytes) -> None:
    """Keeps what could not be understood or believed, whole, with the reason."""
    work.execute(
        "insert into device_reject (id, model, device_no, port, at, why, raw) values (%s, %s, %s, %s, %s, %s, %s)",
        (uuid7(), model, device_no, port, work.now, why[:500], raw),
    )


def rejects(work: Work, limit: int = 50, after: UUID | None = None) -> list[Row]:
    """What waits to be read again, oldest first."""
    return work.rows(
        "select * from device_reject where status = 'open' and id > %s order by id limit %s",
        (after or UUID(int=0), limit),
    )


def replayed(work: Work, reject_id: UUID) -> None:
    """It has been read after all."""
    work.execute("update device_reject set status = 'replayed' where id = %s", (reject_id,))
