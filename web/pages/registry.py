"""My credits: what the account holds, transferring, retiring and cancelling, holds, trusted accounts and limits."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity.approvals import Draft
from accounts.identity.permissions import Permission
from accounts.registry import acts, holders, limits, public, reading, transfers, trust
from accounts.registry.retirements import RETIREMENT_PURPOSES
from carbon.errors import N_, Problem
from carbon.identifiers import new_id
from web.guard import actor_of
from web.language import language_of, translate
from web.pages.forms import Form, form_of
from web.pages.rendering import AnyRequest, render
from web.registry_words import ACT_WORDS, ENDED_WORDS, PARTS, STATE_BADGES, STATE_WORDS

HERE = "/credits"
READ = {"permission": Permission.CREDIT_READ}
MOVE = {"permission": Permission.CREDIT_MOVE}
SHOWN = 200

ACTS = {
    "transfer": N_("Transfer credits"),
    "retire": N_("Retire credits"),
    "cancel": N_("Cancel credits"),
    "hold": N_("Set credits aside"),
}


@get(HERE, opt=READ, include_in_schema=False)
async def credits_page(request: AnyRequest) -> Response[str]:
    """The account at one look: states, batches, what waits, what was used."""
    return await _credits(request)


async def _credits(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    waiting = await transfers.list_reservations(actor, kind="transfer", limit=20)
    holds = await transfers.list_reservations(actor, kind="hold", limit=20)
    pledges = await reading.list_pledges(actor)
    others = {each.to_tenant_id for each in (*waiting, *holds)} | {
        each.holder_id for each in (*waiting, *holds)
    }
    others |= {each.pledgee_id for each in pledges} | {each.holder_id for each in pledges}
    on_day = _day(request)
    return render(
        request,
        "registry_credits.html",
        account=await reading.read_account(actor, at=on_day),
        on_day=on_day,
        waiting=waiting,
        holds=holds,
        pledges=[each for each in pledges if actor.tenant_id in (each.holder_id, each.pledgee_id)],
        names=await holders.names_for(actor, list(others)),
        used=await public.list_retirements(holder_id=actor.tenant_id, limit=20),
        freezes=[
            each
            for each in await reading.list_freezes(actor)
            if each.account_id == actor.tenant_id and each.lifted_at is None
        ],
        may_move=Permission.CREDIT_MOVE in actor.permissions,
        **_words(),
        here=HERE,
        **context,
    )


def _day(request: AnyRequest) -> Any:
    text = request.query_params.get("on", "")
    if not text:
        return None
    try:
        return Form({"on": text}).day("on")
    except Problem:
        return None


def _trail(request: AnyRequest, title: str) -> list[tuple[str, str]]:
    language = language_of(request)
    return [(translate(language, N_("My credits")), HERE), (translate(language, title), "")]


def _words() -> dict[str, Any]:
    return {
        "parts": PARTS,
        "state_words": STATE_WORDS,
        "state_badges": STATE_BADGES,
        "act_words": ACT_WORDS,
        "ended_words": ENDED_WORDS,
        "purpose_words": acts.PURPOSE_WORDS,
    }


@get(f"{HERE}/batches/{{batch_number:int}}", opt=READ, include_in_schema=False)
async def batch_page(request: AnyRequest, batch_number: FromPath[int]) -> Response[str]:
    """The runs of numbers of one batch, each with what can be done with it."""
    actor = actor_of(request)
    account = await reading.read_account(actor)
    balance = next((each for each in account.balances if each.batch_number == batch_number), None)
    return render(
        request,
        "registry_batch.html",
        balance=balance,
        blocks=await reading.list_blocks(actor, batch_number=batch_number, limit=SHOWN) if balance else [],
        may_move=Permission.CREDIT_MOVE in actor.permissions,
        trail=_trail(request, N_("Serial numbers")),
        **_words(),
    )


@get([f"{HERE}/{act}/new" for act in ACTS], opt=MOVE, include_in_schema=False)
async def act_page(request: AnyRequest) -> Response[str]:
    """The form of one act; `serial` or `batch` of the address choose credits beforehand."""
    return await _act_form(request, request.url.path.split("/")[2])


async def _act_form(request: AnyRequest, act: str, **context: Any) -> Response[str]:
    actor = actor_of(request)
    account = await reading.read_account(actor)
    return render(
        request,
        "registry_act.html",
        act=act,
        title=ACTS[act],
        account=account,
        choices=[each for each in account.balances if each.tally.held],
        trusted=await trust.list_trusted(actor),
        purposes=[(purpose.value, acts.PURPOSE_WORDS[purpose]) for purpose in RETIREMENT_PURPOSES],
        chosen_serial=request.query_params.get("serial", "")[:120],
        chosen_batch=request.query_params.get("batch", "")[:20],
        key=new_id(),
        here=f"{HERE}/{act}/new",
        trail=_trail(request, ACTS[act]),
        **context,
    )


@post(f"{HERE}/transfer/new", opt=MOVE, include_in_schema=False)
async def draft_transfer(request: AnyRequest) -> Response[str] | Redirect:
    """Drafts a transfer and leads to the draft."""

    async def work(form: Form) -> Draft:
        account_id, _ = await holders.find_account(actor_of(request), text=form.text("to_account"))
        return await acts.draft_transfer(
            actor_of(request),
            to_account_id=account_id,
            memo=form.text("memo", required=False, maximum=500),
            key=form.text("key"),
            **_chosen(form),
        )

    return await _drafted(request, "transfer", work)


@post(f"{HERE}/retire/new", opt=MOVE, include_in_schema=False)
async def draft_retirement(request: AnyRequest) -> Response[str] | Redirect:
    """Drafts a retirement and leads to the draft."""

    async def work(form: Form) -> Draft:
        return await acts.draft_retirement(
            actor_of(request),
            purpose=form.text("purpose"),
            beneficiary=form.text("beneficiary"),
            statement=form.text("statement", required=False, maximum=500),
            key=form.text("key"),
            **_chosen(form),
        )

    return await _drafted(request, "retire", work)


@post(f"{HERE}/cancel/new", opt=MOVE, include_in_schema=False)
async def draft_cancellation(request: AnyRequest) -> Response[str] | Redirect:
    """Drafts a cancellation and leads to the draft."""

    async def work(form: Form) -> Draft:
        return await acts.draft_cancellation(
            actor_of(request),
            statement=form.text("statement", required=False, maximum=500),
            key=form.text("key"),
            **_chosen(form),
        )

    return await _drafted(request, "cancel", work)


async def _drafted(request: AnyRequest, act: str, work: Any) -> Response[str] | Redirect:
    form = await form_of(request)
    try:
        draft = await work(form)
    except Problem as problem:
        return await _act_form(request, act, mistake=problem, fields=form.without("key"))
    return Redirect(f"/approvals/{draft.id}", status_code=303)


@post(f"{HERE}/hold/new", opt=MOVE, include_in_schema=False)
async def place_hold(request: AnyRequest) -> Response[str] | Redirect:
    """Sets credits aside at once."""
    form = await form_of(request)
    actor = actor_of(request)
    try:
        account_id, _ = await holders.find_account(actor, text=form.text("to_account"))
        until = form.text("until", required=False)
        await transfers.place_hold(
            actor,
            to_account_id=account_id,
            expires_at=reading.end_of(form.day("until")) if until else None,
            memo=form.text("memo", required=False, maximum=500),
            key=form.text("key"),
            **_chosen(form),
        )
    except Problem as problem:
        return await _act_form(request, "hold", mistake=problem, fields=form.without("key"))
    return Redirect(f"{HERE}?done=credits-reserved", status_code=303)


def _chosen(form: Form) -> dict[str, Any]:
    """The serial typed, or the batch and quantity chosen."""
    serial = form.text("serial", required=False)
    if serial:
        return {"serials": [each for each in serial.replace(",", " ").replace("，", " ").split() if each]}
    return {
        "batch_number": form.whole("batch_number", minimum=1, maximum=2**53),
        "quantity_t": form.whole("quantity_t", minimum=1, maximum=10**12),
    }


@post(f"{HERE}/{{kind:str}}/{{reservation_id:uuid}}/end", opt=MOVE, include_in_schema=False)
async def end_reservation(
    request: AnyRequest, kind: FromPath[str], reservation_id: FromPath[UUID]
) -> Response[str] | Redirect:
    """Stops a transfer that waits, or releases a hold."""
    try:
        await transfers.end_reservation(
            actor_of(request),
            reservation_id=reservation_id,
            kind="hold" if kind == "hold" else "transfer",
        )
    except Problem as problem:
        return await _credits(request, mistake=problem)
    return Redirect(f"{HERE}?done=credits-free", status_code=303)


@post(f"{HERE}/hold/{{reservation_id:uuid}}/settle", opt=MOVE, include_in_schema=False)
async def settle_hold(request: AnyRequest, reservation_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Drafts handing over what a hold set aside."""
    try:
        draft = await acts.draft_settlement(actor_of(request), hold_id=reservation_id)
    except Problem as problem:
        return await _credits(request, mistake=problem)
    return Redirect(f"/approvals/{draft.id}", status_code=303)


