"""How often something may be tried, counted in PostgreSQL for all workers together (AUT-5)."""

import hashlib
import ipaddress
from dataclasses import dataclass
from typing import Literal

from accounts.database.transactions import Connection, transaction
from carbon.errors import N_, TooMany
from carbon.identifiers import new_id

Kind = Literal["sign-in", "register", "bootstrap", "password", "code-send", "code-try", "second-factor"]


@dataclass(frozen=True)
class Limit:
    """Failures allowed in a window, for one account and for one address."""

    per_account: int
    per_address: int
    window_s: int


LIMITS: dict[str, Limit] = {
    # ASVS 5.0.0, 6.3.1: far above a forgetful person, far below a guesser; successes give their count back,
    # so an office behind one address is not locked out.
    "sign-in": Limit(per_account=10, per_address=60, window_s=15 * 60),
    "password": Limit(per_account=10, per_address=60, window_s=15 * 60),
    "register": Limit(per_account=5, per_address=30, window_s=60 * 60),
    # Each code costs money and a guess at six digits has one chance in 200,000 within five tries.
    "code-send": Limit(per_account=5, per_address=60, window_s=60 * 60),
    "code-try": Limit(per_account=15, per_address=120, window_s=60 * 60),
    "second-factor": Limit(per_account=10, per_address=60, window_s=15 * 60),
    "bootstrap": Limit(per_account=5, per_address=5, window_s=60 * 60),
}


async def count_attempt(kind: Kind, *, account: str = "", address: str = "") -> None:
    """Count one attempt in a transaction of its own, before the work it is about.

    `account` is the login as typed, whether it exists or not; empty ones are not counted.

    Raises:
        TooMany: the account or the address has used up its attempts; `retry_after_s` says how long.
    """
    limit = LIMITS[kind]
    waits = []
    async with transaction(tenant=None) as connection:
        for subject, most in _subjects(account, address, limit):
            waits.append(await _count(connection, kind, subject, most, limit.window_s))
    wait_s = max(waits, default=0)
    if wait_s > 0:
        raise TooMany(
            N_("Too many attempts; try again in {minutes} minutes."),
            minutes=-(-wait_s // 60),
            retry_after_s=wait_s,
        )


async def forgive_attempt(
    connection: Connection, kind: Kind, *, account: str = "", address: str = ""
) -> None:
    """After a success: the account starts afresh and the address gets its one attempt back."""
    if account:
        await connection.execute(
            "delete from identity_attempt where kind = $1 and subject = $2", kind, _hash("account", account)
        )
    await connection.execute(
        "update identity_attempt set tries = tries - 1 where kind = $1 and subject = $2 and tries > 0",
        kind,
        _hash("address", _network(address)),
    )


async def forget_attempts() -> int:
    """Delete counters whose window is long over; returns how many."""
    async with transaction(tenant=None) as connection:
        return await forget_attempts_within(connection)


async def forget_attempts_within(connection: Connection) -> int:
    """`forget_attempts` in the caller's transaction."""
    status = await connection.execute(
        "delete from identity_attempt where window_started_at < now() - interval '1 day'"
    )
    return int(status.rpartition(" ")[2])


def _subjects(account: str, address: str, limit: Limit) -> list[tuple[bytes, int]]:
    """What is counted, in a fixed order of rows so that two attempts never wait for each other in a ring."""
    subjects = []
    if account:
        subjects.append((_hash("account", account), limit.per_account))
    if address:
        subjects.append((_hash("address", _network(address)), limit.per_address))
    return sorted(subjects)


async def _count(connection: Connection, kind: str, subject: bytes, most: int, window_s: int) -> int:
    """Seconds to wait, 0 while the attempt is allowed."""
    row = await connection.fetchrow(
        """insert into identity_attempt as a (id, kind, subject, window_started_at, tries)
           values ($1, $2, $3, now(), 1)
           on conflict (kind, subject) do update set
               tries = case when a.window_started_at <= now() - $4 * interval '1 second' then 1 else a.tries + 1 end,
               window_started_at = case when a.window_started_at <= now() - $4 * interval '1 second'
                                        then now() else a.window_started_at end
           returning tries, ceil($4 - extract(epoch from now() - window_started_at))::int as left_s""",
        new_id(),
        kind,
        subject,
        window_s,
    )
    return max(1, row["left_s"]) if row is not None and row["tries"] > most else 0


def _hash(what: str, value: str) -> bytes:
    """The counters hold no login and no address, only what compares equal."""
    return hashlib.sha256(f"{what}:{value.strip().casefold()}".encode("utf-8", "surrogatepass")).digest()


def _network(address: str) -> str:
    """An IPv6 host owns its whole /64, so that is what is counted."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)
