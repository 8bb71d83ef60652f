"""What every reduction methodology shares: reading, applicability, the sum per calendar year, deductions, rounding down.

A methodology gives named steps. For each route there are rows (tables) whose steps are summed into `[totals]`, and
steps of the year. Of the year's steps these have a meaning, all in tCO2e and all but one of the first four optional:

    baseline, project                 emissions without and with the project
    project_removal, baseline_removal what is taken out of the air
    leakage                           emissions moved elsewhere
    cap                               the most that may be claimed (an ex-post limit)
    uncertainty_deduction             from the change
    non_permanence_deduction          risk discount or buffer share
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from carbon import rules
from carbon.confidence import Confidence
from carbon.errors import N_, Problem
from carbon.explanation import Explanation
from carbon.parameters import Chosen, Parameter, content_of, given, read
from carbon.rounding import plain
from carbon.text import Text
from methodologies.reduction.applicability import answers
from methodologies.reduction.credits import Credits, Vintage, YearAmounts, closed, vintages
from methodologies.reduction.monitoring import Asked, Layer, Record, Report, read_report
from methodologies.reduction.schema import (
    PROJECT,
    YEAR,
    Condition,
    Field,
    MethodologyFault,
    conditions_of,
    fields_of,
)
from methodologies.reduction.terms import Terms, terms_of
from methodologies.reduction.values import VINTAGE, RecalledChosen, Scope

Step = Callable[..., Any]
Steps = Sequence[Step] | Mapping[str, Step]
"""Functions under their own names, or under the names they stand for."""
SHOWN = 8
OUTCOMES = ("baseline", "project", "project_removal", "baseline_removal", "leakage", "cap")
DEDUCTIONS = ("uncertainty_deduction", "non_permanence_deduction")


@dataclass(frozen=True)
class Total:
    """A step of a table's rows, summed over the rows of a year."""

    name: Text
    table: str
    step: str
    unit: str


@dataclass(frozen=True)
class Route:
    """One way to compute: the year's rule and the rules of the rows it sums."""

    name: Text
    year: rules.Rule
    rows: Mapping[str, rules.Rule]
    totals: Mapping[str, Total]
    confidence: Confidence
    """The least confirmed formula of the route."""


