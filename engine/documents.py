"""Facts → numbered, issued papers.

In the step a paper gets its number and its context, frozen in its row; a job renders it afterwards (DOCX, and PDF/A where
LibreOffice is there), stores both by hash and issues it. What was issued is never rewritten.
"""

from __future__ import annotations

import atexit
import functools
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pypdf

from content.releases import Release
from engine import jobs, release_store, sealing, signers
from engine.papers import convert, render, template
from engine.rules import rules
from kernel import audit, sm3
from kernel.errors import InvalidAnswers, NotFound
from kernel.files import Stored
from kernel.ids import uuid7
from kernel.work import LOCAL, Node, Row, Work
from registers import agency as agencies
from registers import number as numbers
from registers import officer as officers

if TYPE_CHECKING:
    from engine.step import Step

_INSERT = """insert into document (id, agency_id, category, case_id, kind, name, number, state, step, template_hash, release, context,
made_at, made_by, instance_id, revokes, signer_ids, served_at)
values (%s, %s, %s, %s, %s, %s, %s, 'made', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_ISSUE = """update document set state = case when served_at is null then 'issued' else 'served' end, issued_at = %s, docx_sha256 = %s, docx_sm3 = %s, docx_size = %s,
pdf_sha256 = %s, pdf_sm3 = %s, pdf_size = %s, pages = %s, seal_way = %s, sealed_at = %s, seal_by = %s,
signature_sha256 = %s, signature_sm3 = %s, signature_size = %s where id = %s and state = 'made' returning agency_id, number, kind"""
# Rendered, and waiting for its stamp.
_WAIT = """update document set state = 'unsealed', docx_sha256 = %s, docx_sm3 = %s, docx_size = %s,
pdf_sha256 = %s, pdf_sm3 = %s, pdf_size = %s, pages = %s where id = %s and state = 'made' returning agency_id, number, kind"""
# The agency, what lies in the file of the case so far, and who gave the opinions that its papers show, when.
_DESK = """select a.*, (select coalesce(jsonb_agg(f order by f.at), '[]') from (
  select null::uuid as id, kind, name, number as doc_no, made_at as at, pages, null as sm3, instance_id = %(instance)s as own, false as drawn from document
  where case_id = %(case)s and state not in ('void', 'superseded')
  union all select id, null, name, null, received_at, null, encode(sm3, 'hex'), false, facts ? 'signature' from evidence where case_id = %(case)s) f) as file,
  (select coalesce(jsonb_object_agg(g.key, jsonb_build_object('name', g.name, 'at', g.at)), '{}') from (
    select distinct on (k.key) k.key, o.name || coalesce('(代' || away.name || ')', '') as name, h.at
    from step_history h join officer o on o.id = h.person_id left join officer away on away.id = (h.outcome ->> 'stands_for')::uuid
    cross join lateral jsonb_array_elements_text(h.outcome -> 'answers') as k(key)
    where cardinality(%(opinions)s::text[]) > 0 and h.subject_id = %(case)s and h.event = 'left' and k.key = any(%(opinions)s)
    order by k.key, h.instance_id = %(instance)s desc, h.id desc) g) as approvals,
  (select p.name from agency p where p.id = a.parent_id) as above
from agency a where a.id = %(agency)s"""

_OF_STEPS = """select id, kind, name, number, agency_id, step, state, served_at, revokes from document
where case_id = %s and (instance_id = %s or instance_id is null) and step = any(%s) and state not in ('void', 'superseded') order by id"""
_SUPERSEDE = """update document set state = 'superseded' where id = any(%s) and state in ('made', 'unsealed')
  returning id, agency_id, number"""
_UNSERVED = """select id, kind, name, number, release from document where instance_id = %s and served_at is null
and state in ('made', 'issued') order by id"""
# Served papers that revoke others take effect with their service.
_SERVED = """with s as (update document set served_at = %s, state = case when state = 'issued' then 'served' else state end
  where id = any(%s) returning revokes)
