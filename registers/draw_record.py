"""The record of a double-random draw (双随机): what was frozen, what the seed came from, what was drawn – and how to draw it again.

The frozen pools are one text whose SHA-256 is shown before anybody can know the seed. The seed is the SM3 over that hash and
a word that came to be afterwards. Whoever holds the record can repeat the draw with nothing but SHA-256, SHA-512 and SM3;
`verify` does so without a database and names what differs. How it goes stands in the record itself, in `method`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from kernel.errors import Problem, Refusal
from registers import draw

FORMAT: Final = "zhicheng-draw/1"
METHOD: Final = (
    "frozen.text 是冻结的全文(UTF-8,每行以换行结束):首行为格式名;其后为抽取编号 draw、计划 plan、抽取对象数 objects、每个对象的检查人员数 inspectors、专家数 experts、随机数来源 seed;再后为 [objects]、[inspectors]、[experts]、[recusals] 四节,各节内按字节顺序排列。",
    "frozen.sha256 是 frozen.text 的 SHA-256,冻结时即已公开;冻结之后才产生随机数 seed.word。",
    "seed.value 是 JSON 数组 [frozen.sha256, seed.word](UTF-8,无空格)的 SM3,64 位小写十六进制。",
    "对象:[objects] 每行为“权重 对象”。取 seed.value、换行、object、换行、该行 连接后的 SHA-512,64 字节依次分成 8 支签,每支 8 字节;对象持有前“权重”支,其中最小的一支为其签。全部对象按签从小到大排列,取前 objects 个。签相同的按该行的字节顺序。",
    "人员:按抽出的先后逐个对象派人。可派的人是 [inspectors] 中与该对象没有列入 [recusals] 的人;先取已派对象最少的,相同的取签最小的。签为 seed.value、换行、inspector、换行、对象、换行、人员 连接后的 SHA-512 的前 8 字节。取 inspectors 人。",
    "专家:同人员的方法,以 [experts] 代替 [inspectors],以 expert 代替 inspector,取 experts 人。",
    "result 应与按以上方法得到的逐项相同。labels 只便于阅读,不参与计算。重新抽取的,redraw 写明理由和原抽取的编号、冻结散列、结果散列。",
)


_OBJECTS = re.compile(rb"(?:[1-8] [^\n]+\n)*+")  # one pass in C: a pool has a million lines


@dataclass(frozen=True)
class Pools:
    """What is frozen. Objects are lines `weight item`; recusals are lines `person item`; everything sorted by its bytes."""

    draw: str
    plan: str
    wanted: int
    inspectors_each: int
    experts_each: int
    seed_way: str
    objects: Sequence[bytes]
    inspectors: Sequence[str]
    experts: Sequence[str] = ()
    recusals: Sequence[str] = ()

    def barred(self) -> dict[str, frozenset[str]]:
        """Object → the people who must not be sent there."""
        found: dict[str, set[str]] = {}
        for line in self.recusals:
            person, _, item = line.partition(" ")
            found.setdefault(item, set()).add(person)
        return {item: frozenset(people) for item, people in found.items()}


def frozen_text(pools: Pools) -> bytes:
    """The canonical text of the pools."""
    head = [
        FORMAT,
        f"draw {pools.draw}",
        f"plan {_line(pools.plan)}",
        f"objects {pools.wanted}",
        f"inspectors {pools.inspectors_each}",
        f"experts {pools.experts_each}",
        f"seed {_line(pools.seed_way)}",
        "[objects]",
    ]
    tail = ["[inspectors]", *sorted(pools.inspectors), "[experts]", *sorted(pools.experts)]
    tail += ["[recusals]", *sorted(pools.recusals)]
    return b"\n".join([*(h.encode() for h in head), *sorted(pools.objects), *(t.encode() for t in tail)]) + b"\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def pools_of(text: bytes) -> Pools:
    """The pools that a frozen text holds. Refused when it is none."""
    lines = text.split(b"\n")
    try:
        head = [line.decode() for line in lines[:8]]
        if head[0] != FORMAT or head[7] != "[objects]" or lines[-1] != b"":
            raise ValueError("首行、分节或末行不符")
        told = dict(
            zip(("draw", "plan", "objects", "inspectors", "experts", "seed"), map(_told, head[1:7]), strict=True)
        )
        if [line.partition(" ")[0] for line in head[1:7]] != list(told):
            raise ValueError("开头各行的次序不符")
        marks = [lines.index(mark) for mark in (b"[inspectors]", b"[experts]", b"[recusals]")]
        objects = lines[8 : marks[0]]
        if not _OBJECTS.fullmatch(text, text.index(b"[objects]\n") + 10, text.index(b"[inspectors]\n")):
            raise ValueError(f"[objects] 中有不是“权重(1 至 {draw.MOST_WEIGHT}) 对象”的行")
        return Pools(
            draw=told["draw"],
            plan=told["plan"],
            wanted=int(told["objects"]),
            inspectors_each=int(told["inspectors"]),
            experts_each=int(told["experts"]),
            seed_way=told["seed"],
            objects=objects,
            inspectors=[line.decode() for line in lines[marks[0] + 1 : marks[1]]],
            experts=[line.decode() for line in lines[marks[1] + 1 : marks[2]]],
            recusals=[line.decode() for line in lines[marks[2] + 1 : -1]],
        )
    except (ValueError, IndexError) as error:
        raise Refusal(f"冻结的全文不符合格式:{error}", remedy="请使用抽取时导出的完整文件") from error


def _told(line: str) -> str:
    return line.partition(" ")[2]


def result(pools: Pools, seed: str) -> list[dict[str, Any]]:
    """The draw itself: place, object, weight, ticket, inspectors, experts – of each object, in the order drawn."""
    drawn = draw.weighted(seed, pools.objects, pools.wanted)
    if len(drawn) < pools.wanted:
        raise Refusal(
            f"可供抽取的对象只有 {len(drawn)} 个,不足 {pools.wanted} 个", remedy="请减少抽取数量,或者放宽条件"
        )
    items, barred = [one.item for one in drawn], pools.barred()
    inspectors = draw.teams(seed, "inspector", items, sorted(pools.inspectors), pools.inspectors_each, barred)
    experts = draw.teams(seed, "expert", items, sorted(pools.experts), pools.experts_each, barred)
    return [
        {
            "place": place,
            "object": one.item,
            "weight": one.weight,
            "ticket": one.ticket,
            "inspectors": inspectors[one.item],
            "experts": experts[one.item],
        }
        for place, one in enumerate(drawn, 1)
    ]


def sha256_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """The SHA-256 over the lines `place object ticket inspectors experts` of a result."""
    lines = "".join(
        f"{r['place']} {r['object']} {r['ticket']} {','.join(r['inspectors'])} {','.join(r['experts'])}\n" for r in rows
    )
    return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True)
class Report:
    """What `verify` found. `faults` in Chinese; empty when the draw is as the record says."""

    faults: tuple[str, ...]
    frozen_sha256: str
    objects: int
    drawn: int
    facts: Mapping[str, Any] = field(default_factory=dict)


def verify(record: Mapping[str, Any]) -> Report:
    """Repeats a draw from its record alone and names everything that differs."""
    try:
        if record["format"] != FORMAT:
            raise Refusal(f"不认识的格式 {record['format']}", remedy=f"本命令核验 {FORMAT} 的抽取记录")
        frozen, seed, told = record["frozen"], record["seed"], list(record["result"])
        text = str(frozen["text"]).encode()
        found = hashlib.sha256(text).hexdigest()
        pools = pools_of(text)
        faults = [*_of_frozen(record, frozen, found, pools, text), *_of_seed(frozen, seed, found)]
        again: list[dict[str, Any]] = []
        try:
            again = result(pools, draw.fixed_seed(found, str(seed["word"])))
        except Problem as problem:
            faults.append(f"不能重新抽取:{problem.detail}")
        faults += _of_result(told, again) if again else []
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Refusal(f"不是完整的抽取记录:{error}", remedy="请使用抽取时导出的完整文件") from error
    return Report(
        tuple(faults), found, len(pools.objects), len(told), {"draw": pools.draw, "result_sha256": sha256_of(again)}
    )


def _of_frozen(
    record: Mapping[str, Any], frozen: Mapping[str, Any], found: str, pools: Pools, text: bytes
) -> Iterator[str]:
    if found != frozen["sha256"]:
        yield f"冻结的名录与公开的散列不符:公开的是 {frozen['sha256']},全文的是 {found}"
    if frozen_text(pools) != text:
        yield "冻结的名录没有按规定的次序排列"
    items = [line[2:] for line in pools.objects]
    if len(set(items)) != len(items):
        yield "冻结的名录中有重复的对象"
    if record.get("draw") != pools.draw:
        yield f"抽取编号与冻结的不符:{record.get('draw')},冻结的是 {pools.draw}"


def _of_seed(frozen: Mapping[str, Any], seed: Mapping[str, Any], found: str) -> Iterator[str]:
    if datetime.fromisoformat(str(seed["at"])) < datetime.fromisoformat(str(frozen["at"])):
        yield f"随机数先于冻结产生:随机数 {seed['at']},冻结 {frozen['at']}"
    right = draw.fixed_seed(found, str(seed["word"]))
    if seed["value"] != right:
        yield f"种子与冻结的名录和随机数不符:记录的是 {seed['value']},应为 {right}"


_PARTS = {"object": "对象", "weight": "权重", "ticket": "签", "inspectors": "检查人员", "experts": "专家"}


def _of_result(told: Sequence[Mapping[str, Any]], again: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    right = list(again)
    if len(told) != len(right):
        yield f"记录的结果有 {len(told)} 个对象,应为 {len(right)} 个"
    for one, other in zip(told, right, strict=False):
        for key, name in _PARTS.items():
            if one.get(key) != other[key]:
                yield f"第 {other['place']} 名的{name}不符:记录的是 {_shown(one.get(key))},应为 {_shown(other[key])}"


def _shown(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
