from datetime import timedelta

import asyncpg
import pytest

from accounts.database.pool import current_pool
from accounts.identity import audit, limits, passwords, people, sessions
from accounts.identity.permissions import OrganisationKind, Permission
from accounts.identity.sign_in import sign_in
from carbon.errors import NotFound, NotPermitted, NotSignedIn, TooMany
from carbon.identifiers import new_id
from tests.accounts.identity.conftest import PASSWORD
from tests.accounts.identity.people_of_the_city import actor_in


def as_mill(password=PASSWORD, login="mill.admin", address="192.0.2.9"):
    return sign_in(login=login, password=password, address=address, request_id="request-2")


def who(token):
    return sessions.actor_of(token, address="192.0.2.9", request_id="request-3")


async def test_who_signs_in_acts_for_the_organisation(mill):
    signed_in = await as_mill(login="  Mill.ADMIN ")
    actor = await who(signed_in.token)
    assert actor.tenant_id == mill.id == actor.organisation_id
    assert actor.organisation_kind is OrganisationKind.ENTERPRISE
    assert Permission.ACTIVITY_SUBMIT in actor.permissions
    assert (actor.request_id, actor.address, actor.via) == ("request-3", "192.0.2.9", "session")


async def test_each_sign_in_has_a_new_token_and_only_its_hash_is_kept(mill, database):
    first, second = await as_mill(), await as_mill()
    assert first.token != second.token
    async with database.as_superuser() as admin:
        rows = await admin.fetch("select * from identity_session")
        everything = "".join(str(dict(row)) for row in rows)
    assert first.token not in everything
    assert sessions.token_hash(first.token) in [row["token_hash"] for row in rows]


async def test_wrong_password_unknown_login_and_disabled_person_get_the_same_answer(mill, office):
    signed_in = await as_mill()
    await people.create_person(signed_in.actor, login="gone", name="Gone", password=PASSWORD, role="member")
    gone = next(person for person in await people.list_people(signed_in.actor) if person.login == "gone")
    await people.disable_person(signed_in.actor, person_id=gone.id)
    answers = set()
    for login, password in [
        ("mill.admin", "not the password"),
        ("nobody.here", PASSWORD),
        ("gone", PASSWORD),
        ("", ""),
        ("mill.admin\0", PASSWORD),
        ("mill\ud800", "\ud800" * 9),
        ("x" * 10_000, "y" * 10_000),
    ]:
        with pytest.raises(NotSignedIn) as refused:
            await as_mill(login=login, password=password)
        answers.add((str(refused.value), refused.value.at))
    assert len(answers) == 1


async def test_an_unknown_login_costs_the_same_hashing_as_a_wrong_password(mill, monkeypatch):
    checked = []

    class Counting:
        def verify(self, stored, password):
            checked.append(stored.rpartition("$")[0].rpartition("$")[0])
            return hasher.verify(stored, password)

        def __getattr__(self, name):
            return getattr(hasher, name)

    hasher = passwords._HASHER
    monkeypatch.setattr(passwords, "_HASHER", Counting())
    for login in ("mill.admin", "nobody.here"):
        with pytest.raises(NotSignedIn):
            await as_mill(login=login, password="wrong password")
    known, unknown = checked
    assert known == unknown == "$argon2id$v=19$m=19456,t=2,p=1"


async def test_failures_and_sign_ins_are_in_the_audit_trail_of_the_tenant_without_passwords(mill, office):
    with pytest.raises(NotSignedIn):
        await as_mill(password="my other secret")
    signed_in = await as_mill()
    lines = await audit.list_audit(signed_in.actor)
    assert [(line.act, line.result) for line in lines] == [
        ("session.sign-in", "done"),
        ("session.sign-in", "refused"),
    ]
    assert "my other secret" not in str(lines)
    with pytest.raises(NotSignedIn):
        await as_mill(login="nobody.here")
    everyone = await audit.list_audit(office, act="session.sign-in")
    assert everyone[0].tenant_id is None
    assert everyone[0].details["login"] == "nobody.here"
    assert len(await audit.list_audit(signed_in.actor)) == 2


