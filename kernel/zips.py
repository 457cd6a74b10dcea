"""What a ZIP says of itself, before anything reads it."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO, Final

TAIL: Final = 65_557  # bytes in which the end record lies
_END, _LENGTH = b"PK\x05\x06", 22


def listing(file: BinaryIO) -> int:
    """How many bytes the list of members takes, at the most; 0 without an end record. The library reads all of it whatever
    number of members is told: half a gigabyte of list is many gigabytes of memory. A list beyond 4 GB (ZIP64) counts as such."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    tail = file.read()
    longest, at = 0, tail.find(_END)
    while at >= 0:  # any of them may be taken for the end record
        if len(tail) - at >= _LENGTH:
            far = tail[max(0, at - 20) : at].startswith(b"PK\x06\x07")
            longest = max(longest, 1 << 32 if far else struct.unpack("<I", tail[at + 12 : at + 16])[0])
        at = tail.find(_END, at + 1)
    return longest
