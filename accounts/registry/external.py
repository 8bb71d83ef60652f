"""Keeping other registries' public records: the same file or row again changes nothing, what contradicts them is told."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from accounts.registry.external_rows import Kind, Record, Table, check_records, columns, uncovered
from accounts.registry.external_serials import parse_external
from carbon.errors import N_, Finding, NotFound, Problem
from carbon.identifiers import new_id

LIST_LIMIT = 500


@dataclass(frozen=True)
class Imported:
    """What came of a file: rows read, records added, known before, refused; the findings say where and why."""

    id: UUID | None
    file_name: str
    rows: int
    added: int
    known: int
    refused: int
    findings: tuple[Finding, ...]
    imported_at: datetime | None


@dataclass(frozen=True)
class ExternalRecord:
    """A public record of another registry, as kept here."""

    id: UUID
    registry: str
    kind: str
    serial: str
    line: str
    first: int | None
    last: int | None
    quantity: int
    project_code: str
    project_name: str
    vintage: str
    country: str
    buffer: bool
    dated_on: date | None
    beneficiary: str
    reason: str


async def import_records(
    actor: Actor, *, file_name: str, content: bytes, tables: Sequence[Table], kind: Kind | None = None
) -> Imported:
    """Check the rows of a file and keep the good ones; `content` is only hashed.

    Raises:
        NotPermitted: the actor is no authority that keeps the register.
        Problem: no table with serial numbers.
    """
    require_authority(actor, Permission.CREDIT_KEEP)
    name = checked_name(file_name, at="file", longest=200)
    checked = check_records(tables, kind=kind)
    digest = hashlib.sha256(content).hexdigest()
    findings = list(checked.findings)
    async with transaction(tenant=actor.tenant_id) as connection:
        # Records of one register are taken in one file after the other, so that two files cannot both pass the checks.
        await connection.execute("select pg_advisory_xact_lock(hashtextextended('registry external', 0))")
        import_id = new_id()
        known_lines = await _Known.of(connection, checked.records)
        rows: list[tuple[object, ...]] = []
        known = 0
        ordered = sorted(checked.records, key=lambda each: each.kind != "issued")
        for record in ordered:
            parts = known_lines.parts(record)
            if isinstance(parts, Finding):
                findings.append(parts)
            elif not parts:
                known += 1
            else:
                rows += [_row(actor.tenant_id, import_id, record, part) for part in parts]
        refused = len({(each.sheet, each.row) for each in findings if each.severity == "error"})
        if not rows:
            return Imported(None, name, checked.rows, 0, known, refused, tuple(findings), None)
        imported_at = await _write(
            connection, actor, import_id, name, digest, checked.rows, rows, known, refused
        )
    return Imported(import_id, name, checked.rows, len(rows), known, refused, tuple(findings), imported_at)


async def list_external(
    *,
    search: str = "",
    registry: str | None = None,
    kind: str | None = None,
    after: UUID | None = None,
    limit: int = 100,
) -> list[ExternalRecord]:
    """Public records kept here, newest first, for anybody."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            f"""select {_COLUMNS} from registry_external
                 where ($1 = '' or position(lower($1) in lower(serial || ' ' || project_code || ' ' || project_name || ' '
                        || beneficiary)) > 0)
                   and ($2::text is null or registry = $2) and ($3::text is null or kind = $3)
                   and ($4::uuid is null or id < $4) order by id desc limit $5""",
            search.strip()[:100].replace("\0", ""),
            registry,
            kind,
            after,
            min(limit, LIST_LIMIT),
        )
    return [ExternalRecord(**dict(row)) for row in rows]


async def list_imports(actor: Actor) -> list[Imported]:
    """Files taken in, newest first."""
    require_authority(actor, Permission.CREDIT_KEEP)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            f"""select id, file_name, rows, added, known, refused, imported_at from registry_import
                 where tenant_id = $1 order by imported_at desc limit {LIST_LIMIT}""",
            actor.tenant_id,
        )
    return [Imported(**dict(row), findings=()) for row in rows]


async def find_external(*, serial: str) -> list[ExternalRecord]:
    """Everything kept about the numbers of a foreign serial.

    Raises:
        Problem: no serial of a registry known here.
        NotFound: nothing is kept about it.
    """
    found = parse_external(serial)
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            f"""select {_COLUMNS} from registry_external
                 where line = $1 and (($2::bigint is null and serial = $4) or (first <= $3 and last >= $2))
                 order by dated_on nulls first, id""",
            found.line,
            found.first,
            found.last,
            found.text,
        )
    if not rows:
        raise NotFound(N_("Nothing is kept here about {serial}."), at="serial", serial=found.text)
    return [ExternalRecord(**dict(row)) for row in rows]


_COLUMNS = """id, registry, kind, serial, line, first, last, quantity, project_code, project_name, vintage, country, buffer,
    dated_on, beneficiary, reason"""


class _Known:
    """What is kept of the lines a file speaks about, growing as the file's own rows are accepted."""

    def __init__(self) -> None:
        self.issued: dict[str, list[tuple[int, int]]] = {}
        self.used: dict[str, list[tuple[int, int, str]]] = {}
        self.texts: set[tuple[str, str]] = set()
        self.whose: dict[str, str] = {}
        self.amounts: dict[tuple[str, bool], int] = {}

    @classmethod
    async def of(cls, connection: Connection, records: Sequence[Record]) -> "_Known":
        known = cls()
        rows = await connection.fetch(
            "select line, kind, serial, first, last, quantity, project_code from registry_external where line = any ($1)",
            sorted({each.serial.line for each in records}),
        )
        for row in rows:
            known._keep(row["line"], row["kind"], row["serial"], row["first"], row["last"], row["quantity"])
            known.whose.setdefault(row["line"], row["project_code"])
        return known

    def _keep(
        self, line: str, kind: str, text: str, first: int | None, last: int | None, quantity: int
    ) -> None:
        self.texts.add((text, kind))
        if first is None or last is None:
            at = (line, kind == "issued")
            self.amounts[at] = self.amounts.get(at, 0) + quantity
        elif kind == "issued":
            self.issued.setdefault(line, []).append((first, last))
        else:
            self.used.setdefault(line, []).append((first, last, text))

    def parts(self, record: Record) -> list[tuple[int | None, int | None]] | Finding:
        """The ranges to add, none when all is known, or what contradicts the record."""
        serial = record.serial
        if (serial.text, record.kind) in self.texts and (
            record.kind != "issued" or serial.first is None or not self._new(record)
        ):
            return []
        owner = self.whose.setdefault(serial.line, record.project_code)
        if owner and record.project_code and owner != record.project_code:
            return _finding(
                "other-project",
                N_("These numbers are kept as of project {project}; compare both files with the register."),
                record,
                project=owner,
            )
        if serial.first is None or serial.last is None:
            return self._amount(record)
        return (
            self._issued(record) if record.kind == "issued" else self._used(record, serial.first, serial.last)
        )

    def _issued(self, record: Record) -> list[tuple[int | None, int | None]]:
        """Only what is new: a register shows a block in smaller pieces once a part of it was used up."""
        parts: list[tuple[int | None, int | None]] = list(self._new(record))
        if parts:
            self._add(record)
        return parts

    def _used(self, record: Record, low: int, high: int) -> list[tuple[int | None, int | None]] | Finding:
        line = record.serial.line
        for first, last, text in self.used.get(line, []):
            if first <= low and high <= last:
                return []
            if first <= high and low <= last:
                return _finding(
                    "used-before",
                    N_("Numbers of this row were used up before, by {other}: no tonne counts twice."),
                    record,
                    other=text,
                )
        if line in self.issued and uncovered(low, high, self.issued[line]):
            return _finding(
                "never-issued",
                N_(
                    "Some of these numbers were used up but are not among those issued; bring the issuance first or compare."
                ),
                record,
            )
        self._add(record)
        return [(low, high)]

    def _amount(self, record: Record) -> list[tuple[int | None, int | None]] | Finding:
        line, issuing = record.serial.line, record.kind == "issued"
        total = self.amounts.get((line, True))
        if not issuing and total is not None and self.amounts.get((line, False), 0) + record.quantity > total:
            return _finding(
                "more-than-issued",
                N_("With this row more is used up than the {total} units issued; compare with the register."),
                record,
                total=total,
            )
        self._add(record)
        return [(None, None)]

    def _new(self, record: Record) -> list[tuple[int, int]]:
        serial = record.serial
        if serial.first is None or serial.last is None:
            return []
        return uncovered(serial.first, serial.last, self.issued.get(serial.line, []))

    def _add(self, record: Record) -> None:
        serial = record.serial
        self._keep(serial.line, record.kind, serial.text, serial.first, serial.last, record.quantity)


