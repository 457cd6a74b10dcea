"""Random block-structured processes: one tree of nodes, its BPMN, and the table that decides its gateways."""

from __future__ import annotations

import random
from xml.sax.saxutils import escape

from tests.flow.drawing import HEAD, ext

# kinds: user auto catch seq xor par inc loop sub call event; `mi` = ("par"|"seq", n); `bound` = [Event]


SCOPES = ("sub", "call")


class Node:
    def __init__(self, kind, id, kids=(), **kw):
        self.kind, self.id, self.kids = kind, id, list(kids)
        self.mi, self.bound = kw.get("mi"), kw.get("bound", [])

    def walk(self):
        """Every node of the same process and of embedded or called ones, handlers included."""
        yield self
        for kid in self.kids + [e.body for e in self.bound]:
            yield from kid.walk()


class Event:
    """Boundary timer or message. kind: merge (interrupting, meets the main flow again), escape (interrupting, own end), side (non-interrupting)."""

    def __init__(self, id, kind, body):
        self.id, self.kind, self.body = id, kind, body

    @property
    def again(self):
        """A message, which may come any number of times."""
        return self.id[0] == "n"


ALL = ("xor", "par", "inc", "loop", "sub", "call", "mi", "bound", "catch", "event")


class Gen:
    def __init__(self, seed, kinds=ALL, budget=None):
        self.r, self.kinds, self.n = random.Random(seed), set(kinds), 0
        self.budget = budget or self.r.randint(4, 25)
        self.calls = {}
        self.root = Node("seq", "root", [self.seq(0, False)])

    def id(self, p):
        self.n += 1
        return f"{p}{self.n}"

    def leaf(self, kind="user"):
        self.budget -= 1
        return Node(kind, self.id({"user": "u", "auto": "a", "catch": "c"}[kind]))

    def plain(self, most=2):
        return Node("seq", self.id("q"), [self.leaf() for _ in range(self.r.randint(1, most))])

    def seq(self, depth, inside, first_user=False):
        kids = [self.leaf()] if first_user else []
        for _ in range(self.r.choice((1, 1, 2, 2, 3))):
            if self.budget > 0 or not kids:
                kids.append(self.node(depth, inside))
        return Node("seq", self.id("q"), kids)

    def node(self, depth, inside):
        """`inside`: in a parallel or inclusive block, where no path may leave the block."""
        r = self.r
        kinds = [k for k in ("xor", "par", "inc", "loop", "sub", "call", "event") if k in self.kinds]
        kind = r.choice(kinds) if kinds and depth < 4 and self.budget > 2 and r.random() < 0.6 else "leaf"
        if kind == "leaf":
            kind = r.choices(("user", "auto", "catch"), (6, 2, 1 if "catch" in self.kinds else 0))[0]
            node = self.leaf(kind)
            if kind == "user":
                if "mi" in self.kinds and r.random() < 0.15:
                    node.mi = (r.choice(("par", "seq")), r.randint(1, 3))
                self.events(node, depth, inside)
            return node
        if kind in ("xor", "par", "inc"):
            inside = inside or kind != "xor"
            kids = [self.seq(depth + 1, inside) for _ in range(r.randint(2, 3))]
            if r.random() < 0.15:
                kids[-1] = Node("seq", self.id("q"), [])  # an empty branch
            return Node(kind, self.id({"xor": "x", "par": "p", "inc": "i"}[kind]), kids)
        if kind == "event":
            return Node("event", self.id("e"), [self.plain(1) for _ in range(2)])
        if kind == "loop":
            return Node("loop", self.id("l"), [self.seq(depth + 1, inside, True)])
        if kind == "call" and self.calls and r.random() < 0.3:
            body = r.choice(list(self.calls.values()))  # a process called from two places
        elif "mi" in self.kinds and r.random() < 0.15:
            node = Node(
                kind,
                self.id("s" if kind == "sub" else "k"),
                [self.plain()],
                mi=(r.choice(("par", "seq")), r.randint(1, 2)),
            )
            if kind == "call":
                self.calls["P" + node.id] = node.kids[0]
            return node
        else:
            body = self.seq(depth + 1, False, True)
        node = Node(kind, self.id("s" if kind == "sub" else "k"), [body])
        if kind == "call" and body not in self.calls.values():
            self.calls["P" + node.id] = body
        self.events(node, depth, inside)
        return node

    def events(self, node, depth, inside):
        if "bound" not in self.kinds or self.r.random() > 0.3:
            return
        for _ in range(self.r.choice((1, 1, 2))):
            kind = self.r.choice(("merge", "side") if inside else ("merge", "side", "escape"))
            body = self.plain() if kind == "side" or self.budget < 2 else self.seq(depth + 2, inside, True)
            node.bound.append(Event(self.id("n" if kind == "side" and self.r.random() < 0.4 else "b"), kind, body))


TIMER = "<timerEventDefinition><timeDuration>P30D</timeDuration></timerEventDefinition>"
GATES = {"xor": "exclusiveGateway", "par": "parallelGateway", "inc": "inclusiveGateway"}


class Drawing:
    """The BPMN of a generated process. Conditions read `gateway#branch`: the test's host answers them from its table."""

    def __init__(self, gen):
        self.gen, self.other, self.messages, self.done = gen, [], [], set()

    def text(self):
        main = self.process("main", self.gen.root)
        return (HEAD + "".join(dict.fromkeys(self.messages)) + main + "".join(self.other) + "</definitions>").encode()

    def process(self, pid, body):
        return f'<process id="{pid}" isExecutable="true">{Sheet(self, pid).text(body)}</process>'

    def called(self, body):
        """The name of a called process, drawn when it is first called."""
        name = next(n for n, b in self.gen.calls.items() if b is body)
        if name not in self.done:
            self.done.add(name)
            self.other.append(self.process(name, body))
        return name

    def message(self, name):
        self.messages.append(f'<message id="{name}" name="{name}"/>')
        return f'<messageEventDefinition messageRef="{name}"/>'


