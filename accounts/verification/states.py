"""The path of a case, as data: who may take it from where to where."""

from dataclasses import dataclass
from enum import StrEnum

from carbon.errors import N_, Conflict


class Party(StrEnum):
    """Who acts in a case."""

    ENTERPRISE = "enterprise"
    VERIFIER = "verifier"
    AUTHORITY = "authority"


class State(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_VERIFICATION = "under-verification"
    FINDINGS = "findings"
    CORRECTED = "corrected"
    VERIFIED = "verified"
    ACCEPTED = "accepted"
    CLOSED = "closed"


STATE_WORDS = {
    State.DRAFT: N_("being prepared"),
    State.SUBMITTED: N_("submitted"),
    State.UNDER_VERIFICATION: N_("under verification"),
    State.FINDINGS: N_("findings to answer"),
    State.CORRECTED: N_("answered"),
    State.VERIFIED: N_("verified"),
    State.ACCEPTED: N_("accepted"),
    State.CLOSED: N_("closed"),
}

OPEN_TO_CHANGE = frozenset({State.DRAFT, State.FINDINGS})
"""While a case stands here the enterprise may still file and correct activities of the year; otherwise it is locked."""


@dataclass(frozen=True)
class Move:
    """One arrow. `by_opinion`: only a signed opinion takes it; `by_approval`: a second person of the authority."""

    name: str
    origin: State
    target: State
    party: Party
    needs_note: bool = False
    by_opinion: bool = False
    by_approval: bool = False


MOVES = (
    Move("submit", State.DRAFT, State.SUBMITTED, Party.ENTERPRISE),
    Move("begin", State.SUBMITTED, State.UNDER_VERIFICATION, Party.VERIFIER),
    Move("return-findings", State.UNDER_VERIFICATION, State.FINDINGS, Party.VERIFIER),
    Move("answer", State.FINDINGS, State.CORRECTED, Party.ENTERPRISE),
    Move("return-findings", State.CORRECTED, State.FINDINGS, Party.VERIFIER),
    Move("sign", State.UNDER_VERIFICATION, State.VERIFIED, Party.VERIFIER, by_opinion=True),
    Move("sign", State.CORRECTED, State.VERIFIED, Party.VERIFIER, by_opinion=True),
    Move("send-back", State.VERIFIED, State.UNDER_VERIFICATION, Party.AUTHORITY, needs_note=True),
    Move("accept", State.VERIFIED, State.ACCEPTED, Party.AUTHORITY),
    Move("close", State.ACCEPTED, State.CLOSED, Party.AUTHORITY),
    Move("reopen", State.ACCEPTED, State.DRAFT, Party.AUTHORITY, needs_note=True, by_approval=True),
    Move("reopen", State.CLOSED, State.DRAFT, Party.AUTHORITY, needs_note=True, by_approval=True),
)

MOVE_WORDS = {
    "submit": N_("Submit for verification"),
    "begin": N_("Begin verification"),
    "return-findings": N_("Return with findings"),
    "answer": N_("Say that findings are answered"),
    "sign": N_("Sign the opinion"),
    "send-back": N_("Send back to the verifier"),
    "accept": N_("Accept"),
    "close": N_("Close the year"),
    "reopen": N_("Reopen"),
}


def moves_from(state: State, party: Party) -> tuple[Move, ...]:
    """What this party may do from here."""
    return tuple(move for move in MOVES if move.origin is state and move.party is party)


def move_named(name: str, state: State, party: Party) -> Move:
    """The arrow of this name from here.

    Raises:
        Conflict: there is none; says what is possible instead.
    """
    for move in moves_from(state, party):
        if move.name == name:
            return move
    possible = ", ".join(move.name for move in moves_from(state, party)) or "-"
    raise Conflict(
        N_("The case is in state {state}; {party} cannot {move} it now. Possible: {possible}."),
        state=state.value,
        party=party.value,
        move=name,
        possible=possible,
    )
