"""Releases in the database: published once, never changed, named by their hash, pinned by the instances that began on them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

import orjson

from content import releases as content_releases
from content.releases import Release
from kernel import sm3
from kernel.command import command
from kernel.errors import Refusal
from kernel.work import Row, Work

_cache: dict[str, Release] = {}
# Database → (when read, its releases newest first): every step asks which one is in force.
_timelines: dict[str, tuple[float, list[Row]]] = {}
_FRESH_SECONDS = 2.0
_publishing: set[int] = set()
# What a publication brings with it, in its transaction: (work, release in force before, the new one). The engine's rooms
# that rest on a release put themselves here (engine/__init__.py), so that this one need not know them.
FOLLOWERS: list[Callable[[Work, Release | None, Release], object]] = []


@command(may="release.publish")
def publish(work: Work, files: Mapping[str, bytes], *, ground: str, effective_from: datetime | None = None) -> str:
    """Publishes a set of content files and returns its hash; the same set again changes nothing.

    Nothing that fails the check is published. `ground` is the legal or working reason of the change; `effective_from`
    (default: now) is the instant from which new instances start on it.
    """
    if not ground.strip():
        raise Refusal("须写明本次发布的依据或理由", remedy="填写“发布理由”后重新提交")
    from engine.check import check

    faults = check(files)
    if faults:
        listing = ";".join(f"{f.file} {f.message}" for f in faults[:5])
        raise Refusal(
            f"内容检查发现 {len(faults)} 处问题,未发布:{listing}", remedy="逐项改正后再发布;zhicheng check 列出全部"
        )
    return store(work, files, ground=ground, effective_from=effective_from)


def store(work: Work, files: Mapping[str, bytes], *, ground: str, effective_from: datetime | None) -> str:
    """Writes the release's rows; blobs that exist are shared between releases."""
    _publishing.add(id(work))
    try:
        return _store(work, files, ground, effective_from)
    finally:
        _publishing.discard(id(work))


def _store(work: Work, files: Mapping[str, bytes], ground: str, effective_from: datetime | None) -> str:
    digests = {path: sm3.hexdigest(body) for path, body in files.items()}
    hash_ = content_releases.hash_of(files)
    before = in_force(work)
    if work.one("select 1 as one from release where hash = %s", (hash_,)):
        return hash_
    bodies = {digests[path]: body for path, body in files.items()}
    work.execute(
        "insert into content_blob (digest, body) select * from unnest(%s::text[], %s::bytea[]) on conflict do nothing",
        (list(bodies), list(bodies.values())),
    )
    work.execute(
        "insert into release (hash, files, effective_from, ground, published_by, published_at)"
        " values (%s, %s, %s, %s, %s, %s)",
        (hash_, orjson.dumps(digests).decode(), effective_from or work.now, ground, work.person.id, work.now),
    )
    work.after_commit.append(_timelines.clear)
    after = load(work, hash_)
    for follow in FOLLOWERS:
        follow(work, before, after)
    return hash_


def load(work: Work, hash_: str) -> Release:
    """A release by its hash; read from the database once per process (through the act's own connection)."""
    release = _cache.get(hash_)
    if release is None:
        release = _cache.setdefault(hash_, _read(work, hash_))
    return release


def _read(work: Work, hash_: str) -> Release:
    row = _one(work, "select files, effective_from, ground from release where hash = %s", (hash_,))
    if row is None:
        raise Refusal(f"没有内容版本 {hash_[:12]}", remedy="运行 zhicheng publish 发布内容")
    digests: dict[str, str] = row["files"]
    blobs = _all(work, "select digest, body from content_blob where digest = any(%s)", (list(set(digests.values())),))
    bodies = {blob["digest"]: bytes(blob["body"]) for blob in blobs}
    return Release(hash_, {path: bodies[d] for path, d in digests.items()}, row["effective_from"], row["ground"])


def current(work: Work) -> Release:
    """The release in force now: on which new instances start, and by whose rulebook a step is judged."""
    release = in_force(work)
    if release is None:
        raise Refusal("本节点还没有发布任何内容", remedy="运行 zhicheng publish,或用 zhicheng serve 首次启动时自动发布")
    return release


def _timeline(work: Work) -> list[Row]:
    """The releases, newest first. What publishes sees its own rows, and keeps them from the others until its commit."""
    place = work.node.db.dsn
    found = _timelines.get(place)
    if found is not None and id(work) not in _publishing and time.monotonic() - found[0] < _FRESH_SECONDS:
        return found[1]
    rows = _all(work, "select hash, effective_from from release order by effective_from desc, published_at desc", ())
    if rows and id(work) not in _publishing:
        _timelines[place] = (time.monotonic(), rows)
    return rows


def in_force(work: Work) -> Release | None:
    """As `current`; None while nothing is published. What was published elsewhere is seen some seconds later at most."""
    place = work.node.db.dsn
    found = _timelines.get(place)
    if found is None or time.monotonic() - found[0] > _FRESH_SECONDS:
        rows = _all(
            work, "select hash, effective_from from release order by effective_from desc, published_at desc", ()
        )
        found = (time.monotonic(), rows)
        if rows:  # an empty node is about to be filled
            _timelines[place] = found
    row = next((row for row in found[1] if row["effective_from"] <= work.now), None)
    return load(work, row["hash"]) if row is not None else None


def _all(work: Work, query: str, params: tuple[object, ...]) -> list[Row]:
    if work.is_open:
        return work.rows(query, params)
    with work.transaction():
        return work.rows(query, params)


def _one(work: Work, query: str, params: tuple[object, ...]) -> Row | None:
    return next(iter(_all(work, query, params)), None)


def releases(work: Work) -> list[Row]:
    """Every release, newest first: hash, since when, why, by whom, how many files."""
    with work.transaction():
        return work.rows(
            "select hash, effective_from, ground, published_by, published_at,"
            " (select count(*) from jsonb_object_keys(files)) as files from release"
            " order by effective_from desc, published_at desc limit 200"
        )
