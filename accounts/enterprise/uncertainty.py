"""How sure an account is: both approaches over all its rows, by gas, by scope and in total. Needs no database.

Rows of one coefficient share its numbers and have amounts of their own, so their factors move together and their amounts do
not. Warming potentials are taken as given: their uncertainty is a matter of the report's choice of set.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from accounts.enterprise.checking import CheckedActivities
from carbon.errors import N_, Problem
from carbon.gases import gases
from carbon.text import Text
from carbon.uncertainty import (
    DRAWS,
    MOST_DRAWS,
    SEED,
    Drawn,
    Interval,
    Spread,
    draw,
    generator,
    interval,
    propagate,
)
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.spreads import Spreads, spreads

_COPIES = 50
"""So many amounts of one coefficient are drawn one by one; more of them make a normal sum anyway."""
_SHOWN_PARTS = 20
_BARS = 24


@dataclass(frozen=True)
class Line:
    """Rows of one coefficient: how many, their sum, and the sum of their squares."""

    key: ActivityKey
    scope: int
    rows: int
    amount: float
    squares: float


@dataclass(frozen=True)
class Estimate:
    """A figure with its half-width in percent by approach 1, and what was drawn by approach 2."""

    name: str
    co2e_mg: int
    percent: float
    drawn: Interval


@dataclass(frozen=True)
class Contribution:
    """How much of the variance of the total one number makes: what to measure better first."""

    name: Text
    percent: float
    variance_share: float


@dataclass(frozen=True)
class Unknown:
    """Emissions of numbers without any interval: they are not counted as sure, they are named."""

    source: str
    item: str
    numbers: tuple[Text, ...]
    co2e_mg: int


@dataclass(frozen=True)
class Assessment:
    """The uncertainty of an account. `known_share` is the part of the emissions for which something is known."""

    gwp_set: str
    draws: int
    seed: int
    total: Estimate
    by_gas: tuple[Estimate, ...]
    by_scope: tuple[Estimate, ...]
    contributions: tuple[Contribution, ...]
    known_share: float
    unknown: tuple[Unknown, ...]
    histogram: tuple[tuple[float, int], ...]


def lines_of(checked: CheckedActivities) -> list[Line]:
    """The rows of a checked file by coefficient."""
    sums = checked.rows.group_by("resolved").agg(
        pl.len().alias("rows"),
        pl.col("amount").cast(pl.Float64).sum().alias("amount"),
        (pl.col("amount").cast(pl.Float64) ** 2).sum().alias("squares"),
    )
    found = []
    for row in sums.sort("resolved").iter_rows(named=True):
        entry = checked.resolved[row["resolved"]]
        scope = entry.coefficient.scope if entry.coefficient else 0
        found.append(Line(entry.key, scope, row["rows"], row["amount"], row["squares"]))
    return found


def assess(lines: Iterable[Line], gwp_set: str, *, draws: int = DRAWS, seed: int = SEED) -> Assessment:
    """Both approaches over these rows.

    Raises:
        Problem: an uncertainty that cannot be read, too many draws, or a gas without potential in `gwp_set`.
    """
    if not 100 <= draws <= MOST_DRAWS:
        raise Problem(
            N_("{draws} draws cannot be made: choose between 100 and {most}."), draws=draws, most=MOST_DRAWS
        )
    found = [(line, spreads(line.key, gwp_set)) for line in lines]
    masses = _Sums(found)
    drawn = _Draws(found, draws, seed)
    moves = _moves(found)
    percents = {group: _percent(moves, group, mass) for group, mass in masses.by_group.items()}

    def estimate(group: tuple[str, str]) -> Estimate:
        return Estimate(
            group[1], round(masses.by_group[group]), percents[group], interval(drawn.by_group[group])
        )

    total = estimate(_ALL)
    order = {gas: place for place, gas in enumerate(gases())}
    by_gas = sorted(
        (group for group in masses.by_group if group[0] == "gas"), key=lambda group: order[group[1]]
    )
    by_scope = sorted(group for group in masses.by_group if group[0] == "scope")
    return Assessment(
        gwp_set=gwp_set,
        draws=draws,
        seed=seed,
        total=total,
        by_gas=tuple(estimate(group) for group in by_gas),
        by_scope=tuple(estimate(group) for group in by_scope),
        contributions=_contributions(moves[_ALL], masses.by_group[_ALL], _names(found)),
        known_share=masses.known / masses.gross if masses.gross else 0.0,
        unknown=tuple(sorted(masses.unknown, key=lambda entry: -abs(entry.co2e_mg))),
        histogram=_histogram(drawn.by_group[_ALL]),
    )


_ALL = ("total", "total")
Group = tuple[str, str]


def _groups(line: Line, gas: str) -> tuple[Group, ...]:
    if not gases()[gas].in_kyoto_basket:
        return ()
    return (_ALL, ("gas", gas), ("scope", str(line.scope)))


class _Sums:
    """CO2e by group, and how much of it has a known uncertainty."""

    def __init__(self, found: Sequence[tuple[Line, Spreads]]) -> None:
        self.by_group: dict[Group, float] = defaultdict(float)
        self.by_group[_ALL] = 0.0
        self.known = self.gross = 0.0
        self.unknown: list[Unknown] = []
        for line, known in found:
            weight = 0.0
            for gas, per_unit in known.co2e_mg.items():
                for group in _groups(line, gas):
                    self.by_group[group] += per_unit * line.amount
                weight += per_unit * line.amount
            self.gross += abs(weight)
            if known.amount or known.numbers:
                self.known += abs(weight)
            missing = (() if known.amount else (_AMOUNT,)) + known.unknown
            if missing:
                self.unknown.append(Unknown(line.key.source, line.key.item, missing, round(weight)))


_AMOUNT = Text("活动数据", "amount")


def _amount_id(line: Line) -> str:
    return f"amount:{line.key!r}"


Moves = Mapping[Group, Mapping[str, Sequence[tuple[float, float]]]]


def _moves(found: Sequence[tuple[Line, Spreads]]) -> Moves:
    """For each group and number the terms it stands behind: (sensitivity, percent)."""
    moves: dict[Group, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    _ = moves[_ALL]
    for line, known in found:
        for gas, per_unit in known.co2e_mg.items():
            for group in _groups(line, gas):
                if known.amount:
                    alone = line.squares**0.5 * per_unit
                    moves[group][_amount_id(line)].append((alone, known.amount.percent))
                for id_, number in known.numbers.items():
                    by = known.sensitivities[id_].get(gas, 0.0) * line.amount
                    moves[group][id_].append((by, number.spread.percent))
    return moves


def _percent(moves: Moves, group: Group, mass: float) -> float:
    half, _ = propagate(moves.get(group, {}))
    return 100 * half / abs(mass) if mass else 0.0


def _names(found: Sequence[tuple[Line, Spreads]]) -> dict[str, tuple[Text, float]]:
    names: dict[str, tuple[Text, float]] = {}
    for line, known in found:
        source = SOURCES[line.key.source]
        item = (
            source.items[line.key.item].name
            if line.key.item in source.items
            else Text(line.key.item, line.key.item)
        )
        if known.amount:
            label = Text(f"{source.name.zh}·{item.zh}的活动数据", f"amount of {source.name.en}, {item.en}")
            names[_amount_id(line)] = (label, known.amount.percent)
        for id_, number in known.numbers.items():
            names[id_] = (number.name, number.spread.percent)
    return names


def _contributions(
    moves: Mapping[str, Sequence[tuple[float, float]]], total: float, names: Mapping[str, tuple[Text, float]]
) -> tuple[Contribution, ...]:
    _, parts = propagate(moves)
    return tuple(
        Contribution(names[part.number][0], names[part.number][1], part.variance_share)
        for part in parts[:_SHOWN_PARTS]
        if total and part.variance_share > 0
    )


class _Draws:
    """Totals drawn by group; lines are drawn one after another, so that memory holds the groups only."""

    def __init__(self, found: Sequence[tuple[Line, Spreads]], draws: int, seed: int) -> None:
        self.by_group: dict[Group, Drawn] = defaultdict(lambda: np.zeros(draws))
        self.by_group[_ALL] = np.zeros(draws)
        for line, known in found:
            amount = _amounts(line, known.amount, draws, seed)
            for gas, per_unit in known.drawn(draws, seed).items():
                for group in _groups(line, gas):
                    self.by_group[group] += amount * per_unit


def _amounts(line: Line, spread: Spread | None, draws: int, seed: int) -> Drawn:
    """The sum of the rows' amounts, each with the same spread and independent of the others."""
    if spread is None or not line.amount:
        return np.full(draws, line.amount)
    alike = line.amount**2 / line.squares
    random = generator(seed, _amount_id(line))
    if alike > _COPIES:
        narrower = Spread(spread.percent / alike**0.5, spread.percent / alike**0.5)
        return line.amount * draw(narrower, draws, random)
    copies = max(1, round(alike))
    drawn: Drawn = np.mean([draw(spread, draws, random) for _ in range(copies)], axis=0)
    return line.amount * drawn


def _histogram(drawn: Drawn) -> tuple[tuple[float, int], ...]:
    counts, edges = np.histogram(drawn, bins=_BARS)
    middles = (edges[:-1] + edges[1:]) / 2
    return tuple((float(middle), int(count)) for middle, count in zip(middles, counts, strict=True))
