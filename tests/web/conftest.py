"""An application over the test's own database, people who can sign in, and a client in the same loop."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from litestar import Litestar

from accounts.database.settings import DatabaseSettings
from tests.conftest import Database
from web.app import create_app
from web.settings import WebSettings

ORIGIN = "http://127.0.0.1"


def trial_settings(database: DatabaseSettings) -> WebSettings:
    return WebSettings(database=database, local_trial=True)


@dataclass
class Visitor:
    """A client with its cookies and, once signed in, its CSRF token."""

    client: httpx.AsyncClient
    csrf_token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, login: str, password: str) -> httpx.Response:
        answer = await self.client.post("/api/v1/sessions", json={"login": login, "password": password})
        if answer.status_code == 201:
            self.csrf_token = answer.json()["me"]["csrf_token"]
            self.headers = {"Origin": ORIGIN, "X-CSRF-Token": self.csrf_token}
        return answer

    async def get(self, path: str, **more: object) -> httpx.Response:
        return await self.client.get(path, **more)  # type: ignore[arg-type]

    async def send(self, method: str, path: str, **more: object) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}  # type: ignore[dict-item]
        return await self.client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]

    async def post(self, path: str, **more: object) -> httpx.Response:
        return await self.send("POST", path, **more)


@pytest.fixture
def app(database: Database) -> Litestar:
    """Without its lifespan: the pool of `database` is open already, and test_start.py covers the rest."""
    return create_app(trial_settings(database.settings))


@asynccontextmanager
async def visitor_of(application: Litestar) -> AsyncIterator[Visitor]:
    transport = httpx.ASGITransport(app=application, client=("192.0.2.7", 50000))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Visitor(client)


@pytest.fixture
async def visitor(app: Litestar) -> AsyncIterator[Visitor]:
    async with visitor_of(app) as found:
        yield found


@pytest.fixture
async def visitors(app: Litestar) -> AsyncIterator[Callable[[], Visitor]]:
    """Makes as many strangers as a test needs."""
    opened: list[httpx.AsyncClient] = []

    def make() -> Visitor:
        transport = httpx.ASGITransport(app=app, client=("192.0.2.8", 50000))
        client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
        opened.append(client)
        return Visitor(client)

    yield make
    for client in opened:
        await client.aclose()
