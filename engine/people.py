"""People, accounts, roles, certificates and agencies, kept by administrators who exclude one another.

The system administrator keeps agencies, officers and accounts; the security administrator gives and takes roles; the audit
administrator reads what both did. Nobody changes himself. Every change leaves an audit row that says what was changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from content import identity
from engine import release_store
from kernel import audit, permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.ids import as_marks, as_uuid, uuid7
from kernel.work import LOCAL, Row, Work
from registers import account, agency, certificate, officer

Json = dict[str, Any]
_BELOW: Mapping[str, int] = {"ministry": 0, "province": 1, "city": 2, "county": 3, "station": 4}


# ---------------------------------------------------------------------- reading
def people(work: Work, name: str | None, agency_id: int | None, limit: int, after: str | None) -> Json:
    """Officers within one's scope by name, each with his account and his roles. Three statements."""
    permissions.demand(work, "people.read", agency_id)
    with work.transaction():
        rows = officer.listed(work, name=name, agency_id=agency_id, limit=min(limit, 199) + 1, after=_cursor(after))
        ids = [row["id"] for row in rows]
        accounts = account.of_officers(work, ids)
        roles: dict[UUID, list[str]] = {}
        for grant in officer.grants(work, ids):
            roles.setdefault(grant["officer_id"], []).append(grant["role"])
    page = rows[: min(limit, 199)]
    return {
        "items": [
            {
                **row,
                "login": accounts.get(row["id"], {}).get("login"),
                "disabled": accounts.get(row["id"], {}).get("disabled"),
                "roles": roles.get(row["id"], []),
            }
            for row in page
        ],
        "next": f"{page[-1]['name']}|{page[-1]['id']}" if len(rows) > len(page) else None,
    }


def _cursor(after: str | None) -> tuple[str, UUID] | None:
    if after is None:
        return None
    name, id_ = as_marks(after, str, UUID)
    return name, id_


def person(work: Work, officer_id: str) -> Json:
    """One officer: his masked row, account, what he was granted, certificates with their history."""
    permissions.demand(work, "people.read")
    with work.transaction():
        row = _within(work, officer_id, "people.read")
        held = certificate.of_officer(work, row["id"])
        return {
            **officer.get(work, row["id"]),
            "account": account.of_officers(work, [row["id"]]).get(row["id"]),
            "grants": officer.grants(work, [row["id"]]),
            "certificates": [{**one, "history": certificate.history(work, one["id"])} for one in held],
        }


def names(work: Work, officer_ids: Sequence[UUID]) -> dict[str, str]:
    """Id → name: everyone who is logged in sees names."""
    with work.transaction():
        return {str(id_): name for id_, name in officer.names(work, officer_ids).items()}


def agencies(work: Work) -> list[Row]:
    """The tree within one's scope, parents first, each with how many officers it has."""
    permissions.demand(work, "people.read")
    with work.transaction():
        counted = {
            row["agency_id"]: row["n"]
            for row in work.rows(
                "select agency_id, count(*) as n from officer where agency_id = any(%s) group by agency_id",
                (list(work.person.scope),),
            )
        }
        rows = agency.tree(work)
    return [{**row, "officers": counted.get(row["id"], 0)} for row in rows if row["id"] in work.person.scope]


# ---------------------------------------------------------------------- the system administrator
@command(may="account.manage")
def add_officer(work: Work, agency_id: int, name: str, id_number: str, staffing_type: str) -> Json:
    """A new officer, on duty, without account and roles."""
    permissions.demand(work, "account.manage", agency_id)
    wrong = {}
    number = identity.normal(id_number)
    if fault := identity.id_card(number, work.today):
        wrong["id_number"] = fault
    if staffing_type not in _codes(work, "STAFFING_TYPE"):
        wrong["staffing_type"] = "请从编制性质中选择"
    if not name.strip():
        wrong["name"] = "请填写姓名"
    if wrong:
        raise InvalidAnswers(wrong)
    if work.rows("select 1 as found from officer where id_number = %s", (number,)):
        raise InvalidAnswers({"id_number": "这个身份证件号已登记在另一名人员名下"})
    id_ = uuid7()
    officer.add(work, id=id_, agency_id=agency_id, name=name.strip(), id_number=number, staffing_type=staffing_type)
    _note(work, "officer.add", id_, agency=agency_id)
    return {"id": str(id_)}


