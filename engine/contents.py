"""What a set of content holds: processes with their stories, papers, the rulebook's counts, every fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from content import releases
from engine import stories
from engine.check import check, coverage
from engine.rulebook import catalogue


def contents(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Counts, one line of text per kind, and all faults (as sentences); empty `faults`: it may be published.

    {"processes": {key: {"stories", "steps", "covered", "uncovered": [...]}}, "papers", "deadlines": {"total",
    "verified", "unverified"}, "items": …, "risks": …, "articles": …, "lines": [...], "faults": [...]}
    """
    faults = [str(fault) for fault in check(files)]
    try:
        elements = list(releases.make(dict(files)).elements)
        processes = _processes(files)
    except (ValueError, KeyError) as error:
        return {"processes": {}, "papers": 0, "lines": [], "faults": faults or [str(error)]}
    book = catalogue.report(files, elements)
    papers = sorted({p.split("/")[2] for p in files if p.startswith("templates/national/") and p.count("/") > 2})
    faults += [text for text in book["faults"] if not any(text in said for said in faults)]
    lines = [
        f"process {key}: stories {p['stories']}, steps {p['covered']}/{p['steps']} covered"
        for key, p in processes.items()
    ]
    lines += [f"papers {len(papers)}", *book["lines"], *faults, f"faults {len(faults)}"]
    return {**book, "processes": processes, "papers": len(papers), "lines": lines, "faults": faults}


def _processes(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    told = [stories.read(path, files[path], files) for path in stories.paths(files)]
    return {
        key: {
            "stories": sum(story.process == key for story in told),
            "steps": len(done) + len(missing),
            "covered": len(done),
            "uncovered": missing,
        }
        for key, (done, missing) in coverage(files).items()
    }
