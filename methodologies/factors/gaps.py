"""Figures that are printed somewhere and only recalled here: named, never used, with the column that takes one's own."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from carbon.parameters import content_of
from carbon.text import Text
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.guides import SECTOR_GUIDES


@dataclass(frozen=True)
class Gap:
    """A figure that is not here; `guide` is the sector guide that prints it, empty for another document."""

    id: str
    name: Text
    document: Text
    source: str
    column: str
    guide: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.id,
            "name": self.name.as_dict(),
            "document": self.document.as_dict(),
            "source": self.source,
            "source_name": SOURCES[self.source].name.as_dict(),
            "column": self.column or None,
            "guide": self.guide or None,
        }


@cache
def gaps() -> tuple[Gap, ...]:
    """Every gap: those of documents, then those of the sector guides in their order."""
    entries = content_of("methodologies.factors", "gaps.toml")
    found = [
        Gap(id_, Text.of(entry, id_), Text.of(entry["document"], id_), entry["source"], entry["column"])
        for id_, entry in entries.items()
    ]
    for guide in SECTOR_GUIDES.values():
        printed = Text(
            f"{guide.name.zh}核算指南（{guide.notice}）", f"guide for {guide.name.en} ({guide.notice})"
        )
        found += [
            Gap(f"guide_{guide.id}_{place}", lack.name, printed, lack.source, lack.column, guide.id)
            for place, lack in enumerate(guide.missing, start=1)
        ]
    return tuple(found)
