"""Running the citizens' programme: acts, city sums, rewards, campaigns, causes, appeals, claims, pools."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.identity.approvals import Draft
from accounts.identity.permissions import Permission
from accounts.inclusion import appeals, campaigns, city, grams, pools, programme, rewards
from accounts.inclusion.appeals import Appeal
from accounts.inclusion.city import CitySum
from accounts.inclusion.pools import OperatorClaim, Pool, Sample
from accounts.inclusion.programme import RunningProgramme
from accounts.inclusion.rewards import PartnerStatement, Redemption, Reward
from web.api.inputs import Fen, Input, Name, Note
from web.api.partners import ActName
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
MANAGE = {"permission": Permission.INCLUSION_MANAGE}
VERIFY = {"permission": Permission.INCLUSION_VERIFY}
SELF = {"permission": Permission.SELF_READ}
Pieces = Annotated[int, Meta(ge=1, le=1_000_000)]


class ActAnswer(msgspec.Struct, kw_only=True):
    """An act as it holds today; `grams` is None while it is off."""

    id: str
    name: dict[str, str]
    unit: str
    spellings: list[str]
    on: bool
    grams: str | None
    document: dict[str, str] | None
    confidence: str | None
    proved_only: bool


@get(
    "/inclusion/acts",
    opt={"permission": Permission.FACTOR_READ},
    tags=["inclusion"],
    summary="Acts and their figures",
)
async def list_acts(request: AnyRequest) -> list[ActAnswer]:
    """Every act: how its unit may be written, what it saves, whose figure that is and how sure."""
    _ = request
    return [ActAnswer(**one) for one in city.acts_today()]


@post("/inclusion/programme", opt=MANAGE, tags=["inclusion"], summary="Begin the programme", status_code=200)
async def open_programme(request: AnyRequest) -> RunningProgramme:
    """The authority that asks keeps the points from now on."""
    return await programme.open_programme(actor_of(request))


@get("/inclusion/city", opt=SELF, tags=["inclusion"], summary="The city's sums")
async def read_city(
    request: AnyRequest,
    from_on: Annotated[date, QueryParameter(description="First day")],
    until_on: Annotated[date, QueryParameter(description="Last day")],
) -> list[CitySum]:
    """By day and act, from the roll-up; days with fewer than ten people are left out."""
    return await city.read_city(actor_of(request), from_on=from_on, until_on=until_on)


class NewReward(Input):
    """A reward; `points` are whole points, `worth_fen` is paid to the merchant for each coupon taken in."""

    name_zh: Name
    name_en: Name
    points: Annotated[int, Meta(ge=1, le=1_000_000)]
    stock: Annotated[int, Meta(ge=0, le=10_000_000)]
    from_on: date
    until_on: date
    worth_fen: Annotated[int, Meta(ge=0, le=10**9)] = 0
    partner_id: UUID | None = None


class Restock(Input):
    """Pieces to add."""

    pieces: Pieces


class Reason(Input):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Decision(Input):
    """Granted or refused, and why."""

    granted: bool
    note: Annotated[str, Meta(min_length=1, max_length=1000)]


@post("/inclusion/rewards", opt=MANAGE, tags=["inclusion"], summary="Add a reward")
async def create_reward(request: AnyRequest, data: JSONBody[NewReward]) -> Reward:
    """To the catalogue."""
    return await rewards.create_reward(
        actor_of(request),
        name_zh=data.name_zh,
        name_en=data.name_en,
        points=data.points,
        stock=data.stock,
        from_on=data.from_on,
        until_on=data.until_on,
        worth_fen=data.worth_fen,
        partner_id=data.partner_id,
    )


@get("/inclusion/rewards", opt=SELF, tags=["inclusion"], summary="The catalogue")
async def list_rewards(request: AnyRequest) -> list[Reward]:
    """What is open now; the operator sees everything. Points in hundredths."""
    return await rewards.list_rewards(actor_of(request))


@post(
    "/inclusion/rewards/{reward_id:uuid}/restock",
    opt=MANAGE,
    tags=["inclusion"],
    summary="Add pieces",
    status_code=200,
)
async def restock(request: AnyRequest, reward_id: FromPath[UUID], data: JSONBody[Restock]) -> Reward:
    """To a reward's stock."""
    return await rewards.restock(actor_of(request), reward_id=reward_id, pieces=data.pieces)


