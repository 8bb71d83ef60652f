"""Credits as serial blocks. Amounts are whole tonnes of CO2 equivalent: one number, one tonne.

    batch        the line of numbers of one scheme, project and vintage; its commodity in the ledger
    issuance     numbers that came into being, once
    block        a run of numbers in one ledger account for as long as it stayed whole there
    transfer     numbers set aside for another holder: a transfer that waits, or a hold
    pledge       numbers locked for a creditor
    freeze       numbers, or a whole account, that an authority has stopped
    retirement   numbers used up or cancelled, for good

Blocks are written by the SQL function `registry_move` alone, together with the posting in the ledger. Rows are
never deleted: a block ends (`closed_at`) when its numbers move or it is split, so each past day can be read.
"""

from piccolo.columns import UUID, BigInt, Boolean, Date, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Batch(Table, tablename="registry_batch"):
    """A line of numbers from 1. `issued` is the last one given out; `keeper_id` the authority that issues."""

    number = BigInt(primary_key=True, default=None)
    scheme = Varchar(length=12, default=None)
    project_code = Varchar(length=32, default=None)
    vintage_year = SmallInt(default=None)
    project_id = UUID(null=True, default=None)
    project_name = Text(default="")
    keeper_id = UUID(default=None)
    commodity = Varchar(length=40, default=None)
    issued = BigInt(default=0)
    opened_at = Timestamptz(default=TimestamptzNow())


class Issuance(Table, tablename="registry_issuance"):
    """Numbers `first` to `last`, of which the last `buffer_t` went to the buffer pool; what they rest on."""

    id = UUID(primary_key=True, default=None)
    batch_number = BigInt(default=None)
    first = BigInt(default=None)
    last = BigInt(default=None)
    buffer_t = BigInt(default=0)
    tenant_id = UUID(default=None)
    keeper_id = UUID(default=None)
    source_kind = Varchar(length=40, default=None)
    source_id = Varchar(length=80, default=None)
    key = Varchar(length=255, default=None)
    entry_id = UUID(default=None)
    issued_at = Timestamptz(default=None)


class Block(Table, tablename="registry_block"):
    """Numbers `first` to `last` in one ledger account, from `opened_at` until `closed_at`.

    `claim_id` is the transfer, hold or pledge they are bound by; `act` and `entry_id` say what brought them here.
    """

    batch_number = BigInt(primary_key=True, default=None)
    first = BigInt(default=None)
    last = BigInt(default=None)
    tenant_id = UUID(default=None)
    keeper_id = UUID(default=None)
    account_id = UUID(default=None)
    state = Varchar(length=20, default=None)
    claim_id = UUID(null=True, default=None)
    freeze_id = UUID(null=True, default=None)
    act = Varchar(length=40, default=None)
    entry_id = UUID(default=None)
    opened_at = Timestamptz(default=None)
    closed_at = Timestamptz(null=True, default=None)


class Reservation(Table, tablename="registry_transfer"):
    """`quantity` of a batch set aside for `to_tenant_id`; `settled` of it has gone there or was retired."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    to_tenant_id = UUID(default=None)
    kind = Varchar(length=12, default=None)
    batch_number = BigInt(default=None)
    quantity = BigInt(default=None)
    settled = BigInt(default=0)
    state = Varchar(length=12, default="pending")
    trusted = Boolean(default=False)
    memo = Varchar(length=500, default="")
    opened_by = UUID(default=None)
    opened_at = Timestamptz(default=TimestamptzNow())
    executes_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    closed_reason = Varchar(length=500, default="")


class Pledge(Table, tablename="registry_pledge"):
    """`quantity` locked for a creditor under a contract; `freed` of it has been released or taken by the creditor."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    pledgee_id = UUID(default=None)
    batch_number = BigInt(default=None)
    quantity = BigInt(default=None)
    freed = BigInt(default=0)
    contract_id = Varchar(length=80, default=None)
    state = Varchar(length=12, default="locked")
    opened_at = Timestamptz(default=TimestamptzNow())
    closed_at = Timestamptz(null=True, default=None)


class Freeze(Table, tablename="registry_freeze"):
    """What an authority stopped and why: a range of a batch, or, without batch, all that leaves the account."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    authority_id = UUID(default=None)
    batch_number = BigInt(null=True, default=None)
    first = BigInt(null=True, default=None)
    last = BigInt(null=True, default=None)
    reason = Varchar(length=500, default=None)
    frozen_by = UUID(default=None)
    frozen_at = Timestamptz(default=TimestamptzNow())
    lifted_at = Timestamptz(null=True, default=None)
    lifted_reason = Varchar(length=500, default="")


class Retirement(Table, tablename="registry_retirement"):
    """Numbers used up (retired) or taken away (cancelled), for good; the blocks are those of `entry_id`."""

    id = UUID(primary_key=True, default=None)
    number = Varchar(length=40, default=None)
    kind = Varchar(length=20, default=None)
    tenant_id = UUID(default=None)
    holder_name_zh = Varchar(length=200, default="")
    holder_name_en = Varchar(length=200, default="")
    batch_number = BigInt(default=None)
    quantity = BigInt(default=None)
    purpose = Varchar(length=40, default="")
    beneficiary = Varchar(length=200, default="")
    statement = Varchar(length=500, default="")
    occurred_on = Date(default=None)
    entry_id = UUID(default=None)
    made_by = UUID(null=True, default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class Trusted(Table, tablename="registry_trusted"):
    """An account transfers may go to without delay, from `effective_at` until it is removed."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    trusted_id = UUID(default=None)
    added_by = UUID(default=None)
    added_at = Timestamptz(default=TimestamptzNow())
    effective_at = Timestamptz(default=None)
    removed_by = UUID(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)


class Limit(Table, tablename="registry_limit"):
    """The most tonnes that may leave an account at once and in a day; the newest row of each level counts."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    level = Varchar(length=12, default=None)
    set_by_tenant_id = UUID(default=None)
    per_transfer_t = BigInt(null=True, default=None)
    per_day_t = BigInt(null=True, default=None)
    set_by = UUID(default=None)
    set_at = Timestamptz(default=TimestamptzNow())


class Import(Table, tablename="registry_import"):
    """A file of another registry's public records, read once."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    file_name = Varchar(length=200, default=None)
    digest = Varchar(length=64, default=None)
    rows = BigInt(default=0)
    added = BigInt(default=0)
    known = BigInt(default=0)
    refused = BigInt(default=0)
    imported_by = UUID(default=None)
    imported_at = Timestamptz(default=TimestamptzNow())


class ExternalRecord(Table, tablename="registry_external"):
    """One public row of another registry: numbers `first` to `last` of its `line`, issued, retired or cancelled."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    import_id = UUID(default=None)
    registry = Varchar(length=20, default=None)
    kind = Varchar(length=12, default=None)
    serial = Varchar(length=255, default=None)
    line = Varchar(length=160, default=None)
    first = BigInt(null=True, default=None)
    last = BigInt(null=True, default=None)
    quantity = BigInt(default=None)
    project_code = Varchar(length=60, default="")
    project_name = Varchar(length=300, default="")
    vintage = Varchar(length=40, default="")
    country = Varchar(length=60, default="")
    buffer = Boolean(default=False)
    dated_on = Date(null=True, default=None)
    beneficiary = Varchar(length=500, default="")
    reason = Varchar(length=500, default="")
    sheet = Varchar(length=100, default="")
    row = BigInt(default=None)
