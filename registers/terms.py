"""What a search compares: whole terms in one spelling (row-level security keeps an index only for `=`; mechanics.md)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_MOST = 120


def normal(text: str) -> str:
    """One spelling: full-width to half-width, upper case, no spaces; at most 120 characters. 〔〕, [] and () become 〔〕."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = "".join(c for c in plain if not c.isspace() and c not in "·•")
    return plain.translate(str.maketrans("[]()", "〔〕〔〕"))[:_MOST]


def normal_all(texts: Iterable[str | None]) -> list[str]:
    """The distinct spellings of these, empty ones left out."""
    return sorted({term for text in texts if text and (term := normal(text))})
