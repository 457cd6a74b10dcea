"""What an operator does on the command line to people and content. Acts are the system's, each with its audit row."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import engine
from api.serving import system_work
from content import difference, load
from kernel import audit
from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import SYSTEM_ID, Grant, Node, Person, Row, Work, system_person
from registers import account, officer

CATEGORIES = [f"{n:02}" for n in range(1, 9)]


def add_user(
    node: Node, login: str, name: str, agency_id: int, password: str | None, role: str | None
) -> dict[str, Any]:
    """An officer with an account, and a first role if named; a password is made when none is given."""
    work = system_work(node)
    made = password or generated()
    with work.transaction():
        _known_agency(work, agency_id)
        id_ = uuid7()
        officer.add(work, id=id_, agency_id=agency_id, name=name, id_number=None, staffing_type="1")
        account.create(work, id_, login, made)
        if role:
            _grant(work, id_, role, agency_id, "own", CATEGORIES)
        audit.record(work, "user.add", subject=("officer", id_), detail={"agency": agency_id, "role": role or ""})
    return {"id": str(id_), "login": login, "password": None if password else made}


def generated() -> str:
    """A password with all four kinds of character."""
    alphabet = string.ascii_letters + string.digits
    return "Zc-" + "".join(secrets.choice(alphabet) for _ in range(14)) + secrets.choice(string.digits)


def disable_user(node: Node, login: str, disabled: bool) -> dict[str, Any]:
    """Shuts an account (or opens it again); its sessions end within five seconds."""
    work = system_work(node)
    with work.transaction():
        id_ = _officer_of(work, login)
        account.disable(work, id_, disabled)
        audit.record(work, "user.disable" if disabled else "user.enable", subject=("officer", id_))
    return {"login": login, "disabled": disabled}


def set_password(node: Node, login: str, password: str | None) -> dict[str, Any]:
    """A new password; all sessions end."""
    work = system_work(node)
    made = password or generated()
    with work.transaction():
        id_ = _officer_of(work, login)
        account.set_password(work, id_, made)
        audit.record(work, "user.password", subject=("officer", id_))
    return {"login": login, "password": None if password else made}


def grant(
    node: Node,
    login: str,
    role: str,
    agency_id: int,
    *,
    tree: bool,
    categories: list[str],
    until: date | None,
    revoke: bool,
) -> dict[str, Any]:
    """Gives or takes a role. Roles that exclude each other (三员分立 …) are refused."""
    work = system_work(node)
    with work.transaction():
        _known_agency(work, agency_id)
        id_ = _officer_of(work, login)
        if revoke:
            officer.revoke_role(work, id_, role, agency_id)
        else:
            _grant(work, id_, role, agency_id, "tree" if tree else "own", categories, until)
        detail = {"role": role, "agency": agency_id, "reach": "tree" if tree else "own"}
        audit.record(work, "user.revoke" if revoke else "user.grant", subject=("officer", id_), detail=detail)
    return {"login": login, "role": role, "agency": agency_id, "revoked": revoke}


def _grant(
    work: Work, id_: Any, role: str, agency_id: int, reach: str, categories: list[str], until: date | None = None
) -> None:
    rights = engine.current_release(work).permissions
    if role not in rights.roles:
        known = "、".join(f"{key}({r.name})" for key, r in rights.roles.items())
        raise NotFound(f"没有角色“{role}”", remedy=f"可用的角色:{known}")
    if strange := sorted(set(categories) - set(CATEGORIES)):
        raise Refusal(f"没有执法门类 {'、'.join(strange)}", remedy="执法门类为 01 至 08")
    held = frozenset(r["role"] for r in work.rows("select role from role_grant where officer_id = %s", (id_,)))
    if clash := rights.conflict(held | {role}):
        names = "、".join(rights.roles[key].name for key in sorted(clash))
        raise Refusal(f"同一人不得兼任:{names}", remedy="请先收回原有角色,或另选人员")
    officer.grant_role(work, id_, role, agency_id, categories, reach=reach, valid_to=until)


def _officer_of(work: Work, login: str) -> Any:
    row = work.one("select officer_id from account where login = %s", (login,))
    if row is None:
        raise NotFound(f"没有登录名为 {login} 的账号", remedy="用 zhicheng user list 查看")
    return row["officer_id"]


def _known_agency(work: Work, agency_id: int) -> None:
    if not work.rows("select 1 as found from agency where id = %s", (agency_id,)):
        raise NotFound(f"没有编号为 {agency_id} 的机构", remedy="机构由 deploy/seeds 或初始化文件装入")


def users(node: Node) -> list[Row]:
    """Every account with its roles; no personal data but the name."""
    work = system_work(node)
    with work.transaction():
        return work.rows(
            """select a.login, o.name, o.agency_id, a.disabled,
              coalesce(array_agg(g.role || '@' || g.agency_id order by g.role) filter (where g.role is not null), '{}') as roles
            from account a join officer o on o.id = a.officer_id left join role_grant g on g.officer_id = o.id
            group by a.login, o.name, o.agency_id, a.disabled order by a.login"""
        )


def differences(node: Node) -> difference.Difference:
    """The checkout's content against the release in force: added, changed, removed paths."""
    release = engine.current_release(system_work(node))
    here = load.tree(node.settings.content)
    return difference.between(difference.digests(release.files), difference.digests(here))


