"""Reading a loan's terms from named texts, as files and forms carry them: Chinese and English names and words.

Names and words are data (loan_terms.toml). Everything is read strictly: what cannot be read is a problem that names
its field, never a guess.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from carbon.daycount import DayCount
from carbon.due_dates import Roll, Stub
from carbon.errors import N_, Problem
from carbon.money import Rounding, fen_of_yuan
from carbon.schedules import Level, Prepayment, RateChange, Repayment, Terms, terms_of_months

Value = TypeVar("Value")

DEFAULT_START = date(2026, 1, 1)
"""Where a file gives no day of release: with whole months in twelfths it changes dates only, never amounts."""


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("loan_terms.toml").read_text("utf-8"))


@cache
def _names() -> dict[str, str]:
    fields: dict[str, list[str]] = _content()["fields"]
    return {_plain(name): field for field, names in fields.items() for name in names}


def field_of(header: str) -> str | None:
    """The field a column or key means; None where it is not known."""
    return _names().get(_plain(header))


def fields_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by our own field names; empty ones and unknown names are left out."""
    return {
        field: value
        for name, value in values.items()
        if (field := field_of(str(name))) and value not in (None, "")
    }


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", " ", name.strip().casefold().replace("（", "(").replace("）", ")"))


def terms_of(values: Mapping[str, Any]) -> Terms:
    """The terms in one row or object, by our field names or any known spelling of them.

    Raises:
        Problem: a field is missing or cannot be read; `at` names it.
    """
    known = fields_of(values)
    starts_on = day_of(known["starts_on"], "starts_on") if "starts_on" in known else DEFAULT_START
    day_count = DayCount(_word("day_count", known.get("day_count", DayCount.MONTHS.value)))
    if "starts_on" not in known and day_count in {DayCount.ACT_360, DayCount.ACT_365}:
        raise Problem(
            N_("Interest by days needs the day of release; give it as starts_on, such as 2026-03-31."),
            at="starts_on",
        )
    repayment = Repayment(_word("repayment", known.get("repayment", Repayment.EQUAL_INSTALMENT.value)))
    return Terms(
        principal_fen=_principal(known),
        rate_percent=_rate(_needed(known, "rate_percent")),
        starts_on=starts_on,
        ends_on=_end(known, starts_on),
        repayment=repayment,
        day_count=day_count,
        every_months=int(_word("every_months", known.get("every_months", 1))),
        due_day=_whole(known["due_day"], "due_day") if "due_day" in known else None,
        due_months=_months(known.get("due_months", ())),
        due_day_counted=_yes(known.get("due_day_counted", False)),
        first_stub=_choice(Stub, known, "first_stub", Stub.SHORT),
        last_stub=_choice(Stub, known, "last_stub", Stub.SHORT),
        interest_only_months=_whole(known.get("interest_only_months", 0), "interest_only_months"),
        level=_choice(Level, known, "level", Level.RATE),
        rounding=_choice(Rounding, known, "rounding", Rounding.HALF_UP),
        instalment_unit_fen=_whole(known.get("instalment_unit_fen", 1), "instalment_unit_fen"),
        roll=_choice(Roll, known, "roll", Roll.UNADJUSTED),
        changes=tuple(_change(change) for change in known.get("changes", ())),
        prepayments=tuple(_prepayment(early) for early in known.get("prepayments", ())),
        written_off_on=day_of(known["written_off_on"], "written_off_on")
        if "written_off_on" in known
        else None,
    )


def stated_instalment_fen(values: Mapping[str, Any]) -> int | None:
    """The lender's own instalment in the row, if it gives one.

    Raises:
        Problem: it is no amount of money.
    """
    stated = fields_of(values).get("instalment_yuan")
    return None if stated is None else fen_of_yuan(digits_of(stated))


def _needed(known: Mapping[str, Any], field: str) -> Any:
    if field not in known:
        raise Problem(
            N_("The loan has no {field}; give it as {names}."),
            at=field,
            field=field,
            names=", ".join(_content()["fields"][field][:6]),
        )
    return known[field]


def _principal(known: Mapping[str, Any]) -> int:
    if "principal_fen" in known:
        return _whole(known["principal_fen"], "principal_fen")
    if "principal_wan" in known:
        return _fen(known["principal_wan"], "principal_wan") * 10_000
    return _fen(_needed(known, "principal_yuan"), "principal_yuan")


def _fen(value: Any, field: str) -> int:
    try:
        return fen_of_yuan(digits_of(value))
    except Problem as problem:
        raise Problem(problem.template, at=field, **problem.values) from None


