"""What a claim's monitoring file comes to, kept with the fingerprint of its formulas, and computed again at will."""

import asyncio
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection
from accounts.identity.actors import Actor
from accounts.projects.documents import read_content
from accounts.projects.publishing import require_frozen
from accounts.projects.records import Claim, Project
from carbon.errors import N_, Conflict, Problem
from carbon.identifiers import new_id
from methodologies.reduction.catalogue import methodologies
from methodologies.reduction.credits import Credits
from methodologies.reduction.files import read_monitoring
from methodologies.reduction.fingerprint import fingerprint


@dataclass(frozen=True)
class VintageTonnes:
    """Whole tonnes of a calendar year: credits, and what goes to the buffer."""

    year: int
    credits_t: int
    buffer_t: int


@dataclass(frozen=True)
class Calculation:
    """A computed report. `result` is as `carbon credits --json` writes it; `digest` covers its exact parts."""

    id: UUID
    claim_id: UUID
    document_id: UUID
    methodology: str
    version: str
    fingerprint: str
    label: str | None
    confidence: str
    applicable: bool | None
    credits_t: int
    buffer_t: int
    vintages: tuple[VintageTonnes, ...]
    result: dict[str, Any]
    digest: str
    computed_at: datetime


@dataclass(frozen=True)
class Recomputed:
    """The same file computed now: `equal` when nothing of it differs."""

    equal: bool
    fingerprint_then: str
    fingerprint_now: str
    digest_then: str
    digest_now: str
    credits_then_t: int
    credits_now_t: int


def compute(methodology: str, file_name: str, content: bytes, *, explain: bool = False) -> Credits:
    """The methodology on a file.

    Raises:
        Problem: the file or a value in it cannot be used; `at` names the place.
    """
    method = methodologies()[methodology]
    return method.calculate(read_monitoring(method, file_name, content), explain=explain)


def digest_of(result: Credits) -> str:
    """SHA-256 of every exact part by year: equal if and only if all parts are."""
    parts = [
        [v.year, v.credits, v.buffer, {name: str(amount) for name, amount in sorted(v.parts.items())}]
        for v in result.vintages
    ]
    return hashlib.sha256(
        json.dumps([result.route, result.gwp_set, parts], sort_keys=True).encode()
    ).hexdigest()


async def keep_calculation(
    connection: Connection,
    actor: Actor,
    project: Project,
    claim: Claim,
    *,
    document_id: UUID,
    result: Credits,
) -> Calculation:
    """Keep what was computed; the methodology must be the one frozen at its publication.

    Raises:
        Problem: a year or part of one lies outside the claim's period.
        Conflict: the methodology's formulas differ from what was published.
    """
    await require_frozen(connection, project.methodology)
    _inside(claim, result)
    credits_t, buffer_t = result.total, sum(v.buffer for v in result.vintages)
    document = {"result": result.as_dict(), "digest": digest_of(result)}
    await connection.execute(
        """insert into projects_calculation (id, tenant_id, project_id, claim_id, document_id, methodology, version,
               fingerprint, label, confidence, applicable, credits_t, buffer_t, result, computed_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15)""",
        new_id(), actor.tenant_id, project.id, claim.id, document_id, project.methodology,
        methodologies()[project.methodology].version, fingerprint(project.methodology), result.label,
        result.confidence.id, result.applicable, credits_t, buffer_t, msgspec.json.encode(document).decode(), actor.person_id,
    )  # fmt: skip
    return await require_calculation(connection, claim.id)


def _inside(claim: Claim, result: Credits) -> None:
    for vintage in result.vintages:
        for part in vintage.periods:
            if part.period.starts_on < claim.starts_on or part.period.ends_on > claim.ends_on:
                raise Problem(
                    N_(
                        "The file reports {period}, which does not lie inside the monitoring period {first} to {last}."
                    ),
                    period=str(part.period),
                    first=claim.starts_on.isoformat(),
                    last=claim.ends_on.isoformat(),
                    at="file",
                )


async def latest_calculation(connection: Connection, claim_id: UUID) -> Calculation | None:
    """The calculation in force."""
    row = await connection.fetchrow(
        """select id, claim_id, document_id, methodology, version, fingerprint, label, confidence, applicable, credits_t,
                  buffer_t, result, computed_at
             from projects_calculation where claim_id = $1 order by computed_at desc, id desc limit 1""",
        claim_id,
    )
    return calculation_of(row) if row else None


async def require_calculation(connection: Connection, claim_id: UUID) -> Calculation:
    """The calculation in force.

    Raises:
        Conflict: there is none yet.
    """
    found = await latest_calculation(connection, claim_id)
    if found is None:
        raise Conflict(
            N_("No monitoring file is computed yet: draft the report first."),
            at="file",
        )
    return found


def calculation_of(row: Any) -> Calculation:
    """From a row of `projects_calculation`."""
    kept = msgspec.json.decode(row["result"])
    vintages = tuple(
        VintageTonnes(int(v["year"]), int(v["credits"]), int(v["buffer"])) for v in kept["result"]["vintages"]
    )
    return Calculation(**{**dict(row), "result": kept["result"]}, vintages=vintages, digest=kept["digest"])


async def recomputed(
    connection: Connection, calculation: Calculation, *, explain: bool = False
) -> tuple[Recomputed, Credits]:
    """The calculation's own file by the program's formulas of now.

    Raises:
        Problem: the file can no longer be computed.
    """
    document, content = await read_content(connection, calculation.document_id)
    result = await asyncio.to_thread(
        compute, calculation.methodology, document.file_name, content, explain=explain
    )
    now, digest = fingerprint(calculation.methodology), digest_of(result)
    same = digest == calculation.digest and result.total == calculation.credits_t
    return (
        Recomputed(
            same,
            calculation.fingerprint,
            now,
            calculation.digest,
            digest,
            calculation.credits_t,
            result.total,
        ),
        result,
    )


async def require_equal(connection: Connection, claim_id: UUID) -> Calculation:
    """The calculation, proven by computing it again.

    Raises:
        Conflict: there is none, or it comes out otherwise.
    """
    calculation = await require_calculation(connection, claim_id)
    check, _ = await recomputed(connection, calculation)
    if not check.equal:
        raise Conflict(
            N_(
                "Computed again, the report gives {now} t instead of {then} t: draft it anew by the methodology in force."
            ),
            now=check.credits_now_t,
            then=check.credits_then_t,
            at="file",
        )
    return calculation
