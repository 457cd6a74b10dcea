"""S12 over the data of many stories: one of every process, every enforcement category, and whatever lists, sheets, errors, logs,
the trail, news, letters, the live line and messages to counterparts say of them to whoever has no right to see persons in clear.

What is looked for: every name, ID card number, telephone, bank account and address of a natural person and every plate that
stands anywhere in the database. What stands openly elsewhere (an authority's own telephone, a firm's seat) is no secret.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

import engine
from api import simulating
from api.app import create_app, endpoints
from content import load
from content import releases as sets
from integrations import host
from kernel.permissions import Policy
from kernel.work import LOCAL, Node, SettableClock
from registers import masking, subject
from tests.api import leaks
from tests.api.conftest import ROOT, log_in, serving

UNTIL = datetime(2026, 12, 31, 18, tzinfo=LOCAL)
CLASSES = frozenset({"id", "phone", "bank", "address", "name", "plate"})
CATEGORIES = [f"{n:02}" for n in range(1, 9)]
# Beside facts: where particulars of persons stand – table, columns, which rows, which of their values are nobody's secret.
KEPT = (
    ("party", ("id_number", "phone", "address"), "party_type = 'person'"),
    ("practitioner", ("id_number",), "true"),
    ("officer", ("id_number",), "true"),
    ("party_agent", ("id_number", "phone"), "true"),
    ("money_refund", ("payee_account",), "true"),
)
OPENLY = ("party", ("phone", "address"), "party_type = 'organization'")
# What says in words what happened: none of it may hold a particular, whoever reads it.
TOLD = (
    ("audit_entry", "detail"),
    ("notification", "text"),
    ("alert", "message"),
    ("incident", "cause"),
    ("job", "coalesce(payload::text, '') || coalesce(last_error, '')"),
    ("work_item", "coalesce(title_masked, title)"),
    ("watch_sighting", "what"),
    ("evidence_event", "detail"),
    ("dossier_event", "detail"),
)


class OneOfEach(simulating._Year):
    """A year in which every process (or of `only` these) is told once, by the story with the most lines; and every category has
    its case."""

    only: frozenset[str] = frozenset()

    def drawn(self, cases: int, first: datetime, until: datetime) -> list[engine.Story]:
        stories = {key: told for key, told in self._stories.items() if not self.only or key in self.only}
        every = {key: max(told, key=lambda one: len(one.steps)) for key, told in stories.items()}
        for told in () if self.only else stories.values():
            for story in told:
                every.setdefault(story.start.category, story)
        fallback = every[
            "case_ordinary"
        ]  # no story is told of this category yet: its case is begun, and that is read as well
        for category in CATEGORIES:
            every.setdefault(category, replace(fallback, start=replace(fallback.start, category=category), steps=()))
        return [self._retold(story, self._shift(story, first, until)) for story in every.values()]


def live(national: Node, clock: SettableClock, only: frozenset[str]) -> None:
    """Lets the year happen on the node."""
    year = OneOfEach(national, clock, random.Random(5), lambda text: None)  # the same year each time
    year.only = only
    year.run(0, UNTIL, 300, ())
    told = year.told
    print(f"begun {told.begun}, finished {told.finished}, derailed {told.derailed}, steps {told.steps}")
    assert set(told.processes) >= (only or set(simulating.MIX))
    assert told.derailed == 0, told.why


def particulars(value: Any, elements: Any, key: str = "") -> Iterator[tuple[str, str, str]]:
    """(element, class, text) of every leaf of facts that has a class of its own."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from particulars(one, elements, name)
    elif isinstance(value, list):
        for one in value:
            yield from particulars(one, elements, key)
    elif isinstance(value, str) and key in elements:
        yield key, elements[key].personal, value


