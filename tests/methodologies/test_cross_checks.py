"""Where another package computes the same thing, ours is equal within 1e-6: bonsai_ipcc and atomic6ghg.

Not compared, since it is not the same thing: bonsai_ipcc's clinker by lime (0.43971 / 0.5603 in place of 44/56), its compost
(0.01 where IPCC 2006, Volume 5, equation 4.1 has 10⁻³), and atomic6ghg's CO2 equivalents, whose warming potentials are those of one year of EPA.
"""

import warnings
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methodologies.accounting.activity import ActivityKey, ActivityRow
from methodologies.accounting.calculation import calculate

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from atomic6ghg.factors import (
        mobile_combustion_co2_emission_factors,
        stationary_combustion_emission_factors,
    )
    from atomic6ghg.formulas import StationaryCombustion
    from bonsai_ipcc.agriculture.livestock_manure import elementary as animals
    from bonsai_ipcc.agriculture.soils import elementary as soils
    from bonsai_ipcc.industry.chemical import elementary as chemical
    from bonsai_ipcc.industry.metal import elementary as metal
    from bonsai_ipcc.waste.incineration import elementary as incineration
    from bonsai_ipcc.waste.swd import elementary as landfill
    from bonsai_ipcc.waste.wastewater import elementary as wastewater

AMOUNTS = st.floats(1, 1e5).map(lambda number: round(number, 3))
SHARES = st.floats(0.01, 0.99).map(lambda number: round(number, 4))
FACTORS = st.floats(0.01, 50).map(lambda number: round(number, 4))
FEW = settings(max_examples=10, deadline=None)


def kg(source, item, unit, amount, gas, year=2024, **own):
    overrides = tuple(sorted((name, str(value)) for name, value in own.items()))
    key = ActivityKey(source, item, unit, date(year, 1, 1), overrides=overrides)
    [found] = calculate([ActivityRow(key, Decimal(str(amount)))])
    assert not isinstance(found, Exception), str(found)
    return found.mg[gas] / 1e6


def same(ours, theirs):
    """Within 1e-6 relative, or the half milligram that rounding leaves."""
    assert ours == pytest.approx(float(theirs), rel=1e-6, abs=1e-6)


@FEW
@given(AMOUNTS, SHARES, SHARES, SHARES, SHARES, SHARES, SHARES)
def test_a_landfill_over_twelve_years_is_the_recursion_of_the_waste_model(
    waste, doc, docf, mcf, fraction, ox, recovered
):
    rate, left, ddoc = 0.09, 0.0, landfill.ddoc_from_wd_data(waste, doc, docf, mcf)
    left = landfill.ddoc_ma_t(ddoc, 0.0, rate)
    for year in range(2011, 2023):
        decomposed = landfill.ddoc_m_decomp_t(left, rate)
        made = landfill.ch4_generated(decomposed, fraction)
        theirs = landfill.ch4_emissions(made * (1 - recovered), ox, 0)
        own = {
            "deposit_year": 2010,
            "degradable_carbon": doc,
            "decomposing_share": docf,
            "methane_correction": mcf,
            "methane_in_gas": fraction,
            "oxidised_share": ox,
            "captured_share": recovered,
            "decay_rate": rate,
        }
        same(kg("landfill", "mixed", "t", waste, "CH4_biogenic", year, **own), theirs * 1000)
        left = landfill.ddoc_ma_t(0.0, left, rate)


@FEW
@given(AMOUNTS, SHARES, SHARES, SHARES, FACTORS, FACTORS)
def test_waste_that_is_burnt(waste_gg, carbon, fossil, oxidised, ch4, n2o):
    own = {"carbon_share": carbon, "fossil_share": fossil, "burnt_share": oxidised}
    own |= {"incineration_ch4": f"{ch4} kg/Gg", "incineration_n2o": f"{n2o} kg/Gg"}
    found = {
        gas: kg("waste_incineration", "other", "Gg", waste_gg, gas, **own) for gas in ("CO2", "CH4", "N2O")
    }
    same(found["CO2"], incineration.co2_emissions(waste_gg, 1.0, carbon, fossil, oxidised) * 1e6)
    same(found["CH4"], incineration.ch4_emissions(waste_gg, ch4) * 1e6)
    same(found["N2O"], incineration.n2o_emissions(waste_gg, n2o) * 1e6)


@FEW
@given(AMOUNTS, SHARES, SHARES)
def test_wastewater_of_industry(organics, capacity, correction):
    factor = wastewater.ef_ch4_ind(capacity, correction)
    theirs = wastewater.ch4_emissions_system_ind(organics, 0, factor, 0)
    ours = kg(
        "wastewater_methane",
        "other",
        "kg",
        organics,
        "CH4_biogenic",
        methane_capacity=capacity,
        methane_correction=correction,
    )
    same(ours, theirs)


@FEW
@given(AMOUNTS, SHARES)
def test_nitrogen_that_is_discharged(nitrogen, share):
    same(
        kg("wastewater_nitrous_oxide", "effluent", "kgN", nitrogen, "N2O", wastewater_n2o_share=share),
        wastewater.n2o_effluent(nitrogen, share * 44 / 28),  # its factor is kg N2O, ours the share of N2O-N
    )


