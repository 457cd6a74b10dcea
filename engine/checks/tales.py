"""Faults of stories, read without playing them: steps, answers, papers and rules that do not exist; what no story covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from content.faults import Fault
from engine import stories
from engine.checks import known
from engine.checks.ground import Ground, like
from registers.subject import KINDS

_PEOPLE = frozenset({"officer", "officers", "evidence", "party", "vehicle", "document"})


def no_story(ground: Ground) -> Iterator[Fault]:
    """A process that people start has no story: nobody would notice that it no longer works."""
    told = {key for story in ground.stories for key in _told(ground, story)}
    called = {key for keys in ground.calls.values() for key in keys}
    for key, process in ground.processes.items():
        if process.start.roles and key not in told | called:
            yield Fault(process.file, "", "no_story", "没有故事(stories/*.yaml),请至少写一个从启动到办结的例子")


def unknown_steps(ground: Ground) -> Iterator[Fault]:
    """A story does, or expects, a step that its process (with those it calls) does not have."""
    for story in _readable(ground):
        nodes = _reach(ground, story)
        for line in story.steps:
            named = line.step or line.sign
            if named is not None and not nodes.get(named):
                what = f"{line.label}:流程中没有这个人工环节{like(named, nodes)},请核对元素编号"
                yield Fault(story.file, named, "unknown_step", what)
        for element in story.expect.path or ():
            if element not in nodes:
                yield Fault(story.file, element, "unknown_step", f"期望路径中的 {element} 不在流程中")


def unknown_messages(ground: Ground) -> Iterator[Fault]:
    """A story sends a message that its process does not wait for."""
    for story in _readable(ground):
        waits = {m for key in _told(ground, story) if key in ground.diagrams for m in ground.diagrams[key].messages}
        for line in story.steps:
            if line.message is not None and line.message not in waits:
                yield Fault(
                    story.file,
                    line.message,
                    "unknown_message",
                    f"{line.label}:流程不接收这种来件;可用的有:{'、'.join(sorted(waits)) or '无'}",
                )


def unknown_begins(ground: Ground) -> Iterator[Fault]:
    """A story begins a process that does not exist, or that does not run beside others."""
    for story in ground.stories:
        for line in story.steps:
            process = ground.processes.get(line.begin or "")
            if line.begin and (process is None or not process.beside):
                yield Fault(story.file, line.begin, "unknown_begin", f"{line.label}:没有这个并行程序(beside: true)")


def wrong_answers(ground: Ground) -> Iterator[Fault]:
    """An answer that the step's form does not ask, or a value that its element does not take."""
    for story in ground.stories:
        process = ground.processes.get(story.begins)
        if process is not None and process.start.form:
            yield from _answers(ground, story, "start", process.start.form, story.start.facts)
        for line in story.steps:
            if line.step is not None and line.refused is None:
                yield from _answers(ground, story, line.step, _form_of(ground, story, line.step), line.answers)
            elif line.begin is not None and line.refused is None:
                begun = ground.processes.get(line.begin)
                yield from _answers(ground, story, line.begin, begun.start.form if begun else None, line.facts)
            elif line.message is not None:
                yield from _values(ground, story, line.message, line.facts)


def _answers(
    ground: Ground, story: stories.Story, place: str, form_key: str | None, answers: Mapping[str, Any]
) -> Iterator[Fault]:
    form = ground.forms.get(form_key or "")
    if form is None:
        return
    for key in answers:
        if key not in form.fields:
            yield Fault(story.file, place, "unknown_answer", f"表单“{form.name}”没有栏目 {key}{like(key, form.fields)}")
    yield from _values(ground, story, place, {key: value for key, value in answers.items() if key in form.fields})


def _values(ground: Ground, story: stories.Story, place: str, values: Mapping[str, Any]) -> Iterator[Fault]:
    for key, value in values.items():
        element = ground.elements.get(key)
        if element is None:
            yield Fault(story.file, place, "unknown_answer", f"没有数据元 {key}")
        elif value not in (None, "") and element.type not in _PEOPLE and element.type != "table":
            try:
                ground.elements.parse(key, value, ground.codes)
            except (ValueError, KeyError) as error:
                yield Fault(story.file, place, "wrong_answer", f"“{element.name}”的值 {value}:{error}")


def unknown_refusals(ground: Ground) -> Iterator[Fault]:
    """A story expects a refusal by a guard that is not there."""
    rules = {rule.id for rule in ground.guards.guards} | {rule.id for rule in ground.guards.precedence} | known.PROBLEMS
    for story in ground.stories:
        for line in story.steps:
            if line.refused is not None and line.refused not in rules:
                yield Fault(story.file, line.step or "", "unknown_guard", f"{line.label}:没有守卫 {line.refused}")


def unknown_outcomes(ground: Ground) -> Iterator[Fault]:
    """A story expects a paper, a clock or a status that is not there."""
    for story in ground.stories:
        expect = story.expect
        begun = ground.processes.get(story.begins)
        kind = KINDS.get(begun.subject) if begun is not None else None
        status = ground.codes.get(kind.codes) if kind is not None else None
        wrong = [(code, f"没有文书 {code}") for code in expect.papers or () if code not in ground.papers]
        wrong += [(rule, f"没有期限 {rule}") for rule in expect.clocks if rule not in ground.deadlines]
        if expect.status is not None and status is not None and expect.status not in status.items:
            wrong.append((expect.status, f"没有状态 {expect.status}"))
        for element, what in wrong:
            yield Fault(story.file, element, "unknown_outcome", f"期望中{what}")


def coverage(ground: Ground) -> dict[str, tuple[list[str], list[str]]]:
    """Process → (human steps that some story does, those that none does), by element id."""
    done = {line.step for story in ground.stories for line in story.steps if line.step and not line.refused}
    found = {}
    for key, diagram in ground.diagrams.items():
        human = [node.id for node in diagram.nodes.values() if node.human]
        found[key] = ([h for h in human if h in done], [h for h in human if h not in done])
    return found


def _readable(ground: Ground) -> Iterator[stories.Story]:
    """Stories whose diagrams can all be read; of the others nothing can be said."""
    return (story for story in ground.stories if _told(ground, story) <= ground.diagrams.keys())


def _told(ground: Ground, story: stories.Story) -> set[str]:
    """The processes that a story is about: its own, those begun beside it, and all that they call or begin on the record."""
    seen: set[str] = set()
    todo = [story.begins, *(line.begin for line in story.steps if line.begin)]
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += [*ground.calls.get(one, ()), *ground.begins.get(one, ())]
    return seen


def _reach(ground: Ground, story: stories.Story) -> dict[str, bool]:
    """Every element of the processes that a story is about → is it a human step."""
    family = [ground.diagrams[one] for one in _told(ground, story) if one in ground.diagrams]
    return {node.id: node.human for diagram in family for node in diagram.nodes.values()}


def _form_of(ground: Ground, story: stories.Story, element: str) -> str | None:
    for key in _told(ground, story):
        found = ground.processes.get(key)
        if found is not None and element in found.steps:
            return found.steps[element].form
    return None
