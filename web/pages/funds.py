"""Subsidy funds as their authority keeps them, with the programmes they pay for."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.finance import funds, programmes
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from carbon.identifiers import new_id
from web.guard import actor_of
from web.language import language_of, translate
from web.pages.forms import form_of
from web.pages.fund_charts import fund_chart
from web.pages.rendering import AnyRequest, render

HERE = "/authority/funds"
CEILINGS = {
    "firm": N_("per firm"),
    "firm-year": N_("per firm and year"),
    "borrower-lender": N_("per borrower and lender"),
    "borrower-lender-year": N_("per borrower, lender and year"),
}
LEVELS = {
    "central": N_("central budget"),
    "province": N_("province"),
    "city": N_("city"),
    "district": N_("district"),
}


def words_of(language: str, words: dict[str, str]) -> dict[str, str]:
    """The words of choices in a language."""
    return {name: translate(language, word) for name, word in words.items()}


MANAGE = {"permission": Permission.FUND_MANAGE}


@get(HERE, opt={"permission": Permission.FUND_READ}, include_in_schema=False)
async def funds_page(request: AnyRequest) -> Response[str]:
    """Each fund with where its money is, and each programme's terms."""
    return await _funds(request)


async def _funds(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    language = language_of(request)
    found = await funds.list_funds(actor)
    opened = {fund.programme_id for fund in found if fund.authority_id == actor.tenant_id}
    known = await programmes.list_programmes()
    return render(
        request,
        "funds.html",
        funds=[(fund, fund_chart(language, fund)) for fund in found],
        programmes=known,
        unopened=[programme for programme in known if programme.id not in opened],
        ceiling_words=words_of(language, CEILINGS),
        level_words=words_of(language, LEVELS),
        may_manage=Permission.FUND_MANAGE in actor.permissions,
        key=new_id(),
        **context,
    )


@post(HERE, opt=MANAGE, include_in_schema=False)
async def open_fund(request: AnyRequest) -> Response[str] | Redirect:
    """Opens the authority's fund for a programme with its first amount."""
    form = await form_of(request)
    try:
        await funds.open_fund(
            actor_of(request),
            programme_id=form.text("programme_id"),
            amount_fen=form.fen("amount"),
            key=form.text("key"),
        )
    except Problem as problem:
        return await _funds(request, mistake=problem, fields=form.without("key"))
    return Redirect(f"{HERE}?done=fund-opened", status_code=303)


@post(f"{HERE}/{{fund_id:uuid}}/top-up", opt=MANAGE, include_in_schema=False)
async def top_up(request: AnyRequest, fund_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Puts more in."""
    form = await form_of(request)
    field = f"amount-{fund_id}"
    try:
        await funds.top_up(
            actor_of(request), fund_id=fund_id, amount_fen=form.fen(field), key=form.text("key")
        )
    except Problem as problem:
        return await _funds(request, mistake=problem, fields=form.without("key"))
    return Redirect(f"{HERE}?done=fund-topped-up", status_code=303)


handlers = [funds_page, open_fund, top_up]