class Sheet:
    """One process or sub-process: a source is a node, or (node, condition) of the flow that leaves it next."""

    def __init__(self, drawing, pid):
        self.drawing, self.pid, self.els, self.flows = drawing, pid, {}, []

    def text(self, body):
        out = self.emit(body, self.add(f"{self.pid}_start", "startEvent"))
        self.flow(out, self.add(f"{self.pid}_end", "endEvent"))
        text = "".join(f'<{tag} id="{i}"{attrs}>{inner}</{tag}>' for i, (tag, attrs, inner) in self.els.items())
        for fid, s, d, cond in self.flows:
            inner = f"<conditionExpression>{escape(cond)}</conditionExpression>" if cond and cond != "default" else ""
            text += f'<sequenceFlow id="{fid}" sourceRef="{s}" targetRef="{d}">{inner}</sequenceFlow>'
        return text

    def add(self, id, tag, inner="", attrs=""):
        self.els[id] = [tag, attrs, inner]
        return id

    def flow(self, src, dst):
        src, cond = src if isinstance(src, tuple) else (src, None)
        fid = f"{self.pid}_f{len(self.flows)}"
        self.flows.append((fid, src, dst, cond))
        if cond == "default":
            self.els[src][1] += f' default="{fid}"'

    def emit(self, node, src):
        """Draw a node behind a source; the source of what follows."""
        if node.kind == "seq":
            for kid in node.kids:
                src = self.emit(kid, src)
            return src
        if node.kind in ("user", "auto", "catch", *SCOPES):
            self.activity(node)
            self.flow(src, node.id)
            return self.handlers(node)
        return {"loop": self.loop, "event": self.choice}.get(node.kind, self.block)(node, src)

    def activity(self, node):
        i, mi = node.id, self.instances(node)
        if node.kind == "user":
            self.add(i, "userTask", mi)
        elif node.kind == "auto":
            self.add(i, "businessRuleTask", ext(decision="table"))
        elif node.kind == "catch":
            self.add(i, "intermediateCatchEvent", TIMER)
        elif node.kind == "call":
            self.add(i, "callActivity", mi, f' calledElement="{self.drawing.called(node.kids[0])}"')
        else:
            self.add(i, "subProcess", mi + Sheet(self.drawing, i).text(node.kids[0]))

    def instances(self, node):
        if not node.mi:
            return ""
        sequential = "true" if node.mi[0] == "seq" else "false"
        count = f"<loopCardinality>{node.mi[1]}</loopCardinality>"
        return (
            f'<multiInstanceLoopCharacteristics isSequential="{sequential}">{count}</multiInstanceLoopCharacteristics>'
        )

    def handlers(self, node):
        out = node.id
        for ev in node.bound:
            event = self.drawing.message(f"{ev.id}_s") if ev.again else TIMER
            self.add(
                ev.id,
                "boundaryEvent",
                event,
                f' attachedToRef="{node.id}" cancelActivity="{str(ev.kind != "side").lower()}"',
            )
            tail = self.emit(ev.body, ev.id)
            if ev.kind == "merge":
                m = self.add(ev.id + "_m", "exclusiveGateway")
                self.flow(out, m)
                self.flow(tail, m)
                out = m
            else:
                self.flow(tail, self.add(ev.id + "_e", "endEvent"))
        return out

    def loop(self, node, src):
        m = self.add(node.id + "_m", "exclusiveGateway")
        self.flow(src, m)
        out = self.emit(node.kids[0], m)
        self.flow(out, self.add(node.id, "exclusiveGateway"))
        self.flow((node.id, f"{node.id}#1"), m)
        return node.id, "default"

    def choice(self, node, src):
        self.flow(src, self.add(node.id, "eventBasedGateway"))
        j = self.add(node.id + "_j", "exclusiveGateway")
        for b, kid in enumerate(node.kids):
            catch = self.add(f"{node.id}_c{b}", "intermediateCatchEvent", self.drawing.message(f"{node.id}_s{b}"))
            self.flow(node.id, catch)
            self.flow(self.emit(kid, catch), j)
        return j

    def block(self, node, src):
        self.flow(src, self.add(node.id, GATES[node.kind]))
        j = self.add(node.id + "_j", GATES[node.kind])
        for b, kid in enumerate(node.kids):
            cond = None if node.kind == "par" else "default" if b == len(node.kids) - 1 else f"{node.id}#{b}"
            self.flow(self.emit(kid, (node.id, cond)), j)
        return j


def bpmn(gen):
    """The BPMN text of a generated process."""
    return Drawing(gen).text()


def decisions(gen, r, loops=0.0):
    """A table for every gateway: exclusive → branch, inclusive → set of branches (empty: default), loop → 1 (again) or 0."""
    table = {}
    for n in gen.root.walk():
        if n.kind == "xor":
            table[n.id] = r.randrange(len(n.kids))
        elif n.kind == "inc":
            table[n.id] = frozenset(b for b in range(len(n.kids) - 1) if r.random() < 0.6)
        elif n.kind == "loop":
            table[n.id] = int(r.random() < loops)
    return table
