"""Is a dossier whole, and did whom it names sign it? Needs the file alone: no database, no node.

Written apart from `engine.dossier` on purpose: what checks shares nothing with what makes. Format 1 has no signatures; format 2
is signed twice (Ed25519, SM2), and a package that lost a signature is not whole.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from kernel import sm2, sm3

_CHUNK = 1 << 20
_MANIFEST, _DIGEST = "manifest.json", "manifest.sm3"
_ALGORITHMS = {"ed25519": "Ed25519", "sm2": "SM2"}
_SIGNED = tuple(f"signatures/{name}.{end}" for name in _ALGORITHMS for end in ("pem", "sig"))


@dataclass
class Report:
    """What was found. `faults` are Chinese sentences, each naming its file; none: whole. `sm3`: of the whole ZIP, hexadecimal.

    `keys`: algorithm → fingerprint (SM3 of the public key) of the signatures that hold; whose key it is the file cannot
    prove – compare it with what the agency makes known. `format`, `state` (working, sealed) and `number` as the manifest says.
    """

    path: str
    sm3: str = ""
    format: int = 0
    state: str = ""
    number: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    files: int = 0
    size: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Is it whole?"""
        return not self.faults


def verify(path: Path | str, expected: str | None = None, keys: Collection[str] = ()) -> Report:
    """Checks a dossier file. `expected` is its SM3 as recorded elsewhere (fact dossier_sm3 of the case, a seal); `keys` are
    fingerprints that its agency makes known. Without either, a dossier that somebody rebuilt whole and signed with keys of
    his own cannot be told from a true one."""
    report = Report(str(path))
    try:
        with Path(path).open("rb") as file:
            report.sm3 = hashlib.file_digest(file, sm3.new).hexdigest()
            with zipfile.ZipFile(file) as archive:
                _check(archive, file, report)
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, ValueError, RuntimeError) as error:
        report.faults.append(f"卷宗文件无法打开或结构被破坏:{error}")
    if expected and report.sm3 != expected.lower():
        report.faults.append(f"卷宗的 SM3 {report.sm3[:16]}… 与登记的 {expected[:16]}… 不符(卷宗被改动或整卷重制)")
    report.faults += _unknown_keys(report, {key.lower() for key in keys})
    return report


def _check(archive: zipfile.ZipFile, file: BinaryIO, report: Report) -> None:
    names = archive.namelist()
    for name in sorted({n for n in names if names.count(n) > 1}):
        report.faults.append(f"{name}:在卷宗中出现多次")
    _check_structure(archive, file, report)
    manifest = _manifest(archive, names, report)
    if manifest is None:
        return
    listed = {str(entry["path"]): entry for entry in manifest["files"]}
    report.files = len(listed)
    for name in sorted(set(listed) - set(names)):
        report.faults.append(f"{name}:缺少(清单中有,卷宗中没有)")
    beside = {_MANIFEST, _DIGEST, *(_SIGNED if report.format > 1 else ())}
    for name in sorted(set(names) - set(listed) - beside):
        report.faults.append(f"{name}:多出(清单中没有)")
    if report.format > 1:
        _check_signatures(archive, names, report)
    for name in sorted(set(listed) & set(names)):
        _check_file(archive, name, listed[name], report)
    for name, check in (
        ("custody.json", _custody_faults),
        ("rules.json", _rules_faults),
        ("catalogue.json", _catalogue_faults),
        *((("volumes.json", _volumes_faults),) if report.format > 1 else ()),
    ):
        try:
            report.faults += check(json.loads(archive.read(name)), listed)
        except (KeyError, TypeError, AttributeError, ValueError, zipfile.BadZipFile):
            report.faults.append(f"{name}:缺少或内容无法识别")


