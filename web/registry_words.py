"""States and acts of credits in words, and the colours they have on every bar."""

from carbon.errors import N_

PARTS: tuple[tuple[str, str, str], ...] = (
    ("held", N_("free to use"), "part-held"),
    ("reserved", N_("reserved"), "part-reserved"),
    ("pledged", N_("pledged"), "part-pledged"),
    ("frozen", N_("frozen"), "part-frozen"),
    ("buffer", N_("buffer"), "part-buffer"),
    ("retired", N_("retired"), "part-retired"),
    ("cancelled", N_("cancelled"), "part-cancelled"),
    ("forced_cancelled", N_("cancelled by force"), "part-forced"),
)
"""Attribute of a tally, words, class of the colour; together they are all that was issued."""

PUBLIC_PARTS = (("held", N_("held"), "part-held"), *PARTS[1:])
"""For strangers: what is bound in whatever way counts as held."""

STATE_WORDS: dict[str, str] = {name.replace("_", "-"): words for name, words, _ in PUBLIC_PARTS}
STATE_BADGES = {"held": "good", "reserved": "info", "pledged": "info", "frozen": "bad", "retired": ""}

ACT_WORDS: dict[str, str] = {
    "issue": N_("issued"),
    "transfer": N_("transferred"),
    "reserve": N_("set aside"),
    "settle": N_("handed over"),
    "release": N_("set free again"),
    "pledge.lock": N_("pledged"),
    "pledge.release": N_("freed by the creditor"),
    "pledge.enforce": N_("taken by the creditor"),
    "freeze": N_("frozen"),
    "unfreeze": N_("freeze lifted"),
    "retire": N_("retired"),
    "cancel": N_("cancelled"),
    "force-cancel": N_("cancelled by force"),
    "buffer.release": N_("given back from the buffer"),
    "moved": N_("moved on, or split"),
    "merge": N_("joined with its neighbours"),
    "split": N_("stayed when others of its block went"),
}

ENDED_WORDS: dict[str, str] = {
    "pending": N_("waits"),
    "executed": N_("done"),
    "released": N_("released"),
    "aborted": N_("stopped by the holder"),
    "stopped": N_("stopped"),
    "expired": N_("expired"),
}

EXTERNAL_KINDS: dict[str, str] = {
    "issued": N_("issued"),
    "retired": N_("retired"),
    "cancelled": N_("cancelled"),
}
REGISTRIES: dict[str, str] = {
    "verra": "Verra VCS",
    "gold-standard": "Gold Standard",
    "car": "Climate Action Reserve",
    "acr": "ACR",
    "cdm": "CDM",
    "cercarbono": "Cercarbono",
}
