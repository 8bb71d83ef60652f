"""An index by day on the daily rows, so that a night finds the night before without reading all years."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB

ID = "2026-11-22T12:59:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "daily rows by day"

INDEXES = """
    create index finance_interest_accrual_by_day on finance_interest_accrual using brin (day) with (pages_per_range = 32);
    create index finance_subsidy_accrual_by_day on finance_subsidy_accrual using brin (day) with (pages_per_range = 32);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="finance", description=DESCRIPTION)

    async def run() -> None:
        await DB.current_transaction.get().connection.execute(INDEXES)

    manager.add_raw(run)
    return manager
