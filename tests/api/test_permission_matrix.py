"""S3: every role at every door, for an object of one's own, of a colleague, of a county below, of a sister city.

The expected answers stand in permission_matrix.yaml; a route without an entry fails the test.
"""

import re
from contextlib import closing, suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from api.app import create_app, endpoints
from engine import jobs
from engine.alerts import raise_alert
from engine.ledger import Book
from kernel.errors import Refusal
from kernel.ids import uuid7
from kernel.work import Work, system_person
from registers import (
    account,
    case,
    difference,
    document,
    dossier,
    evidence,
    exchange,
    inspection,
    inspection_draw,
    money,
    number,
    party,
    practitioner,
    property,
    service_address,
    ship,
    supervised,
    vehicle,
    watch_list,
)
from registers.evidence import Meta
from tests.api import leaks
from tests.api.conftest import log_in, start

MATRIX = yaml.safe_load((Path(__file__).parent / "permission_matrix.yaml").read_text(encoding="utf-8"))
RELATIONS = {"own": 440100, "unit": 440100, "child": 440106, "foreign": 440300}
SUMMARY = f"检查时车辆由{leaks.DRIVER['name']}驾驶"  # free text that names a person whom the record knows
STARTERS = {"own": "officer_1", "unit": "officer_2", "child": "county_officer", "foreign": "sister_officer"}
THROUGH = {200, 201, 204, 400, 409, 412, 422, 428}


def test_every_route_has_an_entry(small):
    known = {*MATRIX["public"], *MATRIX["any"], *MATRIX["signed"], *MATRIX["endpoints"]}
    assert {name for _, _, name in endpoints(create_app(small))} == known


def test_the_table_says_what_the_policy_says(policy, small, work_as):
    verbs = {e["verb"] for e in MATRIX["endpoints"].values()}
    for login, row in MATRIX["roles"].items():
        held = {verb for role in work_as(login).person.roles for verb in policy.verbs(role)}
        assert held & verbs == {v for group in row["may"] for v in group} & verbs, login


def test_a_machine_door_opens_to_no_session(small, address):
    doors = [(m, p) for m, p, name in endpoints(create_app(small)) if name in MATRIX["signed"]]
    assert len(doors) == len(MATRIX["signed"])
    with closing(log_in(address, "system_admin_1")) as client:
        for method, path in doors:
            filled = re.sub(r"{[a-z_]+}", "payment_bank", path)
            assert client.request(method, address + filled, json={}).status_code == 401, path


def _drawn(work, relation):
    """A plan and a draw that is done: whoever comes through is refused, or reads."""
    where = {"agency_id": RELATIONS[relation], "category": "01"}
    listed = inspection.put_check_list(
        work, **where, list_no="QD", name="货车", items=[{"item": "苫盖", "basis": "办法"}]
    )
    plan_id = inspection.add_plan(
        work,
        **where,
        values={
            "plan_no": f"J-{relation}", "name": "检查", "kind": "random", "focus": "general", "basis": "计划",
            "check_list_id": listed["id"], "object_kind": "vehicle", "conditions": {}, "object_count": 1,
            "inspectors_each": 2, "experts_each": 0, "supervisors": [work.rows("select id from officer limit 1")[0]["id"]],
            "opens_on": work.today, "closes_on": work.today,
        },
    )  # fmt: skip
    pools = {
        "objects": [f"1 vehicle:{uuid7()}".encode()],
        "inspectors": ["officer:1", "officer:2"],
        "experts": [],
        "recusals": [],
    }
    plan = inspection.plan(work, plan_id)
    frozen = inspection_draw.freeze(work, plan, pools, seed_way="system", seed_source="", reason=None)
    inspection_draw.run(work, frozen["id"], None)
    inspection_draw.mark(work, frozen["id"], "published_at")
    return plan_id, frozen["id"]


