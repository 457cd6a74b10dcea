"""Files by hash: evidence, papers, dossiers. A file's name is its SHA-256; what was stored is never rewritten.

Each file lies twice when there is a second directory. Whoever opens a file gets the very bytes that were kept or none: a
damaged or missing copy is put right from the other one, and the finding waits in `findings/` until somebody has told of it.
A directory now; an object store can stand behind the same face later.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from kernel import log, sm3
from kernel.errors import Fault, NotFound, Problem, Unavailable

_CHUNK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_log = log.logger("kernel.files")
State = Literal["whole", "restored", "mirrored", "lost"]


@dataclass(frozen=True)
class Stored:
    """What is known of a file once it is kept: both hashes and its size in bytes."""

    sha256: bytes
    sm3: bytes
    size: int


@dataclass(frozen=True)
class Finding:
    """A file that was not as it had been kept: put right from its second copy, or lost."""

    sha256: bytes
    state: Literal["restored", "lost"]


class StorageFull(Fault):
    """No room is left for what should be kept; nothing of it was."""

    code = "storage_full"
    status = 507
    title = "文件存储空间不足"


class Damaged(Fault):
    """No whole copy of a file is left. A wrong file is never handed out."""

    code = "file_damaged"
    status = 503
    title = "文件已损坏"
    permanent = True


class TooLarge(Fault):
    """More bytes than allowed."""

    code = "too_large"
    status = 413
    title = "文件过大"
    permanent = True

    def __init__(self, most: int) -> None:
        super().__init__(f"文件超过上限 {most // (1 << 20)} MB", remedy="请压缩或拆分后重新上传")


class FileStore:
    """A content-addressed directory, with a second one beside it when `second` is given."""

    def __init__(self, root: Path, second: Path | None = None) -> None:
        self.root, self.second = root, second
        for each in self._roots:
            (each / "incoming").mkdir(parents=True, exist_ok=True)

    @property
    def _roots(self) -> tuple[Path, ...]:
        return (self.root, self.second) if self.second else (self.root,)

    def _path(self, sha256: bytes, root: Path | None = None) -> Path:
        name = sha256.hex()
        return (root or self.root) / name[:2] / name[2:4] / name

    def put(self, source: BinaryIO | bytes, most: int | None = None) -> Stored:
        """Keeps a stream or bytes; hashes it in one pass; the file appears whole or not at all. `most` bytes at the most."""
        with self._making() as made:
            stored = _written(source, made, most)
            self._place(made, stored.sha256)
        return stored

    def adopt(self, path: Path, stored: Stored) -> None:
        """As `put`, of a file in `incoming` of this store, of which `measured` told the hashes: it is linked, not copied.
        The caller removes its own name."""
        with self._making() as made:
            _synced(path)
            os.link(path, made[0])
            for other in made[1:]:
                shutil.copyfile(path, other)
                _synced(other)
            self._place(made, stored.sha256)

    def incoming(self, name: str) -> Path:
        """Where a file lies that is still on its way in."""
        return self.root / "incoming" / name

    @contextmanager
    def _making(self) -> Iterator[list[Path]]:
        """A temporary name in each directory; none is left over, and what fails to be written is told as a problem."""
        made = [root / "incoming" / secrets.token_hex(16) for root in self._roots]
        try:
            yield made
        except OSError as error:
            raise unwritable(error) from error
        finally:
            for temporary in made:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)

    def _place(self, made: list[Path], sha256: bytes) -> None:
        """The second copy first: what is found in the first directory lies in both."""
        for root, temporary in reversed(list(zip(self._roots, made, strict=True))):
            _placed(temporary, self._path(sha256, root))

    def open(self, sha256: bytes) -> BinaryIO:
        """The file, for reading: what was kept and nothing else. `NotFound` when it never was here, `Damaged` when lost."""
        if self._is_whole(self._path(sha256)):
            return self._path(sha256).open("rb")
        was_here = self._path(sha256).exists()
        state = self._healed(sha256)
        if state == "restored":
            return self._path(sha256).open("rb")
        if was_here:
            raise Damaged("存储的文件与登记的散列值不符,且没有完好的副本", remedy="已通知运维人员;请用备份恢复")
        raise NotFound("存储中没有这个文件", remedy="请运维人员用备份恢复")

    def read(self, sha256: bytes) -> bytes:
        """The whole file."""
        with self.open(sha256) as file:
            return file.read()

    def check(self, sha256: bytes, expected_sm3: bytes) -> bool:
        """Does the first copy still have both hashes? Changes nothing."""
        first, second = hashlib.sha256(), sm3.new()
        try:
            with self._path(sha256).open("rb") as file:
                while piece := file.read(_CHUNK):
                    first.update(piece)
                    second.update(piece)
        except FileNotFoundError as error:
            raise NotFound("存储中没有这个文件", remedy="请运维人员用备份恢复") from error
        return first.digest() == sha256 and second.digest() == expected_sm3

    def care(self, sha256: bytes) -> State:
        """Looks at both copies and puts right what is not: the first from the second (a finding), or the second from the first."""
        if not self._is_whole(self._path(sha256)):
            return self._healed(sha256)
        if self.second is None or self._is_whole(self._path(sha256, self.second)):
            return "whole"
        self._copy(sha256, self.root, self.second)
        return "mirrored"

    def findings(self) -> list[Finding]:
        """What was found damaged and not told yet."""
        folder = self.root / "findings"
        names = sorted(entry.name for entry in os.scandir(folder)) if folder.is_dir() else []
        parted = [name.partition(".") for name in names]
        return [
            Finding(bytes.fromhex(sha), "restored" if state == "restored" else "lost")
            for sha, _, state in parted
            if state in ("restored", "lost")
        ]

    @contextmanager
    def telling(self, finding: Finding) -> Iterator[bool]:
        """Around the telling of a finding, which one process does at a time; False: another has done it meanwhile.

        After the block it is no finding any more; after an exception it still is.
        """
        path = self.root / "findings" / f"{finding.sha256.hex()}.{finding.state}"
        try:
            held = path.open("r+b")
        except FileNotFoundError:
            yield False
            return
        with held:
            fcntl.flock(held, fcntl.LOCK_EX)
            if os.fstat(held.fileno()).st_nlink == 0:
                yield False
                return
            yield True
            path.unlink(missing_ok=True)

    def derived(self, digest: bytes, recipe: str, make: Callable[[], bytes]) -> bytes:
        """What a recipe makes of what has this SHA-256, made when first asked for. A cache: it may be thrown away at any time."""
        name = digest.hex()
        path = self.root / "derived" / recipe / name[:2] / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            made = make()
        temporary = self.incoming(secrets.token_hex(16))
        try:
            temporary.write_bytes(made)
            _placed(temporary, path)
        except OSError as error:
            raise unwritable(error) from error
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        return made

    def all(self) -> Iterator[Path]:
        """Every file kept."""
        return (p for p in self.root.glob("??/??/*") if p.is_file())

    def _is_whole(self, path: Path) -> bool:
        found = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while piece := file.read(_CHUNK):
                    found.update(piece)
        except OSError:
            return False
        return found.hexdigest() == path.name

    def _healed(self, sha256: bytes) -> Literal["restored", "lost"]:
        """The first copy anew from the second. What was damaged is set aside, not thrown away."""
        state: Literal["restored", "lost"] = "lost"
        if self.second is not None and self._is_whole(self._path(sha256, self.second)):
            self._set_aside(self._path(sha256))
            self._copy(sha256, self.second, self.root)
            state = "restored"
        _log.error("file_damaged", sha256=sha256.hex(), state=state)
        folder = self.root / "findings"
        try:
            folder.mkdir(exist_ok=True)
            (folder / f"{sha256.hex()}.{state}").touch()
        except OSError as error:  # a store that is full or read-only: whoever opens the file next finds it again
            _log.error("finding_unwritten", sha256=sha256.hex(), error=str(error))
        return state

    def _set_aside(self, path: Path) -> None:
        if not path.exists():
            return
        aside = self.root / "damaged" / f"{path.name}.{secrets.token_hex(4)}"
        try:
            aside.parent.mkdir(exist_ok=True)
            path.rename(aside)
        except OSError as error:
            raise unwritable(error) from error

    def _copy(self, sha256: bytes, source: Path, target: Path) -> None:
        temporary = target / "incoming" / secrets.token_hex(16)
        try:
            shutil.copyfile(self._path(sha256, source), temporary)
            _synced(temporary)
            _placed(temporary, self._path(sha256, target))
        except OSError as error:
            raise unwritable(error) from error
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def measured(path: Path) -> Stored:
    """Both hashes and the size of a file, a megabyte at a time."""
    with path.open("rb") as source:
        return _written(source, [], None)


def is_full(error: OSError) -> bool:
    """Is no room left where it was to be written?"""
    return error.errno in _FULL


def unwritable(error: OSError) -> Problem:
    """What a store that does not take a file means: full (507), or away for now (503). Nothing of the file was kept."""
    if is_full(error):
        return StorageFull("文件存储已满,文件没有保存", remedy="请通知运维人员腾出空间后重新上传;分片上传可从断点继续")
    _log.error("store_unwritable", error=str(error))
    return Unavailable(
        "文件存储暂时不可用(只读、断开或者出错)", remedy="文件没有保存,请稍后重试;如仍不行请通知运维人员"
    )


def _written(source: BinaryIO | bytes, targets: list[Path], most: int | None) -> Stored:
    first, second, size = hashlib.sha256(), sm3.new(), 0
    files = [target.open("xb") for target in targets]
    try:
        for piece in _pieces(source):
            size += len(piece)
            if most is not None and size > most:
                raise TooLarge(most)
            first.update(piece)
            second.update(piece)
            for file in files:
                file.write(piece)
        for file in files:
            file.flush()
            os.fsync(file.fileno())
    finally:
        for file in files:
            with suppress(OSError):  # what could not be written cannot be flushed either; that is being told already
                file.close()
    return Stored(first.digest(), second.digest(), size)


def _synced(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _placed(temporary: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(path)


def _pieces(source: BinaryIO | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    while piece := source.read(_CHUNK):
        yield piece
