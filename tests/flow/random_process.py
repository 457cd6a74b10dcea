"""Random block-structured processes: one tree of nodes, its BPMN, and the table that decides its gateways."""

from __future__ import annotations

import random
from xml.sax.saxutils import escape

from tests.flow.drawing import ext

# kinds: user auto catch seq xor par inc loop sub call event; `mi` = ("par"|"seq", n); `bound` = [Event]


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


def bpmn(gen):
    """The BPMN text. Conditions read `gateway#branch`, timers "P30D": the test's script engine answers them."""
    other, extra, done = [], [], set()

    def process(tag, pid, body, attrs=""):
        els, flows, n = {}, [], [0]

        def add(id, tag, inner="", attrs=""):
            els[id] = [tag, attrs, inner]
            return id

        def flow(src, dst):
            src, cond = src if isinstance(src, tuple) else (src, None)
            n[0] += 1
            fid = f"{pid}_f{n[0]}"
            flows.append((fid, src, dst, cond))
            if cond == "default":
                els[src][1] += f' default="{fid}"'

        def mi(node):
            if not node.mi:
                return ""
            return (
                f'<multiInstanceLoopCharacteristics isSequential="{"true" if node.mi[0] == "seq" else "false"}">'
                f"<loopCardinality>{node.mi[1]}</loopCardinality></multiInstanceLoopCharacteristics>"
            )

        def emit(node, src):
            k, i = node.kind, node.id
            if k == "seq":
                for kid in node.kids:
                    src = emit(kid, src)
                return src
            if k in ("user", "auto", "catch", "sub", "call"):
                if k == "user":
                    add(i, "userTask", mi(node))
                elif k == "auto":
                    add(i, "businessRuleTask", ext(decision="table"))
                elif k == "catch":
                    add(
                        i,
                        "intermediateCatchEvent",
                        f'<timerEventDefinition id="{i}_t"><timeDuration>P30D</timeDuration></timerEventDefinition>',
                    )
                elif k == "call":
                    name = next(n for n, b in gen.calls.items() if b is node.kids[0])
                    add(i, "callActivity", mi(node), f' calledElement="{name}"')
                    if name not in done:
                        done.add(name)
                        other.append(process("process", name, node.kids[0], ' isExecutable="true"'))
                else:
                    els[i] = ["", "", ""]
                    els[i] = [
                        None,
                        process(
                            "subProcess",
                            i,
                            node.kids[0],
                            "",
                        )
                        if not node.mi
                        else process("subProcess", i, node.kids[0], "").replace(">", ">" + mi(node), 1),
                        "",
                    ]
                flow(src, i)
                out = i
                for ev in node.bound:
                    if ev.again:
                        extra.append(f'<message id="{ev.id}_s" name="{ev.id}_s"/>')
                    add(
                        ev.id,
                        "boundaryEvent",
                        f'<messageEventDefinition messageRef="{ev.id}_s"/>'
                        if ev.again
                        else f'<timerEventDefinition id="{ev.id}_t"><timeDuration>P30D</timeDuration></timerEventDefinition>',
                        f' attachedToRef="{i}" cancelActivity="{"false" if ev.kind == "side" else "true"}"',
                    )
                    tail = emit(ev.body, ev.id)
                    if ev.kind == "merge":
                        m = add(ev.id + "_m", "exclusiveGateway")
                        flow(out, m)
                        flow(tail, m)
                        out = m
                    else:
                        flow(tail, add(ev.id + "_e", "endEvent"))
                return out
            if k == "loop":
                m = add(i + "_m", "exclusiveGateway")
                flow(src, m)
                out = emit(node.kids[0], m)
                g = add(i, "exclusiveGateway")
                flow(out, g)
                flow((g, f"{i}#1"), m)
                return (g, "default")
            if k == "event":
                add(i, "eventBasedGateway")
                j = i + "_j"
                flow(src, i)
                add(j, "exclusiveGateway")
                for b, kid in enumerate(node.kids):
                    extra.append(f'<message id="{i}_s{b}" name="{i}_s{b}"/>')
                    add(
                        f"{i}_c{b}",
                        "intermediateCatchEvent",
                        f'<messageEventDefinition id="{i}_d{b}" messageRef="{i}_s{b}"/>',
                    )
                    flow(i, f"{i}_c{b}")
                    flow(emit(kid, f"{i}_c{b}"), j)
                return j
            gate = {"xor": "exclusiveGateway", "par": "parallelGateway", "inc": "inclusiveGateway"}[k]
            add(i, gate)
            flow(src, i)
            j = i + "_j"
            add(j, gate)
            for b, kid in enumerate(node.kids):
                cond = None if k == "par" else "default" if b == len(node.kids) - 1 else f"{i}#{b}"
                flow(emit(kid, (i, cond)), j)
            return j

        add(pid + "_start", "startEvent")
        out = emit(body, pid + "_start")
        flow(out, add(pid + "_end", "endEvent"))
        text = "".join(
            a if tag is None else f'<{tag} id="{i}"{a}>{inner}</{tag}>' for i, (tag, a, inner) in els.items()
        )
        for fid, s, d, cond in flows:
            inner = f"<conditionExpression>{escape(cond)}</conditionExpression>" if cond and cond != "default" else ""
            text += f'<sequenceFlow id="{fid}" sourceRef="{s}" targetRef="{d}">{inner}</sequenceFlow>'
        return f'<{tag} id="{pid}"{attrs}>{text}</{tag}>'

    main = process("process", "main", gen.root, ' isExecutable="true"')
    return (
        '<?xml version="1.0"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="t">'
        + "".join(dict.fromkeys(extra))
        + main
        + "".join(other)
        + "</definitions>"
    ).encode()


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