def _archived(work, relation):
    """A dossier of a case of its own, a use of it that waits, a list of nothing."""
    where = {"agency_id": RELATIONS[relation], "category": "01"}
    case_id, list_id = uuid7(), uuid7()
    case.insert(work, id=case_id, **where, procedure_type="summary", case_status="archived", facts={})
    row = {
        **where, "case_id": case_id, "part": 1, "archive_no": relation, "case_number": relation, "title": "x", "pages": 0,
        "procedure_type": "summary", "year": 2026, "files": 1, "volumes": [], "missing": [], "package_size": 1, "keys": [],
        "package_sha256": work.node.files.put(b"z").sha256, "package_sm3": b"s" * 32, "effect_key": f"test:{relation}",
    }  # fmt: skip
    row["id"] = dossier.insert(work, row)
    [officer] = work.rows("select id, name from officer where name = '陈明'")
    asked = {
        "kind": "read",
        "volumes": [],
        "purpose": "x",
        "days": 1,
        "reader_id": officer["id"],
        "reader_name": "陈明",
    }
    use_id = dossier.add_use(work, row, {**asked, "reader_agency_id": RELATIONS[relation]})
    work.execute(
        "update dossier_use set asked_by = %s where id = %s", (officer["id"], use_id)
    )  # a person, who can be told
    work.execute(
        "insert into dossier_list (id, agency_id, kind, reason, made_at, made_by) values (%s, %s, 'destroy', 'x', %s, %s)",
        (list_id, RELATIONS[relation], work.now, work.person.id),
    )
    ids = {"dossier_id": row["id"], "use_id": use_id, "list_id": list_id, "supplement_id": uuid7()}
    return {**{key: str(value) for key, value in ids.items()}, "volume": "main"}


@pytest.fixture
def objects(small, address, work_as):
    """One case in each relation, with a task, evidence, a paper and an incident."""
    return objects_of(small, address, work_as)


