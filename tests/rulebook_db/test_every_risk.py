"""Every risk rule that is said to work fires on a real case, and keeps quiet on one that is in order.

Facts come by a form, papers, evidence, history and officers as rows of the registers; steps are done by the verb, time
passes by the clock and the daily sweep.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from uuid import UUID

import orjson
import pytest

from content import load, releases
from engine import risk_supply, risk_sweep, shelf, views
from engine.commands import claim, start
from engine.exports import decide_export, export_rows, request_export
from engine.papers import template
from engine.rules import rules
from engine.unmasking import unmask
from kernel.errors import AgainstTheLaw
from kernel.files import FileStore
from kernel.ids import uuid7
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import LOCAL, Node, SettableClock, Work
from registers import account, inspection, record
from tests.conftest import START, Server
from tests.rulebook_db.risk_lab import ROOT, Lab, Trial

ACT = "2026-02-20T10:00"
# An unlicensed bus run: 10,000 to 100,000 yuan; once and not corrected: 37,000 to 64,000.
BUS = {
    "violation_code": "L020001", "occurred_at": ACT, "party_type": "organization", "org_name": "某客运公司",
    "illegal_income": "0", "violations_in_year": 2, "corrected_in_time": False, "violation_desc": "未取得许可从事客运",
    "penalty_provisions": "道路运输条例第63条第(二)项", "violated_provisions": "道路运输条例第10条", "procedure_type": "ordinary",
}  # fmt: skip
NOTICE = ("D11", "2026-02-24T09:00", "2026-02-24T15:00",
          {"violation_desc": "未取得许可从事客运", "penalty_provisions": "道路运输条例第63条第(二)项", "proposed_penalty": "罚款20000元"})  # fmt: skip
DECISION = ("D15", "2026-02-27T09:00", "2026-02-27T15:00", {"fine_amount": "2000"})
REPORTED = ("report", "officer_1", "2026-02-23T10:00")


def told(**facts: object) -> dict[str, object]:
    """The bus case with these facts besides."""
    return {**BUS, **facts}


def decided(**facts: object) -> Trial:
    """The bus case at the decision."""
    return Trial("decision", told(**facts), papers=[NOTICE], by="head_1")


def electronic(**entry: object) -> Trial:
    """A case with one electronic record, at the report."""
    return Trial("report", {}, evidence=[{"kind": "4", **entry}], done=[REPORTED])


def overdue(rule: str, days: int) -> tuple[Trial, Trial]:
    """A clock that ran out, and the same one met in time."""
    return Trial(days=days), Trial(days=days, met=[rule])


def interviewed(hour: int, other: int) -> Trial:
    """An interview of two hours this morning, beside another record of the same officers elsewhere."""
    record = (
        "D02",
        "2026-03-02T08:59",
        None,
        {"period": f"2026年3月2日{other}时00分至{other + 1}时30分", "place": "广州"},
    )
    begin, end = f"2026-03-02T0{hour}:00", f"2026-03-02T0{hour + 2}:00"
    return Trial(
        "report", {"interview_started_at": begin, "interview_ended_at": end, "interview_place": "佛山"}, papers=[record]
    )


def recorded_before(person: str, hour: int) -> Trial:
    """A later step of the day on which somebody was interviewed, whose facts still tell of that interview; the paper names `person`."""
    period = {
        "period": f"2026年3月2日{hour}时00分至{hour}时40分",
        "place": "佛山",
        "interviewee_name": person,
    }
    facts = {
        "interview_started_at": f"2026-03-02T0{hour}:00",
        "interview_ended_at": f"2026-03-02T0{hour}:40",
        "interview_place": "佛山",
        "interviewee_name": "陈志强",
    }
    return Trial("report", facts, papers=[("D02", "2026-03-02T08:59", None, period)])


LORRY = "0198f3a2-6a51-7cc3-9d0f-6d0d0c7f2b11"
INSPECTED = {"inspected_object_id": LORRY, "inspection_task_no": "穗交检2026-001"}


def inspected(times: int) -> Callable[[Lab], None]:
    """The lorry was inspected so often this year, and once in the year before."""

    def before(lab: Lab) -> None:
        with lab._system() as work:
            work.execute("delete from inspection")
            for day in ["2025-12-31", *["2026-01-10"] * times]:
                id_ = uuid7()
                record.insert(
                    work, inspection.KIND, id=id_, agency_id=440100, category="01", facts={},
                    columns={"object_id": LORRY, "inspected_at": f"{day}T10:00:00+08:00"},
                )  # fmt: skip

    return before


def twice(lab: Lab) -> None:
    """The same run was filed three hours before, at the same place."""
    lab.another(
        **{**told(plate_no="粤AD1234", violation_place="G4高速", filed_at=ACT), "occurred_at": "2026-02-20T07:00"}
    )


def twelve(lab: Lab) -> None:
    """A dozen decided cases of this kind and tier, at 40,000 yuan each."""
    for _ in range(12):
        lab.another(**told(fine_amount="40000", discretion_tier="一般", decided_at="2026-01-20T10:00"))


STATIONS = itertools.count(1)


def weighed(verified_to: str | None, reviewed_on: str | None, published_on: str | None) -> Trial:
    """Evidence of a weighing station, at the report; nobody has marked it. The register has the station with its certificate from
    2025 on, its review and the publication of its place."""
    number = f"W-{next(STATIONS)}"

    def before(lab: Lab) -> None:
        told = {"id": uuid7(), "no": number, "now": lab.clock.at, "to": verified_to, "reviewed": reviewed_on,
                "published": published_on}  # fmt: skip
        with lab._system() as work:
            work.execute(
                """insert into device (id, agency_id, category, device_no, name, model, site_code, site_name, place, lanes, reviewed_on,
                  published_on, created_at)
                values (%(id)s, 440100, '01', %(no)s, '称重设备', 'wim_station', 'S1', '检测站', 'K1', '{1}', %(reviewed)s,
                  %(published)s, %(now)s)""",
                told,
            )
            if verified_to is not None:
                work.execute(
                    """insert into device_verification (id, agency_id, category, device_id, certificate_no, valid_from, valid_to,
                      recorded_at) values (gen_random_uuid(), 440100, '01', %(id)s, 'C', '2025-01-01', %(to)s, %(now)s)""",
                    told,
                )

    one = {"kind": "4", "taken_at": "2026-02-20T10:00", "device": number}
    return Trial("report", {}, evidence=[one], done=[REPORTED], before=before)


CHARGED = {"fine_amount": "3000", "surcharge_amount": "90"}  # a day's charge, while the term to pay still runs
REMEDY = {"remedy_kind": "reconsideration", "remedy_applied_on": "2026-02-27", "remedy_ended_on": None}
D15_FIELDS = template.load(load.tree(ROOT), "D15").fields
REVIEWED = {"annual_review_result": "1", "law_qualified": True, "legal_review_first": True}
TRIALS: dict[str, tuple[Trial, Trial]] = {
    # ── people
    "R_OFFICER_LT2": (
        Trial("investigation", {"officers": ["@officer_1"]}),
        Trial("investigation"),
    ),
    "R_OFFICER_NOCERT": (
        Trial("investigation", {"officers": ["@officer_1", "@officer_sz_1"]}),
        Trial("investigation", officer=REVIEWED),
    ),
    "R_AUX_SIGN": (
        Trial("investigation", {"officers": ["@officer_1", "@auxiliary_1"]}),
        Trial("investigation"),
    ),
    "R_CONFLICT": (
        Trial("investigation", {"party_name": "陈大明"}, officer={"recusal_relations": ["陈大明"]}),
        Trial("investigation", {"party_name": "陈大明"}, officer={"recusal_relations": ["别人"]}),
    ),
    "R_REVIEWER_SAME": (
        Trial("decision", done=[("investigation", "officer_1", ACT), ("review", "officer_1", "2026-02-25T10:00")], by="head_1"),
        Trial("decision", done=[("investigation", "officer_1", ACT), ("review", "legal_1", "2026-02-25T10:00")], by="head_1"),
    ),
    "R_REVIEWER_UNQUALIFIED": (
        Trial("review", officer={"legal_review_first": True, "law_qualified": False}),
        Trial("review", officer=REVIEWED),
    ),
    "R_APPROVER_WRONG": (Trial("decision"), Trial("decision", by="head_1")),
    # ── filing
    "R_INSPECT_FREQ": (
        Trial("inspection", INSPECTED, before=inspected(2)),
        Trial("inspection", INSPECTED, before=inspected(1)),
    ),
    "R_NO_FILING": (
        Trial("investigation", {"procedure_type": "ordinary"}, papers=[("D02", ACT, None, {})]),
        Trial("investigation", {"procedure_type": "ordinary"}, papers=[("D01", ACT, None, {}), ("D02", ACT, None, {})]),
    ),
    "R_FILING_NOT_TIMELY": overdue("DL_CASE_FILING", 30),
    "R_JURISDICTION": (
        Trial("filing", {"violation_area_code": "440300"}),
        Trial("filing", {"violation_area_code": "440106"}),
    ),
    "R_DUP_CASE": (
        Trial("filing", told(plate_no="粤AD1234", violation_place="G4高速"), before=twice),
        Trial("filing", told(plate_no="粤AD9999", violation_place="G4高速")),
    ),
    "R_LIMITATION": (
        Trial("filing", told(occurred_at="2024-02-01T10:00")),
        Trial("filing", told(occurred_at="2024-02-01T10:00", life_health_safety=True, harmful_consequence=True)),
    ),
    "R_SUMMARY_OVER_LIMIT": (
        Trial("decision", {"procedure_type": "summary", "party_type": "person", "fine_amount": "300"}, by="head_1"),
        Trial("decision", {"procedure_type": "summary", "party_type": "person", "fine_amount": "200"}, by="head_1"),
    ),
    # ── notice and decision
    "R_NO_NOTICE": (Trial("decision", told(), by="head_1"), decided()),
    "R_NOTICE_MISMATCH": (
        decided(violation_desc="另有其事"),
        decided(fine_amount="20000", proposed_fine_amount="20000"),
    ),
    "R_DECIDE_BEFORE_DEFENCE_END": (
        Trial("decision", told(), papers=[NOTICE], by="head_1", starts=["DL_STATEMENT_DEFENCE"]),
        Trial("decision", told(waived_rights=["statement"]), papers=[NOTICE], by="head_1", starts=["DL_STATEMENT_DEFENCE"]),
    ),
    "R_HEARING_NOT_TOLD": (
        Trial("notice", told(party_type="person", proposed_fine_amount="37000"), by="head_1"),
        Trial("notice", told(party_type="person", proposed_fine_amount="37000", right_hearing=True), by="head_1"),
    ),
    "R_HEARING_NOTICE_SHORT": (
        Trial("hearing", papers=[("D12", ACT, "2026-03-10T09:00", {})], starts=["DL_HEARING_NOTICE"]),
        Trial("hearing", papers=[("D12", "2026-02-01T09:00", "2026-02-01T09:00", {})], starts=["DL_HEARING_NOTICE"]),
    ),
    "R_HEARING_IGNORED": (
        Trial("decision", told(facts_evidence="经查属实"), papers=[NOTICE, ("D13", ACT, None, {})], by="head_1"),
        Trial("decision", told(facts_evidence="经听证(听证笔录)查明"), papers=[NOTICE, ("D13", ACT, None, {})], by="head_1"),
    ),
    "R_DEFENCE_NOT_REVIEWED": (
        decided(statement_content="有异议"),
        decided(statement_content="有异议", statement_review_review="经复核不成立"),
    ),
    "R_DEFENCE_AGGRAVATED": (
        decided(statement_content="有异议", fine_amount="30000", proposed_fine_amount="20000", statement_at="2026-02-25T10:00"),
        decided(statement_content="有异议", fine_amount="20000", proposed_fine_amount="20000", penalty_kinds=["03"]),
    ),
    "R_LEGAL_REVIEW_MISSING": (
        decided(legal_review_required=True),
        decided(legal_review_required=True, legal_review_conclusion="agree"),
    ),
    "R_COLLECTIVE_MISSING": (
        decided(major_illegal=True),
        Trial("decision", told(major_illegal=True), papers=[NOTICE, ("E09", "2026-02-26T10:00", None, {})], by="head_1"),
    ),
    "R_SEQUENCE": (
        Trial("closing", told(filed_at="2026-02-25T10:00"), done=[REPORTED], by="head_1"),
        Trial("closing", told(filed_at="2026-02-21T10:00"), done=[REPORTED], by="head_1"),
    ),
    "R_DECISION_ITEMS": (
        Trial("closing", papers=[("D15", ACT, ACT, {"remedy_clause": "/"})], by="head_1"),
        Trial("closing", papers=[("D15", ACT, ACT, dict.fromkeys(D15_FIELDS, "有"))], by="head_1"),
    ),
    # ── discretion and law
    "R_FINE_OUT_OF_STATUTE": (decided(fine_amount="200000"), decided(fine_amount="40000")),
    "R_FINE_OUT_OF_TIER": (decided(fine_amount="20000"), decided(fine_amount="40000")),
    "R_TIER_CONDITION": (decided(discretion_tier="严重"), decided(discretion_tier="一般")),
    "R_TIER_VERSION": (
        Trial("decision", told(violation_code="L060025", occurred_at="2026-08-01T10:00", discretion_tier="一般"),
              by="head_1", at="2026-09-01T10:00"),
        Trial("decision", told(violation_code="L060025", occurred_at="2026-02-01T10:00", discretion_tier="一般"), by="head_1"),
    ),
    "R_LENIENT_UNUSED": (
        decided(confessed=True, fine_amount="50000", discretion_reason="一般"),
        decided(confessed=True, fine_amount="50000", discretion_reason="当事人主动供述行政机关尚未掌握的违法行为"),
    ),
    "R_MINOR_LIST": (
        decided(review_outcome="penalty", slight=True, corrected_in_time=True, no_harm=True),
        decided(review_outcome="penalty"),
    ),
    "R_SIMILAR_DEVIATION": (
        Trial("decision", told(fine_amount="60000", discretion_tier="一般"), papers=[NOTICE], by="head_1", before=twelve),
        decided(fine_amount="40500", discretion_tier="一般"),
    ),
    "R_PERSON_AGE": (
        decided(review_outcome="penalty", party_age=17, fine_amount="64000"),
        decided(review_outcome="penalty", party_age=17, fine_amount="37000"),
    ),
    "R_LAW_INVALID": (
        decided(penalty_provisions="行政处罚法第63条", occurred_at="2017-02-01T10:00"),
        decided(),
    ),
    "R_OLD_ARTICLE_NO": (
        decided(hearing_ground="依行政处罚法第42条告知听证"),
        decided(hearing_ground="依行政处罚法第63条告知听证"),
    ),
    "R_LAW_INCOMPLETE": (
        decided(penalty_provisions="道路运输条例第63条"),
        decided(),
    ),
    "R_LAW_MISMATCH": (decided(penalty_provisions="公路法第76条第(一)项"), decided()),
    "R_KIND_NOT_ALLOWED": (decided(penalty_kinds=["08"]), decided(penalty_kinds=["03"])),
    "R_HIGHER_FINE_RULE": (
        decided(violation_code="L020010", penalty_provisions="道路运输条例第68条第1款第(一)项", competing_violation_codes="L020001"),
        decided(competing_violation_codes="L020010"),
    ),
    "R_NEW_LAW_LIGHTER": (
        Trial("decision", told(violation_code="L060025", occurred_at="2023-12-01T10:00", penalty_provisions="旧规定"),
              papers=[NOTICE], by="head_1"),
        decided(),
    ),
    # ── evidence
    "R_EVID_NO_HASH": (
        electronic(events=[("damaged", "2026-03-01T10:00")]),
        electronic(events=[("damaged", "2026-02-28T10:00"), ("restored", "2026-03-01T10:00")]),
    ),
    "R_EVID_EDITED": (
        electronic(events=[("corrected", "2026-02-27T10:00")]),
        electronic(events=[("corrected", "2026-02-21T10:00")]),
    ),
    "R_EVID_SINGLE": (
        Trial("notice", {"review_outcome": "penalty"}, evidence=[{"kind": "6"}, {"kind": "6"}], by="head_1"),
        Trial("notice", {"review_outcome": "penalty"}, evidence=[{"kind": "6"}, {"kind": "8"}], by="head_1"),
    ),
    "R_DEVICE_UNVERIFIED": (
        electronic(taken_at="2026-02-20T10:00", facts={"offsite": True, "verification_valid_to": "2026-02-01"}),
        electronic(taken_at="2026-02-20T10:00", facts={"offsite": True, "verification_valid_to": "2026-12-01",
                   "legal_tech_reviewed_on": "2026-01-05", "published_on": "2026-01-06"}),
    ),
    "R_NO_BODYCAM": (
        Trial("closing", {"service_method": "left", "served_at": ACT}, by="head_1"),
        Trial("closing", {"service_method": "left", "served_at": ACT}, by="head_1",
              evidence=[{"kind": "3", "media_type": "video/mp4", "taken_at": "2026-02-20T09:50"}]),
    ),
    "R_INTERVIEW_OVERLAP": (
        interviewed(7, 8),
        interviewed(2, 5),
    ),
    # ── service, money, publicity
    "R_ESERVICE_NO_CONSENT": (
        Trial("service", {"service_method": "electronic"}),
        Trial("service", {"service_method": "electronic", "e_service_consent": True}),
    ),
    "R_SURCHARGE_CAP": (
        Trial("payment", {"surcharge_amount": "3000.01", "fine_amount": "3000"}),
        Trial("payment", {"surcharge_amount": "3000", "fine_amount": "3000"}),
    ),
    "R_FINE_SELF_COLLECT": (
        Trial("payment", told(procedure_type="summary", payment_channel="cash", cash_ground="small", fine_amount="150.00")),
        Trial("payment", told(procedure_type="summary", payment_channel="cash", cash_ground="hard_later", fine_amount="150.00")),
    ),
    "R_RECONCILE": (
        Trial(
            "payment", told(instalment_result="deferred", deferred_to="2026-09-30"), starts=["DL_COURT_APPLY"],
            done=[("instalment_approval", "head_1", "2026-02-26T10:00")],
        ),
        Trial(
            "payment", told(instalment_result="deferred", deferred_to="2025-11-28"), starts=["DL_COURT_APPLY"],
            done=[("instalment_approval", "head_1", "2026-02-26T10:00")],
        ),
    ),
    "R_NO_FINANCE_RECEIPT": (
        Trial("payment", {"payment_amount": "2000"}),
        Trial("payment", {"payment_amount": "2000", "payment_receipt_no": "粤001"}),
    ),
    "R_FINE_AMOUNT_DIFF": (
        Trial("closing", {"payment_amount": "2900", "fine_amount": "3000", "surcharge_amount": "0"},
              done=[("payment", "officer_1", ACT)], by="head_1"),
        Trial("closing", {"payment_amount": "3000", "fine_amount": "3000"},  # paid in time: nothing was ever added
              done=[("payment", "officer_1", ACT)], by="head_1"),
    ),
    "R_PUBLISH_PRIVACY": (
        Trial("publicity", {"publicity_note": "当事人电话13800000000"}),
        Trial("publicity", {"publicity_note": "已在门户公示"}),
    ),
    # ── time
    "R_DECISION_OVERDUE": overdue("DL_PENALTY_DECISION", 100),
    "R_DECISION_NEAR": (Trial(days=76), Trial(days=75)),
    "R_SERVE_OVERDUE": overdue("DL_DECISION_SERVE", 20),
    "R_PAYMENT_OVERDUE": overdue("DL_FINE_PAYMENT", 30),
    "R_PUBLISH_OVERDUE": overdue("DL_PUBLISH_PENALTY", 20),
    "R_ARCHIVE_OVERDUE": overdue("DL_ARCHIVE", 60),
    "R_CASH_OVERDUE": overdue("DL_CASH_OFFICER_HANDIN", 10),
    "R_COMPLAINT_OVERDUE": overdue("DL_12328_HANDLE", 60),
    "R_COURT_APPLY_MISSED": overdue("DL_COURT_APPLY", 200),
    "R_EMERGENCY_NO_APPROVAL": overdue("DL_SEIZURE_EMERGENCY", 3),
    "R_SEIZURE_OVERDUE": overdue("DL_SEIZURE", 40),
    "R_PRESERVE_OVERDUE": (Trial(days=12), Trial(days=12, papers=[("D07", "2026-03-03T09:00", None, {})])),
    "R_PROPERTY_UNHANDED": overdue("DL_PROPERTY_HANDOVER", 60),
    "R_SUMMARY_NOT_FILED": overdue("DL_SUMMARY_REPORT", 10),
    "R_TRANSFER_OVERDUE": overdue("DL_TRANSFER_APPROVE", 10),
    "R_OFFSITE_NOT_NOTIFIED": (
        Trial(days=30, papers=[("E43", "2026-03-02T08:00", None, {})]),
        Trial(days=30, papers=[("E43", "2026-03-02T08:00", None, {}), ("E42", "2026-03-02T08:30", None, {})]),
    ),
    # ── steps that come too early
    "R_DEMAND_TOO_EARLY": (Trial("court_application", starts=["DL_DEMAND_WAIT"]), Trial("court_application")),
    "R_PUBLIC_NOTICE_EARLY": (
        Trial("service", {"service_method": "public_notice", "served_at": "2026-03-02T09:00"}, starts=["DL_PUBLIC_NOTICE_SERVE"]),
        Trial("service", {"service_method": "public_notice", "served_at": "2026-03-02T09:00"}),
    ),
    "R_SUMMARY_REMEDY_TEXT": (
        Trial("spot_delivery", told(procedure_type="summary"), papers=[("D14", "2026-02-27T09:00", None, {"remedy_clause": "可以直接起诉"})]),
        Trial("spot_delivery", told(procedure_type="summary"),
              papers=[("D14", "2026-02-27T09:00", None, {"remedy_clause": "应当先申请行政复议"})]),
    ),
    # ── reconsideration and suit
    "R_RECON_REPLY_OVERDUE": overdue("DL_RECON_REPLY", 30),
    "R_RECON_FORWARD_OVERDUE": overdue("DL_RECON_FORWARD", 20),
    "R_SUIT_ANSWER_OVERDUE": overdue("DL_SUIT_ANSWER", 30),
    "R_MAJOR_NOT_FILED": overdue("DL_MAJOR_FILE", 30),
    "R_WITHDRAW_OVERDUE": overdue("DL_PUBLISH_WITHDRAW", 10),
    "R_SURCHARGE_IN_REMEDY": (
        Trial("payment", CHARGED, starts=["DL_FINE_PAYMENT"], own=REMEDY),
        Trial("payment", CHARGED, starts=["DL_FINE_PAYMENT"], own={**REMEDY, "remedy_ended_on": "2026-03-01"}),
    ),
    # ── single acts
    "R_AV_LATE": overdue("DL_AV_UPLOAD", 3),
    "R_ENFORCE_NIGHT": (
        Trial("enforcement", {"enforce_started_at": "2026-03-02T22:30", "enforce_ended_at": "2026-03-02T23:30"}),
        Trial("enforcement", {"enforce_started_at": "2026-03-02T22:30", "enforce_ended_at": "2026-03-02T23:30", "enforce_urgent": True}),
    ),
    "R_NO_DEMAND": (
        Trial("court_application"),
        Trial("court_application", papers=[("D19", ACT, "2026-02-24T15:00", {})]),
    ),
    "R_NO_CRIME_CHECK": (
        decided(review_outcome="penalty", transfer_standard_met=True),
        Trial("decision", told(review_outcome="penalty", transfer_standard_met=True, transfer_approved=False), papers=[NOTICE],
              done=[("criminal_transfer_approval", "head_1", "2026-02-25T10:00")], by="head_1"),
    ),
    "R_SIGN_MISSING": (
        Trial("notice", papers=[("D02", ACT, None, {})]),
        Trial("notice", papers=[("D02", ACT, None, {"interviewee_signature": "陈志强"})]),
    ),
    "R_SEAL_MISSING": (
        Trial("notice", papers=[("D16", ACT, ACT, {})], handed={"D16": None}),
        Trial("notice", papers=[("D16", ACT, ACT, {})], handed={"D16": "certificate"}),
    ),
    "R_FINE_TARGET": (
        Trial("indicator_setting", tables={"evaluation_indicators": [{"indicator_name": "罚没收入完成率"}]}),
        Trial("indicator_setting", tables={"evaluation_indicators": [{"indicator_name": "文书质量", "indicator_standard": "按评查得分"}]}),
    ),
    "R_REMOTE_ENFORCE": (
        Trial("inspection", {"act_area_code": "440304"}),
        Trial("inspection", {"act_area_code": "440304", "joint_enforcement": True}),
    ),
    "R_OFFSITE_UNREVIEWED": (
        Trial("filing", {"offsite": True, "first_review_result": "valid"}),
        Trial("filing", {"offsite": True, "first_review_result": "valid", "second_review_result": "valid"}),
    ),
    # ── officers
    "R_CERT_EXPIRING": (Trial(at="2028-12-01T03:00"), Trial(at="2028-11-30T03:00")),
    "R_ANNUAL_NOT_PASSED": (
        Trial(days=1, officer={"annual_review_result": "2"}),
        Trial(days=1, officer={"annual_review_result": "1"}),
    ),
}  # fmt: skip
# Further conditions of a rule, each by itself.
BRANCHES: list[tuple[str, Trial, Trial]] = [
    ("R_INTERVIEW_OVERLAP", recorded_before("林国栋", 5), recorded_before("陈志强", 3)),
    (
        "R_NO_FILING",
        Trial("investigation", {"procedure_type": "ordinary"}, done=[("examination_request", "officer_1", ACT)]),
        Trial("investigation", {"procedure_type": "ordinary"}, done=[("examination_request", "officer_1", ACT)],
              papers=[("D01", "2026-02-19T10:00", None, {})]),
    ),
    (
        "R_NO_NOTICE",
        Trial("spot_decision", told(procedure_type="summary")),
        Trial("spot_decision", told(procedure_type="summary", oral_notice_confirm=True)),
    ),
    ("R_NO_DEMAND", Trial("enforcement"), Trial("enforcement", {"substitute_mode": "immediate"})),
    (
        "R_ENFORCE_NIGHT",
        Trial("enforcement", {"enforce_started_at": "2026-02-18T10:00", "enforce_ended_at": "2026-02-18T11:00"}),
        Trial("enforcement", {"enforce_started_at": "2026-03-02T10:00", "enforce_ended_at": "2026-03-02T11:00"}),
    ),
    (
        "R_SIGN_MISSING",
        Trial("closing", papers=[("D04", ACT, None, {})], by="head_1"),
        Trial("closing", papers=[("D04", ACT, None, {"refusal_remark": "拒绝签名"})], by="head_1"),
    ),
    *[
        ("R_DEVICE_UNVERIFIED", weighed(*register), weighed("2026-12-31", "2026-01-05", "2026-01-06"))
        for register in (
            (None, "2026-01-05", "2026-01-06"),  # never verified
            ("2026-02-19", "2026-01-05", "2026-01-06"),  # no more on that day
            ("2026-12-31", None, "2026-01-06"),  # not examined
            ("2026-12-31", "2026-01-05", "2026-02-21"),  # its place published the day after
        )
    ],
    (
        "R_WITHDRAW_NO_REASON",
        Trial("withdrawal", {"withdrawal_reason": "other"}, by="head_1"),
        Trial("withdrawal", {"withdrawal_reason": "other", "withdrawal_explanation": "当事人主体不存在"}, by="head_1"),
    ),
    (
        "R_REMOTE_ENFORCE",
        Trial("investigation", {"act_area_code": "440304"}),
        Trial("investigation", {"act_area_code": "440106"}),
    ),
]  # fmt: skip
# Told by a verb that is no step: tried by itself below.
ACTS = {"R_DATA_LEAK"}
# Figures of a year of cases: tried by themselves below.
# On measures, goods and devices of cases that were worked on by their stories.
ELSEWHERE, _RULE = ROOT / "tests/stories/test_property_risks.py", re.compile(r"\bR_[A-Z_]+\b")
FIGURES = {"R_ABNORMAL_PATTERN", "R_WITHDRAW_NO_REASON"}


@pytest.fixture(scope="module")
def lab(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One node for all trials: each is a case of its own."""
    rights = releases.make(load.tree(ROOT)).permissions
    policy = Policy(rights.allows, rights.inherits, rights.names)
    clock, var = SettableClock(START), tmp_path_factory.mktemp("risks")
    server.ensure("demo")
    name = f"risks_{os.getpid()}"
    server.create(name, "demo")
    settings = Settings(var=var, pdf="off", dsn=server.dsn(name, "zc_owner"), app_role=server.app_role)
    node = Node(server.database(name), settings, FileStore(settings.files), policy, clock)
    yield Lab(node, _person(node), clock)
    node.db.close()
    server.drop(name)


