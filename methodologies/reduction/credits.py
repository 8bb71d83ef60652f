"""What a monitoring report comes to: tonnes by calendar year, each part apart, rounded down once."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from carbon.confidence import Confidence
from carbon.explanation import Explanation
from carbon.parameters import Chosen
from carbon.periods import Period
from carbon.rounding import plain
from carbon.text import Text

if TYPE_CHECKING:  # the methodology makes its credits; only the reader needs its type here
    from methodologies.reduction.applicability import Answer
    from methodologies.reduction.frame import Methodology

PARTS = (
    "baseline",
    "project",
    "project_removal",
    "baseline_removal",
    "leakage",
    "gross",
    "cap_deduction",
    "uncertainty_deduction",
    "non_permanence_deduction",
    "net",
)
_NAMES = {
    "baseline": Text("基准线排放量", "baseline emissions"),
    "project": Text("项目排放量", "project emissions"),
    "project_removal": Text("项目清除量", "project removals"),
    "baseline_removal": Text("基准线清除量", "baseline removals"),
    "leakage": Text("泄漏", "leakage"),
    "gross": Text("扣减前减排量", "reductions before deductions"),
    "cap_deduction": Text("超出上限的扣减", "above the most that may be claimed"),
    "uncertainty_deduction": Text("不确定性扣减", "deduction for uncertainty"),
    "non_permanence_deduction": Text("非持久性扣减", "deduction for non-permanence"),
    "net": Text("项目减排量", "net reductions"),
}
_NET = Text(
    "基准线排放量 − 项目排放量 + 项目清除量 − 基准线清除量 − 泄漏 − 各项扣减",
    "baseline − project emissions + project − baseline removals − leakage − deductions",
)


def part_name(part: str) -> Text:
    """What a part of the result is called."""
    return _NAMES[part]


@dataclass(frozen=True)
class YearAmounts:
    """One period of a calendar year before rounding, all parts in tCO2e."""

    period: Period
    parts: Mapping[str, Fraction]
    steps: Mapping[str, Fraction]
    used: tuple[Chosen, ...]
    explanation: Explanation | None = None

    @property
    def confidence(self) -> Confidence:
        """The weakest published value used."""
        return Confidence.weakest(chosen.confidence for chosen in self.used)


@dataclass(frozen=True)
class Vintage:
    """Whole credits of one calendar year and the parts they come from."""

    year: int
    parts: Mapping[str, Fraction]
    credits: int
    buffer: int
    periods: tuple[YearAmounts, ...]

    @property
    def rounded_off(self) -> Fraction:
        """What rounding down left: always below one tonne where there are credits."""
        return max(self.parts["net"], Fraction(0)) - self.credits if self.credits else Fraction(0)


@dataclass(frozen=True)
class Credits:
    """The result of a methodology on one report."""

    methodology: "Methodology"
    route: str
    gwp_set: str
    answers: tuple["Answer", ...]
    applicable: bool | None
    vintages: tuple[Vintage, ...]
    confidence: Confidence
    formula_confidence: Confidence
    label: str | None
    notes: tuple[Text, ...] = ()
    defaults: tuple[Chosen, ...] = field(default=())

    @property
    def total(self) -> int:
        """Whole tCO2e of all years."""
        return sum(vintage.credits for vintage in self.vintages)

    def as_dict(self, *, explain: bool = False) -> dict[str, Any]:
        """For JSON: tonnes as numbers; with `explain` also the tree of every year."""
        method = self.methodology
        return {
            "methodology": {"id": method.id, "code": method.code, "version": method.version}
            | method.name.as_dict(),
            "route": self.route,
            "label": self.label,
            "label_note": label_note(self).as_dict(),
            "confidence": self.confidence.id,
            "formula_confidence": self.formula_confidence.id,
            "gwp_set": self.gwp_set,
            "applicable": self.applicable,
            "conditions": [answer.as_dict() for answer in self.answers],
            "credits": self.total,
            "unit": "tCO2e",
            "vintages": [_vintage(vintage, explain=explain) for vintage in self.vintages],
            "totals": {f"{part}_t": float(sum(v.parts[part] for v in self.vintages)) for part in PARTS},
            "terms": method.terms.as_dict(),
            "defaults": [_default(chosen) for chosen in self.defaults],
            "notes": [note.as_dict() for note in self.notes],
        }


def closed(
    period: Period,
    amounts: Mapping[str, Fraction],
    *,
    has_cap: bool,
    steps: Mapping[str, Fraction],
    told: Mapping[str, Explanation] | None,
    used: tuple[Chosen, ...],
) -> YearAmounts:
    """The parts put together: baseline, project, removals and leakage; the limit; the deductions; the net."""
    gross = amounts["baseline"] - amounts["project"] - amounts["leakage"]
    gross += amounts["project_removal"] - amounts["baseline_removal"]
    cut = max(gross - amounts["cap"], Fraction(0)) if has_cap else Fraction(0)
    net = gross - cut - amounts["uncertainty_deduction"] - amounts["non_permanence_deduction"]
    parts = {part: amounts.get(part, Fraction(0)) for part in PARTS} | {
        "gross": gross,
        "cap_deduction": cut,
        "net": net,
    }
    explanation = None
    if told is not None:
        numbers = f"{plain(gross)} − {plain(cut + amounts['uncertainty_deduction'] + amounts['non_permanence_deduction'])}"
        explanation = Explanation(
            "net", _NAMES["net"], net, "tCO2e", formula=_NET, numbers=numbers, children=tuple(told.values())
        )
    return YearAmounts(period, parts, steps, used, explanation)


def vintages(years: Iterable[YearAmounts], *, creditable: bool, buffer: bool) -> tuple[Vintage, ...]:
    """By calendar year, rounded down to whole tonnes, never below zero.

    Where the deduction is a buffer, the buffer is what is left of the whole tonnes before it, so that none is lost.
    """
    found: dict[int, list[YearAmounts]] = {}
    for amounts in years:
        found.setdefault(amounts.period.starts_on.year, []).append(amounts)
    return tuple(
        _closed_year(year, found[year], creditable=creditable, buffer=buffer) for year in sorted(found)
    )


def _closed_year(year: int, periods: list[YearAmounts], *, creditable: bool, buffer: bool) -> Vintage:
    parts = {part: sum((p.parts[part] for p in periods), Fraction(0)) for part in PARTS}
    whole = max(math.floor(parts["net"]), 0) if creditable else 0
    before = math.floor(parts["net"] + parts["non_permanence_deduction"])
    return Vintage(year, parts, whole, max(before - whole, 0) if buffer and whole else 0, tuple(periods))


def label_note(result: Credits) -> Text:
    """Why the result carries a scheme's label, or none."""
    terms = result.methodology.terms
    if result.label:
        return Text(f"公式已核对{result.label}原文", f"formulas confirmed from the text of {result.label}")
    said = result.formula_confidence.label
    return Text(
        f"无方法学标签：公式{said.zh}，未核对{terms.text_name.zh}发布文本",
        f"no scheme label: formulas are {said.en}, not confirmed from the issued text of {terms.text_name.en}",
    )


def _vintage(vintage: Vintage, *, explain: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"year": vintage.year, "credits": vintage.credits}
    shown |= {f"{part}_t": float(amount) for part, amount in vintage.parts.items()}
    shown |= {"rounded_off_t": float(vintage.rounded_off), "buffer": vintage.buffer}
    shown["periods"] = [
        {
            "period": str(p.period),
            "steps": {name: float(value) for name, value in p.steps.items()},
            **({"explanation": p.explanation.as_dict()} if explain and p.explanation else {}),
        }
        for p in vintage.periods
    ]
    return shown


def _default(chosen: Chosen) -> dict[str, Any]:
    source = chosen.dated.source if chosen.dated else None
    return {
        "field": chosen.id,
        "value": plain(chosen.value),
        "unit": chosen.unit,
        "document": source.document.as_dict() if source else None,
        "clause": source.clause if source else None,
        "confidence": chosen.confidence.id,
    }
