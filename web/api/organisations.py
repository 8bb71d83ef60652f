"""Organisations, their people, and citizens who register themselves."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.identity import organisations, people
from accounts.identity.organisations import Organisation
from accounts.identity.people import Person
from accounts.identity.permissions import OrganisationKind, Permission
from web.api.inputs import Input, Name
from web.guard import actor_of, address_of
from web.problems import request_id_of

AnyRequest = Request[Any, Any, Any]
Login = Annotated[str, Meta(min_length=3, max_length=64, examples=["liu.gong"])]
Password = Annotated[str, Meta(min_length=8, max_length=128)]
Kind = Literal["enterprise", "bank", "verifier", "authority", "partner"]
Role = Literal[
    "administrator", "member", "reader", "system-administrator", "security-administrator", "auditor"
]


class NewOrganisation(Input):
    """An organisation an authority takes in."""

    kind: Kind
    name_zh: Name
    name_en: Annotated[str, Meta(max_length=200)] = ""
    credit_code: Annotated[str, Meta(max_length=40)] | None = None
    foreign_code: Annotated[str, Meta(max_length=60)] | None = None
    district: Annotated[str, Meta(max_length=60)] = ""


class NewPerson(Input):
    """A person of one's own organisation, or the first administrator of a new one."""

    login: Login
    name: Name
    password: Password
    role: Role = "member"
    organisation_id: UUID | None = None


class NewCitizen(Input):
    """A citizen's own account."""

    login: Login
    name: Name
    password: Password


class NewRole(Input):
    """The role a colleague is to have."""

    role: Role


class SameHuman(Input):
    """The other login of the same human being."""

    other_id: UUID


class FirstPassword(Input):
    """The password to be told to the colleague in person."""

    new_password: Password


class NewPassword(Input):
    """The password in use and the one to come."""

    current_password: Annotated[str, Meta(min_length=1, max_length=128)]
    new_password: Password


@get("/organisations", opt={"permission": Permission.SELF_READ}, tags=["identity"], summary="Whom I may see")
async def list_organisations(
    request: AnyRequest,
    kind: Annotated[Kind | None, QueryParameter()] = None,
    after: Annotated[str, QueryParameter(max_length=200, description="Last name_zh of the page before")] = "",
    after_id: Annotated[UUID | None, QueryParameter(description="Its id, since names may repeat")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500, description="Rows per page")] = 500,
) -> list[Organisation]:
    """The directory of banks and offices, oneself, and who let one in; an authority sees all."""
    wanted = OrganisationKind(kind) if kind else None
    return await organisations.list_organisations(
        actor_of(request), kind=wanted, after=after, after_id=after_id, limit=limit
    )


@post(
    "/organisations",
    opt={"permission": Permission.MEMBER_MANAGE},
    tags=["identity"],
    summary="Take in an organisation",
)
async def create_organisation(request: AnyRequest, data: JSONBody[NewOrganisation]) -> Organisation:
    """For an authority."""
    return await organisations.create_organisation(
        actor_of(request),
        kind=data.kind,
        name_zh=data.name_zh,
        name_en=data.name_en,
        credit_code=data.credit_code,
        foreign_code=data.foreign_code,
        district=data.district,
    )


@get(
    "/organisations/{organisation_id:uuid}",
    opt={"permission": Permission.SELF_READ},
    tags=["identity"],
    summary="One organisation",
)
async def read_organisation(request: AnyRequest, organisation_id: FromPath[UUID]) -> Organisation:
    """Not there and not for you get the same answer."""
    return await organisations.read_organisation(actor_of(request), organisation_id=organisation_id)


@get("/people", opt={"permission": Permission.MEMBER_MANAGE}, tags=["identity"], summary="My colleagues")
async def list_people(request: AnyRequest) -> list[Person]:
    """Everyone of the organisation, disabled ones too."""
    return await people.list_people(actor_of(request))


@post("/people", opt={"permission": Permission.MEMBER_MANAGE}, tags=["identity"], summary="A new person")
async def create_person(request: AnyRequest, data: JSONBody[NewPerson]) -> Person:
    """Of one's own organisation, or the first administrator of a new one."""
    return await people.create_person(
        actor_of(request),
        login=data.login,
        name=data.name,
        password=data.password,
        role=data.role,
        organisation_id=data.organisation_id,
    )


@put(
    "/people/{person_id:uuid}/role",
    opt={"permission": Permission.MEMBER_MANAGE},
    tags=["identity"],
    summary="Another role",
)
async def change_role(request: AnyRequest, person_id: FromPath[UUID], data: JSONBody[NewRole]) -> Person:
    """Ends the person's sessions."""
    return await people.change_role(actor_of(request), person_id=person_id, role=data.role)


@post(
    "/people/{person_id:uuid}/disabling",
    opt={"permission": Permission.MEMBER_MANAGE},
    tags=["identity"],
    summary="Shut a colleague out",
)
async def disable_person(request: AnyRequest, person_id: FromPath[UUID]) -> Person:
    """Sessions and keys end at once; records stay."""
    return await people.disable_person(actor_of(request), person_id=person_id)


@put(
    "/people/{person_id:uuid}/password",
    opt={"permission": Permission.MEMBER_MANAGE},
    tags=["identity"],
    summary="A first password again",
    status_code=204,
)
async def reset_password(
    request: AnyRequest, person_id: FromPath[UUID], data: JSONBody[FirstPassword]
) -> None:
    """For a colleague who forgot theirs; their sessions end."""
    await people.reset_password(actor_of(request), person_id=person_id, new_password=data.new_password)


@post(
    "/people/{person_id:uuid}/same-human",
    opt={"permission": Permission.MEMBER_MANAGE},
    tags=["identity"],
    summary="Two logins, one human being",
    status_code=204,
)
async def link_logins(request: AnyRequest, person_id: FromPath[UUID], data: JSONBody[SameHuman]) -> None:
    """Neither login then decides what the other drafted."""
    await people.link_logins(actor_of(request), person_id=person_id, other_id=data.other_id)


@put(
    "/me/password",
    opt={"permission": Permission.SELF_READ},
    tags=["identity"],
    summary="Change my password",
    status_code=204,
)
async def change_password(request: AnyRequest, data: JSONBody[NewPassword]) -> None:
    """Ends every session of mine, this one too."""
    await people.change_password(
        actor_of(request), current_password=data.current_password, new_password=data.new_password
    )


@post(
    "/citizens",
    opt={"public": "citizens register themselves"},
    tags=["identity"],
    summary="Register as a citizen",
    status_code=204,
)
async def register_citizen(request: AnyRequest, data: JSONBody[NewCitizen]) -> None:
    """The answer is the same when the login is taken: sign in to find out."""
    await people.register_citizen(
        login=data.login,
        name=data.name,
        password=data.password,
        address=address_of(request),
        request_id=request_id_of(request),
    )


organisation_handlers = [
    list_organisations,
    create_organisation,
    read_organisation,
    list_people,
    create_person,
    change_role,
    disable_person,
    reset_password,
    link_logins,
    change_password,
    register_citizen,
]
