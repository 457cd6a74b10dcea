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


def run(seconds: float = 5.0) -> dict[str, float]:
    """Fill and convert all national papers in turn, each kind for some seconds and at least once."""
    files = {str(p.relative_to(ROOT)): p.read_bytes() for p in (ROOT / "templates").rglob("*") if p.is_file()}
    papers = [template.load(files, code) for code in sorted(template.folders(files))]
    pool = Pool(size=1)
    try:
        made = [_fill(paper, pool) for paper in papers]
        docx_per_s = _rate(lambda n: _fill(papers[n % len(papers)], pool), seconds, len(papers))
    finally:
        pool.close()
    with Converter() as converter:
        for docx in made[:12]:  # warm
            converter.pdf(docx)
        pdf_per_s = _rate(lambda n: converter.pdf(made[n % len(made)]), 2 * seconds, len(made))
    return {"docx_per_s": round(docx_per_s, 1), "pdf_per_s": round(pdf_per_s, 2)}


def _fill(paper: template.Template, pool: Pool) -> bytes:
    return render.render(paper, render.context(paper, paper.example["facts"], paper.example), pool=pool)


def _rate(act: Callable[[int], bytes], seconds: float, least: int) -> float:
    begun, count = time.monotonic(), 0
    while time.monotonic() - begun < seconds or count < least:
        act(count)
        count += 1
    return count / (time.monotonic() - begun)


if __name__ == "__main__":
    print(json.dumps(run()))
