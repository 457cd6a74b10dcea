"""A collecting bank as a program of its own: speaks the protocol of integrations/payment_bank and can be told to misbehave.

    python -m tools.bank_peer --secret S --system http://127.0.0.1:8000 --folder DIR [--port 0]

It takes signed payment notices over HTTP, sends signed receipts to the system's door, and puts day-end files out over SFTP.
When it listens it prints one JSON line: {"http": …, "sftp": "user@127.0.0.1:port/", "key": <client's private key file>,
"host": <known_hosts line>}. Orders come as JSON to `/control/<order>`:

    fail      {"next": ["503", "429:2", "hang_up", "lose_answer", "delay:3", "garbage", "refuse"]}   for the notices to come
    pay       {"notice_no", "trade_no"?, "amount"?, "surcharge"?, "paid_at"?, "decision_no"?, "times"?: 1, "together"?: false}
    day_end   {"day": "2026-03-26", "leave_out"?: [trade], "repeat"?: [trade], "amounts"?: {trade: yuan}, "add"?: [[notice, trade, yuan, type]],
               "spoil"?: "cut" | "digest", "half"?: true}
    clock     {"ahead": seconds}                   the bank's clock, for plays in another time
    state     {}                                   → {"notices", "calls", "paid"}

It shares no code with the product but the signature's definition, so that a mistake there shows at both ends.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import secrets
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import asyncssh

CHINA = timezone(timedelta(hours=8))
Json = dict[str, Any]


def signature(secret: str, method: str, path: str, body_sm3: str, stamp: str, nonce: str) -> str:
    """HMAC-SM3 as exchange.yaml says it (no query)."""
    said = "\n".join((method, path, "", body_sm3, stamp, nonce))
    return hmac.new(secret.encode(), said.encode(), "sm3").hexdigest()


class Bank:
    """What the bank knows and how it is told to behave."""

    def __init__(self, secret: str, system: str, folder: Path) -> None:
        self.secret, self.system, self.folder = secret, system.rstrip("/"), folder
        self.notices: dict[str, Json] = {}
        self.calls: list[str] = []
        self.paid: list[Json] = []
        self.next: list[str] = []
        self.ahead = timedelta(0)
        self.lock = threading.Lock()

    def now(self) -> datetime:
        """The bank's clock."""
        return datetime.now(CHINA) + self.ahead  # noqa: TID251 - a program of its own

    # ---- notices
    def take_notice(self, path: str, headers: Any, body: bytes) -> tuple[str, int, Json]:
        """(how to answer, status, answer)."""
        with self.lock:
            how = self.next.pop(0) if self.next else ""
            self.calls.append(str(headers.get("X-Request-Id")))
            said = hashlib.new("sm3", body).hexdigest()
            ours = signature(
                self.secret, "POST", path, said, str(headers.get("X-Timestamp")), str(headers.get("X-Nonce"))
            )
            if not hmac.compare_digest(ours, str(headers.get("X-Sign"))):
                return how, 401, {"code": "E01", "message": "签名错误"}
            if how.startswith(("5", "429")):
                return how, int(how[:3]), {"code": "E99", "message": "系统忙"}
            if how == "refuse":
                return how, 422, {"code": "E12", "message": "执收单位未开户"}
            if how == "hang_up":
                return how, 0, {}
            notice = json.loads(body)
            known = notice["notice_no"] in self.notices
            if known and self.notices[notice["notice_no"]] != notice:
                return how, 409, {"code": "E20", "message": "同号缴款通知内容不同"}
            self.notices[notice["notice_no"]] = notice
            self.notices.pop(notice.get("replaces", ""), None)
            answer = {"code": "0", "accepted_at": self.now().isoformat(), "duplicate": known}
            return how, 200 if known else 201, answer

    # ---- receipts
    def pay(self, order: Json) -> Json:
        """Takes money and tells the system, again and again until it says that it has it."""
        notice = self.notices.get(order["notice_no"], {})
        receipt = {
            "notice_no": order["notice_no"],
            "trade_no": order.get("trade_no") or "T" + secrets.token_hex(8),
            "receipt_no": order.get("receipt_no") or "R" + secrets.token_hex(6),
            "amount": order.get("amount") or notice.get("amount", "0.00"),
            "surcharge": order.get("surcharge", "0.00"),
            "payer": order.get("payer") or notice.get("payer_name", "某人"),
            "decision_no": order.get("decision_no") or notice.get("decision_no", "无"),
            "paid_at": order.get("paid_at") or self.now().isoformat(timespec="seconds"),
            "channel": order.get("channel", "COUNTER"),
        }
        with self.lock:
            self.paid.append(receipt)
        if order.get("silent"):
            return {"receipt": receipt, "answers": []}
        times = int(order.get("times", 1))
        if order.get("together"):
            with ThreadPoolExecutor(times) as pool:
                answers = list(pool.map(lambda _: self.send(receipt), range(times)))
        else:
            answers = [self.send(receipt) for _ in range(times)]
        return {"receipt": receipt, "answers": answers}

    def send(self, receipt: Json) -> Json:
        """One receipt to the system's door, newly signed each time."""
        body = json.dumps(receipt, ensure_ascii=False).encode()
        path, said = "/api/partners/payment_bank/payment.receipt", hashlib.new("sm3", body).hexdigest()
        for wait in (0.2, 0.5, 1.0, 0):
            stamp, nonce = self.now().isoformat(), secrets.token_hex(16)
            headers = {
                "Content-Type": "application/json", "X-Sender": "payment_bank", "X-Timestamp": stamp, "X-Nonce": nonce,
                "X-Body-SM3": said, "X-Sign": signature(self.secret, "POST", path, said, stamp, nonce),
            }  # fmt: skip
            request = urllib.request.Request(self.system + path, body, headers)  # noqa: S310 - the system's address is ours
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                    return {"status": answer.status, **json.loads(answer.read())}
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code != 429:
                    return {"status": error.code, **json.loads(error.read())}
            except OSError as error:
                last = str(error)
                if not wait:
                    return {"status": 0, "error": last}
            time.sleep(wait)
        return {"status": 503}

    # ---- the day's file
    def day_end(self, order: Json) -> Json:
        """Writes the file of a day, truthful or as told."""
        day = order["day"]
        amounts, left_out = order.get("amounts", {}), set(order.get("leave_out", []))
        lines = [
            [p["notice_no"], p["trade_no"], amounts.get(p["trade_no"]) or f"{Decimal(p['amount']) + Decimal(p['surcharge']):.2f}", "PAY"]
            for p in self.paid
            if datetime.fromisoformat(p["paid_at"]).astimezone(CHINA).date().isoformat() == day and p["trade_no"] not in left_out
        ]  # fmt: skip
        lines += [line for line in lines if line[1] in order.get("repeat", [])]
        lines += order.get("add", [])
        total = sum((Decimal(line[2]) * (1 if line[3] == "PAY" else -1) for line in lines), Decimal(0))
        text = f"H|102|{day.replace('-', '')}|{len(lines)}|{total:.2f}\n"
        text += "".join(f"D|{number}|{'|'.join(line)}\n" for number, line in enumerate(lines, 1))
        data = text.encode()
        tail = f"T|{hashlib.new('sm3', data).hexdigest()}\n".encode()
        if order.get("spoil") == "digest":
            data = data.replace(b"|PAY", b"|REF", 1)
        if order.get("spoil") == "cut":
            data = b"\n".join(data.split(b"\n")[:-2]) + b"\n"
        name = f"PAY_{day.replace('-', '')}{order.get('version', '')}.txt"
        temporary = self.folder / f"{name}.tmp"
        temporary.write_bytes(data + tail)
        if not order.get("half"):
            temporary.replace(self.folder / name)
        return {"name": name, "lines": len(lines)}

    def order(self, what: str, given: Json) -> Json:
        """One order of whoever runs the play."""
        if what == "fail":
            with self.lock:
                self.next = list(given["next"])
            return {"next": self.next}
        if what == "clock":
            self.ahead = timedelta(seconds=float(given["ahead"]))
            return {"now": self.now().isoformat()}
        if what == "pay":
            return self.pay(given)
        if what == "day_end":
            return self.day_end(given)
        return {"notices": self.notices, "calls": self.calls, "paid": self.paid}


