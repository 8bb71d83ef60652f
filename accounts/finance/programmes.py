"""The subsidy programmes known here, as banks and authorities read them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from carbon.text import Text
from methodologies.finance import programmes as rule_programmes


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
    points_percent: Decimal
    months_limit: int
    released_until: date
    principal_ceiling_fen: int | None
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
        points_percent=programme.points_percent,
        months_limit=programme.months_limit,
        released_until=programme.released_until,
        principal_ceiling_fen=programme.principal_ceiling_fen,
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
