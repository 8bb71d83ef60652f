"""Do a year's activities fit each other, the year before, and what nature allows? Each check is a question to a person.

Pure: rows in, questions out. Thresholds with their reasons stand in the TOML beside. Flagged rows stay in the account until
someone corrects them: an account that drops what looks odd would be too low.
"""

import hashlib
import itertools
import math
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib.resources import files
from statistics import median
from typing import Any

from carbon import units
from carbon.errors import N_, Problem
from carbon.text import Text
from methodologies.accounting.catalogue import SOURCES

THRESHOLDS: dict[str, dict[str, Any]] = tomllib.loads(
    (files(__package__) / "plausibility_checks.toml").read_text(encoding="utf-8")
)
_NEAR_POWER = 0.12
"""In powers of ten: within a third of ×10, ×100 … the factor is called about that."""
_ELECTRICITY = frozenset({"purchased_electricity"})
_CARBON_IN = frozenset(
    {"fuel_combustion", "steel_inputs", "carbon_in_materials", "carbonate_use", "power_plant_coal"}
)
_CARBON_IN |= {"chemical_production", "biomass_combustion", "cement_clinker", "lime_production"}
_CARBON_OUT = frozenset({"carbon_in_products", "co2_captured"})
_ENERGY_OUT = frozenset({"exported_heat", "exported_electricity"})
_ENERGY_IN = frozenset(
    {"purchased_electricity", "purchased_heat", "fuel_combustion", "biomass_combustion", "power_plant_coal"}
)
_ENERGY_IN |= {"waste_incineration", "mobile_combustion"}
_MEASURED_CARBON = ("elemental_carbon", "air_dried_carbon")


@dataclass(frozen=True)
class Reported:
    """One activity as the checks see it; `energy_gj` is the heat of a fuel where its calorific value is known."""

    id: Any
    facility: str
    month: date
    months: int
    source: str
    item: str
    unit: str
    amount: float
    co2_mg: int = 0
    reference: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    energy_gj: float | None = None

    @property
    def months_told(self) -> tuple[tuple[int, int], ...]:
        """Year and month of each month the row speaks of."""
        first = self.month.year * 12 + self.month.month - 1
        return tuple(divmod(number, 12) for number in range(first, first + self.months))


@dataclass(frozen=True)
class Question:
    """What does not fit: the kind of check, the activities concerned, and the sentence with its values."""

    kind: str
    rows: tuple[Any, ...]
    facility: str
    source: str
    item: str
    month: date | None
    template: str
    values: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """The same question asked again is the same: a person's answer to it holds."""
        told = [
            self.kind,
            self.facility,
            self.source,
            self.item,
            str(self.month),
            *sorted(map(str, self.rows)),
        ]
        return hashlib.sha256("|".join(told).encode()).hexdigest()


Check = Callable[[Sequence[Reported], int], Iterator[Question]]


def questions(rows: Iterable[Reported], year: int) -> list[Question]:
    """Every question about `year`; rows of the year before serve for comparison."""
    found = list(rows)
    return [question for check in CHECKS for question in check(found, year)]


def year_jump(rows: Sequence[Reported], year: int) -> Iterator[Question]:
    """The mean month of a series against that of the year before."""
    threshold = THRESHOLDS["year_jump"]
    for key, series in _series(rows).items():
        now = [row for row in series if row.month.year == year]
        before = [row for row in series if row.month.year == year - 1]
        if not all(_covered(part) >= threshold["months"] for part in (now, before)):
            continue
        means = [_total(part, series[0].unit) / _covered(part) for part in (now, before)]
        if min(means) <= 0 or 1 / threshold["factor"] < means[0] / means[1] < threshold["factor"]:
            continue
        values = {"factor": _shown(means[0] / means[1]), "year": str(year), "before": str(year - 1)}
        yield _of(key, now, "year-jump", _YEAR_JUMP, values)


_YEAR_JUMP = N_(
    "{source}, {item}: the mean month of {year} is {factor} times that of {before}. What changed?"
)


