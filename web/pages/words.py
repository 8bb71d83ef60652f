"""Codes that the rooms below keep, said in words on pages."""

from decimal import Decimal, InvalidOperation
from typing import Any

from carbon.confidence import Confidence
from carbon.errors import N_
from web.language import translate
from web.pages.formats import number

ACTS: dict[str, str] = {
    "account": N_("emissions account"),
    "rating": N_("rating"),
    "activities": N_("list of activities"),
    "activity": N_("one activity with its explanation"),
    "client": N_("client page"),
}


def confidence_words(language: str, code: str) -> str:
    """What a confidence means, for a reader."""
    return Confidence.of(code).label.in_language(language)


def shown_value(language: str, value: Any) -> str:
    """A value of an explanation, which comes as exact text, grouped by thousands; a fraction stays as it is."""
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return number(exact, language) if abs(exact) >= Decimal("0.001") or not exact else str(value)


def subject_words(language: str, subject: str) -> str:
    """What was read, from the code kept with the read: `account 2024`."""
    kind, _, rest = subject.partition(" ")
    text = ACTS.get(kind)
    return f"{translate(language, text)} {rest}".strip() if text else subject


def signed(value: Decimal) -> str:
    """Percentage points with their sign, as they are added to a rate."""
    return f"{value:+.2f}".replace("-", "−") if value else "0.00"
