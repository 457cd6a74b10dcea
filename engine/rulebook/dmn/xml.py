"""DMN XML to ``model``. A hardened parser: no DOCTYPE, no entities, no network, at most 2 MB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from lxml import etree

from engine.rulebook.dmn.model import (
    Boxed,
    Conditional,
    Context,
    ContextEntry,
    Decision,
    DmnError,
    FilterBox,
    FunctionBox,
    Import,
    InputClause,
    InputData,
    Invocation,
    Item,
    IteratorBox,
    Knowledge,
    ListBox,
    Literal,
    Model,
    OutputClause,
    Parameter,
    Reference,
    Relation,
    Rule,
    Service,
    Table,
)

MAX_BYTES: Final = 2 * 1024 * 1024
_DMN: Final = ("omg.org/spec/DMN/",)
_DEEPEST: Final = 60


def parse_xml(content: bytes, what: str) -> Any:
    """The root element of an XML text from outside. Raises DmnError for anything suspicious or malformed."""
    if len(content) > MAX_BYTES:
        raise DmnError(f"{what}有 {len(content)} 字节，超过上限 {MAX_BYTES} 字节。")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DmnError(f"{what}不是格式正确的 XML:{error}。") from None
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise DmnError(f"{what}含有 DOCTYPE,请删去。")
    return root


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Any, name: str | None = None) -> Iterator[Any]:
    """The child elements, of one name or all."""
    for child in element:
        if name is None or local(child) == name:
            yield child


def child(element: Any, name: str) -> Any:
    """The first child of a name, or None."""
    return next(children(element, name), None) if element is not None else None


def text_of(element: Any, name: str = "text") -> str:
    """The text of a child, stripped; "" when there is none."""
    found = child(element, name)
    return (found.text or "").strip() if found is not None else ""


def _name(element: Any) -> str:
    return " ".join((element.get("name") or "").split())


def _type_ref(element: Any) -> str | None:
    if element is None:
        return None
    ref = element.get("typeRef") or text_of(element, "typeRef")
    return ref.strip() or None if ref else None


def parse(content: bytes, what: str = "决策文件") -> Model:
    """Read one model. Raises DmnError."""
    root = parse_xml(content, what)
    if local(root) != "definitions" or not any(part in str(root.tag) for part in _DMN):
        raise DmnError(f"{what}不是 DMN 决策模型(根元素应为 definitions)。")
    model = Model(root.get("namespace") or "", _name(root))
    for element in children(root):
        reader = _READERS.get(local(element))
        if reader is not None:
            reader(model, element)
    return model


def _add(known: dict[str, Any], made: Any, kind: str) -> None:
    if made.id in known:
        raise DmnError(f"{kind}的 id “{made.id}”出现两次。", made.name)
    known[made.id] = made


def _identity(element: Any) -> tuple[str, str]:
    name = _name(element)
    variable = child(element, "variable")
    return element.get("id") or name, name or (_name(variable) if variable is not None else "")


def _read_input(model: Model, element: Any) -> None:
    id_, name = _identity(element)
    _add(model.inputs, InputData(id_, name, _type_ref(child(element, "variable"))), "输入数据")


def _references(element: Any, requirement: str, target: str) -> tuple[Reference, ...]:
    return tuple(
        _reference(found) for one in children(element, requirement) if (found := child(one, target)) is not None
    )


def _reference(element: Any) -> Reference:
    namespace, _, id_ = (element.get("href") or "").rpartition("#")
    return Reference(namespace, id_)


def _read_decision(model: Model, element: Any) -> None:
    id_, name = _identity(element)
    made = Decision(
        id_,
        name,
        _type_ref(child(element, "variable")),
        _references(element, "informationRequirement", "requiredInput"),
        _references(element, "informationRequirement", "requiredDecision"),
        _references(element, "knowledgeRequirement", "requiredKnowledge"),
        _expression_in(element),
    )
    _add(model.decisions, made, "决策")


def _read_knowledge(model: Model, element: Any) -> None:
    id_, name = _identity(element)
    logic = child(element, "encapsulatedLogic")
    made = Knowledge(
        id_,
        name,
        _type_ref(child(element, "variable")),
        _function(logic, 0) if logic is not None else None,
        _references(element, "knowledgeRequirement", "requiredKnowledge"),
    )
    _add(model.knowledge, made, "业务知识模型")


def _read_service(model: Model, element: Any) -> None:
    id_, name = _identity(element)

    def found(tag: str) -> tuple[Reference, ...]:
        return tuple(_reference(one) for one in children(element, tag))

    made = Service(
        id_,
        name,
        _type_ref(child(element, "variable")),
        found("outputDecision"),
        found("encapsulatedDecision"),
        found("inputDecision"),
        found("inputData"),
    )
    _add(model.services, made, "决策服务")


def _read_item(model: Model, element: Any) -> None:
    item = _item(element)
    model.items[item.name] = item


def _item(element: Any) -> Item:
    function = child(element, "functionItem")
    signature = None
    if function is not None:
        parameters = tuple(Parameter(_name(p), _type_ref(p)) for p in children(function, "parameters"))
        signature = (parameters, function.get("outputTypeRef"))
    return Item(
        _name(element),
        text_of(element, "typeRef") or element.get("typeRef") or None,
        element.get("isCollection") in ("true", "1"),
        _tests(element, "allowedValues"),
        _tests(element, "typeConstraint"),
        tuple(_item(component) for component in children(element, "itemComponent")),
        signature,
    )


def _tests(element: Any, name: str) -> str | None:
    found = child(element, name)
    return (text_of(found) or None) if found is not None else None


def _read_import(model: Model, element: Any) -> None:
    if "DMN" in (element.get("importType") or ""):
        model.imports.append(Import(_name(element), element.get("namespace") or ""))


_READERS: Final[dict[str, Callable[[Model, Any], None]]] = {
    "inputData": _read_input,
    "decision": _read_decision,
    "businessKnowledgeModel": _read_knowledge,
    "decisionService": _read_service,
    "itemDefinition": _read_item,
    "import": _read_import,
}


# ── boxed expressions ──


def _expression_in(element: Any, depth: int = 0) -> Boxed | None:
    """The boxed expression among an element's children."""
    if element is None:
        return None
    for found in children(element):
        if local(found) in _BOXES:
            return _box_of(found, depth)
    return None


