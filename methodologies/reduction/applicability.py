"""Whether a methodology may be used at all: each condition answered, with the reason."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carbon.errors import Problem
from carbon.text import Text
from methodologies.reduction.monitoring import Layer, Record, Report
from methodologies.reduction.schema import Condition

if TYPE_CHECKING:  # the methodology asks for its answers; only the reader needs its type here
    from methodologies.reduction.frame import Methodology

_OPEN = Text("报告未作说明", "the report does not say")


@dataclass(frozen=True)
class Answer:
    """One condition: `met` is None where the report does not say; `reason` tells why not."""

    condition: Condition
    met: bool | None
    reason: Text | None = None
    at: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.condition.id,
            "name": self.condition.name.as_dict(),
            "met": self.met,
            "reason": self.reason.as_dict() if self.reason else None,
            "at": self.at,
            "confidence": self.condition.confidence.id,
        }


def answers(methodology: "Methodology", report: Report) -> tuple[Answer, ...]:
    """Every condition of the methodology, answered by the data where it can be, else by the report."""
    return tuple(
        _answer(methodology, report, condition)
        for condition in methodology.conditions.values()
        if not condition.routes or report.route in condition.routes
    )


def _answer(methodology: "Methodology", report: Report, condition: Condition) -> Answer:
    said = report.answers.get(condition.id)
    if said is False:
        return Answer(condition, met=False, reason=condition.unmet, at=f"conditions.{condition.id}")
    seen = list(_seen(methodology, report, condition)) if condition.predicate else []
    failing = next((at for at, holds in seen if holds is False), None)
    if failing:
        return Answer(condition, met=False, reason=condition.unmet, at=failing)
    if said or (seen and all(holds for _, holds in seen)):
        return Answer(condition, met=True)
    return Answer(condition, met=None, reason=_OPEN)


def _seen(
    methodology: "Methodology", report: Report, condition: Condition
) -> Iterator[tuple[str, bool | None]]:
    """What the predicate finds at each place where its fields stand."""
    for record in report.records:
        for at, layers in _places(methodology, report, record, condition):
            yield at, _holds(methodology, report, record, condition, layers)


def _places(
    methodology: "Methodology", report: Report, record: Record, condition: Condition
) -> Iterator[tuple[str, Sequence[tuple[str, Layer]]]]:
    outer = ((record.at, record.layer), ("project", report.project))
    tables = {methodology.fields[name].per for name in condition.arguments} & set(methodology.tables)
    if not tables:
        yield record.at, outer
    for table in sorted(tables):
        for at, rows in ((f"project.{table}", report.rows), (f"{record.at}.{table}", record.rows)):
            for place, row in enumerate(rows.get(table, ())):
                yield f"{at}[{place}]", ((f"{at}[{place}]", row), *outer)


def _holds(
    methodology: "Methodology",
    report: Report,
    record: Record,
    condition: Condition,
    layers: Sequence[tuple[str, Layer]],
) -> bool | None:
    scope = methodology.scope(report, record, layers)
    values: list[Any] = []
    for name in condition.arguments:
        try:
            values.append(
                scope.choice(name) if methodology.fields[name].choices else scope.chosen(name).value
            )
        except Problem:
            if scope.has(name):
                raise
            return None
    known = any(
        scope.has(name) or (name in scope.taken and scope.taken[name].dated) for name in condition.arguments
    )
    if condition.predicate is None or None in values or not known:
        return None
    return bool(condition.predicate(*values))


def holds_of(methodology: "Methodology", reports: Sequence[Report]) -> list[bool]:
    """For each report whether no condition is unmet, as `answers` says it; equal places are asked once."""
    asked = [
        (condition, _looked_at(methodology, condition))
        for condition in methodology.conditions.values()
        if condition.predicate
    ]
    known: dict[Any, bool | None] = {}
    return [
        False not in report.answers.values()
        and not any(_fails(methodology, report, *one, known) for one in asked)
        for report in reports
    ]


def _looked_at(methodology: "Methodology", condition: Condition) -> tuple[str, ...]:
    """The fields of a condition, and those their published values hang on."""
    found, waiting = [], list(condition.arguments)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.append(name)
            waiting += methodology.fields[name].by
    return tuple(found)


def _fails(
    methodology: "Methodology",
    report: Report,
    condition: Condition,
    looked_at: tuple[str, ...],
    known: dict[Any, bool | None],
) -> bool:
    if condition.routes and report.route not in condition.routes:
        return False
    tables = sorted({methodology.fields[name].per for name in condition.arguments} & set(methodology.tables))
    for record in report.records:
        outer = {**report.project, **record.layer}
        shared = (condition.id, record.period, report.gwp_set, report.recalled, *map(outer.get, looked_at))
        rows: Iterable[Layer] = (
            (row for table in tables for one in (report.rows, record.rows) for row in one.get(table, ()))
            if tables
            else ({},)
        )
        for row in rows:
            key = (shared, *[row.get(name) for name in looked_at])
            if key not in known:
                layers = ((record.at, row), (record.at, record.layer), ("project", report.project))
                known[key] = _holds(methodology, report, record, condition, layers)
            if known[key] is False:
                return True
    return False
