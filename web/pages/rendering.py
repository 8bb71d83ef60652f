"""One template to one answer: the environment every page is drawn with, and what each page always knows."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response
from markupsafe import Markup

from accounts.identity.actors import Actor
from carbon.errors import N_, Problem
from web.guard import CSRF_FIELD, csrf_token_of, maybe_actor_of
from web.language import LANGUAGES, Language, language_of, translate, translate_problem
from web.pages import formats, words
from web.pages.assets import asset_address
from web.pages.messages import DONE
from web.pages.navigation import bar_of, current_place
from web.told import notice_words, told_value

AnyRequest = Request[Any, Any, Any]

_LANGUAGE_NAMES: dict[Language, tuple[str, str]] = {"zh": ("中文", "zh-Hans"), "en": ("English", "en")}

CONTENT_TYPE = "text/html"


@cache
def environment() -> Environment:
    """Escapes by default and refuses names a page was not given (INP-9)."""
    found = Environment(
        loader=PackageLoader("web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["static"] = asset_address
    return found


def render(
    request: AnyRequest,
    name: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    mistake: Problem | None = None,
    fields: Mapping[str, Any] | None = None,
    here: str = "",
    **context: Any,
) -> Response[str]:
    """The page `name` in the request's language.

    `mistake` is told beside the field it is about when the form shows that field (`fields` holds what was
    entered), else at the top; it also sets the status. `here` is where the same page can be read again, when
    it answers a form.
    """
    language = language_of(request)
    known = page_context(request, language, here) | _mistake_context(language, mistake, fields) | context
    text = environment().get_template(name).render(known)
    status = mistake.status if mistake is not None else status_code
    return Response(text, status_code=status, media_type=CONTENT_TYPE, headers=dict(headers or {}))


def page_context(request: AnyRequest, language: Language, here: str = "") -> dict[str, Any]:
    """What every page may use: language, texts, formats, who is signed in, where we are."""
    actor = maybe_actor_of(request)
    path = request.url.path
    places, more_places = bar_of(actor)
    return {
        "language": language,
        "_": partial(translate, language),
        "actor": actor,
        "organisation": _organisation(actor, language),
        "places": places,
        "more_places": more_places,
        "current_place": current_place(actor, path),
        "other_languages": _other_languages(request, language, here),
        "trail": (),
        "csrf_field": _csrf_field(request),
        "done": _done(request, language),
        **_formats(language),
    }


def _organisation(actor: Actor | None, language: Language) -> str:
    if actor is None:
        return ""
    return (actor.organisation_name_en if language == "en" else "") or actor.organisation_name


def _formats(language: Language) -> dict[str, Any]:
    return {
        "number": partial(formats.number, language=language),
        "tonnes": partial(formats.tonnes, language=language),
        "yuan": partial(formats.yuan, language=language),
        "percent": partial(formats.percent, language=language),
        "day": partial(formats.day, language=language),
        "month": partial(formats.month, language=language),
        "instant": partial(formats.instant, language=language),
        "file_size": partial(formats.file_size, language=language),
        "told": partial(translate_problem, language),
        "named": partial(named, language),
        "confidence_words": partial(words.confidence_words, language),
        "shown_value": partial(words.shown_value, language),
        "signed": words.signed,
        "column_words": partial(words.column_words, language),
        "last_day": partial(formats.last_day, language=language),
        "result_words": partial(words.result_words, language),
        "series_words": partial(words.series_words, language),
        "unit_words": partial(words.unit_words, language),
        "subject_words": partial(words.subject_words, language),
        "notice_words": partial(notice_words, language),
        "summary_value": partial(told_value, language),
    }


def named(language: str, thing: Any, field: str = "") -> str:
    """A name that data carries in both languages.

    With `field`, the attribute or key `field_zh` or `field_en` of the thing; else the thing itself, a mapping
    or text with `zh` and `en`. A name missing in the language is shown in the other.
    """
    prefix = f"{field}_" if field else ""
    wished = [language, *(other for other in LANGUAGES if other != language)]
    found = (_part(thing, f"{prefix}{one}") for one in wished)
    return str(next((text for text in found if text), "" if field else thing))


def _part(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _other_languages(request: AnyRequest, language: Language, here: str) -> list[dict[str, str]]:
    """Links to this very page in the other languages."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return [
        {
            "link": f"{here or request.url.path}?{urlencode([*kept, ('lang', other)])}",
            "name": _LANGUAGE_NAMES[other][0],
            "lang": _LANGUAGE_NAMES[other][1],
        }
        for other in LANGUAGES
        if other != language
    ]


def _csrf_field(request: AnyRequest) -> Markup:
    """The hidden field every form of a signed-in person carries (AUT-11)."""
    token = csrf_token_of(request)
    return (
        Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token) if token else Markup()
    )


def _done(request: AnyRequest, language: Language) -> str:
    """What an act that led here achieved: the address names it, the text is ours."""
    text = DONE.get(request.query_params.get("done", ""))
    return translate(language, text) if text else ""


def _mistake_context(
    language: Language, mistake: Problem | None, fields: Mapping[str, Any] | None
) -> dict[str, Any]:
    values = {name: str(value) for name, value in (fields or {}).items() if isinstance(value, str)}
    if mistake is None:
        return {"mistake": "", "errors": {}, "values": values}
    text = translate_problem(language, mistake)
    field = _field_of(mistake.at, values)
    if field:
        told = translate(language, N_("Please check the marked field."))
        return {"mistake": told, "errors": {field: text}, "values": values}
    return {"mistake": text, "errors": {}, "values": values}


def _field_of(at: str | None, values: Mapping[str, str]) -> str:
    """The form's field for what a use-case names: `principal_fen` is asked for in yuan as `principal`."""
    wished = (at or "", (at or "").removesuffix("_fen"))
    return next((name for name in wished if name in values), "")
