"""Which number goes before which: measured, guide, province, region, nation, IPCC; and what a chosen one displaced.

A number given by the one who reports (measured in the facility, or told by the supplier) stands before every published
one. Of the published, a guide's own default stands first; where a document gives values by place, the nearest place
stands before the wider; an international default stands last. The order never depends on the order of files or rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from carbon.parameters import Chosen, DatedValue, Parameter
from carbon.rounding import plain
from carbon.text import Text
from methodologies.factors.records import digest_of, factor_id

_INTERNATIONAL = ("IPCC", "ASHRAE")
_EXACT = ("ratio of", "by definition", "what stands where the row gives none")


class Level(IntEnum):
    """Smaller goes before larger."""

    MEASURED = 1
    GUIDE = 2
    PROVINCE = 3
    REGION = 4
    NATION = 5
    IPCC = 6

    @property
    def id(self) -> str:
        """As stored: `province`."""
        return self.name.lower()

    @property
    def label(self) -> Text:
        """For a reader."""
        return _LABELS[self]


_LABELS = {
    Level.MEASURED: Text("企业实测或供应方提供", "measured in the facility or given by the supplier"),
    Level.GUIDE: Text("核算指南缺省值", "the guide's default"),
    Level.PROVINCE: Text("省级数值", "the province's value"),
    Level.REGION: Text("区域数值", "the region's value"),
    Level.NATION: Text("全国数值", "the nation's value"),
    Level.IPCC: Text("IPCC 等国际缺省值", "an international default such as the IPCC's"),
}

LADDER = tuple(Level)
"""From the one that goes first to the one that goes last."""


def level_of(dated: DatedValue | None, parameter: Parameter | None = None) -> Level:
    """The step of the ladder a value stands on; `parameter` knows how its places lie in one another."""
    if dated is None:
        return Level.MEASURED
    if dated.region:
        return _of_place(dated.region, parameter)
    if any(word in dated.source.document.en for word in _INTERNATIONAL):
        return Level.IPCC
    return Level.GUIDE


def _of_place(region: str, parameter: Parameter | None) -> Level:
    if region.count("-") == 0:
        return Level.NATION
    regions = parameter.regions.by_code if parameter else {}
    inner = any(place.within == region for place in regions.values())
    return Level.REGION if inner else Level.PROVINCE


def is_exact(dated: DatedValue | None) -> bool:
    """A ratio of masses or a definition: nothing could go before it, so nothing is said of its level."""
    return dated is not None and dated.source.document.en.casefold().startswith(_EXACT)


@dataclass(frozen=True)
class Candidate:
    """A value that could have stood there: the winner, or one it displaced."""

    level: Level
    factor: str
    version: str
    value: str
    unit: str
    place: Text | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "level": self.level.id,
            "factor": self.factor,
            "version": self.version,
            "value": self.value,
            "unit": self.unit,
        }

    @classmethod
    def of(cls, chosen: Chosen, level: Level, *, factor: str = "", version: str = "") -> "Candidate":
        """As it stands in a result; a reported value is named by `factor` where it is an accepted one."""
        dated = chosen.dated
        return cls(
            level=level,
            factor=factor_id(dated) if dated else factor or "row",
            version=digest_of(chosen.unit, dated) if dated else version,
            value=plain(chosen.value),
            unit=chosen.unit,
            place=chosen.place,
        )


@dataclass(frozen=True)
class Standing:
    """For one number of a calculation: what won, and what it displaced, the nearest first."""

    parameter: str
    winner: Candidate
    displaced: tuple[Candidate, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "parameter": self.parameter,
            **self.winner.as_dict(),
            "displaced": [candidate.as_dict() for candidate in self.displaced],
        }

    @property
    def note(self) -> Text:
        """The standing as a remark beside the number."""
        label = self.winner.level.label
        if not self.displaced:
            return Text(f"取值级别：{label.zh}", f"level: {label.en}")
        zh = "；".join(f"{one.level.label.zh} {_shown(one)}" for one in self.displaced)
        en = "; ".join(f"{one.level.label.en}, {_shown(one)}" for one in self.displaced)
        return Text(f"取值级别：{label.zh}，优先于{zh}", f"level: {label.en}; it goes before {en}")


def _shown(candidate: Candidate) -> str:
    return candidate.value if candidate.unit == "1" else f"{candidate.value} {candidate.unit}"


def first(candidates: Sequence[Candidate]) -> tuple[Candidate, tuple[Candidate, ...]]:
    """The winner, and the others in the order of the ladder.

    Raises:
        IndexError: there are none.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.level)
    return ordered[0], tuple(ordered[1:])


def wider(chosen: Chosen, parameter: Parameter | None, day: date) -> list[Candidate]:
    """The values of the wider places that a nearer one stands before, on that day."""
    dated = chosen.dated
    if dated is None or dated.region is None or parameter is None:
        return []
    found = []
    for place in parameter.regions.chain(dated.region)[1:]:
        holding = [value for value in parameter.values if value.region == place and value.starts_on <= day]
        latest = max(holding, key=lambda value: value.starts_on, default=None)
        if latest and (latest.ends_on is None or day <= latest.ends_on):
            other = Chosen(
                parameter.id, latest.value, parameter.unit, latest, place=parameter.regions.name(place)
            )
            found.append(Candidate.of(other, level_of(latest, parameter)))
    return found


def standing(
    name: str,
    used: Chosen,
    unmeasured: Sequence[Chosen],
    parameters: Mapping[str, Parameter],
    day: date,
    own: tuple[str, str] = ("", ""),
) -> Standing:
    """How the number `name` came to be `used`.

    `unmeasured` is what would stand there had the row given nothing; `own` is code and version of the enterprise's own
    accepted factor, where the number is one.
    """
    candidates = [_candidate(used, parameters, own)]
    candidates += wider(used, _parameter_of(used, parameters), day)
    if used.dated is None:
        for chosen in unmeasured:
            candidates.append(_candidate(chosen, parameters))
            candidates += wider(chosen, _parameter_of(chosen, parameters), day)
    winner, displaced = first(candidates)
    return Standing(name, winner, displaced)


def _candidate(
    chosen: Chosen, parameters: Mapping[str, Parameter], own: tuple[str, str] = ("", "")
) -> Candidate:
    level = level_of(chosen.dated, _parameter_of(chosen, parameters))
    return Candidate.of(chosen, level, factor=own[0], version=own[1])


def _parameter_of(chosen: Chosen, parameters: Mapping[str, Parameter]) -> Parameter | None:
    return parameters.get(chosen.dated.origin) if chosen.dated else None
