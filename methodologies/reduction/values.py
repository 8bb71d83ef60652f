"""Where a formula finds its values, and how a written value becomes an exact number in the field's unit."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from carbon import units
from carbon.confidence import Confidence
from carbon.errors import N_, Problem
from carbon.explanation import amount
from carbon.parameters import Chosen, Parameter, given
from carbon.rounding import plain
from carbon.text import Text
from methodologies.factors.gwp import gwp_chosen
from methodologies.reduction.monitoring import Layer, Record
from methodologies.reduction.schema import PROJECT, YEAR, Field, folded

LONGEST_NUMBER, LARGEST_POWER = 60, 30
VINTAGE = "vintage"
"""A field of this name holds the calendar year of the record, for formulas that count years."""


RECALLED = Text("凭记忆，未核对发布文本", "recalled, not verified against the issued text")


@dataclass(frozen=True)
class RecalledChosen(Chosen):
    """A figure that is only recalled; it takes the label off every result it enters."""

    @property
    def confidence(self) -> Confidence:
        """Recalled."""
        return Confidence.MEMORY


@dataclass
class Scope:
    """Where a formula finds its values: the row, then the year, then the project, then the published default."""

    fields: Mapping[str, Field]
    values: Mapping[str, Parameter]
    layers: Sequence[tuple[str, Layer]]
    record: Record
    gwp_set: str
    taken: dict[str, Chosen] = field(default_factory=dict)
    notes: dict[str, list[Text]] = field(default_factory=dict)
    recalled: bool = False

    def chosen(self, name: str) -> Chosen:
        """The value of a field.

        Raises:
            Problem: missing without a confirmed default, out of range, or in a wrong unit; `at` names the field.
        """
        if name not in self.taken:
            self.taken[name] = self._choose(self.fields[name])
        return self.taken[name]

    def has(self, name: str) -> bool:
        """Whether the report gives it."""
        return any(name in layer for _, layer in self.layers)

    def choice(self, name: str) -> str | None:
        """The id of what was chosen, None if nothing was.

        Raises:
            Problem: not among the choices.
        """
        spec = self.fields[name]
        written = next((layer[name] for _, layer in self.layers if name in layer), None)
        if written is None or not spec.choices:
            return None
        chosen = spec.choice_words.get(folded(str(written)))
        if chosen is None:
            raise Problem(
                N_("“{value}” is none of the choices for {field}: {known}."),
                value=str(written),
                field=spec.name,
                known=Text.listed(
                    Text(f"{text.zh}（{id_}）", f"{id_} ({text.en})") for id_, text in spec.choices.items()
                ),
                at=self._at(name),
            )
        return chosen

    def _choose(self, spec: Field) -> Chosen:
        for at, layer in self.layers:
            if spec.id in layer and (spec.is_reported or spec.id == VINTAGE):
                return self._checked(spec, layer[spec.id], f"{at}.{spec.id}")
        if spec.gas:
            weight = gwp_chosen(spec.gas, self.gwp_set)
            return Chosen(spec.id, weight.value, spec.unit, weight.dated)
        parameter = self._default(spec)
        if parameter:
            chosen = self._published(parameter, spec)
            value = chosen.value * units.to_unit(_same_gas(chosen.unit, spec.unit), spec.unit)
            return Chosen(spec.id, value, spec.unit, chosen.dated, reason=chosen.reason)
        recalled = self._recalled(spec) if self.recalled else None
        if recalled is not None:
            return recalled
        if spec.absent is not None:
            self.notes.setdefault(spec.id, []).append(Text("未填报，按此值计", "not reported: taken so"))
            return given(spec.id, spec.absent, spec.unit)
        raise self._missing(spec)

    def _recalled(self, spec: Field) -> "RecalledChosen | None":
        """The recalled figure, where the report lets it stand; the nearest for what was chosen."""
        keys = [key for name in spec.by if self.fields[name].choices and (key := self.choice(name))]
        for key in (".".join(keys), *keys, ""):
            if key in spec.recalled_values:
                self.notes.setdefault(spec.id, []).append(RECALLED)
                return RecalledChosen(spec.id, spec.recalled_values[key], spec.unit, reason=RECALLED)
        return None

    def _published(self, parameter: Parameter, spec: Field) -> Chosen:
        try:
            return parameter.at(self.record.period.starts_on)
        except Problem as problem:
            problem.at = self._at(spec.id)
            raise

    def _default(self, spec: Field) -> Parameter | None:
        """The published value for the choices made; the more choices it is printed for, the nearer."""
        path, found = spec.id, self.values.get(spec.id)
        for name in spec.by:
            key = self.choice(name) if self.fields[name].choices else self._nearest(path, name)
            if key is None:
                break
            path = f"{path}.{key}"
            found = self.values.get(path, found)
        return found

    def _nearest(self, path: str, name: str) -> str | None:
        """The line of a table by whole numbers that a number falls on: to the careful side, inside the table's ends."""
        if not self.has(name):
            return None
        lines = [
            int(id_[len(path) + 1 :]) for id_ in self.values if re.fullmatch(re.escape(path) + r"\.\d+", id_)
        ]
        written = self.chosen(name).value
        value = math.ceil(written) if self.fields[name].rounds_up else math.floor(written)
        return str(min(max(value, min(lines)), max(lines))) if lines else None

    def _missing(self, spec: Field) -> Problem:
        asked = [self.fields[name].name for name in spec.by if not self.has(name)]
        if spec.recalled:
            return Problem(
                N_(
                    "{field} ({unit}) is missing. The figure {recalled} is only recalled, not confirmed against the "
                    "issued text, and therefore not used: give the value with your evidence."
                ),
                field=spec.name,
                unit=spec.unit,
                recalled=spec.recalled,
                at=self._at(spec.id),
            )
        if asked:
            return Problem(
                N_("{field} ({unit}) is missing: give it, or give {choice} to take the published default."),
                field=spec.name,
                unit=spec.unit,
                choice=Text.listed(asked),
                at=self._at(spec.id),
            )
        return Problem(
            N_("{field} ({unit}) is missing, and there is no confirmed default: give it."),
            field=spec.name,
            unit=spec.unit,
            at=self._at(spec.id),
        )

    def checked(self, spec: Field, written: Any) -> Chosen:
        """A written value of a field, read as if it stood in the innermost layer.

        Raises:
            Problem: no number, in a wrong unit, or out of range.
        """
        return self._checked(spec, written, self._at(spec.id))

    def _at(self, name: str) -> str:
        place = next((at for at, layer in self.layers if name in layer), None)
        wanted = self.fields[name].per
        depth = {PROJECT: -1, YEAR: -2}.get(wanted, 1)
        return f"{place or self.layers[max(depth, -len(self.layers))][0]}.{name}"

    def _checked(self, spec: Field, written: Any, at: str) -> Chosen:
        value, unit = _number(spec, written, at)
        try:
            factor = units.to_unit(_same_gas(unit, spec.unit), spec.unit)
        except Problem as problem:
            problem.at = at
            raise
        value *= factor
        too_low = (spec.least is not None and value < spec.least) or (
            spec.above is not None and value <= spec.above
        )
        if too_low or (spec.most is not None and value > spec.most):
            raise Problem(
                N_("{value} is out of range for {field}: it must be {limits}."),
                value=amount(value, spec.unit),
                field=spec.name,
                limits=_limits(spec),
                at=at,
            )
        return given(spec.id, value, spec.unit)


