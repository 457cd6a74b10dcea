"""Draws of inspections (双随机抽取): pools frozen under a hash, a seed that comes afterwards, a result that nobody changes.

A draw is frozen, then drawn. It is never drawn a second time: a redraw is another draw, with a reason, and the former stays.
The frozen text lies in the file store under its own hash.
"""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import draw, draw_record, officer, supervised

WAYS: Final = {"system": "系统产生", "published": "公开号码"}
_SYSTEM: Final = "冻结后由系统产生的 256 位随机数"


def freeze(work: Work, plan: Row, pools: dict[str, Any], *, seed_way: str, seed_source: str, reason: str | None) -> Row:
    """Freezes the pools (objects, inspectors, experts, recusals) for a plan that is locked; the row of the new draw.

    `seed_source`: which published number will be taken (way `published`) – it is frozen too, so that nobody picks one later.
    A draw after the first needs a reason.
    """
    former = work.one(
        "select id, turn from inspection_draw where plan_id = %s order by turn desc limit 1", (plan["id"],)
    )
    _judge(plan, pools, former, seed_way, seed_source, reason)
    made, source = uuid7(), " ".join(seed_source.split()) if seed_way == "published" else _SYSTEM
    known = {line[2:].decode() for line in pools["objects"]} if pools["recusals"] else set()
    frozen = draw_record.Pools(
        draw=str(made),
        plan=plan["plan_no"],
        wanted=plan["object_count"],
        inspectors_each=plan["inspectors_each"],
        experts_each=plan["experts_each"],
        seed_way=f"{seed_way} {source}",
        objects=pools["objects"],
        inspectors=pools["inspectors"],
        experts=pools["experts"],
        recusals=[line for line in pools["recusals"] if line.partition(" ")[2] in known],
    )
    _enough_people(frozen)
    stored = work.node.files.put(draw_record.frozen_text(frozen))
    return work.rows(
        """insert into inspection_draw (id, agency_id, category, plan_id, turn, reason, former_id, frozen_at, frozen_by,
          frozen_sha256, object_count, inspector_count, expert_count, seed_way, seed_source)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning *""",
        (
            made,
            plan["agency_id"],
            plan["category"],
            plan["id"],
            former["turn"] + 1 if former else 1,
            reason.strip() if former and reason else None,
            former["id"] if former else None,
            work.now,
            work.person.id,
            stored.sha256,
            len(frozen.objects),
            len(frozen.inspectors),
            len(frozen.experts),
            seed_way,
            source,
        ),
    )[0]


def _judge(
    plan: Row, pools: dict[str, Any], former: Row | None, seed_way: str, seed_source: str, reason: str | None
) -> None:
    wrong = {}
    if seed_way not in WAYS:
        wrong["seed_way"] = f"随机数来源应为:{'、'.join(f'{k}({v})' for k, v in WAYS.items())}"
    if seed_way == "published" and not seed_source.strip():
        wrong["seed_source"] = "请写明将采用哪一个尚未公布的号码,如某期开奖号码"
    if former is not None and not (reason or "").strip():
        wrong["reason"] = f"本计划已有第 {former['turn']} 次抽取;重新抽取须写明理由,原抽取保留"
    if len(pools["objects"]) < plan["object_count"]:
        wrong["objects"] = f"符合条件的对象只有 {len(pools['objects'])} 个,不足应抽的 {plan['object_count']} 个"
    if wrong:
        raise InvalidAnswers(wrong)


def _enough_people(pools: draw_record.Pools) -> None:
    """Whatever is drawn, there must be people for it: judged before the seed is known, not after."""
    barred = Counter(line.partition(" ")[2] for line in pools.recusals if line.startswith("officer:"))
    most = max(barred.values(), default=0)
    if len(pools.inspectors) - most < pools.inspectors_each:
        raise Refusal(
            f"检查人员名录有 {len(pools.inspectors)} 人,回避后可能不足每个对象 {pools.inspectors_each} 人",
            remedy="请补充名录(在岗、持有效证件、执法门类相符)后再冻结",
        )
    barred = Counter(line.partition(" ")[2] for line in pools.recusals if line.startswith("expert:"))
    if len(pools.experts) - max(barred.values(), default=0) < pools.experts_each:
        raise Refusal(f"专家名录不足每个对象 {pools.experts_each} 人", remedy="请补充专家名录后再冻结")


