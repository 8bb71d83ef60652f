"""What the tests of this room share: accepted rates, a product, a client, a fund, sound books."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.database.pool import current_pool
from accounts.finance import funds, loans, products, rates
from accounts.identity import consents
from accounts.identity.actors import Actor
from accounts.timing.books import broken_laws
from tests.accounts.identity.people_of_the_city import actor_in

PROGRAMME = "CN-MOF-EQUIP-2026"
MARCH = date(2026, 3, 2)

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


@dataclass
class City:
    """An authority with accepted rates, a bank with a product, an enterprise that lets the bank in."""

    office: Actor
    bank: Actor
    mill: Actor
    product_id: UUID
    consent_id: UUID

    def asked(self, **changed):
        """A loan of 5,000,000 yuan over three years for new equipment."""
        return {
            "enterprise_id": self.mill.tenant_id,
            "product_id": self.product_id,
            "principal_fen": 500_000_000,
            "term_months": 36,
            "starts_on": MARCH,
            "purpose": "equipment-renewal",
        } | changed

    async def register(self, number="C-1", **changed):
        return await loans.register_loan(self.bank, contract_number=number, **self.asked(**changed))

    async def fund(self, amount_fen):
        return await funds.open_fund(self.office, programme_id=PROGRAMME, amount_fen=amount_fen)

    async def withdraw(self):
        await consents.withdraw_consent(self.mill, consent_id=self.consent_id)


async def let_in(owner: Actor, bank: Actor) -> UUID:
    """The owner's consent for a year."""
    now = await current_pool().fetchval("select now()")
    consent = await consents.grant_consent(
        owner, grantee_id=bank.tenant_id, scope="account", until_on=now.date() + timedelta(days=365)
    )
    return consent.id


async def new_city() -> City:
    """Everything up to the first loan."""
    office, bank = await actor_in("authority", name="市财政局"), await actor_in("bank", name="两江银行")
    mill = await actor_in("enterprise", name="江北造纸厂")
    await rates.propose_published(office)
    await rates.accept_unflagged(office)
    product = await save_product(bank)
    return City(office, bank, mill, product.id, await let_in(mill, bank))
