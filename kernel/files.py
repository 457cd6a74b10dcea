"""Files by hash: evidence, papers, dossiers. A file's name is its SHA-256; what was stored is never rewritten.

A directory now; an object store can stand behind the same face later.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kernel import sm3
from kernel.errors import Fault, NotFound

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Stored:
    """What is known of a file once it is kept: both hashes and its size in bytes."""

    sha256: bytes
    sm3: bytes
    size: int


class FileStore:
    """A content-addressed directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "incoming").mkdir(parents=True, exist_ok=True)

    def _path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self.root / name[:2] / name[2:4] / name

    def put(self, source: BinaryIO | bytes, most: int | None = None) -> Stored:
        """Keeps a stream or bytes; hashes it in one pass; the file appears whole or not at all. `most` bytes at the most."""
        temporary = self.root / "incoming" / secrets.token_hex(16)
        first, second, size = hashlib.sha256(), sm3.new(), 0
        try:
            with temporary.open("xb") as target:
                for piece in _pieces(source):
                    size += len(piece)
                    if most is not None and size > most:
                        raise TooLarge(most)
                    first.update(piece)
                    second.update(piece)
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
            path = self._path(first.digest())
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
        except OSError as error:
            raise Fault(f"文件存储写入失败:{error.strerror}", remedy="请稍后重试;如磁盘已满请通知运维人员") from error
        finally:
            temporary.unlink(missing_ok=True)
        return Stored(first.digest(), second.digest(), size)

    def open(self, sha256: bytes) -> BinaryIO:
        """The file, for reading."""
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError as error:
            raise NotFound("存储中没有这个文件", remedy="请运维人员用备份恢复") from error

    def read(self, sha256: bytes) -> bytes:
        """The whole file."""
        with self.open(sha256) as file:
            return file.read()

    def check(self, sha256: bytes, expected_sm3: bytes) -> bool:
        """Does the file still have both hashes?"""
        first, second = hashlib.sha256(), sm3.new()
        with self.open(sha256) as file:
            while piece := file.read(_CHUNK):
                first.update(piece)
                second.update(piece)
        return first.digest() == sha256 and second.digest() == expected_sm3

    def derived(self, sha256: bytes, recipe: str, make: Callable[[BinaryIO], bytes]) -> bytes:
        """What a fixed recipe makes of a kept file, made when first asked for. A cache: it may be thrown away at any time."""
        name = sha256.hex()
        path = self.root / "derived" / recipe / name[:2] / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            with self.open(sha256) as source:
                made = make(source)
        temporary = self.root / "incoming" / secrets.token_hex(16)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(made)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return made

    def all(self) -> Iterator[Path]:
        """Every file kept."""
        return (p for p in self.root.glob("??/??/*") if p.is_file())


class TooLarge(Fault):
    """More bytes than allowed."""

    code = "too_large"
    status = 413
    title = "文件过大"
    permanent = True

    def __init__(self, most: int) -> None:
        super().__init__(f"文件超过上限 {most // (1 << 20)} MB", remedy="请压缩或拆分后重新上传")


def _pieces(source: BinaryIO | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    while piece := source.read(_CHUNK):
        yield piece
