"""Files of a project: typed, versioned, hashed, kept under our own names; who may add which kind is the rules' matter."""

import asyncio
import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.projects.records import DOCUMENTS, Document, claim_seen, lock, project_seen, roles_of
from accounts.projects.routes import scheme_named
from accounts.transparency import log
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem, TooLarge
from carbon.identifiers import new_id
from carbon.text import Text

LARGEST_BYTES = 32 * 2**20
PART_BYTES = 4 * 2**20
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Kind:
    """A kind of document: who writes it, and whether it belongs to a claim."""

    id: str
    name: Text
    role: str
    of: str


KINDS: Mapping[str, Kind] = {
    kind.id: kind
    for kind in (
        Kind("design_document", Text("项目设计文件", "project design document"), "owner", "project"),
        Kind("validation_report", Text("审定报告", "validation report"), "validator", "project"),
        Kind("application_form", Text("申请表", "application form"), "owner", "either"),
        Kind("commitment", Text("承诺书", "letter of commitment"), "owner", "either"),
        Kind("monitoring_data", Text("监测数据", "monitoring data"), "owner", "claim"),
        Kind("accounting_report", Text("减排量核算报告", "reduction accounting report"), "owner", "claim"),
        Kind("verification_report", Text("核查报告", "verification report"), "verifier", "claim"),
        Kind("evidence", Text("佐证材料", "evidence"), "owner", "either"),
    )
}
PUBLIC_KINDS = frozenset(
    {"design_document", "validation_report", "accounting_report", "verification_report", "commitment"}
)
"""What the rules want the public to read (Order 31, art. 11 to 22); forms, data and evidence stay with the parties."""

_TYPES: tuple[tuple[bytes, str, frozenset[str]], ...] = (
    (b"%PDF-", "application/pdf", frozenset({".pdf"})),
    (b"PK\x03\x04", "application/zip", frozenset({".xlsx", ".docx", ".zip"})),
    (b"\x89PNG\r\n\x1a\n", "image/png", frozenset({".png"})),
    (b"\xff\xd8\xff", "image/jpeg", frozenset({".jpg", ".jpeg"})),
)
_TEXTS = {
    ".txt": "text/plain", ".md": "text/plain", ".csv": "text/csv", ".json": "application/json",
    ".geojson": "application/geo+json", ".toml": "application/toml",
}  # fmt: skip


async def add_document(
    actor: Actor,
    *,
    project_id: UUID,
    kind: str,
    file_name: str,
    content: bytes,
    claim_id: UUID | None = None,
    title: str = "",
) -> Document:
    """Keep a file; a second one of the same kind is its next version.

    Raises:
        NotPermitted: another role writes this kind of document (Order 31, art. 13, 20).
        Problem, TooLarge: the file is of no kind that is taken, empty, or too large.
        Conflict: the very same file is there.
    """
    if actor.permissions.isdisjoint({Permission.PROJECT_MANAGE, Permission.PROJECT_VERIFY}):
        actor.require(Permission.PROJECT_MANAGE)
    wanted = kind_named(kind)
    name, media_type = checked_file(file_name, content)
    parts = await asyncio.to_thread(_packed, content)
    async with transaction(tenant=actor.tenant_id) as connection:
        return await keep_document(
            connection,
            actor,
            project_id=project_id,
            claim_id=claim_id,
            kind=wanted,
            title=title,
            file_name=name,
            media_type=media_type,
            content=content,
            parts=parts,
        )


def kind_named(kind: str) -> Kind:
    """One kind.

    Raises:
        Problem: there is none; lists them.
    """
    if kind not in KINDS:
        raise Problem(
            N_("“{kind}” is no kind of document: choose one of {known}."),
            kind=kind[:40],
            known=", ".join(KINDS),
            at="kind",
        )
    return KINDS[kind]


