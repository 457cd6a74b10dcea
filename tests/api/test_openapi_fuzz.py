"""S2: schemathesis over the whole published contract, as an officer and as administrators: no server error, no status or shape
that the contract does not tell of; and nothing of a natural person in clear for whoever has no right to it (S12), in no answer and no log.

Half of the addresses name things that exist. What is generated hangs on a seed, so that a run can be repeated.
"""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api import leaks
from tests.api.conftest import PASSWORD
from tests.api.test_permission_matrix import objects_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# A stream that never ends: its frames are tested in test_live.py.
STREAMS = {"stream_counts"}
SHORT = ("officer_1", "system_admin_1")
LONG = (
    ("officer_1", "head_1", "unit_head_1", "clerk_1", "legal_1", "custodian_1", "archivist_1"),
    ("finance_1", "finance_head_1", "exam_admin_1", "marker_1", "applicant_1", "certificate_admin_1", "operator_1"),
    ("city_supervisor", "publisher_1", "system_admin_1", "security_admin_1", "audit_admin_1"),
)  # fmt: skip
EXAMPLES = 12  # good and bad each, at every operation, by every person
SEED = 20261126
FEW = {"check_content", "publish_release", "proposed_release"}  # each reads the whole content


@dataclass
class Somebody:
    """A person at the door, and what the contract did not tell of what came back."""

    address: str
    login: str
    session: requests.Session = field(default_factory=requests.Session)
    tried: Counter[int] = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)
    may_unmask: bool = False

    def __post_init__(self) -> None:
        self.come_in()

    def come_in(self) -> None:
        """A session of this person in the jar of cookies."""
        self.session.cookies.clear()
        said = {"login": self.login, "password": PASSWORD}
        answer = self.session.post(f"{self.address}/api/staff/session", json=said, timeout=60)
        assert answer.status_code == 200, f"{self.login}: {answer.text}"
        self.csrf = answer.json()["csrf"]

    def send(self, case: Any) -> None:
        """One request; what is wrong with its answer is kept once per operation and kind."""
        case.cookies = {}
        answer = case.call(session=self.session, headers={"X-CSRF-Token": self.csrf}, timeout=60, allow_redirects=False)
        self.tried[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for one in group.exceptions:
                key = (case.operation.label, f"{type(one).__name__} {answer.status_code}")
                self.faults.setdefault(key, f"{one}\n{case.as_curl_command()[:600]}\n{answer.text[:600]}")
        if not self.may_unmask and (told := leaks.of_answer(answer)):
            self.faults[case.operation.label, "leak"] = f"{sorted(told)}\n{case.as_curl_command()[:600]}"
        if answer.status_code == 401 and not case.operation.path.endswith("/session"):
            self.come_in()

    def told(self) -> str:
        """The faults to be read."""
        return "\n\n".join(f"{self.login} {at}: {kind}\n{text}" for (at, kind), text in sorted(self.faults.items()))


@dataclass
class Fuzz:
    """The contract of one server, and the people who send each of its cases. `ids`: path parameters → what exists."""

    address: str
    people: list[Somebody]
    ids: Mapping[str, Any]

    def run(self, examples: int) -> None:
        """So many good and so many bad examples at every operation."""
        schema = schemathesis.openapi.from_url(f"{self.address}/openapi.json", config=SchemathesisConfig())
        every = [result.ok() for result in schema.get_all_operations()]
        for operation in sorted(every, key=lambda one: one.path.endswith("/session")):  # wrong passwords shut the door
            name = operation.definition.raw["operationId"]
            if name not in STREAMS:
                for mode in GenerationMode:
                    self.at(operation, mode, min(examples, 3) if name in FEW else examples)

    def at(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        """One operation in one mode."""
        rnd = random.Random(f"{SEED}{operation.label}{mode}")

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def each(case: Any) -> None:
            if rnd.random() < 0.6:
                self.name(case, rnd)
            for one in self.people:
                one.send(case)

        with suppress(hypothesis.errors.Unsatisfiable):  # nothing can be wrong with what takes nothing
            each()

    def name(self, case: Any, rnd: random.Random) -> None:
        """Things that exist in place of what was made up."""
        for key in case.path_parameters or {}:
            value = self.ids.get(key)
            value = rnd.choice(list(value.values())) if isinstance(value, dict) else value
            value = rnd.choice(value) if isinstance(value, list) else value
            if value is not None:
                case.path_parameters[key] = value


def fuzzed(small: Any, address: str, work_as: Any, logins: tuple[str, ...], examples: int) -> list[Somebody]:
    """The people after all was sent; nothing may be wrong with any answer."""
    ids = objects_of(small, address, work_as)["own"]
    people = [
        Somebody(address, login, may_unmask=small.policy.may(work_as(login).person, leaks.RIGHT)) for login in logins
    ]
    try:
        Fuzz(address, people, ids).run(examples)
    finally:
        for one in people:
            one.session.close()
    assert not any(one.faults for one in people), "\n\n".join(one.told() for one in people if one.faults)
    return people


def test_every_answer_is_one_that_the_contract_tells_of(
    small: Any, address: str, work_as: Any, logged: io.StringIO
) -> None:
    for one in fuzzed(small, address, work_as, SHORT, 2):
        assert sum(one.tried.values()) > 800
        assert {200, 404, 422} <= one.tried.keys()
    assert logged.getvalue().count('"event": "request"') > 800
    assert leaks.leaks(logged.getvalue()) == set()


@pytest.mark.long
@pytest.mark.parametrize("logins", LONG, ids=lambda logins: logins[0])
def test_every_answer_to_many_is_one_that_the_contract_tells_of(
    small: Any, address: str, work_as: Any, logins: tuple[str, ...]
) -> None:
    fuzzed(small, address, work_as, logins, EXAMPLES)
