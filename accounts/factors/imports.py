"""Public factor tables: staged beside what is known, then taken over in one act by a second person; nothing is deleted.

Every change is a new version of its record. What a file no longer names stays as it is, and is listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.factors.own_values import OwnValue
from accounts.factors.public_records import KINDS, Difference, Preview, ReadTable, Record, compare
from accounts.identity import approvals, audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import OrganisationKind, Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Conflict, Finding, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id

ACT = "factors.accept"
_MOST_LISTED = 500
_TAKEN: tuple[str, ...] = ("new", "changed", "archived")
_GAS_COLUMNS = {"CO2": "factor_co2", "CH4": "factor_ch4", "N2O": "factor_n2o", "CO2e": "factor_co2e"}


@dataclass(frozen=True)
class TableImport:
    """An uploaded table: how many rows of each kind, and what became of it (staged, proposed, accepted, refused, …)."""

    id: UUID
    table_code: str
    table_name: str
    mapping: str
    file_name: str
    sha256: str
    size_bytes: int
    counts: dict[str, int]
    imported_by_name: str
    imported_at: datetime
    draft_id: UUID | None
    state: str
    decided_by_name: str
    rows: tuple[Difference, ...] = field(default=())


@dataclass(frozen=True)
class Published:
    """The version of a public record that holds, or an earlier one."""

    id: UUID
    table_code: str
    table_name: str
    record_key: str
    version: int
    record: Record
    accepted_at: datetime

    @property
    def code(self) -> str:
        """What a row of activities names it by."""
        return f"{self.table_code}:{self.record_key}"


async def stage_table(actor: Actor, *, table_code: str, table_name: str, read: ReadTable) -> TableImport:
    """Keep a read table beside what is known; it changes nothing before it was proposed and accepted.

    Raises:
        NotPermitted: without `factor:propose`, or no authority.
        Problem: the code or name cannot be used.
    """
    _require_authority(actor)
    code = checked_name(table_code, at="table_code", longest=40).upper().replace(" ", "-")
    if not all(letter.isascii() and (letter.isalnum() or letter in "._-") for letter in code):
        raise Problem(
            N_("{code} is no code of a table: letters, digits and . _ - only."), code=code, at="table_code"
        )
    name = checked_name(table_name, at="table_name", longest=200)
    async with transaction(tenant=actor.tenant_id) as connection:
        known = {one.record_key: one.record for one in await _latest(connection, code)}
        preview = compare(read.rows, known)
        import_id = new_id()
        await connection.execute(
            """insert into factors_import (id, tenant_id, table_code, table_name, mapping, file_name, sha256, size_bytes,
                   counts, imported_by, imported_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11)""",
            import_id, actor.tenant_id, code, name, read.mapping, read.file_name, read.sha256, read.size_bytes,
            _json(dict(preview.counts)), actor.person_id, actor.name,
        )  # fmt: skip
        await _keep_rows(connection, actor.tenant_id, import_id, preview)
        await audit.record(
            connection, actor, act="factor.import", object_kind="factor_import", object_id=import_id,
            details={"table": code, "file_name": read.file_name, "sha256": read.sha256, **preview.counts},
        )  # fmt: skip
        return await _one(connection, import_id, limit=_MOST_LISTED)


async def propose_table(actor: Actor, *, import_id: UUID) -> TableImport:
    """Lay a staged table before a second person; the draft seals the file and every count.

    Raises:
        NotFound: no such import.
        Conflict: it was proposed before, or nothing in it is new.
    """
    _require_authority(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await _one(connection, import_id, limit=0)
        if found.draft_id:
            raise Conflict(N_("This import was proposed before; open its draft."))
        if not any(found.counts.get(kind) for kind in _TAKEN):
            raise Conflict(N_("Nothing in this file is new: every row is known, or wrong."))
        drafted = await approvals.draft_within(
            connection, actor, act=ACT, object_kind="factor_import", object_id=import_id,
            content={"import_id": str(import_id), "sha256": found.sha256, "counts": found.counts},
            summary={
                N_("Table"): f"{found.table_code} · {found.table_name}",
                N_("File"): f"{found.file_name} · SHA-256 {found.sha256}",
                N_("New"): found.counts["new"],
                N_("Changed"): found.counts["changed"],
                N_("Archived"): found.counts["archived"],
                N_("Wrong, not taken"): found.counts["wrong"],
                N_("Known and not in the file, kept"): found.counts["missing"],
            },
        )  # fmt: skip
        await connection.execute(
            "update factors_import set draft_id = $2 where id = $1", import_id, drafted.id
        )
        return await _one(connection, import_id, limit=_MOST_LISTED)


@approvals.act(
    ACT,
    permission=Permission.FACTOR_ACCEPT,
    draft_permission=Permission.FACTOR_PROPOSE,
    words=N_("Take over a public factor table"),
)
async def accept_table(connection: Connection, actor: Actor, content: dict[str, Any]) -> dict[str, Any]:
    """The second person's act: every new, changed or archived record becomes a version, all at once.

    Raises:
        Conflict: another import of the table was accepted meanwhile, so the preview no longer holds.
    """
    import_id = UUID(content["import_id"])
    found = await _one(connection, import_id, limit=0)
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"factors:{found.table_code}"
    )
    known = {one.record_key: one for one in await _latest(connection, found.table_code)}
    rows = await connection.fetch(
        """select record_key, record, before from factors_import_row
            where import_id = $1 and kind = any ($2::text[]) order by number""",
        import_id,
        list(_TAKEN),
    )
    for row in rows:
        before = Record.of(msgspec.json.decode(row["before"])) if row["before"] else None
        now = known[row["record_key"]].record if row["record_key"] in known else None
        if before != now:
            raise Conflict(
                N_("{key} has changed since this preview. Upload the file again and propose that."),
                key=row["record_key"][:80],
            )
    await _publish(connection, actor.tenant_id, found, rows, known)
    await audit.record(
        connection, actor, act="factor.accept", object_kind="factor_import", object_id=import_id,
        details={"table": found.table_code, "records": len(rows)},
    )  # fmt: skip
    return {"table": found.table_code, "records": len(rows)}


async def _publish(
    connection: Connection,
    tenant_id: UUID,
    found: TableImport,
    rows: Sequence[Any],
    known: Mapping[str, Published],
) -> None:
    records = [(row["record_key"], Record.of(msgspec.json.decode(row["record"]))) for row in rows]
    await connection.executemany(
        """insert into factors_published (id, tenant_id, table_code, table_name, record_key, version, name_zh, name_en,
               category, region, activity_unit, gases, gwp_basis, life_cycle, starts_on, ends_on, document, note,
               uncertainty_percent, archived, import_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13, $14, $15, $16, $17, $18, $19, $20, $21)""",
        [
            (
                new_id(), tenant_id, found.table_code, found.table_name, key, known[key].version + 1 if key in known else 1,
                one.name_zh, one.name_en, one.category, one.region, one.activity_unit, _json(dict(one.gases)),
                one.gwp_basis, one.life_cycle, one.starts_on, one.ends_on, one.document, one.note,
                one.uncertainty_percent, one.archived, found.id,
            )
            for key, one in records
        ],
    )  # fmt: skip


async def _keep_rows(connection: Connection, tenant_id: UUID, import_id: UUID, preview: Preview) -> None:
    await connection.executemany(
        """insert into factors_import_row (tenant_id, import_id, number, kind, record_key, sheet, row, record, before, finding)
           values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10::jsonb)""",
        [
            (
                tenant_id, import_id, number, one.kind, (one.record or one.before).key if one.record or one.before else "",  # type: ignore[union-attr]
                one.sheet, one.row, _json(one.record.as_dict() if one.record else {}),
                _json(one.before.as_dict()) if one.before else None,
                _json(_told(one.finding)) if one.finding else None,
            )
            for number, one in enumerate(preview.differences)
        ],
    )  # fmt: skip


def _told(finding: Finding) -> dict[str, Any]:
    told = asdict(finding)
    return told | {
        "values": {
            name: value if isinstance(value, int | float) else str(value)
            for name, value in finding.values.items()
        }
    }


async def list_imports(actor: Actor, *, limit: int = 50) -> list[TableImport]:
    """Uploads of the authority, newest first, without their rows."""
    _require_authority(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(f"{_SELECT} order by i.id desc limit $1", limit)
    return [_import(row) for row in rows]


async def read_import(
    actor: Actor, *, import_id: UUID, kind: str | None = None, limit: int = _MOST_LISTED
) -> TableImport:
    """One upload with its rows, or those of a kind.

    Raises:
        NotFound: not there.
    """
    if not {Permission.FACTOR_ACCEPT, Permission.FACTOR_PROPOSE} & actor.permissions:
        actor.require(Permission.FACTOR_ACCEPT)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _one(connection, import_id, limit=limit, kind=kind)


_SELECT = """
    select i.*, coalesce(c.decider_name, '') as decided_by_name,
           case when i.draft_id is null then 'staged' when c.decision = 'approved' then 'accepted'
                when c.decision = 'rejected' then 'refused' when c.decision = 'withdrawn' then 'withdrawn'
                when d.expires_at <= now() then 'lapsed' else 'proposed' end as state
      from factors_import i
      left join identity_draft d on d.id = i.draft_id
      left join identity_decision c on c.draft_id = i.draft_id
