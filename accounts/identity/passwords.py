"""Passwords: how they are kept (AUT-2) and which are refused (AUT-1)."""

import asyncio
import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from carbon.errors import N_, Problem, TooMany

SHORTEST = 8
LONGEST = 128
CONTEXT_WORDS = ("carbon", "chongqing", "inclusive", "tanzhanghu", "tanpuhui", "重庆", "碳普惠", "碳账户")
"""Words anyone would try here first; a password made of one and some digits is refused."""

# OWASP ASVS 5.0.0, 11.4.2 and the OWASP password storage cheat sheet: Argon2id, m = 19 MiB, t = 2, p = 1.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)
_THREADS = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1), thread_name_prefix="password")
_MOST_WAITING = 64

UNUSABLE = "$argon2id$none"
"""In place of a hash: this person has no password, and none fits."""

Result = TypeVar("Result")
_waiting = 0


async def hash_password(password: str) -> str:
    """The Argon2id hash, with its settings and a new salt, for storing."""
    return await _in_thread(_HASHER.hash, _bytes(password))


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; without a hash it takes as long and is False (AUT-4)."""
    return await _in_thread(_verify, password_hash, password)


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made under weaker settings than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def check_password(password: str, *, context: Iterable[str] = ()) -> None:
    """Refuse what is guessed first; `context` holds the login, names and other words about the person.

    Raises:
        Problem: too short, too long, common, or made of a context word.
    """
    text = unicodedata.normalize("NFC", password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise Problem(
            N_("The password has {length} characters; it needs {shortest} to {longest}."),
            at="password",
            length=len(text),
            shortest=SHORTEST,
            longest=LONGEST,
        )
    if is_common(text):
        raise Problem(N_("This password is among the first that are tried; choose another."), at="password")
    core = _core(text)
    for word in (*CONTEXT_WORDS, *context):
        if _is_word(word) and (core == _core(word) or (len(core) <= 2 * len(word) and _core(word) in core)):
            raise Problem(
                N_("The password is made of a word anyone would try here ({word}); choose another."),
                at="password",
                word=word,
            )


def _is_word(word: str) -> bool:
    """Two Chinese characters or four letters; less is in every password."""
    return len(word) >= (4 if word.isascii() else 2)


def is_common(password: str) -> bool:
    """Whether it is a common password, or one with digits, signs or look-alike letters added."""
    text = password.casefold()
    if text in _common() or _core(text) in _common() or text.translate(_LOOK_ALIKES) in _common():
        return True
    return _is_repetition(text) or _is_run(text) or _DATE.fullmatch(text) is not None


_DATE = re.compile(r"(19|20)\d\d[-./]?(0[1-9]|1[0-2])[-./]?(0[1-9]|[12]\d|3[01])")


def _is_repetition(text: str) -> bool:
    """`aaaaaaaa`, `abcabcabc`, `12121212`: a piece of at most four characters, over and over."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 5))


_ROWS = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
)


def _is_run(text: str) -> bool:
    """Neighbours of the alphabet or the keyboard, either way, as in `87654321` or `qwertyui123`."""
    pieces = re.findall(r"[a-z]+|[0-9]+", text)
    rows = [row * 2 for row in _ROWS] + [row[::-1] * 2 for row in _ROWS]
    return "".join(pieces) == text and all(any(piece in row for row in rows) for piece in pieces)


_LOOK_ALIKES = str.maketrans("0134578@$!|", "oieastbasii")


def _core(text: str) -> str:
    """The word inside `P@ssw0rd123!`: small letters, look-alikes undone, digits and signs at the ends off."""
    lower = text.casefold()
    trimmed = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower) or lower
    return trimmed.translate(_LOOK_ALIKES)


@cache
def _common() -> frozenset[str]:
    text = files("accounts.identity").joinpath("common_passwords.csv").read_text("utf-8")
    return frozenset(word for line in text.splitlines() for word in line.split(",") if word)


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(os.urandom(16))


def _verify(password_hash: str | None, password: str) -> bool:
    stand_in = _nobodys_hash()
    if password_hash == UNUSABLE:
        password_hash = None
    try:
        _HASHER.verify(password_hash or stand_in, _bytes(password[: LONGEST + 1]))
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


async def _in_thread(work: Callable[..., Result], *values: object) -> Result:
    """Hashing takes memory and a core: a few at a time, a bounded queue, and the rest is sent away."""
    global _waiting  # noqa: PLW0603 - one queue per process is the point
    if _waiting >= _MOST_WAITING:
        raise TooMany(N_("Many people are signing in just now; try again in a few seconds."), retry_after_s=5)
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, work, *values)
    finally:
        _waiting -= 1
