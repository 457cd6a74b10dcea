"""The national content on a node of the demo's people, and whoever acts there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from content import load, releases
from kernel.permissions import Policy
from kernel.settings import ROOT
from kernel.work import Node, Person, Work
from registers import account

FILES = load.tree(ROOT)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights as the content has them."""
    rights = releases.make(FILES).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


@pytest.fixture
def stage(national: Node) -> tuple[Node, Callable[[str], Person]]:
    """A node with the content, and its people by login."""
    return national, lambda login: account.person_of_login(Work(national, account.STRANGER), login)
