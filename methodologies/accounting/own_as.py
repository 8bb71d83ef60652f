"""A row's own emission factor where the source's formula goes on from it: nitric acid with abatement, carbonates of a purity.

The factor then stands in the formula's place for it, instead of replacing the formula.
"""

from dataclasses import replace

from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.reported_factor import COMPANIONS, GASES
from methodologies.accounting.sources import Source


def with_factors_as_options(key: ActivityKey, source: Source) -> ActivityKey:
    """The same activity, its own factors under the names the formula has for them; unchanged where that says nothing more.

    Only where every factor has such a place and the row gives another value of the formula.
    """
    given = {name: value for name, value in key.overrides if name in GASES and value.strip()}
    places = {name: source.own_as.get(GASES[name], source.own_as.get("any", "")) for name in given}
    further = [
        name
        for name, value in key.overrides
        if name in source.options and name not in {*COMPANIONS, *places.values()} and value.strip()
    ]
    if not given or not further or not all(places.values()) or len(set(places.values())) < len(given):
        return key
    unit = key.override("factor_unit")
    moved = {
        places[name]: f"{value} {unit}" if unit and value.strip()[-1:].isdigit() else value
        for name, value in given.items()
    }
    kept = {name: value for name, value in key.overrides if name not in {*given, "factor_unit", *moved}}
    return replace(key, overrides=tuple(sorted((kept | moved).items())))
