"""Publishing a methodology: its version is frozen, and before that every live claim is computed again (replay)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.roles import Role, role_url
from accounts.database.settings import DatabaseSettings
from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.transparency import log
from carbon.errors import N_, Conflict, Problem
from carbon.identifiers import new_id
from methodologies.reduction.catalogue import methodologies, methodology_from_text
from methodologies.reduction.fingerprint import fingerprint


@dataclass(frozen=True)
class PublishedVersion:
    """A frozen version; `is_current` when the program's formulas are exactly these."""

    methodology: str
    version: str
    fingerprint: str
    note: str
    published_by_name: str
    published_at: datetime
    is_current: bool


@dataclass(frozen=True)
class Difference:
    """A live claim that comes out otherwise: tonnes kept, tonnes now; or `problem` when it cannot be computed."""

    project_id: UUID
    project_code: str
    claim_id: UUID
    claim_state: str
    kept_t: int
    now_t: int | None
    problem: str = ""


@dataclass(frozen=True)
class Replay:
    """Every claim of a methodology computed again by the formulas of now."""

    methodology: str
    version: str
    fingerprint: str
    claims: int
    kept_t: int
    now_t: int
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


async def list_versions(methodology: str | None = None) -> list[PublishedVersion]:
    """Every published version, newest first; for anybody."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select methodology, version, fingerprint, note, published_by_name, published_at
                 from projects_methodology_version where $1::text is null or methodology = $1
                order by published_at desc, id desc""",
            methodology,
        )
    known = methodologies()
    return [
        PublishedVersion(
            **dict(row),
            is_current=row["methodology"] in known and fingerprint(row["methodology"]) == row["fingerprint"],
        )
        for row in rows
    ]


async def require_frozen(connection: Connection, methodology: str) -> None:
    """The program runs exactly what was published under this version.

    Raises:
        Conflict: the version was never published, or its formulas or numbers have changed since.
    """
    method = methodologies()[methodology]
    row = await connection.fetchrow(
        "select fingerprint, published_at from projects_methodology_version where methodology = $1 and version = $2",
        method.id,
        method.version,
    )
    if row is None:
        raise Conflict(
            N_(
                "{methodology} version {version} is not published yet; the authority publishes it first (Order 31, article 8)."
            ),
            methodology=method.name,
            version=method.version,
            at="methodology",
        )
    if row["fingerprint"] != fingerprint(method.id):
        raise Conflict(
            N_("The formulas or numbers of {methodology} have changed since version {version} was published on {day}: give them a new version and publish that."),
            methodology=method.name,
            version=method.version,
            day=row["published_at"].date().isoformat(),
            at="methodology",
        )  # fmt: skip


async def publish_methodology(
    actor: Actor, *, methodology: str, note: str = "", accept_differences: bool = False
) -> PublishedVersion:
    """Freeze the program's version of a methodology, after replaying every live claim of it.

    Publishing the same formulas again gives the first publication.

    Raises:
        NotPermitted: without `methodology:publish`.
        Conflict: the version stands with other formulas, or live claims come out otherwise and `accept_differences` is not set.
    """
    actor.require(Permission.METHODOLOGY_PUBLISH)
    method = methodology_from_text(methodology)
    print_now = fingerprint(method.id)
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"methodology {method.id}"
        )
        row = await connection.fetchrow(
            "select fingerprint from projects_methodology_version where methodology = $1 and version = $2",
            method.id,
            method.version,
        )
        if row is None:
            found = await _replay(connection, method.id)
            if found.differences and not accept_differences:
                raise Conflict(
                    N_(
                        "{count} of {claims} live claims come out otherwise: read the replay, then publish with the differences accepted."
                    ),
                    count=len(found.differences),
                    claims=found.claims,
                    at="accept_differences",
                )
            await _freeze(connection, actor, found, note)
        elif row["fingerprint"] != print_now:
            await require_frozen(connection, method.id)
    return next(one for one in await list_versions(method.id) if one.version == method.version)