update document d set state = 'revoked' from s where d.id = any(s.revokes) and d.state = 'served'"""
_REVOCABLE = "select id, kind, name, number from document where case_id = %s and state = 'served' and revokes is null"


_LATER = "(签发时编号)"


@dataclass
class Paper:
    """A paper that a step makes. `number` is known once it is made. `handed`: over to the party at once, if it asks for service."""

    code: str
    element: str
    number: str | None = None
    id: UUID | None = None
    handed: bool = False


@functools.lru_cache(maxsize=512)
def _template(release_hash: str, code: str, release: Release) -> template.Template:
    return template.load(release.files, code)


def template_of(release: Release, code: str) -> template.Template:
    """The template of a paper in a release, parsed once per process."""
    return _template(release.hash, code, release)


def number_and_make(step: Step) -> None:
    """Takes the case number and the papers' numbers, freezes their contexts, and leaves a job to render each."""
    if not (step.takes_case_number or step.papers):
        return
    asks = {"case": step.instance["subject_id"], "agency": step.instance["agency_id"], "opinions": _opinions(step)}
    asks["instance"] = step.instance["id"]
    row = step.work.rows(_DESK, asks)[0]
    place = agencies.with_province(row)
    if step.takes_case_number:
        _take_case_number(step, place)
    if step.papers:
        desk = _Desk(step, place)
        for paper in step.papers:
            desk.make(paper)


def draft_of(step: Step, paper: Paper) -> tuple[str, bytes, dict[str, str]]:
    """A paper as it would be made now: its name, a DOCX in which what is missing is marked, and field → what is missing.
    Takes no number and writes nothing."""
    form = template_of(step.clocks.release, paper.code)
    step.papers = [paper]
    asks = {"case": step.instance["subject_id"], "agency": step.instance["agency_id"], "opinions": _opinions(step)}
    row = step.work.rows(_DESK, {**asks, "instance": step.instance["id"]})[0]
    desk = _Desk(step, agencies.with_province(row))
    known = step.facts.get("case_number")
    paper.number = _LATER if form.number is not None or step.takes_case_number else known
    shown, missing = render.draft(form, {"archive_no": _LATER, **step.facts}, desk.supply(paper))
    return form.name, render.render(form, shown), missing


def _opinions(step: Step) -> list[str]:
    """The elements of the opinions that the papers of a step show."""
    forms = [template_of(step.clocks.release, paper.code) for paper in step.papers]
    fields = [field for form in forms for field in form.fields.values() if field.type == "approval"]
    return sorted({name for field in fields for name in (field.element, *field.otherwise)})


def _take_case_number(step: Step, place: Row) -> None:
    work, i = step.work, step.instance
    if step.facts.get("case_number"):
        return
    scheme = step.release.numbers["case"]
    text = numbers.take(
        work, i["agency_id"], scheme.kind, work.today.year, scheme.pattern, _naming(place), i["subject_id"]
    )
    step.learn({"case_number": text})
    step.columns["case_number"] = text
    step.terms.append(text)


