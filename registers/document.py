"""Papers (文书): what was made, issued, served or superseded. What was issued is never rewritten; a new paper supersedes it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import NotFound, Refusal
from kernel.files import Stored
from kernel.ids import uuid7
from kernel.work import Row, Work

_NEXT = {
    "made": {"unsealed", "issued", "superseded", "void"},
    "unsealed": {"issued", "superseded", "void"},
    "issued": {"served", "superseded", "void"},
    "served": {"superseded", "revoked"},
    "revoked": set[str](),
    "superseded": set[str](),
    "void": set[str](),
}
_NAMES = {
    "made": "已制作",
    "unsealed": "待盖章",
    "issued": "已签发",
    "served": "已送达",
    "revoked": "已撤销",
    "superseded": "已被取代",
    "void": "已作废",
}


def make(
    work: Work,
    *,
    agency_id: int,
    category: str,
    case_id: UUID,
    kind: str,
    name: str,
    number: str | None,
    step: str,
    template_hash: str,
    release: str,
    context: Mapping[str, object],
    id: UUID | None = None,
) -> UUID:
    """A new paper in state 已制作: its context is frozen here; the file comes with `issue`. One statement, no round trip."""
    document_id = id or uuid7()
    work.execute(
        """insert into document (id, agency_id, category, case_id, kind, name, number, state, step, template_hash, release,
          context, made_at, made_by) values (%s, %s, %s, %s, %s, %s, %s, 'made', %s, %s, %s, %s, %s, %s)""",
        (
            document_id,
            agency_id,
            category,
            case_id,
            kind,
            name,
            number,
            step,
            template_hash,
            release,
            Jsonb(dict(context)),
            work.now,
            work.person.id,
        ),
    )
    return document_id


def issue(work: Work, document_id: UUID, docx: Stored, pdf: Stored | None) -> None:
    """The rendered files belong to the paper from now on. Rendering it again with the same bytes changes nothing.

    A second, different file is refused: what was issued stays. Only a PDF that was missing may be added.
    """
    row = _locked(work, document_id)
    if row["state"] == "made":
        work.execute(
            """update document set state = 'issued', issued_at = %s, docx_sha256 = %s, docx_sm3 = %s, docx_size = %s,
            pdf_sha256 = %s, pdf_sm3 = %s, pdf_size = %s where id = %s""",
            (work.now, docx.sha256, docx.sm3, docx.size, *_parts(pdf), document_id),
        )
        return
    if row["docx_sha256"] is None or bytes(row["docx_sha256"]) != docx.sha256:
        raise Refusal(f"文书《{row['name']}》{_NAMES[row['state']]},不得改动", remedy="如有错误,请制作新的文书予以更正")
    if pdf is not None and row["pdf_sha256"] is None:
        work.execute(
            "update document set pdf_sha256 = %s, pdf_sm3 = %s, pdf_size = %s where id = %s",
            (*_parts(pdf), document_id),
        )


def _parts(stored: Stored | None) -> tuple[bytes | None, bytes | None, int | None]:
    return (stored.sha256, stored.sm3, stored.size) if stored else (None, None, None)


def set_served(work: Work, document_id: UUID) -> None:
    """The paper reached its addressee (送达)."""
    _change(work, document_id, "served", "served_at")


def supersede(work: Work, document_id: UUID) -> None:
    """A newer paper takes its place; this one stays in the file."""
    _change(work, document_id, "superseded", None)


def void(work: Work, document_id: UUID) -> None:
    """The paper is void; its number is made void by `number.void` with the reason."""
    _change(work, document_id, "void", None)


def _change(work: Work, document_id: UUID, state: str, stamp: str | None) -> None:
    row = _locked(work, document_id)
    if row["state"] == state:
        return
    if state not in _NEXT[row["state"]]:
        raise Refusal(f"文书《{row['name']}》{_NAMES[row['state']]},不能改为{_NAMES[state]}", remedy="请核对文书状态")
    if stamp is None:
        work.execute("update document set state = %s where id = %s", (state, document_id))
    else:
        work.execute("update document set state = %s, served_at = %s where id = %s", (state, work.now, document_id))


def _locked(work: Work, document_id: UUID) -> Row:
    row = work.one(
        "select id, name, state, docx_sha256, pdf_sha256 from document where id = %s for update", (document_id,)
    )
    if row is None:
        raise NotFound("没有这份文书,或不在您的查看范围内")
    return row


def get(work: Work, document_id: UUID) -> Row:
    """The paper's row with its context."""
    row = work.one("select * from document where id = %s", (document_id,))
    if row is None:
        raise NotFound("没有这份文书,或不在您的查看范围内")
    return row


def of_case(work: Work, case_id: UUID) -> list[Row]:
    """The papers of a case in the order they were made, without their contexts."""
    return work.rows(
        """select id, kind, name, number, state, step, template_hash, release, made_at, made_by, issued_at, served_at,
          docx_sha256, docx_sm3, docx_size, pdf_sha256, pdf_sm3, pdf_size, signature_sha256, seal_way, seal_by, scan_id
        from document where case_id = %s order by id""",
        (case_id,),
    )
