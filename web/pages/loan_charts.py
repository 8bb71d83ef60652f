"""How a loan's rate is built, and what its months have added."""

from accounts.finance import loans, pricing
from carbon.errors import N_
from web import charts
from web.language import translate
from web.pages import formats, words


def rate_steps(language: str, quote: pricing.Quote) -> charts.Chart:
    """From the reference rate to the client's rate."""
    marked = quote.lpr_percent + quote.margin_points - quote.green_use_discount_points
    bounded = quote.rate_percent - marked
    level = quote.rating_level
    margin = N_("margin for level {level}") if level is not None else N_("margin for unrated clients")
    steps = [
        charts.Step(
            translate(language, N_("loan prime rate")), float(quote.lpr_percent), f"{quote.lpr_percent} %"
        ),
        charts.Step(
            translate(language, margin, level=level),
            float(quote.margin_points),
            words.signed(quote.margin_points),
        ),
        charts.Step(
            translate(language, N_("green use")),
            -float(quote.green_use_discount_points),
            words.signed(-quote.green_use_discount_points),
        ),
    ]
    if bounded:
        steps.append(
            charts.Step(translate(language, N_("floor or cap")), float(bounded), words.signed(bounded))
        )
    steps.append(
        charts.Step(
            translate(language, N_("the client's rate")),
            float(quote.rate_percent),
            f"{quote.rate_percent} %",
            final=True,
        )
    )
    return charts.waterfall(
        "rate-steps",
        title=translate(language, N_("How the rate is built")),
        description=translate(
            language,
            N_(
                "The loan prime rate of {day} is {lpr} %; with margin and discount the rate is {rate} % a year."
            ),
            day=formats.day(quote.lpr_quoted_on, language),
            lpr=quote.lpr_percent,
            rate=quote.rate_percent,
        ),
        steps=steps,
        columns=(translate(language, N_("Step")), translate(language, N_("% a year"))),
        unit=translate(language, N_("% a year")),
    )


def accrual_chart(language: str, months: tuple[loans.MonthAccrual, ...]) -> charts.Chart:
    """Interest and the subsidy due, month by month."""
    unit = translate(language, N_("yuan"))
    series = [
        charts.Series(translate(language, text), tuple(value / 100 for value in values), colour)
        for text, values, colour in (
            (N_("interest"), [one.interest_fen for one in months], "#5d9c8b"),
            (N_("subsidy due"), [one.subsidy_fen for one in months], "#c7831c"),
        )
    ]
    interest_fen, subsidy_fen = (
        sum(one.interest_fen for one in months),
        sum(one.subsidy_fen for one in months),
    )
    return charts.stacked(
        "accruals",
        title=translate(language, N_("Interest and subsidy by month")),
        description=translate(
            language,
            N_("{interest} of interest so far, {subsidy} of subsidy due."),
            interest=formats.yuan(interest_fen, language),
            subsidy=formats.yuan(subsidy_fen, language),
        ),
        places=[formats.month(one.month, language) for one in months],
        series=series,
        columns=(
            translate(language, N_("Month")),
            translate(language, N_("Days")),
            translate(language, N_("interest")),
            translate(language, N_("subsidy due")),
        ),
        rows=[
            charts.Row(
                formats.month(one.month, language),
                (
                    str(one.days),
                    formats.yuan(one.interest_fen, language),
                    formats.yuan(one.subsidy_fen, language),
                ),
            )
            for one in months
        ],
        unit=unit,
        total=charts.Row(
            translate(language, N_("Total")),
            (
                str(sum(one.days for one in months)),
                formats.yuan(interest_fen, language),
                formats.yuan(subsidy_fen, language),
            ),
        ),
        beside=True,
    )
