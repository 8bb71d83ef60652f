"""Financed emissions of any asset class by PCAF, Part A: the share, the emissions, the option and its score.

Classes, denominators, options and scores are data (pcaf.toml). Amounts are in one currency, emissions in tCO2e. A
position that lacks a figure is a gap with its reason, never a zero; a share above one is flagged, never capped, but
for sub-sovereign debt and pools of collateral, where the standard caps it.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from carbon.errors import N_, Problem
from carbon.text import Text

Figures = Mapping[str, Fraction]
_WORDS = {
    "id",
    "name",
    "asset_class",
    "verified",
    "distance_source",
    "vehicle_known",
    "emissions_basis",
    "option",
    "sector",
}
_CAPPED = {"sub-sovereign-debt", "securitisation"}


@dataclass(frozen=True)
class OptionOf:
    """One row of the class-by-option table."""

    id: str
    score: int
    needs: Text


@dataclass(frozen=True)
class AssetClass:
    """A class of the standard."""

    id: str
    name: Text
    clause: str
    kind: str
    denominators: tuple[str, ...]
    options: tuple[OptionOf, ...]

    def option(self, option_id: str) -> OptionOf | None:
        """The option, or None where the class has none of that name."""
        return next((option for option in self.options if option.id == option_id), None)


@dataclass(frozen=True)
class Position:
    """A loan or holding as its fields say; `figures` are numbers, `words` everything else."""

    asset_class: AssetClass
    figures: Figures
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """What is missing, as an English template with its values."""

    code: str
    template: str
    values: dict[str, Any]

    def __str__(self) -> str:
        """The reason in English."""
        return self.template.format(**self.values)


@dataclass(frozen=True)
class Attributed:
    """A position's share of emissions in tCO2e, scopes 1 and 2 together and scope 3 apart.

    `share` is None where the option attributes by the outstanding itself. `better` names what would improve the score.
    """

    outstanding: Fraction
    share: Fraction | None
    denominator: str | None
    emissions_t: Fraction
    scope_3_t: Fraction | None
    score: Fraction
    option: str
    above_one: bool
    apart_t: dict[str, Fraction]
    undrawn_t: Fraction | None
    better: tuple[OptionOf, ...]
    formula: str


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("pcaf.toml").read_text("utf-8"))


def document() -> Text:
    """The standard, with its edition."""
    return Text.of(_content()["documents"]["pcaf"], "documents.pcaf")


@cache
def classes() -> dict[str, AssetClass]:
    """All asset classes by id."""
    return {
        name: AssetClass(
            name,
            Text.of(table, name),
            table["clause"],
            table["kind"],
            tuple(table["denominators"]),
            tuple(
                OptionOf(option, row["score"], Text.of(row, f"{name}.{option}"))
                for option, row in table.get("options", {}).items()
            ),
        )
        for name, table in _content()["classes"].items()
    }


@cache
def _class_names() -> dict[str, str]:
    names = {}
    for name, table in _content()["classes"].items():
        for spelling in (name, table["zh"], table["en"], *table["aliases"]):
            names[_plain(spelling)] = name
    return names


@cache
def _field_names() -> dict[str, str]:
    return {_plain(name): known for known, names in _content()["fields"].items() for name in names}


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").casefold().split())


def position_of(values: Mapping[str, Any]) -> Position:
    """A position from the fields of a file, by any known spelling.

    Raises:
        Problem: no class or outstanding, or a figure that is no number; `at` names the field.
    """
    figures: dict[str, Fraction] = {}
    words: dict[str, str] = {}
    for name, value in values.items():
        known = _field_names().get(_plain(str(name)))
        if known is None or value is None or value == "":
            continue
        if known in _WORDS:
            words[known] = str(value).strip()
        else:
            figures[known] = _number(value, known)
    asked = words.get("asset_class", "business-loans")
    found = _class_names().get(_plain(asked))
    if found is None:
        raise Problem(
            N_("{value} is no asset class; use one of {known}."),
            at="asset_class",
            value=asked[:60],
            known=", ".join(classes()),
        )
    if "outstanding" not in figures:
        raise Problem(N_("The position has no outstanding amount."), at="outstanding")
    return Position(classes()[found], figures, words)


def _number(value: Any, name: str) -> Fraction:
    text = str(value).strip().removesuffix("%").replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10**18 or number.as_tuple().exponent < -18:  # type: ignore[operator]
        raise Problem(N_("{value} is no number."), at=name, value=str(value)[:40])
    return Fraction(number)


def attribute(position: Position) -> Attributed | Gap:
    """The position's financed emissions, or what is missing for them."""
    kind = position.asset_class.kind
    if kind == "structure":
        return _structure(position)
    candidates = _CANDIDATES[kind]
    asked = position.words.get("option")
    if asked is not None:
        if position.asset_class.option(asked) is None:
            return Gap("option", N_("The class has no option {option}."), {"option": asked})
        candidates = tuple(one for one in candidates if one[0] == asked)
    for option_id, formula, estimate in candidates:
        option = position.asset_class.option(option_id)
        found = estimate(position) if option else None
        if found is None and asked is not None and (whole := _reported_sum(position)) is not None:
            found = (whole, True)
        if option and found is not None:
            return _finished(position, option, formula, found)
    return _missing(position)


