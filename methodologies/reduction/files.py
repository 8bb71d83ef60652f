"""A monitoring report as a file: TOML or JSON, or CSV where the data are one table."""

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from carbon.errors import N_, Problem, TooLarge
from methodologies.reduction.catalogue import methodology_from_text
from methodologies.reduction.frame import Methodology
from methodologies.reduction.table import report_of
from methodologies.reduction.values import exact_number

LARGEST_FILE = 32 * 2**20


def read_monitoring(method: Methodology, name: str, content: bytes) -> dict[str, Any]:
    """The report in a file, its numbers as exact fractions.

    Raises:
        Problem: too large, not TOML, JSON or CSV, or a report for another methodology.
    """
    if len(content) > LARGEST_FILE:
        raise TooLarge(N_("The file is larger than {most} MiB."), most=LARGEST_FILE // 2**20)
    try:
        text = content.decode("utf-8-sig")
        data = _parsed(method, name, text)
    except (
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        json.JSONDecodeError,
        csv.Error,
        RecursionError,
    ) as fault:
        raise Problem(
            N_("{file} cannot be read: {fault}. Write TOML, JSON or CSV in UTF-8."),
            file=name,
            fault=str(fault),
        ) from fault
    if not isinstance(data, Mapping):
        raise Problem(N_("{file} must hold named values, not a list or a single value."), file=name)
    wanted = data.get("methodology")
    if wanted is not None and methodology_from_text(str(wanted)) is not method:
        raise Problem(
            N_("The report is for {wanted}, not for {method}."),
            wanted=str(wanted),
            method=method.id,
            at="methodology",
        )
    return dict(data)


def _parsed(method: Methodology, name: str, text: str) -> Any:
    ending = PurePath(name).suffix.casefold()
    if ending == ".csv":
        return report_of(method.asked, csv.DictReader(io.StringIO(text)))
    if ending == ".json" or text.lstrip().startswith("{"):
        return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_number)
    return tomllib.loads(text, parse_float=_number)


def _number(text: str) -> Fraction | str:
    """Exact; what is no usable number stays text, so that the field it stands in can be named."""
    number = exact_number(text.replace("_", ""))
    return text if number is None else number
