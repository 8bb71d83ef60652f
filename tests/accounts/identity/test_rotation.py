"""A rotated key: values are written again, old keys can go, phones are still found."""

import os

from accounts.database.roles import Role
from accounts.identity import citizens, second_factor
from accounts.identity.encryption import new_keys
from accounts.identity.rotation import rotate_values
from tests.accounts.identity.test_citizens import registered, signed_in
from tests.accounts.identity.test_second_factor import enrolled, entered


async def test_after_a_rotation_the_old_key_can_go(database, office, monkeypatch):
    monkeypatch.setenv("CARBON_LOCAL_TRIAL", "1")
    citizen = (await registered()).actor
    totp, _, _ = await enrolled((await entered()).actor)
    rotated = new_keys(os.environ["CARBON_FIELD_KEYS"], key_id="k2")
    monkeypatch.setenv("CARBON_FIELD_KEYS", rotated)
    async with database.as_role(Role.OWNER):
        written = await rotate_values()
        assert written["identity_time_code.secret"] == 1
        assert written["identity_data_key.wrapped"] == 1
        assert written["identity_message.content"] >= 1
        assert set((await rotate_values()).values()) == {0}
    only_new = ",".join(entry for entry in rotated.split(",") if not entry.startswith("test:"))
    monkeypatch.setenv("CARBON_FIELD_KEYS", only_new)
    assert (await citizens.read_citizen(citizen)).phone == "13800000001"
    assert (await signed_in()).actor.person_id == citizen.person_id
    assert await second_factor.step_up((await entered()).actor, code=totp.now())
