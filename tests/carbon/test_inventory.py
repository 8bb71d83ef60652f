"""Sums by any of gas, scope, source, facility, month."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.inventory import DIMENSIONS, Entry, Inventory

ENTRIES = st.lists(
    st.builds(
        Entry,
        gas=st.sampled_from(["CO2", "CH4"]),
        mg=st.integers(0, 10**17),
        scope=st.sampled_from([1, 2, 3]),
        source=st.sampled_from(["fuel", "power"]),
        facility=st.sampled_from(["", "A"]),
        month=st.sampled_from([None, date(2024, 1, 1), date(2024, 2, 1)]),
    ),
    max_size=30,
)


@given(ENTRIES, st.sets(st.sampled_from(DIMENSIONS)), st.randoms())
def test_any_grouping_sums_to_the_whole_in_any_order(entries, names, random):
    shuffled = random.sample(entries, len(entries))
    grouped = Inventory.of(entries).by(*sorted(names))
    assert sum(grouped.values()) == sum(entry.mg for entry in entries)
    assert grouped == Inventory.of(shuffled).by(*sorted(names))


@given(ENTRIES, ENTRIES)
def test_two_inventories_add_to_the_inventory_of_both(some, others):
    assert (Inventory.of(some) + Inventory.of(others)).by("gas", "scope") == Inventory.of(some + others).by(
        "gas", "scope"
    )


def test_gases_stay_apart_in_a_group():
    inventory = Inventory.of(
        [Entry("CO2", 5, 1, "fuel"), Entry("CH4", 2, 1, "fuel"), Entry("CO2", 7, 2, "power")]
    )
    assert dict(inventory.gases_by("scope")) == {(1,): {"CO2": 5, "CH4": 2}, (2,): {"CO2": 7}}


def test_an_unknown_dimension_is_named():
    with pytest.raises(ValueError, match="No dimension colour"):
        Inventory().by("colour")