def objects_of(small, address, work_as):
    """By relation: path parameters → ids of things that exist there."""
    made = {}
    for relation, login in STARTERS.items():
        with closing(log_in(address, login)) as client:
            started = start(client, RELATIONS[relation], driver_name=leaks.DRIVER["name"])
        work = Work(small, system_person(RELATIONS[relation], "01"))
        case_id = account.UUID(started["case_id"])
        with work.transaction():
            kept = evidence.receive(work, case_id, b"x", Meta(name="a.txt", kind="3", witnesses=[leaks.WITNESS]))
            paper = document.make(
                work, agency_id=RELATIONS[relation], category="01", case_id=case_id, kind="D01", name="立案登记表",
                number=None, step="fill", template_hash="x", release="x", context={},
            )  # fmt: skip
            document.issue(work, paper, small.files.put(b"docx"), small.files.put(b"pdf"))
            incidents = [
                jobs.open_incident(
                    work, agency_id=RELATIONS[relation], category="01", instance_id=None, job_id=None,
                    subject_id=case_id, kind="action", cause="测试", remedy="重试",
                )
                for _ in range(3)
            ]  # fmt: skip
            raise_alert(
                work,
                {"agency_id": RELATIONS[relation], "category": "01"},
                case_id,
                "NOTIFY:test",
                severity="info",
                message="测试",
            )
            where = {"agency_id": RELATIONS[relation], "category": "01"}
            found = {
                "parties": party.find_or_insert(work, **where, party_type="organization", name="粤运物流"),
                "vehicles": vehicle.find_or_insert(work, **where, plate="粤A12345", plate_color="2"),
                "ships": ship.keep(work, **where, name="粤运 168", mmsi="413000123"),
                "practitioners": practitioner.keep(work, **where, certificate_no="4401001234", **leaks.DRIVER),
            }
            somebody = _somebody(work, where, case_id, kept["id"])
            plan_id, draw_id = _drawn(work, relation)
            archived = _archived(work, relation)
            clock_id = uuid7()
            work.execute(
                "insert into clock (id, agency_id, category, subject_id, instance_id, rule, rule_version, started, element,"
                " due_at, calendar_version, created_at) values (%s, %s, '01', %s, %s, 'DL_STATEMENT_DEFENCE', '1',"
                " '2026-03-02', 'fill', %s, '1', %s)",
                (clock_id, RELATIONS[relation], case_id, started["instance_id"], work.now, work.now),
            )
            told = exchange.insert(
                work, {"agency_id": RELATIONS[relation], "category": "01"}, direction="out", message="payment.notice",
                business_key=relation, key=f"test:{relation}", body={}, subject_id=case_id,
            )  # fmt: skip
            kept_goods = goods(
                work, {"agency_id": RELATIONS[relation], "category": "01"}, case_id, started["instance_id"], paper
            )
            book = Book(work, where, case_id)
            voucher = book.decide({"fine": Decimal(1)}, due=work.today, decision_no="1", key=f"test:{case_id}")
            block = number.reserve(work, RELATIONS[relation], "试", 2026, "试{seq}", {}, 1, device_no="D1")
            payee = {"name": leaks.PERSON["name"], "bank": "乙", "account": leaks.PERSON["account"]}
            refund_id = money.add_refund(work, where, case_id, Decimal(1), payee, "测试")
            difference.keep(
                work,
                where,
                counterpart="payment_bank",
                kind="doubled",
                key=relation,
                text="测试",
                act="核对",
                case_id=case_id,
            )
            odd = work.rows("select id from money_difference where case_id = %s", (case_id,))[0]["id"]
            alert_id = str(work.rows("select id from alert where subject_id = %s", (case_id,))[0]["id"])
        made[relation] = {
            "task_id": started["tasks"][0]["id"],
            "case_id": started["case_id"],
            "record_id": started["case_id"],
            "instance_id": started["instance_id"],
            "evidence_id": str(kept["id"]),
            "document_id": str(paper),
            "incident_id": [str(i) for i in incidents],
            "alert_id": alert_id,
            "block_id": str(block["id"]),
            "voucher_id": str(voucher),
            "refund_id": str(refund_id),
            "money_difference_id": str(odd),
            "exchange_id": str(told),
            "clock_id": str(clock_id),
            **kept_goods,
            "clue_id": str(uuid7()),
            "check_id": str(uuid7()),
            "plan_id": str(plan_id),
            "draw_id": str(draw_id),
            "party_id": somebody,
            "merge_id": str(uuid7()),
            "entry_id": str(uuid7()),
            "what": "agents",
            **archived,
            "object_id": {kind: str(id_) for kind, id_ in found.items()},
            "deadline_id": "DL_STATEMENT_DEFENCE",
            "recompute_id": started["case_id"],
            **dict.fromkeys(
                (
                    "offset_id",
                    "import_id",
                    "sitting_id",
                    "exam_id",
                    "hours_id",
                    "question_id",
                    "evaluation_id",
                    "watch_id",
                    "upload_id",
                    "copy_id",
                    "export_id",
                    "absence_id",
                    "filter_id",
                ),
                str(uuid7()),
            ),
            "officer_id": str(uuid7()),
            "certificate_id": str(uuid7()),
            "agency_id": RELATIONS[relation],
            "kind": "case",
            "paper": "X99",
            "division": "990000",  # a province of which this node has no agency: refused behind the door
            "year": "2026",
            "agency": RELATIONS[relation],
            "outsider": str(work_as("waterway_officer").person.id),
        }
    return made


