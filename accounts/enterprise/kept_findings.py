"""Writing what was noticed in a file: each message once, each cell as columns, put together by PostgreSQL."""

from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID

import msgspec
import polars as pl

from accounts.database.transactions import Connection
from accounts.enterprise import binary_copy
from accounts.enterprise.binary_copy import Fixed
from accounts.enterprise.findings import Findings
from carbon.errors import Finding
from carbon.text import Text

_STAGE = """
    create temporary table staged_message (message int, severity text, code text, template text, details text) on commit drop;
    create temporary table staged_cell (number int, "row" int, message int, sheet text, "column" text, value text) on commit drop
"""
_TAKE = """
    insert into enterprise_submission_finding (tenant_id, submission_id, number, severity, code, sheet, "row", "column",
                                               value, template, details)
    select $1, $2, c.number, m.severity, m.code, c.sheet, c."row", c."column", c.value, m.template,
           case when c.value is null then m.details::jsonb
                else jsonb_build_object('value', c.value) || m.details::jsonb end
      from staged_cell c join staged_message m using (message)
"""
_GENERAL = """
    insert into enterprise_submission_finding (tenant_id, submission_id, number, severity, code, sheet, "row", "column",
                                               value, template, details)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)
"""


async def keep_findings(
    connection: Connection, tenant_id: UUID, submission_id: UUID, findings: Findings
) -> None:
    """Write them in the order in which they are listed: those of the file as a whole, then those of cells."""
    await connection.executemany(
        _GENERAL,
        [
            (
                tenant_id, submission_id, number, one.severity, one.code, one.sheet, one.row, one.column, one.value,
                one.template, _details(one.values),
            )
            for number, one in enumerate(findings.general)
        ],
    )  # fmt: skip
    cells = findings.frame()
    if not cells.height:
        return
    await connection.execute(_STAGE)
    used = cells["message"].unique().to_list()
    messages = [(place, findings.messages[place]) for place in used]
    await connection.copy_records_to_table(
        "staged_message",
        records=[
            (place, one.severity, one.code, one.template, _details(one.values)) for place, one in messages
        ],
    )
    await connection.copy_to_table("staged_cell", source=_sent(_encoded(cells, findings)), format="binary")
    await connection.execute(_TAKE, tenant_id, submission_id)


def _encoded(cells: pl.DataFrame, findings: Findings) -> Iterable[bytes]:
    first = len(findings.general)
    numbers = pl.int_range(first, first + cells.height, eager=True).to_numpy()
    sheets = pl.Series(findings.sheets, dtype=pl.String).gather(cells["sheet"])
    fields = [
        Fixed(">i4", numbers),
        Fixed(">i4", cells["row"].to_numpy()),
        Fixed(">i4", cells["message"].to_numpy()),
    ]
    return binary_copy.blocks(fields, [sheets, cells["column"], cells["value"]])


async def _sent(blocks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block


def storable(finding: Finding) -> Finding:
    """Names in two languages as plain data; everything else as text or number."""
    values = {name: _plain_value(value) for name, value in finding.values.items()}
    return Finding(
        finding.code,
        finding.template,
        values,
        finding.severity,
        finding.sheet,
        finding.row,
        finding.column,
        finding.value,
    )


def _details(values: Any) -> str:
    return msgspec.json.encode({name: _plain_value(value) for name, value in values.items()}).decode()


def _plain_value(value: Any) -> Any:
    if isinstance(value, Text):
        return value.as_dict()
    return value if isinstance(value, int | float | str) else str(value)
