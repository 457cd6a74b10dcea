"""What a file that somebody sends in really is. Judges by content, never by what the sender says.

Allowed are pictures, film, sound, PDF, DOCX/XLSX/OFD and plain text; the name's extension must agree with the content.
Refused: nothing in it, too much in it, another type than the name says, a second type hidden behind the first (polyglots),
macros, archives that blow up, link or leave their folder.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import unicodedata
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from kernel import zips
from kernel.errors import InvalidAnswers
from kernel.files import TooLarge

MOST = 500 << 20  # bytes of one upload
_MOST_PIXELS = 200_000_000
_MOST_UNPACKED = 200 << 20
_MOST_MEMBERS = 5_000
_MOST_LISTED = 4 << 20  # bytes of an archive's list of members
_HEAD = 1024
_NAME_LENGTH = 120

# extension → (media type, what `_kind` must find)
TYPES: Mapping[str, tuple[str, str]] = {
    "jpg": ("image/jpeg", "JPEG"),
    "jpeg": ("image/jpeg", "JPEG"),
    "png": ("image/png", "PNG"),
    "gif": ("image/gif", "GIF"),
    "bmp": ("image/bmp", "BMP"),
    "webp": ("image/webp", "WEBP"),
    "tif": ("image/tiff", "TIFF"),
    "tiff": ("image/tiff", "TIFF"),
    "mp4": ("video/mp4", "mp4"),
    "m4a": ("audio/mp4", "mp4"),
    "mov": ("video/quicktime", "mp4"),
    "avi": ("video/x-msvideo", "avi"),
    "wav": ("audio/wav", "wav"),
    "mp3": ("audio/mpeg", "mp3"),
    "amr": ("audio/amr", "amr"),
    "pdf": ("application/pdf", "pdf"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "ofd": ("application/ofd", "ofd"),
    "txt": ("text/plain", "text"),
    "csv": ("text/csv", "text"),
}
_PICTURES = frozenset({"JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"})
_PACKED = frozenset({"docx", "xlsx", "ofd"})
_RUNNABLE = re.compile(
    r"\.(exe|com|bat|cmd|scr|msi|dll|js|jse|vbs|vbe|wsf|ps1|sh|py|php\d?|phtml|jsp|jspx|asp|aspx|htm|html|xhtml|svg|hta|jar|lnk|docm|xlsm)\.",
    re.IGNORECASE,
)
# Text that a browser or interpreter would run; long enough not to occur by chance in pictures or film. Looked for in lower
# case: that is ten times as fast as a pattern that ignores it.
_ACTIVE_TAG = re.compile(rb"<(?:script[\s>/]|\?php|html[\s>]|!doctype html|iframe[\s>])")
_TAG = re.compile(
    r"<(?:svg|img|object|embed|iframe|style|link|meta|body)[\s>/]", re.IGNORECASE
)  # in a text, whatever runs or loads
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_ACTIVE_WORDS = (b"#!/bin/", b"javascript:")
_MOST_TEXT = 64 << 20
_INVISIBLE = frozenset(
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


@dataclass(frozen=True)
class Examined:
    """A file that may come in: its cleaned name, media type and size in bytes."""

    name: str
    media_type: str
    size: int


def refuse(what: str, remedy: str) -> InvalidAnswers:
    """The refusal of an upload: what is wrong and what helps."""
    return InvalidAnswers({"file": f"{what}。{remedy}"}, detail=what)


def clean_name(name: str) -> str:
    """The last part of the path, without control, invisible and reserved characters; at most 120 long, extension kept."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs", "Co") and c not in _INVISIBLE)
    text = re.sub(r'[<>:"|?*]', "_", text).strip(" .")
    stem, dot, extension = text.rpartition(".")
    if not dot or not stem.strip(" ."):
        raise refuse("文件名没有扩展名", "请保留原文件的扩展名,如 .jpg、.mp4、.pdf")
    return f"{stem[: _NAME_LENGTH - len(extension) - 1]}.{extension.lower()}"


def refuse_name(cleaned: str) -> str:
    """The name, unless its extension is of no type that may come in."""
    if cleaned.rpartition(".")[2] not in TYPES or _RUNNABLE.search(cleaned):
        raise refuse(f"不接受这种文件:{cleaned[-_NAME_LENGTH:]}", f"可上传的类型:{'、'.join(TYPES)}")
    return cleaned


