"""Text to nodes: a scanner and a precedence-climbing parser in one, because names contain blanks.

What ``monthly salary`` or ``Date-Time`` means depends on the names in scope, so words cannot be cut before the scope is
known (docs/adr/0004). Names of several parts that the caller declares, and those that the text itself introduces, match
longest first; undeclared neighbours join into one name, since two words side by side mean nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, Inexact, InvalidOperation, Overflow
from typing import Final

from feel.budget import Budget
from feel.errors import FeelError
from feel.nodes import (
    Arithmetic,
    Between,
    Call,
    Compare,
    ContextLiteral,
    Filter,
    For,
    FunctionLiteral,
    If,
    In,
    Input,
    InstanceOf,
    Iterator,
    ListLiteral,
    Literal,
    Logic,
    Name,
    Negate,
    Node,
    OpRange,
    Path,
    Quantified,
    RangeLiteral,
    TestList,
    TypeName,
    UnaryTests,
)
from feel.temporal import parse_temporal
from feel.values import NUMBERS

_BLANK: Final = "\t\n\v\f\r \u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
_SKIP = re.compile(rf"(?:[{_BLANK}]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")
_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART: Final = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_WORD_STANDARD = re.compile(rf"[{_START}][{_PART}]*")
# People type full-width punctuation by mistake; in their texts it is a fault to point at, not part of a name.
_FULL_WIDTH: Final = "\u3001\u3002\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
_WORD_MODELLER = re.compile(rf"(?![{_FULL_WIDTH}])[{_START}](?:(?![{_FULL_WIDTH}])[{_PART}])*")
_FULL_WIDTH_RE = re.compile(f"[{_FULL_WIDTH}\u2018-\u201d≥≤≠×÷]")
_HALF: Final = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {
    "\u201c": '"', "\u201d": '"', "≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "、": ",", "。": ".",
}  # fmt: skip
_ATOM = re.compile(rf"[{_START}][{_PART}]*|[0-9]+|[^{_BLANK}]")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|[nrt\"'\\])"
)
_SIMPLE: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_KEY = re.compile(r'([^:"{}\[\](),<>=@]+):')
_PARAMETER = re.compile(r'([^:"{}\[\](),<>=@]+)(?=[:,)])')
_ITERATOR = re.compile(rf"([^:\"{{}}\[\](),<>=@]+?)[{_BLANK}]in(?![{_PART}])")
_OPERATOR = re.compile(r"\*\*|<=|>=|!=|[-+*/<>=]")
# What people write before they know the signs.
_SPOKEN = re.compile("大于|小于|等于|超过|不满|并且|而且|或者")
_TEST_OPERATOR = re.compile(r"<=|>=|!=|[<>=]")

# The words that end a name made of undeclared words.
_STOP: Final = frozenset({
    "and", "or", "in", "between", "then", "else", "return", "satisfies", "if", "for", "some", "every", "function",
    "instance", "true", "false", "null",
})  # fmt: skip
_TYPE_NAMES: Final = ("years and months duration", "days and time duration", "date and time")
_LEVELS: Final = {
    "=": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "+": 4, "-": 4, "*": 5, "/": 5, "**": 6,
}  # fmt: skip
_COMPARE: Final = 3
_ADD: Final = 4
_UNARY: Final = 7


def atoms(name: str) -> tuple[str, ...]:
    """The parts of a name between which blanks do not matter."""
    return tuple(_ATOM.findall(name))


def normal(name: str) -> str:
    """A name with single blanks."""
    return " ".join(name.split())


class KnownNames:
    """Names of several parts, found longest first. Layers can be added for a while and taken away again."""

    __slots__ = ("_by_first",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def copy(self) -> KnownNames:
        """An independent copy."""
        other = KnownNames()
        other._by_first = {first: list(entries) for first, entries in self._by_first.items()}
        return other

    def add(self, name: str) -> None:
        """Declare a name; a single word needs no declaration."""
        if name.isalnum():
            return
        parts = atoms(name)
        if len(parts) > 1:
            entries = self._by_first.setdefault(parts[0], [])
            if (parts, name) not in entries:
                entries.append((parts, name))
                entries.sort(key=lambda entry: -len(entry[0]))

    def at(self, text: str, pos: int, first: str) -> tuple[str, int] | None:
        """The longest declared name beginning with ``first`` at ``pos``, and where it ends."""
        entries = self._by_first.get(first)
        if not entries:
            return None
        found = [(pos, pos)]
        for match in _ATOM.finditer(text, pos):
            found.append(match.span())
            if len(found) > len(entries[0][0]):
                break
        words = [text[a:b] for a, b in found[1:]]
        for parts, name in entries:
            if tuple(words[: len(parts)]) == parts:
                return name, found[len(parts)][1]
        return None


class Parser:
    """One text being parsed. Use ``parse_expression`` or ``parse_unary``."""

    def __init__(self, text: str, known: KnownNames, budget: Budget, standard: bool, types: Iterable[str] = ()) -> None:
        if len(text) > budget.length:
            raise FeelError(-1, f"表达式长 {len(text)} 个字符，超过上限 {budget.length}。", "budget")
        self.text = text
        self.pos = 0
        self.known = known.copy()
        self.types = sorted(types, key=len, reverse=True)
        self.budget = budget
        self.nodes = 0
        self.depth = 0
        self.range_end = False
        self.word_re = _WORD_STANDARD if standard else _WORD_MODELLER

    # ── scanning ──

    def skip(self) -> int:
        match = _SKIP.match(self.text, self.pos)
        self.pos = match.end() if match else self.pos
        return self.pos

    def peek(self, token: str) -> bool:
        self.skip()
        return self.text.startswith(token, self.pos)

    def accept(self, token: str) -> bool:
        self.skip()
        if self.text.startswith(token, self.pos):
            self.pos += len(token)
            return True
        return False

    def expect(self, token: str, why: str) -> None:
        if not self.accept(token):
            raise self.error(f"{why}，此处应为“{token}”")

    def peek_word(self) -> str:
        self.skip()
        match = self.word_re.match(self.text, self.pos)
        return match.group() if match else ""

    def accept_word(self, word: str) -> bool:
        if self.peek_word() == word:
            self.pos += len(word)
            return True
        return False

    def expect_word(self, word: str, why: str) -> None:
        if not self.accept_word(word):
            raise self.error(f"{why}，此处应为“{word}”")

    def error(self, message: str, pos: int | None = None) -> FeelError:
        at = self.pos if pos is None else pos
        self.pos = at
        at = self.skip()
        if at >= len(self.text):
            return FeelError(len(self.text), f"{message}，但表达式已经结束。")
        found = _FULL_WIDTH_RE.match(self.text, at)
        if found:
            half = _HALF.get(found.group())
            remedy = f"，请改用半角“{half}”" if half else "，请改用半角符号"
            return FeelError(at, f"此处是全角符号“{found.group()}”{remedy}。")
        return FeelError(at, f"{message}，却遇到“{self.text[at : at + 12].split(chr(10))[0]}”。")

    def count(self) -> None:
        self.nodes += 1
        if self.nodes > self.budget.nodes:
            raise FeelError(-1, f"表达式的组成部分超过 {self.budget.nodes} 个，请拆成几条。", "budget")

    # ── entry points ──

    def parse_expression(self) -> Node:
        """The whole text as one expression."""
        node = self.expression()
        self.finish()
        return node

    def finish(self) -> None:
        if self.skip() < len(self.text):
            fault = self.error("表达式到此应已结束")
            if _SPOKEN.search(self.text):
                fault = FeelError(fault.position, f"{fault.message}比较请写 > >= < <= = !=，连接请写 and、or。")
            raise fault

    def parse_unary(self) -> UnaryTests:
        """The whole text as the tests of a decision table cell."""
        start = self.skip()
        if self.accept("-") and self.skip() >= len(self.text):
            return UnaryTests(start, [], False)
        self.pos = start
        if start >= len(self.text):
            return UnaryTests(start, [], False)
        negated = self.negated_tests()
        if negated is not None:
            return UnaryTests(start, negated, True)
        self.pos = start
        tests = self.tests()
        self.finish()
        return UnaryTests(start, tests, False)

    def negated_tests(self) -> list[Node] | None:
        """``not(…)`` around the whole cell; None when the cell begins with something else."""
        if not (self.accept_word("not") and self.accept("(")):
            return None
        nodes, depth = self.nodes, self.depth
        try:
            tests = self.tests()
        except FeelError as error:
            if error.code == "budget":
                raise
            self.nodes, self.depth = nodes, depth
            return None
        return tests if self.accept(")") and self.skip() >= len(self.text) else None

    def tests(self) -> list[Node]:
        tests = [self.test()]
        while self.accept(","):
            tests.append(self.test())
        return tests

    def test(self) -> Node:
        op = self.test_operator()
        if op is None:
            return self.expression()
        return op

    def test_operator(self) -> OpRange | None:
        pos = self.skip()
        match = _TEST_OPERATOR.match(self.text, pos)
        if not match:
            return None
        self.pos = match.end()
        self.count()
        return OpRange(pos, match.group(), self.binary(_ADD))

    # ── expressions ──

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > self.budget.depth:
            raise FeelError(self.pos, f"括号和嵌套超过 {self.budget.depth} 层，请拆成几条。", "budget")
        range_end, self.range_end = self.range_end, False
        node = self.disjunction()
        self.range_end = range_end
        self.depth -= 1
        return node

    def disjunction(self) -> Node:
        node = self.conjunction()
        if self.peek_word() != "or":
            return node
        parts = [node]
        while self.accept_word("or"):
            parts.append(self.conjunction())
        self.count()
        return Logic(node.pos, "or", parts)

    def conjunction(self) -> Node:
        node = self.comparison()
        if self.peek_word() != "and":
            return node
        parts = [node]
        while self.accept_word("and"):
            parts.append(self.comparison())
        self.count()
        return Logic(node.pos, "and", parts)

    def comparison(self) -> Node:
        node = self.binary(_ADD)
        while True:
            pos = self.skip()
            match = _TEST_OPERATOR.match(self.text, pos)
            if match:
                self.pos = match.end()
                self.count()
                node = Compare(pos, match.group(), node, self.binary(_ADD))
                continue
            word = self.peek_word()
            if word == "between":
                node = self.between(node)
            elif word == "in":
                node = self.membership(node)
            else:
                return node

    def between(self, value: Node) -> Node:
        pos = self.pos
        self.pos += len("between")
        low = self.binary(_ADD)
        self.expect_word("and", "between 的下限之后")
        self.count()
        return Between(pos, value, low, self.binary(_ADD))

    def membership(self, value: Node) -> Node:
        pos = self.pos
        self.pos += len("in")
        self.count()
        test = self.test_operator() or self.binary(_ADD)
        return In(pos, value, test.tests if isinstance(test, TestList) else [test])

    def binary(self, level: int) -> Node:
        node = self.negation()
        while True:
            pos = self.skip()
            match = _OPERATOR.match(self.text, pos)
            op_level = _LEVELS.get(match.group(), 0) if match else 0
            if match is None or op_level < level or op_level == _COMPARE:
                return node
            self.pos = match.end()
            right = self.binary(op_level + 1)
            self.count()
            node = Arithmetic(pos, match.group(), node, right)

    def negation(self) -> Node:
        pos = self.skip()
        if not self.accept("-"):
            return self.postfix()
        self.depth += 1
        if self.depth > self.budget.depth:
            raise FeelError(pos, f"括号和嵌套超过 {self.budget.depth} 层，请拆成几条。", "budget")
        self.skip()
        number = _NUMBER.match(self.text, self.pos)
        operand = self.negation()
        self.depth -= 1
        if number and isinstance(operand, Literal) and isinstance(operand.value, Decimal):
            return Literal(pos, NUMBERS.minus(operand.value))
        self.count()
        return Negate(pos, operand)

    def postfix(self) -> Node:
        node = self.primary()
        while True:
            pos = self.skip()
            char = self.text[pos : pos + 1]
            if char == "." and self.text[pos : pos + 2] != "..":
                self.pos += 1
                self.count()
                node = Path(pos, node, self.member_name())
            elif char == "[":
                filtered = self.filter(node)
                if filtered is None:
                    return node
                node = filtered
            elif char == "(" and not isinstance(node, Literal):
                node = self.call(node)
            elif char == "i" and self.peek_word() == "instance":
                self.pos += len("instance")
                self.expect_word("of", "instance 之后")
                self.count()
                node = InstanceOf(pos, node, self.type_name())
            else:
                return node

    def filter(self, target: Node) -> Node | None:
        """``[condition]``; at the end of a range ``[`` may instead close the range, then None."""
        pos = self.pos
        if not self.range_end:
            self.pos += 1
            self.count()
            condition = self.test_in_filter()
            self.expect("]", "筛选条件之后")
            return Filter(pos, target, condition)
        depth = self.depth
        try:
            self.range_end = False
            filtered = self.filter(target)
            self.skip()
            if self.text[self.pos : self.pos + 1] in ("]", ")", "[", "+", "-", "*", "/", "."):
                return filtered
        except FeelError as error:
            if error.code == "budget":
                raise
        finally:
            self.range_end = True
        self.pos, self.depth = pos, depth
        return None

    def test_in_filter(self) -> Node:
        self.skip()
        return self.expression()

    def call(self, function: Node) -> Node:
        pos = self.pos
        self.pos += 1
        self.count()
        if self.accept(")"):
            return Call(pos, function, [], None)
        named = self.argument_name()
        if named is None:
            arguments = [self.argument()]
            while self.accept(","):
                arguments.append(self.argument())
            self.expect(")", "函数参数之后")
            return Call(pos, function, arguments, None)
        names, arguments = [], []
        while named is not None:
            names.append(named)
            arguments.append(self.argument())
            if not self.accept(","):
                break
            named = self.argument_name()
        self.expect(")", "函数参数之后")
        return Call(pos, function, arguments, names)

    def argument(self) -> Node:
        return self.test_operator() or self.expression()

    def argument_name(self) -> str | None:
        self.skip()
        match = _KEY.match(self.text, self.pos)
        if not match or not self.word_re.match(self.text, match.start(1)):
            return None
        self.pos = match.end()
        return normal(match.group(1))

    # ── primaries ──

    def primary(self) -> Node:
        pos = self.skip()
        char = self.text[pos : pos + 1]
        self.count()
        if char == '"':
            return Literal(pos, self.string())
        number = _NUMBER.match(self.text, pos)
        if number:
            self.pos = number.end()
            return Literal(pos, self.number(number.group(), pos))
        if char == "(":
            return self.parenthesis()
        if char == "[":
            return self.list_or_range()
        if char == "]":
            self.pos += 1
            start = self.binary(_ADD)
            return self.range(pos, start, False)
        if char == "{":
            return self.context()
        if char == "@":
            return self.at_literal()
        if char == "?":
            self.pos += 1
            return Input(pos)
        return self.word(pos)

    def number(self, text: str, pos: int) -> Decimal:
        try:
            value = NUMBERS.create_decimal(text)
        except (InvalidOperation, Overflow, Inexact):
            raise FeelError(pos, f"数字 {text[:20]} 过大，不能表示。", "value") from None
        return value

    def string(self) -> str:
        match = _STRING.match(self.text, self.pos)
        if not match:
            raise FeelError(self.pos, '文字没有结束的引号，请补上“"”。')
        self.pos = match.end()
        body = match.group(1)
        return _ESCAPE.sub(_unescape, body) if "\\" in body else body

    def at_literal(self) -> Node:
        pos = self.pos
        self.pos += 1
        self.skip()
        if not self.peek('"'):
            raise self.error("@ 之后应为引号中的日期、时间或时长")
        text = self.string()
        value = parse_temporal(text)
        if value is None:
            raise FeelError(pos, f'“{text}”不是日期、时间或时长；例如 @"2026-03-02"、@"P3D"。', "value")
        return Literal(pos, value)

    def parenthesis(self) -> Node:
        pos = self.pos
        self.pos += 1
        first = self.test()
        if self.accept(".."):
            return self.range(pos, first, False)
        if self.accept(")"):
            return first
        tests = [first]
        while self.accept(","):
            tests.append(self.test())
        self.expect(")", "括号")
        return TestList(pos, tests)

    def range(self, pos: int, start: Node, included: bool) -> Node:
        if not self.text.startswith("..", self.pos - 2):
            self.expect("..", "区间的起点之后")
        self.count()
        outer, self.range_end = self.range_end, True
        end = self.binary(_ADD)
        self.range_end = outer
        self.skip()
        close = self.text[self.pos : self.pos + 1]
        if close not in ("]", ")", "["):
            raise self.error("区间的终点之后应为“]”或“)”")
        self.pos += 1
        return RangeLiteral(pos, start, included, end, close == "]")

    def list_or_range(self) -> Node:
        pos = self.pos
        self.pos += 1
        if self.accept("]"):
            return ListLiteral(pos, [])
        first = self.test()
        if self.accept(".."):
            return self.range(pos, first, True)
        items = [first]
        while self.accept(","):
            items.append(self.test())
        self.expect("]", "列表")
        return ListLiteral(pos, items)

    def context(self) -> Node:
        pos = self.pos
        self.pos += 1
        entries: list[tuple[str, Node]] = []
        known = self.known
        self.known = known.copy()
        if not self.accept("}"):
            while True:
                at = self.skip()
                key = self.context_key()
                if any(key == other for other, _ in entries):
                    raise FeelError(at, f"上下文中“{key}”出现两次，请改名。")
                entries.append((key, self.expression()))
                self.known.add(key)
                if not self.accept(","):
                    break
            self.expect("}", "上下文")
        # Names of entries stay known after the closing brace: {…}.time of day
        for key, _ in entries:
            known.add(key)
        self.known = known
        return ContextLiteral(pos, entries)

    def context_key(self) -> str:
        if self.peek('"'):
            key = self.string()
            self.expect(":", "上下文的名称之后")
            return key
        match = _KEY.match(self.text, self.skip())
        if not match:
            raise self.error("上下文中应为“名称: 值”")
        if not self.word_re.match(self.text, match.start(1)):
            raise self.error("上下文中的名称应以文字开头", match.start(1))
        self.pos = match.end()
        return normal(match.group(1))

    # ── words ──

    def word(self, pos: int) -> Node:
        word = self.peek_word()
        if not word and self.text[max(pos - 1, 0) : pos + 1] == "==":
            raise self.error("比较是否相等只写一个“=”")
        if not word:
            raise self.error("此处应为值或名称")
        known = self.known.at(self.text, pos, word)
        if known:
            name, self.pos = known
            return Name(pos, name)
        special = _SPECIAL.get(word)
        if special is not None:
            made = special(self, pos)
            if made is not None:
                return made
        self.pos = pos + len(word)
        return Name(pos, self.join(word))

    def join(self, word: str) -> str:
        """A name of undeclared words: neighbours up to the next keyword or sign."""
        name = [word]
        while True:
            following = self.peek_word()
            if not following or following in _STOP:
                return " ".join(name)
            name.append(following)
            self.pos += len(following)

    def member_name(self) -> str:
        pos = self.skip()
        word = self.peek_word()
        if not word:
            raise self.error("“.”之后应为名称")
        known = self.known.at(self.text, pos, word)
        if known:
            name, self.pos = known
            return name
        self.pos = pos + len(word)
        return self.join(word)

    def literal_word(self, pos: int) -> Node:
        word = self.peek_word()
        self.pos += len(word)
        return Literal(pos, {"true": True, "false": False, "null": None}[word])

    def if_then_else(self, pos: int) -> Node:
        self.pos += len("if")
        condition = self.expression()
        self.expect_word("then", "if 的条件之后")
        then = self.expression()
        self.expect_word("else", "then 的值之后")
        return If(pos, condition, then, self.expression())

    def for_return(self, pos: int) -> Node:
        self.pos += len("for")
        known = self.known
        self.known = known.copy()
        iterators = self.iterators()
        self.expect_word("return", "for 的范围之后")
        body = self.expression()
        self.known = known
        return For(pos, iterators, body)

    def quantified(self, pos: int) -> Node:
        word = self.peek_word()
        self.pos += len(word)
        known = self.known
        self.known = known.copy()
        iterators = self.iterators()
        self.expect_word("satisfies", f"{word} 的范围之后")
        body = self.expression()
        self.known = known
        return Quantified(pos, word == "every", iterators, body)

    def iterators(self) -> list[Iterator]:
        found = []
        while True:
            pos = self.skip()
            match = _ITERATOR.match(self.text, pos)
            if not match or not self.word_re.match(self.text, pos):
                raise self.error("此处应为“变量 in 列表”")
            self.pos = match.end()
            name = normal(match.group(1))
            source = self.expression()
            high = self.expression() if self.accept("..") else None
            self.known.add(name)
            found.append(Iterator(pos, name, source, high))
            if not self.accept(","):
                return found

    def function_literal(self, pos: int) -> Node | None:
        self.pos += len("function")
        if not self.accept("("):
            self.pos = pos
            return None
        known = self.known
        self.known = known.copy()
        parameters: list[tuple[str, TypeName | None]] = []
        while not self.accept(")"):
            self.skip()
            match = _PARAMETER.match(self.text, self.pos)
            if not match or not self.word_re.match(self.text, match.start(1)):
                raise self.error("此处应为参数名")
            self.pos = match.end()
            name = normal(match.group(1))
            parameters.append((name, self.type_name() if self.accept(":") else None))
            self.known.add(name)
            if not self.peek(")"):
                self.expect(",", "参数之后")
        result = self.type_name() if self.accept(":") else None
        external = self.accept_word("external")
        body = self.expression()
        self.known = known
        return FunctionLiteral(pos, parameters, result, body, external)

    # ── types ──

    def type_name(self) -> TypeName:
        pos = self.skip()
        self.count()
        self.depth += 1
        if self.depth > self.budget.depth:
            raise FeelError(pos, f"类型嵌套超过 {self.budget.depth} 层。", "budget")
        name = self.plain_type_name()
        made = TypeName(pos, name, [], [])
        if name in ("list", "range", "context", "function") and self.accept("<"):
            self.type_arguments(made)
        self.depth -= 1
        return made

    def type_arguments(self, made: TypeName) -> None:
        if not self.accept(">"):
            while True:
                if made.name == "context":
                    made.members.append(self.context_key())
                made.arguments.append(self.type_name())
                if not self.accept(","):
                    break
            self.expect(">", "类型参数之后")
        if made.name == "function":
            self.expect("->", "function<…> 之后")
            made.result = self.type_name()

    def plain_type_name(self) -> str:
        pos = self.pos
        words = self.text[pos : pos + 200]
        for candidate in (*_TYPE_NAMES, *self.types):
            pattern = r"\s+".join(re.escape(word) for word in candidate.split())
            match = re.match(rf"{pattern}(?![{_PART}])", words)
            if match:
                self.pos += match.end()
                return candidate
        word = self.peek_word()
        if not word:
            raise self.error("此处应为类型名")
        self.pos = pos + len(word)
        while self.text.startswith(".", self.pos) and self.text[self.pos : self.pos + 2] != "..":
            self.pos += 1
            part = self.peek_word()
            self.pos += len(part)
            word = f"{word}.{part}"
        return word


def _unescape(match: re.Match[str]) -> str:
    text = match.group()
    if len(text) == 12:
        high, low = int(text[2:6], 16), int(text[8:12], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if text[1] in "uU":
        code = int(text[2:], 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return _SIMPLE[text[1]]


_SPECIAL: Final = {
    "true": Parser.literal_word,
    "false": Parser.literal_word,
    "null": Parser.literal_word,
    "if": Parser.if_then_else,
    "for": Parser.for_return,
    "some": Parser.quantified,
    "every": Parser.quantified,
    "function": Parser.function_literal,
}
