"""What devices weigh: kept once, measured against the limits, judged as evidence, and over the limit made a clue.

A record is usable as evidence when the device was verified at the time, its place examined and published before, and
nothing in it contradicts itself (处罚法41; domain/devices.md §1.3, §1.5). What is not usable is kept all the same and says why.
The clue is a job: the pass and its job commit together, the process begins once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from engine import commands, confirmations, jobs, news, release_store
from engine.rulebook.discretion.book import BadDiscretion, Book
from engine.rulebook.discretion.overload import overload
from engine.rules import rules
from kernel import audit, sm3
from kernel.command import command
from kernel.errors import DeliveryFailed, Fault, Problem
from kernel.ids import uuid7
from kernel.work import LOCAL, SYSTEM_ID, Grant, Person, Row, Work
from registers import agency, device, watch_list, weigh_pass
from registers.terms import normal

# Why a record may not count as evidence, as officers read it.
REASONS: Mapping[str, str] = {
    "not_verified": "过车时设备没有有效的检定",
    "not_reviewed": "设置地点过车时未经法制和技术审核",
    "not_published": "设置地点过车时尚未公布",
    "stopped": "设备已停用",
    "other_site": "站点与登记不符",
    "other_lane": "车道与登记不符",
    "clock_drift": "设备时钟与系统时间相差过大",
    "snapshot_gap": "抓拍时间与检测时间相差过大",
    "speed": "车速超出检定证书的范围",
    "abnormal": "跨道或异常行驶",
    "axle_count": "轴数与轴重个数不一致",
    "axle_sum": "轴重之和与总重相差过大",
    "unknown_limit": "车型不明,不能确定限定标准",
}
# Of a record; how it is sent (live or later) is not part of it.
_NOT_CONTENT = frozenset({"is_backfill", "sent_at"})


@dataclass(frozen=True)
class Bounds:
    """Technical bounds of a device model: how far clocks, and how far axle loads and gross mass, may differ."""

    clock_drift: timedelta
    axle_sum: Decimal


@dataclass(frozen=True)
class Clue:
    """What a usable record over the limit begins, and the facts that hold for every record of its model."""

    process: str
    facts: Mapping[str, Any]


@command(may="device.record", subject="device_no")
def record_passes(
    work: Work, device_no: str, passes: Sequence[Mapping[str, Any]], bounds: Bounds, clue: Clue | None = None
) -> list[str]:
    """Keeps the passes of one device; for each `stored`, `duplicate` (known already) or `conflict` (same number, other content).

    A pass: check_no, weighed_at, the values of registers/weigh_pass, `files`, `abnormal`, `sent_at`, `snapshot_at`, `raw` (JSON bytes).
    What is over the limit and usable becomes a job that begins the `clue`'s process.
    """
    row = device.get(work, device_no)
    certificates = device.verifications(work, row["id"])
    known = weigh_pass.known(work, row["id"], [str(one["check_no"]) for one in passes])
    book = confirmations.discretion_book(work, rules(release_store.current(work)), row["agency_id"])
    outcomes: list[str] = []
    fresh: list[dict[str, Any]] = []
    for one in passes:
        number, digest = str(one["check_no"]), _digest(one)
        if number in known:
            outcomes.append("duplicate" if known[number] == digest else "conflict")
            continue
        known[number] = digest
        fresh.append(_judged(work, row, certificates, book, one, digest, bounds))
        outcomes.append("stored")
    stored = weigh_pass.insert(work, fresh)
    _queue_clues(work, row, [one for one in fresh if one["id"] in stored], clue)
    _tell_watchers(work, row, [one for one in fresh if one["id"] in stored])
    live = [one["drift_ms"] for one in fresh if one["drift_ms"] is not None]
    device.heard(work, row["id"], work.now, live[-1] if live else None)
    return outcomes


def _tell_watchers(work: Work, row: Row, passes: Sequence[Mapping[str, Any]]) -> None:
    """Watched vehicles that passed: an alert for each, once a day and site."""
    plates = {(normal(str(one["plate_no"])), str(one["plate_color"])) for one in passes if one["plate_color"]}
    if not plates:
        return
    seen = watch_list.watched_vehicles(work, row["agency_id"], row["category"], sorted(plates))
    day = f"{work.today:%Y-%m-%d}"
    what = f"{day} 在{row['site_name']}过车"
    watch_list.hits(work, [(id_, id_) for id_ in seen], what)
    where = (row["agency_id"], row["category"])
    news.of_sightings(work, watch_list.met_numbers(work, where, "vehicle", sorted(plates), what), what)


def _digest(one: Mapping[str, Any]) -> bytes:
    content = {key: one[key] for key in sorted(one) if key not in _NOT_CONTENT and key != "raw"}
    return sm3.digest(orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS))


def _judged(
    work: Work, row: Row, certificates: Sequence[Row], book: Book, one: Mapping[str, Any], digest: bytes, bounds: Bounds
) -> dict[str, Any]:
    at: datetime = one["weighed_at"]
    certificate = device.verification_at(certificates, at)
    drift = _drift(work.now, one)
    found = _measured(book, one, certificate)
    reasons = [*_of_device(row, certificate, at, one), *_of_record(one, certificate, drift, bounds)]
    if not found:
        reasons.append("unknown_limit")
    values = {key: one.get(key) for key in _KEPT}
    return {
        **values,
        **({"limit_kg": None, "over_kg": None, "over_rate": None} | found),
        "id": uuid7(),
        "agency_id": row["agency_id"],
        "category": row["category"],
        "device_id": row["id"],
        "axle_kg": list(one.get("axle_kg") or ()),
        "drift_ms": drift,
        "is_usable": not reasons,
        "reasons": reasons,
        "verification_certificate_no": certificate["certificate_no"] if certificate else None,
        "digest": digest,
        "raw": orjson.Fragment(one["raw"]),
        "received_at": work.now,
        "files": dict(one.get("files") or {}),
    }


_KEPT = (
    "check_no", "weighed_at", "site_code", "lane_no", "plate_no", "plate_rear", "plate_color", "vehicle_type", "axle_count", "is_train",
    "single_drive", "gross_kg", "speed_kmh", "length_mm", "width_mm", "height_mm", "measure_kind", "is_backfill",
)  # fmt: skip


def _drift(now: datetime, one: Mapping[str, Any]) -> int | None:
    """Milliseconds that the device's clock is behind ours, as far as one can tell: of what is sent later only a time that lies ahead."""
    sent = one.get("sent_at")
    if sent is not None and not one.get("is_backfill"):
        return round(float((now - sent).total_seconds()) * 1000)
    ahead = round((now - one["weighed_at"]).total_seconds() * 1000)
    return ahead if ahead < 0 else None


