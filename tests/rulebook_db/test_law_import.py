"""Laws and violation items imported: what would change is listed, a second person approves, and only then it counts."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import psycopg
import pytest

import engine
from content import load
from engine import release_store
from kernel.errors import InvalidAnswers, NotAllowed, Refusal
from kernel.permissions import Policy
from kernel.work import Node, SettableClock, Work, system_person
from registers import officer

As = Callable[[str], Work]
ROOT = Path(__file__).parents[2]
LAW = """laws:
  - id: panda_law
    name: 竹林法
    full_name: 中华人民共和国竹林法
    kind: "1"
    versions:
      - {from: 2026-05-01, label: "2026修订", mark: V}
      - {from: 2020-01-01, to: %s, label: "2020", mark: K}
    articles:
      - {id: "3", text: "熊猫出行须备案", mark: K}
"""
SHEET = [
    ["编号", "名称", "门类", "处罚依据", "依据条文", "处罚种类", "来源", "罚款下限", "罚款上限", "阶次", "适用情形", "适用条件", "阶次下限", "阶次上限", "算例", "算例行为日"],
    ["L010900", "未备案占道", "01", "公路法第76条第(一)项", "公路法#76", "责令改正;罚款", "省厅〔2026〕3号", 0, 30000, "一般", "首次", "一年内查处次数 = 1", 0, 3000, "一年内查处次数=1", "2026-03-02"],
    ["L010900", None, None, None, None, None, None, None, None, "较重", "再次", "一年内查处次数 >= 2", 3000, 30000, None, None],
]  # fmt: skip


@pytest.fixture
def base(seeded: Node, work_as: As) -> Node:
    """The national content in force; two people of the legal office."""
    work = Work(seeded, system_person(440100, "01"))
    ids = [work_as(login).person.id for login in ("unit_head_1", "head_1")]
    with work.transaction():
        release_store.store(work, load.tree(ROOT), ground="首版", effective_from=None)
        for id_ in ids:
            officer.grant_role(work, UUID(str(id_)), "publisher", 440100, ["01"])
    assert isinstance(seeded.clock, SettableClock)
    seeded.clock.set(datetime(2026, 3, 2, 2, tzinfo=UTC))
    return seeded


def xlsx(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def law(last: str = "2026-04-30") -> bytes:
    return (LAW % last).encode()


def test_a_law_waits_for_a_second_person_and_then_counts(base: Node, work_as: As) -> None:
    importer, other = work_as("unit_head_1"), work_as("head_1")
    before = engine.current_release(importer).hash
    asked = engine.import_law(importer, "law", "竹林法.yaml", law(), "国令〔2026〕1号")
    assert {(d["change"], d["what"]) for d in asked["differences"]} == {
        ("new", "竹林法"), ("new", "竹林法 2026修订"), ("new", "竹林法 2020"), ("new", "竹林法#3"),
    }  # fmt: skip
    assert engine.current_release(importer).hash == before
    assert "竹林法" not in {hit["law"] for hit in engine.search_law(importer, "熊猫备案", date(2026, 6, 1))}
    with pytest.raises(NotAllowed, match="另一人"):
        engine.approve_law(importer, asked["id"])
    done = engine.approve_law(other, asked["id"])
    assert engine.current_release(work_as("head_1")).hash == done["release"] != before
    assert engine.search_law(work_as("head_1"), "熊猫备案", date(2026, 6, 1))[0]["citation"] == "竹林法#3"
    with pytest.raises(Refusal, match="已经审核"):
        engine.approve_law(work_as("head_1"), asked["id"])
    work = work_as("head_1")
    with work.transaction():
        verbs = work.rows("select verb, outcome from audit_entry where verb like 'law.%%' order by id")
    assert [(v["verb"], v["outcome"]) for v in verbs] == [
        ("law.import", "done"), ("law.approve", "refused"), ("law.approve", "done"), ("law.approve", "refused"),
    ]  # fmt: skip


def test_a_law_that_goes_out_of_force_is_listed_as_repealed(base: Node, work_as: As) -> None:
    first = engine.import_law(work_as("unit_head_1"), "law", "a.yaml", law(), "国令")
    engine.approve_law(work_as("head_1"), first["id"])
    ended = law().replace(b"{from: 2026-05-01, label", b"{from: 2026-05-01, to: 2027-01-01, label")
    lines = engine.import_law(work_as("unit_head_1"), "law", "a.yaml", ended, "国令")["differences"]
    assert [(d["change"], d["what"]) for d in lines] == [("repealed", "竹林法 2026修订")]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.yaml", law("2026-06-30"), "重叠"),
        ("a.yaml", b"laws: [", "YAML"),
        ("a.yaml", b"laws: []", "没有内容"),
        ("a.docx", b"PK", "YAML"),
        ("a.yaml", law().replace(b'kind: "1"', b""), "kind"),
    ],
)
def test_what_cannot_be_right_is_refused_with_the_reason(
    base: Node, work_as: As, name: str, data: bytes, says: str
) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        engine.import_law(work_as("unit_head_1"), "law", name, data, "国令")
    assert says in refused.value.fields["file"]
    assert engine.law_imports(work_as("unit_head_1"))["items"] == []


def test_items_come_by_a_sheet_and_are_used_by_discretion(base: Node, work_as: As) -> None:
    asked = engine.import_law(work_as("unit_head_1"), "item", "事项.xlsx", xlsx(SHEET), "省厅〔2026〕3号")
    assert [(d["change"], d["what"]) for d in asked["differences"]] == [("new", "L010900")]
    engine.approve_law(work_as("head_1"), asked["id"])
    facts = {"violations_in_year": 2, "party_type": "person"}
    found = engine.compute_discretion(work_as("officer_1"), "L010900", facts, date(2026, 3, 1))
    assert (found["charges"][0]["tier"], found["charges"][0]["tier_maximum"]) == ("较重", "30000.00")
    assert "L010900" in {item["code"] for item in engine.items(work_as("officer_1"), "01")}
    changed = [[*SHEET[0]], [*SHEET[1][:8], 20000, *SHEET[1][9:]], [*SHEET[2][:13], 20000, None, None]]
    lines = engine.import_law(work_as("unit_head_1"), "item", "事项.csv", _csv(changed), "省厅")["differences"]
    assert {d["what"] for d in lines} == {"L010900 ranges", "L010900 tiers"}


def _csv(rows: list[list[Any]]) -> bytes:
    return "\n".join(",".join("" if c is None else str(c) for c in row) for row in rows).encode("gb18030")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: [row[:6] for row in rows], "缺少列 来源"),
        (lambda rows: [[*rows[0][:-1], "顺序"], *rows[1:]], "不认识的列 顺序"),
        (lambda rows: [rows[0], [None, *rows[1][1:]]], "没有编号"),
        (lambda rows: [rows[0], [*rows[1][:8], "三万", *rows[1][9:]]], "不是金额"),
    ],
)
def test_a_faulty_sheet_names_row_and_column(base: Node, work_as: As, change: Callable[[Any], Any], says: str) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        engine.import_law(work_as("unit_head_1"), "item", "事项.xlsx", xlsx(change(SHEET)), "省厅")
    assert says in refused.value.fields["file"]


def test_an_import_of_the_future_counts_from_its_day(base: Node, work_as: As) -> None:
    day = datetime(2026, 5, 1, tzinfo=UTC)
    asked = engine.import_law(work_as("unit_head_1"), "law", "a.yaml", law(), "国令", day)
    before = engine.current_release(work_as("head_1")).hash
    engine.approve_law(work_as("head_1"), asked["id"])
    assert engine.current_release(work_as("head_1")).hash == before
    assert isinstance(base.clock, SettableClock)
    base.clock.set(day)
    assert engine.current_release(work_as("head_1")).hash != before


def test_sent_back_it_changes_nothing_and_says_why(base: Node, work_as: As) -> None:
    asked = engine.import_law(work_as("unit_head_1"), "law", "a.yaml", law(), "国令")
    with pytest.raises(InvalidAnswers):
        engine.reject_law(work_as("head_1"), asked["id"], " ")
    engine.reject_law(work_as("head_1"), asked["id"], "条号未核对")
    row = engine.law_import(work_as("unit_head_1"), asked["id"])
    assert (row["state"], row["reason"], row["release"]) == ("rejected", "条号未核对", None)


def test_an_officer_may_neither_import_nor_approve(base: Node, work_as: As) -> None:
    asked = engine.import_law(work_as("unit_head_1"), "law", "a.yaml", law(), "国令")
    with pytest.raises(NotAllowed):
        engine.import_law(work_as("officer_1"), "law", "a.yaml", law(), "国令")
    with pytest.raises(NotAllowed):
        engine.approve_law(work_as("officer_1"), asked["id"])


def test_the_database_too_wants_a_second_person(base: Node, work_as: As) -> None:
    asked = engine.import_law(work_as("unit_head_1"), "law", "a.yaml", law(), "国令")
    work = work_as("unit_head_1")
    with pytest.raises(psycopg.errors.CheckViolation), work.transaction():
        work.execute(
            "update law_import set state = 'rejected', decided_by = imported_by, decided_at = now(), reason = 'x' where id = %s",
            (asked["id"],),
        )


def test_the_policy_of_the_content_gives_the_rights(policy: Policy) -> None:
    assert {"law.import", "law.approve", "calendar.publish"} <= policy.verbs("publisher")