@command(may="account.manage", subject="officer_id")
def change_officer(work: Work, officer_id: str, status: str, agency_id: int, reason: str) -> Json:
    """Another status (在岗、停职 …) or agency. Moved, he loses what the old agency granted; off duty, his sessions end."""
    row = _other(work, officer_id, "account.manage")
    permissions.demand(work, "account.manage", agency_id)
    if status not in _codes(work, "OFFICER_STATUS"):
        raise InvalidAnswers({"status": "请从人员状态中选择"})
    _demand_reason(reason)
    if status != row["status"]:
        officer.set_status(work, row["id"], status)
        account.revoke_all(work, row["id"])
    if agency_id != row["agency_id"]:
        officer.transfer(work, row["id"], agency_id)
        account.revoke_all(work, row["id"])
    _note(work, "officer.change", row["id"], status=status, agency=agency_id)
    return {"id": officer_id}


@command(may="account.manage", subject="officer_id")
def open_account(work: Work, officer_id: str, login: str, password: str) -> Json:
    """An account for an officer who has none."""
    row = _other(work, officer_id, "account.manage")
    account.create(work, row["id"], login.strip().lower(), password)
    _note(work, "account.open", row["id"], login=login.strip().lower())
    return {"id": officer_id}


@command(may="account.manage", subject="officer_id")
def reset_password(work: Work, officer_id: str, password: str) -> Json:
    """A new password; his sessions end."""
    row = _other(work, officer_id, "account.manage")
    account.set_password(work, row["id"], password)
    _note(work, "account.password", row["id"])
    return {"id": officer_id}


@command(may="account.manage", subject="officer_id")
def shut_account(work: Work, officer_id: str, disabled: bool, reason: str) -> Json:
    """Shuts an account, or opens it again."""
    row = _other(work, officer_id, "account.manage")
    _demand_reason(reason)
    account.disable(work, row["id"], disabled)
    _note(work, "account.shut" if disabled else "account.reopen", row["id"])
    return {"id": officer_id}


@command(may="agency.manage")
def add_agency(work: Work, parent_id: int, code: str, name: str, short: str, level: str) -> Json:
    """A new agency below one in scope; cases and officers may be given to it at once."""
    permissions.demand(work, "agency.manage", parent_id)
    above = agency.get(work, parent_id)
    if _BELOW[level] <= _BELOW[above["level"]]:
        raise InvalidAnswers({"level": f"应低于上级机构“{above['name']}”的层级"})
    if above["level"] != "ministry" and code[:2] != above["code"][:2]:
        raise InvalidAnswers({"code": f"前两位应与上级机构一致({above['code'][:2]})"})
    made = agency.enter(work, code=code, name=name.strip(), short=short.strip(), level=level, parent_id=parent_id)
    audit.record(work, "agency.add", subject=("agency", str(made)), detail={"parent": parent_id, "code": code})
    return {"id": made}


@command(may="agency.manage", subject="agency_id")
def rename_agency(work: Work, agency_id: int, name: str, short: str, reason: str) -> Json:
    """Another name or sign; papers and numbers made before keep theirs."""
    permissions.demand(work, "agency.manage", agency_id)
    _demand_reason(reason)
    agency.rename(work, agency_id, name.strip(), short.strip())
    audit.record(work, "agency.rename", subject=("agency", str(agency_id)), detail={"short": short.strip()})
    return {"id": agency_id}


# ---------------------------------------------------------------------- the security administrator
@command(may="role.grant", subject="officer_id")
def grant_role(
    work: Work,
    officer_id: str,
    role: str,
    agency_id: int,
    categories: Sequence[str],
    reach: str = "own",
    valid_from: date | None = None,
    valid_to: date | None = None,
    reason: str = "",
) -> Json:
    """Gives a role for an agency (`reach` own, or tree) and categories; the same role given again replaces the first.

    Refuses roles that exclude one another (三员、管理员与执法人员), reach beyond one's own scope, and oneself.
    """
    row = _other(work, officer_id, "role.grant")
    for category in categories or [None]:  # type: ignore[list-item]
        permissions.demand(work, "role.grant", agency_id, category)
    rights = release_store.current(work).permissions
    if role not in rights.roles or role == "caseworker":
        raise InvalidAnswers({"role": "没有这个岗位,请从列表中选择"})
    if not categories:
        raise InvalidAnswers({"categories": "请至少选择一个执法门类"})
    if valid_to is not None and valid_to < (valid_from or work.today):
        raise InvalidAnswers({"valid_to": "终止日不得早于起始日"})
    _demand_reason(reason)
    if reach == "tree" and not agency.subtree_ids(work, agency_id) <= set(work.person.scope):
        raise NotAllowed("不能授予超出您本人授权范围的机构", remedy="请由上级机构的安全管理员授权")
    held = {g["role"] for g in officer.grants(work, [row["id"]])} - {role}
    if conflict := rights.conflict(frozenset(held | {role})):
        told = "、".join(sorted(rights.roles[one].name for one in conflict))
        raise Refusal(f"{told}相互独立,不得由一人兼任", remedy="请先撤销原有授权,或另选人员")
    officer.grant_role(
        work, row["id"], role, agency_id, categories, reach=reach, valid_from=valid_from, valid_to=valid_to
    )
    _note(work, "role.give", row["id"], role=role, agency=agency_id, reach=reach, categories=sorted(categories))
    return {"id": officer_id, "role": role}