def examine(file: BinaryIO, name: str, most: int = MOST) -> Examined:
    """Judges a seekable file by its content and leaves it at its beginning. Raises `InvalidAnswers` or `TooLarge`."""
    cleaned = refuse_name(clean_name(name))
    extension = cleaned.rpartition(".")[2]
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise refuse("文件是空的(0 字节)", "请检查原文件后重新上传")
    if size > most:
        raise TooLarge(most)
    media_type, expected = TYPES[extension]
    found = _kind(file)
    if found != expected and not (expected == "text" and found is None):
        raise refuse(f"文件内容与扩展名 .{extension} 不符", "请上传未经改名的原文件")
    _look_inside(file, expected, size)
    file.seek(0)
    return Examined(cleaned, media_type, size)


def _kind(file: BinaryIO) -> str | None:
    """The type by the first bytes, None when they tell nothing."""
    file.seek(0)
    head = file.read(_HEAD)
    for start, kind in _MAGIC.items():
        if head.startswith(start):
            return kind
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:4] == b"RIFF":
        return {b"WEBP": "WEBP", b"AVI ": "avi", b"WAVE": "wav"}.get(head[8:12], "riff")
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return "mp3"
    return _kind_of_zip(file) if head.startswith(b"PK") else None


_MAGIC: Mapping[bytes, str] = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"ID3": "mp3",
    b"#!AMR": "amr",
    b"%PDF-": "pdf",
    b"MZ": "program",
    b"\x7fELF": "program",
    b"\xd0\xcf\x11\xe0": "ole",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"\x1f\x8b": "archive",
}


def _kind_of_zip(file: BinaryIO) -> str | None:
    if zips.listing(file) > _MOST_LISTED:  # before anything reads it
        raise refuse("文件内部条目过多", "请重新导出后上传")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError):
        return "archive"
    for inside, kind in (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("OFD.xml", "ofd")):
        if inside in names:
            return kind
    return "archive"


def _look_inside(file: BinaryIO, kind: str, size: int) -> None:
    if kind in _PACKED:
        _check_packed(file, kind, size)
        return
    if _has_archive_tail(file, size):
        raise refuse("文件尾部夹带了压缩包", "请上传未经拼接的原文件")
    if kind == "text":
        _check_text(file)
    elif kind == "pdf":
        file.seek(max(0, size - 2048))
        if b"%%EOF" not in file.read():
            raise refuse("PDF 不完整或尾部夹带其他内容", "请重新导出 PDF 后上传")
        file.seek(0)
        if _is_active(file.read(_HEAD)):
            raise refuse("文件中夹带了脚本", "请重新导出 PDF 后上传")
    else:
        _refuse_active(file)
    if kind in _PICTURES:
        _check_picture(file, kind, size)


def _has_archive_tail(file: BinaryIO, size: int) -> bool:
    """Would an unpacker open this file? It looks for the end record in the last 64 KB."""
    file.seek(max(0, size - zips.TAIL))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if len(tail) - at >= 22:
            comment = struct.unpack("<H", tail[at + 20 : at + 22])[0]
            if at + 22 + comment <= len(tail):
                return True
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return False


def _refuse_active(file: BinaryIO) -> None:
    file.seek(0)
    kept = b""
    while piece := file.read(1 << 20):
        if _is_active(kept + piece):
            raise refuse("文件中夹带了脚本", "请上传未经拼接的原文件")
        kept = piece[-32:]


def _is_active(data: bytes) -> bool:
    lower = data.lower()
    return _ACTIVE_TAG.search(lower) is not None or any(word in lower for word in _ACTIVE_WORDS)


def _check_text(file: BinaryIO) -> None:
    file.seek(0)
    data = file.read(_MOST_TEXT + 1)
    if len(data) > _MOST_TEXT:
        raise refuse("文本文件过大", f"请拆分到 {_MOST_TEXT >> 20} MB 以内")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise refuse("文本既不是 UTF-8 也不是 GB18030 编码", "请另存为 UTF-8 文本后上传") from error
    if _CONTROL.search(text):
        raise refuse("文本中含有不可见的控制字符", "请确认这是纯文本文件")
    if _is_active(data) or _TAG.search(text) or text.lstrip().startswith("<"):
        raise refuse("文本中含有网页或脚本", "请上传纯文本文件")


