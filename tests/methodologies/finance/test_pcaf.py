from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from methodologies.finance.domestic_financed import Share, quality_class, share_of
from methodologies.finance.pcaf import Attributed, Gap, attribute, classes, position_of, weighted_score

COMPANY = {"outstanding": 2_000_000, "equity": 5_000_000, "debt": 3_000_000}
HOUSE = {"outstanding": 200_000, "property_value": 400_000}
CAR = {"outstanding": 10_000, "vehicle_value": 20_000, "fuel_factor": "0.0024"}


@pytest.mark.parametrize(
    ("asset_class", "values", "option", "score", "tonnes"),
    [
        ("5.1", {"outstanding": 10, "evic": 100, "emissions": 1000, "verified": "yes"}, "1a", 1, 100),
        ("business loan", COMPANY | {"scope1": 800, "scope2": 200}, "1b", 2, 250),
        ("企业贷款", COMPANY | {"energy": 1000, "energy_factor": "0.5", "process_emissions": 100}, "2a", 2, 150),
        ("business loans", COMPANY | {"production": 100, "production_factor": 8}, "2b", 3, 200),
        ("business loans", COMPANY | {"revenue": 10_000_000, "revenue_factor": "0.0002"}, "3a", 4, 500),
        ("business loans", {"outstanding": 1000, "asset_factor": "0.3"}, "3b", 5, 300),
        ("business loans", {"outstanding": 1000, "asset_turnover": 2, "revenue_factor": "0.1"}, "3c", 5, 200),
        ("project finance", {"outstanding": 40, "project_value": 100, "emissions": 50}, "1b", 2, 20),
        ("mortgages", HOUSE | {"energy": 10_000, "supplier_factor": "0.0004"}, "1a", 1, 2),
        ("cre", HOUSE | {"floor_area": 100, "labelled_energy_per_area": 80, "energy_factor": "0.001"}, "2a", 3, 4),
        ("cre", HOUSE | {"floor_area": 100, "energy_per_area": 80, "energy_factor": "0.001"}, "2b", 4, 4),
        ("mortgage", HOUSE | {"buildings": 1, "energy_per_building": 8000, "energy_factor": "0.001"}, "3", 5, 4),
        ("car loan", CAR | {"fuel_used": 1000}, "1a", 1, Fraction("1.2")),
        ("车贷", CAR | {"distance": 10_000, "efficiency": "0.08"}, "1b", 1, Fraction("0.96")),
        ("car loan", CAR | {"distance": 10_000, "efficiency": "0.08", "distance_source": "local"}, "2a", 2, Fraction("0.96")),
        ("car loan", CAR | {"distance": 10_000, "efficiency": "0.08", "distance_source": "regional"}, "2b", 3, Fraction("0.96")),
        ("car loan", CAR | {"distance": 10_000, "efficiency": "0.08", "vehicle_known": "type"}, "3a", 4, Fraction("0.96")),
        ("car loan", CAR | {"distance": 10_000, "efficiency": "0.08", "vehicle_known": "average"}, "3b", 5, Fraction("0.96")),
        ("sovereign debt", {"exposure": 10, "ppp_gdp": 1000, "emissions": 500, "verified": "true"}, "1a", 1, 5),
        ("sub-sovereign debt", {"exposure": 10, "ppp_gdp": 1000, "emissions": 500, "option": "4b"}, "4b", 5, 5),
        ("ABS", {"outstanding": 10, "deal_outstanding": 100, "pool_emissions": 70, "score": 3}, "-", 3, 7),
    ],
)  # fmt: skip
def test_every_class_and_option_by_hand(asset_class, values, option, score, tonnes):
    found = attribute(position_of({"asset_class": asset_class, **values}))
    assert isinstance(found, Attributed), str(found)
    assert (found.option, found.score, found.emissions_t) == (option, score, tonnes)


def test_negative_equity_counts_as_nothing():
    found = attribute(position_of({"outstanding": 50, "equity": -300, "debt": 100, "emissions": 10}))
    assert isinstance(found, Attributed)
    assert found.share == Fraction(1, 2)


def test_a_share_above_one_is_flagged_and_capped_only_where_the_standard_says():
    above = attribute(position_of({"outstanding": 300, "equity_and_debt": 200, "emissions": 10}))
    capped = attribute(
        position_of({"asset_class": "sub-sovereign debt", "outstanding": 3, "ppp_gdp": 2, "emissions": 10})
    )
    assert isinstance(above, Attributed)
    assert isinstance(capped, Attributed)
    assert (above.above_one, above.emissions_t, capped.above_one, capped.emissions_t) == (True, 15, False, 10)


def test_what_is_apart_is_never_netted():
    values = COMPANY | {"emissions": 1000, "avoided_emissions": 400, "removals": 8, "commitment": 3_000_000}
    found = attribute(position_of(values))
    assert isinstance(found, Attributed)
    assert (found.emissions_t, found.apart_t, found.undrawn_t) == (
        250,
        {"avoided_emissions": 100, "removals": 2},
        125,
    )


def test_a_gap_says_what_is_missing_and_is_not_zero():
    assert isinstance(attribute(position_of({"outstanding": 5})), Gap)
    told = attribute(position_of({"outstanding": 5, "emissions": 10}))
    assert isinstance(told, Gap)
    assert "equity_and_debt" in str(told)


def test_what_would_raise_the_score_is_told():
    found = attribute(position_of(COMPANY | {"revenue": 1, "revenue_factor": 1}))
    assert isinstance(found, Attributed)
    assert [better.id for better in found.better] == ["1a", "1b", "2a", "2b"]


@pytest.mark.parametrize(("values", "field"), [({"asset_class": "art", "outstanding": 1}, "asset_class"),
                                               ({"outstanding": "much"}, "outstanding"), ({"evic": 1}, "outstanding")])  # fmt: skip
def test_a_position_that_cannot_be_read_names_its_field(values, field):
    with pytest.raises(Problem) as caught:
        position_of(values)
    assert caught.value.at == field


def test_domestic_methods_divide_by_income_and_by_assets():
    position = position_of(
        COMPANY | {"main_income": 10_000_000, "total_assets": 8_000_000, "average_balance": 1_000_000}
    )
    pboc, guide = (share_of(method, position, Fraction(1000)) for method in ("pboc", "bank-guide"))
    assert isinstance(pboc, Share)
    assert isinstance(guide, Share)
    assert (pboc.emissions_t, guide.emissions_t) == (100, 125)
    quality = quality_class([(Fraction(100), Fraction(1)), (Fraction(100), Fraction(3))])
    assert quality is not None
    assert (quality[0], quality[1].zh) == (2, "好")


@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 5)), min_size=1, max_size=20))
def test_the_score_of_a_book_lies_between_its_loans(parts):
    score = weighted_score((Fraction(o), Fraction(s)) for o, s in parts)
    assert min(s for _, s in parts) <= score <= max(s for _, s in parts)


def test_the_table_has_every_class_of_the_standard():
    assert sorted(known.clause for known in classes().values()) == sorted(f"5.{n}" for n in range(1, 11))
    assert all(1 <= option.score <= 5 for known in classes().values() for option in known.options)
