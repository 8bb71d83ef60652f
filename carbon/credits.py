"""Credits of a register: the states a tonne can be in, the laws between them, and the serial numbers people read.

One number is one tonne of CO2 equivalent. A serial names a run of them: scheme, project, vintage year, first and
last number, as `CQCER-CQ0012-2025-1-500`; its size is last − first + 1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from carbon.errors import N_, Problem

MOST_NUMBERS = 10**15
"""Numbers of one line at most; the column has the same bound."""


class CreditState(StrEnum):
    """Where a tonne is. The last three are final: nothing leaves them."""

    HELD = "held"
    RESERVED = "reserved"
    PLEDGED = "pledged"
    FROZEN = "frozen"
    BUFFER = "buffer"
    RETIRED = "retired"
    CANCELLED = "cancelled"
    FORCED_CANCELLED = "forced-cancelled"


FINAL = frozenset({CreditState.RETIRED, CreditState.CANCELLED, CreditState.FORCED_CANCELLED})
OWNED = frozenset({CreditState.HELD, CreditState.RESERVED, CreditState.PLEDGED, CreditState.FROZEN})
"""States in which a tonne belongs to its holder; only what is held is free to go."""


@dataclass(frozen=True)
class Tally:
    """Tonnes of one line or of many by state. `issued` = the sum of all others, at every moment."""

    issued: int = 0
    held: int = 0
    reserved: int = 0
    pledged: int = 0
    frozen: int = 0
    buffer: int = 0
    retired: int = 0
    cancelled: int = 0
    forced_cancelled: int = 0

    @property
    def accounted(self) -> int:
        """What the states add up to."""
        return (
            self.held
            + self.reserved
            + self.pledged
            + self.frozen
            + self.buffer
            + self.retired
            + self.cancelled
            + self.forced_cancelled
        )

    @property
    def balances(self) -> bool:
        """Whether every tonne issued is somewhere, and once."""
        return self.issued == self.accounted


def tally_of(tonnes: Mapping[str, int], *, issued: int | None = None) -> Tally:
    """The tally of tonnes by state; without `issued`, what the states add up to."""
    parts = {state.value.replace("-", "_"): tonnes.get(state.value, 0) for state in CreditState}
    return Tally(issued=sum(parts.values()) if issued is None else issued, **parts)


_LINE = r"^([A-Z][A-Z0-9]{1,11})-([A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*)-((?:19|20|21)\d\d)-(\d{1,16})"
_RUN = re.compile(_LINE + r"-(\d{1,16})$", re.ASCII)
_ONE = re.compile(_LINE + r"()$", re.ASCII)
"""Of two readings the run counts: a project code may hold hyphens, but hardly ends in a year."""


@dataclass(frozen=True)
class Serial:
    """A run of numbers as people read it."""

    scheme: str
    project_code: str
    vintage_year: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """Tonnes."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        """`CQCER-CQ0012-2025-1-500`."""
        return f"{self.scheme}-{self.project_code}-{self.vintage_year}-{self.first}-{self.last}"


def parse_serial(text: str) -> Serial:
    """The run a serial names; a serial with one number names that one.

    Raises:
        Problem: another shape, or the last number lies before the first.
    """
    found = _RUN.match(text.strip()) or _ONE.match(text.strip())
    if found is None:
        raise Problem(
            N_("{serial} is no serial of this register; write it like CQCER-CQ0012-2025-1-500."),
            at="serial",
            serial=text[:200],
        )
    scheme, project_code, vintage, first, last = found.groups()
    serial = Serial(scheme, project_code, int(vintage), int(first), int(last or first))
    if not 1 <= serial.first <= serial.last <= MOST_NUMBERS:
        raise Problem(
            N_(
                "The serial {serial} must run from a first number of at least 1 to a last that is not smaller."
            ),
            at="serial",
            serial=text[:200],
        )
    return serial


_DIGITS_ZH = "零壹贰叁肆伍陆柒捌玖"
_PLACES_ZH = ("", "拾", "佰", "仟")
_GROUPS_ZH = ("", "万", "亿", "万亿")
_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GROUPS = ("", " thousand", " million", " billion", " trillion", " quadrillion")


def in_words(tonnes: int) -> dict[str, str]:
    """A number of tonnes in words, as a second look beside the figures: {"zh": "壹仟零伍拾吨", "en": …}."""
    return {"zh": f"{_chinese(tonnes)}吨", "en": f"{_english(tonnes)} tonne{'' if tonnes == 1 else 's'}"}


def _chinese(number: int) -> str:
    if number == 0:
        return _DIGITS_ZH[0]
    groups = [number // 10_000**at % 10_000 for at in range(len(_GROUPS_ZH))]
    words, gap = "", False
    for at in reversed(range(len(groups))):
        group = groups[at]
        if group == 0:
            gap = bool(words)
            continue
        words += ("零" if words and (gap or group < 1_000) else "") + _chinese_group(group) + _GROUPS_ZH[at]
        gap = False
    return words


def _chinese_group(group: int) -> str:
    words, gap = "", False
    for at in reversed(range(4)):
        digit = group // 10**at % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS_ZH[digit] + _PLACES_ZH[at]
        gap = False
    return words


def _english(number: int) -> str:
    if number == 0:
        return _ONES[0]
    groups = [number // 1_000**at % 1_000 for at in range(len(_GROUPS))]
    parts = [_english_group(group) + _GROUPS[at] for at, group in enumerate(groups) if group]
    return " ".join(reversed(parts))


def _english_group(group: int) -> str:
    hundreds, rest = divmod(group, 100)
    words = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if rest:
        tens, ones = divmod(rest, 10)
        small = _ONES[rest] if rest < 20 else _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
        words.append(small)
    return " ".join(words)
