"""How the bank is spoken to: signed JSON over HTTPS out, day-end files over SFTP in. Decides nothing about content."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import asyncssh
import httpx

from integrations.wire import Request, Response
from kernel import signing
from kernel.errors import DeliveryFailed

_SENDER = "zhicheng"
_PLACE = re.compile(r"(?P<user>[^@/]+)@(?P<host>\[[^]]+\]|[^:/@]+)(?::(?P<port>\d+))?(?P<folder>/.*)?\Z")
_NAME = re.compile(r"PAY_\d{8}(_v\d+)?\.txt\Z")
_MOST_BYTES = 64 << 20
_MOST_ANSWER = 1 << 20


def send(settings: Mapping[str, str], request: Request, key: str, seconds: float) -> Response:
    """One signed call; the idempotency key goes along. Whatever keeps it from being answered may pass: `DeliveryFailed`."""
    base = settings["PAYMENT_BANK_URL"].rstrip("/")
    path = urlsplit(base).path + request.path
    headers = {
        "Content-Type": "application/json",
        "X-Request-Id": key,
        **request.headers,
        **signing.sign(settings["PAYMENT_BANK_SECRET"], _SENDER, request.method, path, "", request.body),
    }
    try:
        with httpx.Client(
            timeout=httpx.Timeout(seconds, connect=min(seconds, 5)), follow_redirects=False, trust_env=False
        ) as client:
            answer = client.request(request.method, base + request.path, content=request.body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeliveryFailed(
            f"代收银行没有应答:{type(error).__name__}", remedy="核对网络和对端服务;系统会自动重试"
        ) from error
    after = answer.headers.get("retry-after", "")
    return Response(answer.status_code, answer.content[:_MOST_ANSWER], int(after) if after.isdigit() else None)


def fetch(settings: Mapping[str, str], name: str, seconds: float) -> list[tuple[str, bytes]]:
    """Every day-end file that is complete (what is still being written has another name). `DeliveryFailed` when it may pass."""
    place = _PLACE.match(settings["PAYMENT_BANK_SFTP"])
    if place is None:
        raise DeliveryFailed("PAYMENT_BANK_SFTP 应为 用户@主机:端口/目录", permanent=True, remedy="更正设置后重试")
    try:
        return asyncio.run(asyncio.wait_for(_files(settings, place), seconds))
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise DeliveryFailed(
            f"取对账文件失败:{type(error).__name__}", remedy="核对 SFTP 地址、密钥和主机公钥;系统会自动重试"
        ) from error


async def _files(settings: Mapping[str, str], place: re.Match[str]) -> list[tuple[str, bytes]]:
    hosts = asyncssh.import_known_hosts(settings["PAYMENT_BANK_SFTP_HOST"])
    async with (
        asyncssh.connect(
            place["host"].strip("[]"),
            int(place["port"] or 22),
            username=place["user"],
            client_keys=[settings["PAYMENT_BANK_SFTP_KEY"]],
            known_hosts=hosts,
            config=None,
            agent_path=None,
            connect_timeout=timedelta(seconds=5).total_seconds(),
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        folder = place["folder"] or "."
        found = []
        for name in sorted(str(name) for name in await sftp.listdir(folder)):
            path = f"{folder}/{name}"
            if _NAME.match(name) and (await sftp.getsize(path) or 0) <= _MOST_BYTES:
                async with sftp.open(path, "rb") as file:
                    data: bytes = await file.read()
                    found.append((name, data))
        return found
