"""One-time codes to a phone: six digits, ten minutes, five tries, used once, the same answer for every number."""

import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Literal
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import limits, messages
from accounts.identity.encryption import keyring
from carbon.errors import N_, NotSignedIn, Problem
from carbon.identifiers import new_id

Purpose = Literal["register", "sign-in", "guardian"]

LASTS = timedelta(minutes=10)
MOST_TRIES = 5
DIGITS = 6
WRONG = N_("The code is wrong, used or too old; ask for a new one and write it within 10 minutes.")

CODE_KINDS: dict[Purpose, str] = {
    "register": messages.register("code.register", N_("Your code to register is {code}. Tell it to nobody.")),
    "sign-in": messages.register("code.sign-in", N_("Your code to sign in is {code}. Tell it to nobody.")),
    "guardian": messages.register(
        "code.guardian",
        N_(
            "Your code to agree to your child's registration is {code}. Tell it to nobody but your child's app."
        ),
    ),
}
KNOWN = messages.register(
    "code.known", N_("Somebody asked to register this number, which is registered already. Sign in instead.")
)

_MOBILE = re.compile(r"1[3-9][0-9]{9}")


@dataclass(frozen=True)
class Started:
    """A code is on its way, or not: the answer does not tell. `trial_code` is filled in a local trial only."""

    challenge_id: UUID
    expires_at: datetime
    trial_code: str | None = None


def checked_phone(text: str) -> str:
    """A mobile number of mainland China, eleven digits; `+86`, spaces and hyphens are taken away.

    Raises:
        Problem: another shape.
    """
    digits = re.sub(r"[ \-]", "", text.strip()).removeprefix("+86")
    if not _MOBILE.fullmatch(digits):
        raise Problem(N_("Write a mobile number of eleven digits, for example 13800000000."), at="phone")
    return digits


def phone_mac(phone: str) -> bytes:
    """What a number is found by again."""
    return keyring().lookup_mac("phone", phone)


async def citizen_of(connection: Connection, mac: bytes) -> UUID | None:
    """The citizen with this number, unless disabled."""
    row = await connection.fetchrow("select * from identity_citizen_of_phone($1)", mac)
    return None if row is None or row["disabled"] else row["person_id"]


async def start(purpose: Purpose, phone: str, *, address: str, language: str = "zh") -> Started:
    """Send a code for this purpose, if the number may have one.

    Raises:
        Problem: no mobile number.
        TooMany: this number or this address has asked too often.
    """
    number = checked_phone(phone)
    mac = phone_mac(number)
    # Counted by its HMAC: a plain hash of eleven digits would tell the number.
    await limits.count_attempt("code-send", account=mac.hex(), address=address)
    code, challenge_id = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}", new_id()
    async with transaction(tenant=None) as connection:
        known = await citizen_of(connection, mac) is not None
        wanted = purpose == "guardian" or known == (purpose == "sign-in")
        kind = CODE_KINDS[purpose] if wanted else KNOWN
        expires_at: datetime = await connection.fetchval(
            """insert into identity_phone_code (id, purpose, phone_mac, code_mac, expires_at)
               values ($1, $2, $3, $4, now() + $5) returning expires_at""",
            challenge_id,
            purpose,
            mac,
            _code_mac(challenge_id, code if wanted else secrets.token_hex(16)),
            LASTS,
        )
        # A number that is strange here gets no message; a row that is never sent takes the same time (AUT-4).
        await messages.enqueue(
            connection,
            channel="sms",
            recipient=number,
            kind=kind,
            values={"code": code} if wanted else {},
            language=language,
            decoy=not wanted and purpose == "sign-in",
        )
    shown = code if wanted and os.environ.get("CARBON_LOCAL_TRIAL") == "1" else None
    return Started(challenge_id, expires_at, shown)


async def check(purpose: Purpose, challenge_id: UUID, phone: str, code: str, *, address: str) -> bytes:
    """The number's HMAC when the code is right; the try counts, whatever comes of it.

    Raises:
        NotSignedIn: wrong, used, too old, too many tries, another number: one answer for all.
        TooMany: this number or this address has tried too often.
    """
    number = checked_phone(phone)
    mac = phone_mac(number)
    await limits.count_attempt("code-try", account=mac.hex(), address=address)
    async with transaction(tenant=None) as connection:
        row = await connection.fetchrow(
            """update identity_phone_code set tries = tries + 1
                where id = $1 and purpose = $2 and used_at is null and now() < expires_at and tries < $3
            returning phone_mac, code_mac""",
            challenge_id,
            purpose,
            MOST_TRIES,
        )
    given = _code_mac(challenge_id, code.strip())
    expected = (row["phone_mac"], row["code_mac"]) if row else (b"\0" * 32, b"\0" * 32)
    right = compare_digest(mac, expected[0]) & compare_digest(given, expected[1])
    if not right:
        raise NotSignedIn(WRONG, at="code")
    return mac


async def use(connection: Connection, challenge_id: UUID) -> None:
    """Use the code up, in the transaction of what it was for.

    Raises:
        NotSignedIn: it was used in the meantime.
    """
    done = await connection.fetchval(
        "update identity_phone_code set used_at = now() where id = $1 and used_at is null returning id",
        challenge_id,
    )
    if done is None:
        raise NotSignedIn(WRONG, at="code")


async def forget_codes(connection: Connection) -> int:
    """Delete codes that ended a day ago; returns how many."""
    status = await connection.execute(
        "delete from identity_phone_code where expires_at < now() - interval '1 day'"
    )
    return int(status.rpartition(" ")[2])


def _code_mac(challenge_id: UUID, code: str) -> bytes:
    """Six digits are guessed from a plain hash at once; under a key outside the database they are not."""
    return keyring().lookup_mac(f"code {challenge_id}", code)
