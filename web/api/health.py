"""Whether the load balancer may send people here: only ok or not (INP-12)."""

from typing import Literal

import msgspec
from litestar import get

from accounts.database.pool import current_pool
from carbon.errors import N_
from web.problems import Overloaded


class Health(msgspec.Struct):
    """`ok` when the database answers; else the request ends as 503."""

    status: Literal["ok"]


@get(
    "/health",
    opt={"public": "the load balancer asks without a key"},
    summary="Whether the service works",
    tags=["service"],
)
async def health() -> Health:
    """Says ok when the database answers, and nothing else."""
    try:
        await current_pool().fetchval("select 1")
    except Exception as error:
        raise Overloaded(N_("The service is busy and gave up waiting.")) from error
    return Health("ok")
