"""How far a number has been confirmed against the document it comes from."""

from collections.abc import Iterable
from enum import IntEnum

from carbon.text import Text


class Confidence(IntEnum):
    """Ordered: a larger value is better confirmed. `MEMORY` is never used in a calculation."""

    MEMORY = 0
    ONE_SECONDARY = 1
    TWO_SECONDARY = 2
    TEXT = 3

    @property
    def id(self) -> str:
        """As written in TOML: `one-secondary`."""
        return self.name.lower().replace("_", "-")

    @property
    def label(self) -> Text:
        """What it means, for a reader."""
        return _LABELS[self]

    @classmethod
    def of(cls, text: str) -> "Confidence":
        """Read `text`, `two-secondary`, `one-secondary` or `memory`.

        Raises:
            ValueError: any other word.
        """
        for confidence in cls:
            if confidence.id == text:
                return confidence
        raise ValueError(f"No confidence “{text}”: write one of {', '.join(c.id for c in cls)}.")

    @classmethod
    def weakest(cls, several: Iterable["Confidence"]) -> "Confidence":
        """A result is as sure as its least sure input; with none, `TEXT`."""
        return min(several, default=cls.TEXT)


_LABELS = {
    Confidence.MEMORY: Text("未核实", "recalled, not confirmed"),
    Confidence.ONE_SECONDARY: Text("一处公开转录", "one public transcription"),
    Confidence.TWO_SECONDARY: Text(
        "两处以上独立公开转录一致", "two or more independent public transcriptions agree"
    ),
    Confidence.TEXT: Text("核对过原文", "checked against the document itself"),
}
