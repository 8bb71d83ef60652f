"""Verification for its three parties: the list of cases, the desk of one, and the account behind it for the verifier."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.enterprise import corrections, evidence, submissions
from accounts.identity import organisations
from accounts.identity.permissions import OrganisationKind, Permission
from accounts.verification import cases, findings, independence, moves, opinions, reopening, rounds, samples
from accounts.verification.cases import WORKS, Case
from accounts.verification.states import MOVE_WORDS, STATE_WORDS, Party, State
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.language import language_of, translate
from web.pages import accounts
from web.pages.accounts import Desk
from web.pages.downloads import download
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render
from web.pages.uploads import uploaded_file

READ = {"permission": Permission.VERIFICATION_READ}
ORDER = {"permission": Permission.VERIFICATION_ORDER}
WORK = {"permission": Permission.VERIFICATION_WORK}
SUBMIT = {"permission": Permission.ACTIVITY_SUBMIT}

PATH = (State.DRAFT, State.SUBMITTED, State.UNDER_VERIFICATION, State.VERIFIED, State.ACCEPTED, State.CLOSED)
"""The straight way, as the page draws it; findings and answers lie within the verification."""
REASONS = {
    "material": N_("large"),
    "estimated": N_("estimated"),
    "no-evidence": N_("no evidence named"),
    "weak-factor": N_("weakly sourced factor"),
    "corrected": N_("corrected"),
    "flagged": N_("flagged"),
}
PLAIN_MOVES = ("submit", "begin", "return-findings", "answer", "send-back", "accept", "close")


@get("/verification", opt=READ, include_in_schema=False)
async def cases_page(request: AnyRequest) -> Response[str]:
    """The cases of the reader's side; the authority also opens rounds and assigns verifiers."""
    return await _cases(request)


