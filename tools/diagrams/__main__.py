"""Draws BPMN diagrams.

    python -m tools.diagrams compose sketch.yaml > process.bpmn    # sketch → BPMN with diagram
    python -m tools.diagrams layout process.bpmn …                 # lays existing files out anew, in place
    python -m tools.diagrams names process.bpmn …                  # puts only the names anew, after some were changed
    python -m tools.diagrams lint process.bpmn …                   # faults and measures; exit 1 when there are faults
    python -m tools.diagrams svg process.bpmn > picture.svg        # to look at

A sketch is YAML: `process`, `name`, `lanes` (lane name → lines `kind id name @argument key=value…`), `flows` (`a -> b -> c`,
or `a -> b | label | condition`, `default` as condition for the default flow). Kinds: start end user service call rule receive
xor and or event message timer boundary. Argument: of `call` the called process, of `service` the action, of `timer` its text,
of `message` the message's name, of `end` the status of the case, of `rule` the decision's key, of `boundary` a timer's text or
`message:NAME`; a boundary event names its activity with `on=…` and goes on beside it with `cancel=false`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from tools.diagrams import compose, drawing_of, faults, lay_out, measures, name_anew, parse, q, svg


def _lint(files: list[str]) -> int:
    bad = 0
    for file in files:
        drawing = drawing_of(parse(Path(file).read_bytes()))
        wrong = {kind: count for kind, count in faults(drawing).items() if count}
        print(file, json.dumps(wrong | measures(drawing)))  # noqa: T201 - a command line
        bad += sum(wrong.values())
    return 1 if bad else 0


def main(arguments: list[str]) -> int:
    """The five verbs of the module's docstring."""
    if len(arguments) < 2 or arguments[0] not in ("compose", "layout", "names", "lint", "svg"):
        print(__doc__, file=sys.stderr)  # noqa: T201 - a command line
        return 2
    verb, *files = arguments
    if verb == "lint":
        return _lint(files)
    if verb in ("layout", "names"):
        draw = lay_out if verb == "layout" else name_anew
        for file in map(Path, files):
            file.write_bytes(draw(parse(file.read_bytes())))
        return 0
    if verb == "compose":
        sys.stdout.buffer.write(lay_out(compose(yaml.safe_load(Path(files[0]).read_text("utf-8")))))
        return 0
    root = parse(Path(files[0]).read_bytes())
    names = {lane.get("id"): lane.get("name") or "" for lane in root.iter(q("bpmn", "lane"))}
    sys.stdout.write(svg(drawing_of(root), names))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
