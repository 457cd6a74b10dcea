"""S2: schemathesis over the whole published contract, as an officer and as administrators: no server error, no status or shape
that the contract does not tell of.

Half of the addresses name things that exist. What is generated hangs on a seed, so that a run can be repeated.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.openapi.checks import UndefinedContentType  # noqa: F401 - loads the checks of OpenAPI
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import PASSWORD
from tests.api.test_permission_matrix import objects_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# A stream that never ends: its frames are tested in test_live.py.
STREAMS = {"stream_counts"}
SHORT = ("officer_1", "system_admin_1")
LONG = (
    "officer_1", "head_1", "unit_head_1", "clerk_1", "legal_1", "custodian_1", "archivist_1", "finance_1", "finance_head_1",
    "exam_admin_1", "marker_1", "applicant_1", "certificate_admin_1", "operator_1", "city_supervisor", "publisher_1",
    "system_admin_1", "security_admin_1", "audit_admin_1",
)  # fmt: skip
FEW = {"check_content", "publish_release", "proposed_release"}  # each reads the whole content


@dataclass
class Fuzz:
    """The contract of one server, a person at its door, and what was found."""

    address: str
    login: str
    ids: dict[str, Any]
    seed: int = 20261126
    session: requests.Session = field(default_factory=requests.Session)
    tried: Counter[int] = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.schema = schemathesis.openapi.from_url(f"{self.address}/openapi.json", config=SchemathesisConfig())
        self.come_in()

    def come_in(self) -> None:
        """A session of this person in the jar of cookies."""
        self.session.cookies.clear()
        said = {"login": self.login, "password": PASSWORD}
        answer = self.session.post(f"{self.address}/api/staff/session", json=said, timeout=60)
        assert answer.status_code == 200, answer.text
        self.csrf = answer.json()["csrf"]

    def run(self, examples: int, only: str = "") -> None:
        """So many examples of each kind at every operation."""
        for result in self.schema.get_all_operations():
            operation = result.ok()
            name = operation.definition.raw["operationId"]
            if name in STREAMS or (only and name != only):
                continue
            for mode in GenerationMode:
                self.at(operation, mode, min(examples, 3) if name in FEW else examples)

    def at(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        """One operation in one mode."""
        try:
            strategy = operation.as_strategy(generation_mode=mode)
        except (NotImplementedError, hypothesis.errors.Unsatisfiable):
            return
        rnd = random.Random(f"{self.seed}{operation.label}{mode}")

        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=strategy | st.nothing())
        def each(case: Any) -> None:
            self.send(case, rnd)

        try:
            each()
        except hypothesis.errors.Unsatisfiable:
            return

    def send(self, case: Any, rnd: random.Random) -> None:
        """One request; what is wrong with its answer is kept once per operation and kind."""
        if rnd.random() < 0.6:
            for name in case.path_parameters or {}:
                if name in self.ids:
                    value = self.ids[name]
                    value = rnd.choice(list(value.values())) if isinstance(value, dict) else value
                    case.path_parameters[name] = rnd.choice(value) if isinstance(value, list) else value
        headers = {"X-CSRF-Token": self.csrf}
        case.cookies = {}
        response = case.call(session=self.session, headers=headers, timeout=60, allow_redirects=False)
        self.tried[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except schemathesis.errors.SchemathesisError:
            raise
        except (AssertionError, Exception) as error:
            for one in getattr(error, "exceptions", [error]):
                key = (case.operation.label, f"{type(one).__name__} {response.status_code}")
                self.faults.setdefault(key, f"{one}\n{case.as_curl_command()[:600]}\n{response.text[:600]}")
        if response.status_code in (401, 204) or case.operation.definition.raw["operationId"] in ("log_in", "log_out"):
            self.come_in()


@pytest.fixture
def fuzz(small: Any, address: str, work_as: Any) -> Iterator[Any]:
    """Makes a run for a person."""
    made: list[Fuzz] = []
    ids = objects_of(small, address, work_as)["own"]

    def person(login: str) -> Fuzz:
        made.append(Fuzz(address, login, ids))
        return made[-1]

    yield person
    for one in made:
        one.session.close()


def told(one: Fuzz) -> str:
    return "\n\n".join(f"{one.login} {label}: {kind}\n{text}" for (label, kind), text in sorted(one.faults.items()))


@pytest.mark.parametrize("login", SHORT)
def test_every_answer_is_one_that_the_contract_tells_of(fuzz: Any, login: str) -> None:
    one = fuzz(login)
    one.run(4)
    assert sum(one.tried.values()) > 1_000
    assert {200, 404, 422} <= one.tried.keys()
    assert not one.faults, told(one)


@pytest.mark.long
@pytest.mark.parametrize("login", LONG)
def test_every_answer_to_many_is_one_that_the_contract_tells_of(fuzz: Any, login: str) -> None:
    one = fuzz(login)
    one.run(60)
    assert not one.faults, told(one)
