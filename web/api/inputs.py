"""What every body of the API has in common: unknown fields are refused, every field has its range (INP-1, TEN-9)."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.params import HeaderParameter, QueryParameter
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Note = Annotated[str, Meta(max_length=2000)]
Fen = Annotated[
    int, Meta(ge=1, le=10**15, description="Money in whole fen (1 CNY = 100 fen)", examples=[800000000])
]
Year = Annotated[int, Meta(ge=1990, le=2100, examples=[2025])]
DecimalText = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$",
        description="A decimal as text: ASCII digits, one point, at most nine places",
        examples=["12.5"],
    ),
]
IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Made by you, kept until you have the answer: sent again, the first answer comes again",
    ),
]
PageSize = Annotated[int, QueryParameter(ge=1, le=200, description="Rows per page")]


EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
"""Days outside are slips of typing, and the calendar itself ends soon after 9999."""


class Input(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The base of every body that is read."""

    def __post_init__(self) -> None:
        """Refuse days and instants nobody can mean.

        Raises:
            ValueError: which msgspec reports as a wrong value.
        """
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, date) and not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
                raise ValueError(f"{name}: {value:%Y-%m-%d} is outside {EARLIEST_YEAR} to {LATEST_YEAR}")


def decimal_of(text: str) -> Decimal:
    """The number a `DecimalText` writes."""
    return Decimal(text)
