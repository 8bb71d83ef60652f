"""Figures drawn by Plotly from plain rows, each with its table, its description and the same colours everywhere.

A chart is made here whole: the figure as JSON for the browser, the rows of the table beside it, and a
sentence that says the same for who cannot see it. A click on a bar leads where the table's link leads.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from carbon.gases import gases

GAS_COLOURS: Mapping[str, str] = {
    "CO2": "#3b6ea5",
    "CH4": "#c7831c",
    "N2O": "#7d57a8",
    "HFC": "#1f8a7d",
    "HCFC": "#5aa7a0",
    "PFC": "#b3495f",
    "SF6": "#5d7042",
    "NF3": "#8a6455",
}
SCOPE_COLOURS: Mapping[str, str] = {"1": "#14584a", "2": "#5d9c8b", "3": "#b99a3e"}
OTHER_COLOUR = "#607d8b"
PINE = "#14584a"
INK = "#1d2a33"
RULE = "#e4e1d8"
LEVEL_COLOURS = ("#14584a", "#5d9c8b", "#c9b04a", "#c7831c", "#a93226")
FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
BAR_HEIGHT_PX = 46
FURNITURE_HEIGHT_PX = 84


@dataclass(frozen=True)
class Row:
    """One line of the table beside a chart; `swatch` is the class of its colour in the stylesheet."""

    label: str
    cells: tuple[str, ...]
    link: str = ""
    swatch: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its value on the axis, the same written out, and where a click leads."""

    label: str
    value: float
    cells: tuple[str, ...]
    link: str = ""
    colour: str = PINE
    swatch: str = ""


