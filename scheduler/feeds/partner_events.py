"""Events that are fetched from a partner instead of being sent: one JSON object a line, or an array, over https."""

from dataclasses import dataclass

from accounts.inclusion.sources import Source
from accounts.inclusion.wire import BODY_BYTES
from scheduler.feeds.client import Destination, FeedProblem, fetch


@dataclass(frozen=True)
class FetchedEvents:
    """What one source answered: the bytes, or why there were none."""

    source: Source
    body: bytes
    problem: str = ""

    @property
    def lines(self) -> bool:
        """One object a line; an array begins with a bracket."""
        return self.body.lstrip()[:1] != b"["


async def fetch_events(source: Source, *, local: bool) -> FetchedEvents:
    """Ask the source's address; a failure is told, so that one partner does not hold up the others."""
    destination = Destination(
        f"partner {source.id}", source.pull_url, local=local, max_bytes=BODY_BYTES, total_seconds=60.0
    )
    try:
        return FetchedEvents(source, await fetch(destination))
    except FeedProblem as problem:
        return FetchedEvents(source, b"", str(problem))
