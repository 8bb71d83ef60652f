"""Who bears a loss: guarantor, pool and bank by class of loan, in the order of tranches, under ceilings and a stop line.

Programmes are data (risk_sharing.toml). Shares are rounded once to the fen; the bank bears what rounding and ceilings
leave, and recoveries come back in the shares in which the loss was borne.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from carbon.confidence import Confidence
from carbon.errors import N_, NotFound, Problem
from carbon.money import positive_fen, round_fen, yuan_text
from carbon.text import Text

PARTIES = ("guarantor", "pool", "bank")


@dataclass(frozen=True)
class RiskClass:
    """How a loss on one kind of loan is shared, in percent."""

    id: str
    name: Text
    percent: Mapping[str, Decimal]


@dataclass(frozen=True)
class RiskProgramme:
    """A programme; ceilings are in fen or percent of the principal covered, None where there is none."""

    id: str
    name: Text
    issuer: Text
    document: Text
    published_on: date
    confidence: Confidence
    classes: tuple[RiskClass, ...]
    tranches: tuple[str, ...]
    firm_ceiling_fen: int | None
    plan_ceiling_fen: int | None
    compensation_ceiling_percent: Decimal | None
    stop_percent: Decimal | None
    house: tuple[str, ...]

    def risk_class(self, class_id: str) -> RiskClass:
        """The class of that name.

        Raises:
            Problem: there is none.
        """
        for known in self.classes:
            if known.id == class_id:
                return known
        raise Problem(
            N_("{value} is no class of this programme; use one of {known}."),
            at="risk_class",
            value=class_id[:40],
            known=", ".join(known.id for known in self.classes),
        )


@dataclass(frozen=True)
class PoolState:
    """A programme's figures so far, in fen: principal covered now and ever, compensated, recovered, available."""

    covered_fen: int
    covered_ever_fen: int
    compensated_fen: int
    recovered_fen: int
    available_fen: int


@dataclass(frozen=True)
class Sharing:
    """Who bears how much of a loss, in fen, and what limited the pool."""

    shares_fen: Mapping[str, int]
    limits: tuple[tuple[str, dict[str, Any]], ...] = ()


@cache
def risk_programmes() -> dict[str, RiskProgramme]:
    """All programmes by id.

    Raises:
        ValueError: shares of a class that are not 100 percent, or figures from memory.
    """
    text = resources.files(__package__).joinpath("risk_sharing.toml").read_text("utf-8")
    return {table["id"]: _read(table) for table in tomllib.loads(text)["programmes"]}


def risk_programme(programme_id: str) -> RiskProgramme:
    """One programme.

    Raises:
        NotFound: none has this id.
    """
    found = risk_programmes().get(programme_id)
    if found is None:
        raise NotFound(
            N_("There is no guarantee programme {id}; known are: {known}."),
            id=programme_id[:60],
            known=", ".join(risk_programmes()),
        )
    return found


def _read(table: Mapping[str, Any]) -> RiskProgramme:
    where = f"programme {table['id']}"
    classes = tuple(
        RiskClass(row["id"], Text.of(row, where), {p: Decimal(row[f"{p}_percent"]) for p in PARTIES})
        for row in table["classes"]
    )
    if any(sum(known.percent.values()) != 100 for known in classes):
        raise ValueError(f"{where}: the shares of a class are 100 percent together.")
    confidence = Confidence.of(table["confidence"])
    if confidence is Confidence.MEMORY:
        raise ValueError(f"{where}: figures marked memory are not used.")
    return RiskProgramme(
        id=table["id"],
        name=Text.of(table, where),
        issuer=Text.of(table["issuer"], where),
        document=Text.of(table["document"], where),
        published_on=table["published"],
        confidence=confidence,
        classes=classes,
        tranches=tuple(table["tranches"]),
        firm_ceiling_fen=table.get("firm_ceiling_fen"),
        plan_ceiling_fen=table.get("plan_ceiling_fen"),
        compensation_ceiling_percent=_percent(table, "compensation_ceiling_percent"),
        stop_percent=_percent(table, "stop_percent"),
        house=tuple(table.get("house", ())),
    )


def _percent(table: Mapping[str, Any], key: str) -> Decimal | None:
    return Decimal(table[key]) if key in table else None


