"""A bank's loan products and their terms, which hold from a day on and are never changed afterwards."""

from decimal import Decimal
from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.finance import products, programmes
from accounts.identity.permissions import Permission
from carbon.daycount import DayCount
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.language import language_of, translate
from web.pages.forms import Form, form_of, identifier
from web.pages.rendering import AnyRequest, render

HERE = "/bank/products"
LEVELS = (1, 2, 3, 4, 5)
DAY_COUNTS: dict[str, str] = {
    DayCount.ACT_360.value: N_("actual days over 360"),
    DayCount.ACT_365.value: N_("actual days over 365"),
    DayCount.THIRTY_360.value: N_("months of 30 days over 360"),
    DayCount.MONTHS.value: N_("whole months in twelfths"),
}


@get(HERE, opt={"permission": Permission.CLIENT_READ}, include_in_schema=False)
async def products_page(request: AnyRequest) -> Response[str]:
    """Each product with its terms of today."""
    return await _products(request)


async def _products(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    language = language_of(request)
    return render(
        request,
        "products.html",
        products=await products.list_products(actor),
        purposes=programmes.list_purposes(),
        day_counts=DAY_COUNTS,
        levels=LEVELS,
        level_headings=[
            (translate(language, N_("Level {level}"), level=level), "number") for level in LEVELS
        ],
        may_save=Permission.LOAN_PRICE in actor.permissions,
        **context,
    )


@post(HERE, opt={"permission": Permission.LOAN_PRICE}, include_in_schema=False)
async def save_product(request: AnyRequest) -> Response[str] | Redirect:
    """A new product, or further terms of one."""
    form = await form_of(request)
    try:
        await products.save_product(actor_of(request), **_terms(form))
    except Problem as problem:
        return await _products(request, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}?done=product-saved", status_code=303)


def _terms(form: Form) -> dict[str, Any]:
    known = form.text("product_id", required=False)
    margins: list[Decimal] = [form.points(f"margin_{level}") for level in LEVELS]
    return {
        "product_id": identifier(known, at="product_id") if known else None,
        "name_zh": form.text("name_zh", required=not known),
        "name_en": form.text("name_en", required=not known),
        "valid_from": form.day("valid_from"),
        "margins": margins,
        "unrated_margin": form.points("unrated_margin"),
        "floor": form.points("floor"),
        "cap": form.points("cap"),
        "green_use_discount": form.points("green_use_discount"),
        "green_purposes": form.texts("green_purposes"),
        "day_count": form.text("day_count"),
        "smallest_fen": form.fen("smallest"),
        "largest_fen": form.fen("largest"),
        "longest_months": form.whole("longest_months", minimum=1, maximum=products.LONGEST_MONTHS),
    }


handlers = [products_page, save_product]
