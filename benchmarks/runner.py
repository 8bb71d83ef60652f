"""Ratios, not seconds: both sides run in turn in one process on one machine, and their medians are compared.

A benchmark measures `ours` and `baseline` in the same unit, seconds or a rate; the ratio is ours / baseline,
and `goal` says on which side of which figure it should lie.
"""

import json
import statistics
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.table import Table

LATEST = Path(__file__).parent / "latest.json"
PAIRS = 5


class Benchmark(Protocol):
    """What a file of this folder offers from its `benchmarks()`."""

    name: str
    goal: str
    """`<= 2.0` or `>= 6`, of the ratio."""
    unit: str
    """What both sides return: `s`, `rows/s`, …"""
    against: str
    """The baseline in words."""

    def prepared(self) -> AbstractContextManager[None]:
        """Set up what both sides need, outside the measurement."""
        ...

    def ours(self) -> float:
        """One measured run of our side."""
        ...

    def baseline(self) -> float:
        """One measured run of the other side."""
        ...


@dataclass(frozen=True)
class Measured:
    """Median of the paired ratios, with the lowest and the highest pair."""

    ratio: float
    low: float
    high: float
    ours: float
    baseline: float
    pairs: int

    def meets(self, goal: str) -> bool:
        sign, _, figure = goal.partition(" ")
        return self.ratio <= float(figure) if sign == "<=" else self.ratio >= float(figure)


def measure(benchmark: Benchmark, pairs: int = PAIRS) -> Measured:
    """Alternate the two sides `pairs` times after one warm-up of each; who begins alternates too."""
    with benchmark.prepared():
        benchmark.baseline(), benchmark.ours()
        ours: list[float] = []
        theirs: list[float] = []
        for pair in range(pairs):
            for side in ("ours", "baseline") if pair % 2 == 0 else ("baseline", "ours"):
                (ours if side == "ours" else theirs).append(getattr(benchmark, side)())
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return Measured(
        ratio=statistics.median(ratios),
        low=min(ratios),
        high=max(ratios),
        ours=statistics.median(ours),
        baseline=statistics.median(theirs),
        pairs=pairs,
    )


def run(chosen: Iterable[Benchmark]) -> int:
    """Measure, print and write `latest.json`; returns how many missed their goal."""
    console = Console()
    table = Table("benchmark", "ratio", "range", "goal", "met", "ours", "baseline", "against")
    results = json.loads(LATEST.read_text(encoding="utf-8")) if LATEST.exists() else {}
    missed = 0
    for benchmark in chosen:
        with console.status(f"{benchmark.name} …"):
            measured = measure(benchmark)
        met = measured.meets(benchmark.goal)
        missed += not met
        table.add_row(
            benchmark.name,
            f"{measured.ratio:.3g}",
            f"{measured.low:.3g}–{measured.high:.3g}",
            benchmark.goal,
            "yes" if met else "no",
            f"{measured.ours:.4g} {benchmark.unit}",
            f"{measured.baseline:.4g} {benchmark.unit}",
            benchmark.against,
        )
        results[benchmark.name] = {
            "ratio": round(measured.ratio, 4),
            "low": round(measured.low, 4),
            "high": round(measured.high, 4),
            "baseline": benchmark.against,
            "pairs": measured.pairs,
            "goal": benchmark.goal,
            "unit": benchmark.unit,
            "ours_median": measured.ours,
            "baseline_median": measured.baseline,
        }
        LATEST.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    console.print(table)
    return missed