@dataclass(frozen=True)
class Methodology:
    """A reduction methodology: words, conditions, routes, dated values, and how a report becomes credits."""

    id: str
    version: str
    name: Text
    code: str
    about: Text
    aliases: tuple[str, ...]
    terms: Terms
    fields: Mapping[str, Field]
    values: Mapping[str, Parameter]
    conditions: Mapping[str, Condition]
    routes: Mapping[str, Route]
    gwp_set: str
    tables: Mapping[str, Text]
    row_counts: Mapping[str, Callable[[Layer, Record], bool]] = field(default_factory=dict)

    @property
    def confidence(self) -> Confidence:
        """The least confirmed formula of the best route."""
        return max(route.confidence for route in self.routes.values())

    @property
    def label(self) -> str | None:
        """The scheme whose text confirms every formula; None where formulas are recalled or second-hand."""
        return self.terms.scheme if self.terms.scheme and self.confidence is Confidence.TEXT else None

    @cached_property
    def asked(self) -> Asked:
        """What a report must say."""
        names = {id_: route.name for id_, route in self.routes.items()}
        return Asked(self.fields, tuple(self.tables), self.conditions, names, self.gwp_set)

    def calculate(self, data: Mapping[str, Any] | Report, *, explain: bool = False) -> Credits:
        """Credits of a monitoring report, by calendar year.

        Raises:
            Problem: a value is missing, unknown or out of range, or a year lies outside what the terms allow.
        """
        report = data if isinstance(data, Report) else read_report(self.asked, data)
        notes = self.terms.check(report)
        route = self.routes[report.route]
        years = [self._year(route, report, record, explain=explain) for record in report.records]
        judged = answers(self, report)
        recalled = {c.id: c for year in years for c in year.used if isinstance(c, RecalledChosen)}
        if recalled:
            names = Text.listed(self.fields[id_].name for id_ in recalled)
            notes.append(
                Text(
                    f"凭记忆、未核对原文的数值：{names.zh}",
                    f"recalled, not verified against the issued text: {names.en}",
                )
            )
        applicable = None if any(a.met is None for a in judged) else True
        if any(a.met is False for a in judged):
            applicable = False
        return Credits(
            methodology=self,
            route=report.route,
            gwp_set=report.gwp_set,
            answers=judged,
            applicable=applicable,
            vintages=vintages(years, creditable=applicable is not False, buffer=self.terms.has_buffer),
            confidence=Confidence.weakest([route.confidence, *(year.confidence for year in years)]),
            label=self.terms.scheme
            if route.confidence is Confidence.TEXT and applicable is not False and not recalled
            else None,
            formula_confidence=route.confidence,
            notes=tuple(notes),
            defaults=_defaults(years),
        )

    def _year(self, route: Route, report: Report, record: Record, *, explain: bool) -> YearAmounts:
        outer = ((record.at, record.layer), ("project", report.project))
        totals, grafts, used = self._totals(route, report, record, outer, explain=explain)
        scope = self.scope(report, record, outer)
        parameters = {
            name: totals[name] if name in totals else scope.chosen(name) for name in route.year.parameters
        }
        values = evaluate(route.year, parameters)
        used.update({chosen.id: chosen for chosen in scope.taken.values()})
        amounts = {name: values.get(name, Fraction(0)) for name in (*OUTCOMES, *DEDUCTIONS)}
        told = None
        if explain:
            told = {
                name: _grafted(route.year.explain(name, {}, parameters, notes=scope.notes), grafts)
                for name in (*OUTCOMES, *DEDUCTIONS)
                if name in route.year.steps
            }
        return closed(
            record.period,
            amounts,
            has_cap="cap" in values,
            steps=values,
            told=told,
            used=tuple(used.values()),
        )

    def _totals(
        self,
        route: Route,
        report: Report,
        record: Record,
        outer: Sequence[tuple[str, Layer]],
        *,
        explain: bool,
    ) -> tuple[dict[str, Chosen], dict[str, Explanation], dict[str, Chosen]]:
        sums = {name: Fraction(0) for name in route.totals}
        told: dict[str, list[Explanation]] = {name: [] for name in route.totals}
        used: dict[str, Chosen] = {}
        for table, rule in route.rows.items():
            wanted = {name: total for name, total in route.totals.items() if total.table == table}
            for at, row in self._rows_of(table, report, record):
                scope = self.scope(report, record, ((at, row), *outer))
                parameters = {name: scope.chosen(name) for name in rule.parameters}
                values = evaluate(rule, parameters)
                used.update(
                    {c.id: c for c in scope.taken.values() if c.dated or isinstance(c, RecalledChosen)}
                )
                for name, total in wanted.items():
                    sums[name] += values[total.step]
                    if explain:
                        told[name].append(rule.explain(total.step, {}, parameters, notes=scope.notes))
        chosen = {name: given(name, sums[name], total.unit) for name, total in route.totals.items()}
        grafts = {
            name: Explanation(
                name,
                total.name,
                sums[name],
                total.unit,
                formula=Text(f"各行{total.name.zh}之和", f"sum of {total.name.en} over the rows"),
                numbers=_listed(told[name]),
                children=tuple(told[name]),
            )
            for name, total in route.totals.items()
        }
        return chosen, grafts, used

    def _rows_of(self, table: str, report: Report, record: Record) -> list[tuple[str, Layer]]:
        dated = self.terms.accumulates.get(table)
        earlier = [r for r in report.records if r.year <= record.year] if dated else [record]
        own = [
            (f"{r.at}.{table}[{n}]", {dated: r.year, **row} if dated else row)
            for r in earlier
            for n, row in enumerate(r.rows.get(table, ()))
        ]
        shared = [(f"project.{table}[{n}]", row) for n, row in enumerate(report.rows.get(table, ()))]
        counts = self.row_counts.get(table)
        rows = [
            (at, row)
            for at, row in (*shared, *own)
            if (counts is None or counts(row, record))
            and not (dated and _is_later(row.get(dated), record.year))
        ]
        if not rows and not (own or shared) and table not in self.terms.optional_tables:
            raise Problem(
                N_("The table {table} ({name}) has no rows: give at least one."),
                table=table,
                name=self.tables[table],
                at=f"{record.at}.{table}",
            )
        return rows

    def scope(self, report: Report, record: Record, layers: Sequence[tuple[str, Layer]]) -> Scope:
        """Where a formula or a condition finds its values; `layers` innermost first."""
        year: Layer = {VINTAGE: record.year} if VINTAGE in self.fields else {}
        return Scope(
            self.fields,
            self.values,
            ((record.at, year), *layers),
            record,
            report.gwp_set,
            recalled=report.recalled,
        )


