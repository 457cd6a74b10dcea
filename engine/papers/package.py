"""What makes a DOCX unsafe to open. Looks at the ZIP and its relationships before any parser does; starts nothing.

Limits are those of the reliability page (file and parser attacks): entries ≤ 2,000, inflated size ≤ 200 MB counted while
inflating (a header may lie), ratio ≤ 100, no absolute or `..` names, no macros, nothing fetched from outside.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib

MAX_ENTRIES = 2_000
MAX_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_FILE = 50 * 1024 * 1024
# Small parts of pure repetition compress better than 1:100 without being an attack.
_RATIO_FLOOR = 1024 * 1024
_MAX_XML = 20 * 1024 * 1024

_EXECUTABLE = re.compile(r"(vbaProject|vbaData|activeX|/embeddings/|oleObject|\.bin$|\.exe$|\.dll$|\.js$|\.vbs$)", re.I)
_MACRO_TYPE = re.compile(rb"macroEnabled|vbaProject|ms-office\.activeX|oleObject", re.I)
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_DANGEROUS_TYPE = re.compile(rb"/(attachedTemplate|aFChunk|oleObject|control|vbaProject|frame)[\"']", re.I)
_FIELD_CODE = re.compile(
    r"(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|(?<!HYPER)LINK|MACROBUTTON|DATABASE)(?![A-Z])", re.I
)
_INSTRUCTION = re.compile(rb"<w:instrText[^>]*>(.*?)</w:instrText>|w:instr=\"([^\"]*)\"", re.S)


class UnsafePackage(ValueError):
    """A DOCX that must not be opened; the text is a Chinese sentence saying why."""


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        if name.startswith(("/", "\\")) or "\\" in name or re.match(r"^[A-Za-z]:", name) or "\x00" in name:
            raise UnsafePackage(f"压缩包内有绝对路径或非法文件名:{name!r}")
        if ".." in name.split("/"):
            raise UnsafePackage(f"压缩包内有越出目录的文件名:{name!r}")
        if name in seen:
            raise UnsafePackage(f"压缩包内文件名重复:{name!r}")
        seen.add(name)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise UnsafePackage(f"压缩包内有符号链接:{name!r}")
        if info.flag_bits & 0x1:
            raise UnsafePackage(f"压缩包内有加密文件:{name!r}")
        if _EXECUTABLE.search(name):
            raise UnsafePackage(f"文档含宏、控件或嵌入对象({name}),请另存为不含宏的 .docx 后重试")


def _check_sizes(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_ENTRIES:
        raise UnsafePackage(f"压缩包内文件过多({len(infos)} 个,上限 {MAX_ENTRIES})")
    total = sum(info.file_size for info in infos)
    if total > MAX_BYTES:
        raise UnsafePackage(f"解压后过大({total} 字节,上限 {MAX_BYTES})")
    for info in infos:
        if info.file_size > _RATIO_FLOOR and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise UnsafePackage(f"压缩比超过 {MAX_RATIO}:{info.filename},疑为压缩炸弹")


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    with archive.open(info) as source:
        while chunk := source.read(64 * 1024):
            size += len(chunk)
            if size > room or (size > _RATIO_FLOOR and size > MAX_RATIO * max(info.compress_size, 1)):
                raise UnsafePackage(f"{info.filename} 解压后的实际大小超过限制,疑为压缩炸弹")
            chunks.append(chunk)
    return b"".join(chunks)


def _check_part(name: str, body: bytes) -> None:
    if name == "[Content_Types].xml" and _MACRO_TYPE.search(body):
        raise UnsafePackage("文档类型声明含宏或控件,请另存为不含宏的 .docx 后重试")
    if name.endswith((".xml", ".rels")):
        if len(body) > _MAX_XML:
            raise UnsafePackage(f"{name} 过大({len(body)} 字节,上限 {_MAX_XML})")
        if b"<!DOCTYPE" in body or b"<!ENTITY" in body or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise UnsafePackage(f"{name} 含文档类型或实体声明,或不是 UTF-8 编码")
    if name.endswith(".rels"):
        for relationship in _RELATIONSHIP.findall(body):
            external = re.search(rb"TargetMode\s*=\s*[\"']External", relationship)
            if _DANGEROUS_TYPE.search(relationship) or (external and b"/hyperlink" not in relationship):
                raise UnsafePackage(f"{name} 引用外部文件或嵌入对象,请删除链接的图片、模板、对象")
    elif name.endswith(".xml"):
        # Word may split one field code over several runs, so the pieces are also looked at joined.
        codes = [(a or b).decode("utf-8", "replace") for a, b in _INSTRUCTION.findall(body)]
        if found := _FIELD_CODE.search(" ".join(codes)) or _FIELD_CODE.search("".join(codes)):
            raise UnsafePackage(f"{name} 含会读取外部内容的域代码 {found.group(1)},请删除该域")


def parts(docx: bytes) -> dict[str, bytes]:
    """The files inside a DOCX, by name, after every check. Raises `UnsafePackage` with a Chinese reason."""
    if len(docx) > MAX_FILE:
        raise UnsafePackage(f"文件过大({len(docx)} 字节,上限 {MAX_FILE})")
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as archive:
            infos = archive.infolist()
            _check_sizes(infos)
            _check_names(infos)
            found: dict[str, bytes] = {}
            room = MAX_BYTES
            for info in infos:
                if not info.is_dir():
                    body = _inflate(archive, info, room)
                    room -= len(body)
                    _check_part(info.filename, body)
                    found[info.filename] = body
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, UnsafePackage):
            raise
        raise UnsafePackage("不是完好的 .docx 文件,请用 Word 或 WPS 重新保存") from error
    if "[Content_Types].xml" not in found or "word/document.xml" not in found:
        raise UnsafePackage("不是 Word 文档:缺少 word/document.xml")
    return found


def unsafe(docx: bytes) -> str | None:
    """Why this DOCX must not be opened, in Chinese, or None when it may."""
    try:
        parts(docx)
    except UnsafePackage as error:
        return str(error)
    return None
