"""How many papers a second: `docx_per_s` filled on one core (≥ 20), `pdf_per_s` converted by a warm LibreOffice (≥ 4)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from engine.papers import render, template
from engine.papers.convert import Converter
from engine.papers.pool import Pool

ROOT = Path(__file__).resolve().parent.parent
SPINE = ("D01", "D02", "D04", "D11", "D12", "D13", "D15", "D16", "D23", "D24", "E07", "E08")


def run(seconds: float = 5.0) -> dict[str, float]:
    """Fill and convert the twelve papers of an ordinary case in turn, each kind for some seconds."""
    files = {str(p.relative_to(ROOT)): p.read_bytes() for p in (ROOT / "templates").rglob("*") if p.is_file()}
    papers = [template.load(files, code) for code in SPINE]
    pool = Pool(size=1)
    try:
        made = [_fill(paper, pool) for paper in papers]
        docx_per_s = _rate(lambda n: _fill(papers[n % len(papers)], pool), seconds)
    finally:
        pool.close()
    with Converter() as converter:
        for docx in made:
            converter.pdf(docx)
        pdf_per_s = _rate(lambda n: converter.pdf(made[n % len(made)]), 2 * seconds)
    return {"docx_per_s": round(docx_per_s, 1), "pdf_per_s": round(pdf_per_s, 2)}


def _fill(paper: template.Template, pool: Pool) -> bytes:
    return render.render(paper, render.context(paper, paper.example["facts"], paper.example), pool=pool)


def _rate(act: Callable[[int], bytes], seconds: float) -> float:
    begun, count = time.monotonic(), 0
    while time.monotonic() - begun < seconds or count < len(SPINE):
        act(count)
        count += 1
    return count / (time.monotonic() - begun)


if __name__ == "__main__":
    print(json.dumps(run()))
