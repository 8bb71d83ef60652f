"""Which methodologies do the same thing in the same place, so that it may be counted once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from carbon.text import Text
from methodologies.reduction.catalogue import methodologies


@dataclass(frozen=True)
class Activity:
    """One activity; of a `metered` one each kilowatt-hour may be used once."""

    id: str
    name: Text
    metered: bool = False


@cache
def _by_methodology() -> Mapping[str, Activity]:
    content = tomllib.loads((files("accounts.projects") / "activities.toml").read_text("utf-8"))
    return {
        methodology: Activity(id_, Text.of(table, id_), bool(table.get("metered")))
        for id_, table in content.items()
        for methodology in table["methodologies"]
    }


def activity_of(methodology: str) -> Activity:
    """The activity of a methodology."""
    known = _by_methodology().get(methodology)
    return known or Activity(methodology, methodologies()[methodology].name)
