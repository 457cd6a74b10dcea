"""The house rules that no linter knows: content without programs, docs that name what there is, law in content only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from api import cli
from content import load, process
from engine import actions
from engine.checks import known
from kernel import errors
from kernel.settings import Settings
from tests.conftest import LONG

ROOT = Path(__file__).resolve().parents[2]
CODE = ("kernel", "feel", "content", "registers", "engine", "integrations", "devices", "analytics", "api")
# Names of statutes and what names their parts; in code they belong in docstrings and comments, never in what it decides by.
STATUTE = re.compile(
    r"(?:行政处罚法|行政强制法|公路法|港口法|航道法|行政复议法|行政诉讼法|民事诉讼法|程序规定|公路安全保护条例|道路运输条例)"
)


# Code that still names an article in what it answers, each with the reason; a line that is no longer needed fails.
CITED: dict[str, str] = {}
# Elements whose key differs from the glossary's word, with the reason.
SPELT = {
    "officers": "several of them",
    "gross_kg": "the unit is in the name, as scales send it (domain/devices.md)",
    "over_rate": "one word with limit_kg, over_kg (domain/devices.md)",
}


def sources(*folders: str) -> Iterator[Path]:
    """Our own Python files."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """String literals that are not docstrings."""
    tree = ast.parse(path.read_text())
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    said |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def docs() -> str:
    """Everything written in docs and the README."""
    return "".join(path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))])


def test_content_holds_no_program() -> None:
    found = [p for folder in load.FOLDERS for p in (ROOT / folder).rglob("*") if p.is_file()]
    assert found
    assert [p for p in found if p.suffix not in (".yaml", ".bpmn", ".dmn", ".docx")] == []


def test_diagrams_hold_no_value_that_an_agency_might_set() -> None:
    """A service step names a parameter; only the turn of a marking and the code of a training are numbers there."""
    told = re.compile(r'name="(zc\.\w+)" value="(\d[\d.]*)"')
    found = {(n, v) for path in (ROOT / "processes").rglob("*.bpmn") for n, v in told.findall(path.read_text())}
    assert {name for name, _ in found} == {"zc.round", "zc.kind"}


def test_code_decides_by_no_statute() -> None:
    """An article in a string literal belongs into rules/, or into a docstring as the source of a mechanism."""
    found = {
        path.relative_to(ROOT).as_posix(): text
        for path in sources(*CODE)
        for _, text in strings(path)
        if STATUTE.search(text)
    }
    assert found.keys() == CITED.keys(), found


def test_only_settings_reads_the_environment() -> None:
    readers = [path.name for path in sources(*CODE) if re.search(r"os\.environ|os\.getenv", path.read_text())]
    assert readers in ([], ["settings.py"])


def test_every_setting_is_in_the_docs() -> None:
    text = docs()
    assert [name for name in Settings.model_fields if f"ZC_{name.upper()}" not in text] == []


def test_every_register_is_in_the_docs() -> None:
    text = docs()
    registers = [p.name for p in (ROOT / "registers").glob("*.py") if not p.name.startswith("_")]
    assert [name for name in registers if f"registers/{name}" not in text] == []


def commands() -> list[str]:
    """The commands of the operator's command line, with their sub-commands (`user add`)."""
    found = []
    for name, command in typer.main.get_command(cli.app).commands.items():
        inner = getattr(command, "commands", {})
        found += [f"{name} {sub}" for sub in inner] or [name]
    return sorted(found)


def test_every_command_is_in_the_docs() -> None:
    text = docs()
    assert commands()
    assert [name for name in commands() if f"zhicheng {name}" not in text] == []


def test_the_actions_that_content_may_name_are_those_there_are() -> None:
    assert set(known.ACTIONS) == set(actions.REGISTRY)


def test_the_refusals_that_stories_may_expect_are_those_there_are() -> None:
    def codes(cls: type[errors.Problem]) -> set[str]:
        return {cls.code} | {code for sub in cls.__subclasses__() for code in codes(sub)}

    assert codes(errors.Refusal) >= known.PROBLEMS


