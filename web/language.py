"""Chinese and English: which one a request wants, and its texts from the catalogues in `web/locale`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

from babel.messages.pofile import read_po
from litestar.connection import ASGIConnection

from carbon.errors import Finding, Problem
from carbon.text import Text

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
LANGUAGE_COOKIE = "language"
LANGUAGE_COOKIE_AGE_S = 365 * 24 * 3600


def asked_language(connection: ASGIConnection[Any, Any, Any, Any]) -> Language | None:
    """The language named by `?lang=`, which the answer then keeps in a cookie."""
    return _known(connection.query_params.get("lang"))


def language_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Language:
    """`?lang=`, else the cookie, else Accept-Language, else Chinese."""
    return (
        asked_language(connection)
        or _known(connection.cookies.get(LANGUAGE_COOKIE))
        or _preferred(connection.headers.get("accept-language", ""))
    )


def _known(text: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == text), None)


def _preferred(header: str) -> Language:
    """The first language of the header that we speak; the weight `q` orders them."""
    wishes = []
    for place, part in enumerate(header.split(",")[:20]):
        tag, _, parameters = part.partition(";")
        language = _known(tag.strip()[:2].lower())
        if language is not None:
            wishes.append((-_weight(parameters), place, language))
    return min(wishes)[2] if wishes else "zh"


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    try:
        return min(1.0, max(0.0, float(value))) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def translate(language: str, template: str, /, **values: Any) -> str:
    """The template in the language, filled; a text without translation stays English."""
    text = catalogue(language).get(template) or template
    return (
        text.format(**{name: _worded(language, value) for name, value in values.items()}) if values else text
    )


def translate_problem(language: str, problem: Problem | Finding) -> str:
    """What went wrong, in the reader's language."""
    text = catalogue(language).get(problem.template) or problem.template
    return text.format(**{name: _worded(language, value) for name, value in problem.values.items()})


def _worded(language: str, value: Any) -> Any:
    """Values may be problems, lists of words, or things named in both languages."""
    if isinstance(value, Problem | Finding):
        return translate_problem(language, value)
    if isinstance(value, Text):
        return value.in_language(language)
    if isinstance(value, Mapping) and language in value:
        return value[language]
    if isinstance(value, list | tuple | set | frozenset):
        return ("、" if language == "zh" else ", ").join(str(_worded(language, part)) for part in value)
    return value


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every translated text of the language, read from its `.po` files: no compiled copy can be stale."""
    folder = files("web") / "locale" / language / "LC_MESSAGES"
    texts: dict[str, str] = {}
    if folder.is_dir():
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".po"):
                texts |= _texts_of(file)
    return texts


def _texts_of(file: Traversable) -> dict[str, str]:
    with file.open("rb") as stream:
        messages = read_po(stream)
    return {
        message.id: message.string
        for message in messages
        if isinstance(message.id, str)
        and message.id
        and isinstance(message.string, str)
        and message.string
        and not message.fuzzy
    }
