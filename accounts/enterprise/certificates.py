"""Green certificates behind market-based electricity: each is counted once, by one enterprise (LED-9).

Certificates are numbers under a prefix, 1,000 kWh each (one certificate stands for one megawatt-hour); a contract of green
power has no numbers. Within an enterprise a second use names the first. Of another enterprise nothing is told: the row is
taken in, and its certificates are held for an authority's review. A row that names the plant's meter claims its energy, so
that no reduction project credits the same kilowatt-hours.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import polars as pl

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.checking import CheckedActivities
from accounts.enterprise.findings import Message
from accounts.enterprise.resolving import Resolved
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import OrganisationKind, Permission
from accounts.identity.texts import checked_name
from accounts.projects.energy import claim_energy
from carbon import units
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from carbon.periods import month_period
from methodologies.accounting.activity import ActivityKey

COLUMN, METER = "certificate", "plant_meter"
KWH_OF_ONE = 1000
_SEPARATORS = re.compile(r"[;；,，、\n]+")
_RANGE = re.compile(r"(?P<prefix>.*?)(?P<first>\d+)(?:至|到|~|–|—|\.\.|to)(?P<again>\D*?)(?P<last>\d+)")
_NUMBERED = re.compile(r"(?P<prefix>(?:gec|irec|i-rec|绿证|tigr).*?)(?P<first>\d+)|(?P<bare>\d{12,})")


@dataclass(frozen=True)
class Range:
    """Certificates of one prefix from `first` to `last`; both 0 for a contract. `capacity_kwh` None where none is told."""

    prefix: str
    first: int
    last: int
    written: str
    capacity_kwh: int | None


@dataclass(frozen=True)
class Claim:
    """Certificates as counted: for which month, how much, and whether an authority looks at them."""

    id: UUID
    tenant_id: UUID
    prefix: str
    first_number: int
    last_number: int
    written: str
    kwh: Decimal
    month: date
    state: str
    claimed_by_name: str
    claimed_at: datetime
    decision: str
    note: str


def ranges_of(cell: str) -> list[Range]:
    """What a cell names: GEC-2024-00000001~00000500, several by a semicolon, or a contract's number.

    Raises:
        Problem: a range that ends before it begins.
    """
    return [_range(part) for part in _SEPARATORS.split(unicodedata.normalize("NFKC", cell)) if part.strip()]


def _range(part: str) -> Range:
    written = part.strip()[:200]
    plain = re.sub(r"\s+", "", written).casefold()
    told = _RANGE.fullmatch(plain)
    if told:
        first, last = int(told["first"]), int(told["last"])
        if len(told["last"]) < len(told["first"]) and not told["again"]:
            last = int(told["first"][: -len(told["last"])] + told["last"])
        if last < first or len(told["first"]) > 30 or len(told["last"]) > 30:
            raise Problem(N_("The certificates {value} end before they begin."), value=written, at=COLUMN)
        return Range(told["prefix"].strip("-_ "), first, last, written, (last - first + 1) * KWH_OF_ONE)
    single = _NUMBERED.fullmatch(plain)
    if single and len(plain) <= 60:
        number = int(single["bare"] or single["first"])
        return Range((single["prefix"] or "").strip("-_ "), number, number, written, None)
    return Range(plain, 0, 0, written, None)


async def claim_certificates(
    connection: Connection, actor: Actor, submission_id: UUID, checked: CheckedActivities
) -> CheckedActivities:
    """Claim what the rows of a file name, in its transaction; a row whose certificates are used up is kept out and named."""
    numbers = [
        number
        for number, entry in enumerate(checked.resolved)
        if entry.key.override(COLUMN) or entry.key.override(METER)
    ]
    rows = checked.rows.filter(pl.col("resolved").is_in(numbers)) if numbers else checked.rows.clear()
    refused: list[dict[str, Any]] = []
    for row in rows.iter_rows(named=True):
        entry = checked.resolved[row["resolved"]]
        key = entry.key
        try:
            held = await _claim_meter(connection, actor, submission_id, entry, row["amount"])
            held += await _claim(connection, actor, submission_id, key, row["amount"])
        except Problem as problem:
            _say(checked, row, key, Message("certificate", problem.template, problem.values))
            refused.append({"sheet": row["sheet"], "row": row["row"]})
        else:
            for one in held:
                _say(checked, row, key, Message("certificate-held", _HELD, {"value": one}, "warning"))
    if not refused:
        return checked
    out = pl.DataFrame(
        refused, schema={"sheet": checked.rows.schema["sheet"], "row": checked.rows.schema["row"]}
    )
    return replace(
        checked, rows=checked.rows.join(out, on=["sheet", "row"], how="anti", maintain_order="left")
    )


_HELD = N_(
    "The certificates {value} are held for the authority's review. The row is taken in; you will be told the outcome."
)


def _say(checked: CheckedActivities, row: dict[str, Any], key: ActivityKey, message: Message) -> None:
    checked.findings.add(
        message,
        sheet=row["sheet"],
        rows=pl.Series([row["row"]]),
        column=COLUMN if key.override(COLUMN) else METER,
        values=pl.Series([key.override(COLUMN) or key.override(METER)], dtype=pl.String),
    )


async def _claim_meter(
    connection: Connection, actor: Actor, submission_id: UUID, entry: Resolved, amount: Decimal
) -> list[str]:
    """Claim the energy of the plant's meter, so that no project credits the same kilowatt-hours."""
    key = entry.key
    meter = key.override(METER)
    if not meter:
        return []
    kwh = Fraction(amount) * units.to_unit(key.unit, "kWh")
    last = key.month.month + entry.months - 1
    ends_on = month_period(date(key.month.year + (last - 1) // 12, (last - 1) % 12 + 1, 1)).ends_on
    claim = await claim_energy(
        connection,
        tenant_id=actor.tenant_id,
        meter=meter,
        starts_on=key.month,
        ends_on=ends_on,
        used_for="green-certificate",
        source_kind="submission",
        source_id=submission_id,
        kwh=Decimal(kwh.numerator) / Decimal(kwh.denominator),
    )
    return [meter] if claim.state == "held" else []


async def _claim(
    connection: Connection, actor: Actor, submission_id: UUID, key: ActivityKey, amount: Decimal
) -> list[str]:
    """Claim a row's certificates, filling one range after the other; returns those that are held."""
    left = Fraction(amount) * units.to_unit(key.unit, "kWh")
    named = ranges_of(key.override(COLUMN) or "")
    shares, held = await _shares(connection, actor.tenant_id, named, left), []
    for one, kwh in shares:
        taken = await connection.fetchval(
            "select enterprise_certificate_taken($1, $2, $3)",
            one.prefix,
            Decimal(one.first),
            Decimal(one.last),
        )
        state = "held" if taken else "claimed"
        await _write(connection, actor, submission_id, one, kwh, key.month, state)
        held += [one.written] if taken else []
    return held


async def _shares(
    connection: Connection, tenant_id: UUID, named: Sequence[Range], kwh: Fraction
) -> list[tuple[Range, Decimal]]:
    """How much of the electricity each range covers.

    Raises:
        Problem: a range is used by another row, or all together cover less than the electricity.
    """
    shares: list[tuple[Range, Decimal]] = []
    left = kwh
    for one in named:
        used = await _used(connection, tenant_id, one)
        if used and one.capacity_kwh is None and one.first:
            raise _already(one, used[-1])
        free = (
            left
            if one.capacity_kwh is None
            else one.capacity_kwh - sum((Fraction(row["kwh"]) for row in used), Fraction(0))
        )
        if free <= 0 and left > 0:
            raise _already(one, used[-1])
        part = min(left, Fraction(free))
        shares.append((one, Decimal(part.numerator) / Decimal(part.denominator)))
        left -= part
    if left > 0:
        raise Problem(
            N_("The certificates {value} cover {covered} kWh less than the electricity of this row. Name further ones, or "
               "report the rest as power of the grid."),
            value="; ".join(one.written for one in named), covered=format(Decimal(round(left)), "f"), at=COLUMN,
        )  # fmt: skip
    return shares


async def _used(connection: Connection, tenant_id: UUID, one: Range) -> list[Any]:
    """Own claims on these very certificates that still count.

    Raises:
        Problem: some of them were named in another range before.
    """
    rows = await connection.fetch(
        """select first_number, last_number, written, month, sum(kwh) as kwh, max(claimed_at) as claimed_at
             from enterprise_certificate_claim
            where tenant_id = $1 and prefix = $2 and first_number <= $4 and last_number >= $3
            group by first_number, last_number, written, month having sum(kwh) > 0 order by max(claimed_at)""",
        tenant_id,
        one.prefix,
        Decimal(one.first),
        Decimal(one.last),
    )
    for row in rows:
        if (row["first_number"], row["last_number"]) != (one.first, one.last):
            raise _already(one, row)
    return list(rows)


def _already(one: Range, row: Any) -> Problem:
    return Problem(
        N_("The certificates {value} are counted already: {written} for {month}, taken in on {day}."),
        value=one.written, written=row["written"], month=f"{row['month']:%Y-%m}", day=row["claimed_at"].date().isoformat(),
        at=COLUMN,
    )  # fmt: skip


async def _write(
    connection: Connection,
    actor: Actor,
    submission_id: UUID | None,
    one: Range,
    kwh: Decimal,
    month: date,
    state: str,
) -> None:
    await connection.execute(
        """insert into enterprise_certificate_claim (id, tenant_id, prefix, first_number, last_number, written, kwh, month,
               submission_id, state, claimed_by, claimed_by_name)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        new_id(), actor.tenant_id, one.prefix, Decimal(one.first), Decimal(one.last), one.written, kwh, month, submission_id,
        state, actor.person_id, actor.name,
    )  # fmt: skip


async def give_back(connection: Connection, actor: Actor, key: ActivityKey, amount: Decimal) -> None:
    """Free the certificates of an activity that counts no longer."""
    left = Fraction(amount) * units.to_unit(key.unit, "kWh") if key.override(COLUMN) else Fraction(0)
    for one in ranges_of(key.override(COLUMN) or "") if left else []:
        rows = await connection.fetch(
            """select state, sum(kwh) as kwh from enterprise_certificate_claim
                where tenant_id = $1 and prefix = $2 and first_number = $3 and last_number = $4 and month = $5
                group by state having sum(kwh) > 0""",
            actor.tenant_id, one.prefix, Decimal(one.first), Decimal(one.last), key.month,
        )  # fmt: skip
        for row in rows:
            part = min(left, Fraction(row["kwh"]))
            left -= part
            if part:
                freed = -(Decimal(part.numerator) / Decimal(part.denominator))
                await _write(connection, actor, None, one, freed, key.month, row["state"])


_SELECT = """
    select c.id, c.tenant_id, c.prefix, c.first_number, c.last_number, c.written, c.kwh, c.month, c.state,
           c.claimed_by_name, c.claimed_at, coalesce(d.decision, '') as decision, coalesce(d.note, '') as note
      from enterprise_certificate_claim c
      left join lateral (select decision, note from enterprise_certificate_decision d
                          where d.claim_id = c.id order by decided_at desc limit 1) d on true
"""


def _claim_of(row: Any) -> Claim:
    return Claim(**{**row, "first_number": int(row["first_number"]), "last_number": int(row["last_number"])})


async def list_certificates(actor: Actor, *, limit: int = 500) -> list[Claim]:
    """The enterprise's certificates, newest first; for an authority, those held for its review."""
    authority = actor.organisation_kind is OrganisationKind.AUTHORITY
    actor.require(Permission.TOTALS_IMPORT if authority else Permission.ACCOUNT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(f"{_SELECT} order by c.id desc limit $1", limit)
    return [_claim_of(row) for row in rows]


async def decide_certificates(actor: Actor, *, claim_id: UUID, decision: str, note: str) -> Claim:
    """An authority's word on held certificates, with its reason; the enterprise reads it.

    Raises:
        NotFound: no such held claim.
        Problem: another word than allow or refuse, or no reason.
        Conflict: decided in the same way before.
    """
    actor.require(Permission.TOTALS_IMPORT)
    if actor.organisation_kind is not OrganisationKind.AUTHORITY:
        raise NotPermitted(N_("An authority decides on held certificates."))
    if decision not in {"allow", "refuse"}:
        raise Problem(N_("Decide to allow or to refuse."), at="decision")
    told = checked_name(note, at="note", longest=1000)
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await connection.fetchrow(f"{_SELECT} where c.id = $1", claim_id)
        if row is None or row["state"] != "held":
            raise NotFound(N_("There are no such held certificates."))
        if row["decision"] == decision:
            raise Conflict(N_("This was decided so before."))
        await connection.execute(
            """insert into enterprise_certificate_decision (id, tenant_id, owner_id, claim_id, decision, note, decided_by,
                   decided_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8)""",
            new_id(), actor.tenant_id, row["tenant_id"], claim_id, decision, told, actor.person_id, actor.name,
        )  # fmt: skip
        await audit.record(
            connection, actor, act="certificate.decide", object_kind="certificate_claim", object_id=claim_id,
            details={"decision": decision, "note": told},
        )  # fmt: skip
        return _claim_of(await connection.fetchrow(f"{_SELECT} where c.id = $1", claim_id))
