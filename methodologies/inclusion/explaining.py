"""How an act's grams came to be, as a tree a person can open."""

from datetime import date
from fractions import Fraction

from carbon.explanation import Explanation
from carbon.parameters import Chosen, given
from carbon.rounding import plain
from carbon.text import Text
from methodologies.inclusion.acts import PROVED, STEPS, Act
from methodologies.inclusion.verdicts import Verdict

_LINEAR = Text("计入数量 × 每单位减排量", "quantity counted × grams per unit")
_SHARED = Text(
    "计入数量 × 每单位减排量 × 自行申报折算", "quantity counted × grams per unit × share for a declaration"
)


def explain(
    act: Act, day: date, *, verdict: Verdict, grade: int, credited: int, told: int, mg: int
) -> Explanation:
    """Grams of one event; `credited` and `told` are thousandths of the act's unit.

    A verdict that gives nothing is explained by its words alone.
    """
    name = Text(f"{act.name.zh}的减排量", f"grams of: {act.name.en}")
    chosen = act.grams_at(day)
    notes = (verdict.words, Text(f"基准：{act.baseline.zh}", f"baseline: {act.baseline.en}"))
    quantity = Explanation(
        id="quantity",
        name=Text("计入数量", "quantity counted"),
        value=Fraction(credited, STEPS),
        unit=act.unit,
        notes=_told(act, credited, told),
        reported=True,
    )
    if chosen is None or not verdict.counts:
        return Explanation(
            id=act.id, name=name, value=Fraction(mg, 1000), unit="gCO2", notes=notes, children=(quantity,)
        )
    children = [quantity, _figure(chosen)]
    rule = act.at(day)
    numbers = f"{plain(quantity.value)} × {plain(chosen.value)}"
    if grade != PROVED and rule is not None and rule.self_declared_share is not None:
        children.append(_share(rule.self_declared_share))
        numbers += f" × {plain(rule.self_declared_share)}"
    return Explanation(
        id=act.id,
        name=name,
        value=Fraction(mg, 1000),
        unit="gCO2",
        formula=_LINEAR if len(children) == 2 else _SHARED,
        numbers=numbers,
        notes=notes,
        children=tuple(children),
    )


def _told(act: Act, credited: int, told: int) -> tuple[Text, ...]:
    if credited == told:
        return ()
    amount = plain(Fraction(told, STEPS))
    return (
        Text(f"上报数量 {amount} {act.unit_name.zh}", f"told by the partner: {amount} {act.unit_name.en}"),
    )


def _figure(chosen: Chosen) -> Explanation:
    return Explanation(
        id="grams",
        name=Text("每单位减排量", "grams per unit"),
        value=chosen.value,
        unit=chosen.unit,
        chosen=chosen,
        notes=tuple(note for note in (chosen.dated.note if chosen.dated else None,) if note),
    )


def _share(share: Fraction) -> Explanation:
    chosen: Chosen = given("self_declared_share", share, "1")
    return Explanation(
        id="share", name=Text("自行申报折算", "share for a declaration"), value=share, unit="1", chosen=chosen
    )