def secrets_of(node: Node) -> dict[str, str]:
    """Every particular of a person that the database holds: text → where from."""
    elements = sets.make(load.tree(ROOT)).elements
    found: dict[str, str] = {}
    classes: dict[str, str] = {}
    openly: set[str] = set()
    with psycopg.connect(node.db.owner, autocommit=True) as owner:
        owner.execute("set row_security = off")
        for kind in subject.KINDS.values():
            for (facts,) in owner.execute(f"select facts from {kind.table}"):
                for key, class_, text in particulars(facts, elements):
                    if class_ in CLASSES:
                        found[text], classes[text] = f"{kind.table}.{key}", class_
                    elif not class_:
                        openly.add(text)
        for table, columns, which in KEPT:
            for column in columns:
                rows = owner.execute(f"select {column} from {table} where {which} and {column} is not null")
                found |= {text: f"{table}.{column}" for (text,) in rows}
        table, columns, which = OPENLY
        for column in columns:
            openly |= {text for (text,) in owner.execute(f"select {column} from {table} where {which}")}
        for (facts,) in owner.execute("select facts from agency"):
            openly |= {text for text in facts.values() if isinstance(text, str)}
    openly |= {row[0] for row in every(node, "select name from officer union select name from agency")}
    return {text: at for text, at in found.items() if text not in openly and _tells(text, classes.get(text, ""))}


def _tells(text: str, class_: str) -> bool:
    """Can one look for it in an answer? A firm's name is no secret, and a word of one character stands everywhere."""
    if class_ == "name":
        return len(text) >= 2 and masking.like_a_person(text)
    return len(text) >= 7 and "*" not in text


def told_in_clear(text: str, secrets: dict[str, str], pattern: re.Pattern[str], public: set[str]) -> set[str]:
    """Where from the particulars are that stand in the text; and what else has the form of one. `public`: numbers of enforcement
    certificates, which look like mobile numbers and are shown to everybody."""
    found = {secrets[m[0]] for m in pattern.finditer(text)}
    return found | {f"number {one}" for one in leaks.leaks(text, ()) - public if one not in secrets}


def every(node: Node, query: str) -> list[Any]:
    """Rows of a query over everything."""
    with psycopg.connect(node.db.owner, autocommit=True) as owner:
        owner.execute("set row_security = off")
        return owner.execute(query).fetchall()


def line_of(client: httpx.Client) -> str:
    """What the open line of live counts says first: numbers, and nothing else."""
    with client.stream("GET", "/events") as answer:
        if answer.status_code != 200:
            return ""
        told = next(line for line in answer.iter_lines() if line.startswith("data:"))
    counts = json.loads(told.removeprefix("data:"))
    assert all(type(one) is int for one in counts.values()), told
    return told


def messages_of(node: Node) -> Iterator[str]:
    """What leaves for counterparts, but for the fields of persons that the counterpart's manifest names (`hides`): who is to
    pay has to be told to the bank that collects."""
    for message, body in every(node, "select message, body from exchange where direction = 'out'"):
        for one in host.counterparts().values():
            if message in one.sends:
                request = one.mapping.request(message, body)
                hides = frozenset(one.manifest.told.get("hides") or ())
                yield json.dumps([request.path, host.struck(json.loads(request.body), hides)], ensure_ascii=False)


FEW = frozenset(
    {"case_ordinary", "case_summary", "clue_handling", "inspection", "seizure_handling", "officer_qualification"}
)


