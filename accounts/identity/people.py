"""People: who belongs to an organisation, citizens who register themselves, and what ends their access."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.identity import audit, limits, passwords, second_factor, sessions
from accounts.identity.actors import Actor
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import OFFICES_APART, Permission, PersonRole
from accounts.identity.texts import checked_login, checked_name
from carbon.errors import N_, Conflict, NotFound, NotPermitted, NotSignedIn, Problem
from carbon.identifiers import new_id


@dataclass(frozen=True)
class Person:
    """A natural person as an administrator sees one; `role` is None for a citizen."""

    id: UUID
    tenant_id: UUID
    login: str
    name: str
    role: str | None
    created_at: datetime
    disabled_at: datetime | None


async def create_person(
    actor: Actor,
    *,
    login: str,
    name: str,
    password: str,
    role: PersonRole | str,
    organisation_id: UUID | None = None,
) -> Person:
    """A new person of the actor's organisation, or the first administrator of one an authority took in.

    Raises:
        NotPermitted: without `member:manage`; for another organisation, unless the actor is an authority.
        Problem: login, name, password or role is not acceptable.
        Conflict: the login is taken, or the other organisation has people of its own already.
    """
    actor.require(Permission.MEMBER_MANAGE)
    home = organisation_id or actor.tenant_id
    login, name, kind = checked_login(login), checked_name(name, at="name"), checked_role(role)
    _check_office(actor, kind)
    passwords.check_password(password, context=(login, name, actor.organisation_name))
    password_hash = await passwords.hash_password(password)
    async with transaction(tenant=actor.tenant_id) as connection:
        if home != actor.tenant_id:
            await _check_onboarding(connection, actor, home, kind)
        person_id = await write_person(
            connection, tenant_id=home, login=login, name=name, password_hash=password_hash, role=kind
        )
        details = {"organisation_id": home, "login": login, "role": kind.value}
        await audit.record(
            connection, actor, act="person.create", object_kind="person", object_id=person_id, details=details
        )
        created_at = await connection.fetchval("select now()")
    return Person(person_id, home, login, name, kind.value, created_at, None)


async def register_citizen(*, login: str, name: str, password: str, address: str, request_id: str) -> None:
    """A citizen's own account. The answer is the same when the login is taken (AUT-4): sign in to find out.

    Raises:
        Problem: login, name or password is not acceptable.
        TooMany: too many registrations from this address or for this login.
    """
    login, name = checked_login(login), checked_name(name, at="name")
    passwords.check_password(password, context=(login, name))
    await limits.count_attempt("register", account=login, address=address)
    password_hash = await passwords.hash_password(password)
    person_id = new_id()
    async with transaction(tenant=person_id) as connection:
        taken = False
        try:
            async with savepoint(connection):
                await _insert_person(connection, person_id, person_id, login, name, password_hash)
        except asyncpg.UniqueViolationError:
            taken = True
        await audit.record(
            connection,
            None,
            act="person.register",
            object_kind="person",
            object_id=None if taken else person_id,
            result="refused" if taken else "done",
            address=address,
            request_id=request_id,
        )


async def list_people(actor: Actor) -> list[Person]:
    """Everyone of the actor's organisation, disabled ones too."""
    actor.require(Permission.MEMBER_MANAGE)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(_SELECT + "where p.tenant_id = $1 order by p.id", actor.tenant_id)
    return [Person(**row) for row in rows]


