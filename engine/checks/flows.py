"""Faults between diagrams and process.yaml: steps, roles, forms, papers, actions, decisions, calls, law's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from content.diagrams import Diagram, Node
from content.elements import RESERVED
from content.faults import Fault
from content.process import Process
from engine.checks import known
from engine.checks.ground import Ground, like
from engine.rulebook.catalogue import mappings
from engine.rulebook.guards import Graph, alternatives, unguarded_path
from engine.rulebook.lawbase import load_laws
from registers.subject import KINDS


def steps_without_element(ground: Ground) -> Iterator[Fault]:
    """process.yaml names a step, service or end that the diagram does not have."""
    for key, process in ground.processes.items():
        diagram = ground.diagrams.get(key)
        for name in [*process.steps, *process.services, *process.ends] if diagram else ():
            if diagram is not None and name not in diagram.nodes:
                what = f"流程图中没有环节 {name}{like(name, diagram.nodes)},请核对元素编号或删除这一项"
                yield Fault(process.file, name, "unknown_step", what)


def elements_without_step(ground: Ground) -> Iterator[Fault]:
    """The diagram has a human step of which process.yaml says nothing."""
    for diagram, node in ground.nodes():
        process = ground.processes.get(diagram.key)
        if process is not None and node.human and node.id not in process.steps:
            yield Fault(
                diagram.file,
                node.id,
                "unconfigured_step",
                f"环节“{node.name}”没有在 process.yaml 的 steps 中配置,请加一项 {node.id}: {{form: …, roles: […]}}",
            )


def missing_forms(ground: Ground) -> Iterator[Fault]:
    """A step or start asks for a form that is not there."""
    for process in ground.processes.values():
        wanted = [(step.element, step.form) for step in process.steps.values()] + [("start", process.start.form)]
        for element, form in wanted:
            if form and f"forms/national/{form}.yaml" not in ground.files:
                what = f"没有表单 {form}{like(form, ground.forms)},请新建 forms/national/{form}.yaml 或更正"
                yield Fault(process.file, element, "missing_form", what)


def steps_without_form(ground: Ground) -> Iterator[Fault]:
    """A human step must ask something, if only for agreement."""
    for process, step in ground.steps:
        node = _node(ground, process, step.element)
        if node is not None and node.human and step.form is None:
            yield Fault(process.file, step.element, "step_without_form", f"环节“{node.name}”没有写明 form(表单)")


def missing_roles(ground: Ground) -> Iterator[Fault]:
    """A role that the permissions do not define."""
    for process in ground.processes.values():
        wanted = [(step.element, role) for step in process.steps.values() for role in step.roles]
        wanted += [("start", role) for role in process.start.roles] + [
            (lane, role) for lane, role in process.lanes.items()
        ]
        for element, role in wanted:
            if role not in ground.permissions.roles:
                yield Fault(
                    process.file,
                    element,
                    "missing_role",
                    f"没有角色 {role}{like(role, ground.permissions.roles)},请在 rules/national/permissions 中登记或更正",
                )


def nobody_responsible(ground: Ground) -> Iterator[Fault]:
    """A human step with neither roles nor a lane that stands for a role."""
    for diagram, node in ground.nodes():
        process = ground.processes.get(diagram.key)
        if process is None or not node.human or node.id not in process.steps:
            continue
        if not process.steps[node.id].roles and node.lane not in process.lanes:
            yield Fault(
                process.file,
                node.id,
                "nobody_responsible",
                f"环节“{node.name}”没有岗位:请写明 roles,或把它放进已对应岗位的泳道",
            )


def unknown_lanes(ground: Ground) -> Iterator[Fault]:
    """process.yaml gives a role to a lane that the diagram does not have."""
    for key, process in ground.processes.items():
        diagram = ground.diagrams.get(key)
        if diagram is None:
            continue
        lanes = {node.lane for node in diagram.nodes.values()}
        for lane in process.lanes:
            if lane not in lanes:
                named = f";图中有:{'、'.join(sorted(filter(None, lanes)))}"
                yield Fault(process.file, lane, "unknown_lane", f"流程图中没有泳道“{lane}”,请核对名称{named}")


def lanes_without_role(ground: Ground) -> Iterator[Fault]:
    """A lane in which people do something, and process.yaml does not say who they are."""
    for key, process in ground.processes.items():
        diagram = ground.diagrams.get(key)
        if diagram is None:
            continue
        for lane in sorted(
            {node.lane for node in diagram.nodes.values() if node.human and node.lane} - process.lanes.keys()
        ):
            what = f"泳道“{lane}”没有对应的岗位,请在 process.yaml 的 lanes 中写明 {lane}: 岗位"
            yield Fault(process.file, "lanes", "lane_without_role", what)


def unnamed_messages(ground: Ground) -> Iterator[Fault]:
    """A message that a diagram waits for and no process.yaml names, or that one names and no diagram waits for."""
    named = {message for process in ground.processes.values() for message in process.messages}
    waited = {message for diagram in ground.diagrams.values() for message in diagram.messages}
    for diagram in ground.diagrams.values():
        for message in sorted(set(diagram.messages) - named):
            what = f"等待的来件 {message} 没有在 process.yaml 的 messages 中写明名称和带来的栏目{like(message, named)}"
            yield Fault(diagram.file, message, "unnamed_message", what)
    if ground.diagrams.keys() >= ground.processes.keys():
        for process in ground.processes.values():
            for message in process.messages:
                if message not in waited:
                    what = f"没有流程图等待来件 {message}{like(message, waited)},请更正或删除"
                    yield Fault(process.file, message, "unheard_message", what)


def unknown_laws(ground: Ground) -> Iterator[Fault]:
    """A process or guard that rests on a law which the law base does not have, mostly misspelt. (Not every article of a law is on
    file, so that nothing can be said of those.)"""
    try:
        names = load_laws(mappings(ground.files, "law")).names
    except ValueError:
        return  # said where laws are checked
    said = [(process.file, "law", one.article) for process in ground.processes.values() for one in process.law]
    said += [(rule.file, rule.id, rule.law) for rule in ground.guards.guards if rule.law]
    said += [(rule.file, rule.id, rule.law) for rule in ground.guards.precedence if rule.law]
    for file, place, citation in said if names else ():
        law = citation.partition("#")[0].strip("《》 ")
        if law not in names:
            yield Fault(
                file,
                place,
                "unknown_law",
                f"法规库中没有“{law}”{like(law, names)};依据写成“法规名#条号”",
            )


def misspelt_step_roles(ground: Ground) -> Iterator[Fault]:
    """A step_role that no other step has and no guard asks for, and that is all but one that guards ask for: they would let
    the step pass unseen."""
    asked = {role for guard in ground.guards.guards for role in guard.step_roles}
    asked |= {rule.before for rule in ground.guards.precedence}
    asked |= {role for rule in ground.guards.precedence for need in rule.need for role in alternatives(need)}
    had = Counter(step.step_role for _, step in ground.steps)
    for process, step in ground.steps:
        role = step.step_role
        meant = like(role, asked, 0.92) if role and role not in asked and had[role] == 1 else ""
        if meant:
            what = f"没有守卫认识 step_role“{role}”{meant};写错了,守卫就不把守本环节"
            yield Fault(process.file, step.element, "misspelt_step_role", what)


def missing_papers(ground: Ground) -> Iterator[Fault]:
    """A step makes a paper of which there is no template."""
    for process, step in ground.steps:
        for code in step.papers:
            if code not in ground.papers:
                yield Fault(
                    process.file,
                    step.element,
                    "missing_paper",
                    f"没有文书 {code} 的模板,请放入 templates/national/{code}/",
                )


def missing_actions(ground: Ground) -> Iterator[Fault]:
    """A service task without an action, or with one that the engine does not have."""
    for diagram, node in ground.nodes():
        if node.kind != "serviceTask":
            continue
        action = _action(ground, diagram, node)
        if action not in known.ACTIONS:
            reason = f"的动作“{action}”不存在" if action else "没有写明动作 zc.action"
            yield Fault(
                diagram.file,
                node.id,
                "missing_action",
                f"服务环节“{node.name}”{reason};可用的有:{'、'.join(known.ACTIONS)}",
            )


def missing_decisions(ground: Ground) -> Iterator[Fault]:
    """A business rule task whose decision table is not there."""
    for diagram, node in ground.nodes():
        if node.kind == "businessRuleTask":
            key = node.properties.get("zc.decision", "")
            if not any(path.endswith(f"/{key}.dmn") for path in ground.files):
                reason = f"决策表 {key} 不存在" if key else "没有写明 zc.decision"
                yield Fault(
                    diagram.file,
                    node.id,
                    "missing_decision",
                    f"决策环节“{node.name}”{reason},请放入 rules/national/decisions/",
                )


def missing_status(ground: Ground) -> Iterator[Fault]:
    """A status of a record that its code list does not have."""
    for process in ground.processes.values():
        kind = KINDS.get(process.subject)
        codes = ground.codes.get(kind.codes) if kind is not None else None
        if kind is None or codes is None:
            continue
        wanted = [(step.element, step.status) for step in process.steps.values()] + list(process.ends.items())
        told = [(s.element, s.effects) for s in process.steps.values()] + [("start", process.start.effects)]
        wanted += [(element, v.get(kind.status)) for element, effects in told for v in effects.values()]
        for element, status in wanted:
            computed = isinstance(status, str) and status.startswith("=")
            if status is not None and not computed and status not in codes.items:
                yield Fault(process.file, element, "missing_status", f"状态 {status} 不在代码表 {kind.codes} 之内")


def unknown_subjects(ground: Ground) -> Iterator[Fault]:
    """A process about a kind of record that there is not."""
    for process in ground.processes.values():
        if process.subject not in KINDS:
            what = f"没有“{process.subject}”这种记录;可用的有:{'、'.join(KINDS)}"
            yield Fault(process.file, "subject", "unknown_subject", what)


def beside_with_status(ground: Ground) -> Iterator[Fault]:
    """A process that runs beside the main one would overwrite the record's status."""
    for process in ground.processes.values():
        if not process.beside:
            continue
        wanted = [step.element for step in process.steps.values() if step.status] + list(process.ends)
        for element in wanted:
            what = "并行程序(beside: true)不得改写记录的状态,请删去 status 或 ends 中的这一项"
            yield Fault(process.file, element, "beside_status", what)


