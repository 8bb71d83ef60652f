"""The one Piccolo engine; `pool.open_pool` tells it where to connect."""

from piccolo.engine.postgres import PostgresEngine


class Engine(PostgresEngine):
    """Piccolo's engine without its habit of connecting while being imported."""

    async def check_version(self) -> None:
        """The version is checked when the program starts, against the server it really uses."""


DB = Engine(config={})
