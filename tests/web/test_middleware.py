from pathlib import Path

import pytest

from accounts.database.settings import DatabaseSettings
from web.middleware import check_host, client_address
from web.problems import Unreadable
from web.settings import WebSettings

SETTINGS = WebSettings(
    database=DatabaseSettings(home=Path("unused"), database_url="postgresql://c:a-long-enough-secret@db/c"),
    hosts=frozenset({"carbon.example", "[::1]"}),
    proxies=("10.0.0.0/8", "192.168.1.1"),
)


def scope(*headers, client="203.0.113.5"):
    return {"headers": [(name.encode(), value.encode()) for name, value in headers], "client": (client, 1234)}


@pytest.mark.parametrize("host", ["carbon.example", "CARBON.example:8443", "[::1]", "[::1]:8000"])
def test_our_names_are_let_in_with_any_port(host):
    check_host(scope(("host", host)), SETTINGS)


@pytest.mark.parametrize(
    "headers",
    [[], [("host", "evil.example")], [("host", "carbon.example"), ("host", "evil.example")], [("host", "")]],
)
def test_any_other_name_is_refused(headers):
    with pytest.raises(Unreadable):
        check_host(scope(*headers), SETTINGS)


def test_a_stranger_cannot_choose_his_address():
    assert client_address(scope(("x-forwarded-for", "1.2.3.4")), SETTINGS) == "203.0.113.5"


def test_a_named_proxy_tells_the_address_before_it():
    forwarded = ("x-forwarded-for", "6.6.6.6, 198.51.100.9, 10.1.1.1")
    assert client_address(scope(forwarded, client="10.2.3.4"), SETTINGS) == "198.51.100.9"


def test_nonsense_from_a_proxy_leaves_the_last_known_address():
    assert client_address(scope(("x-forwarded-for", "x, y"), client="10.2.3.4"), SETTINGS) == "10.2.3.4"
