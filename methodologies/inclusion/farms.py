"""Patterns of farms of accounts: many people behind one device, many links that move as one.

A finding holds nothing against anyone by itself: it sets events aside for a person to look at, who may put them back.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from methodologies.inclusion.acts import Programme
from methodologies.inclusion.judging import Whole


@dataclass(frozen=True)
class Suspicion:
    """Rows that look like one farm, and by which sign: `device` or `same-moment`."""

    sign: str
    rows: npt.NDArray[np.intp]
    people: int


def suspicions(
    person: Whole, device: Whole, source: Whole, start: Whole, quantity: Whole, programme: Programme
) -> list[Suspicion]:
    """Suspect groups among the events of one day; `device` is 0 where the partner tells none."""
    found = _crowded("device", (device,), person, device != 0, programme.device_people_per_day)
    every = np.ones(len(person), dtype=bool)
    found += _crowded("same-moment", (source, start, quantity), person, every, programme.same_minute_people)
    return found


def _crowded(
    sign: str, keys: tuple[Whole, ...], person: Whole, among: npt.NDArray[np.bool_], most: int
) -> list[Suspicion]:
    """Groups of rows equal in `keys` that hold more than `most` different people."""
    rows = np.flatnonzero(among)
    if not len(rows):
        return []
    columns = [key[rows] for key in keys]
    order = np.lexsort((person[rows], *columns))
    rows = rows[order]
    new_group = np.zeros(len(rows), dtype=bool)
    new_group[0] = True
    for column in columns:
        ordered = column[order]
        new_group[1:] |= ordered[1:] != ordered[:-1]
    people = person[rows]
    new_person = new_group.copy()
    new_person[1:] |= people[1:] != people[:-1]
    starts = np.flatnonzero(new_group)
    counts = np.add.reduceat(new_person.astype(np.int64), starts)
    ends = np.append(starts[1:], len(rows))
    return [
        Suspicion(sign, np.sort(rows[starts[group] : ends[group]]), int(counts[group]))
        for group in np.flatnonzero(counts > most).tolist()
    ]
