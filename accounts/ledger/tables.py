"""The books: what is held, by whom, how it moved. Only `journal.py` writes here, through PostgreSQL's own functions.

    commodity   what can be held: a code and the smallest unit it is counted in
    account     one holder's pile of one commodity, with the balance kept
    entry       one event, once: its key, the hash of the request, its day
    posting     a whole positive amount from one account to another
    hold        an amount set aside for one receiver, until settled, released or expired
    mandate     a holder's permission for someone else to draw on an account

Primary keys below are what Piccolo can say (one column); the migration widens them so that each carries its
tenant, by which the tables can be spread over machines.
"""

from piccolo.columns import UUID, BigInt, Boolean, Bytea, Date, SmallInt, Text, Timestamptz, Varchar
from piccolo.table import Table


class Commodity(Table, tablename="ledger_commodity"):
    """What can be held. `keeper_id`, where there is one, alone may issue it and freeze accounts of it."""

    code = Varchar(length=40, primary_key=True, default=None)
    unit_zh = Varchar(length=40, default=None)
    unit_en = Varchar(length=40, default=None)
    keeper_id = UUID(null=True, default=None)


class Account(Table, tablename="ledger_account"):
    """One pile. `posted`, `held`, `version` and `changed_at` are moved by PostgreSQL as postings and holds arrive."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    code = Varchar(length=120, default=None)
    commodity = Varchar(length=40, default=None)
    kind = Varchar(length=20, default=None)
    posted = BigInt(default=0)
    held = BigInt(default=0)
    version = BigInt(default=0)
    changed_at = Timestamptz(default=None)
    frozen = Boolean(default=False)
    frozen_reason = Text(default="")
    frozen_by = UUID(null=True, default=None)
    opened_at = Timestamptz(default=None)


class Entry(Table, tablename="ledger_entry"):
    """One event in the books. `tenant_id` is who posted it; key and kind are unique for that tenant, for good."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    kind = Varchar(length=60, default=None)
    key = Varchar(length=255, default=None)
    request_hash = Bytea(default=None)
    occurred_on = Date(default=None)
    posted_at = Timestamptz(default=None)
    memo = Varchar(length=500, default="")
    reverses = UUID(null=True, default=None)
    hold_id = UUID(null=True, default=None)
    posting_count = SmallInt(default=None)


class Posting(Table, tablename="ledger_posting"):
    """A whole amount from debit to credit. The balances after are for each holder alone: no role may select them."""

    entry_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    sequence = SmallInt(default=None)
    debit_account_id = UUID(default=None)
    debit_tenant_id = UUID(default=None)
    debit_version = BigInt(default=None)
    debit_balance_after = BigInt(default=None)
    credit_account_id = UUID(default=None)
    credit_tenant_id = UUID(default=None)
    credit_version = BigInt(default=None)
    credit_balance_after = BigInt(default=None)
    commodity = Varchar(length=40, default=None)
    amount = BigInt(default=None)
    posted_at = Timestamptz(default=None)


class Hold(Table, tablename="ledger_hold"):
    """An amount set aside on `debit_account_id` for `credit_account_id`; `settled` of it has been posted."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    kind = Varchar(length=60, default=None)
    key = Varchar(length=255, default=None)
    request_hash = Bytea(default=None)
    debit_account_id = UUID(default=None)
    debit_tenant_id = UUID(default=None)
    credit_account_id = UUID(default=None)
    credit_tenant_id = UUID(default=None)
    commodity = Varchar(length=40, default=None)
    amount = BigInt(default=None)
    settled = BigInt(default=0)
    state = Varchar(length=12, default="held")
    memo = Varchar(length=500, default="")
    placed_at = Timestamptz(default=None)
    expires_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)


class Mandate(Table, tablename="ledger_mandate"):
    """The holder of `account_id` lets `grantee_id` draw on it by entries of one kind, until it ends.

    Without a grantee anyone may draw, but then only towards `to_account_id`.
    """

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    account_id = UUID(default=None)
    grantee_id = UUID(null=True, default=None)
    to_account_id = UUID(null=True, default=None)
    kind = Varchar(length=60, default=None)
    granted_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
