"""Seals and signatures on papers: PAdES in the PDF, a detached CMS beside a DOCX that has no PDF, and the picture of a seal.

A `Signer` is a certificate with its key (PKCS#12). The seal of GB/T 38540 (SM2) can stand behind the same face later. Reads
no database; whose certificate it is, and whether it is valid on the day, is registers/seal.py.
"""

from __future__ import annotations

import asyncio
import functools
import io
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from PIL import Image, ImageDraw, ImageFont
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
from pyhanko.sign import fields, signers
from pyhanko.stamp import StaticStampStyle

from kernel.errors import InvalidAnswers

_FONT = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc")
_RED = (214, 0, 15, 235)
_MM = 72 / 25.4
# The library runs an event loop for each signature: in threads of its own, where none can be running already.
_hands = ThreadPoolExecutor(max_workers=4, thread_name_prefix="seal")
SEAL_MM = 42.0  # the diameter of an agency's seal
_DIGEST = "sha256"
_TRIAL = datetime(2020, 1, 1, tzinfo=UTC)  # trials play in past years too
_FULL = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, Margins(0, 0, 0, 0))


@dataclass(frozen=True)
class Signer:
    """Who signs: the signature's name and the loaded key. `picture`: an agency's round seal, else the name alone."""

    name: str
    key: signers.SimpleSigner
    picture: bool = False


class _Key(signers.SimpleSigner):
    """A key that is read once: the stock signer reads, and so checks, it anew for every signature (0.1 s with RSA)."""

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """The signature's bytes: RSA (PKCS #1 v1.5) or ECDSA."""
        digest = getattr(hashes, digest_algorithm.upper())()
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), digest)
        return self.private.sign(data, ec.ECDSA(digest))

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """As `sign_raw`."""
        return self.sign_raw(data, digest_algorithm)


def load(name: str, data: bytes, passphrase: str, *, picture: bool = False) -> Signer:
    """A PKCS#12 file with its passphrase. `InvalidAnswers` when they do not go together."""
    private, _ = _opened(data, passphrase)
    made = _Key.load_pkcs12_data(data, [], passphrase.encode())
    if made is None:
        raise InvalidAnswers({"file": "证书文件不能用于签名,请重新导出"})
    made.private = private
    return Signer(name, made, picture)


def _opened(data: bytes, passphrase: str) -> tuple[rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, x509.Certificate]:
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(data, passphrase.encode())
    except ValueError as error:
        raise InvalidAnswers({"file": "无法打开证书文件:口令不对,或者不是 PKCS#12(.p12/.pfx)文件"}) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or certificate is None:
        raise InvalidAnswers({"file": "证书文件中没有证书,或者没有 RSA、ECDSA 私钥,请重新导出"})
    return key, certificate


def certificate_of(data: bytes, passphrase: str) -> x509.Certificate:
    """The certificate inside a PKCS#12 file."""
    return _opened(data, passphrase)[1]


def told(certificate: x509.Certificate) -> dict[str, Any]:
    """What a register keeps of a certificate: fingerprint (SHA-256), issuer, valid_from, valid_to."""
    return {
        "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
        "issuer": certificate.issuer.rfc4514_string(),
        "valid_from": certificate.not_valid_before_utc,
        "valid_to": certificate.not_valid_after_utc,
    }


def covered_anew(data: bytes, passphrase: str, new: str) -> bytes:
    """The same key and certificates under another passphrase."""
    _opened(data, passphrase)
    key, certificate, chain = pkcs12.load_key_and_certificates(data, passphrase.encode())
    cover = serialization.BestAvailableEncryption(new.encode())
    return pkcs12.serialize_key_and_certificates(None, key, certificate, chain, cover)  # type: ignore[arg-type]


def sign_pdf(pdf: bytes, who: Sequence[Signer]) -> bytes:
    """The PDF with one PAdES signature after another; an agency's also shows its seal over its name."""
    for place, signer in enumerate(who, 1):
        pdf = _signed(pdf, signer, f"Signature{place}")
    return pdf


