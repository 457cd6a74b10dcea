"""Make the national DOCX templates: `python tools/make_templates.py [CODE …]`, the same bytes on every run.

The layouts below say what stands where on each paper; `templates/national/<code>/document.yaml` says where the values come
from. Legal staff may edit the DOCX in Word afterwards: then do not run this for that code again. Page A4; 方正小标宋简体 for titles,
宋体 for labels, 仿宋_GB2312 for text; where a font is missing, `deploy/fonts.conf` names what stands in.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from tools.layouts import LAYOUTS
from tools.layouts.blocks import Blank, Cell, Copies, Cut, Heading, Lines, Note, Paper, Para, Repeat, Seal, Table

TITLE, LABEL, BODY = "方正小标宋简体", "宋体", "仿宋_GB2312"
ROOT = Path(__file__).resolve().parent.parent / "templates" / "national"
ALIGNS = {"left": ALIGN.LEFT, "center": ALIGN.CENTER, "right": ALIGN.RIGHT, "both": ALIGN.JUSTIFY}
WIDTH = 156


@dataclass
class Look:
    """How a paragraph looks. Sizes in points; `indent` in characters of the first line."""

    font: str = BODY
    size: float = 14
    align: str = "left"
    indent: int = 0
    line: float = 26
    before: float = 0
    after: float = 0
    keep: bool = False
    right: int = 0
    bold: bool = field(default=False)


def _font(run: Any, look: Look) -> None:
    run.font.name = look.font
    run.font.size = Pt(look.size)
    run.font.bold = look.bold or None
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), look.font)
    fonts.set(qn("w:hAnsi"), look.font)
    # Quotation marks, boxes and 〔〕 shall come from the Chinese font.
    fonts.set(qn("w:hint"), "eastAsia")


def write(paragraph: Any, text: str, look: Look) -> None:
    """Put text into a paragraph with this look."""
    shape = paragraph.paragraph_format
    shape.alignment = ALIGNS[look.align]
    shape.line_spacing = Pt(look.line)
    shape.space_before, shape.space_after = Pt(look.before), Pt(look.after)
    shape.keep_with_next = look.keep or None
    shape.widow_control = True
    if look.indent:
        shape.first_line_indent = Pt(look.size * look.indent)
        indent = paragraph._element.get_or_add_pPr().get_or_add_ind()
        indent.set(qn("w:firstLineChars"), str(100 * look.indent))
    if look.right:
        shape.right_indent = Mm(look.right)
    _font(paragraph.add_run(text), look)


def _page_field(paragraph: Any, code: str, look: Look) -> None:
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("", "1"), ("end", "")):
        run = paragraph.add_run()
        _font(run, look)
        if kind:
            char = OxmlElement("w:fldChar")
            char.set(qn("w:fldCharType"), kind)
            run._element.append(char)
        elif text == code:
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {code} "
            run._element.append(instruction)
        else:
            run.text = text


def footer(document: Any) -> None:
    """第 X 页 共 Y 页, centred, on every page."""
    look = Look(font=LABEL, size=9, align="center", line=12)
    paragraph = document.sections[0].footer.paragraphs[0]
    write(paragraph, "第 ", look)
    _page_field(paragraph, "PAGE", look)
    _font(paragraph.add_run(" 页 共 "), look)
    _page_field(paragraph, "NUMPAGES", look)
    _font(paragraph.add_run(" 页"), look)


def head(document: Any, paper: Paper) -> None:
    """Agency, title, number."""
    _agency(document.paragraphs[0])
    _title(document.add_paragraph(), paper.title)
    if paper.number:
        number = Look(font=BODY, size=12, align="right", line=20, after=4, keep=True)
        write(document.add_paragraph(), paper.number, number)


def _borders(table: Any) -> None:
    properties = table._element.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    properties.append(borders)
    layout = OxmlElement("w:tblLayout")
    layout.set(qn("w:type"), "fixed")
    properties.append(layout)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "70")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.append(margins)


def _cell(row: Any, cell: Cell, width: float) -> None:
    tc = OxmlElement("w:tc")
    properties = OxmlElement("w:tcPr")
    size = OxmlElement("w:tcW")
    size.set(qn("w:w"), str(round(width * 56.7)))
    size.set(qn("w:type"), "dxa")
    properties.append(size)
    if cell.span > 1:
        span = OxmlElement("w:gridSpan")
        span.set(qn("w:val"), str(cell.span))
        properties.append(span)
    if cell.down:
        merge = OxmlElement("w:vMerge")
        if cell.down == "start":
            merge.set(qn("w:val"), "restart")
        properties.append(merge)
    align = OxmlElement("w:vAlign")
    align.set(qn("w:val"), "top" if cell.top else "center")
    properties.append(align)
    tc.append(properties)
    row._element.append(tc)
    from docx.table import _Cell

    made = _Cell(tc, row)
    for text in cell.lines or ("",):
        look = Look(
            font=LABEL if cell.label else BODY,
            size=cell.size,
            line=cell.size + 5.5,
            align=cell.align,
            indent=cell.indent,
        )
        if text.startswith(">"):
            text, look.align, look.indent, look.before = text[1:], "right", 0, 3
        write(made.add_paragraph(), text, look)


def _row(
    table: Any, cells: Iterable[Cell], widths: tuple[float, ...], height: float, *, header: bool, split: bool
) -> None:
    row = table.add_row()
    for old in list(row._element.tc_lst):
        row._element.remove(old)
    properties = row._element.get_or_add_trPr()
    if not split:
        properties.append(OxmlElement("w:cantSplit"))
    size = OxmlElement("w:trHeight")
    size.set(qn("w:val"), str(round(height * 56.7)))
    size.set(qn("w:hRule"), "atLeast")
    properties.append(size)
    if header:
        properties.append(OxmlElement("w:tblHeader"))
    at = 0
    for cell in cells:
        _cell(row, cell, sum(widths[at : at + cell.span]))
        at += cell.span
    if at != len(widths):
        raise ValueError(f"row of {at} columns in a table of {len(widths)}: {[c.lines for c in cells]}")


def table(document: Any, block: Table) -> None:
    """A bordered table; a `Repeat` becomes a row per item, its head is repeated on every page."""
    made = document.add_table(rows=0, cols=len(block.widths))
    made.alignment = 1
    _borders(made)
    for column, width in zip(made.columns, block.widths, strict=True):
        column.width = Mm(width)
    for row in block.rows:
        if isinstance(row, Repeat):
            whole = (Cell((f"{{%tr for row in {row.field} %}}",), span=len(block.widths)),)
            _row(made, row.head, block.widths, 8, header=row.repeat_head, split=False)
            _row(made, whole, block.widths, 5, header=False, split=False)
            _row(made, row.cells, block.widths, 8, header=False, split=False)
            _row(made, (Cell(("{%tr endfor %}",), span=len(block.widths)),), block.widths, 5, header=False, split=False)
        else:
            height = max(cell.height for cell in row)
            _row(made, row, block.widths, height, header=False, split=height > 12)


def seal(document: Any, block: Seal) -> None:
    """Agency, seal mark and date, kept on one page."""
    look = Look(size=14, align="right", line=24, right=8, keep=True)
    write(document.add_paragraph(), "", Look(size=14, line=16, keep=True))
    write(document.add_paragraph(), "{{ agency_seal }}（印章）", look)
    write(document.add_paragraph(), "{{ issue_date }}", Look(size=14, align="right", line=24, right=8, keep=block.keep))


def copies(document: Any, text: str) -> None:
    """How many copies and for whom, below a rule."""
    paragraph = document.add_paragraph()
    write(paragraph, text, Look(font=LABEL, size=9, line=14, before=6))
    _rule(paragraph, "single")


def lines(document: Any, block: Lines) -> None:
    """Lines to sign on, the day at the right edge, none left alone on a page."""
    for text in block.lines:
        made = document.add_paragraph()
        write(made, text, Look(size=12, line=23, keep=True))
        made.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH - 4), WD_TAB_ALIGNMENT.RIGHT)


def paragraph(document: Any, block: Para) -> None:
    """Text of a letter, on a condition where the block has one."""
    look = Look(
        size=block.size,
        align=block.align,
        indent=block.indent,
        line=block.size + block.gap,
        after=block.after,
        keep=block.keep,
        bold=block.bold,
    )
    tag = Look(size=6, line=8)
    if block.when:
        write(document.add_paragraph(), f"{{%p if {block.when} %}}", tag)
    for text in block.lines:
        write(document.add_paragraph(), text, look)
    if block.when:
        write(document.add_paragraph(), "{%p endif %}", tag)


def _agency(paragraph: Any) -> None:
    write(paragraph, "{{ agency_name }}", Look(font=TITLE, size=16, align="center", line=26, keep=True))


def _title(paragraph: Any, text: str) -> None:
    write(paragraph, text, Look(font=TITLE, size=22, align="center", line=34, after=4, keep=True))


def heading(document: Any, block: Heading) -> None:
    """A second part of the paper under its own title."""
    made = document.add_paragraph()
    _agency(made)
    made.paragraph_format.page_break_before = True
    _title(document.add_paragraph(), block.text)


def _rule(paragraph: Any, kind: str) -> None:
    """A line above a paragraph."""
    border = OxmlElement("w:pBdr")
    line = OxmlElement("w:top")
    for key, value in (("val", kind), ("sz", "4"), ("space", "3"), ("color", "000000")):
        line.set(qn(f"w:{key}"), value)
    border.append(line)
    # CT_PPr is a sequence: the border stands before the spacing.
    paragraph._element.pPr.insert_element_before(border, "w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr")


def cut(document: Any, block: Cut) -> None:
    """Where the receipt is torn off."""
    made = document.add_paragraph()
    write(made, block.text, Look(font=TITLE, size=16, align="center", line=26, before=14, keep=True))
    _rule(made, "dashed")


MAKERS: dict[type, Callable[[Any, Any], None]] = {
    Table: table,
    Seal: seal,
    Para: paragraph,
    Heading: heading,
    Cut: cut,
    Copies: lambda document, block: copies(document, block.text),
    Note: lambda document, block: write(
        document.add_paragraph(), block.text, Look(font=LABEL, size=10.5, line=18, before=3)
    ),
    Blank: lambda document, block: write(document.add_paragraph(), "", Look(size=block.size, line=block.size)),
    Lines: lambda document, block: lines(document, block),
}


def build(paper: Paper) -> bytes:
    """One DOCX, with fixed times and sorted entries."""
    document = Document()
    body = document.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(22), Mm(20)
    section.left_margin = section.right_margin = Mm((210 - WIDTH) / 2)
    section.footer_distance = Mm(12)
    document.add_paragraph()
    head(document, paper)
    for block in paper.blocks:
        MAKERS[type(block)](document, block)
    footer(document)
    core = document.core_properties
    core.title, core.author, core.comments, core.language = paper.title, "", "", "zh-CN"
    raw = io.BytesIO()
    document.save(raw)
    return _pack(raw.getvalue())


def _pack(docx: bytes) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            body = source.read(name)
            if name.endswith("thumbnail.jpeg"):
                continue
            if name == "_rels/.rels":
                body = b"".join(p for p in _split(body) if b"thumbnail" not in p)
            target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _split(relationships: bytes) -> list[bytes]:
    return (
        relationships.replace(b"<Relationship ", b"\x00<Relationship ")
        .replace(b"</Relationships>", b"\x00</Relationships>")
        .split(b"\x00")
    )


def main(codes: list[str]) -> None:
    """Write the DOCX of these codes, or of all."""
    for code in codes or sorted(LAYOUTS):
        folder = ROOT / code
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "document.docx").write_bytes(build(LAYOUTS[code]))


if __name__ == "__main__":
    main(sys.argv[1:])
