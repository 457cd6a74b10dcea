"""Weigh-in-motion records ↔ events. One JSON object per line; an array of objects may stand for several lines. Pure.

The field names are those of the public table 不停车超限检测系统 过车检测数据 (devices.md §1.1), where every value is text, and
our additions to it. A line that is not such a record is `garbled`, with the field and the reason; the next line is read as
if nothing had happened. Numbers are integers or Decimal, never float.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from devices.wire import GARBLED, Event

MOST_BYTES = 1 << 20  # of one line; media travel apart
_CHINA = timezone(timedelta(hours=8))
_DEVICE = re.compile(r"[A-Za-z0-9_.-]{1,32}\Z")
_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")
_PLATE = re.compile(r"[\u4e00-\u9fffA-Z0-9]{5,10}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_COLORS = {
    "未上牌": "0", "蓝": "1", "蓝色": "1", "黄": "2", "黄色": "2", "黑": "3", "黑色": "3", "白": "4", "白色": "4", "绿": "5", "绿色": "5",
    "其他": "9", "农黄": "91", "农绿": "92", "黄绿": "93", "黄绿色": "93", "渐变绿": "94", "渐变绿色": "94",
}  # fmt: skip
_CODES = frozenset(_COLORS.values())
_KINDS = {
    "动态": "dynamic",
    "静态": "static",
    "复检": "recheck",
    "dynamic": "dynamic",
    "static": "static",
    "recheck": "recheck",
}
_TRUE, _FALSE = frozenset({"1", "true", "是", "Y"}), frozenset({"0", "false", "否", "N", ""})
_FILES = ("front", "side", "rear", "plate", "video")


class _Wrong(Exception):
    """A field that cannot be read: its name and why."""


class Codec:
    """Reads lines from bytes as they come."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[Event]:
        """The events of the lines that these bytes end."""
        found: list[Event] = []
        *ended, rest = data.split(b"\n")
        for piece in ended:
            self._kept += piece
            found += self._line()
        self._kept += rest
        if len(self._kept) > MOST_BYTES and not self._skipping:
            found.append(_garbled(bytes(self._kept[:MOST_BYTES]), f"一条记录超过 {MOST_BYTES} 字节"))
            self._skipping = True
        if self._skipping:
            self._kept.clear()
        return found

    def end(self) -> list[Event]:
        """The events of a last line without its end."""
        return self._line()

    def _line(self) -> list[Event]:
        line, skipped = bytes(self._kept).strip(b" \t\r"), self._skipping
        self._kept.clear()
        self._skipping = False
        if skipped or not line:
            return []
        if len(line) > MOST_BYTES:
            return [_garbled(line[:MOST_BYTES], f"一条记录超过 {MOST_BYTES} 字节")]
        return list(_events(line))


def _garbled(raw: bytes, why: str, told: Mapping[str, Any] | None = None) -> Event:
    device = str((told or {}).get("deviceId", ""))
    number = str((told or {}).get("previewCode", ""))
    return Event(
        GARBLED, raw, device if _DEVICE.match(device) else "", number if _NUMBER.match(number) else "", why=why
    )


def _events(line: bytes) -> Iterator[Event]:
    try:
        value = json.loads(line.decode(), parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_twice)
    except (ValueError, RecursionError):
        yield _garbled(line, "不是一行完整的 JSON")
        return
    for one in value if isinstance(value, list) else [value]:
        raw = line if one is value else json.dumps(one, ensure_ascii=False, default=str).encode("utf-8", "replace")
        yield _event(one, raw)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _event(told: Any, raw: bytes) -> Event:
    if not isinstance(told, dict):
        return _garbled(raw, "不是 JSON 对象")
    try:
        _check_text(told)
        device = _text(told, "deviceId", _DEVICE)
        signed, sign = signed_bytes(told), str(told.get("sign") or "")
        if told.get("kind") == "status":
            at = _instant(told, "time")
            return Event(
                "heartbeat",
                raw,
                device,
                f"status-{at.isoformat()}",
                at,
                {"state": str(told.get("state", ""))[:40]},
                signed=signed,
                sign=sign,
            )
        values = _pass(told)
        return Event(
            "weigh_pass",
            raw,
            device,
            values.pop("check_no"),
            values.pop("weighed_at"),
            values,
            signed=signed,
            sign=sign,
        )
    except _Wrong as error:
        return _garbled(raw, str(error), told)


def signed_bytes(told: Mapping[str, Any]) -> bytes:
    """What the signature of a record is over: the record without `sign`, keys sorted, no spaces, UTF-8."""
    rest = {key: value for key, value in told.items() if key != "sign"}
    return json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode(
        "utf-8", "replace"
    )