async def _freeze(connection: Connection, actor: Actor, replay: Replay, note: str) -> None:
    version_id = new_id()
    await connection.execute(
        """insert into projects_methodology_version (id, authority_id, methodology, version, fingerprint, replay, note,
               published_by, published_by_name) values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9)""",
        version_id, actor.tenant_id, replay.methodology, replay.version, replay.fingerprint,
        msgspec.json.encode(replay).decode(), note.strip()[:2000], actor.person_id, actor.name,
    )  # fmt: skip
    content = {
        "methodology": replay.methodology,
        "version": replay.version,
        "fingerprint": replay.fingerprint,
    }
    await log.submit(
        connection,
        "methodology.release",
        content,
        object_id=version_id,
        number=f"{replay.methodology} {replay.version}",
    )
    await audit.record(
        connection,
        actor,
        act="methodology.publish",
        object_kind="methodology",
        object_id=replay.methodology,
        details={
            "version": replay.version,
            "fingerprint": replay.fingerprint,
            "differences": len(replay.differences),
        },
    )


async def replay_methodology(actor: Actor, *, methodology: str) -> Replay:
    """Compute every live claim of a methodology again by the formulas of now, and say what differs.

    Raises:
        NotPermitted: without `methodology:publish`.
    """
    actor.require(Permission.METHODOLOGY_PUBLISH)
    method = methodology_from_text(methodology)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _replay(connection, method.id)


async def replay_all(url: str, settings: DatabaseSettings, methodology: str | None = None) -> list[Replay]:
    """Every methodology that has claims, or the one named, read as the auditor, who sees all and changes nothing.

    Raises:
        NotFound: no methodology is called so.
    """
    wanted = methodology_from_text(methodology).id if methodology else None
    connection = await asyncpg.connect(role_url(url, settings.role_prefix, Role.AUDITOR), timeout=10)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await connection.fetch(
                "select distinct methodology from projects_calculation where $1::text is null or methodology = $1 order by 1",
                wanted,
            )
            known = [row["methodology"] for row in rows if row["methodology"] in methodologies()]
            return [await _replay(cast("Connection", connection), id_) for id_ in known]
    finally:
        await connection.close()


async def _replay(connection: Connection, methodology: str) -> Replay:
    from accounts.projects.computing import calculation_of, recomputed  # noqa: PLC0415 - computing asks require_frozen

    rows = await connection.fetch(_LIVE, methodology)
    differences, kept, now = [], 0, 0
    for row in rows:
        values = dict(row)
        about = {name: values.pop(name) for name in ("project_id", "project_code", "claim_state")}
        calculation = calculation_of(values)
        kept += calculation.credits_t
        try:
            check, result = await recomputed(connection, calculation)
        except Problem as problem:
            differences.append(
                Difference(
                    **about,
                    claim_id=calculation.claim_id,
                    kept_t=calculation.credits_t,
                    now_t=None,
                    problem=str(problem),
                )
            )
            continue
        now += result.total
        if not check.equal:
            differences.append(
                Difference(
                    **about, claim_id=calculation.claim_id, kept_t=calculation.credits_t, now_t=result.total
                )
            )
        await asyncio.sleep(0)
    method = methodologies()[methodology]
    return Replay(
        methodology, method.version, fingerprint(methodology), len(rows), kept, now, tuple(differences)
    )


_LIVE = """
    select distinct on (k.claim_id) k.id, k.claim_id, k.document_id, k.methodology, k.version, k.fingerprint, k.label,
           k.confidence, k.applicable, k.credits_t, k.buffer_t, k.result, k.computed_at, k.project_id, p.code as project_code,
           c.state as claim_state
      from projects_calculation k
      join projects_claim c on c.id = k.claim_id
      join projects_project p on p.id = k.project_id
     where k.methodology = $1 and c.state <> 'withdrawn' and p.state not in ('cancelled', 'revoked')
     order by k.claim_id, k.computed_at desc, k.id desc
"""


def dry_run(methodology: str, file_name: str, content: bytes, *, explain: bool = True) -> dict[str, Any]:
    """What a methodology makes of sample data: nothing is kept. Needs no database.

    Raises:
        Problem: the file or a value in it cannot be used.
    """
    from accounts.projects.computing import compute  # noqa: PLC0415 - as above

    return compute(methodology_from_text(methodology).id, file_name, content, explain=explain).as_dict(
        explain=explain
    )
