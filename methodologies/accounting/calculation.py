"""From activities to whole milligrams of each gas.

Every rule here is linear in the amount, so it runs once for each distinct `ActivityKey`; the result is an exact
coefficient for each gas. A row is then amount × coefficient, rounded once, half to even (carbon.rounding).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from carbon import units
from carbon.confidence import Confidence
from carbon.errors import N_, Problem
from carbon.exact import Whole, multiply_round
from carbon.explanation import Explanation
from carbon.gases import CO2E, gases
from carbon.parameters import Chosen
from carbon.rounding import plain, round_mg
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey, ActivityRow, own_codes
from methodologies.accounting.catalogue import SOURCES, suggestions
from methodologies.accounting.multiplier import multiplied
from methodologies.accounting.own_as import with_factors_as_options
from methodologies.accounting.reported_factor import GASES, by_own_factors, gives_own_factors
from methodologies.accounting.reported_factor import SOURCE as OWN
from methodologies.accounting.sources import Branch, Plan, Source
from methodologies.factors.gwp import gwp, gwp_chosen
from methodologies.factors.library import parameters
from methodologies.factors.precedence import Standing, is_exact, standing

_MG_PER_T = 10**9
_MOST_DIGITS = 30


@dataclass(frozen=True)
class Coefficient:
    """What one written unit of an activity emits, exactly, and why.

    `gaps` names what could not be counted; `alternatives` holds other methods' coefficients (market-based electricity),
    which are shown beside and never added.
    """

    key: ActivityKey
    mg_per_unit: Mapping[str, Fraction]
    scope: int
    rule_version: str
    confidence: Confidence
    parameters_hash: str
    notes: tuple[Text, ...] = ()
    gaps: tuple[Text, ...] = ()
    alternatives: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)

    @cached_property
    def explanation(self) -> Explanation:
        """How one written unit comes to emit this; made when first asked for."""
        source, plan = planned(self.key)
        return _explanation(self.key, source, plan, Fraction(1), self.standings)

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """For each number used, the step of the ladder it stands on and what it displaced."""
        return _standings(self.key, planned(self.key)[1])


@dataclass(frozen=True)
class Emission:
    """Whole milligrams of each gas from one activity."""

    row: ActivityRow
    scope: int
    mg: Mapping[str, int]
    coefficient: Coefficient


@lru_cache(maxsize=65_536)
def coefficient(key: ActivityKey) -> Coefficient:
    """The exact emission of one written unit of an activity.

    Raises:
        Problem: unknown source or item, a unit of the wrong dimension, a day or place without a value, or a value in
            the row that cannot be used.
    """
    source, plan = planned(key)
    numbers = [chosen for branch in plan.branches for chosen in branch.parameters.values()]
    return Coefficient(
        key=key,
        mg_per_unit=_masses(plan, plan.branches),
        scope=_scope(key, source),
        rule_version=_versions(plan.branches),
        confidence=Confidence.weakest(chosen.confidence for chosen in numbers),
        parameters_hash=_hash(plan),
        notes=plan.notes,
        gaps=plan.gaps,
        alternatives={method: _masses(plan, branches) for method, branches in plan.alternatives.items()},
    )


def calculate(rows: Sequence[ActivityRow]) -> list[Emission | Problem]:
    """Each row's emission, or what is wrong with it, in the same order."""
    return [_one(row) for row in rows]


def calculate_columns(
    keys: Sequence[ActivityKey], codes: npt.NDArray[np.intp], amounts: Whole, *, scale: int
) -> dict[str, Whole]:
    """Whole milligrams of each gas for many rows: row i is amounts[i] / 10^scale of the activity keys[codes[i]].

    Equal to `calculate` in every milligram; a row whose activity does not emit a gas has 0 there.

    Raises:
        Problem: one of the keys cannot be computed; ask `coefficient` for each first to sort such rows out.
        OverflowError: a mass does not fit 64 bits.
    """
    found = [coefficient(key).mg_per_unit for key in keys]
    gases_found = sorted({gas for masses in found for gas in masses})
    return {
        gas: multiply_round(amounts, codes, [masses.get(gas, Fraction(0)) for masses in found], scale=scale)
        for gas in gases_found
    }


