"""Running the citizens' programme: sums, appeals, rewards, campaigns, causes, pools; and the verifier's samples."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity.permissions import Permission
from accounts.inclusion import appeals, campaigns, city, grams, pools, programme, rewards, sources
from carbon.errors import N_, Problem
from methodologies.inclusion.acts import rules
from web.guard import actor_of
from web.language import language_of
from web.pages.citizen import grams_text, points_text
from web.pages.formats import BUSINESS_ZONE
from web.pages.forms import Form, form_of
from web.pages.rendering import AnyRequest, render

MANAGE = {"permission": Permission.INCLUSION_MANAGE}
VERIFY = {"permission": Permission.INCLUSION_VERIFY}
HERE = "/authority/inclusion"
POOL_STATES = {
    "drawn": N_("waits for verification"),
    "verified": N_("verified"),
    "rejected": N_("rejected"),
    "issued": N_("issued"),
    "sold": N_("sold"),
}
APPEAL_STATES = {"open": N_("open"), "granted": N_("granted"), "refused": N_("refused")}


def _worded(request: AnyRequest, name: str, **context: Any) -> Response[str]:
    language = language_of(request)
    return render(
        request,
        name,
        grams=partial(grams_text, language=language),
        points=partial(points_text, language=language),
        pool_states=POOL_STATES,
        appeal_states=APPEAL_STATES,
        acts=rules().acts,
        **context,
    )


@get(HERE, opt=MANAGE, include_in_schema=False)
async def programme_page(request: AnyRequest) -> Response[str]:
    """Everything of the programme on one page."""
    return await _page(request)


async def _page(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    today = datetime.now(BUSINESS_ZONE).date()
    return _worded(
        request,
        "inclusion.html",
        today=today,
        sums=await city.read_city(actor, from_on=today - timedelta(days=30), until_on=today),
        appeals=await appeals.list_appeals(actor),
        rewards=await rewards.list_rewards(actor),
        redemptions=(await rewards.list_redemptions(actor))[:20],
        campaigns=await campaigns.list_campaigns(actor),
        causes=await grams.list_causes(actor),
        pools=await pools.list_pools(actor),
        sources=await sources.list_sources(actor),
        batches=(await sources.list_batches(actor, limit=20)),
        **context,
    )


async def _done(request: AnyRequest, work: Any, done: str) -> Response[str] | Redirect:
    """The act of a form, and back to the page with what it achieved or what is wrong."""
    form = await form_of(request)
    try:
        await work(form)
    except Problem as problem:
        return await _page(request, mistake=problem, fields=form.without(), here=HERE)
    return Redirect(f"{HERE}?done={done}", status_code=303)


@post(f"{HERE}/open", opt=MANAGE, include_in_schema=False)
async def open_programme(request: AnyRequest) -> Response[str] | Redirect:
    """The programme begins."""

    async def work(form: Form) -> None:
        _ = form
        await programme.open_programme(actor_of(request))

    return await _done(request, work, "programme-opened")


@post(f"{HERE}/rewards", opt=MANAGE, include_in_schema=False)
async def create_reward(request: AnyRequest) -> Response[str] | Redirect:
    """One more reward."""

    async def work(form: Form) -> None:
        await rewards.create_reward(
            actor_of(request),
            name_zh=form.text("reward_zh", maximum=100),
            name_en=form.text("reward_en", maximum=100),
            points=form.whole("points", minimum=1, maximum=10**6),
            stock=form.whole("stock", maximum=10**7),
            from_on=form.day("from_on"),
            until_on=form.day("until_on"),
        )

    return await _done(request, work, "reward-created")


@post(f"{HERE}/rewards/{{reward_id:uuid}}/close", opt=MANAGE, include_in_schema=False)
async def close_reward(request: AnyRequest, reward_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Out of the catalogue."""

    async def work(form: Form) -> None:
        _ = form
        await rewards.close_reward(actor_of(request), reward_id=reward_id)

    return await _done(request, work, "reward-closed")


