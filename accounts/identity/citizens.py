"""Citizens: registered and signed in by a code to their phone, who see, copy and erase what is kept of them.

The phone number is encrypted under the citizen's own key and found again by an HMAC; erasing destroys that key,
empties the person's rows and leaves the books alone, which know a citizen by an id only (DAT-4). Rooms that keep
more of a citizen say so by `on_copy` and `on_erase`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.identity import (
    audit,
    consents,
    data_keys,
    messages,
    notices,
    passwords,
    person_consents,
    phone_codes,
    sessions,
    sign_in,
)
from accounts.identity.actors import Actor
from accounts.identity.encryption import Place
from accounts.identity.person_consents import (
    PersonConsent,
    give_consent,
    has_person_consent,
    list_person_consents,
    require_citizen,
    withdraw,
)
from accounts.identity.phone_codes import Started
from accounts.identity.texts import checked_name
from carbon.errors import N_, NotFound, NotSignedIn, Problem
from carbon.identifiers import new_id
from carbon.workdays import business_date

__all__ = [
    "Citizen", "Guardian", "PersonConsent", "Started", "copy_of_my_data", "correct_name", "erase", "give_consent",
    "guardian_start", "has_person_consent", "list_person_consents", "on_copy", "on_erase", "read_citizen", "register_confirm",
    "register_start", "sign_in_confirm", "sign_in_start", "withdraw",
]  # fmt: skip

REGISTRATION_TEXT = "citizen-registration"
GUARDIAN_TEXT = "guardian"
AGE_OF_OWN_CONSENT = 14
"""个人信息保护法 art. 31: under fourteen a guardian agrees."""

Copier = Callable[[Connection, Actor], Awaitable[Any]]
Eraser = Callable[[Connection, UUID], Awaitable[None]]

_COPIERS: dict[str, Copier] = {}
_ERASERS: dict[str, Eraser] = {}


@dataclass(frozen=True)
class Guardian:
    """Who agrees for a child: the name, and the code that was sent to the guardian's own phone."""

    name: str
    phone: str
    challenge_id: UUID
    code: str


@dataclass(frozen=True)
class Citizen:
    """What is kept of a citizen; `phone` in the clear, for the citizen alone."""

    id: UUID
    name: str
    phone: str
    birth_year: int | None
    text_version: str
    registered_at: datetime


def on_copy(section: str) -> Callable[[Copier], Copier]:
    """A room's part of the copy a citizen gets: JSON-able, asked in the citizen's own transaction."""

    def offered(copier: Copier) -> Copier:
        _COPIERS[section] = copier
        return copier

    return offered


def on_erase(section: str) -> Callable[[Eraser], Eraser]:
    """A room's part of erasing a citizen, in the same transaction; the books stay as they are."""

    def offered(eraser: Eraser) -> Eraser:
        _ERASERS[section] = eraser
        return eraser

    return offered


async def register_start(phone: str, *, address: str, language: str = "zh") -> Started:
    """Send a code to register with; a number that is registered already gets a message saying so, and no code."""
    return await phone_codes.start("register", phone, address=address, language=language)


async def guardian_start(phone: str, *, address: str, language: str = "zh") -> Started:
    """Send a guardian the code that agrees to a child's registration."""
    return await phone_codes.start("guardian", phone, address=address, language=language)


async def sign_in_start(phone: str, *, address: str, language: str = "zh") -> Started:
    """Send a code to sign in with; to a number nobody registered nothing is sent, and the answer is the same."""
    return await phone_codes.start("sign-in", phone, address=address, language=language)