Estimate = tuple[Fraction, bool]
"""tCO2e of the borrower, and whether the outstanding still has to be attributed."""


def _of(position: Position, *names: str) -> tuple[Fraction, ...] | None:
    found = [position.figures.get(name) for name in names]
    return (
        None
        if any(value is None for value in found)
        else tuple(value for value in found if value is not None)
    )


def _product(*names: str) -> Callable[[Position], Estimate | None]:
    def estimate(position: Position) -> Estimate | None:
        known = _of(position, *names)
        if known is None:
            return None
        total = Fraction(1)
        for value in known:
            total *= value
        return total, True

    return estimate


def _reported_sum(position: Position) -> Fraction | None:
    given = position.figures
    if "emissions" in given:
        return given["emissions"]
    if "scope_1" in given or "scope_2" in given:
        return given.get("scope_1", Fraction(0)) + given.get("scope_2", Fraction(0))
    return None


def _is(position: Position, word: str) -> bool:
    return position.words.get(word, "").casefold() in {"true", "yes", "1", "y", "是", "verified", "已核查"}


def _verified(position: Position) -> Estimate | None:
    found = _reported_sum(position)
    wanted = position.words.get("option") == "1a" or _is(position, "verified")
    return (found, True) if found is not None and wanted and not _from_activity(position) else None


def _unverified(position: Position) -> Estimate | None:
    found = _reported_sum(position)
    return (found, True) if found is not None and not _from_activity(position) else None


def _from_activity(position: Position) -> bool:
    """Emissions given as computed from energy or production keep that option's score."""
    return position.words.get("emissions_basis", "reported") != "reported"


def _basis(word: str) -> Callable[[Position], Estimate | None]:
    def estimate(position: Position) -> Estimate | None:
        found = _reported_sum(position)
        asked = position.words.get("emissions_basis") == word or position.words.get("option") in _BASES[word]
        return (found, True) if found is not None and asked else None

    return estimate


_BASES = {
    "energy": {"2a", "2"},
    "production": {"2b"},
    "revenue": {"3a", "3"},
    "proxy": {"3b", "4a"},
    "proxy-2": {"4b"},
}


def _energy(position: Position) -> Estimate | None:
    given = position.figures
    if "energy_emissions" in given:
        return given["energy_emissions"] + given.get("process_emissions", Fraction(0)), True
    known = _of(position, "energy", "energy_factor")
    if known is None:
        return _basis("energy")(position)
    return known[0] * known[1] + given.get("process_emissions", Fraction(0)), True


def _either(*several: Callable[[Position], Estimate | None]) -> Callable[[Position], Estimate | None]:
    def estimate(position: Position) -> Estimate | None:
        return next((found for one in several if (found := one(position)) is not None), None)

    return estimate