def _check_picture(file: BinaryIO, kind: str, size: int) -> None:
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; ours is the limit below
            with Image.open(file, formats=[kind]) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise refuse("图片像素过多", "请压缩到两亿像素以内")
                picture.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise refuse("图片已损坏,无法打开", "请检查原文件后重新上传") from error
    if kind == "PNG" and _end_of_png(file) != size:
        raise refuse("图片尾部夹带了其他内容", "请上传未经拼接的原文件")
    if kind == "WEBP":
        file.seek(4)
        if struct.unpack("<I", file.read(4))[0] + 8 not in (size, size - 1):
            raise refuse("图片尾部夹带了其他内容", "请上传未经拼接的原文件")
    if kind == "JPEG":
        _check_tail(file, size)


def _check_tail(file: BinaryIO, size: int) -> None:
    """What stands behind the end of a JPEG: cameras leave padding there, nothing that is a file of its own."""
    end = _last_in(file, b"\xff\xd9")
    if end < 0:
        raise refuse("图片不完整", "请检查原文件后重新上传")
    if size - end > _MOST_TEXT:
        raise refuse("图片尾部夹带了其他内容", "请上传未经拼接的原文件")
    file.seek(end + 2)
    if re.search(rb"%PDF-|MZ.{58}|Rar!\x1a|7z\xbc\xaf", file.read(), re.DOTALL):
        raise refuse("图片尾部夹带了其他内容", "请上传未经拼接的原文件")


def _last_in(file: BinaryIO, mark: bytes) -> int:
    """Where two bytes stand for the last time; -1 when they do not. Holds a megabyte at a time."""
    file.seek(0)
    found, at, kept = -1, 0, b""
    while piece := file.read(1 << 20):
        data = kept + piece
        if (place := data.rfind(mark)) >= 0:
            found = at - len(kept) + place
        at += len(piece)
        kept = piece[-1:]
    return found


def _end_of_png(file: BinaryIO) -> int:
    at = 8
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return -1
        at += 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IEND":
            return at


def _check_packed(file: BinaryIO, kind: str, size: int) -> None:
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS:
            raise refuse("文件内部条目过多", "请重新导出后上传")
        unpacked = sum(m.file_size for m in members)
        if unpacked > _MOST_UNPACKED or (unpacked > 10 << 20 and unpacked > 100 * size):
            raise refuse("文件解压后异常膨胀(疑为压缩炸弹)", "请重新导出后上传")
        for member in members:
            _check_member(member)
        if kind != "ofd":
            _check_content_types(archive)
    file.seek(max(0, size - zips.TAIL))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end + 22 + struct.unpack("<H", tail[end + 20 : end + 22])[0] != len(tail):
        raise refuse("文件尾部夹带了其他内容", "请上传未经拼接的原文件")


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name:
        raise refuse("文件内部含有越出目录的路径", "请重新导出后上传")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise refuse("文件内部含有链接", "请重新导出后上传")
    if member.flag_bits & 1:
        raise refuse("文件已加密", "请取消密码后上传")
    lower = name.lower()
    if "vbaproject" in lower or "/activex/" in lower or lower.endswith((".zip", ".rar", ".7z", ".gz", ".exe", ".dll")):
        raise refuse("文件内含宏、控件或压缩包", "请另存为不含宏的文件后上传")


def _check_content_types(archive: zipfile.ZipFile) -> None:
    try:
        with archive.open("[Content_Types].xml") as member:
            types = member.read(1 << 20)
    except (KeyError, zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise refuse("文件已损坏,无法打开", "请重新导出后上传") from error
    if b"macroEnabled" in types or b"vbaProject" in types:
        raise refuse("文件内含宏", "请另存为不含宏的文件后上传")


def seekable(file: BinaryIO | bytes) -> BinaryIO:
    """The file itself when it can seek, else a refusal of the caller's error; bytes become a file."""
    if isinstance(file, bytes):
        return io.BytesIO(file)
    if not file.seekable():
        raise ValueError("examine needs a seekable file: spool the stream first")
    return file