def handler(bank: Bank) -> type[BaseHTTPRequestHandler]:
    """The HTTP side."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.startswith("/control/"):
                self._answer(
                    200, json.dumps(bank.order(self.path.removeprefix("/control/"), json.loads(body or b"{}"))).encode()
                )
                return
            how, status, answer = bank.take_notice(self.path, self.headers, body)
            if how.startswith("delay:"):
                time.sleep(float(how.partition(":")[2]))
            if how in ("hang_up", "lose_answer"):
                self.close_connection = True
                self.connection.close()
                return
            raw = b"<html>proxy</html>" if how == "garbage" else json.dumps(answer, ensure_ascii=False).encode()
            self._answer(
                502 if how == "garbage" else status, raw, how.partition(":")[2] if how.startswith("429") else ""
            )

        def _answer(self, status: int, raw: bytes, after: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            if after:
                self.send_header("Retry-After", after)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: object) -> None:
            return

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                return

    return Handler


async def serve(bank: Bank, port: int, home: Path) -> None:
    """Both sides until the program is ended; it ends itself when its standard input closes."""
    httpd = ThreadingHTTPServer(("127.0.0.1", port), handler(bank))
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    host_key, client_key = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    client_key.write_private_key(home / "client_key")
    (home / "client_key").chmod(0o600)
    client_key.write_public_key(home / "client_key.pub")
    folder = str(bank.folder).encode()
    sftp = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[host_key], authorized_client_keys=str(home / "client_key.pub"),
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=folder),
    )  # fmt: skip
    listening = sftp.sockets[0].getsockname()[1]
    public = host_key.export_public_key().decode().strip()
    print(json.dumps({
        "http": f"http://127.0.0.1:{httpd.server_address[1]}", "sftp": f"collect@127.0.0.1:{listening}/",
        "key": str(home / "client_key"), "host": f"[127.0.0.1]:{listening} {public}",
    }), flush=True)  # fmt: skip
    await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description="代收银行模拟程序")
    parser.add_argument("--secret", required=True)
    parser.add_argument("--system", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(Bank(given.secret, given.system, given.folder), given.port, given.home))


if __name__ == "__main__":
    main()