async def _cases(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    orders = Permission.VERIFICATION_ORDER in actor.permissions
    kinds = {
        kind.value: await organisations.list_organisations(actor, kind=kind) if orders else []
        for kind in (OrganisationKind.ENTERPRISE, OrganisationKind.VERIFIER)
    }
    return render(
        request,
        "verification_cases.html",
        cases=await cases.list_cases(actor),
        rounds=await rounds.list_rounds(actor),
        orders=orders,
        kinds=kinds,
        state_words=STATE_WORDS,
        assurances=ASSURANCES,
        **context,
    )


ASSURANCES = {"limited": N_("limited assurance"), "reasonable": N_("reasonable assurance")}


@post("/verification/rounds", opt=ORDER, include_in_schema=False)
async def open_round(request: AnyRequest) -> Response[str] | Redirect:
    """Orders a year's verification."""
    form = await form_of(request)
    try:
        await rounds.open_round(
            actor_of(request),
            year=form.whole("year", minimum=1990, maximum=2100),
            gwp_set="AR5",
            assurance=form.text("assurance", maximum=20),
            materiality_percent=form.points("materiality_percent"),
            longest_years_in_a_row=form.whole("longest_years_in_a_row", minimum=1, maximum=20),
            submit_by_on=form.day("submit_by_on"),
            verify_by_on=form.day("verify_by_on"),
        )
    except Problem as problem:
        return await _cases(request, mistake=problem, fields=form.without(), here="/verification")
    return Redirect("/verification?done=round-opened", status_code=303)


@post("/verification/assignments", opt=ORDER, include_in_schema=False)
async def assign(request: AnyRequest) -> Response[str] | Redirect:
    """Gives an enterprise's year to a verifier."""
    form = await form_of(request)
    try:
        case = await cases.assign_verifier(
            actor_of(request),
            enterprise_id=form.identifier("enterprise_id"),
            verifier_id=form.identifier("verifier_id"),
            year=form.whole("assigned_year", minimum=1990, maximum=2100),
        )
    except Problem as problem:
        return await _cases(request, mistake=problem, fields=form.without(), here="/verification")
    return Redirect(f"/verification/{case.id}?done=verifier-assigned", status_code=303)


@get("/verification/{case_id:uuid}", opt=READ, include_in_schema=False)
async def case_page(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str]:
    """The desk of one case."""
    return await _case(request, case_id)


async def _case(request: AnyRequest, case_id: UUID, **context: Any) -> Response[str]:
    actor = actor_of(request)
    case = await cases.read_case(actor, case_id=case_id)
    sample = await samples.read_sample(actor, case_id=case_id)
    return render(
        request,
        "verification_case.html",
        case=case,
        sample=sample,
        findings=await findings.list_findings(actor, case_id=case_id),
        opinion=await opinions.read_opinion(actor, case_id=case_id),
        corrections=await _corrections(request, case),
        activity_path=_activity_path(case),
        works=WORKS[Party(case.party)] in actor.permissions,
        path=PATH,
        reached=_reached(case),
        state_words=STATE_WORDS,
        move_words=MOVE_WORDS,
        plain_moves=PLAIN_MOVES,
        reasons=REASONS,
        severities=findings.SEVERITIES,
        opinion_words=opinions.OPINIONS,
        assurances=ASSURANCES,
        trail=[(_title(request), "/verification"), (_enterprise(request, case), "")],
        **context,
    )


async def _corrections(request: AnyRequest, case: Case) -> list[corrections.Correction]:
    """What was corrected; the authority sees sums only and gets none."""
    if case.party == Party.AUTHORITY or (case.party == Party.VERIFIER and case.state == State.DRAFT):
        return []
    return await corrections.list_corrections(
        actor_of(request), enterprise_id=case.enterprise_id, year=case.year
    )


def _activity_path(case: Case) -> str:
    """Where the reader opens an activity; an authority opens none."""
    return {
        Party.ENTERPRISE: "/enterprise/activities",
        Party.VERIFIER: f"/verification/{case.id}/activities",
    }.get(Party(case.party), "")


def _reached(case: Case) -> int:
    """The place of the case on the straight way."""
    state = State(case.state)
    within = {State.FINDINGS: State.UNDER_VERIFICATION, State.CORRECTED: State.UNDER_VERIFICATION}
    return PATH.index(within.get(state, state))


def _title(request: AnyRequest) -> str:
    return translate(language_of(request), N_("Verification"))


def _enterprise(request: AnyRequest, case: Case) -> str:
    name = case.enterprise_en if language_of(request) == "en" else ""
    return f"{name or case.enterprise_zh} {case.year}"


async def _acted(
    request: AnyRequest, case_id: UUID, act: Any, done: str, fields: dict[str, Any] | None = None
) -> Response[str] | Redirect:
    """Do it and go back to the desk, or show the desk with what is wrong."""
    try:
        await act
    except Problem as problem:
        return await _case(
            request, case_id, mistake=problem, fields=fields or {}, here=f"/verification/{case_id}"
        )
    return Redirect(f"/verification/{case_id}?done={done}", status_code=303)


@post("/verification/{case_id:uuid}/moves", opt=READ, include_in_schema=False)
async def move(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Takes the case a step on."""
    form = await form_of(request)
    wanted = form.text("move", maximum=40)
    note = form.text("note", required=False, maximum=2000)
    return await _acted(
        request,
        case_id,
        moves.move_case(actor_of(request), case_id=case_id, move=wanted, note=note),
        "case-moved",
    )


@post("/verification/{case_id:uuid}/sample", opt=WORK, include_in_schema=False)
async def draw(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Draws the sample."""
    return await _acted(
        request, case_id, samples.draw_sample(actor_of(request), case_id=case_id), "sample-drawn"
    )


@post("/verification/{case_id:uuid}/sample/{line_id:uuid}", opt=WORK, include_in_schema=False)
async def check(
    request: AnyRequest, case_id: FromPath[UUID], line_id: FromPath[UUID]
) -> Response[str] | Redirect:
    """Keeps what was seen at a sampled line."""
    form = await form_of(request)
    seen = form.text("amount_seen", required=False, maximum=30)
    act = samples.check_line(
        actor_of(request),
        line_id=line_id,
        agrees=form.text("agrees", maximum=3) == "yes",
        amount_seen=_amount(seen) if seen else None,
        note=form.text("note", required=False, maximum=2000),
    )
    return await _acted(request, case_id, act, "line-checked")


def _amount(text: str) -> Decimal:
    """A plain decimal.

    Raises:
        Problem: not one.
    """
    try:
        amount = Decimal(text) if text.isascii() else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite():
        raise Problem(N_("{value} is no amount; write digits with one point, for example 1520.5."), at="amount_seen", value=text)  # fmt: skip
    return amount


@post("/verification/{case_id:uuid}/findings", opt=WORK, include_in_schema=False)
async def raise_finding(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Raises a finding."""
    form = await form_of(request)
    try:
        await findings.raise_finding(
            actor_of(request),
            case_id=case_id,
            severity=form.text("severity", maximum=20),
            title=form.text("title"),
            text=form.passage("text", maximum=4000),
            activity_id=form.identifier("activity_id") if form.text("activity_id", required=False) else None,
        )
    except Problem as problem:
        return await _case(
            request, case_id, mistake=problem, fields=form.without(), here=f"/verification/{case_id}"
        )
    return Redirect(f"/verification/{case_id}?done=finding-raised#findings", status_code=303)


@post("/verification/{case_id:uuid}/findings/{finding_id:uuid}", opt=READ, include_in_schema=False)
async def enter(
    request: AnyRequest, case_id: FromPath[UUID], finding_id: FromPath[UUID]
) -> Response[str] | Redirect:
    """Answers, closes or reopens a finding."""
    form = await form_of(request)
    act = findings.enter(
        actor_of(request),
        finding_id=finding_id,
        kind=form.text("kind", maximum=10),
        text=form.passage("text", required=False, maximum=4000),
    )
    return await _acted(request, case_id, act, "finding-entered")


@post("/verification/{case_id:uuid}/opinion", opt=WORK, include_in_schema=False)
async def sign(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Signs the opinion."""
    form = await form_of(request)
    act = opinions.sign_opinion(
        actor_of(request),
        case_id=case_id,
        opinion=form.text("opinion", maximum=20),
        text=form.passage("opinion_text", maximum=4000),
    )
    return await _acted(request, case_id, act, "opinion-signed", form.without())


@post("/verification/{case_id:uuid}/reopening", opt=ORDER, include_in_schema=False)
async def draft_reopening(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Drafts a reopening for a second person."""
    form = await form_of(request)
    try:
        draft = await reopening.draft_reopening(
            actor_of(request), case_id=case_id, reason=form.passage("reason", maximum=2000)
        )
    except Problem as problem:
        return await _case(
            request, case_id, mistake=problem, fields=form.without(), here=f"/verification/{case_id}"
        )
    return Redirect(f"/approvals/{draft.id}", status_code=303)


@post("/verification/preparers", opt=SUBMIT, include_in_schema=False)
async def name_preparer(request: AnyRequest) -> Response[str] | Redirect:
    """Names who helped prepare a year."""
    form = await form_of(request)
    case_id = form.identifier("case_id")
    act = independence.name_preparer(
        actor_of(request),
        year=form.whole("year", minimum=1990, maximum=2100),
        name=form.text("name"),
    )
    return await _acted(request, case_id, act, "preparer-named", form.without())


def _desk(case: Case) -> Desk:
    return Desk(
        case.enterprise_id,
        f"/verification/{case.id}/account",
        f"/verification/{case.id}/activities",
        is_own=False,
        home=f"/verification/{case.id}",
    )


async def _case_of(request: AnyRequest, case_id: UUID) -> Case:
    return await cases.read_case(actor_of(request), case_id=case_id)


@get("/verification/{case_id:uuid}/account", opt=WORK, include_in_schema=False)
async def account_page(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str]:
    """The account under verification."""
    return await accounts.account_page(request, _desk(await _case_of(request, case_id)))


@get("/verification/{case_id:uuid}/activities", opt=WORK, include_in_schema=False)
async def activities_page(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str]:
    """The activities under verification."""
    return await accounts.activities_page(request, _desk(await _case_of(request, case_id)))


@get("/verification/{case_id:uuid}/activities/{activity_id:uuid}", opt=WORK, include_in_schema=False)
async def activity_page(
    request: AnyRequest, case_id: FromPath[UUID], activity_id: FromPath[UUID]
) -> Response[str]:
    """One activity under verification."""
    return await accounts.activity_page(request, _desk(await _case_of(request, case_id)), activity_id)


@get("/verification/{case_id:uuid}/files/{submission_id:uuid}", opt=WORK, include_in_schema=False)
async def evidence_file(
    request: AnyRequest, case_id: FromPath[UUID], submission_id: FromPath[UUID]
) -> Response[bytes]:
    """The file a row came in with."""
    case = await _case_of(request, case_id)
    name, content = await submissions.read_evidence(
        actor_of(request), enterprise_id=case.enterprise_id, submission_id=submission_id
    )
    return download(content, name, "application/octet-stream")


@post("/enterprise/activities/{activity_id:uuid}/correct", opt=SUBMIT, include_in_schema=False)
async def correct(request: AnyRequest, activity_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Puts another amount in the place of one, or withdraws the activity."""
    form = await form_of(request)
    actor = actor_of(request)
    try:
        reason = form.passage("reason", maximum=500)
        if form.text("what", maximum=10) == "withdraw":
            await corrections.withdraw_activity(actor, activity_id=activity_id, reason=reason)
            return Redirect("/enterprise/activities?done=activity-withdrawn", status_code=303)
        changes = {
            name: value
            for name in ("amount", "unit", "reference", "note", "quality")
            if (value := form.text(name, required=False, maximum=500))
        }
        found = await corrections.correct_activity(
            actor, activity_id=activity_id, changes=changes, reason=reason
        )
    except Problem as problem:
        return await accounts.activity_page(
            request,
            Desk.own(request),
            activity_id,
            mistake=problem,
            fields=form.without(),
            here=f"/enterprise/activities/{activity_id}",
        )
    return Redirect(f"/enterprise/activities/{found.replaced_by}?done=activity-corrected", status_code=303)


@get("/verification/{case_id:uuid}/evidence/{file_id:uuid}", opt=WORK, include_in_schema=False)
async def case_evidence(
    request: AnyRequest, case_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[bytes]:
    """A file behind an activity, for the verifier."""
    case = await _case_of(request, case_id)
    file, content = await evidence.read_evidence_file(
        actor_of(request), enterprise_id=case.enterprise_id, file_id=file_id
    )
    return download(content, file.file_name, file.media_type)


@get(
    "/enterprise/evidence/{file_id:uuid}",
    opt={"permission": Permission.ACCOUNT_READ},
    include_in_schema=False,
)
async def own_evidence(request: AnyRequest, file_id: FromPath[UUID]) -> Response[bytes]:
    """An own file."""
    actor = actor_of(request)
    file, content = await evidence.read_evidence_file(actor, enterprise_id=actor.tenant_id, file_id=file_id)
    return download(content, file.file_name, file.media_type)


@post(
    "/enterprise/activities/{activity_id:uuid}/evidence",
    opt=SUBMIT,
    include_in_schema=False,
    request_max_body_size=evidence.LARGEST_BYTES + 64 * 1024,
)
async def attach(request: AnyRequest, activity_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Keeps a file behind an activity."""
    here = f"/enterprise/activities/{activity_id}"
    try:
        name, content = await uploaded_file(request)
        kept = await evidence.attach_evidence(
            actor_of(request), activity_id=activity_id, file_name=name, content=content
        )
    except Problem as problem:
        return await accounts.activity_page(
            request, Desk.own(request), activity_id, mistake=problem, fields={"file": ""}, here=here
        )
    return Redirect(
        f"{here}?done={'evidence-known' if kept.known_before else 'evidence-kept'}", status_code=303
    )


handlers = [
    case_evidence,
    own_evidence,
    attach,
    cases_page,
    open_round,
    assign,
    case_page,
    move,
    draw,
    check,
    raise_finding,
    enter,
    sign,
    draft_reopening,
    name_preparer,
    account_page,
    activities_page,
    activity_page,
    evidence_file,
    correct,
]
