"""`make run` as a person meets it: starts, says where, works beside another copy, stops, starts again."""

import json
import signal
import urllib.request
from http.cookiejar import CookieJar

import pytest

from accounts.sample.sign_ins import read_passwords
from tests.web.test_commands import address_said_by, is_healthy, running, stopped

pytestmark = pytest.mark.timeout(600)


def signed_in_as(address: str, login: str, password: str) -> dict[str, object]:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{address}/api/v1/sessions",
        data=json.dumps({"login": login, "password": password}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with opener.open(request, timeout=60) as answer:
        assert answer.status == 201
    with opener.open(f"{address}/api/v1/loans", timeout=60) as answer:
        return json.load(answer)


def test_the_city_runs_beside_a_second_copy_and_again_after_a_stop(tmp_path):
    with running(tmp_path, "demo", "--port", "0") as first:
        address = address_said_by(first)
        passwords = read_passwords(tmp_path)
        loans = signed_in_as(address, "bank", passwords["bank"])
        assert len(loans) == 2
        with running(tmp_path, "demo", "--port", "0") as second:
            other = address_said_by(second)
            assert other != address
            assert is_healthy(other)
            status, said = stopped(second, signal.SIGTERM)
            assert status == 0, said
        assert is_healthy(address), "the first copy goes on when the second one ends"
        status, said = stopped(first, signal.SIGINT)
        assert status == 0, said
        assert "Traceback" not in said
    with running(tmp_path, "demo", "--port", "0") as again:
        address = address_said_by(again)
        assert len(signed_in_as(address, "bank", passwords["bank"])) == 2
        status, said = stopped(again, signal.SIGTERM)
        assert status == 0, said
