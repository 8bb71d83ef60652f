"""The schema of messages to other systems, and how long to wait before one is offered again."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any

from carbon.errors import N_, Problem


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("exchange.toml").read_text("utf-8"))


def version() -> str:
    """The schema's version, written into every message."""
    return str(_content()["version"])


def peers() -> tuple[str, ...]:
    """The systems messages go to."""
    return tuple(_content()["peers"])


def body_of(peer: str, kind: str, values: Mapping[str, Any]) -> str:
    """A message as it goes out: one line of JSON, keys in order, under the names the peer uses.

    Raises:
        Problem: an unknown peer or kind, or a field is missing.
    """
    if peer not in _content()["peers"] or kind not in _content()["kinds"]:
        raise Problem(N_("There is no such message to {peer}."), at="peer", peer=peer[:40])
    fields = _content()["kinds"][kind]["fields"]
    missing = [field for field in fields if field not in values]
    if missing:
        raise Problem(N_("The message lacks {fields}."), at="fields", fields=", ".join(missing))
    names: dict[str, str] = _content()["peers"][peer]["names"]
    told = {names.get(field, field): values[field] for field in fields}
    message = {"schema": kind, "version": version(), "data": told}
    return json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def digest_of(body: str) -> str:
    """What both sides compare: SHA-256 of the line, hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


def wait_after(attempts: int) -> timedelta | None:
    """How long until the next offer after so many; None when a person must look."""
    retry = _content()["retry"]
    if attempts >= retry["most_attempts"]:
        return None
    return timedelta(minutes=retry["first_wait_minutes"] * retry["growth"] ** max(attempts - 1, 0))
