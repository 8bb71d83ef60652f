"""Whatever is submitted, corrected or withdrawn, in whatever order: kept sums equal the sums of what counts."""

import random

import pytest

from accounts.database.transactions import transaction
from accounts.enterprise import filing
from accounts.enterprise.corrections import correct_activity, withdraw_activity
from accounts.enterprise.rollups import wrong_rollups
from accounts.enterprise.submissions import submit_file
from carbon.errors import Conflict
from tests.accounts.enterprise.conftest import csv

WORDS = [
    ("化石燃料燃烧", "柴油", "吨"),
    ("化石燃料燃烧", "天然气", "万m3"),
    ("净购入电力", "电网电力", "万千瓦时"),
    ("制冷剂逸散", "R410A", "kg"),
]
STEPS = 12


def line(chance, number):
    source, item, unit = chance.choice(WORDS)
    month = f"2024-{chance.randint(1, 3):02}"
    amount = chance.choice([f"{chance.randint(1, 10**6) / 1000}", "0", f"{chance.randint(1, 10**7)}"])
    return f"{month},{chance.choice('甲乙')}厂,{source},{item},{amount},{unit},R{number}"


async def what_counts(actor):
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        assert await wrong_rollups(connection, actor.tenant_id) == []
        return [
            row["id"]
            for row in await connection.fetch(
                """select id from enterprise_activity a
                    where not exists (select from enterprise_withdrawal w where w.activity_id = a.id) order by id"""
            )
        ]


async def step(chance, actor, number):
    """One of: a file, as a batch of its own or not; a correction; a withdrawal."""
    there = await what_counts(actor)
    act = chance.choice(["file", "correct", "withdraw"]) if there else "file"
    if act == "file":
        rows = [line(chance, f"{number}-{place}") for place in range(chance.randint(1, 5))]
        await submit_file(actor, file_name=f"{number}.csv", content=csv(*rows))
    elif act == "correct":
        changes = {"amount": str(chance.randint(1, 10**6)), "facility": chance.choice(["甲厂", "丙厂"])}
        await correct_activity(actor, activity_id=chance.choice(there), changes=changes, reason="核对")
    else:
        await withdraw_activity(actor, activity_id=chance.choice(there), reason="重复")


@pytest.mark.parametrize("seed", range(4))
async def test_kept_sums_equal_a_full_recomputation_after_every_step(enterprise, monkeypatch, seed):
    chance = random.Random(seed)
    for number in range(STEPS):
        monkeypatch.setattr(filing, "LARGE_ROWS", chance.choice([1, 50_000]))
        try:
            await step(chance, enterprise, number)
        except Conflict:
            continue  # two rows would have said the same
    await what_counts(enterprise)
