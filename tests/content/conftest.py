"""A small good tree of content: one process that calls another, with forms, a paper, guards, a deadline and a story."""

from pathlib import Path

import pytest

from content import load, releases
from content.releases import Release
from tests.papers.conftest import a_docx

GOOD = Path(__file__).parent / "good"
PAPER = "templates/national/P1/document.docx"


def good_files() -> dict[str, bytes]:
    """The tree as bytes; the DOCX is made here."""
    return {**load.tree(GOOD), PAPER: a_docx("{{ party }} {{ fine }}")}


@pytest.fixture
def good() -> dict[str, bytes]:
    """The good tree."""
    return good_files()


@pytest.fixture(scope="session")
def release() -> Release:
    """The good tree as a release."""
    return releases.make(good_files())
