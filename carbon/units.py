"""Units as people write them, checked for dimension at the door.

Conversions are pint's, on exact fractions. What pint does not know — Chinese spellings, tonnes of coal equivalent,
normal cubic metres, and the gas a mass is made of — stands as data in units.toml. A unit that is written in no known
way, or has the wrong dimension, is refused with the expected dimension and the one given; nothing is guessed.
"""

import re
import tomllib
import unicodedata
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import pint

from carbon.errors import N_, Problem
from carbon.text import Text

_DATA: dict[str, Any] = tomllib.loads(resources.files("carbon").joinpath("units.toml").read_text("utf-8"))


_BASIS = re.compile(
    r"[(](?:net|gross|netcv|grosscv|ncv|gcv|lhv|hhv|低位|高位|低位热值|高位热值)[)]", re.IGNORECASE
)
"""Which calorific value an energy is meant by; factor and amount must agree in it, the unit is the same."""


def _folded(text: str) -> str:
    # NFKC turns full-width letters, ³ and ㎏ into ordinary ones; superscripts keep their meaning through `^`.
    written = text.replace("⁴", "^4").replace("立方公尺", "立方米").replace("×", "*")
    plain = unicodedata.normalize("NFKC", written).strip().replace("・", "·").replace("∙", "·")
    return _BASIS.sub("", re.sub(r"\s+", "", plain))


def _table(entries: dict[str, list[str]], *, fold_case: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for expression, spellings in entries.items():
        for spelling in spellings:
            plain = _folded(spelling)
            found[plain.casefold() if fold_case else plain] = expression
    return found


_SPELLINGS = _table(_DATA["spellings"], fold_case=True)
_EXACT = _table(_DATA["spellings"], fold_case=False)
_SPECIES = _table(_DATA["species"], fold_case=True)
_SPECIES_AFTER_MASS = re.compile(
    r"(?P<mass>百万吨|万吨|千克|公斤|毫克|metrictonn?e?s?|shorttons?|tonnes?|tons?|pounds?|lbs?|kg|mg|gg|kt|t|g|吨|克)(?P<species>"
    + "|".join(sorted((re.escape(species) for species in _SPECIES), key=len, reverse=True))
    + ")",
    re.IGNORECASE,
)
# Unit texts come from outside: what is remembered of them, and how long they may be, is bounded.
_KEPT = 4096
_LONGEST = 40
_FACTOR = re.compile(r"10\^(\d{1,2})(.+)")


@cache
def registry() -> Any:
    """Pint's registry on exact fractions, with our definitions; it is made once."""
    units: Any = pint.UnitRegistry(non_int_type=Fraction, cache_folder=None)
    for definition in _DATA["definitions"]:
        units.define(definition)
    return units


@lru_cache(_KEPT)
def _single_expression(text: str) -> str | None:
    found = _EXACT.get(text) or _SPELLINGS.get(text.casefold())
    if found:
        return found
    species = _SPECIES_AFTER_MASS.fullmatch(text)
    if species:
        mass = _single_expression(species["mass"])
        return f"{mass}*{_SPECIES[species['species'].casefold()]}"
    power = _FACTOR.fullmatch(text)
    if power:
        inner = _single_expression(power[2])
        return inner and f"10**{power[1]}*{inner}"
    return None


@lru_cache(_KEPT)
def quantity(unit_text: str) -> Any:
    """One of the unit written, as a pint quantity on exact fractions; kgCO2/t·km is per tonne-kilometre.

    Raises:
        Problem: no unit is written so.
    """
    plain = _folded(unit_text[: 2 * _LONGEST])
    whole = _single_expression(plain)
    parts = [plain] if whole else plain.replace("每", "/").split("/")
    factors = [_factors(part.strip("()")) for part in parts]
    if not plain or len(plain) > _LONGEST or not all(factors):
        raise Problem(
            N_(
                "“{unit}” is not a unit known here: write for example t (吨), kWh (千瓦时), m3 (立方米), GJ (吉焦)."
            ),
            unit=unit_text[:_LONGEST],
        )
    result = registry().Quantity(Fraction(1), "dimensionless")
    for place, expressions in enumerate(factors):
        for expression in expressions:
            one = registry().parse_expression(expression)
            one = (
                one if hasattr(one, "dimensionality") else registry().Quantity(Fraction(one), "dimensionless")
            )
            result = result / one if place else result * one
    return result


def _factors(part: str) -> list[str]:
    """What is multiplied between two strokes; empty if any of it is no unit."""
    whole = _single_expression(part)
    if whole:
        return [whole]
    expressions = [_single_expression(word) or _known_to_pint(word) for word in re.split(r"[*·]", part)]
    return [expression for expression in expressions if expression] if all(expressions) else []


def _known_to_pint(text: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z_]{2,}(\^\d|\*\*\d)?", text):
        return None
    try:  # a unit with an offset (°C) or a logarithm (dB) cannot be multiplied, so it is none here
        factor = (
            registry().Quantity(Fraction(1), text) * registry().Quantity(Fraction(1), "m")
        ).to_base_units()
    except (pint.errors.PintError, ArithmeticError, AttributeError, ValueError, TypeError):
        return None
    return text if isinstance(factor.magnitude, Fraction | int) else None


@lru_cache(_KEPT)
def to_unit(unit_text: str, target: str) -> Fraction:
    """The factor that turns an amount in `unit_text` into one in `target`.

    Raises:
        Problem: an unknown unit, or one of another dimension; the message says both dimensions.
    """
    given, wanted = quantity(unit_text), quantity(target)
    if given.dimensionality != wanted.dimensionality:
        raise Problem(
            N_("“{unit}” measures {given}, but {expected} is needed here, for example in {target}."),
            unit=unit_text,
            given=dimension_of(unit_text),
            expected=dimension_of(target),
            target=target,
        )
    return Fraction((given / wanted).to_base_units().magnitude)


@lru_cache(_KEPT)
def dimension_of(unit_text: str) -> Text:
    """The name of what the unit measures; for a compound unit, of its parts.

    Raises:
        Problem: no unit is written so.
    """
    wanted = quantity(unit_text).dimensionality
    for unit, entry in _DATA["dimensions"].items():
        if quantity(entry.get("unit", unit)).dimensionality == wanted:
            return Text(entry["zh"], entry["en"])
    return _compound(unit_text, wanted)


def _compound(unit_text: str, dimensionality: Any) -> Text:
    """“energy per mass” from the names of the parts, a gas by its own name; else the plain symbols."""
    top, slash, bottom = unit_text.partition("/")
    if slash and is_unit(top) and is_unit(bottom):
        over, under = dimension_of(top), dimension_of(bottom)
        return Text(f"每{under.zh}的{over.zh}", f"{over.en} per {under.en}")
    powers = {str(name).strip("[]"): int(power) for name, power in dimensionality.items()}
    gas = next((name for name in powers if name in _SPECIES.values()), None)
    if gas and powers == {"mass": 1, gas: 1}:
        return Text(f"{gas}质量", f"mass of {gas}")
    described = "·".join(name + (f"^{power}" if power != 1 else "") for name, power in powers.items())
    return Text(described or "无量纲", described or "a plain number")


def same_dimension(unit_text: str, other: str) -> bool:
    """Whether two written units measure the same thing.

    Raises:
        Problem: one of them is not a unit.
    """
    return bool(quantity(unit_text).dimensionality == quantity(other).dimensionality)


def is_unit(text: str) -> bool:
    """Whether this is a unit known here."""
    try:
        quantity(text)
    except Problem:
        return False
    return True
