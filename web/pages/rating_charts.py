"""The rating's scale: the bands of the levels as they hold on a day, and where the enterprise stands."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.enterprise.rating import EnterpriseRating
from carbon.errors import N_
from carbon.parameters import Chosen
from methodologies.finance import rating
from web import charts
from web.language import translate
from web.pages import formats

LEVELS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Threshold:
    """A level with its bounds; the last has no upper one. `chosen` carries the document they come from."""

    level: int
    name: str
    above: Decimal
    up_to: Decimal | None
    chosen: Chosen


def level_words(language: str, level: int | None) -> str:
    """The level with what it is called."""
    if level is None:
        return translate(language, N_("unrated"))
    text = rating.label_of(level).in_language(language)
    return text[:1].upper() + text[1:]


def thresholds(language: str, year: int) -> list[Threshold]:
    """The levels as they hold at the end of the year."""
    day = date(year, 12, 31)
    chosen = [rating.bounds()[f"level_{level}_up_to"].at(day) for level in LEVELS[:-1]]
    bounds = [Decimal(one.value.numerator) / Decimal(one.value.denominator) for one in chosen]
    return [
        Threshold(
            level,
            level_words(language, level),
            bounds[level - 2] if level > 1 else Decimal(0),
            bounds[level - 1] if level <= len(bounds) else None,
            chosen[min(level, len(chosen)) - 1],
        )
        for level in LEVELS
    ]


def rating_chart(language: str, found: EnterpriseRating) -> charts.Chart:
    """The scale of K with a mark."""
    levels = thresholds(language, found.year)
    last = float(levels[-1].above) * 1.3
    bands = [
        charts.Band(str(one.level), float(one.above), float(one.up_to) if one.up_to is not None else last)
        for one in levels
    ]
    k = formats.number(found.efficiency, language, 3)
    rows = [
        charts.Row(
            one.name,
            (
                translate(language, N_("up to {bound}"), bound=one.up_to)
                if one.up_to is not None
                else translate(language, N_("above {bound}"), bound=one.above),
            ),
        )
        for one in levels
    ]
    return charts.scale(
        "rating-scale",
        title=translate(language, N_("Where the company stands")),
        description=translate(
            language,
            N_("K is {k}: {level}. Less is better; 1 is the industry's mean."),
            k=k,
            level=level_words(language, found.level),
        ),
        bands=bands,
        value=float(found.efficiency),
        value_label=f"K = {k}",
        axis=translate(language, N_("K, carbon efficiency against the industry")),
        columns=(translate(language, N_("Level")), "K"),
        rows=rows,
    )
