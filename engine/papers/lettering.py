"""Words drawn onto pages that exist already: page numbers, captions, watermarks.

A font of its own travels in the PDF: each sign that is used, once, as a stencil of 64 dots per em (some 300 dpi at the size of
a caption), with its Unicode beside it, so that what is stamped can be searched and copied like the rest of the page.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw, ImageFont

_FACES = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc"),
)
_SIMPLIFIED = 2  # the face of simplified Chinese in Noto's collections
_EM = 64
_MOST = 255  # signs of one font: codes are one byte


@functools.cache
def _face() -> ImageFont.FreeTypeFont | None:
    for path in _FACES:
        if path.exists():
            return ImageFont.truetype(str(path), _EM, index=_SIMPLIFIED)
    fallback = ImageFont.load_default(_EM)
    return fallback if isinstance(fallback, ImageFont.FreeTypeFont) else None


@functools.lru_cache(maxsize=4096)
def _glyph(sign: str) -> tuple[float, bytes]:
    """Advance in em, and the procedure that paints the sign."""
    face = _face()
    if face is None or sign == " ":
        return 0.3, b"0.3 0 d0"
    advance = face.getlength(sign) / _EM
    left, top, right, bottom = (round(edge) for edge in face.getbbox(sign, anchor="ls"))
    width, height = right - left, bottom - top
    if width <= 0 or height <= 0:
        return advance, f"{advance:.4f} 0 d0".encode()
    image = Image.new("1", (width, height), 0)
    ImageDraw.Draw(image).text((-left, -top), sign, font=face, fill=1, anchor="ls")
    box = " ".join(f"{edge / _EM:.4f}" for edge in (left, -bottom, right, -top))
    place = f"{width / _EM:.4f} 0 0 {height / _EM:.4f} {left / _EM:.4f} {-bottom / _EM:.4f} cm"
    stencil = f"BI /W {width} /H {height} /IM true /BPC 1 /D [1 0] /F /AHx ID {image.tobytes().hex()}> EI"
    return advance, f"{advance:.4f} 0 {box} d1 q {place} {stencil} Q".encode()


class Lettering:
    """The signs drawn in one PDF. `place` what is to be read onto pages, then `finish` once.

    `prefix` names its fonts on the pages: whoever letters pages that were lettered before takes another.
    """

    def __init__(self, pdf: pikepdf.Pdf, prefix: str = "ZcA") -> None:
        self._pdf, self._prefix = pdf, prefix
        self._codes: dict[str, tuple[int, int]] = {}
        self._used: list[tuple[pikepdf.Page, set[int]]] = []

    def width(self, text: str, size: float) -> float:
        """How long a line is, in points."""
        return sum(_glyph(sign)[0] for sign in text) * size

    def line(self, text: str, size: float, x: float, y: float, turn: tuple[float, float] = (1, 0)) -> bytes:
        """The operators that show a line from its left end; `turn`: cosine and sine of its slope. Give them to `place`."""
        cosine, sine = turn
        parts = [f"BT {cosine:.4f} {sine:.4f} {-sine:.4f} {cosine:.4f} {x:.2f} {y:.2f} Tm".encode()]
        current, run = -1, bytearray()
        for sign in text:
            font, code = self._code(sign)
            if font != current:
                if run:
                    parts.append(b"<" + run.hex().encode() + b"> Tj")
                parts.append(f"/{self._prefix}{font} {size:g} Tf".encode())
                current, run = font, bytearray()
            run.append(code)
        if run:
            parts.append(b"<" + run.hex().encode() + b"> Tj")
        return b" ".join([*parts, b"ET"])

    def _code(self, sign: str) -> tuple[int, int]:
        if sign not in self._codes:
            count = len(self._codes)
            self._codes[sign] = (count // _MOST, count % _MOST + 1)
        return self._codes[sign]

    def place(self, page: pikepdf.Page, operators: bytes) -> None:
        """Over what the page shows, in coordinates as it is looked at: points from its lower left corner, whatever its turn."""
        matrix = " ".join(f"{number:g}" for number in upright(page))
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(b"\nQ q " + matrix.encode() + b" cm\n" + operators + b"\nQ\n")
        fonts = {int(part.split()[0]) for part in operators.split(f"/{self._prefix}".encode())[1:]}
        self._used.append((page, fonts))

    def finish(self) -> None:
        """Puts the fonts where the pages find them."""
        made: dict[int, pikepdf.Object] = {}
        for page, fonts in self._used:
            for font in fonts:
                if font not in made:
                    made[font] = self._pdf.make_indirect(self._font(font))
                page.add_resource(made[font], Name.Font, Name(f"/{self._prefix}{font}"))

    def _font(self, number: int) -> Dictionary:
        signs = {code: sign for sign, (font, code) in self._codes.items() if font == number}
        procedures, widths, names = Dictionary(), [], []
        for code, sign in sorted(signs.items()):
            advance, procedure = _glyph(sign)
            procedures[f"/u{code}"] = self._pdf.make_stream(procedure)
            widths.append(round(advance, 4))
            names.append(Name(f"/u{code}"))
        return Dictionary(
            Type=Name.Font,
            Subtype=Name.Type3,
            FontBBox=Array([0, -0.4, 1.2, 1.2]),
            FontMatrix=Array([1, 0, 0, 1, 0, 0]),
            Resources=Dictionary(),
            CharProcs=procedures,
            Encoding=Dictionary(Type=Name.Encoding, Differences=Array([1, *names])),
            FirstChar=1,
            LastChar=len(widths),
            Widths=Array(widths),
            ToUnicode=self._pdf.make_stream(_to_unicode(signs)),
        )


def _to_unicode(signs: dict[int, str]) -> bytes:
    lines = [f"<{code:02x}> <{sign.encode('utf-16-be').hex()}>" for code, sign in sorted(signs.items())]
    blocks = [lines[at : at + 100] for at in range(0, len(lines), 100)]
    mapped = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Zc def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{mapped}\nendcmap end end\n"
    ).encode()


def size_of(page: pikepdf.Page) -> tuple[float, float]:
    """Width and height in points as the page is looked at."""
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    width, height = abs(right - left), abs(top - bottom)
    return (height, width) if page.rotation % 180 else (width, height)


def upright(page: pikepdf.Page) -> tuple[float, ...]:
    """The matrix from coordinates as the page is looked at to its own: a page may be stored turned."""
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    left, right, bottom, top = min(left, right), max(left, right), min(bottom, top), max(bottom, top)
    return {
        0: (1, 0, 0, 1, left, bottom),
        90: (0, 1, -1, 0, right, bottom),
        180: (-1, 0, 0, -1, right, top),
        270: (0, -1, 1, 0, left, top),
    }[page.rotation % 360]
