"""The national templates as files, and DOCX made by hand for attacks."""

import io
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODES = sorted(p.name for p in (ROOT / "templates" / "national").iterdir())
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)


def zipped(entries: dict[str, bytes | str]) -> bytes:
    """A ZIP of these entries."""
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return result.getvalue()


def a_docx(
    *paragraphs: str, more: dict[str, bytes | str] | None = None, page: str = 'w:w="11906" w:h="16838"'
) -> bytes:
    """A small DOCX with these paragraphs (their text is put into the XML as it is)."""
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>' for text in paragraphs)
    document = f'<w:document xmlns:w="{W}"><w:body>{body}<w:sectPr><w:pgSz {page}/></w:sectPr></w:body></w:document>'
    return zipped({"[Content_Types].xml": TYPES, "_rels/.rels": RELS, "word/document.xml": document, **(more or {})})


def a_yaml(fields: str, code: str = "D99") -> bytes:
    """A document.yaml with these fields."""
    return f"code: {code}\nname: 试验文书\nnumber: case\nfields:\n{fields}".encode()


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    """The templates of the repository by path."""
    return {str(p.relative_to(ROOT)): p.read_bytes() for p in (ROOT / "templates").rglob("*") if p.is_file()}
