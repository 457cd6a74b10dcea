"""The check: everything that makes content wrong, each fault with file, element and a Chinese sentence.

Runs at publish, in CI and on the command line. Nothing that fails is published. Reads no database and plays no story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from content import load, overlay
from content.faults import Fault, located
from engine import flow
from engine.checks import begun, clocks, data, flows, papers, proof, rules, tales
from engine.checks.ground import Ground

Check = Callable[[Ground], Iterable[Fault]]

# Drawings in which one id means two things: whatever else would be said of them is not so.
UNCLEAR: Final = frozenset({"duplicate_id", "duplicate_process"})
CHECKS: Final[tuple[Check, ...]] = (
    flows.steps_without_element,
    flows.elements_without_step,
    flows.steps_without_form,
    flows.missing_forms,
    flows.missing_roles,
    flows.nobody_responsible,
    flows.unknown_lanes,
    flows.lanes_without_role,
    flows.unnamed_messages,
    flows.misspelt_step_roles,
    flows.unknown_laws,
    flows.missing_papers,
    flows.missing_actions,
    flows.missing_decisions,
    flows.missing_status,
    flows.unknown_subjects,
    flows.beside_with_status,
    flows.unknown_targets,
    begun.intake_not_given,
    flows.wrong_effects,
    flows.wrong_conditions,
    flows.wrong_handing_over,
    flows.wrong_parameters,
    flows.missing_number_rule,
    flows.unguarded,
    data.element_codes,
    data.element_columns,
    data.form_elements,
    data.form_expressions,
    data.form_cycles,
    data.form_rights,
    data.signers_named,
    data.form_nobody_fills,
    data.guard_expressions,
    data.idle_guards,
    data.idle_precedence,
    data.unmarked_guards,
    data.templates,
    data.template_elements,
    data.number_patterns,
    data.dossier_binding,
    papers.unfilled,
    papers.unknown_supply,
    clocks.unknown_deadlines,
    clocks.unknown_pauses,
    clocks.clock_elements,
    clocks.start_elements,
    clocks.never_started,
    clocks.unheard,
    rules.rights,
    rules.time,
    rules.discretion,
    rules.risk,
    rules.decisions,
    proof.demanded,
    tales.no_story,
    tales.unknown_steps,
    tales.unknown_messages,
    tales.unknown_begins,
    tales.wrong_answers,
    tales.unknown_refusals,
    tales.unknown_outcomes,
)


def check(files: Mapping[str, bytes]) -> list[Fault]:
    """Every fault of a set of content files, sorted by file; empty: it may be published.

    With files of provinces each province's effective content is checked too; what is wrong already in the national
    content is said once.
    """
    found = load.strangers(files)
    known = {path: body for path, body in files.items() if load.stranger(path, len(body)) is None}
    national, wrong = overlay.effective(known, None)
    found += wrong + effective(national)
    for province in overlay.provinces(known):
        merged, wrong = overlay.effective(known, province)
        found += wrong
        found += [fault for fault in effective(merged) if fault not in found]
    return sorted({located(fault, files) for fault in found})


def effective(files: Mapping[str, bytes]) -> list[Fault]:
    """The faults of effective files (national paths only)."""
    drawn = {path: body for path, body in files.items() if path.endswith(".bpmn")}
    found = [Fault(f.file, f.element, f.code, f.message_zh) for f in flow.faults(drawn)]
    unclear = {fault.file for fault in found if fault.code in UNCLEAR}
    found = [fault for fault in found if fault.code in UNCLEAR or fault.file not in unclear]
    ground = Ground(files)
    said = {fault.file for fault in found}
    found += [fault for fault in ground.faults if fault.file not in said or fault.file not in drawn]
    for one in CHECKS if ground.sound and not unclear else ():
        found += one(ground)
    return found


def coverage(files: Mapping[str, bytes]) -> dict[str, tuple[list[str], list[str]]]:
    """Process → (human steps that some story does, those that none does)."""
    return tales.coverage(Ground(files))
