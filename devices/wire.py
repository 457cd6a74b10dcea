"""What a device model's folder and the gateway say to each other. Shared by every folder; imports only the standard library.

A folder `devices/<model>/` holds:

    manifest.yaml   topics, paths, limits
    codec.py        pure: `Codec().feed(bytes) -> [Event]` takes bytes as they come, split anywhere, and returns each whole
                    event once; `Codec().end() -> [Event]` says that no more comes. Nothing is lost: what cannot be read is
                    an event of the kind `garbled` with its bytes and the reason.
    examples/       bytes and the events they hold, replayed by one conformance test over all folders
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

GARBLED = "garbled"


@dataclass(frozen=True)
class Event:
    """One thing that a device says. `kind` is a record that the gateway keeps (`weigh_pass`, `heartbeat`) or `garbled`;
    `device_no` who says it, `record_no` its number there, `at` when, by the device's clock; `values` in our words;
    `raw` the bytes. `sign` is the record's own signature over `signed`, where it has one."""

    kind: str
    raw: bytes
    device_no: str = ""
    record_no: str = ""
    at: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    signed: bytes = b""
    sign: str = ""


class Codec(Protocol):
    """Bytes in, events out."""

    def feed(self, data: bytes) -> list[Event]:
        """The events that these bytes complete."""
        ...

    def end(self) -> list[Event]:
        """The events of what is left over."""
        ...
