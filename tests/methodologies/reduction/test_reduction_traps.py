"""Errors that circulate in print and in public code, each kept out."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon import rules
from carbon.errors import NotFound, Problem
from carbon.rules import RuleFault
from methodologies.reduction.catalogue import methodologies, methodology_from_text
from methodologies.reduction.frame import methodology
from methodologies.reduction.schema import MethodologyFault
from methodologies.reduction.written import step


def test_the_product_of_the_two_margins_has_the_wrong_unit():
    """One transcription of CCER-01-001 prints × for +."""
    rule = methodologies()["solar_thermal"].routes["default"].year

    def combined_margin(operating_margin, operating_weight, build_margin, build_weight):
        return operating_margin * operating_weight * build_margin * build_weight

    with pytest.raises(RuleFault, match="combined_margin does not give tCO2e/MWh"):
        rules.Rule(
            rule.id,
            rule.version,
            rule.name,
            {**rule.steps, "combined_margin": combined_margin},
            rule.inputs,
            rule.parameters,
            rule.terms,
        )


@pytest.mark.parametrize("text", ["CCER-CM-001", "CCER-01-002", "CCER-14-001-V02", "CCER-99-001-V01"])
def test_a_number_no_issued_list_has_is_not_taken_for_a_methodology(text):
    if text == "CCER-01-002":  # the number without its version is an alias people write
        assert methodology_from_text(text).id == "offshore_wind"
        return
    with pytest.raises(NotFound):
        methodology_from_text(text)


def test_long_dashes_are_read():
    assert methodology_from_text("CCER—14—001—V01").id == "afforestation"


def test_old_regional_averages_are_no_baseline_margins():
    averages = {Fraction(text) for text in ("0.5257", "0.8843", "0.7769", "0.7035", "0.6671", "0.5271")}
    margins = {
        value.value
        for id_, parameter in methodologies()["grid_renewables"].values.items()
        if "margin" in id_
        for value in parameter.values
    }
    assert margins.isdisjoint(averages)


def test_only_two_methodologies_carry_a_label():
    labels = {id_: method.label for id_, method in methodologies().items() if method.label}
    assert labels == {"offshore_wind": "CCER-01-002-V01", "solar_thermal": "CCER-01-001-V01"}


def test_methane_of_fields_and_of_mines_is_not_swapped():
    rice = methodologies()["rice"].fields["gwp_ch4"]
    mine = methodologies()["coal_mine_methane"].fields["gwp_ch4"]
    assert (rice.gas, mine.gas) == ("CH4_biogenic", "CH4")


def test_two_reference_states_of_gas_volumes_are_never_mixed():
    values = methodologies()["manure_biogas"].values
    assert "methane_density" not in values
    assert values["methane_density.20"].values[0].value < values["methane_density.0"].values[0].value


def test_nothing_chinese_of_a_later_text_is_labelled_by_a_stand_in():
    result = methodology_from_text("CCER-15-001-V01").calculate(
        {
            "year": 2026,
            "model_correction": 1,
            "leak_share": 0,
            "reference_state": "20",
            "annual_temperature": 18,
            "herds": [
                {
                    "livestock": "swine",
                    "baseline_system": "lagoon",
                    "animals": 10,
                    "days_alive": 365,
                    "operating_days": 365,
                    "baseline_share": 1,
                    "project_share": 1,
                }
            ],
        }
    )
    assert result.label is None
    assert any("not CCER" in note.en for note in result.notes)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "a.b",
        "a if b else c",
        "open(a)",
        "[a]",
        "lambda: a",
        "a = b",
        "least(a, b=c)",
        "'text'",
        "a and b",
    ],
)
def test_a_written_formula_is_arithmetic_and_nothing_else(expression):
    with pytest.raises(MethodologyFault):
        step("baseline", expression, "x")


def test_a_table_row_counts_once_though_it_goes_on_working():
    """Waste of the first year decays in the second; waste of the second not in the first."""
    report = {
        "route": "decay_model",
        "project": {
            "climate": "temperate_wet",
            "site_type": "managed_anaerobic",
            "model_use": "landfill_gas",
            "deposits": [
                {"waste_type": "food", "waste": 1000, "deposit_year": 2019},
                {"waste_type": "food", "waste": 99999, "deposit_year": 2022},
            ],
        },
        "years": [
            {"year": 2020, "collected_share": 1, "deposits": [{"waste_type": "food", "waste": 500}]},
            {"year": 2021, "collected_share": 1, "deposits": []},
        ],
    }
    first, second = (v.parts["baseline"] for v in methodologies()["landfill"].calculate(report).vintages)
    assert float(second / first) == pytest.approx(0.8311, abs=1e-3)


def test_a_period_outside_the_crediting_period_or_too_long_a_one_is_refused():
    wind = methodologies()["offshore_wind"]
    year = {"year": 2024, "exported": 1, "imported": 0, "operating_margin": 1, "build_margin": 1}

    def refused(crediting):
        with pytest.raises(Problem) as problem:
            wind.calculate({"crediting": crediting, "project": {}, "years": [year]})
        return problem.value.at

    assert refused({"starts_on": "2024-02-01", "ends_on": "2030-12-31"}) == "years[0].period"
    assert refused({"starts_on": "2024-01-01", "ends_on": "2034-01-01"}) == "crediting"
    wind.calculate({"crediting": "2024-01-01/2033-12-31", "project": {}, "years": [year]})


def test_a_methodology_with_a_field_nobody_named_does_not_start():
    with pytest.raises(RuleFault, match="no input, parameter or step"):
        methodology("methodologies.reduction", "hfc23", year=[_baseline_of_nothing])


def _baseline_of_nothing(gwp_hfc23, hfc23_feed):
    return gwp_hfc23 * hfc23_feed


_baseline_of_nothing.__name__ = "baseline"


def test_a_division_by_zero_is_a_sentence():
    report = {
        "route": "lagoon",
        "year": 2023,
        "lagoon_depth": "from_2",
        "cod_inlet": 5,
        "cod_outlet": 1,
        "months": [{"month_flow": 1, "month_cod": 1, "temperature": 290, "cod_available": 0}],
    }
    with pytest.raises(Problem, match="cannot be computed") as problem:
        methodologies()["wastewater"].calculate(report)
    assert problem.value.at == "lagoon_factor"


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["1e30", "-0", "２", "2024"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(list(methodologies())), st.data())
def test_whatever_is_sent_is_answered_with_a_result_or_a_sentence(id_, data):
    method = methodologies()[id_]
    names = [spec.id for spec in method.fields.values() if spec.is_reported]
    keys = st.sampled_from(
        [*names, *method.tables, "year", "period", "route", "conditions", "crediting", "years"]
    )
    report = data.draw(st.dictionaries(keys, ODD, max_size=6))
    try:
        answer = str(method.calculate(report).total)
    except Problem as problem:
        answer = str(problem)
    assert answer
