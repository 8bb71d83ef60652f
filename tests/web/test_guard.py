"""Every address, walked: strangers get 401, the wrong kind of organisation 403 or 404, never an answer."""

import re
from uuid import uuid4

import pytest
from litestar import Litestar

from accounts.database.transactions import transaction
from accounts.identity.permissions import Permission
from tests.web.cast import Cast, entered, found_city
from tests.web.conftest import Visitor
from web.guard import FORMS, declared_handlers

KINDS = ("enterprise", "bank", "verifier", "partner", "authority")


def addresses(app: Litestar) -> list[tuple[str, str, Permission | None, str]]:
    """Method, concrete path, permission and content type of everything that is served."""
    found = []
    for path, handler in declared_handlers(app):
        concrete = re.sub(r"\{[^}]*:uuid\}", str(uuid4()), path)
        concrete = re.sub(r"\{[^}]*:int\}", "2024", concrete)
        concrete = re.sub(r"\{[^}]*\}", "nothing", concrete)
        taken = handler.opt.get("takes") or (("application/json",) if path.startswith("/api/") else FORMS)
        found += [
            (method, concrete, handler.opt.get("permission"), taken[0])
            for method in sorted(handler.http_methods)
        ]
    return found


async def ask(visitor: Visitor, method: str, path: str, content_type: str) -> int:
    if method in {"GET", "HEAD"}:
        return (await visitor.client.request(method, path)).status_code
    headers = {"Content-Type": content_type}
    body = b"{}" if content_type == "application/json" else b"a=b"
    if content_type.startswith("multipart"):
        headers["Content-Type"] += "; boundary=x"
        body = b"--x--\r\n"
    return (await visitor.send(method, path, content=body, headers=headers)).status_code


async def test_a_stranger_is_told_to_sign_in_everywhere_but_at_public_addresses(
    app: Litestar, visitor: Visitor
):
    for method, path, permission, content_type in addresses(app):
        if permission is not None:
            assert await ask(visitor, method, path, content_type) == 401, (method, path)


@pytest.mark.parametrize("kind", KINDS)
async def test_who_lacks_the_permission_is_refused_and_who_has_it_finds_nothing_of_others(
    app: Litestar, visitor: Visitor, kind: str
):
    cast: Cast = await found_city()
    if kind != "authority":
        await cast.organisation(kind, kind)
    await entered(visitor, kind)
    mine = set((await visitor.get("/api/v1/me")).json()["permissions"])
    for method, path, permission, content_type in addresses(app):
        if permission is None or path.endswith("/sessions/current") or path == "/sign-out":
            continue
        status = await ask(visitor, method, path, content_type)
        assert status < 500, (method, path)
        if permission not in mine:
            assert status in {403, 404}, (method, path, status)


async def test_a_refusal_stands_in_the_trail_of_the_refused(visitor: Visitor):
    cast = await found_city()
    bank = await cast.organisation("bank", "bank")
    await entered(visitor, "bank")
    assert (await visitor.get("/api/v1/me")).status_code == 200
    refused = await visitor.get(REFUSED_TO_BANKS)
    assert refused.status_code == 403
    async with transaction(tenant=bank.id, readonly=True) as connection:
        line = await connection.fetchrow(
            "select * from identity_audit_record where result = 'refused' order by id desc limit 1"
        )
    assert line["object_id"] == f"GET {REFUSED_TO_BANKS}"
    assert line["request_id"] == refused.headers["x-request-id"]


REFUSED_TO_BANKS = "/api/v1/submissions"


async def test_options_tell_the_methods_without_signing_in(visitor: Visitor):
    answer = await visitor.client.options("/api/v1/me")
    assert answer.status_code == 204
    assert "GET" in answer.headers["allow"]
