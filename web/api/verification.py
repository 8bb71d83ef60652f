"""Verification: rounds, cases, samples, findings, opinions; and corrections of activities."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.enterprise import corrections, evidence
from accounts.enterprise.corrections import Correction
from accounts.enterprise.evidence import EvidenceFile
from accounts.identity.approvals import Draft
from accounts.identity.permissions import Permission
from accounts.verification import cases, findings, independence, moves, opinions, reopening, rounds, samples
from accounts.verification.cases import Case
from accounts.verification.findings import VerificationFinding
from accounts.verification.independence import Preparer
from accounts.verification.opinions import SignedOpinion
from accounts.verification.rounds import Round
from accounts.verification.samples import SampleLine
from web.api.inputs import DecimalText, IdempotencyKey, Input, Note, Year, decimal_of
from web.api.uploads import UPLOAD_TYPES, UploadOperation, upload_of
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
READ = {"permission": Permission.VERIFICATION_READ}
ORDER = {"permission": Permission.VERIFICATION_ORDER}
WORK = {"permission": Permission.VERIFICATION_WORK}
SUBMIT = {"permission": Permission.ACTIVITY_SUBMIT}
TAGS = ["verification"]
Words = Annotated[str, Meta(min_length=1, max_length=4000)]
Title = Annotated[str, Meta(min_length=1, max_length=200)]


class NewRound(Input):
    """The terms of a year's verification; every figure is the authority's own."""

    year: Year
    assurance: Literal["limited", "reasonable"]
    materiality_percent: DecimalText
    longest_years_in_a_row: Annotated[int, Meta(ge=1, le=20)]
    submit_by_on: date
    verify_by_on: date
    gwp_set: Literal["SAR", "AR4", "AR5", "AR6"] = "AR5"


class Assignment(Input):
    """Which verifier checks which enterprise's year."""

    enterprise_id: UUID
    verifier_id: UUID
    year: Year


class NewMove(Input):
    """One step of a case: submit, begin, return-findings, answer, send-back, accept or close."""

    move: Literal["submit", "begin", "return-findings", "answer", "send-back", "accept", "close"]
    note: Note = ""


class NewPreparer(Input):
    """Who helped prepare the year's figures."""

    year: Year
    organisation_id: UUID | None = None
    name: Annotated[str, Meta(max_length=200)] = ""


class NewFinding(Input):
    """What the verifier raises."""

    severity: Literal["material", "non-material", "observation"]
    title: Title
    text: Words
    activity_id: UUID | None = None
    facility: Annotated[str, Meta(max_length=500)] = ""


class NewEntry(Input):
    """An answer by the enterprise, or the verifier's closing or reopening."""

    kind: Literal["answer", "close", "reopen"]
    text: Annotated[str, Meta(max_length=4000)] = ""


class NewCheck(Input):
    """What the verifier saw at a sampled activity."""

    agrees: bool
    amount_seen: DecimalText | None = None
    note: Note = ""


class NewOpinion(Input):
    """The verifier's conclusion."""

    opinion: Literal["unqualified", "qualified", "adverse"]
    text: Words


class Reason(Input):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


