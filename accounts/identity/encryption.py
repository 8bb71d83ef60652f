"""Single values encrypted so that the database alone does not tell them (DAT-6, DAT-7).

AES-256-GCM; the associated data names tenant, table, row and column, so a value copied elsewhere does not open.
Each value names its algorithm and its key: `aes-256-gcm:<key id>:<base64 of nonce and ciphertext>`. The keys are
outside the database: in `CARBON_FIELD_KEYS` (`id:base64,…`, the first one encrypts, the others still open), or in
the local trial in the file `field-keys` (mode 0600) of the data folder. The key called `lookup` never encrypts:
HMACs under it find an encrypted value again and check one-time codes.
"""

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.database.settings import settings_from_environment

ALGORITHM = "aes-256-gcm"
KEY_BYTES = 32
_NONCE_BYTES = 12
LOOKUP = "lookup"
KEY_FILE = "field-keys"


class Unreadable(RuntimeError):  # noqa: N818 - what happened, said to whoever reads the log
    """A value does not open: its key is gone, or it was changed or copied from elsewhere."""


class NoKeys(RuntimeError):  # noqa: N818 - what is missing, with the remedy
    """No key to encrypt with; the message holds the remedy."""


@dataclass(frozen=True)
class Place:
    """Where a value lives; a value opens nowhere else."""

    tenant_id: UUID | None
    table: str
    row: object
    column: str

    @property
    def associated_data(self) -> bytes:
        """The place as the bytes that AES-GCM authenticates."""
        return f"{self.tenant_id}\n{self.table}\n{self.row}\n{self.column}".encode()


@dataclass(frozen=True)
class Keyring:
    """The keys by id, the current one first, and the key for look-ups."""

    keys: dict[str, bytes]
    lookup: bytes

    @property
    def current(self) -> str:
        """The id of the key that encrypts."""
        return next(iter(self.keys))

    def encrypt(self, text: str, place: Place) -> str:
        """The text as a stored value under the current key."""
        return seal(self.keys[self.current], self.current, text.encode(), place)

    def decrypt(self, value: str, place: Place) -> str:
        """The text of a stored value.

        Raises:
            Unreadable: no such key, or not a value of this place.
        """
        key_id = key_id_of(value)
        key = self.keys.get(key_id)
        if key is None:
            raise Unreadable(f"the key {key_id!r} is not in the key ring; add it to CARBON_FIELD_KEYS")
        return unseal(key, value, place).decode()

    def lookup_mac(self, purpose: str, text: str) -> bytes:
        """HMAC-SHA-256 under the look-up key; the purpose keeps equal texts of different kinds apart."""
        return hmac.new(self.lookup, f"{purpose}\n{text}".encode(), hashlib.sha256).digest()


def seal(key: bytes, key_id: str, content: bytes, place: Place) -> str:
    """The content under this key, with algorithm and key id in front."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    body = nonce + AESGCM(key).encrypt(nonce, content, place.associated_data)
    return f"{ALGORITHM}:{key_id}:{base64.b64encode(body).decode()}"


def unseal(key: bytes, value: str, place: Place) -> bytes:
    """The content of a stored value.

    Raises:
        Unreadable: another key, another place, or a changed value.
    """
    algorithm, _, rest = value.partition(":")
    if algorithm != ALGORITHM:
        raise Unreadable(f"the algorithm {algorithm!r} is not known here")
    try:
        body = base64.b64decode(rest.partition(":")[2], validate=True)
        return AESGCM(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], place.associated_data)
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"a value of {place.table}.{place.column} does not open with its key") from error


def key_id_of(value: str) -> str:
    """The id of the key a stored value names."""
    parts = value.split(":", 2)
    return parts[1] if len(parts) == 3 else ""


def keyring() -> Keyring:
    """The key ring of this installation, read afresh, so that a rotation needs no restart of readers.

    Raises:
        NoKeys: outside a local trial without CARBON_FIELD_KEYS.
    """
    written = os.environ.get("CARBON_FIELD_KEYS", "")
    if not written:
        settings = settings_from_environment()
        if settings.database_url and os.environ.get("CARBON_LOCAL_TRIAL") != "1":
            raise NoKeys("CARBON_FIELD_KEYS is empty; set it to what `carbon field-keys new` prints.")
        written = _kept(settings.home / KEY_FILE)
    return parsed(written)


def parsed(written: str) -> Keyring:
    """The key ring from its text `id:base64,…`.

    Raises:
        NoKeys: an entry is no key of 32 bytes, or `lookup` or every other one is missing.
    """
    keys: dict[str, bytes] = {}
    for entry in written.replace("\n", ",").split(","):
        key_id, _, text = entry.strip().partition(":")
        if not key_id:
            continue
        try:
            keys[key_id] = base64.b64decode(text, validate=True)
        except ValueError:
            raise NoKeys(f"CARBON_FIELD_KEYS: the key {key_id!r} is not base64.") from None
        if len(keys[key_id]) != KEY_BYTES:
            raise NoKeys(f"CARBON_FIELD_KEYS: the key {key_id!r} has not 32 bytes.")
    lookup = keys.pop(LOOKUP, None)
    if lookup is None or not keys:
        raise NoKeys("CARBON_FIELD_KEYS needs one key called `lookup` and at least one other.")
    return Keyring(keys, lookup)


def new_keys(earlier: str = "", *, key_id: str) -> str:
    """The text of a key ring with a fresh current key in front of the earlier ones."""
    fresh = f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
    rest = earlier.strip() or f"{LOOKUP}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
    return f"{fresh},{rest}"


def _kept(file: Path) -> str:
    """The trial's own keys, made at first use; of two processes that make them at once one wins."""
    if file.exists():
        return file.read_text("ascii")
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{KEY_FILE}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(new_keys(key_id="k1"))
    # A link fails when the other process was first; its file is complete, and ours goes.
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
    return file.read_text("ascii")