def export(node: Node, target: Path) -> int:
    """Writes the release in force as files; how many."""
    release = engine.current_release(system_work(node))
    for path, body in release.files.items():
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    return len(release.files)


def everywhere(node: Node) -> Work:
    """A `Work` of the system that sees every agency and category of the node: for the operator's reports."""
    work = Work(node, Person(SYSTEM_ID, "系统", 0))
    with work.transaction():
        agencies = frozenset(row["id"] for row in work.rows("select id from agency"))
    return Work(node, Person(SYSTEM_ID, "系统", 0, (Grant("system", 0, agencies, frozenset(CATEGORIES)),)), "cli")


def seals(node: Node) -> list[Row]:
    """Every seal and signing certificate of the node, without keys."""
    return [dict(row) for work in _each_agency(node) for row in engine.seals(work)]


def add_seal(node: Node, agency_id: int, login: str | None, file: bytes, passphrase: str) -> Row:
    """Registers an agency's seal or an officer's certificate."""
    work = Work(node, system_person(agency_id, CATEGORIES[0]), request_id="cli")
    with work.transaction():
        _known_agency(work, agency_id)
        officer_id = _officer_of(work, login) if login else None
    return engine.add_seal(work, agency_id, str(officer_id) if officer_id else None, file, passphrase)


def revoke_seal(node: Node, seal_id: str, reason: str) -> Row:
    """Nothing more is sealed with it."""
    for work in _each_agency(node):
        if any(str(row["id"]) == seal_id for row in engine.seals(work)):
            return engine.revoke_seal(work, seal_id, reason)
    raise NotFound(f"没有编号为 {seal_id} 的印章或证书", remedy="用 zhicheng seal list 查看编号")


def _each_agency(node: Node) -> Iterator[Work]:
    work = system_work(node)
    with work.transaction():
        agencies = [row["id"] for row in work.rows("select id from agency order by id")]
    return (Work(node, system_person(id_, CATEGORIES[0]), request_id="cli") for id_ in agencies)


def dossier_keys(node: Node) -> list[Row]:
    """The keys that sign dossiers, of every agency, without their private parts."""
    rows = (row for work in _each_agency(node) for row in engine.dossier_keys(work))
    return [{**row, "public_key": bytes(row["public_key"]).hex()} for row in rows]


def bind_dossiers(node: Node) -> Row:
    """Dossiers that were sealed without PDF are bound by jobs."""
    return {"dossiers": engine.bind_later(node)}


def retire_dossier_keys(node: Node, agency_id: int, reason: str) -> Row:
    """An agency's keys sign no more."""
    return dict(engine.retire_dossier_keys(Work(node, system_person(agency_id, CATEGORIES[0])), agency_id, reason))
