"""Ten thousand rice projects of twenty fields computed again, by columns against one report after the other.

Both sides start from reports that are read, give the same exact tonnes (checked before anything is timed), and are
measured in fields per second. The baseline is `Methodology.calculate`, the path that also explains; it gets fewer reports.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from benchmarks.runner import Benchmark
from methodologies.reduction.bulk import calculate_many
from methodologies.reduction.catalogue import methodologies
from methodologies.reduction.monitoring import read_report

PROJECTS, FIELDS, THEIR_PROJECTS = 10_000, 20, 200
WATER = ("单次排水", "多次排水", "干湿交替")
PRESEASON = ("冬水田", "淹水前干田不足 180 天")


class RiceProjects:
    """Fields per second of both sides."""

    name = "methodologies"
    goal = ">= 20"
    unit = "rows/s"
    against = "the same methodology, report by report"

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """The reports; a part of them compared before the measurement."""
        chance = random.Random(20261122)
        self.method = methodologies()["rice"]
        self.reports = [read_report(self.method.asked, _report(chance)) for _ in range(PROJECTS)]
        self._check()
        yield

    def ours(self) -> float:
        started = time.perf_counter()
        calculate_many(self.method, self.reports)
        return PROJECTS * FIELDS / (time.perf_counter() - started)

    def baseline(self) -> float:
        started = time.perf_counter()
        for report in self.reports[:THEIR_PROJECTS]:
            self.method.calculate(report)
        return THEIR_PROJECTS * FIELDS / (time.perf_counter() - started)

    def _check(self) -> None:
        several = self.reports[:50]
        for report, found in zip(several, calculate_many(self.method, several), strict=True):
            expected = [(v.year, v.credits, v.parts["net"]) for v in self.method.calculate(report).vintages]
            if isinstance(found, Exception) or [(y.year, y.credits, y.net) for y in found] != expected:
                raise ValueError("by columns and one by one differ")


def _report(chance: random.Random) -> dict[str, Any]:
    return {
        "project": {"region": "重庆", "adoption_share": Fraction(1, 10)},
        "conditions": dict.fromkeys(
            ("practice_changed", "no_clearing", "same_seasons", "under_ceiling"), True
        ),
        "years": [
            {
                "year": 2024,
                "yield_ratio": Fraction(99, 100),
                "fields": [
                    {
                        "area": Fraction(chance.randrange(10, 4000), 100),
                        "season_days": chance.randrange(100, 131),
                        "nitrogen": chance.randrange(80, 201),
                        "baseline_water": "持续淹水",
                        "project_water": chance.choice(WATER),
                        "baseline_preseason": chance.choice(PRESEASON),
                        "project_preseason": chance.choice(PRESEASON),
                        "straw_early": 5,
                        "project_straw_early": chance.randrange(6),
                    }
                    for _ in range(FIELDS)
                ],
            }
        ],
    }


def benchmarks() -> list[Benchmark]:
    """The one of this file."""
    return [RiceProjects()]
