"""What a document holds, free of how it looks; every text is already in the reader's language."""

from dataclasses import dataclass, field
from typing import Literal

Align = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Text:
    """Paragraphs; a blank line parts them."""

    text: str


@dataclass(frozen=True)
class Figures:
    """Labels with values, as on the head of a statement."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """One column: `share` is its part of the width beside the others."""

    title: str
    align: Align = "left"
    share: float = 1.0


@dataclass(frozen=True)
class Table:
    """Rows of cells as they are to be printed; `totals` stands below a double rule."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...] = ()
    empty: str = ""
    """What stands instead of a table without rows."""


@dataclass(frozen=True)
class Section:
    """A heading with what follows it."""

    title: str
    parts: tuple[Text | Figures | Table, ...]


@dataclass(frozen=True)
class Paper:
    """One document; `number` and `issued` stand in its head, `foot` on each page."""

    title: str
    language: Literal["zh", "en"]
    sections: tuple[Section, ...]
    subtitle: str = ""
    number: str = ""
    issued: str = ""
    issuer: str = ""
    foot: str = ""
    headline: tuple[str, str] | None = None
    """One big figure with what it is, as the tonnes on a certificate."""
    qr_text: str = ""
    """An address as a QR code in the head, with `qr_label` beneath."""
    qr_label: str = ""
    wide: bool = field(default=False)
    """Landscape, for tables with many columns."""
