"""What can go wrong, said so that a person can act.

    Problem                     422  what you sent cannot be used as it is
    ├── NotSignedIn             401
    ├── NotPermitted            403
    ├── NotFound                404  not there, or not yours: the same answer
    ├── Conflict                409  the state of things forbids it
    ├── TooLarge                413
    ├── KeyReused               422  same idempotency key, other request
    └── TooMany                 429

A message is an English template, marked with `N_` so that it is collected for translation, and the values
that fill it; the doors translate the template and then fill it.
"""

from dataclasses import dataclass, field
from typing import Any


def N_(template: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    """Mark a text for translation; returns it unchanged."""
    return template


class Problem(Exception):  # noqa: N818 - a problem is told to its sender, not a fault of the program
    """Something the asker can put right. `code` is stable and documented; the text may be reworded."""

    status = 422
    code = "invalid-input"

    def __init__(self, template: str, /, *, at: str | None = None, **values: Any) -> None:
        """`template` holds `{name}` places for `values`; `at` names the field it is about."""
        super().__init__(template)
        self.template = template
        self.values = values
        self.at = at

    def __str__(self) -> str:
        """The message in English."""
        return self.template.format(**self.values)


class NotSignedIn(Problem):
    """Nobody is signed in, or the session has ended."""

    status = 401
    code = "not-signed-in"


class NotPermitted(Problem):
    """The actor may not do this here."""

    status = 403
    code = "not-permitted"


class NotFound(Problem):
    """Not there, or not the actor's: the answer does not tell which (TEN-8)."""

    status = 404
    code = "not-found"


class Conflict(Problem):
    """The state of the object forbids the act."""

    status = 409
    code = "conflict"


class TooLarge(Problem):
    """More than the stated limit of size, rows or depth."""

    status = 413
    code = "too-large"


class KeyReused(Problem):
    """The idempotency key was used before with another request."""

    status = 422
    code = "idempotency-key-reused"


class TooMany(Problem):
    """Too many attempts in the time allowed."""

    status = 429
    code = "too-many-attempts"


@dataclass(frozen=True)
class Finding:
    """One thing noticed in a file: where it is, what is there, why it matters, what to do.

    `row` is the line a person sees in a spreadsheet (the header is row 1); `severity` is `error` (the row is
    not taken) or `warning` (taken as read, listed).
    """

    code: str
    template: str
    values: dict[str, Any] = field(default_factory=dict)
    severity: str = "error"
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        """The message in English, without its place."""
        return self.template.format(**self.values)
