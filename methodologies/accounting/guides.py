"""The sector guides as data: each composes sources, and says which of its figures are not confirmed here."""

from dataclasses import dataclass
from typing import Any

from carbon.errors import N_, Problem
from carbon.parameters import content_of
from carbon.text import Text
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.reported_factor import GASES
from methodologies.accounting.sources import Source


@dataclass(frozen=True)
class Missing:
    """A figure the guide prints and that could not be confirmed: the row gives it in `column` of `source`."""

    name: Text
    source: str
    column: str


@dataclass(frozen=True)
class SectorGuide:
    """One of the published guides: its notice, the standard that followed, its gases and its sources in report order."""

    id: str
    name: Text
    notice: str
    standard: str
    gases: tuple[str, ...]
    sources: tuple[Source, ...]
    missing: tuple[Missing, ...]

    @property
    def usable(self) -> bool:
        """Whether its published figures are all here; otherwise `missing` names those a row must give."""
        return not self.missing


class GuideFault(ValueError):  # noqa: N818 - as ParameterFault: what is wrong with the file, told to its author
    """A guide names a source or column there is not; the program does not start with it."""


def _guide(id_: str, entry: dict[str, Any]) -> SectorGuide:
    unknown = [name for name in entry["sources"] if name not in SOURCES]
    if unknown:
        raise GuideFault(f"guides.toml {id_}: no source {', '.join(unknown)}.")
    return SectorGuide(
        id=id_,
        name=Text.of(entry, f"guides.toml {id_}"),
        notice=entry["notice"],
        standard=entry.get("standard", ""),
        gases=tuple(entry["gases"]),
        sources=tuple(SOURCES[name] for name in entry["sources"]),
        missing=tuple(_missing(id_, entry["sources"], lack) for lack in entry.get("missing", ())),
    )


def _missing(id_: str, sources: list[str], entry: dict[str, Any]) -> Missing:
    source, column = entry["source"], entry.get("column", "")
    if source not in sources or (column and column not in {*SOURCES[source].options, *GASES}):
        raise GuideFault(f"guides.toml {id_}: {source} with column {column!r} is not part of it.")
    return Missing(Text.of(entry, f"guides.toml {id_}"), source, column)


SECTOR_GUIDES = {id_: _guide(id_, entry) for id_, entry in content_of(__package__, "guides.toml").items()}
"""By their number in the list of 24."""


def sector_guide(id_: str) -> SectorGuide:
    """A guide by its number.

    Raises:
        Problem: there is no such guide.
    """
    found = SECTOR_GUIDES.get(id_)
    if found:
        return found
    raise Problem(
        N_("There is no sector guide “{guide}”: choose one of {known}."),
        guide=id_,
        known=Text.listed(Text(f"{g.id} {g.name.zh}", f"{g.id} {g.name.en}") for g in SECTOR_GUIDES.values()),
    )
