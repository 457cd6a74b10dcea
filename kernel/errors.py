"""The whole error tree.

A `Refusal` is the law, the form or the rights saying no: it has a code, an HTTP status, sometimes an article; it wakes nobody.
A `Fault` is ours or a counterpart's: a cause, and whether trying again can help. Every text is a Chinese sentence that
says what to do next. The doors turn both into RFC 9457 problems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class Problem(Exception):
    """Anything that the product says instead of an answer. `title` is what went wrong, `remedy` what helps."""

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "系统出错"
    recorded = False  # stands in the audit already
    verb: str | None = None  # the right that was asked for, when that is what was missing

    def __init__(
        self,
        detail: str,
        *,
        remedy: str | None = None,
        article: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy
        self.article = article
        self.fields = dict(fields or {})

    def as_dict(self) -> dict[str, object]:
        """The members of an RFC 9457 problem, without `instance`."""
        members: dict[str, object] = {
            "type": f"urn:zhicheng:problem:{self.code}",
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.remedy:
            members["remedy"] = self.remedy
        if self.article:
            members["article"] = self.article
        if self.fields:
            members["fields"] = self.fields
        return members


class Refusal(Problem):
    """The law, the form or the rights say no."""

    code = "refused"
    status = 409
    title = "不能办理"


class NotFound(Refusal):
    """There is no such thing, or it lies outside what this person may see (both look alike on purpose)."""

    code = "not_found"
    status = 404
    title = "未找到"


class NotLoggedIn(Refusal):
    """No session, or it has ended."""

    code = "not_logged_in"
    status = 401
    title = "未登录或登录已失效"


class NotAllowed(Refusal):
    """This person has no right to this act."""

    code = "not_allowed"
    status = 403
    title = "没有权限"


class TooMany(Refusal):
    """Too many tries, or too much at once."""

    code = "too_many"
    status = 429
    title = "操作过于频繁"


class AlreadyClaimed(Refusal):
    """Somebody else holds the task."""

    code = "already_claimed"
    title = "任务已被他人签收"


class Stale(Refusal):
    """The thing changed since it was read (optimistic lock)."""

    code = "stale"
    status = 412
    title = "内容已被他人修改"


class InvalidAnswers(Refusal):
    """Answers that the form does not accept. `fields`: element key → what is wrong and how to mend it."""

    code = "invalid_answers"
    status = 422
    title = "填写有误"

    def __init__(self, fields: Mapping[str, str], detail: str | None = None) -> None:
        super().__init__(detail or "请更正标出的栏目后重新提交", fields=fields)


class KeyReused(Refusal):
    """An Idempotency-Key came back with another body."""

    code = "idempotency_key_reused"
    status = 422
    title = "幂等键被重复使用"


class AgainstTheLaw(Refusal):
    """An acting rule or a guard refuses. `article` names the provision, `rule` the guard."""

    code = "against_the_law"
    title = "依法不能办理"

    def __init__(self, detail: str, *, article: str, rule: str, remedy: str | None = None) -> None:
        super().__init__(detail, article=article, remedy=remedy)
        self.rule = rule

    def as_dict(self) -> dict[str, object]:
        """As the base, with the guard's id."""
        return {**super().as_dict(), "rule": self.rule}


class ContentRefused(Refusal):
    """A set of content that the check does not let through. `faults`: {file, line, element, code, message} each."""

    code = "content_refused"
    title = "内容检查未通过"

    def __init__(self, detail: str, faults: Sequence[Mapping[str, object]], *, remedy: str | None = None) -> None:
        super().__init__(detail, remedy=remedy)
        self.faults = list(faults)

    def as_dict(self) -> dict[str, object]:
        """As the base, with every fault."""
        return {**super().as_dict(), "faults": self.faults}


class Fault(Problem):
    """Ours or theirs: `permanent` says whether trying again can help."""

    code = "fault"
    status = 500
    permanent = False


class Unavailable(Fault):
    """The database (or another needed part) cannot be reached now."""

    code = "unavailable"
    status = 503
    title = "系统暂时不可用"


class DeliveryFailed(Fault):
    """An effect outside did not arrive."""

    code = "delivery_failed"
    status = 502
    title = "外部系统未响应"

    def __init__(self, detail: str, *, permanent: bool = False, remedy: str | None = None) -> None:
        super().__init__(detail, remedy=remedy)
        self.permanent = permanent


class BadContent(Fault):
    """A content file cannot be read. `line` counts from 1; 0 means the whole file."""

    code = "bad_content"
    status = 422
    title = "内容文件有误"
    permanent = True

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}:{line} {what}" if line else f"{file} {what}")
        self.file, self.line, self.what = file, line, what
