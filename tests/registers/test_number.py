"""Numbers run without a gap that nobody can explain, whoever takes them at once and whatever fails."""

import threading

import pytest

from kernel.errors import BadContent, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Work
from registers import number

PATTERN = "{province}交{kind}〔{year}〕{seq:05}号"
FIELDS = {"province": "粤", "agency": "穗交"}


def take(work, year=2026, kind="罚", pattern=PATTERN):
    return number.take(work, 440100, kind, year, pattern, FIELDS, uuid7())


def test_numbers_run_per_agency_kind_and_year(work_as):
    work, sister = work_as("officer_1"), work_as("sister_officer")
    with work.transaction():
        assert take(work) == "粤交罚〔2026〕00001号"
        assert take(work) == "粤交罚〔2026〕00002号"
        assert take(work, kind="案", pattern="{province}{agency}案〔{year}〕{seq:04}号") == "粤穗交案〔2026〕0001号"
        assert take(work, year=2027) == "粤交罚〔2027〕00001号"
    with sister.transaction():
        assert number.take(sister, 440300, "罚", 2026, PATTERN, FIELDS, None) == "粤交罚〔2026〕00001号"


@pytest.mark.parametrize("hot", [False, True])
def test_eight_writers_with_failures_leave_no_gap(seeded, work_as, hot):
    person = work_as("officer_1").person
    taken, faults = [], []

    def write(place):
        for n in range(12):
            work = Work(seeded, person)
            try:
                with work.transaction(hot=hot):
                    text = take(work)
                    if (n + place) % 4 == 0:
                        raise ZeroDivisionError
                taken.append(text)
            except ZeroDivisionError:
                continue
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=write, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert len(taken) == 72
    assert sorted(taken) == [f"粤交罚〔2026〕{n:05}号" for n in range(1, 73)]
    with (work := Work(seeded, person)).transaction():
        assert number.gaps(work, 440100, "罚", 2026) == []


def test_a_number_not_used_becomes_void_with_its_reason_and_is_never_given_again(work_as):
    work = work_as("officer_1")
    with work.transaction():
        text = take(work)
        number.void(work, 440100, text, "退回重新审查,文书作废")
        assert take(work) == "粤交罚〔2026〕00002号"
        assert number.gaps(work, 440100, "罚", 2026) == []
        [first, second] = number.ledger(work, 440100, "罚", 2026)
    assert (first["state"], first["reason"]) == ("void", "退回重新审查,文书作废")
    assert second["state"] == "taken"
    with work.transaction(), pytest.raises(NotFound):
        number.mark_issued(work, 440100, text)


def test_a_number_is_not_void_without_a_reason(work_as):
    work = work_as("officer_1")
    with work.transaction():
        text = take(work)
        with pytest.raises(Refusal, match="原因"):
            number.void(work, 440100, text, "  ")
        number.mark_issued(work, 440100, text)
        assert number.ledger(work, 440100, "罚", 2026)[0]["state"] == "issued"


def test_a_hole_made_behind_the_back_is_found(server, seeded, work_as):
    work = work_as("officer_1")
    with work.transaction():
        for _ in range(3):
            take(work)
    with server.superuser(seeded.settings.dsn.split("dbname=")[1].split()[0]) as connection:
        connection.execute("delete from number_taken where seq = 2")
    with work.transaction():
        assert number.gaps(work, 440100, "罚", 2026) == [2]


@pytest.mark.parametrize("pattern", ["{county}罚{seq}", "{seq:x%}", "{", "{seq.real.x}", "{0}"])
def test_a_pattern_that_does_not_fit_is_said_in_chinese(work_as, pattern):
    work = work_as("officer_1")
    with pytest.raises(BadContent, match="不能套用"), work.transaction():
        take(work, pattern=pattern)
    with work.transaction():
        assert number.ledger(work, 440100, "罚", 2026) == []


def test_takers_and_reservers_at_once_leave_no_gap_and_share_no_number(seeded, work_as):
    person = work_as("officer_1").person
    taken, faults = [], []

    def write(place):
        for n in range(8):
            work = Work(seeded, person)
            try:
                with work.transaction(hot=n % 2 == 0):
                    if (n + place) % 3 == 0:
                        numbers = number.reserve(work, 440100, "罚", 2026, PATTERN, FIELDS, 5, device_no="P1")[
                            "numbers"
                        ]
                    else:
                        numbers = [take(work)]
                    if (n + place) % 4 == 0:
                        raise ZeroDivisionError
                taken.extend(numbers)
            except ZeroDivisionError:
                continue
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=write, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert sorted(taken) == [f"粤交罚〔2026〕{n:05}号" for n in range(1, len(taken) + 1)]
    with (work := Work(seeded, person)).transaction():
        assert number.gaps(work, 440100, "罚", 2026) == []


def test_of_a_block_each_number_is_used_once_and_the_rest_is_void_with_a_reason(work_as):
    work, one, other = work_as("officer_1"), uuid7(), uuid7()
    with work.transaction():
        made = number.reserve(work, 440100, "罚", 2026, PATTERN, FIELDS, 3, holder_id=work.person.id)
        first, second, third = made["numbers"]
        number.use(work, made["id"], second, one)
        number.use(work, made["id"], second, one)  # told again: nothing changes
        with pytest.raises(Refusal, match="另一案件"):
            number.use(work, made["id"], second, other)
        assert number.give_back(work, made["id"], "设备归还") == 2
        with pytest.raises(Refusal, match="作废"):
            number.use(work, made["id"], third, other)
        states = [(r["text"], r["state"], r["reason"]) for r in number.ledger(work, 440100, "罚", 2026)]
    assert states == [(first, "void", "设备归还"), (second, "issued", None), (third, "void", "设备归还")]


def test_a_number_is_used_or_given_back_never_both(seeded, work_as):
    person = work_as("officer_1").person
    with (work := Work(seeded, person)).transaction():
        made = number.reserve(work, 440100, "罚", 2026, PATTERN, FIELDS, 40, device_no="P1")
    used, refused = [], []

    def use(texts):
        for text in texts:
            work = Work(seeded, person)
            try:
                with work.transaction():
                    number.use(work, made["id"], text, uuid7())
                used.append(text)
            except Refusal:
                refused.append(text)

    def give_back():
        work = Work(seeded, person)
        with work.transaction():
            number.give_back(work, made["id"], "归还")

    threads = [threading.Thread(target=use, args=(made["numbers"][n::4],)) for n in range(4)]
    threads.append(threading.Thread(target=give_back))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with (work := Work(seeded, person)).transaction():
        rows = {r["text"]: r["state"] for r in number.ledger(work, 440100, "罚", 2026)}
    assert {text for text, state in rows.items() if state == "issued"} == set(used)
    assert {text for text, state in rows.items() if state == "void"} == set(refused)
