"""The first administrator, made with a one-time code from the command line; there are no default accounts (AUT-14)."""

import secrets
from datetime import datetime

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit, limits, passwords, sign_in
from accounts.identity.organisations import write_organisation
from accounts.identity.people import write_person
from accounts.identity.permissions import OrganisationKind, PersonRole
from accounts.identity.sessions import token_hash
from accounts.identity.texts import checked_login, checked_name
from carbon.errors import N_, Conflict, NotSignedIn
from carbon.identifiers import new_id

CODE_LIFE_S = 3600
_FIRST_ADMINISTRATOR = 0x1DE7717F
"""Advisory lock: two holders of codes make one first administrator."""


async def issue_code() -> tuple[str, datetime]:
    """A one-time code, valid for an hour, for whoever runs the command line; and its end.

    Raises:
        Conflict: there is an administrator already.
    """
    code = secrets.token_urlsafe(18)
    async with transaction(tenant=None) as connection:
        await _check_first(connection)
        expires_at: datetime = await connection.fetchval(
            """insert into identity_bootstrap_code (id, code_hash, expires_at)
               values ($1, $2, now() + $3 * interval '1 second') returning expires_at""",
            new_id(),
            token_hash(code),
            CODE_LIFE_S,
        )
        await audit.record(
            connection,
            None,
            act="bootstrap.code",
            object_kind="bootstrap-code",
            details={"until": expires_at},
        )
    return code, expires_at


async def create_first_administrator(
    *,
    code: str,
    login: str,
    name: str,
    password: str,
    organisation_name_zh: str,
    organisation_name_en: str = "",
    credit_code: str | None = None,
    address: str = "",
    request_id: str = "",
) -> sign_in.SignedIn:
    """The authority and its first administrator, who is signed in; the code is used up.

    Raises:
        NotSignedIn: the code is wrong, used or too old.
        Conflict: there is an administrator already.
        Problem: a value that is not acceptable.
        TooMany: too many wrong codes.
    """
    await limits.count_attempt("bootstrap", address=address)
    login, name = checked_login(login), checked_name(name, at="name")
    passwords.check_password(password, context=(login, name, organisation_name_zh, organisation_name_en))
    password_hash = await passwords.hash_password(password)
    organisation_id = new_id()
    async with transaction(tenant=organisation_id) as connection:
        await connection.execute("select pg_advisory_xact_lock($1)", _FIRST_ADMINISTRATOR)
        await _use_code(connection, code)
        await _check_first(connection)
        await write_organisation(
            connection,
            organisation_id=organisation_id,
            kind=OrganisationKind.AUTHORITY,
            name_zh=organisation_name_zh,
            name_en=organisation_name_en,
            credit_code=credit_code,
        )
        person_id = await write_person(
            connection,
            tenant_id=organisation_id,
            login=login,
            name=name,
            password_hash=password_hash,
            role=PersonRole.ADMINISTRATOR,
        )
        await limits.forgive_attempt(connection, "bootstrap", address=address)
        signed_in = await sign_in.signed_in(connection, person_id, address=address, request_id=request_id)
        await audit.record(
            connection,
            signed_in.actor,
            act="bootstrap.administrator",
            object_kind="person",
            object_id=person_id,
        )
    return signed_in


async def _use_code(connection: Connection, code: str) -> None:
    used = await connection.fetchval(
        """update identity_bootstrap_code set used_at = now()
            where code_hash = $1 and used_at is null and now() < expires_at returning id""",
        token_hash(code.strip()),
    )
    if used is None:
        raise NotSignedIn(N_("This code is wrong, used or too old; make a new one on the server."), at="code")


async def _check_first(connection: Connection) -> None:
    if await connection.fetchval("select identity_has_administrator()"):
        raise Conflict(N_("There is an administrator already; they create further accounts."))
