"""A kilowatt-hour is used once: as a credit, or as a green certificate, never as both (Order 31, art. 48; LED-9)."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.projects.records import lock
from carbon.errors import N_, Conflict, Problem
from carbon.identifiers import new_id

Use = Literal["credit", "green-certificate"]
ENVIRONMENT = "environment"
"""The environmental attribute of energy: what both a credit and a green certificate sell."""


@dataclass(frozen=True)
class EnergyClaim:
    """What became of it: `claimed`, or `held` for the authority's review because of another organisation's claim."""

    id: UUID
    state: Literal["claimed", "held"]


def folded(meter: str) -> str:
    """A meter's number as it is compared: without case, width, spaces and dashes."""
    text = unicodedata.normalize("NFKC", meter).casefold()
    return "".join(each for each in text if each.isalnum())


async def claim_energy(
    connection: Connection,
    *,
    tenant_id: UUID,
    meter: str,
    starts_on: date,
    ends_on: date,
    used_for: Use,
    source_kind: str,
    source_id: UUID,
    kwh: Decimal | None = None,
    attribute: str = ENVIRONMENT,
) -> EnergyClaim:
    """Use the energy of a meter in a period for one purpose, in the caller's transaction.

    The same source asking again for the same days gets the same claim.

    Raises:
        Problem: no meter, or the days are in the wrong order.
        Conflict: this tenant used these days of this meter before; names for what. Of another tenant nothing is told:
            the claim is `held`.
    """
    key = folded(meter)
    if not key or starts_on > ends_on:
        raise Problem(N_("Give a meter and a period whose first day is not after its last."), at="meter")
    await lock(connection, f"energy {key}")
    again = await connection.fetchrow(
        """select id, state from projects_energy_claim
            where tenant_id = $1 and folded = $2 and attribute = $3 and source_id = $4 and starts_on = $5
              and ends_on = $6 and state = 'claimed'""",
        tenant_id, key, attribute, source_id, starts_on, ends_on,
    )  # fmt: skip
    if again is not None:
        return EnergyClaim(again["id"], again["state"])
    overlap = await connection.fetchval(
        "select projects_energy_overlap($1, $2, $3, $4, $5)", key, attribute, starts_on, ends_on, source_id
    )
    if overlap == "own":
        await _refuse_own(connection, meter, key, attribute, starts_on, ends_on, source_id)
    state: Literal["claimed", "held"] = "held" if overlap == "other" else "claimed"
    claim_id = new_id()
    await connection.execute(
        """insert into projects_energy_claim (id, tenant_id, meter, folded, starts_on, ends_on, attribute, used_for,
               source_kind, source_id, kwh, state)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        claim_id, tenant_id, meter.strip()[:100], key, starts_on, ends_on, attribute, used_for, source_kind, source_id,
        kwh, state,
    )  # fmt: skip
    return EnergyClaim(claim_id, state)


async def _refuse_own(
    connection: Connection,
    meter: str,
    key: str,
    attribute: str,
    starts_on: date,
    ends_on: date,
    source_id: UUID,
) -> None:
    row: Any = await connection.fetchrow(
        """select starts_on, ends_on, used_for, source_kind, source_id from projects_energy_claim
            where tenant_id = current_tenant() and folded = $1 and attribute = $2 and state = 'claimed'
              and daterange(starts_on, ends_on, '[]') && daterange($3, $4, '[]') and source_id <> $5 limit 1""",
        key, attribute, starts_on, ends_on, source_id,
    )  # fmt: skip
    raise Conflict(
        N_("The energy of meter {meter} from {first} to {last} is used already: for {used_for}, by {source}. The same "
           "kilowatt-hours are not both a credit and a green certificate."),
        meter=meter,
        first=row["starts_on"].isoformat(),
        last=row["ends_on"].isoformat(),
        used_for=row["used_for"],
        source=f"{row['source_kind']} {row['source_id']}",
        at="meter",
    )  # fmt: skip


async def release_energy(connection: Connection, *, source_id: UUID) -> int:
    """Give back what a source claimed, for example when its claim is given up; returns how many."""
    status = await connection.execute(
        "update projects_energy_claim set state = 'released' where source_id = $1 and state <> 'released'",
        source_id,
    )
    return int(status.rpartition(" ")[2])
