"""The public log for people: is this certificate real, and was its tonne used once? And how to check without us."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

import msgspec
from litestar import Response, get

from accounts.transparency import reading, uses
from accounts.transparency.reading import Inclusion, Leaf
from accounts.transparency.uses import Uses
from carbon import merkle
from carbon.credits import parse_serial
from carbon.errors import N_, NotFound, Problem
from web.guard import maybe_actor_of
from web.language import language_of, translate
from web.pages.downloads import download
from web.pages.rendering import AnyRequest, render

PUBLIC = {"public": "anybody checks a certificate and the log", "recognise": True}
HEADS = 10
LONGEST = 120
VERIFIER = "verify_log.py"

KINDS: dict[str, str] = {
    "approval": N_("decision of two persons"),
    "audit.record": N_("line of the audit trail"),
    "certificate": N_("certificate"),
    "credit.cancellation": N_("cancellation of credits"),
    "credit.issuance": N_("issuance of credits"),
    "credit.retirement": N_("retirement of credits"),
    "evidence": N_("evidence"),
    "ledger.entry": N_("entry of the books"),
    "log.key-changed": N_("new key of the log"),
    "log.opened": N_("beginning of the log"),
    "log.salt-destroyed": N_("erasure of a person's link"),
    "methodology.release": N_("release of a methodology"),
    "project.registration": N_("registration of a project"),
    "verification-opinion": N_("verification opinion"),
}


FIELDS: dict[str, str] = {
    "beneficiary": N_("Beneficiary"),
    "buffer_t": N_("of these in the buffer, t"),
    "commitment": N_("Sealed fingerprint"),
    "kind": N_("Kind"),
    "number": N_("Number"),
    "on": N_("Day"),
    "purpose": N_("Purpose"),
    "quantity_t": N_("Tonnes CO2e"),
    "serial": N_("Serial"),
    "serials": N_("Serials"),
    "source": N_("Source"),
}
"""What a public record says, in words; other names are shown as they are."""


@dataclass(frozen=True)
class Step:
    """One step of the proof: the neighbour's side and hash, and the hash of both together."""

    left: bool
    neighbour: str
    result: str


@dataclass(frozen=True)
class Checked:
    """A leaf with the way from it to the signed root, walked here."""

    proof: Inclusion
    steps: tuple[Step, ...]
    holds: bool
    fields: tuple[tuple[str, str], ...]


@get("/log", opt=PUBLIC, include_in_schema=False)
async def log_page(request: AnyRequest) -> Response[str]:
    """The newest head, the form, and what the log says about what was asked for."""
    asked = request.query_params.get("number", "").strip()[:LONGEST]
    index = request.query_params.get("leaf", "").strip()
    found: list[Checked] = []
    used, mistake = None, None
    try:
        leaves = await _leaves(request, asked, index)
        found = [_checked(await reading.prove_leaf(index=leaf.index)) for leaf in leaves]
        serials = [serial for leaf in leaves for serial in uses.serials_in(leaf)] or _as_serial(asked)
        used = await uses.read_uses(sorted(set(serials))) if serials else None
        if asked and not found and used is None:
            raise NotFound(
                N_(
                    "The log knows no {number}. Compare it letter by letter; a certificate made within the last"
                    " minutes may still be on its way."
                ),
                at="number",
                number=asked,
            )
    except Problem as problem:
        mistake = problem
    heads = await reading.list_heads(limit=HEADS)
    return render(
        request,
        "log.html",
        mistake=mistake,
        fields={"number": asked},
        found=found,
        used=used,
        verdict=_verdict(found, used),
        heads=heads,
        keys=await reading.list_keys(),
        keepers=await reading.list_keepers(),
        kind_words=partial(_in_words, request, KINDS),
        field_words=partial(_in_words, request, FIELDS),
        fields_of=_fields,
    )


async def _leaves(request: AnyRequest, asked: str, index: str) -> list[Leaf]:
    actor = maybe_actor_of(request)
    if asked and "\x00" not in asked:
        return await reading.find_leaves(tenant_id=actor.tenant_id if actor else None, number=asked)
    if index.isascii() and index.isdigit() and len(index) < len(str(reading.MOST_LEAVES)):
        return [await reading.read_leaf(index=int(index))]
    return []


def _as_serial(text: str) -> list[str]:
    try:
        return [str(parse_serial(text))]
    except Problem:
        return []


def _checked(proof: Inclusion) -> Checked:
    """The proof walked with the leaf's own bytes; whether it ends at the signed root."""
    leaf = merkle.leaf_hash(proof.leaf.content.encode())
    path = [bytes.fromhex(one) for one in proof.path]
    walked = merkle.inclusion_steps(leaf, proof.leaf.index, proof.size, path)
    steps = tuple(Step(left, near.hex(), both.hex()) for left, near, both in walked or ())
    top = steps[-1].result if steps else leaf.hex()
    return Checked(proof, steps, walked is not None and top == proof.head.root, _fields(proof.leaf))


def _fields(leaf: Leaf) -> tuple[tuple[str, str], ...]:
    """What a public leaf says, field by field; a private one says nothing but its commitment."""
    said: dict[str, Any] = msgspec.json.decode(leaf.content)
    content = said.get("content") or {"commitment": said.get("commitment", "")}
    return tuple(
        (name, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in content.items()
        if value not in (None, "", []) and name != "id"
    )


def _verdict(found: list[Checked], used: Uses | None) -> str:
    """In a word: a proof fails, numbers were used once, not yet, in part or more than once, or it simply is there."""
    if any(not one.holds for one in found):
        return "broken"
    if used is None:
        return "there" if found else ""
    if used.once:
        return "once"
    return "unused" if used.issued and not used.used else "unclear"


def _in_words(request: AnyRequest, words: Mapping[str, str], code: str) -> str:
    return translate(language_of(request), words[code]) if code in words else code


@get("/log/verify_log.py", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def verifier_file() -> Response[bytes]:
    """The program that checks without us."""
    return download((files("web") / "static" / VERIFIER).read_bytes(), VERIFIER, "text/x-python")


handlers = [log_page, verifier_file]