def _limits(spec: Field) -> Text:
    low = (
        [f"> {plain(spec.above)}"]
        if spec.above is not None
        else [f"≥ {plain(spec.least)}"]
        if spec.least is not None
        else []
    )
    shown = " · ".join(low + ([f"≤ {plain(spec.most)}"] if spec.most is not None else []))
    return Text(shown, shown)


def _same_gas(unit: str, expected: str) -> str:
    """A factor printed in CO2 counts as CO2e: of CO2, the two weigh the same."""
    return re.sub(r"CO2(?!e)", "CO2e", unit) if "CO2e" in expected else unit


_WITH_UNIT = re.compile(r"\s*([-+]?[\d.,]+(?:[eE][-+]?\d{1,2})?)\s*(\S.*?)?\s*$")


def _number(spec: Field, written: Any, at: str) -> tuple[Fraction, str]:
    if (
        isinstance(written, Mapping)
        and set(written) == {"value", "unit"}
        and not isinstance(written["value"], Mapping)
    ):
        return _number(spec, written["value"], at)[0], str(written["unit"])
    if isinstance(written, int | Fraction) and not isinstance(written, bool):
        return Fraction(written), spec.unit
    if isinstance(written, str):
        match = _WITH_UNIT.fullmatch(unicodedata.normalize("NFKC", written))
        exact = exact_number(match[1].replace(",", "")) if match else None
        if match and exact is not None:
            return exact, (match[2] or spec.unit)
    raise Problem(
        N_("“{value}” is not a number for {field}: write a number in {unit}."),
        value=str(written)[:60],
        field=spec.name,
        unit=spec.unit,
        at=at,
    )


def exact_number(text: str) -> Fraction | None:
    """A written number as an exact fraction; None for what is none, or is longer than anyone means."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or len(text) > LONGEST_NUMBER or abs(number.adjusted()) > LARGEST_POWER:
        return None
    return Fraction(number)
