"""AUT-3, AUT-7, AUT-8: codes work once, the session gets a new token, protected acts need a fresh code."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from accounts.identity import approvals, audit, people, second_factor, sessions, sign_in
from accounts.identity.permissions import Permission
from accounts.identity.second_factor import SecondFactorNeeded
from carbon.errors import Conflict, NotFound, NotPermitted, NotSignedIn, TooMany
from tests.accounts.identity.conftest import PASSWORD

WHERE = {"address": "192.0.2.1", "request_id": "request-1"}


@approvals.act("test.factor", permission=Permission.MEMBER_MANAGE, words="Something protected")
async def nothing(connection, actor, content):
    _ = connection, actor
    return content


async def entered(login="office.admin"):
    return await sign_in.sign_in(login=login, password=PASSWORD, **WHERE)


async def again(stepped):
    return await sessions.actor_of(stepped.token, **WHERE)


async def enrolled(actor):
    """The secret, the recovery codes, and the actor after it; the code used is that of the step before now."""
    begun = await second_factor.enrol_start(actor)
    totp = pyotp.TOTP(begun.secret)
    codes, stepped = await second_factor.enrol_confirm(actor, code=totp.at(time.time() - 30))
    return totp, codes, stepped


async def test_a_code_of_the_app_puts_the_factor_in_force(office):
    actor = (await entered()).actor
    before = await second_factor.read_factor(actor)
    assert (before.enrolled, before.required, before.fresh) == (False, False, False)
    begun = await second_factor.enrol_start(actor)
    assert begun.address.startswith("otpauth://totp/")
    with pytest.raises(NotSignedIn):
        await second_factor.enrol_confirm(actor, code="000000")
    _, codes, stepped = await enrolled(actor)
    assert len(set(codes)) == 10
    after = await second_factor.read_factor(await again(stepped))
    assert (after.enrolled, after.recovery_codes_left, after.fresh) == (True, 10, True)
    with pytest.raises(Conflict):
        await second_factor.enrol_start(await again(stepped))


async def test_the_token_is_replaced_and_other_sessions_end(office):
    other, here = await entered(), await entered()
    _, _, stepped = await enrolled(here.actor)
    assert await sessions.actor_of(here.token, **WHERE) is None
    assert await sessions.actor_of(other.token, **WHERE) is None
    assert (await again(stepped)).second_factor_at is not None


async def test_a_session_with_a_password_alone_may_only_prove_the_factor(office):
    totp, _, _ = await enrolled((await entered()).actor)
    half = (await entered()).actor
    assert (half.second_factor_due, half.permissions) == (True, {Permission.SECOND_FACTOR_USE})
    with pytest.raises(NotPermitted):
        await people.list_people(half)
    stepped = await second_factor.step_up(half, code=totp.now())
    whole = await again(stepped)
    assert (whole.second_factor_due, Permission.MEMBER_MANAGE in whole.permissions) == (False, True)


async def test_a_code_works_once(office):
    totp, _, _ = await enrolled((await entered()).actor)
    code = totp.now()
    await second_factor.step_up((await entered()).actor, code=code)
    with pytest.raises(NotSignedIn, match="used"):
        await second_factor.step_up((await entered()).actor, code=code)
    assert [line.act for line in await audit.list_audit(office) if line.result == "refused"] == [
        "second-factor.prove"
    ]


async def test_an_old_code_is_refused(office):
    totp, _, _ = await enrolled((await entered()).actor)
    with pytest.raises(NotSignedIn):
        await second_factor.step_up((await entered()).actor, code=totp.at(time.time() - 120))


async def test_a_recovery_code_works_once_however_it_is_typed(office):
    _, codes, _ = await enrolled((await entered()).actor)
    await second_factor.step_up((await entered()).actor, code=f" {codes[0].upper().replace('-', ' ')}")
    half = (await entered()).actor
    with pytest.raises(NotSignedIn):
        await second_factor.step_up(half, code=codes[0])
    await second_factor.step_up(half, code=codes[1])


async def test_guessing_ends_soon(office):
    await enrolled((await entered()).actor)
    half = (await entered()).actor
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            await second_factor.step_up(half, code="1234567")
    with pytest.raises(TooMany):
        await second_factor.step_up(half, code="1234567")


async def test_the_secret_lies_encrypted_and_recovery_codes_hashed(office, database):
    totp, codes, _ = await enrolled((await entered()).actor)
    async with database.as_superuser() as admin:
        row = await admin.fetchval("select t::text from identity_time_code t")
        kept = await admin.fetchval("select string_agg(t::text, ' ') from identity_recovery_code t")
    assert totp.secret not in row
    assert not any(code in kept for code in codes)


async def test_approving_needs_a_code_of_the_last_ten_minutes(office):
    draft = await approvals.draft(
        office,
        act="test.factor",
        content={"n": 1},
        object_kind="thing",
        object_id="1",
        summary={"Thing": "1"},
    )
    await people.create_person(office, login="second", name="Second", password=PASSWORD, role="administrator")
    _, _, stepped = await enrolled((await entered("second")).actor)
    actor = await again(stepped)
    stale = replace(actor, second_factor_at=datetime.now(UTC) - timedelta(minutes=11))
    with pytest.raises(SecondFactorNeeded):
        await approvals.approve(stale, draft_id=draft.id, digest=draft.digest)
    assert (await approvals.approve(actor, draft_id=draft.id, digest=draft.digest)).result == {"n": 1}


async def test_where_it_is_required_staff_do_nothing_before_they_have_one(office, monkeypatch):
    monkeypatch.setenv("CARBON_REQUIRE_SECOND_FACTOR", "1")
    half = (await entered()).actor
    assert half.permissions == {Permission.SECOND_FACTOR_USE}
    assert (await second_factor.read_factor(half)).required
    _, _, stepped = await enrolled(half)
    assert Permission.MEMBER_MANAGE in (await again(stepped)).permissions


@pytest.mark.parametrize(
    ("trial", "chosen", "expected"), [("", "", True), ("1", "", False), ("1", "1", True), ("", "0", False)]
)
def test_it_is_required_unless_in_a_trial_or_switched_off(monkeypatch, trial, chosen, expected):
    monkeypatch.setenv("CARBON_LOCAL_TRIAL", trial)
    monkeypatch.setenv("CARBON_REQUIRE_SECOND_FACTOR", chosen)
    assert sessions.second_factor_required() is expected


async def test_taking_it_away_needs_a_code_and_ends_the_sessions(office):
    totp, _, stepped = await enrolled((await entered()).actor)
    actor = await again(stepped)
    with pytest.raises(NotSignedIn):
        await second_factor.remove(actor, code="000000")
    await second_factor.remove(actor, code=totp.now())
    assert await again(stepped) is None
    assert not (await entered()).actor.second_factor_due


async def test_an_administrator_resets_a_colleagues_and_not_their_own(office, mill):
    await people.create_person(office, login="second", name="Second", password=PASSWORD, role="member")
    await enrolled((await entered("second")).actor)
    colleague = (await entered("second")).actor
    await second_factor.reset(office, person_id=colleague.person_id)
    assert not (await entered("second")).actor.second_factor_due
    with pytest.raises(NotPermitted):
        await second_factor.reset(office, person_id=office.person_id)
    stranger = (await entered("mill.admin")).actor
    with pytest.raises(NotFound):
        await second_factor.reset(stranger, person_id=colleague.person_id)


async def test_a_key_has_no_second_factor(office):
    with pytest.raises(NotPermitted):
        await second_factor.enrol_start(replace((await entered()).actor, via="api-key"))
