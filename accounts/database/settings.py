"""Where the database is and whose name we use there."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DatabaseSettings:
    """Read once at start; `database_url` empty means the embedded PostgreSQL in `home`."""

    home: Path
    database_url: str = ""
    role_prefix: str = "carbon"
    pool_size: int = 10


def settings_from_environment() -> DatabaseSettings:
    """`DATABASE_URL`, `CARBON_HOME` (default `.carbon` here), `CARBON_ROLE_PREFIX`, `CARBON_POOL_SIZE`."""
    return DatabaseSettings(
        home=Path(os.environ.get("CARBON_HOME", ".carbon")).resolve(),
        database_url=os.environ.get("DATABASE_URL", ""),
        role_prefix=os.environ.get("CARBON_ROLE_PREFIX", "carbon"),
        pool_size=int(os.environ.get("CARBON_POOL_SIZE", "10")),
    )
