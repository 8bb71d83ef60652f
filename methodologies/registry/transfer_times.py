"""When a transfer goes and when a trusted account counts: pure functions of an instant."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from carbon.parameters import Parameter, load
from carbon.workdays import ZONE, add_working_days, is_working_day


@cache
def _parameters() -> dict[str, Parameter]:
    return load("methodologies.registry", "transfer_times.toml")


def _number(name: str, day: date) -> int:
    return int(_parameters()[name].at(day).value)


def trusted_from(added_at: datetime) -> datetime:
    """The instant from which an account added at `added_at` is trusted: noon of the fourth working day after (UTC)."""
    day = added_at.astimezone(ZONE).date()
    return _noon(add_working_days(day, _number("trusted.working_days", day)), day)


def executes_at(approved_at: datetime) -> datetime:
    """When a transfer outside the trusted list goes (UTC).

    Approved before noon of a working day: noon of the next; at any other time: noon of the second working day after.
    """
    local = approved_at.astimezone(ZONE)
    day = local.date()
    early = is_working_day(day) and local.time() < time(_number("noon", day))
    return _noon(
        add_working_days(day, _number(f"untrusted.{'before_noon' if early else 'otherwise'}", day)), day
    )


def day_bounds(instant: datetime) -> tuple[datetime, datetime]:
    """The day in China that `instant` falls on, as instants: its begin, and the next day's."""
    begin = datetime.combine(instant.astimezone(ZONE).date(), time(), ZONE)
    return begin.astimezone(UTC), (begin + timedelta(days=1)).astimezone(UTC)


def _noon(day: date, ruled_on: date) -> datetime:
    return datetime.combine(day, time(_number("noon", ruled_on)), ZONE).astimezone(UTC)
