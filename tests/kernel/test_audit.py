"""S5: whatever somebody with full power over the database does to the audit trail, `verify` finds it."""

import random
from datetime import timedelta

import psycopg
import pytest

from kernel import audit, sm3
from kernel.ids import uuid7
from kernel.work import Work
from tests.kernel.chain import link_all

ROWS = 40
ENTRY = "id, at, person_id, agency_id, verb, subject_kind, subject_id, outcome, detail, request_id, digest, era, xid"


def act(work, n):
    with work.transaction():
        audit.record(work, f"verb.{n % 7}", subject=("case", uuid7()), detail={"n": n})


@pytest.fixture
def trail(seeded, work_as, clock, tmp_path):
    """A linked, anchored chain of forty acts of two people; returns (node, anchor file)."""
    people = [work_as("officer_1"), work_as("officer_2")]
    link_all(seeded)
    for n in range(ROWS):
        clock.move(timedelta(seconds=7))
        act(people[n % 2], n)
    link_all(seeded)
    anchor = tmp_path / "anchor.txt"
    audit.anchor_head(seeded, anchor)
    return seeded, anchor


@pytest.fixture
def dba(server, trail):
    """The superuser on the node's database with all triggers off, and a way back to how it was."""
    node, _ = trail
    name = psycopg.conninfo.conninfo_to_dict(node.db.dsn)["dbname"]
    with server.superuser(name) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("create table kept_entry as select * from audit_entry")
        connection.execute("create table kept_link as select * from audit_link")
        yield connection


def restore(dba):
    dba.execute("truncate audit_entry, audit_link")
    dba.execute(f"insert into audit_entry ({ENTRY}) select {ENTRY} from kept_entry")
    dba.execute("insert into audit_link select * from kept_link")


def test_an_untouched_chain_is_whole(trail):
    node, anchor = trail
    verdict = audit.verify(node.db.owner, anchor)
    assert verdict.faults == []
    with node.db.connection() as connection:
        seeded = connection.exec_driver_sql(
            "select count(*) from audit_entry where verb ~ '^(seed|seal)[.]'"
        ).scalar_one()
    assert seeded > 0
    assert verdict.linked == verdict.entries == ROWS + seeded
    assert anchor.read_text().split()[-1] == verdict.head


def test_rows_not_yet_linked_are_checked_too(trail, work_as, dba):
    node, anchor = trail
    act(work_as("officer_1"), 99)
    assert audit.verify(node.db.owner, anchor).faults == []
    dba.execute("update audit_entry set verb = 'x' where detail like '%99%'")
    assert audit.verify(node.db.owner, anchor).faults != []


def test_each_row_is_linked_once_whoever_chains(trail, seeded):
    assert audit.link(seeded) == 0


def test_a_row_slipped_under_the_last_linked_transaction_is_found_and_never_linked(trail, dba):
    node, anchor = trail
    dba.execute(
        f"""insert into audit_entry ({ENTRY}) select 'ffffffff-ffff-7fff-bfff-ffffffffffff', at, person_id, agency_id, verb,
        subject_kind, subject_id, outcome, detail, request_id, digest, era, xid from audit_entry order by era desc, xid desc limit 1"""
    )
    with dba.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        row = cursor.execute("select * from audit_entry where id = 'ffffffff-ffff-7fff-bfff-ffffffffffff'").fetchone()
        cursor.execute("update audit_entry set digest = %s where id = %s", (audit._digest(row), row["id"]))
    assert audit.link(node) == 0
    assert any("事后插入" in fault for fault in audit.verify(node.db.owner, anchor).faults)


def test_batches_never_part_a_transaction(seeded, work_as):
    work = work_as("officer_1")
    for size in (3, 2, 4, 30, 1):
        with work.transaction():
            for n in range(size):
                audit.record(work, "x", detail={"n": n})
    parted = """select count(*) from (select count(*) as made, count(l.seq) as linked from audit_entry e
        left join audit_link l on l.entry_id = e.id group by e.era, e.xid) t where linked not in (0, made)"""
    with psycopg.connect(seeded.db.owner, autocommit=True) as connection:
        for _ in range(12):
            audit.link(seeded, most=4)
            assert connection.execute(parted).fetchone() == (0,)
    assert link_all(seeded) >= 0
    assert audit.verify(seeded.db.owner).faults == []


