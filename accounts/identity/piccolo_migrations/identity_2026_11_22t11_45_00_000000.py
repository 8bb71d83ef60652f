from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar

ID = "2026-11-22T11:45:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "longer names of roles"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="identity", description=DESCRIPTION
    )

    manager.alter_column(
        table_class_name="Membership",
        tablename="identity_membership",
        column_name="role",
        db_column_name="role",
        params={"length": 30},
        old_params={"length": 20},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
