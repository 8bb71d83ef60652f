"""Many reports of one methodology at once, by columns of exact numbers: the same results as one by one, to the last digit.

Rows that agree in everything but their amounts share one reading of parameters; their amounts are whole numbers over one
scale, so that a formula runs once for all of them. A step that cannot run so (it compares, takes a power or divides by
an amount) runs once for each distinct set of its amounts. Nothing is rounded before the tonne.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from carbon import rules
from carbon.errors import Problem
from carbon.parameters import given
from methodologies.reduction.applicability import holds_of
from methodologies.reduction.frame import DEDUCTIONS, OUTCOMES, Methodology, Route
from methodologies.reduction.monitoring import Record, Report, read_report
from methodologies.reduction.values import Scope


class NotByColumns(TypeError):  # noqa: N818 - no fault: the rows then run one by one
    """A formula asks for something that columns do not do."""


class Column:
    """Whole numbers times one exact scale; adds, subtracts and multiplies, and divides by what is the same for all."""

    __array_ufunc__ = None
    __slots__ = ("numbers", "scale")

    def __init__(self, numbers: npt.NDArray[Any], scale: Fraction) -> None:
        self.numbers = numbers
        self.scale = scale

    @classmethod
    def of(cls, values: Sequence[Fraction]) -> "Column":
        """Exact fractions over their common denominator."""
        common = math.lcm(*{value.denominator for value in values})
        numbers = np.empty(len(values), dtype=object)
        numbers[:] = [value.numerator * (common // value.denominator) for value in values]
        return cls(numbers, Fraction(1, common))

    def __mul__(self, other: Any) -> "Column":
        """By a column, or by one number."""
        if isinstance(other, Column):
            return Column(self.numbers * other.numbers, self.scale * other.scale)
        return (
            Column(self.numbers, self.scale * _number(other))
            if other
            else Column(self.numbers * 0, Fraction(1))
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Column":
        """By one number."""
        if isinstance(other, Column):
            raise NotByColumns
        return Column(self.numbers, self.scale / _number(other))

    def __add__(self, other: Any) -> "Column":
        """On a common scale."""
        if not isinstance(other, Column):
            if not other:
                return self
            other = Column(np.ones(1, dtype=object), _number(other))
        if self.scale == other.scale:
            return Column(self.numbers + other.numbers, self.scale)
        common = Fraction(
            math.gcd(self.scale.numerator, other.scale.numerator),
            math.lcm(self.scale.denominator, other.scale.denominator),
        )
        return Column(
            self.numbers * int(self.scale / common) + other.numbers * int(other.scale / common), common
        )

    __radd__ = __add__

    def __neg__(self) -> "Column":
        """The other sign."""
        return Column(-self.numbers, self.scale)

    def __sub__(self, other: Any) -> "Column":
        """On a common scale."""
        negative: Column | Fraction = -other
        return self.__add__(negative)

    def __rsub__(self, other: Any) -> "Column":
        """A number less the column."""
        return self.__neg__().__add__(other)

    def _compare(self, *_: object) -> Any:
        raise NotByColumns

    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __rtruediv__ = __pow__ = __float__ = _compare

    def values(self) -> list[Fraction]:
        """Each as an exact fraction."""
        return [number * self.scale for number in self.numbers]

    def floors(self) -> list[int]:
        """Each rounded down."""
        top, bottom = self.scale.numerator, self.scale.denominator
        return [number * top // bottom for number in self.numbers.tolist()]


def _number(value: Any) -> Fraction:
    if isinstance(value, int | Fraction):
        return Fraction(value)
    raise NotByColumns


@dataclass(frozen=True)
class YearResult:
    """Credits, buffer and net tonnes of one calendar year of one report."""

    year: int
    credits: int
    buffer: int
    net: Fraction


@dataclass
class _Group:
    """Rows that agree in everything but the amounts in `columns`."""

    scope: Scope
    names: tuple[str, ...]
    amounts: list[list[Any]]
    owners: list[int] = field(default_factory=list)


def calculate_many(
    method: Methodology, reports: Iterable[Mapping[str, Any] | Report]
) -> list[tuple[YearResult, ...] | Problem]:
    """What each report comes to by year, equal to `method.calculate`; a Problem stands for a report that has one."""
    read: list[Report | Problem] = []
    for one in reports:
        try:
            read.append(one if isinstance(one, Report) else read_report(method.asked, one))
        except Problem as problem:
            read.append(problem)
    good = [report for report in read if isinstance(report, Report)]
    by_route: dict[str, list[Report]] = {}
    for report in good:
        by_route.setdefault(report.route, []).append(report)
    results: dict[int, tuple[YearResult, ...] | Problem] = {}
    for route, several in by_route.items():
        try:
            found: Sequence[tuple[YearResult, ...] | Problem] = _Bulk(
                method, method.routes[route], several
            ).results()
        except (Problem, TypeError):
            found = [_alone(method, report) for report in several]
        results |= {id(report): result for report, result in zip(several, found, strict=True)}
    return [one if isinstance(one, Problem) else results[id(one)] for one in read]


def _alone(method: Methodology, report: Report) -> tuple[YearResult, ...] | Problem:
    try:
        found = method.calculate(report)
    except Problem as problem:
        return problem
    return tuple(YearResult(v.year, v.credits, v.buffer, v.parts["net"]) for v in found.vintages)


class _Bulk:
    """One route of one methodology on many reports."""

    def __init__(self, method: Methodology, route: Route, reports: Sequence[Report]) -> None:
        self.method, self.route, self.reports = method, route, reports
        self.records = [(report, record) for report in reports for record in report.records]
        self.numbers: dict[tuple[str, type, Any], Fraction] = {}
        self.by = {name for spec in method.fields.values() for name in spec.by}
        self.asked_by_rows = {n for rule in route.rows.values() for n in rule.parameters} | self.by
        self.asked_by_year = set(route.year.parameters) | self.by

    def results(self) -> list[tuple[YearResult, ...]]:
        for report in self.reports:
            self.method.terms.check(report)
        totals: dict[str, Column | None] = dict.fromkeys(self.route.totals)
        for table, rule in self.route.rows.items():
            for group in self._groups(table):
                self._add(totals, table, rule, group)
        nets, before = self._years(totals)
        return self._closed(nets, before)

    # ---- rows ----

    def _groups(self, table: str) -> list[_Group]:
        """The rows of a table by everything but their amounts."""
        fields = self.method.fields
        columns = {
            id_
            for id_, spec in fields.items()
            if spec.per == table and not spec.choices and id_ not in self.by
        }
        outer = self._outer(self.asked_by_rows)
        found: dict[Any, _Group] = {}
        for index, (report, record) in enumerate(self.records):
            key = outer(report, record)
            for at, row in self.method._rows_of(table, report, record):  # noqa: SLF001 - the same rows, by the same rules
                kept, names, amounts = [key], [], []
                for name, value in row.items():
                    if name in columns:
                        names.append(name)
                        amounts.append(value)
                    else:
                        kept.append((name, value))
                signature = (*kept, *names)
                group = found.get(signature)
                if group is None:
                    layers = ((at, row), (record.at, record.layer), ("project", report.project))
                    group = _Group(
                        self.method.scope(report, record, layers), tuple(names), [[] for _ in names]
                    )
                    found[signature] = group
                for column, amount in zip(group.amounts, amounts, strict=True):
                    column.append(amount)
                group.owners.append(index)
        return list(found.values())

    def _outer(self, asked: set[str]) -> Any:
        cache: dict[int, Any] = {}

        def key(report: Report, record: Record) -> Any:
            own = tuple((name, value) for name, value in record.layer.items() if name in asked)
            shared = cache.get(id(report))
            if shared is None:
                shared = tuple((name, value) for name, value in report.project.items() if name in asked)
                cache[id(report)] = shared
            return (shared, own, record.period, report.gwp_set, report.recalled)

        return key

    def _add(self, totals: dict[str, Column | None], table: str, rule: rules.Rule, group: _Group) -> None:
        wanted = {name: total.step for name, total in self.route.totals.items() if total.table == table}
        parameters: dict[str, Any] = {}
        for name, term in rule.parameters.items():
            if name in group.names:
                place = group.names.index(name)
                parameters[name] = self._column(group.scope, name, term.unit, group.amounts[place])
            else:
                parameters[name] = group.scope.chosen(name).into(term.unit)
        values = run(rule, parameters)
        owners = np.array(group.owners)
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
        for name, step in wanted.items():
            summed = np.zeros(len(self.records), dtype=object)
            value = values[step]
            if isinstance(value, Column):
                summed[owners[starts]] = np.add.reduceat(value.numbers, starts)
                column = Column(summed, value.scale)
            else:
                summed[owners[starts]] = [int(n) for n in np.diff(np.r_[starts, len(owners)])]
                column = Column(summed, Fraction(value)) if value else Column(summed * 0, Fraction(1))
            earlier = totals[name]
            totals[name] = column if earlier is None else earlier + column

    def _column(self, scope: Scope, name: str, unit: str, values: list[Any]) -> Column:
        """Written amounts in the formula's unit; plain numbers are checked by their least and largest."""
        if not {int, Fraction}.issuperset(map(type, values)):
            return Column.of([self._read(scope, name, unit, value) for value in values])
        column = Column.of(values)
        for value in (column.numbers.min(), column.numbers.max()):
            scope.checked(self.method.fields[name], value * column.scale)
        return column * given(name, Fraction(1), self.method.fields[name].unit).into(unit)

    def _read(self, scope: Scope, name: str, unit: str, value: Any) -> Fraction:
        """A written amount in the formula's unit, each spelling read once."""
        key = (name, value.__class__, value)  # True is no 1
        number = self.numbers.get(key)
        if number is None:
            spec = self.method.fields[name]
            number = scope.checked(spec, value).into(unit)
            self.numbers[key] = number
        return number

    # ---- years ----

    def _years(self, totals: Mapping[str, Column | None]) -> tuple[list[Column], list[Column]]:
        """Net, and net before the non-permanence deduction, record by record in groups that share their parameters."""
        outer = self._outer(self.asked_by_year)
        groups: dict[Any, list[int]] = {}
        for index, (report, record) in enumerate(self.records):
            groups.setdefault(outer(report, record), []).append(index)
        nets: list[Any] = [None] * len(self.records)
        before: list[Any] = [None] * len(self.records)
        for indices in groups.values():
            report, record = self.records[indices[0]]
            scope = self.method.scope(
                report, record, ((record.at, record.layer), ("project", report.project))
            )
            parameters: dict[str, Any] = {}
            for name, term in self.route.year.parameters.items():
                if name in totals:
                    column = totals[name]
                    if column is None:
                        parameters[name] = Fraction(0)
                        continue
                    parameters[name] = Column(column.numbers[indices], column.scale)
                else:
                    parameters[name] = scope.chosen(name).into(term.unit)
            net, whole = _net(run(self.route.year, parameters))
            for place, index in enumerate(indices):
                nets[index], before[index] = (net, place), (whole, place)
        return nets, before

    def _closed(self, nets: Sequence[Any], before: Sequence[Any]) -> list[tuple[YearResult, ...]]:
        applicable = holds_of(self.method, self.reports)
        buffer = self.method.terms.has_buffer
        results, index = [], 0
        for report, may in zip(self.reports, applicable, strict=True):
            years: dict[int, tuple[Fraction, Fraction]] = {}
            for record in report.records:
                net, whole = _at(nets[index]), _at(before[index]) if buffer else Fraction(0)
                known = years.get(record.year)
                years[record.year] = (known[0] + net, known[1] + whole) if known else (net, whole)
                index += 1
            results.append(
                tuple(self._vintage(year, *years[year], may=may, buffer=buffer) for year in sorted(years))
            )
        return results

    @staticmethod
    def _vintage(year: int, net: Fraction, whole: Fraction, *, may: bool, buffer: bool) -> YearResult:
        tonnes = max(math.floor(net), 0) if may else 0
        kept = max(math.floor(whole) - tonnes, 0) if buffer and tonnes else 0
        return YearResult(year, tonnes, kept, net)


