"""A draw that anyone can repeat: what is drawn follows from the seed, the purpose and the set that is drawn from, and from nothing else.

Each item's place is the SM3 over seed, purpose and item. So the order in which the set was listed does not matter, an item
that is added or taken away moves no other, and whoever has SM3 can repeat the draw by hand.

A weighted draw gives each item as many tickets as its weight, all from one SHA-512 of seed and item: the 64 bytes are eight
tickets of 8 bytes, of which the item has the first `weight`. The smallest ticket is its place. This is drawing without
replacement with chances as the weights, in whole numbers only, so that every machine finds the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from kernel import sm3
from kernel.errors import Refusal


def order(seed: str, purpose: str, items: Iterable[str]) -> list[str]:
    """The items, each once, in the order of the draw."""
    return sorted(set(items), key=lambda item: (_place(seed, purpose, item), item))


def draw(seed: str, purpose: str, items: Iterable[str], wanted: int) -> list[str]:
    """The first `wanted` of the order; refused when there are fewer."""
    placed = order(seed, purpose, items)
    if len(placed) < wanted:
        raise Refusal(f"可供抽取的只有 {len(placed)} 项,不足 {wanted} 项", remedy="请减少抽取数量,或者补充抽取范围")
    return placed[:wanted]


def fixed_seed(frozen_hash: str, spoken: str) -> str:
    """The seed: from what was frozen before, and a word that was given in public after – so that nobody could choose it."""
    if not spoken.strip():
        raise Refusal("尚未填写现场产生的随机数", remedy="冻结之后,由监督人员现场产生并填写")
    return sm3.hexdigest(orjson.dumps([frozen_hash, spoken.strip()]))


def pool_hash(items: Iterable[str]) -> str:
    """What the set was: the SM3 over its sorted items."""
    return sm3.hexdigest(orjson.dumps(sorted(set(items))))


MOST_WEIGHT = 8
_ALL = b"\xff" * 65


@dataclass(frozen=True)
class Drawn:
    """An item that was drawn: its name, weight and deciding ticket (16 hexadecimal digits)."""

    item: str
    weight: int
    ticket: str


def weighted(seed: str, lines: Iterable[bytes], wanted: int) -> list[Drawn]:
    """The `wanted` lines with the smallest tickets, in their order; all when there are fewer. One pass, memory for those wanted.

    A line is `weight item`, the weight one digit from 1 to 8. Equal tickets (one chance in 2⁶⁴) go by the line itself.
    """
    if wanted <= 0:
        return []
    prefix, sha512 = f"{seed}\nobject\n".encode(), hashlib.sha512
    best: list[tuple[bytes, bytes]] = []
    limit, top, most = _ALL, 255, wanted * 4 + 64
    for line in lines:
        digest = sha512(prefix + line).digest()
        weight = line[0] - 48
        # Nearly all are out by the first bytes of their tickets alone.
        if digest[0] > top and (weight == 1 or min(digest[8 : weight * 8 : 8]) > top):
            continue
        ticket = min(digest[start : start + 8] for start in range(0, weight * 8, 8))
        if ticket < limit:
            best.append((ticket, line))
            if len(best) > most:
                best.sort()
                del best[wanted:]
                limit = best[-1][0] + b"\x00"  # what equals the last one still counts
                top = limit[0]
    best.sort()
    return [Drawn(line[2:].decode(), line[0] - 48, ticket.hex()) for ticket, line in best[:wanted]]


def teams(
    seed: str, role: str, objects: Sequence[str], people: Sequence[str], size: int, barred: Mapping[str, frozenset[str]]
) -> dict[str, list[str]]:
    """For each object, in the order drawn, `size` of the people who are not barred from it.

    First whoever has fewest objects so far, among them the smallest ticket: the first 8 bytes of the SHA-512 over seed, role,
    object and person. `barred`: object → people with a recusal. Refused when too few are left for an object.
    """
    count = dict.fromkeys(people, 0)
    found: dict[str, list[str]] = {}
    for item in objects:
        free = [p for p in count if p not in barred.get(item, frozenset())]
        if len(free) < size:
            raise Refusal(f"{item} 回避之后可派的只有 {len(free)} 人,不足 {size} 人", remedy="请补充名录库后重新冻结")
        found[item] = sorted(free, key=lambda p: (count[p], _ticket(seed, role, item, p), p))[:size]
        for person in found[item]:
            count[person] += 1
    return found


def _ticket(seed: str, role: str, item: str, person: str) -> bytes:
    return hashlib.sha512(f"{seed}\n{role}\n{item}\n{person}".encode()).digest()[:8]


def _place(seed: str, purpose: str, item: str) -> bytes:
    return sm3.digest(orjson.dumps([seed, purpose, item]))