class _Desk:
    """What all papers of one step share: templates of the day of issue, agency, officers, earlier papers, the catalogue."""

    def __init__(self, step: Step, place: Row) -> None:
        work, i = step.work, step.instance
        self.step, self.place = step, place
        self.release = step.clocks.release  # in force now: the third axis of validity
        ids = [str(o) for o in step.facts.get("officers") or []]
        asked = step.officers
        same = asked is not None and [o["id"] for o in asked] == ids
        self.people = list(asked or ()) if same else officers.acting(work, ids, work.now, i["category"])
        earlier = place["file"]
        self.numbers: dict[str, Row] = {
            row["kind"]: {"number": row["doc_no"] or step.facts.get("case_number")}
            for row in sorted(earlier, key=lambda row: bool(row["own"]))  # of two decisions that of this proceeding
            if row["kind"]
        }
        bound = [row for row in earlier if not row["drawn"]]  # a signature belongs to the paper that it signs
        self.pages = sum(row["pages"] or 1 for row in bound)
        chosen = step.facts.get("evidence_files") or []
        self.evidence_sm3 = "\n".join(f"{row['name']} SM3 {row['sm3']}" for row in earlier if row["id"] in chosen)
        self.clocks = step.clocks.for_papers()
        here = {"name": work.person.name, "at": work.now.isoformat()}
        given_now = {key for outcome in step.done.values() for key in outcome.answers}
        self.approvals = place["approvals"] | dict.fromkeys(given_now, here)
        self.catalogue = [
            {
                "name": row["name"],
                "doc_no": row["doc_no"],
                "author": place["name"],
                "date": datetime.fromisoformat(row["at"]).astimezone(LOCAL).date().isoformat(),
                "page": row["pages"],
            }
            for row in bound
        ]

    def make(self, paper: Paper) -> None:
        """One paper: its number, its frozen context, its row, its job."""
        step, work, i = self.step, self.step.work, self.step.instance
        form = template_of(self.release, paper.code)
        paper.id = uuid7()
        revokes = self._revoked(form.revokes) if form.revokes else None
        own = None
        if form.number is not None:
            own = self._number(form.number.kind, form.number.pattern, paper.id)
            step.terms.append(own)
        paper.number = own or step.facts.get("case_number")
        self.numbers[paper.code] = {"number": paper.number}
        if any(field.source == "archive_no" for field in form.fields.values()) and not step.facts.get("archive_no"):
            scheme = self.release.numbers["archive"]
            step.learn({"archive_no": self._number(scheme.kind, scheme.pattern, i["subject_id"])})
        context = render.context(form, step.facts, self.supply(paper))
        digest = sm3.hexdigest(form.docx)
        work.execute(
            _INSERT,
            (
                paper.id,
                i["agency_id"],
                i["category"],
                i["subject_id"],
                paper.code,
                form.name,
                own,
                paper.element,
                digest,
                self.release.hash,
                orjson.dumps(context).decode(),
                work.now,
                work.person.id,
                i["id"],
                revokes,
                [o["id"] for o in self.people] if form.signed_by_officers else None,
                work.now if paper.handed and form.service else None,
            ),
        )
        payload = {"document": str(paper.id)}
        key = f"render:{paper.id}"
        step.later(
            jobs.Job("render", work.now, key, i["agency_id"], i["category"], None, None, i["subject_id"], payload)
        )

    def _revoked(self, element: str) -> list[UUID]:
        """The served papers of the case that the facts name, by number or kind, for this one to revoke."""
        step = self.step
        there = step.work.rows(_REVOCABLE, (step.instance["subject_id"],))
        named = _named(step.facts.get(element))
        if not named:
            raise InvalidAnswers({element: "请写明撤销或者更正哪些已送达的文书(文号或文书代码)"})
        unknown = [name for name in named if not any(name in (row["number"], row["kind"]) for row in there)]
        if unknown:
            standing = "、".join(f"《{row['name']}》{row['number'] or row['kind']}" for row in there) or "无"
            raise InvalidAnswers({element: f"本案没有已送达的文书“{'、'.join(unknown)}”;可撤销或者更正的:{standing}"})
        return [row["id"] for row in there if {row["number"], row["kind"]} & set(named)]

    def _number(self, kind: str, pattern: str, subject: UUID) -> str:
        work = self.step.work
        return numbers.take(
            work, self.step.instance["agency_id"], kind, work.today.year, pattern, _naming(self.place), subject
        )

    def supply(self, paper: Paper) -> dict[str, object]:
        """What a paper needs besides facts: the agency's particulars, officers, its number and day, rule lengths, code names."""
        work, facts = self.step.work, self.step.facts
        now = work.now.astimezone(LOCAL)
        away = self.step.stands_for
        signs = f"{work.person.name}(代{away['name']})" if away else work.person.name
        system = {
            **self.place["facts"],
            "agency_name": self.place["name"],
            "agency_above": self.place["above"],
            "officers": self.people,
            "officers_unit_position": [f"{self.place['name']} 执法人员" for _ in self.people],
            "person": {"name": signs},
            "archivist": {"name": signs},
            "checker": {"name": signs},
            "number": paper.number,
            "case_number": facts.get("case_number"),
            "archive_no": facts.get("archive_no"),
            "issued_date": now.date().isoformat(),
            "archived_at": now.isoformat(),
            "papers": self.numbers,
            "catalogue": self.catalogue,
            "pages": self.pages,
            "volume": "main",
            "evidence_sm3": self.evidence_sm3,
            "clocks": self.clocks,
            "approvals": self.approvals,
        }
        form = template_of(self.release, paper.code)
        if any(field.source == "opinions" for field in form.fields.values()):
            system["opinions"] = signers.for_paper(work, self.step.instance["id"], paper.element)
        return {
            "system": system,
            "rules": rules(self.release).paper_lengths,
            "codes": self.release.codes.names,
        }


