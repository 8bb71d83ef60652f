"""The gases that are counted, each kept apart; what they weigh in CO2e is a choice of the report (see GWP sets)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from carbon.text import Text

GWP_SETS = ("SAR", "AR4", "AR5", "AR6")
"""The IPCC assessment reports whose 100-year warming potentials may be chosen."""

CO2E = "CO2e"
"""For sources that report only a CO2-equivalent total: the gases cannot be told apart again."""


@dataclass(frozen=True)
class Gas:
    """A gas with its names, formula, family, and whether it belongs to the Kyoto basket."""

    id: str
    name: Text
    formula: str
    family: str
    in_kyoto_basket: bool


@cache
def gases() -> dict[str, Gas]:
    """Every gas by id, in the order of the list."""
    table = tomllib.loads(resources.files("carbon").joinpath("gases.toml").read_text("utf-8"))
    return {
        id_: Gas(id_, Text.of(entry, id_), entry["formula"], entry["family"], entry.get("kyoto", True))
        for id_, entry in table.items()
    }
