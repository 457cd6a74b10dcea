"""A weighted draw that anyone can repeat: chances as the weights, nothing but the seed decides, every change is named."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api import cli
from kernel.errors import Refusal
from registers import draw, draw_record

SEED = draw.fixed_seed("0" * 64, "318527")
POOL = st.dictionaries(st.text("0123456789abcdef", min_size=1, max_size=8), st.integers(1, 8), min_size=1, max_size=60)


def lines_of(pool: dict[str, int]) -> list[bytes]:
    return [f"{weight} vehicle:{name}".encode() for name, weight in pool.items()]


@given(POOL, st.integers(0, 70), st.randoms())
def test_the_order_in_which_the_pool_was_listed_does_not_matter(pool: dict[str, int], wanted: int, random: Any) -> None:
    lines = lines_of(pool)
    shuffled = lines[:]
    random.shuffle(shuffled)
    drawn = draw.weighted(SEED, lines, wanted)
    assert drawn == draw.weighted(SEED, shuffled, wanted)
    assert len(drawn) == min(wanted, len(pool))


@given(POOL, st.integers(1, 60))
def test_who_is_drawn_is_whose_ticket_is_smallest(pool: dict[str, int], wanted: int) -> None:
    def ticket(line: bytes) -> bytes:  # by hand, as the method says
        digest = hashlib.sha512(f"{SEED}\nobject\n".encode() + line).digest()
        return min(digest[i * 8 : i * 8 + 8] for i in range(line[0] - 48))

    by_hand = sorted(lines_of(pool), key=lambda line: (ticket(line), line))[:wanted]
    assert [f"{d.weight} {d.item}".encode() for d in draw.weighted(SEED, lines_of(pool), wanted)] == by_hand


@given(POOL, st.integers(1, 60), st.data())
def test_an_object_taken_away_moves_no_other(pool: dict[str, int], wanted: int, data: Any) -> None:
    gone = data.draw(st.sampled_from(sorted(pool)))
    before = [d.item for d in draw.weighted(SEED, lines_of(pool), len(pool))]
    after = [d.item for d in draw.weighted(SEED, lines_of({k: w for k, w in pool.items() if k != gone}), wanted)]
    assert after == [item for item in before if item != f"vehicle:{gone}"][:wanted]


def test_chances_are_as_the_weights() -> None:
    """Weight 8 against seven of weight 1: first in 8 of 15 draws; over 3,000 seeds within five standard deviations."""
    pool = lines_of({"heavy": 8, **{str(n): 1 for n in range(7)}})
    first = sum(draw.weighted(f"{n}", pool, 1)[0].item == "vehicle:heavy" for n in range(3000))
    assert abs(first - 3000 * 8 / 15) < 5 * (3000 * 8 / 15 * 7 / 15) ** 0.5


@given(st.integers(2, 12), st.integers(1, 20), st.data())
def test_teams_are_even_and_nobody_is_sent_where_he_is_barred(people: int, objects: int, data: Any) -> None:
    names, items = [f"officer:{n}" for n in range(people)], [f"vehicle:{n}" for n in range(objects)]
    barred = data.draw(
        st.dictionaries(st.sampled_from(items), st.frozensets(st.sampled_from(names), max_size=people - 2))
    )
    found = draw.teams(SEED, "inspector", items, names, 2, barred)
    assert all(len(set(team)) == 2 and not set(team) & barred.get(item, frozenset()) for item, team in found.items())
    if not any(barred.values()):
        counts = [sum(name in team for team in found.values()) for name in names]
        assert max(counts) - min(counts) <= 1


def test_too_few_people_left_is_refused() -> None:
    with pytest.raises(Refusal, match="不足 2 人"):
        draw.teams(
            SEED, "inspector", ["vehicle:1"], ["officer:1", "officer:2"], 2, {"vehicle:1": frozenset({"officer:1"})}
        )


# ---------------------------------------------------------------------- the record
def recorded() -> dict[str, Any]:
    pools = draw_record.Pools(
        draw="D1",
        plan="穗交双随2026-01",
        wanted=5,
        inspectors_each=2,
        experts_each=1,
        seed_way="published 双色球 2026024 期",
        objects=lines_of({f"{n:03}": 1 + n % 4 for n in range(40)}),
        inspectors=[f"officer:{n}" for n in range(6)],
        experts=["expert:1", "expert:2"],
        recusals=["officer:1 vehicle:003", "expert:1 vehicle:007"],
    )
    text = draw_record.frozen_text(pools)
    found = hashlib.sha256(text).hexdigest()
    seed = draw.fixed_seed(found, "03 07 11 20 25 31")
    return {
        "format": draw_record.FORMAT,
        "method": list(draw_record.METHOD),
        "draw": "D1",
        "frozen": {"at": "2026-03-02T09:00:00+08:00", "sha256": found, "text": text.decode()},
        "seed": {"at": "2026-03-02T21:30:00+08:00", "word": "03 07 11 20 25 31", "value": seed},
        "result": draw_record.result(draw_record.pools_of(text), seed),
    }


def test_a_record_as_it_was_made_is_confirmed() -> None:
    report = draw_record.verify(recorded())
    assert (report.faults, report.objects, report.drawn) == ((), 40, 5)


def _swap(record: dict[str, Any]) -> None:
    record["result"][0], record["result"][1] = record["result"][1], record["result"][0]


def _frozen(old: str, new: str) -> Any:
    def change(record: dict[str, Any]) -> None:
        record["frozen"]["text"] = record["frozen"]["text"].replace(old, new)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r["result"][2].update(object="vehicle:999"), "第 3 名的对象不符"),
        (lambda r: r["result"][4].update(inspectors=["officer:0", "officer:9"]), "第 5 名的检查人员不符"),
        (lambda r: r["result"][0].update(experts=[]), "第 1 名的专家不符"),
        (lambda r: r["result"].pop(), "记录的结果有 4 个对象,应为 5 个"),
        (_swap, "第 1 名的对象不符"),
        (_frozen("2 vehicle:001\n", ""), "与公开的散列不符"),
        (_frozen("1 vehicle:000", "8 vehicle:000"), "与公开的散列不符"),
        (_frozen("officer:1 vehicle:003\n", ""), "与公开的散列不符"),
        (lambda r: r["seed"].update(word="1"), "种子与冻结的名录和随机数不符"),
        (lambda r: r["seed"].update(at="2026-03-02T08:59:59+08:00"), "随机数先于冻结产生"),
        (lambda r: r.update(draw="D2"), "抽取编号与冻结的不符"),
    ],
)
def test_whatever_is_changed_is_named(change: Any, said: str) -> None:
    record = copy.deepcopy(recorded())
    change(record)
    assert any(said in fault for fault in draw_record.verify(record).faults)


@pytest.mark.parametrize("broken", [{}, {"format": "x"}, {"format": draw_record.FORMAT, "frozen": {"text": "x"}}])
def test_what_is_no_record_is_refused_in_chinese(broken: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match=r"不是完整的抽取记录|不认识的格式|不符合格式"):
        draw_record.verify(broken)


def test_the_command_repeats_the_draw_and_says_what_differs(tmp_path: Any) -> None:
    import orjson

    def run(record: object, *more: str) -> Any:
        file = tmp_path / "draw.json"
        file.write_bytes(orjson.dumps(record))
        return CliRunner().invoke(cli.app, ["draw", "verify", str(file), *more])

    good = run(recorded())
    assert good.exit_code == 0
    assert "逐项相同" in good.output
    assert run(recorded(), "--published", "0" * 64).exit_code == 1
    forged = recorded()
    forged["result"][1]["ticket"] = "0" * 16
    told = run(forged, "--json")
    assert told.exit_code == 1
    assert "第 2 名的签不符" in orjson.loads(told.output)["faults"][0]
    assert run([1]).exit_code == 2
