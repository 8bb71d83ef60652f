"""An enterprise's own factors: proposed with evidence, reviewed by another person, then used by their code.

The review is a protected act of two persons (identity.approvals): the draft seals the value and the digest of its
evidence, and its decision is the factor's state. A measured or supplier's factor is reviewed by a colleague; one that the
enterprise calculated itself, by an authority or a verifier.
"""

import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.factors.own_values import OwnValue
from accounts.identity import approvals, audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.permissions import OrganisationKind, Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import coefficient
from methodologies.accounting.catalogue import SOURCES, item_from_text
from methodologies.accounting.reported_factor import GASES

ACT = "factors.own"
EVIDENCE_BYTES = 10 * 1024 * 1024
PART_BYTES = 2 * 1024 * 1024
METHODS: Mapping[str, Text] = {
    "measured": Text("实测", "measured in the facility"),
    "supplier": Text("供应方提供", "given by the supplier"),
    "calculated": Text("企业自行计算", "calculated by the enterprise"),
}
OUTSIDE_REVIEW = frozenset({"calculated"})
"""Methods whose review is not a colleague's but an authority's or a verifier's."""
_CODE = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff._/-]{0,59}")
_EVIDENCE_KINDS = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"PK\x03\x04": "XLSX, DOCX",
    b"\xd0\xcf\x11\xe0": "XLS, DOC",
}


@dataclass(frozen=True)
class Evidence:
    """The file that shows a factor: a test report, a supplier's declaration, a calculation."""

    file_name: str
    content: bytes


@dataclass(frozen=True)
class OwnFactor:
    """One version of an own factor; `state`: proposed, accepted, refused, withdrawn, lapsed (nobody reviewed it), expired."""

    id: UUID
    tenant_id: UUID
    reviewer_id: UUID
    draft_id: UUID
    code: str
    version: int
    name: str
    source: str
    item: str
    quantity: str
    value: str
    unit: str
    starts_on: date
    ends_on: date | None
    facility: str
    method: str
    supplier: str
    note: str
    evidence_name: str
    evidence_sha256: str
    evidence_bytes: int
    proposed_by_name: str
    proposed_at: datetime
    state: str
    decided_by_name: str
    decided_at: datetime | None
    reason: str


@approvals.act(
    ACT,
    permission=Permission.FACTOR_ACCEPT,
    draft_permission=Permission.FACTOR_PROPOSE,
    words=N_("Accept an enterprise's own factor"),
)
async def accept_own_factor(connection: Connection, actor: Actor, content: dict[str, Any]) -> dict[str, Any]:
    """The reviewer's act: the evidence must still be what the draft names.

    Raises:
        Conflict: the evidence kept is not the one that was proposed.
    """
    parts = await connection.fetch(
        "select content from factors_own_evidence where factor_id = $1 order by number",
        UUID(content["factor_id"]),
    )
    kept = b"".join(zlib.decompress(part["content"]) for part in parts)
    if hashlib.sha256(kept).hexdigest() != content["evidence_sha256"]:
        raise Conflict(N_("The evidence of {code} is not the one proposed. Reject it and ask for a new proposal."),
                       code=content["code"])  # fmt: skip
    await audit.record(
        connection, actor, act="factor.accept", object_kind="own_factor", object_id=content["factor_id"],
        details={"code": content["code"], "version": content["version"], "value": content["value"]},
    )  # fmt: skip
    return {"code": content["code"], "version": content["version"]}


async def propose_own_factor(
    actor: Actor,
    *,
    code: str,
    name: str,
    source: str,
    quantity: str,
    value: str,
    unit: str,
    starts_on: date,
    method: str,
    evidence: Evidence | None,
    item: str = "",
    ends_on: date | None = None,
    facility: str = "",
    supplier: str = "",
    note: str = "",
    reviewer_id: UUID | None = None,
    key: str | None = None,
) -> OwnFactor:
    """Propose a factor, or a new version of the one with this code; it counts once its review is done.

    `quantity` is the column of an activity file the value stands for. `reviewer_id` is the organisation that reviews;
    for a calculated factor an authority or a verifier, else the enterprise itself.

    Raises:
        NotPermitted: without `factor:propose`.
        Problem: no evidence, or a field that cannot be used; `at` names it.
    """
    actor.require(Permission.FACTOR_PROPOSE)
    fields = _checked(code, name, source, item, quantity, value, unit, starts_on, ends_on, method, supplier)
    fields |= {"facility": checked_name(facility, at="facility", longest=200, required=False)}
    fields |= {"note": checked_name(note, at="note", longest=1000, required=False)}
    shown, content = _checked_evidence(evidence)

    async def work() -> OwnFactor:
        reviewer = await _reviewer(connection, actor, method, reviewer_id)
        return await _write(connection, actor, fields, reviewer, shown, content)

    async with transaction(tenant=actor.tenant_id) as connection:
        request = {name: str(field) for name, field in fields.items()}
        request["evidence"] = hashlib.sha256(content).hexdigest()
        return await once(
            connection, actor, operation="own_factor.propose", key=key, request=request, work=work, answer_type=OwnFactor
        )  # fmt: skip


