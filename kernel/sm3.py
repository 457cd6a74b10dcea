"""SM3 (GB/T 32905) by the OpenSSL that Python links; checked against the standard's vector when the program starts."""

from __future__ import annotations

import hashlib

_VECTOR = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def new() -> hashlib._Hash:
    """A running SM3 hash with `update`, `digest`, `hexdigest`."""
    return hashlib.new("sm3")


def digest(data: bytes) -> bytes:
    """The 32 bytes of SM3(data)."""
    return hashlib.new("sm3", data).digest()


def hexdigest(data: bytes) -> str:
    """SM3(data) as 64 hexadecimal digits."""
    return hashlib.new("sm3", data).hexdigest()


def self_test() -> None:
    """Refuses to go on with an OpenSSL whose SM3 is absent or wrong."""
    if hexdigest(b"abc") != _VECTOR:
        raise RuntimeError("本机 OpenSSL 的 SM3 自检未通过,系统拒绝启动。")
