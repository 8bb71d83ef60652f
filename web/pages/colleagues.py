"""One's own password, and for an administrator the people of the organisation: add, another role, shut out."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity import people, second_factor
from accounts.identity.permissions import OrganisationKind, Permission
from carbon.errors import N_, Problem
from web.guard import actor_of, ended_session_cookie
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render
from web.pages.sign_in import PASSWORD_MAXIMUM

ROLES_IN_WORDS: dict[str, str] = {
    "administrator": N_("administrator"),
    "member": N_("member"),
    "reader": N_("reader"),
    "system-administrator": N_("system administrator"),
    "security-administrator": N_("security administrator"),
    "auditor": N_("auditor"),
}
MANAGES = {"permission": Permission.MEMBER_MANAGE}


@get("/settings/password", opt={"permission": Permission.SELF_READ}, include_in_schema=False)
async def password_page(request: AnyRequest) -> Response[str]:
    """The password in use, and the one to come."""
    return render(request, "password.html")


@post("/settings/password", opt={"permission": Permission.SELF_READ}, include_in_schema=False)
async def change_password(request: AnyRequest) -> Response[str] | Redirect:
    """Ends every session of the person; the new password signs in."""
    form = await form_of(request)
    try:
        await people.change_password(
            actor_of(request),
            current_password=form.secret("current_password", maximum=PASSWORD_MAXIMUM),
            new_password=form.secret("new_password", maximum=PASSWORD_MAXIMUM),
        )
    except Problem as problem:
        problem.at = "new_password" if problem.at == "password" else problem.at
        return render(
            request,
            "password.html",
            mistake=problem,
            fields={"current_password": "", "new_password": ""},
            here="/settings/password",
        )
    answer = Redirect("/sign-in?done=password-changed", status_code=303)
    answer.set_cookie(ended_session_cookie(request))
    return answer


@get("/settings/people", opt=MANAGES, include_in_schema=False)
async def people_page(request: AnyRequest) -> Response[str]:
    """Everyone of the organisation."""
    return await _people(request)


async def _people(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    offices = actor.organisation_kind is OrganisationKind.AUTHORITY
    roles = [role for role in ROLES_IN_WORDS if offices or role in {"administrator", "member", "reader"}]
    return render(
        request,
        "people.html",
        people=await people.list_people(actor),
        roles=ROLES_IN_WORDS,
        choices=roles,
        here="/settings/people",
        **context,
    )


@post("/settings/people", opt=MANAGES, include_in_schema=False)
async def add_person(request: AnyRequest) -> Response[str] | Redirect:
    """A colleague with a first password, told to them by hand."""
    form = await form_of(request)
    try:
        await people.create_person(
            actor_of(request),
            login=form.text("login", maximum=64),
            name=form.text("name", maximum=100),
            password=form.secret("password", maximum=PASSWORD_MAXIMUM),
            role=form.text("role", maximum=30),
        )
    except Problem as problem:
        return await _people(request, mistake=problem, fields=form.without("password") | {"password": ""})
    return Redirect("/settings/people?done=colleague-added", status_code=303)


@post("/settings/people/{person_id:uuid}/role", opt=MANAGES, include_in_schema=False)
async def change_role(request: AnyRequest, person_id: FromPath[UUID]) -> Response[str] | Redirect:
    """The colleague's sessions end."""
    form = await form_of(request)
    try:
        await people.change_role(actor_of(request), person_id=person_id, role=form.text("role", maximum=30))
    except Problem as problem:
        return await _people(request, mistake=problem, fields={})
    return Redirect("/settings/people?done=role-changed", status_code=303)


@post("/settings/people/{person_id:uuid}/disable", opt=MANAGES, include_in_schema=False)
async def disable(request: AnyRequest, person_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Sessions and keys end at once."""
    try:
        await people.disable_person(actor_of(request), person_id=person_id)
    except Problem as problem:
        return await _people(request, mistake=problem, fields={})
    return Redirect("/settings/people?done=colleague-disabled", status_code=303)


@post("/settings/people/{person_id:uuid}/password", opt=MANAGES, include_in_schema=False)
async def reset_password(request: AnyRequest, person_id: FromPath[UUID]) -> Response[str] | Redirect:
    """A first password again, told by hand."""
    form = await form_of(request)
    try:
        password = form.secret("new_password", maximum=PASSWORD_MAXIMUM)
        await people.reset_password(actor_of(request), person_id=person_id, new_password=password)
    except second_factor.SecondFactorNeeded:
        return Redirect("/second-factor?next=/settings/people", status_code=303)
    except Problem as problem:
        return await _people(request, mistake=problem, fields={})
    return Redirect("/settings/people?done=password-reset", status_code=303)


@post("/settings/people/{person_id:uuid}/second-factor", opt=MANAGES, include_in_schema=False)
async def reset_factor(request: AnyRequest, person_id: FromPath[UUID]) -> Response[str] | Redirect:
    """After a lost phone."""
    try:
        await second_factor.reset(actor_of(request), person_id=person_id)
    except second_factor.SecondFactorNeeded:
        return Redirect("/second-factor?next=/settings/people", status_code=303)
    except Problem as problem:
        return await _people(request, mistake=problem, fields={})
    return Redirect("/settings/people?done=second-factor-reset", status_code=303)


handlers = [
    password_page,
    change_password,
    people_page,
    add_person,
    change_role,
    disable,
    reset_password,
    reset_factor,
]