@post(f"{HERE}/redemptions/{{redemption_id:uuid}}/refund", opt=MANAGE, include_in_schema=False)
async def refund(request: AnyRequest, redemption_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Points back."""

    async def work(form: Form) -> None:
        await rewards.refund(
            actor_of(request), redemption_id=redemption_id, reason=form.text("reason", maximum=500)
        )

    return await _done(request, work, "reward-refunded")


@post(f"{HERE}/causes", opt=MANAGE, include_in_schema=False)
async def create_cause(request: AnyRequest) -> Response[str] | Redirect:
    """One more cause."""

    async def work(form: Form) -> None:
        await grams.create_cause(
            actor_of(request),
            name_zh=form.text("cause_zh", maximum=100),
            name_en=form.text("cause_en", maximum=100),
            needed_kg=form.whole("needed_kg", minimum=1, maximum=10**9),
        )

    return await _done(request, work, "cause-created")


@post(f"{HERE}/campaigns", opt=MANAGE, include_in_schema=False)
async def create_campaign(request: AnyRequest) -> Response[str] | Redirect:
    """One more campaign."""

    async def work(form: Form) -> None:
        await campaigns.create_campaign(
            actor_of(request),
            name_zh=form.text("campaign_zh", maximum=100),
            name_en=form.text("campaign_en", maximum=100),
            acts=form.texts("campaign_acts"),
            from_on=form.day("campaign_from"),
            until_on=form.day("campaign_until"),
            needed=form.whole("needed", minimum=1, maximum=10_000),
            bonus_points=form.whole("bonus", minimum=1, maximum=100_000),
        )

    return await _done(request, work, "campaign-created")


@post(f"{HERE}/appeals/{{appeal_id:uuid}}", opt=MANAGE, include_in_schema=False)
async def decide_appeal(request: AnyRequest, appeal_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Granted or refused."""

    async def work(form: Form) -> None:
        granted = form.text("decision") == "grant"
        note = form.passage("note", maximum=1000)
        await appeals.decide(actor_of(request), appeal_id=appeal_id, granted=granted, note=note)

    return await _done(request, work, "appeal-decided")


@post(f"{HERE}/claims", opt=MANAGE, include_in_schema=False)
async def record_claim(request: AnyRequest) -> Response[str] | Redirect:
    """What an operator claims."""

    async def work(form: Form) -> None:
        await pools.record_claim(
            actor_of(request),
            source_id=form.identifier("claim_source"),
            acts=[],
            from_on=form.day("claim_from"),
            until_on=form.day("claim_until"),
            project=form.text("project"),
        )

    return await _done(request, work, "operator-claim-recorded")


@post(f"{HERE}/pools", opt=MANAGE, include_in_schema=False)
async def draw_pool(request: AnyRequest) -> Response[str] | Redirect:
    """Gathers grams."""

    async def work(form: Form) -> None:
        await pools.draw_pool(
            actor_of(request),
            scheme=form.text("scheme", maximum=20),
            acts=form.texts("pool_acts"),
            from_on=form.day("pool_from"),
            until_on=form.day("pool_until"),
        )

    return await _done(request, work, "pool-drawn")


@post(f"{HERE}/pools/{{pool_id:uuid}}/issue", opt=MANAGE, include_in_schema=False)
async def ask_issue(request: AnyRequest, pool_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Drafts the issuance."""

    async def work(form: Form) -> None:
        _ = form
        await pools.ask_issue(actor_of(request), pool_id=pool_id)

    return await _done(request, work, "pool-issue-drafted")


@post(f"{HERE}/pools/{{pool_id:uuid}}/proceeds", opt=MANAGE, include_in_schema=False)
async def record_proceeds(request: AnyRequest, pool_id: FromPath[UUID]) -> Response[str] | Redirect:
    """What the sale brought."""

    async def work(form: Form) -> None:
        await pools.record_proceeds(actor_of(request), pool_id=pool_id, fen=form.fen("proceeds"))

    return await _done(request, work, "proceeds-recorded")


@get("/verification/pools", opt=VERIFY, include_in_schema=False)
async def pools_to_verify(request: AnyRequest) -> Response[str]:
    """Pools with their samples."""
    return await _samples(request)


async def _samples(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    found = await pools.list_pools(actor)
    samples = {
        pool.id: await pools.list_samples(actor, pool_id=pool.id) for pool in found if pool.state == "drawn"
    }
    return _worded(request, "inclusion_samples.html", pools=found, samples=samples, **context)


@post("/verification/pools/samples/{sample_id:uuid}", opt=VERIFY, include_in_schema=False)
async def judge_sample(request: AnyRequest, sample_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Right or wrong."""
    form = await form_of(request)
    try:
        note = form.text("note", required=False, maximum=1000)
        right = form.text("verdict") == "right"
        await pools.judge_sample(actor_of(request), sample_id=sample_id, right=right, note=note)
    except Problem as problem:
        return await _samples(request, mistake=problem, here="/verification/pools")
    return Redirect("/verification/pools?done=sample-judged", status_code=303)


@post("/verification/pools/{pool_id:uuid}", opt=VERIFY, include_in_schema=False)
async def verify_pool(request: AnyRequest, pool_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Closes the verification."""
    try:
        await pools.verify_pool(actor_of(request), pool_id=pool_id)
    except Problem as problem:
        return await _samples(request, mistake=problem, here="/verification/pools")
    return Redirect("/verification/pools?done=pool-verified", status_code=303)


handlers = [
    programme_page, open_programme, create_reward, close_reward, refund, create_cause, create_campaign, decide_appeal,
    record_claim, draw_pool, ask_issue, record_proceeds, pools_to_verify, judge_sample, verify_pool,
]  # fmt: skip
