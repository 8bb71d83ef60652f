"""The laws of the books, asked again from the rows alone: what `carbon check-books` runs as the auditor (LED-8).

PostgreSQL keeps these laws as postings arrive (docs/ledger.md); here is found what someone did with its guards
off. Each law is a query that yields what breaks it; a new law is a new entry of `LAWS`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from accounts.database.transactions import Connection

MOST_SHOWN = 20
"""Breaches listed for each law."""


@dataclass(frozen=True, slots=True)
class BrokenLaw:
    """One breach: the law, the row it is about, what the law expects and what is there."""

    law: str
    about: str
    expected: str
    found: str

    def __str__(self) -> str:
        """One line for a terminal."""
        return f"{self.law}: {self.about}: expected {self.expected}, found {self.found}"


Law = Callable[[Connection], Awaitable[list[BrokenLaw]]]


def law(name: str, query: str) -> Law:
    """A law whose breaches are the rows (about, expected, found) of `query`."""

    async def breaches(connection: Connection) -> list[BrokenLaw]:
        rows = await connection.fetch(
            f"select about::text, expected::text, found::text from ({query}) breach limit {MOST_SHOWN}"
        )
        return [
            BrokenLaw(name, row["about"], row["expected"] or "nothing", row["found"] or "nothing")
            for row in rows
        ]

    return breaches


_LINES = """
    select debit_account_id as account_id, debit_tenant_id as tenant_id, commodity, debit_version as version,
           debit_balance_after as balance, -amount as change, posted_at, entry_id
    from ledger_posting
    union all
    select credit_account_id, credit_tenant_id, commodity, credit_version, credit_balance_after, amount, posted_at, entry_id
    from ledger_posting
