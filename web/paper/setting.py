"""From content to PDF. Values reach Typst as JSON data, never as source, so no text of a user is ever run."""

import dataclasses
import io
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import segno
import typst

from web.paper.content import Figures, Paper, Table, Text

KIND_OF = {Text: "text", Figures: "figures", Table: "table"}
FONT_PACKAGE = "mplfonts"
"""The package that brings Noto Sans and Serif CJK (Open Font License); only the fonts in it are used."""


def paper_pdf(content: Paper, *, made_at: datetime | None = None) -> bytes:
    """The document as tagged PDF with its fonts embedded; the same content and instant give the same bytes.

    It takes about 0.1 s of one core: call it in a thread from a handler.
    """
    made = made_at or datetime.now(UTC)
    compiler = typst.Compiler(  # type: ignore[misc]  # its stub leaves a type variable open
        _template(),
        font_paths=[_font_folder()],
        ignore_system_fonts=True,
        sys_inputs={"data": msgspec.json.encode(_as_data(content)).decode()},
    )
    pdf = compiler.compile(format="pdf", timestamp=int(made.timestamp()))
    if not isinstance(pdf, bytes):  # a list comes only for formats of one file a page
        raise TypeError(type(pdf))
    return pdf


def qr_svg(text: str, *, dark: str = "#15342c") -> str:
    """A QR code (level M, border of two modules) as an SVG element without XML declaration."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", xmldecl=False, border=2, scale=4, dark=dark)
    return out.getvalue().decode()


def _as_data(content: Paper) -> dict[str, Any]:
    data = dataclasses.asdict(content)
    data["qr"] = qr_svg(content.qr_text) if content.qr_text else ""
    for section, shown in zip(content.sections, data["sections"], strict=True):
        for part, drawn in zip(section.parts, shown["parts"], strict=True):
            drawn["kind"] = KIND_OF[type(part)]
    return data


@cache
def _template() -> bytes:
    return (files("web.paper") / "house.typ").read_bytes()


@cache
def _font_folder() -> str:
    return str(Path(str(files(FONT_PACKAGE))) / "fonts")
