"""A set of content files that comes in packed: a ZIP whose members have the paths of the content folders.

Reads nothing but regular files, none twice, none outside, and no more than a content tree may hold; what a member claims of
its size is not believed. Which files are content at all is the check's affair (`load.strangers`).
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, Final

from content import load
from kernel import zips
from kernel.errors import InvalidAnswers

MOST_PACKED: Final = 64 << 20  # bytes of the ZIP
_MOST_FILES: Final = 10_000
_MOST_LISTED: Final = 8 << 20  # bytes of the list of members
_MOST_UNPACKED: Final = 300_000_000
_MOST_RATIO: Final = 200  # text packs well, a bomb a thousandfold
_FREE: Final = 16 << 20  # below this much unpacked no ratio is asked
_REMEDY: Final = "请把 processes、forms、templates、rules 四个文件夹直接压缩为 ZIP 后重新提交"


def read(source: Path) -> dict[str, bytes]:
    """A folder or a ZIP as files by path. Raises `BadContent` or `InvalidAnswers`."""
    if source.is_dir():
        return load.tree(source)
    try:
        with source.open("rb") as file:
            return unpack(file)
    except OSError as error:
        raise refused(f"读不到 {source}:{error.strerror}") from error


def unpack(file: BinaryIO | bytes) -> dict[str, bytes]:
    """The members of a ZIP by path, folders left out. Raises `InvalidAnswers` for what is no honest ZIP."""
    source = io.BytesIO(file) if isinstance(file, bytes) else file
    if zips.listing(source) > _MOST_LISTED:
        raise refused(f"压缩包里的文件超过 {_MOST_FILES} 个")
    source.seek(0)
    try:
        with zipfile.ZipFile(source) as archive:
            return _members(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError, OSError) as error:
        raise refused("不是完好的 ZIP 文件") from error


def refused(what: str) -> InvalidAnswers:
    """The refusal of a packed set: what is wrong and what helps."""
    return InvalidAnswers({"file": f"{what}。{_REMEDY}"}, detail=what)


def _members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if not members:
        raise refused("压缩包里没有文件")
    if len(members) > _MOST_FILES:
        raise refused(f"压缩包里的文件超过 {_MOST_FILES} 个")
    found: dict[str, bytes] = {}
    left = _MOST_UNPACKED
    for member in members:
        name = _name(member)
        if name in found:
            raise refused(f"压缩包里有两个 {name}")
        found[name] = _body(archive, member, left)
        left -= len(found[name])
    return found


def _name(member: zipfile.ZipInfo) -> str:
    name = member.filename
    if name.startswith("/") or "\\" in name or ":" in name or {"..", "."} & set(name.split("/")):
        raise refused(f"压缩包里的路径越出了内容目录:{name[:120]}")
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        raise refused(f"压缩包里的 {name[:120]} 是链接或设备,不是文件")
    if member.flag_bits & 1:
        raise refused("压缩包已加密")
    return name


def _body(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> bytes:
    """The member's bytes, counted as they come."""
    pieces, size = [], 0
    with archive.open(member) as file:
        while piece := file.read(1 << 20):
            size += len(piece)
            if size > left or (size > _FREE and size > _MOST_RATIO * max(member.compress_size, 1)):
                raise refused(f"压缩包解压后过大或异常膨胀({member.filename[:120]})")
            pieces.append(piece)
    return b"".join(pieces)