def _person(node: Node) -> Callable[[str], Work]:
    return lambda login: Work(node, account.person_of_login(Work(node, account.STRANGER), login))


def test_every_rule_that_is_said_to_work_is_tried() -> None:
    release = releases.make(load.tree(ROOT))
    book = rules(release)
    waiting, _ = risk_supply.waiting(release, book)
    tried = TRIALS.keys() | FIGURES | ACTS | set(_RULE.findall(ELSEWHERE.read_text(encoding="utf-8")))
    assert tried >= set(book.risks.rules) - set(waiting)
    assert set(book.risks.rules) - set(waiting) >= TRIALS.keys() | FIGURES | ACTS


@pytest.mark.parametrize("rule", sorted(TRIALS))
def test_a_rule_fires_on_a_real_case_and_keeps_quiet_on_one_in_order(lab: Lab, rule: str) -> None:
    fires, quiet = TRIALS[rule]
    alerts, refused = lab.try_out(rule, fires)
    assert rule in alerts, (alerts, refused)
    mode = rules(releases.make(load.tree(ROOT))).risks.rules[rule].mode
    if fires.role is not None:
        assert (refused == rule) is (mode == "block"), refused
    alerts, refused = lab.try_out(rule, quiet)
    assert rule not in alerts
    assert refused != rule