def encode(told: Mapping[str, Any], sign: Callable[[bytes], str] | None = None) -> bytes:
    """One record as a line, signed if asked: what a station sends."""
    full = dict(told)
    if sign is not None:
        full["sign"] = sign(signed_bytes(full))
    return json.dumps(full, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _pass(told: Mapping[str, Any]) -> dict[str, Any]:
    vehicle = str(told.get("vehicleType") or "")[:60]
    axles = _whole(told, "axisNum", 2, 30)
    weights = [
        _whole(told, f"axle{n}Weight", 0, 60_000) for n in range(1, 31) if told.get(f"axle{n}Weight") not in (None, "")
    ]
    return {
        "check_no": _text(told, "previewCode", _NUMBER),
        "weighed_at": _instant(told, "previewDate"),
        "site_code": _text(told, "previewStationCode", _NUMBER),
        "plate_no": _plate(told, "licenseCodeFront"),
        "plate_rear": _plate(told, "licenseCodeBack") if told.get("licenseCodeBack") else None,
        "plate_color": _color(told),
        "vehicle_type": vehicle or None,
        "axle_count": axles,
        "is_train": _flag(told, "isTrain") if "isTrain" in told else _is_train(vehicle),
        "single_drive": _flag(told, "driveAxleSingle"),
        "gross_kg": _whole(told, "totalWeight", 1, 300_000),
        "speed_kmh": _decimal(told, "speed", Decimal(300)),
        "lane_no": _whole(told, "laneNo", 1, 99),
        "length_mm": _maybe(told, "length", 60_000),
        "width_mm": _maybe(told, "width", 20_000),
        "height_mm": _maybe(told, "height", 20_000),
        "axle_kg": weights,
        "measure_kind": _kind(told),
        "is_backfill": _flag(told, "isBackfill"),
        "abnormal": [name for name in ("laneCrossFlag", "abnormalDrivingFlag") if _flag(told, name)],
        "snapshot_at": _instant(told, "snapshotTime") if told.get("snapshotTime") else None,
        "sent_at": _instant(told, "sentTime") if told.get("sentTime") else None,
        "files": _files(told),
    }


def _check_text(told: Mapping[str, Any]) -> None:
    """What no database can keep is refused wherever it hides."""
    text = json.dumps(told, ensure_ascii=False, default=str)
    if "\\u0000" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise _Wrong("记录中有不能保存的字符")


def _text(told: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not pattern.match(value):
        raise _Wrong(f"{name} 缺少或含有不允许的字符")
    return value


def _plate(told: Mapping[str, Any], name: str) -> str:
    text = str(told.get(name) or "").strip().upper().replace("·", "").replace(" ", "")
    if not _PLATE.match(text):
        raise _Wrong(f"{name} 不是号牌")
    return text


def _color(told: Mapping[str, Any]) -> str:
    text = str(told.get("licensePlateColor", "")).strip()
    code = _COLORS.get(text, text)
    if code not in _CODES:
        raise _Wrong("licensePlateColor 不是号牌颜色")
    return code


def _kind(told: Mapping[str, Any]) -> str:
    kind = _KINDS.get(str(told.get("measureType", "动态")))
    if kind is None:
        raise _Wrong("measureType 应为 动态、静态 或 复检")
    return kind


def _is_train(vehicle: str) -> bool | None:
    """A train or a truck, as far as the station's word says it."""
    if any(word in vehicle for word in ("列车", "半挂", "挂车")):
        return True
    return False if "货车" in vehicle else None


def _decimal(told: Mapping[str, Any], name: str, most: Decimal) -> Decimal:
    value = told.get(name)
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool) and len(str(value)) <= 20:
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal(-1)
        if number.is_finite() and 0 <= number <= most:
            return number
    raise _Wrong(f"{name} 不是 0 至 {most} 的数")


def _whole(told: Mapping[str, Any], name: str, least: int, most: int) -> int:
    number = _decimal(told, name, Decimal(most))
    if number != number.to_integral_value() or number < least:
        raise _Wrong(f"{name} 不是 {least} 至 {most} 的整数")
    return int(number)


def _maybe(told: Mapping[str, Any], name: str, most: int) -> int | None:
    return None if told.get(name) in (None, "") else _whole(told, name, 0, most)


def _flag(told: Mapping[str, Any], name: str) -> bool:
    text = str(told.get(name, "")).strip()
    text = text.lower() if text in ("True", "False", "TRUE", "FALSE") else text
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise _Wrong(f"{name} 应为 0 或 1")


def _instant(told: Mapping[str, Any], name: str) -> datetime:
    """Beijing time as the table has it (yyyy-MM-dd HH:mm:ss), or with its zone."""
    try:
        at = datetime.fromisoformat(str(told.get(name)))
        return (at if at.tzinfo else at.replace(tzinfo=_CHINA)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong(f"{name} 应为 yyyy-MM-dd HH:mm:ss") from None


def _files(told: Mapping[str, Any]) -> dict[str, str]:
    """Kind of picture or video → SHA-256 of the file that is sent apart."""
    media = told.get("media") or {}
    if not isinstance(media, dict) or any(k not in _FILES or not _DIGEST.match(str(v)) for k, v in media.items()):
        raise _Wrong(f"media 应为 {'、'.join(_FILES)} → 文件 SHA-256")
    return {str(k): str(v) for k, v in media.items()}
