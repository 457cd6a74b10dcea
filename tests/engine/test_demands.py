"""What evidence a violation item demands: everything that is proved is found proved, and nothing proves two things."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content import load as content_load
from engine.checks import proof
from engine.checks.ground import Ground
from engine.rulebook.demands import Demands, Need, load, proved
from engine.rules import Rules
from kernel.settings import ROOT

# No demand rests on a story, and reading the stories is most of reading everything.
FILES = {path: body for path, body in content_load.tree(ROOT).items() if "/stories/" not in path}


def need(name, kinds=(), papers=()):
    return Need(name, name, tuple(kinds), tuple(papers), "K", "x")


def test_one_document_does_not_prove_two_things():
    needs = [need("identity", "1"), need("permit", "1")]
    assert proved(needs, {"a": "1"}, {}) == ["a", None]
    assert None not in proved(needs, {"a": "1", "b": "1"}, {})


def test_what_can_only_prove_one_thing_is_left_for_it():
    needs = [need("weighing", "14"), need("identity", "1")]
    assert proved(needs, {"a": "1", "b": "4"}, {}) == ["b", "a"]


def test_an_issued_paper_proves_too():
    assert proved([need("statement", "6", ["D02"])], {}, {"p": "D02"}) == ["p"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("1234"), min_size=1, max_size=3, unique=True), max_size=5),
    st.lists(st.sampled_from("1234"), max_size=5),
)
def test_as_many_needs_are_proved_as_can_be(wanted, kinds):
    needs, kept = [need(str(n), kinds_) for n, kinds_ in enumerate(wanted)], {str(n): k for n, k in enumerate(kinds)}
    found = proved(needs, kept, {})
    given_ = [one for one in found if one is not None]
    assert len(set(given_)) == len(given_)
    assert all(one is None or kept[one] in needs[n].kinds for n, one in enumerate(found))
    places = [[None, *(e for e in kept if kept[e] in n.kinds)] for n in needs]
    best = max((sum(x is not None for x in one) for one in itertools.product(*places) if _distinct(one)), default=0)
    assert len(given_) == best


def _distinct(one):
    used = [x for x in one if x is not None]
    return len(set(used)) == len(used)


def test_the_national_demands_name_what_exists_and_are_all_marked_unconfirmed():
    assert list(proof.demanded(Ground(FILES))) == []
    book = Rules(content_ground().release).demands
    assert len(book.of("L010006")) == 7
    assert [n.id for n in book.of(None)] == ["party_identity", "statement", "scene"]
    assert {n.mark for n in (*book.always, *itertools.chain(*(book.by_item or {}).values()))} == {"K"}


def content_ground():
    return Ground(FILES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("demands: [{id: a, name: a, items: [L99], mark: K, source: x, needs: []}]", "L99"),
        ("always: [{id: a, name: 甲, kinds: ['77'], mark: K, source: x}]", "77"),
        ("always: [{id: a, name: 甲, papers: [Z99], mark: K, source: x}]", "Z99"),
        ("always: [{id: a, name: 甲, mark: K, source: x}]", "没有写明"),
        ("always: [{id: a, kinds: ['1'], mark: K, source: x}]", "不能读取"),
    ],
)
def test_a_demand_that_names_what_does_not_exist_is_a_fault(text, said):
    files = {**FILES, "rules/national/evidence/demands.yaml": text.encode()}
    found = [fault.message_zh for fault in proof.demanded(Ground(files))]
    assert found
    assert all(said in one for one in found)


def test_no_file_demands_nothing():
    assert load([]) == Demands((), {})