def explain(key: ActivityKey, amount: Decimal, gwp_set: str) -> Explanation:
    """How the CO2 equivalent of an activity comes to be, down to every number's source.

    Raises:
        Problem: as `coefficient`; or a gas has no warming potential in `gwp_set`.
    """
    source, plan = planned(key)
    by_gas = _explanation(key, source, plan, Fraction(amount))
    children = tuple(_weighed(child, gwp_set) for child in by_gas.children)
    counted = [child for child in children if gases()[child.children[0].id].in_kyoto_basket]
    words = [child.numbers or "" for child in counted]
    return Explanation(
        id="co2e",
        name=Text(
            f"{by_gas.name.zh}：二氧化碳当量（{gwp_set}）", f"{by_gas.name.en}: CO2 equivalent ({gwp_set})"
        ),
        value=sum((child.value for child in counted), Fraction(0)),
        unit="tCO2e",
        formula=Text(
            "各气体质量 × 全球变暖潜势，求和", "the mass of each gas × its warming potential, summed"
        ),
        numbers=" + ".join(words) or "0",
        notes=by_gas.notes,
        children=children,
    )


def co2e_mg(masses: Mapping[str, int], gwp_set: str) -> int:
    """Milligrams of CO2 equivalent of masses of gases in milligrams, rounded once.

    Gases outside the Kyoto basket (HCFC-22 and its like) are for information and not in the total.

    Raises:
        Problem: a gas has no warming potential in `gwp_set`.
    """
    counted = {gas: mass for gas, mass in masses.items() if gases()[gas].in_kyoto_basket}
    return round_mg(sum((mass * gwp(gas, gwp_set) for gas, mass in counted.items()), Fraction(0)))


def _one(row: ActivityRow) -> Emission | Problem:
    if not row.amount.is_finite() or row.amount < 0 or abs(row.amount.adjusted()) > _MOST_DIGITS:
        template = N_("The amount {amount} is not usable: give a number of zero or more.")
        return Problem(template, amount=str(row.amount)[:40], at="amount")
    try:
        found = coefficient(row.key)
    except Problem as problem:
        return problem
    amount = Fraction(row.amount)
    masses = {gas: round_mg(amount * per_unit) for gas, per_unit in found.mg_per_unit.items()}
    return Emission(row, found.scope, masses, found)


def planned(key: ActivityKey) -> tuple[Source, Plan]:
    """The source of an activity and how it is computed.

    Raises:
        Problem: as `coefficient`.
    """
    source = SOURCES.get(key.source)
    if source is None:
        raise Problem(
            N_("There is no kind of source “{source}”. Did you mean {near}?"),
            source=key.source,
            near=", ".join(suggestions(key.source)) or ", ".join(SOURCES),
            at="source",
        )
    known = source.free_items or source.any_item or gives_own_factors(key) or key.item in source.items
    if not known:
        raise _no_item(key, source)
    key = with_factors_as_options(key, source)
    own = gives_own_factors(key) and not source.reads_factors
    if own and source.removes:
        raise Problem(
            N_("{source} lowers a total, so an emission factor cannot stand there: use {columns} instead."),
            source=source.name,
            columns=", ".join(source.options) or Text("公布值", "the published values"),
            at=next(name for name in GASES if key.override(name)),
        )
    try:
        begun = by_own_factors(key, dict(source.own_gases)) if own else source.plan(key)
    except Problem as problem:
        if problem.at == "item" and key.item not in source.items and not source.free_items:
            raise _no_item(key, source) from problem
        raise
    return source, multiplied(begun, key)


def _no_item(key: ActivityKey, source: Source) -> Problem:
    return Problem(
        N_("{source} has no item “{item}”. Did you mean {near}?"),
        source=source.name,
        item=key.item,
        near=", ".join(suggestions(key.item, key.source)) or ", ".join(source.items),
        at="item",
    )


def _scope(key: ActivityKey, source: Source) -> int:
    own = key.override("scope") if source.id == OWN.id or gives_own_factors(key) else None
    return int(own) if own in {"1", "2", "3"} else source.scope


def _masses(plan: Plan, branches: Sequence[Branch]) -> dict[str, Fraction]:
    masses: dict[str, Fraction] = {}
    for branch in branches:
        once, twice = (
            branch.rule.exactly(branch.step, {"amount": amount}, branch.parameters)[branch.step]
            for amount in (plan.per_written_unit, 2 * plan.per_written_unit)
        )
        if twice != 2 * once:
            raise TypeError(f"{branch.rule.id} is not linear in the amount: it cannot give a coefficient.")
        masses[branch.gas] = masses.get(branch.gas, Fraction(0)) + once * mg_in(branch)
    return masses


def mg_in(branch: Branch) -> Fraction:
    """Milligrams of the gas in one unit of the step that yields it."""
    unit = branch.rule.term(branch.step).unit
    own = f"mg{gases()[branch.gas].formula}"
    return units.to_unit(unit, own if units.is_unit(own) and not units.same_dimension(unit, "t") else "mg")


