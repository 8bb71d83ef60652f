"""What must hold before a move: each guard refuses with the article it keeps and what to do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.database.transactions import Connection
from accounts.identity.actors import Actor
from accounts.projects import computing
from accounts.projects.activities import activity_of
from accounts.projects.days import years_before
from accounts.projects.documents import documents_of
from accounts.projects.energy import claim_energy
from accounts.projects.publishing import require_frozen
from accounts.projects.records import Claim, Project
from accounts.projects.routes import Scheme
from accounts.projects.uniqueness import Doubt, doubts_about, meters_of, parcels_of
from carbon.errors import N_, Conflict
from carbon.lifecycle import Move
from carbon.text import Text
from methodologies.reduction.catalogue import methodologies


@dataclass
class Situation:
    """The move that is asked for, and all a guard looks at; `doubts` collects what the authority must decide."""

    connection: Connection
    actor: Actor
    scheme: Scheme
    project: Project
    claim: Claim | None
    move: Move
    day: date
    details: Mapping[str, Any]
    doubts: list[Doubt] = field(default_factory=list)

    def clause(self, clause: str) -> Text:
        """The article as this scheme numbers it; the document alone where its articles were not read."""
        return self.scheme.clause(clause if self.scheme.id == "ccer" else "")

    @property
    def the_claim(self) -> Claim:
        """The claim a claim's guard looks at.

        Raises:
            ValueError: a project's move names a claim's guard.
        """
        if self.claim is None:
            raise ValueError(f"{self.move.act} of a project asks a guard of claims")
        return self.claim

    def clause_of_move(self) -> Text:
        """The article the move itself follows."""
        return self.scheme.clause(self.move.clause)


class Unmet(Conflict):
    """A condition of the rules is not met."""

    code = "condition-not-met"


Guard = Callable[[Situation], Awaitable[None]]
GUARDS: dict[str, Guard] = {}


def guard(function: Guard) -> Guard:
    """Offer a guard under its name."""
    GUARDS[function.__name__] = function
    return function


@guard
async def not_barred(s: Situation) -> None:
    """Order 31, art. 43."""
    until = await s.connection.fetchval(
        "select projects_is_barred($1, $2, $3)", s.project.tenant_id, s.scheme.id, s.day
    )
    if until is not None:
        raise Unmet(
            N_(
                "No application is taken from this owner until {day}, because a registration was revoked ({clause})."
            ),
            day=until.isoformat(),
            clause=s.clause("第四十三条"),
        )


@guard
async def published_methodology(s: Situation) -> None:
    """Order 31, art. 8, 10 (4)."""
    method = methodologies()[s.project.methodology]
    if not s.scheme.methodology_codes.match(method.code):
        raise Unmet(
            N_("{methodology} ({code}) is no methodology of this scheme; choose one of it ({clause})."),
            methodology=method.name,
            code=method.code,
            clause=s.clause("第八条、第十条"),
            at="methodology",
        )
    await require_frozen(s.connection, method.id)
    longest = method.terms.longest_years
    first, last = s.project.crediting_starts_on, s.project.crediting_ends_on
    if longest and years_before(last, longest) >= first:
        raise Unmet(
            N_(
                "The crediting period {first} to {last} is longer than the {years} years of {methodology} ({clause})."
            ),
            first=first.isoformat(),
            last=last.isoformat(),
            years=longest,
            methodology=method.name,
            clause=method.terms.crediting.text,
            at="crediting_ends_on",
        )


@guard
async def construction_after(s: Situation) -> None:
    """Order 31, art. 10 (1)."""
    limit, day = s.scheme.started_after, s.project.construction_started_on
    if limit and (day is None or day <= limit):
        raise Unmet(
            N_("Construction must have started after {limit}; the project says {day} ({clause})."),
            limit=limit.isoformat(),
            day=day.isoformat() if day else Text("未填", "nothing"),
            clause=s.clause("第十条"),
            at="construction_started_on",
        )


async def _declared(s: Situation, name: str, clause: str) -> None:
    from accounts.projects.drafting import DECLARATIONS  # noqa: PLC0415 - drafting is the owner's side of the same list

    if not s.project.declarations.get(name):
        raise Unmet(
            N_("The owner has not declared: {declaration} ({clause}). Declare it, if it is so."),
            declaration=DECLARATIONS[name],
            clause=s.clause(clause),
            at="declarations",
        )


@guard
async def no_duty(s: Situation) -> None:
    """Order 31, art. 10 (3)."""
    await _declared(s, "no_legal_duty", "第十条")
    await _declared(s, "additional", "第十条")


@guard
async def outside_market(s: Situation) -> None:
    """Order 31, art. 10, 48."""
    await _declared(s, "outside_market", "第十条")
    await _declared(s, "no_other_scheme", "第四十八条")


@guard
async def place_given(s: Situation) -> None:
    """Order 31, art. 10 (real, unique): there must be a place or a meter to know it by."""
    if not await parcels_of(s.connection, s.project.id) and not await meters_of(s.connection, s.project.id):
        raise Unmet(
            N_(
                "Say where the project is: give its boundary as GeoJSON, or its meters and installations ({clause})."
            ),
            clause=s.clause("第十条"),
            at="boundary",
        )


@guard
async def validator_named(s: Situation) -> None:
    """Order 31, art. 12."""
    if s.project.validator_id is None:
        raise Unmet(
            N_("Name the body that will validate; its name is published with the document ({clause})."),
            clause=s.clause("第十二条"),
            at="validator_id",
        )


@guard
async def verifier_named(s: Situation) -> None:
    """Order 31, art. 19."""
    if s.claim is None or s.claim.verifier_id is None:
        raise Unmet(
            N_("Name the body that will verify; its name is published with the report ({clause})."),
            clause=s.clause("第十九条"),
            at="verifier_id",
        )


@guard
async def another_verifier(s: Situation) -> None:
    """Order 31, art. 18."""
    if s.scheme.another_verifier and s.claim and s.claim.verifier_id == s.project.validator_id:
        raise Unmet(
            N_(
                "{body} validated this project and may not verify its reductions; name another body ({clause})."
            ),
            body=Text(
                s.project.validator_name_zh, s.project.validator_name_en or s.project.validator_name_zh
            ),
            clause=s.clause("第十八条"),
            at="verifier_id",
        )


@guard
async def unique(s: Situation) -> None:
    """Order 31, art. 10, 48; LED-9: within a tenant the refusal names the other, across tenants the authority decides."""
    for doubt in await doubts_about(s.connection, s.project):
        if doubt.other_tenant_id == s.actor.tenant_id or s.move.role == "authority":
            raise Unmet(
                N_("{code} {name} counts the same already ({measure}); one place, time and activity is counted once ({clause})."),
                code=doubt.code,
                name=doubt.name,
                measure=doubt.measure,
                clause=s.clause("第十条、第四十八条"),
                at="boundary" if doubt.kind == "boundary" else "meters",
            )  # fmt: skip
        s.doubts.append(doubt)


async def _document(s: Situation, kind: str, name: Text, clause: str, *, since_move: bool = True) -> None:
    """There is a document of this kind, made since the last time this state was entered where `since_move`."""
    found = await documents_of(s.connection, s.project.id, s.claim.id if s.claim else None)
    since = s.claim.state_since if s.claim else s.project.state_since
    if not any(doc.kind == kind and (not since_move or doc.uploaded_at >= since) for doc in found):
        raise Unmet(
            N_("The {document} is missing: upload it first ({clause})."),
            document=name,
            clause=s.clause(clause),
            at=kind,
        )


@guard
async def design_document(s: Situation) -> None:
    """Order 31, art. 11."""
    await _document(
        s, "design_document", Text("项目设计文件", "project design document"), "第十一条", since_move=False
    )


@guard
async def validation_report(s: Situation) -> None:
    """Order 31, art. 13: made in this validation."""
    await _document(s, "validation_report", Text("审定报告", "validation report"), "第十三条")


@guard
async def validation_report_present(s: Situation) -> None:
    """Order 31, art. 14."""
    await _document(
        s, "validation_report", Text("审定报告", "validation report"), "第十四条", since_move=False
    )


@guard
async def application_form(s: Situation) -> None:
    """Order 31, art. 14, 21."""
    await _document(
        s, "application_form", Text("申请表", "application form"), "第十四条、第二十一条", since_move=False
    )


@guard
async def commitment(s: Situation) -> None:
    """Order 31, art. 14, 21."""
    await _document(
        s,
        "commitment",
        Text("唯一性与真实性承诺书", "commitment on uniqueness and truth"),
        "第十四条、第二十一条",
        since_move=False,
    )


@guard
async def accounting_report(s: Situation) -> None:
    """Order 31, art. 18, 19."""
    await _document(
        s,
        "accounting_report",
        Text("减排量核算报告", "reduction accounting report"),
        "第十九条",
        since_move=False,
    )


@guard
async def verification_report(s: Situation) -> None:
    """Order 31, art. 20: made in this verification."""
    await _document(s, "verification_report", Text("核查报告", "verification report"), "第二十条")


@guard
async def verification_report_present(s: Situation) -> None:
    """Order 31, art. 21."""
    await _document(
        s, "verification_report", Text("核查报告", "verification report"), "第二十一条", since_move=False
    )


@guard
async def notice_over(s: Situation) -> None:
    """Order 31, art. 12, 19."""
    ends_on = await s.connection.fetchval(
        """select ends_on from projects_hearing where project_id = $1 and claim_id is not distinct from $2
            order by id desc limit 1""",
        s.project.id,
        s.claim.id if s.claim else None,
    )
    if ends_on is None or s.day <= ends_on:
        raise Unmet(
            N_("The public notice runs until {day} inclusive ({days} working days, the first day counted); go on from the next day ({clause})."),
            day=ends_on.isoformat() if ends_on else "",
            days=s.scheme.notice_working_days,
            clause=s.clause("第十九条" if s.claim else "第十二条"),
        )  # fmt: skip


@guard
async def comments_answered(s: Situation) -> None:
    """Order 31, art. 12, 19: each comment that shows has an answer, and none waits to be read."""
    open_ones = await s.connection.fetchval(
        """select count(*) from projects_comment k join projects_hearing h on h.id = k.hearing_id
            where h.project_id = $1 and h.claim_id is not distinct from $2 and k.state = 'shown'
              and not exists (select from projects_answer a where a.comment_id = k.id)""",
        s.project.id,
        s.claim.id if s.claim else None,
    )
    if open_ones:
        raise Unmet(
            N_("{count} comments of the public are not answered yet: answer each first ({clause})."),
            count=open_ones,
            clause=s.clause("第十九条" if s.claim else "第十二条"),
            at="comments",
        )


@guard
async def comments_treated(s: Situation) -> None:
    """Order 31, art. 13, 20: the report says how comments were treated."""
    if not str(s.details.get("comments_statement", "")).strip():
        raise Unmet(
            N_("State how the comments of the public were treated, or that there were none ({clause})."),
            clause=s.clause("第二十条" if s.claim else "第十三条"),
            at="comments_statement",
        )


@guard
async def project_registered(s: Situation) -> None:
    """Order 31, art. 17."""
    if s.project.state != "registered":
        raise Unmet(
            N_("The project is “{state}”; reductions are claimed for a registered project ({clause})."),
            state=s.project.state_name,
            clause=s.clause("第十七条"),
        )


@guard
async def computed(s: Situation) -> None:
    """Order 31, art. 17: measurable, traceable."""
    if s.claim is None or await computing.latest_calculation(s.connection, s.claim.id) is None:
        raise Unmet(
            N_("Upload the monitoring data of the period; the report is computed from them ({clause})."),
            clause=s.clause("第十七条"),
            at="file",
        )


@guard
async def in_crediting_period(s: Situation) -> None:
    """Order 31, art. 17 (3)."""
    claim = s.the_claim
    first, last = s.project.crediting_starts_on, s.project.crediting_ends_on
    if claim.starts_on < first or claim.ends_on > last:
        raise Unmet(
            N_(
                "The period {start} to {end} does not lie inside the crediting period {first} to {last} ({clause})."
            ),
            start=claim.starts_on.isoformat(),
            end=claim.ends_on.isoformat(),
            first=first.isoformat(),
            last=last.isoformat(),
            clause=s.clause("第十七条"),
            at="starts_on",
        )


@guard
async def after_first_day(s: Situation) -> None:
    """Order 31, art. 17 (3): produced after 22 September 2020."""
    claim = s.the_claim
    limit = s.scheme.reductions_after
    if limit and claim.starts_on <= limit:
        raise Unmet(
            N_("Reductions count only after {limit}; the period starts on {start} ({clause})."),
            limit=limit.isoformat(),
            start=claim.starts_on.isoformat(),
            clause=s.clause("第十七条"),
            at="starts_on",
        )


@guard
async def within_window(s: Situation) -> None:
    """Order 31, art. 17 (3): produced within five years before the application."""
    claim = s.the_claim
    years = s.scheme.window_years
    earliest = years_before(s.day, years) if years else None
    if earliest and claim.starts_on < earliest:
        raise Unmet(
            N_("Only reductions of the {years} years before the application count: from {earliest} on; the period starts on {start} ({clause})."),
            years=years,
            earliest=earliest.isoformat(),
            start=claim.starts_on.isoformat(),
            clause=s.clause("第十七条"),
            at="starts_on",
        )  # fmt: skip


async def _calculation(s: Situation) -> computing.Calculation:
    claim = s.the_claim
    return await computing.require_calculation(s.connection, claim.id)


@guard
async def label_confirmed(s: Situation) -> None:
    """A scheme's units come only from formulas that were confirmed in the issued text."""
    calculation = await _calculation(s)
    if s.scheme.label_needed and calculation.label is None:
        raise Unmet(
            N_("The formulas of {methodology} are not confirmed from the issued text, so its result carries no label of {scheme} and no units can follow."),
            methodology=s.project.methodology_name,
            scheme=s.scheme.name,
            at="methodology",
        )  # fmt: skip


