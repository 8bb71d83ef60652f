"""Rules as named functions over columns.

A step's name is what it yields; its arguments are inputs, parameters or earlier steps. One set of functions runs a
million rows as columns, runs one row on exact fractions, explains that row, and writes the documentation page.

A rule that is not whole does not start: a misspelt argument, a circle, a step without names or unit, or a formula
whose units do not give the unit declared. The last is proven by running every step once on quantities with units.
"""

import difflib
import graphlib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from carbon import documentation, formula, units
from carbon.explanation import Explanation, amount
from carbon.parameters import Chosen, Parameter
from carbon.rounding import plain
from carbon.text import Text

Step = Callable[..., Any]


class RuleFault(Exception):  # noqa: N818 - as ParameterFault: what is wrong with the rule, told to its author
    """The rule may not be used; the program does not start with it."""


@dataclass(frozen=True)
class Term:
    """A name that appears in a rule: what it is called, its unit, and the words for its formula if need be."""

    name: Text
    unit: str
    formula: Text | None = None
    unchecked: str | None = None


@dataclass(frozen=True)
class Rule:
    """Steps wired by their argument names, with the words and units of every name.

    Raises:
        RuleFault: at construction, if the rule is not whole.
    """

    id: str
    version: str
    name: Text
    steps: Mapping[str, Step]
    inputs: Mapping[str, Term]
    parameters: Mapping[str, Term]
    terms: Mapping[str, Term]
    about: Text | None = None
    order: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", self._ordered())
        self._prove_units()
        _ = self.formulas

    @cached_property
    def arguments(self) -> Mapping[str, tuple[str, ...]]:
        """The argument names of each step."""
        return {name: tuple(inspect.signature(step).parameters) for name, step in self.steps.items()}

    @cached_property
    def formulas(self) -> Mapping[str, Text]:
        """The formula of each step in words: from the words of its TOML, else from its source."""
        return {name: self._formula(name) for name in self.order}

    def document(self, language: str, values: Mapping[str, Parameter] | None = None) -> str:
        """The rule's page in Markdown, in `zh` or `en`, with the dated values of `values` if given."""
        return documentation.page(self, language, values)

    def term(self, name: str) -> Term:
        """Names and unit of an input, parameter or step."""
        return self.inputs.get(name) or self.parameters.get(name) or self.terms[name]

    def run(
        self,
        columns: Mapping[str, Any],
        parameters: Mapping[str, Parameter | Chosen] | None = None,
        *,
        days: npt.NDArray[np.datetime64] | None = None,
        regions: Sequence[str] | npt.NDArray[Any] | None = None,
    ) -> dict[str, Any]:
        """All steps over columns (float64), parameters picked per row by day and place.

        Inputs and parameters must be in the units the rule declares; a `Parameter` or `Chosen` is converted.

        Raises:
            Problem: a row's day has no value.
            KeyError: an input is missing.
        """
        values: dict[str, Any] = {name: columns[name] for name in self.inputs}
        for name in self.parameters:
            values[name] = (
                columns[name] if name in columns else self._column(name, parameters or {}, days, regions)
            )
        for name in self.order:
            values[name] = self.steps[name](*(values[argument] for argument in self.arguments[name]))
        return {name: values[name] for name in self.order}

    def exactly(
        self, step: str, inputs: Mapping[str, Fraction], parameters: Mapping[str, Chosen]
    ) -> dict[str, Fraction]:
        """`step` and every name it needs, for one row, on exact fractions in the units the rule declares.

        Raises:
            Problem: a parameter's unit measures something else than the rule expects.
            KeyError: an input or parameter it needs is missing.
        """
        values: dict[str, Fraction] = {}
        for name in self._needed[step]:
            if name in self.steps:
                values[name] = self.steps[name](*(values[argument] for argument in self.arguments[name]))
            elif name in self.parameters:
                values[name] = parameters[name].into(self.parameters[name].unit)
            else:
                values[name] = inputs[name]
        return values

    def drawn(self, step: str, values: Mapping[str, Any]) -> Any:
        """`step` from inputs and parameters that may be columns of draws, in the units the rule declares.

        Raises:
            KeyError: one that the step needs is missing.
        """
        found = dict(values)
        for name in self._needed[step]:
            if name in self.steps:
                found[name] = self.steps[name](*(found[argument] for argument in self.arguments[name]))
        return found[step]

    @cached_property
    def _needed(self) -> Mapping[str, tuple[str, ...]]:
        """For each step, what leads to it and itself, first things first."""
        needed: dict[str, tuple[str, ...]] = {}
        for step in self.order:
            leading: dict[str, None] = {}
            for argument in self.arguments[step]:
                leading |= dict.fromkeys(needed.get(argument, (argument,)))
            needed[step] = (*leading, step)
        return needed

    def explain(
        self,
        step: str,
        inputs: Mapping[str, Fraction],
        parameters: Mapping[str, Chosen],
        *,
        notes: Mapping[str, Sequence[Text]] | None = None,
    ) -> Explanation:
        """How `step` comes to be for one row; `notes` are remarks on inputs, parameters or steps by name.

        Raises:
            Problem, KeyError: as `exactly`.
        """
        values = self.exactly(step, inputs, parameters)
        return self._explain(step, values, parameters, notes or {})

    def _explain(
        self,
        name: str,
        values: Mapping[str, Fraction],
        parameters: Mapping[str, Chosen],
        notes: Mapping[str, Sequence[Text]],
    ) -> Explanation:
        term, remarks = self.term(name), tuple(notes.get(name, ()))
        if name not in self.steps:
            chosen = parameters.get(name) if name in self.parameters else None
            reported = chosen is None or chosen.dated is None
            return Explanation(
                name, term.name, values[name], term.unit, chosen=chosen, reported=reported, notes=remarks
            )
        return Explanation(
            name,
            term.name,
            values[name],
            term.unit,
            formula=self.formulas[name],
            numbers=self._numbers(name, values),
            notes=remarks,
            children=tuple(
                self._explain(argument, values, parameters, notes) for argument in self.arguments[name]
            ),
        )

    def _numbers(self, name: str, values: Mapping[str, Fraction]) -> str:
        def number(argument: str) -> str:
            return amount(values[argument], self.term(argument).unit)

        try:
            return formula.written(formula.expression_of(self.steps[name]), number, "numbers")
        except formula.NotAFormula:
            return ", ".join(f"{argument} = {number(argument)}" for argument in self.arguments[name])

    def _formula(self, name: str) -> Text:
        told = self.terms[name].formula
        if told:
            return told
        try:
            expression = formula.expression_of(self.steps[name])
            zh, en = (
                formula.written(expression, lambda word: self.term(word).name.in_language(language), language)  # noqa: B023 - used at once
                for language in ("zh", "en")
            )
        except formula.NotAFormula as fault:
            raise RuleFault(
                f"{self.id}: {fault} Make it so, or give its formula in words under [steps.{name}]."
            ) from fault
        return Text(zh, en)

    def _column(
        self,
        name: str,
        parameters: Mapping[str, Parameter | Chosen],
        days: npt.NDArray[np.datetime64] | None,
        regions: Sequence[str] | npt.NDArray[Any] | None,
    ) -> Any:
        parameter = parameters[name]
        unit = self.parameters[name].unit
        if isinstance(parameter, Chosen):
            return float(parameter.into(unit))
        if days is None:
            raise KeyError(f"{self.id}: {name} is dated, so the rows need days.")
        return parameter.column(days, regions) * float(units.to_unit(parameter.unit, unit))

    def _ordered(self) -> tuple[str, ...]:
        known = [*self.inputs, *self.parameters, *self.steps]
        for name, arguments in self.arguments.items():
            for argument in arguments:
                if argument not in known:
                    near = difflib.get_close_matches(argument, known, n=3, cutoff=0.4)
                    raise RuleFault(
                        f"{self.id}: step {name} asks for “{argument}”, which is no input, parameter or step."
                        f" Did you mean {' or '.join(near) or 'one of ' + ', '.join(known)}?"
                    )
            if name not in self.terms:
                raise RuleFault(f"{self.id}: step {name} has no [steps.{name}] with zh, en and unit.")
        try:
            order = tuple(graphlib.TopologicalSorter(self.arguments).static_order())
        except graphlib.CycleError as fault:
            raise RuleFault(f"{self.id}: steps go in a circle: {' → '.join(fault.args[1])}.") from fault
        return tuple(name for name in order if name in self.steps)

    def _prove_units(self) -> None:
        quantities: dict[str, Any] = {}
        numbers: dict[str, Fraction] = {}
        for place, name in enumerate((*self.inputs, *self.parameters)):
            numbers[name] = Fraction(_PRIMES[place % len(_PRIMES)], 7)
            quantities[name] = numbers[name] * units.quantity(self.term(name).unit)
        for name in self.order:
            term = self.terms[name]
            arguments = self.arguments[name]
            numbers[name] = self.steps[name](*(numbers[argument] for argument in arguments))
            quantities[name] = numbers[name] * units.quantity(term.unit)
            if term.unchecked is None:
                self._prove(name, term.unit, [quantities[argument] for argument in arguments], numbers[name])

    def _prove(self, name: str, unit: str, arguments: Sequence[Any], expected: Fraction) -> None:
        try:
            result = self.steps[name](*arguments) / units.quantity(unit)
            scale = result.to("dimensionless").magnitude / expected if expected else Fraction(1)
        except Exception as fault:
            raise RuleFault(
                f"{self.id}: step {name} does not give {unit}: its arguments are in "
                f"{', '.join(f'{a} ({self.term(a).unit})' for a in self.arguments[name])}."
            ) from fault
        if scale != 1:
            raise RuleFault(f"{self.id}: step {name} is {plain(Fraction(scale))} times too small for {unit}.")


