"""What the tests of this room share: a product, sound books."""

from datetime import date
from decimal import Decimal

from accounts.finance import products
from accounts.timing.books import broken_laws

PROGRAMME = "CN-MOF-EQUIP-2026"

TERMS = {
    "name_zh": "碳效贷",
    "name_en": "Carbon-efficiency loan",
    "valid_from": date(2026, 1, 1),
    "margins": [Decimal(points) for points in ("-0.50", "-0.30", "0.00", "0.30", "0.80")],
    "unrated_margin": Decimal("0.50"),
    "floor": Decimal("2.40"),
    "cap": Decimal("6.00"),
    "green_use_discount": Decimal("0.10"),
    "green_purposes": ["equipment-renewal", "green-project"],
    "largest_fen": 10_000_000_000,
    "longest_months": 120,
}


async def save_product(bank, **changed):
    return await products.save_product(bank, **(TERMS | changed))


async def books_are_sound(database):
    assert await broken_laws(database.admin_url, database.settings) == []
