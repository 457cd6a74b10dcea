"""The node of a process: database, files, clock, and the function rights of the release in force."""

from __future__ import annotations

from pathlib import Path

import engine
from content import load, releases
from kernel import db, sm3
from kernel.errors import Problem
from kernel.files import FileStore
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import SYSTEM_ID, Clock, Node, Person, Work, system_clock


def open_node(settings: Settings, *, pool: int | None = None, clock: Clock = system_clock) -> Node:
    """Connects (starting the embedded database when there is no DSN); the rights come with `refresh`."""
    sm3.self_test()
    return Node(
        db.connect(settings, pool=pool), settings, FileStore(settings.files, settings.files_copy), Policy([]), clock
    )


def refresh(node: Node) -> str | None:
    """Takes the rights of the release in force now; its hash, None while nothing is published."""
    try:
        release = engine.current_release(Work(node, Person(SYSTEM_ID, "系统", 0)))
    except Problem as problem:
        if problem.status == 503:
            raise
        return None
    if not (isinstance(node.policy, _OfRelease) and node.policy.release == release.hash):
        node.policy = _OfRelease(release)
    return release.hash


class _OfRelease(Policy):
    """Rights that remember the release they come from."""

    def __init__(self, release: releases.Release) -> None:
        rights = release.permissions
        super().__init__(rights.allows, rights.inherits, rights.names)
        self.release = release.hash


def from_folder(root: Path) -> Policy:
    """The rights as a content folder has them (before anything is published)."""
    rights = releases.make(load.tree(root)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)