def _explanation(
    key: ActivityKey, source: Source, plan: Plan, amount: Fraction, levels: Sequence[Standing] | None = None
) -> Explanation:
    """By gas, without weighing: the tree kept with a coefficient."""
    item = source.items[key.item].name if key.item in source.items else Text(key.item, key.item)
    written = Text(f"填报 {plain(amount)} {key.unit}", f"reported as {plain(amount)} {key.unit}")
    inputs = {"amount": amount * plan.per_written_unit}
    children = []
    said = {(one.parameter, one.winner.value): (one.note,) for one in levels or _standings(key, plan)}
    for branch in plan.branches:
        beside = {
            name: said.get((name, plain(chosen.value)), ()) for name, chosen in branch.parameters.items()
        }
        told = branch.rule.explain(
            branch.step, inputs, branch.parameters, notes={**beside, "amount": (written,)}
        )
        mass_t = told.value * mg_in(branch) / _MG_PER_T
        children.append(
            Explanation(branch.gas, gases()[branch.gas].name, mass_t, f"t {branch.gas}", children=(told,))
        )
    return Explanation(
        id=source.id,
        name=Text(f"{source.name.zh}·{item.zh}", f"{source.name.en}, {item.en}"),
        value=amount,
        unit=key.unit,
        notes=(*plan.notes, *plan.gaps),
        children=tuple(children),
    )


def _weighed(child: Explanation, gwp_set: str) -> Explanation:
    weight = gwp(child.id, gwp_set)
    name = Text("全球变暖潜势", "warming potential")
    chosen = None if child.id == CO2E else gwp_chosen(child.id, gwp_set)
    potential = Explanation(f"gwp.{child.id}", name, weight, "kgCO2e/kg", chosen=chosen)
    return Explanation(
        id=f"co2e.{child.id}",
        name=Text(f"{child.name.zh}的二氧化碳当量", f"CO2 equivalent of {child.name.en}"),
        value=child.value * weight,
        unit="tCO2e",
        formula=Text(f"{child.name.zh} × 全球变暖潜势", f"{child.name.en} × warming potential"),
        numbers=f"{plain(child.value)} {child.unit} × {plain(weight)}",
        children=(child, potential),
    )


def _standings(key: ActivityKey, plan: Plan) -> tuple[Standing, ...]:
    """One for each distinct number of the plan; ratios of masses and definitions have no rival and no line."""
    used = {
        (name, chosen.value, chosen.unit): chosen
        for branch in plan.branches
        for name, chosen in branch.parameters.items()
        if not is_exact(chosen.dated)
    }
    published = _unmeasured(key) if any(chosen.dated is None for chosen in used.values()) else {}
    codes = own_codes(key)
    found = []
    for (name, *_), chosen in used.items():
        rivals = [published[name]] if name in published else []
        if chosen.dated is None and not rivals and name == "factor":
            rivals = [rival for rival in published.values() if not is_exact(rival.dated)]
        found.append(standing(name, chosen, rivals, parameters(), key.month, _own(name, chosen, codes)))
    return tuple(found)


def _unmeasured(key: ActivityKey) -> dict[str, Chosen]:
    """The numbers the activity would have, had its row given none; empty where a document gives none either."""
    source = SOURCES[key.source]
    kept = tuple(
        (name, value)
        for name, value in key.overrides
        if name in source.options and (source.options[name].choices or name.endswith("_year"))
    )
    try:
        plan = planned(replace(key, overrides=kept))[1]
    except Problem:
        return {}
    return {
        name: chosen
        for branch in plan.branches
        for name, chosen in branch.parameters.items()
        if chosen.dated is not None
    }


def _own(name: str, chosen: Chosen, codes: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Code and version of the own factor a number is; the factor of a gas stands under its unit's gas."""
    if chosen.dated is not None:
        return "", ""
    gas = next((column for column, id_ in GASES.items() if f"{id_}/" in f"{chosen.unit}/"), "")
    return codes.get(name) or codes.get(gas if name == "factor" else "") or ("", "")


def _versions(branches: Sequence[Branch]) -> str:
    return ";".join(dict.fromkeys(f"{branch.rule.id}@{branch.rule.version}" for branch in branches))


def _hash(plan: Plan) -> str:
    """A fingerprint of every number used, so that a result can be told from one made with others."""
    numbers = [
        [branch.gas, branch.rule.id, branch.rule.version, name, str(chosen.value), chosen.unit]
        for branch in plan.branches
        for name, chosen in sorted(branch.parameters.items())
    ]
    return hashlib.sha256(json.dumps([plan.unit, str(plan.per_written_unit), numbers]).encode()).hexdigest()
