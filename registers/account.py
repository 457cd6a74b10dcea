"""Accounts: passwords (argon2id), server-side sessions, lockout. What a stranger tries tells him nothing about who exists.

The doors call these outside a transaction: each opens its own, so that a failed log-in is kept while it is refused.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import argon2

from kernel import audit
from kernel.errors import NotFound, NotLoggedIn, Refusal, TooMany
from kernel.ids import uuid7
from kernel.work import Grant, Node, Person, Row, Work

WINDOW = timedelta(minutes=15)
FAILURES = 5  # per account within the window
FAILURES_OF_ADDRESS = 20  # a whole office may stand behind one address
SHORTEST = 10
_TOUCH = timedelta(seconds=60)  # a session's last use is written at most this often
_LOGIN = re.compile(r"[a-z][a-z0-9_.-]{2,63}")
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's minimum for argon2id
_NOBODY = _HASHER.hash(secrets.token_hex(16))
_LOCK_SPACE = 7_210_010
STRANGER = Person(UUID(int=0), "未登录", 0)


@dataclass(frozen=True)
class Session:
    """What a log-in gives: the cookie's `token` (only here in clear), the CSRF token, the person, the latest end."""

    token: str
    csrf: str
    person: Person
    ends_at: datetime


def hashed(password: str) -> str:
    """argon2id of an acceptable password; `Refusal` when too short or of one kind of character only."""
    kinds = sum(bool(re.search(p, password)) for p in ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]"))
    if len(password) < SHORTEST or kinds < 3 or len(password) > 256:
        raise Refusal(
            f"口令须为 {SHORTEST} 至 256 个字符,且含大写字母、小写字母、数字、符号中的三种", remedy="请更换口令"
        )
    return _HASHER.hash(password)


def matches(stored: str, password: str) -> bool:
    """Does the password fit the stored hash?"""
    try:
        return _HASHER.verify(stored, password[:256])
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def create(work: Work, officer_id: UUID, login: str, password: str) -> None:
    """An account for an officer (one each). Runs in the caller's transaction."""
    if not _LOGIN.fullmatch(login):
        raise Refusal("登录名须以小写字母开头,由 3 至 64 个小写字母、数字或 _ . - 组成", remedy="请更换登录名")
    if work.rows("select 1 as found from account where login = %s or officer_id = %s", (login, officer_id)):
        raise Refusal("登录名已被使用,或此人已有账号", remedy="请更换登录名")
    work.execute(
        "insert into account (officer_id, login, password, password_at) values (%s, %s, %s, %s)",
        (officer_id, login, hashed(password), work.now),
    )


def set_password(work: Work, officer_id: UUID, password: str) -> None:
    """A new password; all sessions of the account end. Runs in the caller's transaction."""
    changed = work.rows(
        "update account set password = %s, password_at = %s where officer_id = %s returning login",
        (hashed(password), work.now, officer_id),
    )
    if not changed:
        raise NotFound("此人没有账号")
    revoke_all(work, officer_id)


def disable(work: Work, officer_id: UUID, disabled: bool = True) -> None:
    """Shuts (or opens again) the account; all sessions end. Runs in the caller's transaction."""
    if not work.rows("update account set disabled = %s where officer_id = %s returning login", (disabled, officer_id)):
        raise NotFound("此人没有账号")
    revoke_all(work, officer_id)


