"""From bytes to text: which encoding a delimited file was written in."""

import codecs
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from carbon.errors import N_, Finding, Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


@dataclass(frozen=True)
class Decoded:
    """The text as UTF-8 without byte-order mark, the encoding's name, and what there is to say about it."""

    utf8: bytes
    encoding: str
    findings: tuple[Finding, ...] = ()


def decode(content: bytes, name: str, score: Callable[[str], int]) -> Decoded:
    """Read the text by its mark, as UTF-8, as UTF-16 without mark, or as GB18030 or Big5.

    `score` says how many column names the first lines show; it decides between encodings that both fit.

    Raises:
        Problem: no encoding fits, or the text holds a NUL character.
    """
    decoded = _by_mark(content, name) or _by_trial(content, score)
    if decoded is None:
        raise Problem(
            N_("{name} is no text we can read: not UTF-8, GB18030, Big5 or UTF-16. Save it as “CSV UTF-8”."),
            name=name,
        )
    if b"\x00" in decoded.utf8:
        raise Problem(
            N_(
                "{name} holds a NUL character at byte {position}; it is not a text file. Save it as “CSV UTF-8”."
            ),
            name=name,
            position=decoded.utf8.index(b"\x00") + 1,
        )
    return decoded


def _by_mark(content: bytes, name: str) -> Decoded | None:
    for mark, codec, label in _MARKS:
        if content.startswith(mark):
            try:
                text = content.decode(codec)
            except UnicodeDecodeError as error:
                raise Problem(
                    N_(
                        "{name} begins as {encoding} but byte {position} does not fit. Save it as “CSV UTF-8”."
                    ),
                    name=name,
                    encoding=label,
                    position=error.start + 1,
                ) from error
            return Decoded(text.removeprefix("\ufeff").encode(), label)
    return None


def _by_trial(content: bytes, score: Callable[[str], int]) -> Decoded | None:
    """UTF-8 if it is, UTF-16 where that alone shows headings, else the better of GB18030 and Big5."""
    is_utf8 = _is_utf8(content)
    if is_utf8 and b"\x00" not in content:
        return Decoded(content, "UTF-8")
    candidates = [
        (score(text[:65536]), label, text)
        for codec, label in (
            ("utf-16-le", "UTF-16"),
            ("utf-16-be", "UTF-16"),
            ("gb18030", "GB18030"),
            ("big5", "Big5"),
        )
        if (text := _text(content, codec)) is not None and "\x00" not in text
    ]
    likely = [entry for entry in candidates if entry[1] != "UTF-16" or entry[0] >= 2]
    if not likely:
        return Decoded(content, "UTF-8") if is_utf8 else None
    _, label, text = max(likely, key=lambda candidate: candidate[0])
    note = Finding(
        code="encoding",
        template=N_("Read as {encoding}. If names look wrong, save the file as “CSV UTF-8”."),
        values={"encoding": label},
        severity="warning",
    )
    return Decoded(text.encode(), label, (note,))


def _is_utf8(content: bytes) -> bool:
    """Checked by Polars, many bytes at a time, without building a text."""
    try:
        pl.Series([content], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _text(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        return None
