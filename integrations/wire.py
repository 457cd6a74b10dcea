"""What a counterpart's folder and the host say to each other. Shared by every folder; imports nothing but the standard library.

A folder `integrations/<name>/` holds:

    manifest.yaml   what the host must know: messages, retries, settings
    mapping.py      pure, no input or output:
        request(message, body) -> Request            our words → their request            (for what the manifest sends)
        answer(message, response) -> dict            their answer → our words; `Refused` when they say no for good
        received(message, raw) -> Received           what they send → our words; `Unreadable`
        judge(received, sent, earlier) -> Difference | None      does it fit what we told them and what came before?
        read_file(name, data) -> DayFile             a file they put out; `Unreadable`    (for what the manifest fetches)
        reconcile(file, heard, sent) -> list[Difference]
    transport.py    speaks: send(settings, request, key, seconds) -> Response; fetch(settings, name, seconds) -> [(name, bytes)]
    examples/       replayed by one conformance test over all folders
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Body = Mapping[str, Any]


class Refused(Exception):
    """The counterpart says no, and will say it again: a Chinese sentence for the operator."""


class Unreadable(Exception):
    """Bytes that are not what was agreed: what is wrong and where, in Chinese."""


@dataclass(frozen=True)
class Request:
    """One call: `path` below the counterpart's address, `body` as it is sent."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What came back. `retry_after`: seconds, when they said so."""

    status: int
    body: bytes
    retry_after: int | None = None


@dataclass(frozen=True)
class Received:
    """Something that came in. `business_key` makes it unique at this counterpart; `about` is the business key of what we
    told them; `record` is what was said, `facts` what the case learns, `day` the business day."""

    business_key: str
    about: str
    record: Body
    facts: Body
    day: date | None = None


@dataclass(frozen=True)
class Difference:
    """What does not fit. `kind` is a word of the folder, `key` the matter, `about` our business key where known."""

    kind: str
    key: str
    text: str
    about: str = ""
    act: str = "与对端核对;核对前不登记、不改动案件"


@dataclass(frozen=True)
class DayFile:
    """A file of a business day, read whole. `lines` in the folder's own words."""

    day: date
    lines: Sequence[Body]
