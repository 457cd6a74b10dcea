"""YAML is read strictly, and only content lies in the content folders."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import load, overlay
from kernel.errors import BadContent

REFUSED = {
    "an alias": ("a: &x 1\nb: *x", 1, "锚点"),
    "a merge key": ("a: 1\n<<: {b: 2}", 2, "合并键"),
    "a key twice": ("a: 1\nb: 2\na: 3", 3, "重复"),
    "a tag": ("a: !!python/object:os.system {}", 1, "标签"),
    "a tagged text": ("a: !!binary aGk=", 1, "标签"),
    "a timestamp that is none": ("a: !!timestamp 'soon'", 1, "不是日期时间"),
    "not a number": ("a: .nan", 1, "非数字"),
    "infinity": ("a: -.inf", 1, "无穷"),
    "an ambiguous word": ("a: no", 1, "含义不明"),
    "a number that would be octal": ("code: 010", 1, "加引号"),
    "a number that would be sixty-based": ("time: 9:30", 1, "加引号"),
    "a day that is none": ("a: 2026-02-30", 1, "不是存在的日期"),
    "a mapping as key": ("? {a: 1}\n: 2", 1, "键应为文字"),
    "two documents": ("a: 1\n---\nb: 2", 2, "一个 YAML 文档"),
    "wrong indentation": ("a:\n  b: 1\n c: 2", 3, "缩进"),
    "tabs": ("a:\n\tb: 1\n", 2, "Tab"),
    "a wide colon": ("a:\n  b: 1\n  c\uff1ad\n  e: 2\n", 3, "全角的“\uff1a”"),
    "a wide colon last": ("a: 1\nb\uff1a2\n", 2, "全角的“\uff1a”"),
    "no mapping": ("- 1\n- 2", 1, "键: 值"),
    "too deep": ("a: " + "[" * 60 + "]" * 60, 1, "嵌套超过"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_yaml_would_silently_misread_is_refused_with_its_line(name: str) -> None:
    text, line, word = REFUSED[name]
    with pytest.raises(BadContent) as refused:
        load.document("forms/national/x.yaml", text.encode())
    assert word in refused.value.what
    assert refused.value.line == line
    assert refused.value.file == "forms/national/x.yaml"


def test_bytes_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(BadContent, match="UTF-8"):
        load.document("x.yaml", "名称: 立案".encode("gbk"))


def test_a_file_of_a_million_items_is_refused_before_it_is_built() -> None:
    with pytest.raises(BadContent, match="拆分"):
        load.document("x.yaml", b"a: [" + b"1," * 500_000 + b"]")


def test_values_keep_their_meaning() -> None:
    text = "rate: 0.03\ncount: 15\ncode: '01'\non: true\nday: 2026-03-02\nat: 2026-03-02T09:00:00+08:00\nnothing:\nname: 立案\n"
    shanghai = timezone(timedelta(hours=8))
    assert load.document("x.yaml", text.encode()) == {
        "rate": Decimal("0.03"),
        "count": 15,
        "code": "01",
        "on": True,
        "day": date(2026, 3, 2),
        "at": datetime(2026, 3, 2, 9, tzinfo=shanghai),
        "nothing": None,
        "name": "立案",
    }


_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.decimals(-(10**9), 10**9, places=4)
    | st.dates()
    | st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=12)
)
_keys = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=8).filter(
    lambda k: k != "<<"
)


@given(
    st.dictionaries(
        _keys,
        st.recursive(
            _scalars,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
            max_leaves=10,
        ),
    )
)
def test_what_is_written_reads_back_as_the_same(value: dict[str, object]) -> None:
    assert load.document("x.yaml", overlay.dump(value)) == value


@pytest.mark.parametrize(
    "path",
    [
        "processes/national/x/run.py",
        "forms/national/x.yml",
        "forms/x.yaml",
        "forms/national/../../etc.yaml",
        "rules/provinces/44/x.yaml",
        "templates/national/D01/macro.docm",
        "forms/national/x.docx",
        "README.md",
        "rules/national/立案.yaml",
    ],
)
def test_a_stranger_among_content_is_named(path: str) -> None:
    assert load.stranger(path, 10)


def test_a_checkout_with_a_stranger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "forms" / "national").mkdir(parents=True)
    (tmp_path / "forms" / "national" / "x.yaml").write_text("a: 1")
    assert load.tree(tmp_path) == {"forms/national/x.yaml": b"a: 1"}
    (tmp_path / "forms" / "national" / "x.py").write_text("print()")
    with pytest.raises(BadContent, match=r"\.py"):
        load.tree(tmp_path)


def test_a_link_out_of_the_content_is_refused(tmp_path: Path) -> None:
    (tmp_path / "forms" / "national").mkdir(parents=True)
    (tmp_path / "forms" / "national" / "x.yaml").symlink_to("/etc/hostname")
    with pytest.raises(BadContent, match="符号链接"):
        load.tree(tmp_path)
