from datetime import date
from decimal import Decimal

import asyncpg
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.enterprise.binary_copy import Fixed, encode
from accounts.enterprise.cells import AMOUNT
from accounts.enterprise.natural_keys import column_digest, combined
from carbon.identifiers import new_id


@pytest.fixture
async def connection(server):
    connection = await asyncpg.connect(server)
    yield connection
    await connection.close()


async def test_every_kind_of_field_arrives_as_it_was(connection):
    await connection.execute(
        "create temporary table t (u uuid, n bigint, d date, s smallint, amount numeric, a text, b text)"
    )
    base = new_id()
    amounts = [
        Decimal(0),
        Decimal("1.5"),
        Decimal("999999999999999.123456789012"),
        Decimal("0.000000000001"),
        Decimal(120000),
    ]
    days = [date(1990, 1, 1), date(2000, 1, 1), date(2024, 2, 29), date(1999, 12, 31), date(2100, 12, 31)]
    texts = ["", None, "厂", "a" * 500, "二厂 b"]
    encoded = encode(
        [
            Fixed.uuids(base, np.arange(5, dtype=np.uint32)),
            Fixed(">i8", np.array([0, -1, 2**63 - 1, -(2**63), 7])),
            Fixed.dates(pl.Series(days)),
            Fixed(">i2", 3),
            Fixed.numerics(pl.Series(amounts, dtype=AMOUNT)),
        ],
        [pl.Series(texts, dtype=pl.String), pl.Series([None] * 5, dtype=pl.String)],
    )

    async def source():
        yield encoded

    await connection.copy_to_table("t", source=source(), format="binary")
    rows = await connection.fetch("select * from t order by u")
    assert [row["amount"] for row in rows] == amounts
    assert [format(row["amount"], "f") for row in rows] == [
        "0",
        "1.5",
        "999999999999999.123456789012",
        "0.000000000001",
        "120000",
    ]
    assert [row["d"] for row in rows] == days
    assert [row["a"] for row in rows] == texts
    assert [row["b"] for row in rows] == [None] * 5
    assert [row["n"] for row in rows] == [0, -1, 2**63 - 1, -(2**63), 7]
    assert {row["s"] for row in rows} == {3}
    assert [row["u"].int & 0xFFFFFFFF for row in rows] == [0, 1, 2, 3, 4]
    assert {row["u"].int >> 32 for row in rows} == {base.int >> 32}


async def test_rows_without_texts_arrive_too(connection):
    await connection.execute("create temporary table t (n bigint)")
    encoded = encode([Fixed(">i8", np.arange(3))], [])

    async def source():
        yield encoded

    await connection.copy_to_table("t", source=source(), format="binary")
    assert await connection.fetchval("select sum(n) from t") == 3


@given(st.lists(st.text(max_size=8), min_size=1, max_size=30))
def test_equal_texts_have_equal_digests_and_different_ones_differ(texts):
    digests = column_digest(pl.Series(texts))
    assert len(set(digests.tolist())) == len(set(texts))


def test_a_digest_is_the_same_on_every_machine():
    digests = column_digest(pl.Series(["", "a", "一厂"]))
    assert digests.tolist() == [0, 17029855622854366676, 12346487350567248017]


def test_the_order_of_columns_counts():
    one, two = np.array([1], dtype=np.uint64), np.array([2], dtype=np.uint64)
    assert combined(one, two) != combined(two, one)