def _signed(pdf: bytes, signer: Signer, field: str) -> bytes:
    meta = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm=_DIGEST,
        subfilter=fields.SigSeedSubFilter.PADES,
        name=signer.name,
        reason="印章" if signer.picture else "签名",
    )
    spec, style = fields.SigFieldSpec(field), None
    if signer.picture:
        page, box = _place(pdf, signer.name)
        spec = fields.SigFieldSpec(field, on_page=page, box=box)
        style = StaticStampStyle(
            border_width=0, background=PdfImage(picture(signer.name)), background_opacity=1.0, background_layout=_FULL
        )
    made = signers.PdfSigner(meta, signer.key, stamp_style=style, new_field_spec=spec)
    written: io.BytesIO = _hands.submit(made.sign_pdf, IncrementalPdfFileWriter(io.BytesIO(pdf))).result()
    return written.getvalue()


def sign_detached(data: bytes, signer: Signer) -> bytes:
    """A CMS signature (DER, .p7s) over bytes that stay as they are."""
    made: Any = _hands.submit(asyncio.run, signer.key.async_sign_general_data(data, _DIGEST, detached=True)).result()
    return bytes(made.dump())


def _place(pdf: bytes, name: str) -> tuple[int, tuple[int, int, int, int]]:
    """Where the seal goes: over the last place that says the agency's name; where none does, at the foot of the last page."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    for number in range(len(reader.pages) - 1, -1, -1):
        found: list[tuple[float, float]] = []

        def look(text: str, cm: Any, tm: Any, font: Any, size: float, found: list[tuple[float, float]] = found) -> None:
            if text.strip() and text.strip()[:2] == name[:2] and name.startswith(text.strip()[: len(name)]):
                x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
                found.append((x + len(text.strip()) * size / 2, y))

        reader.pages[number].extract_text(visitor_text=look)
        if found:
            return number, _around(*found[-1], reader.pages[number])
    last = reader.pages[-1]
    return len(reader.pages) - 1, _around(float(last.mediabox.width) - 60 * _MM, 55 * _MM, last)


def _around(x: float, y: float, page: Any) -> tuple[int, int, int, int]:
    half = SEAL_MM * _MM / 2
    x = min(max(x, half), float(page.mediabox.width) - half)
    y = min(max(y - 4 * _MM, half), float(page.mediabox.height) - half)
    return round(x - half), round(y - half), round(x + half), round(y + half)


@functools.lru_cache(maxsize=64)
def picture(name: str, size: int = 420) -> Image.Image:
    """A round red seal with a star and the name along its upper edge."""
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    edge = size // 40
    draw.ellipse((edge, edge, size - edge, size - edge), outline=_RED, width=edge)
    points = [
        (size / 2 + r * math.sin(a * math.pi / 5), size / 2 - r * math.cos(a * math.pi / 5))
        for a, r in ((i, size * (0.16 if i % 2 == 0 else 0.0625)) for i in range(10))
    ]
    draw.polygon(points, fill=_RED)
    letters = name[:28]
    font = (
        ImageFont.truetype(str(_FONT), round(size * min(0.115, 2.1 / max(len(letters), 1)))) if _FONT.exists() else None
    )
    if font is None:
        return image
    span = min(300.0, 26.0 * len(letters))
    for place, letter in enumerate(letters):
        angle = -span / 2 + span * (place + 0.5) / len(letters)
        tile = Image.new("RGBA", (size, size), (0, 0, 0, 0))
        ImageDraw.Draw(tile).text((size / 2, size * 0.145), letter, font=font, fill=_RED, anchor="mm")
        image.alpha_composite(tile.rotate(-angle, resample=Image.Resampling.BICUBIC))
    return image


# ---------------------------------------------------------------------- a certificate authority for trials
def trial_authority(since: datetime = _TRIAL) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A self-signed authority of ten years, for demonstrations and tests only: its name says so."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "执程演示证书机构(仅供试用)")])
    built = _builder(name, name, key.public_key(), since, 3650).add_extension(
        x509.BasicConstraints(True, 0), critical=True
    )
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return built.add_extension(usage, critical=True).sign(key, hashes.SHA256()), key


def trial_signer(
    authority: tuple[x509.Certificate, ec.EllipticCurvePrivateKey], name: str, passphrase: str, since: datetime = _TRIAL
) -> bytes:
    """A PKCS#12 file of a holder under a trial authority."""
    root, root_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:60])])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    built = _builder(subject, root.subject, key.public_key(), since, 3650).add_extension(usage, critical=True)
    certificate = built.sign(root_key, hashes.SHA256())
    cover = serialization.BestAvailableEncryption(passphrase.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, [root], cover)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, since: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=days))
    )
