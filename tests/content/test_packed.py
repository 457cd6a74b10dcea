"""A set of content in a ZIP: read as the folder would be, and nothing that would harm whoever opens it."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import difference, load, packed
from kernel.errors import InvalidAnswers

GOOD = Path(__file__).parent / "good"
PATH = "rules/national/numbers.yaml"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for path, body in files.items():
            archive.writestr(path, body)
    return target.getvalue()


def linked() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        member = zipfile.ZipInfo(PATH)
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    return target.getvalue()


def twice() -> bytes:
    whole = zipped({PATH: b"a: 1", PATH.replace("numbers", "numbera"): b"b: 2"}, zipfile.ZIP_STORED)
    return whole.replace(b"numbera", b"numbers")


def lying() -> bytes:
    """A bomb whose directory says that it unpacks to one byte."""
    honest = zipped({PATH: b"\0" * (64 << 20)})
    size = struct.pack("<I", 64 << 20)
    return honest.replace(size, struct.pack("<I", 1))


def encrypted() -> bytes:
    whole = bytearray(zipped({PATH: b"a: 1"}, zipfile.ZIP_STORED))
    whole[6] |= 1
    at = whole.index(b"PK\x01\x02")
    whole[at + 8] |= 1
    return bytes(whole)


def test_a_zip_holds_the_same_files_as_its_folder(tmp_path: Path) -> None:
    files = load.tree(GOOD)
    (tmp_path / "set.zip").write_bytes(zipped(files))
    assert packed.read(tmp_path / "set.zip") == files == packed.read(GOOD)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "ZIP"),
        (b"PK\x03\x04 broken", "ZIP"),
        (zipped({}), "没有文件"),
        (zipped({"../etc/passwd": b"x"}), "越出"),
        (zipped({"/rules/national/x.yaml": b"x"}), "越出"),
        (zipped({"rules\\national\\x.yaml": b"x"}), "越出"),
        (linked(), "链接"),
        (twice(), "两个"),
        (zipped({PATH: b"\0" * (64 << 20)}), "膨胀"),
        (lying(), ""),
        (encrypted(), "加密"),
        (zipped({f"rules/national/f{i}.yaml": b"" for i in range(10_001)}), "超过"),
        (zipped({PATH: b"key: value"})[:-30], "ZIP"),
    ],
    ids=[
        "empty",
        "broken",
        "nothing",
        "parent",
        "absolute",
        "backslash",
        "link",
        "twice",
        "bomb",
        "lying",
        "encrypted",
        "many",
        "cut",
    ],
)
def test_a_zip_that_would_harm_is_refused_with_what_helps(body: bytes, says: str) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        packed.unpack(body)
    assert says in refused.value.detail
    assert "压缩为 ZIP" in refused.value.fields["file"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidAnswers, match="读不到"):
        packed.read(tmp_path / "no.zip")


DIGESTS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"))


@given(DIGESTS, DIGESTS, DIGESTS)
def test_every_difference_is_said_once_and_taking_the_proposals_leaves_only_what_is_ours(
    base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> None:
    found = difference.three_way(base, ours, theirs)
    paths = [entry["path"] for kind in ("proposed", "conflicts", "own") for entry in found[kind]]  # type: ignore[literal-required]
    assert sorted(paths) == sorted(p for p in {*ours, *theirs} if ours.get(p) != theirs.get(p))
    merged = dict(ours)
    for entry in found["proposed"]:
        assert ours.get(entry["path"]) == base.get(entry["path"]), "nothing of ours is written over"
        merged.pop(entry["path"], None)
        if entry["path"] in theirs:
            merged[entry["path"]] = theirs[entry["path"]]
    again = difference.three_way(theirs, merged, theirs)
    assert again["proposed"] == again["conflicts"] == []
    assert {e["path"] for e in again["own"]} == {e["path"] for e in found["conflicts"] + found["own"]}


def test_differences_between_two_sets_are_told_by_path() -> None:
    assert difference.between({"a": "1", "b": "1", "c": "1"}, {"b": "2", "c": "1", "d": "1"}) == {
        "added": ["d"],
        "changed": ["b"],
        "removed": ["a"],
    }
