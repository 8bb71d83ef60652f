"""DAT-6, DAT-7: a value opens in its place, under its key, and says which."""

import stat
from dataclasses import replace

import pytest

from accounts.identity.encryption import (
    NoKeys,
    Place,
    Unreadable,
    key_id_of,
    keyring,
    new_keys,
    parsed,
)
from carbon.identifiers import new_id

PLACE = Place(new_id(), "identity_citizen", new_id(), "phone")


def test_a_value_opens_where_it_was_written_and_nowhere_else():
    ring = parsed(new_keys(key_id="k1"))
    value = ring.encrypt("13800000000", PLACE)
    assert value.startswith("aes-256-gcm:k1:")
    assert ring.decrypt(value, PLACE) == "13800000000"
    for elsewhere in (
        replace(PLACE, tenant_id=new_id()),
        replace(PLACE, table="identity_person"),
        replace(PLACE, row=new_id()),
        replace(PLACE, column="name"),
    ):
        with pytest.raises(Unreadable):
            ring.decrypt(value, elsewhere)


def test_two_values_of_one_text_differ_and_their_look_up_agrees():
    ring = parsed(new_keys(key_id="k1"))
    assert ring.encrypt("a", PLACE) != ring.encrypt("a", PLACE)
    assert ring.lookup_mac("phone", "a") == ring.lookup_mac("phone", "a")
    assert ring.lookup_mac("phone", "a") != ring.lookup_mac("card", "a")


def test_a_changed_value_does_not_open():
    ring = parsed(new_keys(key_id="k1"))
    value = ring.encrypt("13800000000", PLACE)
    for broken in (
        value[:-8] + "AAAAAAA=",
        value.replace("k1", "k2"),
        value.replace("aes", "des"),
        "",
        "x:y",
        value[:30],
    ):
        with pytest.raises(Unreadable):
            ring.decrypt(broken, PLACE)


def test_after_a_rotation_old_values_open_and_new_ones_name_the_new_key():
    old_text = new_keys(key_id="k1")
    old, fresh = parsed(old_text), parsed(new_keys(old_text, key_id="k2"))
    value = old.encrypt("a", PLACE)
    assert fresh.decrypt(value, PLACE) == "a"
    assert key_id_of(fresh.encrypt("a", PLACE)) == "k2"
    assert fresh.lookup_mac("phone", "a") == old.lookup_mac("phone", "a")
    with pytest.raises(Unreadable, match="k2"):
        old.decrypt(fresh.encrypt("a", PLACE), PLACE)


@pytest.mark.parametrize("text", ["", "k1:AAAA", "k1:???", "lookup:" + "A" * 43 + "="])
def test_a_key_ring_that_cannot_serve_is_refused(text):
    with pytest.raises(NoKeys):
        parsed(text or ",")


def test_a_trial_makes_its_own_keys_outside_the_database(tmp_path, monkeypatch):
    monkeypatch.delenv("CARBON_FIELD_KEYS")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("CARBON_HOME", str(tmp_path))
    assert keyring() == keyring()
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_installation_without_keys_says_what_to_set(monkeypatch):
    monkeypatch.delenv("CARBON_FIELD_KEYS")
    monkeypatch.delenv("CARBON_LOCAL_TRIAL", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/carbon")
    with pytest.raises(NoKeys, match="CARBON_FIELD_KEYS"):
        keyring()
