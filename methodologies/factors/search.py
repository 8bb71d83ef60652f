"""Finding factors by the words people use: Chinese or English, with or without spaces, close enough, in any order.

Every word must be met, each by the record's own names, their other spellings, or a word of the same meaning. A place
finds its own value first, then those of the wider places; a year finds what held in it. Where nothing meets every
word, records that meet most of them are given.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from carbon.confidence import Confidence
from carbon.errors import N_, Problem
from carbon.gases import gases
from carbon.parameters import content_of
from methodologies.accounting.catalogue import SOURCES
from methodologies.factors.library import factors
from methodologies.factors.places import FARMING_REGIONS, REGIONS
from methodologies.factors.records import Factor, Version

_YEAR = re.compile(r"(?:19|20)\d\d")
_SPLIT = re.compile(r"[\s,，、;；:：/|()（）【】\[\]“”\"']+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SYNONYMS: Mapping[str, Sequence[str]] = content_of("methodologies.factors", "library.toml")["synonyms"]
_ANY_FACTOR = frozenset(_SYNONYMS["factor"])
LONGEST_QUERY = 200
_NEAR_THE_BEST = 0.4
"""A record that answers less than this part as well as the best is left out."""


@dataclass(frozen=True)
class Hit:
    """A factor that answers the question, with the version that does; a larger score answers better."""

    factor: Factor
    version: Version
    score: float


@dataclass(frozen=True)
class Wish:
    """What a search is narrowed to; empty fields do not narrow. `day` is one on which the value must hold."""

    source: str = ""
    gas: str = ""
    region: str = ""
    guide: str = ""
    life_cycle: str = ""
    level: str = ""
    unit: str = ""
    document: str = ""
    confidence: str = ""
    day: date | None = None

    def check(self) -> None:
        """Refuse a confidence there is not.

        Raises:
            Problem: names those there are.
        """
        if self.confidence and self.confidence not in {one.id for one in Confidence}:
            known = ", ".join(one.id for one in Confidence if one is not Confidence.MEMORY)
            raise Problem(
                N_("There is no confidence “{value}”: choose one of {known}."),
                value=self.confidence[:40],
                known=known,
                at="confidence",
            )

    def fits(self, factor: Factor) -> bool:
        """Whether a factor is among those wished for, whichever day."""
        document = self.document.casefold()
        said = [version.dated.source.document for version in factor.versions]
        return (
            (not self.source or self.source in factor.sources)
            and (not self.gas or self.gas in factor.gases)
            and (not self.region or factor.region == self.region)
            and (not self.guide or factor.guide == self.guide)
            and (not self.life_cycle or factor.life_cycle == self.life_cycle)
            and (not self.level or factor.level == self.level)
            and (not self.unit or _folded(factor.unit) == _folded(self.unit))
            and (not document or any(document in f"{text.zh} {text.en}".casefold() for text in said))
            and (not self.confidence or _sure(factor) >= Confidence.of(self.confidence))
        )


def search(query: str = "", wish: Wish | None = None, *, limit: int = 50, start: int = 0) -> list[Hit]:
    """The factors that answer a query best, best first; an empty one lists them all.

    Raises:
        Problem: a query of more than 200 characters, or a wish for a confidence there is not.
    """
    return found(query, wish)[start : start + limit]


def found(query: str = "", wish: Wish | None = None) -> list[Hit]:
    """As `search`, every one of them.

    Raises:
        Problem: as `search`.
    """
    wish = wish or Wish()
    wish.check()
    if len(query) > LONGEST_QUERY:
        raise Problem(
            N_("The search has more than {most} characters: use a few words."), most=LONGEST_QUERY, at="q"
        )
    asked = _asked(query)
    days = [wish.day] if wish.day else []
    hits = [
        hit
        for factor in factors().values()
        if wish.fits(factor) and (hit := _hit(factor, asked, days, len(asked.words)))
    ]
    if not hits and asked.words:
        least = max(1, len(asked.words) - 1)
        hits = [
            hit
            for factor in factors().values()
            if wish.fits(factor) and (hit := _hit(factor, asked, days, least))
        ]
    ordered = sorted(hits, key=lambda hit: (-hit.score, hit.factor.id))
    enough = _NEAR_THE_BEST * ordered[0].score if ordered else 0.0
    return [hit for hit in ordered if hit.score >= enough]


@dataclass(frozen=True)
class _Asked:
    """A query taken apart: words with their synonyms, places by code, years."""

    words: tuple[frozenset[str], ...]
    places: tuple[str, ...]
    years: tuple[int, ...]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _asked(query: str) -> _Asked:
    words, places, years = [], [], []
    for token in filter(None, _SPLIT.split(_folded(query))):
        if _YEAR.fullmatch(token.rstrip("年")):
            years.append(int(token.rstrip("年")))
            continue
        for piece in _pieces(token):
            region = REGIONS.from_text(piece)
            if _YEAR.fullmatch(piece):
                years.append(int(piece))
            elif region and piece not in {"全国", "中国", "china"}:
                places.append(region)
            elif piece not in _ANY_FACTOR:
                words.append(_alike(piece))
    return _Asked(tuple(words), tuple(places), tuple(years))


def _pieces(token: str) -> list[str]:
    """A run of Chinese without spaces, cut where known words begin and end."""
    if not _HAN.search(token) or token in _vocabulary():
        return [token]
    pieces, rest, unknown = [], token, ""
    while rest:
        known = next((rest[:n] for n in range(min(len(rest), 16), 0, -1) if _is_word(rest[:n])), "")
        if known:
            pieces += [unknown] if len(unknown) > 1 else []
            unknown = ""
            pieces.append(known)
            rest = rest[len(known) :]
        else:
            unknown += rest[0]
            rest = rest[1:]
    pieces += [unknown] if len(unknown) > 1 else []
    return pieces or [token]


def _is_word(text: str) -> bool:
    if _YEAR.fullmatch(text):
        return True
    return (len(text) > 1 or text in {"电", "煤"}) and (
        text in _vocabulary() or REGIONS.from_text(text) is not None
    )


def _alike(piece: str) -> frozenset[str]:
    """The word with those of the same meaning; one nobody knows stands for the nearest known."""
    same = {piece}
    for words in _SYNONYMS.values():
        if piece in words:
            same.update(words)
    known = any(piece in word for word in _vocabulary())
    if not known and len(same) == 1 and len(piece) > 2:
        same.update(difflib.get_close_matches(piece, _vocabulary(), n=3, cutoff=0.72))
    return frozenset(same)


@cache
def _vocabulary() -> dict[str, None]:
    words = {word: None for factor in factors().values() for word in _phrases(factor.id)}
    words |= {word: None for group in _SYNONYMS.values() for word in group}
    return words


@cache
def _phrases(id_: str) -> tuple[str, ...]:
    """Every way the record is called, folded."""
    factor = factors()[id_]
    texts = [text for text in (factor.item, factor.quantity, factor.place) if text]
    named = [name for text in texts for name in (text.zh, text.en)]
    of_gas = [
        name
        for gas in factor.gases
        if gas in gases()
        for name in (gas, gases()[gas].name.zh, gases()[gas].name.en)
    ]
    sources = [name for id_ in factor.sources for name in (SOURCES[id_].name.zh, SOURCES[id_].name.en, id_)]
    return tuple(
        dict.fromkeys(
            _folded(text)
            for text in (*named, *factor.words, *of_gas, *sources, factor.guide, factor.id)
            if text
        )
    )


@cache
def _documents(id_: str) -> str:
    said = [version.dated.source for version in factors()[id_].versions]
    return _folded(" ".join(f"{one.document.zh} {one.document.en} {one.clause or ''}" for one in said))


def _hit(factor: Factor, asked: _Asked, days: Iterable[date], least: int) -> Hit | None:
    version = _version(factor, asked.years, days)
    if version is None:
        return None
    place = _place_score(factor, asked.places)
    if place is None:
        return None
    scores = [_word_score(factor, words) for words in asked.words]
    met = [score for score in scores if score]
    if len(met) < least:
        return None
    vintage = 2.0 if asked.years and version.dated.vintage in asked.years else 0.0
    return Hit(factor, version, sum(met) + place + vintage)


def _version(factor: Factor, years: Sequence[int], days: Iterable[date]) -> Version | None:
    """The version that holds on the wished day, or at the end of the year asked for; else the latest."""
    wished = [*days, *(date(year, 12, 31) for year in years)]
    if not wished:
        return factor.latest
    return next((version for day in wished if (version := factor.at(day))), None)


def _place_score(factor: Factor, places: Sequence[str]) -> float | None:
    """How near the record's place is to one asked for; None when it lies elsewhere."""
    if not places or not factor.region:
        return 0.0
    best = None
    for place in places:
        chain = REGIONS.chain(place)
        if factor.region not in chain:
            chain = FARMING_REGIONS.chain(place)
            same_name = FARMING_REGIONS.name(factor.region).zh.startswith(REGIONS.name(place).zh)
            chain = (factor.region,) if same_name and factor.region in FARMING_REGIONS.by_code else chain
        if factor.region in chain:
            near = 6.0 - 2 * chain.index(factor.region)
            best = near if best is None else max(best, near)
    return best


def _word_score(factor: Factor, words: frozenset[str]) -> float:
    return max((_one_score(factor.id, word) for word in words), default=0.0)


@cache
def _one_score(id_: str, word: str) -> float:
    phrases = _phrases(id_)
    if word in phrases:
        return 6.0
    if len(word) > 1 and any(phrase.startswith(word) for phrase in phrases):
        return 4.0
    if len(word) > 1 and any(_holds(phrase, word) for phrase in phrases):
        return 3.0
    return 1.0 if len(word) > 2 and word in _documents(id_) else 0.0


def _holds(phrase: str, word: str) -> bool:
    """A short Latin word must stand alone: “ef” is not in “benefit”."""
    if len(word) < 4 and word.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", phrase) is not None
    return word in phrase


def _sure(factor: Factor) -> Confidence:
    return Confidence.weakest(version.dated.source.confidence for version in factor.versions)
