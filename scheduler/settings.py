"""Where the feeds come from, and which addresses of a test or trial may be asked without https."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from accounts.database.settings import DatabaseSettings, settings_from_environment
from scheduler.feeds.client import Destination

CFETS_LPR = (
    "https://www.chinamoney.com.cn/ags/ms/cm-u-bk-currency/LprHis"
    "?lang=CN&strStartDate={from}&strEndDate={until}"
)
"""The history of the loan prime rate at the National Interbank Funding Center; it answers up to a year."""


@dataclass(frozen=True)
class SchedulerSettings:
    """Read once at start; `lpr_url` empty means that no loan prime rate is fetched."""

    database: DatabaseSettings
    lpr_url: str = CFETS_LPR
    local_destinations: frozenset[str] = frozenset()
    log_keepers: tuple[tuple[str, str], ...] = ()
    """Name and place (a folder, or an https address) of each outside keeper of the log's heads."""

    def destination(self, name: str, url: str) -> Destination:
        """The address with its limits; local only when its host and port are listed."""
        return Destination(name, url, local=urlsplit(url).netloc in self.local_destinations)


def scheduler_settings_from_environment() -> SchedulerSettings:
    """`CARBON_LPR_URL` (empty: none; `{from}` and `{until}` are filled), `CARBON_LOCAL_DESTINATIONS` (`host:port, …`).

    `CARBON_LOG_KEEPERS` names who keeps the log's heads outside: `name=folder, name=https://…`.
    A local trial (`CARBON_LOCAL_TRIAL=1`) asks nobody outside unless an address is set.
    """
    default = "" if os.environ.get("CARBON_LOCAL_TRIAL") == "1" else CFETS_LPR
    listed = os.environ.get("CARBON_LOCAL_DESTINATIONS", "").split(",")
    return SchedulerSettings(
        database=settings_from_environment(),
        lpr_url=os.environ.get("CARBON_LPR_URL", default).strip(),
        local_destinations=frozenset(entry.strip() for entry in listed if entry.strip()),
        log_keepers=tuple(_keepers(os.environ.get("CARBON_LOG_KEEPERS", ""))),
    )


def _keepers(text: str) -> Iterator[tuple[str, str]]:
    for entry in filter(None, map(str.strip, text.split(","))):
        name, _, place = entry.partition("=")
        yield (
            (name.strip(), place.strip()) if place.strip() else (entry.rstrip("/").rpartition("/")[2], entry)
        )
