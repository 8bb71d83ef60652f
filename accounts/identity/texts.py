"""Names and logins as they may be written: what is checked before PostgreSQL sees it (INP-1, INP-2)."""

import re
import unicodedata

from carbon.errors import N_, Problem

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{2,63}")


def checked_login(text: str) -> str:
    """The login in small letters: 3 to 64 of letters, digits and `. _ @ + -`, so that no two look alike.

    Raises:
        Problem: other characters, too short or too long.
    """
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise Problem(
            N_(
                "A login has 3 to 64 of the letters a-z, digits and . _ @ + -, and begins with one of the first two."
            ),
            at="login",
        )
    return login


def checked_name(text: str, *, at: str, longest: int = 100, required: bool = True) -> str:
    """One line of text in NFC, without control characters.

    Raises:
        Problem: empty though required, too long, or with control characters.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name and required:
        raise Problem(N_("{field} is missing."), at=at, field=at)
    if len(name) > longest:
        raise Problem(
            N_("{field} has {length} characters; at most {longest} are kept."),
            at=at,
            field=at,
            length=len(name),
            longest=longest,
        )
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name):
        raise Problem(N_("{field} holds a line break or control character; remove it."), at=at, field=at)
    return name
