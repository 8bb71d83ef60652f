"""Where a subsidy fund's money is, as one chart for authorities and banks."""

from accounts.finance.funds import Fund
from carbon.errors import N_
from web import charts
from web.language import translate
from web.pages import formats
from web.pages.rendering import named

PARTS: tuple[tuple[str, str, str], ...] = (
    ("available_fen", N_("free for new loans"), "#14584a"),
    ("held_fen", N_("held for loans running"), "#5d9c8b"),
    ("due_fen", N_("due to banks"), "#c7831c"),
    ("paid_fen", N_("paid"), "#8b9097"),
)


def fund_chart(language: str, fund: Fund) -> charts.Chart:
    """Free, held, due and paid, which add up to what was received."""
    unit = translate(language, N_("10,000 yuan"))
    bars = [
        charts.Bar(
            translate(language, text),
            getattr(fund, part) / 1_000_000,
            (formats.yuan(getattr(fund, part), language),),
            colour=colour,
        )
        for part, text, colour in PARTS
    ]
    total = charts.Row(translate(language, N_("Received")), (formats.yuan(fund.received_fen, language),))
    description = translate(
        language,
        N_("Of {received} received, {available} are free and {due} are due to banks."),
        received=formats.yuan(fund.received_fen, language),
        available=formats.yuan(fund.available_fen, language),
        due=formats.yuan(fund.due_fen, language),
    )
    columns = (translate(language, N_("Part")), translate(language, N_("Amount of money")))
    return charts.bars(
        f"fund-{fund.id}",
        title=named(language, fund.programme),
        description=description,
        bars=bars,
        columns=columns,
        unit=unit,
        total=total,
    )
