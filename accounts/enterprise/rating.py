"""Rating an enterprise against its industry: the rule is methodologies.finance.rating, the figures are the account's."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from carbon.identifiers import new_id
from carbon.parameters import given
from carbon.rounding import plain
from carbon.text import Text
from methodologies.finance import rating

SMALLEST_GROUP = 10
"""Accounts a benchmark needs (TEN-11); each that could be told from a difference needs as many."""


@dataclass(frozen=True)
class Benchmark:
    """An industry's carbon dioxide per value added in a year: the sum of both over `accounts` enterprises."""

    id: UUID
    industry_code: str
    year: int
    accounts: int
    co2_mg: int
    value_added_fen: int
    t_per_10k_yuan: Decimal
    published_at: datetime


@dataclass(frozen=True)
class EnterpriseRating:
    """The level of a year (1 is best) with the ratio K behind it, the benchmark, and how it came to be."""

    enterprise_id: UUID
    year: int
    level: int
    label_zh: str
    label_en: str
    efficiency: Decimal
    intensity_t_per_10k_yuan: Decimal
    intensity_level: int
    intensity_label_zh: str
    intensity_label_en: str
    co2_mg: int
    value_added_fen: int
    benchmark: Benchmark
    rule_version: str
    explanation: dict[str, Any]
    intensity_explanation: dict[str, Any]


_CO2 = """
    select tenant_id, sum(mg)::numeric as co2_mg from enterprise_rollup
     where gas = 'CO2' and not beside and scope in (1, 2) and month >= $1 and month < $2 group by tenant_id
"""
_TOLD = """
    select tenant_id, array_agg(distinct told) as months from (
        select tenant_id, generate_series(month, month + make_interval(months => months - 1), interval '1 month')::date as told
          from enterprise_rollup where not beside and month >= $1 and month < $2
        union select tenant_id, month from enterprise_gap where month >= $1 and month < $2) m
     where told < $2 group by tenant_id
"""
"""Months with an activity, or with a notation that says why there is none."""
_OUTPUT = """
    select distinct on (tenant_id) tenant_id, value_added_fen from enterprise_yearly_output
     where year = $3 and value_added_fen is not null order by tenant_id, recorded_at desc, id desc
"""


def _digits(value: Fraction) -> Decimal:
    """Twelve significant digits, for showing; decisions are taken on the exact ratio."""
    return Decimal(plain(value, 12))


def _benchmark(row: Any) -> Benchmark:
    exact = rating.intensity_of(int(row["co2_mg"]), int(row["value_added_fen"]))
    names = ("id", "industry_code", "year", "accounts", "published_at")
    values: dict[str, Any] = {name: row[name] for name in names}
    values |= {"co2_mg": int(row["co2_mg"]), "value_added_fen": int(row["value_added_fen"])}
    return Benchmark(**values, t_per_10k_yuan=_digits(exact))


async def rate_enterprise(actor: Actor, *, enterprise_id: UUID, year: int) -> EnterpriseRating:
    """Rate a year by the latest published benchmark of the enterprise's industry.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
        Problem: industry, value added, emissions of any month, or benchmark of the year are missing; says which.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"rating {year}", own=Permission.RATING_READ)
        industry = await connection.fetchval(
            "select industry_code from enterprise_profile where tenant_id = $1", enterprise_id
        )
        if not industry:
            raise Problem(
                N_("The industry is not recorded yet. Record it in the profile."), at="industry_code"
            )
        co2_mg, value_added_fen = await _figures(connection, enterprise_id, year)
        row = await connection.fetchrow(
            """select * from enterprise_benchmark where industry_code = $1 and year = $2
                order by published_at desc, id desc limit 1""",
            industry,
            year,
        )
    if row is None:
        raise Problem(
            N_("No benchmark is published yet for industry {industry} and {year}."),
            industry=industry,
            year=year,
        )
    return _rated(enterprise_id, year, co2_mg, value_added_fen, _benchmark(row))


async def _figures(connection: Connection, enterprise_id: UUID, year: int) -> tuple[int, int]:
    bounds = (date(year, 1, 1), date(year + 1, 1, 1))
    co2 = await connection.fetchval(
        f"select co2_mg from ({_CO2}) c where tenant_id = $3", *bounds, enterprise_id
    )
    value_added = await connection.fetchval(
        f"select value_added_fen from ({_OUTPUT}) o where tenant_id = $4 and $1::date < $2::date",
        *bounds,
        year,
        enterprise_id,
    )
    if co2 is None:
        raise Problem(N_("There are no emissions of {year} in the account yet."), year=year)
    await _check_whole_year(connection, enterprise_id, year)
    if value_added is None:
        raise Problem(
            N_("Value added of {year} is not recorded yet. Record it in the profile."),
            year=year,
            at="value_added_fen",
        )
    return int(co2), int(value_added)


async def _check_whole_year(connection: Connection, enterprise_id: UUID, year: int) -> None:
    """Value added is a year's, so emissions of some months only would look better than they are."""
    bounds = (date(year, 1, 1), date(year + 1, 1, 1))
    told = await connection.fetchval(
        f"select months from ({_TOLD}) t where tenant_id = $3", *bounds, enterprise_id
    )
    missing = sorted({date(year, month, 1) for month in range(1, 13)} - set(told or ()))
    if missing:
        raise Problem(
            N_(
                "{count} months of {year} have no data yet: {months}. A rating compares whole years;"
                " report these months, with NO where nothing was used."
            ),
            count=len(missing),
            year=year,
            months=", ".join(f"{month:%Y-%m}" for month in missing),
        )


