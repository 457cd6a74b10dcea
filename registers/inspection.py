"""Inspections (行政检查): check lists, plans, and the record of each inspection; who stands in which relation to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import officer, supervised
from registers.record import Kind

KIND = Kind(
    name="inspection",
    label="行政检查",
    table="inspection",
    columns={
        "number": "text",
        "title": "text",
        "status": "text",
        "plan_id": "uuid",
        "draw_id": "uuid",
        "draw_place": "int",
        "object_kind": "text",
        "object_id": "uuid",
        "object_name": "text",
        "inspected_at": "timestamptz",
        "result": "text",
        "published_at": "timestamptz",
        "closed_at": "timestamptz",
    },
    codes="INSPECTION_STATUS",
    title=("inspected_object_name", "inspection_plan_name"),
    initial={"status": "planned"},
)

PLAN_KINDS: Final = {"daily": "日常检查", "random": "双随机抽查", "special": "专项检查"}
CONDITIONS: Final = frozenset({"risk_classes", "not_inspected_since", "watched", "permit_kind"})


# ---------------------------------------------------------------------- check lists
def put_check_list(
    work: Work, *, agency_id: int, category: str, list_no: str, name: str, items: Sequence[Mapping[str, str]]
) -> Row:
    """A check list, or the next version of the one with this number. Each item: item, standard, basis."""
    wrong = {}
    if not list_no.strip():
        wrong["list_no"] = "请填写清单编号"
    if not items:
        wrong["items"] = "清单至少有一个检查事项"
    for number, one in enumerate(items, 1):
        if not str(one.get("item") or "").strip() or not str(one.get("basis") or "").strip():
            wrong[f"items.{number}"] = f"第 {number} 项缺少检查事项或者依据"
    if wrong:
        raise InvalidAnswers(wrong)
    work.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"check_list:{agency_id}:{list_no}",))
    kept = [{k: str(one.get(k) or "").strip() for k in ("item", "standard", "basis")} for one in items]
    return work.rows(
        """insert into check_list (id, agency_id, category, list_no, version, name, items, created_at)
        select %s, %s, %s, %s, coalesce(max(version), 0) + 1, %s, %s, %s from check_list where agency_id = %s and list_no = %s
        returning id, list_no, version""",
        (
            uuid7(),
            agency_id,
            category,
            list_no.strip(),
            name.strip(),
            Jsonb(kept),
            work.now,
            agency_id,
            list_no.strip(),
        ),
    )[0]


def check_lists(work: Work, limit: int, after: str | None) -> list[Row]:
    """The newest version of each check list in scope, by agency and number."""
    agency, _, number = (after or "-1|").partition("|")
    return work.rows(
        """select distinct on (agency_id, list_no) id, agency_id, category, list_no, version, name, items from check_list
        where agency_id = any(%s) and (agency_id, list_no) > (%s, %s) order by agency_id, list_no, version desc limit %s""",
        (list(work.person.scope), int(agency), number, limit),
    )


# ---------------------------------------------------------------------- plans
def add_plan(work: Work, *, agency_id: int, category: str, values: Mapping[str, Any]) -> UUID:
    """A plan. `values`: plan_no, name, kind, focus, basis, check_list_id, object_kind, conditions, counts, supervisors, days."""
    wrong = _wrong_plan(work, agency_id, values)
    if wrong:
        raise InvalidAnswers(wrong)
    made = uuid7()
    names = (
        "plan_no", "name", "kind", "focus", "basis", "check_list_id", "object_kind", "object_count", "inspectors_each",
        "experts_each", "supervisors", "opens_on", "closes_on",
    )  # fmt: skip
    if not work.rows(
        f"""insert into inspection_plan (id, agency_id, category, conditions, created_by, created_at, {", ".join(names)})
        values (%s, %s, %s, %s, %s, %s, {", ".join(["%s"] * len(names))}) on conflict (agency_id, plan_no) do nothing returning id""",
        (
            made,
            agency_id,
            category,
            Jsonb(_stored(values["conditions"])),
            work.person.id,
            work.now,
            *(values[name] for name in names),
        ),
    ):
        raise Refusal(f"计划编号 {values['plan_no']} 已经使用", remedy="请另编计划编号")
    return made


def _stored(conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in conditions.items() if v}


def _wrong_plan(work: Work, agency_id: int, values: Mapping[str, Any]) -> dict[str, str]:
    wrong = {}
    for key, name in (("plan_no", "计划编号"), ("name", "计划名称"), ("basis", "检查依据")):
        if not str(values[key]).strip():
            wrong[key] = f"请填写{name}"
    if values["kind"] not in PLAN_KINDS:
        wrong["kind"] = f"计划种类应为:{'、'.join(PLAN_KINDS.values())}"
    if values["object_kind"] not in supervised.KINDS:
        wrong["object_kind"] = f"对象种类应为:{'、'.join(k.label for k in supervised.KINDS.values())}"
    if unknown := set(values["conditions"]) - CONDITIONS:
        wrong["conditions"] = f"不认识的条件:{'、'.join(sorted(unknown))};可用的有:{'、'.join(sorted(CONDITIONS))}"
    elif set(values["conditions"].get("risk_classes") or ()) - set(supervised.CLASSES):
        wrong["conditions"] = f"风险等级应为 {'、'.join(supervised.CLASSES)}"
    if values["closes_on"] < values["opens_on"]:
        wrong["closes_on"] = "结束日期不得早于开始日期"
    if not work.rows(
        "select 1 as found from check_list where id = %s and agency_id = any((select path from agency where id = %s)::int[])",
        (values["check_list_id"], agency_id),
    ):
        wrong["check_list_id"] = "没有这份检查清单,或者它不属于本机构及其上级"
    names = officer.names(work, values["supervisors"])
    if len(names) < len(set(values["supervisors"])):
        wrong["supervisors"] = "监督人员中有未登记的人员"
    if values["kind"] == "random" and not values["supervisors"]:
        wrong["supervisors"] = "双随机抽查须有监督人员在场,请选定"
    return wrong


def plan(work: Work, plan_id: UUID, *, lock: bool = False) -> Row:
    """A plan with its check list's name and items. `NotFound` also outside the scope."""
    row = work.one(
        f"""select p.*, l.name as list_name, l.list_no, l.version as list_version, l.items from inspection_plan p
        join check_list l on l.id = p.check_list_id where p.id = %s{" for update of p" if lock else ""}""",
        (plan_id,),
    )
    if row is None:
        raise NotFound("没有这个检查计划,或不在您的查看范围内", remedy="请从列表中选择")
    return row