@pytest.mark.parametrize(
    ("rule", "fires", "quiet"), BRANCHES, ids=[f"{n}-{rule}" for n, (rule, *_) in enumerate(BRANCHES)]
)
def test_each_further_condition_of_a_rule_fires_and_keeps_quiet(
    lab: Lab, rule: str, fires: Trial, quiet: Trial
) -> None:
    alerts, refused = lab.try_out(rule, fires)
    assert rule in alerts, (alerts, refused)
    alerts, refused = lab.try_out(rule, quiet)
    assert rule not in alerts
    assert refused != rule


def test_a_large_export_at_night_is_refused_and_leaves_an_alert(lab: Lab) -> None:
    """By day the same list goes out; at night a short one does."""
    lab.clock.set(START)
    with lab._system() as work:
        work.execute(
            """insert into enforcement_case (id, agency_id, category, procedure_type, case_status, filed_at, created_at)
            select gen_random_uuid(), 440100, '01', 'ordinary', 'closed', %s, '2021-05-01T10:00+08:00' from generate_series(1, 1001)""",
            (lab.clock.at,),
        )
    clerk, head = lab.work_as("clerk_1"), lab.work_as("head_1")
    day = date(2021, 5, 1)
    made = request_export(clerk, "01", day, day, None, "年度统计", False)
    decide_export(head, made["id"], True, "同意")
    assert len(export_rows(clerk, made["id"])[1]) == 1001
    lab.clock.set(lab.clock.at.astimezone(LOCAL).replace(hour=23))
    with pytest.raises(AgainstTheLaw) as refused:
        export_rows(lab.work_as("clerk_1"), made["id"])
    assert refused.value.rule == "R_DATA_LEAK"
    with lab._system() as work:
        told = ("R_DATA_LEAK", lab.id("clerk_1"))  # the other trials of this file have their own
        assert len(work.rows("select 1 from alert where rule = %s and subject_id = %s", told)) == 1
    short = request_export(clerk, "01", date(2021, 6, 1), date(2021, 6, 1), None, "年度统计", False)
    decide_export(lab.work_as("head_1"), short["id"], True, "同意")
    assert export_rows(lab.work_as("clerk_1"), short["id"])[1] == []


