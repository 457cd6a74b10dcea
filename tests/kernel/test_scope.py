"""S4: without a scope there are no rows, whatever SQL the application role sends; and the role can change nothing about that."""

import secrets
from datetime import UTC, date, datetime

import psycopg
import pytest

from kernel.ids import uuid7

# Tables outside row-level security, each with its reason.
OPEN = {
    "recompute_part": "which agency's clocks are being recomputed, and how far; no case data",
    "job": "holds no case data (architecture §6)",
    "agency": "known to everyone",
    "officer": "known to everyone; identity numbers are masked by registers.officer",
    "role_grant": "read to load a person",
    "certificate": "checked by everyone; holds no personal data",
    "audit_entry": "read with the right to audit only; holds identifiers and codes",
    "parameter": "content of an agency, no case data",
}


# Of an agency whatever the category: numbers and seals run across them, and so do training, questions and their use, and a
# colleague who is away.
WHATEVER_THE_CATEGORY = frozenset(
    {"number_counter", "number_taken", "seal", "training_course", "training_hours", "question", "question_snapshot"}
    | {"exam_template", "exam_composition", "exam_sitting", "exam_answer", "sitting_event", "exam_script", "exam_mark"}
    | {"absence", "number_block", "saved_filter"}
    | {"dossier_key", "dossier_signature", "dossier_list"}
    | {"evaluation_indicator", "evaluation_object", "evaluation_draw", "self_assessment", "evaluation_score"}
)


def scoped_tables(connection):
    rows = connection.execute(
        """select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'agency_id'
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and not a.attisdropped order by 1"""
    )
    return [row[0] for row in rows if row[0] not in OPEN]


def value(column, kind):
    if column == "agency_id" or (column == "owner_id" and kind == "int4"):
        return 440100
    if column == "category":
        return "01"
    if "digest" in column or column in ("sha256", "sm3") or kind == "bytea":
        return secrets.token_bytes(32)
    if kind.startswith("_"):  # an array
        return "{}"
    made = {
        "uuid": uuid7(),
        "int2": 1,
        "int4": 1,
        "int8": 1,
        "numeric": 1,
        "bool": True,
        "jsonb": "{}",
        "xid8": "1",
        "date": date(2026, 1, 1),
    }
    return made.get(kind, datetime(2026, 1, 1, tzinfo=UTC) if kind == "timestamptz" else f"x{secrets.token_hex(3)}")


def fill(connection, table):
    columns = connection.execute(
        """select column_name, udt_name from information_schema.columns
        where table_schema = 'public' and table_name = %s and is_nullable = 'NO'""",
        (table,),
    ).fetchall()
    names = ", ".join(c for c, _ in columns)
    marks = ", ".join(["%s"] * len(columns))
    connection.execute(f"insert into {table} ({names}) values ({marks})", [value(c, k) for c, k in columns])


@pytest.fixture
def filled(server, seeded):
    """Every scoped table holds one row of agency 440100, category 01."""
    name = psycopg.conninfo.conninfo_to_dict(seeded.db.dsn)["dbname"]
    with server.superuser(name) as connection:
        connection.execute("set session_replication_role = replica")  # no foreign keys while filling
        for table, rule in connection.execute(
            "select conrelid::regclass::text, conname from pg_constraint where contype = 'c' and conrelid <> 0"
        ):
            if "." not in table:  # what a row may say is not asked here, only who sees it
                connection.execute(f'alter table {table} drop constraint "{rule}"')
        connection.execute("delete from seal")  # those of the seed
        tables = scoped_tables(connection)
        for table in tables:
            fill(connection, table)
    return tables


def count(seeded, table, scope=None, categories=None):
    with psycopg.connect(seeded.db.dsn) as connection:
        if scope is not None:
            connection.execute("select set_config('app.scope', %s, true)", (scope,))
        if categories is not None:
            connection.execute("select set_config('app.categories', %s, true)", (categories,))
        return connection.execute(f"select count(*) from {table}").fetchone()[0]


def test_without_a_scope_no_table_with_case_data_shows_a_row(seeded, filled):
    assert len(filled) >= 19
    assert {t: count(seeded, t) for t in filled} == dict.fromkeys(filled, 0)
    assert {t: count(seeded, t, "", "") for t in filled} == dict.fromkeys(filled, 0)


def test_a_scope_shows_its_agency_and_its_categories_only(seeded, filled):
    for table in filled:
        assert count(seeded, table, "{440100}", "{01}") == 1, table
        assert count(seeded, table, "{440300,440000}", "{01}") == 0, table
        if table not in WHATEVER_THE_CATEGORY:
            assert count(seeded, table, "{440100}", "{02,03}") == 0, table
            assert count(seeded, table, "{440100}") == 0, table


def test_a_scope_ends_with_its_transaction(seeded, work_as):
    work = work_as("officer_1")
    with work.transaction():
        assert work.rows("select current_setting('app.scope', true) as s")[0]["s"] == "{440100}"
    with seeded.db.connection() as connection:
        assert not connection.exec_driver_sql("select current_setting('app.scope', true)").scalar()


def test_nobody_writes_rows_for_an_agency_outside_his_scope(work_as):
    work = work_as("officer_1")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), work.transaction():
        work.execute(
            "insert into party (id, agency_id, category, party_type, name, created_at) values (%s, 440300, '01', 'person', '甲', %s)",
            (uuid7(), work.now),
        )


def test_the_application_role_owns_nothing_and_has_no_powers(seeded):
    with psycopg.connect(seeded.db.dsn) as connection:
        role = connection.execute(
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = current_user"
        ).fetchone()
        assert role == (False,) * 5
        owned = connection.execute(
            """select count(*) from pg_class where pg_get_userbyid(relowner) = current_user
            union all select count(*) from pg_proc where pg_get_userbyid(proowner) = current_user
            union all select count(*) from pg_auth_members where pg_get_userbyid(member) = current_user"""
        ).fetchall()
        assert owned == [(0,), (0,), (0,)]


@pytest.mark.parametrize(
    "attempt",
    [
        "create table mine (id int)",
        "create table zc.mine (id int)",
        "alter table party disable row level security",
        "drop policy scoped on party",
        "alter table audit_entry disable trigger append_only",
        "drop table party",
        "set role zc_owner",
        "set session_replication_role = replica",
        "truncate enforcement_case cascade",
        "create or replace function zc.refuse_change() returns trigger language plpgsql as 'begin return old; end'",
        "update alembic_version set version_num = '0'",
        "alter table party owner to zc_app",
        "copy party to program 'cat'",
        "select pg_read_file('/etc/passwd')",
        "alter role zc_app bypassrls",
    ],
)
def test_the_application_role_is_refused(seeded, attempt):
    with psycopg.connect(seeded.db.dsn) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(attempt)
    assert refused.value.sqlstate == "42501", refused.value


def test_every_table_that_names_an_agency_is_scoped_or_says_why_not(server, seeded):
    with psycopg.connect(seeded.db.owner) as connection:
        tables = scoped_tables(connection)
        secured = {
            r[0]
            for r in connection.execute(
                "select relname from pg_class c where relrowsecurity and exists (select 1 from pg_policy p where p.polrelid = c.oid)"
            )
        }
    assert set(tables) <= secured
