"""A further number of the row that its emission is multiplied by: a share of the year, of ownership, of a correction.

Any row may bring one, written as a product or a quotient: `0.9 × 44/12`.
"""

import re
import unicodedata
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from carbon.errors import N_, Problem
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.sources import Plan

NAME = "multiplier"
_NUMBER = r"\d{1,12}(?:\.\d{1,12})?%?"
_PRODUCT = re.compile(rf"{_NUMBER}(?:[*/]{_NUMBER}){{0,9}}")


def multiplied(plan: Plan, key: ActivityKey) -> Plan:
    """The plan, its emission times the row's multiplier if it gives one.

    Raises:
        Problem: it is no product of numbers, or below zero.
    """
    written = key.override(NAME)
    if written is None:
        return plan
    note = Text(f"乘以行内给出的其他系数 {written}", f"times the row's multiplier {written}")
    per_unit = plan.per_written_unit * product(written)
    return replace(plan, per_written_unit=per_unit, notes=(*plan.notes, note))


def product(written: str) -> Fraction:
    """`0.9 × 44/12` exactly.

    Raises:
        Problem: it is written in another way, or divides by zero.
    """
    text = unicodedata.normalize("NFKC", written).replace("×", "*").replace("÷", "/").replace("·", "*")
    text = re.sub(r"\s+", "", text).removeprefix("=")
    if not _PRODUCT.fullmatch(text) or re.search(r"/0+(?:\.0+)?%?(?:[*/]|$)", text):
        raise Problem(
            N_("“{value}” is no multiplier: write a number, or a product such as 0.9 × 44/12."),
            value=written[:40],
            at=NAME,
        )
    result = Fraction(1)
    for sign, number in re.findall(rf"([*/]?)({_NUMBER})", text):
        value = Fraction(Decimal(number.rstrip("%"))) / (100 if number.endswith("%") else 1)
        result = result / value if sign == "/" else result * value
    return result