def test_personal_data_of_a_case_that_one_has_nothing_to_do_with_is_refused(lab: Lab) -> None:
    """Each reading says what the reader has to do with the case; who has nothing sees no personal data in clear."""
    lab.clock.set(START)
    first, other, head = (lab.work_as(login) for login in ("officer_1", "officer_3", "head_1"))
    told = {"officers": [lab.id("officer_1"), lab.id("officer_2")], "case_cause": "试验", "driver_name": "王大锤"}
    case = start(first, "lab_filing", told, agency_id=440100, category="01")["case_id"]
    with lab._system() as work:
        item = str(work.rows("select id from work_item where subject_id = %s", (case,))[0]["id"])
    views.case(other, case)
    claim(first, item)  # while it waited for anybody of the unit, it was the other one's business too
    for reader in (first, other, head):
        views.case(reader, case)
    with lab._system() as work:
        read = work.rows(
            "select detail from audit_entry where verb = 'case.read' and subject_id = %s order by id", (case,)
        )
    assert [orjson.loads(row["detail"])["ground"] for row in read] == ["waiting", "handled", "none", "duty"]
    assert unmask(first, case, ["driver_name"], "核实送达地址") == {"values": {"driver_name": "王大锤"}}
    with pytest.raises(AgainstTheLaw) as refused:
        unmask(other, case, ["driver_name"], "看看")
    assert refused.value.rule == "R_DATA_LEAK"
    with lab._system() as work:
        asked = ("R_DATA_LEAK", lab.id("officer_3"))
        assert len(work.rows("select 1 from alert where rule = %s and subject_id = %s", asked)) == 1
        assert len(work.rows("select 1 from unmasking where subject_id = %s", (case,))) == 1