async def read_self(actor: Actor) -> Person:
    """The actor as a person."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _person(connection, actor.person_id)


async def change_role(actor: Actor, *, person_id: UUID, role: PersonRole | str) -> Person:
    """Give a colleague another role; their sessions end, so that nothing runs under the old one (AUT-8).

    Raises:
        NotFound: no such person of the organisation.
        NotPermitted: an office for oneself.
        Conflict: it would leave the organisation without an administrator, or one human with two offices.
    """
    actor.require(Permission.MEMBER_MANAGE)
    kind = checked_role(role)
    _check_office(actor, kind)
    if person_id == actor.person_id and kind not in {PersonRole.MEMBER, PersonRole.READER}:
        raise NotPermitted(N_("Another administrator gives you an office; you can only lay one down."))
    async with transaction(tenant=actor.tenant_id) as connection:
        await _lock_members(connection)
        before = await _person(connection, person_id)
        try:
            await connection.execute(
                "update identity_membership set role = $2, changed_at = now() where person_id = $1",
                person_id,
                kind.value,
            )
        except asyncpg.RestrictViolationError:
            raise _offices_together() from None
        await _check_administrator_left(connection)
        await sessions.end_sessions_of(connection, person_id)
        details = {"from": before.role, "to": kind.value}
        await audit.record(
            connection, actor, act="person.role", object_kind="person", object_id=person_id, details=details
        )
        return await _person(connection, person_id)


async def disable_person(actor: Actor, *, person_id: UUID) -> Person:
    """Shut a colleague out: sessions end and keys stop at once; the person's records stay.

    Raises:
        NotFound: no such person of the organisation.
        Conflict: disabled before, or it would leave the organisation without an administrator.
    """
    actor.require(Permission.MEMBER_MANAGE)
    async with transaction(tenant=actor.tenant_id) as connection:
        await _lock_members(connection)
        if (await _person(connection, person_id)).disabled_at is not None:
            raise Conflict(N_("This person was disabled before."))
        await connection.execute("update identity_person set disabled_at = now() where id = $1", person_id)
        await _check_administrator_left(connection)
        await sessions.end_sessions_of(connection, person_id)
        await audit.record(connection, actor, act="person.disable", object_kind="person", object_id=person_id)
        return await _person(connection, person_id)


async def link_logins(actor: Actor, *, person_id: UUID, other_id: UUID) -> None:
    """State that two logins are one human being, who then never decides what the other login drafted (DUAL-1).

    Raises:
        NotFound: one of them is no person of the organisation.
        Conflict: they hold two of the three administrators' offices (DUAL-7).
    """
    actor.require(Permission.MEMBER_MANAGE)
    async with transaction(tenant=actor.tenant_id) as connection:
        await _lock_members(connection)
        one, other = await _person(connection, person_id), await _person(connection, other_id)
        natural: UUID = await connection.fetchval(
            "select coalesce(natural_person_id, id) from identity_person where id = $1", one.id
        )
        try:
            await connection.execute(
                """update identity_person set natural_person_id = $3
                    where id = any ($1::uuid[])
                       or natural_person_id = (select natural_person_id from identity_person where id = $2)""",
                [one.id, other.id],
                other.id,
                natural,
            )
        except asyncpg.RestrictViolationError:
            raise _offices_together() from None
        await audit.record(
            connection,
            actor,
            act="person.link",
            object_kind="person",
            object_id=one.id,
            details={"other_id": other.id},
        )


async def change_password(actor: Actor, *, current_password: str, new_password: str) -> None:
    """Set a new password; every session of the person ends, this one too, and the keys stay.

    Raises:
        NotSignedIn: the current password is wrong.
        Problem: the new one is not acceptable, or the same.
        TooMany: too many wrong tries.
    """
    actor.require(Permission.SELF_READ)
    person = await read_self(actor)
    await limits.count_attempt("password", account=person.login, address=actor.address)
    passwords.check_password(new_password, context=(person.login, person.name, actor.organisation_name))
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        stored = await connection.fetchval("select password_hash from identity_credentials($1)", person.login)
    if not await passwords.verify_password(stored, current_password):
        await audit.record_refusal(
            actor, act="person.password", object_kind="person", object_id=actor.person_id
        )
        raise NotSignedIn(N_("The current password is wrong."), at="current_password")
    if current_password == new_password:
        raise Problem(N_("The new password is the one in use; choose another."), at="new_password")
    password_hash = await passwords.hash_password(new_password)
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            "update identity_person set password_hash = $2, password_changed_at = now() where id = $1",
            actor.person_id,
            password_hash,
        )
        await sessions.end_sessions_of(connection, actor.person_id)
        await limits.forgive_attempt(connection, "password", account=person.login, address=actor.address)
        await audit.record(
            connection, actor, act="person.password", object_kind="person", object_id=actor.person_id
        )


async def reset_password(actor: Actor, *, person_id: UUID, new_password: str) -> None:
    """Give a colleague who forgot theirs a first password again; sessions end, the second factor stays.

    Raises:
        NotPermitted: without `member:manage`, for oneself, or without a fresh second factor where one is needed.
        NotFound: no such person of the organisation, or disabled.
        Problem: the password is not acceptable.
    """
    actor.require(Permission.MEMBER_MANAGE)
    if person_id == actor.person_id:
        raise NotPermitted(N_("You change your own password with the one in use."))
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        await second_factor.require_fresh(connection, actor)
        person = await _person(connection, person_id)
    if person.disabled_at is not None:
        raise NotFound(N_("There is no such person in your organisation."))
    passwords.check_password(new_password, context=(person.login, person.name, actor.organisation_name))
    password_hash = await passwords.hash_password(new_password)
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            """update identity_person set password_hash = $2, password_changed_at = now()
                where id = $1 and tenant_id = current_tenant()""",
            person_id,
            password_hash,
        )
        await sessions.end_sessions_of(connection, person_id)
        await audit.record(
            connection, actor, act="person.password-reset", object_kind="person", object_id=person_id
        )


async def write_person(
    connection: Connection, *, tenant_id: UUID, login: str, name: str, password_hash: str, role: PersonRole
) -> UUID:
    """Insert a checked person with the membership, in the caller's transaction.

    Raises:
        Conflict: the login is taken.
    """
    person_id = new_id()
    try:
        await _insert_person(connection, person_id, tenant_id, login, name, password_hash)
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("The login {login} is taken; choose another."), at="login", login=login) from None
    await connection.execute(
        "insert into identity_membership (person_id, tenant_id, role) values ($1, $2, $3)",
        person_id,
        tenant_id,
        role.value,
    )
    return person_id


def checked_role(role: PersonRole | str) -> PersonRole:
    """A role within an organisation.

    Raises:
        Problem: there is no such role; the message lists them.
    """
    known = [one for one in PersonRole if one is not PersonRole.CITIZEN]
    if role not in known:
        raise Problem(
            N_("{role} is no role in an organisation; use one of {roles}."),
            at="role",
            role=str(role),
            roles=", ".join(known),
        )
    return PersonRole(role)


def _check_office(actor: Actor, role: PersonRole) -> None:
    """The three administrators are an authority's (DUAL-7)."""
    if role in OFFICES_APART - {PersonRole.ADMINISTRATOR}:
        require_authority(actor)