def _finding(code: str, template: str, record: Record, **values: object) -> Finding:
    heading = columns()["serial"]["en"]
    return Finding(code, template, values, "error", record.sheet, record.row, heading, record.serial.text)


def _row(
    tenant_id: UUID, import_id: UUID, record: Record, part: tuple[int | None, int | None]
) -> tuple[object, ...]:
    first, last = part
    quantity = record.quantity if first is None or last is None else last - first + 1
    serial = record.serial
    return (
        new_id(), tenant_id, import_id, serial.registry, record.kind, serial.text[:255], serial.line[:160], first, last,
        quantity, record.project_code, record.project_name, record.vintage, record.country, serial.buffer, record.dated_on,
        record.beneficiary, record.reason, (record.sheet or "")[:100], record.row,
    )  # fmt: skip


async def _write(
    connection: Connection,
    actor: Actor,
    import_id: UUID,
    name: str,
    digest: str,
    read: int,
    rows: list[tuple[object, ...]],
    known: int,
    refused: int,
) -> datetime:
    imported_at: datetime | None = await connection.fetchval(
        """insert into registry_import (id, tenant_id, file_name, digest, rows, added, known, refused, imported_by, imported_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now()) returning imported_at""",
        import_id,
        actor.tenant_id,
        name,
        digest,
        read,
        len(rows),
        known,
        refused,
        actor.person_id,
    )
    if imported_at is None:
        raise Problem(N_("The file could not be kept."))
    await connection.executemany(
        """insert into registry_external (id, tenant_id, import_id, registry, kind, serial, line, first, last, quantity,
               project_code, project_name, vintage, country, buffer, dated_on, beneficiary, reason, sheet, row)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)""",
        rows,
    )
    await audit.record(
        connection,
        actor,
        act="external.import",
        object_kind="import",
        object_id=import_id,
        details={"file": name, "sha256": digest, "added": len(rows), "known": known, "refused": refused},
    )
    return imported_at