@guard
async def conditions_met(s: Situation) -> None:
    """Order 31, art. 10 (4), 17 (2): the methodology's conditions hold."""
    calculation = await _calculation(s)
    if calculation.applicable is False:
        missed = [one["name"] for one in calculation.result["conditions"] if one["met"] is False]
        raise Unmet(
            N_("The monitoring data do not meet the methodology's conditions: {conditions} ({clause})."),
            conditions=Text(
                "；".join(name["zh"] for name in missed), "; ".join(name["en"] for name in missed)
            ),
            clause=s.clause("第十七条"),
            at="file",
        )


@guard
async def recomputes(s: Situation) -> None:
    """Order 31, art. 17 (1): traceable. The same file gives the same tonnes now, by the published formulas."""
    claim = s.the_claim
    await require_frozen(s.connection, s.project.methodology)
    await computing.require_equal(s.connection, claim.id)


@guard
async def verified_quantity(s: Situation) -> None:
    """Order 31, art. 20, 21: the report states a quantity, and it is the one computed."""
    calculation = await _calculation(s)
    stated = s.details.get("quantity_t")
    if stated != calculation.credits_t:
        raise Unmet(
            N_("State the verified quantity; it must be the report's {computed} t, not {stated}. If it should be another, reject the report so that the owner corrects it ({clause})."),
            computed=calculation.credits_t,
            stated=stated if stated is not None else Text("未填", "nothing"),
            clause=s.clause("第二十条、第二十一条"),
            at="quantity_t",
        )  # fmt: skip


