"""Passwords of the sample city: made at random for each installation and kept for its owner alone (AUT-14)."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import msgspec

FILE_NAME = "sample-sign-ins.json"


@dataclass(frozen=True)
class SampleSignIn:
    """A person of the sample city who can sign in."""

    login: str
    password: str
    organisation_zh: str
    organisation_en: str
    kind: str


def kept_password(home: Path, login: str) -> str:
    """The password of the login in this installation; a new one when it has none yet."""
    known = read_passwords(home)
    if login not in known:
        known[login] = new_password()
        write_passwords(home, known)
    return known[login]


def new_password() -> str:
    """20 characters that can be typed: about 95 random bits."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    parts = ("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(5))
    return "-".join(parts)


def read_passwords(home: Path) -> dict[str, str]:
    """What this installation keeps, empty before the first load.

    Raises:
        PermissionError: others could read it; the message holds the remedy.
    """
    file = home / FILE_NAME
    if not file.exists():
        return {}
    if file.stat().st_mode & 0o077:
        raise PermissionError(f"{file} is open to other users; run: chmod 600 {file}")
    return msgspec.json.decode(file.read_bytes(), type=dict[str, str])


def write_passwords(home: Path, passwords: dict[str, str]) -> None:
    """Replace the file as a whole, readable by its owner only."""
    home.mkdir(parents=True, exist_ok=True)
    part = home / f".{FILE_NAME}.{os.getpid()}"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(passwords)))
    part.replace(home / FILE_NAME)
