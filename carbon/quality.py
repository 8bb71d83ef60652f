"""The data-quality score: a mark for each criterion, weighted, from 1 (best) to 5. The scheme is the house's own and says so."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from carbon.text import Text


@dataclass(frozen=True)
class Criterion:
    """One criterion with its weight and the mark of each answer."""

    id: str
    name: Text
    weight: int
    marks: Mapping[str, int]


@cache
def _content() -> Mapping[str, Any]:
    found: Mapping[str, Any] = tomllib.loads(
        resources.files("carbon").joinpath("quality.toml").read_text("utf-8")
    )
    return found


@cache
def criteria() -> Mapping[str, Criterion]:
    """The criteria by id."""
    return {
        id_: Criterion(id_, Text.of(table, id_), int(table["weight"]), table["marks"])
        for id_, table in _content()["criteria"].items()
    }


def scheme() -> Text:
    """What the score is, and whose."""
    return Text.of(_content()["documents"]["criteria"], "quality.toml")


def score(answers: Mapping[str, str]) -> float:
    """The weighted mean of the marks; a criterion without answer is left out.

    Raises:
        KeyError: an answer the criterion does not know.
    """
    marks = [(criteria()[id_].weight, criteria()[id_].marks[answer]) for id_, answer in answers.items()]
    weight = sum(each for each, _ in marks)
    return sum(each * mark for each, mark in marks) / weight if weight else 5.0


def grade(value: float) -> str:
    """good, fair or poor."""
    grades: Mapping[str, float] = _content()["grades"]
    return next(name for name, most in grades.items() if value <= most + 1e-9)


def mean_score(parts: Iterable[tuple[float, float]]) -> float | None:
    """The mean of (score, emission) by the size of the emission; None where nothing is emitted."""
    found = list(parts)
    weight = sum(abs(emission) for _, emission in found)
    return sum(value * abs(emission) for value, emission in found) / weight if weight else None


def age_answer(vintage: int | None, year: int) -> str:
    """How old a factor of `vintage` is for a figure of `year`."""
    if vintage is None:
        return "unknown"
    table = _content()["criteria"]["age"]
    age = abs(year - vintage)
    return "fresh" if age <= table["fresh_years"] else "recent" if age <= table["recent_years"] else "old"
