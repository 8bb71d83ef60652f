"""The indicators of reported totals: names, customary units, whether companies add up."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from accounts.enterprise.columns import plain
from carbon.text import Text


@dataclass(frozen=True)
class Indicator:
    """One indicator; `unit` is empty where no custom says which it is."""

    id: str
    name: Text
    unit: str
    summed: bool
    note: Text
    also: tuple[str, ...]


@cache
def indicators() -> dict[str, Indicator]:
    """Every indicator by id."""
    data = tomllib.loads((files(__package__) / "indicators.toml").read_text("utf-8"))
    return {
        id_: Indicator(
            id_,
            Text.of(entry, id_),
            entry.get("unit", ""),
            entry["summed"],
            Text(entry["note_zh"], entry["note_en"]),
            tuple(entry["also"]),
        )
        for id_, entry in data.items()
    }


@cache
def _names() -> dict[str, str]:
    return {
        plain(name): indicator.id
        for indicator in indicators().values()
        for name in (indicator.id, indicator.name.zh, indicator.name.en, *indicator.also)
    }


def indicator_from_text(text: str) -> str | None:
    """The id of the indicator a word means; None if unknown."""
    return _names().get(plain(text))
