"""Projects that look for money and banks that answer: within ten working days, and a refusal carries its reason."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.finance.days import today
from accounts.identity import audit, notices
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.money import positive_fen
from carbon.workdays import add_working_days
from methodologies.finance.green_catalogues import item_of

ANSWER_DAYS = 10
"""Working days a bank has for its answer."""
ANSWERED = notices.register("need.answered", N_("{bank} answered your project “{title}”: {answer}. {reason}"))
ANSWERS = {"interested": N_("interested"), "refused": N_("not interested")}


@dataclass(frozen=True)
class NeedAnswer:
    """A bank's answer."""

    bank_id: UUID
    bank_name_zh: str
    bank_name_en: str
    answer: str
    reason: str
    answered_at: datetime


@dataclass(frozen=True)
class Need:
    """A project with its place in a catalogue and the answers the reader may see; `late` when a bank's own is overdue."""

    id: UUID
    enterprise_id: UUID
    enterprise_name_zh: str
    enterprise_name_en: str
    title: str
    description: str
    catalogue: str
    code: str
    amount_fen: int
    months: int
    posted_at: datetime
    answer_by: date
    late: bool
    answers: tuple[NeedAnswer, ...]


async def post_need(
    actor: Actor, *, title: str, description: str, catalogue: str, code: str, amount_fen: int, months: int
) -> Need:
    """Let banks see a project that looks for money.

    Raises:
        NotPermitted: without `claim:confirm`, the firm's own word in money matters.
        Problem: no such item of the catalogue, or an amount or term that cannot be.
    """
    actor.require(Permission.CLAIM_CONFIRM)
    item_of(catalogue, code)
    positive_fen(amount_fen, at="amount_fen")
    if not 1 <= months <= 600:
        raise Problem(
            N_("A loan runs 1 to {most} months, not {months}."), at="months", most=600, months=months
        )
    need_id = new_id()
    async with transaction(tenant=actor.tenant_id) as connection:
        names = await connection.fetchrow(
            "select name_zh, name_en from identity_organisation where id = $1 and kind = 'enterprise'",
            actor.tenant_id,
        )
        if names is None:
            raise NotFound(N_("Only an enterprise looks for money here."))
        await connection.execute(
            """insert into finance_need (id, enterprise_id, enterprise_name_zh, enterprise_name_en, title, description,
                   catalogue, code, amount_fen, months, posted_by, answer_by)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
            need_id, actor.tenant_id, names["name_zh"], names["name_en"] or "", checked_name(title, at="title", longest=200),
            checked_name(description, at="description", longest=2000, required=False), catalogue, code, amount_fen, months,
            actor.person_id, add_working_days(await today(connection), ANSWER_DAYS),
        )  # fmt: skip
        await audit.record(
            connection,
            actor,
            act="need.post",
            object_kind="need",
            object_id=need_id,
            details={"code": code, "fen": amount_fen},
        )
        return await _need(connection, need_id)


async def list_needs(actor: Actor) -> list[Need]:
    """A firm's own projects with all answers; for a bank every project with its own answer, unanswered first.

    Raises:
        NotPermitted: without `loan:read`.
    """
    actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        found = await _needs(connection, None)
    return sorted(found, key=lambda need: (bool(need.answers), need.answer_by))


async def answer_need(actor: Actor, *, need_id: UUID, answer: str, reason: str = "") -> Need:
    """A bank answers once; a refusal carries its reason. The firm is told.

    Raises:
        NotPermitted: without `loan:price`.
        NotFound: no such project.
        Problem: no such answer, or a refusal without its reason.
        Conflict: answered already.
    """
    actor.require(Permission.LOAN_PRICE)
    if answer not in ANSWERS:
        raise Problem(N_("An answer is interested or refused."), at="answer")
    text = checked_name(reason, at="reason", longest=1000, required=answer == "refused")
    async with transaction(tenant=actor.tenant_id) as connection:
        need = await _need(connection, need_id)
        try:
            async with savepoint(connection):
                await connection.execute(
                    """insert into finance_need_answer (id, need_id, enterprise_id, bank_id, answer, reason, answered_by,
                           answered_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8)""",
                    new_id(), need_id, need.enterprise_id, actor.tenant_id, answer, text, actor.person_id, actor.name,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("Your bank has answered this project already.")) from None
        await notices.notify(
            connection,
            tenant_id=need.enterprise_id,
            kind=ANSWERED,
            subject={"bank": actor.organisation_name, "title": need.title, "answer": answer, "reason": text},
            link="/enterprise/needs",
            object_kind="need",
            object_id=need_id,
        )
        return await _need(connection, need_id)


async def _need(connection: Connection, need_id: UUID) -> Need:
    found = await _needs(connection, need_id)
    if not found:
        raise NotFound(N_("There is no such project."), at="need_id")
    return found[0]


async def _needs(connection: Connection, need_id: UUID | None) -> list[Need]:
    rows = await connection.fetch(
        """select id, enterprise_id, enterprise_name_zh, enterprise_name_en, title, description, catalogue, code, amount_fen,
                  months, posted_at, answer_by from finance_need where $1::uuid is null or id = $1
            order by posted_at desc limit 500""",
        need_id,
    )
    answers = await connection.fetch(
        """select a.need_id, a.bank_id, coalesce(b.name_zh, '') as bank_name_zh, coalesce(b.name_en, '') as bank_name_en,
                  a.answer, a.reason, a.answered_at
             from finance_need_answer a left join identity_organisation b on b.id = a.bank_id
            where a.need_id = any ($1::uuid[]) order by a.answered_at""",
        [row["id"] for row in rows],
    )
    by_need: dict[UUID, list[NeedAnswer]] = {}
    for row in answers:
        values = dict(row)
        by_need.setdefault(values.pop("need_id"), []).append(NeedAnswer(**values))
    now = await today(connection)
    return [
        Need(
            **row,
            late=row["id"] not in by_need and now > row["answer_by"],
            answers=tuple(by_need.get(row["id"], ())),
        )
        for row in rows
    ]
