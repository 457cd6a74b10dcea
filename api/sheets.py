"""Rows as a sheet that somebody downloads (CSV or XLSX). What a spreadsheet program would take for a formula stays text;
numbers stay numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal
from urllib.parse import quote

from fastapi.responses import Response

from kernel.work import LOCAL

Format = Literal["csv", "xlsx"]
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_MEDIA: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SCHEMA: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "表格",
        "content": {
            media.split(";")[0]: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA.values()
        },
    }
}


def safe(value: object) -> object:
    """A cell as it may stand in a sheet: a text that begins like a formula gets an apostrophe before it."""
    if value is None or isinstance(value, (int, Decimal)):
        return value
    if isinstance(value, datetime):
        return value.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def sheet(headings: Mapping[str, str], rows: Iterable[Mapping[str, Any]], form: Format, mark: str = "") -> bytes:
    """The rows under `headings` (key → Chinese), in that order. `mark`: a watermark, on a line of its own before them and, of a
    workbook, at the foot of every printed page."""
    lines = [[safe(row.get(key)) for key in headings] for row in rows]
    return _csv(list(headings.values()), lines, mark) if form == "csv" else _xlsx(list(headings.values()), lines, mark)


def _csv(first: Sequence[str], lines: Iterable[Sequence[object]], mark: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if mark:
        writer.writerow([safe(mark)])
    writer.writerow(first)
    writer.writerows(["" if cell is None else cell for cell in line] for line in lines)
    return out.getvalue().encode("utf-8-sig")  # with its mark: spreadsheet programs take it for UTF-8


def _xlsx(first: Sequence[str], lines: Iterable[Sequence[object]], mark: str) -> bytes:
    import openpyxl  # only who asks for a workbook pays for it
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("数据")
    if mark:
        told = ILLEGAL_CHARACTERS_RE.sub("", mark)
        book.properties.description = told
        page.oddFooter.center.text = told[:200].replace(
            "&", "&&"
        )  # a footer holds 255 characters; & begins a code in it
        page.append([safe(told)])
    page.append(list(first))
    for line in lines:
        page.append([ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell for cell in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def download(
    name: str, headings: Mapping[str, str], rows: Iterable[Mapping[str, Any]], form: Format, *, mark: str = ""
) -> Response:
    """The sheet as a file of this name."""
    disposition = f"attachment; filename*=UTF-8''{quote(f'{name}.{form}')}"
    return Response(
        sheet(headings, rows, form, mark), media_type=_MEDIA[form], headers={"Content-Disposition": disposition}
    )