def evaluate(rule: rules.Rule, parameters: Mapping[str, Chosen]) -> dict[str, Fraction]:
    """Every step of a rule for one row, exact as far as its formulas are.

    Raises:
        Problem: a division by zero, or a power beyond all numbers.
    """
    values = {name: parameters[name].into(term.unit) for name, term in rule.parameters.items()}
    for name in rule.order:
        try:
            values[name] = rule.steps[name](*(values[argument] for argument in rule.arguments[name]))
        except (ZeroDivisionError, OverflowError, ValueError) as fault:
            names = (rule.term(argument).name for argument in rule.arguments[name])
            raise Problem(
                N_(
                    "{step} cannot be computed from these values: check {fields}; none may be zero where it divides."
                ),
                step=rule.term(name).name,
                fields=Text.listed(names),
                at=name,
            ) from fault
    return {name: values[name] for name in rule.order}


def methodology(
    package: str,
    name: str,
    *,
    year: Sequence[Step] | Mapping[str, Steps],
    rows: Mapping[str, Steps] | None = None,
    conditions: Iterable[Callable[..., bool]] = (),
    row_counts: Mapping[str, Callable[[Layer, Record], bool]] | None = None,
) -> Methodology:
    """A methodology from its functions and its TOML; `year` by route where there are several.

    `rows` is by table, or by `route.table` where a route computes its rows otherwise.

    Raises:
        MethodologyFault, RuleFault: words, units or formulas that are not whole.
    """
    content = content_of(package, f"{name}.toml")
    for other in content.get("include", ()):
        content = _merged(_without(content_of(package, f"{other}.toml"), content), content)
    fields = fields_of(content, name)
    routes = dict(year) if isinstance(year, Mapping) else {"default": list(year)}
    tables = {
        id_: Text.of(table, f"{name} [tables.{id_}]") for id_, table in content.get("tables", {}).items()
    }
    whole = Methodology(
        id=name,
        version=str(content["version"]),
        name=Text.of(content, name),
        code=str(content["code"]),
        about=Text.of(content["about"], f"{name} [about]"),
        aliases=tuple(content.get("aliases", ())),
        terms=terms_of(content, name),
        fields=fields,
        values=read(
            {"documents": content.get("documents", {}), "defaults": content.get("defaults", {})}
            | content.get("values", {}),
            where=f"{name}.toml",
        ),
        conditions=conditions_of(content, {c.__name__: c for c in conditions}, name),
        routes={
            id_: _route(content, fields, id_, _named(steps), rows or {}, where=name)
            for id_, steps in routes.items()
        },
        gwp_set=str(content.get("gwp_set", "AR5")),
        tables=tables,
        row_counts=row_counts or {},
    )
    _whole(whole)
    return whole