@dataclass(frozen=True)
class Series:
    """One colour of a stacked chart: a value for each place on the axis."""

    label: str
    values: tuple[float, ...]
    colour: str
    swatch: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A figure with all that stands beside it."""

    identifier: str
    title: str
    description: str
    figure: Mapping[str, Any]
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    total: Row | None = None
    short: bool = field(default=False)

    @property
    def json(self) -> Markup:
        """The figure for a data block of the page; `<` is written so that no text can end the block."""
        text = json.dumps(self.figure, ensure_ascii=False, separators=(",", ":"))
        return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704 - escaped above


def gas_family(gas: str) -> str:
    """The family whose colour a gas has: every HFC shares one, every PFC another; empty for a mixture."""
    known = gases().get(gas)
    return known.family if known and known.family in GAS_COLOURS else ""


def gas_colour(gas: str) -> str:
    """The colour of a gas on every chart."""
    return GAS_COLOURS.get(gas_family(gas), OTHER_COLOUR)


def axis_tonnes(amount_mg: int) -> float:
    """Milligrams as tonnes for the axis; the table has the exact figure."""
    return float(Decimal(amount_mg) / 10**9)


def bars(
    identifier: str,
    *,
    title: str,
    description: str,
    bars: Sequence[Bar],
    columns: tuple[str, ...],
    unit: str,
    total: Row | None = None,
) -> Chart:
    """Horizontal bars, the first on top, each under its label, so that long names leave a phone its width."""
    found = go.Figure(
        go.Bar(
            x=[bar.value for bar in bars],
            y=list(range(len(bars))),
            orientation="h",
            width=0.36,
            marker={"color": [bar.colour for bar in bars]},
            customdata=[bar.link for bar in bars],
            text=[bar.label for bar in bars],
            textposition="none",
            hovertemplate="%{text}: %{x:,.4~f} " + unit + "<extra></extra>",
        )
    )
    found.update_layout(**layout(height=FURNITURE_HEIGHT_PX + BAR_HEIGHT_PX * max(1, len(bars))))
    found.update_xaxes(**value_axis(unit))
    found.update_yaxes(
        autorange="reversed", showticklabels=False, showgrid=False, zeroline=False, fixedrange=True
    )
    for place, bar in enumerate(bars):
        found.add_annotation(
            x=0, xref="paper", xanchor="left", y=place, yanchor="bottom", yshift=9, text=escaped(bar.label),
            showarrow=False, font={"size": 13, "color": INK},
        )  # fmt: skip
    rows = tuple(Row(bar.label, bar.cells, bar.link, bar.swatch) for bar in bars)
    return Chart(identifier, title, description, plain(found), columns, rows, total, short=len(bars) < 4)


def stacked(
    identifier: str,
    *,
    title: str,
    description: str,
    places: Sequence[str],
    series: Sequence[Series],
    columns: tuple[str, ...],
    rows: Sequence[Row],
    unit: str,
    total: Row | None = None,
    beside: bool = False,
) -> Chart:
    """Upright bars over months or years, one colour per series; stacked unless they stand `beside` each other."""
    found = go.Figure(
        [
            go.Bar(
                name=one.label,
                x=list(places),
                y=list(one.values),
                marker={"color": one.colour},
                customdata=list(one.links) or [""] * len(places),
                hovertemplate="%{x} · " + one.label + ": %{y:,.4~f} " + unit + "<extra></extra>",
            )
            for one in series
        ]
    )
    found.update_layout(barmode="group" if beside else "stack", **layout(height=320, legend=len(series) > 1))
    found.update_yaxes(**value_axis(unit))
    found.update_xaxes(type="category", automargin=True)
    return Chart(identifier, title, description, plain(found), columns, tuple(rows), total)


@dataclass(frozen=True)
class Line:
    """One line over days."""

    label: str
    days: tuple[str, ...]
    values: tuple[float, ...]
    colour: str


def lines(
    identifier: str, *, title: str, description: str, series: Sequence[Line], unit: str, steps: bool = False
) -> Chart:
    """Values over time; `steps` where a value holds until the next."""
    found = go.Figure(
        [
            go.Scatter(
                name=one.label,
                x=list(one.days),
                y=list(one.values),
                mode="lines",
                line={"color": one.colour, "width": 2, "shape": "hv" if steps else "linear"},
                hovertemplate="%{x}: %{y} " + unit + "<extra>" + one.label + "</extra>",
            )
            for one in series
        ]
    )
    found.update_layout(**layout(height=280, legend=len(series) > 1))
    found.update_yaxes(**{**value_axis(unit), "rangemode": "normal"})
    found.update_xaxes(type="date", tickformat="%Y-%m", automargin=True, fixedrange=True, gridcolor=RULE)
    return Chart(identifier, title, description, plain(found))


@dataclass(frozen=True)
class Band:
    """One level of a scale, from `start` to `end` on the axis."""

    label: str
    start: float
    end: float


def scale(
    identifier: str,
    *,
    title: str,
    description: str,
    bands: Sequence[Band],
    value: float,
    value_label: str,
    axis: str,
    columns: tuple[str, ...],
    rows: Sequence[Row],
) -> Chart:
    """A ruler of coloured bands with a mark where the value stands; a value beyond the ruler stands at its end."""
    found = go.Figure(
        [
            go.Bar(
                x=[band.end - band.start],
                base=[band.start],
                y=[""],
                orientation="h",
                name=band.label,
                marker={"color": colour},
                text=[band.label],
                textposition="inside",
                insidetextanchor="middle",
                textfont={"color": "#ffffff" if place != 2 else INK},
                textangle=0,
                constraintext="none",
                hovertemplate=band.label + "<extra></extra>",
            )
            for place, (band, colour) in enumerate(zip(bands, LEVEL_COLOURS, strict=False))
        ]
    )
    end = bands[-1].end
    mark = min(max(value, bands[0].start), end)
    found.add_annotation(
        x=mark,
        y=0.42,
        yref="y",
        text=value_label,
        showarrow=True,
        arrowhead=2,
        ax=0,
        ay=-34,
        font={"size": 14, "color": INK},
    )
    found.update_layout(barmode="overlay", **layout(height=170))
    found.update_xaxes(
        range=[bands[0].start, end],
        title={"text": axis, "font": {"size": 13}},
        fixedrange=True,
        zeroline=False,
    )
    found.update_yaxes(range=[-0.5, 1.1], showticklabels=False, fixedrange=True)
    return Chart(identifier, title, description, plain(found), columns, tuple(rows), short=True)


@dataclass(frozen=True)
class Step:
    """One step of a rate or sum: what it adds, or (as the last) what it comes to."""

    label: str
    value: float
    written: str
    final: bool = False


def waterfall(
    identifier: str,
    *,
    title: str,
    description: str,
    steps: Sequence[Step],
    columns: tuple[str, ...],
    unit: str,
) -> Chart:
    """How a rate is built: the reference, what is added and taken, what remains."""
    found = go.Figure(
        go.Waterfall(
            x=[step.label for step in steps],
            y=[0 if step.final else step.value for step in steps],
            measure=["total" if step.final else "relative" for step in steps],
            text=[step.written for step in steps],
            textposition="outside",
            cliponaxis=False,
            increasing={"marker": {"color": "#c7831c"}},
            decreasing={"marker": {"color": "#5d9c8b"}},
            totals={"marker": {"color": PINE}},
            connector={"line": {"color": "#8b9097", "width": 1}},
            hovertemplate="%{x}: %{text}<extra></extra>",
        )
    )
    found.update_layout(**layout(height=300))
    found.update_xaxes(type="category", automargin=True)
    highest = max((step.value for step in steps), default=0.0)
    found.update_yaxes(**value_axis(unit), range=[0, highest * 1.2 or 1])
    rows = tuple(Row(step.label, (step.written,)) for step in steps)
    return Chart(identifier, title, description, plain(found), columns, rows)


def escaped(label: str) -> str:
    """Plotly reads a few tags in texts; a label is none."""
    return label.replace("&", "&amp;").replace("<", "&lt;")


def layout(*, height: int, legend: bool = False) -> dict[str, Any]:
    """What every figure has in common."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 12, "b": 52},
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": legend,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        "bargap": 0.35,
        "separators": ".,",
        "dragmode": False,
        "template": None,
    }


def value_axis(unit: str) -> dict[str, Any]:
    """An axis of amounts."""
    return {
        "title": {"text": unit, "font": {"size": 13}},
        "gridcolor": RULE,
        "zerolinecolor": "#8b9097",
        "rangemode": "tozero",
        "automargin": True,
        "fixedrange": True,
        "tickformat": ",~r",
        "nticks": 6,
    }


def plain(figure: go.Figure) -> Mapping[str, Any]:
    """The figure as plain lists and numbers."""
    found: Mapping[str, Any] = json.loads(figure.to_json())
    return found
