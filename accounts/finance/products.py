"""A bank's loan products: a name, and terms that hold from a day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.finance.days import today
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.daycount import DayCount
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.money import positive_fen, yuan_text
from carbon.text import Text
from methodologies.finance.pricing import Terms, check_terms
from methodologies.finance.programmes import purposes

LONGEST_MONTHS = 600


@dataclass(frozen=True)
class ProductTerms:
    """Terms from `valid_from` on; `margins` for levels 1 to 5 and every other figure in points per year."""

    id: UUID
    valid_from: date
    margins: tuple[Decimal, ...]
    unrated_margin: Decimal
    floor: Decimal
    cap: Decimal
    green_use_discount: Decimal
    green_purposes: tuple[str, ...]
    five_year_tenor_above_months: int
    day_count: str
    smallest_fen: int
    largest_fen: int
    longest_months: int
    recorded_at: datetime

    def as_rule(self, bank: Text) -> Terms:
        """The same for the pricing rule."""
        return Terms(
            margins=dict(enumerate(self.margins, 1)),
            unrated_margin=self.unrated_margin,
            floor=self.floor,
            cap=self.cap,
            valid_from=self.valid_from,
            green_use_discount=self.green_use_discount,
            five_year_tenor_above_months=self.five_year_tenor_above_months,
            day_count=DayCount(self.day_count),
            bank=bank,
        )


@dataclass(frozen=True)
class Product:
    """A product with the terms of today (None before their first day) and all of them, newest first."""

    id: UUID
    bank_id: UUID
    name_zh: str
    name_en: str
    current: ProductTerms | None
    terms: tuple[ProductTerms, ...]


async def save_product(
    actor: Actor,
    *,
    name_zh: str,
    name_en: str,
    valid_from: date,
    margins: Sequence[Decimal],
    unrated_margin: Decimal,
    floor: Decimal,
    cap: Decimal,
    green_use_discount: Decimal = Decimal(0),
    green_purposes: Sequence[str] = (),
    five_year_tenor_above_months: int = 60,
    day_count: str = DayCount.ACT_360.value,
    smallest_fen: int = 1,
    largest_fen: int,
    longest_months: int,
    product_id: UUID | None = None,
) -> Product:
    """A new product, or further terms of one: terms are added for a later day, and never changed.

    Raises:
        NotPermitted: without `loan:price`.
        NotFound: no such product of the bank.
        Problem: terms that could not price every borrower.
        Conflict: the name is taken, or the product has terms from that day already.
    """
    actor.require(Permission.LOAN_PRICE)
    terms = ProductTerms(
        id=new_id(), valid_from=valid_from, margins=tuple(margins), unrated_margin=unrated_margin, floor=floor, cap=cap,
        green_use_discount=green_use_discount, green_purposes=tuple(green_purposes),
        five_year_tenor_above_months=five_year_tenor_above_months, day_count=day_count, smallest_fen=smallest_fen,
        largest_fen=largest_fen, longest_months=longest_months, recorded_at=datetime.now(UTC),
    )  # fmt: skip
    _check(terms)
    async with transaction(tenant=actor.tenant_id) as connection:
        if product_id is None:
            product_id = await _write_product(connection, actor, name_zh, name_en)
        else:
            await _product(connection, product_id)
        await _write_terms(connection, actor, product_id, terms)
        await audit.record(
            connection,
            actor,
            act="product.save",
            object_kind="product",
            object_id=product_id,
            details={"valid_from": valid_from, "margins": list(margins), "floor": floor, "cap": cap},
        )
        return await _product(connection, product_id)


async def list_products(actor: Actor) -> list[Product]:
    """The bank's products by name.

    Raises:
        NotPermitted: without `loan:price` and `client:read`.
    """
    actor.require(Permission.CLIENT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _products(connection, None)


async def read_product(actor: Actor, *, product_id: UUID) -> Product:
    """One product of the bank.

    Raises:
        NotFound: no such product of the bank.
    """
    actor.require(Permission.CLIENT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _product(connection, product_id)


async def terms_on(connection: Connection, product_id: UUID, day: date) -> ProductTerms:
    """The terms in force on `day`.

    Raises:
        NotFound: no such product of the bank.
        Problem: its first terms begin later.
    """
    product = await _product(connection, product_id)
    known = [terms for terms in product.terms if terms.valid_from <= day]
    if not known:
        raise Problem(
            N_("The product {product} has no terms for {day}; its first begin on {first}."),
            at="starts_on",
            product=product.name_zh,
            day=day.isoformat(),
            first=product.terms[-1].valid_from.isoformat(),
        )
    return known[0]


def check_fits(terms: ProductTerms, *, principal_fen: int, term_months: int) -> None:
    """Refuse an amount or a term that the product does not offer.

    Raises:
        Problem: says the limit.
    """
    positive_fen(principal_fen, at="principal_fen")
    if not terms.smallest_fen <= principal_fen <= terms.largest_fen:
        raise Problem(
            N_("{amount} yuan is outside what the product offers: {smallest} to {largest} yuan."),
            at="principal_fen",
            amount=yuan_text(principal_fen),
            smallest=yuan_text(terms.smallest_fen),
            largest=yuan_text(terms.largest_fen),
        )
    if not 1 <= term_months <= terms.longest_months:
        raise Problem(
            N_("A term of {months} months is outside what the product offers: 1 to {longest} months."),
            at="term_months",
            months=term_months,
            longest=terms.longest_months,
        )


def _check(terms: ProductTerms) -> None:
    if terms.day_count not in set(DayCount):
        raise Problem(
            N_("{day_count} is no day count known here; use one of {known}."),
            at="day_count",
            day_count=terms.day_count[:20],
            known=", ".join(DayCount),
        )
    check_terms(terms.as_rule(Text("银行", "the bank")))
    unknown = sorted(set(terms.green_purposes) - set(purposes()))
    if unknown:
        raise Problem(
            N_("{unknown} is no purpose known here; use one of {known}."),
            at="green_purposes",
            unknown=unknown[0][:40],
            known=", ".join(purposes()),
        )
    positive_fen(terms.smallest_fen, at="smallest_fen")
    positive_fen(terms.largest_fen, at="largest_fen")
    if terms.smallest_fen > terms.largest_fen or not 1 <= terms.longest_months <= LONGEST_MONTHS:
        raise Problem(
            N_(
                "The smallest amount must not exceed the largest, and the longest term is 1 to {longest} months."
            ),
            at="largest_fen",
            longest=LONGEST_MONTHS,
        )


async def _write_product(connection: Connection, actor: Actor, name_zh: str, name_en: str) -> UUID:
    product_id = new_id()
    try:
        async with savepoint(connection):
            await connection.execute(
                "insert into finance_product (id, bank_id, name_zh, name_en) values ($1, $2, $3, $4)",
                product_id,
                actor.tenant_id,
                checked_name(name_zh, at="name_zh"),
                checked_name(name_en, at="name_en"),
            )
    except asyncpg.UniqueViolationError:
        raise Conflict(
            N_("The bank has a product called {name} already; add terms to it or choose another name."),
            at="name_zh",
            name=name_zh,
        ) from None
    return product_id


async def _write_terms(connection: Connection, actor: Actor, product_id: UUID, terms: ProductTerms) -> None:
    try:
        async with savepoint(connection):
            await connection.execute(
                """insert into finance_product_terms (id, bank_id, product_id, valid_from, margins, unrated_margin, floor,
                       cap, green_use_discount, green_purposes, five_year_tenor_above_months, day_count, smallest_fen,
                       largest_fen, longest_months, recorded_by)
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)""",
                terms.id, actor.tenant_id, product_id, terms.valid_from, list(terms.margins), terms.unrated_margin,
                terms.floor, terms.cap, terms.green_use_discount, list(terms.green_purposes),
                terms.five_year_tenor_above_months, terms.day_count, terms.smallest_fen, terms.largest_fen,
                terms.longest_months, actor.person_id,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict(
            N_("The product has terms from {day} already; choose a later day."),
            at="valid_from",
            day=terms.valid_from.isoformat(),
        ) from None


async def _product(connection: Connection, product_id: UUID) -> Product:
    found = await _products(connection, product_id)
    if not found:
        raise NotFound(N_("There is no such product of your bank."), at="product_id")
    return found[0]


async def _products(connection: Connection, product_id: UUID | None) -> list[Product]:
    rows = await connection.fetch(
        """select id, bank_id, name_zh, name_en from finance_product
            where bank_id = current_tenant() and ($1::uuid is null or id = $1) order by name_zh""",
        product_id,
    )
    terms = await connection.fetch(
        """select product_id, id, valid_from, margins, unrated_margin, floor, cap, green_use_discount, green_purposes,
                  five_year_tenor_above_months, day_count, smallest_fen, largest_fen, longest_months, recorded_at
             from finance_product_terms where product_id = any ($1::uuid[]) order by valid_from desc""",
        [row["id"] for row in rows],
    )
    now = await today(connection)
    by_product: dict[UUID, list[ProductTerms]] = {}
    for row in terms:
        values: dict[str, Any] = dict(row)
        product = values.pop("product_id")
        values |= {"margins": tuple(values["margins"]), "green_purposes": tuple(values["green_purposes"])}
        by_product.setdefault(product, []).append(ProductTerms(**values))
    return [
        Product(
            **row,
            current=next((t for t in by_product[row["id"]] if t.valid_from <= now), None),
            terms=tuple(by_product[row["id"]]),
        )
        for row in rows
    ]