@guard
async def quantity_as_verified(s: Situation) -> None:
    """Order 31, art. 21: the quantity applied for is the quantity verified."""
    claim = s.the_claim
    calculation = await _calculation(s)
    verified = await s.connection.fetchval(
        "select (details ->> 'quantity_t')::bigint from projects_event where claim_id = $1 and act = 'verify' order by id desc limit 1",
        claim.id,
    )
    if verified != calculation.credits_t:
        raise Unmet(
            N_("{computed} t are applied for, but {verified} t were verified ({clause})."),
            computed=calculation.credits_t,
            verified=verified or 0,
            clause=s.clause("第二十一条"),
        )


@guard
async def energy_once(s: Situation) -> None:
    """Order 31, art. 48: the same kilowatt-hour is not both a credit and a green certificate."""
    claim = s.the_claim
    if not activity_of(s.project.methodology).metered:
        return
    for meter in await meters_of(s.connection, s.project.id):
        used = await claim_energy(
            s.connection,
            tenant_id=s.project.tenant_id,
            meter=meter,
            starts_on=claim.starts_on,
            ends_on=claim.ends_on,
            used_for="credit",
            source_kind="project.claim",
            source_id=claim.id,
        )
        if used.state == "held":
            s.doubts.append(Doubt(s.project.id, s.project.tenant_id, "meter", meter))
