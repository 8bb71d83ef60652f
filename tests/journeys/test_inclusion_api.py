"""A partner's engineer connects alone, by the guide; a citizen registers, rides, redeems; a stranger's signature fails."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.inclusion import signing
from accounts.inclusion.settling import settle
from tests.web.cast import entered, found_city
from tests.web.conftest import trial_settings, visitor_of
from web.app import create_app

GUIDE = (Path(__file__).parents[2] / "docs" / "partners.md").read_text("utf-8")
ADDRESS = "/api/v1/inclusion/events"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture
async def connected(database):
    """The partner signed in, with a source and a sandbox, each with a key; the programme has begun."""
    app = create_app(trial_settings(database.settings))
    city = await found_city()
    await city.organisation("partner", "metro")
    async with visitor_of(app) as authority, visitor_of(app) as partner:
        await entered(authority, "authority")
        assert (await authority.post("/api/v1/inclusion/programme")).status_code == 200
        await entered(partner, "metro")
        made = {}
        for name in ("source", "sandbox"):
            wanted = {
                "name_zh": "示例轨道",
                "name_en": "Metro",
                "acts": ["metro"],
                "sandbox": name == "sandbox",
            }
            source = (await partner.post("/api/v1/inclusion/sources", json=wanted)).json()
            key = await partner.post(f"/api/v1/inclusion/sources/{source['id']}/keys", json={"name": "first"})
            assert key.status_code == 201, key.text
            made[name] = (source["id"], key.json())
        yield authority, partner, made


def signed(key: dict, body: bytes, *, stamp: int | None = None, **more: str) -> dict[str, str]:
    told = str(stamp if stamp is not None else int(time.time()))
    return {
        "Content-Type": "application/json", "X-Carbon-Key": key["id"], "X-Carbon-Time": told, "Idempotency-Key": "k",
        "X-Carbon-Signature": signing.signature(key["secret"], stamp=told, body=body), **more,
    }  # fmt: skip


def ride(person: str, number: int = 1, **more) -> dict:
    start = datetime.now(UTC) - timedelta(hours=number)
    return {
        "id": f"r{number}", "person": person, "act": "metro", "quantity": 10, "unit": "passenger-km",
        "started_at": start.isoformat(), "ended_at": (start + timedelta(minutes=25)).isoformat(), **more,
    }  # fmt: skip


async def test_what_is_not_signed_now_with_this_key_is_refused(connected):
    _, partner, made = connected
    key, body = made["sandbox"][1], json.dumps([ride("test-person-1")]).encode()
    client = partner.client

    async def send(content: bytes = body, **headers: str) -> httpx.Response:
        return await client.post(ADDRESS, content=content, headers={**signed(key, body), **headers})

    wrong = await send(**{"X-Carbon-Signature": "0" * 64})
    unknown = await send(**{"X-Carbon-Key": "01a20320-0000-7000-8000-000000000000"})
    assert [answer.status_code for answer in (wrong, unknown)] == [401, 401]
    assert wrong.json()["code"] == unknown.json()["code"] == "wrong-signature"
    assert (await send(body + b" ")).json()["code"] == "wrong-signature"
    for minutes in (-6, 6):
        old = signed(key, body, stamp=int(time.time()) + 60 * minutes)
        answer = await client.post(ADDRESS, content=body, headers=old)
        assert (answer.status_code, answer.json()["code"]) == (401, "clock-skew")
        assert "seconds" in answer.json()["detail"] or "秒" in answer.json()["detail"]
    good = await send()
    assert good.status_code == 201, good.text
    assert good.json()["fates"][0]["fate"] == "accepted"
    reused = await client.post(ADDRESS, content=b"[]", headers=signed(key, b"[]"))
    assert reused.status_code == 422
    deep = b"[" * 200_000
    answer = await client.post(
        ADDRESS, content=deep, headers=signed(key, deep, **{"Idempotency-Key": "deep"})
    )
    assert answer.status_code == 422


async def test_from_a_phone_to_a_coupon(connected, database, monkeypatch):
    monkeypatch.setenv("CARBON_LOCAL_TRIAL", "1")
    authority, partner, made = connected
    source_id, key = made["source"]
    async with visitor_of(authority.client._transport.app) as citizen:
        texts = {text["purpose"]: text for text in (await citizen.get("/api/v1/citizens/texts")).json()}
        code = await citizen.post(
            "/api/v1/citizens/codes", json={"phone": "13900000001", "purpose": "register"}
        )
        assert code.status_code == 201, code.text
        new = {
            "challenge_id": code.json()["challenge_id"], "phone": "13900000001", "code": code.json()["trial_code"],
            "text_version": texts["citizen-registration"]["version"], "name": "小渝",
        }  # fmt: skip
        registered = await citizen.post("/api/v1/citizens/registrations", json=new)
        assert registered.status_code == 201, registered.text
        citizen.headers = {"Origin": "http://127.0.0.1", "X-CSRF-Token": registered.json()["csrf_token"]}
        assert (await citizen.post("/api/v1/my/membership", json={"nickname": "渝"})).status_code == 200
        link = (await citizen.post(f"/api/v1/my/sources/{source_id}/link", json={})).json()["link"]
        body = json.dumps([ride(link, n) for n in range(1, 6)]).encode()
        sent = await partner.client.post(ADDRESS, content=body, headers=signed(key, body))
        assert sent.json()["accepted"] == 5, sent.text
        async with database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
            await settle(connection)
        wallet = (await citizen.get("/api/v1/my/wallet")).json()
        assert wallet["spendable"] > 2000
        today = datetime.now(UTC).date()
        reward = await authority.post(
            "/api/v1/inclusion/rewards",
            json={
                "name_zh": "公交券", "name_en": "Bus coupon", "points": 20, "stock": 1,
                "from_on": (today - timedelta(days=1)).isoformat(), "until_on": (today + timedelta(days=9)).isoformat(),
            },
        )  # fmt: skip
        wanted = {"json": {"reward_id": reward.json()["id"]}, "headers": {"Idempotency-Key": "one"}}
        first, again = [(await citizen.post("/api/v1/my/redemptions", **wanted)) for _ in range(2)]
        assert first.status_code == 201, first.text
        assert first.json() == again.json()
        assert (await citizen.get("/api/v1/my/wallet")).json()["spendable"] == wallet["spendable"] - 2000
        [day, *_] = (await citizen.get("/api/v1/my/days")).json()
        lines = (await citizen.get(f"/api/v1/my/days/{day['day']}?lang=zh")).json()
        assert lines[0]["words"] == "已计入"
        copied = (await citizen.get("/api/v1/my/data/copy")).json()
        assert len(copied["inclusion"]["events"]) == 5
        strangers = await partner.get("/api/v1/my/wallet")
        assert strangers.status_code == 403
        assert (await citizen.send("DELETE", "/api/v1/my/data")).status_code == 204
        assert (await citizen.get("/api/v1/my/wallet")).status_code == 401
    batches = (await partner.get("/api/v1/inclusion/batches")).json()
    assert [(batch["events"], batch["state"]) for batch in batches] == [(5, "settled")]


async def test_the_guides_examples_run(connected, tmp_path):
    """A real server on a port of its own, the guide's own lines, and nothing else."""
    import granian.constants
    from granian.server.embed import Server

    _, partner, made = connected
    key = made["sandbox"][1]
    port = _free_port()
    server = Server(
        partner.client._transport.app,
        address="127.0.0.1",
        port=port,
        interface=granian.constants.Interfaces.ASGI,
    )
    serving = asyncio.create_task(server.serve())
    environment = {
        **os.environ,
        "ADDRESS": f"http://127.0.0.1:{port}",
        "KEY": key["id"],
        "SECRET": key["secret"],
    }
    try:
        await _listening(port)
        [shell] = [block for block in blocks("bash") if "openssl" in block]
        said = await _run(["bash", "-c", shell], tmp_path, environment)
        assert json.loads(said)["fates"][0]["fate"] == "accepted"
        [program] = blocks("python")
        said = await _run([sys.executable, "-c", program], tmp_path, environment)
        assert re.findall(r"ride-\d \S+", said) == ["ride-2 accepted", "ride-3 unit"]
    finally:
        server.stop()
        await serving


def _free_port() -> int:
    import socket

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


async def _listening(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError(port)


async def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=folder, env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_guide_names_every_fate():
    from accounts.inclusion.fates import Fate

    for fate in Fate:
        assert f"`{fate.word}`" in GUIDE, fate