def checked_file(file_name: str, content: bytes) -> tuple[str, str]:
    """The name without path and control characters, and the type by the bytes.

    Raises:
        Problem, TooLarge: empty, too large, or of a type that is not taken.
    """
    name = re.sub(
        r"[\x00-\x1f\x7f/\\]", "", unicodedata.normalize("NFC", PurePath(file_name.replace("\\", "/")).name)
    )[:200]
    if not name or not content:
        raise Problem(N_("Choose a file that is not empty."), at="file")
    if len(content) > LARGEST_BYTES:
        raise TooLarge(N_("The file is larger than {most} MiB."), most=LARGEST_BYTES // 2**20, at="file")
    ending = PurePath(name).suffix.casefold()
    for magic, media_type, endings in _TYPES:
        if content.startswith(magic) and ending in endings:
            if media_type == "application/zip":
                _check_archive(name, content)
            return name, media_type
    if ending in _TEXTS:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = "\x00"
        if "\x00" not in text:
            return name, _TEXTS[ending]
    raise Problem(
        N_("{name} is not taken: PDF, XLSX, DOCX, ZIP, PNG, JPEG, or UTF-8 text (TXT, CSV, JSON, GeoJSON, TOML) whose content is of that kind."),
        name=name,
        at="file",
    )  # fmt: skip


MOST_MEMBERS, HIGHEST_RATIO, MOST_UNPACKED = 1_000, 100, 100 * 2**20


def _check_archive(name: str, content: bytes) -> None:
    """The directory alone (INP-5): nothing is unpacked here, but whoever opens the file later must not be harmed."""
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
        raise Problem(
            N_("{name} is damaged: it cannot be read as an archive."), name=name, at="file"
        ) from fault
    unpacked = sum(member.file_size for member in members)
    nested = any(
        PurePath(member.filename).suffix.casefold() in {".zip", ".rar", ".7z", ".gz"} for member in members
    )
    if len(members) > MOST_MEMBERS or unpacked > min(MOST_UNPACKED, HIGHEST_RATIO * len(content)) or nested:
        raise TooLarge(
            N_(
                "{name} unpacks to more than is taken: at most {members} files, {most} MiB, and no archives inside."
            ),
            name=name,
            members=MOST_MEMBERS,
            most=MOST_UNPACKED // 2**20,
            at="file",
        )


async def keep_document(
    connection: Connection,
    actor: Actor,
    *,
    project_id: UUID,
    claim_id: UUID | None,
    kind: Kind,
    title: str,
    file_name: str,
    media_type: str,
    content: bytes,
    parts: list[bytes] | None = None,
) -> Document:
    """The same inside the caller's transaction."""
    project = await project_seen(connection, project_id)
    claim = await claim_seen(connection, claim_id) if claim_id else None
    if claim is not None and claim.project_id != project_id:
        raise NotFound(N_("There is no such claim."), at="claim_id")
    roles = roles_of(actor, project, claim)
    if kind.role not in roles:
        scheme = scheme_named(project.scheme)
        raise NotPermitted(
            N_("A {kind} is written by the {role}, not by you ({clause})."),
            kind=kind.name,
            role=_ROLE_NAMES[kind.role],
            clause=scheme.clause("第十三条、第二十条" if scheme.id == "ccer" else ""),
            at="kind",
        )
    if kind.of == "claim" and claim is None:
        raise Problem(N_("A {kind} belongs to a claim: name it."), kind=kind.name, at="claim_id")
    machine = scheme_named(project.scheme).machine("claim" if claim else "project")
    state = machine.states[claim.state if claim else project.state]
    if state.final:
        raise Conflict(N_("Nothing is added in the state “{state}”."), state=state.name, at="file")
    await lock(connection, f"documents {project_id}")
    return await _insert(
        connection,
        actor,
        project.tenant_id,
        project_id,
        claim_id,
        kind,
        title,
        file_name,
        media_type,
        content,
        parts,
    )


_ROLE_NAMES = {
    "owner": Text("项目业主", "project owner"),
    "validator": Text("审定机构", "validation body"),
    "verifier": Text("核查机构", "verification body"),
}


async def _insert(
    connection: Connection,
    actor: Actor,
    owner_id: UUID,
    project_id: UUID,
    claim_id: UUID | None,
    kind: Kind,
    title: str,
    file_name: str,
    media_type: str,
    content: bytes,
    parts: list[bytes] | None,
) -> Document:
    sha256 = hashlib.sha256(content).hexdigest()
    earlier = await connection.fetch(
        DOCUMENTS + " where project_id = $1 and claim_id is not distinct from $2 and kind = $3 and tenant_id = $4 order by version",
        project_id, claim_id, kind.id, actor.tenant_id,
    )  # fmt: skip
    same = next((row for row in earlier if row["sha256"] == sha256), None)
    if same is not None:
        raise Conflict(
            N_("This very file is there already, as version {version} of {day}."),
            version=same["version"],
            day=same["uploaded_at"].date().isoformat(),
            at="file",
        )
    document_id = new_id()
    await connection.execute(
        """insert into projects_document (id, tenant_id, owner_id, project_id, claim_id, kind, version, title, file_name,
               media_type, size_bytes, sha256, uploaded_by, uploaded_by_name)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        document_id, actor.tenant_id, owner_id, project_id, claim_id, kind.id, len(earlier) + 1,
        title.strip()[:LONGEST_TITLE], file_name, media_type, len(content), sha256, actor.person_id, actor.name,
    )  # fmt: skip
    await connection.executemany(
        "insert into projects_document_part (tenant_id, document_id, number, content) values ($1, $2, $3, $4)",
        [(actor.tenant_id, document_id, n, part) for n, part in enumerate(parts or _packed(content))],
    )
    kept = {"file": "project document", "length": len(content), "sha256": sha256}
    await log.submit(connection, "evidence", kept, object_id=document_id)
    await audit.record(
        connection,
        actor,
        act="project.document",
        object_kind="project",
        object_id=project_id,
        details={"kind": kind.id, "file_name": file_name, "sha256": sha256, "claim_id": claim_id},
    )
    row: Any = await connection.fetchrow(DOCUMENTS + " where id = $1", document_id)
    return Document(**dict(row))


def _packed(content: bytes) -> list[bytes]:
    return [zlib.compress(content[at : at + PART_BYTES], 1) for at in range(0, len(content), PART_BYTES)]


async def documents_of(
    connection: Connection, project_id: UUID, claim_id: UUID | None = None
) -> list[Document]:
    """Every version the transaction's tenant may see; of the project, or of one claim."""
    rows = await connection.fetch(
        DOCUMENTS + " where project_id = $1 and claim_id is not distinct from $2 order by kind, version",
        project_id,
        claim_id,
    )
    return [Document(**dict(row)) for row in rows]


async def read_content(connection: Connection, document_id: UUID) -> tuple[Document, bytes]:
    """The bytes as they came.

    Raises:
        NotFound: there is no such document for this tenant.
    """
    row = await connection.fetchrow(DOCUMENTS + " where id = $1", document_id)
    if row is None:
        raise NotFound(N_("There is no such document."), at="document_id")
    parts = await connection.fetch(
        "select content from projects_document_part where document_id = $1 order by number", document_id
    )
    return Document(**dict(row)), b"".join(zlib.decompress(part["content"]) for part in parts)


async def read_document(actor: Actor | None, *, document_id: UUID) -> tuple[Document, bytes]:
    """A document and its bytes, for a party or, once it is public, for anybody (`actor` None).

    Raises:
        NotFound: there is no such document for the asker.
    """
    async with transaction(tenant=actor.tenant_id if actor else None, readonly=True) as connection:
        return await read_content(connection, document_id)
