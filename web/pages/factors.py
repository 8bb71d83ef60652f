"""The factor library for everybody: search, one factor with its history and readers, what is only recalled, the guides."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath

from accounts.enterprise.factor_uses import FactorUse, uses_of
from accounts.factors import imports
from accounts.factors.imports import Published
from accounts.identity.permissions import OrganisationKind
from carbon.errors import N_, NotFound, Problem
from carbon.rounding import plain
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.guides import SECTOR_GUIDES, SectorGuide, sector_guide
from methodologies.factors.fuels import GUIDES
from methodologies.factors.gaps import gaps
from methodologies.factors.library import LIFE_CYCLE, factor
from methodologies.factors.places import REGIONS
from methodologies.factors.precedence import Level
from methodologies.factors.records import Factor
from methodologies.factors.search import Wish, found
from web import charts
from web.guard import maybe_actor_of
from web.language import language_of, translate
from web.pages.rendering import AnyRequest, render

HERE = "/factors"
PUBLIC = {"public": "emission factors are published figures, for everybody", "recognise": True}
SHOWN = 40
FILTERS = ("source", "gas", "region", "guide", "life_cycle", "level")


@get(HERE, opt=PUBLIC, include_in_schema=False)
async def factors_page(request: AnyRequest) -> Response[str]:
    """Search by words, narrowed by filters; records of public tables below."""
    asked = {name: request.query_params.get(name, "")[:100] for name in ("q", *FILTERS)}
    start = _start(request)
    try:
        hits = found(asked["q"], _wish(asked))
    except Problem as problem:
        return await _page(request, asked, [], 0, start, mistake=problem)
    return await _page(request, asked, hits[start : start + SHOWN], len(hits), start)


def _wish(asked: dict[str, str]) -> Wish:
    return Wish(
        source=asked["source"],
        gas=asked["gas"],
        region=asked["region"],
        guide=asked["guide"],
        life_cycle=asked["life_cycle"],
        level=asked["level"],
    )


def _start(request: AnyRequest) -> int:
    text = request.query_params.get("start", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


async def _page(
    request: AnyRequest, asked: dict[str, str], hits: list[Any], total: int, start: int, **context: Any
) -> Response[str]:
    language = language_of(request)
    kept = {name: value for name, value in asked.items() if value}
    public = (
        await imports.search_published(words=asked["q"], region=asked["region"] or None, limit=20)
        if asked["q"]
        else []
    )
    return render(
        request,
        "factors.html",
        hits=hits,
        total=total,
        start=start,
        asked=asked,
        public=public,
        gaps=gaps(),
        choices=_choices(language),
        levels={level.id: level.label.in_language(language) for level in Level},
        plain=plain,
        further=f"{HERE}?{urlencode({**kept, 'start': start + SHOWN})}" if start + SHOWN < total else "",
        values=asked,
        **context,
    )


def _choices(language: str) -> dict[str, list[tuple[str, str]]]:
    return {
        "source": [(id_, source.name.in_language(language)) for id_, source in SOURCES.items()],
        "gas": [(gas, gas) for gas in ("CO2", "CH4", "N2O", "SF6", "CF4", "C2F6", "NF3", "HFC23", "HFC134a")],
        "region": [(code, region.name.in_language(language)) for code, region in REGIONS.by_code.items()],
        "guide": [(id_, guide.name.in_language(language)) for id_, guide in GUIDES.items()],
        "life_cycle": [(id_, name.in_language(language)) for id_, name in LIFE_CYCLE.items()],
        "level": [
            (level.id, level.label.in_language(language)) for level in Level if level is not Level.MEASURED
        ],
    }


@get(f"{HERE}/one", opt=PUBLIC, include_in_schema=False)
async def factor_page(request: AnyRequest) -> Response[str]:
    """One factor: every version with its document, a chart of its history, who reads it."""
    id_ = request.query_params.get("id", "")[:400]
    known = factor(id_)
    if known is None:
        if ":" not in id_:
            raise NotFound(N_("There is no factor “{id}”: search for it by words."), id=id_[:80])
        return _public_record(request, await imports.read_published(code=id_))
    language = language_of(request)
    return render(
        request,
        "factor.html",
        uses=await _uses(request, known),
        source_names={id_: source.name for id_, source in SOURCES.items()},
        factor=known,
        versions=sorted(known.versions, key=lambda version: version.dated.starts_on, reverse=True),
        chart=_history(language, known) if len(known.versions) > 1 else None,
        sources=[SOURCES[id_] for id_ in known.sources],
        cited=[guide for guide in SECTOR_GUIDES.values() if _cites(guide, known)],
        life_cycle=LIFE_CYCLE[known.life_cycle],
        level=next(level.label for level in Level if level.id == known.level),
        plain=plain,
        trail=[(translate(language, N_("Factors")), HERE), (known.name.in_language(language), "")],
    )


async def _uses(request: AnyRequest, known: Factor) -> list[FactorUse]:
    """Where the reader's own account rests on it; nothing for who has none."""
    actor = maybe_actor_of(request)
    if actor is None or actor.organisation_kind is not OrganisationKind.ENTERPRISE:
        return []
    return await uses_of(actor, factor_id=known.id)


def _cites(guide: SectorGuide, known: Factor) -> bool:
    return bool({source.id for source in guide.sources} & set(known.sources))


def _history(language: str, known: Factor) -> charts.Chart:
    versions = sorted(known.versions, key=lambda version: version.dated.starts_on)
    days = [version.dated.starts_on.isoformat() for version in versions]
    values = [float(version.value) for version in versions]
    last = versions[-1].held_until or date(versions[-1].dated.starts_on.year + 1, 1, 1)
    title = translate(language, N_("History"))
    described = translate(
        language,
        N_("{count} values from {first} on; the latest is {value} {unit}."),
        count=len(versions),
        first=days[0],
        value=plain(versions[-1].value),
        unit=known.unit,
    )
    line = charts.Line(
        known.name.in_language(language), (*days, last.isoformat()), (*values, values[-1]), charts.PINE
    )
    return charts.lines(
        "history", title=title, description=described, series=[line], unit=known.unit, steps=True
    )


def _public_record(request: AnyRequest, versions: list[Published]) -> Response[str]:
    language = language_of(request)
    name = versions[0].record.name_zh if language == "zh" else versions[0].record.name_en
    title = name or versions[0].record_key
    return render(
        request,
        "public_factor.html",
        title=title,
        latest=versions[0],
        versions=versions,
        trail=[(translate(language, N_("Factors")), HERE), (title, "")],
    )


@get("/guides", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def guides_page(request: AnyRequest) -> Response[str]:
    """The 24 sector guides: which are usable by their published figures, and what the others lack."""
    usable = sum(guide.usable for guide in SECTOR_GUIDES.values())
    return render(request, "guides.html", guides=SECTOR_GUIDES.values(), usable=usable)


@get("/guides/{guide_id:str}", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def guide_page(request: AnyRequest, guide_id: FromPath[str]) -> Response[str]:
    """One guide: its sources in report order with their items and values, its fuel table, what is missing."""
    known = sector_guide(guide_id)
    language = language_of(request)
    return render(
        request,
        "guide.html",
        guide=known,
        fuel_tables=list(GUIDES.values())
        if any(source.id == "fuel_combustion" for source in known.sources)
        else [],
        trail=[(translate(language, N_("Sector guides")), "/guides"), (known.name.in_language(language), "")],
    )


handlers = [factors_page, factor_page, guides_page, guide_page]