def fen_named(values: Mapping[str, Any], field: str) -> int:
    """The amount in yuan under `field` as fen; nothing is 0.

    Raises:
        Problem: it is no amount of money.
    """
    value = values.get(field)
    return 0 if value in (None, "") else _fen(value, field)


def digits_of(value: Any) -> str:
    """The number as digits: grouping commas in threes and a currency sign fall away, a float keeps what it shows."""
    text = str(value).strip().lstrip("¥￥$").strip().removesuffix("元").strip()
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text):
        text = text.replace(",", "")
    if re.fullmatch(r"[0-9]+\.[0-9]*?0{2,}", text):
        text = text.rstrip("0").rstrip(".")
    return text


def _rate(value: Any) -> Decimal:
    text = str(value).strip().removesuffix("%").strip()
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,12})?", text):
        raise Problem(
            N_("{value} is no rate; write percent a year, such as 3.45 or 3.45 %."),
            at="rate_percent",
            value=str(value)[:40],
        )
    return Decimal(text)


def _end(known: Mapping[str, Any], starts_on: date) -> date:
    if "ends_on" in known:
        return day_of(known["ends_on"], "ends_on")
    if "months" in known:
        return terms_of_months(_whole(known["months"], "months"), starts_on)
    if "years" in known:
        return terms_of_months(12 * _whole(known["years"], "years"), starts_on)
    _needed(known, "months")
    raise AssertionError("unreachable")


def _whole(value: Any, field: str) -> int:
    text = re.sub(r"\s*(months?|mos?|个月|期|年|日|号|天)$", "", str(value).strip().casefold()).removesuffix(
        ".0"
    )
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,17}", text):
        raise Problem(N_("{value} is no whole number."), at=field, value=str(value)[:40])
    return int(text)


def day_of(value: Any, field: str) -> date:
    """A day of the calendar: 2026-03-31, 2026/3/31, 20260331 or 2026年3月31日.

    Raises:
        Problem: it is none; `field` is named.
    """
    if isinstance(value, date):
        return value
    found = re.fullmatch(
        r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?( 00:00(:00)?)?", str(value).strip()
    )
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise Problem(
        N_("{value} is not a day of the calendar; write it like 2026-03-31."), at=field, value=str(value)[:40]
    )


def _word(field: str, value: Any) -> str:
    words: dict[str, list[str]] = _content()["words"][field]
    asked = _plain(str(value)).removesuffix(".0")
    for choice, spellings in words.items():
        if asked == choice or asked in spellings:
            return choice
    if field == "every_months" and re.fullmatch(r"[0-9]{1,3}", asked):
        return asked
    raise Problem(
        N_("{value} is not known as {field}; use one of {known}."),
        at=field,
        value=str(value)[:40],
        field=field,
        known=", ".join(words),
    )


def _choice(kind: Any, known: Mapping[str, Any], field: str, default: Value) -> Value:
    if field not in known:
        return default
    asked = str(known[field]).strip().casefold().replace("_", "-")
    if asked not in set(kind):
        raise Problem(
            N_("{value} is not known as {field}; use one of {known}."),
            at=field,
            value=str(known[field])[:40],
            field=field,
            known=", ".join(kind),
        )
    chosen: Value = kind(asked)
    return chosen


def _months(value: Any) -> tuple[int, ...]:
    parts = re.split(r"[,;、\s]+", value.strip()) if isinstance(value, str) else value
    return tuple(sorted({_whole(part, "due_months") for part in parts if str(part)}))


def _yes(value: Any) -> bool:
    return str(value).strip().casefold() in {"true", "yes", "1", "是"}


def _change(change: Any) -> RateChange:
    if not isinstance(change, Mapping) or not {"on", "rate_percent"} <= set(change):
        raise Problem(N_("A change of rate needs on and rate_percent."), at="changes")
    return RateChange(day_of(change["on"], "changes"), _rate(change["rate_percent"]))


def _prepayment(early: Any) -> Prepayment:
    if not isinstance(early, Mapping) or "on" not in early or not {"amount_yuan", "amount_fen"} & set(early):
        raise Problem(N_("An early payment needs on and amount_yuan."), at="prepayments")
    keeps = str(early.get("keeps", "term"))
    if keeps not in {"term", "instalment"}:
        raise Problem(
            N_("After an early payment either the term or the instalment is kept."), at="prepayments"
        )
    if "amount_fen" in early:
        return Prepayment(
            day_of(early["on"], "prepayments"), _whole(early["amount_fen"], "prepayments"), keeps
        )
    return Prepayment(day_of(early["on"], "prepayments"), _fen(early["amount_yuan"], "prepayments"), keeps)
