"""S2: schemathesis over the whole published contract, as an officer and as administrators: no server error, no status or shape
that the contract does not tell of; and nothing of a natural person in clear for whoever has no right to it (S12), in no answer and no log.

Most of the addresses name things that exist: what the tests have put there, and what earlier answers named. A third of the cases is
spoiled at one place by a value that belongs nowhere (`spoil`): wrong types, NUL, numbers no column holds, days that are none,
deep nesting, huge text (lone surrogates and broken UTF-8 end before any route: test_bad_requests). What is generated hangs on a seed, so that a run can be repeated.

The long form takes the operations in parts, each of which ends within minutes; every operation is tried by up to two people who
may, and by one who may not (who may at all is the permission matrix's question).
"""

from __future__ import annotations

import copy
import io
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
from tests.api.test_bad_requests import ODD
from tests.api.test_permission_matrix import MATRIX, objects_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# A stream that never ends: its frames are tested in test_live.py.
STREAMS = {"stream_counts"}
SHORT = ("officer_1", "system_admin_1")
PARTS = 20  # of the operations, in the long form
MANY = 2  # people who may, at one operation
EXAMPLES = 25  # good and bad each, at every operation
SEED = 20261126
FEW = {"check_content", "publish_release", "proposed_release"}  # each reads the whole content
NO_ID = "00000000-0000-0000-0000-000000000000"
NESTED: Any = "x"
for _ in range(60):
    NESTED = {"a": [NESTED]}
# Beside what belongs nowhere (test_bad_requests): what a column, a clock, a decoder cannot hold.
HOSTILE = [
    *(odd for odd in ODD if odd != "\ud83d\ude00"), NESTED, {"a\u0000b": "x"}, "\U0010ffff", "x" * 300_000, 2**63 - 1, 2**64, -(2**63) - 1,
    1e40, 0.1 + 0.2, "1e30", "99999999999999.999", "2026-13-45", "0000-01-01", "10000-01-01", "2026-02-30T25:61:61Z", "2026-03-02T09:00:00+99:99",
    "-infinity", "infinity", NO_ID, "ffffffff-ffff-ffff-ffff-ffffffffffff", "\\", "%", "_", "粤A\u200b12345", "\t=1+1",
]  # fmt: skip
# Marks of a page as they are made (an instant or a name and an id, a list in base64), and as nobody made them.
MARKS = [
    "x", "|", "||", "x|y", "2026-03-02|x", f"2026-03-02T09:00:00|{NO_ID}", "2026-03-02T09:00:00+08:00|x", f"x|{NO_ID}", "9999999999|1", f"{NO_ID}|{NO_ID}",
    f"infinity|{NO_ID}", "W10=", "bnVsbA", "WyIyMDI2IiwieCJd", "WzEsMl0", "eyJhIjoxfQ", "WyIyMDI2LTAzLTAyVDAwOjAwOjAwKzAwOjAwIiw1XQ", "WyIyMDI2LTAzLTAyVDAwOjAwOjAwIiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl0", "x|99999999999999999999", "99999999999999999999", "-1",
]  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


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
        answer = self.session.post(f"{self.address}/api/staff/session", json=said, timeout=300)
        assert answer.status_code == 200, f"{self.login}: {answer.text}"
        self.csrf = answer.json()["csrf"]

    def send(self, case: Any) -> Any:
        """One request and its answer; what is wrong with it is kept once per operation and kind."""
        case.cookies = {}
        answer = case.call(
            session=self.session, headers={"X-CSRF-Token": self.csrf}, timeout=300, allow_redirects=False
        )
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
        return answer

    def told(self) -> str:
        """The faults to be read."""
        return "\n\n".join(f"{self.login} {at}: {kind}\n{text}" for (at, kind), text in sorted(self.faults.items()))


