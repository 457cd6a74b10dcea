"""Faults of elements, codes, forms, guards and templates: what they name must exist, what they compute must compile."""

from __future__ import annotations

import graphlib
import string
from collections.abc import Iterable, Iterator

import feel
from content import codes as code_files
from content import dossier
from content.faults import Fault
from content.forms import Field, Form
from engine.checks import known
from engine.checks.ground import Ground
from engine.papers import template
from engine.rulebook.guards import alternatives
from kernel.errors import BadContent


def element_codes(ground: Ground) -> Iterator[Fault]:
    """An element names a code list that is not there."""
    for element in ground.elements.values():
        if element.codes and element.codes not in ground.codes:
            where = "、".join(code_files.paths(ground.files))
            yield Fault(element.file, element.key, "missing_codes", f"没有代码表 {element.codes},请在 {where} 中登记")


def element_columns(ground: Ground) -> Iterator[Fault]:
    """A table's column that is no element, or is a table itself."""
    for element in ground.elements.values():
        for column in element.columns:
            if column not in ground.elements or ground.elements[column].type == "table":
                yield Fault(element.file, element.key, "unknown_element", f"列 {column} 不是数据元,或本身是表格")


def form_elements(ground: Ground) -> Iterator[Fault]:
    """A form's field or column that is no element."""
    for form in ground.forms.values():
        for one in form.fields.values():
            element = ground.elements.get(one.element)
            if element is None:
                yield Fault(
                    form.file,
                    one.element,
                    "unknown_element",
                    f"没有数据元 {one.element},请先在 elements.yaml 中登记或更正",
                )
                continue
            for column in one.columns:
                if column.element not in element.columns:
                    yield Fault(
                        form.file, one.element, "unknown_element", f"表格“{element.name}”没有列 {column.element}"
                    )


def form_expressions(ground: Ground) -> Iterator[Fault]:
    """A visibility, requirement, default, computation or check that does not compile or names unknown data."""
    for form in ground.forms.values():
        texts = [*form.expressions(), *_column_expressions(form.fields.values())]
        for names, said in ((ground.form_names, texts), (ground.default_names, form.defaults())):
            for place, text in said:
                wrong = ground.wrong(text, names)
                if wrong:
                    yield Fault(form.file, place, "expression", wrong)


def form_cycles(ground: Ground) -> Iterator[Fault]:
    """Fields whose visibility depends on one another, or on themselves: no order of judging them is right."""
    for form in ground.forms.values():
        needs = {one.element: _reads(ground, one.visible) & form.fields.keys() for one in form.fields.values()}
        for section in form.sections:
            for one in section.fields:
                needs[one.element] |= _reads(ground, section.visible) & form.fields.keys()
        try:
            graphlib.TopologicalSorter({key: sorted(reads) for key, reads in needs.items()}).prepare()
        except graphlib.CycleError as error:
            cycle = " → ".join(reversed(error.args[1]))
            yield Fault(
                form.file, error.args[1][0], "visibility_cycle", f"栏目的出现条件互相依赖:{cycle},请改写其中一个"
            )


def _reads(ground: Ground, text: str | None) -> frozenset[str]:
    if text is None or ground.wrong(text, ground.form_names):
        return frozenset()
    return feel.compile(text, aliases=ground.aliases).reads


def _column_expressions(fields: Iterable[Field]) -> Iterator[tuple[str, str]]:
    for one in fields:
        for column in one.columns:
            for text in (column.visible, column.required):
                if isinstance(text, str):
                    yield f"{one.element}.{column.element}", text


def form_rights(ground: Ground) -> Iterator[Fault]:
    """A right of a role that does not exist."""
    for form in ground.forms.values():
        for one in form.fields.values():
            for role in one.rights:
                if role not in ground.permissions.roles:
                    yield Fault(form.file, one.element, "missing_role", f"没有角色 {role},请更正 rights")


def signers_named(ground: Ground) -> Iterator[Fault]:
    """A step whose signers are neither a role nor an element that holds officers."""
    for process, step in ground.steps:
        named = step.signing.signers if step.signing is not None else None
        if named is None or named in ground.permissions.roles:
            continue
        element = ground.elements.get(named)
        if element is None or element.type not in ("officers", "officer"):
            yield Fault(
                process.file,
                step.element,
                "unknown_signers",
                f"signing.signers“{named}”既不是岗位,也不是填写执法人员的数据元",
            )


def form_nobody_fills(ground: Ground) -> Iterator[Fault]:
    """A required field that no role of the steps using the form may edit."""
    for process, step in ground.steps:
        form = ground.forms.get(step.form or "")
        if form is None or not step.roles:
            continue
        for one in _unfillable(form, frozenset(step.roles)):
            roles = "、".join(step.roles)
            yield Fault(
                form.file,
                one.element,
                "nobody_fills",
                f"必填栏目在流程 {process.key} 的环节 {step.element} 中无人有权填写(岗位 {roles})",
            )


def _unfillable(form: Form, roles: frozenset[str]) -> Iterator[Field]:
    for one in form.fields.values():
        if one.required is True and not one.computed and one.right(roles) == "hide":
            yield one