async def test_too_many_failures_close_the_account_for_a_while_even_to_the_right_password(mill):
    for number in range(limits.LIMITS["sign-in"].per_account):
        with pytest.raises(NotSignedIn):
            await as_mill(password="wrong password", address=f"198.51.100.{number}")
    with pytest.raises(TooMany) as refused:
        await as_mill()
    assert 0 < refused.value.values["retry_after_s"] <= limits.LIMITS["sign-in"].window_s


async def test_an_unknown_login_is_closed_like_a_known_one(mill):
    for number in range(limits.LIMITS["sign-in"].per_account):
        with pytest.raises(NotSignedIn):
            await as_mill(login="nobody.here", address=f"198.51.100.{number}")
    with pytest.raises(TooMany):
        await as_mill(login="NOBODY.here", address="198.51.100.200")


async def test_a_success_gives_the_attempts_back(mill):
    for _ in range(3):
        for _ in range(limits.LIMITS["sign-in"].per_account - 1):
            await limits.count_attempt("sign-in", account="mill.admin", address="192.0.2.50")
        assert (await as_mill(address="192.0.2.50")).token


async def test_the_window_passes(database):
    for _ in range(limits.LIMITS["bootstrap"].per_address):
        await limits.count_attempt("bootstrap", address="2001:db8::1")
    with pytest.raises(TooMany):
        await limits.count_attempt("bootstrap", address="2001:db8::ffff")
    await limits.count_attempt("bootstrap", address="2001:db8:1::1")
    await current_pool().execute(
        "update identity_attempt set window_started_at = window_started_at - interval '1 hour'"
    )
    await limits.count_attempt("bootstrap", address="2001:db8::1")


async def test_a_signed_out_token_opens_nothing_and_signing_out_twice_is_quiet(mill):
    signed_in = await as_mill()
    await sessions.sign_out(signed_in.token)
    assert await who(signed_in.token) is None
    await sessions.sign_out(signed_in.token)
    assert await who("") is None
    assert await who("no such token\0\ud800") is None


@pytest.mark.parametrize(
    "aged",
    ["last_seen_at = now() - interval '31 minutes'", "expires_at = created_at + interval '1 microsecond'"],
)
async def test_an_idle_or_expired_session_is_over(mill, database, aged):
    signed_in = await as_mill()
    async with database.as_superuser() as admin:
        await admin.execute(f"update identity_session set {aged}")
    assert await who(signed_in.token) is None


async def test_use_keeps_a_session_awake(mill, database):
    signed_in = await as_mill()
    async with database.as_superuser() as admin:
        await admin.execute("update identity_session set last_seen_at = now() - interval '29 minutes'")
        assert await who(signed_in.token) is not None
        assert await admin.fetchval(
            "select now() - last_seen_at < interval '1 minute' from identity_session"
            " order by created_at desc limit 1"
        )


async def test_a_change_of_password_role_or_standing_ends_the_sessions(mill):
    admin = (await as_mill()).actor
    new_password = "Nine quiet herons, 1 lake"
    person = await people.create_person(admin, login="clerk", name="Clerk", password=PASSWORD, role="member")
    signed_in = await as_mill(login="clerk")
    changed = await people.change_role(admin, person_id=person.id, role="reader")
    assert changed.role == "reader"
    assert await who(signed_in.token) is None

    signed_in = await as_mill(login="clerk")
    assert Permission.ACTIVITY_SUBMIT not in signed_in.actor.permissions
    await people.change_password(signed_in.actor, current_password=PASSWORD, new_password=new_password)
    assert await who(signed_in.token) is None
    with pytest.raises(NotSignedIn):
        await as_mill(login="clerk")

    signed_in = await as_mill(login="clerk", password=new_password)
    await people.disable_person(admin, person_id=person.id)
    assert await who(signed_in.token) is None
    with pytest.raises(NotSignedIn):
        await as_mill(login="clerk", password=new_password)


