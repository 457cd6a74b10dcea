"""Supervised objects (监管对象) of every kind – business, vehicle, ship, practitioner, project – as one thing: found, named, classed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from content import identity
from kernel.errors import InvalidAnswers, NotFound
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import masking


@dataclass(frozen=True)
class Kind:
    """A kind of object: its table, the column that names it, the one that numbers it, what its name is as personal data."""

    label: str
    table: str
    name: str
    number: str
    personal: str | None = None
    where: str = "true"


KINDS: Final[Mapping[str, Kind]] = {
    "party": Kind("经营业户", "party", "name", "uscc", where="o.party_type = 'organization'"),
    "vehicle": Kind("营运车辆", "vehicle", "plate", "plate_color"),
    "ship": Kind("营运船舶", "ship", "name", "mmsi"),
    "practitioner": Kind("从业人员", "practitioner", "name", "certificate_no", personal="name"),
    "project": Kind("工程项目", "project", "name", "project_no"),
}
CLASSES: Final = ("A", "B", "C", "D")


def kind_of(kind: str) -> Kind:
    """The kind of this key. Raises `InvalidAnswers`."""
    if kind not in KINDS:
        raise InvalidAnswers({"kind": f"对象种类应为:{'、'.join(f'{k}({v.label})' for k, v in KINDS.items())}"})
    return KINDS[kind]


def get(work: Work, kind: str, object_id: UUID) -> Row:
    """Whose an object is and how it is called: id, kind, agency_id, category, label (a person's name masked). `NotFound`."""
    about = kind_of(kind)
    row = work.one(
        f"select id, agency_id, category, {about.name} as label, {about.number} as number from {about.table} where id = %s",
        (object_id,),
    )
    if row is None:
        raise NotFound(f"没有这个{about.label},或不在您的查看范围内", remedy="请从对象列表中选择")
    return {**row, "kind": kind, "label": shown(kind, row["label"])}


def identity_of(about: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The number by which every agency knows an object (`about` as of `get`), and a vehicle's colour of plate."""
    return (about["label"], about["number"]) if about["kind"] == "vehicle" else (about["number"], None)


def shown(kind: str, label: str) -> str:
    """An object's name as everybody may read it."""
    personal = KINDS[kind].personal
    return str(masking.masked(personal, label)) if personal else label


def labels(work: Work, refs: Iterable[str]) -> dict[str, str]:
    """`kind:id` → name as everybody may read it; one statement per kind."""
    by_kind: dict[str, list[UUID]] = {}
    for ref in refs:
        kind, _, id_ = ref.partition(":")
        by_kind.setdefault(kind, []).append(UUID(id_))
    found: dict[str, str] = {}
    for kind, ids in by_kind.items():
        about = KINDS[kind]
        for row in work.rows(f"select id, {about.name} as label from {about.table} where id = any(%s)", (ids,)):
            found[f"{kind}:{row['id']}"] = shown(kind, row["label"])
    return found


# ---------------------------------------------------------------------- projects
def keep_project(
    work: Work,
    *,
    agency_id: int,
    category: str,
    project_no: str,
    name: str,
    kind: str | None = None,
    place: str | None = None,
    owner_id: UUID | None = None,
) -> UUID:
    """The project with this number, what is new added to it; a new row when unknown."""
    number = identity.normal(project_no)
    wrong = {"project_no": None if number else "请填写项目编号", "name": None if name.strip() else "请填写项目名称"}
    if fields := {key: why for key, why in wrong.items() if why}:
        raise InvalidAnswers(fields)
    rows = work.rows(
        """insert into project as old (id, agency_id, category, project_no, name, kind, place, owner_id, created_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (agency_id, category, project_no) do update
        set name = excluded.name, kind = coalesce(excluded.kind, old.kind), place = coalesce(excluded.place, old.place),
          owner_id = coalesce(excluded.owner_id, old.owner_id), version = old.version + 1 returning id""",
        (uuid7(), agency_id, category, number, name.strip(), kind, place, owner_id, work.now),
    )
    return UUID(str(rows[0]["id"]))


# ---------------------------------------------------------------------- classes
def put_class(work: Work, row: Row, risk_class: str, reason: str) -> None:
    """Classes an object (`row` as of `get`) by risk; the class before stays in its history."""
    wrong = {}
    if risk_class not in CLASSES:
        wrong["risk_class"] = f"风险等级应为 {'、'.join(CLASSES)}(A 最低)"
    if not reason.strip():
        wrong["reason"] = "请写明评定的依据或理由"
    if wrong:
        raise InvalidAnswers(wrong)
    old = work.one("select risk_class from object_class where object_id = %s for update", (row["id"],))
    work.execute(
        """insert into object_class (object_id, object_kind, agency_id, category, risk_class, reason, set_by, set_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (object_id) do update set risk_class = excluded.risk_class,
          reason = excluded.reason, set_by = excluded.set_by, set_at = excluded.set_at""",
        (
            row["id"],
            row["kind"],
            row["agency_id"],
            row["category"],
            risk_class,
            reason.strip(),
            work.person.id,
            work.now,
        ),
    )
    changes = {"risk_class": [old["risk_class"] if old else None, risk_class], "reason": [None, reason.strip()]}
    work.execute(
        """insert into fact_change (id, agency_id, category, subject_kind, subject_id, at, person_id, source, changes)
        values (%s, %s, %s, %s, %s, %s, %s, 'risk_class', %s)""",
        (
            uuid7(),
            row["agency_id"],
            row["category"],
            row["kind"],
            row["id"],
            work.now,
            work.person.id,
            Jsonb(changes),
        ),
    )


# ---------------------------------------------------------------------- pools
def pool(
    work: Work,
    kind: str,
    *,
    agency_ids: Sequence[int],
    category: str,
    weights: Mapping[str, int],
    unclassed: int,
    conditions: Mapping[str, Any],
) -> list[bytes]:
    """The objects of a kind that meet the conditions, as lines `weight kind:id` in the order of their bytes. One statement.

    `weights`: class → weight. Conditions: `risk_classes`, `not_inspected_since` (a day), `watched`, `permit_kind`.
    """
    about = kind_of(kind)
    wants = [about.where]
    if conditions.get("risk_classes"):
        wants.append("c.risk_class = any(%(classes)s)")
    if conditions.get("not_inspected_since"):
        wants.append(
            "not exists (select 1 from inspection i where i.object_id = o.id and i.inspected_at >= %(since)s::date)"
        )
    if conditions.get("watched"):
        wants.append(
            "exists (select 1 from watch_entry w where w.object_id = o.id and w.removed_at is null and w.until > %(now)s)"
        )
    if conditions.get("permit_kind"):
        wants.append("exists (select 1 from permit p where p.object_id = o.id and p.kind = %(permit)s)")
    cases = " ".join(f"when '{c}' then '{int(weights[c])}'" for c in CLASSES)
    row = work.one(
        f"""select string_agg(line, E'\\n' order by line collate "C") as lines from (
          select (case c.risk_class {cases} else '{int(unclassed)}' end) || ' {kind}:' || o.id as line
          from {about.table} o left join object_class c on c.object_id = o.id
          where o.agency_id = any(%(agencies)s) and o.category = %(category)s and {" and ".join(wants)}) l""",
        {
            "agencies": list(agency_ids),
            "category": category,
            "classes": list(conditions.get("risk_classes") or []),
            "since": conditions.get("not_inspected_since"),
            "permit": conditions.get("permit_kind"),
            "now": work.now,
        },
    )
    return row["lines"].encode().split(b"\n") if row and row["lines"] else []