"""


async def _one(
    connection: Connection, import_id: UUID, *, limit: int, kind: str | None = None
) -> TableImport:
    row = await connection.fetchrow(f"{_SELECT} where i.id = $1", import_id)
    if row is None:
        raise NotFound(N_("There is no such import."))
    rows = await connection.fetch(
        """select * from factors_import_row where import_id = $1 and ($2::text is null or kind = $2)
            order by array_position($3::text[], kind::text), number limit $4""",
        import_id,
        kind,
        ["wrong", "changed", "archived", "new", "missing", "unchanged"],
        limit,
    )
    return _import(row, tuple(_difference(one) for one in rows))


def _import(row: Any, rows: tuple[Difference, ...] = ()) -> TableImport:
    names = TableImport.__dataclass_fields__
    fields = {name: row[name] for name in names if name not in {"counts", "rows"}}
    return TableImport(**fields, counts=msgspec.json.decode(row["counts"]), rows=rows)


def _difference(row: Any) -> Difference:
    told = msgspec.json.decode(row["record"])
    record = Record.of(told) if told else None
    before = Record.of(msgspec.json.decode(row["before"])) if row["before"] else None
    finding = Finding(**msgspec.json.decode(row["finding"])) if row["finding"] else None
    kind = next(one for one in KINDS if one == row["kind"])
    changed = record.differs(before) if record and before else ()
    return Difference(kind, record, before, changed, row["sheet"], row["row"], finding)


async def _latest(connection: Connection, table_code: str) -> list[Published]:
    rows = await connection.fetch(
        """select distinct on (record_key) * from factors_published where table_code = $1
            order by record_key, version desc""",
        table_code,
    )
    return [_published(row) for row in rows]


def _published(row: Any) -> Published:
    told = {name: row[name] for name in Record.__dataclass_fields__ if name in row.keys()}  # noqa: SIM118 - a record of asyncpg
    record = Record(**{**told, "key": row["record_key"], "gases": msgspec.json.decode(row["gases"])})
    return Published(
        row["id"],
        row["table_code"],
        row["table_name"],
        row["record_key"],
        row["version"],
        record,
        row["accepted_at"],
    )


async def search_published(
    *,
    words: str = "",
    table_code: str | None = None,
    region: str | None = None,
    limit: int = 50,
    after: str = "",
) -> list[Published]:
    """Records of public tables in force whose names, keys or places hold every word; open to all."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select * from (select distinct on (table_code, record_key) * from factors_published
                               order by table_code, record_key, version desc) p
                where not archived and ($1::text is null or table_code = $1) and ($2::text is null or region = $2)
                  and table_code || ':' || record_key > $4
                  and not exists (select from unnest($3::text[]) word
                                   where position(lower(word) in lower(concat_ws(' ', table_code, table_name, record_key,
                                         name_zh, name_en, category, region, document))) = 0)
                order by table_code, record_key limit $5""",
            table_code,
            region,
            [word for word in words.split() if word],
            after,
            max(1, min(limit, 500)),
        )
    return [_published(row) for row in rows]


async def read_published(*, code: str) -> list[Published]:
    """Every version of a record `TABLE:KEY`, the newest first; open to all.

    Raises:
        NotFound: no such record.
    """
    table, _, key = code.partition(":")
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            "select * from factors_published where table_code = $1 and record_key = $2 order by version desc",
            table,
            key,
        )
    if not rows:
        raise NotFound(N_("There is no factor “{id}”: search for it by words."), id=code[:80])
    return [_published(row) for row in rows]


async def values_of_tables(connection: Connection, codes: Sequence[str]) -> list[OwnValue]:
    """What rows may use under these codes, gas by gas; a record in CO2 equivalent stands for all gases in one."""
    if not codes:
        return []
    rows = await connection.fetch(
        """select distinct on (table_code, record_key) * from factors_published
            where lower(table_code || ':' || record_key) = any ($1::text[])
            order by table_code, record_key, version desc""",
        [code.casefold() for code in codes],
    )
    return [value for row in rows for value in _values(_published(row))]


def _values(one: Published) -> list[OwnValue]:
    record = one.record
    by_gas = {gas: value for gas, value in record.gases.items() if gas in _GAS_COLUMNS and gas != "CO2e"}
    told = {"CO2e": record.gases["CO2e"]} if "CO2e" in record.gases else by_gas
    return [
        OwnValue(
            code=one.code, version=one.version, quantity=_GAS_COLUMNS[gas], value=value,
            unit=f"kg{gas}/{record.activity_unit}", state="archived" if record.archived else "accepted",
            starts_on=record.starts_on, ends_on=record.ends_on,
        )
        for gas, value in told.items()
    ]  # fmt: skip


def _require_authority(actor: Actor) -> None:
    actor.require(Permission.FACTOR_PROPOSE)
    if actor.organisation_kind is not OrganisationKind.AUTHORITY:
        raise NotPermitted(N_("Public tables are taken over by an authority; propose an own factor instead."))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
