"""From the words of a row to the key the rules know: which source, item, region, month, guide and own values.

Rows repeat the same few combinations of words, so each distinct combination is resolved, and its coefficient
computed, once.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.enterprise.columns import plain
from accounts.enterprise.factor_codes import applied
from accounts.enterprise.findings import Message
from accounts.factors.own_values import Known
from carbon.errors import N_, Problem
from carbon.periods import Period, month_of, parse_period
from methodologies.accounting import catalogue
from methodologies.accounting.activity import FACTOR_CODE, ActivityKey
from methodologies.accounting.calculation import Coefficient, coefficient
from methodologies.accounting.multiplier import NAME as MULTIPLIER
from methodologies.accounting.reported_factor import COMPANIONS, GASES
from methodologies.accounting.sources import Source
from methodologies.accounting.spreads import SAID, check_said
from methodologies.factors.places import REGIONS

PRODUCT = "product"
"""What a row of the value chain is about, where its category stands in place of the source."""
WORD_COLUMNS = ("period", "source", "item", "unit", "region", "method", "guide")


@dataclass(frozen=True)
class Resolved:
    """A combination of words that can be computed: the key, its period in months, and the coefficient.

    Without coefficient for a line that has a notation key in place of an amount.
    """

    key: ActivityKey
    months: int
    coefficient: Coefficient | None


@dataclass
class Resolution:
    """What became of one combination: a key, or what is the matter with which column."""

    resolved: Resolved | None = None
    said: list[tuple[str, Message]] = field(default_factory=list)

    def refuse(self, column: str, code: str, problem: Problem) -> None:
        """Say the problem of the column it names, or of `column`."""
        self.said.append((problem.at or column, Message(code, problem.template, problem.values)))

    @property
    def is_refused(self) -> bool:
        """Whether an error was said."""
        return any(message.severity == "error" for _, message in self.said)


@dataclass(frozen=True)
class Defaults:
    """What holds where a row says nothing."""

    region: str = "CN"
    guide: str = ""
    factors: Known = field(default_factory=dict)


def resolve(words: Mapping[str, str | None], defaults: Defaults, *, with_amount: bool = True) -> Resolution:
    """Resolve one combination; every column that is wrong is said, not only the first."""
    resolution = Resolution()
    period = _period(words.get("period"), resolution)
    words = _with_category(words)
    source = _source(words, resolution)
    own = any(words.get(name) for name in (*GASES, FACTOR_CODE))
    item = _item(source, words.get("item"), resolution, own=own) if source else None
    region = _region(words.get("region"), defaults, resolution)
    unit = _unit(words.get("unit"), with_amount, resolution)
    method = _choice("method", words.get("method"), source.methods if source else {}, source, resolution)
    guide = _choice("guide", words.get("guide"), source.guides if source else {}, source, resolution)
    words, codes = applied(words, source, item, period, defaults.factors, resolution.said)
    overrides = tuple(sorted((*_overrides(words, source, resolution), *codes))) if source else ()
    if resolution.is_refused or period is None or source is None or item is None:
        return resolution
    key = ActivityKey(
        source=source.id,
        item=item,
        unit=unit,
        month=month_of(period.starts_on),
        region=region,
        guide=guide or (defaults.guide if defaults.guide in source.guides else ""),
        method=method,
        overrides=overrides,
    )
    unlisted = None if own or source.free_items or item in source.items else source
    _compute(key, period, with_amount, resolution, unlisted)
    return resolution


def _compute(
    key: ActivityKey, period: Period, with_amount: bool, resolution: Resolution, unlisted: Source | None
) -> None:
    months = len(list(period.months()))
    if not with_amount:
        resolution.resolved = Resolved(key, months, None)
        return
    try:
        check_said(key)
        resolution.resolved = Resolved(key, months, coefficient(key))
    except Problem as problem:
        if unlisted and problem.at == "item":
            resolution.said.append(("item", _item_unknown(key.item, unlisted)))
        else:
            resolution.refuse("item", "cannot-compute", problem)
        return
    if unlisted:
        near = catalogue.suggestions(key.item, unlisted.id)
        message = _unknown("item-not-listed", _ITEM_OPEN, near, severity="warning", source=unlisted.name)
        resolution.said.append(("item", message))


def _period(text: str | None, resolution: Resolution) -> Period | None:
    if text is None:
        resolution.said.append(("period", _MISSING))
        return None
    try:
        return parse_period(text)
    except Problem as problem:
        resolution.refuse("period", "period", problem)
        return None


_MISSING = Message("missing", N_("The cell is empty. Fill it in."))


def _with_category(words: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """A category of the value chain written in place of the source is the item of that source."""
    source = words.get("source")
    if (
        not source
        or catalogue.source_from_text(source)
        or not (found := catalogue.category_from_text(source))
    ):
        return words
    return {**words, "source": "value_chain", "item": found, PRODUCT: words.get("item")}


def _source(words: Mapping[str, str | None], resolution: Resolution) -> Source | None:
    text = words.get("source")
    if text is None:
        resolution.said.append(("source", _MISSING))
        return None
    found = catalogue.source_from_text(text)
    if found is None and words.get("scope") and any(words.get(name) for name in GASES):
        resolution.said.append(("source", Message("source-by-factor", _BY_FACTOR, {}, "warning")))
        return catalogue.SOURCES["reported_factor"]
    if found is None:
        near = catalogue.suggestions(text)
        resolution.said.append(("source", _unknown("unknown-source", _SOURCE_UNKNOWN, near)))
        return None
    return catalogue.SOURCES[found]


_BY_FACTOR = N_("{value} is no source known here; the row was counted by its own factor and scope.")
_SOURCE_UNKNOWN = (
    N_("{value} is no source known here. Choose one from the template's list."),
    N_("{value} is no source known here. Did you mean {suggestions}?"),
)
_ITEM_UNKNOWN = (
    N_("{value} is not an item of {source}. Choose one from the template's list."),
    N_("{value} is not an item of {source}. Did you mean {suggestions}?"),
)


_ITEM_OPEN = (
    N_("{value} is not an item of {source}; it was computed from the row's own values alone."),
    N_(
        "{value} is not an item of {source}; it was computed from the row's own values alone. Did you mean {suggestions}?"
    ),
)


def _unknown(
    code: str, templates: tuple[str, str], near: Sequence[str], severity: str = "error", **values: Any
) -> Message:
    told = values | ({"suggestions": ", ".join(near)} if near else {})
    return Message(code, templates[bool(near)], told, severity)


def _item(source: Source, text: str | None, resolution: Resolution, *, own: bool) -> str | None:
    """The item's id; with factors of the row's own, whatever the row calls it."""
    if text is None:
        if source.free_items or source.usual_item or own:
            return source.usual_item or ""
        resolution.said.append(("item", _MISSING))
        return None
    found = catalogue.item_from_text(source.id, text)
    if found is None and (source.free_items or source.any_item or own):
        return unicodedata.normalize("NFKC", text)
    if found is None:
        resolution.said.append(("item", _item_unknown(text, source)))
    return found


def _item_unknown(text: str, source: Source) -> Message:
    near = catalogue.suggestions(text, source.id)
    return _unknown("unknown-item", _ITEM_UNKNOWN, near, source=source.name)


def _region(text: str | None, defaults: Defaults, resolution: Resolution) -> str:
    if text is None:
        return defaults.region
    found = REGIONS.from_text(unicodedata.normalize("NFKC", text))
    if found is None:
        resolution.said.append(
            (
                "region",
                Message(
                    "unknown-region", N_("{value} is no province or grid known here. Write for example 重庆.")
                ),
            )
        )
    return found or ""


def _unit(text: str | None, with_amount: bool, resolution: Resolution) -> str:
    if text is None and with_amount:
        resolution.said.append(("unit", _MISSING))
    return unicodedata.normalize("NFKC", text or "")


def _choice(
    column: str, text: str | None, choices: Mapping[str, Any], source: Source | None, resolution: Resolution
) -> str:
    """The id of a word that must be among the source's choices, by id, Chinese or English name."""
    if text is None or source is None:
        return ""
    wanted = plain(text)
    for choice, name in choices.items():
        if wanted in {plain(choice), plain(name.zh), plain(name.en)}:
            return choice
    if column == "scope" and (numbered := _SCOPE_NUMBER.fullmatch(wanted)):
        return _SCOPES[numbered[1]]
    within = [
        choice
        for choice, name in choices.items()
        if any(
            len(word) > 1 and (word in wanted or wanted in word)
            for word in map(plain, (choice, name.zh, name.en))
        )
    ]
    if len(within) == 1 and len(wanted) > 1:
        return within[0]
    if not choices:
        template = N_("{source} has no choice here; the value was left out.")
        resolution.said.append((column, Message("not-needed", template, {"source": source.name}, "warning")))
        return ""
    listed = ", ".join(f"{name.zh} ({choice})" for choice, name in choices.items())
    message = Message(
        "unknown-choice", N_("{value} is not known here. Write one of: {choices}."), {"choices": listed}
    )
    resolution.said.append((column, message))
    return ""