def test_an_officer_whose_figures_stand_out_is_pointed_out_once(lab: Lab) -> None:
    """Forty cases of one officer, half of them withdrawn; the others of the agency withdraw none."""
    who = {
        "officer_1": 40,
        **{f"officer_{n}": 40 for n in (2, 3, 4, 5, 6)},
        "unit_head_1": 40,
        "head_1": 40,
        "legal_1": 40,
        "clerk_1": 40,
        "archivist_1": 40,
    }
    with lab._system() as work:
        for login, count in who.items():
            work.execute(
                """insert into enforcement_case (id, agency_id, category, procedure_type, case_status, lead_officer_id, filed_at, created_at)
                select gen_random_uuid(), 440100, '01', 'ordinary', case when n %% 2 = 0 and %s then 'withdrawn' else 'closed' end, %s, %s, %s
                from generate_series(1, %s) n""",
                (login == "officer_1", lab.id(login), lab.clock.at, lab.clock.at, count),
            )
    alerts, _ = lab.try_out("R_ABNORMAL_PATTERN", Trial(days=2))
    assert {"R_ABNORMAL_PATTERN", "R_WITHDRAW_NO_REASON"} <= alerts
    with lab._system() as work:
        rows = work.rows(
            "select rule, subject_id, facts from alert where rule = 'R_ABNORMAL_PATTERN' and status = 'open'"
        )
    assert [str(row["subject_id"]) for row in rows] == [lab.id("officer_1")]
    assert rows[0]["facts"]["officer_stats"]["sample"] == 40


