"""Money: whole fen outside, exact fractions inside, one rounding.

The rounding is half away from zero (四舍五入), as banks in China state it on a loan note. It happens once, when
an amount becomes whole fen; nothing before it is rounded.
"""

import re
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from carbon.errors import N_, Problem

LIMIT_FEN = 10**17
"""One quadrillion yuan: more than China's yearly output, and far inside a 64-bit column."""

_YUAN = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,6})?", re.ASCII)

Exact = int | Decimal | Fraction


def round_fen(amount_fen: Exact) -> int:
    """The whole fen nearest to an exact amount of fen; half a fen goes away from zero.

    Raises:
        Problem: the amount is no number, or beyond `LIMIT_FEN`.
    """
    if isinstance(amount_fen, Decimal) and not amount_fen.is_finite():
        raise Problem(N_("An amount of money must be a number; {amount} is none."), amount=str(amount_fen))
    exact = Fraction(amount_fen)
    whole = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return checked_fen(whole if exact >= 0 else -whole)


class Rounding(StrEnum):
    """Where an amount goes that lies between two whole units."""

    HALF_UP = "half-up"
    """To the nearer, a half away from zero: 四舍五入, the rule of this house."""
    HALF_EVEN = "half-even"
    """To the nearer, a half to the even one."""
    UP = "up"
    """Away from zero: some lenders state instalments this way, so that the last one is smaller."""
    DOWN = "down"
    """Towards zero."""


def rounded_fen(amount_fen: Exact, rounding: Rounding, *, unit_fen: int = 1) -> int:
    """The amount in whole `unit_fen` (100: whole yuan), as another lender's contract may say.

    Raises:
        Problem: beyond `LIMIT_FEN`.
    """
    exact = Fraction(amount_fen) / unit_fen
    match rounding:
        case Rounding.HALF_UP:
            whole = round_fen(exact)
        case Rounding.HALF_EVEN:
            whole = round(exact)
        case Rounding.UP:
            whole = -(-abs(exact.numerator) // exact.denominator) * (1 if exact >= 0 else -1)
        case Rounding.DOWN:
            whole = abs(exact.numerator) // exact.denominator * (1 if exact >= 0 else -1)
    return checked_fen(whole * unit_fen)


def checked_fen(amount_fen: int) -> int:
    """The amount itself when it lies within `LIMIT_FEN`.

    Raises:
        Problem: it does not.
    """
    if abs(amount_fen) > LIMIT_FEN:
        raise Problem(
            N_("{amount} yuan is more than this system keeps; the limit is {limit} yuan."),
            amount=yuan_text(amount_fen),
            limit=yuan_text(LIMIT_FEN),
        )
    return amount_fen


def positive_fen(amount_fen: int, *, at: str) -> int:
    """The amount when it is a positive whole number of fen; `at` names the field for the message.

    Raises:
        Problem: zero, negative, or beyond the limit.
    """
    if amount_fen <= 0:
        raise Problem(
            N_("The amount must be more than zero; {amount} yuan is not."),
            amount=yuan_text(amount_fen),
            at=at,
        )
    return checked_fen(amount_fen)


def fen_of_yuan(yuan: str | Decimal) -> int:
    """Whole fen of an amount written in yuan: ASCII digits, one point, at most two decimals.

    Raises:
        Problem: not such a number, or a part of a fen is asked for.
    """
    text = str(yuan).strip()
    if not _YUAN.fullmatch(text):
        raise Problem(
            N_("{value} is no amount in yuan; write digits and at most one point, such as 12500.50."),
            value=text,
        )
    fen = Decimal(text) * 100
    if fen != fen.to_integral_value():
        raise Problem(
            N_("{value} yuan has a part of a fen; round it to two decimals before sending it."), value=text
        )
    return checked_fen(int(fen))


def yuan(amount_fen: int) -> Decimal:
    """The amount in yuan, exactly, with two decimals."""
    return Decimal(amount_fen).scaleb(-2)


def yuan_text(amount_fen: int) -> str:
    """The amount in yuan as people read it: `1,234,567.89`."""
    return f"{yuan(amount_fen):,.2f}"