def _check_structure(archive: zipfile.ZipFile, file: BinaryIO, report: Report) -> None:
    """Nothing before, between or behind the files, no comments, no attributes: no place to hide anything."""
    at = 0
    for info in sorted(archive.infolist(), key=lambda i: i.header_offset):
        if info.header_offset != at:
            report.faults.append(f"{info.filename}:之前夹有 {info.header_offset - at} 字节清单外的内容")
        file.seek(info.header_offset)
        head = file.read(30)
        at = info.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        at += info.compress_size
        if info.compress_type != zipfile.ZIP_STORED or info.date_time != (1980, 1, 1, 0, 0, 0) or info.comment:
            report.faults.append(f"{info.filename}:存储方式、时间或注释被改动")
        if info.external_attr != 0o644 << 16 or info.create_system != 3:
            report.faults.append(f"{info.filename}:文件属性被改动")
    if at != archive.start_dir or not _ends_clean(file, archive.start_dir):
        report.faults.append("卷宗末尾夹有清单外的内容")


def _ends_clean(file: BinaryIO, directory: int) -> bool:
    """Does the end record follow the directory at once and end the file?"""
    end = file.seek(-22, 2)
    record = file.read()
    size, offset = int.from_bytes(record[12:16], "little"), int.from_bytes(record[16:20], "little")
    wide = 0xFFFFFFFF in (size, offset) or record[10:12] == b"\xff\xff"
    fits = wide or (offset == directory and offset + size == end)
    return record[:4] == b"PK\x05\x06" and record[20:] == b"\0\0" and fits


def _manifest(archive: zipfile.ZipFile, names: list[str], report: Report) -> dict[str, Any] | None:
    for name in (_MANIFEST, _DIGEST):
        if name not in names:
            report.faults.append(f"{name}:缺少")
    if not {_MANIFEST, _DIGEST} <= set(names):
        return None
    try:
        data = archive.read(_MANIFEST)
    except zipfile.BadZipFile:
        report.faults.append(f"{_MANIFEST}:被改动")
        return None
    digest = sm3.hexdigest(data)
    try:
        told = archive.read(_DIGEST)
    except zipfile.BadZipFile:
        told = b""
    if told != f"{digest}  {_MANIFEST}\n".encode():
        report.faults.append(f"{_MANIFEST} 或 {_DIGEST}:被改动(清单与其摘要不符)")
    try:
        manifest: dict[str, Any] = json.loads(data)
        entries = manifest["files"]
        report.format = manifest["format"]
        report.state, report.number = str(manifest.get("state") or ""), str(manifest.get("number") or "")
        if report.format not in (1, 2):
            report.faults.append(f"{_MANIFEST}:格式版本 {manifest['format']} 未知,请使用更新的程序核验")
            return None
        if not all({"path", "size", "sha256", "sm3"} <= set(entry) for entry in entries):
            raise KeyError("files")
    except (ValueError, KeyError, TypeError):
        report.faults.append(f"{_MANIFEST}:内容无法识别")
        return None
    return manifest


def _check_signatures(archive: zipfile.ZipFile, names: list[str], report: Report) -> None:
    """Both signatures over the manifest's bytes, each by the key beside it."""
    for stem, algorithm in _ALGORITHMS.items():
        key, signature = f"signatures/{stem}.pem", f"signatures/{stem}.sig"
        lost = [name for name in (key, signature) if name not in names]
        if lost:
            report.faults += [f"{name}:缺少(卷宗应有 {algorithm} 签名)" for name in lost]
            continue
        try:
            public = _public(archive.read(key))
            signed, manifest = archive.read(signature), archive.read(_MANIFEST)
        except (zipfile.BadZipFile, ValueError):
            report.faults.append(f"{key}、{signature}:被改动,{algorithm} 签名无法核验")
            continue
        if _holds(algorithm, public, manifest, signed):
            report.keys[algorithm] = sm3.hexdigest(public)
        else:
            report.faults.append(
                f"{signature}:{algorithm} 签名不成立({_MANIFEST} 被改动,或者 {key} 不是签名所用的公钥,其指纹为 {sm3.hexdigest(public)[:16]}…)"
            )


def _holds(algorithm: str, public: bytes, data: bytes, signature: bytes) -> bool:
    if algorithm == "SM2":
        return sm2.verify(public, data, signature)
    try:
        key = load_der_public_key(public)
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(signature, data)
    except (ValueError, InvalidSignature):
        return False
    return True


def _public(pem: bytes) -> bytes:
    """The key inside a PEM file that holds nothing else."""
    text = pem.decode("ascii")
    head, tail = "-----BEGIN PUBLIC KEY-----\n", "\n-----END PUBLIC KEY-----\n"
    if not text.startswith(head) or not text.endswith(tail):
        raise ValueError("not a public key")
    return base64.b64decode(text[len(head) : -len(tail)].replace("\n", ""), validate=True)