def guard_expressions(ground: Ground) -> Iterator[Fault]:
    """A guard that does not compile or names unknown data."""
    for file, id_, text in ground.guards.expressions():
        wrong = ground.wrong(text, ground.guard_names)
        if wrong:
            yield Fault(file, id_, "expression", wrong)


def idle_guards(ground: Ground) -> Iterator[Fault]:
    """A guard that stands at no step: it would never refuse anything, silently."""
    elements = {step.element for _, step in ground.steps}
    for guard in ground.guards.guards:
        if not (guard.step_roles & ground.step_roles or guard.elements & elements):
            names = "、".join(sorted(guard.step_roles | guard.elements))
            yield Fault(
                guard.file, guard.id, "idle_guard", f"没有任何环节是 {names},这条守卫不会起作用,请核对 step_roles"
            )


def idle_precedence(ground: Ground) -> Iterator[Fault]:
    """An order of steps that no process has."""
    for rule in ground.guards.precedence:
        asked = [rule.before, *(role for need in rule.need for role in alternatives(need))]
        missing = [role for role in asked if role not in ground.step_roles]
        if missing:
            yield Fault(rule.file, rule.id, "idle_guard", f"没有任何环节的 step_role 是 {'、'.join(missing)},请核对")


def unmarked_guards(ground: Ground) -> Iterator[Fault]:
    """A guard that does not say whether its article was verified."""
    marks = [(rule.file, rule.id, rule.mark) for rule in ground.guards.guards]
    marks += [(rule.file, rule.id, rule.mark) for rule in ground.guards.precedence]
    for file, id_, mark in marks:
        if mark is None:
            yield Fault(file, id_, "unmarked", "应写明 mark:V 已对照法条核对,K 未核对")


def templates(ground: Ground) -> Iterator[Fault]:
    """Everything that the room of papers finds: unknown placeholders, unsafe files, missing examples."""
    for fault in template.faults(ground.files):
        yield Fault(fault.file, "", "template", fault.what_zh)


def template_elements(ground: Ground) -> Iterator[Fault]:
    """A template takes a fact of which no name is an element, or a code list that is not there."""
    made = {code for _, step in ground.steps for code in step.papers}
    for code, folder in ground.papers.items():
        file = f"{folder}document.yaml"
        if code not in made:
            continue  # a template in the library, that no process uses yet
        try:
            paper = template.describe(file, ground.files[file])
        except BadContent:
            continue  # `templates` says so
        for one in paper.fields.values():
            names = [name for name in (one.element, *one.otherwise) if name]
            known_names = [n for n in names if n in ground.elements or n.startswith("system.")]
            lost = [one.until] if one.until and one.until not in ground.elements else []
            by_hand = one.type in ("signature", "seal")  # signed or sealed on the paper itself
            if one.origin == "fact" and not by_hand and (lost or not known_names):
                what = "、".join(lost or names)
                yield Fault(file, one.key, "unknown_element", f"栏目“{one.label}”取自未登记的数据元 {what}")
            if one.codes and one.codes not in ground.codes:
                yield Fault(file, one.key, "missing_codes", f"栏目“{one.label}”的代码表 {one.codes} 不存在")


def number_patterns(ground: Ground) -> Iterator[Fault]:
    """A number series whose pattern names what nobody supplies."""
    path = "rules/national/numbers.yaml"
    if path not in ground.files:
        return
    try:
        schemes = ground.release.numbers
    except BadContent as error:
        yield Fault(path, "", "unreadable", error.what)
        return
    for name, scheme in schemes.items():
        parts = {part for _, part, _, _ in string.Formatter().parse(scheme.pattern) if part}
        if not parts <= known.NUMBER_PARTS:
            yield Fault(
                path,
                name,
                "unknown_number_part",
                f"编号式样中的 {'、'.join(sorted(parts - known.NUMBER_PARTS))} 没有来源",
            )


def dossier_binding(ground: Ground) -> Iterator[Fault]:
    """A dossier bound by what is not there: sheets without template, retention without rule, papers that lie in no section."""
    try:
        binding = ground.release.dossier
    except BadContent as error:
        yield Fault(dossier.PATH, "", "unreadable", error.what)
        return
    if binding is None:
        return
    for code in sorted(binding.parts - ground.papers.keys()):
        yield Fault(dossier.PATH, code, "missing_paper", f"没有文书 {code},请更正 parts")
    for rule in sorted(set(binding.retention.values()) - ground.release.deadlines.keys()):
        yield Fault(dossier.PATH, rule, "missing_clock", f"没有期限 {rule},请更正 retention")
    for code, paper in sorted(ground.forms_of_papers.items()):
        volume = binding.volumes.get(paper.volume)
        if code in binding.parts:
            continue
        if volume is None or volume.section(paper.order) not in {s.name for s in volume.sections}:
            file = f"{ground.papers[code]}document.yaml"
            yield Fault(file, code, "unbound_paper", f"{paper.volume} 卷没有容纳位置 {paper.order} 的部分,请更正 order")
