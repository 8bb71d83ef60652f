"""Scope 1: methane of landfilled waste by first-order decay, one deposit in one reporting year.

The row's period is the reporting year; `deposit_year` is when the waste was laid down. A deposit thus has one row for each year
it is reported in, and `emission_series` gives them all.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from carbon.columns import exponential
from carbon.errors import N_, Problem
from carbon.parameters import Chosen, given
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("landfill")
_CHOICES = {name: _TABLE.content["options"][name]["choices"] for name in ("landfill_site", "climate")}


def decomposable(amount: Any, degradable_carbon: Any, decomposing_share: Any, methane_correction: Any) -> Any:
    return amount * degradable_carbon * decomposing_share * methane_correction


def decomposed(decomposable: Any, decay_rate: Any, age: Any, one_year: Any) -> Any:
    return decomposable * (exponential(-(decay_rate * (age - one_year))) - exponential(-(decay_rate * age)))


def nothing_decomposed(decomposable: Any) -> Any:
    """In the year of the deposit."""
    return decomposable * 0


def generated(decomposed: Any, methane_in_gas: Any, ch4_per_carbon: Any) -> Any:
    return decomposed * methane_in_gas * ch4_per_carbon


def ch4(generated: Any, captured_share: Any, oxidised_share: Any) -> Any:
    return generated * (1 - captured_share) * (1 - oxidised_share)


DECAY = _TABLE.rule("decay", decomposable, decomposed, generated, ch4)
FIRST_YEAR = _TABLE.rule("first_year", decomposable, generated, ch4, decomposed=nothing_decomposed)


def plan(key: ActivityKey) -> Plan:
    """One deposit in one reporting year.

    Raises:
        Problem: the period is not a whole year, the deposit lies after it, a word is missing, or as `Table.plan`.
    """
    age = _age(key)
    rule = DECAY if age else FIRST_YEAR
    site, climate = _choice(key, "landfill_site"), _choice(key, "climate")
    variants = [place for place in (site, f"{key.item}_{climate}" if climate else None) if place]
    numbers = {name: _TABLE.number(key, name, *variants) for name in rule.parameters if name != "age"}
    # the year of deposit is in the age; it is kept beside so that it counts as used
    numbers |= {
        "age": given("age", Fraction(age), "year"),
        "deposit_year": _deposit_year(key),
    }
    return _TABLE.plan(key, rule, {"CH4_biogenic": "ch4"}, numbers)


def emission_series(key: ActivityKey, first: int, last: int) -> Iterator[tuple[int, ActivityKey]]:
    """The activity of one deposit in each reporting year from `first` to `last`, to be computed like any other."""
    for year in range(first, last + 1):
        yield year, replace(key, month=key.month.replace(year=year, month=1))


def _age(key: ActivityKey) -> int:
    deposit = _deposit_year(key).value
    if key.month.month != 1:
        raise Problem(N_("Decay is counted by whole years: write the period as a year."), at="period")
    if deposit.denominator != 1 or deposit > key.month.year:
        raise Problem(
            N_("The year of deposit {deposit} must be a year up to the reporting year {year}."),
            deposit=key.override("deposit_year"),
            year=str(key.month.year),
            at="deposit_year",
        )
    return key.month.year - int(deposit)


def _deposit_year(key: ActivityKey) -> Chosen:
    return _TABLE.number_of_row(key, "deposit_year")


def _choice(key: ActivityKey, name: str) -> str | None:
    word = key.override(name)
    if word and word not in _CHOICES[name]:
        raise Problem(
            N_("“{word}” is not known for the {name}: choose one of {known}."),
            word=word,
            name=Text.of(_TABLE.content["options"][name], name),
            known=Text.listed(Text.of(words, id_) for id_, words in _CHOICES[name].items()),
            at=name,
        )
    return word


SOURCE = _TABLE.source(plan, DECAY, FIRST_YEAR)
