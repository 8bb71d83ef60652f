"""Reading an uploaded file into sheets of text: size, kind by its bytes, then the reader for that kind."""

import hashlib
import re
import unicodedata
from pathlib import PurePath

from accounts.enterprise.delimited import read_delimited
from accounts.enterprise.objects import read_objects
from accounts.enterprise.sheets import ReadFile, Sheet
from accounts.enterprise.workbooks import read_workbook
from carbon.errors import N_, Problem, TooLarge

FILE_BYTES = 512 * 1024 * 1024
WORKBOOK_BYTES = 50 * 1024 * 1024

_OTHER_KINDS = (
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "XLS (Excel 97–2003)"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7-Zip"),
)


def read_file(name: str, content: bytes) -> ReadFile:
    """Read a CSV, XLSX or JSON file; the kind is told by its bytes, not its name (INP-5).

    Raises:
        Problem, TooLarge: the file as a whole cannot be used; the message says why and what to do.
    """
    name = shown_name(name)
    kind = _kind(content, name)
    limit = WORKBOOK_BYTES if kind == "xlsx" else FILE_BYTES
    if len(content) > limit:
        raise TooLarge(
            N_(
                "{name} has {size_mb} MB; the limit is {limit_mb} MB. Split it by period and upload the parts."
            ),
            name=name,
            size_mb=len(content) // 1024 // 1024,
            limit_mb=limit // 1024 // 1024,
        )
    sheets: tuple[Sheet, ...]
    if kind == "xlsx":
        sheets, findings = read_workbook(content, name)
    else:
        sheet, findings = (read_objects if kind == "json" else read_delimited)(content, name)
        sheets = (sheet,)
    return ReadFile(name, kind, hashlib.sha256(content).hexdigest(), len(content), sheets, findings)


def shown_name(name: str) -> str:
    """The file's own name without folders and control characters, at most 200 characters."""
    last = PurePath(name.replace("\\", "/")).name
    clean = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", unicodedata.normalize("NFC", last))
    return clean[-200:] or "file"


def _kind(content: bytes, name: str) -> str:
    if not content.strip():
        raise Problem(N_("{name} is empty. Fill in the template and upload it again."), name=name)
    if content.startswith(b"PK\x03\x04"):
        return "xlsx"
    for magic, label in _OTHER_KINDS:
        if content.startswith(magic):
            raise Problem(
                N_("{name} is a {kind} file. Send CSV, XLSX or JSON; Excel and WPS save as XLSX."),
                name=name,
                kind=label,
            )
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "json" if start in {b"[", b"{"} else "csv"
