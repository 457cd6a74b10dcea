"""The law base in the database: found by words, as of a day; what follows for whoever asks without a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

import engine
from engine import release_store
from kernel.errors import InvalidAnswers, NotFound
from kernel.work import Node, SettableClock, Work, system_person
from tests.rulebook_db.conftest import small_files

As = Callable[[str], Work]


def test_an_article_is_found_by_its_number_and_by_its_words(small: Node, work_as: As) -> None:
    officer = work_as("officer_1")
    assert engine.search_law(officer, "行政处罚法第五十四条")[0]["citation"] == "行政处罚法#54"
    line = engine.article(officer, "行政处罚法#54")
    assert any(hit["citation"] == "行政处罚法#54" for hit in engine.search_law(officer, line["text"][:20]))
    with pytest.raises(InvalidAnswers):
        engine.search_law(officer, "!?")


def test_an_article_names_what_rests_on_it_and_is_dated(small: Node, work_as: As) -> None:
    officer = work_as("officer_1")
    assert "deadlines" in engine.article(officer, "中华人民共和国行政处罚法#60")["cited_by"]
    with pytest.raises(NotFound):
        engine.article(officer, "行政处罚法#60", date(2020, 1, 1))
    assert engine.search_law(officer, "行政处罚法第六十条", date(1990, 1, 1)) == []


def test_a_law_that_changed_is_found_by_its_new_words_only(small: Node, work_as: As, clock: SettableClock) -> None:
    files = small_files()
    path = "rules/national/law/laws.yaml"
    old = engine.article(work_as("officer_1"), "行政处罚法#54")["text"]
    files[path] = files[path].decode().replace(old, "熊猫与竹林的新要点").encode()
    assert old not in files[path].decode()
    clock.move(timedelta(minutes=1))
    work = Work(small, system_person(440000, "01"))
    with work.transaction():
        release_store.store(work, files, ground="修订", effective_from=None)
    assert engine.search_law(work_as("officer_1"), "熊猫竹林")[0]["citation"] == "行政处罚法#54"
    assert engine.article(work_as("officer_1"), "行政处罚法#54")["text"] == "熊猫与竹林的新要点"


def test_items_of_a_category_and_day(small: Node, work_as: As) -> None:
    everything, roads = engine.items(work_as("officer_1")), engine.items(work_as("officer_1"), "01")
    assert 0 < len(roads) < len(everything) <= 144
    assert {item["category"] for item in roads} == {"01"}


def test_a_deadline_explains_every_day(small: Node, work_as: As) -> None:
    pauses = [{"reason": "appraisal", "start": date(2026, 3, 10), "end": date(2026, 3, 20)}]
    answer = engine.due(work_as("officer_1"), "DL_HEARING_REQUEST", "2026-03-02", [])
    assert answer["due"] == "2026-03-09"
    assert sum(span["days"] for span in answer["counted"]) == 5
    assert engine.due(work_as("officer_1"), "DL_HEARING_REQUEST", "2026-03-02", pauses)["ignored"]
    for started in ("2026-13-02", "gestern"):
        with pytest.raises(InvalidAnswers):
            engine.due(work_as("officer_1"), "DL_HEARING_REQUEST", started, [])
    with pytest.raises(NotFound):
        engine.due(work_as("officer_1"), "DL_NONE", "2026-03-02", [])


def test_discretion_explains_itself_and_refuses_what_it_does_not_know(small: Node, work_as: As) -> None:
    item = engine.items(work_as("officer_1"), "01")[0]["code"]
    answer = engine.compute_discretion(work_as("officer_1"), item, {}, date(2026, 3, 1))
    assert answer["item"] == item
    with pytest.raises(InvalidAnswers):
        engine.compute_discretion(work_as("officer_1"), "none", {}, date(2026, 3, 1))
    with pytest.raises(InvalidAnswers):
        engine.compute_discretion(work_as("officer_1"), item, {}, date(2027, 3, 1))


def test_favourites_are_ones_own(small: Node, work_as: As) -> None:
    officer = work_as("officer_1")
    for _ in range(2):
        engine.add_favourite(officer, "行政处罚法#54")
    assert [f["citation"] for f in engine.favourites(officer)] == ["行政处罚法#54"]
    assert engine.article(officer, "行政处罚法#54")["favourite"]
    assert engine.favourites(work_as("officer_2")) == []
    engine.drop_favourite(officer, "行政处罚法#54")
    assert engine.favourites(officer) == []