@FEW
@given(st.integers(1, 10_000), st.floats(50, 500).map(lambda number: round(number, 2)), SHARES)
def test_enteric_methane_by_feed(heads, energy, share):
    theirs = heads * animals.ef_atier2_(energy, share)
    same(
        kg(
            "enteric_fermentation",
            "other",
            "head",
            heads,
            "CH4_biogenic",
            gross_energy=energy,
            methane_yield=share,
        ),
        theirs,
    )


@FEW
@given(st.integers(1, 10_000), FACTORS, SHARES, SHARES, FACTORS, SHARES, SHARES)
def test_manure(heads, solids, potential, conversion, nitrogen, direct, leached):
    own = {
        "manure_system": "pit",
        "volatile_solids": f"{solids} kg/head/day",
        "methane_potential": potential,
        "methane_conversion": conversion,
        "nitrogen_excreted": nitrogen,
        "system_n2o_share": direct,
        "manure_leached": leached,
    }
    same(
        kg("manure_management", "swine", "head", heads, "CH4_biogenic", **own),
        heads * animals.ef_mm(solids, potential, conversion, 1.0),
    )


@FEW
@given(AMOUNTS, SHARES)
def test_nitrogen_on_soil(nitrogen, share):
    theirs = soils.n2o_n_inputs(nitrogen, 0, 0, 0, share) * 44 / 28
    same(kg("soil_nitrous_oxide", "synthetic", "kgN", nitrogen, "N2O", soil_n2o_share=share), theirs)


@FEW
@given(AMOUNTS, SHARES)
def test_hfc23_of_hcfc22(tonnes, rate):
    theirs = chemical.tier1_e_hfc_23(rate, tonnes * 1000)
    same(
        kg(
            "hcfc22_production",
            "hcfc22",
            "t",
            tonnes,
            "HFC23",
            byproduct_rate=f"{rate} kg/kg",
            recovered_share=0,
        ),
        theirs,
    )


@FEW
@given(AMOUNTS, SHARES, SHARES, SHARES)
def test_aluminium_by_slope_and_by_anodes(tonnes, slope, minutes, ratio):
    own = {"cf4_slope": slope, "effect_minutes": minutes, "c2f6_ratio": ratio}
    cf4 = metal.e_cf4_tier2_3_(slope, minutes, tonnes)
    same(kg("aluminium_anode_effects", "aluminium", "t", tonnes, "CF4", **own), cf4)
    same(
        kg("aluminium_anode_effects", "aluminium", "t", tonnes, "C2F6", **own),
        metal.e_c2f6_tier2_3_(cf4, ratio),
    )
    ours = kg(
        "aluminium_anodes",
        "aluminium",
        "t",
        tonnes,
        "CO2",
        anode_use=0.42,
        anode_sulphur="2%",
        anode_ash="0.4%",
    )
    same(ours, metal.e_co2_anode(0.42, tonnes, 0.02, 0.004) * 1000)


@FEW
@given(AMOUNTS, FACTORS)
def test_metals_by_their_factor(tonnes, factor):
    same(
        kg("ferroalloy_production", "other", "t", tonnes, "CO2", process_factor=factor),
        metal.co2_ferroalloy_tier1_(tonnes, factor) * 1000,
    )
    same(
        kg("nonferrous_production", "other", "t", tonnes, "CO2", process_factor=factor),
        metal.e_co2_lead(tonnes, factor) * 1000,
    )
    same(
        kg("magnesium_cover_gas", "other", "t", tonnes, "SF6", sf6_factor=factor),
        metal.e_sf6_magnesium(tonnes, factor) * 1000,
    )


EPA_FUELS = {
    "bituminousCoal": "short ton",
    "anthraciteCoal": "short ton",
    "naturalGas": "scf",
    "kerosene": "gallon",
    "distillateFuelOilNo2": "gallon",
}
THEIR_UNITS = {"short ton": "shortTon", "scf": "scf", "gallon": "gallons"}


@pytest.mark.parametrize(("fuel", "unit"), EPA_FUELS.items())
def test_epa_stationary_combustion_with_its_factors_in_the_row(fuel, unit):
    row = {"fuelCombusted": fuel, "quantityCombusted": 12_345_000, "units": THEIR_UNITS[unit]}
    answer = StationaryCombustion({"stationarySourceFuelConsumption": [row]}).to_dict()
    emitted = answer["totalGhgEmissionsFromStationarySourceFuelCombustion"]
    theirs = next(each for each in emitted if each["fuelType"] == fuel)  # CO2 in kg, the others in g
    factors = stationary_combustion_emission_factors.factors[fuel]
    own = {
        "scope": 1,
        "factor_co2": f"{factors['CO2 Factor (kg / Unit)']} kg/{unit}",
        "factor_ch4": f"{factors['CH4 Factor (g / unit)']} g/{unit}",
        "factor_n2o": f"{factors['N2O Factor (g / unit)']} g/{unit}",
    }
    for gas, grams in (("CO2", 1000), ("CH4", 1), ("N2O", 1)):
        ours = kg("reported_factor", fuel, unit, 12_345_000, gas, **own)
        assert ours * 1000 == pytest.approx(theirs[gas] * grams, rel=1e-6)


@pytest.mark.parametrize(("fuel", "factor"), list(mobile_combustion_co2_emission_factors.factors.items())[:5])
def test_epa_mobile_combustion_by_the_gallon(fuel, factor):
    ours = kg("mobile_combustion", fuel, "gallon", 1000, "CO2", factor_co2=f"{factor} kg/gallon")
    assert ours == pytest.approx(1000 * factor, rel=1e-6)
