"""`python -m scheduler` keeps the timetable; `once`, `list`, `rerun SERIES DUE_AT` are for operators."""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from accounts.timing.runs import list_runs_here, rerun_here
from accounts.timing.slots import Due, Outcome
from scheduler.due import ZONE
from scheduler.rounds import work_through, work_through_all
from scheduler.run import NotReady, opened, serve, shop_of
from scheduler.settings import scheduler_settings_from_environment
from scheduler.timetable import TIMETABLE
from scheduler.work import Shop


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 when a run failed or the program may not start."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # In a trial the terminal belongs to the person who tries; what ran is in the list of runs.
    quiet = os.environ.get("CARBON_LOCAL_TRIAL") == "1"
    logging.getLogger("scheduler").setLevel(logging.WARNING if quiet else logging.INFO)
    asked = _parser().parse_args(arguments)
    try:
        with shop_of(scheduler_settings_from_environment()) as shop:
            return asyncio.run(_command(asked, shop))
    except NotReady as reason:
        print(reason, file=sys.stderr)  # noqa: T201 - a command line speaks to its operator
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scheduler", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="keep the timetable until stopped (the default)")
    commands.add_parser("once", help="work through everything due now, then end")
    listing = commands.add_parser("list", help="the latest runs")
    listing.add_argument("--series", choices=[series.name for series in TIMETABLE])
    listing.add_argument("--state", choices=["done", "failed"])
    listing.add_argument("--limit", type=int, default=50)
    listing.add_argument("--json", action="store_true")
    again = commands.add_parser("rerun", help="run one slot again, now; work done before is not repeated")
    again.add_argument("series", choices=[series.name for series in TIMETABLE])
    again.add_argument("due_at", type=_instant, help="as in the list: 2026-11-22T00:30+08:00")
    return parser


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)


async def _command(asked: argparse.Namespace, shop: Shop) -> int:
    async with opened(shop):
        if asked.command == "list":
            return await _list(asked)
        if asked.command == "once":
            return _told(await work_through_all(shop))
        if asked.command == "rerun":
            return await _rerun(asked, shop)
        await serve(shop)
    return 0


def _told(outcomes: list[tuple[Due, Outcome]]) -> int:
    for slot, outcome in outcomes:
        print(f"{slot.due_at.astimezone(ZONE).isoformat()}  {slot.series}  {outcome.value}")  # noqa: T201
    return int(any(outcome is Outcome.FAILED for _, outcome in outcomes))


async def _list(asked: argparse.Namespace) -> int:
    runs = await list_runs_here(series=asked.series, state=asked.state, limit=asked.limit)
    if asked.json:
        print(json.dumps([asdict(run) for run in runs], default=str, ensure_ascii=False, indent=1))  # noqa: T201
        return 0
    for run in runs:
        late = " late" if run.late else ""
        said = run.error or json.dumps(run.result, ensure_ascii=False)
        print(f"{run.due_at.astimezone(ZONE).isoformat()}  {run.series}  {run.state}{late}  {said}")  # noqa: T201
    return 0


async def _rerun(asked: argparse.Namespace, shop: Shop) -> int:
    due = Due(asked.series, asked.due_at)
    if not await rerun_here(due):
        print(f"{due.series} has no run due at {asked.due_at.isoformat()}; see: list", file=sys.stderr)  # noqa: T201
        return 1
    series = next(series for series in TIMETABLE if series.name == due.series)
    return _told([done for done in await work_through(series, shop) if done[0] == due])


if __name__ == "__main__":
    sys.exit(main())
