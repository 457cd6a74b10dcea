"""Small decision models for the tests, written in Python instead of pages of XML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="{namespace}" name="模型">'


def definitions(*elements: str, namespace: str = "urn:test") -> bytes:
    """A whole model."""
    return (HEAD.format(namespace=namespace) + "".join(elements) + "</definitions>").encode()


def literal(text: str) -> str:
    """A literal expression."""
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def input_data(name: str, type_ref: str = "Any") -> str:
    """An input with its name as id."""
    return f"<inputData id={quoteattr(name)} name={quoteattr(name)}><variable name={quoteattr(name)} typeRef={quoteattr(type_ref)}/></inputData>"


def decision(
    name: str,
    logic: str,
    *,
    inputs: Iterable[str] = (),
    needs: Iterable[str] = (),
    knows: Iterable[str] = (),
    type_ref: str = "Any",
) -> str:
    """A decision with its name as id."""
    parts = [
        f"<decision id={quoteattr(name)} name={quoteattr(name)}><variable name={quoteattr(name)} typeRef={quoteattr(type_ref)}/>"
    ]
    parts += [
        f"<informationRequirement><requiredInput href={quoteattr(_href(i))}/></informationRequirement>" for i in inputs
    ]
    parts += [
        f"<informationRequirement><requiredDecision href={quoteattr(_href(i))}/></informationRequirement>"
        for i in needs
    ]
    parts += [
        f"<knowledgeRequirement><requiredKnowledge href={quoteattr(_href(i))}/></knowledgeRequirement>" for i in knows
    ]
    return "".join(parts) + logic + "</decision>"


def _href(name: str) -> str:
    return name if "#" in name else f"#{name}"


def knowledge(name: str, parameters: Sequence[tuple[str, str]], body: str, knows: Iterable[str] = ()) -> str:
    """A business knowledge model."""
    formal = "".join(f"<formalParameter name={quoteattr(p)} typeRef={quoteattr(t)}/>" for p, t in parameters)
    required = "".join(
        f"<knowledgeRequirement><requiredKnowledge href={quoteattr('#' + k)}/></knowledgeRequirement>" for k in knows
    )
    return (
        f"<businessKnowledgeModel id={quoteattr(name)} name={quoteattr(name)}><variable name={quoteattr(name)}/>"
        f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic>{required}</businessKnowledgeModel>"
    )


def table(
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[Sequence[str]],
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
    allowed: Sequence[str] = (),
    priorities: Sequence[str] = (),
    defaults: Sequence[str] = (),
    annotations: Sequence[str] = (),
) -> str:
    """A decision table; a rule is its input cells followed by its output cells."""
    attributes = f' hitPolicy="{policy}"' + (f' aggregation="{aggregation}"' if aggregation else "")
    parts = [f"<decisionTable{attributes}>"]
    for index, text in enumerate(inputs):
        values = (
            f"<inputValues><text>{escape(allowed[index])}</text></inputValues>"
            if index < len(allowed) and allowed[index]
            else ""
        )
        parts.append(
            f"<input label={quoteattr(text)}><inputExpression><text>{escape(text)}</text></inputExpression>{values}</input>"
        )
    for index, name in enumerate(outputs):
        values = (
            f"<outputValues><text>{escape(priorities[index])}</text></outputValues>" if index < len(priorities) else ""
        )
        default = (
            f"<defaultOutputEntry><text>{escape(defaults[index])}</text></defaultOutputEntry>"
            if index < len(defaults)
            else ""
        )
        parts.append(f"<output name={quoteattr(name)}>{values}{default}</output>")
    if annotations:
        parts.append('<annotation name="依据"/>')
    for number, rule in enumerate(rules, 1):
        parts.append(f'<rule id="r{number}">')
        parts += [f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in rule[: len(inputs)]]
        parts += [f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in rule[len(inputs) :]]
        if annotations:
            parts.append(f"<annotationEntry><text>{escape(annotations[number - 1])}</text></annotationEntry>")
        parts.append("</rule>")
    return "".join(parts) + "</decisionTable>"
