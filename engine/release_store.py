"""Releases in the database: published once, never changed, named by their hash, pinned by the instances that began on them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

import orjson

from content import difference
from content import releases as content_releases
from content.faults import Fault as ContentFault
from content.permissions import PUBLISH
from content.releases import Release
from kernel.command import command
from kernel.errors import ContentRefused, Refusal
from kernel.work import Row, Work

_cache: dict[str, Release] = {}
# Database → (when read, its releases newest first): every step asks which one is in force.
_timelines: dict[str, tuple[float, list[Row]]] = {}
_FRESH_SECONDS = 2.0
_publishing: set[int] = set()
MOST_FAULTS = 500  # so many are listed; whoever has more begins with these
# What a publication brings with it, in its transaction: (work, release in force before, the new one). The engine's rooms
# that rest on a release put themselves here (engine/__init__.py), so that this one need not know them.
FOLLOWERS: list[Callable[[Work, Release | None, Release], object]] = []


@command(may="release.publish")
def publish(
    work: Work,
    files: Mapping[str, bytes],
    *,
    ground: str,
    effective_from: datetime | None = None,
    from_repository: bool = True,
    imports: Mapping[str, bytes] | None = None,
) -> str:
    """Publishes a set of content files and returns its hash; the newest set again changes nothing.

    Nothing that fails the check is published (`ContentRefused`). `ground` is the legal or working reason of the change;
    `effective_from` (default: now) is the instant from which new instances start on it. `from_repository`: the files are
    the repository's own; refused once the node has published others, for it would write over them – then they are a
    proposal (`proposed`), and a set that has taken them in says so by `imports`, the repository's files it took in.
    """
    if not ground.strip():
        raise Refusal("须写明本次发布的依据或理由", remedy="填写“发布理由”(命令行用 --ground)后重新提交")
    newest = _newest(work)
    if from_repository and newest is not None and newest["base"] is not None:
        raise Refusal(
            "本节点已发布过自己的内容,代码库中的文件只能作为导入建议,不能直接覆盖发布",
            remedy="用 zhicheng content proposed(接口 /releases/proposed)查看三方差异,合并后以上传方式发布,并注明已并入代码库的文件",
        )
    _refuse_faults(files)
    if newest is not None:
        _refuse_lockout(work, files)
    hash_ = content_releases.hash_of(files)
    if newest is not None and newest["hash"] != hash_ and _known(work, hash_):
        raise Refusal(
            "这套内容与以前发布过的一个版本完全相同,不会再次生效",
            remedy="如要恢复旧内容,请在其中任一文件的说明(note)中写明恢复的缘由后发布",
        )
    base = None if from_repository else _base(newest, imports)
    return store(work, files, ground=ground, effective_from=effective_from, base=base)


def _refuse_faults(files: Mapping[str, bytes]) -> None:
    from engine.check import check

    faults = check(files)
    if faults:
        listing = ";".join(f"{f.file} {f.message}" for f in faults[:5])
        raise ContentRefused(
            f"内容检查发现 {len(faults)} 处问题,未发布:{listing}",
            [told(fault) for fault in faults[:MOST_FAULTS]],
            remedy="逐项改正后再发布;zhicheng check 列出全部",
        )


def _refuse_lockout(work: Work, files: Mapping[str, bytes]) -> None:
    """The roles that may publish are there, but nobody who can log in holds one."""
    roles = content_releases.make(dict(files)).permissions.roles_that(PUBLISH)
    held = work.one(
        """select 1 from role_grant g join account a on a.officer_id = g.officer_id where not a.disabled and g.role = any(%s)
        and %s between g.valid_from and coalesce(g.valid_to, 'infinity') limit 1""",
        (sorted(roles), work.today),
    )
    if held is None:
        raise Refusal(
            "按这套内容的授权,本节点将没有任何人能再发布内容",
            remedy=f"请保留现有人员担任的某个角色的 {PUBLISH},或先由安全保密管理员把有此权限的角色授予有账号的人员",
        )


def told(fault: ContentFault) -> Row:
    """A fault as it is listed: file, line (null: the whole file), element, code, Chinese sentence."""
    return {
        "file": fault.file,
        "line": fault.line or None,
        "element": fault.element or None,
        "code": fault.code,
        "message": fault.message,
    }


def examine(work: Work, files: Mapping[str, bytes]) -> Row:
    """What publishing this set would meet, without publishing it: its hash, every fault, the differences to the newest set."""
    from engine.check import check

    with work.transaction():
        newest = _newest(work)
    before = newest["files"] if newest is not None else {}
    return {
        "hash": content_releases.hash_of(files),
        "files": len(files),
        "faults": [told(fault) for fault in check(files)[:MOST_FAULTS]],
        "difference": difference.between(before, difference.digests(files)),
    }


def proposed(work: Work, repository: Mapping[str, bytes]) -> Row:
    """What the repository's files propose to a node that has published its own: three-way, by path.

    {"rests_on": hash of the repository's files that the node's set was built on, "own_content": has the node published its
    own?, "proposed", "conflicts", "own"}; without own content everything that differs is proposed.
    """
    with work.transaction():
        newest = _newest(work)
    if newest is None:
        raise Refusal("本节点还没有发布任何内容", remedy="运行 zhicheng publish 发布代码库中的内容")
    base = newest["base"] if newest["base"] is not None else newest["files"]
    return {
        "rests_on": content_releases.hash_of_digests(base),
        "own_content": newest["base"] is not None,
        **difference.three_way(base, newest["files"], difference.digests(repository)),
    }


def _newest(work: Work) -> Row | None:
    """What was published last, also when it is in force only later."""
    return work.one("select hash, files, base from release order by published_at desc, base is null limit 1")


def _known(work: Work, hash_: str) -> bool:
    return work.one("select 1 as one from release where hash = %s", (hash_,)) is not None


def _base(newest: Row | None, imports: Mapping[str, bytes] | None) -> Mapping[str, str]:
    """The repository's files that a set of the node's own rests on."""
    if imports is not None:
        return difference.digests(imports)
    if newest is None:
        return {}
    return newest["base"] if newest["base"] is not None else newest["files"]  # type: ignore[no-any-return]


def store(
    work: Work,
    files: Mapping[str, bytes],
    *,
    ground: str,
    effective_from: datetime | None,
    base: Mapping[str, str] | None = None,
) -> str:
    """Writes the release's rows; blobs that exist are shared between releases."""
    _publishing.add(id(work))
    try:
        return _store(work, files, ground, effective_from, base)
    finally:
        _publishing.discard(id(work))


def _store(
    work: Work,
    files: Mapping[str, bytes],
    ground: str,
    effective_from: datetime | None,
    base: Mapping[str, str] | None,
) -> str:
    digests = difference.digests(files)
    hash_ = content_releases.hash_of(files)
    before = in_force(work)
    if _known(work, hash_):
        return hash_
    bodies = {digests[path]: body for path, body in files.items()}
    work.execute(
        "insert into content_blob (digest, body) select * from unnest(%s::text[], %s::bytea[]) on conflict do nothing",
        (list(bodies), list(bodies.values())),
    )
    work.execute(
        "insert into release (hash, files, effective_from, ground, published_by, published_at, base)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        (
            hash_,
            orjson.dumps(digests).decode(),
            effective_from or work.now,
            ground,
            work.person.id,
            work.now,
            None if base is None else orjson.dumps(base).decode(),
        ),
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
            "select hash, effective_from, ground, published_by, published_at, base is not null as own_content,"
            " (select count(*) from jsonb_object_keys(files)) as files from release"
            " order by effective_from desc, published_at desc limit 200"
        )
