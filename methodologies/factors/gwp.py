"""Warming potentials of a hundred years, and refrigerant blends by their components."""

from fractions import Fraction
from functools import cache

from carbon.errors import N_, Problem
from carbon.gases import CO2E, GWP_SETS, gases
from carbon.parameters import Chosen, Parameter, content_of, load, read
from carbon.text import Text

_PACKAGE = "methodologies.factors"
_VALUES = load(_PACKAGE, "gwp.toml")
_BLENDS = content_of(_PACKAGE, "blends.toml")
_SHARES = read({key: table for key, table in _BLENDS.items() if key != "names"}, where="blends.toml")

BLEND_NAMES = {id_: Text.of(entry, id_) for id_, entry in _BLENDS["names"].items()}


def components(blend: str) -> dict[str, Parameter]:
    """The mass share of each gas in a blend; empty if it is no blend."""
    return {id_.partition(".")[2]: share for id_, share in _SHARES.items() if id_.partition(".")[0] == blend}


def gwp_chosen(gas: str, gwp_set: str) -> Chosen:
    """The warming potential of one gas with its source.

    Raises:
        Problem: no such set or gas, or the report gives the gas no value.
    """
    if gwp_set not in GWP_SETS:
        raise Problem(
            N_("There is no GWP set “{gwp_set}”: choose one of {known}."),
            gwp_set=gwp_set,
            known=", ".join(GWP_SETS),
        )
    parameter = _VALUES.get(f"{gwp_set}.{gas}")
    if parameter is None:
        if gas not in gases() and gas not in BLEND_NAMES:
            raise Problem(N_("There is no gas “{gas}” here."), gas=gas)
        raise Problem(
            N_(
                "{gwp_set} gives no warming potential for {gas}: choose another report, or leave the gas apart."
            ),
            gwp_set=gwp_set,
            gas=gas,
        )
    return parameter.at(parameter.values[-1].starts_on)


@cache
def gwp(gas: str, gwp_set: str) -> Fraction:
    """How many kg CO2e a kg weighs of a gas or blend in SAR, AR4, AR5 or AR6; a blend weighs as its components.

    Raises:
        Problem: as `gwp_chosen`.
    """
    if gas == CO2E:
        return Fraction(1)
    shares = components(gas)
    if shares:
        return sum(
            (
                share.at(share.values[-1].starts_on).into("1") * gwp(part, gwp_set)
                for part, share in shares.items()
            ),
            Fraction(0),
        )
    return gwp_chosen(gas, gwp_set).value
