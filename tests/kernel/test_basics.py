"""Identifiers, SM3, files, rights, settings."""

import io
import threading
from uuid import UUID

import pytest
from pydantic import ValidationError

from kernel import permissions, sm3
from kernel.errors import AgainstTheLaw, NotAllowed, NotFound
from kernel.files import FileStore, TooLarge
from kernel.ids import uuid7
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import Grant, Person, system_person


def test_identifiers_are_version_7_unique_and_in_the_order_made():
    made: list[UUID] = []
    threads = [threading.Thread(target=lambda: made.extend(uuid7() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000
    assert {u.version for u in made} == {7}
    alone = [uuid7() for _ in range(5000)]
    assert alone == sorted(alone)


def test_sm3_gives_the_standards_vectors():
    sm3.self_test()
    assert sm3.hexdigest(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_a_file_is_kept_once_under_its_hash_and_checked_by_both_hashes(tmp_path):
    store = FileStore(tmp_path)
    first, second = store.put(b"photo" * 1000), store.put(io.BytesIO(b"photo" * 1000))
    assert first == second
    [path] = store.all()
    assert path.name == first.sha256.hex()
    assert store.read(first.sha256) == b"photo" * 1000
    assert store.check(first.sha256, first.sm3)
    assert not store.check(first.sha256, bytes(32))
    path.write_bytes(b"photo" * 999 + b"phot0")
    assert not store.check(first.sha256, first.sm3)


def test_a_file_too_large_leaves_nothing(tmp_path):
    store = FileStore(tmp_path)
    with pytest.raises(TooLarge):
        store.put(io.BytesIO(b"x" * 3_000_000), most=2 << 20)
    assert list(store.all()) == []
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_missing_file_is_said_with_the_remedy(tmp_path):
    with pytest.raises(NotFound) as said:
        FileStore(tmp_path).read(bytes(32))
    assert said.value.remedy


def test_a_role_includes_what_its_lower_roles_may():
    policy = Policy([("officer", "a"), ("head", "b")], [("head", "officer")])
    assert policy.verbs("head") == {"a", "b"}
    assert policy.verbs("officer") == {"a"}
    assert policy.verbs("stranger") == frozenset()


def test_a_right_ends_at_the_agency_and_at_the_category(seeded):
    policy = Policy([("officer", "a")])
    grants = (
        Grant("officer", 1, frozenset({1, 2}), frozenset({"01"})),
        Grant("clerk", 3, frozenset({3}), frozenset({"02"})),
    )
    person = Person(uuid7(), "甲", 1, grants)
    assert policy.may(person, "a")
    assert policy.may(person, "a", 2, "01")
    assert not policy.may(person, "a", 3, "02")
    assert not policy.may(person, "a", 1, "02")
    assert not policy.may(person, "b")


def test_a_refused_right_names_it_in_chinese(work_as):
    with pytest.raises(NotAllowed, match="启动案件"):
        permissions.demand(work_as("supervisor_1"), "case.start")
    with pytest.raises(NotAllowed, match="限于本人授权的机构"):
        permissions.demand(work_as("officer_1"), "case.start", 440300, "01")
    permissions.demand(work_as("officer_1"), "case.start", 440100, "01")


def test_the_system_may_what_its_job_asks_but_sees_one_agency_only():
    system = system_person(440100, "01")
    assert system.scope == (440100,)
    assert system.categories == ("01",)


def test_a_problem_tells_article_rule_and_remedy():
    said = AgainstTheLaw(
        "执法人员不得少于两人", article="行政处罚法#42", rule="G_TWO_OFFICERS", remedy="补派"
    ).as_dict()
    assert said["status"] == 409
    assert said["article"] == "行政处罚法#42"
    assert said["rule"] == "G_TWO_OFFICERS"
    assert said["remedy"] == "补派"


def test_settings_refuse_what_makes_no_sense():
    with pytest.raises(ValidationError):
        Settings(port="many")
    with pytest.raises(ValidationError):
        Settings(processes=0)
