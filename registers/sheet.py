"""A sheet that somebody fills in and sends: CSV (UTF-8 or GB 18030) or XLSX, as rows of text with their line numbers."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping

from kernel.errors import InvalidAnswers

MOST_BYTES = 20 << 20
_MOST_UNPACKED = 200 << 20


def rows(data: bytes, headings: Mapping[str, str], most: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Each filled line: its number and its cells under their keys. `headings`: Chinese heading → key; others are refused.

    `InvalidAnswers` when it is no sheet, too long, or has no heading row.
    """
    lines = _xlsx(data) if data[:2] == b"PK" else _csv(data)
    first = next(lines, (0, ()))[1]
    names = [str(cell or "").strip() for cell in first]
    unknown = [n for n in names if n and n not in headings]
    if not any(names) or unknown:
        what = f"不认识的列:{'、'.join(unknown)};" if unknown else "第一行应为列名;"
        raise InvalidAnswers({"file": f"{what}可用的列:{'、'.join(headings)}"})
    count = 0
    for number, cells in lines:
        row = {
            headings[n]: text
            for n, c in zip(names, cells, strict=False)
            if n and (text := str(c if c is not None else "").strip())
        }
        if row:
            count += 1
            if count > most:
                raise InvalidAnswers({"file": f"一次最多导入 {most} 行,请分批导入"})
            yield number, row


def _csv(data: bytes) -> Iterator[tuple[int, tuple[object, ...]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InvalidAnswers({"file": "无法识别文件编码,请另存为 UTF-8 编码的 CSV 或者 XLSX"})
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text)), 1):
            yield number, tuple(cells)
    except csv.Error as error:
        raise InvalidAnswers({"file": f"不是完好的 CSV 文件:{error}"}) from error


def _xlsx(data: bytes) -> Iterator[tuple[int, tuple[object, ...]]]:
    import openpyxl  # only who reads a workbook pays for it

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
                raise InvalidAnswers({"file": "文件解开后过大,请删除图片和多余的工作表"})
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        yield from enumerate(book.worksheets[0].iter_rows(values_only=True), 1)
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError) as error:
        raise InvalidAnswers({"file": "不是完好的 XLSX 文件,请用电子表格软件重新保存"}) from error
