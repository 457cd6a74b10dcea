"""Annual evaluation (评议考核): indicators of one hundred points, the agencies evaluated, what was drawn, self-assessments, scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import draw, marking
from registers.record import Kind

KIND = Kind(
    name="evaluation",
    label="评议考核",
    table="evaluation",
    columns={
        "number": "text",
        "title": "text",
        "status": "text",
        "year": "int",
        "published_at": "timestamptz",
    },
    codes="EVALUATION_STATUS",
    title=("evaluation_name",),
    initial={"status": "planned"},
)


def set_indicators(
    work: Work, evaluation_id: UUID, agency_id: int, rows: Sequence[Mapping[str, Any]], total: Decimal
) -> None:
    """The batch's indicators; their maxima must add up to `total`, to the last decimal. Kept once scores are given."""
    made, wrong = [], {}
    for number, row in enumerate(rows, 1):
        try:
            code, maximum = str(row["indicator_code"]), Decimal(str(row["indicator_maximum"]))
        except (KeyError, ArithmeticError):
            wrong[f"indicators.{number}"] = f"第 {number} 行缺少指标编号或者分值"
            continue
        made.append((code, number, str(row.get("indicator_parent") or ""), str(row.get("indicator_name") or ""), str(row.get("indicator_standard") or ""), maximum))  # fmt: skip
    if not wrong and len({m[0] for m in made}) != len(made):
        wrong["indicators"] = "指标编号重复"
    if not wrong and (added := sum((m[5] for m in made), Decimal(0))) != total:
        wrong["indicators"] = f"各项分值之和应为 {total:f},现为 {added:f}"
    if wrong:
        raise InvalidAnswers(wrong)
    if work.rows("select 1 as found from evaluation_score where evaluation_id = %s limit 1", (evaluation_id,)):
        raise Refusal("已经开始评分,指标不能再改", remedy="请另建考评批次")
    work.execute("delete from evaluation_indicator where evaluation_id = %s", (evaluation_id,))
    for one in made:
        work.execute(
            """insert into evaluation_indicator (evaluation_id, agency_id, code, place, parent, name, standard, maximum)
            values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            (evaluation_id, agency_id, *one),
        )


def add_objects(work: Work, evaluation_id: UUID, agency_ids: Iterable[int]) -> int:
    """The agencies that are evaluated; naming one again changes nothing."""
    wanted = sorted(set(agency_ids))
    found = {r["id"]: r["name"] for r in work.rows("select id, name from agency where id = any(%s)", (wanted,))}
    if missing := [str(a) for a in wanted if a not in found]:
        raise InvalidAnswers({"evaluated_agencies": f"没有编号为 {'、'.join(missing)} 的机构"})
    for agency_id in wanted:
        _object(work, evaluation_id, "agency", str(agency_id), agency_id, found[agency_id], None)
    return len(wanted)


def _object(
    work: Work, evaluation_id: UUID, kind: str, register_id: str, agency_id: int, name: str, place: int | None
) -> None:
    work.execute(
        """insert into evaluation_object (id, evaluation_id, agency_id, kind, register_id, name, drawn_place)
        values (%s, %s, %s, %s, %s, %s, %s) on conflict (evaluation_id, kind, register_id) do nothing""",
        (uuid7(), evaluation_id, agency_id, kind, register_id, name, place),
    )


def pool(work: Work, kind: str, agency_ids: Sequence[int], year: int) -> list[Row]:
    """What can be drawn of these agencies: cases decided in the year, or officers who held a certificate in it."""
    if kind == "case":
        return work.rows(
            """select id::text as register_id, agency_id, coalesce(case_number, '') || ' ' || case_cause as name from enforcement_case
            where agency_id = any(%s) and decided_at >= make_timestamptz(%s, 1, 1, 0, 0, 0, 'Asia/Shanghai')
              and decided_at < make_timestamptz(%s, 1, 1, 0, 0, 0, 'Asia/Shanghai') order by id""",
            (list(agency_ids), year, year + 1),
        )
    return work.rows(
        """select o.id::text as register_id, o.agency_id, o.name from officer o where o.agency_id = any(%s) and exists (
          select 1 from certificate c where c.officer_id = o.id and c.valid_from <= make_date(%s, 12, 31)
          and c.valid_to >= make_date(%s, 1, 1)) order by o.id""",
        (list(agency_ids), year, year),
    )


def draw_objects(
    work: Work, evaluation_id: UUID, agency_id: int, kind: str, candidates: Sequence[Row], wanted: int, seed: str
) -> dict[str, Any]:
    """Draws cases or officers and keeps the pool, so that anyone can draw again. Fewer than wanted are all drawn."""
    by_id = {row["register_id"]: row for row in candidates}
    drawn = draw.order(seed, f"evaluation/{kind}", by_id)[:wanted]
    kept = work.rows(
        """insert into evaluation_draw (evaluation_id, kind, agency_id, seed, wanted, pool, pool_hash, drawn, drawn_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (evaluation_id, kind) do nothing returning drawn""",
        (evaluation_id, kind, agency_id, seed, wanted, sorted(by_id), draw.pool_hash(by_id), drawn, work.now),
    )
    if not kept:  # drawn before; a draw is not repeated until it suits
        drawn = work.rows(
            "select drawn from evaluation_draw where evaluation_id = %s and kind = %s", (evaluation_id, kind)
        )[0]["drawn"]
    for place, register_id in enumerate(drawn, 1):
        if register_id in by_id:
            one = by_id[register_id]
            _object(work, evaluation_id, kind, register_id, one["agency_id"], one["name"], place)
    return {"drawn": len(drawn), "short": max(0, wanted - len(drawn)), "pool": len(by_id)}


def assess_self(work: Work, evaluation_id: UUID, person_id: UUID, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Self-assessments: rows of evaluated_agency, indicator_code, self_score, self_statement. Returns what was wrong, in words."""
    objects, maxima = _agencies(work, evaluation_id), _maxima(work, evaluation_id)
    faults = []
    for number, row in enumerate(rows, 1):
        target, score, why = _judged(row, "self_score", objects, maxima)
        if target is None or score is None:
            faults.append(f"第 {number} 行:{why}")
            continue
        work.execute(
            """insert into self_assessment (evaluation_id, object_id, code, agency_id, score, statement, files, person_id, at)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (object_id, code) do update set score = excluded.score,
              statement = excluded.statement, files = excluded.files, person_id = excluded.person_id, at = excluded.at""",
            (
                evaluation_id,
                target["id"],
                row["indicator_code"],
                target["agency_id"],
                score,
                str(row.get("self_statement") or ""),
                Jsonb(list(row.get("files") or [])),
                person_id,
                work.now,
            ),
        )
    return faults


def put_scores(
    work: Work, evaluation_id: UUID, agency_id: int, round_: int, scorer_id: UUID, rows: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Scores of one round: rows of evaluated_agency, indicator_code, indicator_score, deduction_reason. Returns what was wrong.

    No score above the item's maximum; what is taken off has its reason; the two scorers are two people.
    """
    objects, maxima = _agencies(work, evaluation_id), _maxima(work, evaluation_id)
    others = {
        (r["object_id"], r["code"])
        for r in work.rows(
            "select object_id, code from evaluation_score where evaluation_id = %s and round <> %s and scorer_id = %s",
            (evaluation_id, round_, scorer_id),
        )
    }
    faults = []
    for number, row in enumerate(rows, 1):
        target, score, why = _judged(row, "indicator_score", objects, maxima)
        code = str(row.get("indicator_code") or "")
        reason = str(row.get("deduction_reason") or "").strip()
        if target is not None and score is not None and score < maxima[code] and not reason:
            target, why = None, "扣分须写明理由"
        elif target is not None and (target["id"], code) in others:
            target, why = None, "同一项须由不同的人评分"
        if target is None or score is None:
            faults.append(f"第 {number} 行:{why}")
            continue
        work.execute(
            """insert into evaluation_score (evaluation_id, object_id, code, round, agency_id, scorer_id, score, reason, at)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (object_id, code, round) do update
            set scorer_id = excluded.scorer_id, score = excluded.score, reason = excluded.reason, at = excluded.at""",
            (evaluation_id, target["id"], code, round_, agency_id, scorer_id, score, reason, work.now),
        )
    return faults


def _judged(
    row: Mapping[str, Any], key: str, objects: Mapping[int, Row], maxima: Mapping[str, Decimal]
) -> tuple[Row | None, Decimal | None, str]:
    """The object and score of a row, or why not."""
    try:
        agency_id, code, score = int(row["evaluated_agency"]), str(row["indicator_code"]), Decimal(str(row[key]))
    except (KeyError, ValueError, ArithmeticError, TypeError):
        return None, None, "缺少考评对象、指标编号或者分数"
    if agency_id not in objects:
        return None, None, f"机构 {agency_id} 不是本批次的考评对象"
    if code not in maxima:
        return None, None, f"没有编号为 {code} 的指标"
    if not Decimal(0) <= score <= maxima[code] or score != round(score, 2):
        return None, None, f"得分应为 0 至 {maxima[code]:f},最多两位小数"
    return objects[agency_id], score, ""


def unscored(work: Work, evaluation_id: UUID, round_: int, limit: Decimal) -> int:
    """How many items this round still owes: 1 and 2 owe all, 3 those on which the two differ by more than the limit."""
    given = _scores(work, evaluation_id)
    owed = 0
    for target in _agencies(work, evaluation_id).values():
        for code in _maxima(work, evaluation_id):
            scores = given.get((target["id"], code), {})
            due = round_ < 3 or (1 in scores and 2 in scores and marking.needs_third(scores[1], scores[2], limit))
            owed += due and round_ not in scores
    return owed


def unassessed(work: Work, evaluation_id: UUID) -> int:
    """How many items no self-assessment covers."""
    row = work.rows(
        """select count(*) as n from evaluation_object o join evaluation_indicator i on i.evaluation_id = o.evaluation_id
        where o.evaluation_id = %s and o.kind = 'agency' and not exists (
          select 1 from self_assessment a where a.object_id = o.id and a.code = i.code)""",
        (evaluation_id,),
    )[0]
    return int(row["n"])


def publish(work: Work, evaluation_id: UUID, results_: Iterable[Mapping[str, Any]]) -> None:
    """The total and grade of each agency stand with it from now on."""
    for row in results_:
        work.execute(
            """update evaluation_object set total = %s, grade = %s, published_at = %s
            where evaluation_id = %s and kind = 'agency' and register_id = %s""",
            (
                Decimal(str(row["result_total"])),
                row["result_grade"],
                work.now,
                evaluation_id,
                str(row["evaluated_agency"]),
            ),
        )


def results(work: Work, evaluation_id: UUID, limit: Decimal) -> list[dict[str, Any]]:
    """Each agency's total, best first: agency_id, name, total. Refused while a score is missing."""
    given, maxima = _scores(work, evaluation_id), _maxima(work, evaluation_id)
    found = []
    for agency_id, target in _agencies(work, evaluation_id).items():
        total = Decimal(0)
        for code in maxima:
            scores = given.get((target["id"], code), {})
            counted = scores.get(4)
            if counted is None and 1 in scores and 2 in scores:
                counted = _settled(scores, limit)
            if counted is None:
                raise Refusal(f"{target['name']}的指标 {code} 尚未评定", remedy="请先完成评分")
            total += counted
        found.append({"agency_id": agency_id, "name": target["name"], "total": total})
    return sorted(found, key=lambda r: (-r["total"], r["agency_id"]))


def _settled(scores: Mapping[int, Decimal], limit: Decimal) -> Decimal | None:
    """The mean of two that agree; where they differ by more than the limit the third decides alone."""
    if marking.needs_third(scores[1], scores[2], limit):
        return scores.get(3)
    return ((scores[1] + scores[2]) / 2).quantize(Decimal("0.01"), "ROUND_HALF_UP")


def _agencies(work: Work, evaluation_id: UUID) -> dict[int, Row]:
    rows = work.rows(
        "select * from evaluation_object where evaluation_id = %s and kind = 'agency' order by agency_id",
        (evaluation_id,),
    )
    return {row["agency_id"]: row for row in rows}


def _maxima(work: Work, evaluation_id: UUID) -> dict[str, Decimal]:
    rows = work.rows(
        "select code, maximum from evaluation_indicator where evaluation_id = %s order by place", (evaluation_id,)
    )
    return {row["code"]: row["maximum"] for row in rows}


def _scores(work: Work, evaluation_id: UUID) -> dict[tuple[UUID, str], dict[int, Decimal]]:
    found: dict[tuple[UUID, str], dict[int, Decimal]] = {}
    for row in work.rows(
        "select object_id, code, round, score from evaluation_score where evaluation_id = %s", (evaluation_id,)
    ):
        found.setdefault((row["object_id"], row["code"]), {})[row["round"]] = row["score"]
    return found


def objects(work: Work, evaluation_id: UUID, limit: int = 50, after: tuple[str, UUID] | None = None) -> list[Row]:
    """Agencies, cases and officers of the batch within one's scope, by kind."""
    at: tuple[Any, Any] = after or (None, None)
    return work.rows(
        """select id, agency_id, kind, register_id, name, drawn_place, total, grade, published_at from evaluation_object
        where evaluation_id = %s and (%s::text is null or (kind, id) > (%s::text, %s::uuid)) order by kind, id limit %s""",
        (evaluation_id, at[0], at[0], at[1], limit),
    )


def names_of(work: Work, evaluation_id: UUID, kind: str) -> dict[str, str]:
    """Register id → name of what was drawn (or is evaluated without a draw) of a kind, within one's scope."""
    rows = work.rows(
        "select register_id, name from evaluation_object where evaluation_id = %s and kind = %s", (evaluation_id, kind)
    )
    return {row["register_id"]: row["name"] for row in rows}


def held(work: Work, limit: int = 50, after: UUID | None = None) -> list[Row]:
    """Evaluations of the agencies in scope, the newest first."""
    return work.rows(
        """select id, agency_id, category, number, title, status, year, published_at, created_at from evaluation
        where agency_id = any(%s) and (%s::uuid is null or id < %s) order by id desc limit %s""",
        (list(work.person.scope), after, after, limit),
    )


def indicators(work: Work, evaluation_id: UUID) -> list[Row]:
    """The batch's indicators in their order (at most some hundred)."""
    return work.rows(
        "select code, parent, name, standard, maximum from evaluation_indicator where evaluation_id = %s order by place",
        (evaluation_id,),
    )


def one_draw(work: Work, evaluation_id: UUID, kind: str) -> Row:
    """Seed, pool and what was drawn – enough to draw again."""
    row = work.one("select * from evaluation_draw where evaluation_id = %s and kind = %s", (evaluation_id, kind))
    if row is None:
        raise NotFound("本批次尚未抽取", remedy="请先抽取案卷和人员")
    return row
