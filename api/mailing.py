"""News that go by mail: one letter per person and turn, held back outside working hours, tried again, given up in the end.

Without `ZC_SMTP` nothing is sent, and the page says so. What was told more than a day before the server could be reached
stays in the page only: nobody is helped by yesterday's reminder.
"""

from __future__ import annotations

import engine
from integrations import mail
from kernel import log
from kernel.errors import DeliveryFailed
from kernel.work import Node

_log = log.logger("api.mailing")
BATCH = 100


def turn(node: Node) -> bool:
    """Sends what is due; True when there may be more."""
    settings = node.settings
    if not settings.smtp:
        return False
    letters = engine.take_mail(node, BATCH)
    if not letters:
        return False
    mails = [mail.Mail(one.id, one.to, one.subject, _signed(one.text, settings.mail_link)) for one in letters]
    sender = settings.mail_from or "zhicheng@localhost"
    try:
        told = mail.send(settings.smtp, sender, mails)
    except DeliveryFailed as failed:
        _log.warning("mail_waits", why=failed.detail)
        told = dict.fromkeys((one.id for one in letters), failed)
    for one in letters:
        why = told.get(one.id)
        engine.mail_answered(node, one, why.detail if why else None, permanent=bool(why and why.permanent))
    return len(letters) == BATCH


def _signed(text: str, link: str) -> str:
    foot = "\n\n本邮件由执程自动发出,请勿回复。通知的种类和时间在“通知”页设置。"
    return text.replace("{link}", link.rstrip("/")) + foot if link else _without(text) + foot


def _without(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "{link}" not in line)
