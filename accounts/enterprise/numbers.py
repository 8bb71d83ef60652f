"""Numbers as people type them: full-width digits, thousands separators, decimal commas, percent.

The rule for marks, stated in docs/activity-file.md:
- with both `,` and `.`, the later one is the decimal mark;
- one `,` followed by exactly three digits separates thousands; in a file delimited by `;` it is refused, since
  there it may as well be a decimal comma;
- one `,` followed by another count of digits is a decimal comma, and this is listed;
- several equal marks separate thousands and must do so in groups of three.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from carbon.errors import N_, Problem

WHOLE_DIGITS = 15
DECIMALS = 12
PLAIN = r"^[0-9]{1,15}(?:\.[0-9]{1,12})?$"
"""What needs no second look; everything else goes through `read_number`."""

_PLAIN = re.compile(PLAIN)
_SCIENTIFIC = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MARKS_ONLY = re.compile(r"[+-]?[\d.,]+", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+", re.ASCII)
_NOT_A_NUMBER = {
    "nan",
    "inf",
    "infinity",
    "-inf",
    "-infinity",
    "+inf",
    "#n/a",
    "#div/0!",
    "#value!",
    "#ref!",
    "#name?",
    "#num!",
    "#null!",
}


@dataclass(frozen=True)
class Number:
    """A number that was read, exactly, and a remark where the reading was a choice."""

    value: Decimal
    remark: str | None = None


def read_number(text: str, *, semicolons: bool = False, percent: bool = False) -> Number:
    """The number a cell holds; `percent` allows `98%`, which is 0.98.

    Raises:
        Problem: no number, NaN or infinite, negative, ambiguous, or beyond 15 digits before the point.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("，", ",")
    if _PLAIN.match(plain):
        return Number(Decimal(plain))
    if plain.casefold() in _NOT_A_NUMBER:
        raise Problem(
            N_("{value} is not an amount. Give the number, or a notation key such as NE."), value=text
        )
    is_percent = plain.endswith("%")
    if is_percent and not percent:
        raise Problem(N_("{value} is a percentage; an amount is expected here."), value=text)
    digits, remark = _without_marks(
        re.sub(r"(?<=\d)[ '’_\u00a0\u202f](?=\d{3})", "", plain.rstrip("%").strip()), text, semicolons
    )
    value = _decimal(digits, text) / (100 if is_percent else 1)
    return _bounded(value, text, remark)


def _without_marks(plain: str, text: str, semicolons: bool) -> tuple[str, str | None]:
    """The number with a point as its only mark, by the rule above."""
    if "," not in plain and plain.count(".") <= 1:
        return plain, None
    if not _MARKS_ONLY.fullmatch(plain):
        raise _not_a_number(text)
    sign, body = (plain[0], plain[1:]) if plain[0] in "+-" else ("", plain)
    comma, point = body.rfind(","), body.rfind(".")
    if comma >= 0 and point >= 0:
        whole, fraction = body[: max(comma, point)], body[max(comma, point) + 1 :]
        if not _GROUPED.fullmatch(whole) or len({*whole} & {",", "."}) > 1:
            raise _not_a_number(text)
        return sign + re.sub("[.,]", "", whole) + "." + fraction, DECIMAL_COMMA if comma > point else None
    mark = "," if comma >= 0 else "."
    if _GROUPED.fullmatch(body):
        if mark == "," and body.count(",") == 1 and semicolons:
            raise Problem(
                N_(
                    "{value} can mean two numbers: in this file the comma may part decimals or thousands. Write it without comma."
                ),
                value=text,
            )
        return sign + body.replace(mark, ""), None if mark == "," else POINT_THOUSANDS
    if mark == "," and body.count(",") == 1:
        return sign + body.replace(",", "."), DECIMAL_COMMA
    raise _not_a_number(text)


DECIMAL_COMMA = "decimal-comma"
POINT_THOUSANDS = "point-thousands"
ROUNDED = "rounded"


def _decimal(digits: str, text: str) -> Decimal:
    if not _SCIENTIFIC.fullmatch(digits):
        raise _not_a_number(text)
    return Decimal(digits)


def _bounded(value: Decimal, text: str, remark: str | None) -> Number:
    if value < 0:
        raise Problem(
            N_(
                "{value} is negative; amounts are zero or more. To take something back, correct the earlier submission."
            ),
            value=text,
        )
    if value >= 10**WHOLE_DIGITS:
        raise Problem(
            N_(
                "{value} is larger than any amount we take (below 10^15). Check the number or use a larger unit."
            ),
            value=text,
        )
    kept = value.quantize(Decimal(1).scaleb(-DECIMALS))
    if kept == 0 and value != 0:
        raise Problem(N_("{value} is smaller than the 12 decimals we keep. Use a smaller unit."), value=text)
    exponent = kept.normalize().as_tuple().exponent
    shown = kept.normalize() if isinstance(exponent, int) and exponent <= 0 else kept.quantize(Decimal(1))
    return Number(shown, remark if kept == value else ROUNDED)


def _not_a_number(text: str) -> Problem:
    return Problem(
        N_("{value} is not a number. Write digits with a point before the decimals, such as 1234.5."),
        value=text,
    )
