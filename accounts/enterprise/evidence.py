"""Files behind activities: hashed at receipt, checked by their bytes, kept once, and noticed when they speak for several."""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.activities import activity_row
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.consents import record_read
from accounts.identity.permissions import Permission
from accounts.projects.documents import checked_file
from accounts.transparency import log
from carbon.errors import N_, NotFound, TooLarge
from carbon.identifiers import new_id

LARGEST_BYTES = 16 * 2**20
LONGEST_NOTE = 500


@dataclass(frozen=True)
class EvidenceFile:
    """One file as it stands behind an activity; `activities` counts all it speaks for, `sha256` is of the bytes as they came."""

    id: UUID
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    note: str
    uploaded_by_name: str
    uploaded_at: datetime
    activities: int
    known_before: bool = False


async def attach_evidence(
    actor: Actor, *, activity_id: UUID, file_name: str, content: bytes, note: str = ""
) -> EvidenceFile:
    """Keep a file behind an activity. The same file sent again is not kept twice: it is linked, and `known_before` says so.

    Raises:
        NotPermitted: without `activity:submit`.
        NotFound: no such activity of the actor's.
        Problem, TooLarge: the file is of no kind that is taken, empty, or too large.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    if len(content) > LARGEST_BYTES:
        raise TooLarge(N_("The file has more than {limit_mb} MB; send a smaller copy."), at="file", limit_mb=LARGEST_BYTES // 2**20)  # fmt: skip
    name, media_type = checked_file(file_name, content)
    digest = hashlib.sha256(content).hexdigest()
    async with transaction(tenant=actor.tenant_id) as connection:
        await activity_row(connection, actor.tenant_id, activity_id)
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 13))", f"{actor.tenant_id}{digest}"
        )
        file_id = await connection.fetchval(
            "select id from enterprise_evidence_file where tenant_id = $1 and sha256 = $2",
            actor.tenant_id,
            digest,
        )
        known = file_id is not None
        if file_id is None:
            file_id = new_id()
            await connection.execute(
                """insert into enterprise_evidence_file (id, tenant_id, file_name, media_type, size_bytes, sha256, content,
                       uploaded_by, uploaded_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
                file_id, actor.tenant_id, name, media_type, len(content), digest, zlib.compress(content, 1),
                actor.person_id, actor.name,
            )  # fmt: skip
            await log.submit(connection, "evidence", {"sha256": digest}, object_id=file_id)
        await connection.execute(
            """insert into enterprise_evidence_link (id, tenant_id, file_id, activity_id, note, linked_by)
               values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, activity_id, file_id) do nothing""",
            new_id(), actor.tenant_id, file_id, activity_id, note.strip()[:LONGEST_NOTE], actor.person_id,
        )  # fmt: skip
        await audit.record(
            connection, actor, act="evidence.attach", object_kind="activity", object_id=activity_id,
            details={"file_id": file_id, "sha256": digest, "known_before": known},
        )  # fmt: skip
        found = next(
            one for one in await _files(connection, actor.tenant_id, activity_id) if one.id == file_id
        )
    return EvidenceFile(**{**found.__dict__, "known_before": known})


async def list_evidence(actor: Actor, *, enterprise_id: UUID, activity_id: UUID) -> list[EvidenceFile]:
    """The files behind an activity: for the enterprise itself, and for the verifier of its case.

    Raises:
        NotFound: the enterprise did not let the actor see its evidence.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        await _enter(connection, actor, enterprise_id, f"evidence {activity_id}")
        return await _files(connection, enterprise_id, activity_id)


async def read_evidence_file(
    actor: Actor, *, enterprise_id: UUID, file_id: UUID
) -> tuple[EvidenceFile, bytes]:
    """A file with its bytes as they came; their digest is checked again.

    Raises:
        NotFound: no such file, or not for the actor to see.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        await _enter(connection, actor, enterprise_id, f"file {file_id}")
        row = await connection.fetchrow(
            """select f.*, (select count(*) from enterprise_evidence_link l
                             where l.tenant_id = f.tenant_id and l.file_id = f.id) as activities
                 from enterprise_evidence_file f where f.tenant_id = $1 and f.id = $2""",
            enterprise_id,
            file_id,
        )
    if row is None:
        raise NotFound(N_("There is no such file."))
    content = zlib.decompress(row["content"])
    if hashlib.sha256(content).hexdigest() != row["sha256"]:
        raise NotFound(N_("The file's bytes are not those that were kept; tell the administrator."))
    names = (
        "id",
        "file_name",
        "media_type",
        "size_bytes",
        "sha256",
        "uploaded_by_name",
        "uploaded_at",
        "activities",
    )
    return EvidenceFile(**{name: row[name] for name in names}, note=""), content


async def _enter(connection: Connection, actor: Actor, enterprise_id: UUID, subject: str) -> None:
    if enterprise_id == actor.tenant_id:
        actor.require(Permission.ACCOUNT_READ)
        return
    if Permission.VERIFICATION_WORK not in actor.permissions:
        raise NotFound(N_("There is no such enterprise."))
    await record_read(connection, actor, owner_id=enterprise_id, scope="evidence", subject=subject)


async def _files(connection: Connection, enterprise_id: UUID, activity_id: UUID) -> list[EvidenceFile]:
    rows = await connection.fetch(
        """select f.id, f.file_name, f.media_type, f.size_bytes, f.sha256, l.note, f.uploaded_by_name, f.uploaded_at,
                  (select count(*) from enterprise_evidence_link o
                    where o.tenant_id = f.tenant_id and o.file_id = f.id) as activities
             from enterprise_evidence_link l
             join enterprise_evidence_file f on (f.tenant_id, f.id) = (l.tenant_id, l.file_id)
            where l.tenant_id = $1 and l.activity_id = $2 order by l.id""",
        enterprise_id,
        activity_id,
    )
    return [EvidenceFile(**row) for row in rows]
