"""Months nobody told of, filled by an estimate that says it is one: the method is named, the row is marked estimated.

A gap is filled only between or beside months that are told, by the mean of the nearest one on each side. An estimate is an
ordinary row of a submission; a later real figure corrects it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.facilities import WHOLE_ENTERPRISE
from accounts.enterprise.submissions import Submission, submit_file
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.spreads import SAID

LEAST_TOLD = 6
"""Fewer told months are no basis for the others (the house's own)."""
_DECIMALS = Decimal("1e-6")


@dataclass(frozen=True)
class Proposal:
    """An estimate for one month of one series; `neighbours` are the months its mean is of."""

    id: str
    facility: str
    source: str
    source_zh: str
    source_en: str
    item: str
    item_zh: str
    item_en: str
    unit: str
    month: date
    amount: Decimal
    neighbours: tuple[date, ...]
    region: str
    method: str
    guide: str
    own_values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Told:
    """A month of a series as reported."""

    facility: str
    key: dict[str, Any]
    month: date
    amount: Decimal


async def propose_estimates(actor: Actor, *, enterprise_id: UUID, year: int) -> tuple[Proposal, ...]:
    """Estimates for the months of a year that a series of monthly rows leaves out.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
    """
    span = (enterprise_id, date(year, 1, 1), date(year + 1, 1, 1))
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"estimates {year}")
        rows = await connection.fetch(_MONTHS, *span)
        gaps = await connection.fetch(_GAPS, *span)
    told = [
        Told(row["facility"], msgspec.json.decode(row["key"]), row["month"], row["amount"]) for row in rows
    ]
    closed = {(row["facility"], row["source"], row["item"], row["month"]) for row in gaps}
    return tuple(estimates(told, year, closed))


async def file_estimates(actor: Actor, *, year: int, ids: Sequence[str]) -> Submission:
    """File the chosen estimates as rows of a submission, marked as estimated with their method.

    Raises:
        Problem: none chosen, or one that is proposed no more.
        NotPermitted: the actor may not submit activities.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    found = await propose_estimates(actor, enterprise_id=actor.tenant_id, year=year)
    proposals = {each.id: each for each in found}
    if not ids or not set(ids) <= set(proposals):
        raise Problem(
            N_("Choose estimates from the list; what was filed meanwhile stands there no more."),
            at="estimates",
        )
    rows = [_row(proposals[each]) for each in dict.fromkeys(ids)]
    content = msgspec.json.encode({"activities": rows})
    return await submit_file(actor, file_name=f"estimates-{year}.json", content=content)


def estimates(
    told: Iterable[Told], year: int, closed: Iterable[tuple[str, str, str, date]] = ()
) -> list[Proposal]:
    """The mean of the nearest told month on each side, for each month left out; `closed` months have a notation key."""
    series: dict[tuple[str, bytes], dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for each in told:
        series[each.facility, _series(each.key)][each.month] += each.amount
    shut = set(closed)
    found = []
    for (facility, kept), months in sorted(series.items()):
        if not LEAST_TOLD <= len(months) < 12:
            continue
        key = msgspec.json.decode(kept)
        missing = [month for number in range(1, 13) if (month := date(year, number, 1)) not in months]
        found += [
            _proposal(facility, key, month, months)
            for month in missing
            if (facility, key["source"], key["item"], month) not in shut
        ]
    return found


def _series(key: dict[str, Any]) -> bytes:
    """What is one series: how sure a month is said to be makes it no other."""
    kept = {name: value for name, value in key["overrides"].items() if name not in SAID}
    return msgspec.json.encode({**key, "overrides": kept}, order="sorted")


def _proposal(facility: str, key: dict[str, Any], month: date, months: dict[date, Decimal]) -> Proposal:
    before = max((each for each in months if each < month), default=None)
    after = min((each for each in months if each > month), default=None)
    neighbours = tuple(each for each in (before, after) if each)
    mean = sum((months[each] for each in neighbours), Decimal(0)) / len(neighbours)
    source = SOURCES[key["source"]]
    item = source.items.get(key["item"])
    shown = "" if facility == WHOLE_ENTERPRISE else facility
    return Proposal(
        id="|".join((shown, key["source"], key["item"], key["unit"], f"{month:%Y-%m}")),
        facility=shown,
        source=source.id,
        source_zh=source.name.zh,
        source_en=source.name.en,
        item=key["item"],
        item_zh=item.name.zh if item else key["item"],
        item_en=item.name.en if item else key["item"],
        unit=key["unit"],
        month=month,
        amount=Decimal(format(mean.quantize(_DECIMALS, rounding=ROUND_HALF_EVEN).normalize(), "f")),
        neighbours=neighbours,
        region=key["region"],
        method=key["method"],
        guide=key["guide"],
        own_values=tuple(sorted(key["overrides"].items())),
    )


def _row(proposal: Proposal) -> dict[str, Any]:
    months = ", ".join(f"{each:%Y-%m}" for each in proposal.neighbours)
    return {
        **dict(proposal.own_values),
        "period": f"{proposal.month:%Y-%m}",
        "facility": proposal.facility,
        "source": proposal.source,
        "item": proposal.item,
        "amount": format(proposal.amount, "f"),
        "unit": proposal.unit,
        "region": proposal.region,
        "method": proposal.method,
        "guide": proposal.guide,
        "quality": "estimated",
        "note": f"估算：{months} 的平均值 estimate: mean of {months}",
    }


_MONTHS = """
    select f.name as facility, c.key, a.month, sum(a.amount) as amount from enterprise_activity a
      join enterprise_coefficient c on c.tenant_id = a.tenant_id and c.id = a.coefficient_id
      join enterprise_facility f on f.tenant_id = a.tenant_id and f.number = a.facility
     where a.tenant_id = $1 and a.month >= $2 and a.month < $3 and a.months = 1
       and not exists (select from enterprise_withdrawal w where w.tenant_id = $1 and w.activity_id = a.id)
     group by f.name, c.key, a.month order by f.name, a.month limit 50000"""
_GAPS = """
    select f.name as facility, g.source, g.item, g.month from enterprise_gap g
      join enterprise_facility f on f.tenant_id = g.tenant_id and f.number = g.facility
     where g.tenant_id = $1 and g.month >= $2 and g.month < $3"""