"""

zero_sum = law(
    "every commodity sums to zero",
    """select commodity as about, 0 as expected, sum(posted) as found
       from ledger_account group by commodity having sum(posted) <> 0""",
)

kept_equals_rebuilt = law(
    "balance kept equals balance rebuilt",
    f"""select 'account ' || a.id as about, coalesce(line.posted, 0) as expected, a.posted as found
        from ledger_account a
        left join (select account_id, sum(change) as posted from ({_LINES}) l group by account_id) line
            on line.account_id = a.id
        where a.posted <> coalesce(line.posted, 0)""",
)

no_gaps = law(
    "an account's postings are numbered without gaps, each balance going on from the one before",
    f"""select 'account ' || account_id || ' posting ' || version || ' of entry ' || entry_id as about,
               coalesce(balance_before, 0) + change as expected, balance as found
        from (select *, lag(balance) over place as balance_before, row_number() over place as number,
                     lag(posted_at) over place as earlier
              from ({_LINES}) l window place as (partition by account_id order by version)) run
        where version <> number or balance <> coalesce(balance_before, 0) + change or posted_at < earlier""",
)

last_posting_counts = law(
    "an account's version counts its postings",
    f"""select 'account ' || a.id as about, coalesce(line.postings, 0) as expected, a.version as found
        from ledger_account a
        left join (select account_id, count(*) as postings from ({_LINES}) l group by account_id) line
            on line.account_id = a.id
        where a.version <> coalesce(line.postings, 0)""",
)

postings_fit_accounts = law(
    "a posting names accounts that exist, their holders and their commodity",
    f"""select 'entry ' || l.entry_id as about, l.account_id || ' ' || l.tenant_id || ' ' || l.commodity as expected,
               a.id || ' ' || a.tenant_id || ' ' || a.commodity as found
        from ({_LINES}) l left join ledger_account a on a.id = l.account_id
        where (a.tenant_id, a.commodity) is distinct from (l.tenant_id, l.commodity)""",
)

entries_are_whole = law(
    "an entry has all its postings, and every posting its entry",
    """select 'entry ' || coalesce(e.id, p.entry_id) as about, e.posting_count as expected, p.postings as found
       from ledger_entry e
       full join (select tenant_id, entry_id, count(*) as postings, min(posted_at) as posted_at
                  from ledger_posting group by 1, 2) p
           on p.entry_id = e.id and p.tenant_id = e.tenant_id
       where e.posting_count is distinct from p.postings or e.posted_at <> p.posted_at""",
)

held_equals_open_holds = law(
    "held equals what is left of open holds",
    """select 'account ' || a.id as about, coalesce(h.held, 0) as expected, a.held as found
       from ledger_account a
       left join (select debit_account_id, sum(amount - settled) as held
                  from ledger_hold where state = 'held' group by 1) h on h.debit_account_id = a.id
       where a.held <> coalesce(h.held, 0)""",
)

settled_equals_posted = law(
    "what a hold settled equals what its entries posted to its receiver",
    """select 'hold ' || h.id as about, coalesce(p.amount, 0) as expected, h.settled as found
       from ledger_hold h
       left join (select e.hold_id, q.debit_account_id, q.credit_account_id, sum(q.amount) as amount
                  from ledger_entry e join ledger_posting q on q.entry_id = e.id and q.tenant_id = e.tenant_id
                  where e.hold_id is not null group by 1, 2, 3) p
           on p.hold_id = h.id and p.debit_account_id = h.debit_account_id and p.credit_account_id = h.credit_account_id
       where h.settled <> coalesce(p.amount, 0)""",
)

no_negative = law(
    "nothing but an issuing account is below zero, and no more is held than posted",
    """select 'account ' || id as about, 'at least ' || held as expected, posted as found
       from ledger_account
       where kind <> 'issuing' and (posted < 0 or held < 0 or posted < held) or kind = 'issuing' and held <> 0""",
)

amounts_are_whole = law(
    "amounts are positive",
    "select 'entry ' || entry_id as about, 'more than 0' as expected, amount as found from ledger_posting where amount <= 0",
)

reversals_mirror = law(
    "an entry is reversed once at most, by the same amounts back; a reversal never is",
    """with leg as (
           select p.*, e.reverses, e.posting_count from ledger_posting p
           join ledger_entry e on e.id = p.entry_id and e.tenant_id = p.tenant_id
       )
       select 'entry ' || r.reverses as about, 'one mirror image' as expected,
              count(distinct r.entry_id) || ' reversals, '
              || count(*) filter (where o.entry_id is null) || ' legs without counterpart' as found
       from leg r
       left join leg o on o.entry_id = r.reverses and o.sequence = o.posting_count - r.sequence + 1
           and o.posting_count = r.posting_count and o.reverses is null and o.amount = r.amount
           and o.debit_account_id = r.credit_account_id and o.credit_account_id = r.debit_account_id
       where r.reverses is not null
       group by r.reverses
       having count(distinct r.entry_id) > 1 or count(*) filter (where o.entry_id is null) > 0""",
)

GUARDS = (
    "ledger_account_balances",
    "ledger_account_empty",
    "ledger_account_identity",
    "ledger_account_kept",
    "ledger_account_no_truncate",
    "ledger_entry_append_only",
    "ledger_entry_no_truncate",
    "ledger_hold_changed",
    "ledger_hold_final",
    "ledger_hold_kept",
    "ledger_hold_no_truncate",
    "ledger_hold_placed",
    "ledger_posting_append_only",
    "ledger_posting_moves",
    "ledger_posting_no_truncate",
)
"""The triggers that keep the laws; each must be there and enabled."""

guards_stand = law(
    "the guards of the books are in place and on",
    f"""select 'trigger ' || name as about, 'enabled' as expected,
               case when t.tgname is null then 'missing' else 'state ' || t.tgenabled::text end as found
        from unnest('{{{",".join(GUARDS)}}}'::text[]) name left join pg_trigger t on t.tgname = name
        where t.tgname is null or t.tgenabled not in ('O', 'A')
        union all
        select 'table ' || relname, 'row-level security forced', 'not forced'
        from pg_class where relkind = 'r' and starts_with(relname, 'ledger_') and not (relrowsecurity and relforcerowsecurity)""",
)

LAWS: tuple[Law, ...] = (
    zero_sum,
    kept_equals_rebuilt,
    last_posting_counts,
    no_gaps,
    postings_fit_accounts,
    entries_are_whole,
    held_equals_open_holds,
    settled_equals_posted,
    no_negative,
    amounts_are_whole,
    reversals_mirror,
    guards_stand,
)


async def check_books(connection: Connection) -> list[BrokenLaw]:
    """Every breach of every law, in the order of `LAWS`; empty when the books are sound.

    Needs a connection that sees all rows: the auditor's. In one transaction of REPEATABLE READ the laws speak
    about one instant, also while others post.
    """
    return [breach for each in LAWS for breach in await each(connection)]