_PRIMES = (2, 3, 5, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)


def build(
    content: Mapping[str, Any],
    steps: Iterable[Step] | Mapping[str, Step],
    *,
    id: str,  # noqa: A002 - the word the rest of the house uses
    unit: str = "",
) -> Rule:
    """A rule from its functions and its TOML; of the names in the TOML it takes those the steps reach.

    A step is named as its function, or as its key where `steps` is a mapping. `unit` fills `{unit}` in the declared units, for a rule that works on tonnes, Nm³ or GJ alike.

    Raises:
        RuleFault: as `Rule`, or a name without zh, en or unit.
    """
    functions = dict(steps) if isinstance(steps, Mapping) else {step.__name__: step for step in steps}
    reached = {argument for step in functions.values() for argument in inspect.signature(step).parameters}

    def section(title: str, names: Iterable[str]) -> dict[str, Term]:
        tables = content.get(title, {})
        return {name: _term(tables[name], f"{id} [{title}.{name}]", unit) for name in tables if name in names}

    return Rule(
        id=id,
        version=str(content["version"]),
        name=Text.of(content, id),
        steps=functions,
        inputs=section("inputs", reached),
        parameters=section("parameters", reached),
        terms=section("steps", functions),
        about=Text.of(content["about"], f"{id} [about]") if "about" in content else None,
    )


def _term(table: Mapping[str, Any], where: str, unit: str) -> Term:
    declared = str(table.get("unit", "")).replace("{unit}", unit)
    if not declared or not units.is_unit(declared):
        raise RuleFault(f"{where}: unit “{declared}” is missing or not known.")
    try:
        words = Text.of(table["formula"], where) if "formula" in table else None
        return Term(Text.of(table, where), declared, words, table.get("unchecked"))
    except ValueError as fault:
        raise RuleFault(str(fault)) from fault