def _named(told: object) -> list[str]:
    """Numbers (or kinds) of papers out of a fact: a text, a list of texts, or rows with `number`."""
    if isinstance(told, str):
        return [told] if told else []
    rows = told if isinstance(told, list) else []
    return [str(row.get("number") if isinstance(row, dict) else row) for row in rows]


def _naming(place: Row) -> dict[str, object]:
    return {"province": place["province"], "agency": place["short"], "mark": place["short"]}


def of_steps(work: Work, instance: Row, elements: Sequence[str]) -> list[Row]:
    """The papers that these steps of a process made and that still stand; in an open transaction."""
    return work.rows(_OF_STEPS, (instance["subject_id"], instance["id"], list(elements)))


def supersede(work: Work, papers: Sequence[UUID], reason: str) -> None:
    """Papers that were made and not yet issued are put aside: their numbers are void with the reason, nobody renders them."""
    rows = work.rows(_SUPERSEDE, (list(papers),)) if papers else []
    for row in rows:
        if row["number"]:
            numbers.void(work, row["agency_id"], row["number"], reason)
    jobs.cancel_keys(work, [f"render:{row['id']}" for row in rows])


def mark_served(
    work: Work, instance_id: UUID, at: datetime, *, kinds: Sequence[str] = (), names: Sequence[str] = ()
) -> None:
    """A step of service is done: papers that its process made, that ask for service and were not served yet, are served now.

    `kinds`: only these. `names`: those that the receipt names; when it names none of them, all. What other proceedings on
    the same record made stays as it is: each paper has its own day of service.
    """
    rows = [r for r in _unserved(work, instance_id) if not kinds or r["kind"] in kinds]
    served = [r["id"] for r in rows if r["name"] in names] or [r["id"] for r in rows]
    if served:
        work.execute(_SERVED, (at, served))


def to_serve(work: Work, instance_id: UUID) -> list[dict[str, Any]]:
    """The papers that a proceeding has yet to serve, as rows of a receipt (送达回证); in an open transaction."""
    return [{"name": r["name"], "number": r["number"] or "", "copies": 1} for r in _unserved(work, instance_id)]


def _unserved(work: Work, instance_id: UUID) -> list[Row]:
    rows = work.rows(_UNSERVED, (instance_id,))
    return [r for r in rows if template_of(release_store.load(work, r["release"]), r["kind"]).service]


def pending(work: Work, case_id: UUID) -> list[Row]:
    """Papers of a case that are made and not yet issued."""
    with work.transaction():
        return made(work, case_id)


def made(work: Work, case_id: UUID) -> list[Row]:
    """As `pending`, in an open transaction."""
    return work.rows("select * from document where case_id = %s and state = 'made' order by id", (case_id,))


