"""The process that unpacks a workbook, kept apart so that a hostile one can harm only itself (INP-5, INP-6).

Run as `python workbook_child.py MEMORY_BYTES SECONDS`: a workbook on standard input, JSON on standard output.
It imports nothing of ours, so it starts fast and holds no secret.
"""

import datetime as dt
import io
import json
import re
import resource
import sys
import zipfile
from typing import Any

import python_calamine
from defusedxml import ElementTree

ROWS = 1_048_576
COLUMNS = 200
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def main() -> None:
    """Read, limit, parse, answer."""
    memory_bytes, seconds = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    content = sys.stdin.buffer.read()
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        paths = _sheet_paths(archive)
        sheets = [_sheet(workbook, meta, archive, paths) for meta in workbook.sheets_metadata]
    # At once, since only then the fast encoder does it.
    sys.stdout.write(json.dumps(sheets, ensure_ascii=False, separators=(",", ":")))


def _sheet(workbook: Any, meta: Any, archive: zipfile.ZipFile, paths: dict[str, str]) -> dict[str, Any]:
    visible = str(meta.visible).endswith("Visible")
    answer: dict[str, Any] = {"name": meta.name, "visible": visible, "rows": [], "merged": [], "formulas": []}
    if not visible or not str(meta.typ).endswith("WorkSheet"):
        return answer
    sheet = workbook.get_sheet_by_name(meta.name)
    if sheet.total_height > ROWS or sheet.total_width > 16_384:
        raise ValueError("sheet too large")
    answer["width"] = sheet.total_width
    for row in sheet.to_python(skip_empty_area=False):
        # Most cells are text already; a call for each of them would take longer than reading them.
        answer["rows"].append([cell or None if type(cell) is str else _text(cell) for cell in row[:COLUMNS]])
    answer["merged"] = [[*start, *end] for start, end in sheet.merged_cell_ranges or ()]
    if meta.name in paths:
        answer["formulas"] = _formulas(archive.read(paths[meta.name]))
    return answer


def _text(cell: Any) -> str | None:
    """A cell as text: numbers with the 15 digits Excel keeps, days in ISO form."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(cell, ".15g")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return None if cell == "" else str(cell)


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Which part of the archive holds which sheet."""
    try:
        targets = {
            relation.get("Id"): relation.get("Target", "")
            for relation in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    except KeyError:
        return {}
    paths = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path in archive.namelist():
            paths[sheet.get("name", "")] = path
    return paths


_CELL = re.compile(rb"<c\s([^>]*?)>(.*?)</c>", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')


def _formulas(xml: bytes) -> list[list[Any]]:
    """[row, column, has a cached value] of each formula cell, both from 0.

    calamine gives cached values only and does not say where a formula was; the sheet's XML does.
    """
    if b"<f" not in xml:
        return []
    found: list[list[Any]] = []
    for attributes, inner in _CELL.findall(xml):
        place = _PLACE.search(attributes)
        if place and b"<f" in inner:
            column = 0
            for letter in place[1]:
                column = column * 26 + letter - 64
            found.append([int(place[2]) - 1, column - 1, re.search(rb"<v>[^<]", inner) is not None])
    return found


if __name__ == "__main__":
    main()
