"""Signed heads of the log on their way to those who keep them outside: into folders, or to https addresses."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from accounts.transparency.keepers import Undelivered, put_into_folder, undelivered
from accounts.transparency.signing import LogKey
from scheduler.feeds.client import Destination, FeedProblem, fetch

_log = logging.getLogger(__name__)

Delivered = dict[str, list[UUID]]
"""By keeper, the heads it now holds."""


async def deliver(
    key: LogKey, keepers: Sequence[tuple[str, str]], destination: Callable[[str, str], Destination]
) -> tuple[Delivered, list[str]]:
    """Give each keeper the heads it lacks, oldest first; returns what arrived, and the keepers not reached."""
    arrived: Delivered = {}
    late = []
    for name, place in keepers:
        heads = await undelivered(name)
        if not heads:
            continue
        try:
            if place.startswith(("https:", "http:")):
                arrived[name] = await _send(destination(f"log keeper {name}", place), heads)
            else:
                await asyncio.to_thread(put_into_folder, Path(place), heads, key)
                arrived[name] = [head.head_id for head in heads]
        except (OSError, FeedProblem) as problem:
            _log.warning("the log's keeper %s was not reached: %s", name, problem)
            late.append(name)
    return arrived, late


async def _send(destination: Destination, heads: Sequence[Undelivered]) -> list[UUID]:
    """Post each note; of many that wait only the newest, which proves all before it, and the rest count as held."""
    await fetch(replace(destination, body=heads[-1].note.encode()))
    return [head.head_id for head in heads]
