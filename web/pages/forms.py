"""What people write into forms, read strictly (INP-1): ASCII digits, one point, a stated scale."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request

from carbon.errors import N_, Problem

MAXIMUM_DIGITS = 15


class Form:
    """The fields of one submitted form; each reader names the field it could not read."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def text(self, name: str, *, required: bool = True, maximum: int = 200) -> str:
        """One line of text without control characters.

        Raises:
            Problem: empty though required, or too long.
        """
        value = str(self._fields.get(name) or "").strip()
        if required and not value:
            raise Problem(N_("Please fill in this field."), at=name)
        if len(value) > maximum:
            raise Problem(N_("At most {maximum} characters fit here."), at=name, maximum=maximum)
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise Problem(N_("Line breaks and control characters cannot be used here."), at=name)
        return value

    def passage(self, name: str, *, required: bool = True, maximum: int = 2000) -> str:
        """Text of several lines; other control characters are refused.

        Raises:
            Problem: empty though required, or too long.
        """
        value = str(self._fields.get(name) or "").replace("\r\n", "\n").strip()
        if required and not value:
            raise Problem(N_("Please fill in this field."), at=name)
        if len(value) > maximum:
            raise Problem(N_("At most {maximum} characters fit here."), at=name, maximum=maximum)
        if any((ord(character) < 32 and character != "\n") or ord(character) == 127 for character in value):
            raise Problem(N_("Line breaks and control characters cannot be used here."), at=name)
        return value

    def secret(self, name: str, *, maximum: int) -> str:
        """A password as typed: nothing is cut off or taken away.

        Raises:
            Problem: empty, or longer than any password here.
        """
        value = str(self._fields.get(name) or "")
        if not value:
            raise Problem(N_("Please fill in this field."), at=name)
        if len(value) > maximum:
            raise Problem(N_("At most {maximum} characters fit here."), at=name, maximum=maximum)
        return value

    def without(self, *names: str) -> dict[str, Any]:
        """What was entered, to be shown again, but for these fields."""
        return {name: value for name, value in self._fields.items() if name not in names}

    def texts(self, name: str) -> list[str]:
        """Every value of a field that may be chosen several times."""
        get_all = getattr(self._fields, "getall", None)
        values = get_all(name, []) if get_all else self._fields.get(name, [])
        return [str(value) for value in ([values] if isinstance(values, str) else values)]

    def whole(self, name: str, *, minimum: int = 0, maximum: int = 10**15) -> int:
        """A whole number within bounds.

        Raises:
            Problem: not a whole number, or outside the bounds.
        """
        text = self.text(name)
        if not re.fullmatch(r"[0-9]{1,16}", text):
            raise Problem(N_("Write a whole number with the digits 0 to 9, for example 12."), at=name)
        value = int(text)
        if not minimum <= value <= maximum:
            raise Problem(
                N_("{value} is outside {minimum} to {maximum}."),
                at=name,
                value=value,
                minimum=minimum,
                maximum=maximum,
            )
        return value

    def fen(self, name: str) -> int:
        """Yuan with at most two decimals, as whole fen.

        Raises:
            Problem: another shape, e.g. thousands separators or three decimals.
        """
        text = self.text(name)
        if not re.fullmatch(rf"[0-9]{{1,{MAXIMUM_DIGITS - 2}}}(\.[0-9]{{1,2}})?", text):
            raise Problem(
                N_("Write the amount in yuan with digits and at most two decimals, for example 2500000.00."),
                at=name,
            )
        whole, _, part = text.partition(".")
        return int(whole) * 100 + int(part.ljust(2, "0") or "0")

    def points(self, name: str) -> Decimal:
        """Percentage points with at most two decimals, negative ones too.

        Raises:
            Problem: another shape.
        """
        text = self.text(name)
        if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,2})?", text):
            raise Problem(
                N_("Write percentage points with at most two decimals, for example 3.45 or -0.20."), at=name
            )
        return Decimal(text)

    def day(self, name: str) -> date:
        """A day as a date field sends it, 2026-03-31.

        Raises:
            Problem: another shape, or a day that does not exist.
        """
        text = self.text(name)
        found = _calendar_day(text)
        if found is None:
            raise Problem(
                N_("{value} is not a day of the calendar; write it like 2026-03-31."), at=name, value=text
            )
        return found

    def identifier(self, name: str) -> UUID:
        """The id of a thing chosen from a list.

        Raises:
            Problem: nothing was chosen.
        """
        return identifier(self.text(name), at=name)


def _calendar_day(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


async def form_of(request: Request[Any, Any, Any]) -> Form:
    """The submitted form, its texts read strictly at the door."""
    return Form(await request.form())


def identifier(text: str, *, at: str | None = None) -> UUID:
    """An id out of a form or address.

    Raises:
        Problem: it has not the shape of an id.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise Problem(N_("Choose one of the list."), at=at) from error
