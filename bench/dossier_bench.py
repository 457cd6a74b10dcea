"""How long a dossier of 60 papers and 200 photos takes to seal (`dossier_s` ≤ 10): bound, packed, signed, entered.

Papers were converted at issue and photos at receipt, as in work; the sheets in front and behind are made within the time.
Without LibreOffice there is nothing to bind: then the figure is not given.
"""

from __future__ import annotations

import io
import json
import random
import time
from collections.abc import Mapping
from uuid import UUID

from PIL import Image

from bench.node import Site, bench_site
from engine import documents, dossier_store, volumes
from engine.papers import render, template
from kernel.ids import uuid7
from kernel.work import Work, system_person
from registers import case, document, evidence

PAPERS, PHOTOS = 60, 200
_SHEETS = ("E44", "E45", "E46")


def run(papers: int = PAPERS, photos: int = PHOTOS) -> dict[str, float]:
    """Seals one case and gives the seconds, the pages, and the megabytes of the package."""
    with bench_site() as site:
        site.node.settings = site.node.settings.model_copy(update={"pdf": "auto"})
        if not documents.pdf_available(site.node)[0]:
            return {}
        work = Work(site.node, system_person(440100, "01"), request_id="bench")
        case_id = _filled(site, work, papers, photos)
        begun = time.monotonic()
        facts = dossier_store.seal(work, case_id, "bench")
        seconds = time.monotonic() - begun
        with work.transaction():
            [row] = work.rows("select pages, missing from dossier where case_id = %s", (case_id,))
    if row["missing"]:
        raise RuntimeError(f"not all was bound: {row['missing'][:3]}")
    size = float(facts["dossier_size"]) / 1e6
    return {"dossier_s": round(seconds, 2), "dossier_pages": float(row["pages"]), "dossier_mb": round(size, 1)}


def _filled(site: Site, work: Work, papers: int, photos: int) -> UUID:
    case_id, chance = uuid7(), random.Random(1)
    forms = [template.load(site.files, code) for code in sorted(template.folders(site.files)) if code not in _SHEETS]
    contexts = [render.context(form, form.example["facts"], form.example) for form in forms]
    made = [(f, d := render.render(f, c), documents.to_pdf(site.node, d)) for f, c in zip(forms, contexts, strict=True)]
    put = site.node.files.put
    with work.transaction():
        release = work.rows("select hash from release limit 1")[0]["hash"]
        case.insert(
            work, id=case_id, agency_id=440100, category="01", procedure_type="ordinary", case_status="closed", facts={}
        )
        case.apply(work, case_id, source="bench", columns={"case_number": "测", "case_cause": "车辆违法超限运输"})
        for n in range(papers):
            form, docx, pdf = made[n % len(made)]
            id_ = _paper(work, case_id, form, release, {})
            document.issue(work, id_, put(docx), put(pdf or b""))
        for code in _SHEETS:
            form = template.load(site.files, code)
            _paper(work, case_id, form, release, render.context(form, form.example["facts"], form.example))
        for n in range(photos):
            row = evidence.receive(work, case_id, _photo(chance), {"name": f"现场照片{n + 1:03}.jpg", "kind": "1"})
            volumes.prepare(site.node.files, bytes(row["sha256"]))
    return case_id


def _paper(work: Work, case_id: UUID, form: template.Template, release: str, context: Mapping[str, object]) -> UUID:
    place = {"agency_id": 440100, "category": "01", "case_id": case_id, "step": "bench", "template_hash": "bench"}
    return document.make(
        work, **place, kind=form.code, name=form.name, number=None, release=release, context=context  # type: ignore[arg-type]
    )  # fmt: skip


def _photo(chance: random.Random) -> bytes:
    """Three megapixels of something like a scene, unlike every other."""
    small = Image.frombytes("RGB", (64, 48), chance.randbytes(64 * 48 * 3))
    file = io.BytesIO()
    small.resize((2048, 1536), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


if __name__ == "__main__":
    print(json.dumps(run()))