def _somebody(work, where, case_id, proof):
    """A natural person as the party of the case, with an address of service, an agent, and a place on the watch list."""
    known = {k: v for k, v in leaks.PERSON.items() if k != "account"}
    id_ = party.find_or_insert(work, **where, party_type="person", **known)
    work.execute(
        "update enforcement_case set party_id = %s, facts = facts || jsonb_build_object('case_summary', %s::text) where id = %s",
        (id_, SUMMARY, case_id),
    )
    row = work.one("select * from party where id = %s", (id_,))
    told = {
        "receiver": known["name"], "relation": "本人", "post_address": known["address"], "electronic": True,
        "mobile": known["phone"], "valid_from": work.today, "evidence_id": proof,
    }  # fmt: skip
    service_address.keep(work, row, told)
    agent = {"relation": "亲属", "special": False, "scope": "代为陈述", "valid_from": work.today, "evidence_id": proof}
    service_address.add_agent(work, row, {**agent, **leaks.AGENT})
    driver = supervised.get(
        work, "practitioner", practitioner.keep(work, **where, certificate_no="4401001234", **leaks.DRIVER)
    )
    with suppress(Refusal):  # of one's own agency it is there already
        watch_list.put(work, driver, "两年内三次超限", work.now + timedelta(days=90))
    return str(id_)


def goods(work, place, case_id, instance_id, paper):
    """An item on the ledger, a stocktaking that goes on, a difference to be answered."""
    one, two = (row["id"] for row in work.rows("select id from officer order by id limit 2"))
    property.take(
        work, {**place, "case_id": case_id, "instance_id": account.UUID(instance_id)}, "seized", [property.Goods(1, "货物", "1", owner_name=leaks.PERSON["name"])],
        property.Move("take", paper, one, two), numbering=("财", "财{seq}", {}), receipt_number=None, taken_at=work.now,
    )  # fmt: skip
    item = work.rows("select id from property_item where case_id = %s", (case_id,))[0]["id"]
    count, difference = uuid7(), uuid7()
    work.execute(
        "insert into stocktaking (id, agency_id, category, place, expected, started_at, started_by, second_id)"
        " values (%s, %s, '01', '库', '{}', %s, %s, %s)",
        (count, place["agency_id"], work.now, one, two),
    )
    work.execute(
        "insert into stocktaking_difference (id, agency_id, category, stocktaking_id, code, kind, detail, raised_at)"
        " values (%s, %s, '01', %s, 'x', 'surplus', 'x', %s)",
        (difference, place["agency_id"], count, work.now),
    )
    return {"item_id": str(item), "stocktaking_id": str(count), "difference_id": str(difference)}


