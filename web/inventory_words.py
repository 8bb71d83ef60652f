"""A file's inventory as JSON, for the command line and the API alike (docs/activity-file.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from accounts.enterprise.checking import QUALITIES, CheckedActivities
from accounts.enterprise.inventory import Inventory, kyoto_co2e_mg, source_name
from accounts.enterprise.resolving import Resolved, month_label
from carbon.errors import Finding
from carbon.text import Text
from web.language import translate_problem

_MG_PER_T = Decimal(10**9)
_QUALITY_NAMES = {number: name for name, number in QUALITIES.items()}


def inventory_json(checked: CheckedActivities, inventory: Inventory, language: str) -> dict[str, Any]:
    """What `--json` answers; the API answers the same."""
    findings = checked.findings.listed()
    return {
        "file": checked.read.name,
        "sha256": checked.read.sha256,
        "gwp": inventory.gwp_set,
        "rows_read": checked.rows_read,
        "rows_calculated": inventory.rows.height,
        "rows_wrong": checked.rows_wrong,
        "total": _mass(inventory.co2e_mg, "co2e"),
        "by_gas": [
            {"gas": total.gas, "in_total": total.in_total, **_mass(total.mg), **_mass(total.co2e_mg, "co2e")}
            for total in inventory.by_gas
        ],
        "by_scope": [
            {"scope": int(total.name), "activities": total.activities, **_mass(total.co2e_mg, "co2e")}
            for total in inventory.by_scope
        ],
        "by_source": [
            {
                "source": total.name,
                "name": source_name(total.name, language),
                "activities": total.activities,
                **_mass(total.co2e_mg, "co2e"),
            }
            for total in inventory.by_source
        ],
        "beside": {method: _mass(mg, "co2e") for method, mg in inventory.beside.items()},
        "rows": list(_rows(checked, inventory, language)),
        "without_amount": list(_gaps(checked)),
        "errors": [_finding(finding, language) for finding in findings if finding.severity == "error"],
        "warnings": [_finding(finding, language) for finding in findings if finding.severity != "error"],
    }


def _mass(mg: int, prefix: str = "") -> dict[str, Any]:
    """Whole milligrams, and tonnes as a number for people."""
    name = f"{prefix}_" if prefix else ""
    return {f"{name}mg": mg, f"{name}t": float(mg / _MG_PER_T)}


def _rows(checked: CheckedActivities, inventory: Inventory, language: str) -> Iterator[dict[str, Any]]:
    masses = [name for name in inventory.rows.columns if name.startswith("mg_")]
    for row in inventory.rows.iter_rows(named=True):
        entry = checked.resolved[row["resolved"]]
        gases_mg = {name[3:]: row[name] for name in masses if name[3:] in _emitted(entry)}
        yield {
            **_place(checked, row, entry),
            "amount": format(row["amount"].normalize(), "f"),
            "unit": entry.key.unit,
            "region": entry.key.region,
            "method": entry.key.method,
            "guide": entry.key.guide,
            "own_values": dict(entry.key.overrides),
            "quality": _QUALITY_NAMES[row["quality"]],
            "reference": row["reference"],
            "note": row["note"],
            "mg": gases_mg,
            **_mass(kyoto_co2e_mg(gases_mg, inventory.gwp_set), "co2e"),
            **_lineage(entry, language),
        }


def _place(checked: CheckedActivities, row: dict[str, Any], entry: Resolved) -> dict[str, Any]:
    return {
        "sheet": checked.read.sheets[row["sheet"]].name,
        "row": row["row"],
        "period": month_label(entry.key.month, entry.months),
        "facility": row["facility"],
        "source": entry.key.source,
        "item": entry.key.item,
    }


def _emitted(entry: Resolved) -> Sequence[str]:
    return list(entry.coefficient.mg_per_unit) if entry.coefficient else []


def _lineage(entry: Resolved, language: str) -> dict[str, Any]:
    if entry.coefficient is None:
        return {}
    return {
        "scope": entry.coefficient.scope,
        "factors": [line.as_dict() for line in entry.coefficient.standings],
        "confidence": entry.coefficient.confidence.id,
        "rule_version": entry.coefficient.rule_version,
        "parameters_hash": entry.coefficient.parameters_hash,
        "notes": [note.in_language(language) for note in entry.coefficient.notes],
        "gaps": [gap.in_language(language) for gap in entry.coefficient.gaps],
    }


def _gaps(checked: CheckedActivities) -> Iterator[dict[str, Any]]:
    for row in checked.gaps.iter_rows(named=True):
        entry = checked.resolved[row["resolved"]]
        yield {**_place(checked, row, entry), "notation": row["notation"], "note": row["note"]}


def _finding(finding: Finding, language: str) -> dict[str, Any]:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "value": finding.value,
        "message": translate_problem(language, worded(finding, language)),
    }


def worded(finding: Finding, language: str) -> Finding:
    """Names that data carries in both languages, in the reader's."""
    values = {
        name: value.in_language(language) if isinstance(value, Text) else value
        for name, value in finding.values.items()
    }
    return replace(finding, values=values)