class NewCorrection(Input):
    """Other values for an activity by the column names of the activity file; without any, it is withdrawn."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    changes: Annotated[dict[str, Annotated[str, Meta(max_length=500)]], Meta(max_length=40)] = msgspec.field(
        default_factory=dict
    )


@get("/verification/rounds", opt=READ, tags=TAGS, summary="Rounds of verification")
async def list_rounds(request: AnyRequest) -> list[Round]:
    """The latest terms of each year."""
    return await rounds.list_rounds(actor_of(request))


@post("/verification/rounds", opt=ORDER, tags=TAGS, summary="Order a year's verification")
async def open_round(request: AnyRequest, data: JSONBody[NewRound]) -> Round:
    """Cases assigned from now on follow these terms."""
    return await rounds.open_round(
        actor_of(request),
        year=data.year,
        gwp_set=data.gwp_set,
        assurance=data.assurance,
        materiality_percent=decimal_of(data.materiality_percent),
        longest_years_in_a_row=data.longest_years_in_a_row,
        submit_by_on=data.submit_by_on,
        verify_by_on=data.verify_by_on,
    )


@get("/verification/cases", opt=READ, tags=TAGS, summary="Cases of the actor's side")
async def list_cases(
    request: AnyRequest,
    year: Annotated[int | None, QueryParameter(ge=1990, le=2100)] = None,
    at: Annotated[str | None, QueryParameter(max_length=20, description="The state")] = None,
) -> list[Case]:
    """Those that wait longest first."""
    return await cases.list_cases(actor_of(request), year=year, state=at)


@post("/verification/cases", opt=ORDER, tags=TAGS, summary="Assign a verifier")
async def assign_verifier(request: AnyRequest, data: JSONBody[Assignment]) -> Case:
    """Refused when the verifier is not independent or served too long."""
    return await cases.assign_verifier(
        actor_of(request), enterprise_id=data.enterprise_id, year=data.year, verifier_id=data.verifier_id
    )


@get("/verification/cases/{case_id:uuid}", opt=READ, tags=TAGS, summary="One case with its steps")
async def read_case(request: AnyRequest, case_id: FromPath[UUID]) -> Case:
    """For its three parties."""
    return await cases.read_case(actor_of(request), case_id=case_id)


@post("/verification/cases/{case_id:uuid}/moves", opt=READ, tags=TAGS, summary="Take a case a step on")
async def move_case(request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[NewMove]) -> Case:
    """Which steps are possible now stands in the case's `moves`."""
    return await moves.move_case(actor_of(request), case_id=case_id, move=data.move, note=data.note)


@post("/verification/preparers", opt=SUBMIT, tags=TAGS, summary="Name who helped prepare")
async def name_preparer(request: AnyRequest, data: JSONBody[NewPreparer]) -> list[Preparer]:
    """Whoever helped cannot verify."""
    return await independence.name_preparer(
        actor_of(request), year=data.year, organisation_id=data.organisation_id, name=data.name
    )


@get("/verification/cases/{case_id:uuid}/sample", opt=READ, tags=TAGS, summary="The sample")
async def read_sample(request: AnyRequest, case_id: FromPath[UUID]) -> list[SampleLine]:
    """Riskiest first."""
    return await samples.read_sample(actor_of(request), case_id=case_id)


@post("/verification/cases/{case_id:uuid}/sample", opt=WORK, tags=TAGS, summary="Draw the sample")
async def draw_sample(request: AnyRequest, case_id: FromPath[UUID]) -> list[SampleLine]:
    """By materiality, doubt and missing evidence; drawing again only adds."""
    return await samples.draw_sample(actor_of(request), case_id=case_id)


@post("/verification/sample-lines/{line_id:uuid}/checks", opt=WORK, tags=TAGS, summary="Check a sampled line")
async def check_line(request: AnyRequest, line_id: FromPath[UUID], data: JSONBody[NewCheck]) -> SampleLine:
    """The figure is recomputed at the same time."""
    seen = None if data.amount_seen is None else decimal_of(data.amount_seen)
    return await samples.check_line(
        actor_of(request), line_id=line_id, agrees=data.agrees, amount_seen=seen, note=data.note
    )


@get("/verification/cases/{case_id:uuid}/findings", opt=READ, tags=TAGS, summary="Findings of a case")
async def list_findings(request: AnyRequest, case_id: FromPath[UUID]) -> list[VerificationFinding]:
    """The enterprise sees them once the case is returned to it."""
    return await findings.list_findings(actor_of(request), case_id=case_id)


@post("/verification/cases/{case_id:uuid}/findings", opt=WORK, tags=TAGS, summary="Raise a finding")
async def raise_finding(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[NewFinding]
) -> VerificationFinding:
    """Material, not material, or an observation."""
    return await findings.raise_finding(
        actor_of(request),
        case_id=case_id,
        severity=data.severity,
        title=data.title,
        text=data.text,
        activity_id=data.activity_id,
        facility=data.facility,
    )