def _by_asset(position: Position) -> Estimate | None:
    known = _of(position, "outstanding", "asset_factor")
    return None if known is None else (known[0] * known[1], False)


def _by_turnover(position: Position) -> Estimate | None:
    known = _of(position, "outstanding", "asset_turnover", "revenue_factor")
    return None if known is None else (known[0] * known[1] * known[2], False)


def _driven(sources: set[str], *, known: bool | None = None) -> Callable[[Position], Estimate | None]:
    def estimate(position: Position) -> Estimate | None:
        source = position.words.get("distance_source", "actual")
        model = position.words.get("vehicle_known", "model").casefold()
        fits = {
            True: model in {"model", "true", "yes", "是"},
            False: model in {"type", "类型"},
            None: model in {"average", "no", "false", "否"},
        }
        if position.words.get("option") is None and (source not in sources or not fits[known]):
            return None
        return _product("distance", "efficiency", "fuel_factor")(position)

    return estimate


_STATISTICS = {"local", "regional", "statistics"}
_CANDIDATES: dict[str, tuple[tuple[str, str, Callable[[Position], Estimate | None]], ...]] = {
    "company": (
        ("1a", "outstanding / {denominator} × verified emissions", _verified),
        ("1b", "outstanding / {denominator} × reported emissions", _unverified),
        ("2a", "outstanding / {denominator} × (energy × factor + process emissions)", _energy),
        ("2b", "outstanding / {denominator} × production × factor",
         _either(_product("production", "production_factor"), _basis("production"))),
        ("3a", "outstanding / {denominator} × revenue × sector factor",
         _either(_product("revenue", "revenue_factor"), _basis("revenue"))),
        ("3b", "outstanding × sector factor per asset", _by_asset),
        ("3c", "outstanding × asset turnover × sector factor per revenue", _by_turnover),
    ),
    "building": (
        ("1a", "outstanding / {denominator} × energy × supplier factor", _product("energy", "supplier_factor")),
        ("1b", "outstanding / {denominator} × energy × average factor", _product("energy", "energy_factor")),
        ("2a", "outstanding / {denominator} × floor area × labelled energy × factor",
         _product("floor_area", "labelled_energy_per_area", "energy_factor")),
        ("2b", "outstanding / {denominator} × floor area × statistical energy × factor",
         _product("floor_area", "statistical_energy_per_area", "energy_factor")),
        ("3", "outstanding / {denominator} × buildings × energy × factor",
         _product("buildings", "energy_per_building", "energy_factor")),
        ("1a", "outstanding / {denominator} × emissions", _verified),
        ("1b", "outstanding / {denominator} × emissions", _unverified),
    ),
    "vehicle": (
        ("1a", "outstanding / {denominator} × fuel × factor", _product("fuel_used", "fuel_factor")),
        ("1b", "outstanding / {denominator} × distance × efficiency × factor", _driven({"actual"}, known=True)),
        ("2a", "outstanding / {denominator} × local distance × efficiency × factor", _driven({"local"}, known=True)),
        ("2b", "outstanding / {denominator} × regional distance × efficiency × factor",
         _driven({"regional", "statistics"}, known=True)),
        ("3a", "outstanding / {denominator} × distance × efficiency of the type × factor",
         _driven(_STATISTICS | {"actual"}, known=False)),
        ("3b", "outstanding / {denominator} × distance × average efficiency × factor", _driven(_STATISTICS | {"actual"})),
        ("1a", "outstanding / {denominator} × emissions", _verified),
        ("1b", "outstanding / {denominator} × emissions", _unverified),
    ),
    "state": (
        ("1a", "exposure / {denominator} × territorial emissions", _verified),
        ("1b", "exposure / {denominator} × territorial emissions", _unverified),
        ("2", "exposure / {denominator} × territorial emissions", _energy),
        ("3a", "exposure / {denominator} × territorial emissions", _basis("revenue")),
        ("3", "exposure / {denominator} × territorial emissions", _basis("revenue")),
        ("3b", "exposure / {denominator} × territorial emissions", _basis("proxy")),
        ("4a", "exposure / {denominator} × territorial emissions", _basis("proxy")),
        ("4b", "exposure / {denominator} × territorial emissions", _basis("proxy-2")),
    ),
}  # fmt: skip