def _rated(
    enterprise_id: UUID, year: int, co2_mg: int, value_added_fen: int, benchmark: Benchmark
) -> EnterpriseRating:
    exact = rating.intensity_of(benchmark.co2_mg, benchmark.value_added_fen)
    note = Text(
        f"{benchmark.industry_code} 行业 {year} 年 {benchmark.accounts} 个碳账户合计，{benchmark.published_at:%Y-%m-%d} 发布",
        f"Industry {benchmark.industry_code}, {year}: {benchmark.accounts} accounts together, published on {benchmark.published_at:%Y-%m-%d}",
    )
    found = rating.rate(
        co2_mg=co2_mg,
        value_added_fen=value_added_fen,
        benchmark=given("benchmark", exact, rating.BENCHMARK_UNIT),
        day=date(year, 12, 31),
        benchmark_note=note,
    )
    return EnterpriseRating(
        enterprise_id=enterprise_id,
        year=year,
        level=found.level,
        label_zh=found.label.zh,
        label_en=found.label.en,
        efficiency=_digits(found.efficiency),
        intensity_t_per_10k_yuan=_digits(found.intensity_t_per_10k_yuan),
        intensity_level=found.intensity_level,
        intensity_label_zh=found.intensity_label.zh,
        intensity_label_en=found.intensity_label.en,
        co2_mg=co2_mg,
        value_added_fen=value_added_fen,
        benchmark=benchmark,
        rule_version=found.rule_version,
        explanation=found.explanation.as_dict(),
        intensity_explanation=found.intensity_explanation.as_dict(),
    )


async def publish_benchmark(actor: Actor, *, industry_code: str, year: int) -> Benchmark:
    """Compute and publish an industry's benchmark from its accounts: sum of CO2 over sum of value added.

    Raises:
        NotPermitted: not an authority that may publish.
        Problem: fewer than ten accounts have both figures and all twelve months, or one to nine more or fewer than when it was
            published before.
    """
    require_authority(actor, Permission.BENCHMARK_PUBLISH)
    async with transaction(tenant=actor.tenant_id) as connection:
        row: Any = await connection.fetchrow(
            f"""select count(*) as accounts, coalesce(sum(c.co2_mg), 0) as co2_mg,
                       coalesce(sum(o.value_added_fen), 0) as value_added_fen
                  from enterprise_profile p join ({_CO2}) c using (tenant_id) join ({_OUTPUT}) o using (tenant_id)
                  join ({_TOLD}) t using (tenant_id)
                 where p.industry_code = $4 and o.value_added_fen > 0 and cardinality(t.months) = 12""",
            date(year, 1, 1),
            date(year + 1, 1, 1),
            year,
            industry_code,
        )
        _check_group(row, industry_code, year)
        await _check_difference(connection, row["accounts"], industry_code, year)
        benchmark_id = new_id()
        await connection.execute(
            """insert into enterprise_benchmark (id, tenant_id, industry_code, year, accounts, co2_mg, value_added_fen,
                   published_by, published_at) values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp())""",
            benchmark_id,
            actor.tenant_id,
            industry_code,
            year,
            row["accounts"],
            row["co2_mg"],
            row["value_added_fen"],
            actor.person_id,
        )
        await audit.record(
            connection,
            actor,
            act="benchmark.publish",
            object_kind="benchmark",
            object_id=benchmark_id,
            details={"industry_code": industry_code, "year": year, "accounts": row["accounts"]},
        )
        kept = await connection.fetchrow("select * from enterprise_benchmark where id = $1", benchmark_id)
    return _benchmark(kept)


def _check_group(row: Any, industry_code: str, year: int) -> None:
    if row["accounts"] < SMALLEST_GROUP:
        raise Problem(
            N_(
                "A benchmark needs {least} accounts with emissions and value added; industry {industry} has {found} for {year}."
            ),
            least=SMALLEST_GROUP,
            industry=industry_code[:20],
            found=row["accounts"],
            year=year,
        )
    if row["co2_mg"] <= 0:
        raise Problem(
            N_("The accounts of industry {industry} emitted nothing in {year}."),
            industry=industry_code[:20],
            year=year,
        )


async def _check_difference(connection: Connection, accounts: int, industry_code: str, year: int) -> None:
    """Two publications may not differ by a few accounts only, or those could be computed from both (TEN-11)."""
    before = await connection.fetchval(
        """select accounts from enterprise_benchmark where industry_code = $1 and year = $2
            order by published_at desc, id desc limit 1""",
        industry_code,
        year,
    )
    if before is not None and 0 < abs(accounts - before) < SMALLEST_GROUP:
        raise Problem(
            N_(
                "The published benchmark has {before} accounts, now there are {now}: the difference would show single "
                "accounts. Publish again when it is {least} or more."
            ),
            before=before,
            now=accounts,
            least=SMALLEST_GROUP,
        )


async def list_benchmarks(actor: Actor, *, industry_code: str | None = None) -> list[Benchmark]:
    """Published benchmarks, the latest of each industry and year."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select distinct on (industry_code, year) * from enterprise_benchmark
                where $1::text is null or industry_code = $1
                order by industry_code, year desc, published_at desc, id desc""",
            industry_code,
        )
    return [_benchmark(row) for row in rows]