BODIES = {
    "confirm_address": {"receiver": "x", "post_address": "x", "electronic": True, "valid_from": "2026-03-01"},
    "add_agent": {"name": "x", "relation": "x", "special": False, "scope": "x", "valid_from": "2026-03-01"},
    "end_party_entry": {"reason": "x"},
    "merge_party": {"other_id": str(uuid7()), "reason": "x"},
    "split_party": {"reason": "x"},
    "request_export": {"category": "01", "since": "2026-03-02", "until": "2026-03-01", "purpose": "x"},
    "decide_export": {"approved": True, "decision": "x"},
    "unmask_party": {"reason": "x"},
    "take_over": {"form": "x"},
    "decide_supplement": {"accepted": True, "note": "x"},
    "unmask": {"elements": ["case_cause"], "reason": "x"},
    "give_back_numbers": {"reason": " "},
    "move_property": {"movement": "store", "document_id": str(uuid7()), "colleague_id": str(uuid7())},
    "count_item": {"code": "x"},
    "answer_stock_difference": {"answer": "x"},
    "take_receipt": {"receipt_no": "R", "amount": "1.00", "paid_on": "2999-01-01", "channel": "bank", "payer": "甲"},
    "change_obligation": {"fine": "1.00", "ground": "court", "document_no": "x", "reason": " "},
    "counter_voucher": {"reason": "x"},
    "request_refund": {
        "amount": "1.00",
        "payee_name": "甲",
        "payee_bank": "乙",
        "payee_account": "62220000",
        "reason": "x",
    },
    "decide_refund": {"approve": False},
    "request_offset": {"document_id": str(uuid7()), "reason": "x"},
    "decide_offset": {"approve": False},
    "record_refunded": {"paid_on": "2026-03-01", "reference": "x"},
    "explain_difference": {"reason": " "},
    "correct_difference": {"reason": " "},
    "reconcile": {"day": "2999-01-01"},
    "begin_upload": {"name": "a.exe", "kind": "3", "size": 9},
    "reject_law": {"reason": " "},
    "publish_calendar": {"days": [], "ground": " "},
    "save_draft": {"answers": {}},
    "fill_form": {"answers": {}},
    "draft_paper": {"answers": {}},
    "fill_start_form": {"answers": {}},
    "complete_task": {"answers": {"unknown_field": 1}},  # refused by the form: gets through the door, changes nothing
    "start_beside": {"process": "small_runaway"},  # not one that runs beside others: refused behind the door
    "return_task": {"target": "nowhere", "reason": "x"},
    "withdraw_task": {"reason": "x"},
    "plan_complete_all": {"task_ids": [str(uuid7())], "answers": {}},
    "complete_all": {"task_ids": [str(uuid7())], "answers": {}},
    "claim_tasks": {"task_ids": [str(uuid7())]},
    "plan_hand_over_tasks": {"task_ids": [str(uuid7())], "to_officer_id": str(uuid7()), "reason": "x"},
    "hand_over_tasks": {"task_ids": [str(uuid7())], "to_officer_id": str(uuid7()), "reason": "x"},
    "plan_urge_tasks": {"task_ids": [str(uuid7())], "reason": "x"},
    "urge_tasks": {"task_ids": [str(uuid7())], "reason": "x"},
    "urge_task": {"reason": "x"},
    "record_absence": {"substitute_id": str(uuid7()), "begins": "2026-03-02", "ends": "2026-03-01", "reason": "x"},
    "mark_seen": {"task_ids": [str(uuid7())]},
    "set_own_date": {"on": None},
    "keep_filter": {"name": " ", "box": "mine", "query": {}},
    "set_desk": {},
    "read_news": {"ids": []},
    "plan_absence": {"substitute_id": str(uuid7())},
    "sign_task": {"opinion": "agree"},
    "add_signer": {"officer_id": str(uuid7()), "way": "after", "reason": "x"},
    "remove_signer": {"officer_id": str(uuid7()), "reason": "x"},
    "give_back_task": {"opinion": "x"},
    "recall_task": {"reason": "x"},
    "suspend_instance": {"reason": " "},
    "resume_instance": {"reason": "x"},
    "plan_hand_over_all": {"to_officer_ids": [str(uuid7())]},
    "hand_over_all": {"to_officer_ids": [str(uuid7())], "reason": "x"},
    "receive_message": {"message": "reply", "facts": {"remark": "收到"}},
    "plan_move": {"targets": ["nowhere"]},
    "move_instance": {"targets": ["nowhere"], "reason": "x"},
    "cancel_instance": {"reason": " "},
    "plan_clock": {"act": "pause", "reason": "lunch"},
    "pause_clock": {"reason": "lunch"},
    "resume_clock": {"reason": "lunch"},
    "extend_clock": {"count": 1, "reason": "x"},
    "skip_incident": {"reason": " "},
    "repair_incident": {"reason": " "},
    "publish_release": {"ground": " "},
    "answer_alert": {"outcome": "answered", "reason": " "},
    "confirm_rule": {"key": "risk:night_from", "value": 22, "agency_id": 440100, "ground": " "},
    "compute_discretion": {"item": "none", "act_date": "2026-03-01"},
    "compute_due": {"started": "2026-03-02"},
    "open_course": {"agency_id": 440100, "course_no": "K", "name": "K", "kind": "1", "hours": "999.0"},
    "credit_hours": {"course_id": str(uuid7()), "hours": "1.0", "attended_on": "2026-03-01", "mode": "onsite"},
    "correct_hours": {"reason": "x"},
    "save_answers": {"answers": {}},
    "submit_sitting": {"answers": {}},
    "note_leaving": {"what": "x"},
    "extend_sitting": {"minutes": 5, "reason": "x"},
    "draft_question": {
        "agency_id": 440100,
        "question": {"question_no": "", "kind": "case", "topic": "", "stem": "", "answer": ""},
    },
    "take_check_as_evidence": {"case_id": str(uuid7())},
    "put_permit": {"kind": "other", "permit_no": "?", "source": "x"},
    "watch_object": {"reason": "x", "until": "2020-01-01T00:00:00+08:00"},
    "unwatch_object": {"reason": "x"},
    "publish_watch_entry": {"reason": "x"},
    "take_clue": {"agency_id": 440100, "category": "01", "facts": {}},
    "merge_clue": {"into_id": str(uuid7()), "reason": "x"},
    "undo_clue_merge": {"reason": "x"},
    "put_check_list": {
        "agency_id": 440100,
        "category": "01",
        "list_no": " ",
        "name": "x",
        "items": [{"item": "x", "basis": "x"}],
    },
    "plan_inspection": {
        "agency_id": 440100,
        "category": "01",
        "plan_no": "x",
        "name": "x",
        "kind": "daily",
        "basis": "x",
        "check_list_id": str(uuid7()),
        "object_kind": "vehicle",
        "object_count": 1,
        "opens_on": "2026-03-02",
        "closes_on": "2026-03-03",
    },
    "add_expert": {"agency_id": 440100, "category": "01", "name": " ", "organisation": " ", "field": " "},
    "declare_relation": {
        "person_kind": "officer",
        "person_id": str(uuid7()),
        "kind": "vehicle",
        "object_id": str(uuid7()),
        "reason": "x",
    },
    "class_object": {"risk_class": "A", "reason": " "},
    "freeze_pools": {"seed_way": "system"},
    "run_draw": {},
    "make_template": {
        "agency_id": 440100,
        "template_no": "T",
        "name": "T",
        "minutes": 5,
        "pass_marks": "99",
        "rules": [{"kind": "case", "count": 1, "marks": "1"}],
    },
}
BODIES |= {
    "ask_to_read": {"purpose": "x", "days": 1, "volumes": ["none"]},
    "ask_from_afar": {"agency_id": 440300, "archive_no": "none", "purpose": "x", "days": 1},
    "decide_dossier_use": {"granted": False, "reason": ""},
    "end_dossier_use": {"reason": "x"},
    "lend_dossier": {"reader_id": str(uuid7()), "purpose": "x", "days": 1},
    "return_dossier": {},
    "place_dossier": {"location": "x"},
    "set_retention": {"reason": "x"},
    "make_disposal_list": {"agency_id": 440100, "kind": "destroy", "dossier_ids": [str(uuid7())], "reason": "x"},
    "refuse_disposal": {"reason": "x"},
    "add_officer": {"agency_id": 440100, "name": " ", "id_number": "1", "staffing_type": "1"},
    "change_officer": {"status": "1", "agency_id": 440100, "reason": "x"},
    "open_account": {"login": "x", "password": "x"},
    "reset_password": {"password": "x"},
    "shut_account": {"disabled": True, "reason": "x"},
    "grant_role": {"role": "officer", "agency_id": 440100, "categories": ["01"], "reason": "x"},
    "revoke_role": {"role": "officer", "agency_id": 440100, "reason": "x"},
    "enter_certificate": {
        "number": "1",
        "kind": "1",
        "categories": [],
        "valid_from": "2026-01-01",
        "valid_to": "2026-01-01",
    },
    "change_certificate": {"status": "lost", "reason": "x"},
    "add_agency": {"parent_id": 440100, "code": "440100A", "name": "甲", "short": "甲", "level": "province"},
    "rename_agency": {"name": "甲", "short": "甲", "reason": " "},
}
QUERIES = {
    "list_others_tasks": {"case_id": str(uuid7())},
    "day_report": {"day": "2026-03-02"},
    "list_numbers": {"agency_id": 440100, "what": "none", "year": 2026},
    "export_money": {"first": "2026-03-01", "last": "2026-03-02", "format": "csv"},
    "list_names": {"id": str(uuid7())},
    "put_piece": {"offset": 0},
    "get_calendar": {"year": 2026},
    "list_officers": {"role": "officer", "agency_id": 440100, "category": "01"},
    "list_left_officers": {"agency_id": 440100},
    "search_law": {"q": "罚款"},
    "get_article": {"citation": "行政处罚法#54"},
    "add_favourite": {"citation": "行政处罚法#54"},
    "drop_favourite": {"citation": "行政处罚法#54"},
    "list_confirmations": {"agency_id": 440100},
    "import_questions": {"agency_id": 440100},
    "import_objects": {"agency_id": 440100, "category": "01", "kind": "vehicle"},
    "import_clues": {"agency_id": 440100, "category": "01"},
    "list_clue_outcomes": {"since": "2026-03-01", "until": "2026-03-31"},
}


