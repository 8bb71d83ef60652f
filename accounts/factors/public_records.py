"""A record of a public factor table, whatever shape it came in, and how it stands beside what is known. Needs no database."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Literal

from carbon.errors import N_, Finding

Kind = Literal["new", "changed", "archived", "unchanged", "missing", "wrong"]
KINDS: tuple[Kind, ...] = ("new", "changed", "archived", "unchanged", "missing", "wrong")


@dataclass(frozen=True)
class Record:
    """One factor of a table. `gases` gives kg of each gas (or CO2e) per `activity_unit`, exact decimals as text.

    `archived`: its publisher has taken it out of use.
    """

    key: str
    activity_unit: str
    gases: Mapping[str, str]
    name_zh: str = ""
    name_en: str = ""
    category: str = ""
    region: str = ""
    gwp_basis: str = ""
    life_cycle: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    document: str = ""
    note: str = ""
    uncertainty_percent: str = ""
    archived: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For JSON; days in ISO form."""
        told = asdict(self)
        return told | {
            name: told[name].isoformat() if told[name] else None for name in ("starts_on", "ends_on")
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Record":
        """A record from `as_dict`."""
        known = {one.name: told[one.name] for one in fields(cls) if one.name in told}
        days = {
            name: date.fromisoformat(known[name]) if isinstance(known.get(name), str) else known.get(name)
            for name in ("starts_on", "ends_on")
        }
        return cls(**{**known, **days})

    def differs(self, other: "Record") -> tuple[str, ...]:
        """The names of what is not the same in both."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) != getattr(other, one.name))


@dataclass(frozen=True)
class ReadRecord:
    """A record with the place it was read at, or what is wrong there."""

    sheet: str | None
    row: int
    record: Record | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ReadTable:
    """A factor table as read: which mapping understood it, its rows in order, and what was noticed of the file."""

    file_name: str
    sha256: str
    size_bytes: int
    mapping: str
    rows: tuple[ReadRecord, ...]
    noticed: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Difference:
    """A row beside what is known: its kind, the record read, the one known until now, and what differs."""

    kind: Kind
    record: Record | None
    before: Record | None = None
    changed: tuple[str, ...] = ()
    sheet: str | None = None
    row: int | None = None
    finding: Finding | None = None


@dataclass(frozen=True)
class Preview:
    """Every difference in the order of the file, then the known records that the file does not name."""

    differences: tuple[Difference, ...]
    counts: Mapping[str, int] = field(default_factory=dict)


def compare(rows: Sequence[ReadRecord], known: Mapping[str, Record]) -> Preview:
    """How a file stands beside the known records by key. A key met twice is wrong the second time; nothing is deleted."""
    found: list[Difference] = []
    met: dict[str, ReadRecord] = {}
    for row in rows:
        found += [
            Difference("wrong", row.record, sheet=row.sheet, row=row.row, finding=finding)
            for finding in row.findings
            if finding.severity == "error"
        ]
        if row.record is None or any(finding.severity == "error" for finding in row.findings):
            continue
        earlier = met.setdefault(row.record.key, row)
        if earlier is not row:
            found.append(_twice(row, earlier))
            continue
        found.append(_beside(row, row.record, known.get(row.record.key)))
    found += [
        Difference("missing", None, before)
        for key, before in known.items()
        if key not in met and not before.archived
    ]
    counts: dict[str, int] = {kind: sum(one.kind == kind for one in found) for kind in KINDS}
    return Preview(tuple(found), counts)


def _beside(row: ReadRecord, record: Record, before: Record | None) -> Difference:
    changed = record.differs(before) if before else ()
    kind: Kind = "new" if before is None else "changed" if changed else "unchanged"
    if record.archived and kind != "unchanged":
        kind = "archived"
    return Difference(kind, record, before, changed, row.sheet, row.row)


def _twice(row: ReadRecord, earlier: ReadRecord) -> Difference:
    template = N_(
        "{value} stands here a second time; it was first met in row {first}. Keep one of them, or give each its own id."
    )
    key = row.record.key if row.record else ""
    finding = Finding(
        "factor-twice",
        template,
        {"first": earlier.row, "value": key},
        sheet=row.sheet,
        row=row.row,
        column="key",
        value=key[:100],
    )
    return Difference("wrong", row.record, sheet=row.sheet, row=row.row, finding=finding)