def of_officers(work: Work, officer_ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Officer → login, disabled, password_at; those without an account are left out."""
    rows = work.rows(
        "select officer_id, login, disabled, password_at from account where officer_id = any(%s)", (list(officer_ids),)
    )
    return {row["officer_id"]: row for row in rows}


def revoke_all(work: Work, officer_id: UUID) -> None:
    """Ends all sessions of the account. Runs in the caller's transaction."""
    work.execute("delete from session where officer_id = %s", (officer_id,))


def log_in(node: Node, login: str, password: str, *, address: str, agent: str = "", request_id: str = "") -> Session:
    """Checks the password and opens a session. `NotLoggedIn` says the same whatever was wrong.

    `TooMany` after 5 failures of the account (or 20 of the address) within 15 minutes. A try counts before the password is
    looked at, so that many at once do not slip through; a success wipes the account's count.
    """
    work = Work(node, STRANGER, request_id)
    login = login.strip().lower()
    known = login if _LOGIN.fullmatch(login) else "?"  # people type passwords into this field: keep nothing else
    account = _try(work, known, address[:64])
    right = matches(account["password"] if account else _NOBODY, password)
    person = load_person(work, account["officer_id"]) if account and right and not account["disabled"] else None
    if account is None or person is None or not person.grants:
        subject = ("account", account["officer_id"]) if account else None
        audit.record_apart(
            work, "account.log_in", subject=subject, outcome="login_failed", detail={"address": address[:64]}
        )
        raise NotLoggedIn("登录名或口令不正确,或账号已停用", remedy="请核对后重试;忘记口令请联系本机构系统管理员")
    return _open(Work(node, person, request_id), known, address[:64], agent[:200])


def _try(work: Work, login: str, address: str) -> Row | None:
    with work.transaction():
        for kind, value in (("a", login), ("b", address)):  # always in this order: two tries never wait for each other
            work.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK_SPACE, kind + value))
        since = work.now - WINDOW
        counted = work.one(
            """select (select count(*) from login_attempt a where login = %(login)s and not ok and at > %(since)s
                and not exists (select 1 from login_attempt b where b.login = a.login and b.ok and b.at > %(since)s
                  and (b.at, b.id) > (a.at, a.id))) as of_login,
              (select count(*) filter (where not ok) - count(*) filter (where ok) from login_attempt
                where address = %(address)s and at > %(since)s) as of_address""",
            {"login": login, "address": address, "since": since},
        )
        locked = counted is None or counted["of_login"] >= FAILURES or counted["of_address"] >= FAILURES_OF_ADDRESS
        if not locked:
            _attempt(work, login, address, ok=False)
        account = work.one("select officer_id, password, disabled from account where login = %s", (login,))
    if locked:
        subject = ("account", account["officer_id"]) if account else None
        detail = {"address": address, "locked": True}
        audit.record_apart(work, "account.log_in", subject=subject, outcome="login_failed", detail=detail)
        raise TooMany("登录失败次数过多,已暂停登录 15 分钟", remedy="请稍后再试;忘记口令请联系本机构系统管理员")
    return account


def _attempt(work: Work, login: str, address: str, *, ok: bool) -> None:
    work.execute(
        "insert into login_attempt (id, login, address, at, ok) values (%s, %s, %s, %s, %s)",
        (uuid7(), login, address, work.now, ok),
    )


def _open(work: Work, login: str, address: str, agent: str) -> Session:
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with work.transaction():
        _attempt(work, login, address, ok=True)
        work.execute(
            """insert into session (token, officer_id, csrf, created_at, seen_at, address, agent)
            values (%s, %s, %s, %s, %s, %s, %s)""",
            (_digest(token), work.person.id, csrf, work.now, work.now, address, agent),
        )
        audit.record(work, "account.log_in", subject=("account", work.person.id), outcome="login")
        ends = work.now + timedelta(hours=work.node.settings.session_hours)
    return Session(token, csrf, work.person, ends)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def session_of(node: Node, token: str) -> Session:
    """The session of a cookie; `NotLoggedIn` when there is none, it was idle too long, or too old. One or two round trips."""
    work = Work(node, STRANGER)
    idle = timedelta(minutes=node.settings.session_idle_minutes)
    most = timedelta(hours=node.settings.session_hours)
    with work.transaction(hot=True):
        row = work.one(
            """select s.officer_id, s.csrf, s.created_at, s.seen_at from session s join account a on a.officer_id = s.officer_id
            where s.token = %s and not a.disabled and s.seen_at > %s and s.created_at > %s""",
            (_digest(token), work.now - idle, work.now - most),
        )
        if row is not None and work.now - row["seen_at"] > _TOUCH:
            work.execute("update session set seen_at = %s where token = %s", (work.now, _digest(token)))
        person = _person(work, row["officer_id"]) if row is not None else None
    if row is None or person is None or not person.grants:
        raise NotLoggedIn("登录已失效", remedy="请重新登录")
    return Session(token, row["csrf"], person, row["created_at"] + most)


