"""The content of the ordinary case fits together: papers find their facts, steps their forms, stories their people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import feel
from content import identity, load
from content import process as processes
from content.releases import Release, hash_of
from engine import stories
from engine.papers import template

ROOT = Path(__file__).parents[2]
FILES = load.tree(ROOT)
PROCESSES = tuple(processes.keys(FILES))


@pytest.fixture(scope="module")
def release() -> Release:
    return Release(hash_of(FILES), FILES)


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "deploy/seeds/demo.yaml").read_text("utf-8"))  # type: ignore[no-any-return]


def papers_of(release: Release) -> set[str]:
    return {code for key in PROCESSES for step in release.process(key).steps.values() for code in step.papers}


def test_every_form_asks_for_known_elements_only(release: Release) -> None:
    unknown = {(key, one) for key in release.forms for one in release.form(key).fields if one not in release.elements}
    assert unknown == set()


def test_every_element_is_asked_somewhere_or_is_found_by_the_system(release: Release) -> None:
    asked = {element for key in release.forms for element in release.form(key).fields}
    told = {fact for key in PROCESSES for facts in release.process(key).messages.values() for fact in facts}
    steps = [step for key in release.processes for step in release.process(key).steps.values()]
    written = {fact for step in steps for facts in step.effects.values() for fact in facts}
    columns = {column for element in release.elements.values() for column in element.columns}
    of_system = {
        "all_handed_in",
        "inspection_officer_signatures",  # signed on the paper
        "draw_seed",
        "case_number",
        "recused_officers",
        "limit_kg",
        "over_kg",
        "over_rate",
    }
    left = {release.elements[key] for key in set(release.elements) - asked - told - written - columns}
    of_papers = {one.key for one in left if one.file == "forms/national/elements/papers.yaml"}  # of papers to come
    rules = b"".join(body for path, body in FILES.items() if path.startswith("rules/national/deadlines/"))
    of_rules = {one.key for one in left if one.key.encode() in rules}
    assert {one.key for one in left} - of_papers - of_rules <= of_system


def test_every_field_of_every_paper_of_the_case_finds_its_fact(release: Release) -> None:
    missing = []
    for code in papers_of(release):
        for field in template.load(release.files, code).fields.values():
            known = {field.element, *field.otherwise} & set(release.elements)
            if field.origin == "fact" and field.type != "signature" and not known and field.required:
                missing.append((code, field.key))
    assert missing == []


def test_every_step_has_a_form_and_every_form_a_step(release: Release) -> None:
    steps = [step for key in PROCESSES for step in release.process(key).steps.values() if step.roles]
    used = {step.form for step in steps} | {release.process(key).start.form for key in PROCESSES} - {None}
    assert used == set(release.forms)


def test_guards_name_facts_persons_clocks_and_parameters_only(release: Release) -> None:
    known = set(release.elements) | set(release.parameters)
    known |= {"staffing_type", "certificate_valid", "category_covered"}  # of each acting officer, in filters
    known |= {"person", "acting_officers", "performers", "done", "clocks", "papers", "proceedings", "now", "today"}
    for file, id_, text in release.guards.expressions():
        reads = feel.compile(text, aliases=release.elements.aliases).reads
        assert {name for name in reads if name not in known} == set(), (file, id_)


def test_every_guard_and_order_rests_on_a_step_role_of_the_case(release: Release) -> None:
    steps = [step for key in PROCESSES for step in release.process(key).steps.values()]
    roles = {step.step_role for step in steps}
    roles |= {release.process(key).start.step_role for key in PROCESSES}
    roles |= {"money"} if any(step.posts for step in steps) else set()  # whoever books, beside the role of his step
    asked = {role for guard in release.guards.guards for role in guard.step_roles}
    asked |= {role for order in release.orders for part in (order.before, *order.need) for role in part.split("|")}
    assert asked - roles == set()


def test_every_human_step_is_done_in_a_story(release: Release) -> None:
    told = [story for key in PROCESSES for story in stories.read_all(release.files, key)]
    done = {line.step for story in told for line in story.steps}
    human = {e for key in PROCESSES for e, step in release.process(key).steps.items() if step.roles}
    assert human - done == set()


def test_every_law_order_that_can_be_refused_is_told_in_a_story(release: Release) -> None:
    told = {
        line.refused
        for story in stories.read_all(release.files, "case_ordinary")
        for line in story.steps
        if line.refused
    }
    assert told >= {
        "G_TWO_OFFICERS",
        "G_NO_AUXILIARY",
        "G_CERTIFICATE_VALID",
        "G_ACTOR_AMONG_OFFICERS",
        "G_REVIEWER_NOT_INVESTIGATOR",
        "G_DECISION_AFTER_STATEMENT_PERIOD",
        "G_NO_AGGRAVATION_FOR_STATEMENT",
        "G_HEARING_NOTICE_PERIOD",
    }


def test_the_people_of_the_stories_are_in_the_demo_data(release: Release, seed: dict[str, Any]) -> None:
    logins = {officer["login"] for officer in seed["officers"]}
    acting = {line.by for story in stories.read_all(release.files, "case_ordinary") for line in story.steps if line.by}
    assert acting - logins == set()


def test_numbers_of_the_demo_data_have_valid_check_digits(seed: dict[str, Any]) -> None:
    cards = [o["id_number"] for o in seed["officers"] if "id_number" in o] + [d["id_no"] for d in seed["drivers"]]
    assert [c for c in cards if identity.id_card(c)] == []
    assert len(set(cards)) == len(cards)
    assert [p["uscc"] for p in seed["parties"] if "uscc" in p and identity.uscc(p["uscc"])] == []


def test_the_three_administrators_are_three_people(seed: dict[str, Any]) -> None:
    three = {"system_admin", "security_admin", "audit_admin"}
    held = [three & {role["role"] for role in officer["roles"]} for officer in seed["officers"]]
    assert max(map(len, held)) == 1
    assert set().union(*held) == three


def test_every_parameter_from_memory_says_so(release: Release) -> None:
    assert {p.mark for p in release.parameters.values()} <= {"K", "V"}
    assert all(p.source for p in release.parameters.values())
