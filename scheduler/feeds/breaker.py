"""A door that closes for a while when another system keeps failing (SECURITY_REQUIREMENTS OUT-1)."""

import time
from collections.abc import Callable

FAILURES = 3
"""Failures in a row after which nobody asks."""
REST_SECONDS = 60.0
"""How long it then rests before one more attempt is let through."""


class Breaker:
    """Counts failures in a row by name, in this process; one success forgets them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}

    def rests_for(self, name: str) -> float:
        """Seconds until `name` may be asked again; 0 when it may be asked now."""
        return max(0.0, self._rests_until.get(name, 0.0) - self._clock())

    def succeeded(self, name: str) -> None:
        """The other side answered well."""
        self._failures.pop(name, None)
        self._rests_until.pop(name, None)

    def failed(self, name: str) -> None:
        """It did not; the third time in a row, and each time after, it is left alone for a while."""
        self._failures[name] = self._failures.get(name, 0) + 1
        if self._failures[name] >= FAILURES:
            self._rests_until[name] = self._clock() + REST_SECONDS