async def register_confirm(
    *,
    challenge_id: UUID,
    phone: str,
    code: str,
    text_version: str,
    name: str = "",
    birth_year: int | None = None,
    guardian: Guardian | None = None,
    address: str,
    request_id: str,
    user_agent: str = "",
) -> sign_in.SignedIn:
    """A citizen's account and first session.

    `text_version` is the wording agreed to; `birth_year` is asked of children under fourteen only, who need a
    guardian; without a name the last four digits stand in.

    Raises:
        NotSignedIn: a code is wrong, used or too old.
        Problem: the name, the wording or the year is not acceptable, or a guardian is missing.
    """
    number = phone_codes.checked_phone(phone)
    version = consents.consent_text(REGISTRATION_TEXT, text_version).version
    shown = checked_name(name, at="name", longest=30, required=False) or f"碳友{number[-4:]}"
    _check_guardian(number, birth_year, guardian)
    mac = await phone_codes.check("register", challenge_id, number, code, address=address)
    if guardian is not None:
        await phone_codes.check(
            "guardian", guardian.challenge_id, guardian.phone, guardian.code, address=address
        )
    person_id = new_id()
    try:
        async with transaction(tenant=person_id) as connection:
            await phone_codes.use(connection, challenge_id)
            await _insert(connection, person_id, shown, number, mac, birth_year, version)
            if guardian is not None:
                await phone_codes.use(connection, guardian.challenge_id)
                await _insert_guardian(connection, person_id, guardian)
            signed_in = await sign_in.signed_in(
                connection, person_id, address=address, request_id=request_id, user_agent=user_agent
            )
            await audit.record(
                connection,
                signed_in.actor,
                act="person.register",
                object_kind="person",
                object_id=person_id,
                details={"text_version": version, "guardian": guardian is not None},
            )
            return signed_in
    except asyncpg.UniqueViolationError:
        raise NotSignedIn(phone_codes.WRONG, at="code") from None


async def sign_in_confirm(
    *, challenge_id: UUID, phone: str, code: str, address: str, request_id: str, user_agent: str = ""
) -> sign_in.SignedIn:
    """A session for the citizen with this number.

    Raises:
        NotSignedIn: the code is wrong, used or too old.
    """
    mac = await phone_codes.check("sign-in", challenge_id, phone, code, address=address)
    async with transaction(tenant=None, readonly=True) as connection:
        person_id = await phone_codes.citizen_of(connection, mac)
    if person_id is None:
        raise NotSignedIn(phone_codes.WRONG, at="code")
    async with transaction(tenant=person_id) as connection:
        await phone_codes.use(connection, challenge_id)
        return await sign_in.signed_in(
            connection, person_id, address=address, request_id=request_id, user_agent=user_agent
        )


async def read_citizen(actor: Actor) -> Citizen:
    """The actor as a citizen.

    Raises:
        NotPermitted: the actor belongs to an organisation.
    """
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _citizen(connection, actor.person_id)


async def correct_name(actor: Actor, *, name: str) -> Citizen:
    """Change the name shown (DAT-3).

    Raises:
        Problem: the name is not acceptable.
    """
    require_citizen(actor)
    shown = checked_name(name, at="name", longest=30)
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute("update identity_person set name = $2 where id = $1", actor.person_id, shown)
        await audit.record(
            connection, actor, act="person.name", object_kind="person", object_id=actor.person_id
        )
        return await _citizen(connection, actor.person_id)


async def copy_of_my_data(actor: Actor) -> dict[str, Any]:
    """Everything kept of the citizen, section by section, as JSON (DAT-3; 个人信息保护法 art. 45)."""
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = {section: await copier(connection, actor) for section, copier in _COPIERS.items()}
        await audit.record(
            connection, actor, act="person.copy", object_kind="person", object_id=actor.person_id
        )
    return found


async def erase(actor: Actor) -> None:
    """End the account: key destroyed, rows emptied, sessions over; credits stay in the books under a bare id.

    Raises:
        NotPermitted: the actor belongs to an organisation.
    """
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        for eraser in _ERASERS.values():
            await eraser(connection, actor.person_id)
        await connection.execute(
            """update identity_citizen set phone = '', phone_mac = null, birth_year = null, erased_at = now()
                where person_id = $1""",
            actor.person_id,
        )
        await connection.execute(
            "update identity_guardian_consent set guardian_name = '', guardian_phone = '' where tenant_id = $1",
            actor.tenant_id,
        )
        await connection.execute(
            """update identity_person set name = '-', password_hash = $2, disabled_at = now() where id = $1""",
            actor.person_id,
            passwords.UNUSABLE,
        )
        await person_consents.withdraw_all(connection)
        await notices.forget_notices(connection)
        await messages.forget_messages(connection, actor.tenant_id)
        await data_keys.destroy_data_key(connection, actor.tenant_id)
        await sessions.end_sessions_of(connection, actor.person_id)
        await sessions.forget_where(connection, actor.person_id)
        await audit.record(
            connection, actor, act="person.erase", object_kind="person", object_id=actor.person_id
        )


@on_copy("person")
async def _copy_person(connection: Connection, actor: Actor) -> dict[str, Any]:
    citizen = await _citizen(connection, actor.person_id)
    return {
        "id": str(citizen.id),
        "name": citizen.name,
        "phone": citizen.phone,
        "birth_year": citizen.birth_year,
        "text_version": citizen.text_version,
        "registered_at": citizen.registered_at.isoformat(),
    }


