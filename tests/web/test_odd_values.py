"""Signed-in people send nonsense to every operation: each answer is below 500 (INP-1 to INP-4)."""

import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar

from accounts.identity import people
from accounts.identity.permissions import Permission
from tests.web.cast import PASSWORD, entered, found_city
from tests.web.conftest import Visitor
from web.guard import declared_handlers

SCALARS = [
    None, True, 0, -1, 1, 2024, 2**31, 2**63, 2**70, -(2**63) - 1, 1.5, 1e308, "", " ", "a", "a" * 5000, "\x00", "\ud800",
    "2026-02-30", "9999-12-31", "0001-01-01", "2026-06-01", "2026-06-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "NaN",
    "-0", "1e5", "１２", "٣", "12.5", "999999999999999.999999999", "1Y", "account", "enterprise", "equipment-renewal",
    "CN-MOF-EQUIP-2026", "🌱", "\u202e", "%s", "'; drop table x; --", str(uuid4()), [], {}, [[]], {"a": {}}, ["self:read"],
]  # fmt: skip

odd = st.sampled_from(SCALARS) | st.text(max_size=20) | st.integers() | st.floats(allow_nan=False)
DATES = ["2026-06-01", "2026-12-31", "0001-01-01", "9999-12-31", "1970-01-01", "2024-02-29"]
KINDS = ("enterprise", "bank", "verifier", "partner")
LOGINS = (*KINDS, "authority", "citizen")


@dataclass(frozen=True)
class Operation:
    """What can be sent to an address, by the description, and the permission it asks for."""

    method: str
    path: str
    fields: dict[str, dict]
    query: dict[str, dict]
    permission: Permission | None


def operations(app: Litestar, description: dict) -> list[Operation]:
    asked = {
        (method, re.sub(r":[a-z]+\}", "}", path)): handler.opt.get("permission")
        for path, handler in declared_handlers(app)
        for method in handler.http_methods
    }
    found = []
    for path, verbs in description["paths"].items():
        for method, operation in verbs.items():
            content = operation.get("requestBody", {}).get("content", {})
            body = resolved(description, content.get("application/json", {}).get("schema", {}))
            query = {
                each["name"]: each["schema"]
                for each in operation.get("parameters", [])
                if each["in"] == "query"
            }
            if not path.endswith(("/password", "/current")):  # these end the session the others need
                permission = asked[method.upper(), path]
                found.append(Operation(method.upper(), path, body.get("properties", {}), query, permission))
    return found


def resolved(description: dict, schema: dict) -> dict:
    name = schema.get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"][name] if name else schema


def value_of(description: dict, schema: dict) -> st.SearchStrategy:
    """Mostly a value of the right type at the edge of its range, now and then anything."""
    schema = resolved(description, schema)
    if "oneOf" in schema:
        return st.one_of(*(value_of(description, each) for each in schema["oneOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") == "array":
        each = value_of(description, schema.get("items", {}))
        return st.lists(each, min_size=schema.get("minItems", 0), max_size=5)
    if "properties" in schema:
        return st.fixed_dictionaries(
            {name: value_of(description, each) for name, each in schema["properties"].items()}
        )
    by_type = {
        "integer": st.sampled_from(
            [0, 1, 24, 2025, 10**9, schema.get("maximum", 2**62), schema.get("minimum", -(2**62))]
        ),
        "boolean": st.booleans(),
        "null": st.none(),
        "string": st.sampled_from(
            ["a", "1Y", "2.35", "-0.1", "8", "equipment-renewal", "CN-MOF-EQUIP-2026", "3670", "重庆"]
        ),
    }
    by_format = {
        "date": st.sampled_from(DATES),
        "date-time": st.sampled_from(DATES).map(lambda day: f"{day}T00:30:00+08:00"),
        "uuid": st.sampled_from([str(uuid4()), str(uuid4()).upper()]),
    }
    usual = by_format.get(schema.get("format", ""), by_type.get(schema.get("type", ""), odd))
    return st.one_of(usual, usual, usual, usual, odd)


@pytest.fixture
def description(app: Litestar) -> dict:
    return app.openapi_schema.to_schema()


@pytest.fixture
async def crowd(visitors) -> list[tuple[Visitor, set[str]]]:
    """One signed-in person of each kind with their permissions."""
    cast = await found_city()
    for kind in KINDS:
        await cast.organisation(kind, kind)
    await people.register_citizen(login="citizen", name="小渝", password=PASSWORD, address="", request_id="")
    found = []
    for login in LOGINS:
        visitor = await entered(visitors(), login)
        found.append((visitor, set((await visitor.get("/api/v1/me")).json()["permissions"])))
    return found


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_no_value_of_a_known_field_is_answered_with_a_fault(
    app: Litestar, crowd, description: dict, data: st.DataObject
):
    operation = data.draw(st.sampled_from(operations(app, description)))
    allowed = [
        who
        for who, permissions in crowd
        if operation.permission is None or operation.permission in permissions
    ]
    path = re.sub(
        r"\{[^}]*\}",
        lambda _: str(data.draw(st.sampled_from([uuid4(), uuid4(), 2024, -1, "x", "%00", "é"]))),
        operation.path,
    )
    chosen = {
        name: data.draw(value_of(description, schema))
        for name, schema in operation.query.items()
        if data.draw(st.booleans())
    }
    text = urlencode({name: str(value).encode("utf-8", "replace") for name, value in chosen.items()})
    body = {
        name: data.draw(value_of(description, schema))
        for name, schema in operation.fields.items()
        if data.draw(st.integers(0, 9))
    }
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": data.draw(st.sampled_from(["k", "k" * 300])),
    }
    content = json.dumps(body).encode() if operation.fields else b""
    answer = await allowed[0].send(operation.method, f"{path}?{text}", headers=headers, content=content)
    assert answer.status_code < 500, (operation.method, path, text, body, answer.text)