def ask(client, method, path, name, target):
    """One request at this door for this object; bodies are such that nothing changes."""
    filled = path.removeprefix("/api/staff").replace("{process}", "small_case")
    filled = filled.replace("/objects/{kind}/", "/objects/vehicle/")
    for key, value in target.items():
        if isinstance(value, dict):
            value = value.get(path.split("/")[4] if "{kind}" not in path and path.count("/") > 4 else "vehicles", "")
        filled = filled.replace("{" + key + "}", value[0] if isinstance(value, list) else str(value))
    body = BODIES.get(name)
    if name == "start_case":
        body = {"process": "small_case", "agency_id": target["agency"], "category": "01", "facts": {}}
    if name == "use_number":  # one that is not in the block
        body = {"text": "x", "record_id": target["case_id"]}
    if name == "reserve_numbers":  # for nobody: refused behind the door
        body = {"agency_id": target["agency"], "what": "case", "count": 1}
    if name.startswith("register_"):  # refused by what it says, behind the door
        body = {"agency_id": target["agency"], "category": "01", "name": "甲"}
        if name == "register_party":
            body = {**body, "uscc": "1"}
        if name == "register_project":
            body = {**body, "project_no": "-"}
        if name == "register_vehicle":
            body = {"agency_id": target["agency"], "category": "01", "plate": "甲", "plate_color": "2"}
    if name == "check_object":
        body = {"agency_id": target["agency"], "category": "01", "kind": "vehicle", "number": "粤A12345"}
    if body == {"reason": " "} and target["agency"] == RELATIONS["foreign"]:
        body = {"reason": "越权"}  # a blank reason is refused first: here the door itself must refuse
    if name == "start_stocktaking":  # with nobody: refused behind the door
        body = {"agency_id": target["agency"], "category": "01", "place": "库", "colleague_id": str(uuid7())}
    if name == "copy_case":  # to somebody who may not read it
        body = {"officer_id": target["outsider"]}
    if name in ("hand_over_task", "delegate_task"):  # to somebody without the role: refused only after the door
        body = {"to_officer_id": target["outsider"], "reason": "x"}
    if name == "add_evidence_copy":
        return client.request(method, filled, files={"file": ("a.exe", b"x")}, data={"form": "crop", "note": "x"})
    if name == "upload_evidence":
        return client.request(method, filled, files={"file": ("a.exe", b"x")}, data={"kind": "3"})
    if name == "stamp_document":  # a scan that would be taken, for a paper that waits for no stamp
        return client.request(method, filled, files={"file": ("a.pdf", b"%PDF-1.4\n")})
    if name == "supplement_dossier":
        return client.request(method, filled, files={"file": ("a.exe", b"x")}, data={"reason": "x"})
    if name == "stream_counts":  # a stream without end: its head says whether one is through
        with client.stream(method, filled) as answer:
            return answer
    headers = {"If-Match": '"999"'} if name == "save_draft" else {}
    return client.request(method, filled, json=body, params=QUERIES.get(name), headers=headers)


