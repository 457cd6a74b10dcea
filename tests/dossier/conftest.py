"""An archive: closed cases with papers, photos and other evidence, sealed as the archiving process seals them."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pikepdf
import pytest
from PIL import Image

from content import load, releases
from engine import dossier_store, release_store
from engine.papers import render, template
from kernel.ids import uuid7
from kernel.permissions import Policy
from kernel.settings import ROOT
from kernel.work import Node, Row, SettableClock, Work, system_person
from registers import case, document, evidence
from registers import dossier as register

_shades = itertools.count(1)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights as the content has them."""
    rights = releases.make(load.tree(ROOT)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


@pytest.fixture(scope="session")
def content() -> dict[str, bytes]:
    """Rules, templates and codes of the repository."""
    return {p: b for p, b in load.tree(ROOT).items() if p.startswith(("rules/", "templates/", "forms/"))}


def picture(size: tuple[int, int] = (120, 90), kind: str = "JPEG") -> bytes:
    """A photo unlike every other."""
    file = io.BytesIO()
    shade = next(_shades)
    Image.new("RGB", size, (shade * 37 % 256, shade * 91 % 256, shade * 53 % 256)).save(file, kind)
    return file.getvalue()


def paper_pdf(pages: int) -> bytes:
    """A PDF of empty pages, unlike every other."""
    made = pikepdf.Pdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    made.docinfo["/Subject"] = str(next(_shades))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


@dataclass
class Archive:
    """What the tests do to it."""

    node: Node
    clock: SettableClock
    work_as: Callable[[str], Work]
    release: str
    files: dict[str, bytes]
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    picture = staticmethod(picture)
    paper_pdf = staticmethod(paper_pdf)

    @property
    def system(self) -> Work:
        """The system acting for the city."""
        return Work(self.node, system_person(440100, "01"), request_id="test")

    def case(self, procedure: str = "ordinary", agency_id: int = 440100) -> UUID:
        """A case with its numbers and no material yet."""
        id_, n = uuid7(), next(self._numbers)
        work = Work(self.node, system_person(agency_id, "01"))
        with work.transaction():
            case.insert(
                work,
                id=id_,
                agency_id=agency_id,
                category="01",
                procedure_type=procedure,
                case_status="closed",
                facts={},
            )
            case.apply(
                work,
                id_,
                changes={"archive_no": f"粤穗交档〔2026〕{n:05}号"},
                source="test",
                columns={"case_number": f"粤穗交案〔2026〕{n:05}号", "case_cause": "车辆违法超限运输"},
            )
        return id_

    def paper(self, case_id: UUID, code: str, name: str, pages: int | None = 1, number: str | None = None) -> UUID:
        """An issued paper; `pages` None: one that has no PDF."""
        work = self.system
        put = self.node.files.put
        with work.transaction():
            id_ = self._make(work, case_id, code, name, number, {})
            pdf = put(paper_pdf(pages)) if pages else None
            document.issue(work, id_, put(f"{id_}.docx".encode()), pdf)
        return id_

    def sheets(self, case_id: UUID) -> None:
        """Cover, catalogue and back note, made by the archiving step and not issued yet."""
        work = self.system
        with work.transaction():
            for code in ("E44", "E45", "E46"):
                form = template.load(self.files, code)
                context = render.context(form, form.example["facts"], form.example)
                self._make(work, case_id, code, form.name, None, context)

    def _make(
        self, work: Work, case_id: UUID, code: str, name: str, number: str | None, context: dict[str, object]
    ) -> UUID:
        return document.make(
            work,
            agency_id=440100,
            category="01",
            case_id=case_id,
            kind=code,
            name=name,
            number=number,
            step="archive_case",
            template_hash="t",
            release=self.release,
            context=context,
        )

    def file(self, case_id: UUID, name: str, data: bytes | None = None) -> Row:
        """A piece of evidence."""
        work = self.work_as("officer_1")
        with work.transaction():
            return evidence.receive(work, case_id, data or picture(), {"name": name, "kind": "1", "place": "G105 线"})

    def seal(self, case_id: UUID, key: str | None = None) -> Row:
        """The case is archived: its dossier sealed and entered; the register's row."""
        dossier_store.seal(self.system, case_id, key or f"action:{case_id}")
        work = self.system
        with work.transaction():
            found = register.latest(work, case_id)
        assert found is not None
        return found

    def archived(self, procedure: str = "ordinary") -> Row:
        """A small case, sealed."""
        case_id = self.case(procedure)
        self.paper(case_id, "D15", "行政处罚决定书", 2, f"粤交罚〔2026〕{next(self._numbers):05}号")
        self.paper(case_id, "E08", "法制审核意见书")
        self.file(case_id, "车头.jpg")
        return self.seal(case_id)

    def one(self, query: str, *params: object) -> Row:
        """The only row of a query of the system."""
        work = self.system
        with work.transaction():
            [row] = work.rows(query, params)
        return row


@pytest.fixture
def seeded(make_node: Callable[[str], Node]) -> Node:
    """A node with more people: one of each role."""
    return make_node("roles")


@pytest.fixture
def archive(seeded: Node, clock: SettableClock, work_as: Callable[[str], Work], content: dict[str, bytes]) -> Archive:
    """A seeded node with the national rules and templates in force."""
    work = Work(seeded, system_person(440100, "01"))
    with work.transaction():
        release = release_store.store(work, content, ground="测试", effective_from=None)
    return Archive(seeded, clock, work_as, release, content)
