"""What use-cases give, in the reader's words: findings as sentences, explanations as trees."""

from urllib.parse import quote

import msgspec

from carbon.errors import Finding
from web.language import translate_problem


class FindingAnswer(msgspec.Struct, kw_only=True):
    """One thing noticed in a file: where, what is there, why it matters."""

    code: str
    severity: str
    message: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str | None


def finding_answer(finding: Finding, language: str) -> FindingAnswer:
    """The finding as a sentence in the language."""
    return FindingAnswer(
        code=finding.code,
        severity=finding.severity,
        message=translate_problem(language, finding),
        sheet=finding.sheet,
        row=finding.row,
        column=finding.column,
        value=finding.value,
    )


def attachment(file_name: str) -> dict[str, str]:
    """The header of a download: saved, not shown, under a name every browser reads (RFC 6266, INP-7)."""
    plain = "".join(
        each if (each.isascii() and each.isalnum()) or each in "._- " else "_" for each in file_name
    )
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name)}"}


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
