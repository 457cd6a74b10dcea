"""The one error that leaves this package, and the signal by which a built-in says "no value"."""

from __future__ import annotations


class FeelError(ValueError):
    """An expression that cannot be compiled, or that ran beyond its budget.

    ``position`` is the 0-based offset in the text (-1 when it belongs to the whole text), ``message`` a Chinese
    sentence with the remedy, ``code`` one of ``syntax``, ``name``, ``type``, ``budget``, ``value``.
    """

    def __init__(self, position: int, message: str, code: str = "syntax") -> None:
        super().__init__(f"第 {position + 1} 个字符：{message}" if position >= 0 else message)
        self.position = position
        self.message = message
        self.code = code


class Nothing(Exception):
    """Raised inside a built-in function where the standard says the answer is null; carries the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
