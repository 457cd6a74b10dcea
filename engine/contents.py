"""What a set of content holds: processes with their stories, papers, the rulebook's counts, every fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from content import releases
from engine import risk_supply, stories
from engine.check import check, coverage
from engine.rulebook import catalogue
from engine.rules import rules


def contents(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Counts, one line of text per kind, and all faults (as sentences); empty `faults`: it may be published.

    {"processes": {key: {"stories", "steps", "covered", "uncovered": [...]}}, "papers", "deadlines": {"total",
    "verified", "unverified"}, "items": …, "risks": {…, "working", "waiting": {rule: [names]}, "partly_waiting"}, "articles": …, "lines": [...], "faults": [...]}
    """
    faults = [str(fault) for fault in check(files)]
    try:
        release = releases.make(dict(files))
        elements = list(release.elements)
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
    waits, partly = risk_supply.waiting(release, rules(release)) if book.get("risks") else ({}, {})
    total = book.get("risks", {}).get("total", 0)
    risks = {**book.get("risks", {}), "working": total - len(waits), "waiting": waits, "partly_waiting": partly}
    lines += [f"papers {len(papers)}", *book["lines"]]
    if waits or partly:
        lines.append(f"risks working {total - len(waits)} ({len(partly)} of them in part), waiting {len(waits)}")
        lines += [f"risk {key} waiting for {', '.join(names)}" for key, names in waits.items()]
        lines += [f"risk {key} in part waiting for {', '.join(names)}" for key, names in partly.items()]
    lines += [*faults, f"faults {len(faults)}"]
    return {**book, "risks": risks, "processes": processes, "papers": len(papers), "lines": lines, "faults": faults}


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
