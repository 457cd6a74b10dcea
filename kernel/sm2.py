"""SM2 signatures with SM3 (GB/T 32918.2) by the system's OpenSSL 3, which is constant-time and kept patched by the distribution.

The wheels of `cryptography` have no SM2. Keys travel as DER: PKCS #8 the private, SubjectPublicKeyInfo the public; a
signature is the DER sequence of r and s. The signer's identity is the customary default of the national standards – OpenSSL's
own default is empty and would be understood by nobody else.
"""

from __future__ import annotations

import ctypes
import functools
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_void_p

from kernel.errors import Fault

IDENTITY = b"1234567812345678"
_NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll")
# What is called: name → result, arguments.
_CALLS: dict[str, tuple[object, list[object]]] = {
    "EVP_PKEY_Q_keygen": (c_void_p, [c_void_p, c_char_p, c_char_p]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY2PKCS8": (c_void_p, [c_void_p]),
    "PKCS8_PRIV_KEY_INFO_free": (None, [c_void_p]),
    "i2d_PKCS8_PRIV_KEY_INFO": (c_int, [c_void_p, POINTER(c_void_p)]),
    "i2d_PUBKEY": (c_int, [c_void_p, POINTER(c_void_p)]),
    "d2i_AutoPrivateKey": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
    "d2i_PUBKEY": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
    "EVP_PKEY_is_a": (c_int, [c_void_p, c_char_p]),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_new": (c_void_p, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_int]),
    "EVP_sm3": (c_void_p, []),
    "EVP_DigestSignInit": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EVP_DigestSign": (c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "CRYPTO_free": (None, [c_void_p, c_char_p, c_int]),
    "ERR_clear_error": (None, []),
}


class NoSm2(Fault):
    """This machine's OpenSSL cannot do SM2."""

    code = "no_sm2"
    status = 503
    title = "本机不能进行 SM2 签名"
    permanent = True

    def __init__(self, why: str) -> None:
        super().__init__(why, remedy="请安装 OpenSSL 3(libcrypto.so.3,且未裁去 SM2)后重启")


class BadKey(ValueError):
    """Not a key of SM2 in DER."""


@functools.cache
def _library() -> ctypes.CDLL:
    """OpenSSL, loaded once; raises `NoSm2` where it is absent or older than 3."""
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        try:
            for call, (result, arguments) in _CALLS.items():
                function = getattr(library, call)
                function.restype, function.argtypes = result, arguments
        except AttributeError as error:
            raise NoSm2(f"{name} 缺少 {error}") from error
        return library
    raise NoSm2("没有找到 OpenSSL 3 的 libcrypto")


def generate() -> tuple[bytes, bytes]:
    """A new pair of keys: private (PKCS #8), public (SubjectPublicKeyInfo)."""
    library = _library()
    key = library.EVP_PKEY_Q_keygen(None, None, b"SM2")
    if not key:
        raise NoSm2("OpenSSL 未能生成 SM2 密钥")
    try:
        return _private_der(key), _der(library.i2d_PUBKEY, key)
    finally:
        library.EVP_PKEY_free(key)


def public_of(private: bytes) -> bytes:
    """The public key that belongs to a private one."""
    key = _loaded("d2i_AutoPrivateKey", private)
    try:
        return _der(_library().i2d_PUBKEY, key)
    finally:
        _library().EVP_PKEY_free(key)


def _private_der(key: int) -> bytes:
    library = _library()
    wrapped = library.EVP_PKEY2PKCS8(key)
    if not wrapped:
        raise NoSm2("OpenSSL 未能导出 SM2 私钥")
    try:
        return _der(library.i2d_PKCS8_PRIV_KEY_INFO, wrapped)
    finally:
        library.PKCS8_PRIV_KEY_INFO_free(wrapped)


def _der(write: ctypes._NamedFuncPointer, thing: int) -> bytes:
    at = c_void_p()
    length = write(thing, byref(at))
    if length <= 0 or not at.value:
        raise NoSm2("OpenSSL 未能导出 SM2 密钥")
    try:
        return ctypes.string_at(at.value, length)
    finally:
        _library().CRYPTO_free(at, b"", 0)


def _loaded(read: str, der: bytes) -> int:
    """The key inside; whoever asked for it frees it."""
    library = _library()
    source = c_char_p(der)
    key = getattr(library, read)(None, byref(source), len(der))
    if key and library.EVP_PKEY_is_a(key, b"SM2") == 1:
        return int(key)
    library.EVP_PKEY_free(key)
    library.ERR_clear_error()
    raise BadKey("不是 SM2 密钥")


class _Context:
    """A digest context that knows the key and the signer's identity."""

    def __init__(self, key: int, identity: bytes) -> None:
        library = _library()
        self._digest = library.EVP_MD_CTX_new()
        self._key = library.EVP_PKEY_CTX_new(key, None)
        library.EVP_PKEY_CTX_set1_id(self._key, identity, len(identity))
        library.EVP_MD_CTX_set_pkey_ctx(self._digest, self._key)

    def __enter__(self) -> int:
        return int(self._digest)

    def __exit__(self, *_: object) -> None:
        _library().EVP_MD_CTX_free(self._digest)
        _library().EVP_PKEY_CTX_free(self._key)


def sign(private: bytes, data: bytes, *, identity: bytes = IDENTITY) -> bytes:
    """The signature over data; another one each time, all of them valid. Raises `BadKey`."""
    library = _library()
    key = _loaded("d2i_AutoPrivateKey", private)
    try:
        with _Context(key, identity) as context:
            made, length = ctypes.create_string_buffer(256), c_size_t(256)
            if (
                library.EVP_DigestSignInit(context, None, library.EVP_sm3(), None, key) != 1
                or library.EVP_DigestSign(context, made, byref(length), data, len(data)) != 1
            ):
                raise NoSm2("OpenSSL 未能完成 SM2 签名")
            return made.raw[: length.value]
    finally:
        library.EVP_PKEY_free(key)


def verify(public: bytes, data: bytes, signature: bytes, *, identity: bytes = IDENTITY) -> bool:
    """Does the signature hold? Anything that is no key or no signature does not."""
    library = _library()
    try:
        key = _loaded("d2i_PUBKEY", public)
    except BadKey:
        return False
    try:
        # OpenSSL also reads a key written otherwise than DER prescribes; with us a key is one row of bytes only, since it is
        # compared and told by its hash.
        if _der(library.i2d_PUBKEY, key) != public:
            return False
        with _Context(key, identity) as context:
            begun = library.EVP_DigestVerifyInit(context, None, library.EVP_sm3(), None, key) == 1
            holds = begun and library.EVP_DigestVerify(context, signature, len(signature), data, len(data)) == 1
            library.ERR_clear_error()
            return bool(holds)
    finally:
        library.EVP_PKEY_free(key)
