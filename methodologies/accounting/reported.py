"""Values a row gives of its own, in place of published ones: written as people write them, read exactly."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from carbon import units
from carbon.errors import N_, Problem
from carbon.parameters import Chosen, given
from methodologies.accounting.activity import ActivityKey

_NUMBER = re.compile(r"(?P<number>[-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*(?P<unit>.*)")


def reported(
    key: ActivityKey,
    name: str,
    unit: str,
    *,
    least: int = 0,
    most: Fraction | int | None = None,
    alike: str | None = None,
) -> Chosen | None:
    """The row's own value of `name`, in `unit` unless it names another; None if it gives none.

    A value written in a unit like `alike` is taken as if it were written in `unit`: m³ of gas for Nm³.

    Raises:
        Problem: not a number, a unit of another dimension, or outside `least` to `most` (in `unit`).
    """
    written = key.override(name)
    if written is None or not written.strip():
        return None
    match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", written).strip())
    if not match:
        raise Problem(
            N_("“{value}” is not a number for {name}: write it as in 19.57 {unit}."),
            value=written,
            name=name,
            unit=unit,
            at=name,
        )
    value, own_unit = exact(match["number"], name), match["unit"] or unit
    if alike and units.same_dimension(own_unit, alike):
        value, own_unit = value * units.to_unit(own_unit, alike), unit
    in_unit = value * units.to_unit(own_unit, unit)
    if in_unit < least or (most is not None and in_unit > most):
        raise Problem(
            N_("{value} is out of range for {name}: between {least} and {most} {unit} is expected."),
            value=written,
            name=name,
            least=least,
            most="…" if most is None else str(most),
            unit=unit,
            at=name,
        )
    return given(name, value, own_unit)


def exact(written: str, name: str) -> Fraction:
    """A decimal number, thousands separators allowed, exactly.

    Raises:
        Problem: not a number, or not finite.
    """
    try:
        number = Decimal(written.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Problem(N_("“{value}” is not a number for {name}."), value=written, name=name, at=name)
    return Fraction(number)
