"""Inspections: check lists, plans, double-random draws, and the inspections that come of them.

A draw is three acts: pools are frozen under a hash, a seed is fixed that nobody could know before, what was drawn is handed to
the officers. Each drawn object becomes a process of its own (`inspection`), begun by a job, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from engine import commands, inbox, jobs, parameters, release_store
from kernel import audit, permissions
from kernel.command import command
from kernel.errors import DeliveryFailed, Fault, InvalidAnswers, NotFound, Problem, Refusal
from kernel.ids import as_mark, as_uuid
from kernel.work import SYSTEM_ID, Grant, Person, Row, Work
from registers import agency, inspection, inspection_draw, supervised

Json = dict[str, Any]
PROCESS = "inspection"
_WEIGHTS = {c: f"inspection_weight_{c.lower()}" for c in supervised.CLASSES}
_UNCLASSED = "inspection_weight_unclassed"


# ---------------------------------------------------------------------- check lists, plans, people
@command(may="inspection.plan")
def put_check_list(
    work: Work, *, agency_id: int, category: str, list_no: str, name: str, items: Sequence[Mapping[str, str]]
) -> Json:
    """A check list (检查事项清单), or its next version; plans keep the version they were made with."""
    permissions.demand(work, "inspection.plan", agency_id, category)
    row = inspection.put_check_list(
        work, agency_id=agency_id, category=category, list_no=list_no, name=name, items=items
    )
    return {**row, "id": str(row["id"])}


def check_lists(work: Work, limit: int, after: str | None) -> Json:
    """Check lists in scope, the newest version of each."""
    permissions.demand(work, "inspection.read")
    if after is not None and not after.partition("|")[0].lstrip("-").isdigit():
        raise InvalidAnswers({"after": "翻页标记不正确,请从第一页重新打开"})
    with work.transaction(hot=True):
        rows = inspection.check_lists(work, limit + 1, after)
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    return {"items": rows[:limit], "next": f"{last['agency_id']}|{last['list_no']}" if last else None}


@command(may="inspection.plan")
def plan_inspection(work: Work, *, agency_id: int, category: str, values: Mapping[str, Any]) -> Json:
    """A plan (检查计划): what is inspected on which basis by which list, of which objects, by how many people.

    `values`: see registers.inspection.add_plan; ids as text.
    """
    permissions.demand(work, "inspection.plan", agency_id, category)
    id_ = inspection.add_plan(
        work,
        agency_id=agency_id,
        category=category,
        values={
            **values,
            "check_list_id": as_uuid(values["check_list_id"]),
            "supervisors": [as_uuid(i) for i in values["supervisors"]],
        },
    )
    return {"id": str(id_)}


def inspection_plans(work: Work, limit: int, after: str | None) -> Json:
    """Plans in scope, newest first."""
    permissions.demand(work, "inspection.read")
    with work.transaction(hot=True):
        rows = inspection.plans(work, limit + 1, as_mark(after))
    more = len(rows) > limit
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if more else None}


def inspection_plan(work: Work, plan_id: str) -> Json:
    """A plan with its check list and its draws."""
    permissions.demand(work, "inspection.read")
    with work.transaction(hot=True):
        row = inspection.plan(work, as_uuid(plan_id))
        draws = inspection_draw.of_plan(work, row["id"])
    return {**row, "draws": draws}


@command(may="inspection.plan")
def add_expert(work: Work, *, agency_id: int, category: str, name: str, organisation: str, field: str) -> Json:
    """An expert for the pool of experts."""
    permissions.demand(work, "inspection.plan", agency_id, category)
    made = inspection.add_expert(
        work, agency_id=agency_id, category=category, name=name, organisation=organisation, field=field
    )
    return {"id": str(made)}


def experts(work: Work, limit: int, after: str | None, category: str | None = None, term: str | None = None) -> Json:
    """A page of the pool of experts in scope, newest first; `term`: the beginning of a name, an organisation or a field."""
    permissions.demand(work, "inspection.read")
    with work.transaction(hot=True):
        rows = inspection.expert_page(work, limit + 1, as_mark(after), category, term)
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


@command(may="inspection.relate", subject="object_id")
def declare_relation(work: Work, *, person_kind: str, person_id: str, kind: str, object_id: str, reason: str) -> Json:
    """Somebody declares (or is known to have) a relation to an object: the draw never sends him there."""
    about = supervised.get(work, kind, as_uuid(object_id))
    permissions.demand(work, "inspection.relate", about["agency_id"], about["category"])
    made = inspection.declare_relation(
        work, person_kind=person_kind, person_id=as_uuid(person_id), about=about, reason=reason
    )
    return {"id": str(made)}


@command(may="object.register", subject="object_id")
def class_object(work: Work, kind: str, object_id: str, risk_class: str, reason: str) -> Json:
    """Classes an object by risk, on which draws weigh it."""
    row = supervised.get(work, kind, as_uuid(object_id))
    permissions.demand(work, "object.register", row["agency_id"], row["category"])
    supervised.put_class(work, row, risk_class, reason)
    return {"id": str(row["id"]), "risk_class": risk_class}


# ---------------------------------------------------------------------- the draw
@command(may="inspection.draw", subject="plan_id")
def freeze_pools(work: Work, plan_id: str, *, seed_way: str, seed_source: str = "", reason: str | None = None) -> Json:
    """Fixes who can be drawn and who can be sent, with weights and recusals, under a hash that is shown at once."""
    plan = inspection.plan(work, as_uuid(plan_id), lock=True)
    permissions.demand(work, "inspection.draw", plan["agency_id"], plan["category"])
    if plan["kind"] != "random":
        raise Refusal("只有双随机抽查计划才抽取", remedy="日常检查和专项检查请直接启动检查")
    reached = agency.subtree_ids(work, plan["agency_id"])
    weights, unclassed, unconfirmed = _weights(work, plan["agency_id"])
    people = inspection.inspectors(work, plan["agency_id"], plan["category"])
    experts = inspection.experts(work, list(reached), plan["category"]) if plan["experts_each"] else []
    pools = {
        "objects": supervised.pool(
            work,
            plan["object_kind"],
            agency_ids=list(reached),
            category=plan["category"],
            weights=weights,
            unclassed=unclassed,
            conditions=plan["conditions"],
        ),
        "inspectors": people,
        "experts": experts,
        "recusals": inspection.recusals(work, [*people, *experts]),
    }
    row = inspection_draw.freeze(work, plan, pools, seed_way=seed_way, seed_source=seed_source, reason=reason)
    return {**_shown(row), "unconfirmed": unconfirmed}


def _weights(work: Work, agency_id: int) -> tuple[dict[str, int], int, list[str]]:
    """Class → weight, the weight of what is not classed, and the names of values that nobody confirmed."""
    values = parameters.values(work, release_store.current(work).parameters, agency_id)
    wanted = [*_WEIGHTS.values(), _UNCLASSED]
    if missing := [key for key in wanted if key not in values]:
        raise Refusal(f"现行内容没有抽取权重参数:{'、'.join(missing)}", remedy="请发布含有这些参数的内容后再冻结")
    found = {key: int(values[key].value) for key in wanted}
    unconfirmed = [values[key].name for key in wanted if values[key].unconfirmed]
    return {c: found[key] for c, key in _WEIGHTS.items()}, found[_UNCLASSED], unconfirmed


@command(may="inspection.draw", subject="draw_id")
def run_draw(work: Work, draw_id: str, word: str | None = None) -> Json:
    """Fixes the seed and draws. `word`: the published number that was agreed on; nothing when the system makes it."""
    row = inspection_draw.get(work, as_uuid(draw_id))
    permissions.demand(work, "inspection.draw", row["agency_id"], row["category"])
    return _shown(inspection_draw.run(work, row["id"], word))


@command(may="inspection.draw", subject="draw_id")
def dispatch_draw(work: Work, draw_id: str) -> Json:
    """Hands what was drawn to the officers: a job per object begins its inspection. Again it changes nothing."""
    row = inspection_draw.get(work, as_uuid(draw_id), lock=True)
    permissions.demand(work, "inspection.draw", row["agency_id"], row["category"])
    if row["seed"] is None:
        raise Refusal("尚未抽取,不能派发", remedy="请先产生随机数")
    if work.rows(
        "select 1 as found from inspection_draw where plan_id = %s and turn > %s", (row["plan_id"], row["turn"])
    ):
        raise Refusal("已经重新抽取,本次结果不再派发", remedy="请派发最近一次抽取的结果")
    jobs.insert(
        work,
        [
            jobs.Job(
                "inspection",
                work.now,
                f"inspection:{row['id']}:{one['place']}",
                row["agency_id"],
                row["category"],
                payload={"draw": str(row["id"]), "place": one["place"]},
            )
            for one in row["result"]
        ],
    )
    inspection_draw.mark(work, row["id"], "dispatched_at")
    return {"id": str(row["id"]), "inspections": len(row["result"])}


def draw_of(work: Work, draw_id: str) -> Json:
    """A draw: its hash, its seed, what was drawn."""
    permissions.demand(work, "inspection.read")
    with work.transaction(hot=True):
        return _shown(inspection_draw.get(work, as_uuid(draw_id)))


def draw_record_of(work: Work, draw_id: str) -> Json:
    """The record of a draw: whoever has it can repeat the draw (`zhicheng draw verify`)."""
    permissions.demand(work, "inspection.read")
    with work.transaction():
        row = inspection_draw.get(work, as_uuid(draw_id))
        return inspection_draw.record(work, row, inspection.plan(work, row["plan_id"]))


def inspections_of_draw(work: Work, draw_id: str, limit: int, after: str | None) -> Json:
    """The inspections that came of a draw, with their results."""
    permissions.demand(work, "inspection.read")
    if after is not None and not after.isdigit():
        raise InvalidAnswers({"after": "翻页标记不正确,请从第一页重新打开"})
    with work.transaction(hot=True):
        row = inspection_draw.get(work, as_uuid(draw_id))
        rows = inspection.of_draw(work, row["id"], limit + 1, int(after or 0))
    more = len(rows) > limit
    return {"items": rows[:limit], "next": str(rows[limit - 1]["draw_place"]) if more else None}


@command(may="inspection.draw", subject="draw_id")
def publish_draw(work: Work, draw_id: str) -> Json:
    """Makes public how was drawn and what came of it; officers and natural persons are not named."""
    row = inspection_draw.get(work, as_uuid(draw_id), lock=True)
    permissions.demand(work, "inspection.draw", row["agency_id"], row["category"])
    if row["seed"] is None:
        raise Refusal("尚未抽取,没有可公开的内容", remedy="请先产生随机数")
    inspection_draw.mark(work, row["id"], "published_at")
    return _publication(work, inspection_draw.get(work, row["id"]))


def publication_of(work: Work, draw_id: str) -> Json:
    """What is public of a draw. `NotFound` before it is published."""
    permissions.demand(work, "inspection.read")
    with work.transaction():
        row = inspection_draw.get(work, as_uuid(draw_id))
        if row["published_at"] is None:
            raise NotFound("这次抽取尚未公开", remedy="请先公开抽取结果")
        return _publication(work, row)


def _publication(work: Work, row: Row) -> Json:
    plan = inspection.plan(work, row["plan_id"])
    known = {one["draw_place"]: one for one in inspection.of_draw(work, row["id"], 100_000, 0)}
    return {
        "id": str(row["id"]),
        "plan_no": plan["plan_no"],
        "name": plan["name"],
        "basis": plan["basis"],
        "agency": agency.get(work, row["agency_id"])["name"],
        "turn": row["turn"],
        "reason": row["reason"],
        "frozen_at": row["frozen_at"],
        "frozen_sha256": bytes(row["frozen_sha256"]).hex(),
        "object_count": row["object_count"],
        "seed_source": row["seed_source"],
        "seed": row["seed"],
        "drawn_at": row["seed_at"],
        "published_at": row["published_at"],
        "objects": [
            {
                "place": one["place"],
                "object": row["labels"].get(one["object"], one["object"]),
                "inspected_at": known.get(one["place"], {}).get("inspected_at"),
                "result": known.get(one["place"], {}).get("result"),
            }
            for one in row["result"]
        ],
    }


def _shown(row: Row) -> Json:
    return {
        "id": str(row["id"]),
        "plan_id": str(row["plan_id"]),
        "turn": row["turn"],
        "reason": row["reason"],
        "former_id": str(row["former_id"]) if row["former_id"] else None,
        "frozen_at": row["frozen_at"].isoformat(),
        "frozen_sha256": bytes(row["frozen_sha256"]).hex(),
        "object_count": row["object_count"],
        "inspector_count": row["inspector_count"],
        "expert_count": row["expert_count"],
        "seed_way": row["seed_way"],
        "seed_source": row["seed_source"],
        "seed": row["seed"],
        "seed_at": row["seed_at"].isoformat() if row["seed_at"] else None,
        "dispatched_at": row["dispatched_at"].isoformat() if row["dispatched_at"] else None,
        "published_at": row["published_at"].isoformat() if row["published_at"] else None,
        "result": [
            {**one, "label": (row["labels"] or {}).get(one["object"], one["object"])} for one in row["result"] or []
        ],
    }


# ---------------------------------------------------------------------- beginning what was drawn
def begin(work: Work, job: Row) -> None:
    """Begins the inspection of one drawn object, as the system for whoever may begin it; once, whatever crashes."""
    draw_id, place = UUID(job["payload"]["draw"]), int(job["payload"]["place"])
    with work.transaction():
        if work.rows("select 1 as found from inspection where draw_id = %s and draw_place = %s", (draw_id, place)):
            jobs.finish(work, job["id"])
            return
        row = inspection_draw.get(work, draw_id)
        plan = inspection.plan(work, row["plan_id"])
        release = release_store.current(work)
        if PROCESS not in release.processes:
            raise DeliveryFailed(
                "内容中没有行政检查流程", permanent=True, remedy="发布含有该流程的内容后,在“异常”中重试"
            )
        roles = release.process(PROCESS).start.roles
        facts = _facts(row, plan, place)
    agencies, categories = frozenset({job["agency_id"]}), frozenset({job["category"]})
    grants = tuple(Grant(role, job["agency_id"], agencies, categories) for role in ("system", *roles))
    deputy = Work(work.node, Person(SYSTEM_ID, "系统", job["agency_id"], grants), request_id=work.request_id)
    key: Json = {"key": f"inspection:{draw_id}:{place}"}
    try:
        begun = commands.start(deputy, PROCESS, facts, agency_id=job["agency_id"], category=job["category"], **key)
    except Fault:
        raise
    except Problem as problem:
        told = ";".join(f"{name} {text}" for name, text in problem.fields.items())
        raise DeliveryFailed(
            f"不能启动第 {place} 名对象的检查:{problem.detail} {told}".strip(), permanent=True, remedy=problem.remedy
        ) from problem
    with work.transaction():
        work.execute(
            "update inspection set plan_id = %s, draw_id = %s, draw_place = %s where id = %s",
            (row["plan_id"], draw_id, place, UUID(str(begun["case_id"]))),
        )
        for opened in begun["tasks"]:  # into the inbox of whoever was drawn first
            task = inbox.get(work, as_uuid(opened["id"]), lock=True)
            if task["claimed_by"] is None:
                inbox.hand_over(work, task, as_uuid(facts["officers"][0]))
        audit.record(work, "inspection.begin", subject=("inspection", begun["case_id"]))
        jobs.finish(work, job["id"])


def _facts(row: Row, plan: Row, place: int) -> Json:
    """What the start form of an inspection asks for, from the draw and its plan."""
    one = row["result"][place - 1]
    kind, _, object_id = one["object"].partition(":")
    return {
        "inspection_task_no": f"{plan['plan_no']}-{row['turn']}-{place:04}",
        "inspection_kind": plan["kind"],
        "inspection_plan_name": plan["name"],
        "inspection_basis": plan["basis"],
        "inspected_object_kind": kind,
        "inspected_object_id": object_id,
        "inspected_object_name": row["labels"].get(one["object"], one["object"]),
        "officers": [person.partition(":")[2] for person in one["inspectors"]],
        "inspection_items": [
            {"check_item": item["item"], "check_standard": item["standard"], "check_basis": item["basis"]}
            for item in plan["items"]
        ],
        "inspection_due": plan["closes_on"].isoformat(),
    }
