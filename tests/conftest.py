"""A real PostgreSQL for every test that asks for one, a settable day, and people with ordinary rights.

One embedded server serves all workers of a run; each test gets a database of its own, copied from a migrated template
(some 0.1 s), so that tests commit for real and leave nothing behind.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import engine
from content import load
from engine import dossier_signing, release_store, risk_sweep
from kernel import db
from kernel.files import FileStore
from kernel.permissions import Policy
from kernel.settings import ROOT, Settings
from kernel.work import LOCAL, Node, SettableClock, Work, system_person
from registers import account, seed

# Every node of the tests, and every server they start, opens the same trial seals.
os.environ["ZC_SEAL_PASSPHRASE"] = "trial-seals-of-the-tests"  # noqa: TID251
PEOPLE = Path(__file__).parent / "people.yaml"
START = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)
PASSWORD = "Zhifa-2026-demo"
_counter = itertools.count(1)


def _work_in_memory(memory: Path, room: int) -> None:
    """Temporary files lie in memory where a machine has `room` bytes of it to spare.

    A database is a thousand small files: making one costs a disk's file system half a second of the processor, memory 0.05 s.
    Whoever sets TMPDIR himself has his way.
    """
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < room:  # noqa: TID251
        return
    os.environ["TMPDIR"] = str(memory)  # noqa: TID251
    tempfile.tempdir = None


_work_in_memory(Path("/dev/shm"), room=3 << 30)


# Files that take long for the few tests they have, the longest first. The workers take whole files, so that one of these begun
# last would keep one worker busy while the other has nothing left to do.
LONG = (
    "api/test_openapi_fuzz.py", "api/test_permission_matrix.py", "api/test_personal_data_everywhere.py",
    "demo/test_officers_day.py", "web/test_registers.py", "web/test_ordinary_case.py",
    "web/test_desk.py", "web/test_workbench.py", "demo/test_demo.py", "demo/test_simulation.py",
    "web/test_slips.py", "web/test_party_pages.py", "web/test_archive_pages.py", "web/test_exams_and_law.py",
    "api/test_personal_data.py", "engine/test_operations_property.py",
    "engine/test_loop_turns.py", "faults/test_kill_workers.py", "faults/test_kill_postgres.py", "faults/test_lost_answers.py",
    "faults/test_nth_statement.py", "faults/test_recompute_killed.py",
    "api/test_generated_clients.py", "api/test_ordinary_case_over_http.py", "casework/test_ordinary_case.py",
    "upgrade/test_frozen_databases.py", "papers/test_volume.py", "web/test_clues_draws_money.py", "web/test_chosen.py",
    "web/test_signing.py", "web/test_forms_in_the_field.py", "web/test_evidence.py", "web/test_bulk.py",
    "web/test_evaluation_pages.py", "web/test_property_pages.py", "conformance/test_dmn_tck.py",
    "feel/test_fuzz.py", "kernel/test_servers.py", "devices/test_real_content.py", "stories/test_statements.py",
    "stories/test_clues.py", "stories/test_property_risks.py",
)  # fmt: skip


_MANY = 13  # tests: a file of more is begun early anyhow


def long_first(items: list[pytest.Item]) -> None:
    """Files of many tests, then those of `LONG`, then the others; a file's own order stays."""
    here = Path(__file__).parent
    place, sizes = {here / name: n for n, name in enumerate(LONG)}, Counter(item.path for item in items)

    def turn(item: pytest.Item) -> tuple[int, int, int]:
        many = sizes[item.path] > _MANY
        return (
            0 if many else 1 if item.path in place else 2,
            0 if many else place.get(item.path, 0),
            -sizes[item.path],
        )

    items.sort(key=turn)


