"""What the series of the citizens' programme do."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from accounts.inclusion import campaigns, settling, sources, wallet, watching
from accounts.inclusion.intake import SigningSource, take_within
from accounts.timing.slots import Connection, Work
from carbon.errors import Problem
from carbon.workdays import business_date
from scheduler.feeds.partner_events import FetchedEvents, fetch_events
from scheduler.work import Shop

PRUNED_DAYS = 14
"""Days back that are looked at for arrivals nobody needs any more."""


async def settle_acts(shop: Shop, due_at: datetime) -> Work:
    """Everything that waits becomes grams and points."""
    _ = shop, due_at

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        return (await settling.settle(connection)).as_result()

    return work


async def watch_acts(shop: Shop, due_at: datetime) -> Work:
    """The day before the due time is looked through for farms of accounts."""
    _ = shop
    day = business_date(due_at) - timedelta(days=1)

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        found = await watching.watch(connection, day)
        return {"events": found.events, "held out": found.held_out, "groups": found.groups}

    return work


async def give_bonuses(shop: Shop, due_at: datetime) -> Work:
    """Whoever has reached a campaign's goal gets its bonus."""
    _ = shop
    day = business_date(due_at)

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        return {"people": await campaigns.give_bonuses(connection, day)}

    return work


async def lapse_points(shop: Shop, due_at: datetime) -> Work:
    """Lots whose last day is past lapse; arrivals of settled days are dropped."""
    _ = shop
    day = business_date(due_at)

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        lapsed = await wallet.let_lapse(connection, day)
        told = await wallet.announce(connection, day)
        dropped = await settling.drop_settled_arrivals(connection, day, days=PRUNED_DAYS)
        return {
            "people": lapsed.people,
            "points": lapsed.points // 100,
            "told": told,
            "days dropped": dropped,
        }

    return work


async def pull_partner_events(shop: Shop, due_at: datetime) -> Work:
    """Ask every partner who lets us fetch; the same answer twice is one batch."""
    _ = due_at
    local = shop.settings.local_destinations
    fetched = [
        await fetch_events(source, local=urlsplit(source.pull_url).netloc in local)
        for source in await sources.sources_to_pull()
    ]

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        taken = [await _take(connection, one) for one in fetched]
        return {
            "sources": len(taken),
            "events": sum(taken),
            "failed": [one.problem for one in fetched if one.problem],
        }

    return work


async def _take(connection: Connection, fetched: FetchedEvents) -> int:
    if not fetched.body.strip():
        return 0
    source = fetched.source
    signing = SigningSource(source.id, source.partner_id, source.acts, source.sandbox)
    key = f"pull {hashlib.sha256(fetched.body).hexdigest()}"
    try:
        receipt = await take_within(connection, signing, key=key, body=fetched.body, lines=fetched.lines)
    except Problem:
        return 0
    return 0 if receipt.repeated else receipt.accepted