def _at(placed: tuple[Any, int]) -> Fraction:
    column, place = placed
    if not isinstance(column, Column):
        return Fraction(column)
    number, scale = column.numbers[place if len(column.numbers) > 1 else 0], column.scale
    return Fraction(number * scale.numerator, scale.denominator)


def run(rule: rules.Rule, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Every step, on columns and on numbers that are the same for all."""
    values = dict(parameters)
    for name in rule.order:
        arguments = [values[argument] for argument in rule.arguments[name]]
        try:
            values[name] = rule.steps[name](*arguments)
        except NotByColumns:
            values[name] = _each(rule.steps[name], arguments)
    return {name: values[name] for name in rule.order}


def _each(step: Callable[..., Any], arguments: Sequence[Any]) -> Column:
    """A step that compares, divides or takes powers: once for each distinct set of amounts.

    Raises:
        NotByColumns: it cannot be computed for one of them; alone it says why.
    """
    columns = [argument for argument in arguments if isinstance(argument, Column)]
    size = max(len(column.numbers) for column in columns)
    known: dict[tuple[int, ...], Fraction] = {}
    results = []
    for amounts in zip(*(np.broadcast_to(column.numbers, size).tolist() for column in columns), strict=True):
        value = known.get(amounts)
        if value is None:
            exact = iter([number * column.scale for number, column in zip(amounts, columns, strict=True)])
            try:
                value = Fraction(
                    step(*(next(exact) if isinstance(one, Column) else one for one in arguments))
                )
            except (ZeroDivisionError, OverflowError, ValueError) as fault:
                raise NotByColumns from fault
            known[amounts] = value
        results.append(value)
    return Column.of(results)


def _net(values: Mapping[str, Any]) -> tuple[Any, Any]:
    """The parts put together as `credits.closed` does."""
    part = {name: values.get(name, Fraction(0)) for name in (*OUTCOMES, *DEDUCTIONS)}
    gross = (
        part["baseline"]
        - part["project"]
        - part["leakage"]
        + part["project_removal"]
        - part["baseline_removal"]
    )
    if "cap" in values:
        over = gross - part["cap"]
        gross = gross - (_each(_above_nothing, [over]) if isinstance(over, Column) else _above_nothing(over))
    whole = gross - part["uncertainty_deduction"]
    return whole - part["non_permanence_deduction"], whole


def _above_nothing(amount: Fraction) -> Fraction:
    return max(amount, Fraction(0))