def _route(
    content: Mapping[str, Any],
    fields: Mapping[str, Field],
    id_: str,
    steps: Mapping[str, Step],
    rows: Mapping[str, Steps],
    *,
    where: str,
) -> Route:
    words = {
        name: spec.name.as_dict() | {"unit": spec.computed_in or spec.unit} for name, spec in fields.items()
    }
    totals = content.get("totals", {})
    asked = {argument for step in steps.values() for argument in inspect.signature(step).parameters}
    chosen = {name: table for name, table in totals.items() if name in asked}
    used_tables = {str(table["of"]).partition(".")[0] for table in chosen.values()}
    own_rows = {
        table: rows.get(f"{id_}.{table}", steps_of) for table, steps_of in rows.items() if "." not in table
    }
    row_rules = {
        table: rules.build(
            {**content, "parameters": words, "inputs": {}}, _named(row_steps), id=f"{where}.{table}"
        )
        for table, row_steps in own_rows.items()
        if table in used_tables
    }
    sums = {}
    for name, table in chosen.items():
        of, _, step = str(table["of"]).partition(".")
        sums[name] = Total(
            Text.of(table, f"{where} [totals.{name}]"), of, step, row_rules[of].terms[step].unit
        )
    words |= {name: total.name.as_dict() | {"unit": total.unit} for name, total in sums.items()}
    year = rules.build({**content, "parameters": words, "inputs": {}}, steps, id=f"{where}.{id_}")
    usual = Confidence.of(content["formulas"]["confidence"])
    used = [*year.steps, *(step for rule in row_rules.values() for step in rule.steps)]
    marks = [content["steps"][step].get("confidence") for step in used]
    title = content.get("routes", {}).get(id_) or {"zh": "计算方法", "en": "the calculation"}
    return Route(
        name=Text.of(title, f"{where} [routes.{id_}]"),
        year=year,
        rows=row_rules,
        totals=sums,
        confidence=Confidence.of(title["confidence"])
        if "confidence" in title
        else Confidence.weakest(Confidence.of(mark) if mark else usual for mark in marks),
    )


def _named(steps: Steps) -> dict[str, Step]:
    return dict(steps) if isinstance(steps, Mapping) else {step.__name__: step for step in steps}


def _whole(whole: Methodology) -> None:
    for route in whole.routes.values():
        wrong = [
            n
            for n in (*OUTCOMES, *DEDUCTIONS)
            if n in route.year.terms and route.year.terms[n].unit != "tCO2e"
        ]
        if wrong or not set(route.year.steps) & set(OUTCOMES[:4]):
            raise MethodologyFault(f"{whole.id}: needs baseline or removals, in tCO2e; wrong: {wrong}.")
    for spec in whole.fields.values():
        if spec.per not in {PROJECT, YEAR, *whole.tables}:
            raise MethodologyFault(f"{whole.id} [fields.{spec.id}]: per “{spec.per}” is no table.")
        unknown = [name for name in spec.by if name not in whole.fields]
        if unknown:
            raise MethodologyFault(f"{whole.id} [fields.{spec.id}]: by {unknown} is no field.")
    for condition in whole.conditions.values():
        unknown = [name for name in condition.arguments if name not in whole.fields]
        if unknown:
            raise MethodologyFault(f"{whole.id} [conditions.{condition.id}]: {unknown} is no field.")


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of both; where both say something, `above` holds."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _without(included: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """An included file less the tables and fields that `content` does without, and all that hangs on them."""
    left_out = set(content.get("without", ()))

    def kept(title: str, key: str, table: Any) -> bool:
        hangs_on = str(table.get("per" if title == "fields" else "of", "")).partition(".")[0]
        return key not in left_out and hangs_on not in left_out

    return {
        title: {key: inner for key, inner in table.items() if kept(title, key, inner)}
        if title in {"tables", "fields", "totals", "conditions"}
        else table
        for title, table in included.items()
    }


def _listed(parts: Sequence[Explanation]) -> str:
    shown = " + ".join(plain(part.value) for part in parts[:SHOWN]) or "0"
    return shown + (" + …" if len(parts) > SHOWN else "")


def _is_later(written: Any, year: int) -> bool:
    """Whether a row is of a year that has not come yet; what is no year is left for the field to refuse."""
    text = str(written)
    return text[:4].isdigit() and int(text[:4]) > year


def _grafted(told: Explanation, grafts: Mapping[str, Explanation]) -> Explanation:
    """The tree with the sums over rows in place of their bare numbers."""
    if told.id in grafts and not told.children:
        return grafts[told.id]
    return replace(told, children=tuple(_grafted(child, grafts) for child in told.children))


def _defaults(years: Iterable[YearAmounts]) -> tuple[Chosen, ...]:
    """Each published value that was used, once."""
    found: dict[tuple[str, Fraction], Chosen] = {}
    for year in years:
        for chosen in year.used:
            if chosen.dated:
                found.setdefault((chosen.id, chosen.value), chosen)
    return tuple(found.values())


__all__ = ["Credits", "Methodology", "Route", "Total", "Vintage", "evaluate", "methodology"]
