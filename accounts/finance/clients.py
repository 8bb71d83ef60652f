"""A bank's clients: who lets it read their account now, and who has a loan with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.finance import borrowers
from accounts.finance.borrowers import Account, EnterpriseRating, Profile, Reason
from accounts.finance.days import today
from accounts.finance.loans import Loan, loans_of
from accounts.finance.pricing import Quote, quotes_of
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound


@dataclass(frozen=True)
class Client:
    """An enterprise the bank deals with; without `consent_until` the bank sees only its own loans to it."""

    enterprise_id: UUID
    name_zh: str
    name_en: str
    consent_until: datetime | None
    loans: int
    outstanding_fen: int


@dataclass(frozen=True)
class ClientView:
    """All the bank may see of a client: account, rating and profile while the consent lasts, its own loans always.

    `no_rating` says why there is none although there is consent; `unrated` says it in English.
    """

    client: Client
    year: int
    account: Account | None
    profile: Profile | None
    rating: EnterpriseRating | None
    no_rating: Reason | None
    quotes: tuple[Quote, ...]
    loans: tuple[Loan, ...]

    @property
    def unrated(self) -> str:
        """Why there is no rating; empty when there is one, or nothing may be seen."""
        return str(self.no_rating or "")


_CLIENTS = """
    with consenting as (
        select c.tenant_id as enterprise_id, c.until, o.name_zh, o.name_en
          from identity_consent c join identity_organisation o on o.id = c.tenant_id
         where c.grantee_id = current_tenant() and c.scope = 'account' and c.withdrawn_at is null
           and c.granted_at <= now() and now() < c.until
    ), lent as (
        select enterprise_id, (array_agg(borrower_name_zh order by id desc))[1] as name_zh,
               (array_agg(borrower_name_en order by id desc))[1] as name_en, count(*)::int as loans,
               coalesce(sum(principal_fen) filter (where $1 < ends_on), 0)::bigint as outstanding_fen
          from finance_loan where bank_id = current_tenant() group by enterprise_id
    )
    select coalesce(c.enterprise_id, l.enterprise_id) as enterprise_id, coalesce(c.name_zh, l.name_zh) as name_zh,
           coalesce(c.name_en, l.name_en) as name_en, c.until as consent_until, coalesce(l.loans, 0) as loans,
           coalesce(l.outstanding_fen, 0) as outstanding_fen
      from consenting c full join lent l on l.enterprise_id = c.enterprise_id
     where $2::uuid is null or coalesce(c.enterprise_id, l.enterprise_id) = $2
     order by name_zh, enterprise_id
"""


async def list_clients(actor: Actor) -> list[Client]:
    """Enterprises whose consent the bank holds, and borrowers, by name.

    Raises:
        NotPermitted: without `client:read`.
    """
    actor.require(Permission.CLIENT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _clients(connection)


async def read_client(actor: Actor, *, enterprise_id: UUID, year: int | None = None) -> ClientView:
    """One client; what is read under its consent is recorded and shown to it. The year is by default the last full one.

    Raises:
        NotPermitted: without `client:read`.
        NotFound: neither consent nor loan.
    """
    actor.require(Permission.CLIENT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        found = await _clients(connection, enterprise_id)
        if not found:
            raise NotFound(N_("There is no such client, or it has not let you read its account."))
        now = await today(connection)
        loans = await loans_of(connection, enterprise_id=enterprise_id)
        quotes = await quotes_of(connection, enterprise_id)
    year = year or now.year - 1
    client = found[0]
    view = ClientView(client, year, None, None, None, None, tuple(quotes), tuple(loans))
    if client.consent_until is None:
        return view
    rated = await borrowers.rating_of_year(actor, enterprise_id, year)
    return ClientView(
        client,
        year,
        account=await borrowers.account_of(actor, enterprise_id, year),
        profile=await borrowers.profile_of(actor, enterprise_id),
        rating=rated.found,
        no_rating=rated.unrated,
        quotes=view.quotes,
        loans=view.loans,
    )


async def _clients(connection: Connection, enterprise_id: UUID | None = None) -> list[Client]:
    rows = await connection.fetch(_CLIENTS, await today(connection), enterprise_id)
    return [Client(**row) for row in rows]
