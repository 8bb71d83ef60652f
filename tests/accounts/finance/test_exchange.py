"""Against a simulator of the other side, which takes lines, acknowledges most, refuses some, and forgets others."""

import hashlib
import json

from accounts.database.transactions import transaction
from accounts.finance import exchange
from accounts.finance.exchange import Acknowledgement
from methodologies.finance.exchange import wait_after
from tests.accounts.finance.city import new_city

PEER = "cjlrt"


class OtherSide:
    """Checks each line's digest and schema, and answers by its own mood."""

    def __init__(self, moods):
        self.moods, self.seen = moods, {}

    def take(self, messages):
        answers = []
        for message, mood in zip(messages, self.moods, strict=False):
            assert hashlib.sha256(message.body.encode()).hexdigest() == message.digest
            line = json.loads(message.body)
            assert line["version"] == "1"
            self.seen[message.digest] = line["data"]["contract_number"]
            if mood != "forgets":
                answers.append(Acknowledgement(message.digest, mood, f"R-{len(self.seen)}"))
        return answers


async def test_messages_are_offered_until_the_other_side_has_them(database):
    city = await new_city()
    for number in ("C-1", "C-2", "C-3"):
        await city.register(number)
    assert await exchange.queue_book(city.bank, peer=PEER) == 3
    assert await exchange.queue_book(city.bank, peer=PEER) == 0
    other = OtherSide(["acknowledged", "refused", "forgets"])
    answers = other.take(await exchange.take_outbox(city.bank, peer=PEER))
    told = await exchange.take_acknowledgements(
        city.bank, peer=PEER, told=[*answers, Acknowledgement("0" * 64, "failed")]
    )
    assert (told.states, told.unknown) == ({"acknowledged": 1, "refused": 1, "sent": 1}, ("0" * 64,))
    assert await exchange.take_outbox(city.bank, peer=PEER) == []
    async with transaction(tenant=city.bank.tenant_id, readonly=True) as connection:
        waits = await connection.fetch(
            "select next_at - attempted_at as wait from finance_message_attempt where next_at is not null"
        )
    assert {row["wait"] for row in waits} == {wait_after(1), wait_after(2)}
    assert await exchange.list_messages(city.mill, peer=PEER) == []


def test_waits_grow_and_end():
    waits = [wait_after(number) for number in range(1, 6)]
    assert waits == sorted(waits)
    assert wait_after(6) is None
