"""Does a reported figure fit the company's own other years? Slips of unit move a figure by powers of ten.

The rule, for each company and indicator:

1. The figures above zero, sorted, fall into groups wherever one is at least `JUMP` times the next below.
2. With one group all is well. Otherwise the group with most years is taken as the company's level, and every
   figure outside it is flagged with the factor by which it differs from the level's median.
3. If two groups have equally many years, another indicator of the same company and years decides: the level is the
   group whose ratio to that indicator is nearer to what is usual among all companies. Where nothing decides, the
   figures of all tied groups are flagged: one of them is wrong, and a person must say which.
4. Apart from that, a figure that alone makes up more than half of a year's sum over ten or more companies, and does
   not do so in any other year the company reported, is flagged for its weight.

Nothing is corrected: flagged figures stay as reported and are held out of totals until a person decides.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from accounts.enterprise.indicators import indicators
from carbon.errors import N_

JUMP = 8
"""A year-on-year change that business rarely makes; a slip of one power of ten (×10) with a fifth of real change is above it."""
WEIGHT = 0.5
WEIGHED_COMPANIES = 10
_NEAR_POWER = 0.12
"""In powers of ten: within a third of ×10, ×100 … the factor is called about that."""


@dataclass(frozen=True)
class Reported:
    """One figure; `id` is whatever the caller knows it by."""

    id: Any
    company: str
    indicator: str
    year: int
    value: float


@dataclass(frozen=True)
class Suspicion:
    """A figure that does not fit, by which factor, and the sentence that says so."""

    reported: Reported
    kind: str
    factor: float
    template: str
    values: Mapping[str, Any]


_JUMPS = N_("{company}, {indicator} {year}: {value} is {factor} times the company's other years ({usual}).")
_SLIP = N_(
    "{company}, {indicator} {year}: {value} is {factor} times the company's other years ({usual}), about a factor of {power}: "
    "most likely another unit."
)
_UNCLEAR = N_(
    "{company}, {indicator} {year}: {value} does not fit the company's other year ({usual}), factor {factor}; one of the two is wrong."
)
_HEAVY = N_(
    "{company}, {indicator} {year}: {value} alone is {share} % of the year's sum of {companies} companies."
)
_MOVES = N_("It moves the sum of {year} over all companies by a factor of {moves}.")


def suspicions(figures: Iterable[Reported]) -> list[Suspicion]:
    """Every figure that does not fit, in the order of company, indicator and year."""
    positive = [figure for figure in figures if figure.value > 0]
    series: dict[tuple[str, str], list[Reported]] = defaultdict(list)
    for figure in positive:
        series[figure.company, figure.indicator].append(figure)
    usual = _usual_ratios(series)
    found = [suspicion for key in sorted(series) for suspicion in _of_series(series[key], series, usual)]
    jumping = {suspicion.reported.id for suspicion in found}
    return found + _too_heavy(positive, series, jumping)


def _groups(figures: Sequence[Reported]) -> list[list[Reported]]:
    """Split where a figure is `JUMP` times the next below."""
    ordered = sorted(figures, key=lambda figure: figure.value)
    groups = [[ordered[0]]]
    for figure in ordered[1:]:
        if figure.value >= JUMP * groups[-1][-1].value:
            groups.append([])
        groups[-1].append(figure)
    return groups


Series = Mapping[tuple[str, str], Sequence[Reported]]


def _of_series(
    figures: Sequence[Reported], series: Series, usual: Mapping[tuple[str, str], float]
) -> list[Suspicion]:
    groups = _groups(figures)
    if len(groups) == 1:
        return []
    most = max(len(group) for group in groups)
    candidates = [group for group in groups if len(group) == most]
    level = candidates[0] if len(candidates) == 1 else _nearest_to_usual(candidates, series, usual)
    if level is None:
        return [
            _suspicion(figure, median(other.value for other in figures if other not in group), "unclear")
            for group in groups
            for figure in group
        ]
    middle = median(figure.value for figure in level)
    return [_suspicion(figure, middle, "jump") for group in groups if group is not level for figure in group]


def _suspicion(figure: Reported, usual: float, kind: str) -> Suspicion:
    factor = figure.value / usual
    power = round(math.log10(factor))
    near = power != 0 and abs(math.log10(factor) - power) <= _NEAR_POWER
    template = _UNCLEAR if kind == "unclear" else _SLIP if near else _JUMPS
    values = {**_named(figure), "factor": _shown(factor), "usual": _shown(usual), "power": f"{10.0**power:g}"}
    return Suspicion(figure, kind, factor, template, values)


def _named(figure: Reported) -> dict[str, Any]:
    return {
        "company": figure.company,
        "indicator": indicators()[figure.indicator].name.as_dict(),
        "year": figure.year,
        "value": _shown(figure.value),
    }


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _usual_ratios(series: Series) -> dict[tuple[str, str], float]:
    """The median over companies and years of one indicator divided by another, in powers of ten."""
    ratios: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (company, indicator), figures in series.items():
        for other in indicators():
            if other != indicator:
                by_year = {figure.year: figure.value for figure in series.get((company, other), ())}
                ratios[indicator, other] += [
                    math.log10(figure.value / by_year[figure.year])
                    for figure in figures
                    if figure.year in by_year
                ]
    return {pair: median(values) for pair, values in ratios.items() if len(values) >= WEIGHED_COMPANIES}


def _nearest_to_usual(
    candidates: Sequence[list[Reported]], series: Series, usual: Mapping[tuple[str, str], float]
) -> list[Reported] | None:
    """The group that stands to the company's other indicators as is usual; None when that decides nothing."""
    company, indicator = candidates[0][0].company, candidates[0][0].indicator
    for other in indicators():
        by_year = {figure.year: figure.value for figure in series.get((company, other), ())}
        if (indicator, other) not in usual or len(by_year) < 2 or len(_groups(series[company, other])) > 1:
            continue
        distances = []
        for group in candidates:
            away = [
                abs(math.log10(figure.value / by_year[figure.year]) - usual[indicator, other])
                for figure in group
                if figure.year in by_year
            ]
            distances.append(median(away) if away else math.inf)
        best, second = sorted(distances)[:2]
        if second - best >= math.log10(JUMP) / 2:
            return candidates[distances.index(best)]
    return None