def _checked(
    code: str, name: str, source: str, item: str, quantity: str, value: str, unit: str,
    starts_on: date, ends_on: date | None, method: str, supplier: str,
) -> dict[str, Any]:  # fmt: skip
    code = checked_name(code, at="code", longest=60)
    if not _CODE.fullmatch(code):
        raise Problem(N_("{code} is no usable code: letters, digits, Chinese characters and . _ / - only."),
                      code=code[:60], at="code")  # fmt: skip
    if method not in METHODS:
        known = Text.listed(Text(f"{id_} {name.zh}", f"{id_} ({name.en})") for id_, name in METHODS.items())
        raise Problem(
            N_("{value} is no method: choose one of {known}."), value=method[:40], known=known, at="method"
        )
    if method == "supplier":
        supplier = checked_name(supplier, at="supplier", longest=200)
    if ends_on and ends_on < starts_on:
        raise Problem(N_("The factor would end before it begins."), at="ends_on")
    if source in SOURCES and item:
        item = item_from_text(source, item) or item
    _check_quantity(source, item, quantity)
    number = _number(value)
    _check_value(source, item, quantity, number, unit, starts_on)
    return {
        "code": code, "name": checked_name(name, at="name", longest=200), "source": source, "item": item,
        "quantity": quantity, "value": number, "unit": unit.strip(), "starts_on": starts_on, "ends_on": ends_on,
        "method": method, "supplier": supplier.strip(),
    }  # fmt: skip


def _check_quantity(source: str, item: str, quantity: str) -> None:
    if source not in SOURCES:
        raise Problem(N_("There is no kind of source “{source}”."), source=source[:60], at="source")
    known = SOURCES[source]
    if item and not known.free_items and item not in known.items:
        raise Problem(N_("{source} has no item “{item}”."), source=known.name, item=item[:60], at="item")
    takes = {id_: option.name for id_, option in known.options.items() if option.unit}
    if not known.removes:
        takes |= {column: Text(column, column) for column in GASES}
    if quantity not in takes:
        raise Problem(
            N_("{source} takes no own “{quantity}”: choose one of {known}."),
            source=known.name, quantity=quantity[:60], known=", ".join(takes), at="quantity",
        )  # fmt: skip