@get(f"{HERE}/trusted", opt=READ, include_in_schema=False)
async def trusted_page(request: AnyRequest) -> Response[str]:
    """Trusted accounts, and the account's limits."""
    return await _trusted(request)


async def _trusted(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    return render(
        request,
        "registry_trusted.html",
        trusted=await trust.list_trusted(actor),
        limits=await limits.read_limits(actor),
        may_move=Permission.CREDIT_MOVE in actor.permissions,
        key=new_id(),
        here=f"{HERE}/trusted",
        trail=_trail(request, N_("Trusted accounts and limits")),
        **context,
    )


@post(f"{HERE}/trusted", opt=MOVE, include_in_schema=False)
async def add_trusted(request: AnyRequest) -> Response[str] | Redirect:
    """Drafts trusting an account."""
    form = await form_of(request)
    actor = actor_of(request)
    try:
        account_id, _ = await holders.find_account(actor, text=form.text("account"))
        draft = await acts.draft_trust(actor, account_id=account_id, key=form.text("key"))
    except Problem as problem:
        return await _trusted(request, mistake=problem, fields=form.without("key"))
    return Redirect(f"/approvals/{draft.id}", status_code=303)


@post(f"{HERE}/trusted/{{account_id:uuid}}/remove", opt=MOVE, include_in_schema=False)
async def remove_trusted(request: AnyRequest, account_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Takes an account off the list."""
    try:
        await trust.remove_trusted(actor_of(request), account_id=account_id)
    except Problem as problem:
        return await _trusted(request, mistake=problem)
    return Redirect(f"{HERE}/trusted?done=trust-removed", status_code=303)


@post(f"{HERE}/limits", opt=MOVE, include_in_schema=False)
async def set_limits(request: AnyRequest) -> Response[str] | Redirect:
    """Lowers the limits at once; raising becomes a draft for a colleague."""
    form = await form_of(request)
    actor = actor_of(request)
    try:
        once, daily = _optional(form, "per_transfer_t"), _optional(form, "per_day_t")
        now = await limits.read_limits(actor)
        if limits.wider(once, now.own_per_transfer_t) or limits.wider(daily, now.own_per_day_t):
            draft = await acts.draft_limits(actor, key=form.text("key"), per_transfer_t=once, per_day_t=daily)
            return Redirect(f"/approvals/{draft.id}", status_code=303)
        await limits.lower_limits(actor, key=form.text("key"), per_transfer_t=once, per_day_t=daily)
    except Problem as problem:
        return await _trusted(request, mistake=problem, fields=form.without("key"))
    return Redirect(f"{HERE}/trusted?done=limits-set", status_code=303)


def _optional(form: Form, name: str) -> int | None:
    return form.whole(name, maximum=10**12) if form.text(name, required=False) else None


handlers = [
    credits_page, batch_page, act_page, draft_transfer, draft_retirement, draft_cancellation, place_hold, end_reservation,
    settle_hold, trusted_page, add_trusted, remove_trusted, set_limits,
]  # fmt: skip