def complete_context(work: Work, paper: Row) -> None:
    """A paper that is not issued yet learns what could not be known when it was made (the pages of a dossier)."""
    work.execute(
        "update document set context = %s where id = %s and state = 'made'",
        (orjson.dumps(paper["context"]).decode(), paper["id"]),
    )


def one(work: Work, document_id: str) -> Row | None:
    """A paper's row."""
    with work.transaction():
        return work.one("select * from document where id = %s", (document_id,))


def issue(work: Work, paper: Row, convert: Callable[[Node, bytes], bytes | None] | None = None) -> None:
    """Renders, converts, stores, and issues – repeatable: the second run of the same paper finds it issued.

    `convert`: what makes its PDF in place of `to_pdf`.
    """
    form = template_of(release_store.load(work, paper["release"]), paper["kind"])
    real = _is_real(work.node, paper)
    docx = render.render(form, paper["context"]) if real else form.docx
    pdf = (convert or to_pdf)(work.node, docx) if real else None
    sealed = sealing.seal_paper(work, paper, sealed=form.seal == "agency", docx=docx, pdf=pdf)
    put = work.node.files.put
    stored, kept = put(docx), put(sealed.pdf) if sealed.pdf is not None else None
    beside = put(sealed.signature) if sealed.signature is not None else None
    told = (*_triple(stored), *_triple(kept), _pages(pdf))
    with work.transaction(hot=True):
        if not sealed.complete:
            row = work.one(_WAIT, (*told, paper["id"]))
            if row is not None:
                audit.record(work, "document.render", subject=("document", paper["id"]), detail={"kind": row["kind"]})
            return
        seal = ("certificate", work.now, sealed.by) if sealed.by else (None, None, None)
        row = work.one(_ISSUE, (work.now, *told, *seal, *_triple(beside), paper["id"]))
        if row is not None:
            if row["number"]:
                numbers.mark_issued(work, row["agency_id"], row["number"])
            audit.record(work, "document.issue", subject=("document", paper["id"]), detail={"kind": row["kind"]})


def _is_real(node: Node, paper: Row) -> bool:
    """In a simulation one paper in so many is rendered; the others' contexts were checked when they were made."""
    return node.paper_sample == 1 or int(paper["id"].int % node.paper_sample) == 0


def _pages(pdf: bytes | None) -> int | None:
    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages) if pdf is not None else None


def _triple(stored: Stored | None) -> tuple[bytes | None, bytes | None, int | None]:
    return (stored.sha256, stored.sm3, stored.size) if stored else (None, None, None)


def to_pdf(node: Node, docx: bytes) -> bytes | None:
    """PDF/A where LibreOffice is there and not switched off; None otherwise (the DOCX is the legal source)."""
    if node.settings.pdf == "off":
        return None
    converter = _converter()
    return converter.pdf(docx) if converter.available()[0] else None


@functools.cache
def _converter() -> convert.Converter:
    """One LibreOffice per process, started at the first paper, ended with the process."""
    converter = convert.Converter()
    atexit.register(converter.close)
    return converter


def pdf_available(node: Node) -> tuple[bool, str]:
    """Whether papers become PDF here, and if not, why (in Chinese)."""
    return (False, "已在设置中关闭 PDF 转换") if node.settings.pdf == "off" else _converter().available()


def file_of(work: Work, document_id: str, kind: str) -> tuple[Row, bytes]:
    """An issued paper's file (`docx` or `pdf`), inside an open transaction."""
    row = work.one("select * from document where id = %s", (document_id,))
    if row is None:
        raise NotFound("没有这份文书,或者它不在您的权限范围内")
    digest = row[f"{kind}_sha256"]
    if digest is None:
        raise NotFound("文书尚未生成这种格式", remedy="请稍后再试;PDF 需要本机装有 LibreOffice")
    return row, work.node.files.read(bytes(digest))