def _measured(book: Book, one: Mapping[str, Any], certificate: Row | None) -> dict[str, Any]:
    if one.get("is_train") is None:
        return {}
    try:
        found = overload(
            book,
            axles=one["axle_count"],
            train=bool(one["is_train"]),
            gross_kg=one["gross_kg"],
            single_drive=bool(one.get("single_drive")),
            mpe=certificate["mpe"] if certificate else Decimal(0),
        )
    except BadDiscretion:
        return {}
    return {"limit_kg": found.limit_kg, "over_kg": int(found.over_kg), "over_rate": str(found.rate)}


def _of_device(row: Row, certificate: Row | None, at: datetime, one: Mapping[str, Any]) -> list[str]:
    day = at.astimezone(LOCAL).date()
    checks = {
        "stopped": row["status"] != "active",
        "not_verified": certificate is None,
        "not_reviewed": row["reviewed_on"] is None or row["reviewed_on"] > day,
        "not_published": row["published_on"] is None or row["published_on"] > day,
        "other_site": one.get("site_code") != row["site_code"],
        "other_lane": one.get("lane_no") not in row["lanes"],
    }
    return [reason for reason, is_so in checks.items() if is_so]


def _of_record(one: Mapping[str, Any], certificate: Row | None, drift: int | None, bounds: Bounds) -> list[str]:
    axles, speed = list(one.get("axle_kg") or ()), one.get("speed_kmh")
    snapshot, most = one.get("snapshot_at"), round(bounds.clock_drift.total_seconds() * 1000)
    slow = (
        certificate and certificate["speed_min"] is not None and speed is not None and speed < certificate["speed_min"]
    )
    fast = (
        certificate and certificate["speed_max"] is not None and speed is not None and speed > certificate["speed_max"]
    )
    checks = {
        "clock_drift": drift is not None and abs(drift) > most,
        "snapshot_gap": snapshot is not None
        and abs(snapshot - one["weighed_at"]) > bounds.clock_drift + timedelta(seconds=1),
        "speed": bool(slow or fast),
        "abnormal": bool(one.get("abnormal")),
        "axle_count": bool(axles) and len(axles) != one["axle_count"],
        "axle_sum": bool(axles) and abs(sum(axles) - one["gross_kg"]) > bounds.axle_sum * one["gross_kg"],
    }
    return [reason for reason, is_so in checks.items() if is_so]


# ---------------------------------------------------------------------- clues
def _queue_clues(work: Work, row: Row, passes: Sequence[Mapping[str, Any]], clue: Clue | None) -> None:
    over = [one for one in passes if one["is_usable"] and one["over_kg"]]
    if clue is None or not over:
        return
    jobs.insert(
        work,
        [
            jobs.Job(
                "clue",
                work.now,
                f"clue:{one['id']}",
                row["agency_id"],
                row["category"],
                payload={
                    "pass": str(one["id"]),
                    "at": one["weighed_at"].isoformat(),
                    "process": clue.process,
                    "facts": dict(clue.facts),
                    "device": row["device_no"],
                },
            )
            for one in over
        ],
    )


