"""A place to try risk rules in: one-step processes over the whole national content, and rows as the registers keep them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

import engine
from content import load, releases
from engine import release_store, risk_sweep
from engine.rules import rules
from kernel.errors import AgainstTheLaw
from kernel.ids import uuid7
from kernel.work import LOCAL, Node, SettableClock, Work, system_person
from registers import officer

ROOT = Path(__file__).parents[2]
ROLES = (
    "filing", "filing_refusal", "investigation", "report", "notice", "review", "hearing", "discussion", "decision", "payment",
    "publicity", "closing", "archiving", "service", "court_application", "spot_delivery", "inspection",
    "spot_decision", "enforcement", "indicator_setting", "withdrawal",
)  # fmt: skip
CLOCKS = (
    "DL_CASE_FILING", "DL_PENALTY_DECISION", "DL_STATEMENT_DEFENCE", "DL_HEARING_REQUEST", "DL_DECISION_SERVE",
    "DL_FINE_PAYMENT", "DL_PUBLISH_PENALTY", "DL_ARCHIVE", "DL_CASH_OFFICER_HANDIN", "DL_12328_HANDLE", "DL_COURT_APPLY",
    "DL_SEIZURE_EMERGENCY", "DL_SEIZURE", "DL_EVIDENCE_PRESERVE", "DL_PROPERTY_HANDOVER", "DL_SUMMARY_REPORT",
    "DL_TRANSFER_APPROVE", "DL_PUBLISH_WITHDRAW", "DL_RECON_REPLY", "DL_RECON_FORWARD", "DL_SUIT_ANSWER", "DL_AV_UPLOAD",
    "DL_MAJOR_FILE",
)  # fmt: skip
_BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="{key}_definitions" targetNamespace="urn:zhicheng:test">
  <collaboration id="{key}_c"><participant id="{key}_pool" name="试验" processRef="{key}"/></collaboration>
  <process id="{key}" name="试验" isExecutable="true">
    <laneSet id="{key}_lanes"><lane id="{key}_lane" name="执法人员"><flowNodeRef>begin</flowNodeRef>
      <flowNodeRef>act</flowNodeRef><flowNodeRef>over</flowNodeRef></lane></laneSet>
    <startEvent id="begin" name="开始"/><userTask id="act" name="办理"/>{wait}<endEvent id="over" name="结束"/>
    <sequenceFlow id="{key}_1" sourceRef="begin" targetRef="act"/>{further}
    <sequenceFlow id="{key}_3" sourceRef="{last}" targetRef="over"/>
  </process>
</definitions>"""
_YAML = """key: {key}
name: 试验
subject: case
law: [{{article: "行政处罚法#44", mark: V}}]
lanes: {{执法人员: officer}}
start: {{roles: [officer], form: lab_start}}
ends: {{over: closed}}
steps:
  act: {{roles: [officer], {what}}}
{more}"""


def lab_files(clocks: Sequence[str] = CLOCKS) -> dict[str, bytes]:
    """The national content, a form that asks every element, and a one-step process per role."""
    files = load.tree(ROOT)
    elements = releases.make(files).elements
    asked = "\n".join(f"      - {{element: {e}}}" for e, one in elements.items() if one.type != "table")
    files["forms/national/lab_start.yaml"] = (
        f"key: lab_start\nname: 试验\nsections:\n  - name: 全部\n    fields:\n{asked}\n".encode()
    )
    for role in ROLES:
        key = f"lab_{role}"
        drawn = _BPMN.format(key=key, wait="", further="", last="act")
        text = _YAML.format(key=key, what=f"step_role: {role}", more="")
        files[f"processes/national/{key}/process.bpmn"] = drawn.encode()
        files[f"processes/national/{key}/process.yaml"] = text.encode()
    starts = ", ".join(f"{{rule: {rule}}}" for rule in clocks)
    flow = '<sequenceFlow id="lab_time_2" sourceRef="act" targetRef="wait"/>'
    drawn = _BPMN.format(key="lab_time", wait='<userTask id="wait" name="等待"/>', further=flow, last="wait")
    drawn = drawn.replace(
        "<flowNodeRef>act</flowNodeRef>", "<flowNodeRef>act</flowNodeRef><flowNodeRef>wait</flowNodeRef>"
    )
    text = _YAML.format(key="lab_time", what=f"starts: [{starts}]", more="  wait: {roles: [officer]}\n")
    files["processes/national/lab_time/process.bpmn"] = drawn.encode()
    files["processes/national/lab_time/process.yaml"] = text.encode()
    # The order of steps and the acting rules are tried elsewhere; here they would stand before the risk rules.
    for path in [p for p in files if p.startswith("rules/national/guards/")]:
        del files[path]
    return files


