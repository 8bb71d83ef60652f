from datetime import date
from decimal import Decimal

import pytest

from accounts.finance import products
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from tests.accounts.finance.city import save_product
from tests.accounts.identity.people_of_the_city import actor_in, reader_of


async def test_terms_are_added_by_day_and_the_ones_of_today_are_current(database):
    bank = await actor_in("bank")
    product = await save_product(bank)
    assert product.current.floor == Decimal("2.40")
    later = await save_product(
        bank, product_id=product.id, valid_from=date(2999, 1, 1), floor=Decimal("2.60")
    )
    assert [terms.valid_from for terms in later.terms] == [date(2999, 1, 1), date(2026, 1, 1)]
    assert later.current.floor == Decimal("2.40")
    assert await products.list_products(bank) == [later]
    assert await products.read_product(bank, product_id=product.id) == later


async def test_a_second_product_of_the_name_and_terms_of_the_same_day_are_refused(database):
    bank = await actor_in("bank")
    product = await save_product(bank)
    with pytest.raises(Conflict, match="碳效贷 already"):
        await save_product(bank)
    with pytest.raises(Conflict, match="terms from 2026-01-01 already"):
        await save_product(bank, product_id=product.id)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"margins": [Decimal(0)] * 4}, "each level from 1 to 5"),
        ({"floor": Decimal(7)}, "above the cap"),
        ({"day_count": "ACT/ACT"}, "no day count known"),
        ({"green_purposes": ["yacht"]}, "yacht is no purpose"),
        ({"smallest_fen": 0}, "more than zero"),
        ({"smallest_fen": 10, "largest_fen": 9}, "must not exceed the largest"),
        ({"longest_months": 0}, "longest term is 1 to 600"),
        ({"name_zh": ""}, "name"),
    ],
)
async def test_terms_that_make_no_sense_are_refused(database, changed, told):
    with pytest.raises(Problem, match=told):
        await save_product(await actor_in("bank"), **changed)


async def test_another_bank_sees_nothing_and_changes_nothing(database):
    ours = await save_product(await actor_in("bank"))
    other = await actor_in("bank")
    assert await products.list_products(other) == []
    for refused in (
        products.read_product(other, product_id=ours.id),
        save_product(other, product_id=ours.id, valid_from=date(2027, 1, 1)),
    ):
        with pytest.raises(NotFound, match="no such product of your bank"):
            await refused


async def test_a_reader_of_the_bank_reads_and_an_enterprise_does_not(database):
    bank = await actor_in("bank")
    await save_product(bank)
    assert len(await products.list_products(reader_of(bank))) == 1
    with pytest.raises(NotPermitted):
        await save_product(reader_of(bank), name_zh="另一个")
    with pytest.raises(NotPermitted):
        await products.list_products(await actor_in("enterprise"))
