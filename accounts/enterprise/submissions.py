"""An uploaded file becomes a submission: kept as it came, taken in whole or in part, never changed."""

import asyncio
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from isal import isal_zlib

from accounts.database.transactions import Connection, transaction
from accounts.enterprise import marked
from accounts.enterprise.activity_ids import new_submission_id
from accounts.enterprise.certificates import claim_certificates
from accounts.enterprise.checking import CheckedActivities, check_activities
from accounts.enterprise.factor_codes import codes_in
from accounts.enterprise.filing import file_activities
from accounts.enterprise.kept_findings import keep_findings, storable
from accounts.enterprise.locks import locked_years, without_locked_years
from accounts.enterprise.reading import read_file, shown_name
from accounts.enterprise.sheets import ReadFile
from accounts.enterprise.totals_file import CheckedTotals, check_totals, holds_totals
from accounts.enterprise.totals_import import file_totals
from accounts.factors.imports import values_of_tables
from accounts.factors.own_factors import values_of
from accounts.factors.own_values import Known, by_code
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.consents import record_read
from accounts.identity.idempotency import once
from accounts.identity.permissions import Permission
from accounts.transparency import log
from carbon.errors import N_, Conflict, Finding, NotFound, NotPermitted

LISTED_FINDINGS = 500
PART_BYTES = 4 * 1024 * 1024
_LARGE_ROWS = 50_000


@dataclass(frozen=True)
class Submission:
    """What became of a file. `status`: accepted, accepted-in-part (some rows are wrong), rejected (none could be taken).

    `findings` holds the first 500; `errors` and `warnings` count all.
    """

    id: UUID
    kind: str
    status: str
    file_name: str
    file_kind: str
    sha256: str
    size_bytes: int
    rows_read: int
    rows_taken: int
    rows_wrong: int
    rows_repeated: int
    errors: int
    warnings: int
    submitted_by_name: str
    submitted_at: datetime
    findings: tuple[Finding, ...] = ()


async def submit_file(actor: Actor, *, file_name: str, content: bytes, key: str | None = None) -> Submission:
    """Read, check, compute and keep a file, all or nothing: activities of an enterprise, or totals an authority imports.

    Rows with errors are kept out and listed; the others count at once. With `key`, a second request with the same
    key and file gives the first answer.

    Raises:
        Problem, TooLarge: the file as a whole cannot be read.
        Conflict: the same file was submitted before; names the submission.
        NotPermitted: the actor may not submit this kind of file.
    """
    if actor.permissions.isdisjoint({Permission.ACTIVITY_SUBMIT, Permission.TOTALS_IMPORT}):
        actor.require(Permission.ACTIVITY_SUBMIT)
    packing = asyncio.create_task(asyncio.to_thread(packed, content))
    try:
        read = await asyncio.to_thread(read_file, file_name, content)
        checked = await _checked(actor, read)
    finally:
        parts = await packing

    async def work() -> Submission:
        return await file_checked(connection, actor, checked, parts)

    async with transaction(tenant=actor.tenant_id) as connection:
        return await once(
            connection,
            actor,
            operation="submission.create",
            key=key,
            request={"file_name": read.name, "sha256": read.sha256},
            work=work,
            answer_type=Submission,
        )


async def _checked(actor: Actor, read: ReadFile) -> CheckedActivities | CheckedTotals:
    if holds_totals(read):
        actor.require(Permission.TOTALS_IMPORT)
        return await asyncio.to_thread(check_totals, read)
    if Permission.ACTIVITY_SUBMIT not in actor.permissions:
        raise NotPermitted(
            N_(
                "{name} holds activities; these are submitted by the enterprise itself. Reported totals need the columns {columns}."
            ),
            name=read.name,
            columns="公司, 指标, 年度, 数值",
        )
    codes = codes_in(read)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        row = await connection.fetchrow(
            "select region, guide from enterprise_profile where tenant_id = $1", actor.tenant_id
        )
        factors = await factors_under(connection, actor.tenant_id, codes)
    region, guide = (row["region"], row["guide"]) if row else ("", None)
    return await asyncio.to_thread(
        check_activities, read, guide=guide, region=region or None, factors=factors
    )


async def factors_under(connection: Connection, tenant_id: UUID, codes: Sequence[str]) -> Known:
    """What rows may use under these codes: the enterprise's own factors, then those of public tables."""
    own = await values_of(connection, tenant_id, codes)
    return by_code([*own, *await values_of_tables(connection, codes)])