def unit_slip(rows: Sequence[Reported], year: int) -> Iterator[Question]:
    """One row against the middle of the other rows of its series: powers of ten are most likely another unit."""
    threshold = THRESHOLDS["unit_slip"]
    for key, series in _series(rows).items():
        per_month = [(row, _in(row, series[0].unit) / row.months) for row in series]
        for row, amount in per_month:
            others = [other for against, other in per_month if against is not row and other > 0]
            if row.month.year != year or amount <= 0 or len(others) < threshold["months"]:
                continue
            factor = amount / median(others)
            if not (factor >= threshold["factor"] or factor <= 1 / threshold["factor"]):
                continue
            power = round(math.log10(factor))
            near = power != 0 and abs(math.log10(factor) - power) <= _NEAR_POWER
            values = {
                "factor": _shown(factor),
                "value": f"{row.amount:g} {row.unit}",
                "power": f"{10.0**power:g}",
            }
            yield _of(
                key, [row], "unit-slip" if near else "odd-amount", _SLIP if near else _ODD, values, row.month
            )


_SLIP = N_(
    "{source}, {item} {month}: {value} is {factor} times the other months, about {power}: most likely another unit."
)
_ODD = N_("{source}, {item} {month}: {value} is {factor} times the other months. What happened?")


def overlaps(rows: Sequence[Reported], year: int) -> Iterator[Question]:
    """A year's bill beside its months, or two periods that share months."""
    for key, series in _series(rows).items():
        long = [row for row in series if row.months > 1]
        for row in long:
            told = set(row.months_told)
            shared = [other for other in series if other is not row and told & set(other.months_told)]
            later = [other for other in shared if other.months < row.months or str(other.id) > str(row.id)]
            if later and any(told_year == year for told_year, _ in told):
                values = {"rows": len(later), "months": row.months}
                yield _of(key, [row, *later], "overlap", _OVERLAP, values, row.month)


_OVERLAP = N_(
    "{source}, {item} from {month}: a row of {months} months and {rows} more rows tell of the same months. Is the meter counted twice?"
)


def same_evidence(rows: Sequence[Reported], year: int) -> Iterator[Question]:
    """One invoice number behind two rows of one kind of source."""
    groups: dict[tuple[str, str], list[Reported]] = defaultdict(list)
    for row in rows:
        reference = (row.reference or "").strip().casefold()
        if reference:
            groups[row.source, reference].append(row)
    for (source, _), group in sorted(groups.items()):
        if len(group) < 2 or not any(row.month.year == year for row in group):
            continue
        if _is_one_bill(group):
            continue
        key = (group[0].facility, source, group[0].item)
        values = {"reference": str(group[0].reference)[:60], "rows": len(group)}
        yield _of(key, group, "same-invoice", _SAME_INVOICE, values, group[0].month)


def _is_one_bill(group: Sequence[Reported]) -> bool:
    """One invoice may list several goods or meters of a month: each in its place once, each in another amount."""
    places = {(row.item, row.facility) for row in group}
    amounts = {(row.item, row.amount) for row in group}
    return len({row.month for row in group}) == 1 and len(places) == len(amounts) == len(group)


_SAME_INVOICE = N_("{source}: evidence {reference} stands behind {rows} rows. Is one invoice counted twice?")


def power_twice(rows: Sequence[Reported], year: int) -> Iterator[Question]:
    """The same kilowatt-hours twice in one place and month, or a whole beside the sum of its parts."""
    months: dict[date, list[Reported]] = defaultdict(list)
    for row in rows:
        if row.source in _ELECTRICITY and row.month.year == year and row.months == 1:
            months[row.month].append(row)
    for month, group in sorted(months.items()):
        yield from _alike(month, group)
        whole = [row for row in group if not row.facility]
        parts = [row for row in group if row.facility]
        total = sum(_in(row, "kWh") for row in parts)
        for row in whole:
            if len(parts) >= 2 and total and math.isclose(_in(row, "kWh"), total, rel_tol=1e-6):
                values = {"rows": len(parts)}
                yield _of(
                    ("", row.source, row.item), [row, *parts], "power-twice", _WHOLE_AND_PARTS, values, month
                )


