"""Who is acting: made at the door from a session or an API key, handed to every use-case."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.identity.permissions import OrganisationKind, Permission
from carbon.errors import N_, NotPermitted


@dataclass(frozen=True)
class Actor:
    """A person or service with what it may do, for the length of one request.

    `tenant_id` is the organisation's id, or the person's own for a citizen; row-level security reads it.
    `second_factor_at` is when this session last proved it; while one is `due` the actor may do nothing else.
    """

    person_id: UUID
    tenant_id: UUID
    name: str
    permissions: frozenset[Permission]
    organisation_id: UUID | None = None
    organisation_kind: OrganisationKind | None = None
    organisation_name: str = ""
    organisation_name_en: str = ""
    request_id: str = ""
    address: str = ""
    via: str = field(default="session")
    session_id: UUID | None = None
    second_factor_at: datetime | None = None
    second_factor_due: bool = False

    def require(self, permission: Permission) -> None:
        """Refuse unless the actor holds the permission; the use-case then checks the very object.

        Raises:
            NotPermitted: names the permission that is missing.
        """
        if permission not in self.permissions:
            raise NotPermitted(N_("This needs the permission {permission}."), permission=permission.value)