async def file_checked(
    connection: Connection, actor: Actor, checked: CheckedActivities | CheckedTotals, parts: list[bytes]
) -> Submission:
    """Keep a checked file and what it brings, in the caller's transaction; `parts` is the file, `packed`.

    Raises:
        Conflict: the same file was submitted before.
    """
    await _lock(connection, actor.tenant_id)
    if isinstance(checked, CheckedActivities):
        checked = without_locked_years(checked, await locked_years(connection, actor.tenant_id))
    read, findings = checked.read, checked.findings
    await _refuse_same_file(connection, actor.tenant_id, read)
    if checked.rows_read > _LARGE_ROWS:
        await connection.execute("set local statement_timeout = '10min'")
    submission_id = new_submission_id()
    if isinstance(checked, CheckedTotals):
        filed = await file_totals(connection, actor, submission_id, checked)
    else:
        checked = await claim_certificates(connection, actor, submission_id, checked)
        filed = await file_activities(connection, actor.tenant_id, submission_id, checked)
    await _keep_file(connection, actor.tenant_id, submission_id, parts)
    await keep_findings(connection, actor.tenant_id, submission_id, findings)
    errors, warnings = findings.count("error"), findings.count("warning")
    taken = filed.rows_taken + (checked.gaps.height if isinstance(checked, CheckedActivities) else 0)
    repeated = filed.rows_known + checked.rows_repeated
    kept = taken or repeated
    status = "rejected" if errors and not kept else "accepted-in-part" if errors else "accepted"
    submission = Submission(
        id=submission_id,
        kind="totals" if isinstance(checked, CheckedTotals) else "activities",
        status=status,
        file_name=read.name,
        file_kind=read.kind,
        sha256=read.sha256,
        size_bytes=read.size_bytes,
        rows_read=checked.rows_read,
        rows_taken=taken,
        rows_wrong=checked.rows_wrong,
        rows_repeated=repeated,
        errors=errors,
        warnings=warnings,
        submitted_by_name=actor.name,
        submitted_at=await connection.fetchval("select now()"),
        findings=tuple(storable(finding) for finding in findings.listed(LISTED_FINDINGS)),
    )
    await _keep_submission(connection, actor, submission, [sheet.name for sheet in read.sheets])
    digest = {"file": "submission", "length": read.size_bytes, "sha256": read.sha256}
    await log.submit(connection, "evidence", digest, object_id=submission_id)
    await audit.record(
        connection,
        actor,
        act="submission.create",
        object_kind="submission",
        object_id=submission_id,
        details={"file_name": read.name, "sha256": read.sha256, "status": status, "rows_taken": taken},
    )
    return submission


async def _lock(connection: Connection, tenant_id: UUID) -> None:
    """One submission of a tenant at a time: what is known from earlier ones must not change meanwhile."""
    number = int.from_bytes(
        hashlib.sha256(b"enterprise.submission" + tenant_id.bytes).digest()[:8], signed=True
    )
    await connection.execute("set local lock_timeout = '60s'")
    await connection.execute("select pg_advisory_xact_lock($1)", number)


async def _refuse_same_file(connection: Connection, tenant_id: UUID, read: ReadFile) -> None:
    row = await connection.fetchrow(
        """select id, file_name, submitted_at, submitted_by_name from enterprise_submission
            where tenant_id = $1 and sha256 = $2 and status <> 'rejected'""",
        tenant_id,
        read.sha256,
    )
    if row is not None:
        raise Conflict(
            N_(
                "This very file was submitted before, as {file_name} on {day} by {person} (submission {id}); it is not counted "
                "twice. To correct rows, change them in the file and submit that."
            ),
            file_name=row["file_name"],
            day=row["submitted_at"].date().isoformat(),
            person=row["submitted_by_name"],
            id=str(row["id"]),
        )


def packed(content: bytes) -> list[bytes]:
    """The bytes as they came, compressed, in parts that stay far below the server's limits.

    ISA-L writes what zlib reads, at a quarter of its time.
    """
    return [
        isal_zlib.compress(content[start : start + PART_BYTES], 1)
        for start in range(0, len(content), PART_BYTES)
    ]


async def _keep_file(
    connection: Connection, tenant_id: UUID, submission_id: UUID, parts: list[bytes]
) -> None:
    await connection.executemany(
        "insert into enterprise_submission_part (tenant_id, submission_id, number, content) values ($1, $2, $3, $4)",
        [(tenant_id, submission_id, number, part) for number, part in enumerate(parts)],
    )


async def _keep_submission(
    connection: Connection, actor: Actor, submission: Submission, sheets: list[str | None]
) -> None:
    await connection.execute(
        """insert into enterprise_submission (id, tenant_id, kind, status, file_name, file_kind, sha256, size_bytes,
               sheets, rows_read, rows_taken, rows_wrong, rows_repeated, warnings, submitted_by, submitted_by_name)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13, $14, $15, $16)""",
        submission.id,
        actor.tenant_id,
        submission.kind,
        submission.status,
        submission.file_name,
        submission.file_kind,
        submission.sha256,
        submission.size_bytes,
        msgspec.json.encode(sheets).decode(),
        submission.rows_read,
        submission.rows_taken,
        submission.rows_wrong,
        submission.rows_repeated,
        submission.warnings,
        actor.person_id,
        actor.name,
    )


