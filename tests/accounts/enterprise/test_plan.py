"""Targets against what was reported, and measures in the order in which they pay."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.enterprise.measures import abatement_curve, list_measures, record_measure
from accounts.enterprise.profile import record_year
from accounts.enterprise.submissions import submit_file
from accounts.enterprise.targets import list_targets, set_target, withdraw_target
from carbon.errors import NotFound, Problem
from tests.accounts.enterprise.conftest import csv

ROWS = (
    "2023-05,南厂,固定燃烧,天然气,1000,立方米,A",
    "2024-05,南厂,固定燃烧,天然气,950,立方米,B",
    "2024-05,南厂,价值链排放,类别6 商务旅行,1,t,C",
)
TARGET = {"name": "2030减排", "kind": "absolute", "scopes": "1+2", "base_year": 2023, "target_year": 2025}
MEASURE = {"starts_on": date(2026, 1, 1), "lifetime_years": 5, "yearly_cost_fen": 0}


async def test_a_target_compares_each_reported_year_with_its_path(enterprise, bank):
    await submit_file(enterprise, file_name="a.csv", content=csv(*ROWS[:2]))
    target = await set_target(enterprise, **TARGET, reduction_percent=Decimal(20))
    first, second, last = target.points
    assert first.path == first.actual
    assert abs(last.path - first.path * 8 / 10) < 1
    assert abs(second.actual / first.actual - Decimal("0.95")) < Decimal("1e-6")
    assert target.on_track is False
    assert target.lag_percent == Decimal("5.6")
    stricter = await set_target(enterprise, **TARGET, reduction_percent=Decimal(5))
    assert stricter.on_track is True
    assert [
        one.reduction_percent for one in await list_targets(enterprise, enterprise_id=enterprise.tenant_id)
    ] == [5]
    with pytest.raises(NotFound):
        await list_targets(bank, enterprise_id=enterprise.tenant_id)
    await withdraw_target(enterprise, name=TARGET["name"])
    assert await list_targets(enterprise, enterprise_id=enterprise.tenant_id) == []


async def test_an_intensity_target_divides_by_value_added(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=csv(*ROWS[:2]))
    for year, value_added in ((2023, 10**9), (2024, 2 * 10**9)):
        await record_year(
            enterprise,
            year=year,
            value_added_fen=value_added,
            main_income_fen=None,
            total_equity_and_debt_fen=None,
        )
    target = await set_target(enterprise, **{**TARGET, "kind": "intensity"}, reduction_percent=Decimal(10))
    assert abs(target.points[1].actual / target.points[0].actual - Decimal("0.475")) < Decimal("0.0001")
    assert target.on_track


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_year": 2010},
        {"target_year": 2023},
        {"kind": "wish"},
        {"scopes": "4"},
        {"reduction_percent": Decimal(0)},
        {"reduction_percent": Decimal("NaN")},
        {"name": " "},
    ],
)
async def test_a_target_that_cannot_be_is_refused_with_its_field(enterprise, wrong):
    await submit_file(enterprise, file_name="a.csv", content=csv(*ROWS[:2]))
    with pytest.raises(Problem) as told:
        await set_target(enterprise, **{**TARGET, "reduction_percent": Decimal(20), **wrong})
    assert told.value.at in wrong


async def test_measures_are_ranked_by_what_a_tonne_costs_and_dropped_ones_left_out(
    enterprise, other_enterprise
):
    dear = await record_measure(
        enterprise,
        name="余热回收",
        capital_fen=10**8,
        yearly_saving_fen=0,
        avoided_mg_per_year=10**11,
        **MEASURE,
    )
    paying = await record_measure(
        enterprise,
        name="换LED",
        capital_fen=10**6,
        yearly_saving_fen=10**6,
        avoided_mg_per_year=5 * 10**9,
        **MEASURE,
    )
    several = await list_measures(enterprise, enterprise_id=enterprise.tenant_id)
    curve = abatement_curve(several, Decimal(0))
    assert [step.number for step in curve.steps] == [paying.number, dear.number]
    assert curve.steps[0].fen_per_t == Decimal(-160000)
    assert (curve.paying_t, curve.avoided_t) == (5, 105)
    await record_measure(
        enterprise, number=dear.number, name="余热回收", status="dropped", capital_fen=10**8, yearly_saving_fen=0,
        avoided_mg_per_year=10**11, **MEASURE,
    )  # fmt: skip
    several = await list_measures(enterprise, enterprise_id=enterprise.tenant_id)
    assert len(several) == 2
    assert [step.number for step in abatement_curve(several, Decimal(5)).steps] == [paying.number]
    with pytest.raises(NotFound):
        await list_measures(other_enterprise, enterprise_id=enterprise.tenant_id)
    with pytest.raises(NotFound):
        await record_measure(
            other_enterprise,
            number=1,
            name="x",
            capital_fen=0,
            yearly_saving_fen=0,
            avoided_mg_per_year=1,
            **MEASURE,
        )
