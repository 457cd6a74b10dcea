"""What completing a step does that cannot be taken back: papers that leave the house, numbers taken, service, the end of a case.

Told before it is done, from what the content says of the step and of the services that run before somebody's next turn.
A step that does none of this needs no question; what else then happens (periods, bookings) is told along with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from content.process import StepConfig
from engine.definitions import Definition
from engine.documents import template_of
from engine.papers.template import Template
from engine.rules import rules

Json = dict[str, Any]
_WAITS = ("human", "message", "timer")
_ENDS = {"closed_at": "就此办结,此后不能退回补办", "archived_at": "卷宗封存,此后不能再增改"}
_DEPENDS = "视办理结果,"


def final(which: Definition, element: str) -> list[Json]:
    """The consequences as the confirmation shows them (`about`, `text`); empty where the step can be done again."""
    steps = [(one, certain) for at, certain in ahead(which, element) if (one := which.step(at)) is not None]
    binding = [line for one, certain in steps for line in _binding(which, one, certain)]
    if not binding:
        return []
    lines = binding + [line for one, certain in steps for line in _along(which, one, certain)]
    return list({(line["about"], line["text"]): line for line in lines}.values())


def ahead(which: Definition, element: str) -> Iterable[tuple[str, bool]]:
    """The step, then the services that follow at once, each with whether it is certain: those after a fork depend on what is
    filled in. Of a step that several callers share nobody knows here what follows."""
    yield element, True
    drawn, edges = which.flow.steps(), which.flow.edges
    level = [(at, True) for at in edges if at[-1] == element]
    if len(level) > 1:
        return
    seen = {at for at, _ in level}
    while level:
        level = [
            (after, certain and len(edges.get(at, ())) == 1)
            for at, certain in level
            for after in edges.get(at, ())
            if after not in seen and not _waits(drawn, after)
        ]
        seen.update(at for at, _ in level)
        for at, certain in level:
            yield at[-1], certain


def _waits(drawn: Mapping[str, Any], at: tuple[str, ...]) -> bool:
    step = drawn.get(at[-1])
    return step is not None and (step.kind in (*_WAITS, "boundary") or step.attached_to is not None)


def _binding(which: Definition, step: StepConfig, certain: bool) -> Iterable[Json]:
    papers = [template_of(which.release, code) for code in step.papers]
    yield from (line("文书", certain, _paper(one)) for one in papers if one.seal == "agency" or one.service)
    if step.number == "case_number":
        yield line("编号", certain, "取案号;编号取用后不再收回")
    if step.serves or step.hands_over or step.step_role == "service":
        yield line("送达", certain, "文书记为已送达:送达后不能撤回、退回,有关期限自送达起算")
    set_ = {column for effects in step.effects.values() for column, value in effects.items() if value == "now"}
    yield from (line("结案归档", certain, text) for column, text in _ENDS.items() if column in set_)


def _along(which: Definition, step: StepConfig, certain: bool) -> Iterable[Json]:
    deadlines = rules(which.release).deadlines
    for what, ids in (("开始计算", [s.rule for s in step.starts]), ("停止计算", step.stops)):
        named = [deadlines[one].name for one in ids if one in deadlines]
        if named:
            yield line("期限", certain, f"{what}:{'、'.join(named)}")
    if step.posts:
        yield line("账目", certain, "记入本案账目,只能红冲")


def _paper(paper: Template) -> str:
    does = ["取文书号"] if paper.number is not None else []
    does += ["加盖本机关印章"] if paper.seal == "agency" else []
    does += ["须送达当事人"] if paper.service else []
    return f"制作并印发《{paper.name}》:{'、'.join(does)}"


def line(about: str, certain: bool, text: str) -> Json:
    """A consequence as the confirmation shows it."""
    return {"about": about, "text": text if certain else f"{_DEPENDS}{text}"}