def unknown_targets(ground: Ground) -> Iterator[Fault]:
    """A service task starts a process that there is not, or sends a message that no process waits for."""
    waits = {message for diagram in ground.diagrams.values() for message in diagram.messages}
    for diagram, node in ground.nodes():
        process = ground.processes.get(diagram.key)
        if node.kind != "serviceTask" or process is None:
            continue
        service = process.services.get(node.id)
        given = {k.removeprefix("zc."): v for k, v in node.properties.items()} | dict(
            service.parameters if service else {}
        )
        action = _action(ground, diagram, node)
        if action == "start_process" and given.get("process") not in ground.processes:
            yield Fault(process.file, node.id, "unknown_target", f"要启动的流程“{given.get('process', '')}”不存在")
        if action == "send_message" and given.get("message") not in waits:
            yield Fault(process.file, node.id, "unknown_target", f"没有流程等待消息“{given.get('message', '')}”")


def wrong_effects(ground: Ground) -> Iterator[Fault]:
    """An effect on what is neither a column of the register nor a data element, or an expression that is none."""
    told = [(process, step.element, step.effects) for process, step in ground.steps]
    told += [(process, "start", process.start.effects) for process in ground.processes.values()]
    for process, element, effects in told:
        for subject, values in effects.items():
            columns = KINDS[subject].columns if subject in KINDS else {}
            for column, value in values.items():
                if column not in columns and not (columns and column in ground.elements):
                    what = f"没有登记栏或者数据元 {subject}.{column}"
                    what += (
                        f";{KINDS[subject].label}的栏有:{'、'.join(columns)}"
                        if columns
                        else f";记录有:{'、'.join(KINDS)}"
                    )
                    yield Fault(process.file, element, "unknown_column", what)
                elif isinstance(value, str) and value.startswith("="):
                    wrong = ground.wrong(value[1:], ground.diagram_names)
                    if wrong:
                        yield Fault(process.file, element, "expression", wrong)