def _offices_together() -> Conflict:
    return Conflict(
        N_(
            "System administrator, security administrator and auditor are three people; this would make them fewer."
        ),
        at="role",
    )


_SELECT = """
    select p.id, p.tenant_id, p.login, p.name, m.role, p.created_at, p.disabled_at
      from identity_person p left join identity_membership m on m.person_id = p.id
"""


async def _person(connection: Connection, person_id: UUID) -> Person:
    row = await connection.fetchrow(_SELECT + "where p.id = $1 and p.tenant_id = current_tenant()", person_id)
    if row is None:
        raise NotFound(N_("There is no such person in your organisation."))
    return Person(**row)


async def _insert_person(
    connection: Connection, person_id: UUID, tenant_id: UUID, login: str, name: str, password_hash: str
) -> None:
    await connection.execute(
        "insert into identity_person (id, tenant_id, login, name, password_hash) values ($1, $2, $3, $4, $5)",
        person_id,
        tenant_id,
        login,
        name,
        password_hash,
    )


async def _check_onboarding(
    connection: Connection, actor: Actor, organisation_id: UUID, role: PersonRole
) -> None:
    """An authority opens the door once; from then on the organisation's own administrator decides."""
    require_authority(actor)
    known = await connection.fetchval(
        "select 1 from identity_organisation where id = $1 for update", organisation_id
    )
    if known is None:
        raise NotFound(N_("There is no such organisation."), at="organisation_id")
    if role is not PersonRole.ADMINISTRATOR:
        raise Problem(N_("The first person of an organisation is its administrator."), at="role")
    if await connection.fetchval(
        "select 1 from identity_membership where tenant_id = $1 limit 1", organisation_id
    ):
        raise Conflict(N_("This organisation has people already; its administrator adds further ones."))
    await connection.execute(
        "update identity_organisation set status = 'active' where id = $1 and status = 'listed'",
        organisation_id,
    )


async def _lock_members(connection: Connection) -> None:
    """In order of id and before any change, so that two administrators cannot step down at once."""
    await connection.execute(
        """select 1 from identity_membership where tenant_id = current_tenant()
            order by person_id for update"""
    )


async def _check_administrator_left(connection: Connection) -> None:
    left = await connection.fetchval(
        """select exists (select from identity_membership m join identity_person p on p.id = m.person_id
                           where m.tenant_id = current_tenant() and m.role in ('administrator', 'security-administrator')
                             and p.disabled_at is null)"""
    )
    if not left:
        raise Conflict(N_("An organisation keeps at least one administrator; name another one first."))
