"""Moving the tokens of a step: what that does to steps, clocks, papers and jobs is told beforehand and done in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import documents, flow, undo
from engine.step import Step
from kernel.errors import Refusal
from kernel.work import Row

_PENDING = ("made", "unsealed")  # papers that nobody has in hand yet


@dataclass
class Move:
    """A lawful move of a step, not made yet. `taken_back`: the elements of which clocks and papers not issued go."""

    step: Step
    targets: list[str]
    cancel: str
    siblings: str
    plan: flow.MovePlan
    undone: list[str]
    taken_back: list[str]
    papers: Sequence[Row]

    @property
    def cancelled(self) -> Sequence[flow.Position]:
        """The tokens that it takes away."""
        return self.plan.cancelled

    def told(self) -> dict[str, Any]:
        """What it will do, for people to confirm."""
        gone = {c.element for c in self.cancelled}
        return {
            "cancelled": [{"element": c.element, "name": c.name} for c in self.cancelled],
            "opened": [{"element": o.element, "name": o.name} for o in self.plan.opened],
            "clocks_closed": self.step.clocks.started_by(self.taken_back),
            "papers_superseded": [_short(p) for p in self.papers if p["state"] in _PENDING],
            "papers_kept": [_short(p) for p in self.papers if p["state"] not in (*_PENDING, "revoked")],
            "papers_revoked": [_short(p) for p in self.papers if p["state"] == "revoked"],
            "jobs_cancelled": [
                {"element": w.element, "name": w.name}
                for w in self.step.before.values()
                if w.kind in ("service", "timer") and not gone.isdisjoint(self._stands_at(w))
            ],
            "papers": "已制发的文书仍然有效;未送达前如需改变,请另作更正或撤销文书",
        }

    def _stands_at(self, waiting: flow.Waiting) -> set[str]:
        """The element that waits, and the gateway or activity on whose behalf it does."""
        here = (*waiting.path, waiting.element)
        before = [at for at, following in self.step.definition.flow.edges.items() if here in following]
        return {waiting.element} | ({at[-1] for at in before} if waiting.kind == "timer" else set())

    def make(self, reason: str, *, event: str = "moved", act: str = "流程调整", **more: object) -> None:
        """The move itself, with everything that hangs on the steps it takes back, written; `event`, `act`, `more`: for the history."""
        step = self.step
        step.guarded(lambda: step.run.move(self.targets, cancel=self.cancel, siblings=self.siblings))
        why = f"{act}:{reason}"
        step.clocks.close(self.taken_back, why)
        documents.supersede(step.work, [p["id"] for p in self.papers if p["state"] in _PENDING], why)
        step.noted(
            self.targets[0], event, {"reason": reason, "targets": self.targets, "taken_back": self.undone, **more}
        )
        step.settle()
        step.write()


def planned(step: Step, targets: Sequence[str], cancel: str, siblings: str, *, alone: bool = False) -> Move:
    """The move, if it is lawful: refused with the reason where the diagram forbids it and where papers were served since.

    `alone`: only the targets are done again and then the case goes straight back: what the steps in between did stands.
    """
    try:
        plan = step.run.plan_move(list(targets), cancel=cancel, siblings=siblings)
    except flow.Refused as error:
        raise Refusal(f"不能调整到这里:{error}", remedy="请选择流程图中可以办理的环节") from error
    undone = sorted(undo.undone(step.definition, step.before.values(), targets))
    taken_back = sorted({c.element for c in plan.cancelled} | set(undone))
    papers = documents.of_steps(step.work, step.instance, taken_back)
    # A revoking paper stands: it is what makes the return lawful, and is not itself taken back.
    served = [p for p in papers if p["served_at"] is not None and p["state"] != "revoked" and not p["revokes"]]
    if served:
        raise Refusal(
            f"{_names(served)}已经送达,不能退回到制作它的环节之前", remedy="先制作并送达撤销或者更正文书,再继续办理"
        )
    if alone:
        undone = taken_back = sorted({target.rpartition("/")[2] for target in targets})
        between = [p for p in papers if p["step"] not in taken_back and p["state"] in _PENDING]
        if between:
            raise Refusal(
                f"其间的环节制作的{_names(between)}尚未制发,退回后内容可能改变", remedy="请选择逐环节重新办理"
            )
        papers = [p for p in papers if p["step"] in taken_back]
    return Move(step, list(targets), cancel, siblings, plan, undone, taken_back, papers)


def _names(papers: Sequence[Row]) -> str:
    return "、".join(f"《{p['name']}》" for p in papers)


def _short(row: Row) -> Row:
    return {key: row[key] for key in ("kind", "name", "number")}
