"""S12: what of a natural person stands in clear in an answer, a sheet, a log.

A scan knows the secrets that a test has seeded, and finds besides every full ID card number (18 places, right check digit) and
every mobile number. Issued papers and the volumes of a dossier (PDF, DOCX, the package) are the legal documents themselves: the law wants the
name and the number in them, they are read with a right of their own and each reading is a row of the audit; they are not scanned.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import httpx

from content import identity

RIGHT: Final = "personal.unmask"
MOBILE: Final = re.compile(r"(?<![0-9a-zA-Z.-])1[3-9]\d{9}(?![0-9a-zA-Z-])")
ID_CARD: Final = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])")
_PAPERS: Final = (
    "application/pdf",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml",
    "image/",
    "text/html",
)
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")

# One invented natural person and who acts for him: everything that the masking rule covers. No two values share a part.
PERSON: Final[Mapping[str, str]] = {
    "name": "司徒望舒",
    "id_number": identity.with_check("id_card", "44010619870102123"),
    "phone": "13926078415",
    "address": "广州市天河区龙口西路八十八号一二零三房",
    "account": "6222021001098765432",
}
AGENT: Final[Mapping[str, str]] = {
    "name": "尉迟青枫",
    "id_number": identity.with_check("id_card", "44010319910711245"),
    "phone": "13710254836",
}
DRIVER: Final[Mapping[str, str]] = {
    "name": "濮阳守正",
    "id_number": identity.with_check("id_card", "44018119790923331"),
}
WITNESS: Final = "端木知秋"
# Look like mobile numbers and are none: the numbers of enforcement certificates, which are shown to the public (tests/people.yaml).
PUBLIC: Final = frozenset(
    {"19010001001", "19010001002", "19010001003", "19010001004", "19010001009", "19010601001", "19030001001"}
)
OFFICERS: Final = ("440102198503071217", "440103199011024520")  # the ID numbers in tests/people.yaml
SECRETS: Final = frozenset({*PERSON.values(), *AGENT.values(), *DRIVER.values(), WITNESS, *OFFICERS})


def text_of(body: bytes, kind: str) -> str:
    """What can be read in a body of this media type; of a zip (xlsx, package) all its text members. A paper: nothing."""
    if kind.startswith(_PAPERS):
        return ""
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "\n".join(
                packed.read(name).decode("utf-8", "replace")
                for name in packed.namelist()
                if name.endswith((".xml", ".json", ".csv", ".txt"))
            )
    text = body.decode("utf-8-sig", "replace")
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def leaks(text: str, secrets: Iterable[str] = SECRETS) -> set[str]:
    """Secrets in the text, and whatever has the form of an ID card number or a mobile number."""
    found = {secret for secret in secrets if secret in text}
    found |= {m[0] for m in MOBILE.finditer(text)} - PUBLIC
    return found | {m[0] for m in ID_CARD.finditer(text) if identity.id_card(m[0].upper()) is None}


def _sent(request: Any) -> str:
    """What somebody asked with: the address and, when it is kept, the body."""
    with suppress(httpx.RequestNotRead):
        body = request.body if hasattr(request, "body") else request.content
        text = body if isinstance(body, str) else bytes(body or b"").decode("utf-8", "replace")
        return f"{request.url}\n{_ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)}"
    return str(request.url)


def of_answer(answer: Any, secrets: Iterable[str] = SECRETS) -> set[str]:
    """Leaks of an answer (httpx or requests): body and headers, but for what the asker sent himself."""
    asked = _sent(answer.request)
    # Schemathesis keeps the values of a header as a list.
    heads = {k.lower(): ", ".join(v) if isinstance(v, list) else v for k, v in answer.headers.items()}
    kind, head = heads.get("content-type", ""), "\n".join(heads.values())
    return {leak for leak in leaks(head + "\n" + text_of(answer.content, kind), secrets) if leak not in asked}
