"""Units of factors as tables write them: kg CO2e / kWh, tCO2/MWh, kg CO2e of CH4 per unit, kgCO2 éq./tonne.km."""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from accounts.enterprise.factor_mappings import UNIT_WORDS
from carbon import units
from carbon.errors import N_, Problem

_MASS = r"(?P<mass>tonnes?|kg|mg|lbs?|g|t|吨|千克|公斤|克)"
_GAS = r"(?P<gas>co2-?(?:e|eq|éq)(?:uivalent)?|(?:éq|eq)\.?co2|co2|ch4|n2o|sf6|nf3|hfc-?\w+)?"
_OF = r"(?:of(?P<part>co2|ch4|n2o))?"
_FACTOR = re.compile(rf"{_MASS}{_GAS}{_OF}\.?(?:(?:/|per|par|每)(?P<per>.+))?", re.IGNORECASE)
_NOTES = re.compile(r"[(（\[].*?[)）\]]")


@dataclass(frozen=True)
class FactorUnit:
    """What a factor's unit says: how many kg its mass is, which gas it is of, and per which unit of activity.

    `part` is the gas a figure in CO2 equivalent is a part for; `per` is empty where another column says it.
    """

    kg: Fraction
    gas: str
    part: str
    per: str


def factor_unit(text: str) -> FactorUnit | None:
    """A factor's unit read; None if it is written in no known way."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).replace("₂", "2"))
    found = _FACTOR.fullmatch(plain)
    if found is None:
        return None
    gas = (found["gas"] or "").casefold().replace("-", "").replace(".", "")
    if "eq" in gas or "éq" in gas or gas == "co2e":
        gas = "CO2e"
    per, mass = found["per"] or "", found["mass"].casefold()
    kg = units.to_unit(_MASS_UNITS.get(mass, mass), "kg")
    return FactorUnit(
        kg,
        gas.upper() if gas != "CO2e" else gas,
        (found["part"] or "").upper(),
        "" if per.casefold() == "unit" else per,
    )


_MASS_UNITS = {"tonne": "t", "tonnes": "t", "lbs": "lb"}


def activity_unit(text: str) -> str:
    """The unit of an activity as the house writes it.

    Raises:
        Problem: it is no unit known here.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    for candidate in (written, _NOTES.sub("", written).strip()):
        plain = re.sub(r"\s+", "", candidate.casefold())
        known = UNIT_WORDS.get(plain)
        if known:
            return known
        if candidate and units.is_unit(candidate):
            return candidate
        if plain and units.is_unit(plain):
            return plain
    raise Problem(
        N_("“{unit}” is no unit of an activity known here. Write for example kWh, t, L, m3, t*km."),
        unit=text[:40],
    )
