"""A draw that anyone can repeat: what is drawn follows from the seed, the purpose and the set that is drawn from, and from nothing else.

Each item's place is the SM3 over seed, purpose and item. So the order in which the set was listed does not matter, an item
that is added or taken away moves no other, and whoever has SM3 can repeat the draw by hand.
"""

from __future__ import annotations

from collections.abc import Iterable

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


def _place(seed: str, purpose: str, item: str) -> bytes:
    return sm3.digest(orjson.dumps([seed, purpose, item]))
