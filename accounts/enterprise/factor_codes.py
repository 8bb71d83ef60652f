"""Rows that name a factor by its code: the accepted value stands as if the row had given it, and the code is kept with it."""

from collections.abc import Mapping

from accounts.enterprise.columns import activity_column
from accounts.enterprise.findings import Message
from accounts.enterprise.sheets import ReadFile
from accounts.factors.own_values import Known, OwnValue, codes_of, usable
from carbon.errors import N_, Problem
from carbon.periods import Period
from methodologies.accounting.activity import FACTOR_CODE
from methodologies.accounting.sources import Source

Words = Mapping[str, str | None]
Said = list[tuple[str, Message]]

_TWICE = N_("The row gives the {column} itself and by the factor {code}. Keep one of them.")
_SAME = N_("The factors {code} and {other} both give the {column}. Keep one of them.")


def codes_in(read: ReadFile) -> list[str]:
    """Every code a file names, each once."""
    found: dict[str, None] = {}
    for sheet in read.sheets:
        for position, heading in enumerate(sheet.headings):
            if activity_column(heading) == FACTOR_CODE and f"c{position}" in sheet.frame.columns:
                cells = sheet.frame[f"c{position}"].drop_nulls().unique(maintain_order=True)
                found |= {code: None for cell in cells for code in codes_of(cell)}
    return list(found)


def applied(
    words: Words, source: Source | None, item: str | None, period: Period | None, known: Known, said: Said
) -> tuple[Words, tuple[tuple[str, str], ...]]:
    """The words with each code's value in its column, and the override that names the codes; what is wrong is said."""
    cell, facility = words.get(FACTOR_CODE), words.get("facility")
    plain = {name: text for name, text in words.items() if name not in {FACTOR_CODE, "facility"}}
    if not cell or source is None or item is None or period is None:
        return plain, ()
    used: dict[str, OwnValue] = {}
    for code in codes_of(cell):
        try:
            values = usable(
                known,
                code,
                source=source.id,
                item=item,
                facility=facility,
                first=period.starts_on,
                last=period.ends_on,
            )
            for value in values:
                _check_single(plain, used, value)
                used[value.quantity] = value
        except Problem as problem:
            said.append((FACTOR_CODE, Message("factor-code", problem.template, problem.values)))
    told = ";".join(f"{name}={value.code}@{value.version}" for name, value in sorted(used.items()))
    given = {name: value.written for name, value in used.items()}
    return {**plain, **given}, ((FACTOR_CODE, told),) if told else ()


def _check_single(words: Words, used: Mapping[str, OwnValue], value: OwnValue) -> None:
    if words.get(value.quantity):
        raise Problem(_TWICE, column=value.quantity, code=value.code)
    if value.quantity in used:
        raise Problem(_SAME, column=value.quantity, code=value.code, other=used[value.quantity].code)
