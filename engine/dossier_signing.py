"""The two signatures of a dossier's manifest: Ed25519, which every tool checks, and SM2, which the law of cryptography asks for.

The keys are an agency's own, made at its first dossier and covered like those of its seals. A manifest that was signed before
gets the signature it has: so a dossier exported twice is the same bytes.
"""

from __future__ import annotations

import os
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kernel import audit, sm2, sm3
from kernel.command import command
from kernel.errors import Fault
from kernel.work import Row, Work
from registers import signing_key

ALGORITHMS = ("Ed25519", "SM2")
_SALT, _NONCE = 16, 12
_opened: dict[UUID, bytes] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Signature:
    """One signature. `public`: SubjectPublicKeyInfo (DER); `fingerprint`: its SM3, by which an agency makes it known."""

    algorithm: str
    public: bytes
    fingerprint: str
    signature: bytes

    @property
    def pem(self) -> bytes:
        """The public key as every tool reads it."""
        import base64

        text = base64.b64encode(self.public).decode()
        lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n".encode()


def sign(work: Work, agency_id: int, manifest: bytes) -> list[Signature]:
    """Both signatures of an agency over a manifest. Opens a transaction when none is open."""
    digest = sm3.digest(manifest)
    with nullcontext(work) if work.is_open else work.transaction():
        keys = _keys(work, agency_id)
        ids = [key["id"] for key in keys]
        known = signing_key.signatures(work, digest, ids)
        for key in keys:
            if key["id"] not in known:
                signing_key.keep(work, digest, key, _sign(key["algorithm"], _private(work, key), manifest))
        if len(known) < len(keys):
            known = signing_key.signatures(work, digest, ids)
    return [Signature(k["algorithm"], bytes(k["public_key"]), k["fingerprint"], known[k["id"]]) for k in keys]


def _keys(work: Work, agency_id: int) -> list[Row]:
    """The agency's keys, made when it has none."""
    found = signing_key.in_use(work, agency_id)
    for algorithm in ALGORITHMS:
        if algorithm not in found:
            private, public = _generate(algorithm)
            covered = _cover(private, work.node.settings.passphrase(), agency_id, algorithm)
            signing_key.add(work, agency_id, algorithm, public, covered)
            audit.record(work, "dossier.key", subject=("agency", str(agency_id)), detail={"algorithm": algorithm})
    if len(found) < len(ALGORITHMS):
        found = signing_key.in_use(work, agency_id)
    return [found[algorithm] for algorithm in ALGORITHMS]


def _generate(algorithm: str) -> tuple[bytes, bytes]:
    if algorithm == "SM2":
        return sm2.generate()
    key = Ed25519PrivateKey.generate()
    encoding = serialization.Encoding.DER
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def _sign(algorithm: str, private: bytes, data: bytes) -> bytes:
    if algorithm == "SM2":
        return sm2.sign(private, data)
    key = serialization.load_der_private_key(private, None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Fault("卷宗签名密钥损坏", remedy="请停用该机构的卷宗签名密钥,系统将另行生成")
    return key.sign(data)


def _private(work: Work, key: Row) -> bytes:
    """A key is opened once per process: its cover is made to be slow."""
    with _lock:
        if key["id"] not in _opened:
            passphrase = work.node.settings.passphrase()
            _opened[key["id"]] = _uncover(bytes(key["covered"]), passphrase, key["agency_id"], key["algorithm"])
        return _opened[key["id"]]


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=1).derive(passphrase.encode()))


def _cover(secret: bytes, passphrase: str, agency_id: int, algorithm: str) -> bytes:
    """Salt, nonce, secret and tag; whose key it is is bound in, so that none can be put in another's place."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    bound = f"dossier_key:{agency_id}:{algorithm}".encode()
    return salt + nonce + _cipher(passphrase, salt).encrypt(nonce, secret, bound)


def _uncover(covered: bytes, passphrase: str, agency_id: int, algorithm: str) -> bytes:
    salt, nonce, rest = covered[:_SALT], covered[_SALT : _SALT + _NONCE], covered[_SALT + _NONCE :]
    try:
        return _cipher(passphrase, salt).decrypt(nonce, rest, f"dossier_key:{agency_id}:{algorithm}".encode())
    except InvalidTag as error:
        raise Fault(
            "卷宗签名密钥打不开:口令不对,或者密钥被改动",
            remedy="请恢复数据目录中的 seal.key(或 ZC_SEAL_PASSPHRASE);无法恢复时停用旧密钥",
        ) from error


def keys(work: Work) -> list[Row]:
    """The keys in scope with their fingerprints, the newest last."""
    with work.transaction():
        return signing_key.listed(work)


@command(may="seal.manage", subject="agency_id")
def retire_dossier_keys(work: Work, agency_id: int, reason: str) -> dict[str, int]:
    """Nothing more is signed with them (lost, leaked, passphrase gone); what was signed stays valid."""
    return {"retired": signing_key.retire(work, agency_id, reason)}
