"""Interest-subsidy programmes as data, read from subsidy_programmes.toml."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from carbon.confidence import Confidence
from carbon.daycount import DayCount
from carbon.errors import N_, NotFound
from carbon.text import Text

Kind = TypeVar("Kind", bound=StrEnum)


class RateForm(StrEnum):
    """What a programme pays on."""

    POINTS = "points-of-principal"
    LPR_SHARE = "share-of-lpr"
    INTEREST_SHARE = "share-of-interest"
    PER_MILLE = "per-mille"


class Clock(StrEnum):
    """The day from which a loan is subsidised."""

    RELEASE = "release"
    SUPPLIER = "supplier-payment"
    SPENDING = "spending"


class OddDays(StrEnum):
    """What becomes of the days of a month begun, where whole months are counted."""

    COUNTED = "counted"
    DROPPED = "dropped"
    FULL_MONTH = "full-month"


@dataclass(frozen=True)
class Purpose:
    """A kind of loan the programme takes, and the first day of release for it."""

    id: str
    released_from: date


@dataclass(frozen=True)
class MoneyCeiling:
    """The most a programme pays: `per` firm, firm-year, borrower-lender or borrower-lender-year.

    `purchases_below_fen` limits it to small purchases.
    """

    per: str
    ceiling_fen: int
    purchases_below_fen: int | None = None

    @property
    def by_year(self) -> bool:
        """Whether each calendar year has its own."""
        return self.per.endswith("-year")


@dataclass(frozen=True)
class LevelShare:
    """What one level of government bears, in percent."""

    level: str
    percent: Decimal


@dataclass(frozen=True)
class Named:
    """A document to hand in, or a reason to lose the subsidy."""

    id: str
    name: Text


@dataclass(frozen=True)
class ClaimWindow:
    """How often claims are made, by whom, and how many days after the period's end they are open (None: not said)."""

    every_months: int
    by: str
    days_after: int | None


@dataclass(frozen=True)
class Programme:
    """Who pays how much on what, for how long; `accrual_basis` None counts days as the loan does.

    `house` names the fields where the document is silent and the choice is ours.
    """

    id: str
    name: Text
    issuer: Text
    document: Text
    clause: str
    published_on: date
    confidence: Confidence
    rate_form: RateForm
    points_percent: Decimal
    lpr_share_percent: Decimal
    lpr_tenor: str
    lpr_of: str
    interest_share_percent: Decimal
    interest_share_by_purpose: Mapping[str, Decimal]
    per_mille: Decimal
    own_rate_share_percent: Decimal
    months_limit: int | None
    clock_starts: Clock
    released_until: date | None
    purposes: tuple[Purpose, ...]
    accrual_basis: DayCount | None
    odd_days: OddDays
    principal_ceiling_fen: int | None
    purchase_ceiling_fen: int | None
    money_ceilings: tuple[MoneyCeiling, ...]
    levels: tuple[LevelShare, ...]
    exclusive: str
    stacking: str | None
    claim: ClaimWindow
    documents: tuple[Named, ...]
    disqualifies: tuple[Named, ...]
    prepayment: Text | None
    settlement: Text | None
    clawback: Text | None
    application: Text | None
    house: tuple[str, ...]
    excludes: Text

    def window(self, purpose: str) -> Purpose | None:
        """The terms for this purpose; None when the programme does not take it."""
        return next((window for window in self.purposes if window.id == purpose), None)

    @property
    def rate_text(self) -> Text:
        """What it pays, in a few words."""
        texts = words()["rates"][self.rate_form.value]
        values = {
            "points": self.points_percent,
            "lpr": self.lpr_share_percent,
            "interest": self.interest_share_percent,
            "mille": self.per_mille,
        }
        return Text(texts["zh"].format(**values), texts["en"].format(**values))

    @property
    def is_central(self) -> bool:
        """Whether the central budget bears a part."""
        return any(share.level == "central" for share in self.levels)


class ProgrammeFault(ValueError):  # noqa: N818 - named like RuleFault and ParameterFault
    """A programme the rule cannot compute; the program does not start with it."""


@cache
def words() -> dict[str, Any]:
    """The words of the rule (interest_subsidy.toml)."""
    package = resources.files("methodologies.finance")
    return tomllib.loads(package.joinpath("interest_subsidy.toml").read_text("utf-8"))


@cache
def purposes() -> dict[str, Text]:
    """What a loan may be for, by id."""
    return {name: Text.of(table, f"purpose {name}") for name, table in words()["purposes"].items()}


@cache
def programmes() -> dict[str, Programme]:
    """All programmes by id.

    Raises:
        ProgrammeFault: a form of rate, clock or purpose the rule does not know, or an unconfirmed figure.
    """
    package = resources.files("methodologies.finance")
    content = tomllib.loads(package.joinpath("subsidy_programmes.toml").read_text("utf-8"))
    return {table["id"]: read(table) for table in content["programmes"]}


def programme(programme_id: str) -> Programme:
    """One programme.

    Raises:
        NotFound: none has this id.
    """
    found = programmes().get(programme_id)
    if found is None:
        raise NotFound(
            N_("There is no subsidy programme {id}; known are: {known}."),
            id=programme_id,
            known=", ".join(programmes()),
        )
    return found