@post(
    "/inclusion/rewards/{reward_id:uuid}/close",
    opt=MANAGE,
    tags=["inclusion"],
    summary="Close a reward",
    status_code=200,
)
async def close_reward(request: AnyRequest, reward_id: FromPath[UUID]) -> Reward:
    """Coupons given stay good."""
    return await rewards.close_reward(actor_of(request), reward_id=reward_id)


@post(
    "/inclusion/redemptions/{redemption_id:uuid}/refund",
    opt=MANAGE,
    tags=["inclusion"],
    summary="Refund",
    status_code=200,
)
async def refund(request: AnyRequest, redemption_id: FromPath[UUID], data: JSONBody[Reason]) -> Redemption:
    """Points back, coupon void, piece back in stock."""
    return await rewards.refund(actor_of(request), redemption_id=redemption_id, reason=data.reason)


@get(
    "/inclusion/statements/{partner_id:uuid}",
    opt=MANAGE,
    tags=["inclusion"],
    summary="What a merchant is owed",
)
async def read_statement(
    request: AnyRequest,
    partner_id: FromPath[UUID],
    month: Annotated[date, QueryParameter(description="Any day of it")],
) -> PartnerStatement:
    """For the coupons taken in during a month."""
    return await rewards.partner_statement(actor_of(request), month=month, partner_id=partner_id)


class NewCampaign(Input):
    """A campaign; `bonus_points` are whole points."""

    name_zh: Name
    name_en: Name
    acts: Annotated[list[ActName], Meta(max_length=50)]
    from_on: date
    until_on: date
    needed: Annotated[int, Meta(ge=1, le=10_000)]
    bonus_points: Annotated[int, Meta(ge=1, le=100_000)]


class Made(msgspec.Struct):
    """The id of what was made."""

    id: UUID


@post("/inclusion/campaigns", opt=MANAGE, tags=["inclusion"], summary="Begin a campaign")
async def create_campaign(request: AnyRequest, data: JSONBody[NewCampaign]) -> Made:
    """So many counted acts earn a bonus once."""
    made = await campaigns.create_campaign(
        actor_of(request),
        name_zh=data.name_zh,
        name_en=data.name_en,
        acts=data.acts,
        from_on=data.from_on,
        until_on=data.until_on,
        needed=data.needed,
        bonus_points=data.bonus_points,
    )
    return Made(made)


class NewCause(Input):
    """Something grams can be given to."""

    name_zh: Name
    name_en: Name
    needed_kg: Annotated[int, Meta(ge=1, le=10**9)]


@post("/inclusion/causes", opt=MANAGE, tags=["inclusion"], summary="Add a cause")
async def create_cause(request: AnyRequest, data: JSONBody[NewCause]) -> grams.Cause:
    """People may give it grams."""
    return await grams.create_cause(
        actor_of(request), name_zh=data.name_zh, name_en=data.name_en, needed_kg=data.needed_kg
    )


@get("/inclusion/appeals", opt=MANAGE, tags=["inclusion"], summary="Appeals to decide")
async def list_appeals(request: AnyRequest) -> list[Appeal]:
    """Open ones first."""
    return await appeals.list_appeals(actor_of(request))


@post(
    "/inclusion/appeals/{appeal_id:uuid}",
    opt=MANAGE,
    tags=["inclusion"],
    summary="Decide an appeal",
    status_code=200,
)
async def decide_appeal(request: AnyRequest, appeal_id: FromPath[UUID], data: JSONBody[Decision]) -> Appeal:
    """Granted, the act counts and its day is settled again."""
    return await appeals.decide(actor_of(request), appeal_id=appeal_id, granted=data.granted, note=data.note)


class NewClaim(Input):
    """A source's reductions claimed by its operator's own project, from tomorrow at the earliest."""

    source_id: UUID
    acts: Annotated[list[ActName], Meta(max_length=50)]
    from_on: date
    until_on: date
    project: Name


