"""For those who build on the language rather than use it: decision models evaluate over inner values on a shared meter."""

from feel.budget import NO_HOST, Meter
from feel.errors import Nothing
from feel.functions import BUILTINS
from feel.functions.ranges import constant
from feel.running import invoke
from feel.temporal import parse_date, parse_date_time, parse_duration, parse_time
from feel.types import SIMPLE, bind, coerce, conforms, type_of
from feel.values import NUMBERS, compare, equal, from_python, kind_name, literal_text, same_kind_key, to_python, within

__all__ = [
    "BUILTINS",
    "NO_HOST",
    "NUMBERS",
    "SIMPLE",
    "Meter",
    "Nothing",
    "bind",
    "coerce",
    "compare",
    "conforms",
    "constant",
    "equal",
    "from_python",
    "invoke",
    "kind_name",
    "literal_text",
    "parse_date",
    "parse_date_time",
    "parse_duration",
    "parse_time",
    "same_kind_key",
    "to_python",
    "type_of",
    "within",
]
