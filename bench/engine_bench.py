"""The engine's figures: its ratio to the stock serializer, what a submit costs the database, ten thousand timers."""

from __future__ import annotations

from bench import ratio, submits, timers


def run() -> dict[str, float]:
    """engine_ratio, bare_engine_ratio, sql_per_submit, round_trips_per_submit, timers_10k_s, and what stands beside them."""
    return {**ratio.run(), **submits.run(), **timers.run()}


if __name__ == "__main__":
    print(run())
