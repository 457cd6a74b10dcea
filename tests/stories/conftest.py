"""The national content on a node of the demo's people, and whoever acts there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from content import load, releases
from engine import release_store
from kernel.permissions import Policy
from kernel.settings import ROOT
from kernel.work import Node, Person, Work, system_person
from registers import account

FILES = load.tree(ROOT)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights as the content has them."""
    rights = releases.make(FILES).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


def publish(node: Node) -> None:
    """The national content, in force at once."""
    work = Work(node, system_person(440100, "01"))
    with work.transaction():
        release_store.store(work, FILES, ground="测试", effective_from=None)


@pytest.fixture
def stage(make_node: Callable[[str], Node]) -> tuple[Node, Callable[[str], Person]]:
    """A node with the content, and its people by login."""
    node = make_node("demo")
    publish(node)
    return node, lambda login: account.person_of_login(Work(node, account.STRANGER), login)
