"""What one unit emits, kept once for each distinct computation: the lineage of activities (LED-10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection
from accounts.enterprise.natural_keys import text_digest
from accounts.enterprise.resolving import Resolved
from methodologies.accounting.calculation import Coefficient
from methodologies.accounting.catalogue import SOURCES

GAS_COLUMNS = {"CO2": "co2_mg", "CH4": "ch4_mg", "N2O": "n2o_mg"}
"""Gases with a column of their own in `enterprise_activity`; the others lie in `enterprise_activity_gas`."""


@dataclass(frozen=True)
class KeptCoefficient:
    """A resolved key with its coefficient, as it is stored; the month is not part of it, the activity has it."""

    resolved: Resolved

    @property
    def coefficient(self) -> Coefficient:
        """The computed one.

        Raises:
            ValueError: the key belongs to a line without amount.
        """
        if self.resolved.coefficient is None:
            raise ValueError("A line without amount has no coefficient.")
        return self.resolved.coefficient

    @cached_property
    def key(self) -> dict[str, object]:
        """The key without its month, as stored."""
        key = self.resolved.key
        return {
            "source": key.source,
            "item": key.item,
            "unit": key.unit,
            "region": key.region,
            "guide": key.guide,
            "method": key.method,
            "overrides": dict(key.overrides),
        }

    @cached_property
    def id(self) -> int:
        """63 bits of a digest of key, rule version and parameters."""
        parts = [self.key, self.coefficient.rule_version, self.coefficient.parameters_hash]
        return text_digest(msgspec.json.encode(parts, order="sorted").decode())

    @property
    def method(self) -> str:
        """Location or market, where the source knows methods and something is emitted; else empty."""
        has_methods = bool(SOURCES[self.resolved.key.source].methods)
        if not has_methods or not any(self.coefficient.mg_per_unit.values()):
            return ""
        return self.resolved.key.method or "location"

    @cached_property
    def other_method(self) -> tuple[str, Fraction]:
        """The method not chosen and its CO2 per unit.

        Raises:
            TypeError: a rule gives several other methods, or another gas: the tables then need a column more.
        """
        others = dict(self.coefficient.alternatives)
        if not others:
            return "", Fraction(0)
        ((method, masses),) = others.items()
        if set(masses) - {"CO2"}:
            raise TypeError(
                f"{self.resolved.key.source}: only CO2 is kept for another method, not {sorted(masses)}."
            )
        return method, masses.get("CO2", Fraction(0))


async def keep_coefficients(connection: Connection, tenant_id: UUID, kept: Sequence[KeptCoefficient]) -> None:
    """Store those not stored yet."""
    distinct = {entry.id: entry for entry in kept}
    known = {
        row["id"]
        for row in await connection.fetch(
            "select id from enterprise_coefficient where tenant_id = $1 and id = any ($2::bigint[])",
            tenant_id,
            list(distinct),
        )
    }
    await connection.executemany(
        """insert into enterprise_coefficient (tenant_id, id, source, item, unit, scope, method, key, mg_per_unit,
               other_method, other_method_co2, explanation, rule_version, parameters_hash, confidence, factors)
           values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10, $11, $12::jsonb, $13, $14, $15, $16::jsonb)""",
        [_row(tenant_id, entry) for entry in distinct.values() if entry.id not in known],
    )


def _row(tenant_id: UUID, entry: KeptCoefficient) -> tuple[object, ...]:
    key, found = entry.resolved.key, entry.coefficient
    method, co2 = entry.other_method
    return (
        tenant_id,
        entry.id,
        key.source,
        key.item,
        key.unit,
        found.scope,
        entry.method,
        msgspec.json.encode(entry.key).decode(),
        msgspec.json.encode({gas: str(mass) for gas, mass in found.mg_per_unit.items()}).decode(),
        method,
        str(co2),
        msgspec.json.encode(found.explanation.as_dict()).decode(),
        found.rule_version,
        found.parameters_hash,
        found.confidence.id,
        msgspec.json.encode([line.as_dict() for line in found.standings]).decode(),
    )