@on_copy("consents")
async def _copy_consents(connection: Connection, actor: Actor) -> list[dict[str, Any]]:
    _ = actor
    rows = await connection.fetch(
        """select source_id, purpose, text_version, given_at, withdrawn_at from identity_person_consent
            where tenant_id = current_tenant() order by given_at"""
    )
    return [{name: _text(value) for name, value in row.items()} for row in rows]


@on_copy("sessions")
async def _copy_sessions(connection: Connection, actor: Actor) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        """select created_at, last_seen_at, ended_at, address, user_agent from identity_session
            where person_id = $1 order by created_at""",
        actor.person_id,
    )
    return [{name: _text(value) for name, value in row.items()} for row in rows]


@on_copy("notices")
async def _copy_notices(connection: Connection, actor: Actor) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "select kind, subject, created_at from identity_notice where tenant_id = $1 order by id",
        actor.tenant_id,
    )
    return [{name: _text(value) for name, value in row.items()} for row in rows]


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _check_guardian(number: str, birth_year: int | None, guardian: Guardian | None) -> None:
    """A child under fourteen, by the year that is certain, registers with a guardian's consent.

    Raises:
        Problem: says what is missing.
    """
    if birth_year is None:
        return
    this_year = business_date(datetime.now().astimezone()).year
    if not this_year - 120 <= birth_year <= this_year:
        raise Problem(N_("{year} is no year of birth; write four digits."), at="birth_year", year=birth_year)
    if this_year - birth_year > AGE_OF_OWN_CONSENT:
        return
    if guardian is None:
        raise Problem(
            N_("Under fourteen, a parent or guardian agrees by a code to their own phone."),
            at="guardian_code",
        )
    if phone_codes.checked_phone(guardian.phone) == number:
        raise Problem(N_("The guardian's phone is another one than the child's."), at="guardian_phone")


async def _insert(
    connection: Connection,
    person_id: UUID,
    name: str,
    number: str,
    mac: bytes,
    birth_year: int | None,
    version: str,
) -> None:
    await connection.execute(
        """insert into identity_person (id, tenant_id, login, name, password_hash)
           values ($1, $1, $2, $3, $4)""",
        person_id,
        f"citizen-{person_id.hex}",
        name,
        passwords.UNUSABLE,
    )
    await data_keys.create_data_key(connection, person_id)
    phone = await data_keys.encrypt_own(connection, number, _phone_place(person_id))
    await connection.execute(
        """insert into identity_citizen (person_id, tenant_id, phone, phone_mac, birth_year, text_version)
           values ($1, $1, $2, $3, $4, $5)""",
        person_id,
        phone,
        mac,
        birth_year,
        version,
    )


async def _insert_guardian(connection: Connection, person_id: UUID, guardian: Guardian) -> None:
    consent_id = new_id()

    async def hidden(text: str, column: str) -> str:
        place = Place(person_id, "identity_guardian_consent", consent_id, column)
        return await data_keys.encrypt_own(connection, text, place)

    await connection.execute(
        """insert into identity_guardian_consent (id, tenant_id, guardian_name, guardian_phone, text_version)
           values ($1, $2, $3, $4, $5)""",
        consent_id,
        person_id,
        await hidden(checked_name(guardian.name, at="guardian_name", longest=60), "guardian_name"),
        await hidden(phone_codes.checked_phone(guardian.phone), "guardian_phone"),
        consents.consent_text(GUARDIAN_TEXT).version,
    )


async def _citizen(connection: Connection, person_id: UUID) -> Citizen:
    row = await connection.fetchrow(
        """select p.name, coalesce(c.phone, '') as phone, c.birth_year, coalesce(c.text_version, '') as text_version,
                  coalesce(c.registered_at, p.created_at) as registered_at
             from identity_person p left join identity_citizen c on c.person_id = p.id where p.id = $1""",
        person_id,
    )
    if row is None:
        raise NotFound(N_("There is no such person."))
    phone = (
        await data_keys.decrypt_own(connection, row["phone"], _phone_place(person_id)) if row["phone"] else ""
    )
    return Citizen(
        id=person_id,
        name=row["name"],
        phone=phone,
        birth_year=row["birth_year"],
        text_version=row["text_version"],
        registered_at=row["registered_at"],
    )


def _phone_place(person_id: UUID) -> Place:
    return Place(person_id, "identity_citizen", person_id, "phone")
