"""Violation items from a sheet (XLSX or CSV), one row per tier, in the terms that legal staff write them in.

The first row is the heading. Rows of one 编号 form one item: what belongs to the item stands in its first row. Pure: bytes in,
entries as in `discretion/*.yaml` out.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

HEADINGS: Final = {
    "编号": "id", "名称": "name", "门类": "category", "违反条款": "violated", "处罚依据": "basis", "依据条文": "law",
    "处罚种类": "kinds", "执法主体": "authority", "国家代码": "national", "省级代码": "provincial", "罚款下限": "min",
    "罚款上限": "max", "核对": "mark", "来源": "source", "阶次": "tier", "适用情形": "text", "适用条件": "when",
    "阶次下限": "tier_min", "阶次上限": "tier_max", "其他处罚": "penalty", "算例": "example", "算例行为日": "act",
}  # fmt: skip
NEEDED: Final = ("编号", "名称", "门类", "处罚依据", "处罚种类", "来源")
MOST_ROWS: Final = 5_000


class BadSheet(ValueError):
    """表格不能读取:说明是哪一行、哪一列、怎样改。"""


def items_of(name: str, data: bytes, facts: Mapping[str, str]) -> list[dict[str, Any]]:
    """The items of a sheet; `facts`: Chinese name of a circumstance → key. Raises BadSheet naming row and column.

    算例 of a row (一年内查处次数=2;造成污染=是) is an example that must come to the row's tier, for an act of 算例行为日.
    """
    rows = list(_xlsx(data) if name.lower().endswith(".xlsx") else _csv(data))
    if not rows:
        raise BadSheet("表格是空的")
    heading = [str(cell or "").strip() for cell in rows[0]]
    lacking = [column for column in NEEDED if column not in heading]
    unknown = [column for column in heading if column and column not in HEADINGS]
    if lacking or unknown:
        told = [f"缺少列 {'、'.join(lacking)}"] if lacking else []
        told += [f"不认识的列 {'、'.join(unknown)}(可用:{'、'.join(HEADINGS)})"] if unknown else []
        raise BadSheet(";".join(told))
    found: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows[1:], start=2):
        cells = {HEADINGS[h]: _text(c) for h, c in zip(heading, row, strict=False) if h and _text(c)}
        if cells:
            _add(found, cells, number, facts)
    return list(found.values())


def _add(found: dict[str, dict[str, Any]], cells: dict[str, str], number: int, facts: Mapping[str, str]) -> None:
    code = cells.get("id")
    if code is None:
        raise BadSheet(f"第 {number} 行:没有编号(同一事项的每一行都写编号)")
    if code not in found:
        found[code] = _item(cells, number)
    if "tier" in cells:
        if "when" not in cells:
            raise BadSheet(f"第 {number} 行:有阶次而没有适用条件")
        step: dict[str, Any] = {key: cells[key] for key in ("tier", "text", "when", "penalty") if key in cells}
        step |= {key: _amount(cells[f"tier_{key}"], number) for key in ("min", "max") if f"tier_{key}" in cells}
        tiers = found[code].setdefault("tiers", [{"range": "main" if "ranges" in found[code] else "none", "steps": []}])
        tiers[0]["steps"].append(step)
        if "example" in cells:
            example = {"act": _day(cells.get("act"), number), "given": _given(cells["example"], facts, number)}
            expect = {"range": tiers[0]["range"], "tier": cells["tier"]}
            found[code].setdefault("examples", []).append({**example, "expect": expect})


def _day(text: str | None, number: int) -> date:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        raise BadSheet(f"第 {number} 行:算例行为日应为日期,如 2026-03-02") from None


def _given(text: str, facts: Mapping[str, str], number: int) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for part in _list(text):
        name, sign, value = (one.strip() for one in part.partition("="))
        key = facts.get(name, name if name in facts.values() else None)
        if key is None or not sign:
            raise BadSheet(f"第 {number} 行:算例“{part}”应写成“情节=值”,情节用已登记的名称")
        words = {"是": True, "否": False}
        given[key] = words[value] if value in words else int(value) if value.isdigit() else value
    return given


def _item(cells: dict[str, str], number: int) -> dict[str, Any]:
    wanted = {column: HEADINGS[column] for column in NEEDED}
    lacking = [column for column, key in wanted.items() if key not in cells]
    if lacking:
        raise BadSheet(f"第 {number} 行:缺少 {'、'.join(lacking)}")
    item: dict[str, Any] = {
        "id": cells["id"],
        "name": cells["name"],
        "category": cells["category"].zfill(2),
        "codes": {"scheme": "local", "national": cells.get("national"), "provincial": cells.get("provincial")},
        "violated": cells.get("violated", ""),
        "basis": cells["basis"],
        "law": _list(cells.get("law", "")),
        "authority": cells.get("authority", ""),
        "kinds": _list(cells["kinds"]),
        # What a sheet brings nobody has compared with the text yet, unless it says so.
        "mark": cells.get("mark", "K"),
        "range_verified": cells.get("mark") == "V",
        "source": cells["source"],
        "tiers_mark": cells.get("mark", "K"),
        "illustrative": False,
    }
    if "min" in cells or "max" in cells:
        low, high = _amount(cells.get("min", "0"), number), _amount(cells.get("max", "0"), number)
        item["ranges"] = [{"id": "main", "type": "fixed", "min": low, "max": high}]
    return item


def _list(text: str) -> list[str]:
    for mark in (";", ",", "、", "\n", ";"):
        text = text.replace(mark, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def _amount(text: str, number: int) -> int | str:
    plain = text.replace(",", "").replace("元", "")
    try:
        whole = float(plain)
    except ValueError:
        raise BadSheet(f"第 {number} 行:“{text}”不是金额") from None
    return int(whole) if whole == int(whole) else plain


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _xlsx(data: bytes) -> Iterator[Sequence[object]]:
    import openpyxl  # only who reads a workbook pays for it

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > 50_000_000:
                raise BadSheet("表格展开后过大,请拆分")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise BadSheet("不是 XLSX 表格,请另存为 .xlsx") from error
    sheet = book.worksheets[0]
    for number, row in enumerate(sheet.iter_rows(max_col=len(HEADINGS) + 5, values_only=True)):
        if number > MOST_ROWS:
            raise BadSheet(f"表格超过 {MOST_ROWS} 行,请拆分")
        yield row


def _csv(data: bytes) -> Iterator[Sequence[object]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadSheet("CSV 的编码无法识别,请存为 UTF-8")
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""))):
            if number > MOST_ROWS:
                raise BadSheet(f"表格超过 {MOST_ROWS} 行,请拆分")
            yield row
    except csv.Error as error:
        raise BadSheet(f"CSV 格式有误:{error}") from error
