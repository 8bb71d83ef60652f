"""Sums of emissions by anything they can be told apart by; whole milligrams, so order never matters."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

DIMENSIONS = ("gas", "scope", "source", "facility", "month")


@dataclass(frozen=True)
class Entry:
    """A mass of one gas, whole milligrams, and what it can be summed by."""

    gas: str
    mg: int
    scope: int
    source: str
    facility: str = ""
    month: date | None = None


@dataclass
class Inventory:
    """Masses by all dimensions at once; adding is all it does, so parts can be added in any order."""

    masses: dict[tuple[object, ...], int] = field(default_factory=lambda: defaultdict(int))

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Inventory":
        """The inventory of some entries."""
        inventory = cls()
        for entry in entries:
            inventory.add(entry)
        return inventory

    def add(self, entry: Entry) -> None:
        """Count one more mass."""
        self.masses[tuple(getattr(entry, name) for name in DIMENSIONS)] += entry.mg

    def __add__(self, other: "Inventory") -> "Inventory":
        total = Inventory(defaultdict(int, self.masses))
        for place, mg in other.masses.items():
            total.masses[place] += mg
        return total

    def by(self, *names: str) -> dict[tuple[object, ...], int]:
        """Milligrams summed by some of gas, scope, source, facility and month; all of it under `()` with none.

        Sums over gases without `gas` add masses of different gases: ask `gases_by` and weigh them instead.

        Raises:
            ValueError: a name that is no dimension.
        """
        unknown = set(names) - set(DIMENSIONS)
        if unknown:
            raise ValueError(f"No dimension {', '.join(sorted(unknown))}: one of {', '.join(DIMENSIONS)}.")
        places = [DIMENSIONS.index(name) for name in names]
        sums: dict[tuple[object, ...], int] = defaultdict(int)
        for place, mg in self.masses.items():
            sums[tuple(place[i] for i in places)] += mg
        return dict(sums)

    def gases_by(self, *names: str) -> Iterator[tuple[tuple[object, ...], Mapping[str, int]]]:
        """For each group, the mass of each gas: what a warming-potential set is applied to.

        Raises:
            ValueError: as `by`.
        """
        groups: dict[tuple[object, ...], dict[str, int]] = defaultdict(dict)
        for (gas, *group), mg in self.by("gas", *names).items():
            groups[tuple(group)][str(gas)] = mg
        yield from groups.items()
