"""Every kind of source there is, and how people's words lead to it.

A rule joins by being there: every module of this package that has a `SOURCE` is listed.
"""

import difflib
import importlib
import pkgutil
import re
import unicodedata
from functools import cache

import methodologies.accounting as rules_of_accounting
from methodologies.accounting.sources import Source

_MODULES = sorted(module.name for module in pkgutil.iter_modules(rules_of_accounting.__path__))
_FOUND = [
    importlib.import_module(f"{rules_of_accounting.__name__}.{name}")
    for name in _MODULES
    if name not in {"calculation", "catalogue", "guides", "spreads"}
]

SOURCES: dict[str, Source] = {
    module.SOURCE.id: module.SOURCE for module in _FOUND if hasattr(module, "SOURCE")
}
"""By id."""


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(plain.split()).replace("-", "").replace("_", "")


@cache
def _source_words() -> dict[str, str]:
    words: dict[str, str] = {}
    for source in SOURCES.values():
        for word in (source.id, source.name.zh, source.name.en, *source.aliases):
            words.setdefault(_folded(word), source.id)
    return words


@cache
def _item_words(source: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for item in SOURCES[source].items.values():
        for word in (item.id, item.name.zh, item.name.en, *item.aliases):
            words.setdefault(_folded(word), item.id)
    return words


def source_from_text(text: str) -> str | None:
    """The id of the source a Chinese or English name, alias or id means; None if unknown."""
    words, wanted = _source_words(), _folded(text)
    return words.get(wanted) or words.get(f"{wanted}s") or words.get(wanted.removesuffix("s"))


_CATEGORY = re.compile(r"(?:scope3|范围[三3])?(?:category|cat\.?|类别)(\d{1,2})(?!\d)")


def category_from_text(text: str) -> str | None:
    """The category of the value chain that a text names in place of a source: 商务旅行, Category 6: business travel."""
    found = _item_words("value_chain").get(_folded(text))
    numbered = _CATEGORY.match(_folded(text))
    return found or (_item_words("value_chain").get(f"category{int(numbered[1])}") if numbered else None)


def item_from_text(source: str, text: str) -> str | None:
    """The id of the item of a source; for a source with free items the text itself; None if unknown."""
    if SOURCES[source].free_items:
        return text.strip() or None
    words, wanted = _item_words(source), _folded(text)
    return words.get(wanted) or words.get(f"{wanted}s") or words.get(wanted.removesuffix("s"))


def method_from_text(source: str, text: str) -> str | None:
    """The id of a method of a source (location or market); None if unknown."""
    for id_, name in SOURCES[source].methods.items():
        if _folded(text) in {_folded(id_), _folded(name.zh), _folded(name.en)}:
            return id_
    return None


def guide_from_text(source: str, text: str) -> str | None:
    """The id of a guide of a source; None if unknown."""
    for id_, name in SOURCES[source].guides.items():
        if _folded(text) in {_folded(id_), _folded(name.zh), _folded(name.en)}:
            return id_
    return None


def option_from_text(source: str, text: str) -> str | None:
    """The id of an override a source accepts, from a column header; None if unknown."""
    for id_, option in SOURCES[source].options.items():
        if _folded(text) in {
            _folded(word) for word in (id_, option.name.zh, option.name.en, *option.aliases)
        }:
            return id_
    return None


def suggestions(text: str, source: str | None = None) -> list[str]:
    """Up to three known sources (or items of `source`) written most like `text`, as 柴油 (diesel)."""
    words = _item_words(source) if source else _source_words()
    near = difflib.get_close_matches(_folded(text), words, n=8, cutoff=0.5)
    near += [word for word in words if len(_folded(text)) > 1 and _folded(text) in word]
    ids = list(dict.fromkeys(words[word] for word in near))[:3]
    named = SOURCES[source].items if source else SOURCES
    return [f"{named[id_].name.zh} ({named[id_].name.en})" for id_ in ids]