@post("/inclusion/claims", opt=MANAGE, tags=["inclusion"], summary="Record an operator's claim")
async def record_claim(request: AnyRequest, data: JSONBody[NewClaim]) -> OperatorClaim:
    """From then on these events give citizens nothing: no tonne counts twice."""
    return await pools.record_claim(
        actor_of(request),
        source_id=data.source_id,
        acts=data.acts,
        from_on=data.from_on,
        until_on=data.until_on,
        project=data.project,
    )


class NewPool(Input):
    """Acts of a period to pool."""

    scheme: Annotated[str, Meta(min_length=2, max_length=20, examples=["CQCER"])]
    acts: Annotated[list[ActName], Meta(min_length=1, max_length=50)]
    from_on: date
    until_on: date


class SampleVerdict(Input):
    """Whether the partner's own records show the same."""

    right: bool
    note: Note = ""


class Proceeds(Input):
    """What a sale brought."""

    fen: Fen


@post("/inclusion/pools", opt=MANAGE, tags=["inclusion"], summary="Draw a pool")
async def draw_pool(request: AnyRequest, data: JSONBody[NewPool]) -> Pool:
    """Of the free grams of all who consent to pooling."""
    return await pools.draw_pool(
        actor_of(request), scheme=data.scheme, from_on=data.from_on, until_on=data.until_on, acts=data.acts
    )


@get("/inclusion/pools", opt=SELF, tags=["inclusion"], summary="Pools")
async def list_pools(request: AnyRequest) -> list[Pool]:
    """With what was left out, the sample, and the serials issued."""
    return await pools.list_pools(actor_of(request))


@get("/inclusion/pools/{pool_id:uuid}/samples", opt=VERIFY, tags=["inclusion"], summary="A pool's sample")
async def list_samples(request: AnyRequest, pool_id: FromPath[UUID]) -> list[Sample]:
    """For the verifier; people have numbers here."""
    return await pools.list_samples(actor_of(request), pool_id=pool_id)


@post(
    "/inclusion/samples/{sample_id:uuid}",
    opt=VERIFY,
    tags=["inclusion"],
    summary="Judge a sample",
    status_code=200,
)
async def judge_sample(request: AnyRequest, sample_id: FromPath[UUID], data: JSONBody[SampleVerdict]) -> None:
    """Against the partner's own records."""
    await pools.judge_sample(actor_of(request), sample_id=sample_id, right=data.right, note=data.note)


@post(
    "/inclusion/pools/{pool_id:uuid}/verify",
    opt=VERIFY,
    tags=["inclusion"],
    summary="Verify a pool",
    status_code=200,
)
async def verify_pool(request: AnyRequest, pool_id: FromPath[UUID]) -> Pool:
    """When every sample has its verdict."""
    return await pools.verify_pool(actor_of(request), pool_id=pool_id)


@post("/inclusion/pools/{pool_id:uuid}/issue", opt=MANAGE, tags=["inclusion"], summary="Draft the issuance")
async def ask_issue(request: AnyRequest, pool_id: FromPath[UUID]) -> Draft:
    """Another person of the authority approves it."""
    return await pools.ask_issue(actor_of(request), pool_id=pool_id)


@post(
    "/inclusion/pools/{pool_id:uuid}/proceeds",
    opt=MANAGE,
    tags=["inclusion"],
    summary="Record proceeds",
    status_code=200,
)
async def record_proceeds(request: AnyRequest, pool_id: FromPath[UUID], data: JSONBody[Proceeds]) -> Pool:
    """Of selling an issued pool's credits."""
    return await pools.record_proceeds(actor_of(request), pool_id=pool_id, fen=data.fen)


inclusion_handlers = [
    list_acts, open_programme, read_city, create_reward, list_rewards, restock, close_reward, refund, read_statement,
    create_campaign, create_cause, list_appeals, decide_appeal, record_claim, draw_pool, list_pools, list_samples,
    judge_sample, verify_pool, ask_issue, record_proceeds,
]  # fmt: skip