def wrong_handing_over(ground: Ground) -> Iterator[Fault]:
    """A condition of handing over that does not compile or names unknown data, or a step that makes no paper to be served."""
    for process, step in ground.steps:
        if step.hands_over:
            wrong = ground.wrong(step.hands_over, ground.diagram_names)
            if wrong:
                yield Fault(process.file, step.element, "expression", wrong)
            made = [ground.forms_of_papers[code] for code in step.papers if code in ground.forms_of_papers]
            if not any(form.service for form in made):
                what = "hands_over 是当场交付本环节制作的文书,本环节却没有制作须送达的文书"
                yield Fault(process.file, step.element, "nothing_handed_over", what)


def wrong_conditions(ground: Ground) -> Iterator[Fault]:
    """A condition or timer in a diagram that does not compile or names unknown data."""
    for diagram in ground.diagrams.values():
        for element, _, text in diagram.expressions:
            if not text.startswith("deadline:"):
                wrong = ground.wrong(text, ground.diagram_names)
                if wrong:
                    yield Fault(diagram.file, element, "expression", wrong)


def wrong_parameters(ground: Ground) -> Iterator[Fault]:
    """A parameter without its mark, from memory without its source, or named like something else."""
    owners: dict[str, str] = {}
    names: dict[str, str] = {}
    declared = [(process.file, process.parameters) for process in ground.processes.values()]
    for file, parameters in [("rules/national/parameters", ground.shared), *declared]:
        for key, parameter in parameters.items():
            if parameter.mark is None or (parameter.mark == "K" and not parameter.source):
                what = f"参数“{parameter.name}”应写明 mark(V 已核对、K 未核对),K 还须写 source"
                yield Fault(file, key, "unmarked_parameter", what)
            if key in ground.elements or key in RESERVED or key in owners:
                other = f"{owners[key]} 的参数" if key in owners else "数据元或公式中已有的名字"
                yield Fault(file, key, "ambiguous_parameter", f"参数键 {key} 与{other}相同,公式中无法区分,请改名")
            elif parameter.name in ground.elements.aliases or parameter.name in names:
                yield Fault(file, key, "ambiguous_parameter", f"参数名“{parameter.name}”与别的数据元或参数同名,请改名")
            owners[key], names[parameter.name] = file, key