_COUSINS = {
    "oxidation_rate": ("oxidised_share", "burnt_share"),
    "oxidised_share": ("oxidation_rate", "burnt_share"),
    "burnt_share": ("oxidation_rate",),
    "recovered_share": ("captured_share", "destroyed_share"),
    "captured_share": ("recovered_share",),
    "methane_correction": ("methane_conversion",),
    "methane_conversion": ("methane_correction",),
    "methane_capacity": ("methane_potential",),
    "methane_potential": ("methane_capacity",),
    "carbon_share": ("elemental_carbon", "carbon_fraction", "degradable_carbon"),
    "elemental_carbon": ("carbon_share",),
    "carbon_fraction": ("carbon_share",),
    "removal_share": ("recovered_share", "destroyed_share"),
    "destroyed_share": ("removal_share",),
    "purity": ("carbon_share", "co2_share", "urea_share"),
    "supplier_factor": ("cooling_factor", "supplier_footprint"),
    "supplier_footprint": ("supplier_factor", "cooling_factor"),
    "grid_factor": ("supplier_factor",),
    "residual_factor": ("supplier_factor",),
}
"""One word heads different values at different sources (Bo of wastewater and of manure): the source's own is meant."""


def _known_as(column: str, source: Source, words: Mapping[str, str | None]) -> str:
    if column in source.options or column not in _COUSINS:
        return column
    near = [cousin for cousin in _COUSINS[column] if cousin in source.options and words.get(cousin) is None]
    return near[0] if near else column


