"""Child processes of a command: started together, watched, stopped together."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

STOP_S = 20
"""Longest wait for a child after SIGTERM; granian itself finishes requests within 15 s (OPS-3)."""


class Children:
    """The processes started in one block; each in a session of its own, so that Ctrl-C reaches only us."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start `python -m …` under a name for messages."""
        self._running[name] = subprocess.Popen(  # noqa: S603 - arguments are ours
            [sys.executable, "-m", *arguments], env=self._environment, start_new_session=True
        )

    def ended(self) -> str | None:
        """The name of a child that ended by itself."""
        return next((name for name, child in self._running.items() if child.poll() is not None), None)

    def stop(self) -> None:
        """SIGTERM to each, then wait; what does not end in time is killed."""
        for child in self._running.values():
            if child.poll() is None:
                child.terminate()
        ends_s = time.monotonic() + STOP_S
        for child in self._running.values():
            try:
                child.wait(max(0.1, ends_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@contextmanager
def children(environment: Mapping[str, str]) -> Iterator[Children]:
    """Children that never outlive the block."""
    started = Children(environment)
    try:
        yield started
    finally:
        started.stop()


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT or SIGTERM sets, in place of the interruption."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_until(
    ready: Callable[[], bool], *, stop: threading.Event, watched: Children, limit_s: float
) -> bool:
    """Whether `ready` came true before a stop, the end of a child, or the limit."""
    ends_s = time.monotonic() + limit_s
    while not stop.is_set() and watched.ended() is None and time.monotonic() < ends_s:
        if ready():
            return True
        stop.wait(0.1)
    return False


def wait_for_stop(*, stop: threading.Event, watched: Children) -> str | None:
    """Wait for a signal; the name of a child that ended before it, else None."""
    while not stop.wait(0.3):
        ended = watched.ended()
        if ended is not None:
            return ended
    return None


def answers(url: str, *, host: str) -> bool:
    """Whether the address answers 200 when asked under the name `host`."""
    request = urllib.request.Request(url, headers={"Host": host})  # noqa: S310 - our own http address
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def usable_port(host: str, wanted: int | None, preferred: int = 8000) -> int:
    """The port asked for; without a wish the usual one, or a free one when that is taken.

    Raises:
        OSError: the port asked for is taken.
    """
    if wanted is not None:
        return _bound_port(host, wanted)
    try:
        return _bound_port(host, preferred)
    except OSError:
        return _bound_port(host, 0)


def _bound_port(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        number: int = probe.getsockname()[1]
    return number
