"""How good and how whole an account is: scores, what is measured, calculated, estimated, missing or not disclosed, and how sure.

Everything is read from what was filed; nothing here changes the account. `gap_filling` proposes estimates and files them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.facilities import WHOLE_ENTERPRISE
from accounts.enterprise.inventory import check_gwp_set, kyoto_co2e_mg
from accounts.enterprise.uncertainty import Assessment, Line, assess
from accounts.identity.actors import Actor
from carbon import quality
from carbon.errors import Problem
from carbon.parameters import Chosen
from carbon.text import Text
from carbon.uncertainty import DRAWS, SEED
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import planned
from methodologies.accounting.catalogue import SOURCES

_ORIGINS = ("measured", "calculated", "estimated")


@dataclass(frozen=True)
class CoverageLine:
    """One source in one facility: the CO2e and the months by origin of the data, and the months nobody told of.

    A month told by several rows counts by its poorest origin.
    """

    facility: str
    source: str
    source_zh: str
    source_en: str
    co2e_mg: int
    measured_mg: int
    calculated_mg: int
    estimated_mg: int
    months: dict[int, str]
    missing: tuple[int, ...]


@dataclass(frozen=True)
class Undisclosed:
    """A line without amount: it is listed and never counted as zero."""

    facility: str
    month: date
    months: int
    source: str
    source_zh: str
    source_en: str
    item: str
    notation: str
    note: str | None


@dataclass(frozen=True)
class SourceScore:
    """The data-quality score of a source, weighted by emissions, with the mark of each criterion."""

    source: str
    source_zh: str
    source_en: str
    co2e_mg: int
    score: float
    grade: str
    marks: dict[str, float]


@dataclass(frozen=True)
class AccountQuality:
    """The quality of a year. `co2e_mg` is the total that `measured_mg`, `calculated_mg` and `estimated_mg` make up.

    `undisclosed` are lines without amount, which are in no total; `score` is None without emissions.
    """

    enterprise_id: UUID
    year: int
    gwp_set: str
    co2e_mg: int
    measured_mg: int
    calculated_mg: int
    estimated_mg: int
    missing_months: int
    score: float | None
    grade: str | None
    scheme_zh: str
    scheme_en: str
    by_source: tuple[SourceScore, ...]
    coverage: tuple[CoverageLine, ...]
    undisclosed: tuple[Undisclosed, ...]


async def read_quality(
    actor: Actor, *, enterprise_id: UUID, year: int, gwp_set: str = "AR5"
) -> AccountQuality:
    """Scores and coverage of a calendar year.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
        Problem: an unknown GWP set.
    """
    check_gwp_set(gwp_set)
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"quality {year}")
        rollups = await connection.fetch(_ROLLUPS, enterprise_id, *_span(year))
        gaps = await connection.fetch(_GAPS, enterprise_id, *_span(year))
        groups = await connection.fetch(_GROUPS, enterprise_id, *_span(year))
    coverage = _coverage(rollups, gaps, gwp_set)
    scores = await asyncio.to_thread(_scores, groups, year, gwp_set)
    whole = quality.mean_score((each.score, each.co2e_mg) for each in scores)
    named = quality.scheme()
    return AccountQuality(
        enterprise_id=enterprise_id,
        year=year,
        gwp_set=gwp_set,
        co2e_mg=sum(line.co2e_mg for line in coverage),
        measured_mg=sum(line.measured_mg for line in coverage),
        calculated_mg=sum(line.calculated_mg for line in coverage),
        estimated_mg=sum(line.estimated_mg for line in coverage),
        missing_months=sum(len(line.missing) for line in coverage),
        score=whole,
        grade=None if whole is None else quality.grade(whole),
        scheme_zh=named.zh,
        scheme_en=named.en,
        by_source=scores,
        coverage=coverage,
        undisclosed=tuple(_undisclosed(row) for row in gaps),
    )


async def assess_account(
    actor: Actor,
    *,
    enterprise_id: UUID,
    year: int,
    gwp_set: str = "AR5",
    draws: int = DRAWS,
    seed: int = SEED,
) -> Assessment:
    """How sure a year's account is, by both approaches.

    Raises:
        NotFound, Problem: as `read_quality`, or too many draws.
    """
    check_gwp_set(gwp_set)
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"uncertainty {year}")
        groups = await connection.fetch(_GROUPS, enterprise_id, *_span(year))
    lines: dict[ActivityKey, Line] = {}
    for row in groups:
        key = _key(row)
        known = lines.get(key)
        before = (known.rows, known.amount, known.squares) if known else (0, 0.0, 0.0)
        told = (before[0] + row["rows"], before[1] + float(row["amount"]), before[2] + float(row["squares"]))
        lines[key] = Line(key, row["scope"], *told)
    return await asyncio.to_thread(assess, list(lines.values()), gwp_set, draws=draws, seed=seed)


def _span(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year + 1, 1, 1)


_ROLLUPS = """
    select f.name as facility, r.source, r.month, r.months, r.quality, r.gas, r.mg, r.activities
      from enterprise_rollup r
      join enterprise_facility f on f.tenant_id = r.tenant_id and f.number = r.facility
     where r.tenant_id = $1 and r.month >= $2 and r.month < $3 and not r.beside"""
_GAPS = """
    select f.name as facility, g.month, g.months, g.source, g.item, g.notation, g.note from enterprise_gap g
      join enterprise_facility f on f.tenant_id = g.tenant_id and f.number = g.facility
     where g.tenant_id = $1 and g.month >= $2 and g.month < $3 order by g.month, f.name, g.source"""
_GROUPS = """
    select c.source, c.scope, c.key, c.mg_per_unit, min(a.month) as month, a.quality, a.reference is not null as evidence,
           count(*) as rows, sum(a.amount) as amount, sum(a.amount * a.amount) as squares
      from enterprise_activity a
      join enterprise_coefficient c on c.tenant_id = a.tenant_id and c.id = a.coefficient_id
     where a.tenant_id = $1 and a.month >= $2 and a.month < $3
       and not exists (select from enterprise_withdrawal w where w.tenant_id = $1 and w.activity_id = a.id)
     group by c.id, c.source, c.scope, c.key, c.mg_per_unit, date_trunc('year', a.month), a.quality, 7 order by c.id"""


def _key(row: Any) -> ActivityKey:
    kept = msgspec.json.decode(row["key"])
    overrides = tuple(sorted(kept.pop("overrides").items()))
    return ActivityKey(**kept, month=row["month"], overrides=overrides)


def _shown(facility: str) -> str:
    return "" if facility == WHOLE_ENTERPRISE else facility


def _coverage(rollups: Iterable[Any], gaps: Iterable[Any], gwp_set: str) -> tuple[CoverageLine, ...]:
    masses: dict[tuple[str, str], dict[int, dict[str, int]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(int))
    )
    months: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for row in rollups:
        key = (_shown(row["facility"]), row["source"])
        if row["gas"]:
            masses[key][row["quality"]][row["gas"]] += row["mg"]
        if row["activities"]:
            for month in _months(row):
                months[key][month] = max(months[key].get(month, 0), row["quality"])
    told: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in gaps:
        told[_shown(row["facility"]), row["source"]] |= set(_months(row))
    return tuple(
        _line(key, masses[key], months[key], told[key], gwp_set)
        for key in sorted(set(months) | set(told))
        if months.get(key)
    )


def _months(row: Any) -> range:
    first = row["month"].month
    return range(first, min(first + row["months"], 13))


def _line(
    key: tuple[str, str],
    masses: Mapping[int, Mapping[str, int]],
    months: Mapping[int, int],
    told: set[int],
    gwp_set: str,
) -> CoverageLine:
    measured, calculated, estimated = (kyoto_co2e_mg(masses.get(number, {}), gwp_set) for number in range(3))
    facility, source = key
    return CoverageLine(
        facility,
        source,
        SOURCES[source].name.zh,
        SOURCES[source].name.en,
        measured + calculated + estimated,
        measured,
        calculated,
        estimated,
        {month: _ORIGINS[origin] for month, origin in sorted(months.items())},
        tuple(month for month in range(1, 13) if month not in months and month not in told),
    )


def _undisclosed(row: Any) -> Undisclosed:
    name = SOURCES[row["source"]].name
    return Undisclosed(
        _shown(row["facility"]),
        row["month"],
        row["months"],
        row["source"],
        name.zh,
        name.en,
        row["item"],
        row["notation"],
        row["note"],
    )


def _scores(groups: Iterable[Any], year: int, gwp_set: str) -> tuple[SourceScore, ...]:
    parts: dict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for row in groups:
        per_unit = {
            gas: float(_fraction(text)) for gas, text in msgspec.json.decode(row["mg_per_unit"]).items()
        }
        masses = {gas: round(mg * float(row["amount"])) for gas, mg in per_unit.items()}
        answers = answers_of(_key(row), _ORIGINS[row["quality"]], year, evidence=row["evidence"])
        parts[row["source"]].append((answers, float(kyoto_co2e_mg(masses, gwp_set))))
    found = [_source_score(source, answered) for source, answered in parts.items()]
    return tuple(sorted((each for each in found if each), key=lambda each: -abs(each.co2e_mg)))


def _fraction(text: str) -> float:
    top, _, bottom = str(text).partition("/")
    return float(top) / float(bottom or 1)


def _source_score(source: str, answered: list[tuple[dict[str, str], float]]) -> SourceScore:
    scored = [(quality.score(answers), emission) for answers, emission in answered]
    value = quality.mean_score(scored)
    if value is None:  # nothing emitted: every row weighs alike
        value = sum(each for each, _ in scored) / len(scored)
    marks = {
        id_: quality.mean_score(
            (criterion.marks[answers[id_]], emission or 1.0)
            for answers, emission in answered
            if id_ in answers
        )
        for id_, criterion in quality.criteria().items()
    }
    name: Text = SOURCES[source].name
    total = round(sum(emission for _, emission in answered))
    told = {id_: round(mark, 2) for id_, mark in marks.items() if mark is not None}
    return SourceScore(source, name.zh, name.en, total, round(value, 2), quality.grade(value), told)


def answers_of(key: ActivityKey, origin: str, year: int, *, evidence: bool) -> dict[str, str]:
    """The answer to each criterion for one activity: what is known of the row and of the weakest of its factors."""
    found = {"origin": origin, "evidence": "given" if evidence else "none"}
    try:
        _, plan = planned(key)
    except Problem:
        return found
    numbers = [chosen for branch in plan.branches for chosen in branch.parameters.values()]
    numbers = [chosen for chosen in numbers if not _exact(chosen)]
    if not numbers:
        return found
    for name, answer in (("age", _age), ("place", _place), ("confidence", _confidence)):
        found[name] = max(
            (answer(chosen, year) for chosen in numbers), key=quality.criteria()[name].marks.__getitem__
        )
    return found


def _exact(chosen: Chosen) -> bool:
    return bool(chosen.dated and chosen.dated.origin.startswith("constants."))


def _age(chosen: Chosen, year: int) -> str:
    if chosen.dated is None:
        return "own"
    published = chosen.dated.source.published_on
    vintage = chosen.dated.vintage or (published.year if published else chosen.dated.starts_on.year)
    return quality.age_answer(vintage, year)


def _place(chosen: Chosen, _year: int) -> str:
    if chosen.dated is None:
        return "own"
    if chosen.dated.region is None:
        return "general"
    return "exact" if chosen.dated.region == chosen.asked_region else "wider"


def _confidence(chosen: Chosen, _year: int) -> str:
    return "own" if chosen.dated is None else chosen.dated.source.confidence.id
