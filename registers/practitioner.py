"""Practitioners (从业人员): one row per certificate (从业资格证) or ID card within an agency and enforcement category."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from content import identity
from kernel.errors import InvalidAnswers, NotFound
from kernel.work import Row, Work
from registers import identified, masking

PERSONAL = {"name": "name", "id_number": "id"}


def keep(
    work: Work,
    *,
    agency_id: int,
    category: str,
    name: str,
    certificate_no: str | None = None,
    certificate_until: date | None = None,
    id_number: str | None = None,
    employer_id: UUID | None = None,
    source: str = "register",
) -> UUID:
    """The practitioner with this certificate or ID card, what is new added; a new row when unknown. Raises `InvalidAnswers`.

    `certificate_until`: the last day on which the certificate is valid. `employer_id`: the party that employs them.
    """
    certificate_no = identity.normal(certificate_no) if certificate_no else None
    id_number = identity.normal(id_number) if id_number else None
    wrong = {
        "certificate_no": identity.practitioner_certificate(certificate_no) if certificate_no else None,
        "id_number": identity.id_card(id_number, work.today) if id_number else None,
        "name": None if name.strip() else "请填写姓名",
    }
    if fields := {key: why for key, why in wrong.items() if why}:
        raise InvalidAnswers(fields)
    values = {"name": name.strip(), "certificate_no": certificate_no, "id_number": id_number}
    return identified.keep(
        work,
        "practitioner",
        agency_id=agency_id,
        category=category,
        values={**values, "certificate_until": certificate_until, "employer_id": employer_id},
        source=source,
    )


def get(work: Work, practitioner_id: UUID) -> Row:
    """The practitioner's row, masked."""
    row = work.one("select * from practitioner where id = %s", (practitioner_id,))
    if row is None:
        raise NotFound("没有这名从业人员,或不在您的查看范围内")
    return masking.masked_row(row, PERSONAL)


def find(work: Work, text: str) -> list[Row]:
    """Practitioners in scope by the number of their certificate, of their ID card, or their exact name, masked, at most 50."""
    number = identity.normal(text)
    looks = " union ".join(
        f"select id from practitioner where agency_id = any(%(scope)s) and {column} = %({value})s"
        for column, value in (("certificate_no", "number"), ("id_number", "number"), ("name", "name"))
    )
    rows = work.rows(
        f"select * from practitioner where id in ({looks}) order by created_at desc limit 50",
        {"scope": list(work.person.scope), "number": number, "name": text.strip()},
    )
    return [masking.masked_row(row, PERSONAL) for row in rows]


def of_party(work: Work, party_id: UUID, limit: int = 200) -> list[Row]:
    """The practitioners whom a party employs, masked, at most `limit`."""
    rows = work.rows("select * from practitioner where employer_id = %s order by name, id limit %s", (party_id, limit))
    return [masking.masked_row(row, PERSONAL) for row in rows]


def cases_of(work: Work, practitioner_id: UUID, limit: int = 50) -> list[Row]:
    """The practitioner's cases in scope, newest first."""
    return work.rows(
        """select id, case_number, case_cause, case_status, created_at from enforcement_case where practitioner_id = %s
        order by created_at desc, id desc limit %s""",
        (practitioner_id, limit),
    )
