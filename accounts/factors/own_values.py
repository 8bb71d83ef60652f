"""An accepted factor as a row of activities uses it: by its code, for its kind of source, in its days. Needs no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from carbon.errors import N_, Problem

_SEPARATORS = ";；,，、"


@dataclass(frozen=True)
class OwnValue:
    """One version of a factor under its code, and what became of it; `item` and `facility` empty mean any.

    `source` is empty for a factor of a public table, which any kind of source may use.
    """

    code: str
    version: int
    quantity: str
    value: str
    unit: str
    state: str
    source: str = ""
    item: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    facility: str = ""

    @property
    def written(self) -> str:
        """As a row would give it: 0.35 kgCO2/kWh."""
        return f"{self.value} {self.unit}".strip() if self.unit != "1" else self.value

    def holds(self, first: date, last: date) -> bool:
        """Whether it holds in the whole of a period."""
        return (self.starts_on is None or self.starts_on <= first) and (
            self.ends_on is None or last <= self.ends_on
        )


Known = Mapping[str, Sequence[OwnValue]]
"""Every version under its code."""

_NOT_ACCEPTED = {
    "proposed": N_("The factor {code} waits for its review; it counts once a second person has accepted its evidence."),
    "refused": N_("The factor {code} was refused. Propose it again with other evidence, or give no code."),
    "withdrawn": N_("The factor {code} was withdrawn. Propose it again, or give no code."),
    "lapsed": N_("Nobody reviewed the factor {code} in time. Propose it again, or give no code."),
    "archived": N_("The factor {code} was archived by its publisher. Choose the one that followed it."),
}  # fmt: skip


def by_code(values: Iterable[OwnValue]) -> dict[str, list[OwnValue]]:
    """Versions under their codes, which are compared without case."""
    found: dict[str, list[OwnValue]] = {}
    for value in values:
        found.setdefault(value.code.casefold(), []).append(value)
    return found


def codes_of(cell: str) -> list[str]:
    """The codes a cell names; several are parted by a semicolon, a comma or 、."""
    for separator in _SEPARATORS:
        cell = cell.replace(separator, ";")
    return list(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))


def usable(
    known: Known, code: str, *, source: str, item: str, facility: str | None, first: date, last: date
) -> list[OwnValue]:
    """The accepted values under a code for this activity; a factor of several gases has one for each.

    Raises:
        Problem: no such code, not accepted, of another source or item or facility, or not in its days.
    """
    versions = known.get(code.casefold(), ())
    if not versions:
        raise _problem(
            N_("{code} is not among your own accepted factors, nor in a public table taken over here."), code
        )
    accepted = [value for value in versions if value.state == "accepted"]
    if not accepted:
        raise _problem(_NOT_ACCEPTED[max(versions, key=lambda value: value.version).state], code)
    fitting = [value for value in accepted if value.source in {"", source} and value.item in {"", item}]
    if not fitting:
        raise _problem(N_("The factor {code} is for another kind of source or item than this row."), code)
    here = [value for value in fitting if value.facility in {"", facility or ""}]
    if not here:
        raise _problem(
            N_("The factor {code} was accepted for the facility {facility} only."),
            code,
            facility=fitting[0].facility,
        )
    holding = [value for value in here if value.holds(first, last)]
    if not holding:
        raise _problem(
            N_("The factor {code} holds from {start} to {end}, not in the whole period of this row."),
            code,
            start=str(here[-1].starts_on or "…"),
            end=str(here[-1].ends_on or "…"),
        )
    newest = max(value.version for value in holding)
    return [value for value in holding if value.version == newest]


def _problem(template: str, code: str, **values: str) -> Problem:
    return Problem(template, code=code[:60], at="factor_code", **values)
