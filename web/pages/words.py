"""Codes that the rooms below keep, said in words on pages."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from accounts.enterprise.columns import activity_columns, totals_columns
from carbon.confidence import Confidence
from carbon.errors import N_
from web.language import translate
from web.pages.formats import number, yuan

ACTS: dict[str, str] = {
    "account": N_("emissions account"),
    "rating": N_("rating"),
    "activities": N_("list of activities"),
    "activity": N_("one activity with its explanation"),
    "client": N_("client page"),
    "profile": N_("company figures"),
    "quality": N_("quality of the figures"),
    "uncertainty": N_("uncertainty of the figures"),
    "flags": N_("questions about the figures"),
    "estimates": N_("estimates for missing months"),
}

UNITS: dict[str, str] = {
    "1": "",
    "CNY": N_("yuan"),
    "percent/year": N_("% a year"),
    "tCO2/10^4 CNY": N_("t CO2 per 10,000 yuan"),
    "tCO2e": N_("t CO2e"),
    "year": N_("years"),
}
"""Units of explanations that read better in words; all others stay as they are."""

SERIES: dict[str, str] = {
    "accrue-interest-and-subsidies": N_("Accrue interest and subsidies"),
    "check-books": N_("Check the books"),
    "check-log": N_("Check the public log"),
    "compute-claims": N_("Compute subsidy claims"),
    "forget-what-is-over": N_("Forget what is over"),
    "remind-of-tasks": N_("Remind of tasks"),
    "send-messages": N_("Send messages"),
    "end-expired-holds": N_("End holds that have expired"),
    "fetch-loan-prime-rate": N_("Fetch the loan prime rate"),
    "give-bonuses": N_("Give campaign bonuses"),
    "keep-log": N_("Keep the public log"),
    "lapse-points": N_("Let old points lapse"),
    "merge-credit-blocks": N_("Join blocks of credits up"),
    "move-credits": N_("Send credits whose hour has come"),
    "pull-partner-events": N_("Fetch partners' events"),
    "settle-acts": N_("Settle citizens' acts"),
    "watch-acts": N_("Look for farms of accounts"),
}

RESULTS: dict[str, str] = {
    "answers": N_("answers"),
    "attempts": N_("attempts"),
    "codes": N_("codes"),
    "ended": N_("ended"),
    "kept": N_("kept"),
    "messages": N_("messages"),
    "reminded": N_("reminded"),
    "sent": N_("sent"),
    "batches": N_("batches"),
    "days dropped": N_("days dropped"),
    "events": N_("events"),
    "failed": N_("not reached"),
    "grams": N_("grams"),
    "groups": N_("groups"),
    "held out": N_("held out"),
    "people": N_("people"),
    "points": N_("points"),
    "sources": N_("sources"),
    "told": N_("told ahead"),
    "without consent": N_("without consent"),
    "adjusted": N_("corrected"),
    "claimed_fen": N_("claimed"),
    "claims": N_("claims"),
    "day": N_("day"),
    "days": N_("days"),
    "expired": N_("expired"),
    "fewer_blocks": N_("fewer blocks"),
    "flagged": N_("flagged"),
    "holds": N_("holds"),
    "interest_fen": N_("interest"),
    "known": N_("known before"),
    "late_keepers": N_("keepers not reached"),
    "leaves": N_("leaves"),
    "loans": N_("loans"),
    "new": N_("new"),
    "note": N_("note"),
    "refused": N_("refused"),
    "size": N_("size"),
    "stopped": N_("stopped"),
    "subsidy_fen": N_("subsidy"),
    "went": N_("went"),
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


def unit_words(language: str, unit: str) -> str:
    """The unit of an explained value as a reader writes it."""
    text = UNITS.get(unit)
    return unit if text is None else translate(language, text) if text else ""


def column_words(language: str, column: str | None) -> str:
    """A column of an uploaded file as the template heads it; a heading of the file's own stays as it is."""
    known = activity_columns().get(column or "") or totals_columns().get(column or "")
    if known is None:
        return column or ""
    return known.zh if language == "zh" else known.en


def series_words(language: str, series: str) -> str:
    """What a series of scheduled work does."""
    text = SERIES.get(series)
    return translate(language, text) if text else series


def result_words(language: str, result: Mapping[str, Any]) -> list[str]:
    """What came of a run, one part after the other; empty parts are left out."""
    return [
        f"{translate(language, RESULTS[name]) if name in RESULTS else name}: {_came(language, name, value)}"
        for name, value in result.items()
        if value not in ([], "", None)
    ]


NOTES = (N_("every law holds"), N_("no address is set; set CARBON_LPR_URL"))
"""What runs note in words of ours."""


def _came(language: str, name: str, value: Any) -> Any:
    if name.endswith("_fen"):
        return yuan(value, language)
    return translate(language, value) if value in NOTES else value


def subject_words(language: str, subject: str) -> str:
    """What was read, from the code kept with the read: `account 2024`."""
    kind, _, rest = subject.partition(" ")
    text = ACTS.get(kind)
    return f"{translate(language, text)} {rest}".strip() if text else subject


def signed(value: Decimal) -> str:
    """Percentage points with their sign, as they are added to a rate."""
    return f"{value:+.2f}".replace("-", "−") if value else "0.00"
