"""What Piccolo needs to know of this room: its tables, its migrations, and whom they follow."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="finance",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(modules=["accounts.finance.tables"], exclude_imported=True),
    migration_dependencies=["accounts.enterprise.piccolo_app"],
)