def expected(entry, row, relation, task_role_held):
    """The class of answer: through, refused (403), hidden (404)."""
    if entry["verb"] not in {v for group in row["may"] for v in group}:
        return {403}
    if entry.get("task_role") and not entry.get("object") and not task_role_held:
        return {403}
    if entry.get("agency"):
        own_process = task_role_held or not entry.get("task_role")
        return THROUGH if relation in row["sees"] and own_process else {403}
    if not entry.get("object"):
        return THROUGH | set(entry.get("also", []))
    if relation not in row["sees"]:
        return set(entry.get("hidden", [404]))
    if entry.get("task_role") and not task_role_held:
        return {403}
    return THROUGH


def test_every_role_at_every_door_for_every_relation(small, address, objects, logged):
    """And at no door does anybody without the right read what identifies a person (S12) – nor does the log."""
    routes = [r for r in endpoints(create_app(small)) if r[2] in MATRIX["endpoints"]]
    wrong, told, scanned, cells = [], set(), 0, 0
    for login, row in MATRIX["roles"].items():
        with closing(log_in(address, login)) as client:
            for method, path, name in routes:
                entry = MATRIX["endpoints"][name]
                if (
                    name in ("check_content", "publish_release", "proposed_release")
                    and entry["verb"] in {v for g in row["may"] for v in g}
                    and login != "publisher_1"
                ):
                    relations = []  # each check reads the whole content: once is enough
                else:
                    relations = list(RELATIONS) if entry.get("object") or entry.get("agency") else ["own"]
                for relation in relations:
                    answer = ask(client, method, path, name, objects[relation])
                    cells += 1
                    if name != "stream_counts" and leaks.RIGHT not in {verb for group in row["may"] for verb in group}:
                        scanned += len(answer.content)
                        told |= {(login, name, leak) for leak in leaks.of_answer(answer)}
                    if answer.status_code not in expected(entry, row, relation, login == "officer_1"):
                        wrong.append((login, name, relation, answer.status_code, answer.text[:150]))
    assert cells > 1000
    assert not wrong, "\n".join(map(str, wrong))
    assert scanned > 1_000_000
    assert not told, "\n".join(map(str, sorted(told)))
    assert logged.getvalue().count('"event": "request"') > 1000
    assert leaks.leaks(logged.getvalue()) == set()