async def test_the_wrong_current_password_changes_nothing(mill):
    signed_in = await as_mill()
    with pytest.raises(NotSignedIn):
        await people.change_password(
            signed_in.actor, current_password="wrong password", new_password="Nine quiet herons, 1 lake"
        )
    assert await who(signed_in.token) is not None
    assert (await audit.list_audit(signed_in.actor))[0].result == "refused"


async def test_a_person_lists_and_ends_own_sessions_an_administrator_a_colleagues_nobody_a_strangers(
    mill, office
):
    admin = await as_mill()
    person = await people.create_person(
        admin.actor, login="clerk", name="Clerk", password=PASSWORD, role="member"
    )
    clerk = await as_mill(login="clerk")
    [session] = await sessions.list_sessions(clerk.actor)
    [admins] = await sessions.list_sessions(admin.actor)
    [seen_by_admin] = await sessions.list_sessions(admin.actor, person_id=person.id)
    assert (session.id, session.current) == (seen_by_admin.id, True)
    assert not seen_by_admin.current
    with pytest.raises(NotPermitted):
        await sessions.list_sessions(clerk.actor, person_id=admin.actor.person_id)
    stranger = await actor_in("enterprise")
    for actor, target in [(clerk.actor, admins.id), (stranger, session.id), (clerk.actor, new_id())]:
        with pytest.raises(NotFound):
            await sessions.end_session(actor, session_id=target)
    assert await who(clerk.token) is not None
    await sessions.end_session(admin.actor, session_id=session.id)
    assert await who(clerk.token) is None
    assert await who(admin.token) is not None


async def test_a_weaker_hash_is_renewed_at_sign_in(mill, database):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    async with database.as_superuser() as admin:
        await admin.execute("update identity_person set password_hash = $1 where login = 'mill.admin'", weak)
        await as_mill()
        stored = await admin.fetchval("select password_hash from identity_person where login = 'mill.admin'")
    assert stored != weak
    assert "m=19456,t=2,p=1" in stored
    assert not passwords.needs_rehash(stored)


async def test_the_csrf_token_belongs_to_one_session(mill):
    first, second = await as_mill(), await as_mill()
    assert sessions.csrf_token(first.token) == sessions.csrf_token(first.token)
    assert sessions.csrf_token(first.token) != sessions.csrf_token(second.token)
    assert first.token not in sessions.csrf_token(first.token)


async def test_the_running_role_cannot_read_hashes_by_itself(mill):
    for column, table in [("password_hash", "person"), ("token_hash", "session"), ("secret_hash", "api_key")]:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await current_pool().fetch(f"select {column} from identity_{table}")


async def test_a_password_changed_while_its_old_hash_is_checked_opens_no_session(mill, monkeypatch):
    signed_in = await as_mill()
    verify = passwords.verify_password

    async def slow(stored, password):
        matches = await verify(stored, password)
        monkeypatch.setattr(passwords, "verify_password", verify)
        await people.change_password(
            signed_in.actor, current_password=PASSWORD, new_password="Nine quiet herons, 1 lake"
        )
        return matches

    monkeypatch.setattr(passwords, "verify_password", slow)
    with pytest.raises(NotSignedIn):
        await as_mill()
    fresh = await as_mill(password="Nine quiet herons, 1 lake")
    assert len(await sessions.list_sessions(fresh.actor)) == 1


async def test_a_citizen_stays_signed_in_for_a_month_and_staff_for_a_day_at_most(mill, database):
    await people.register_citizen(
        login="lan", name="Lan", password=PASSWORD, address="192.0.2.1", request_id="request-1"
    )
    citizen, staff = await as_mill(login="lan"), await as_mill()
    async with database.as_superuser() as admin:
        await admin.execute(
            "update identity_session set last_seen_at = now() - interval '29 days',"
            " created_at = created_at - interval '29 days', expires_at = expires_at - interval '29 days'"
        )
    assert await who(citizen.token) is not None
    assert await who(staff.token) is None
    assert citizen.expires_at - staff.expires_at > timedelta(days=29)
