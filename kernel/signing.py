"""Signed requests between machines: HMAC-SM3 over method, path, query, body, time and nonce.

    X-Sign = HMAC-SM3(secret, method \\n path \\n sorted query \\n SM3(body) \\n timestamp \\n nonce)

The time may differ by five minutes, a nonce counts once (domain/exchange.yaml REALTIME_JSON). The same words are spoken
by counterparts, devices and our own calls to them; what is signed is the body's SM3, so that a stranger is known before
the body is read.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from kernel import sm3
from kernel.errors import NotLoggedIn, Refusal
from kernel.work import Work

WINDOW = timedelta(minutes=5)
REMEMBERED = timedelta(minutes=11)  # longer than both sides of the window together
_HEADERS = ("x-sender", "x-timestamp", "x-nonce", "x-body-sm3", "x-sign")


class Replayed(Refusal):
    """A signed request that was heard before."""

    code = "replayed"
    status = 409
    title = "请求重放"


def mac(secret: str, data: bytes) -> str:
    """HMAC-SM3 as 64 hexadecimal digits."""
    return hmac.new(secret.encode(), data, "sm3").hexdigest()


def derived(master: str, name: str, version: int) -> str:
    """The key of one device, made from the node's master key: nothing secret lies in the database."""
    return mac(master, f"{name}\n{version}".encode())


def sign(
    secret: str,
    sender: str,
    method: str,
    path: str,
    query: str,
    body: bytes,
    *,
    at: datetime | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """The headers that sign one request. `at` for tests and for devices whose clock is wrong."""
    stamp = (at or datetime.now(UTC)).isoformat()  # noqa: TID251 - the wire's time, not a case's
    headers = {
        "X-Sender": sender,
        "X-Timestamp": stamp,
        "X-Nonce": nonce or secrets.token_hex(16),
        "X-Body-SM3": sm3.hexdigest(body),
    }
    headers["X-Sign"] = mac(secret, _said(method, path, query, headers["X-Body-SM3"], stamp, headers["X-Nonce"]))
    return headers


def sender(headers: Mapping[str, str]) -> str:
    """Who says to have signed; nothing is believed yet. `NotLoggedIn` when a header is missing."""
    missing = [name for name in _HEADERS if not headers.get(name)]
    if missing:
        raise NotLoggedIn(f"请求没有签名:缺少 {'、'.join(missing)}", remedy="请按接口文档以 HMAC-SM3 签名后重发")
    return headers["x-sender"]


def check(secret: str, method: str, path: str, query: str, headers: Mapping[str, str], now: datetime) -> None:
    """Believes the headers or refuses: wrong signature, a time outside the window. The body is checked by `check_body`."""
    said = _said(method, path, query, headers["x-body-sm3"], headers["x-timestamp"], headers["x-nonce"])
    if not secret or not hmac.compare_digest(mac(secret, said), headers["x-sign"]):
        raise NotLoggedIn(
            "签名不正确", remedy="请核对密钥、签名算法和所签内容(方法、路径、查询、正文 SM3、时间、随机数)"
        )
    try:
        at = datetime.fromisoformat(headers["x-timestamp"])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or abs(now - at) > WINDOW:
        raise NotLoggedIn(f"请求时间与系统时间相差超过 {WINDOW.seconds // 60} 分钟", remedy="请校准时钟后重新签名发送")
    if len(headers["x-nonce"]) > 100:
        raise NotLoggedIn("随机数过长", remedy="随机数不超过 100 个字符")


def check_body(headers: Mapping[str, str], body: bytes) -> None:
    """Refuses a body that is not the one that was signed."""
    if not hmac.compare_digest(sm3.hexdigest(body), headers["x-body-sm3"].lower()):
        raise NotLoggedIn("正文与签名的摘要不符", remedy="请核对正文在传输中未被改动")


def once(work: Work, sender: str, nonce: str) -> None:
    """Lets a nonce through once; in an open transaction of its own, committed before the request is acted on."""
    rows = work.rows(
        "insert into nonce_seen (sender, nonce, at) values (%s, %s, %s) on conflict do nothing returning 1 as fresh",
        (sender, nonce, work.now),
    )
    if not rows:
        raise Replayed("这个请求已经收到过", remedy="重发时请更换随机数和时间并重新签名;业务编号不变即不会重复登记")


def forget(work: Work) -> None:
    """Nonces that the window has closed on go."""
    work.execute("delete from nonce_seen where at < %s", (work.now - REMEMBERED,))


def _said(method: str, path: str, query: str, body_sm3: str, timestamp: str, nonce: str) -> bytes:
    ordered = urlencode(sorted(parse_qsl(query, keep_blank_values=True)))
    return "\n".join((method.upper(), path, ordered, body_sm3.lower(), timestamp, nonce)).encode()