def test_a_sweep_of_the_day_runs_once_and_a_batch_after_another(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(risk_sweep, "BATCH", 2)
    cases = [lab.try_out("R_FILING_NOT_TIMELY", Trial(days=40 + n))[0] for n in range(2)]
    assert all("R_FILING_NOT_TIMELY" in alerts for alerts in cases)
    with lab._system() as work:
        rows = work.rows(
            "select subject_id, count(*) as n from alert where rule = 'R_FILING_NOT_TIMELY' and status <> 'released' group by 1"
        )
    assert {row["n"] for row in rows} == {1}


def test_what_was_warned_of_once_is_not_warned_of_the_next_day(lab: Lab) -> None:
    alerts, _ = lab.try_out("R_FILING_NOT_TIMELY", Trial(days=40))
    assert "R_FILING_NOT_TIMELY" in alerts
    [case] = _warned(lab)[-1:]
    lab._by_time(case, Trial(days=1))
    assert _warned(lab).count(case) == 1


def _warned(lab: Lab) -> list[UUID]:
    with lab._system() as work:
        rows = work.rows(
            "select subject_id from alert where rule = 'R_FILING_NOT_TIMELY' and mode <> 'block' order by id"
        )
    return [row["subject_id"] for row in rows]


def test_shelves_read_together_hold_what_each_holds_alone(lab: Lab) -> None:
    lab.try_out("R_FILING_NOT_TIMELY", Trial(days=40))
    lab.another()
    parts = frozenset(shelf.PARTS) - {"officer"}
    with lab._system() as work:
        cases = [row["id"] for row in work.rows("select id from enforcement_case order by id desc limit 60")]
        together = shelf.Shelves(work, cases, 440100)
        for case in cases:
            alone = work.read(shelf.send(work, case, 440100, parts))
            assert alone
            rows = [{name: row[name] for name in alone[0]} for row in together.of(case, parts)]
            assert sorted(map(str, rows)) == sorted(map(str, alone))
