"""Runs a tree of the DMN Technology Compatibility Kit: ``python -m engine.rulebook.conformance DIR``."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import feel
from engine.rulebook.dmn.decisions import Decisions
from engine.rulebook.dmn.model import DmnError
from engine.rulebook.dmn.xml import child, children, local, parse, parse_xml
from feel.embed import (
    NO_HOST,
    NUMBERS,
    Meter,
    compare,
    from_python,
    literal_text,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)

_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_CLOSE: Final = Decimal("1e-8")


@dataclass(slots=True)
class Report:
    """What a run found: results expected, those met, and a line for each that was not."""

    total: int = 0
    met: int = 0
    failures: list[str] = field(default_factory=list)
    folders: dict[str, tuple[int, int]] = field(default_factory=dict)

    def summary(self) -> str:
        """The last line: ``N of M results``."""
        return f"{self.met} of {self.total} results"


def run(directory: str | Path) -> Report:
    """Run every test file below a directory. Raises DmnError when there is none."""
    report = Report()
    files = sorted(path for path in Path(directory).rglob("*.xml") if "-test-" in path.name)
    if not files:
        raise DmnError(f"“{directory}”中没有找到测试文件(*-test-*.xml)。")
    for path in files:
        before = (report.met, report.total)
        _run_file(path, report)
        met, total = report.folders.get(path.parent.name, (0, 0))
        report.folders[path.parent.name] = (met + report.met - before[0], total + report.total - before[1])
    return report


def _run_file(path: Path, report: Report) -> None:
    root = parse_xml(path.read_bytes(), path.name)
    name = (root.findtext("{*}modelName") or "").strip()
    cases = list(children(root, "testCase"))
    try:
        decisions = _load(path.parent, name)
    except Exception as error:  # one broken model must not hide the others
        for case in cases:
            for expected in children(case, "resultNode"):
                report.total += 1
                report.failures.append(f"{path.parent.name} {case.get('id')} {expected.get('name')}: {error}")
        return
    for case in cases:
        _run_case(path, case, decisions, report)


def _load(folder: Path, name: str) -> Decisions:
    main = folder / Path(name).name
    others = [path for path in sorted(folder.glob("*.dmn")) if path != main]
    models = [parse(main.read_bytes(), main.name)]
    for path in others:
        # A folder may hold models of other tests; one that is broken is no fault of this one.
        with suppress(DmnError):
            models.append(parse(path.read_bytes(), path.name))
    return Decisions(models, standard=True, host=feel.Host(clock=_clock))


def _clock() -> datetime:
    # The kit only asks that now() be a moment; the system's clock is the honest answer of a command-line tool.
    return datetime.fromtimestamp(time.time(), UTC)


def _run_case(path: Path, case: Any, decisions: Decisions, report: Report) -> None:
    facts: dict[Any, Any] = {}
    for node in children(case, "inputNode"):
        value = _value(node)
        facts[node.get("name")] = value
        if node.get("namespace"):
            facts[node.get("namespace"), node.get("name")] = value
    for node in children(case, "resultNode"):
        report.total += 1
        expected_node = child(node, "expected")
        expected = _value(expected_node) if expected_node is not None else None
        try:
            found = _ask(case, node.get("name"), facts, decisions)
        except Exception as error:  # one broken case must not hide the others
            report.failures.append(f"{path.parent.name} {case.get('id')} {node.get('name')}: {error}")
            continue
        if _same(expected, found):
            report.met += 1
        else:
            shown = f"expected {_show(expected)}, found {_show(found)}"
            report.failures.append(f"{path.parent.name} {case.get('id')} {node.get('name')}: {shown}")


def _ask(case: Any, name: str, facts: dict[Any, Any], decisions: Decisions) -> Any:
    meter = Meter(feel.STANDARD, NO_HOST)
    invocable = case.get("invocableName")
    if invocable and case.get("type") in ("bkm", "decisionService"):
        value = decisions.call(invocable, facts).value
        several = case.get("type") == "decisionService" and isinstance(value, dict) and name in value
        return from_python(value[name] if several else value, meter)
    try:
        return from_python(decisions.decide(name, facts).value, meter)
    except DmnError:
        return from_python(decisions.call(name, facts).value, meter)


def _show(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_show(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_show, value)) + "]"
    return literal_text(value)


# ── values as the kit writes them ──


def _value(element: Any) -> Any:
    """An inner value from ``value``, ``list`` or ``component`` children."""
    if _nil(element):
        return None
    members = {c.get("name"): _value(c) for c in children(element, "component")}
    if members:
        return members
    for found in children(element):
        kind = local(found)
        if kind == "value":
            return None if _nil(found) else _simple(found)
        if kind == "list":
            return None if _nil(found) else [_value(item) for item in children(found, "item")]
    return None


def _nil(element: Any) -> bool:
    return element.get(f"{_XSI}nil") in ("true", "1")


def _simple(element: Any) -> Any:
    kind = (element.get(f"{_XSI}type") or "xsd:string").rpartition(":")[2]
    text = element.text or ""
    if kind == "string":
        return text
    text = text.strip()
    if kind == "boolean":
        return text in ("true", "1")
    if kind in ("decimal", "double", "integer", "float", "int", "long"):
        number = Decimal(text)
        return NUMBERS.plus(number) if number.is_finite() else None
    readers = {"date": parse_date, "time": parse_time, "dateTime": parse_date_time, "duration": parse_duration}
    read = readers.get(kind)
    return (read(text) if read else None) or text


def _same(expected: Any, found: Any) -> bool:
    """Equality as the kit's runners use it: numbers to eight digits, times by their parts."""
    if type(expected) is not type(found):
        return False
    if isinstance(expected, Decimal):
        return compare(expected, found) == 0 or abs(expected - found) < _CLOSE * max(Decimal(1), abs(expected))
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(_same, expected, found))
    if isinstance(expected, dict):
        return expected.keys() == found.keys() and all(_same(expected[key], found[key]) for key in expected)
    if isinstance(expected, (feel.Time, feel.DateTime)):
        return str(expected) == str(found) or expected == found
    return bool(expected == found)


def main(argv: list[str]) -> int:
    """The command line: prints failures and the summary; 0 when everything was met, 2 when asked wrongly."""
    out = sys.stdout.write
    if len(argv) != 1:
        out("用法:python -m engine.rulebook.conformance 目录\n")
        return 2
    try:
        report = run(argv[0])
    except DmnError as error:
        out(f"{error}\n")
        return 2
    for line in report.failures:
        out(line + "\n")
    out(report.summary() + "\n")
    return 0 if report.met == report.total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
