"""The acts and the programme as data: acts.toml, or a file of the same form to try rules on old events."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from importlib import resources
from typing import Any

from carbon.confidence import Confidence
from carbon.errors import N_, Problem
from carbon.parameters import Chosen, DatedValue, Source, load
from carbon.regions import Regions
from carbon.text import Text
from methodologies.factors.places import REGIONS

STEPS = 1000
"""Steps of one unit of quantity."""
HUNDREDTHS = 100
"""Points are counted in hundredths."""
MG_PER_G = 1000
PROVED, SELF_DECLARED = 2, 1
GRADES = {"proved": PROVED, "self-declared": SELF_DECLARED}
FORMULAS = ("linear", "saving")


class RulesFault(ValueError):  # noqa: N818 - what is wrong with the file, told to its author
    """A file of acts that may not be used."""


@dataclass(frozen=True)
class Document:
    """Where a figure is printed."""

    id: str
    name: Text
    url: str


@dataclass(frozen=True)
class ActRule:
    """What holds for an act from a day on. `grams` per unit is None while the act is off; limits None where none is set.

    Quantities are in the act's unit; `house` names the fields no document sets.
    """

    starts_on: date
    grams: Fraction | None
    grid: str | None
    document: Document | None
    confidence: Confidence | None
    points: Fraction | None
    self_declared_share: Fraction | None
    proved_only: bool
    least: Fraction | None
    most: Fraction | None
    most_saving: Fraction | None
    most_per_day: Fraction | None
    most_events_per_day: int | None
    most_grams_per_month: Fraction | None
    fastest_per_hour: Fraction | None
    cooling_minutes: int
    transfer_minutes: int
    proved_blocks: str
    house: tuple[str, ...]
    note: Text | None

    @property
    def on(self) -> bool:
        """Whether the act is credited."""
        return self.grams is not None or self.grid is not None


@dataclass(frozen=True)
class Candidate:
    """A published figure that is not used, and why."""

    grams: Fraction
    document: Document
    confidence: Confidence
    why: Text


@dataclass(frozen=True)
class Act:
    """A kind of act; `travel` has a way and a time, in which its person does nothing else that travels."""

    id: str
    number: int
    name: Text
    unit: str
    unit_name: Text
    spellings: Mapping[str, int]
    """How the unit may be written, in thousandths of it."""
    travel: bool
    formula: str
    baseline: Text
    rules: tuple[ActRule, ...]
    candidates: tuple[Candidate, ...]

    def at(self, day: date) -> ActRule | None:
        """The rule that holds on the day."""
        return max(
            (rule for rule in self.rules if rule.starts_on <= day),
            key=lambda rule: rule.starts_on,
            default=None,
        )

    def grams_at(self, day: date) -> Chosen | None:
        """Grams per unit on the day, with its source; None when the act is off."""
        rule = self.at(day)
        if rule is None or not rule.on:
            return None
        if rule.grid:
            factor = _grid().at(day, rule.grid)
            return Chosen(
                id=f"{self.id}.grams",
                value=factor.into("kgCO2/kWh") * 1000,
                unit="gCO2/kWh",
                dated=factor.dated,
                asked_region=factor.asked_region,
                place=factor.place,
                reason=factor.reason,
            )
        assert rule.grams is not None and rule.document is not None and rule.confidence is not None  # noqa: S101, PT018
        source = Source(rule.document.name, None, rule.document.url or None, rule.confidence)
        dated = DatedValue(rule.grams, rule.starts_on, None, None, source, note=rule.note)
        return Chosen(id=f"{self.id}.grams", value=rule.grams, unit=f"gCO2/{self.unit}", dated=dated)


@dataclass(frozen=True)
class Programme:
    """What holds for all acts together from a day on; points in whole points."""

    starts_on: date
    grams_per_point: int
    points_per_day: int
    points_per_month: int
    lot_months: int
    announce_days: int
    late_days: int
    future_minutes: int
    skew_minutes: int
    overlap_seconds: int
    declared_minutes: int
    most_events_per_day: int
    device_people_per_day: int
    same_minute_people: int
    ranking_least: int
    pool_share_percent: int
    sample_share_percent: int
    sample_least: int
    guardian_below_years: int
    house: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """Every act and the programme; `digest` names this very content."""

    id: str
    version: str
    acts: Mapping[str, Act]
    programmes: tuple[Programme, ...]
    documents: Mapping[str, Document]
    digest: str

    @cached_property
    def by_number(self) -> Mapping[int, Act]:
        """Acts by the number events carry."""
        return {act.number: act for act in self.acts.values()}

    def programme_at(self, day: date) -> Programme:
        """The programme on a day; days before it began count by its first form."""
        return max(
            (one for one in self.programmes if one.starts_on <= day),
            key=lambda one: one.starts_on,
            default=self.programmes[0],
        )

    def act(self, name: str) -> Act:
        """The act of this id.

        Raises:
            Problem: there is none; the message lists them.
        """
        found = self.acts.get(name)
        if found is None:
            raise Problem(
                N_("There is no act {act}; known are: {known}."),
                at="act",
                act=name[:60],
                known=", ".join(sorted(self.acts)),
            )
        return found


@cache
def rules() -> Rules:
    """The acts in force, from acts.toml."""
    return read_rules(resources.files(__package__).joinpath("acts.toml").read_bytes())


def read_rules(content: bytes) -> Rules:
    """A file of acts.

    Raises:
        RulesFault: what is wrong with it and where.
    """
    try:
        table = tomllib.loads(content.decode("utf-8"), parse_float=Fraction)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFault(f"The file of acts is no TOML in UTF-8: {error}") from error
    try:
        return _rules(table, hashlib.sha256(content).hexdigest())
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, RulesFault):
            raise
        raise RulesFault(f"The file of acts cannot be used: {error!r}") from error


def _rules(table: Mapping[str, Any], digest: str) -> Rules:
    documents = {
        name: Document(name, Text.of(one, f"document {name}"), one.get("url", ""))
        for name, one in table["documents"].items()
    }
    acts = {name: _act(name, one, table["units"], documents) for name, one in table["acts"].items()}
    numbers = [act.number for act in acts.values()]
    if len(set(numbers)) != len(numbers) or not all(0 < number < 1000 for number in numbers):
        raise RulesFault("Every act needs a number of its own from 1 to 999.")
    programmes = sorted((_programme(one) for one in table["programme"]), key=lambda one: one.starts_on)
    return Rules(table["id"], table["version"], acts, tuple(programmes), documents, digest)


def _programme(table: Mapping[str, Any]) -> Programme:
    values = {
        name: table[name] for name in Programme.__dataclass_fields__ if name not in {"starts_on", "house"}
    }
    if not all(isinstance(value, int) and value >= 0 for value in values.values()):
        raise RulesFault("Figures of the programme are whole numbers from 0.")
    return Programme(starts_on=table["from"], house=tuple(table.get("house", ())), **values)


def _act(
    name: str, table: Mapping[str, Any], units: Mapping[str, Any], documents: Mapping[str, Document]
) -> Act:
    where = f"act {name}"
    unit = units.get(table["unit"])
    formula = table.get("formula", "linear")
    if unit is None or formula not in FORMULAS:
        raise RulesFault(
            f"{where}: unit {table['unit']!r} is not in [units], or formula {formula!r} is unknown."
        )
    found = sorted((_rule(one, where, documents) for one in table["rules"]), key=lambda rule: rule.starts_on)
    return Act(
        id=name,
        number=table["number"],
        name=Text.of(table, where),
        unit=table["unit"],
        unit_name=Text.of(unit, f"unit {table['unit']}"),
        spellings=unit["spellings"],
        travel=table.get("travel", False),
        formula=formula,
        baseline=Text.of(table["baseline"], f"{where} baseline"),
        rules=tuple(found),
        candidates=tuple(_candidate(one, where, documents) for one in table.get("candidates", ())),
    )


_RULE_KEYS = {*ActRule.__dataclass_fields__, "from", "self_declared_document"} - {"starts_on"}


def _rule(table: Mapping[str, Any], where: str, documents: Mapping[str, Document]) -> ActRule:
    unknown = set(table) - _RULE_KEYS
    if unknown:
        raise RulesFault(f"{where}: unknown keys {sorted(unknown)}.")
    on = "grams" in table or "grid" in table
    confidence = _confidence(table, where) if on else None
    if on and "document" not in table:
        raise RulesFault(f"{where}: a figure needs its document.")
    if table.get("proved_blocks", "overlap") not in {"overlap", "day"}:
        raise RulesFault(f"{where}: proved_blocks is “overlap” or “day”.")
    share = _fraction(table, "self_declared_share")
    if share is not None and not 0 < share <= 1:
        raise RulesFault(f"{where}: self_declared_share lies above 0 and up to 1.")
    note = table.get("note")
    return ActRule(
        starts_on=table["from"],
        grams=_fraction(table, "grams"),
        grid=table.get("grid"),
        document=documents[table["document"]] if "document" in table else None,
        confidence=confidence,
        points=_fraction(table, "points"),
        self_declared_share=share,
        proved_only=table.get("proved_only", False) or share is None,
        least=_fraction(table, "least"),
        most=_fraction(table, "most"),
        most_saving=_fraction(table, "most_saving"),
        most_per_day=_fraction(table, "most_per_day"),
        most_events_per_day=table.get("most_events_per_day"),
        most_grams_per_month=_fraction(table, "most_grams_per_month"),
        fastest_per_hour=_fraction(table, "fastest_per_hour"),
        cooling_minutes=table.get("cooling_minutes", 0),
        transfer_minutes=table.get("transfer_minutes", 0),
        proved_blocks=table.get("proved_blocks", "overlap"),
        house=tuple(table.get("house", ())),
        note=Text.of(note, f"{where} note") if note else None,
    )


def _confidence(table: Mapping[str, Any], where: str) -> Confidence:
    confidence = Confidence.of(table["confidence"])
    if confidence is Confidence.MEMORY:
        raise RulesFault(f"{where}: a figure marked memory is not used; confirm it or leave it out.")
    return confidence


def _candidate(table: Mapping[str, Any], where: str, documents: Mapping[str, Document]) -> Candidate:
    return Candidate(
        grams=Fraction(table["grams"]),
        document=documents[table["document"]],
        confidence=Confidence.of(table["confidence"]),
        why=Text.of(table["why"], f"{where} candidate"),
    )


def _fraction(table: Mapping[str, Any], key: str) -> Fraction | None:
    value = table.get(key)
    if value is None:
        return None
    amount = Fraction(value)
    if amount < 0:
        raise RulesFault(f"{key} = {amount} is below zero.")
    return amount


@cache
def _grid() -> Any:
    regions: Regions = REGIONS
    return load("methodologies.factors", "electricity.toml", regions=regions)["average"]