@pytest.mark.parametrize("only", [FEW, pytest.param(frozenset(), marks=pytest.mark.long)], ids=["few", "every"])
def test_over_a_year_nothing_tells_of_a_person_to_who_may_not_see_him(
    national: Node, clock: SettableClock, logged: Any, only: frozenset[str]
) -> None:
    year = national
    live(year, clock, only)
    secrets = secrets_of(year)
    assert len(secrets) > 40
    assert {at.split(".")[0] for at in secrets.values()} >= {"enforcement_case", "officer"}
    pattern = re.compile("|".join(map(re.escape, sorted(secrets, key=len, reverse=True))))
    public = {str(row[0]) for row in every(year, "select certificate_no from certificate")}
    rights = sets.make(load.tree(ROOT)).permissions
    policy = Policy(rights.allows, rights.inherits, rights.names)
    logins = without(year, policy)
    assert len(logins) >= 12
    records = [str(row[0]) for row in every(year, "select id from subject order by id")]
    assert {row[0] for row in every(year, "select distinct category from enforcement_case")} == set(CATEGORIES)
    targets = {name: [str(row[0]) for row in every(year, query)] for name, query in PLACES.items()}
    found: set[tuple[str, str, str]] = set()
    looked = 0
    with serving(year) as address:
        routes = [r for r in endpoints(create_app(year)) if r[0] == "GET" and r[1].startswith("/api/staff/")]
        routes = [r for r in routes if r[2] not in ("stream_counts",)]
        for turn, login in enumerate(logins):
            with closing(log_in(address, login)) as client:
                for path in addresses(routes, targets | {"case_id": records, "record_id": records}, turn, len(logins)):
                    answer = client.get(path)
                    looked += answer.status_code == 200
                    text = leaks.text_of(answer.content, answer.headers.get("content-type", ""))
                    found |= {
                        (login, re.sub(r"[0-9a-f-]{36}", "…", path), at)
                        for at in told_in_clear(text, secrets, pattern, public)
                    }
                found |= {(login, "/events", at) for at in told_in_clear(line_of(client), secrets, pattern, public)}
    print("looked", looked, "of", len(logins), "people", len(secrets), "particulars")
    assert sorted(found) == []
    leaving = list(messages_of(year))
    assert leaving, "something is to be told to a counterpart"
    assert told_in_clear("\n".join(leaving), secrets, pattern, public) == set()
    assert told_in_clear(logged.getvalue(), secrets, pattern, public) == set()
    for table, column in TOLD:
        texts = "\n".join(str(row[0]) for row in every(year, f"select {column} from {table}"))
        assert told_in_clear(texts, secrets, pattern, public) == set(), table
    assert looked > (600 if only else 1500)


# Of what an address names: some of each.
PLACES = {
    "task_id": "select id from work_item order by id",
    "instance_id": "select id from process_instance order by id",
    "evidence_id": "select id from evidence order by id",
    "document_id": "select id from document order by id",
    "clock_id": "select id from clock order by id",
    "alert_id": "select id from alert order by id",
    "party_id": "select id from party order by id",
    "dossier_id": "select id from dossier order by id",
    "item_id": "select id from property_item order by id",
    "clue_id": "select id from clue order by id",
    "inspection_id": "select id from inspection order by id",
    "officer_id": "select id from officer order by id",
    "incident_id": "select id from incident order by id",
}


def addresses(routes: list[Any], targets: dict[str, list[str]], turn: int, among: int) -> Iterator[str]:
    """Every list, filled up; and of what is named by an id the share of this person: he and the others see all of it."""
    for _, path, _ in routes:
        path = path.removeprefix("/api/staff")
        names = re.findall(r"{([a-z_]+)}", path)
        if not names:
            yield f"{path}?limit=200"
            continue
        if names[0] == "kind":
            for kind, key in (("parties", "party_id"),):
                for one in targets[key][turn::among]:
                    yield re.sub(r"{[a-z_]+}", one, path.replace("{kind}", kind))
            continue
        for one in targets.get(names[0], [str(uuid4())])[turn::among]:
            yield re.sub(
                r"{([a-z_]+)}", lambda m, one=one, first=names[0]: one if m[1] == first else str(uuid4()), path
            )


def without(node: Node, policy: Policy) -> list[str]:
    """People of the demo who may not see persons in clear: of every role one in the city, and one of each other agency."""
    rows = every(node, "select a.login, array_agg(g.role order by g.role) from account a join role_grant g on g.officer_id = a.officer_id"
                       " group by a.login order by a.login")  # fmt: skip
    may = {login for login, roles in rows if any(leaks.RIGHT in policy.verbs(role) for role in roles)}
    seen: set[str] = set()
    chosen = []
    for login, roles in rows:
        kinds = set(roles) - seen
        if login not in may and kinds:
            seen |= kinds
            chosen.append(login)
    return chosen