def plans(work: Work, limit: int, after: UUID | None) -> list[Row]:
    """Plans in scope, newest first."""
    return work.rows(
        """select id, agency_id, category, plan_no, name, kind, focus, object_kind, object_count, opens_on, closes_on, created_at
        from inspection_plan where agency_id = any(%s) and (%s::uuid is null or id < %s) order by id desc limit %s""",
        (list(work.person.scope), after, after, limit),
    )


# ---------------------------------------------------------------------- people of the pools
def inspectors(work: Work, agency_id: int, category: str) -> list[str]:
    """Officers on duty with a certificate that is valid today and covers the category: `officer:id`, sorted."""
    held = [row["id"] for row in officer.with_role(work, "officer", agency_id, category, work.today)]
    fit = officer.acting(work, held, work.now, category)
    return sorted(f"officer:{row['id']}" for row in fit if row["certificate_valid"] and row["category_covered"])


def add_expert(work: Work, *, agency_id: int, category: str, name: str, organisation: str, field: str) -> UUID:
    """An expert of the pool; the same one again is one row."""
    wrong = {
        key: "请填写"
        for key, text in (("name", name), ("organisation", organisation), ("field", field))
        if not text.strip()
    }
    if wrong:
        raise InvalidAnswers(wrong)
    rows = work.rows(
        """insert into expert (id, agency_id, category, name, organisation, field, created_at) values (%s, %s, %s, %s, %s, %s, %s)
        on conflict (agency_id, category, name, organisation) do update set field = excluded.field, active = true returning id""",
        (uuid7(), agency_id, category, name.strip(), organisation.strip(), field.strip(), work.now),
    )
    return UUID(str(rows[0]["id"]))


def experts(work: Work, agency_ids: Sequence[int], category: str) -> list[str]:
    """The experts of these agencies: `expert:id`, sorted."""
    rows = work.rows(
        "select id from expert where agency_id = any(%s) and category = %s and active", (list(agency_ids), category)
    )
    return sorted(f"expert:{row['id']}" for row in rows)


def expert_page(work: Work, limit: int, after: UUID | None, category: str | None, term: str | None) -> list[Row]:
    """Experts in scope, newest first."""
    where = " and id < %(after)s" if after else ""
    where += " and category = %(category)s" if category else ""
    where += " and (name like %(term)s or organisation like %(term)s or field like %(term)s)" if term else ""
    begins = (term or "").strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return work.rows(
        f"""select id, agency_id, category, name, organisation, field, active, created_at from expert
        where agency_id = any(%(scope)s){where} order by id desc limit %(limit)s""",
        {"scope": list(work.person.scope), "after": after, "category": category, "term": begins, "limit": limit},
    )


def declare_relation(work: Work, *, person_kind: str, person_id: UUID, about: Row, reason: str) -> UUID:
    """Somebody must not inspect an object (`about` as of `supervised.get`): kin, former post, interest. Told again it is one row."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明回避的关系"})
    table = {"officer": "officer", "expert": "expert"}.get(person_kind)
    if table is None or not work.rows(f"select 1 as found from {table} where id = %s", (person_id,)):
        raise InvalidAnswers({"person_id": "没有这名执法人员或者专家"})
    rows = work.rows(
        """insert into recusal_relation (id, agency_id, category, person_kind, person_id, object_kind, object_id, reason,
          declared_by, declared_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (person_id, object_id) where ended_at is null do update set reason = excluded.reason returning id""",
        (
            uuid7(),
            about["agency_id"],
            about["category"],
            person_kind,
            person_id,
            about["kind"],
            about["id"],
            reason.strip(),
            work.person.id,
            work.now,
        ),
    )
    return UUID(str(rows[0]["id"]))


def recusals(work: Work, people: Sequence[str]) -> list[str]:
    """The relations in force of these people: lines `person object`, sorted."""
    ids = [UUID(person.partition(":")[2]) for person in people]
    rows = work.rows(
        """select person_kind || ':' || person_id || ' ' || object_kind || ':' || object_id as line from recusal_relation
        where ended_at is null and person_id = any(%s)""",
        (ids,),
    )
    return sorted(row["line"] for row in rows)


# ---------------------------------------------------------------------- inspections
def of_draw(work: Work, draw_id: UUID, limit: int, after: int) -> list[Row]:
    """The inspections that came of a draw, in its order."""
    return work.rows(
        """select id, draw_place, number, status, object_kind, object_id, object_name, inspected_at, result, published_at
        from inspection where draw_id = %s and draw_place > %s order by draw_place limit %s""",
        (draw_id, after, limit),
    )


def this_year(work: Work, object_id: UUID) -> int:
    """How often an object was inspected this year."""
    row = work.one(
        "select count(*)::int as n from inspection where object_id = %s and inspected_at >= make_timestamptz(%s, 1, 1, 0, 0, 0, 'Asia/Shanghai')",
        (object_id, work.today.year),
    )
    return int(row["n"]) if row else 0
