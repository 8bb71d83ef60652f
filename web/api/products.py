"""A bank's loan products and their dated terms."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from accounts.finance import products
from accounts.finance.products import Product
from accounts.identity.permissions import Permission
from carbon.daycount import DayCount
from web.api.inputs import DecimalText, Fen, Input, Name, decimal_of
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
Months = Annotated[int, Meta(ge=1, le=600)]


class Terms(Input):
    """Terms from a day on; margins are for levels 1 to 5, all rates in points per year."""

    valid_from: date
    margins: Annotated[list[DecimalText], Meta(min_length=5, max_length=5)]
    unrated_margin: DecimalText
    floor: DecimalText
    cap: DecimalText
    largest_fen: Fen
    longest_months: Months
    smallest_fen: Fen = 1
    green_use_discount: DecimalText = "0"
    green_purposes: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()
    five_year_tenor_above_months: Months = 60
    day_count: DayCount = DayCount.ACT_360

    def values(self) -> dict[str, Any]:
        """As the use-case takes them."""
        return {
            "valid_from": self.valid_from,
            "margins": [decimal_of(margin) for margin in self.margins],
            **{name: decimal_of(getattr(self, name)) for name in ("unrated_margin", "floor", "cap")},
            "green_use_discount": Decimal(self.green_use_discount),
            "green_purposes": self.green_purposes,
            "five_year_tenor_above_months": self.five_year_tenor_above_months,
            "day_count": self.day_count.value,
            "smallest_fen": self.smallest_fen,
            "largest_fen": self.largest_fen,
            "longest_months": self.longest_months,
        }


class NewProduct(Input):
    """A product with its first terms."""

    name_zh: Name
    name_en: Name
    terms: Terms


@get("/products", opt={"permission": Permission.CLIENT_READ}, tags=["finance"], summary="My bank's products")
async def list_products(request: AnyRequest) -> list[Product]:
    """By name, with all terms."""
    return await products.list_products(actor_of(request))


@post("/products", opt={"permission": Permission.LOAN_PRICE}, tags=["finance"], summary="A new product")
async def create_product(request: AnyRequest, data: JSONBody[NewProduct]) -> Product:
    """With its first terms."""
    return await products.save_product(
        actor_of(request), name_zh=data.name_zh, name_en=data.name_en, **data.terms.values()
    )


@get(
    "/products/{product_id:uuid}",
    opt={"permission": Permission.CLIENT_READ},
    tags=["finance"],
    summary="One product",
)
async def read_product(request: AnyRequest, product_id: FromPath[UUID]) -> Product:
    """With all its terms, newest first."""
    return await products.read_product(actor_of(request), product_id=product_id)


@post(
    "/products/{product_id:uuid}/terms",
    opt={"permission": Permission.LOAN_PRICE},
    tags=["finance"],
    summary="Further terms",
)
async def add_terms(request: AnyRequest, product_id: FromPath[UUID], data: JSONBody[Terms]) -> Product:
    """From a later day on; terms are added, never changed."""
    return await products.save_product(
        actor_of(request), product_id=product_id, name_zh="", name_en="", **data.values()
    )


product_handlers = [list_products, create_product, read_product, add_terms]
