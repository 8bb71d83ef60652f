"""API keys for programs."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from accounts.identity import api_keys
from accounts.identity.api_keys import ApiKey, NewApiKey
from accounts.identity.permissions import Permission
from web.api.inputs import Input
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]


class WantedKey(Input):
    """What the key is for, what it may do, and its last day (at most a year ahead)."""

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["energy system"])]
    permissions: Annotated[list[Permission], Meta(min_length=1, max_length=40)]
    expires_on: date


@get("/api-keys", opt={"permission": Permission.API_KEY_MANAGE}, tags=["identity"], summary="Keys we have")
async def list_api_keys(request: AnyRequest) -> list[ApiKey]:
    """The tenant's keys, ended ones too; no secret is ever shown again."""
    return await api_keys.list_api_keys(actor_of(request))


@post("/api-keys", opt={"permission": Permission.API_KEY_MANAGE}, tags=["identity"], summary="A new key")
async def create_api_key(request: AnyRequest, data: JSONBody[WantedKey]) -> NewApiKey:
    """The only time the secret is shown."""
    return await api_keys.create_api_key(
        actor_of(request), name=data.name, permissions=data.permissions, expires_on=data.expires_on
    )


@delete(
    "/api-keys/{key_id:uuid}",
    opt={"permission": Permission.API_KEY_MANAGE},
    tags=["identity"],
    summary="Revoke a key",
    status_code=204,
)
async def revoke_api_key(request: AnyRequest, key_id: FromPath[UUID]) -> None:
    """It opens nothing from now on."""
    await api_keys.revoke_api_key(actor_of(request), key_id=key_id)


key_handlers = [list_api_keys, create_api_key, revoke_api_key]
