"""Where a value holds when it does not hold here: province, then grid region, then nation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from carbon.text import Text


@dataclass(frozen=True)
class Region:
    """A place with a code (`CN-CQ`), its names, other ways to write it, and the wider place it belongs to."""

    code: str
    name: Text
    within: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Regions:
    """The places a set of parameters knows."""

    by_code: Mapping[str, Region] = field(default_factory=dict)

    def chain(self, code: str) -> tuple[str, ...]:
        """The place itself, then every wider one: `("CN-CQ", "CN-SW", "CN")`; an unknown place stands alone."""
        chain: list[str] = []
        here: str | None = code
        while here and here not in chain:
            chain.append(here)
            region = self.by_code.get(here)
            here = region.within if region else None
        return tuple(chain)

    def name(self, code: str) -> Text:
        """The names of a place, or its code if it is not known."""
        region = self.by_code.get(code)
        return region.name if region else Text(code, code)

    def from_text(self, text: str) -> str | None:
        """The code of a place written as code, Chinese or English name, or alias; None if unknown."""
        wanted = text.strip().casefold()
        for region in self.by_code.values():
            names = (region.code, region.name.zh, region.name.en, *region.aliases)
            if any(wanted == name.casefold() for name in names):
                return region.code
        return None