def begin_clue(work: Work, job: Row) -> None:
    """Begins the process of a pass that is over the limit, as the system for whoever may begin it; once, whatever crashes."""
    payload = job["payload"]
    at, id_ = datetime.fromisoformat(payload["at"]), UUID(payload["pass"])
    with work.transaction():
        found = weigh_pass.at(work, at, id_)
        if found is None:
            raise DeliveryFailed("过车记录不存在", permanent=True)
        if found["subject_id"] is not None:
            jobs.finish(work, job["id"])
            return
        facts, roles = _facts(work, found, payload)
    deputy = _deputy(work, job, roles)
    try:
        begun = commands.start(
            deputy,
            payload["process"],
            facts,
            agency_id=job["agency_id"],
            category=job["category"],
            **_keyed(f"clue:{id_}"),
        )
    except Fault:
        raise
    except Problem as problem:
        told = ";".join(f"{key} {text}" for key, text in problem.fields.items())
        raise DeliveryFailed(
            f"不能由过车记录启动 {payload['process']}:{problem.detail} {told}".strip(),
            permanent=True,
            remedy=problem.remedy,
        ) from problem
    with work.transaction():
        weigh_pass.link(work, at, id_, UUID(str(begun.get("subject_id") or begun["case_id"])))
        audit.record(work, "clue.begin", subject=("weigh_pass", id_))
        jobs.finish(work, job["id"])


def _keyed(key: str) -> dict[str, Any]:
    """The keyword that `kernel.command` takes from every verb."""
    return {"key": key}


def _deputy(work: Work, job: Row, roles: Sequence[str]) -> Work:
    """The system, holding the roles that may begin the process, for this agency and category only."""
    agencies, categories = frozenset({job["agency_id"]}), frozenset({job["category"]})
    grants = tuple(Grant(role, job["agency_id"], agencies, categories) for role in ("system", *roles))
    return Work(work.node, Person(SYSTEM_ID, "系统", job["agency_id"], grants), request_id=work.request_id)


def _facts(work: Work, found: Row, payload: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What the start form asks for and the pass and its device can say."""
    release = release_store.current(work)
    if payload["process"] not in release.processes:
        raise DeliveryFailed(
            f"内容中没有流程 {payload['process']}", permanent=True, remedy="发布含有该流程的内容后,在“异常”中重试"
        )
    process = release.process(payload["process"])
    said = {**_said(work, found, device.get(work, payload["device"])), **payload["facts"]}
    asked = set(release.form(process.start.form).fields) if process.start.form else set(said)
    facts = {
        key: value
        for key, value in said.items()
        if key in asked and key in release.elements and value not in (None, "")
    }
    return facts, list(process.start.roles)


def _said(work: Work, found: Row, row: Row) -> dict[str, Any]:
    files = weigh_pass.files(work, found["weighed_at"], found["id"])
    arrived = [file for file in files if file["sm3"] is not None]
    certificate = device.verification_at(device.verifications(work, row["id"]), found["weighed_at"])
    at = found["weighed_at"].isoformat()
    return {
        "check_no": found["check_no"],
        "weighed_at": at,
        "occurred_at": at,
        "weigh_station": row["site_name"],
        "violation_place": row["place"],
        "lane_no": str(found["lane_no"]),
        "device_no": row["device_no"],
        "device_name": row["name"],
        "verification_certificate_no": found["verification_certificate_no"],
        "verification_valid_until": certificate["valid_to"].isoformat() if certificate else None,
        "plate_no": found["plate_no"],
        "plate_color": found["plate_color"],
        "trailer_plate_no": found["plate_rear"] if found["plate_rear"] != found["plate_no"] else None,
        "vehicle_type": found["vehicle_type"],
        "axle_count": found["axle_count"],
        "is_train": found["is_train"],
        "single_drive": found["single_drive"],
        "gross_kg": found["gross_kg"],
        "limit_kg": found["limit_kg"],
        "over_kg": found["over_kg"],
        "over_rate": str(found["over_rate"]),
        "vehicle_length_mm": found["length_mm"],
        "vehicle_width_mm": found["width_mm"],
        "vehicle_height_mm": found["height_mm"],
        "offsite_media": _media(files),
        "evidence_hash": f"SM3:{sm3.hexdigest(b''.join(bytes(file['sm3']) for file in arrived) + bytes(found['digest']))}",
        "source_organ": agency.get(work, row["agency_id"])["name"],
    }


_FILES = {"front": "车头图", "side": "侧面图", "rear": "车尾图", "plate": "号牌特写", "video": "视频"}


def _media(files: Sequence[Row]) -> str:
    said = [f"{_FILES.get(file['kind'], file['kind'])}{'' if file['sm3'] is not None else '(未到)'}" for file in files]
    return "、".join(said) or "(设备未提供图像)"