def _box_of(element: Any, depth: int) -> Boxed:
    if depth > _DEEPEST:
        raise DmnError(f"表达式嵌套超过 {_DEEPEST} 层。", element.get("id") or local(element))
    return _BOXES[local(element)](element, depth + 1)


def _needed(element: Any, depth: int, owner: Any) -> Boxed:
    made = _expression_in(element, depth)
    if made is None:
        # A missing part is null, as in the standard's incomplete models.
        return Literal(None, owner.get("id") or "", "null")
    return made


def _box(element: Any) -> tuple[str | None, str]:
    return element.get("typeRef"), element.get("id") or ""


def _literal(element: Any, depth: int) -> Boxed:
    return Literal(*_box(element), text_of(element), element.get("expressionLanguage"))


def _invocation(element: Any, depth: int) -> Boxed:
    bindings = tuple(
        (_name(child(binding, "parameter")), _needed(binding, depth, binding))
        for binding in children(element, "binding")
        if child(binding, "parameter") is not None
    )
    return Invocation(*_box(element), _needed(element, depth, element), bindings)


def _context(element: Any, depth: int) -> Boxed:
    entries = []
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        name = _name(variable) if variable is not None else None
        entries.append(ContextEntry(name or None, _type_ref(variable), _expression_in(entry, depth)))
    return Context(*_box(element), tuple(entries))


def _list(element: Any, depth: int) -> Boxed:
    items = tuple(_box_of(c, depth) for c in children(element) if local(c) in _BOXES)
    return ListBox(*_box(element), items)


def _relation(element: Any, depth: int) -> Boxed:
    columns = tuple((_name(column), _type_ref(column)) for column in children(element, "column"))
    rows = tuple(
        tuple(_box_of(c, depth) for c in children(row) if local(c) in _BOXES) for row in children(element, "row")
    )
    return Relation(*_box(element), columns, rows)


def _function(element: Any, depth: int) -> FunctionBox:
    parameters = tuple(Parameter(_name(p), _type_ref(p)) for p in children(element, "formalParameter"))
    return FunctionBox(*_box(element), parameters, _expression_in(element, depth), element.get("kind") or "FEEL")


def _conditional(element: Any, depth: int) -> Boxed:
    parts = [_needed(child(element, name), depth, element) for name in ("if", "then", "else")]
    return Conditional(*_box(element), *parts)


def _filter(element: Any, depth: int) -> Boxed:
    source = _needed(child(element, "in"), depth, element)
    return FilterBox(*_box(element), source, _needed(child(element, "match"), depth, element))


def _iterator(element: Any, depth: int) -> Boxed:
    body = child(element, "return" if local(element) == "for" else "satisfies")
    return IteratorBox(
        *_box(element),
        local(element),
        " ".join((element.get("iteratorVariable") or "").split()),
        _needed(child(element, "in"), depth, element),
        _needed(body, depth, element),
    )


def _table(element: Any, depth: int) -> Boxed:
    return Table(
        *_box(element),
        (element.get("hitPolicy") or "UNIQUE").upper(),
        element.get("aggregation"),
        tuple(_input_clause(clause) for clause in children(element, "input")),
        tuple(_output_clause(clause) for clause in children(element, "output")),
        tuple(_name(clause) for clause in children(element, "annotation")),
        tuple(_rule(rule, number) for number, rule in enumerate(children(element, "rule"), 1)),
    )


def _input_clause(element: Any) -> InputClause:
    expression = child(element, "inputExpression")
    text = text_of(expression) if expression is not None else ""
    return InputClause(
        element.get("id") or "",
        element.get("label") or text,
        text,
        _type_ref(expression),
        _tests(element, "inputValues"),
    )


def _output_clause(element: Any) -> OutputClause:
    default = child(element, "defaultOutputEntry")
    name = _name(element)
    return OutputClause(
        element.get("id") or "",
        element.get("label") or name,
        name or None,
        element.get("typeRef"),
        _tests(element, "outputValues"),
        text_of(default) if default is not None else None,
    )


def _rule(element: Any, number: int) -> Rule:
    annotations = [text_of(entry) for entry in children(element, "annotationEntry")]
    description = text_of(element, "description")
    return Rule(
        element.get("id") or f"rule_{number}",
        tuple(text_of(entry) for entry in children(element, "inputEntry")),
        tuple(text_of(entry) for entry in children(element, "outputEntry")),
        tuple(annotations if any(annotations) or not description else [description]),
    )


_BOXES: Final[dict[str, Callable[[Any, int], Boxed]]] = {
    "literalExpression": _literal,
    "invocation": _invocation,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "functionDefinition": _function,
    "decisionTable": _table,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
}