def _alike(month: date, group: Sequence[Reported]) -> Iterator[Question]:
    alike: dict[tuple[str, float], list[Reported]] = defaultdict(list)
    for row in group:
        alike[row.facility, round(_in(row, "kWh"), 3)].append(row)
    for (facility, energy), rows in sorted(alike.items()):
        if len(rows) > 1 and energy >= THRESHOLDS["same_power"]["least"]:
            values = {"rows": len(rows), "value": f"{energy:,.0f} kWh"}
            yield _of(
                (facility, rows[0].source, rows[0].item), rows, "power-twice", _POWER_TWICE, values, month
            )


_POWER_TWICE = N_("{source} {month}: {rows} rows tell the same {value}. Is the power booked twice?")
_WHOLE_AND_PARTS = N_(
    "{source} {month}: the row of the whole enterprise equals the sum of its {rows} facilities. Is the power booked twice?"
)


def same_certificate(rows: Sequence[Reported], year: int) -> Iterator[Question]:
    """A certificate claimed for two rows."""
    groups: dict[str, list[Reported]] = defaultdict(list)
    for row in rows:
        certificate = row.overrides.get("certificate", "").strip().casefold()
        if certificate:
            groups[certificate].append(row)
    for group in groups.values():
        if len(group) > 1 and any(row.month.year == year for row in group):
            key = (group[0].facility, group[0].source, group[0].item)
            values = {"reference": group[0].overrides["certificate"][:60], "rows": len(group)}
            yield _of(key, group, "certificate-twice", _CERTIFICATE, values, group[0].month)


_CERTIFICATE = N_("{source}: certificate {reference} stands behind {rows} rows; a certificate counts once.")


def repeated_analysis(rows: Sequence[Reported], year: int) -> Iterator[Question]:
    """Element carbon that equals last month's to the last digit: an analysis is seldom repeated so."""
    for key, series in _series(rows).items():
        for name in _MEASURED_CARBON:
            told = sorted((row for row in series if row.overrides.get(name)), key=lambda row: row.month)
            for earlier, later in itertools.pairwise(told):
                same = earlier.overrides[name].strip() == later.overrides[name].strip()
                if same and earlier.month != later.month and later.month.year == year:
                    values = {"value": later.overrides[name], "before": f"{earlier.month:%Y-%m}"}
                    yield _of(key, [earlier, later], "repeated-analysis", _REPEATED, values, later.month)


_REPEATED = N_(
    "{source}, {item} {month}: the measured carbon {value} equals that of {before} to the last digit. Was it analysed anew?"
)


def energy_balance(rows: Sequence[Reported], year: int) -> Iterator[Question]:
    """Heat and power passed on against fuel and energy bought, by facility; only where every fuel's heat is known."""
    for facility, group in _by_facility(rows, year).items():
        out = [row for row in group if row.source in _ENERGY_OUT]
        inside = [row for row in group if row.source in _ENERGY_IN]
        given = [_energy(row) for row in inside]
        passed = sum(_energy(row) or 0.0 for row in out)
        if not out or not inside or None in given:
            continue
        total = sum(each for each in given if each is not None)
        if passed > THRESHOLDS["energy_balance"]["share"] * total:
            values = {"out": f"{passed:,.0f}", "value": f"{total:,.0f}", "year": str(year)}
            yield _of(
                (facility, out[0].source, out[0].item), [*out, *inside], "energy-balance", _ENERGY, values
            )


_ENERGY = N_(
    "{year}: {out} GJ of heat and power were passed on from {value} GJ of fuel and energy bought: more out than in."
)


def carbon_balance(rows: Sequence[Reported], year: int) -> Iterator[Question]:
    """Carbon kept in products and CO2 passed on against the carbon brought in, by facility, told in CO2."""
    for facility, group in _by_facility(rows, year).items():
        out = [row for row in group if row.source in _CARBON_OUT]
        inside = [row for row in group if row.source in _CARBON_IN]
        kept, brought = -sum(row.co2_mg for row in out), sum(row.co2_mg for row in inside)
        if out and kept > THRESHOLDS["carbon_balance"]["share"] * brought:
            values = {"out": f"{kept / 1e9:,.1f}", "value": f"{brought / 1e9:,.1f}", "year": str(year)}
            yield _of(
                (facility, out[0].source, out[0].item), [*out, *inside], "carbon-balance", _CARBON, values
            )


_CARBON = N_(
    "{year}: {out} t CO2 are kept in products or passed on, out of {value} t brought in: more out than in."
)


