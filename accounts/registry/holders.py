"""Whom an account belongs to, told to who sends there: by its number or its holder's unified social credit code."""

from collections.abc import Sequence
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound


async def names_of(connection: Connection, accounts: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """The names of the accounts that exist, in both languages."""
    rows = await connection.fetch("select * from registry_names($1, '{}')", list(accounts))
    return {row["id"]: {"zh": row["name_zh"], "en": row["name_en"] or row["name_zh"]} for row in rows}


async def find_account(actor: Actor, *, text: str) -> tuple[UUID, dict[str, str]]:
    """The account with this number or credit code, and its holder's names.

    Raises:
        NotFound: there is none.
    """
    actor.require(Permission.CREDIT_READ)
    wanted = text.strip()
    try:
        accounts, codes = [UUID(wanted)], []
    except ValueError:
        accounts, codes = [], [wanted.upper()]
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        row = await connection.fetchrow("select * from registry_names($1, $2)", accounts, codes)
    if row is None:
        raise NotFound(
            N_("There is no account with the number or credit code {text}."),
            at="to_account",
            text=wanted[:60],
        )
    return row["id"], {"zh": row["name_zh"], "en": row["name_en"] or row["name_zh"]}


async def names_for(actor: Actor, accounts: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """The same as `names_of`, for a page that shows account numbers."""
    actor.require(Permission.CREDIT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await names_of(connection, accounts)