def denominator_of(position: Position) -> tuple[str, Fraction] | None:
    """What the outstanding is divided by: the first of the class's denominators that is known.

    Negative equity counts as zero (section 5.2).
    """
    given = position.figures
    for name in position.asset_class.denominators:
        if name in given:
            return name, given[name]
        if name == "equity_and_debt" and "debt" in given and "equity" in given:
            return name, max(given["equity"], Fraction(0)) + given["debt"]
    return None


def _finished(position: Position, option: OptionOf, formula: str, found: Estimate) -> Attributed | Gap:
    given, (emissions, attributed) = position.figures, found
    outstanding = given["outstanding"]
    share: Fraction | None = None
    name: str | None = None
    if attributed:
        base = denominator_of(position)
        if base is None and position.asset_class.kind == "vehicle":
            base = ("vehicle_value", outstanding or Fraction(1))
        if base is None or base[1] <= 0:
            return Gap(
                "denominator",
                N_("The share needs {names} above zero."),
                {"names": " / ".join(position.asset_class.denominators)},
            )
        name, share = base[0], outstanding / base[1]
        if position.asset_class.id in _CAPPED:
            share = min(share, Fraction(1))
    factor = Fraction(1) if share is None else share
    apart = {
        key: given[key] * factor
        for key in (
            "avoided_emissions",
            "removals",
            "credits_retired",
            "credits_generated",
            "emissions_with_land_use",
        )
        if key in given
    }
    commitment = given.get("commitment")
    undrawn = None
    if commitment is not None and share is not None and outstanding:
        undrawn = (commitment - outstanding) / (outstanding / share) * emissions
    return Attributed(
        outstanding=outstanding,
        share=share,
        denominator=name,
        emissions_t=emissions * factor,
        scope_3_t=given["scope_3"] * factor if "scope_3" in given else None,
        score=Fraction(option.score),
        option=option.id,
        above_one=share is not None and share > 1,
        apart_t=apart,
        undrawn_t=undrawn,
        better=tuple(one for one in position.asset_class.options if one.score < option.score),
        formula=formula.format(denominator=(name or "").replace("_", " ")),
    )


def _structure(position: Position) -> Attributed | Gap:
    """Bonds for a purpose and securitisations: the share of the structure's own financed emissions and score."""
    given, name = position.figures, position.asset_class.denominators[0]
    known = _of(position, name, "pool_emissions", "score")
    if known is None or known[0] <= 0:
        return Gap(
            "structure",
            N_("The structure needs {names}: its size, its financed emissions and its score."),
            {"names": f"{name}, pool_emissions, score"},
        )
    share = given["outstanding"] / known[0]
    if position.asset_class.id in _CAPPED:
        share = min(share, Fraction(1))
    allocated = given.get("allocation_percent", Fraction(100)) / 100
    return Attributed(
        outstanding=given["outstanding"] * allocated,
        share=share,
        denominator=name,
        emissions_t=share * known[1],
        scope_3_t=None,
        score=known[2],
        option="-",
        above_one=share > 1,
        apart_t={},
        undrawn_t=None,
        better=(),
        formula=f"outstanding / {name.replace('_', ' ')} × financed emissions of the structure",
    )


def _missing(position: Position) -> Gap:
    last = position.asset_class.options[-1]
    return Gap(
        "emissions",
        N_("Nothing says what was emitted; at the least: {needs}."),
        {"needs": last.needs},
    )


def weighted_score(parts: Iterable[tuple[Fraction, Fraction]]) -> Fraction | None:
    """Scores weighted by outstanding (section 6.2); None where nothing is outstanding."""
    known = list(parts)
    total = sum((outstanding for outstanding, _ in known), Fraction(0))
    return sum((o * s for o, s in known), Fraction(0)) / total if total > 0 else None
