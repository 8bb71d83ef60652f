"""Reduction methodologies: the list, a page each written from what runs, dry run, replay and publication."""

import asyncio
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity.permissions import Permission
from accounts.projects import publishing
from carbon.errors import Problem
from carbon.rounding import plain
from methodologies.reduction.catalogue import methodologies, methodology_from_text
from methodologies.reduction.fingerprint import fingerprint
from methodologies.reduction.frame import Methodology
from web.guard import actor_of, maybe_actor_of
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render
from web.pages.uploads import uploaded_file

PUBLIC = {"public": "methodologies are published rules", "recognise": True}
TRY = {"permission": Permission.FACTOR_READ}
PUBLISH = {"permission": Permission.METHODOLOGY_PUBLISH}
HERE = "/methodologies"
TRIAL_BYTES = 4 * 2**20


@get(HERE, opt=PUBLIC, include_in_schema=False)
async def list_page(request: AnyRequest) -> Response[str]:
    """All of them, by name and by how sure their formulas are."""
    wanted = {name: request.query_params.get(name, "")[:100] for name in ("text", "confidence")}
    latest = {one.methodology: one for one in reversed(await publishing.list_versions())}
    text = wanted["text"].casefold().strip()
    found = [
        (method, latest.get(method.id))
        for method in methodologies().values()
        if (not wanted["confidence"] or method.confidence.id == wanted["confidence"])
        and (not text or any(text in word.casefold() for word in _words(method)))
    ]
    return render(request, "methodologies.html", methods=found, wanted=wanted)


def _words(method: Methodology) -> tuple[str, ...]:
    return (method.id, method.code, method.name.zh, method.name.en, *method.aliases)


@get(f"{HERE}/{{methodology:str}}", opt=PUBLIC, include_in_schema=False)
async def methodology_page(request: AnyRequest, methodology: FromPath[str]) -> Response[str]:
    """Formulas, conditions, data, sources, a worked case, and its versions."""
    return await _page(request, methodology)


async def _page(request: AnyRequest, methodology: str, **context: Any) -> Response[str]:
    method = methodology_from_text(methodology)
    actor = maybe_actor_of(request)
    values = method.values
    return render(
        request,
        "methodology.html",
        here=f"{HERE}/{method.id}",
        method=method,
        fingerprint=fingerprint(method.id),
        published_fields={id_.partition(".")[0] for id_ in values},
        numbers=[
            (parameter.id, parameter.unit, value)
            for parameter in values.values()
            for value in parameter.values
        ],
        worked=await asyncio.to_thread(worked_case, method.id),
        versions=await publishing.list_versions(method.id),
        may_publish=actor is not None and Permission.METHODOLOGY_PUBLISH in actor.permissions,
        plain=plain,
        **{"trial": None, "replay": None} | context,
    )


@dataclass(frozen=True)
class WorkedCase:
    """A sample report with its result; computed once."""

    name: str
    text: str
    result: dict[str, Any]


@cache
def worked_case(methodology_id: str) -> WorkedCase | None:
    """The packaged sample report of a methodology, if there is one."""
    folder = files("methodologies.reduction") / "samples"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.rpartition(".")[0] == methodology_id:
            content = file.read_bytes()
            result = publishing.dry_run(methodology_id, file.name, content)
            return WorkedCase(file.name, content.decode(), result)
    return None


@post(
    f"{HERE}/{{methodology:str}}/dry-run", opt=TRY, include_in_schema=False, request_max_body_size=TRIAL_BYTES
)
async def dry_run(request: AnyRequest, methodology: FromPath[str]) -> Response[str]:
    """What the methodology makes of a file; nothing is kept."""
    method = methodology_from_text(methodology)
    try:
        name, content = await uploaded_file(request)
        trial = await asyncio.to_thread(publishing.dry_run, method.id, name, content)
    except Problem as problem:
        return await _page(request, method.id, mistake=problem)
    return await _page(request, method.id, trial=trial)


@post(f"{HERE}/{{methodology:str}}/replay", opt=PUBLISH, include_in_schema=False)
async def replay(request: AnyRequest, methodology: FromPath[str]) -> Response[str]:
    """Every live claim computed again, and what differs."""
    found = await publishing.replay_methodology(actor_of(request), methodology=methodology)
    return await _page(request, methodology, replay=found)


@post(f"{HERE}/{{methodology:str}}/publish", opt=PUBLISH, include_in_schema=False)
async def publish(request: AnyRequest, methodology: FromPath[str]) -> Response[str] | Redirect:
    """Freeze the version that runs."""
    form = await form_of(request)
    method = methodology_from_text(methodology)
    try:
        await publishing.publish_methodology(
            actor_of(request),
            methodology=method.id,
            note=form.text("note", required=False, maximum=2000),
            accept_differences=form.text("accept_differences", required=False) == "yes",
        )
    except Problem as problem:
        return await _page(request, method.id, mistake=problem)
    return Redirect(f"{HERE}/{method.id}?done=methodology-published", status_code=303)


handlers = [list_page, methodology_page, dry_run, replay, publish]
