"""The lines of a year's account, as filed or by other rules and numbers; nothing that is stored changes.

A recalculated line whose rule and numbers are the same keeps its milligrams; else every activity of it is computed again,
each rounded once, as a submission of today would be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec
import polars as pl

from accounts.database.transactions import Connection
from accounts.enterprise.activities import key_of
from accounts.enterprise.cells import AMOUNT
from accounts.enterprise.coefficients import GAS_COLUMNS
from accounts.enterprise.emissions import emissions_mg
from accounts.enterprise.inventory import exact_sum
from carbon.errors import Problem
from carbon.parameters import as_known_on
from methodologies.accounting.calculation import Coefficient, coefficient

_LINES = """
    select a.facility, a.month, a.months, a.coefficient_id, count(*)::int as activities, sum(a.amount) as amount,
           sum(a.co2_mg)::numeric as co2_mg, sum(a.ch4_mg)::numeric as ch4_mg, sum(a.n2o_mg)::numeric as n2o_mg,
           c.key, c.source, c.scope, c.mg_per_unit, c.rule_version, c.parameters_hash, c.factors
      from enterprise_activity a
      join enterprise_coefficient c on (c.tenant_id, c.id) = (a.tenant_id, a.coefficient_id)
     where a.tenant_id = $1 and a.month >= $2 and a.month < $3
       and not exists (select from enterprise_withdrawal w where w.tenant_id = $1 and w.activity_id = a.id)
     group by a.facility, a.month, a.months, a.coefficient_id, c.key, c.source, c.scope, c.mg_per_unit, c.rule_version,
              c.parameters_hash, c.factors
     order by a.month, a.facility, a.coefficient_id
"""
_FURTHER = """
    select a.facility, a.month, a.months, a.coefficient_id, g.gas, sum(g.mg)::numeric as mg
      from enterprise_activity a join enterprise_activity_gas g using (tenant_id, id)
     where a.tenant_id = $1 and a.month >= $2 and a.month < $3
       and not exists (select from enterprise_withdrawal w where w.tenant_id = $1 and w.activity_id = a.id)
     group by 1, 2, 3, 4, 5
"""
_AMOUNTS = """
    select a.amount from enterprise_activity a
     where a.tenant_id = $1 and a.month = $2 and a.months = $3 and a.facility = $4 and a.coefficient_id = $5
       and not exists (select from enterprise_withdrawal w where w.tenant_id = $1 and w.activity_id = a.id)
"""


@dataclass(frozen=True)
class AccountLine:
    """A line of an account with its lineage; `problem` says why it could not be computed again and stands as filed."""

    facility: int
    month: date
    months: int
    coefficient_id: int
    key: str
    source: str
    scope: int
    activities: int
    amount: Decimal
    masses: Mapping[str, int]
    mg_per_unit: Mapping[str, Fraction]
    rule_version: str
    parameters_hash: str
    factors: str
    problem: Problem | None = None


async def stored_lines(connection: Connection, tenant_id: UUID, year: int) -> list[AccountLine]:
    """The year as filed, without what was withdrawn."""
    bounds = (tenant_id, date(year, 1, 1), date(year + 1, 1, 1))
    rows = await connection.fetch(_LINES, *bounds)
    further: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in await connection.fetch(_FURTHER, *bounds):
        further.setdefault(tuple(row.values())[:4], {})[row["gas"]] = int(row["mg"])
    return [_line(row, further.get(tuple(row.values())[:4], {})) for row in rows]


def _line(row: Any, further: Mapping[str, int]) -> AccountLine:
    per_unit = {gas: Fraction(text) for gas, text in msgspec.json.decode(row["mg_per_unit"]).items()}
    masses = {
        gas: int(row[GAS_COLUMNS[gas]]) if gas in GAS_COLUMNS else further.get(gas, 0)
        for gas in sorted(per_unit)
    }
    names = (
        "facility",
        "month",
        "months",
        "coefficient_id",
        "key",
        "source",
        "scope",
        "activities",
        "amount",
    )
    return AccountLine(
        **{name: row[name] for name in names},
        masses=masses,
        mg_per_unit=per_unit,
        rule_version=row["rule_version"],
        parameters_hash=row["parameters_hash"],
        factors=row["factors"],
    )


async def recalculated_lines(
    connection: Connection, tenant_id: UUID, lines: Sequence[AccountLine], *, known_on: date | None = None
) -> list[AccountLine]:
    """The same activities by today's rules and numbers, or by the numbers published until `known_on`."""
    return [await _recalculated(connection, tenant_id, line, known_on) for line in lines]


async def _recalculated(
    connection: Connection, tenant_id: UUID, line: AccountLine, known_on: date | None
) -> AccountLine:
    try:
        found = _coefficient(line, known_on)
    except Problem as problem:
        return replace(line, problem=problem)
    if (found.parameters_hash, found.rule_version) == (line.parameters_hash, line.rule_version):
        return line
    rows = await connection.fetch(
        _AMOUNTS, tenant_id, line.month, line.months, line.facility, line.coefficient_id
    )
    amounts = pl.Series([row["amount"] for row in rows], dtype=AMOUNT)
    numbers = pl.repeat(0, len(rows), dtype=pl.Int32, eager=True)
    masses = emissions_mg(amounts, numbers, [found.mg_per_unit])
    return replace(
        line,
        scope=found.scope,
        masses={gas: exact_sum(column) for gas, column in sorted(masses.items())},
        mg_per_unit=dict(found.mg_per_unit),
        rule_version=found.rule_version,
        parameters_hash=found.parameters_hash,
        factors=msgspec.json.encode([one.as_dict() for one in found.standings]).decode(),
    )


def _coefficient(line: AccountLine, known_on: date | None) -> Coefficient:
    """Of another day's knowledge past the cache, which holds today's."""
    key = key_of({"key": line.key, "month": line.month})
    if known_on is None:
        return coefficient(key)
    with as_known_on(known_on):
        return coefficient.__wrapped__(key)