def coverable_fen(
    programme: RiskProgramme, principal_fen: int, firm_covered_fen: int, state: PoolState
) -> int:
    """How much of a loan's principal can be covered now.

    Raises:
        Problem: nothing can: the firm's or the plan's ceiling is full, or the stop line is reached; says which.
    """
    if is_stopped(programme, state):
        raise Problem(
            N_("The programme's stop line is reached; no further loan is covered."), at="programme_id"
        )
    most = principal_fen
    if programme.firm_ceiling_fen is not None:
        most = min(most, programme.firm_ceiling_fen - firm_covered_fen)
    if programme.plan_ceiling_fen is not None:
        most = min(most, programme.plan_ceiling_fen - state.covered_fen)
    if most <= 0:
        raise Problem(
            N_("The ceiling is full: {firm} yuan for one firm, of which {used} yuan are covered already."),
            at="principal_fen",
            firm=yuan_text(programme.firm_ceiling_fen or 0),
            used=yuan_text(firm_covered_fen),
        )
    return most


def is_stopped(programme: RiskProgramme, state: PoolState) -> bool:
    """Whether net compensation has reached the stop line, in percent of all principal ever covered."""
    if programme.stop_percent is None or state.covered_ever_fen <= 0:
        return False
    net = Fraction(state.compensated_fen - state.recovered_fen)
    return net / state.covered_ever_fen * 100 >= Fraction(programme.stop_percent)


def share_loss(
    programme: RiskProgramme,
    class_id: str,
    loss_fen: int,
    covered_fen: int,
    principal_fen: int,
    state: PoolState,
) -> Sharing:
    """Who bears a loss on a loan of which `covered_fen` of `principal_fen` are covered.

    Raises:
        Problem: no loss, or no such class.
    """
    positive_fen(loss_fen, at="loss_fen")
    known = programme.risk_class(class_id)
    covered_loss = round_fen(Fraction(loss_fen) * min(covered_fen, principal_fen) / principal_fen)
    left, shares = covered_loss, dict.fromkeys(PARTIES, 0)
    limits: list[tuple[str, dict[str, Any]]] = []
    for party in programme.tranches:
        wanted = min(round_fen(Fraction(covered_loss) * Fraction(known.percent[party]) / 100), left)
        if party == "pool":
            allowed, limits = _pool_limit(programme, state, wanted)
            wanted = min(wanted, allowed)
        shares[party] = wanted
        left -= wanted
    shares["bank"] += loss_fen - sum(shares.values())
    return Sharing(shares, tuple(limits))


def _pool_limit(
    programme: RiskProgramme, state: PoolState, wanted_fen: int
) -> tuple[int, list[tuple[str, dict[str, Any]]]]:
    allowed, limits = wanted_fen, []
    if programme.compensation_ceiling_percent is not None:
        ceiling = round_fen(
            Fraction(state.covered_ever_fen) * Fraction(programme.compensation_ceiling_percent) / 100
        )
        left = max(ceiling - (state.compensated_fen - state.recovered_fen), 0)
        if left < allowed:
            allowed = left
            limits.append(
                (
                    N_("The compensation ceiling of {percent} % leaves {left} yuan."),
                    {"percent": str(programme.compensation_ceiling_percent), "left": yuan_text(left)},
                )
            )
    if state.available_fen < allowed:
        allowed = max(state.available_fen, 0)
        limits.append((N_("The pool holds {left} yuan."), {"left": yuan_text(allowed)}))
    return allowed, limits


def share_recovery(
    recovered_fen: int, borne_fen: Mapping[str, int], returned_fen: Mapping[str, int]
) -> dict[str, int]:
    """A recovery goes back in the shares in which the loss was borne; the bank takes what rounding leaves.

    Raises:
        Problem: more than what is still out.
    """
    positive_fen(recovered_fen, at="recovered_fen")
    total = sum(borne_fen.values())
    out = total - sum(returned_fen.values())
    if recovered_fen > out:
        raise Problem(
            N_("Only {out} yuan of the loss are still out."), at="recovered_fen", out=yuan_text(out)
        )
    so_far = sum(returned_fen.values()) + recovered_fen
    shares = {
        party: round_fen(Fraction(so_far) * borne_fen.get(party, 0) / total) - returned_fen.get(party, 0)
        for party in PARTIES
        if party != "bank"
    }
    return {**shares, "bank": recovered_fen - sum(shares.values())}
