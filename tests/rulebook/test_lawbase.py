"""The law base: articles by date, citations, Chinese search, import differences."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rulebook.lawbase import (
    BadLaw,
    citation,
    cited_in,
    differences,
    formal,
    load_laws,
    number,
    numeral,
    query_terms,
    score,
    search,
    term_counts,
    terms,
)

FOLDER = Path(__file__).parents[2] / "rules/national/law"
BASE = load_laws(yaml.safe_load(p.read_bytes()) for p in sorted(FOLDER.glob("*.yaml")))
LAW: dict[str, Any] = {
    "id": "x",
    "name": "试验法",
    "kind": "1",
    "versions": [{"from": date(2020, 1, 1), "label": "2020", "mark": "V"}],
    "articles": [{"id": "1", "text": "要点", "mark": "V"}],
}


def test_an_article_is_found_only_for_days_on_which_its_version_was_in_force() -> None:
    found = BASE.article("行政处罚法#63", date(2026, 1, 1))
    assert found is not None
    assert found.citation == "行政处罚法#63"
    assert BASE.article("处罚法#63", date(2026, 1, 1)) == found
    assert BASE.article("行政处罚法#63", date(2019, 1, 1)) is None  # 旧版条号不同
    assert BASE.article("生态环境法典#1154", date(2026, 8, 14)) is None
    assert BASE.article("生态环境法典#1154", date(2026, 8, 15)) is not None
    assert BASE.article("海洋环境保护法#1", date(2026, 1, 1)) is None


def test_a_repealed_law_has_no_version_after_its_last_day() -> None:
    law = BASE.find("海洋环境保护法")
    assert law is not None
    assert law.version_on(date(2026, 8, 14)) is not None
    assert law.version_on(date(2026, 8, 15)) is None


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("行政处罚法第54条第2款", "行政处罚法#54"),
        ("《中华人民共和国行政处罚法》第五十四条第二款", "行政处罚法#54"),
        ("处罚法第三十三条", "行政处罚法#33"),
        ("生态环境法典第1154条第1款第(三)项", "生态环境法典#1154"),
    ],
)
def test_written_citations_become_ours(written: str, ours: str) -> None:
    assert citation(written, BASE) == ours


def test_an_unknown_citation_is_refused() -> None:
    with pytest.raises(BadLaw, match="无法识别"):
        citation("不存在法第1条", BASE)


@pytest.mark.parametrize(
    ("text", "value"), [("十", 10), ("十五", 15), ("五十四", 54), ("一百零三", 103), ("一千一百五十四", 1154)]
)
def test_chinese_numerals(text: str, value: int) -> None:
    assert number(text) == value


def test_terms_are_pairs_of_characters_words_and_numbers() -> None:
    assert terms("听证通知") == ["听证", "证通", "通知"]
    assert terms("GB1589标准,第五十四条") == ["gb", "1589", "标准", "第五", "五十", "十四", "四条", "54"]
    assert terms("罚") == ["罚"]
    assert terms("L010006") == terms("l010006")


def test_a_search_finds_the_article_about_it_first() -> None:
    day = date(2026, 1, 1)
    for query, expected in [
        ("法制审核", "行政处罚法#58"),
        ("先行登记保存", "行政处罚法#56"),
        ("加处罚款", "行政处罚法#72"),
        ("行政处罚法第六十条", "行政处罚法#60"),
    ]:
        assert expected in [article.citation for article, _ in search(BASE, query, day, limit=3)]
    assert search(BASE, "zzz", day) == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_a_text_is_its_own_best_match(text: str) -> None:
    wanted = query_terms(text)
    own = score(wanted, term_counts(text))
    assert own == 0.0 if not wanted else own >= 0.9
    assert own >= score(wanted, term_counts(text[: len(text) // 2]))


def test_an_import_lists_what_it_would_change() -> None:
    changed = {
        **LAW,
        "articles": [{"id": "1", "text": "新要点", "mark": "V"}, {"id": "2", "text": "又一条", "mark": "K"}],
    }
    found = differences(load_laws([{"laws": [LAW]}]), load_laws([{"laws": [changed]}]))
    assert [(d.kind, d.what) for d in found] == [("changed", "试验法#1"), ("added", "试验法#2")]
    assert [d.kind for d in differences(load_laws([{"laws": [LAW]}]), load_laws([]))] == ["removed"] * 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"versions": [{"from": "2020", "label": "a", "mark": "V"}]}, "应为日期|须为日期"),
        (
            {
                "versions": [
                    {"from": date(2020, 1, 1), "label": "新", "mark": "V"},
                    {"from": date(2010, 1, 1), "label": "旧", "mark": "V"},
                ]
            },
            "重叠",
        ),
        ({"articles": [{"id": "1", "text": "", "mark": "V"}]}, "须有 id"),
        ({"kind": ""}, "缺少 kind"),
    ],
)
def test_faulty_laws_are_refused_in_chinese(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadLaw, match=message):
        load_laws([{"laws": [{**LAW, **change}]}])


@pytest.mark.parametrize(
    ("short", "printed"),
    [
        ("公路法第50条;公路安全保护条例第33条", "《中华人民共和国公路法》第五十条、《公路安全保护条例》第三十三条"),
        ("道路运输条例第9、22条", "《中华人民共和国道路运输条例》第九条、第二十二条"),
        ("公路法第76条第(五)项", "《中华人民共和国公路法》第七十六条第（五）项"),
        ("海上交通安全法第34-45条", "《中华人民共和国海上交通安全法》第三十四条至第四十五条"),
        ("道路运输条例第65条第4款", "《中华人民共和国道路运输条例》第六十五条第四款"),
        ("没有登记的办法第3条", "没有登记的办法第3条"),
    ],
)
def test_a_decision_names_laws_in_full_and_articles_in_words(short: str, printed: str) -> None:
    assert formal(short, BASE) == printed


def test_what_a_decision_prints_is_still_understood_as_the_same_articles() -> None:
    articles = [("公路法", "76"), ("超限运输车辆行驶公路管理规定", "43")]
    found = cited_in(formal("公路法第76条第(五)项;超限运输规定第43条第1款第(二)项", BASE), BASE)
    assert [(one.law, one.no) for one in found] == articles


@given(st.integers(min_value=1, max_value=9999))
def test_numerals_of_articles_read_back(count: int) -> None:
    assert number(numeral(count)) == count