def test_every_verb_that_code_asks_for_is_in_the_policy() -> None:
    files = sorted((ROOT / "rules/national/permissions").glob("*.yaml"))
    known = {verb for file in files for verb in yaml.safe_load(file.read_text()).get("verbs") or {}}
    asked = set()
    for path in sources("engine", "registers", "api", "kernel"):
        asked |= set(re.findall(r"""(?:may=|demand\(work, |RIGHT = )["']([a-z]+\.[a-z_]+)["']""", path.read_text()))
    assert asked - known == set()


_ACT = re.compile(r"[a-z]+\.[a-z_]+")
_NOTES = ("audit.record", "audit.record_apart", "_note")


def test_every_act_that_the_audit_log_tells_of_has_a_name() -> None:
    """A right by the policy, every other act by the client's catalogue: the auditor reads no codes."""
    catalogue = (ROOT / "web/staff/src/locales/audits.ts").read_text("utf-8").split("about:")[0]
    named = {
        f"{of}.{one}"
        for of, acts in re.findall(r"^    (\w+): \{(.*)\},$", catalogue, re.MULTILINE)
        for one in re.findall(r"(\w+): '", acts)
    }
    for file in sorted((ROOT / "rules/national/permissions").glob("*.yaml")):
        named |= set(yaml.safe_load(file.read_text()).get("verbs") or {})
    told = set()
    for path in sources("engine", "registers", "api", "kernel"):
        tree = ast.parse(path.read_text("utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in _NOTES and len(call.args) > 1:
                parts = list(ast.walk(call.args[1]))
                told |= {p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)}
                told |= {constants.get(p.id, "") for p in parts if isinstance(p, ast.Name)}
    acts = {one for one in told if isinstance(one, str) and _ACT.fullmatch(one)}
    assert {"record.read", "door.read", "role.give"} <= acts
    assert acts - named == set()


def test_who_chooses_a_process_reads_when_to_use_it() -> None:
    """What a person may begin by hand – with a start form, or beside what runs on a record – says in one line when."""
    files = load.tree(ROOT)
    found = (
        process.read(path, files[path]) for path in files if re.fullmatch(r"processes/national/\w+/process\.yaml", path)
    )
    assert [one.key for one in found if (one.start.form or one.beside) and not one.used_when] == []


@pytest.mark.parametrize("folder", load.FOLDERS)
def test_content_has_a_national_base(folder: str) -> None:
    assert (ROOT / folder / "national").is_dir()


def glossary() -> dict[str, str]:
    """Chinese term → English identifier, as the project keeps it in docs/glossary.md (`| 术语 | identifier |`)."""
    path = ROOT / "docs" / "glossary.md"
    rows = re.findall(r"^\|\s*([^|]+?)\s*\|\s*`?([a-z][a-z0-9_]*)`?\s*\|", path.read_text(), re.MULTILINE)
    return {term: word for term, word in rows if term not in ("术语", "---")}


def test_elements_are_named_as_the_glossary_says() -> None:
    """An element whose Chinese name is a term of the glossary has the glossary's identifier."""
    elements = yaml.safe_load((ROOT / "forms/national/elements.yaml").read_text())["elements"]
    terms = glossary()
    wrong = [
        f"{element['name']}: {element['key']}, glossary says {terms[element['name']]}"
        for element in elements
        if element["name"] in terms
        and not element["key"].endswith(terms[element["name"]])
        and element["key"] not in SPELT
    ]
    assert wrong == []
    assert {element["key"] for element in elements} >= SPELT.keys()


def test_one_word_stands_for_one_term() -> None:
    """Two Chinese terms never share an identifier."""
    words = list(glossary().values())
    assert sorted(word for word in set(words) if words.count(word) > 1) == []


def test_the_files_that_workers_begin_early_are_there() -> None:
    assert [name for name in LONG if not (ROOT / "tests" / name).exists()] == []
