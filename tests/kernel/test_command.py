"""A verb: one permission, one transaction, one answer for one key, one audit row."""

import threading
import time

import pytest

from kernel.command import command
from kernel.errors import KeyReused, NotAllowed, Refusal
from kernel.ids import uuid7
from kernel.work import Work

HOT = pytest.mark.parametrize("hot", [{}, {"hot": True}, {"hot": True, "reads_first": True}, {"reads_first": True}],
                              ids=["plain", "hot", "hot-reads-first", "reads-first"])  # fmt: skip


def make(hot, calls, refuse=lambda: False, wait=0.0):
    @command(may="case.start", subject="name", **hot)
    def note(work: Work, name: str, extra: str = "") -> dict[str, object]:
        if refuse():
            raise Refusal("不行", remedy="改天")
        if hot.get("reads_first"):
            work.one("select 1 as n")
        time.sleep(wait)
        calls.append(name)
        id_ = uuid7()
        work.execute(
            "insert into party (id, agency_id, category, party_type, name, created_at) values (%s, 440100, '01', 'person', %s, %s)",
            (id_, name, work.now),
        )
        return {"id": str(id_)}

    return note


def audit_rows(work):
    with work.transaction():
        return work.rows(
            "select verb, outcome, subject_id, detail from audit_entry where verb = 'case.start' order by id"
        )


def parties(work):
    with work.transaction():
        return len(work.rows("select 1 as n from party"))


@HOT
def test_the_same_key_gets_the_first_answer_and_acts_once(work_as, hot):
    calls, work = [], work_as("officer_1")
    note = make(hot, calls)
    first = note(work, name="甲", key="k1")
    assert note(work, name="甲", key="k1") == first
    assert note(work, "甲", key="k1") == first
    assert calls == ["甲"]
    assert parties(work) == 1
    assert [r["outcome"] for r in audit_rows(work)] == ["done"]


@HOT
def test_the_same_key_with_another_body_is_refused(work_as, hot):
    calls, work = [], work_as("officer_1")
    note = make(hot, calls)
    note(work, name="甲", key="k1")
    with pytest.raises(KeyReused):
        note(work, name="乙", key="k1")
    assert calls == ["甲"]
    assert [r["outcome"] for r in audit_rows(work)] == ["done", "refused"]


@HOT
def test_a_key_is_one_persons_own(work_as, hot):
    calls = []
    note = make(hot, calls)
    one = note(work_as("officer_1"), name="甲", key="k1")
    two = note(work_as("officer_2"), name="甲", key="k1")
    assert one != two


@HOT
def test_while_the_first_runs_the_second_waits_and_gets_its_answer(work_as, hot):
    calls, answers = [], []
    note = make(hot, calls, wait=0.2)
    person = work_as("officer_1")

    def act():
        answers.append(note(Work(person.node, person.person), name="甲", key="k1"))

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 4
    assert all(a == answers[0] for a in answers)
    assert calls == ["甲"]


@HOT
def test_a_refusal_is_not_stored_and_leaves_nothing_but_its_audit_row(work_as, hot):
    calls, refusing, work = [], [True], work_as("officer_1")
    note = make(hot, calls, refuse=lambda: refusing[0])
    with pytest.raises(Refusal):
        note(work, name="甲", key="k1")
    assert parties(work) == 0
    refusing[0] = False
    note(work, name="甲", key="k1")
    assert calls == ["甲"]
    assert [(r["outcome"], r["subject_id"]) for r in audit_rows(work)] == [("refused", "甲"), ("done", "甲")]


@HOT
def test_who_has_no_right_is_refused_in_chinese_and_it_is_written_down(work_as, hot):
    calls, work = [], work_as("supervisor_1")
    with pytest.raises(NotAllowed, match="启动案件") as refused:
        make(hot, calls)(work, name="甲")
    assert refused.value.remedy
    assert calls == []
    assert [r["outcome"] for r in audit_rows(work)] == ["refused"]


@HOT
def test_a_crash_inside_a_verb_leaves_no_trace_of_the_act(work_as, hot):
    work = work_as("officer_1")

    @command(may="case.start", hot=hot)
    def broken(work: Work) -> None:
        work.execute(
            "insert into party (id, agency_id, category, party_type, name, created_at) values (%s, 440100, '01', 'person', '甲', %s)",
            (uuid7(), work.now),
        )
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken(work, key="k1")
    assert parties(work) == 0
    with work.transaction():
        assert work.rows("select 1 as n from idempotency") == []


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_of_wrong_length_is_refused(work_as, key):
    with pytest.raises(Refusal, match="幂等键"):
        make({}, [])(work_as("officer_1"), name="甲", key=key)
