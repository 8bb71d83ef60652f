"""The people and organisations of the sample city."""

import asyncio
from pathlib import Path
from uuid import UUID

from accounts.identity import bootstrap, organisations, people, sign_in
from accounts.identity.actors import Actor
from accounts.identity.permissions import OrganisationKind, PersonRole
from accounts.sample.plan import Enterprise, Office, Plan
from accounts.sample.sign_ins import kept_password, read_passwords
from carbon.errors import Conflict, NotSignedIn


async def sample_authority(home: Path, plan: Plan) -> Actor | None:
    """The administrator of the sample authority, made if there is none; None if somebody else's is there."""
    office = plan.authority
    try:
        code, _ = await bootstrap.issue_code()
    except Conflict:
        return await entered(home, office.login)
    signed_in = await bootstrap.create_first_administrator(
        code=code,
        login=office.login,
        name=office.person,
        password=kept_password(home, office.login),
        organisation_name_zh=office.zh,
        organisation_name_en=office.en,
    )
    return signed_in.actor


async def entered(home: Path, login: str) -> Actor | None:
    """Whoever signs in with the password this installation keeps; None when there is no such person."""
    password = read_passwords(home).get(login)
    if password is None:
        return None
    try:
        signed_in = await sign_in.sign_in(login=login, password=password, address="", request_id="")
    except NotSignedIn:
        return None
    return signed_in.actor


async def sample_people(home: Path, plan: Plan, authority: Actor) -> dict[str, Actor]:
    """Everybody else by login, with their organisations, made where they are missing."""
    known = {found.name_zh: found.id for found in await organisations.list_organisations(authority)}
    members: list[Office | Enterprise] = [*plan.offices, *plan.enterprises]
    for member in members:
        kept_password(home, member.login)
        if member.zh not in known:
            made = await organisations.create_organisation(
                authority,
                kind=_kind(member),
                name_zh=member.zh,
                name_en=member.en,
                district=getattr(member, "district", ""),
            )
            known[member.zh] = made.id
    actors = await asyncio.gather(*(_person(home, authority, known[m.zh], m) for m in members))
    return {member.login: actor for member, actor in zip(members, actors, strict=True)}


def _kind(member: Office | Enterprise) -> OrganisationKind:
    return OrganisationKind(member.kind) if isinstance(member, Office) else OrganisationKind.ENTERPRISE


async def _person(home: Path, authority: Actor, organisation_id: UUID, member: Office | Enterprise) -> Actor:
    found = await entered(home, member.login)
    if found is not None:
        return found
    await people.create_person(
        authority,
        login=member.login,
        name=member.person,
        password=kept_password(home, member.login),
        role=PersonRole.ADMINISTRATOR,
        organisation_id=organisation_id,
    )
    made = await entered(home, member.login)
    assert made is not None  # noqa: S101 - signed in with the password just set
    return made