@dataclass(frozen=True)
class Trial:
    """What is told of one case, and at which step the rules are tried (None: by the daily sweep)."""

    role: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    papers: Sequence[tuple[str, str, str | None, Mapping[str, Any]]] = ()
    done: Sequence[tuple[str, str, str]] = ()  # role, login, when
    evidence: Sequence[Mapping[str, Any]] = ()
    officer: Mapping[str, Any] = field(default_factory=dict)  # facts of officer_1 in the register
    before: Callable[[Lab], None] | None = None
    days: int = 0  # how far the clock moves before the sweep
    met: Sequence[str] = ()  # clocks that were met in time
    starts: Sequence[str] = ()  # clocks that stand beside the step, started now
    tables: Mapping[str, Any] = field(default_factory=dict)  # facts that are tables
    own: Mapping[str, Any] = field(default_factory=dict)  # what the proceeding tells of itself
    handed: Mapping[str, str | None] = field(default_factory=dict)  # papers handed over: kind → how sealed
    by: str = "officer_1"
    at: str | None = None


class Lab:
    """One node with the lab's content in force; each trial is a case of its own."""

    def __init__(self, node: Node, person: Callable[[str], Work], clock: SettableClock) -> None:
        self.node, self.work_as, self.clock, self._start = node, person, clock, clock.at
        ids = [UUID(self.id(login)) for login in ("legal_1", "head_1")]
        work = Work(node, system_person(440100, "01"))
        with work.transaction():
            release_store.store(work, lab_files(), ground="试验", effective_from=None)
            for id_ in ids:
                officer.grant_role(work, id_, "officer", 440100, ["01"])

    def id(self, login: str) -> str:
        """The officer's id."""
        return str(self.work_as(login).person.id)

    def try_out(self, rule: str, trial: Trial) -> tuple[set[str], str]:
        """(rules of which the case has an alert afterwards, the rule that refused the step or "")."""
        self.clock.set(datetime.fromisoformat(trial.at).replace(tzinfo=LOCAL) if trial.at else self._start)
        work = self.work_as("officer_1")
        told = {
            "officers": [self.id("officer_1"), self.id("officer_2")],
            "case_cause": "试验",
            **_made(self, trial.facts),
        }
        key = f"lab_{trial.role or 'time'}"
        begun = engine.start(work, key, told, agency_id=440100, category="01")
        case = UUID(begun["case_id"])
        self._rows(case, begun["instance_id"], trial)
        self._set_officer(trial.officer)
        with self._system() as system:
            query = (
                "update alert set status = 'answered', raised_at = raised_at - interval '1 year' where subject_id = %s"
            )
            system.execute(query, (self.id("officer_1"),))
        if trial.before is not None:
            trial.before(self)
        self._let_through(case, rule)
        refused = self._act(case, trial.by)
        if trial.role is None:
            self._by_time(case, trial)
        self._set_officer({})
        return self._alerts(case), refused

    def another(self, **facts: Any) -> UUID:
        """A case beside the one that is tried."""
        told = {"officers": [], "case_cause": "另案", **_made(self, facts)}
        begun = engine.start(self.work_as("officer_1"), "lab_filing", told, agency_id=440100, category="01")
        return UUID(begun["case_id"])

    def _act(self, case: UUID, login: str) -> str:
        work = self.work_as(login)
        with work.transaction():
            row = work.one("select id from work_item where subject_id = %s and element = 'act'", (case,))
        assert row is not None
        try:
            engine.complete(work, str(row["id"]), {})
        except AgainstTheLaw as error:
            return str(error.rule)
        return ""

    def _by_time(self, case: UUID, trial: Trial) -> None:
        with self._system() as work:
            work.execute(
                "update clock set status = 'met', closed_at = %s, next_wake = null where subject_id = %s and rule = any(%s)",
                (work.now, case, list(trial.met)),
            )
        self.clock.move(timedelta(days=trial.days))
        risk_sweep.forget()
        with self._system() as work:  # another trial had its sweep on this day
            work.execute("update job set idempotency_key = gen_random_uuid()::text where kind = 'risk'")
        while engine.sweep(self.node):
            pass

    def _alerts(self, case: UUID) -> set[str]:
        officer = self.id("officer_1")
        with self._system() as work:
            query = "select rule from alert where subject_id in (%s, %s) and status = 'open'"
            return {row["rule"] for row in work.rows(query, (case, officer))}

    def _let_through(self, case: UUID, rule: str) -> None:
        """Every other block is released for this case, so that none stands before the one that is tried."""
        with self._system() as work:
            book = rules(release_store.current(work)).risks
            others = [key for key in book.rules if key != rule]
            work.execute(
                """insert into alert (id, agency_id, category, subject_id, rule, severity, message, status, raised_at, mode)
                select gen_random_uuid(), 440100, '01', %s, rule, 'high', '放行', 'released', %s, 'block' from unnest(%s::text[]) rule""",
                (case, work.now, others),
            )

    def _set_officer(self, facts: Mapping[str, Any]) -> None:
        with self._system() as work:
            work.execute(
                "update officer set facts = %s::jsonb where id = %s",
                (orjson.dumps(facts).decode(), self.id("officer_1")),
            )

    def _system(self) -> Any:
        return Work(self.node, system_person(440100, "01")).transaction()

    def _rows(self, case: UUID, instance: str, trial: Trial) -> None:
        with self._system() as work:
            release = release_store.current(work).hash
            for kind, made, served, context in trial.papers:
                work.execute(
                    """insert into document (id, agency_id, category, case_id, kind, name, state, step, template_hash, release,
                    context, made_at, made_by, served_at) values (%s, 440100, '01', %s, %s, %s, 'made', 'lab', '', %s, %s, %s, %s, %s)""",
                    (uuid7(), case, kind, kind, release, orjson.dumps(context).decode(), _at(made), self.id("officer_1"),
                     _at(served) if served else None),
                )  # fmt: skip
            for kind, way in trial.handed.items():
                work.execute(
                    "update document set state = 'served', seal_way = %s, sealed_at = %s, seal_by = %s where case_id = %s and kind = %s",
                    (way, work.now if way else None, "机关" if way else None, case, kind),
                )
            if trial.tables:
                told = orjson.dumps(trial.tables).decode()
                work.execute("update enforcement_case set facts = facts || %s::jsonb where id = %s", (told, case))
            if trial.own:
                told = orjson.dumps(trial.own).decode()
                work.execute("update process_instance set own = %s::jsonb where id = %s", (told, instance))
            for role, login, at in trial.done:
                work.execute(
                    """insert into step_history (id, agency_id, category, instance_id, subject_id, at, element, name, kind, event,
                    person_id, outcome) values (%s, 440100, '01', %s, %s, %s, 'x', 'x', 'task', 'left', %s, %s)""",
                    (uuid7(), instance, case, _at(at), self.id(login), orjson.dumps({"step_role": role}).decode()),
                )
            for rule in trial.starts:
                work.execute(
                    """insert into clock (id, agency_id, category, subject_id, rule, rule_version, started, element, due_at,
                    calendar_version, created_at) values (%s, 440100, '01', %s, %s, '', %s, 'x', %s, '', %s)""",
                    (uuid7(), case, rule, work.today.isoformat(), work.now + timedelta(days=5), work.now),
                )
            for entry in trial.evidence:
                self._evidence(work, case, entry)

    def _evidence(self, work: Work, case: UUID, entry: Mapping[str, Any]) -> None:
        id_ = uuid7()
        taken = _at(entry["taken_at"]) if entry.get("taken_at") else None
        work.execute(
            """insert into evidence (id, agency_id, category, case_id, kind, name, media_type, size, sha256, sm3, taken_at, facts,
            device, received_at, received_by) values (%s, 440100, '01', %s, %s, 'x', %s, 1, %s, %s, %s, %s, %s, %s, %s)""",
            (id_, case, entry["kind"], entry.get("media_type", "image/jpeg"), b"0" * 32, b"0" * 32, taken,
             orjson.dumps(entry.get("facts", {})).decode(), entry.get("device"), work.now, self.id("officer_1")),
        )  # fmt: skip
        for seq, (event, at) in enumerate(entry.get("events", ()), start=1):
            work.execute(
                """insert into evidence_event (id, agency_id, category, evidence_id, seq, at, person_id, event, digest)
                values (%s, 440100, '01', %s, %s, %s, %s, %s, %s)""",
                (uuid7(), id_, seq, _at(at), self.id("officer_1"), event, b"0" * 32),
            )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def _made(lab: Lab, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with logins of officers (`@officer_1`) as ids; days and instants in China's time."""
    return {key: _value(lab, value) for key, value in facts.items()}


def _value(lab: Lab, value: Any) -> Any:
    if isinstance(value, str) and value.startswith("@"):
        return lab.id(value[1:])
    if isinstance(value, list):
        return [_value(lab, one) for one in value]
    if isinstance(value, str) and len(value) == 16 and value[10] == "T":
        return f"{value}:00+08:00"
    return value
