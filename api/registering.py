"""What an operator does to devices on the command line: registers them from a file, shows keys, states, what was rejected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from api.operating import everywhere
from devices import gateway
from kernel import audit, signing
from kernel.errors import BadContent, Refusal
from kernel.work import Node, Row
from registers import agency, device

_NEEDED = ("device_no", "agency", "model", "name", "site_code", "site_name", "place", "lanes")
_KNOWN = {*_NEEDED, "category", "reviewed_on", "published_on", "published_url", "verifications"}


def register(node: Node, path: Path) -> dict[str, int]:
    """Registers the devices of a YAML file, all or none; what is there already is corrected, certificates are added.

    `devices: [{device_no, agency, category, model, name, site_code, site_name, place, lanes, reviewed_on, published_on,
    published_url, verifications: [{certificate_no, from, to, mpe, speed_min, speed_max}]}]`
    """
    try:
        told = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("devices") or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
        raise BadContent(path.name, 0, f"无法读取:{error}") from error
    work = everywhere(node)
    counts = {"devices": 0, "verifications": 0}
    with work.transaction():
        for place, one in enumerate(told, 1):
            try:
                counts["verifications"] += _register(work, one)
                counts["devices"] += 1
            except (KeyError, ValueError, TypeError, AttributeError, InvalidOperation) as error:
                raise BadContent(path.name, 0, f"第 {place} 台设备缺少或无法识别:{error}") from error
        audit.record(work, "device.register", detail=dict(counts))
    return counts


def _register(work: Any, one: Mapping[str, Any]) -> int:
    missing = [key for key in _NEEDED if one.get(key) in (None, "", [])]
    strange = sorted(set(one) - _KNOWN)
    if missing or strange:
        raise ValueError(f"缺少 {'、'.join(missing) or '无'},多出 {'、'.join(strange) or '无'}")
    if one["model"] not in gateway.models():
        raise ValueError(f"没有型号 {one['model']},可用:{'、'.join(gateway.models())}")
    agency.get(work, int(one["agency"]))
    text = {key: str(one[key]) for key in ("device_no", "model", "name", "site_code", "site_name", "place")}
    device.put(
        work,
        device_no=text["device_no"],
        agency_id=int(one["agency"]),
        category=str(one.get("category", "01")),
        model=text["model"],
        name=text["name"],
        site_code=text["site_code"],
        site_name=text["site_name"],
        place=text["place"],
        lanes=[int(lane) for lane in one["lanes"]],
        reviewed_on=_day(one.get("reviewed_on")),
        published_on=_day(one.get("published_on")),
        published_url=one.get("published_url"),
    )
    for certificate in one.get("verifications") or ():
        first, last = _day(certificate["from"]), _day(certificate["to"])
        if first is None or last is None or last < first:
            raise ValueError(f"检定证书 {certificate.get('certificate_no')} 的有效期不对")
        device.verify(
            work, str(one["device_no"]), str(certificate["certificate_no"]), first, last,
            mpe=Decimal(str(certificate.get("mpe", "0"))), speed_min=_decimal(certificate.get("speed_min")), speed_max=_decimal(certificate.get("speed_max")),
        )  # fmt: skip
    return len(one.get("verifications") or ())


def _day(value: object) -> date | None:
    return value if isinstance(value, date) or value is None else date.fromisoformat(str(value))


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def listed(node: Node) -> list[Row]:
    """Every device of the node with its state, certificate and last sign of life."""
    work = everywhere(node)
    found: list[Row] = []
    with work.transaction():
        while rows := device.page(work, 200, found[-1]["device_no"] if found else None):
            found += rows
    return found


def key(node: Node, device_no: str, turn: bool) -> dict[str, Any]:
    """The key that a device signs with (a new one if asked: the former is worth nothing from then on)."""
    if not node.settings.device_key:
        raise Refusal("没有设备主密钥", remedy="设置 ZC_DEVICE_KEY 后重试")
    work = everywhere(node)
    with work.transaction():
        if turn:
            device.turn_key(work, device_no)
        row = device.get(work, device_no)
        audit.record(work, "device.turn_key" if turn else "device.show_key", subject=("device", row["id"]))
    made = signing.derived(node.settings.device_key, device_no, row["key_version"])
    return {"device_no": device_no, "version": row["key_version"], "key": made}
