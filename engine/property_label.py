"""The label of an item of property: a QR code that names it, and beside it what a custodian reads without a scanner."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape

import segno

_PREFIX = "zc:property:"
_WIDTH, _HEIGHT, _QR = 70, 36, 30  # millimetres: the usual sticker
_FITS = 27  # half-width signs in a line


def code(item_id: UUID) -> str:
    """What the QR code of an item says: no personal data, only which item of which ledger."""
    return f"{_PREFIX}{item_id}"


def item_of(text: str) -> UUID | None:
    """The item that a scanned code names; None for anything else."""
    try:
        return UUID(text.removeprefix(_PREFIX)) if text.startswith(_PREFIX) else None
    except ValueError:
        return None


def svg(row: Mapping[str, Any]) -> str:
    """The label, 70 × 36 mm: QR code left; number, name, case, seal, place right. `row`: as registers.property.get gives."""
    out = io.BytesIO()
    qr = segno.make(code(row["id"]), error="m", micro=False)
    qr.save(out, kind="svg", xmldecl=False, svgns=False, border=2, omitsize=True, nl=False)
    where = " ".join(str(part) for part in (row["place"], row["shelf"]) if part)
    amount = f"{row['quantity']}{row['unit'] or ''}"
    lines = [
        row["number"], f"{row['name']} {row['spec'] or ''}".strip(), amount, row["case_number"] or "未立案",
        f"封签 {row['seal_number']}" if row["seal_number"] else "", where,
    ]  # fmt: skip
    texts = "".join(
        f'<text x="{_QR + 3}" y="{7 + 5 * place}" font-size="{2.8 if place == 0 else 2.6}"'
        f' font-weight="{"bold" if place == 0 else "normal"}">{escape(_short(line))}</text>'
        for place, line in enumerate(line for line in lines if line)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}mm" height="{_HEIGHT}mm" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        ' font-family="Noto Sans CJK SC, SimHei, sans-serif">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff" stroke="#000" stroke-width=".2"/>'
        f'<svg x="2" y="3" width="{_QR}" height="{_QR}" viewBox="{_box(qr)}">{_inner(out.getvalue().decode())}</svg>'
        f"{texts}</svg>"
    )


def _short(text: str) -> str:
    """What fits beside the code; a Chinese character is as wide as two figures."""
    width = 0
    for place, sign in enumerate(text):
        width += 2 if ord(sign) > 0x2E7F else 1
        if width > _FITS:
            return text[: place - 1] + "…"
    return text


def _box(qr: segno.QRCode) -> str:
    width, height = qr.symbol_size(border=2)
    return f"0 0 {width:.0f} {height:.0f}"


def _inner(text: str) -> str:
    """The drawing inside the library's own <svg> element."""
    return text[text.index(">") + 1 : text.rindex("</svg>")]
