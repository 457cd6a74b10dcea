"""Between a condition builder's tree and text, both ways.

A tree is JSON: a group ``{"all": [tree, …]}`` or ``{"any": [tree, …]}`` of two or more, ``{"not": tree}``, or a condition
``{"field": "罚款金额", "op": ">=", "value": {"type": "number", "value": "3000.00"}}``.

Operators: ``= != < <= > >=`` with one value; ``in``, ``not in`` with a list of values; ``between`` with two;
``contains``, ``starts with``, ``ends with``, ``matches`` with a text; ``empty``, ``not empty`` with none. Value types:
``text number boolean date time datetime duration`` (spelled as in FEEL) and ``field`` (another field's name).
``to_text(from_text(t))`` means what ``t`` means; ``from_text(to_text(tree)) == tree`` exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from feel import nodes as n
from feel.budget import MODELLER
from feel.errors import FeelError
from feel.functions import BUILTINS
from feel.parser import KnownNames, Parser
from feel.temporal import (
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)
from feel.values import literal_text

Tree = dict[str, Any]

COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
TEXT_TESTS: Final = ("contains", "starts with", "ends with", "matches")
_PARSERS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "date": ("date", parse_date),
    "time": ("time", parse_time),
    "datetime": ("date and time", parse_date_time),
    "duration": ("duration", parse_duration),
}
_CALLS: Final = {function: (kind, read) for kind, (function, read) in _PARSERS.items()}
_TYPES: Final[dict[type, str]] = {
    Date: "date", Time: "time", DateTime: "datetime", DayTimeDuration: "duration", YearMonthDuration: "duration",
}  # fmt: skip
_DEEPEST: Final = 12


def to_text(tree: Tree, names: Iterable[str] = ()) -> str:
    """The tree as FEEL. Raises FeelError (code ``value``) naming what is wrong with it."""
    known = tuple(names)
    text = _write(tree, 0)
    if from_text(text, known) != tree:
        raise FeelError(-1, "条件中的字段名不能用于表达式，请改用没有符号的名称。", "value")
    return text


def from_text(text: str, names: Iterable[str] = ()) -> Tree:
    """FEEL as a tree. Raises FeelError (code ``tree``) with the position of what a tree cannot say."""
    known = KnownNames((*BUILTINS, *names))
    return _read(Parser(text, known, MODELLER, standard=False).parse_expression())


# ── tree to text ──


def _bad(message: str) -> FeelError:
    return FeelError(-1, message, "value")


def _write(tree: Any, depth: int) -> str:
    if not isinstance(tree, Mapping) or depth > _DEEPEST:
        raise _bad("条件树应为对象，嵌套不超过 12 层。")
    for key, word in (("all", " and "), ("any", " or ")):
        if key in tree:
            return _write_group(tree, key, word, depth)
    if "not" in tree:
        if set(tree) != {"not"}:
            raise _bad("“not”旁边不能有别的内容。")
        return f"not({_write(tree['not'], depth + 1)})"
    return _write_condition(tree)


def _write_group(tree: Mapping[str, Any], key: str, word: str, depth: int) -> str:
    parts = tree[key]
    if set(tree) != {key} or not isinstance(parts, list) or len(parts) < 2:
        raise _bad(f"“{key}”应为至少两个条件的列表。")
    written = []
    for part in parts:
        text = _write(part, depth + 1)
        written.append(f"({text})" if isinstance(part, Mapping) and ("all" in part or "any" in part) else text)
    return word.join(written)


def _write_condition(tree: Mapping[str, Any]) -> str:
    field, op, value = tree.get("field"), tree.get("op"), tree.get("value")
    if not isinstance(field, str) or not field.strip() or not isinstance(op, str):
        raise _bad("条件应有字段 field 和运算 op。")
    if op in ("empty", "not empty"):
        return f"{field} {'=' if op == 'empty' else '!='} null"
    if op in COMPARISONS:
        return f"{field} {op} {_write_value(value)}"
    if op in TEXT_TESTS:
        return f"{op}({field}, {_write_value(value)})"
    if op in ("in", "not in") and isinstance(value, list) and value:
        inside = f"{field} in ({', '.join(map(_write_value, value))})"
        return inside if op == "in" else f"not({inside})"
    if op == "between" and isinstance(value, list) and len(value) == 2:
        return f"{field} between {_write_value(value[0])} and {_write_value(value[1])}"
    raise _bad(f"不认识运算“{op}”，或它的值的个数不对。")


def _write_value(value: Any) -> str:
    kind, content = (value.get("type"), value.get("value")) if isinstance(value, Mapping) else (None, None)
    if kind == "boolean" and isinstance(content, bool):
        return "true" if content else "false"
    if not isinstance(content, str):
        raise _bad("条件的值应写作 {type, value}，除是否外 value 都是文字。")
    if kind == "text":
        return literal_text(content)
    if kind == "field":
        return content
    if kind == "number":
        try:
            number = Decimal(content)
        except InvalidOperation:
            raise _bad(f"“{content}”不是数字。") from None
        if not number.is_finite() or abs(number.adjusted()) > 34:
            raise _bad(f"“{content}”不是可用的数字。")
        return format(number, "f")
    if kind in _PARSERS:
        function, read = _PARSERS[kind]
        if read(content) is None:
            raise _bad(f"“{content}”不是正确的日期、时间或时长。")
        return f'{function}("{content}")'
    raise _bad(f"不认识值的种类“{kind}”。")


# ── text to tree ──


def _unsayable(node: n.Node) -> FeelError:
    return FeelError(node.pos, "这一部分不能用条件生成器表示，请直接编辑文字。", "tree")


def _read(node: n.Node) -> Tree:
    if isinstance(node, n.Logic):
        return {"all" if node.op == "and" else "any": [_read(part) for part in node.parts]}
    if isinstance(node, n.Compare):
        return _read_compare(node)
    if isinstance(node, n.In):
        values = [_read_value(test) for test in node.tests]
        return {"field": _field(node.value), "op": "in", "value": values}
    if isinstance(node, n.Between):
        return {"field": _field(node.value), "op": "between", "value": [_read_value(node.low), _read_value(node.high)]}
    if isinstance(node, n.Call) and isinstance(node.function, n.Name) and node.names is None:
        return _read_call(node, node.function.name)
    raise _unsayable(node)


def _read_compare(node: n.Compare) -> Tree:
    field = _field(node.left)
    if isinstance(node.right, n.Literal) and node.right.value is None:
        if node.op not in ("=", "!="):
            raise _unsayable(node)
        return {"field": field, "op": "empty" if node.op == "=" else "not empty"}
    return {"field": field, "op": node.op, "value": _read_value(node.right)}


def _read_call(node: n.Call, name: str) -> Tree:
    arguments = node.arguments
    if name == "not" and len(arguments) == 1:
        inner = _read(arguments[0])
        return {**inner, "op": "not in"} if inner.get("op") == "in" else {"not": inner}
    if name in TEXT_TESTS and len(arguments) == 2:
        return {"field": _field(arguments[0]), "op": name, "value": _read_value(arguments[1])}
    raise _unsayable(node)


def _field(node: n.Node) -> str:
    if isinstance(node, n.Name):
        return node.name
    if isinstance(node, n.Path):
        return f"{_field(node.target)}.{node.name}"
    raise _unsayable(node)


def _read_value(node: n.Node) -> Tree:
    if isinstance(node, n.Literal):
        return _read_literal(node)
    if isinstance(node, (n.Name, n.Path)):
        return {"type": "field", "value": _field(node)}
    if isinstance(node, n.Call) and isinstance(node.function, n.Name) and len(node.arguments) == 1:
        known = _CALLS.get(node.function.name)
        argument = node.arguments[0]
        if known and node.names is None and isinstance(argument, n.Literal) and type(argument.value) is str:
            kind, read = known
            if read(argument.value) is not None:
                return {"type": kind, "value": argument.value}
    raise _unsayable(node)


def _read_literal(node: n.Literal) -> Tree:
    value = node.value
    if type(value) is bool:
        return {"type": "boolean", "value": value}
    if type(value) is str:
        return {"type": "text", "value": value}
    if type(value) is Decimal:
        return {"type": "number", "value": format(value, "f")}
    if type(value) in _TYPES:
        return {"type": _TYPES[type(value)], "value": str(value)}
    raise _unsayable(node)
