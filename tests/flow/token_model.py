"""The token game on the block tree: what an instance should do, with no engine. A state is nested lists; None = done."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

SCOPE = ("sub", "call")


class Model:
    def __init__(self, root, table):
        self.table, self.log, self.root = table, Counter(), root
        self.top = {"n": None, "main": None, "sides": []}
        self.top["main"] = self.enter(root)
        self.settle()

    # ---- entering and moving on
    def enter(self, n):
        k = n.kind
        if k == "auto":
            self.log[n.id] += 1
            return None
        if k in ("user", "catch"):
            return {"n": n, "left": n.mi[1] if n.mi else 1, "timers": {e.id for e in n.bound}}
        if k == "event":
            return {"n": n, "left": 1, "timers": set()}
        if k in SCOPE:
            st = {"n": n, "left": n.mi[1] if n.mi else 1, "timers": {e.id for e in n.bound}, "inst": []}
            for _ in range(st["left"] if n.mi and n.mi[0] == "par" else 1):
                st["inst"].append({"n": None, "main": self.enter(n.kids[0]), "sides": []})
            return st
        if k == "seq":
            return {"n": n, "i": 0, "s": self.enter(n.kids[0])} if n.kids else None
        if k == "loop":
            return {"n": n, "s": self.enter(n.kids[0])}
        if k == "xor":
            i = self.table[n.id]
            return {"n": n, "i": i, "s": self.enter(n.kids[i])}
        return {"n": n, "b": {i: self.enter(n.kids[i]) for i in self.chosen(n)}}

    def chosen(self, n):
        return range(len(n.kids)) if n.kind == "par" else self.table[n.id] or {len(n.kids) - 1}

    def norm(self, st):
        if st is None:
            return None
        n = st["n"]
        if n is None:  # a process instance
            st["main"] = self.norm(st["main"])
            st["sides"] = [(e, s) for e, s in ((e, self.norm(s)) for e, s in st["sides"]) if s]
            return st if st["main"] or st["sides"] else None
        if "int" in st:
            st["int"] = self.norm(st["int"])
            return st if st["int"] else None
        if "b" in st:
            st["b"] = {i: self.norm(s) for i, s in st["b"].items()}
            return st if any(st["b"].values()) else None
        if "inst" in st:
            before = len(st["inst"])
            st["inst"] = [s for s in map(self.norm, st["inst"]) if s]
            st["left"] -= before - len(st["inst"])
            while st["left"] and not st["inst"]:
                s = self.norm({"n": None, "main": self.enter(n.kids[0]), "sides": []})
                st["inst"] = [s] if s else []
                st["left"] -= not s
            return st if st["left"] else None
        if "left" in st:
            return st if st["left"] else None
        st["s"] = self.norm(st["s"])
        while st["s"] is None:
            if n.kind == "seq" and st["i"] + 1 < len(n.kids):
                st["i"] += 1
                st["s"] = self.norm(self.enter(n.kids[st["i"]]))
            elif n.kind == "loop" and self.table[n.id]:
                st["s"] = self.norm(self.enter(n.kids[0]))
            else:
                return None
        return st

    def settle(self):
        self.norm(self.top)

    # ---- what may happen, and doing it
    def leaves(self, st=None, scope=None, at=""):
        """(label, how many, scope, state) of everything that waits; a label is `sub/element`."""
        st = st or self.top
        if st["n"] is None:
            for s in ([st["main"]] if st["main"] else []) + [s for _, s in st["sides"]]:
                yield from self.leaves(s, st, at)
        elif "int" in st:
            yield from self.leaves(st["int"], scope, at)
        elif "b" in st:
            for s in filter(None, st["b"].values()):
                yield from self.leaves(s, scope, at)
        elif "s" in st:
            yield from self.leaves(st["s"], scope, at)
        else:
            n = st["n"]
            for e in st["timers"]:
                yield at + e, 1, scope, st
            if "inst" in st:
                for s in st["inst"]:
                    yield from self.leaves(s, None, f"{at}{n.id}/")
            else:
                yield at + n.id, st["left"] if n.mi and n.mi[0] == "par" else 1, scope, st

    def enabled(self):
        out = Counter()
        for label, k, _, _ in self.leaves():
            out[label] += k
        return out

    def act(self, label, branch=0):
        _, _, scope, st = next(leaf for leaf in self.leaves() if leaf[0] == label)
        n, label = st["n"], label.rpartition("/")[2]
        if label == n.id:
            st["left"] -= 1
            if n.kind == "event":
                st["left"], st["int"] = 0, self.enter(n.kids[branch])
        else:
            ev = next(e for e in n.bound if e.id == label)
            if not ev.again:
                st["timers"].discard(label)
            if ev.kind == "side":
                scope["sides"].append((ev, self.enter(ev.body)))
            else:
                st["timers"] = set()
                st.pop("inst", None)
                if ev.kind == "merge":
                    st["int"] = self.enter(ev.body)
                else:
                    scope["main"] = self.enter(ev.body)
        self.settle()

    # ---- the move, on its own terms: only what cannot stand beside the target goes
    def move(self, addresses, cancel, siblings):
        if cancel == "all":
            self.top["main"], self.top["sides"] = None, []
        self.siblings, self.cancel = siblings, cancel
        for address in addresses:
            self._scope(self.top, self.root, address)
        self.settle()

    def _scope(self, st, body, address):
        trail = find(body, address[0])
        own = max((i for i, s in enumerate(trail) if isinstance(s, tuple) and s[0].kind != "merge"), default=-1)
        ev, rest = trail[own][0] if own >= 0 else None, trail[own + 1 :]
        if ev and ev.kind == "side":
            old = [s for e, s in st["sides"] if e is ev]
            st["sides"] = [(e, s) for e, s in st["sides"] if e is not ev]
            st["sides"].append((ev, self._place(old[0] if old else None, rest, address)))
        else:
            if self.cancel == "scope" and not self._live(st["main"], rest, address):
                region = self._region(st["main"], trail)
                st["sides"] = [
                    (e, s) for e, s in st["sides"] if region is not None and region not in branches(find(body, e.id))
                ]
            st["main"] = self._place(st["main"], rest, address)

    def _live(self, st, trail, address):
        """Is the sub-process on the way to the target running?"""
        return len(address) > 1 and any(s.get("n") is trail[-1] and "inst" in s for s in states(st))

    def _region(self, st, trail):
        """(block, branch) around the target, of the innermost block that is open."""
        live = {id(s["n"]) for s in states(st) if "b" in s}
        return next((b for b in reversed(branches(trail)) if id(b[0]) in live), None)

    def _place(self, st, trail, address):
        n, rest = trail[0], trail[1:]
        if st is not None and st["n"] is not n:
            st = None
        if not rest:  # n is the target, or the sub-process that holds it
            if len(address) == 1:
                return self.enter(n)
            if st is None or "int" in st:
                st = {
                    "n": n,
                    "left": 1,
                    "timers": {e.id for e in n.bound},
                    "inst": [{"n": None, "main": None, "sides": []}],
                }
            self._scope(st["inst"][0], n.kids[0], address[1:])
            return st
        if isinstance(rest[0], tuple):  # into an interrupting handler of n
            s = self._place((st or {}).get("int"), rest[1:], address)
            return {"n": n, "int": s, "timers": set(), "left": 1}
        i = n.kids.index(rest[0])
        if n.kind in ("par", "inc"):
            if st is None:
                st = {
                    "n": n,
                    "b": {
                        j: self.enter(n.kids[j]) if self.siblings == "reopen" else None
                        for j in self.chosen(n)
                        if j != i
                    },
                }
            st["b"][i] = self._place(st["b"].get(i), rest, address)
            return st
        if n.kind == "event":
            return {"n": n, "left": 0, "timers": set(), "int": self._place((st or {}).get("int"), rest, address)}
        old = st["s"] if st and st.get("i", i) == i else None
        return {"n": n, "i": i, "s": self._place(old, rest, address)}


def states(st):
    """st and the states within it, of the same process instance."""
    while st is not None:
        yield st
        if "b" in st:
            for s in st["b"].values():
                yield from states(s)
        st = st.get("int") if "int" in st else st.get("s")


def branches(trail):
    return [(n, k) for n, k in pairwise(trail) if not isinstance(n, tuple) and n.kind in ("par", "inc")]


def beside(body, a, b):
    """May tokens at two addresses be active together?"""
    d = next((d for d, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if d is None:
        return False
    for name in a[:d]:
        body = find(body, name)[-1].kids[0]
    p, q = find(body, a[d]), find(body, b[d])
    i = 0
    while i < min(len(p), len(q)) and (p[i] is q[i] or (isinstance(p[i], tuple) and p[i] == q[i])):
        i += 1
    return any(isinstance(s, tuple) and s[0].kind == "side" for s in p[i:] + q[i:]) or getattr(
        p[i - 1], "kind", ""
    ) in ("par", "inc")


def find(body, id):
    """Nodes from `body` to `id` (a node or a boundary event) within one process; (event, None) is the step into a handler."""
    if body.id == id:
        return [body]
    for kid in body.kids if body.kind not in SCOPE else []:
        if t := find(kid, id):
            return [body, *t]
    for ev in body.bound:
        if ev.id == id:
            return [body, (ev, None)]
        if t := find(ev.body, id):
            return [body, (ev, None), *t]
    return None