def test_lists_hold_nothing_of_other_agencies(small, address, objects):
    hidden = {login: [r for r in RELATIONS if r not in row["sees"]] for login, row in MATRIX["roles"].items()}
    for login in ("officer_1", "unit_head_1", "city_supervisor", "operator_1"):
        with closing(log_in(address, login)) as client:
            for path in (
                "/cases?limit=200",
                "/tasks?box=unit&limit=200",
                "/incidents?limit=200",
                "/cases?text=超限运输",
            ):
                text = client.get(path).text
                for relation in hidden[login]:
                    assert objects[relation]["case_id"] not in text, (login, path, relation)


def test_what_was_refused_stands_in_the_audit(small, address, objects):
    with closing(log_in(address, "county_officer")) as client:
        assert client.post(f"/tasks/{objects['foreign']['task_id']}/claim").status_code == 404
    with closing(log_in(address, "audit_admin_1")) as client:
        rows = client.get("/audit", params={"outcome": "refused"}).json()["items"]
    assert ("task.claim", objects["foreign"]["task_id"]) in {(r["verb"], r["subject_id"]) for r in rows}


def test_a_made_up_id_looks_like_one_out_of_reach(come_in, objects):
    officer = come_in("officer_1")
    one, other = officer.get(f"/tasks/{uuid7()}"), officer.get(f"/tasks/{objects['foreign']['task_id']}")
    assert {k: v for k, v in one.json().items() if k != "instance"} == {
        k: v for k, v in other.json().items() if k != "instance"
    }
