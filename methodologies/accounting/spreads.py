"""Which numbers of an activity are uncertain, by how much, and how far each moves the emission.

A row says how sure its amount is (`amount_uncertainty`) and its factor as a whole (`factor_uncertainty`); where it says nothing of the
factor, each published number has the interval its document prints. A number nobody gives an interval is not counted as sure:
it is named.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from carbon.errors import Problem
from carbon.gases import gases
from carbon.parameters import Chosen
from carbon.text import Text
from carbon.uncertainty import Drawn, Spread, draw, generator, read_spread, spread_of_interval
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import mg_in, planned
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.sources import Branch
from methodologies.factors.gwp import gwp

SAID = ("amount_uncertainty", "factor_uncertainty", "distribution")
"""Columns of a row that say how sure its numbers are."""
_STEP = 1e-4


@dataclass(frozen=True)
class Uncertain:
    """A number with its spread; `id` is the same wherever the same number stands, so that it moves all of them."""

    id: str
    name: Text
    spread: Spread
    most: float


@dataclass(frozen=True)
class Spreads:
    """What is known of one activity.

    `co2e_mg` by gas is of one written unit; `sensitivities` say for each number and gas by how many milligrams of CO2e that grows
    when the number doubles, to first order. `unknown` names the numbers nobody gives an interval.
    """

    key: ActivityKey
    amount: Spread | None
    numbers: Mapping[str, Uncertain]
    co2e_mg: Mapping[str, float]
    sensitivities: Mapping[str, Mapping[str, float]]
    unknown: tuple[Text, ...]
    drawn: Callable[[int, int], Mapping[str, Drawn]]


@lru_cache(8192)
def spreads(key: ActivityKey, gwp_set: str) -> Spreads:
    """The uncertain numbers of one unit of an activity.

    Raises:
        Problem: the activity cannot be computed, or says its uncertainty in a way that cannot be read.
    """
    source, plan = planned(key)
    said = _said(key, "factor_uncertainty")
    per_unit = float(plan.per_written_unit)
    weights = {
        branch.gas: float(mg_in(branch))
        * (float(gwp(branch.gas, gwp_set)) if gases()[branch.gas].in_kyoto_basket else 0.0)
        for branch in plan.branches
    }
    if said:
        item = source.items[key.item].name if key.item in source.items else Text(key.item, key.item)
        name = Text(f"{source.name.zh}·{item.zh}的因子", f"factor of {source.name.en}, {item.en}")
        numbers = {
            _whole_id(key, plan.branches): Uncertain(_whole_id(key, plan.branches), name, said, np.inf)
        }
        names_of: dict[tuple[int, str], str] = {}
        unknown: tuple[Text, ...] = ()
    else:
        numbers, names_of, unknown = _published(key, plan.branches)

    def by_gas(moved: Mapping[str, Drawn | float]) -> dict[str, Drawn | float]:
        found: dict[str, Drawn | float] = {}
        for place, branch in enumerate(plan.branches):
            values = _values(
                branch, {name: moved[id_] for (at, name), id_ in names_of.items() if at == place}
            )
            whole = next(iter(moved.values()), 1.0) if said else 1.0
            mass = (
                branch.rule.drawn(branch.step, {**values, "amount": per_unit}) * weights[branch.gas] * whole
            )
            found[branch.gas] = found.get(branch.gas, 0.0) + np.asarray(mass, dtype=np.float64)
        return found

    still = dict.fromkeys(numbers, 1.0)
    sensitivities = {}
    for id_ in numbers:
        up, down = by_gas({**still, id_: 1 + _STEP}), by_gas({**still, id_: 1 - _STEP})
        sensitivities[id_] = {gas: float(up[gas] - down[gas]) / (2 * _STEP) for gas in up}

    def drawn(count: int, seed: int) -> Mapping[str, Drawn]:
        moved = {
            id_: draw(number.spread, count, generator(seed, id_), most=number.most)
            for id_, number in numbers.items()
        }
        return {gas: np.broadcast_to(mass, (count,)) for gas, mass in by_gas(moved).items()}

    masses = {gas: float(mass) for gas, mass in by_gas(still).items()}
    return Spreads(key, _said(key, "amount_uncertainty"), numbers, masses, sensitivities, unknown, drawn)


def check_said(key: ActivityKey) -> None:
    """Refuse a row whose uncertainty cannot be read.

    Raises:
        Problem: about the column.
    """
    for column in SAID[:2]:
        _said(key, column)


def _said(key: ActivityKey, column: str) -> Spread | None:
    written = key.override(column)
    if written is None:
        return None
    try:
        return read_spread(written, key.override("distribution"))
    except Problem as problem:
        problem.at = column
        raise


def _whole_id(key: ActivityKey, branches: tuple[Branch, ...]) -> str:
    """The factor as a whole: the same for rows whose numbers are the same."""
    numbers = sorted(
        (branch.gas, name, str(chosen.value), chosen.unit)
        for branch in branches
        for name, chosen in branch.parameters.items()
    )
    return f"factor:{key.source}:{key.item}:{hashlib.sha256(repr(numbers).encode()).hexdigest()[:16]}"


def _published(
    key: ActivityKey, branches: tuple[Branch, ...]
) -> tuple[dict[str, Uncertain], dict[tuple[int, str], str], tuple[Text, ...]]:
    """Numbers with a printed interval, where each stands, and the names of those without one."""
    numbers: dict[str, Uncertain] = {}
    places: dict[tuple[int, str], str] = {}
    unknown: dict[str, Text] = {}
    for place, branch in enumerate(branches):
        for name, chosen in branch.parameters.items():
            if name not in branch.rule.parameters or _is_exact(chosen):
                continue
            term = branch.rule.term(name).name
            spread = _of(chosen)
            if spread is None:
                unknown[name] = term
                continue
            id_ = _id(key, name, chosen)
            share = branch.rule.parameters[name].unit == "1" and 0 < chosen.into("1") <= 1
            most = float(1 / chosen.into("1")) if share else np.inf
            numbers[id_], places[place, name] = Uncertain(id_, _named(key, chosen, term), spread, most), id_
    return numbers, places, tuple(unknown.values())


def _named(key: ActivityKey, chosen: Chosen, term: Text) -> Text:
    """The number with the item it is of, where the table has one for each."""
    source = SOURCES[key.source]
    of_item = chosen.dated is not None and key.item in chosen.dated.origin.split(".")
    if not of_item or key.item not in source.items:
        return term
    item = source.items[key.item].name
    return Text(f"{item.zh}的{term.zh}", f"{term.en}, {item.en}")


def _of(chosen: Chosen) -> Spread | None:
    dated = chosen.dated
    if dated is None or dated.low is None or dated.high is None:
        return None
    return spread_of_interval(float(dated.value), float(dated.low), float(dated.high))


def _is_exact(chosen: Chosen) -> bool:
    """A ratio of molar masses, a default of nothing, a count of days: no one measures it."""
    origin = chosen.dated.origin if chosen.dated else ""
    document = chosen.dated.source.document.en if chosen.dated else ""
    return origin.startswith("constants.") or document == "what stands where the row gives none"


def _id(key: ActivityKey, name: str, chosen: Chosen) -> str:
    if chosen.dated:
        return f"{chosen.dated.origin}:{chosen.dated.starts_on}:{chosen.dated.region}"
    return f"row:{key.source}:{key.item}:{name}:{chosen.value}:{chosen.unit}"


def _values(branch: Branch, moved: Mapping[str, Drawn | float]) -> dict[str, Drawn | float]:
    return {
        name: float(chosen.into(branch.rule.parameters[name].unit)) * moved.get(name, 1.0)
        for name, chosen in branch.parameters.items()
        if name in branch.rule.parameters
    }
