import asyncio
import contextvars
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.identity import idempotency
from carbon.errors import Conflict, KeyReused, Problem
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in


@dataclass(frozen=True)
class Loan:
    id: UUID
    rate_percent: Decimal
    starts_on: date


class Desk:
    """Registers loans and counts how often it really did."""

    def __init__(self):
        self.done = 0

    async def register(self):
        self.done += 1
        return Loan(new_id(), Decimal("3.450"), date(2024, 3, 1))

    async def ask(self, actor, key="key-1", operation="loan.register", request=None):
        async with transaction(tenant=actor.tenant_id) as connection:
            return await idempotency.once(
                connection,
                actor,
                operation=operation,
                key=key,
                request=request or {"principal_fen": 100, "day": date(2024, 3, 1)},
                work=self.register,
                answer_type=Loan,
            )


async def test_the_same_request_twice_has_one_effect_and_one_answer(database):
    actor, desk = await actor_in("bank"), Desk()
    first = await desk.ask(actor)
    second = await desk.ask(actor, request={"day": date(2024, 3, 1), "principal_fen": 100})
    assert first == second
    assert isinstance(second.rate_percent, Decimal)
    assert desk.done == 1


async def test_another_request_under_the_key_is_refused(database):
    actor, desk = await actor_in("bank"), Desk()
    await desk.ask(actor)
    with pytest.raises(KeyReused):
        await desk.ask(actor, request={"principal_fen": 101})
    assert desk.done == 1


async def test_a_key_belongs_to_one_tenant_and_one_operation(database):
    actor, other, desk = await actor_in("bank"), await actor_in("bank"), Desk()
    answers = [
        await desk.ask(actor),
        await desk.ask(other),
        await desk.ask(actor, operation="loan.price"),
        await desk.ask(actor, key=None),
        await desk.ask(actor, key=None),
    ]
    assert len({answer.id for answer in answers}) == desk.done == 5


async def test_while_the_first_is_running_the_second_is_told_so(database):
    actor, desk = await actor_in("bank"), Desk()
    started, finish = asyncio.Event(), asyncio.Event()

    async def slow():
        started.set()
        await finish.wait()
        return {"done": True}

    async def first():
        async with transaction(tenant=actor.tenant_id) as connection:
            return await idempotency.once(
                connection, actor, operation="loan.register", key="key-1", request={}, work=slow
            )

    running = asyncio.create_task(first(), context=contextvars.Context())
    await started.wait()
    with pytest.raises(Conflict):
        await desk.ask(actor, request={"other": 1})
    finish.set()
    assert await running == {"done": True}
    assert desk.done == 0


async def test_a_failed_effect_leaves_no_answer_behind(database):
    actor, desk = await actor_in("bank"), Desk()

    async def fails():
        raise Problem("The fund is empty.")

    with pytest.raises(Problem, match="fund"):
        async with transaction(tenant=actor.tenant_id) as connection:
            await idempotency.once(
                connection, actor, operation="loan.register", key="key-1", request={}, work=fails
            )
    await desk.ask(actor)
    assert desk.done == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "\0"])
async def test_a_malformed_key_is_refused(database, key):
    with pytest.raises(Problem) as refused:
        await Desk().ask(await actor_in("bank"), key=key)
    assert refused.value.at == "Idempotency-Key"


async def test_answers_are_seen_by_their_tenant_only_and_never_change(database):
    actor, other, desk = await actor_in("bank"), await actor_in("bank"), Desk()
    await desk.ask(actor, key="x" * 255)
    async with transaction(tenant=other.tenant_id) as connection:
        assert await connection.fetchval("select count(*) from identity_idempotency_record") == 0
    async with database.as_superuser() as admin:
        with pytest.raises(asyncpg.RestrictViolationError):
            await admin.execute("update identity_idempotency_record set answer = '1'")
