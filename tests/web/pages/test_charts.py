import json
import re
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from web import charts


def two_bars(label: str = "CO2", link: str = "/enterprise/activities?gas=CO2") -> charts.Chart:
    return charts.bars(
        "by-gas",
        title="By gas",
        description="Most is CO2.",
        bars=[
            charts.Bar(label, 12.5, ("12.50",), link, charts.gas_colour("CO2")),
            charts.Bar("CH4", 0.5, ("0.50",), "", charts.gas_colour("CH4_fossil")),
        ],
        columns=("Gas", "t"),
        unit="t CO2e",
    )


def test_a_chart_and_its_table_tell_the_same():
    chart = two_bars()
    assert list(chart.figure["data"][0]["text"]) == [row.label for row in chart.rows]
    assert chart.figure["data"][0]["customdata"][0] == chart.rows[0].link


def test_the_axis_names_its_unit():
    assert two_bars().figure["layout"]["xaxis"]["title"]["text"] == "t CO2e"


def test_a_gas_has_one_colour_everywhere():
    assert charts.gas_colour("HFC134a") == charts.gas_colour("HFC32")
    assert charts.gas_colour("CH4") == charts.gas_colour("CH4_fossil")
    assert charts.gas_colour("SF6") != charts.gas_colour("NF3")


@given(st.text(max_size=60))
def test_no_label_can_end_the_data_block(label):
    text = str(two_bars(label=f"</script><script>{label}").json)
    assert "<" not in text
    assert json.loads(text)["data"][0]["text"][0] == f"</script><script>{label}"


def test_a_value_beyond_the_scale_stands_at_its_end():
    chart = charts.scale(
        "k",
        title="K",
        description="K is 9.",
        bands=[charts.Band("1", 0, 1), charts.Band("2", 1, 3)],
        value=9,
        value_label="9",
        axis="K",
        columns=("Level", "K"),
        rows=(),
    )
    assert chart.figure["layout"]["annotations"][0]["x"] == 3


def test_a_stack_gives_each_series_its_links():
    chart = charts.stacked(
        "by-month",
        title="By month",
        description="",
        places=["1月", "2月"],
        series=[charts.Series("CO2", (1.0, 2.0), "#000000", links=("/a", "/b"))],
        columns=("Month", "CO2"),
        rows=[charts.Row("1月", ("1",)), charts.Row("2月", ("2",))],
        unit="t",
    )
    assert chart.figure["data"][0]["customdata"] == ["/a", "/b"]
    assert chart.figure["layout"]["barmode"] == "stack"


def test_the_stylesheet_has_the_colours_of_the_charts():
    style = (files("web") / "static" / "house.css").read_text("utf-8")
    found = dict(re.findall(r"\.swatch\.([\w-]+) \{ background: (#\w+); \}", style))
    wanted = {f"gas-{gas}": colour for gas, colour in charts.GAS_COLOURS.items()}
    wanted |= {f"scope-{scope}": colour for scope, colour in charts.SCOPE_COLOURS.items()}
    assert found == wanted
