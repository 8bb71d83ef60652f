from pathlib import Path

import pytest

from accounts.database.settings import DatabaseSettings
from web.settings import StartRefused, WebSettings, web_settings_from_environment

SAFE_URL = "postgresql://carbon:a-long-enough-secret@db.internal/carbon"


def settings(url: str = SAFE_URL, **more: object) -> WebSettings:
    return WebSettings(database=DatabaseSettings(home=Path("unused"), database_url=url), **more)  # type: ignore[arg-type]


def test_a_sound_setting_starts_with_the_host_cookie():
    assert settings(hosts=frozenset({"carbon.example"})).session_cookie == "__Host-session"


@pytest.mark.parametrize(
    ("more", "remedy"),
    [
        ({"url": ""}, "CARBON_LOCAL_TRIAL=1"),
        ({"url": "postgresql://carbon:short@db/carbon"}, "longer"),
        ({"url": "postgresql://carbon@db/carbon"}, "longer"),
        ({"debug": True}, "unset"),
        ({"hosts": frozenset()}, "CARBON_HOSTS"),
        ({"hosts": frozenset({"*.example"})}, "plain lower-case"),
        ({"hosts": frozenset({"https://a.example"})}, "plain lower-case"),
        ({"local_trial": True, "hosts": frozenset({"carbon.example"})}, "loopback"),
        ({"proxies": ("not an address",)}, "10.0.0.0/8"),
    ],
)
def test_a_weak_setting_refuses_to_start_and_says_the_remedy(more, remedy):
    with pytest.raises(StartRefused, match=remedy.replace("*", r"\*")):
        settings(**more)


def test_the_environment_is_read_once_and_checked(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", SAFE_URL)
    monkeypatch.setenv("CARBON_HOSTS", "carbon.example, www.carbon.example")
    monkeypatch.setenv("CARBON_LOCAL_TRIAL", "0")
    monkeypatch.setenv("CARBON_PROXIES", "10.0.0.0/8")
    found = web_settings_from_environment()
    assert found.hosts == {"carbon.example", "www.carbon.example"}
    assert str(found.networks[0]) == "10.0.0.0/8"


def test_a_switch_that_is_neither_on_nor_off_is_refused(monkeypatch):
    monkeypatch.setenv("CARBON_LOCAL_TRIAL", "perhaps")
    with pytest.raises(StartRefused, match="CARBON_LOCAL_TRIAL"):
        web_settings_from_environment()
