"""Outcomes of the ledger's functions, told to people."""

from typing import Any

from carbon.errors import N_, Conflict, KeyReused, NotFound, NotPermitted, Problem

_NOT_THERE = N_("There is no account {account} that you may draw on.")

_PROBLEMS: dict[str, tuple[type[Problem], str]] = {
    "key-reused": (
        KeyReused,
        N_("The key {key} was used for another {kind}; send the first request again or choose a new key."),
    ),
    "not-yours": (NotFound, _NOT_THERE),
    "no-account": (NotFound, N_("There is no account {to_account} to receive the amount.")),
    "no-hold": (NotFound, N_("There is no hold {hold} that you may settle or release.")),
    "no-entry": (NotFound, N_("There is no entry {entry} that you may reverse.")),
    "other-commodity": (
        Problem,
        N_("The accounts {account} and {to_account} hold different commodities; a leg moves one commodity."),
    ),
    "same-account": (Problem, N_("A leg needs two accounts; {account} is on both sides.")),
    "issuing": (
        Problem,
        N_("The issuing account {account} has no limit, so nothing can be set aside on it."),
    ),
    "frozen": (
        Conflict,
        N_("The account {account} is frozen: nothing leaves it until whoever froze it lifts the freeze."),
    ),
    "short": (Conflict, N_("The account {account} has {available} available and {amount} is needed.")),
    "out-of-range": (
        Problem,
        N_("With {amount} more, account {account} or {to_account} would leave the range of the books."),
    ),
    "closed": (Conflict, N_("The hold {hold} has ended already; settled, released and expired are final.")),
    "expired": (Conflict, N_("The time of hold {hold} is over; place a new one.")),
    "more-than-held": (Conflict, N_("The hold {hold} has {available} left and {amount} was to be settled.")),
    "is-reversal": (
        Conflict,
        N_("The entry {entry} is itself a reversal; post the movement anew instead of reversing it."),
    ),
    "reversed-already": (Conflict, N_("The entry {entry} has been reversed already; once is enough.")),
    "no-commodity": (Problem, N_("There is no commodity {commodity}; register it first.")),
    "no-kind": (Problem, N_("An account is of kind holding or issuing, not {kind}.")),
    "not-keeper": (
        NotPermitted,
        N_("An issuing account of {commodity} is opened by its own holder, who must keep the commodity."),
    ),
    "other-kind": (
        Conflict,
        N_("The account {code} of {commodity} exists already, and is not of kind {kind}."),
    ),
    "other-terms": (Conflict, N_("The commodity {commodity} is registered already, on other terms.")),
}

STILL_RUNNING = N_("Another request with the same key is being posted right now; ask again in a moment.")


def refusal(outcome: str, **values: Any) -> Problem:
    """The problem an outcome stands for, filled with what is known about it."""
    kind, template = _PROBLEMS[outcome]
    return kind(template, **values)
