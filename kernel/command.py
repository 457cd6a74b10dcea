"""A verb of the product: one function, one transaction.

The decorator asks permission, opens the transaction, refuses (or answers) a repeated request, and writes the audit row.
What refuses leaves nothing but an audit row of its own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import orjson

from kernel import audit, permissions, sm3
from kernel.errors import KeyReused, Problem, Refusal
from kernel.work import Work

P = ParamSpec("P")
R = TypeVar("R")

_BEGIN = """insert into idempotency (person_id, verb, key, body, created_at) values (%s, %s, %s, %s, %s)
on conflict do nothing returning 1 as fresh"""
# A verb asks by primary key, the same for every value: planning anew each time would cost more than the statements do.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}
_EARLIER = "select body, answer from idempotency where person_id = %s and verb = %s and key = %s"
_ANSWER = "update idempotency set answer = %s where person_id = %s and verb = %s and key = %s"


def command(
    may: str, *, subject: str | None = None, hot: bool = False, reads_first: bool = False
) -> Callable[[Callable[Concatenate[Work, P], R]], Callable[Concatenate[Work, P], R]]:
    """Makes a verb. `may` is the right it asks for; `subject` names the argument whose value the audit row points to.

    A verb takes an extra keyword `key` (the Idempotency-Key) when called: the same key with the same arguments gets the
    first answer, with others `KeyReused`; while the first runs the second waits. Answers must be JSON values then.
    `reads_first`: the verb does nothing before it has read something, so that whether the key is new is told with that.
    """

    def decorate(verb: Callable[Concatenate[Work, P], R]) -> Callable[Concatenate[Work, P], R]:
        signature = inspect.signature(verb)

        @functools.wraps(verb)
        def run(work: Work, *args: P.args, **kwargs: P.kwargs) -> R:
            key = kwargs.pop("key", None)
            named = signature.bind(work, *args, **kwargs).arguments
            about = (subject, str(named[subject])) if subject and named.get(subject) is not None else None
            try:
                permissions.demand(work, may)
                with work.transaction(hot=hot, hints=_PLANNED_ONCE if hot else None):
                    if key is not None:
                        _begin(work, may, str(key), {**named, "": verb.__name__})
                        if not reads_first:
                            work.settle_first()
                    result = verb(work, *args, **kwargs)
                    work.settle_first()
                    answered = None
                    if key is not None:
                        answered = (_ANSWER, (orjson.dumps(result, default=_plain), work.person.id, may, str(key)))
                    audit.record(work, may, subject=about, beside=answered)
                    return result
            except _Repeated as repeated:
                return orjson.loads(repeated.answer)  # type: ignore[no-any-return]
            except Problem as problem:
                outcome = "refused" if isinstance(problem, Refusal) else "failed"
                if problem.status != 503:  # a database that is away cannot take the row either; the log has it
                    detail: dict[str, object] = {"code": problem.code, "fields": sorted(problem.fields)}
                    if getattr(problem, "rule", None):
                        detail["rule"] = problem.rule  # type: ignore[attr-defined]
                    audit.record_apart(work, may, subject=about, outcome=outcome, detail=detail)
                    problem.recorded = True
                raise

        return cast("Callable[Concatenate[Work, P], R]", run)

    return decorate


class _Repeated(BaseException):
    """Ends a verb that ran already: past every handler of its own, nothing of this run is kept."""

    def __init__(self, answer: bytes | str) -> None:
        super().__init__()
        self.answer = answer


def _begin(work: Work, verb: str, key: str, named: Mapping[str, Any]) -> None:
    """Registers the key. A run that goes on at the same time is waited for; a verb that ran already ends when this is settled."""
    if not 1 <= len(key) <= 200:
        raise Refusal("幂等键长度须为 1 至 200 个字符", remedy="请为每次提交生成一个新的随机键(如 UUID)")
    arguments = {k: v for k, v in named.items() if k != "work"}
    body = sm3.digest(orjson.dumps(arguments, default=_plain, option=orjson.OPT_SORT_KEYS))
    registered = work.send(_BEGIN, (work.person.id, verb, key, body, work.now))

    def check() -> None:
        if work.read(registered):
            return
        row = work.one(_EARLIER, (work.person.id, verb, key))
        if row is None or bytes(row["body"]) != body:
            raise KeyReused("同一幂等键已用于内容不同的请求", remedy="请为新的提交生成新的幂等键")
        raise _Repeated(row["answer"])

    work.first(check)


def _plain(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if is_dataclass(value) and not isinstance(value, type):
        return vars(value)
    if isinstance(value, bytes):
        return sm3.hexdigest(value)
    return str(value)
