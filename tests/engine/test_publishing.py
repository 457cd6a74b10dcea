"""A node that has published content of its own: the repository's newer files are a proposal, never written over it."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from kernel.errors import ContentRefused, Refusal
from kernel.work import Work
from tests.engine.test_releases import good_files

NUMBERS = "rules/national/numbers.yaml"
START = "forms/national/good_start.yaml"
GUARDS = "rules/national/guards/good.yaml"


def noted(files: dict[str, bytes], path: str, note: str) -> dict[str, bytes]:
    """The files with a remark in one of them: another set of content that means the same."""
    return {**files, path: files[path] + f"note: {note}\n".encode()}


@pytest.fixture
def publisher(stage: Any) -> Work:
    work: Work = stage.grant("supervisor_1", "publisher")
    stage.later(seconds=1)
    return work


@pytest.fixture
def yaml_files() -> list[str]:
    return [p for p in sorted(good_files()) if p.startswith(("forms/", "rules/")) and p.endswith(".yaml")][:3]


def test_what_the_node_published_itself_is_never_written_over(
    stage: Any, publisher: Work, yaml_files: list[str]
) -> None:
    base = good_files()
    engine.publish(publisher, base, ground="初始")
    stage.later(minutes=1)
    own = noted(base, yaml_files[0], "本省改动")
    hash_ = engine.publish(publisher, own, ground="本省修订", from_repository=False)
    stage.later(minutes=1)
    newer = noted(base, yaml_files[1], "国家更新")
    for files in (base, newer):
        with pytest.raises(Refusal, match="不能直接覆盖发布") as refused:
            engine.publish(publisher, files, ground="升级")
        assert "proposed" in (refused.value.remedy or "")
    assert engine.current_release(publisher).hash == hash_
    assert [r["own_content"] for r in engine.releases(publisher)][:2] == [True, False]


def test_the_proposal_tells_what_either_side_changed(stage: Any, publisher: Work, yaml_files: list[str]) -> None:
    ours, both, theirs = yaml_files
    base = good_files()
    engine.publish(publisher, base, ground="初始")
    assert engine.proposed_content(publisher, base)["proposed"] == []
    newer = noted(noted(base, theirs, "国家更新"), both, "国家的写法")
    plain = engine.proposed_content(publisher, newer)
    assert plain["own_content"] is False
    assert [e["path"] for e in plain["proposed"]] == sorted([both, theirs])
    stage.later(minutes=1)
    engine.publish(
        publisher, noted(noted(base, ours, "本省"), both, "本省的写法"), ground="本省修订", from_repository=False
    )
    told = engine.proposed_content(publisher, newer)
    assert told["own_content"] is True
    assert told["proposed"] == [{"path": theirs, "here": "", "repository": "changed"}]
    assert told["conflicts"] == [{"path": both, "here": "changed", "repository": "changed"}]
    assert told["own"] == [{"path": ours, "here": "changed", "repository": ""}]


def test_what_was_taken_in_is_proposed_no_more(stage: Any, publisher: Work, yaml_files: list[str]) -> None:
    ours, _, theirs = yaml_files
    base = good_files()
    engine.publish(publisher, base, ground="初始")
    stage.later(minutes=1)
    own = noted(base, ours, "本省")
    engine.publish(publisher, own, ground="本省修订", from_repository=False)
    newer = noted(base, theirs, "国家更新")
    stage.later(minutes=1)
    engine.publish(
        publisher, noted(own, theirs, "国家更新"), ground="并入国家更新", from_repository=False, imports=newer
    )
    told = engine.proposed_content(publisher, newer)
    assert (told["proposed"], told["conflicts"]) == ([], [])
    assert [e["path"] for e in told["own"]] == [ours]


def test_faults_are_listed_with_file_and_line(stage: Any, publisher: Work) -> None:
    files = good_files()
    path = "processes/national/good_case/process.yaml"
    files[path] += b"\nsteps:\n  x: {}\n"
    with pytest.raises(ContentRefused) as refused:
        engine.publish(publisher, files, ground="修订", from_repository=False)
    told = [f for f in refused.value.as_dict()["faults"] if f["file"] == path]  # type: ignore[attr-defined]
    assert told
    assert told[0]["line"] == files[path].decode().splitlines().index("  x: {}")
    assert "重复" in told[0]["message"]
    examined = engine.examine_content(publisher, files)
    assert examined["faults"] == refused.value.faults
    assert path in examined["difference"]["added"]
    assert len(stage.rows("select 1 from release")) == 1


def test_an_element_is_found_on_its_line(stage: Any, publisher: Work) -> None:
    files = good_files()
    path = "processes/national/good_case/process.yaml"
    text = files[path].decode()
    at = next(i for i, line in enumerate(text.splitlines(), 1) if "form: good_" in line and "start" not in line)
    lines = text.splitlines()
    lines[at - 1] = lines[at - 1].replace("form: good_", "form: no_good_")
    files[path] = "\n".join(lines).encode()
    told = engine.examine_content(publisher, files)["faults"]
    assert [f["line"] for f in told if f["code"] == "missing_form"], told
    assert all(f["line"] for f in told if f["file"] == path and f["element"])


def test_an_older_set_published_again_is_refused_rather_than_silently_nothing(
    stage: Any, publisher: Work, yaml_files: list[str]
) -> None:
    old = good_files()
    engine.publish(publisher, old, ground="初始")
    stage.later(minutes=1)
    engine.publish(publisher, noted(old, yaml_files[0], "新"), ground="修订", from_repository=False)
    stage.later(minutes=1)
    with pytest.raises(Refusal, match="不会再次生效"):
        engine.publish(publisher, old, ground="恢复", from_repository=False)


def test_a_set_under_which_nobody_here_could_publish_again_is_refused(stage: Any, publisher: Work) -> None:
    base = good_files()
    engine.publish(publisher, base, ground="初始")
    stage.later(minutes=1)
    rights = "rules/national/permissions/roles.yaml"
    taken = base[rights].replace(b"  publisher: {", b"  nobody_yet: {")  # a role that no account holds
    assert taken != base[rights]
    with pytest.raises(Refusal, match="没有任何人能再发布") as refused:
        engine.publish(publisher, {**base, rights: taken}, ground="改岗位", from_repository=False)
    assert "release.publish" in (refused.value.remedy or "")
    assert next(r["own_content"] for r in engine.releases(publisher)) is False
