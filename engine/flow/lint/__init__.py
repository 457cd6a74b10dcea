"""What makes a diagram wrong: one function per fault kind, each with a Chinese sentence that says the remedy.

`misread`: what the engine would read otherwise than drawn, or not at all; `flow.parse` refuses it. `all_of` adds what keeps a
diagram from being published (ids, names, lanes) and what only the engine's own parse finds (blocks).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.flow import parse
from engine.flow.document import Document, closure, read
from engine.flow.errors import BadDiagram, Fault
from engine.flow.lint import elements, events, graph, wording
from engine.flow.lint.context import Check, Context

MISREAD: Sequence[Check] = (*elements.CHECKS, *events.CHECKS, *graph.CHECKS)
MOST = 500


def misread(home: Mapping[str, Document]) -> list[Fault]:
    """The faults of processes that are used together (id → document) which would make them run otherwise than drawn."""
    return _run(MISREAD, Context(home))


def all_of(files: Mapping[str, bytes]) -> list[Fault]:
    """Every fault of a set of BPMN files, at most 500; whatever the files contain, this returns."""
    documents, found = {}, []
    for file, body in sorted(files.items()):
        try:
            documents[file] = read(file, body)
        except BadDiagram as error:
            found += error.faults
    found += twice(documents)
    for document in documents.values():
        if not document.processes:
            found.append(Fault(document.file, "", "no_process", "文件中没有流程,请用流程设计器重新导出"))
        for process in document.processes:
            found += _of_process(documents, process.id, wording.CHECKS)
    return list(dict.fromkeys(found))[:MOST]


def twice(documents: Mapping[str, Document]) -> list[Fault]:
    """Processes of one id in several places: nobody could say which of them is meant."""
    seen: dict[str, str] = {}
    found = []
    for document in documents.values():
        for process in document.processes:
            if process.id in seen:
                found.append(
                    Fault(
                        document.file,
                        process.id,
                        "duplicate_process",
                        f"流程 id “{process.id}”与 {seen[process.id]} 中的重复,请修改其一:流程 id 应与所在文件夹同名",
                    )
                )
            seen[process.id] = document.file
    return found


def _of_process(documents: Mapping[str, Document], pid: str, extra: Sequence[Check]) -> list[Fault]:
    home, _ = closure(documents, pid)
    every = {p.id: d for d in documents.values() for p in d.processes}
    own = _run(MISREAD, Context(home, every))
    if not own:
        try:
            parse.build(pid, home)
        except BadDiagram as error:
            own = error.faults
    return own + _run(extra, Context({pid: home[pid]}))


def _run(checks: Sequence[Check], context: Context) -> list[Fault]:
    found = [f for scope in context.scopes for check in elements.SIZE for f in check(context, scope)]
    if found:
        return found  # what is too large is not looked at any further
    for scope in context.scopes:
        for check in checks:
            found += check(context, scope)
            if len(found) > MOST:
                return found[:MOST]
    return found
