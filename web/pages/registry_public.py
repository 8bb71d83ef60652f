"""The public register of credits: what was issued and where it is, every use, other registries' records, any serial's life."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from accounts.registry import acts, external, public, reading
from carbon.errors import Problem
from web.guard import maybe_actor_of
from web.pages.rendering import AnyRequest, render
from web.registry_words import ACT_WORDS, EXTERNAL_KINDS, PUBLIC_PARTS, REGISTRIES, STATE_BADGES, STATE_WORDS

PUBLIC = {"public": "what was issued and used up is for everybody to check", "recognise": True}
PAGE = 50


@get("/register/credits", opt=PUBLIC, include_in_schema=False)
async def credits_page(request: AnyRequest) -> Response[str]:
    """Every line of numbers with its states, searched."""
    search = _text(request, "search")
    after = request.query_params.get("after", "")
    found = await public.list_batches(
        search=search, after=int(after) if after.isdigit() and len(after) < 16 else None, limit=PAGE
    )
    return render(
        request,
        "registry_register.html",
        batches=found,
        search=search,
        next_page=found[-1].number if len(found) == PAGE else None,
        parts=PUBLIC_PARTS,
    )


@get("/register/retirements", opt=PUBLIC, include_in_schema=False)
async def retirements_page(request: AnyRequest) -> Response[str]:
    """Every retirement and cancellation, newest first."""
    search = _text(request, "search")
    found = await public.list_retirements(search=search, before=_id(request, "before"), limit=PAGE)
    return render(
        request,
        "registry_retirements.html",
        retirements=found,
        search=search,
        next_page=found[-1].id if len(found) == PAGE else None,
        purpose_words=acts.PURPOSE_WORDS,
        state_words=STATE_WORDS,
    )


@get("/register/external", opt=PUBLIC, include_in_schema=False)
async def external_page(request: AnyRequest) -> Response[str]:
    """Public records of other registries."""
    search, registry = _text(request, "search"), _text(request, "registry")
    found = await external.list_external(
        search=search, registry=registry or None, after=_id(request, "after"), limit=PAGE
    )
    return render(
        request,
        "registry_external.html",
        records=found,
        search=search,
        registry=registry,
        registries=REGISTRIES,
        kinds=EXTERNAL_KINDS,
        next_page=found[-1].id if len(found) == PAGE else None,
    )


@get("/register/serials", opt=PUBLIC, include_in_schema=False)
async def serial_page(request: AnyRequest) -> Response[str]:
    """The whole life of the numbers of a serial, of this register or another's."""
    serial = _text(request, "serial", 200)
    context: dict[str, Any] = {"history": None, "records": [], "mistake": None}
    if serial:
        try:
            context["history"] = await reading.read_history(maybe_actor_of(request), serial=serial)
        except Problem as problem:
            context["mistake"] = problem
            context["records"] = await _foreign(serial)
            if context["records"]:
                context["mistake"] = None
    return render(
        request,
        "registry_serial.html",
        serial=serial,
        fields={"serial": serial},
        parts=PUBLIC_PARTS,
        act_words=ACT_WORDS,
        state_words=STATE_WORDS,
        state_badges=STATE_BADGES,
        kinds=EXTERNAL_KINDS,
        registries=REGISTRIES,
        **context,
    )


async def _foreign(serial: str) -> list[external.ExternalRecord]:
    try:
        return await external.find_external(serial=serial)
    except Problem:
        return []


def _text(request: AnyRequest, name: str, longest: int = 100) -> str:
    return request.query_params.get(name, "")[:longest].replace("\0", "").strip()


def _id(request: AnyRequest, name: str) -> UUID | None:
    try:
        return UUID(request.query_params.get(name, ""))
    except ValueError:
        return None


handlers = [credits_page, retirements_page, external_page, serial_page]
