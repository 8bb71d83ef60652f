"""What one reported activity is, apart from how much of it there was."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class ActivityKey:
    """Everything that decides the emission of one unit of an activity.

    `unit` is as written in the file; `month` its first day; `guide` the table to take fuel numbers from ("" for the
    usual one of that day); `method` "location" or "market" for electricity; `overrides` the values given in the row
    in place of published ones, as (name, written value) in the order of their names.
    """

    source: str
    item: str
    unit: str
    month: date
    region: str = "CN"
    guide: str = ""
    method: str = ""
    overrides: tuple[tuple[str, str], ...] = ()

    def override(self, name: str) -> str | None:
        """The value written for `name` in the row; None if there is none, or nothing but blanks."""
        return (dict(self.overrides).get(name) or "").strip() or None


FACTOR_CODE = "factor_code"
"""The override that says which of the values given are accepted factors: `net_calorific_value=EF-01@2`, several by `;`."""


def own_codes(key: ActivityKey) -> dict[str, tuple[str, str]]:
    """Code and version of the accepted factor behind each value given in the row, by the value's column."""
    told = key.override(FACTOR_CODE)
    parts = (part.partition("=") for part in told.split(";")) if told else ()
    return {
        column: (code, version) for column, _, named in parts for code, _, version in [named.rpartition("@")]
    }


@dataclass(frozen=True)
class ActivityRow:
    """An activity and how much of it there was, in the key's unit."""

    key: ActivityKey
    amount: Decimal