def pytest_configure(config: pytest.Config) -> None:
    """The ordinary run tries the same examples everywhere, so that what is red is the change's doing; `-m long` draws new ones.
    A slow machine is no defect."""
    unhurried = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
    hypothesis.settings.register_profile("unhurried", **unhurried)
    hypothesis.settings.register_profile("the same everywhere", derandomize=True, **unhurried)
    hypothesis.settings.load_profile("unhurried")
    if not config.option.markexpr:
        hypothesis.settings.load_profile("the same everywhere")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long forms run when asked for: `pytest -m long`, most of them in pieces of some minutes (`-k 'thousand_kills and 3'`).
    Shared among workers, the long files come first.
    """
    if hasattr(config, "workerinput"):
        long_first(items)
    if not config.option.markexpr:
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


@dataclass
class Server:
    """The embedded server of this run. `uri` is the superuser's conninfo; templates: `blank`, and `TEMPLATES` when asked for."""

    uri: str
    app_role: str
    root: Path

    def dsn(self, database: str, user: str) -> str:
        """A conninfo for one database as one user."""
        return make_conninfo(self.uri, dbname=database, user=user)

    @contextmanager
    def superuser(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """A connection of the superuser, each statement on its own."""
        with psycopg.connect(self.dsn(database, "postgres"), autocommit=True) as connection:
            yield connection

    def create(self, name: str, template: str) -> None:
        """A database copied from a template, file by file: through the log it takes twice as long."""
        with self.superuser() as connection:
            connection.execute(f"create database {name} template {template} owner zc_owner strategy file_copy")

    def ensure(self, name: str) -> None:
        """This one of `TEMPLATES`, made when first asked for."""
        base, fill = TEMPLATES[name]
        if base in TEMPLATES:
            self.ensure(base)
        with _locked(self.root), self.superuser() as connection:
            if connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
                return
            connection.execute(f"create database {name}_new template {base} owner zc_owner")
            full = self.database(f"{name}_new", pool=1)
            files = FileStore(self.root / "seed-files")
            node = Node(full, Settings(var=self.root, pdf="off"), files, Policy([]), SettableClock(START))
            fill(node)
            full.close()
            connection.execute(f"alter database {name}_new rename to {name}")

    def drop(self, name: str) -> None:
        """Away with it, whoever is still connected."""
        with self.superuser() as connection:
            connection.execute(f"drop database if exists {name} with (force)")

    def database(self, name: str, pool: int = 8) -> db.Database:
        """A pool for it."""
        return db.Database(self.dsn(name, self.app_role), self.dsn(name, "zc_owner"), pool)


def _people(file: Path) -> Callable[[Node], None]:
    """The agencies and people of a file, with trial seals."""

    def fill(node: Node) -> None:
        seed.load(Work(node, system_person(440000, "01")), file)
        engine.add_trial_seals(node)

    return fill


def _publish(node: Node) -> None:
    """The national content, in force at once, and the keys that sign the city's dossiers: covering and opening them is made
    to be slow, and a process opens a key once."""
    with Work(node, system_person(440000, "01")).transaction() as work:
        release_store.store(work, load.tree(ROOT), ground="测试", effective_from=None)
    dossier_signing.sign(Work(node, system_person(440100, "01")), 440100, b"")


# Template → what it is copied from, and what it has besides: made once per run, copied for each test that starts there.
TEMPLATES: dict[str, tuple[str, Callable[[Node], None]]] = {
    "seeded": ("blank", _people(PEOPLE)),
    "roles": ("seeded", _people(PEOPLE.parent / "api" / "people.yaml")),
    "demo": ("blank", _people(ROOT / "deploy" / "seeds" / "demo.yaml")),
    "national": ("demo", _publish),
}


@pytest.fixture(scope="session")
def server(testrun_uid: str) -> Iterator[Server]:
    """One server per run, shared by the workers; the last one to leave removes it."""
    root = Path(tempfile.gettempdir()) / f"zc-test-{testrun_uid}"
    root.mkdir(exist_ok=True)
    root.chmod(0o755)  # as root the server runs as another user, who must reach its data
    users = root / f"user-{os.getpid()}"
    with _locked(root):
        users.touch()
        handle = db.start_embedded(root / "pg")
        made = Server(handle.get_uri(), "zc_app", root)
        if not (root / "ready").exists():
            _prepare(made)
            (root / "ready").touch()
    yield made
    with _locked(root):
        users.unlink()
        handle.cleanup()
        if not list(root.glob("user-*")):
            shutil.rmtree(root, ignore_errors=True)
            (root.parent / f"{root.name}.lock").unlink()


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    with (root.parent / f"{root.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _prepare(server: Server) -> None:
    with server.superuser() as connection:
        # Without autovacuum nobody sits in a template when it is copied.
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            connection.execute(f"alter system set {setting} = off")
        connection.execute("alter system set max_wal_size = '256MB'")  # it may lie in memory
        connection.execute("select pg_reload_conf()")
        connection.execute("create role zc_owner login createrole")
        connection.execute("create database blank owner zc_owner template template0 encoding 'UTF8' locale 'C'")
    blank = server.database("blank", pool=1)
    db.migrate(blank.owner, server.app_role)
    blank.close()


@pytest.fixture
def sweeps_where_clocks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The daily sweep goes through agencies with clocks alone. What it finds of officers elsewhere is no part of a story (it is
    tried in rulebook_db/test_every_risk), and five idle agencies a day were a fifth of what stories cost."""
    everywhere = " union select agency_id from officer"
    assert everywhere in risk_sweep._PLAN
    monkeypatch.setattr(risk_sweep, "_PLAN", risk_sweep._PLAN.replace(everywhere, ""))


@pytest.fixture
def clock() -> SettableClock:
    """Monday, 2 March 2026, nine o'clock in China."""
    return SettableClock(START)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights of the tests of kernel and registers; a test folder may override it with the policy of the content."""
    return Policy(
        [
            ("officer", "case.start"),
            ("officer", "task.complete"),
            ("unit_head", "personal.unmask"),
            ("supervisor", "case.read"),
        ],
        [("unit_head", "officer")],
        {"case.start": "启动案件", "personal.unmask": "查看个人信息"},
    )


@pytest.fixture
def make_node(server: Server, tmp_path: Path, clock: SettableClock, policy: Policy) -> Iterator[Callable[[str], Node]]:
    """Makes nodes on fresh databases copied from a template (`blank` or one of `TEMPLATES`)."""
    made: list[tuple[str, Node]] = []

    def make(template: str) -> Node:
        name = f"test_{os.getpid()}_{next(_counter)}"
        if template in TEMPLATES:
            server.ensure(template)
        server.create(name, template)
        settings = Settings(var=tmp_path / name, pdf="off", dsn=server.dsn(name, "zc_owner"), app_role=server.app_role)
        node = Node(server.database(name), settings, FileStore(settings.files), policy, clock)
        made.append((name, node))
        return node

    yield make
    for name, node in made:
        node.db.close()
        server.drop(name)


@pytest.fixture
def node(make_node: Callable[[str], Node]) -> Node:
    """A migrated, empty node."""
    return make_node("blank")


@pytest.fixture
def seeded(make_node: Callable[[str], Node]) -> Node:
    """A node with the agencies and people of `people.yaml`."""
    return make_node("seeded")


@pytest.fixture
def demo_node(make_node: Callable[[str], Node]) -> Node:
    """A node with the agencies and people of deploy/seeds/demo.yaml."""
    return make_node("demo")


@pytest.fixture
def national(make_node: Callable[[str], Node]) -> Node:
    """A node with the demo's people and the national content in force."""
    return make_node("national")


@pytest.fixture
def work_as(seeded: Node) -> Callable[[str], Work]:
    """A `Work` of the person with this login, in the seeded node."""

    def as_person(login: str) -> Work:
        return Work(seeded, account.person_of_login(Work(seeded, account.STRANGER), login))

    return as_person