@command(may="role.grant", subject="officer_id")
def revoke_role(work: Work, officer_id: str, role: str, agency_id: int, reason: str) -> Json:
    """Takes a role away at once; his open tasks stay where they are until handed over."""
    row = _other(work, officer_id, "role.grant")
    permissions.demand(work, "role.grant", agency_id)
    _demand_reason(reason)
    officer.revoke_role(work, row["id"], role, agency_id)
    _note(work, "role.take", row["id"], role=role, agency=agency_id)
    return {"id": officer_id, "role": role}


# ---------------------------------------------------------------------- certificates
@command(may="certificate.manage", subject="officer_id")
def enter_certificate(
    work: Work, officer_id: str, number: str, kind: str, categories: Sequence[str], valid_from: date, valid_to: date
) -> Json:
    """A certificate issued elsewhere (before this system, by the ministry), as it reads on paper."""
    row = _within(work, officer_id, "certificate.manage")
    text = identity.normal(number)
    wrong = {}
    if fault := identity.certificate_no(text):
        wrong["number"] = fault
    if kind not in _codes(work, "CERT_KIND"):
        wrong["kind"] = "请从证件类别中选择"
    if not categories:
        wrong["categories"] = "请至少选择一个执法门类"
    if valid_to < valid_from:
        wrong["valid_to"] = "有效期止不得早于有效期起"
    if not wrong and work.rows("select 1 as found from certificate where certificate_no = %s", (text,)):
        wrong["number"] = "这个证件号已经登记"
    if wrong:
        raise InvalidAnswers(wrong)
    id_ = uuid7()
    begins = datetime.combine(min(valid_from, work.today), datetime.min.time(), LOCAL)
    certificate.issue(
        work, id=id_, officer_id=row["id"], agency_id=row["agency_id"], certificate_no=text, kind=kind,
        categories=categories, valid_from=valid_from, valid_to=valid_to, since=begins,
    )  # fmt: skip
    audit.record(work, "certificate.enter", subject=("certificate", id_), detail={"number": text})
    return {"id": str(id_)}


@command(may="certificate.manage", subject="certificate_id")
def change_certificate(work: Work, certificate_id: str, status: str, reason: str) -> Json:
    """挂失、暂扣、注销 … from now on; earlier acts keep the status they had."""
    row = work.one("select officer_id from certificate where id = %s", (as_uuid(certificate_id),))
    if row is None:
        raise NotFound("没有这本执法证件", remedy="请从人员页面重新打开")
    _within(work, str(row["officer_id"]), "certificate.manage")
    certificate.set_status(work, as_uuid(certificate_id), cast(certificate.Status, status), reason)
    audit.record(work, "certificate.change", subject=("certificate", certificate_id), detail={"status": status})
    return {"id": certificate_id, "status": status}


# ---------------------------------------------------------------------- small things
def _within(work: Work, officer_id: str, verb: str) -> Row:
    """The officer of an agency in scope; one elsewhere is not there."""
    row = work.one("select id, agency_id, status from officer where id = %s", (as_uuid(officer_id),))
    if row is None or not work.node.policy.may(work.person, verb, row["agency_id"]):
        raise NotFound("没有这名人员,或者他不在您的管理范围内", remedy="请从人员列表中重新打开")
    return row


def _other(work: Work, officer_id: str, verb: str) -> Row:
    """As `_within`, and not oneself."""
    row = _within(work, officer_id, verb)
    if row["id"] == work.person.id:
        raise NotAllowed("不能变更本人的账号和授权", remedy="请由另一名管理员办理")
    return row


def _codes(work: Work, name: str) -> Collection[str]:
    found = release_store.current(work).codes.get(name)
    return found.items if found is not None else ()


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明理由"})


def _note(work: Work, what: str, officer_id: UUID, **detail: object) -> None:
    audit.record(work, what, subject=("officer", officer_id), detail=detail)