def run(work: Work, draw_id: UUID, word: str | None) -> Row:
    """Fixes the seed of a frozen draw and draws. A published number is entered by somebody who did not freeze the pools."""
    row = get(work, draw_id, lock=True)
    if row["seed"] is not None:
        raise Refusal("这次抽取已经完成,结果不能更改", remedy="确需重新抽取的,另行冻结并写明理由")
    if work.rows(
        "select 1 as found from inspection_draw where plan_id = %s and turn > %s", (row["plan_id"], row["turn"])
    ):
        raise Refusal("名录已重新冻结,这次冻结作废", remedy="请使用最近一次冻结的抽取")
    if row["seed_way"] == "published":
        if row["frozen_by"] == work.person.id:
            raise Refusal("公开号码须由冻结人以外的人录入", remedy="请由监督人员或另一名人员登录录入")
        if not (word or "").strip():
            raise InvalidAnswers({"word": f"请录入冻结时约定的号码:{row['seed_source']}"})
    elif word:
        raise InvalidAnswers({"word": "约定由系统产生随机数,不能另行填写"})
    chosen = " ".join(word.split()) if word else secrets.token_hex(32)
    text = work.node.files.read(bytes(row["frozen_sha256"]))
    seed = draw.fixed_seed(bytes(row["frozen_sha256"]).hex(), chosen)
    drawn = draw_record.result(draw_record.pools_of(text), seed)
    named = supervised.labels(work, [one["object"] for one in drawn])
    return work.rows(
        """update inspection_draw set seed_word = %s, seed = %s, seed_by = %s, seed_at = %s, result = %s, labels = %s
        where id = %s returning *""",
        (chosen, seed, work.person.id, work.now, Jsonb(drawn), Jsonb(named), draw_id),
    )[0]


def get(work: Work, draw_id: UUID, *, lock: bool = False) -> Row:
    """The draw's row. `NotFound` also outside the scope."""
    row = work.one(f"select * from inspection_draw where id = %s{' for update' if lock else ''}", (draw_id,))
    if row is None:
        raise NotFound("没有这次抽取,或不在您的查看范围内", remedy="请从列表中选择")
    return row


def of_plan(work: Work, plan_id: UUID) -> list[Row]:
    """The draws of a plan in their order, without their results."""
    return work.rows(
        """select id, turn, reason, former_id, frozen_at, frozen_by, encode(frozen_sha256, 'hex') as frozen_sha256, object_count,
          inspector_count, expert_count, seed_way, seed_source, seed_at, dispatched_at, published_at
        from inspection_draw where plan_id = %s order by turn""",
        (plan_id,),
    )


def record(work: Work, row: Row, plan: Row) -> dict[str, Any]:
    """The record of a draw that was drawn, as draw_record.verify reads it."""
    if row["seed"] is None:
        raise Refusal("这次抽取尚未完成", remedy="请先产生随机数")
    former = get(work, row["former_id"]) if row["former_id"] else None
    people = officer.names(work, [UUID(str(i)) for i in plan["supervisors"]])
    return {
        "format": draw_record.FORMAT,
        "method": list(draw_record.METHOD),
        "draw": str(row["id"]),
        "plan": {
            **{key: plan[key] for key in ("plan_no", "name", "basis", "object_kind")},
            "check_list": f"{plan['list_no']} 第 {plan['list_version']} 版 {plan['list_name']}",
            "conditions": plan["conditions"],
            "supervisors": sorted(people.values()),
        },
        "frozen": {
            "at": row["frozen_at"].isoformat(),
            "by": str(row["frozen_by"]),
            "sha256": bytes(row["frozen_sha256"]).hex(),
            "text": work.node.files.read(bytes(row["frozen_sha256"])).decode(),
        },
        "seed": {
            "way": row["seed_way"],
            "source": row["seed_source"],
            "word": row["seed_word"],
            "value": row["seed"],
            "at": row["seed_at"].isoformat(),
            "by": str(row["seed_by"]),
        },
        "result": row["result"],
        "labels": row["labels"],
        "redraw": None
        if former is None
        else {
            "reason": row["reason"],
            "turn": row["turn"],
            "former": str(former["id"]),
            "former_frozen_sha256": bytes(former["frozen_sha256"]).hex(),
            "former_result_sha256": draw_record.sha256_of(former["result"]) if former["result"] else None,
        },
    }


def mark(work: Work, draw_id: UUID, column: str) -> None:
    """Notes that a draw was dispatched or published, once."""
    if column not in ("dispatched_at", "published_at"):
        raise KeyError(column)
    by = ", published_by = %(me)s" if column == "published_at" else ""
    work.execute(
        f"update inspection_draw set {column} = coalesce({column}, %(at)s){by} where id = %(id)s",
        {"at": work.now, "me": work.person.id, "id": draw_id},
    )