def test_an_open_transaction_holds_its_followers_back_until_it_ends(seeded, work_as):
    link_all(seeded)
    slow, quick = work_as("officer_1"), work_as("officer_2")
    with slow.transaction():
        audit.record(slow, "slow")
        act(quick, 1)
        assert audit.link(seeded) == 0
    assert link_all(seeded) == 2
    assert audit.verify(seeded.db.owner).faults == []


# ───────────────────────────── attacks: each takes (dba, random) and leaves the database changed


def some(dba, rng):
    return rng.choice(dba.execute("select * from audit_link order by seq").fetchall())[1]


def links(dba):
    return dba.execute("select seq, entry_id, era, xid::text, digest from audit_link order by seq").fetchall()


def rewrite(dba, rows):
    """The whole chain anew over these rows (entry, era, xid), digests and heads recomputed as the program does."""
    dba.execute("truncate audit_link")
    head = audit._GENESIS
    with dba.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        for seq, (entry, era, xid) in enumerate(rows, 1):
            row = cursor.execute("select * from audit_entry where id = %s", (entry,)).fetchone()
            digest = audit._digest(row)
            head = sm3.digest(head + digest)
            cursor.execute("update audit_entry set digest = %s where id = %s", (digest, entry))
            cursor.execute(
                "insert into audit_link values (%s, %s, %s, %s::xid8, %s, %s)", (seq, entry, era, xid, digest, head)
            )


def chain(dba):
    return [(r[1], r[2], r[3]) for r in links(dba)]


CHANGES = {
    "verb": "'other'",
    "outcome": "case outcome when 'done' then 'refused' else 'done' end",
    "person_id": "gen_random_uuid()",
    "agency_id": "440300",
    "subject_id": "'other'",
    "subject_kind": "'other'",
    "detail": "'{}'",
    "request_id": "'other'",
    "at": "at + interval '1 microsecond'",
}


def update(dba, rng):
    column = rng.choice(list(CHANGES))
    dba.execute(f"update audit_entry set {column} = {CHANGES[column]} where id = %s", (some(dba, rng),))


def update_with_digest(dba, rng):
    id_ = some(dba, rng)
    dba.execute("update audit_entry set verb = 'other' where id = %s", (id_,))
    with dba.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        digest = audit._digest(cursor.execute("select * from audit_entry where id = %s", (id_,)).fetchone())
    dba.execute("update audit_entry set digest = %s where id = %s", (digest, id_))
    if rng.random() < 0.5:
        dba.execute("update audit_link set digest = %s where entry_id = %s", (digest, id_))


def change_time(dba, rng):
    dba.execute(
        "update audit_entry set at = at - %s * interval '1 day' where id = %s", (rng.randint(1, 300), some(dba, rng))
    )


def delete(dba, rng):
    id_ = some(dba, rng)
    dba.execute("delete from audit_entry where id = %s", (id_,))
    if rng.random() < 0.5:
        dba.execute("delete from audit_link where entry_id = %s", (id_,))


def delete_and_close_the_gap(dba, rng):
    id_ = some(dba, rng)
    dba.execute("delete from audit_entry where id = %s", (id_,))
    rewrite(dba, [row for row in chain(dba) if row[0] != id_])


def insert_into_the_past(dba, rng):
    id_ = some(dba, rng)
    dba.execute(
        f"""insert into audit_entry ({ENTRY}) select gen_random_uuid(), at, person_id, agency_id, 'forged', subject_kind,
        subject_id, outcome, detail, request_id, digest, era, xid from audit_entry where id = %s""",
        (id_,),
    )
    if rng.random() < 0.5:
        with dba.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            row = cursor.execute("select * from audit_entry where verb = 'forged'").fetchone()
            cursor.execute("update audit_entry set digest = %s where verb = 'forged'", (audit._digest(row),))


def insert_and_rewrite(dba, rng):
    insert_into_the_past(dba, rng)
    rows = chain(dba)
    [(id_, era, xid)] = dba.execute("select id, era, xid::text from audit_entry where verb = 'forged'").fetchall()
    rows.insert(rng.randrange(len(rows)), (id_, era, xid))
    rewrite(dba, rows)


