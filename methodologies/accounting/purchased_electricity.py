"""Scope 2: carbon dioxide of electricity bought, by location and by market."""

from typing import Any

from carbon import rules
from carbon.errors import N_, Problem
from carbon.parameters import Chosen, content_of, load, renamed
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.reported import reported
from methodologies.accounting.sources import Branch, Plan, items_of, per_written_unit, source
from methodologies.factors.places import REGIONS

_CONTENT = content_of(__package__, "purchased_electricity.toml")
_FACTORS = load("methodologies.factors", "electricity.toml", regions=REGIONS)
_NATION = "CN"


def co2_location(amount: Any, grid_factor: Any) -> Any:
    return amount * grid_factor


def co2_market(amount: Any, residual_factor: Any) -> Any:
    return amount * residual_factor


def co2_supplier(amount: Any, supplier_factor: Any) -> Any:
    return amount * supplier_factor


def co2_direct(amount: Any, direct_non_fossil_factor: Any) -> Any:
    return amount * direct_non_fossil_factor


RULE = rules.build(_CONTENT, [co2_location, co2_market, co2_supplier, co2_direct], id="purchased_electricity")


def plan(key: ActivityKey) -> Plan:
    """The chosen method's branch; the other one beside it where its factor exists.

    Raises:
        Problem: the unit is not one of energy, the method or table is unknown, or no factor holds then and there.
    """
    amount_per_unit = per_written_unit(key, "kWh")
    if key.item == "direct_non_fossil":
        zero = _FACTORS["direct_non_fossil"].at(key.month, _NATION)
        return Plan("kWh", amount_per_unit, (_branch("co2_direct", "direct_non_fossil_factor", zero),))
    method = key.method or "location"
    if method not in {"location", "market"}:
        raise Problem(
            N_("There is no method “{method}” for electricity: choose location (位置法) or market (市场法)."),
            method=key.method,
            at="method",
        )
    if method == "market":
        other, gaps = _if_any(_by_location, key)
        return Plan(
            "kWh", amount_per_unit, (_by_market(key),), gaps=gaps, alternatives=_named("location", other)
        )
    other, gaps = _if_any(_by_market, key)
    return Plan("kWh", amount_per_unit, (_by_location(key),), gaps=gaps, alternatives=_named("market", other))


def _by_location(key: ActivityKey) -> Branch:
    own = reported(key, "grid_factor", "kgCO2/kWh", _CONTENT["options"])
    if own:
        return _branch("co2_location", "grid_factor", own)
    if key.guide in {"", "MEE"}:
        return _branch(
            "co2_location", "grid_factor", _FACTORS["average"].at(key.month, key.region or _NATION)
        )
    if key.guide == "ETS":
        return _branch("co2_location", "grid_factor", _FACTORS["ets_default"].at(key.month, _NATION))
    raise Problem(
        N_("There is no table “{guide}” for electricity: choose one of {known}."),
        guide=key.guide,
        known=", ".join(_CONTENT["guides"]),
        at="guide",
    )


def _by_market(key: ActivityKey) -> Branch:
    if key.item == "certified":
        return _branch("co2_direct", "direct_non_fossil_factor", _certified(key))
    own = reported(key, "supplier_factor", "kgCO2/kWh", _CONTENT["options"])
    if own:
        return _branch("co2_supplier", "supplier_factor", own)
    residual = reported(key, "residual_factor", "kgCO2/kWh", _CONTENT["options"])
    if residual:
        return _branch("co2_market", "residual_factor", residual)
    return _branch("co2_market", "residual_factor", _FACTORS["residual"].at(key.month, _NATION))


def _certified(key: ActivityKey) -> Chosen:
    """The factor of certified power: the certificate's own, else that of power used directly from non-fossil plants.

    Raises:
        Problem: no certificate is named, so that it could be claimed twice.
    """
    if not key.override("certificate"):
        raise Problem(
            N_("Certified power needs the numbers of its certificates: give them in the column {column}."),
            column="certificate",
            at="certificate",
        )
    own = reported(key, "supplier_factor", "kgCO2/kWh", _CONTENT["options"])
    return own or _FACTORS["direct_non_fossil"].at(key.month, _NATION)


def _branch(step: str, parameter: str, chosen: Chosen) -> Branch:
    return Branch("CO2", RULE, step, {parameter: renamed(chosen, parameter)})


def _if_any(way: Any, key: ActivityKey) -> tuple[Branch | None, tuple[Text, ...]]:
    """The other method's branch, or the gap it leaves; the row's own mistakes still surface."""
    try:
        return way(key), ()
    except Problem as problem:
        if problem.at != "period":
            raise
        name = "市场法" if way is _by_market else "位置法"
        english = "market-based" if way is _by_market else "location-based"
        return None, (
            Text(
                f"{name}结果缺少该时期的因子，未列出",
                f"no factor for the {english} result then; it is not shown",
            ),
        )


def _named(method: str, branch: Branch | None) -> dict[str, tuple[Branch, ...]]:
    return {method: (branch,)} if branch else {}


SOURCE = source(
    _CONTENT,
    id="purchased_electricity",
    plan=plan,
    items=items_of(_CONTENT, "purchased_electricity"),
    rules=(RULE,),
    guides={id_: Text.of(table, id_) for id_, table in _CONTENT["guides"].items()},
)
