"""A year's total from the roll-ups, for rooms that need the one figure inside their own transaction."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.enterprise.inventory import kyoto_co2e_mg


async def year_masses_mg(connection: Connection, enterprise_id: UUID, year: int) -> dict[int, dict[str, int]]:
    """Milligrams by scope and gas, as PostgreSQL lets the reader see them."""
    rows = await connection.fetch(
        """select scope, gas, sum(mg)::numeric as mg from enterprise_rollup
            where tenant_id = $1 and month >= $2 and month < $3 and gas <> '' and not beside group by 1, 2""",
        enterprise_id,
        date(year, 1, 1),
        date(year + 1, 1, 1),
    )
    masses: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        masses[row["scope"]][row["gas"]] = int(row["mg"])
    return masses


async def year_co2e_mg(connection: Connection, enterprise_id: UUID, year: int, gwp_set: str) -> int | None:
    """The year's total of all scopes under a GWP set; None when nothing was reported."""
    masses = await year_masses_mg(connection, enterprise_id, year)
    if not masses:
        return None
    total: dict[str, int] = defaultdict(int)
    for gases in masses.values():
        for gas, mg in gases.items():
            total[gas] += mg
    return kyoto_co2e_mg(total, gwp_set)
