"""What the series do: each function prepares outside any transaction, and returns the work for the slot's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.finance import accrual, book_statistics, claims, rates
from accounts.ledger import journal
from accounts.registry import moves, transfers
from accounts.registry.checks import broken_laws
from accounts.timing import public_log
from accounts.timing.slots import Connection, Work
from accounts.transparency.keepers import newest_in, note_deliveries
from accounts.transparency.sequencing import sequence
from accounts.transparency.signing import log_key
from carbon.workdays import business_date
from scheduler.feeds.log_keepers import deliver
from scheduler.feeds.lpr import SOURCE, fetch_lpr
from scheduler.settings import SchedulerSettings

LPR_DAYS = 360


@dataclass(frozen=True)
class Shop:
    """What work may need besides its slot: the administrator's URL and the settings."""

    admin_url: str
    settings: SchedulerSettings


class BooksBroken(Exception):  # noqa: N818 - what it says is the fact, and the name is read in the list of runs
    """A law of the books does not hold."""


async def accrue_interest_and_subsidies(shop: Shop, due_at: datetime) -> Work:
    """The day before the due time, for every loan; days that were missed are caught up."""
    _ = shop
    day = business_date(due_at) - timedelta(days=1)

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        told = accrual.as_result(await accrual.accrue(connection, day))
        await book_statistics.roll_up(connection, day)
        return told

    return work


async def compute_claims(shop: Shop, due_at: datetime) -> Work:
    """The subsidy claims of every period that is over, for every bank."""
    _ = shop
    day = business_date(due_at)

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        done = await claims.compute(connection, day)
        return {"claims": done.claims, "claimed_fen": done.amount_fen}

    return work


async def fetch_loan_prime_rate(shop: Shop, due_at: datetime) -> Work:
    """Ask for the last year's quotations and propose those not known; a person accepts them."""
    today = business_date(due_at)
    if not shop.settings.lpr_url:
        return _nothing_to_do("no address is set; set CARBON_LPR_URL")
    url = _filled(shop.settings.lpr_url, today)
    # A late slot learns what is published now, which may be newer than its own day.
    fetched = await fetch_lpr(
        shop.settings.destination("LPR", url), today=max(today, business_date(datetime.now().astimezone()))
    )

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        proposed = await rates.propose_rates(
            connection, quotes=fetched.quotes, source=SOURCE, address=fetched.address
        )
        return {"new": proposed.new, "flagged": proposed.flagged, "known": proposed.known}

    return work


async def check_books(shop: Shop, due_at: datetime) -> Work:
    """Ask every law of the books; a breach makes the run fail, so that it is seen."""
    _ = due_at
    broken = await broken_laws(shop.admin_url, shop.settings.database)
    if broken:
        raise BooksBroken(f"{len(broken)} breaches; the first: {broken[0]}")
    return _nothing_to_do("every law holds")


async def keep_log(shop: Shop, due_at: datetime) -> Work:
    """Bring signed heads to their keepers, then give what waits its place in the log and sign the new head.

    A keeper that cannot be reached is tried again a minute later; the log goes on.
    """
    _ = due_at
    key = log_key(shop.settings.database.home)
    memory = public_log.memory_folder(shop.admin_url, shop.settings.database)
    delivered, late = await deliver(
        key, [(public_log.MEMORY, str(memory)), *shop.settings.log_keepers], shop.settings.destination
    )
    remembered = newest_in(memory)

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        await note_deliveries(connection, delivered)
        done = await sequence(connection, key=key, now=datetime.now(UTC), remembered=remembered)
        return {"leaves": done.added, "size": done.size, "late_keepers": late}

    return work


async def check_log(shop: Shop, due_at: datetime) -> Work:
    """Hash the whole log again and compare it with every head, here and in the folders that keep them."""
    _ = due_at
    folders = [public_log.memory_folder(shop.admin_url, shop.settings.database)]
    folders += [
        Path(place) for _, place in shop.settings.log_keepers if not place.startswith(("https:", "http:"))
    ]
    found = await public_log.checked_log(
        shop.admin_url,
        shop.settings.database,
        public_key=log_key(shop.settings.database.home).public,
        folders=folders,
    )
    if found.broken:
        raise BooksBroken(f"{len(found.broken)} breaches; the first: {found.broken[0]}")
    return _nothing_to_do(f"{found.leaves} leaves and {found.heads} heads hold")


async def move_credits(shop: Shop, due_at: datetime) -> Work:
    """Send the transfers of credits whose hour has come, and give back what holds set aside for too long."""
    _ = shop, due_at

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        went = await transfers.execute_due(connection, due_at)
        return {**went, **await transfers.expire_holds(connection, due_at)}

    return work


async def merge_credit_blocks(shop: Shop, due_at: datetime) -> Work:
    """Join neighbouring blocks of credits up again, so that lists stay short."""
    _ = shop, due_at

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        return {"fewer_blocks": await moves.merge_blocks(connection)}

    return work


async def end_expired_holds(shop: Shop, due_at: datetime) -> Work:
    """Give back what was set aside for longer than agreed. Sessions and consents end by themselves, at each look."""
    _ = shop, due_at

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        return {"holds": await journal.expire_holds(connection)}

    return work


def _filled(url: str, today: date) -> str:
    return url.replace("{from}", (today - timedelta(days=LPR_DAYS)).isoformat()).replace(
        "{until}", today.isoformat()
    )


def _nothing_to_do(note: str) -> Work:
    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = connection, due_at
        return {"note": note}

    return work
