"""A release is named by what is in it, and says what it holds."""

from __future__ import annotations

import hashlib

import pytest

from content import load, permissions, releases
from content.releases import Release
from kernel.errors import BadContent
from tests.content.conftest import GOOD, good_files

NATIONAL = GOOD.parents[2]


def test_the_name_is_the_sm3_of_the_sorted_hashes() -> None:
    files = {"b": b"2", "a": b"1"}
    lines = "".join(f"{path}\t{hashlib.new('sm3', files[path]).hexdigest()}\n" for path in ("a", "b"))
    assert releases.hash_of(files) == hashlib.new("sm3", lines.encode()).hexdigest()


def test_one_changed_byte_or_path_is_another_release() -> None:
    names = {releases.hash_of(files) for files in ({"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b""})}
    assert len(names) == 4


def test_a_release_cannot_be_changed(release: Release) -> None:
    with pytest.raises(TypeError):
        release.files["x"] = b""  # type: ignore[index]
    with pytest.raises(AttributeError):
        release.hash = "x"  # type: ignore[misc]


def test_a_release_does_not_see_what_its_maker_changes_later() -> None:
    files = good_files()
    made = releases.make(files)
    files.clear()
    assert made.process("good_case").name == "样例程序"


def test_a_release_answers_by_name(release: Release) -> None:
    assert release.processes == ("good_case", "good_review")
    assert set(release.forms) == {"good_filing", "good_notice", "good_opinion", "good_record"}
    assert release.process("good_case").steps["inform"].starts[0].from_ == "noticed_on"
    assert release.process("good_case").steps["decide"].effects == {
        "case": {"decided_at": "now", "fine_amount": "=罚款金额"}
    }
    assert release.codes.names["SERVICE_METHOD"]["direct"] == "直接送达"
    assert release.aliases["罚款上限标准"] == "fine_limit"
    assert release.aliases["罚款金额"] == "fine_amount"
    assert release.parameter_values == {"fine_limit": 30000}
    assert release.numbers["case"].kind == "案"
    assert "DL_GOOD_DEFENCE" in release.deadlines


def test_what_is_missing_is_named(release: Release) -> None:
    with pytest.raises(BadContent, match="没有流程 nowhere"):
        release.process("nowhere")
    with pytest.raises(BadContent, match="没有表单 nowhere"):
        release.form("nowhere")


def test_the_three_administrators_exclude_each_other() -> None:
    rights = permissions.read(load.tree(NATIONAL))
    three = ("system_admin", "security_admin", "audit_admin")
    for one in three:
        for other in three:
            assert bool(rights.conflict(frozenset({one, other}))) is (one != other)
    assert not rights.conflict(frozenset({"officer", "clerk"}))
    assert all(rights.conflict(frozenset({"officer", one})) for one in three)


def test_no_administrator_handles_cases_and_nobody_else_reads_the_audit() -> None:
    rights = permissions.read(load.tree(NATIONAL))
    verbs = {role: {verb for r, verb in rights.allows if r == role} for role in rights.roles}
    for admin in ("system_admin", "security_admin", "audit_admin"):
        assert not any(verb.startswith(("task.", "case.start", "evidence.")) for verb in verbs[admin])
    assert [role for role in rights.roles if "audit.read" in verbs[role]] == ["audit_admin"]
    assert [role for role in rights.roles if "role.grant" in verbs[role]] == ["security_admin"]
    assert [role for role in rights.roles if "account.manage" in verbs[role]] == ["system_admin"]
