"""Serial numbers of other registries, read by anchored patterns; a line is what a number may appear on only once.

Patterns of Verra (new and older), Gold Standard, CAR, ACR and CDM were run over public registry rows: every one
matched and end − start + 1 was the stated quantity. Cercarbono's serial names no range; the quantity stands apart.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from carbon.errors import N_, Problem

MOST_UNITS = 10**15


@dataclass(frozen=True)
class ExternalSerial:
    """What a foreign serial says; without a range `first` and `last` are None."""

    registry: str
    text: str
    line: str
    first: int | None
    last: int | None
    project_code: str = ""
    vintage: str = ""
    country: str = ""
    buffer: bool = False

    @property
    def size(self) -> int | None:
        """Units of the range, None where the serial names none."""
        return None if self.first is None or self.last is None else self.last - self.first + 1


_VERRA = re.compile(
    r"^(\d+)-(\d+)-(\d+)-(?:VCS-)?VCU-(\d+)-([A-Z]{2,4})-([A-Z]{2})-(\d+)-(\d+)-(\d{8})-(\d{8})-([01])$"
)
_GOLD = re.compile(r"^(GS1-(\d+)-([A-Z]{2})-GS(\d+)-(\d+)-(\d{4})-(\d+))-(\d+)-(\d+)$")
_CAR = re.compile(r"^(CAR-(?:1|ROC)-([A-Z]{2})-(\d+)-(\d+)-(\d+)-([A-Z]{2})-(\d{4})-(\d+))-(\d+) to (\d+)$")
_ACR = re.compile(r"^(ACR-([A-Z]{2})-(\d+)-(\d{4})-(\d+))-(\d+) to (\d+)$")
_CDM = re.compile(
    r"^([A-Z]{2})-([5-7])-(\d+)-(\d+)-(\d+)-(\d+)-(\d+) - ([A-Z]{2})-([5-7])-(\d+)-(\d+)-(\d+)-(\d+)-(\d+)$"
)
_CERCARBONO = re.compile(r"^CDC_(\d+)_([A-Za-z0-9_.-]+?)(_BFC?)?$")

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−－﹣"), "-")


def tidy(text: str) -> str:
    """One line in NFKC with plain dashes and single blanks, as the patterns expect."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return re.sub(r"\s+", " ", plain).strip()


def parse_external(text: str) -> ExternalSerial:
    """The registry, line and range of a foreign serial.

    Raises:
        Problem: of no registry known here, or its numbers run backwards.
    """
    serial = tidy(text)
    for pattern, read in _READERS:
        found = pattern.match(serial)
        if found is not None:
            return _checked(read(serial, found))
    raise Problem(
        N_(
            "{serial} is no serial of Verra, Gold Standard, CAR, ACR, CDM or Cercarbono as their registers write it; "
            "copy it whole from the register's export."
        ),
        at="serial",
        serial=serial[:160],
    )


def _checked(serial: ExternalSerial) -> ExternalSerial:
    if serial.first is None or serial.last is None:
        return serial
    if not 0 <= serial.first <= serial.last < MOST_UNITS:
        raise Problem(
            N_("The numbers of {serial} run backwards or are too large; compare it with the register."),
            at="serial",
            serial=serial.text[:160],
        )
    return serial


def _verra(text: str, found: re.Match[str]) -> ExternalSerial:
    batch, first, last, _, _, country, _, project, starts, ends, _ = found.groups()
    vintage = f"{_day(starts)}/{_day(ends)}"
    return ExternalSerial("verra", text, f"verra:{batch}", int(first), int(last), project, vintage, country)


def _day(text: str) -> str:
    """`31122020` as `2020-12-31`."""
    return f"{text[4:]}-{text[2:4]}-{text[:2]}"


def _gold(text: str, found: re.Match[str]) -> ExternalSerial:
    line, _, country, project, _, vintage, _, first, last = found.groups()
    return ExternalSerial(
        "gold-standard", text, line, int(first), int(last), f"GS{project}", vintage, country
    )


def _car(text: str, found: re.Match[str]) -> ExternalSerial:
    line, country, project, _, _, _, vintage, _, first, last = found.groups()
    return ExternalSerial("car", text, line, int(first), int(last), f"CAR{project}", vintage, country)


def _acr(text: str, found: re.Match[str]) -> ExternalSerial:
    line, country, project, vintage, _, first, last = found.groups()
    return ExternalSerial("acr", text, line, int(first), int(last), f"ACR{project}", vintage, country)


def _cdm(text: str, found: re.Match[str]) -> ExternalSerial:
    party, kind, first, original, applicable, land, project = found.groups()[:7]
    other = found.groups()[7:]
    if (other[0], other[1], *other[3:]) != (party, kind, original, applicable, land, project):
        raise Problem(
            N_(
                "The two ends of {serial} are of different projects, parties or periods; compare it with the register."
            ),
            at="serial",
            serial=text[:160],
        )
    line = f"cdm:{party}-{kind}-{original}-{land}-{project}"
    return ExternalSerial("cdm", text, line, int(first), int(other[2]), project, f"CP{original}", party)


def _cercarbono(text: str, found: re.Match[str]) -> ExternalSerial:
    project, _, suffix = found.groups()
    return ExternalSerial(
        "cercarbono", text, f"cercarbono:{project}", None, None, f"CDC_{project}", buffer=bool(suffix)
    )


_READERS: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], ExternalSerial]], ...] = (
    (_VERRA, _verra),
    (_GOLD, _gold),
    (_CAR, _car),
    (_ACR, _acr),
    (_CDM, _cdm),
    (_CERCARBONO, _cercarbono),
)
