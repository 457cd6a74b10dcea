"""All built-in functions, by name."""

from feel.functions import extensions, lists, numbers, ranges, strings, times
from feel.functions.registry import ABSENT, BUILTINS, Builtin

__all__ = ["ABSENT", "BUILTINS", "Builtin", "extensions", "lists", "numbers", "ranges", "strings", "times"]
