"""Questions about an account's activities: asked, listed, answered."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from accounts.enterprise import flags
from accounts.enterprise.flags import ActivityFlag, Checked
from accounts.identity.permissions import Permission
from web.guard import actor_of
from web.language import language_of, translate

AnyRequest = Request[Any, Any, Any]
READ = {"permission": Permission.ACCOUNT_READ}
WORK = {"permission": Permission.ACTIVITY_SUBMIT}
YearWanted = Annotated[int | None, QueryParameter(name="year", ge=1990, le=2100)]


class ActivityFlagAnswer(msgspec.Struct, kw_only=True):
    """A question in words, the activities it is about, and the latest answer; `open` until somebody answers."""

    id: UUID
    year: int
    kind: str
    question: str
    facility: str
    source: str
    item: str
    month: date | None
    activities: list[UUID]
    co2e_mg: int
    open: bool
    raised_at: datetime
    decision: str | None
    note: str | None
    decided_by_name: str | None
    decided_at: datetime | None


class FlagAnswerGiven(msgspec.Struct, kw_only=True):
    """What is said to a question, and why."""

    decision: Literal["as-reported", "corrected", "open"]
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=flags.NOTE_CHARACTERS)]


class YearChecked(msgspec.Struct, kw_only=True):
    """The year to look through."""

    year: Annotated[int, msgspec.Meta(ge=1990, le=2100)]


def flag_answer(flag: ActivityFlag, language: str) -> ActivityFlagAnswer:
    """The flag with its question in words."""
    taken = {"question", "open", "activities"}
    values = {name: getattr(flag, name) for name in ActivityFlagAnswer.__struct_fields__ if name not in taken}
    question = translate(language, flag.template, **flag.details)
    return ActivityFlagAnswer(
        **values, question=question, open=flag.is_open, activities=list(flag.activities)
    )


@get("/account/flags", opt=READ, tags=["account"], summary="Questions about our activities")
async def list_flags(request: AnyRequest, wanted: YearWanted = None) -> list[ActivityFlagAnswer]:
    """Open ones first, the largest first; flagged activities stay in the account."""
    actor = actor_of(request)
    found = await flags.list_flags(actor, enterprise_id=actor.tenant_id, year=wanted)
    return [flag_answer(flag, language_of(request)) for flag in found]


@post(
    "/account/flags/checks", opt=WORK, tags=["account"], summary="Look through a year for what does not fit"
)
async def check_year(request: AnyRequest, data: JSONBody[YearChecked]) -> Checked:
    """Asks only what was not asked before."""
    return await flags.check_year(actor_of(request), year=data.year)


@post("/account/flags/{flag_id:uuid}/answers", opt=WORK, tags=["account"], summary="Answer a question")
async def answer_flag(
    request: AnyRequest, flag_id: FromPath[UUID], data: JSONBody[FlagAnswerGiven]
) -> ActivityFlagAnswer:
    """Right as reported, corrected, or open again; the note and the person are kept."""
    actor = actor_of(request)
    flag = await flags.resolve_flag(actor, flag_id=flag_id, decision=data.decision, note=data.note)
    return flag_answer(flag, language_of(request))


@get(
    "/verification/enterprises/{enterprise_id:uuid}/flags",
    opt={"permission": Permission.VERIFICATION_WORK},
    tags=["account"],
    summary="Questions about an enterprise's activities, for its verifier",
)
async def list_flags_of(
    request: AnyRequest, enterprise_id: FromPath[UUID], wanted: YearWanted = None
) -> list[ActivityFlagAnswer]:
    """Under the enterprise's consent; the read is recorded for the enterprise."""
    found = await flags.list_flags(actor_of(request), enterprise_id=enterprise_id, year=wanted)
    return [flag_answer(flag, language_of(request)) for flag in found]


flag_handlers = [list_flags, check_year, answer_flag, list_flags_of]
