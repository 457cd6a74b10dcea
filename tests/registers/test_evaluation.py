"""An evaluation: indicators of one hundred points, draws that can be drawn again, scores by two people within the maximum."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from kernel.errors import InvalidAnswers, Refusal
from kernel.ids import uuid7
from registers import draw, evaluation, record

INDICATORS = [
    {"indicator_code": "A", "indicator_parent": "制度", "indicator_name": "公示", "indicator_maximum": "40"},
    {"indicator_code": "B", "indicator_parent": "案卷", "indicator_name": "程序", "indicator_maximum": "60"},
]
HUNDRED = Decimal(100)
LIMIT = Decimal(1)


@pytest.fixture
def batch(work_as):
    work = work_as("supervisor_1")
    made = uuid7()
    with work.transaction():
        record.insert(work, evaluation.KIND, id=made, agency_id=440000, category="01", facts={})
        evaluation.set_indicators(work, made, 440000, INDICATORS, HUNDRED)
        evaluation.add_objects(work, made, [440100, 440300])
    return work, made


def score(agency: int, code: str, points: object, reason: str = "") -> dict:
    return {"evaluated_agency": agency, "indicator_code": code, "indicator_score": points, "deduction_reason": reason}


def everything(points_a: object = 40, points_b: object = 60, reason: str = "") -> list[dict]:
    return [
        score(agency, code, points, reason)
        for agency in (440100, 440300)
        for code, points in (("A", points_a), ("B", points_b))
    ]


def test_maxima_that_do_not_add_up_are_refused(batch) -> None:
    work, made = batch
    with work.transaction(), pytest.raises(InvalidAnswers) as refused:
        evaluation.set_indicators(work, made, 440000, INDICATORS[:1], HUNDRED)
    assert "应为 100,现为 40" in refused.value.fields["indicators"]


def test_scores_keep_to_the_maximum_and_to_two_people(batch) -> None:
    work, made = batch
    first, second = uuid7(), uuid7()

    def put(round_: int, by: UUID, rows: list[dict]) -> list[str]:
        return evaluation.put_scores(work, made, 440000, round_, by, rows)

    with work.transaction():
        faults = put(
            1,
            first,
            [score(440100, "A", "40.01"), score(440100, "A", 39), score(440106, "A", 1), score(440100, "C", 1)],
        )
        assert [f.split(":")[1][:4] for f in faults] == ["得分应为", "扣分须写", "机构 4", "没有编号"]
        assert put(1, first, everything()) == []
        assert len(put(2, first, everything())) == 4
        with pytest.raises(Refusal, match="尚未评定"):
            evaluation.results(work, made, LIMIT)
        assert put(2, second, everything(points_b=58, reason="告知不全")) == []
        assert evaluation.unscored(work, made, 3, LIMIT) == 2
        put(3, uuid7(), [score(440100, "B", "59", "一份"), score(440300, "B", "57", "三份")])
        assert evaluation.unscored(work, made, 3, LIMIT) == 0
        assert [(r["agency_id"], r["total"]) for r in evaluation.results(work, made, LIMIT)] == [
            (440100, Decimal(99)),
            (440300, Decimal(97)),
        ]
        with pytest.raises(Refusal, match="已经开始评分"):
            evaluation.set_indicators(work, made, 440000, INDICATORS, HUNDRED)


def test_a_draw_is_kept_and_anyone_draws_the_same_again(batch) -> None:
    work, made = batch
    with work.transaction():
        pool = evaluation.pool(work, "officer", [440100, 440300], 2026)
        drawn = evaluation.draw_objects(work, made, 440000, "officer", pool, 3, "种子")
        again = evaluation.draw_objects(work, made, 440000, "officer", pool, 5, "更合意的种子")
        kept = evaluation.one_draw(work, made, "officer")
        listed = [o["register_id"] for o in evaluation.objects(work, made) if o["kind"] == "officer"]
    assert (drawn["drawn"], drawn["short"], again["drawn"]) == (3, 0, 3)
    assert draw.order(kept["seed"], "evaluation/officer", kept["pool"])[:3] == kept["drawn"]
    assert kept["pool_hash"] == draw.pool_hash(row["register_id"] for row in pool)
    assert sorted(listed) == sorted(kept["drawn"])


def test_an_evaluated_agency_sees_itself_only(batch, work_as) -> None:
    _, made = batch
    with (work := work_as("sister_officer")).transaction():
        assert [o["agency_id"] for o in evaluation.objects(work, made)] == [440300]
