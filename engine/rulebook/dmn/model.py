"""A decision model as read from DMN XML: elements and boxed expressions, nothing compiled yet."""

from __future__ import annotations

from dataclasses import dataclass, field


class DmnError(ValueError):
    """A file that is no usable decision model. ``element`` is the id or name where the fault lies ("" for the file)."""

    def __init__(self, message: str, element: str = "") -> None:
        super().__init__(f"决策“{element}”：{message}" if element else message)
        self.message = message
        self.element = element


@dataclass(frozen=True, slots=True)
class Boxed:
    """Any boxed expression; ``type_ref`` is the declared type of its value, None when none is."""

    type_ref: str | None
    id: str


@dataclass(frozen=True, slots=True)
class Literal(Boxed):
    """FEEL text. ``language`` other than FEEL makes it null."""

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Invocation(Boxed):
    """A call with named parameters."""

    function: Boxed
    bindings: tuple[tuple[str, Boxed], ...]


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """One entry of a boxed context; no name means the result of the whole."""

    name: str | None
    type_ref: str | None
    value: Boxed | None


@dataclass(frozen=True, slots=True)
class Context(Boxed):
    """Entries, each of which sees those before it."""

    entries: tuple[ContextEntry, ...]


@dataclass(frozen=True, slots=True)
class ListBox(Boxed):
    """A boxed list."""

    items: tuple[Boxed, ...]


@dataclass(frozen=True, slots=True)
class Relation(Boxed):
    """A list of contexts with the same entries."""

    columns: tuple[tuple[str, str | None], ...]
    rows: tuple[tuple[Boxed, ...], ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A formal parameter."""

    name: str
    type_ref: str | None


@dataclass(frozen=True, slots=True)
class FunctionBox(Boxed):
    """A function definition; ``kind`` other than FEEL makes it null."""

    parameters: tuple[Parameter, ...]
    body: Boxed | None
    kind: str = "FEEL"


@dataclass(frozen=True, slots=True)
class Conditional(Boxed):
    """Boxed if-then-else."""

    condition: Boxed
    then: Boxed
    otherwise: Boxed


@dataclass(frozen=True, slots=True)
class FilterBox(Boxed):
    """Boxed filter."""

    source: Boxed
    match: Boxed


@dataclass(frozen=True, slots=True)
class IteratorBox(Boxed):
    """Boxed ``for``, ``some`` or ``every``."""

    kind: str
    variable: str
    source: Boxed
    body: Boxed


@dataclass(frozen=True, slots=True)
class InputClause:
    """A column of conditions. ``allowed`` are unary tests."""

    id: str
    label: str
    expression: str
    type_ref: str | None
    allowed: str | None


@dataclass(frozen=True, slots=True)
class OutputClause:
    """A column of results. ``allowed`` also orders the priorities."""

    id: str
    label: str
    name: str | None
    type_ref: str | None
    allowed: str | None
    default: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: unary tests, result expressions, annotations (the article)."""

    id: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    annotations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table(Boxed):
    """A decision table. ``hit_policy`` and ``aggregation`` as the standard spells them."""

    hit_policy: str
    aggregation: str | None
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    annotations: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A pointer to an element: namespace ("" is this model) and id."""

    namespace: str
    id: str


@dataclass(frozen=True, slots=True)
class InputData:
    """A value from outside."""

    id: str
    name: str
    type_ref: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: what it needs and how it is found."""

    id: str
    name: str
    type_ref: str | None
    inputs: tuple[Reference, ...]
    decisions: tuple[Reference, ...]
    knowledge: tuple[Reference, ...]
    logic: Boxed | None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function with a name."""

    id: str
    name: str
    type_ref: str | None
    function: FunctionBox | None
    knowledge: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: some decisions as a function."""

    id: str
    name: str
    type_ref: str | None
    outputs: tuple[Reference, ...]
    encapsulated: tuple[Reference, ...]
    input_decisions: tuple[Reference, ...]
    input_data: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An item definition."""

    name: str
    type_ref: str | None
    collection: bool
    allowed: str | None
    constraint: str | None
    components: tuple[Item, ...]
    function: tuple[tuple[Parameter, ...], str | None] | None


@dataclass(frozen=True, slots=True)
class Import:
    """Another model under a name."""

    name: str
    namespace: str


@dataclass(slots=True)
class Model:
    """One file."""

    namespace: str
    name: str
    items: dict[str, Item] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    inputs: dict[str, InputData] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    knowledge: dict[str, Knowledge] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