CHECKS: tuple[Check, ...] = (
    year_jump,
    unit_slip,
    overlaps,
    same_evidence,
    power_twice,
    same_certificate,
    repeated_analysis,
    energy_balance,
    carbon_balance,
)


def outliers(intensities: Mapping[Any, float]) -> dict[Any, float]:
    """Who lies far from the middle of a sector, with the modified z-score of the logarithm; nobody below ten members.

    Intensities of zero or less have no logarithm and are left out.
    """
    logs = {who: math.log(value) for who, value in intensities.items() if value > 0}
    if len(logs) < THRESHOLDS["sector_outlier"]["group"]:
        return {}
    middle = median(logs.values())
    spread = median(abs(value - middle) for value in logs.values())
    if spread == 0:
        return {}
    scores = {who: 0.6745 * (value - middle) / spread for who, value in logs.items()}
    return {who: score for who, score in scores.items() if abs(score) > THRESHOLDS["sector_outlier"]["score"]}


def far_from_benchmark(intensity: float, benchmark: float) -> float | None:
    """By which factor an intensity differs from its sector's benchmark, if that is far; both per the same money."""
    if intensity <= 0 or benchmark <= 0:
        return None
    factor, most = intensity / benchmark, THRESHOLDS["benchmark"]["factor"]
    return factor if factor >= most or factor <= 1 / most else None


# --- parts ---------------------------------------------------------------------------------------------------------------

Key = tuple[str, str, str]


def _series(rows: Iterable[Reported]) -> dict[Key, list[Reported]]:
    """Rows of one facility, source and item whose units measure the same."""
    found: dict[tuple[Any, ...], list[Reported]] = defaultdict(list)
    for row in rows:
        choices = tuple(
            sorted((name, value) for name, value in row.overrides.items() if _is_choice(row.source, name))
        )
        found[row.facility, row.source, row.item, _dimension(row.unit), choices].append(row)
    return {
        (key[0], key[1], key[2] + _suffix(place)): series for place, (key, series) in enumerate(found.items())
    }


def _suffix(place: int) -> str:
    """Series of one item in units of different kinds stay apart; what is shown of the key is the item alone."""
    return f"\0{place}"


def _is_choice(source: str, name: str) -> bool:
    options = SOURCES[source].options if source in SOURCES else {}
    return name in options and (bool(options[name].choices) or name.endswith("_year"))


@lru_cache(1024)
def _dimension(unit: str) -> str:
    try:
        return repr(
            sorted((str(name), int(power)) for name, power in units.quantity(unit).dimensionality.items())
        )
    except Problem:
        return unit


@lru_cache(4096)
def _factor(unit: str, wanted: str) -> float:
    try:
        return float(units.to_unit(unit, wanted))
    except Problem:
        return 1.0 if unit == wanted else math.nan


def _in(row: Reported, unit: str) -> float:
    return row.amount * _factor(row.unit, unit)


def _total(rows: Iterable[Reported], unit: str) -> float:
    return sum(_in(row, unit) for row in rows)


def _covered(rows: Iterable[Reported]) -> int:
    return len({month for row in rows for month in row.months_told})


def _by_facility(rows: Iterable[Reported], year: int) -> dict[str, list[Reported]]:
    found: dict[str, list[Reported]] = defaultdict(list)
    for row in rows:
        if row.month.year == year:
            found[row.facility].append(row)
    return found


def _energy(row: Reported) -> float | None:
    """GJ of a row: its heat as known, or its amount where that is energy."""
    if row.energy_gj is not None:
        return row.energy_gj
    energy = row.amount * _factor(row.unit, "GJ")
    return None if math.isnan(energy) else energy


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _of(
    key: Key,
    rows: Sequence[Reported],
    kind: str,
    template: str,
    values: Mapping[str, Any],
    month: date | None = None,
) -> Question:
    facility, source, item = key[0], key[1], key[2].partition("\0")[0]
    known = SOURCES.get(source)
    names = known.items[item].name if known and item in known.items else Text(item, item)
    told = {
        **values,
        "source": (known.name if known else Text(source, source)).as_dict(),
        "item": names.as_dict(),
        "month": f"{month:%Y-%m}" if month else "",
    }
    return Question(kind, tuple(row.id for row in rows), facility, source, item, month, template, told)