def _too_heavy(positive: Sequence[Reported], series: Series, jumping: set[Any]) -> list[Suspicion]:
    sums: dict[tuple[str, int], list[float]] = defaultdict(list)
    for figure in positive:
        if indicators()[figure.indicator].summed and figure.id not in jumping:
            sums[figure.indicator, figure.year].append(figure.value)

    def share(figure: Reported) -> float:
        values = sums[figure.indicator, figure.year]
        return (
            figure.value / sum(values)
            if len(values) >= WEIGHED_COMPANIES and figure.id not in jumping
            else 0.0
        )

    found = []
    for figure in positive:
        if not indicators()[figure.indicator].summed or share(figure) <= WEIGHT:
            continue
        others = [other for other in series[figure.company, figure.indicator] if other is not figure]
        if not any(share(other) > WEIGHT for other in others):
            values = sums[figure.indicator, figure.year]
            said = {**_named(figure), "share": round(100 * share(figure)), "companies": len(values)}
            found.append(Suspicion(figure, "weight", share(figure), _HEAVY, said))
    return found


def moved_sum(figure: Reported, figures: Iterable[Reported]) -> float | None:
    """The year's sum with the figure, divided by the sum without it; None where companies do not add up."""
    if not indicators()[figure.indicator].summed:
        return None
    same = [other for other in figures if other.indicator == figure.indicator and other.year == figure.year]
    without = sum(other.value for other in same if other.id != figure.id)
    return (without + figure.value) / without if without else None
