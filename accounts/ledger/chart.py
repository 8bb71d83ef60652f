"""The chart of accounts: what can be held, who holds it where, and who else may draw on it."""

from uuid import UUID

from accounts.database.transactions import Connection
from accounts.ledger.procedures import answer
from accounts.ledger.refusals import refusal
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id


async def register_commodity(
    connection: Connection, *, code: str, unit_zh: str, unit_en: str, kept: bool = False
) -> None:
    """Let `code` be held, counted in its smallest unit; registering it again on the same terms changes nothing.

    With `kept`, the tenant of the transaction alone will issue it, and may freeze any account of it. Without,
    its source lies outside these books (money) and each tenant may have an issuing account of its own.

    Raises:
        Conflict: it is registered on other terms.
    """
    outcome = await connection.fetchval(
        "select ledger_register_commodity($1, $2, $3, $4)", code, unit_zh, unit_en, kept
    )
    if outcome == "other-terms":
        raise refusal(outcome, commodity=code)


async def open_account(
    connection: Connection, *, tenant_id: UUID, code: str, commodity: str, kind: str = "holding"
) -> UUID:
    """The id of the tenant's account `code` of this commodity, opened empty unless it is there already.

    A holding account may be opened for another tenant too (to pay into it); an issuing one only for oneself.

    Raises:
        Problem: no such commodity or kind, the commodity is kept by another, or the account is of the other kind.
    """
    row = await answer(connection, "ledger_open_account", new_id(), tenant_id, code, commodity, kind)
    account_id: UUID | None = row["account_id"]
    if account_id is None:
        raise refusal(row["outcome"], code=code, commodity=commodity, kind=kind)
    return account_id


async def freeze_account(connection: Connection, *, account_id: UUID, reason: str) -> None:
    """Let nothing leave the account, pending transfers included; what is sent to it still arrives.

    Its holder and the commodity's keeper may; expiry and release of holds go on.

    Raises:
        Problem: no reason given.
        NotFound: not there, not the tenant's to freeze, or frozen by another.
    """
    if not reason.strip():
        raise Problem(N_("A freeze needs a reason; whoever is stopped by it will read it."), at="reason")
    await _freeze(connection, account_id, reason)


async def unfreeze_account(connection: Connection, *, account_id: UUID) -> None:
    """Lift a freeze; only the tenant that froze the account may.

    Raises:
        NotFound: not there, or frozen by another.
    """
    await _freeze(connection, account_id, "")


async def _freeze(connection: Connection, account_id: UUID, reason: str) -> None:
    if await connection.fetchval("select ledger_freeze($1, $2)", account_id, reason) != "done":
        raise NotFound(
            N_("There is no account {account} that you may freeze or release."), account=account_id
        )


async def grant_mandate(
    connection: Connection,
    *,
    account_id: UUID,
    grantee_id: UUID | None,
    kind: str,
    to_account_id: UUID | None = None,
) -> UUID:
    """Let another tenant draw on the transaction's tenant's account, by entries and holds of `kind` or `kind.…`.

    Without a grantee any tenant may draw (the use-case decides which), but then only to `to_account_id`.

    Raises:
        NotFound: the account is not the tenant's.
        Problem: neither grantee nor receiving account is named.
    """
    if grantee_id is None and to_account_id is None:
        raise Problem(N_("A mandate names who may draw, or where the amounts must go."), at="grantee_id")
    mandate_id: UUID | None = await connection.fetchval(
        "select ledger_grant_mandate($1, $2, $3, $4, $5)",
        new_id(),
        account_id,
        grantee_id,
        kind,
        to_account_id,
    )
    if mandate_id is None:
        raise NotFound(N_("There is no account {account} of yours."), account=account_id)
    return mandate_id


async def end_mandate(connection: Connection, *, mandate_id: UUID) -> None:
    """From this moment nobody draws by this mandate; what was held by it stays held until it ends.

    Raises:
        NotFound: not there, not the tenant's, or ended before.
    """
    if not await connection.fetchval("select ledger_end_mandate($1)", mandate_id):
        raise NotFound(N_("There is no mandate {mandate} of yours in force."), mandate=mandate_id)
