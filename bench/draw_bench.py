"""A double-random draw at a province's size: 500 of 1,000,000 objects with weights, teams of two with recusals; its replay.

`draw_s`: from the frozen text, as it lies in the file store, to the result. The replay goes by the record alone and must be the same.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from registers import draw, draw_record

WEIGHTS = (1, 2, 2, 2, 2, 2, 2, 4, 4, 8)


def pools(objects: int, wanted: int) -> draw_record.Pools:
    """Weighted vehicles, 60 inspectors, 10 experts, 1,000 recusals."""
    lines = [f"{WEIGHTS[n % 10]} vehicle:0198f3a2-6a51-7cc3-9d0f-{n:012x}" for n in range(objects)]
    people = [f"officer:0198f3a2-0000-7000-8000-{n:012x}" for n in range(60)]
    return draw_record.Pools(
        draw="0198f3a2-0000-7000-8000-0000000000ff",
        plan="双随机2026-01",
        wanted=wanted,
        inspectors_each=2,
        experts_each=1,
        seed_way="system",
        objects=[line.encode() for line in lines],
        inspectors=people,
        experts=[f"expert:{n}" for n in range(10)],
        recusals=[f"{people[n % 60]} {lines[n * 7 % objects][2:]}" for n in range(1_000)],
    )


def run(objects: int = 1_000_000, wanted: int = 500) -> dict[str, float]:
    """draw_s and, for the record, what freezing and replaying take. A replay that differs fails."""
    begin = time.perf_counter()
    text = draw_record.frozen_text(pools(objects, wanted))
    frozen = hashlib.sha256(text).hexdigest()
    freeze_s = time.perf_counter() - begin
    seed = draw.fixed_seed(frozen, "318527")
    begin = time.perf_counter()
    result = draw_record.result(draw_record.pools_of(text), seed)
    draw_s = time.perf_counter() - begin
    at = "2026-03-02T09:00:00+08:00"
    record: dict[str, Any] = {
        "format": draw_record.FORMAT,
        "draw": "0198f3a2-0000-7000-8000-0000000000ff",
        "frozen": {"text": text.decode(), "sha256": frozen, "at": at},
        "seed": {"word": "318527", "value": seed, "at": at},
        "result": result,
    }
    begin = time.perf_counter()
    report = draw_record.verify(record)
    replay_s = time.perf_counter() - begin
    if report.faults or report.facts["result_sha256"] != draw_record.sha256_of(result):
        raise RuntimeError(f"the replay differs: {report.faults}")
    print(f"  freeze {freeze_s:.2f} s, draw {draw_s:.2f} s, replay from the record {replay_s:.2f} s, identical")
    return {"draw_s": draw_s}


if __name__ == "__main__":
    print(run())