def _same_scope(text: str, source: Source) -> bool:
    """Whether the row only repeats the scope its source has anyway."""
    numbered = _SCOPE_NUMBER.fullmatch(plain(text))
    if numbered is None or "scope" in source.options:
        return False
    return _SCOPES[numbered[1]] == str(source.scope)


_SCOPE_NUMBER = re.compile(r"(?:scope|范围|範圍|范畴|s)?([123一二三])")
_SCOPES = {"1": "1", "2": "2", "3": "3", "一": "1", "二": "2", "三": "3"}
_OF_ANY_SOURCE = catalogue.SOURCES["reported_factor"].options
_OWN_FACTORS = {name: _OF_ANY_SOURCE[name] for name in (*GASES, MULTIPLIER, *SAID)}
"""What a row of any source may bring: factors, a multiplier, how sure its numbers are."""
_COMPANIONS = {name: _OF_ANY_SOURCE[name] for name in COMPANIONS}
"""What a row with own factors may say about them."""


def _overrides(
    words: Mapping[str, str | None], source: Source, resolution: Resolution
) -> tuple[tuple[str, str], ...]:
    """The row's own values in place of published ones; those its source has no use for are listed."""
    given = []
    taken = {**_OWN_FACTORS, **(_COMPANIONS if any(words.get(name) for name in GASES) else {})}
    for column, text in words.items():
        if column == PRODUCT and text is not None:
            given.append((column, unicodedata.normalize("NFKC", text)))
            continue
        if column in WORD_COLUMNS or text is None or (column == "scope" and _same_scope(text, source)):
            continue
        column = _known_as(column, source, words)  # noqa: PLW2901 - the source's own word for it
        option = source.options.get(column) or taken.get(column)
        if option and option.choices:
            given.append((column, _choice(column, text, option.choices, source, resolution)))
        elif option:
            given.append((column, unicodedata.normalize("NFKC", text)))
        else:
            template = N_("{source} does not use this value; it was left out.")
            resolution.said.append(
                (column, Message("not-needed", template, {"source": source.name}, "warning"))
            )
    return tuple(sorted(given))


def month_label(month: date, months: int) -> str:
    """A period as shown: 2024-03, 2024-01/3 for a quarter, 2024 for a year."""
    if months == 12 and month.month == 1:
        return str(month.year)
    return f"{month:%Y-%m}" + (f"/{months}" if months > 1 else "")