def reorder(dba, rng):
    one, two = rng.sample(links(dba), 2)
    dba.execute("delete from audit_link where seq in (%s, %s)", (one[0], two[0]))
    for seq, row in ((one[0], two), (two[0], one)):
        dba.execute(
            "insert into audit_link select %s, %s, %s, %s::xid8, %s, head from kept_link where seq = %s",
            (seq, *row[1:], seq),
        )


def reorder_and_rewrite(dba, rng):
    rows = chain(dba)
    one, two = rng.sample(range(len(rows)), 2)
    rows[one], rows[two] = rows[two], rows[one]
    rewrite(dba, rows)


def truncate_tail(dba, rng):
    keep = rng.randrange(0, ROWS)
    dba.execute("delete from audit_entry where id in (select entry_id from audit_link where seq > %s)", (keep,))
    dba.execute("delete from audit_link where seq > %s", (keep,))


def truncate_links_only(dba, rng):
    dba.execute("delete from audit_link where seq > %s", (rng.randrange(0, ROWS),))


def rewrite_whole(dba, rng):
    update(dba, rng)
    rewrite(dba, chain(dba))


def change_head(dba, rng):
    dba.execute("update audit_link set head = sha256(head) where entry_id = %s", (some(dba, rng),))


ATTACKS = [
    update,
    update_with_digest,
    change_time,
    delete,
    delete_and_close_the_gap,
    insert_into_the_past,
    insert_and_rewrite,
    reorder,
    reorder_and_rewrite,
    truncate_tail,
    truncate_links_only,
    rewrite_whole,
    change_head,
]


def attack(trail, dba, count, seed):
    node, anchor = trail
    rng, missed = random.Random(seed), []
    for n in range(count):
        how = ATTACKS[n % len(ATTACKS)]
        how(dba, rng)
        if not audit.verify(node.db.owner, anchor).faults:
            missed.append((n, how.__name__))
        restore(dba)
    assert missed == []
    assert audit.verify(node.db.owner, anchor).faults == []


def test_every_one_of_130_attacks_of_a_database_administrator_is_found(trail, dba):
    attack(trail, dba, 130, seed=20260302)


@pytest.mark.long
def test_every_one_of_1300_attacks_is_found(trail, dba):
    attack(trail, dba, 1300, seed=1)


def test_a_rewritten_chain_passes_without_the_anchor_and_fails_with_it(trail, dba):
    """Why the anchor must lie outside: who owns the database can rewrite everything in it."""
    node, anchor = trail
    rewrite_whole(dba, random.Random(3))
    assert audit.verify(node.db.owner).faults == []
    assert any("锚定" in fault for fault in audit.verify(node.db.owner, anchor).faults)


@pytest.mark.parametrize(
    "attempt",
    [
        "update audit_entry set verb = 'x'",
        "delete from audit_entry",
        "truncate audit_entry",
        "update audit_link set head = ''",
        "delete from audit_link",
        "truncate audit_link cascade",
        "alter table audit_entry disable trigger all",
        "drop table audit_link",
        "update node_era set reason = 'x'",
    ],
)
@pytest.mark.parametrize("role", ["dsn", "owner"])
def test_neither_the_application_role_nor_by_mistake_the_owner_changes_the_trail(trail, role, attempt):
    if role == "owner" and attempt.startswith(("alter", "drop")):
        return  # the owner may do DDL; `verify` with the anchor finds what follows
    with psycopg.connect(getattr(trail[0].db, role)) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(attempt)
    assert refused.value.sqlstate == "42501"


def test_verify_reads_as_the_application_role_too(trail):
    node, anchor = trail
    assert audit.verify(node.db.dsn, anchor).faults == []


def test_personal_reads_are_kept_even_when_the_act_fails(work_as, seeded):
    work = work_as("officer_1")
    audit.record_apart(work, "evidence.read", subject=("evidence", "e1"), outcome="read")
    with pytest.raises(ZeroDivisionError), work.transaction():
        raise ZeroDivisionError
    with Work(seeded, work.person).transaction() as reader:
        assert len(reader.rows("select 1 as n from audit_entry where verb = 'evidence.read'")) == 1
