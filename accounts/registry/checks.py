"""The laws of the register, asked again from the rows alone (LED-8); the ledger's own laws are beside them."""

from accounts.database.settings import DatabaseSettings
from accounts.database.transactions import Connection
from accounts.ledger.checks import BrokenLaw, Law, check_books, law
from accounts.timing import books

blocks_equal_postings = law(
    "the numbers in an account are as many as its postings say",
    """select 'account ' || coalesce(a.id, b.account_id) as about, a.posted as expected, b.size as found
       from (select * from ledger_account where starts_with(commodity, 'credit.') and kind = 'holding') a
       full join (select account_id, sum(last - first + 1) as size from registry_block
                  where closed_at is null group by 1) b on b.account_id = a.id
       where coalesce(a.posted, 0) <> coalesce(b.size, 0)""",
)

issued_is_everywhere = law(
    "issued = held + reserved + pledged + frozen + buffer + retired + cancelled",
    """select 'batch ' || n.number as about, n.issued as expected, b.size as found
       from registry_batch n
       left join (select batch_number, sum(last - first + 1) as size from registry_block
                  where closed_at is null group by 1) b on b.batch_number = n.number
       where n.issued <> coalesce(b.size, 0)""",
)

issued_is_posted = law(
    "what a batch says it issued left its issuing account",
    """select 'batch ' || n.number as about, n.issued as expected, -a.posted as found
       from registry_batch n
       left join ledger_account a on a.commodity = n.commodity and a.kind = 'issuing'
       where n.issued is distinct from -a.posted""",
)

issuances_are_numbered = law(
    "issuances of a batch take its numbers one after the other, from 1",
    """select 'batch ' || batch_number || ' from ' || first as about, coalesce(before, 0) + 1 as expected, first as found
       from (select *, lag(last) over (partition by batch_number order by first) as before from registry_issuance) i
       where first <> coalesce(before, 0) + 1
       union all
       select 'batch ' || n.number, n.issued, coalesce(max(i.last), 0)
       from registry_batch n left join registry_issuance i on i.batch_number = n.number
       group by n.number, n.issued having n.issued <> coalesce(max(i.last), 0)""",
)

numbers_once = law(
    "a number is in one block at a time, now and on every past day",
    """select 'batch ' || batch_number || ' from ' || first as about, 'one block' as expected,
              'another from ' || other as found
       from (select a.batch_number, a.first, b.first as other
             from registry_block a join registry_block b
               on b.batch_number = a.batch_number and (b.first, b.entry_id, b.opened_at) > (a.first, a.entry_id, a.opened_at)
              and b.first <= a.last and b.last >= a.first
             where a.closed_at is null and b.closed_at is null
               or a.opened_at < coalesce(b.closed_at, 'infinity') and b.opened_at < coalesce(a.closed_at, 'infinity')) o""",
)

entries_moved_their_numbers = law(
    "an entry of credits moved as many numbers into an account as it posted to it",
    """select 'entry ' || coalesce(p.entry_id, b.entry_id) as about, p.amount as expected, b.size as found
       from (select entry_id, credit_account_id, sum(amount) as amount from ledger_posting
             where starts_with(commodity, 'credit.') group by 1, 2) p
       full join (select entry_id, account_id, sum(last - first + 1) as size from registry_block
                  where act not in ('split', 'merge') group by 1, 2) b on b.entry_id = p.entry_id and b.account_id = p.credit_account_id
       where p.amount is distinct from b.size""",
)

blocks_fit_accounts = law(
    "a block says the holder, state and batch of its account",
    """select 'batch ' || b.batch_number || ' from ' || b.first as about,
              a.tenant_id || ' ' || a.code || ' ' || a.commodity as expected,
              b.tenant_id || ' ' || b.state || ' credit.' || b.batch_number as found
       from registry_block b left join ledger_account a on a.id = b.account_id
       where (a.tenant_id, a.code::text, a.commodity::text)
           is distinct from (b.tenant_id, b.state::text, 'credit.' || b.batch_number)""",
)

claims_are_whole = law(
    "what a transfer, hold or pledge still binds is what is bound by it",
    """select 'claim ' || coalesce(c.id, b.claim_id) as about, coalesce(c.bound, 0) as expected, coalesce(b.size, 0) as found
       from (select id, quantity - settled as bound from registry_transfer where state = 'pending'
             union all select id, quantity - freed from registry_pledge where state = 'locked') c
       full join (select claim_id, sum(last - first + 1) as size from registry_block
                  where closed_at is null and claim_id is not null group by 1) b on b.claim_id = c.id
       where coalesce(c.bound, 0) <> coalesce(b.size, 0)""",
)

retirements_are_whole = law(
    "every number used up stands in one retirement, and each retirement has its numbers",
    """select 'entry ' || coalesce(r.entry_id, b.entry_id) as about, r.quantity as expected, b.size as found
       from registry_retirement r
       full join (select entry_id, state, sum(last - first + 1) as size from registry_block
                  where closed_at is null and state in ('retired', 'cancelled', 'forced-cancelled') group by 1, 2) b
           on b.entry_id = r.entry_id and b.state = r.kind
       where r.quantity is distinct from b.size""",
)

GUARDS = (
    "ledger_hold_without_numbers",
    "ledger_posting_with_numbers",
    "registry_batch_kept",
    "registry_block_kept",
    "registry_block_no_truncate",
    "registry_block_stays",
    "registry_freeze_final",
    "registry_issuance_append_only",
    "registry_pledge_final",
    "registry_retirement_append_only",
    "registry_retirement_true",
    "registry_transfer_final",
)
"""The triggers that keep the laws; each must be there and enabled."""

guards_stand = law(
    "the guards of the register are in place and on",
    f"""select 'trigger ' || name as about, 'enabled' as expected,
               case when t.tgname is null then 'missing' else 'state ' || t.tgenabled::text end as found
        from unnest('{{{",".join(GUARDS)}}}'::text[]) name left join pg_trigger t on t.tgname = name
        where t.tgname is null or t.tgenabled not in ('O', 'A')
        union all
        select 'constraint registry_block_numbers', 'an exclusion of overlapping ranges', 'missing'
        where not exists (select from pg_constraint where conname = 'registry_block_numbers' and contype = 'x')""",
)

LAWS: tuple[Law, ...] = (
    blocks_equal_postings,
    issued_is_everywhere,
    issued_is_posted,
    issuances_are_numbered,
    numbers_once,
    entries_moved_their_numbers,
    blocks_fit_accounts,
    claims_are_whole,
    retirements_are_whole,
    guards_stand,
)


async def check_register(connection: Connection) -> list[BrokenLaw]:
    """Every breach of every law of the register; needs the auditor's connection, as `check_books` does."""
    return [breach for each in LAWS for breach in await each(connection)]


async def broken_laws(admin_url: str, settings: DatabaseSettings) -> list[BrokenLaw]:
    """Every breach of the ledger's and the register's laws at one instant; empty when both are sound."""

    async def check(connection: Connection) -> list[BrokenLaw]:
        return [*await check_books(connection), *await check_register(connection)]

    return await books.broken_laws(admin_url, settings, check=check)