@post(
    "/verification/findings/{finding_id:uuid}/entries", opt=READ, tags=TAGS, summary="Answer, close, reopen"
)
async def enter(
    request: AnyRequest, finding_id: FromPath[UUID], data: JSONBody[NewEntry]
) -> VerificationFinding:
    """The enterprise answers, the verifier closes or reopens."""
    return await findings.enter(actor_of(request), finding_id=finding_id, kind=data.kind, text=data.text)


@get("/verification/cases/{case_id:uuid}/opinion", opt=READ, tags=TAGS, summary="The signed opinion")
async def read_opinion(request: AnyRequest, case_id: FromPath[UUID]) -> SignedOpinion | None:
    """With whether the year's figures are still those it covers."""
    return await opinions.read_opinion(actor_of(request), case_id=case_id)


@post("/verification/cases/{case_id:uuid}/opinion", opt=WORK, tags=TAGS, summary="Sign the opinion")
async def sign_opinion(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[NewOpinion]
) -> SignedOpinion:
    """Over the exact figures of now; the case becomes verified."""
    return await opinions.sign_opinion(
        actor_of(request), case_id=case_id, opinion=data.opinion, text=data.text
    )


@post("/verification/cases/{case_id:uuid}/reopening", opt=ORDER, tags=TAGS, summary="Draft a reopening")
async def draft_reopening(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Reason], idempotency_key: IdempotencyKey
) -> Draft:
    """A second person of the authority approves it under `/approvals`."""
    return await reopening.draft_reopening(
        actor_of(request), case_id=case_id, reason=data.reason, key=idempotency_key
    )


@get("/enterprises/{enterprise_id:uuid}/corrections", opt=READ, tags=TAGS, summary="What was corrected")
async def list_corrections(
    request: AnyRequest,
    enterprise_id: FromPath[UUID],
    year: Annotated[int | None, QueryParameter(ge=1990, le=2100)] = None,
) -> list[Correction]:
    """Old and new size, person, reason."""
    return await corrections.list_corrections(actor_of(request), enterprise_id=enterprise_id, year=year)


@post(
    "/activities/{activity_id:uuid}/correction",
    opt=SUBMIT,
    tags=TAGS,
    summary="Correct or withdraw an activity",
)
async def correct_activity(
    request: AnyRequest, activity_id: FromPath[UUID], data: JSONBody[NewCorrection]
) -> Correction:
    """The old one stays readable and no longer counts."""
    actor = actor_of(request)
    if not data.changes:
        return await corrections.withdraw_activity(actor, activity_id=activity_id, reason=data.reason)
    return await corrections.correct_activity(
        actor, activity_id=activity_id, changes=data.changes, reason=data.reason
    )


@get(
    "/activities/{activity_id:uuid}/evidence",
    opt={"permission": Permission.ACCOUNT_READ},
    tags=["account"],
    summary="Files behind an activity",
)
async def list_evidence(request: AnyRequest, activity_id: FromPath[UUID]) -> list[EvidenceFile]:
    """Of the own account."""
    actor = actor_of(request)
    return await evidence.list_evidence(actor, enterprise_id=actor.tenant_id, activity_id=activity_id)


@post(
    "/activities/{activity_id:uuid}/evidence",
    opt={**SUBMIT, "takes": UPLOAD_TYPES},
    tags=["account"],
    summary="Keep a file behind an activity",
    operation_class=UploadOperation,
    request_max_body_size=evidence.LARGEST_BYTES + 64 * 1024,
)
async def attach_evidence(request: AnyRequest, activity_id: FromPath[UUID]) -> EvidenceFile:
    """The same file twice is kept once; `known_before` says so."""
    upload = await upload_of(request)
    return await evidence.attach_evidence(
        actor_of(request), activity_id=activity_id, file_name=upload.file_name, content=upload.content
    )


verification_handlers = [
    list_evidence,
    attach_evidence,
    list_rounds,
    open_round,
    list_cases,
    assign_verifier,
    read_case,
    move_case,
    name_preparer,
    read_sample,
    draw_sample,
    check_line,
    list_findings,
    raise_finding,
    enter,
    read_opinion,
    sign_opinion,
    draft_reopening,
    list_corrections,
    correct_activity,
]
