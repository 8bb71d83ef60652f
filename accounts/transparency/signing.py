"""The key of the log, which never enters the database, and the signed text of a head.

A head is a checkpoint as C2SP's tlog-checkpoint and signed-note describe it, so that public witnesses understand it:

    inclusive-carbon                     the name of the log
    42                                   leaves
    q1rS…=                               root, base64
    time 2026-11-22T11:30:00.000000Z     an extension line

    — inclusive-carbon Az3g…=            key id and Ed25519 signature over the lines above, base64
"""

import base64
import binascii
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carbon.errors import N_, Problem

DEFAULT_NAME = "inclusive-carbon"
KEY_FILE = "log-key"
SEED_BYTES = 32
_ED25519 = b"\x01"
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class LogBroken(Problem):
    """The log here is not the continuation of what was signed; nothing is signed on top of it."""

    code = "log-broken"


@dataclass(frozen=True)
class Checkpoint:
    """What a signed head says."""

    name: str
    size: int
    root: bytes
    signed_at: datetime

    def text(self) -> str:
        """The lines that are signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.name}\n{self.size}\n{root}\ntime {self.signed_at.astimezone(UTC).strftime(_TIME)}\n"


@dataclass(frozen=True)
class LogKey:
    """The log's name and its private key."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The 32 bytes that verify."""
        return self.private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """Eight hexadecimal digits, as signed-note defines them."""
        return key_id(self.name, self.public)

    def sign(self, head: Checkpoint) -> str:
        """The signed note."""
        text = head.text()
        signature = base64.b64encode(bytes.fromhex(self.key_id) + self.private.sign(text.encode()))
        return f"{text}\n— {self.name} {signature.decode()}\n"


def key_id(name: str, public: bytes) -> str:
    """SHA-256(name ‖ LF ‖ 0x01 ‖ key), its first four bytes in hexadecimal."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4].hex()


def verification_key(name: str, public: bytes) -> str:
    """The key as one line to be kept, in the form of signed-note: name+id+base64."""
    return f"{name}+{key_id(name, public)}+{base64.b64encode(_ED25519 + public).decode()}"


def key_of(line: str) -> bytes:
    """The 32 bytes of a `verification_key`.

    Raises:
        LogBroken: the line is none.
    """
    encoded = line.strip().split("+", 2)[-1]
    try:
        key = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != len(_ED25519) + SEED_BYTES or not key.startswith(_ED25519):
        raise LogBroken(N_("This is no key of a log: {text}. It looks like name+id+base64."), text=line[:200])
    return key[len(_ED25519) :]


def read_note(note: str, public: bytes) -> Checkpoint:
    """What a note says, once its signature by this key is found good.

    Raises:
        LogBroken: it is no signed head, or not signed by this key.
    """
    text, _, signatures = note.rpartition("\n\n")
    lines = f"{text}\n".splitlines()
    try:
        name, size, root, time = lines
        read = Checkpoint(
            name,
            int(size),
            base64.b64decode(root, validate=True),
            datetime.strptime(time.removeprefix("time "), _TIME).replace(tzinfo=UTC),
        )
    except (ValueError, binascii.Error) as error:
        raise LogBroken(N_("This is no signed head: {text}"), text=note[:200]) from error
    wanted = bytes.fromhex(key_id(name, public))
    for line in signatures.splitlines():
        signer, _, encoded = line.removeprefix("— ").rpartition(" ")
        signature = base64.b64decode(encoded)
        if signer == name and signature[:4] == wanted and _verifies(public, signature[4:], f"{text}\n"):
            return read
    raise LogBroken(
        N_("The head of {size} leaves is not signed by key {key_id}."), size=size, key_id=wanted.hex()
    )


def _verifies(public: bytes, signature: bytes, text: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def log_key(home: Path) -> LogKey:
    """From `CARBON_LOG_KEY` (base64 of 32 bytes), else from the file `log-key` of the data folder, made when missing.

    Raises:
        LogBroken: the setting is no key, or others may read the file; says what to do.
    """
    name = os.environ.get("CARBON_LOG_NAME", "").strip() or DEFAULT_NAME
    setting = os.environ.get("CARBON_LOG_KEY", "").strip()
    return LogKey(name, _private(setting, "CARBON_LOG_KEY") if setting else _kept(home / KEY_FILE))


def _kept(path: Path) -> Ed25519PrivateKey:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(base64.b64encode(os.urandom(SEED_BYTES)) + b"\n")
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            raise LogBroken(
                N_("The log's key {path} is open to other users; run: chmod 600 {path}"), path=path
            ) from None
    return _private(path.read_text("ascii").strip(), str(path))


def _private(text: str, where: str) -> Ed25519PrivateKey:
    try:
        seed = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        seed = b""
    if len(seed) != SEED_BYTES:
        raise LogBroken(
            N_("{where} holds no key of the log: it must be the base64 of 32 random bytes."), where=where
        )
    return Ed25519PrivateKey.from_private_bytes(seed)
