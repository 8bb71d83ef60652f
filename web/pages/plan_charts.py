"""Charts of a plan: the path to a target with where the years stood, and the abatement curve."""

import plotly.graph_objects as go

from accounts.enterprise.measures import Curve
from accounts.enterprise.targets import Target
from carbon.errors import N_
from web import charts
from web.language import translate
from web.pages import formats

PATH_COLOUR = "#8b9097"


def target_chart(language: str, target: Target) -> charts.Chart:
    """The straight path and the reported years, with both in the table."""
    scale = 10**9
    unit = translate(language, N_("t CO2e") if target.kind == "absolute" else N_("t CO2e per 10,000 yuan"))
    reported = [point for point in target.points if point.actual is not None]
    figure = go.Figure(
        [
            go.Scatter(
                name=translate(language, N_("path")),
                x=[point.year for point in target.points],
                y=[float(point.path / scale) for point in target.points],
                mode="lines",
                line={"color": PATH_COLOUR, "width": 2, "dash": "dash"},
                hovertemplate="%{x}: %{y:,.3~f} " + unit + "<extra></extra>",
            ),
            go.Scatter(
                name=translate(language, N_("reported")),
                x=[point.year for point in reported],
                y=[float(point.actual / scale) for point in reported if point.actual is not None],
                mode="lines+markers",
                line={"color": charts.PINE, "width": 3},
                marker={"size": 9},
                hovertemplate="%{x}: %{y:,.3~f} " + unit + "<extra></extra>",
            ),
        ]
    )
    figure.update_layout(**charts.layout(height=300, legend=True))
    figure.update_yaxes(**charts.value_axis(unit))
    figure.update_xaxes(
        tickformat="d", dtick=max(1, len(target.points) // 8), fixedrange=True, gridcolor=charts.RULE
    )
    rows = tuple(
        charts.Row(
            str(point.year),
            (
                formats.number(point.path / scale, language, 3),
                "–" if point.actual is None else formats.number(point.actual / scale, language, 3),
            ),
        )
        for point in target.points
        if point.actual is not None or point.year in {target.base_year, target.target_year}
    )
    said = translate(
        language,
        N_("From {base_year} to {target_year} by {percent} %."),
        base_year=target.base_year,
        target_year=target.target_year,
        percent=formats.number(target.reduction_percent, language),
    )
    columns = (
        translate(language, N_("Year")),
        translate(language, N_("path")),
        translate(language, N_("reported")),
    )
    return charts.Chart(f"target-{target.id}", target.name, said, charts.plain(figure), columns, rows)


def curve_chart(language: str, curve: Curve) -> charts.Chart:
    """Each measure a bar: as wide as the tonnes it avoids, as high as a tonne costs."""
    unit = translate(language, N_("yuan per t CO2e"))
    figure = go.Figure(
        go.Bar(
            x=[float((step.from_t + step.to_t) / 2) for step in curve.steps],
            width=[float(step.to_t - step.from_t) for step in curve.steps],
            y=[float(step.fen_per_t / 100) for step in curve.steps],
            marker={
                "color": [charts.PINE if step.fen_per_t <= 0 else "#c7831c" for step in curve.steps],
                "line": {"color": "#ffffff", "width": 1},
            },
            text=[charts.escaped(step.name) for step in curve.steps],
            textposition="auto",
            hovertemplate="%{text}: %{y:,.2f} " + unit + "<extra></extra>",
        )
    )
    figure.update_layout(**charts.layout(height=340))
    figure.update_yaxes(**{**charts.value_axis(unit), "rangemode": "normal"})
    figure.update_xaxes(
        title={"text": translate(language, N_("t CO2e avoided a year"))},
        fixedrange=True,
        rangemode="tozero",
        automargin=True,
    )
    rows = tuple(
        charts.Row(
            f"{step.number}. {step.name}",
            (
                formats.number(step.to_t - step.from_t, language, 3),
                formats.number(step.fen_per_t / 100, language, 2),
                formats.yuan(int(step.yearly_net_cost_fen), language),
            ),
        )
        for step in curve.steps
    )
    said = translate(
        language,
        N_(
            "{count} measures avoid {total} t a year; {paying} t of it pay for themselves at {rate} % interest."
        ),
        count=len(curve.steps),
        total=formats.number(curve.avoided_t, language, 1),
        paying=formats.number(curve.paying_t, language, 1),
        rate=formats.number(curve.rate_percent, language),
    )
    columns = (
        translate(language, N_("Measure")),
        translate(language, N_("t CO2e avoided a year")),
        unit,
        translate(language, N_("net cost a year")),
    )
    title = translate(language, N_("What a tonne avoided costs"))
    return charts.Chart("abatement-curve", title, said, charts.plain(figure), columns, rows)
