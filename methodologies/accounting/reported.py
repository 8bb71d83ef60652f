"""Values a row gives of its own, in place of published ones: written as people write them, read exactly."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from carbon import units
from carbon.errors import N_, Problem
from carbon.parameters import Chosen, given
from carbon.rounding import plain
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey

# Only signs of the number are made plain here; the unit keeps its superscripts for carbon.units to read.
_PLAIN_SIGNS = str.maketrans("．，＋－−", ".,+--")
_MOST_DIGITS = 30
_DAYS = 365
_LONGEST = 80
_NUMBER = re.compile(r"(?P<number>[-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*(?P<unit>.*)")


def reported(
    key: ActivityKey,
    name: str,
    unit: str,
    options: Mapping[str, Any],
    *,
    least: int = 0,
    most: Fraction | int | None = None,
    alike: str | None = None,
    yearly: bool = False,
) -> Chosen | None:
    """The row's own value of `name`, in `unit` unless it names another; None if it gives none.

    `options` is the table of the source's TOML that names it for people. A value written in a unit like `alike` is taken as if it were written in `unit`: m³ of gas for Nm³. A
    `yearly` value may be written per day; it is taken 365 times.

    Raises:
        Problem: not a number, a unit of another dimension, or outside `least` to `most` (in `unit`).
    """
    written = key.override(name)
    if written is None:
        return None
    label = Text.of(options[name], name)
    try:
        own = (
            _of_a_year(_read(written, name, label, unit, alike), unit)
            if yearly
            else _read(written, name, label, unit, alike)
        )
        in_unit = own.into(unit)
    except Problem as problem:
        problem.at = name
        raise
    if in_unit < least or (most is not None and in_unit > most):
        raise Problem(
            N_("{value} is out of range for the {name}: expected is {least} to {most} {unit}."),
            value=written,
            name=label,
            least=least,
            most="…" if most is None else plain(Fraction(most)),
            unit="" if unit == "1" else unit,
            at=name,
        )
    return own


def _of_a_year(own: Chosen, unit: str) -> Chosen:
    """A value told by the day, over the 365 days that the guides count."""
    if units.same_dimension(own.unit, unit) or not units.same_dimension(own.unit, f"{unit}/day"):
        return own
    return given(own.id, own.value * units.to_unit(own.unit, f"{unit}/day") * _DAYS, unit)


def _read(written: str, name: str, label: Text, unit: str, alike: str | None) -> Chosen:
    value, own_unit = number_and_unit(written, name, label, unit)
    own_unit = own_unit or unit
    if alike and units.same_dimension(own_unit, alike):
        value, own_unit = value * units.to_unit(own_unit, alike), unit
    return given(name, value, own_unit)


def number_and_unit(written: str, name: str, label: Text, unit: str) -> tuple[Fraction, str]:
    """The number of “19.57 GJ/t” and the unit after it, "" if none; `unit` is the one to suggest.

    Raises:
        Problem: it does not begin with a number.
    """
    match = len(written) <= _LONGEST and _NUMBER.fullmatch(written.translate(_PLAIN_SIGNS).strip())
    if not match:
        raise Problem(
            N_("“{value}” is not a number for the {name}: write it as in 19.57 {unit}."),
            value=written[:40],
            name=label,
            unit=unit,
            at=name,
        )
    return exact(match["number"], name, label), match["unit"].strip()


def exact(written: str, name: str, label: Text) -> Fraction:
    """A decimal number, thousands separators allowed, exactly.

    Raises:
        Problem: not a number, not finite, or of more than 30 digits (an exponent could fill the memory).
    """
    try:
        number = Decimal(written.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise Problem(
            N_("“{value}” is not a usable number for the {name}."), value=written[:40], name=label, at=name
        )
    return Fraction(number)
