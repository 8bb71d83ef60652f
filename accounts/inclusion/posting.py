"""Points into the books: one posting for each person, a thousand persons to an entry."""

from collections.abc import Sequence
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.inclusion.days import today
from accounts.inclusion.programme import EARN, TAKE_BACK, RunningProgramme
from accounts.ledger import journal
from accounts.ledger.entries import MOST_LEGS, Entry, Leg, Transfer
from accounts.timing.tenants import acting_for
from carbon.errors import Problem
from carbon.identifiers import new_id


async def post_points(
    connection: Connection, programme: RunningProgramme, numbers: Sequence[int], amounts: Sequence[int]
) -> None:
    """Give (or, below zero, take back) hundredths to the persons of these numbers in `inclusion_touched`.

    What cannot be taken back because it is spent is owed, and offset by what the person earns next.
    """
    rows = await connection.fetch(
        """select w.amount, m.person_id, m.account_id, m.owed
             from unnest($1::bigint[], $2::bigint[]) w(number, amount)
             join (select distinct number, person_id from inclusion_touched) t on t.number = w.number
             join inclusion_member m on m.person_id = t.person_id
            order by w.number""",
        numbers,
        amounts,
    )
    simple = [row for row in rows if row["amount"] > 0 and not row["owed"]]
    async with acting_for(connection, programme.operator_id):
        run, day = new_id().hex, await today(connection)
        entries = [
            Transfer(
                f"{run}/{at // MOST_LEGS}",
                EARN,
                tuple(
                    Leg(programme.issuing_account_id, row["account_id"], row["amount"])
                    for row in simple[at : at + MOST_LEGS]
                ),
                day,
            )
            for at in range(0, len(simple), MOST_LEGS)
        ]
        _all_posted(await journal.post_batch(connection, entries))
        for row in rows:
            if row["amount"] < 0 or row["owed"]:
                await _with_debt(
                    connection, programme, row["person_id"], row["account_id"], row["amount"] - row["owed"]
                )


async def _with_debt(
    connection: Connection, programme: RunningProgramme, person_id: UUID, account_id: UUID, amount: int
) -> None:
    """Give what remains after the debt, or take back what is there and owe the rest."""
    await connection.execute(
        "select person_id from inclusion_member where person_id = $1 for no key update", person_id
    )
    if amount > 0:
        await _move(connection, EARN, programme.issuing_account_id, account_id, amount)
        owed = 0
    else:
        there = (await journal.balance(connection, account_id)).available
        taken = min(there, -amount)
        if taken:
            entry = await _move(connection, TAKE_BACK, account_id, programme.issuing_account_id, taken)
            await connection.execute(
                "insert into inclusion_lapse (id, person_id, kind, points, entry_id) values ($1, $2, 'taken-back', $3, $4)",
                new_id(),
                person_id,
                taken,
                entry.id,
            )
        owed = -amount - taken
    await connection.execute("update inclusion_member set owed = $2 where person_id = $1", person_id, owed)


async def _move(connection: Connection, kind: str, debit: UUID, credit: UUID, amount: int) -> Entry:
    return await journal.post(
        connection,
        key=new_id().hex,
        kind=kind,
        legs=[Leg(debit, credit, amount)],
        occurred_on=await today(connection),
    )


def _all_posted(answers: Sequence[Entry | Problem]) -> None:
    for answer in answers:
        if isinstance(answer, Problem):
            raise answer