def read(table: Mapping[str, Any]) -> Programme:
    """A programme from its TOML.

    Raises:
        ProgrammeFault: as `programmes`.
    """
    where = f"programme {table.get('id')}"
    confidence = Confidence.of(table["confidence"])
    if confidence is Confidence.MEMORY:
        raise ProgrammeFault(f"{where}: figures marked memory are not used; confirm them or leave them out.")
    form = _one_of(RateForm, table, "rate_form", where)
    figure = {
        RateForm.POINTS: "points_percent",
        RateForm.LPR_SHARE: "lpr_share_percent",
        RateForm.INTEREST_SHARE: "interest_share_percent",
        RateForm.PER_MILLE: "per_mille",
    }[form]
    if figure not in table:
        raise ProgrammeFault(f"{where}: rate_form {form.value} needs {figure}.")
    _check_parts(table, where)
    basis, claim = table["accrual_basis"], table.get("claim", {})
    return Programme(
        id=table["id"],
        name=Text.of(table, where),
        issuer=Text.of(table["issuer"], f"{where} issuer"),
        document=Text.of(table["document"], f"{where} document"),
        clause=table["clause"],
        published_on=table["published"],
        confidence=confidence,
        rate_form=form,
        points_percent=Decimal(table.get("points_percent", "0")),
        lpr_share_percent=Decimal(table.get("lpr_share_percent", "0")),
        lpr_tenor=table.get("lpr_tenor", "1Y"),
        lpr_of=table.get("lpr_of", "release"),
        interest_share_percent=Decimal(table.get("interest_share_percent", "0")),
        interest_share_by_purpose={
            purpose: Decimal(share) for purpose, share in table.get("interest_share_by_purpose", {}).items()
        },
        per_mille=Decimal(table.get("per_mille", "0")),
        own_rate_share_percent=Decimal(table.get("own_rate_share_percent", 100)),
        months_limit=table.get("months_limit"),
        clock_starts=_one_of(Clock, table, "clock_starts", where),
        released_until=table.get("released_until"),
        purposes=tuple(Purpose(purpose["id"], purpose["released_from"]) for purpose in table["purposes"]),
        accrual_basis=None if basis == "loan" else DayCount(basis),
        odd_days=_one_of(OddDays, table, "odd_days", where, OddDays.COUNTED),
        principal_ceiling_fen=table.get("principal_ceiling_fen"),
        purchase_ceiling_fen=table.get("purchase_ceiling_fen"),
        money_ceilings=tuple(MoneyCeiling(**ceiling) for ceiling in table.get("money_ceilings", ())),
        levels=_levels(table),
        exclusive=table.get("exclusive", "any"),
        stacking=table.get("stacking"),
        claim=ClaimWindow(claim.get("every_months", 3), claim.get("by", "bank"), claim.get("days_after")),
        documents=_named(table.get("documents", ()), f"{where} documents"),
        disqualifies=_named(table.get("disqualifies", ()), f"{where} disqualifies"),
        prepayment=_text(table, "prepayment", where),
        settlement=_text(table, "settlement", where),
        clawback=_text(table, "clawback", where),
        application=_text(table, "application", where),
        house=tuple(table.get("house", ())),
        excludes=Text.of(table["excludes"], f"{where} excludes"),
    )


def _check_parts(table: Mapping[str, Any], where: str) -> None:
    unknown = {purpose["id"] for purpose in table["purposes"]} - set(purposes())
    if unknown or not table["purposes"]:
        raise ProgrammeFault(f"{where}: purposes {sorted(unknown)} are not among {sorted(purposes())}.")
    shares = _levels(table)
    if sum(share.percent for share in shares) != 100:
        raise ProgrammeFault(f"{where}: the levels of government bear 100 percent together.")
    choices: dict[str, set[str | None]] = {
        "exclusive": {"any", "central", "none"},
        "stacking": {None, "up-to-own-rate"},
        "lpr_of": {"release", "year-end"},
        "lpr_tenor": {"1Y", "5Y"},
    }
    for key, known in choices.items():
        if key in table and table[key] not in known:
            raise ProgrammeFault(
                f"{where}: {key} = {table[key]!r} is not computed; known: {sorted(map(str, known))}."
            )
    periods = {"firm", "firm-year", "borrower-lender", "borrower-lender-year"}
    if any(ceiling["per"] not in periods for ceiling in table.get("money_ceilings", ())):
        raise ProgrammeFault(f"{where}: money ceilings are per {sorted(periods)}.")


def _levels(table: Mapping[str, Any]) -> tuple[LevelShare, ...]:
    shares = table.get("levels", ({"level": "central", "percent": 100},))
    return tuple(LevelShare(share["level"], Decimal(share["percent"])) for share in shares)


def _one_of(
    kind: type[Kind], table: Mapping[str, Any], key: str, where: str, default: Kind | None = None
) -> Kind:
    value = table.get(key, default)
    if value not in set(kind):
        raise ProgrammeFault(f"{where}: {key} = {value!r} is not computed; known: {', '.join(kind)}.")
    return kind(value)


def _named(tables: Sequence[Mapping[str, Any]], where: str) -> tuple[Named, ...]:
    return tuple(Named(table["id"], Text.of(table, where)) for table in tables)


def _text(table: Mapping[str, Any], key: str, where: str) -> Text | None:
    return Text.of(table[key], f"{where} {key}") if key in table else None
