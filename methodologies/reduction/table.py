"""A monitoring report that arrives as one flat table: each line a row of the methodology's table, or a year of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from carbon.errors import N_, Problem
from methodologies.reduction.monitoring import Asked
from methodologies.reduction.schema import PROJECT, YEAR, folded

_YES = {
    "true": True,
    "yes": True,
    "是": True,
    "1": True,
    "false": False,
    "no": False,
    "否": False,
    "0": False,
}
_TOP = {"gwp_set", "route", "crediting", "recalled"}
_YEAR_WORDS = {"年份": "year", "年": "year", "期间": "period", "gwp": "gwp_set"}


def report_of(asked: Asked, lines: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """The nested report a flat table stands for; empty cells count as not given.

    Raises:
        Problem: a column that is not asked for, or a value of the project or year that differs between its lines.
    """
    words = asked.words()
    report: dict[str, Any] = {"project": {}, "conditions": {}, "years": {}}
    for number, line in enumerate(lines, start=2):
        cells = {_key(key): value.strip() for key, value in line.items() if key and value and value.strip()}
        when = cells.get("period") or cells.get("year")
        if when is None:
            raise Problem(N_("Row {row} has no year."), row=number, at=f"row {number}.year")
        kind = "period" if "period" in cells else "year"
        record = report["years"].setdefault(when, {kind: when})
        row: dict[str, dict[str, str]] = {}
        for key, value in cells.items():
            _place(asked, words, report, record, row, key, value, at=f"row {number}.{key}")
        for table, values in row.items():
            record.setdefault(table, []).append(values)
    return report | {"years": list(report["years"].values())}


def _key(key: str) -> str:
    plain = key.strip().lstrip("\ufeff")
    return _YEAR_WORDS.get(plain, plain)


def _place(
    asked: Asked,
    words: Mapping[str, str],
    report: dict[str, Any],
    record: dict[str, Any],
    row: dict[str, dict[str, str]],
    key: str,
    value: str,
    *,
    at: str,
) -> None:
    if key in {"year", "period", "note"}:
        return
    conditions = {folded(w): id_ for id_, c in asked.conditions.items() for w in (id_, c.name.zh, c.name.en)}
    id_ = words.get(folded(key))
    if key in _TOP:
        _once(report, key, _YES.get(value.casefold(), value) if key == "recalled" else value, at)
    elif id_ is None and folded(key) in conditions:
        _once(report["conditions"], conditions[folded(key)], _YES.get(value.casefold(), value), at)
    elif id_ is None:
        raise Problem(
            N_("“{key}” is not asked for here. Perhaps meant: {near}."),
            key=key,
            near=", ".join(spec.id for spec in asked.fields.values() if spec.is_reported),
            at=at,
        )
    elif asked.fields[id_].per == PROJECT:
        _once(report["project"], id_, value, at)
    elif asked.fields[id_].per == YEAR:
        _once(record, id_, value, at)
    else:
        row.setdefault(asked.fields[id_].per, {})[id_] = value


def _once(layer: dict[str, Any], key: str, value: Any, at: str) -> None:
    if layer.setdefault(key, value) != value:
        raise Problem(
            N_(
                "“{key}” is {value} here and {before} in a row above: it holds for all rows, so give it once."
            ),
            key=key,
            value=value,
            before=layer[key],
            at=at,
        )
