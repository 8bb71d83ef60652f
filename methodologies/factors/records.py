"""One entry of the factor library: a quantity in one place, with every version of its value."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from carbon.parameters import DatedValue
from carbon.rounding import plain
from carbon.text import Text


@dataclass(frozen=True)
class Version:
    """A value with the days it holds; `digest` tells it from every other value the factor ever had."""

    dated: DatedValue
    held_until: date | None
    digest: str

    @property
    def value(self) -> Fraction:
        """In the factor's unit."""
        return self.dated.value

    def holds(self, day: date) -> bool:
        """Whether it is the value of that day."""
        return self.dated.starts_on <= day and (self.held_until is None or day <= self.held_until)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        dated, source = self.dated, self.dated.source
        return {
            "value": plain(dated.value),
            "from": dated.starts_on.isoformat(),
            "until": self.held_until.isoformat() if self.held_until else None,
            "vintage": dated.vintage,
            "low": plain(dated.low) if dated.low is not None else None,
            "high": plain(dated.high) if dated.high is not None else None,
            "document": source.document.as_dict(),
            "clause": source.clause,
            "url": source.url,
            "published": source.published_on.isoformat() if source.published_on else None,
            "confidence": source.confidence.id,
            "note": dated.note.as_dict() if dated.note else None,
            "version": self.digest,
        }


@dataclass(frozen=True)
class Factor:
    """A quantity of the library.

    `item` is what it is about (a fuel, a technology, an animal), `quantity` what is measured of it. `sources` are the
    kinds of source whose rules read it; `guide` the fuel table it belongs to and stays in; `life_cycle` one of
    `LIFE_CYCLE`; `gwp_basis` the report a CO2-equivalent figure was weighed by, empty for a figure by gas.
    """

    id: str
    quantity: Text
    item: Text | None
    unit: str
    level: str
    life_cycle: str
    versions: tuple[Version, ...]
    region: str = ""
    place: Text | None = None
    gases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    guide: str = ""
    gwp_basis: str = ""
    words: tuple[str, ...] = ()

    @property
    def name(self) -> Text:
        """What it is called: 重庆 电力平均二氧化碳排放因子."""
        parts = [part for part in (self.place, self.item, self.quantity) if part]
        zh = "".join(f"{part.zh} " if part is self.place else f"{part.zh}·" for part in parts)
        return Text(zh.rstrip("·"), ", ".join(part.en for part in parts))

    @property
    def latest(self) -> Version:
        """The version that began last."""
        return max(self.versions, key=lambda version: version.dated.starts_on)

    def at(self, day: date) -> Version | None:
        """The version that holds on a day."""
        return next((version for version in self.versions if version.holds(day)), None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, with every version, newest first."""
        newest_first = sorted(self.versions, key=lambda version: version.dated.starts_on, reverse=True)
        return {
            "id": self.id,
            "name": self.name.as_dict(),
            "quantity": self.quantity.as_dict(),
            "item": self.item.as_dict() if self.item else None,
            "unit": self.unit,
            "level": self.level,
            "life_cycle": self.life_cycle,
            "region": self.region or None,
            "place": self.place.as_dict() if self.place else None,
            "gases": list(self.gases),
            "sources": list(self.sources),
            "guide": self.guide or None,
            "gwp_basis": self.gwp_basis or None,
            "versions": [version.as_dict() for version in newest_first],
        }


@lru_cache(16_384)
def digest_of(unit: str, dated: DatedValue) -> str:
    """Twelve hexadecimal digits that change with the value, its unit, its days or its document."""
    told: Mapping[str, Any] = {
        "value": str(dated.value),
        "unit": unit,
        "from": dated.starts_on.isoformat(),
        "until": dated.ends_on.isoformat() if dated.ends_on else None,
        "region": dated.region,
        "document": dated.source.document.en,
        "clause": dated.source.clause,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


def factor_id(dated: DatedValue) -> str:
    """The id of the factor a value belongs to: its origin, with the place where it holds."""
    return f"{dated.origin}@{dated.region}" if dated.region else dated.origin