_SELECT = """
    select s.id, s.kind, s.status, s.file_name, s.file_kind, s.sha256, s.size_bytes, s.rows_read, s.rows_taken,
           s.rows_wrong, s.rows_repeated, s.warnings, s.submitted_by_name, s.submitted_at,
           (select count(*) from enterprise_submission_finding f
             where f.tenant_id = s.tenant_id and f.submission_id = s.id and f.severity = 'error') as errors
      from enterprise_submission s where s.tenant_id = $1
"""


def _require_reader(actor: Actor) -> None:
    if Permission.TOTALS_IMPORT not in actor.permissions:
        actor.require(Permission.ACCOUNT_READ)


async def list_submissions(actor: Actor, *, before: UUID | None = None, limit: int = 50) -> list[Submission]:
    """The tenant's submissions, newest first, without their findings; `before` is the last id of the page before."""
    _require_reader(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            f"{_SELECT} and ($2::uuid is null or s.id < $2) order by s.id desc limit $3",
            actor.tenant_id,
            before,
            min(limit, 200),
        )
    return [Submission(**row) for row in rows]


async def read_submission(actor: Actor, *, submission_id: UUID) -> Submission:
    """One submission with its first findings.

    Raises:
        NotFound: not there, or not the actor's.
    """
    _require_reader(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _read(connection, actor.tenant_id, submission_id, LISTED_FINDINGS)


async def _read(connection: Connection, tenant_id: UUID, submission_id: UUID, limit: int) -> Submission:
    row = await connection.fetchrow(f"{_SELECT} and s.id = $2", tenant_id, submission_id)
    if row is None:
        raise NotFound(N_("There is no such submission."))
    findings = await connection.fetch(
        """select * from enterprise_submission_finding where tenant_id = $1 and submission_id = $2
            order by number limit $3""",
        tenant_id,
        submission_id,
        limit,
    )
    return Submission(**row, findings=tuple(_finding(dict(finding)) for finding in findings))


def _finding(row: Mapping[str, Any]) -> Finding:
    names = ("code", "template", "severity", "sheet", "row", "column", "value")
    return Finding(**{name: row[name] for name in names}, values=msgspec.json.decode(row["details"]))


async def read_content(actor: Actor, *, submission_id: UUID) -> tuple[str, bytes]:
    """Name and bytes of the file as it came.

    Raises:
        NotFound: not there, or not the actor's.
    """
    _require_reader(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        submission = await _read(connection, actor.tenant_id, submission_id, 0)
        return submission.file_name, await _content(connection, actor.tenant_id, submission_id)


async def read_evidence(actor: Actor, *, enterprise_id: UUID, submission_id: UUID) -> tuple[str, bytes]:
    """The file behind an activity, for a verifier whose case it is; the read is recorded for the enterprise.

    Raises:
        NotFound: no such file, or the enterprise did not let the actor see its evidence.
    """
    actor.require(Permission.VERIFICATION_WORK)
    async with transaction(tenant=actor.tenant_id) as connection:
        await record_read(
            connection, actor, owner_id=enterprise_id, scope="evidence", subject=f"file {submission_id}"
        )
        submission = await _read(connection, enterprise_id, submission_id, 0)
        return submission.file_name, await _content(connection, enterprise_id, submission_id)


async def _content(connection: Connection, tenant_id: UUID, submission_id: UUID) -> bytes:
    parts = await connection.fetch(
        """select content from enterprise_submission_part where tenant_id = $1 and submission_id = $2
            order by number""",
        tenant_id,
        submission_id,
    )
    return b"".join([zlib.decompress(part["content"]) for part in parts])


async def marked_workbook(
    actor: Actor,
    *,
    submission_id: UUID,
    language: str = "zh",
    translate: Callable[[str, Mapping[str, Any]], str] | None = None,
) -> bytes:
    """The user's rows as a workbook, wrong cells coloured, each with its reason as a comment in the reader's language.

    Raises:
        NotFound: not there, or not the actor's.
    """
    file_name, content = await read_content(actor, submission_id=submission_id)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        submission = await _read(connection, actor.tenant_id, submission_id, marked.FINDINGS)
    read = await asyncio.to_thread(read_file, shown_name(file_name), content)
    return await asyncio.to_thread(marked.workbook, read, submission.findings, language, translate)