def _unknown_keys(report: Report, known: set[str]) -> Iterator[str]:
    """Signatures that hold, by keys that are not those looked for."""
    if not known:
        return
    if report.format == 1:
        yield "卷宗为旧格式,没有签名,无法按公钥核验;请按登记的 SM3 核验"
    for algorithm, found in report.keys.items():
        if found not in known:
            yield f"signatures/{algorithm.lower()}.pem:{algorithm} 公钥不对,指纹 {found} 不在指定的公钥之内(可能整卷重制)"


def _check_file(archive: zipfile.ZipFile, name: str, listed: Mapping[str, Any], report: Report) -> None:
    first, second, size = hashlib.sha256(), sm3.new(), 0
    try:
        with archive.open(name) as file:
            while piece := file.read(_CHUNK):
                first.update(piece)
                second.update(piece)
                size += len(piece)
    except (zipfile.BadZipFile, EOFError):
        report.faults.append(f"{name}:被改动")
        return
    report.size += size
    if size != listed["size"] or first.hexdigest() != listed["sha256"] or second.hexdigest() != listed["sm3"]:
        report.faults.append(f"{name}:被改动(大小或散列值与清单不符)")


def _custody_faults(chains: Any, listed: Mapping[str, Any]) -> Iterator[str]:
    """Every piece of evidence has an unbroken chain that begins with the hash of the very file in the dossier."""
    paths = {chain["path"] for chain in chains}
    for path in sorted(p for p in listed if p.startswith("evidence/") and p not in paths):
        yield f"{path}:没有保管链"
    for chain in chains:
        path, row = chain["path"], chain["evidence"]
        entry = listed.get(path)
        if entry is None or (entry["sm3"], entry["sha256"], entry["size"]) != (row["sm3"], row["sha256"], row["size"]):
            yield f"{path}:登记的散列值与卷内文件不符"
        before = bytes.fromhex(row["sm3"])
        if not chain["events"] or chain["events"][0]["event"] != "received":
            yield f"{path}:保管链没有接收记录"
        for place, event in enumerate(chain["events"], 1):
            parts = (row["id"], place, event["at_micros"], event["person_id"], event["event"], event["detail"])
            expected = sm3.digest(before + "\x1f".join(map(str, parts)).encode())
            if event["seq"] != place or expected.hex() != event["digest"]:
                yield f"{path}:保管链第 {place} 环断裂"
            before = bytes.fromhex(event["digest"])


def _rules_faults(told: Any, listed: Mapping[str, Any]) -> Iterator[str]:
    """A release is named by the hash of its file list: the list that is told must give that name."""
    for release in told["releases"]:
        lines = "".join(f"{path}\t{digest}\n" for path, digest in sorted(release["files"].items()))
        if sm3.hexdigest(lines.encode()) != release["hash"]:
            yield f"rules.json:内容版本 {release['hash'][:12]} 的文件清单与其散列值不符"


def _catalogue_faults(catalogue: Any, listed: Mapping[str, Any]) -> Iterator[str]:
    told = {entry["path"] for entry in catalogue if entry["path"]}
    kept = {path for path in listed if path.startswith(("papers/", "evidence/"))}
    for path in sorted(told ^ kept):
        yield f"{path}:目录与卷内文件不一致"


def _volumes_faults(volumes: Any, listed: Mapping[str, Any]) -> Iterator[str]:
    """The volumes that are told are those in the package; their pages follow one another from 1."""
    told = {volume["path"] for volume in volumes if volume["path"]}
    for path in sorted(told ^ {path for path in listed if path.startswith("volumes/")}):
        yield f"{path}:volumes.json 与卷内文件不一致"
    for volume in volumes:
        at = 0
        for item in volume["items"]:
            if item["first"] is None:
                continue
            if item["first"] != at + 1 or item["last"] < item["first"]:
                yield f"volumes.json:{volume['name']}“{item['name']}”的页码不衔接"
            at = item["last"]
        if at != volume["pages"]:
            yield f"volumes.json:{volume['name']}的页数与目录不符"
