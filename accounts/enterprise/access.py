"""Who may open an enterprise's account: the enterprise itself, or whoever holds its consent, which is recorded."""

from uuid import UUID

from accounts.database.transactions import Connection
from accounts.identity.actors import Actor
from accounts.identity.consents import ConsentScope, record_read
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound


async def enter_account(
    connection: Connection,
    actor: Actor,
    enterprise_id: UUID,
    subject: str,
    *,
    own: Permission = Permission.ACCOUNT_READ,
) -> None:
    """Check that the actor may read this account, and record the read of another's (DAT-8).

    Raises:
        NotPermitted: the enterprise's own person lacks the permission.
        NotFound: no such enterprise, or no consent: the answer does not tell which.
    """
    if enterprise_id == actor.tenant_id:
        actor.require(own)
        return
    if actor.permissions.isdisjoint({Permission.CLIENT_READ, Permission.VERIFICATION_WORK}):
        raise NotFound(N_("There is no such enterprise."))
    await record_read(
        connection, actor, owner_id=enterprise_id, scope=ConsentScope.ACCOUNT.value, subject=subject
    )
