"""Writing reported totals: companies become listed organisations, figures are kept, what does not fit is flagged."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection
from accounts.enterprise.filing import Filed
from accounts.enterprise.findings import Message
from accounts.enterprise.indicators import indicators
from accounts.enterprise.plausibility import Reported, Suspicion, moved_sum, suspicions
from accounts.enterprise.totals_file import CheckedTotals
from accounts.identity.actors import Actor
from accounts.identity.organisations import ensure_listed
from carbon.errors import N_, Finding
from carbon.identifiers import new_id

_LATEST = """
    select distinct on (t.organisation_id, t.indicator, t.year)
           t.id, t.organisation_id, o.name_zh as company, t.indicator, t.year, t.value
      from enterprise_reported_total t join identity_organisation o on o.id = t.organisation_id
     where t.tenant_id = $1
     order by t.organisation_id, t.indicator, t.year, t.recorded_at desc, t.id desc
"""
_KNOWN = Message(
    "known-row",
    N_("This figure is known already with the same value; it was not taken again."),
    severity="warning",
)
_REPLACED = Message(
    "replaced",
    N_("Another value was known for this company, indicator and year; this one now holds."),
    severity="warning",
)


async def file_totals(
    connection: Connection, actor: Actor, submission_id: UUID, checked: CheckedTotals
) -> Filed:
    """Write the figures that are new, and flag whatever does not fit a company's other years."""
    rows = checked.rows.to_dicts()
    companies = await ensure_listed(connection, actor, names_zh=sorted({row["company"] for row in rows}))
    known = {
        (row["organisation_id"], row["indicator"], row["year"]): row["value"]
        for row in await connection.fetch(_LATEST, actor.tenant_id)
    }
    taken = []
    for row in rows:
        earlier = known.get((companies[row["company"]], row["indicator"], row["year"]))
        if earlier is None or earlier != row["value"]:
            taken.append(row)
        if earlier is not None:
            _say(checked, row, _KNOWN if earlier == row["value"] else _REPLACED)
    await _insert(connection, actor.tenant_id, submission_id, companies, taken)
    _say_assumptions(checked, taken)
    await _flag(connection, actor.tenant_id, checked, taken)
    return Filed(len(taken), len(rows) - len(taken))


def _say(checked: CheckedTotals, row: Mapping[str, Any], message: Message) -> None:
    checked.findings.general.append(
        message.finding(
            sheet=checked.findings.sheets[row["sheet"]],
            row=row["row"],
            column="value",
            value=format(row["value"].normalize(), "f"),
        )
    )


async def _insert(
    connection: Connection,
    tenant_id: UUID,
    submission_id: UUID,
    companies: Mapping[str, UUID],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    await connection.execute(
        """insert into enterprise_reported_total (id, tenant_id, organisation_id, submission_id, row, indicator, year,
               value, unit, unit_assumed)
           select id, $1, organisation_id, $2, row, indicator, year, value, unit, unit_assumed
             from unnest($3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::smallint[], $8::numeric[], $9::text[],
                         $10::boolean[]) as t (id, organisation_id, row, indicator, year, value, unit, unit_assumed)""",
        tenant_id,
        submission_id,
        [new_id() for _ in rows],
        [companies[row["company"]] for row in rows],
        *([row[name] for row in rows] for name in ("row", "indicator", "year")),
        [row["value"].normalize() for row in rows],
        [row["unit"] for row in rows],
        [row["unit_assumed"] for row in rows],
    )


def _say_assumptions(checked: CheckedTotals, rows: Sequence[Mapping[str, Any]]) -> None:
    """Units the file does not state: say once for each indicator what is assumed."""
    for id_ in sorted({row["indicator"] for row in rows if row["unit_assumed"]}):
        indicator = indicators()[id_]
        checked.findings.general.append(
            Finding(
                "unit-assumed",
                "{indicator}: {note}",
                {"indicator": indicator.name, "note": indicator.note},
                severity="warning",
                column="unit",
            )
        )


async def _flag(
    connection: Connection, tenant_id: UUID, checked: CheckedTotals, taken: Sequence[Mapping[str, Any]]
) -> None:
    """Look at all figures anew, since one more year can show which of two was wrong; flag each figure once."""
    rows = await connection.fetch(_LATEST, tenant_id)
    organisations = {row["id"]: row["organisation_id"] for row in rows}
    figures = [Reported(r["id"], r["company"], r["indicator"], r["year"], float(r["value"])) for r in rows]
    flagged = {
        row["total_id"]
        for row in await connection.fetch(
            "select total_id from enterprise_flag where tenant_id = $1", tenant_id
        )
    }
    new = [suspicion for suspicion in suspicions(figures) if suspicion.reported.id not in flagged]
    places = {(row["company"], row["indicator"], row["year"]): row for row in taken}
    for suspicion in new:
        details = _details(suspicion, figures)
        await connection.execute(
            """insert into enterprise_flag (id, tenant_id, organisation_id, total_id, kind, factor, template, details)
               values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)""",
            new_id(),
            tenant_id,
            organisations[suspicion.reported.id],
            suspicion.reported.id,
            suspicion.kind,
            suspicion.factor,
            suspicion.template,
            msgspec.json.encode(details).decode(),
        )
        _say_flag(checked, suspicion, details, places)


def _details(suspicion: Suspicion, figures: Sequence[Reported]) -> dict[str, Any]:
    moves = moved_sum(suspicion.reported, figures)
    return {**suspicion.values, **({"moves": f"{moves:.4g}"} if moves else {})}


def _say_flag(
    checked: CheckedTotals,
    suspicion: Suspicion,
    details: Mapping[str, Any],
    places: Mapping[tuple[str, str, int], Mapping[str, Any]],
) -> None:
    figure = suspicion.reported
    row = places.get((figure.company, figure.indicator, figure.year))
    checked.findings.general.append(
        Finding(
            "implausible",
            suspicion.template,
            dict(details),
            severity="warning",
            sheet=checked.findings.sheets[row["sheet"]] if row else None,
            row=row["row"] if row else None,
            column="value",
            value=str(details["value"]),
        )
    )
