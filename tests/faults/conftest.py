"""Faults and attacks run on the small process of tests/engine."""

from tests.engine.conftest import begin, policy, small, small_files

__all__ = ["begin", "policy", "small", "small_files"]
