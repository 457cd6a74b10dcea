"""Nothing moves without a paper and two people: not through the register, not around it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Work, system_person
from registers import case, document, property
from registers.property import Goods, Move

PERIODS = ("DL_SEIZURE",)


@pytest.fixture
def scene(seeded, work_as):
    """A case of 440100 with a standing list (D08), an approval (E04) and one truck on the ledger."""
    return Scene(seeded, work_as)


class Scene:
    def __init__(self, node, work_as):
        self.node = node
        self.work = work_as("officer_1")
        self.me, self.colleague = self.work.person.id, work_as("officer_2").person.id
        self.case_id, self.instance = uuid7(), uuid7()
        self.place = {"agency_id": 440100, "category": "01", "case_id": self.case_id, "instance_id": self.instance}
        with self.work.transaction():
            case.insert(
                self.work,
                id=self.case_id,
                agency_id=440100,
                category="01",
                procedure_type="ordinary",
                case_status="filed",
                facts={},
            )
            self.list, self.approval = self.paper("D08"), self.paper("E04")
            self.number = self.take(Goods(1, "牵引车", "1", unit="辆", owner_name="王小明", third_party=True))[0]
            self.item = self.work.one("select * from property_item")["id"]

    def paper(self, kind, case_id=None):
        return document.make(
            self.work, agency_id=440100, category="01", case_id=case_id or self.case_id, kind=kind, name=kind, number=None,
            step="x", template_hash="x", release="x", context={},
        )  # fmt: skip

    def take(self, *goods):
        first = Move("take", self.list, self.me, self.colleague)
        return property.take(
            self.work, self.place, "seized", goods, first, numbering=("财", "财{year}-{seq:03}", {}), receipt_number="清1",
            taken_at=self.work.now,
        )  # fmt: skip

    def move(self, movement, **more):
        told = {"place": "一号库", "keeper_id": self.me} if movement in ("store", "shift", "take_back") else {}
        with self.work.transaction():
            item = property.locked(self.work, self.item)
            return property.move(
                self.work, item, Move(**{"movement": movement, "document_id": self.list, "giver_id": self.me,
                                        "taker_id": self.colleague, **told, **more}),
            )  # fmt: skip

    def status(self):
        with self.work.transaction():
            return property.get(self.work, self.item, PERIODS)["status"]


def test_an_item_goes_in_out_and_back_with_every_movement_kept(scene):
    scene.move("store", shelf="A-3")
    scene.move(
        "lend", approval_id=scene.approval, receiver="检测中心", due_on=scene.work.today + timedelta(days=7), place=None
    )
    scene.move("take_back", shelf="B-1")
    with scene.work.transaction():
        item, moves = property.get(scene.work, scene.item, PERIODS), property.history(scene.work, scene.item)
    assert (item["status"], item["place"], item["shelf"], item["keeper"]) == ("stored", "一号库", "B-1", "陈明")
    assert [(m["seq"], m["movement"], m["paper"]) for m in moves] == [
        (1, "take", "D08"), (2, "store", "D08"), (3, "lend", "D08"), (4, "take_back", "D08"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("movement", "wrong", "said"),
    [
        ("store", {"taker_id": "me"}, "两名不同"),
        ("store", {"place": ""}, "地点"),
        ("store", {"document_id": "of another case"}, "文书"),
        ("store", {"document_id": "put aside"}, "文书"),
        ("lend", {}, "不能这样移动"),  # not stored yet
        ("take_back", {}, "不能这样移动"),
        ("return", {}, "接收人"),
        ("auction", {"receiver": "甲"}, "不能这样移动"),
        ("destroy", {"approval": True, "witnesses": ["甲"], "photos": ["1"]}, "见证人"),
        ("destroy", {"approval": True, "witnesses": ["甲", "乙"]}, "照片"),
        ("destroy", {"witnesses": ["甲", "乙"], "photos": ["1"]}, "批准"),
    ],
)
def test_what_is_missing_is_refused_and_nothing_moves(scene, movement, wrong, said):
    more = dict(wrong)
    if more.pop("approval", None):
        more["approval_id"] = scene.approval
    if more.get("taker_id") == "me":
        more["taker_id"] = scene.me
    with scene.work.transaction():
        if more.get("document_id") == "of another case":
            other = uuid7()
            case.insert(
                scene.work,
                id=other,
                agency_id=440100,
                category="01",
                procedure_type="ordinary",
                case_status="filed",
                facts={},
            )
            more["document_id"] = scene.paper("E40", other)
        elif more.get("document_id"):
            more["document_id"] = scene.paper("E40")
            scene.work.execute("update document set state = 'superseded' where id = %s", (more["document_id"],))
    with pytest.raises(Refusal, match=said):
        scene.move(movement, **more)
    assert scene.status() == "seized"


def test_what_is_gone_moves_no_more(scene):
    scene.move("hand_over", receiver="公安机关")
    for movement in ("store", "return", "destroy", "confiscate"):
        with pytest.raises(Refusal):
            scene.move(movement, receiver="甲", approval_id=scene.approval, witnesses=["甲", "乙"], photos=["1"])
    assert scene.status() == "handed_over"


@pytest.mark.parametrize(
    "around",
    [
        "update property_item set status = 'returned'",
        "update property_item set place = '家里'",
        "update property_item set quantity = '0.5'",
        "update property_item set case_id = gen_random_uuid()",
        "delete from property_item",
        "update property_movement set reason = '改'",
        "delete from property_movement",
        "truncate property_movement",
        "insert into property_item (id, agency_id, category, case_id, instance_id, number, basis, listed, class, name, quantity, taken_at,"
        " created_at) select gen_random_uuid(), agency_id, category, case_id, instance_id, 'x', 'seized', 9, 'goods', 'x', '1', now(), now()"
        " from property_item limit 1",
    ],
)
def test_sql_around_the_register_is_refused_by_the_database(scene, around):
    with pytest.raises(psycopg.DatabaseError), scene.work.transaction():
        scene.work.execute(around)
    assert scene.status() == "seized"


def test_its_condition_may_be_noted(scene):
    with scene.work.transaction():
        property.correct(scene.work, scene.item, condition="左前灯破损", damaged=True, mileage=10_020)
        row = property.get(scene.work, scene.item, PERIODS)
    assert (row["condition"], row["damaged"], row["mileage_now_km"]) == ("左前灯破损", True, 10_020)


def test_a_line_is_entered_once(scene):
    with scene.work.transaction():
        assert scene.take(Goods(1, "牵引车", "1"), Goods(2, "半挂车", "1")) == ["财2026-001", "财2026-002"]
    with scene.work.transaction():
        assert len(property.page(scene.work, PERIODS)) == 2


def test_two_movements_at_once_are_one_and_a_refusal(scene):
    with scene.work.transaction():
        seen = property.locked(scene.work, scene.item)
    scene.move("store")
    with pytest.raises(Refusal, match="刚刚"), scene.work.transaction():
        property.move(scene.work, seen, Move("store", scene.list, scene.me, scene.colleague, place="二号库", keeper_id=scene.me))  # fmt: skip


def test_owners_are_masked_and_others_see_nothing(scene, work_as):
    with scene.work.transaction():
        assert property.page(scene.work, PERIODS)[0]["owner_name"] == "王**"
    sister = work_as("sister_officer")
    with sister.transaction():
        assert property.page(sister, PERIODS) == []
        with pytest.raises(NotFound):
            property.locked(sister, scene.item)


def test_the_ledger_is_one_statement_a_page(scene):
    with scene.work.transaction():
        scene.take(*(Goods(n, f"货物{n}", "1") for n in range(2, 8)))
    seen, after = [], None
    while True:
        with scene.work.transaction():
            before = scene.work.statements
            rows = property.page(scene.work, PERIODS, after=after, limit=3)
            assert scene.work.statements == before + 1
        if not rows:
            break
        seen += [row["number"] for row in rows]
        after = rows[-1]["id"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 7


def test_an_auction_has_its_proceeds(scene):
    scene.move("store")
    with pytest.raises(Refusal, match="价款"):
        scene.move("auction", receiver="甲公司", approval_id=scene.approval)
    scene.move("auction", receiver="甲公司", approval_id=scene.approval, proceeds=Decimal("8000.00"))
    assert scene.status() == "auctioned"


MOVES = st.lists(st.sampled_from(sorted(set(property.TO) - {"take"})), max_size=6)


@pytest.fixture
def lawful(server, scene):
    """From → movement → to, as the database has it."""
    with scene.work.transaction():
        text = scene.work.one(
            "select pg_get_constraintdef(oid) as text from pg_constraint where conname = 'property_allowed'"
        )["text"]
    triples = re.findall(r"\(movement = '(\w+)'::text\).*?= '(\w*)'::text\) AND \(to_status = '(\w+)'", text)
    return {(movement, before): to for movement, before, to in triples}


def test_every_movement_leads_where_the_register_says(lawful):
    assert {(movement, to) for (movement, _), to in lawful.items()} == set(property.TO.items())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_whatever_is_tried_an_item_is_where_its_lawful_movements_led(scene, lawful, moves):
    instance, line = uuid7(), 1
    scene.place = {**scene.place, "instance_id": instance}
    with scene.work.transaction():
        scene.take(Goods(line, "货物", "1"))
        item = scene.work.one("select id from property_item where instance_id = %s", (instance,))["id"]
    expected, done = "seized", 1
    base = Move("store", scene.list, scene.me, scene.colleague, scene.approval, receiver="甲", place="库", keeper_id=scene.me,
                due_on=date(2026, 12, 1), witnesses=["甲", "乙"], photos=["1"], listed=1)  # fmt: skip
    for movement in moves:
        move = replace(base, movement=movement, proceeds=Decimal(1) if movement == "auction" else None,
                       instance_id=instance if movement == "retake" else None)  # fmt: skip
        try:
            with scene.work.transaction():
                property.move(scene.work, property.locked(scene.work, item), move)
            accepted = True
        except Refusal:
            accepted = False
        assert accepted == ((movement, expected) in lawful), (expected, movement)
        if accepted:
            expected, done = property.TO[movement], done + 1
        with scene.work.transaction():
            row = property.locked(scene.work, item)
            assert (row["status"], row["moves"]) == (expected, done)
            assert len(property.history(scene.work, item)) == done


def test_the_system_is_no_officer_who_hands_over(scene):
    system = Work(scene.node, system_person(440100, "01"))
    with pytest.raises(psycopg.errors.ForeignKeyViolation), system.transaction():
        item = property.locked(system, scene.item)
        property.move(system, item, Move("return", scene.list, system.person.id, scene.me, receiver="甲"))