@dataclass
class Fuzz:
    """The contract of one server, and the people who send each of its cases. `ids`: path parameters → what exists; `people`:
    operation → who tries it."""

    address: str
    people: Mapping[str, Sequence[Somebody]]
    ids: Mapping[str, Any]
    named: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # segment of the address → ids

    def operations(self) -> list[Any]:
        """Every operation of the contract by its address; what ends sessions comes last."""
        schema = schemathesis.openapi.from_url(f"{self.address}/openapi.json", config=SchemathesisConfig(), timeout=120)
        every = [result.ok() for result in schema.get_all_operations()]
        return sorted(every, key=lambda one: (one.path.endswith("/session"), one.path))  # wrong passwords shut the door

    def run(self, operations: Sequence[Any], examples: int) -> None:
        """So many good and so many bad examples at every one of the operations."""
        for operation in operations:
            name = operation.definition.raw["operationId"]
            if name not in STREAMS:
                for mode in GenerationMode:
                    self.at(operation, mode, min(examples, 3) if name in FEW else examples)

    def at(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        """One operation in one mode."""
        rnd = random.Random(f"{SEED}{operation.label}{mode}")
        name = operation.definition.raw["operationId"]

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def each(case: Any) -> None:
            if rnd.random() < 0.6:
                self.name(case, rnd)
            if rnd.random() < 0.35:
                spoil(case, rnd)
            for one in self.people[name]:
                self.keep(operation.path, one.send(case))

        with suppress(hypothesis.errors.Unsatisfiable):  # nothing can be wrong with what takes nothing
            each()

    def name(self, case: Any, rnd: random.Random) -> None:
        """Things that exist in place of what was made up."""
        for key in case.path_parameters or {}:
            value = self.ids.get(key)
            value = rnd.choice(list(value.values())) if isinstance(value, dict) else value
            value = rnd.choice(value) if isinstance(value, list) else value
            if (made := self.named[_before(case.operation.path, key)]) and rnd.random() < 0.7:
                value = rnd.choice(made[-20:])
            if value is not None:
                case.path_parameters[key] = value

    def keep(self, path: str, answer: Any) -> None:
        """What an answer names is what later addresses name: `…/offsets` answers an id, `/offsets/{offset_id}` asks for one."""
        if answer.status_code in (200, 201) and "json" in str(answer.headers.get("content-type")):
            place = path.rstrip("/").rsplit("/", 1)[-1]
            found = answer.json()
            for row in (
                found.get("items", [found]) if isinstance(found, dict) else found if isinstance(found, list) else ()
            ):
                if isinstance(row, dict) and isinstance(id_ := row.get("id"), str) and _UUID.match(id_):
                    self.named[place].append(id_)


def _before(path: str, key: str) -> str:
    """The segment of an address before a parameter: `/cases/{case_id}/money` and case_id → cases."""
    return path.split("/{" + key + "}")[0].rsplit("/", 1)[-1]


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, itself first."""
    yield at
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from leaves(one, (*at, key))


def spoil(case: Any, rnd: random.Random) -> None:
    """Puts a value that belongs nowhere at one place of the body or of the query."""
    odd = copy.deepcopy(rnd.choice(HOSTILE))
    if isinstance(case.body, dict | list) and case.media_type == "application/json" and case.body:
        *way, last = rnd.choice([at for at in leaves(case.body) if at])
        body = case.body = copy.deepcopy(case.body)
        for step in way:
            body = body[step]
        body[last] = odd
        return
    asked = [p.name for p in case.operation.query]
    if "after" in asked and rnd.random() < 0.5:
        case.query = {**(case.query or {}), "after": rnd.choice(MARKS)}
    elif asked and isinstance(odd, str | int | float):
        text = str(odd)[:3000].encode("utf-8", "replace").decode()
        case.query = {**(case.query or {}), rnd.choice(asked): text}


@dataclass
class Everybody:
    """Who tries what: people come in once, when an operation first asks for them."""

    small: Any
    address: str
    work_as: Any
    came: dict[str, Somebody] = field(default_factory=dict)

    def of(self, login: str) -> Somebody:
        """The person at the door."""
        if login not in self.came:
            may = self.small.policy.may(self.work_as(login).person, leaks.RIGHT)
            self.came[login] = Somebody(self.address, login, may_unmask=may)
        return self.came[login]

    def for_(self, operation: str) -> list[Somebody]:
        """Up to `MANY` who may, and one who may not."""
        verb = MATRIX["endpoints"].get(operation, {}).get("verb")
        held = {login: verb in {v for group in row["may"] for v in group} for login, row in MATRIX["roles"].items()}
        may = sorted((one for one, does in held.items() if does), key=lambda one: one not in SHORT)[:MANY]
        others = [one for one, does in held.items() if not does][:1]
        return [self.of(one) for one in ([*may, *others] if verb else SHORT)]


def fuzzed(
    small: Any, address: str, work_as: Any, logins: tuple[str, ...], examples: int, part: int | None = None
) -> list[Somebody]:
    """The people after all was sent; nothing may be wrong with any answer. Without `logins` those that the matrix names."""
    ids = objects_of(small, address, work_as)["own"]
    everybody = Everybody(small, address, work_as)
    fuzz = Fuzz(address, {}, ids)
    every = fuzz.operations()
    chosen = every if part is None else every[part * len(every) // PARTS : (part + 1) * len(every) // PARTS]
    names = [one.definition.raw["operationId"] for one in chosen]
    fuzz.people = {name: [everybody.of(one) for one in logins] if logins else everybody.for_(name) for name in names}
    people = list(everybody.came.values())
    try:
        fuzz.run(chosen, examples)
    finally:
        for one in people:
            one.session.close()
    sent: Counter[int] = sum((one.tried for one in people), Counter())
    print(f"fuzz {part=} operations={len(names)} requests={sum(sent.values())} {dict(sorted(sent.items()))}")
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
@pytest.mark.parametrize("part", range(PARTS))
def test_every_answer_to_many_is_one_that_the_contract_tells_of(
    small: Any, address: str, work_as: Any, part: int
) -> None:
    assert sum(sum(one.tried.values()) for one in fuzzed(small, address, work_as, (), EXAMPLES, part)) > 400