def _number(value: str) -> str:
    try:
        number = Decimal(value.strip().replace("，", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0 or abs(number.adjusted()) > 15 or len(value) > 40:
        raise Problem(N_("{value} is not a usable number: zero or more, written as in 0.3512."),
                      value=value[:40], at="value")  # fmt: skip
    return format(number.normalize(), "f")


def _check_value(source: str, item: str, quantity: str, value: str, unit: str, starts_on: date) -> None:
    """Compute one activity with it: a unit that does not fit, or a share above one, shows here and not in a file."""
    known = SOURCES[source]
    about = item or next(iter(known.items), "item")
    usual = known.items[about].units if about in known.items else ("t",)
    written = value if unit.strip() in {"", "1"} else f"{value} {unit.strip()}"
    told = []
    for amount_unit in usual:
        own = tuple(
            sorted(
                {quantity: written, "scope": "1"}.items() if known.free_items else {quantity: written}.items()
            )
        )
        try:
            coefficient(ActivityKey(source, about, amount_unit, starts_on.replace(day=1), overrides=own))
        except Problem as problem:
            if problem.at != quantity:
                return  # it lacks something else that a row would give; the value itself was read
            told.append(problem)
        else:
            return
    if told:
        raise Problem(told[0].template, at="value", **told[0].values) from told[0]


def _checked_evidence(evidence: Evidence | None) -> tuple[str, bytes]:
    if evidence is None or not evidence.content:
        raise Problem(N_("Attach the evidence: a test report, the supplier's declaration or the calculation."),
                      at="evidence")  # fmt: skip
    if len(evidence.content) > EVIDENCE_BYTES:
        raise Problem(
            N_("The evidence has more than {limit_mb} MB."),
            limit_mb=EVIDENCE_BYTES // 1024 // 1024,
            at="evidence",
        )
    if not any(evidence.content.startswith(magic) for magic in _EVIDENCE_KINDS):
        raise Problem(N_("Evidence is a PDF, PNG, JPEG, workbook or document; {name} is none of these."),
                      name=evidence.file_name[:80], at="evidence")  # fmt: skip
    return checked_name(
        evidence.file_name.replace("\\", "/").rpartition("/")[2], at="evidence", longest=200
    ), evidence.content


async def _reviewer(connection: Connection, actor: Actor, method: str, wanted: UUID | None) -> UUID:
    if method not in OUTSIDE_REVIEW:
        return actor.tenant_id
    kinds = [OrganisationKind.AUTHORITY.value, OrganisationKind.VERIFIER.value]
    row = await connection.fetchval(
        """select id from identity_organisation where kind = any ($1::text[]) and ($2::uuid is null or id = $2)
            order by kind, id limit 1""",
        kinds,
        wanted,
    )
    if row is None:
        raise Problem(
            N_("A calculated factor is reviewed by an authority or a verifier: choose one of the directory."),
            at="reviewer_id",
        )
    return UUID(str(row))


async def _write(
    connection: Connection,
    actor: Actor,
    fields: dict[str, Any],
    reviewer_id: UUID,
    file_name: str,
    content: bytes,
) -> OwnFactor:
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        f"own_factor:{actor.tenant_id}:{fields['code'].casefold()}",
    )
    code, version = await _next_version(connection, actor.tenant_id, fields["code"])
    factor_id, sha256 = new_id(), hashlib.sha256(content).hexdigest()
    sealed: dict[str, Any] = {
        **{name: None if field is None else str(field) for name, field in fields.items()},
        "code": code,
    }
    sealed |= {
        "factor_id": str(factor_id),
        "version": version,
        "evidence_sha256": sha256,
        "evidence_name": file_name,
    }
    drafted = await approvals.draft_within(
        connection, actor, act=ACT, content=sealed, object_kind="own_factor", object_id=factor_id,
        summary=_summary(fields, code, version, file_name, sha256), approver_tenant_id=reviewer_id,
    )  # fmt: skip
    await connection.execute(
        """insert into factors_own_factor (id, tenant_id, reviewer_id, draft_id, code, version, name, source, item,
               quantity, value, unit, starts_on, ends_on, facility, method, supplier, note, evidence_name,
               evidence_sha256, evidence_bytes, proposed_by, proposed_by_name)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)""",
        factor_id, actor.tenant_id, reviewer_id, drafted.id, code, version, fields["name"], fields["source"],
        fields["item"], fields["quantity"], fields["value"], fields["unit"], fields["starts_on"], fields["ends_on"],
        fields["facility"], fields["method"], fields["supplier"], fields["note"], file_name, sha256, len(content),
        actor.person_id, actor.name,
    )  # fmt: skip
    await connection.executemany(
        "insert into factors_own_evidence (tenant_id, reviewer_id, factor_id, number, content) values ($1, $2, $3, $4, $5)",
        [
            (
                actor.tenant_id,
                reviewer_id,
                factor_id,
                number,
                zlib.compress(content[start : start + PART_BYTES], 6),
            )
            for number, start in enumerate(range(0, len(content), PART_BYTES))
        ],
    )
    await audit.record(
        connection, actor, act="factor.propose", object_kind="own_factor", object_id=factor_id,
        details={"code": code, "version": version, "evidence_sha256": sha256},
    )  # fmt: skip
    return await _one(connection, factor_id)


async def _next_version(connection: Connection, tenant_id: UUID, code: str) -> tuple[str, int]:
    """The next version, under the code as it was first spelt."""
    row = await connection.fetchrow(
        """select code, version from factors_own_factor where tenant_id = $1 and lower(code) = lower($2)
            order by version desc limit 1""",
        tenant_id,
        code,
    )
    return (row["code"], row["version"] + 1) if row else (code, 1)


def _summary(
    fields: Mapping[str, Any], code: str, version: int, file_name: str, sha256: str
) -> dict[str, Any]:
    source = SOURCES[fields["source"]]
    item = source.items.get(fields["item"])
    until = fields["ends_on"].isoformat() if fields["ends_on"] else "…"
    return {
        N_("Factor"): f"{code} · {version} · {fields['name']}",
        N_("For"): source.name.as_dict() if item is None else
        {"zh": f"{source.name.zh}·{item.name.zh}", "en": f"{source.name.en}, {item.name.en}"},
        N_("Column"): fields["quantity"],
        N_("Value"): f"{fields['value']} {fields['unit']}",
        N_("Holds"): f"{fields['starts_on'].isoformat()} – {until}",
        N_("Facility"): fields["facility"] or {"zh": "全部设施", "en": "every facility"},
        N_("Method"): METHODS[fields["method"]].as_dict(),
        N_("Evidence"): f"{file_name} · SHA-256 {sha256}",
    }  # fmt: skip


_SELECT = """
    select f.id, f.tenant_id, f.reviewer_id, f.draft_id, f.code, f.version, f.name, f.source, f.item, f.quantity, f.value,
           f.unit, f.starts_on, f.ends_on, f.facility, f.method, f.supplier, f.note, f.evidence_name, f.evidence_sha256,
           f.evidence_bytes, f.proposed_by_name, f.proposed_at,
           case when c.decision = 'approved' and f.ends_on < (now() at time zone 'Asia/Shanghai')::date then 'expired'
                when c.decision = 'approved' then 'accepted' when c.decision = 'rejected' then 'refused'
                when c.decision = 'withdrawn' then 'withdrawn' when d.expires_at <= now() then 'lapsed'
                else 'proposed' end as state,
           coalesce(c.decider_name, '') as decided_by_name, c.decided_at, coalesce(c.reason, '') as reason
      from factors_own_factor f
      join identity_draft d on d.id = f.draft_id
      left join identity_decision c on c.draft_id = f.draft_id
"""


async def _one(connection: Connection, factor_id: UUID) -> OwnFactor:
    row = await connection.fetchrow(f"{_SELECT} where f.id = $1", factor_id)
    if row is None:
        raise NotFound(N_("There is no such factor of yours."))
    return OwnFactor(**row)


def _require_reader(actor: Actor) -> None:
    if not {Permission.ACCOUNT_READ, Permission.FACTOR_ACCEPT} & actor.permissions:
        actor.require(Permission.ACCOUNT_READ)


async def list_own_factors(
    actor: Actor, *, code: str | None = None, state: str | None = None
) -> list[OwnFactor]:
    """The enterprise's own factors, or those the actor's organisation reviews, newest first."""
    _require_reader(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            f"""select * from ({_SELECT}) f where ($1::text is null or lower(code) = lower($1))
                   and ($2::text is null or state = $2) order by proposed_at desc, id desc limit 500""",
            code,
            state,
        )
    return [OwnFactor(**row) for row in rows]


async def read_own_factor(actor: Actor, *, factor_id: UUID) -> OwnFactor:
    """One version.

    Raises:
        NotFound: not there, or neither the actor's nor theirs to review.
    """
    _require_reader(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _one(connection, factor_id)


async def read_evidence(actor: Actor, *, factor_id: UUID) -> tuple[str, bytes]:
    """Name and bytes of the evidence, as it came.

    Raises:
        NotFound: as `read_own_factor`.
    """
    _require_reader(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        found = await _one(connection, factor_id)
        parts = await connection.fetch(
            "select content from factors_own_evidence where factor_id = $1 order by number", factor_id
        )
    return found.evidence_name, b"".join(zlib.decompress(part["content"]) for part in parts)


async def values_of(connection: Connection, tenant_id: UUID, codes: Sequence[str]) -> list[OwnValue]:
    """Every version under these codes, the newest last; none without codes."""
    if not codes:
        return []
    wanted = [code.casefold() for code in codes]
    rows = await connection.fetch(
        f"""select code, version, quantity, value, unit, source, item, starts_on, ends_on, facility,
                   case state when 'expired' then 'accepted' else state end as state
              from ({_SELECT}) f where tenant_id = $1 and lower(code) = any ($2::text[])""",
        tenant_id,
        wanted,
    )
    return [OwnValue(**row) for row in rows]
