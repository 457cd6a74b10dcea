"""Mail goes out over SMTP: one connection for a batch, encrypted where the server offers it, no password in the clear.

Decides nothing about who is told what (`engine.news`) or when (`api.mailing`).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from kernel.errors import DeliveryFailed

_SECONDS = 20.0
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_PERMANENT = range(500, 600)


@dataclass(frozen=True)
class Mail:
    """One letter. `id` names it for good: a letter that goes out twice is known as one."""

    id: str
    to: str
    subject: str
    text: str


def send(server: str, sender: str, mails: Sequence[Mail]) -> dict[str, DeliveryFailed | None]:
    """Mail id → None when the server took it, or why not (`permanent`: trying again is of no use).

    `server` is smtp://[user:password@]host[:port] or smtps://…. Raises `DeliveryFailed` when it cannot be spoken to at all.
    """
    with _connected(server) as smtp:
        return {mail.id: _sent(smtp, sender, mail) for mail in mails}


def _sent(smtp: smtplib.SMTP, sender: str, mail: Mail) -> DeliveryFailed | None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, mail.to, mail.subject
    letter["Date"], letter["Message-ID"] = formatdate(localtime=False), f"<{mail.id}@zhicheng>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(mail.text)
    try:
        smtp.send_message(letter)
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        return _failed(code, said)
    except smtplib.SMTPResponseException as refused:
        return _failed(refused.smtp_code, refused.smtp_error)
    return None


def _failed(code: int, said: bytes | str) -> DeliveryFailed:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return DeliveryFailed(
        f"邮件服务器拒收({code}):{text[:200]}", permanent=code in _PERMANENT, remedy="核对收件人的邮箱地址"
    )


@contextmanager
def _connected(server: str) -> Iterator[smtplib.SMTP]:
    at = urlsplit(server)
    host = at.hostname or ""
    if at.scheme not in ("smtp", "smtps") or not host:
        raise DeliveryFailed(
            "ZC_SMTP 应为 smtp://[用户:口令@]主机[:端口] 或 smtps://…", permanent=True, remedy="更正设置"
        )
    smtp: smtplib.SMTP | None = None
    try:
        if at.scheme == "smtps":
            smtp = smtplib.SMTP_SSL(host, at.port or 465, timeout=_SECONDS, context=ssl.create_default_context())
        else:
            smtp = smtplib.SMTP(host, at.port or 25, timeout=_SECONDS)
            smtp.ehlo()
            if smtp.has_extn("starttls"):
                smtp.starttls(context=ssl.create_default_context())
            elif at.username and host not in _LOCAL:
                raise DeliveryFailed(
                    "邮件服务器不提供加密,口令不能明文发送",
                    permanent=True,
                    remedy="改用 smtps:// 或支持 STARTTLS 的服务器",
                )
        if at.username:
            smtp.login(unquote(at.username), unquote(at.password or ""))
        yield smtp
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryFailed(
            f"邮件服务器没有应答:{type(error).__name__}", remedy="核对 ZC_SMTP 和网络;系统会自动重试"
        ) from error
    finally:
        if smtp is not None:
            smtp.close()