def log_out(node: Node, session: Session) -> None:
    """Ends this session."""
    work = Work(node, session.person)
    with work.transaction():
        work.execute("delete from session where token = %s", (_digest(session.token),))
        audit.record(work, "account.log_out", subject=("account", session.person.id))


def sweep(node: Node) -> int:
    """Deletes sessions that have ended; returns how many."""
    work = Work(node, STRANGER)
    with work.transaction():
        idle = work.now - timedelta(minutes=node.settings.session_idle_minutes)
        oldest = work.now - timedelta(hours=node.settings.session_hours)
        return len(
            work.rows(
                "delete from session where seen_at <= %s or created_at <= %s returning 1 as ended", (idle, oldest)
            )
        )


def load_person(work: Work, officer_id: UUID) -> Person:
    """The officer with the grants in force today, agency trees expanded. One query; opens a transaction if none is open.

    Who is not on duty (OFFICER_STATUS 在岗 or 借调) holds no grants. `NotFound` for an unknown officer.
    """
    if work.is_open:
        person = _person(work, officer_id)
    else:
        with work.transaction(hot=True):
            person = _person(work, officer_id)
    if person is None:
        raise NotFound("没有这名执法人员")
    return person


def person_of_login(work: Work, login: str) -> Person:
    """As `load_person`, by login name (command line, demo, tests)."""
    with work.transaction(hot=True):
        row = work.one("select officer_id from account where login = %s and not disabled", (login,))
        person = load_person(work, row["officer_id"]) if row is not None else None
    if person is None:
        raise NotFound(f"没有登录名为 {login} 的账号,或账号已停用")
    return person


def _person(work: Work, officer_id: UUID) -> Person | None:
    rows = work.rows(
        """select o.name, o.agency_id as home, coalesce(a.login, '') as login, g.role, g.agency_id, g.categories,
          case when g.reach = 'tree' then array(select d.id from agency d where g.agency_id = any(d.path))
            else array[g.agency_id] end as agencies
        from officer o left join account a on a.officer_id = o.id
        left join role_grant g on g.officer_id = o.id and o.status in ('1', '2') and g.valid_from <= %(day)s
          and (g.valid_to is null or g.valid_to >= %(day)s)
        where o.id = %(id)s order by g.role, g.agency_id""",
        {"id": officer_id, "day": work.today},
    )
    if not rows:
        return None
    grants = tuple(
        Grant(r["role"], r["agency_id"], frozenset(r["agencies"]), frozenset(r["categories"]))
        for r in rows
        if r["role"] is not None
    )
    return Person(officer_id, rows[0]["name"], rows[0]["home"], grants, rows[0]["login"])


def log_ins(node: Node, session: Session) -> list[Row]:
    """Where this person is logged in now, the latest first: began, seen, address, agent, is_this."""
    work = Work(node, session.person)
    idle, most = (
        timedelta(minutes=node.settings.session_idle_minutes),
        timedelta(hours=node.settings.session_hours),
    )
    with work.transaction():
        return work.rows(
            """select created_at as began, seen_at as seen, address, agent, token = %s as is_this from session
            where officer_id = %s and seen_at > %s and created_at > %s order by seen_at desc, created_at desc limit 100""",
            (_digest(session.token), session.person.id, work.now - idle, work.now - most),
        )


def end_others(node: Node, session: Session) -> int:
    """Ends every other session of this person; how many. Whoever sits there is out within seconds."""
    work = Work(node, session.person)
    with work.transaction():
        ended = work.rows(
            "delete from session where officer_id = %s and token <> %s returning 1 as one",
            (session.person.id, _digest(session.token)),
        )
        detail = {"ended": len(ended)}
        audit.record(work, "account.log_out", subject=("account", session.person.id), outcome="done", detail=detail)
    return len(ended)