def missing_number_rule(ground: Ground) -> Iterator[Fault]:
    """A step takes the case number and no rule says how it is formed."""
    if "rules/national/numbers.yaml" not in ground.files:
        for process, step in ground.steps:
            if step.number:
                yield Fault(
                    process.file, step.element, "missing_number", "取案号的规则不存在,请建 rules/national/numbers.yaml"
                )


def unguarded(ground: Ground) -> Iterator[Fault]:
    """A step that can be reached without what the law puts before it."""
    for key, diagram in ground.diagrams.items():
        process = ground.processes.get(key)
        if any(key in called for called in ground.calls.values()) or (process is not None and process.beside):
            continue  # judged where it is called, or when it runs: what went before is known there
        graph = graph_of(ground, diagram)
        for rule in ground.guards.precedence:
            for need in rule.need if rule.applies is None else ():
                path = unguarded_path(graph, rule.before, need)
                if path is not None:
                    yield Fault(
                        diagram.file, path[-1], "unguarded", _walked(ground, rule.message, rule.law, need, path)
                    )


def _walked(ground: Ground, message: str, law: str, need: str, path: list[str]) -> str:
    names = {node.id: node.name or node.id for _, node in ground.nodes()}
    steps = [names[place.rpartition("/")[2]] for place in path if not place.endswith(":in")]
    return f"不经过“{need}”环节也能走到这里({message};{law}):{' → '.join(steps)}"


def _node(ground: Ground, process: Process, element: str) -> Node | None:
    diagram = ground.diagrams.get(process.key)
    return diagram.nodes.get(element) if diagram is not None else None


def _action(ground: Ground, diagram: Diagram, node: Node) -> str:
    process = ground.processes.get(diagram.key)
    service = process.services.get(node.id) if process is not None else None
    return service.action if service is not None else node.properties.get("zc.action", "")


# ---------------------------------------------------------------------- graph
def graph_of(ground: Ground, diagram: Diagram) -> Graph:
    """A diagram with the processes it calls as one graph. Each activity is two nodes: `id:in` (begun) and `id` (done),
    so that a boundary event hangs on what is only begun. Called processes stand under `call/`."""
    edges: dict[str, list[str]] = {}
    roles: dict[str, str] = {}
    joins: set[str] = set()
    _draw(ground, diagram, "", edges, roles, joins, depth=0)
    return Graph([f"{start}:in" for start in diagram.starts(diagram.key)], edges, roles, frozenset(joins))


def _draw(
    ground: Ground,
    diagram: Diagram,
    at: str,
    edges: dict[str, list[str]],
    roles: dict[str, str],
    joins: set[str],
    depth: int,
) -> None:
    process = ground.processes.get(diagram.key)
    incoming: dict[str, int] = {}
    for source, target in diagram.edges:
        edges.setdefault(at + source, []).append(f"{at}{target}:in")
        incoming[target] = incoming.get(target, 0) + 1
    for node in diagram.nodes.values():
        step = process.steps.get(node.id) if process is not None else None
        if step is not None and step.step_role:
            roles[at + node.id] = step.step_role
        if node.kind == "parallelGateway" and incoming.get(node.id, 0) > 1:
            joins.add(f"{at}{node.id}:in")
        if node.host:
            edges.setdefault(f"{at}{node.host}:in", []).append(f"{at}{node.id}:in")
        _inside(ground, diagram, node, at, edges, roles, joins, depth)


def _inside(
    ground: Ground,
    diagram: Diagram,
    node: Node,
    at: str,
    edges: dict[str, list[str]],
    roles: dict[str, str],
    joins: set[str],
    depth: int,
) -> None:
    """From a node's beginning to its end: through its inner steps where it has some."""
    called = ground.diagrams.get(node.called) if node.called else None
    scope, prefix, inner = node.id, at, diagram
    if called is not None and depth < 8:
        scope, prefix, inner = called.key, f"{at}{node.id}/", called
        _draw(ground, called, prefix, edges, roles, joins, depth + 1)
    starts, ends = inner.starts(scope), inner.ends(scope)
    for start in starts:
        edges.setdefault(f"{at}{node.id}:in", []).append(f"{prefix}{start}:in")
    for end in ends:
        edges.setdefault(prefix + end, []).append(at + node.id)
    if not starts:
        edges.setdefault(f"{at}{node.id}:in", []).append(at + node.id)
