"""Signatures of partners: HMAC-SHA-256 over the time stamp, a point, and the raw body.

A key's secret is derived from the installation's key for look-ups and the key's id, so that no table holds it.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from accounts.identity.encryption import keyring
from carbon.errors import N_, NotSignedIn, Problem


class WrongSignature(NotSignedIn):
    """The request is not signed by a key that is in force."""

    code = "wrong-signature"


class ClockSkew(NotSignedIn):
    """Signed, but at another time than now."""

    code = "clock-skew"


def secret_of(key_id: UUID) -> str:
    """What the partner signs with, as text; the same for the same key and installation."""
    return (
        base64.urlsafe_b64encode(keyring().lookup_mac("inclusion-source-key", key_id.hex))
        .decode()
        .rstrip("=")
    )


def signature(secret: str, *, stamp: str, body: bytes) -> str:
    """The signature of a body at a time (`stamp`: seconds since 1970), in hexadecimal digits."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def check(*, key_id: UUID, stamp: str, given: str, body: bytes, now: datetime, skew_minutes: int) -> None:
    """Refuse what is not signed with this key, or not within the minutes allowed.

    Raises:
        WrongSignature: says how to sign.
        ClockSkew: says the two times.
    """
    wanted = signature(secret_of(key_id), stamp=stamp, body=body)
    if not hmac.compare_digest(wanted.encode(), given.strip().lower().encode()):
        raise WrongSignature(
            N_(
                "The signature does not fit. Sign the time stamp, a point and the raw body, byte for byte, with "
                "HMAC-SHA-256 and the secret of the key you name; send it in hexadecimal digits."
            ),
            at="X-Carbon-Signature",
        )
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise Problem(
            N_("The time stamp is the seconds since 1970 in digits, such as {example}."),
            at="X-Carbon-Time",
            example=str(int(now.timestamp())),
        )
    ahead = int(stamp) - int(now.timestamp())
    if abs(ahead) > skew_minutes * 60:
        raise ClockSkew(
            N_(
                "The time stamp differs from our clock by {seconds} seconds; {minutes} minutes are allowed. "
                "It is {now} here. Set your clock, or sign again when you send again."
            ),
            at="X-Carbon-Time",
            seconds=ahead,
            minutes=skew_minutes,
            now=int(now.timestamp()),
        )
