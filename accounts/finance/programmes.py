"""The subsidy programmes known here, as banks and authorities read them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from carbon.text import Text
from methodologies.finance import programmes as rule_programmes
from methodologies.finance.programmes import ClaimWindow, LevelShare, MoneyCeiling, Named


@dataclass(frozen=True)
class PurposeWindow:
    """A kind of loan the programme takes, from its first day of release."""

    id: str
    name: Text
    released_from: date


@dataclass(frozen=True)
class ProgrammeView:
    """A programme with its document; `house` names what the document leaves open and this house has chosen."""

    id: str
    name: Text
    issuer: Text
    document: Text
    clause: str
    published_on: date
    confidence: str
    rate_form: str
    rate_text: Text
    points_percent: Decimal
    months_limit: int | None
    released_until: date | None
    principal_ceiling_fen: int | None
    money_ceilings: tuple[MoneyCeiling, ...]
    levels: tuple[LevelShare, ...]
    clock_starts: str
    claim: ClaimWindow
    documents: tuple[Named, ...]
    disqualifies: tuple[Named, ...]
    prepayment: Text | None
    settlement: Text | None
    clawback: Text | None
    application: Text | None
    purposes: tuple[PurposeWindow, ...]
    house: tuple[str, ...]
    excludes: Text


async def list_programmes() -> list[ProgrammeView]:
    """Every programme; they are public documents."""
    return [view_of(programme) for programme in rule_programmes.programmes().values()]


def view_of(programme: rule_programmes.Programme) -> ProgrammeView:
    """The programme as it is shown."""
    names = rule_programmes.purposes()
    return ProgrammeView(
        id=programme.id,
        name=programme.name,
        issuer=programme.issuer,
        document=programme.document,
        clause=programme.clause,
        published_on=programme.published_on,
        confidence=programme.confidence.id,
        rate_form=programme.rate_form.value,
        rate_text=programme.rate_text,
        points_percent=programme.points_percent,
        months_limit=programme.months_limit,
        released_until=programme.released_until,
        principal_ceiling_fen=programme.principal_ceiling_fen,
        money_ceilings=programme.money_ceilings,
        levels=programme.levels,
        clock_starts=programme.clock_starts.value,
        claim=programme.claim,
        documents=programme.documents,
        disqualifies=programme.disqualifies,
        prepayment=programme.prepayment,
        settlement=programme.settlement,
        clawback=programme.clawback,
        application=programme.application,
        purposes=tuple(
            PurposeWindow(purpose.id, names[purpose.id], purpose.released_from)
            for purpose in programme.purposes
        ),
        house=programme.house,
        excludes=programme.excludes,
    )


def list_purposes() -> dict[str, Text]:
    """What a loan may be for, by id."""
    return rule_programmes.purposes()
