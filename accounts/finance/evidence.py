"""Invoices and contracts behind subsidised loans: each can stand for one loan only, at whichever bank (LED-9)."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

KINDS = ("invoice", "contract")
LONGEST_NUMBER = 80
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Evidence:
    """A document's number as the bank recorded it."""

    id: UUID
    kind: str
    number: str
    loan_id: UUID
    recorded_at: datetime


async def record_evidence(
    actor: Actor, *, loan_id: UUID, kind: str, numbers: Sequence[str]
) -> list[Evidence]:
    """Put the numbers of invoices or contracts down for a loan; those it has already are left as they are.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such loan of the bank.
        Problem: a kind or number that cannot be.
        Conflict: a number stands for another loan, here or at another bank.
    """
    actor.require(Permission.LOAN_REGISTER)
    async with transaction(tenant=actor.tenant_id) as connection:
        for number in numbers[: MOST_AT_ONCE + 1]:
            await write_evidence(connection, actor, loan_id, kind, number)
        if len(numbers) > MOST_AT_ONCE:
            raise Problem(N_("At most {most} numbers fit at once."), at="numbers", most=MOST_AT_ONCE)
        await audit.record(
            connection,
            actor,
            act="loan.evidence",
            object_kind="loan",
            object_id=loan_id,
            details={"kind": kind, "numbers": list(numbers)},
        )
        return await evidence_of(connection, loan_id)


async def write_evidence(connection: Connection, actor: Actor, loan_id: UUID, kind: str, number: str) -> None:
    """One number, in the caller's transaction.

    Raises:
        NotFound, Problem, Conflict: as `record_evidence`.
    """
    shown = number.strip()
    if kind not in KINDS:
        raise Problem(N_("Evidence is an invoice or a contract."), at="kind")
    if not 4 <= len(plain(shown)) <= LONGEST_NUMBER or not shown.isprintable():
        raise Problem(
            N_("{number} is no number of a document; it has 4 to {longest} characters."),
            at="numbers",
            number=shown[:LONGEST_NUMBER],
            longest=LONGEST_NUMBER,
        )
    digest = digest_of(kind, shown)
    written = await connection.fetchval(
        """insert into finance_evidence (id, kind, digest, number, loan_id, bank_id, enterprise_id, authority_id, recorded_by)
           select $1, $2, $3, $4, l.id, l.bank_id, l.enterprise_id, s.authority_id, $6
             from finance_loan l left join finance_subsidy s on s.loan_id = l.id where l.id = $5
           on conflict (kind, digest) do nothing returning id""",
        new_id(),
        kind,
        digest,
        shown,
        loan_id,
        actor.person_id,
    )
    if written is None:
        await _say_why(connection, loan_id, kind, digest, shown)


async def _say_why(connection: Connection, loan_id: UUID, kind: str, digest: bytes, shown: str) -> None:
    if not await connection.fetchval("select exists (select from finance_loan where id = $1)", loan_id):
        raise NotFound(N_("There is no such loan."), at="loan_id")
    own = await connection.fetchrow(
        """select e.loan_id, l.contract_number from finance_evidence e join finance_loan l on l.id = e.loan_id
            where e.kind = $1 and e.digest = $2""",
        kind,
        digest,
    )
    if own is not None and own["loan_id"] == loan_id:
        return
    if own is not None:
        raise Conflict(
            N_("{number} stands for the loan {contract} already; nothing can be claimed for it twice."),
            at="numbers",
            number=shown,
            contract=own["contract_number"],
        )
    raise Conflict(
        N_("{number} stands for a loan at another bank already; nothing can be claimed for it twice."),
        at="numbers",
        number=shown,
    )


def digest_of(kind: str, number: str) -> bytes:
    """What makes two writings of one number the same: width, case, spaces and dashes do not count."""
    return hashlib.sha256(f"{kind}:{plain(number)}".encode()).digest()


def plain(number: str) -> str:
    """The number without what differs from writer to writer."""
    text = unicodedata.normalize("NFKC", number).casefold()
    return "".join(character for character in text if character.isalnum())


async def evidence_of(connection: Connection, loan_id: UUID) -> list[Evidence]:
    """The loan's documents, oldest first."""
    rows = await connection.fetch(
        """select id, kind, number, loan_id, recorded_at from finance_evidence where loan_id = $1
            order by recorded_at, id""",
        loan_id,
    )
    return [Evidence(**row) for row in rows]
