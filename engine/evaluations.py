"""Annual evaluation: what the service tasks of the process do, and what its people read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from engine import registering
from kernel import permissions, sm3
from kernel.errors import NotFound
from kernel.ids import as_mark, as_marks
from kernel.work import Row, Work
from registers import draw, evaluation

if TYPE_CHECKING:
    from engine.actions import Context

Json = dict[str, Any]
_ROUNDS = {1: "first", 2: "second", 3: "third"}


def open_evaluation(work: Work, context: Context) -> Json:
    """The batch's indicators and objects; from now on they stand."""
    tree = registering.over_tree(work, context)
    agencies = _agencies(context)
    indicators = registering.rows_of(context, "evaluation_indicators")
    with tree.transaction():
        full = registering.number(tree, context, "evaluation_full_marks")
        evaluation.set_indicators(tree, context.case_id, context.agency_id, indicators, full)
        evaluation.add_objects(tree, context.case_id, agencies)
    return {"self_missing": len(agencies) * len(indicators)}


def _agencies(context: Context) -> list[int]:
    return [int(row["evaluated_agency"]) for row in registering.rows_of(context, "evaluated_agencies")]


def record_self_assessment(work: Work, context: Context) -> Json:
    """`step`, `rows`: self-assessments into the register; how many items are still missing."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        faults = evaluation.assess_self(
            tree, context.case_id, registering.doer(tree, context), registering.rows_of(context)
        )
        missing = evaluation.unassessed(tree, context.case_id)
    return {"self_missing": missing, "self_faults": registering.told(faults)}


def draw_sample(work: Work, context: Context) -> Json:
    """Draws cases and officers of the evaluated agencies. The seed rests on the plan as approved and on the spoken word."""
    facts, agencies = context.facts, _agencies(context)
    plan = {
        key: facts.get(key)
        for key in (
            "evaluation_year",
            "evaluated_agencies",
            "evaluation_indicators",
            "case_draw_count",
            "officer_draw_count",
        )
    }
    seed = draw.fixed_seed(sm3.hexdigest(orjson.dumps(plan, option=orjson.OPT_SORT_KEYS)), str(facts["draw_spoken"]))
    tree = registering.over_tree(work, context)
    drawn: dict[str, Json] = {}
    with tree.transaction():
        for kind, asked in (("case", "case_draw_count"), ("officer", "officer_draw_count")):
            pool = evaluation.pool(tree, kind, agencies, int(facts["evaluation_year"]))
            drawn[kind] = evaluation.draw_objects(
                tree, context.case_id, context.agency_id, kind, pool, int(facts[asked] or 0), seed
            )
        limit = registering.number(tree, context, "evaluation_score_difference")
        owed = evaluation.unscored(tree, context.case_id, 1, limit)
    short = [
        f"{name}少 {drawn[kind]['short']}"
        for kind, name in (("case", "案卷"), ("officer", "人员"))
        if drawn[kind]["short"]
    ]
    return {
        "draw_seed": seed,
        "cases_drawn": drawn["case"]["drawn"],
        "officers_drawn": drawn["officer"]["drawn"],
        "draw_shortage": "、".join(short) or None,
        "unscored_first": owed,
        "unscored_second": owed,
    }


def record_scores(work: Work, context: Context) -> Json:
    """`round`, `step`, `rows`: a scorer's scores into the register; what he still owes."""
    round_ = int(context.parameters["round"])
    tree = registering.over_tree(work, context)
    with tree.transaction():
        limit = registering.number(tree, context, "evaluation_score_difference")
        by = registering.doer(tree, context)
        faults = evaluation.put_scores(
            tree, context.case_id, context.agency_id, round_, by, registering.rows_of(context)
        )
        owed = evaluation.unscored(tree, context.case_id, round_, limit)
    return {f"unscored_{_ROUNDS[round_]}": owed, "score_faults": registering.told(faults)}


def compare_scores(work: Work, context: Context) -> Json:
    """How many items a third person must decide."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        limit = registering.number(tree, context, "evaluation_score_difference")
        return {"unscored_third": evaluation.unscored(tree, context.case_id, 3, limit)}


def settle_scores(work: Work, context: Context) -> Json:
    """Totals and grades, best first."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        return _settle(tree, context)


def _settle(work: Work, context: Context) -> Json:
    limit = registering.number(work, context, "evaluation_score_difference")
    best = registering.number(work, context, "evaluation_excellent")
    enough = registering.number(work, context, "evaluation_qualified")
    rows = [
        {
            "evaluated_agency": result["agency_id"],
            "result_total": f"{result['total']:f}",
            "result_grade": _grade(result["total"], best, enough),
        }
        for result in evaluation.results(work, context.case_id, limit)
    ]
    return {"evaluation_results": rows}


def _grade(total: Decimal, best: Decimal, enough: Decimal) -> str:
    return "优秀" if total >= best else "达标" if total >= enough else "不达标"


def rescore(work: Work, context: Context) -> Json:
    """`step`, `rows`: scores that an objection put right; the totals with them."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        by = registering.doer(tree, context)
        faults = evaluation.put_scores(tree, context.case_id, context.agency_id, 4, by, registering.rows_of(context))
        return {**_settle(tree, context), "score_faults": registering.told(faults)}


def publish_evaluation(work: Work, context: Context) -> Json:
    """Each evaluated agency's own result becomes readable by it."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        evaluation.publish(tree, context.case_id, registering.rows_of(context, "evaluation_results"))
    return {}


# ---------------------------------------------------------------------- reading
def evaluations_held(work: Work, limit: int, after: str | None) -> Json:
    """A page of the evaluations within one's scope."""
    permissions.demand(work, "evaluation.read")
    with work.transaction():
        rows = evaluation.held(work, limit + 1, as_mark(after))
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


def evaluation_objects(work: Work, evaluation_id: str, limit: int, after: str | None) -> Json:
    """Agencies, cases and officers of a batch within one's scope."""
    permissions.demand(work, "evaluation.read")
    at = as_marks(after, str, UUID) if after else None
    with work.transaction():
        rows = evaluation.objects(work, _id(evaluation_id), limit + 1, (at[0], at[1]) if at else None)
    more = len(rows) > limit
    return {"items": rows[:limit], "next": f"{rows[limit - 1]['kind']}|{rows[limit - 1]['id']}" if more else None}


def evaluation_draw(work: Work, evaluation_id: str, kind: str) -> Row:
    """Seed, pool and outcome of a draw with the names of what was drawn, drawn again here: `agrees` says that the outcome is the same."""
    permissions.demand(work, "evaluation.read")
    with work.transaction():
        row = evaluation.one_draw(work, _id(evaluation_id), kind)
        names = evaluation.names_of(work, row["evaluation_id"], kind)
    again = draw.order(row["seed"], f"evaluation/{kind}", row["pool"])[: row["wanted"]]
    agrees = again == list(row["drawn"]) and draw.pool_hash(row["pool"]) == row["pool_hash"]
    return {**row, "names": names, "agrees": agrees}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("编号格式不正确", remedy="请从列表中重新打开") from error
