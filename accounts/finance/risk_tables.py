"""Tables of guarantees, pledges, matching and exchange. As in tables.py rows are added and not changed."""

from decimal import Decimal

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Date,
    Integer,
    Numeric,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class ProductRule(Table, tablename="finance_product_rule"):
    """What may move the rate of a product's loans after release, from a day on: certificates and targets."""

    id = UUID(primary_key=True, default=None)
    bank_id = UUID(default=None)
    product_id = UUID(default=None)
    valid_from = Date(default=None)
    certificate_points = Numeric(digits=(6, 2), default=Decimal(0))
    targets = JSONB(default="[]")
    step_points = Numeric(digits=(6, 2), default=Decimal(0))
    cap_points = Numeric(digits=(6, 2), default=Decimal(0))
    only_full = Boolean(default=True)
    two_way = Boolean(default=False)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class LoanFact(Table, tablename="finance_loan_fact"):
    """A measured value of an indicator, or a certificate with its term, on which a loan's rate depends."""

    id = UUID(primary_key=True, default=None)
    loan_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    kind = Varchar(12, default=None)
    indicator = Text(default="")
    on_day = Date(default=None)
    until_on = Date(null=True, default=None)
    value = Numeric(digits=(24, 6), null=True, default=None)
    evidence = Text(default="")
    recorded_by = UUID(default=None)
    recorded_by_name = Text(default="")
    recorded_at = Timestamptz(default=TimestamptzNow())


class Pool(Table, tablename="finance_pool"):
    """An authority's risk-compensation pool under a programme: an account that cannot go below zero."""

    id = UUID(primary_key=True, default=None)
    authority_id = UUID(default=None)
    programme_id = Text(default=None)
    budget_account_id = UUID(default=None)
    pool_account_id = UUID(default=None)
    paid_account_id = UUID(default=None)
    opened_by = UUID(default=None)
    opened_at = Timestamptz(default=TimestamptzNow())


class Guarantee(Table, tablename="finance_guarantee"):
    """A loan under a pool, with how much of its principal is covered."""

    id = UUID(primary_key=True, default=None)
    pool_id = UUID(default=None)
    authority_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    loan_id = UUID(default=None)
    contract_number = Varchar(80, default=None)
    borrower_name_zh = Text(default=None)
    borrower_name_en = Text(default="")
    risk_class = Varchar(40, default=None)
    principal_fen = BigInt(default=None)
    covered_fen = BigInt(default=None)
    ends_on = Date(default=None)
    registered_by = UUID(default=None)
    registered_at = Timestamptz(default=TimestamptzNow())


class Loss(Table, tablename="finance_loss"):
    """A loss on a covered loan as its bank reports it, shared by the programme."""

    id = UUID(primary_key=True, default=None)
    guarantee_id = UUID(default=None)
    pool_id = UUID(default=None)
    authority_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    loss_fen = BigInt(default=None)
    shares = JSONB(default="{}")
    limits = JSONB(default="[]")
    reason = Text(default="")
    reported_by = UUID(default=None)
    reported_at = Timestamptz(default=TimestamptzNow())


class LossStep(Table, tablename="finance_loss_step"):
    """What the pool paid for a loss, or got back of a recovery."""

    id = UUID(primary_key=True, default=None)
    loss_id = UUID(default=None)
    authority_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    kind = Varchar(12, default=None)
    amount_fen = BigInt(default=None)
    shares = JSONB(default="{}")
    entry_id = UUID(null=True, default=None)
    note = Text(default="")
    by_person = UUID(default=None)
    by_name = Text(default="")
    happened_at = Timestamptz(default=TimestamptzNow())


class CreditPrice(Table, tablename="finance_price"):
    """A closing price of credits or allowances at a market, as an authority or bank entered it from its publisher."""

    id = UUID(primary_key=True, default=None)
    market = Varchar(40, default=None)
    on_day = Date(default=None)
    fen_per_t = BigInt(default=None)
    source = Text(default=None)
    recorded_by_tenant = UUID(default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class PledgeContract(Table, tablename="finance_pledge"):
    """Credits pledged to a bank under a contract; the units themselves are locked in the registry."""

    id = UUID(primary_key=True, default=None)
    registry_pledge_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    contract_number = Varchar(80, default=None)
    market = Varchar(40, default=None)
    quantity_t = BigInt(default=None)
    haircut_percent = Numeric(digits=(6, 2), default=None)
    maintenance_percent = Numeric(digits=(6, 2), default=None)
    initial_percent = Numeric(digits=(6, 2), default=None)
    secured_fen = BigInt(default=None)
    ends_on = Date(default=None)
    opened_by = UUID(default=None)
    opened_at = Timestamptz(default=TimestamptzNow())


class PledgeEvent(Table, tablename="finance_pledge_event"):
    """What happened to a pledge: valued, called, answered, released, enforced."""

    id = UUID(primary_key=True, default=None)
    pledge_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    kind = Varchar(16, default=None)
    quantity_t = BigInt(default=0)
    amount_fen = BigInt(default=0)
    details = JSONB(default="{}")
    note = Text(default="")
    by_person = UUID(null=True, default=None)
    by_name = Text(default="")
    happened_at = Timestamptz(default=TimestamptzNow())


class Need(Table, tablename="finance_need"):
    """A project that looks for money, as its enterprise lets banks see it."""

    id = UUID(primary_key=True, default=None)
    enterprise_id = UUID(default=None)
    enterprise_name_zh = Text(default=None)
    enterprise_name_en = Text(default="")
    title = Text(default=None)
    description = Text(default="")
    catalogue = Varchar(20, default=None)
    code = Varchar(20, default=None)
    amount_fen = BigInt(default=None)
    months = SmallInt(default=None)
    posted_by = UUID(default=None)
    posted_at = Timestamptz(default=TimestamptzNow())
    answer_by = Date(default=None)


class NeedAnswer(Table, tablename="finance_need_answer"):
    """A bank's answer to a project, once; a refusal carries its reason."""

    id = UUID(primary_key=True, default=None)
    need_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    bank_id = UUID(default=None)
    answer = Varchar(12, default=None)
    reason = Text(default="")
    answered_by = UUID(default=None)
    answered_by_name = Text(default="")
    answered_at = Timestamptz(default=TimestamptzNow())


class Recognition(Table, tablename="finance_recognition"):
    """A bank's finding that a loan's use stands in a catalogue, with its reasons."""

    id = UUID(primary_key=True, default=None)
    loan_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    catalogue = Varchar(20, default=None)
    code = Varchar(20, default=None)
    met = Boolean(default=None)
    reason = Text(default=None)
    avoided_t = Numeric(digits=(20, 3), null=True, default=None)
    recorded_by = UUID(default=None)
    recorded_by_name = Text(default="")
    recorded_at = Timestamptz(default=TimestamptzNow())


class Message(Table, tablename="finance_message"):
    """What is to be sent to another system: its body as it goes out, and where it goes."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    peer = Varchar(40, default=None)
    kind = Varchar(40, default=None)
    version = Varchar(10, default=None)
    object_id = Text(default="")
    body = Text(default=None)
    digest = Varchar(64, default=None)
    written_at = Timestamptz(default=TimestamptzNow())


class MessageAttempt(Table, tablename="finance_message_attempt"):
    """One attempt to hand a message over, and what the other side said."""

    id = UUID(primary_key=True, default=None)
    message_id = UUID(default=None)
    tenant_id = UUID(default=None)
    number = Integer(default=None)
    outcome = Varchar(12, default=None)
    reference = Text(default="")
    note = Text(default="")
    next_at = Timestamptz(null=True, default=None)
    attempted_at = Timestamptz(default=TimestamptzNow())


class BookRollup(Table, tablename="finance_book_rollup"):
    """A bank's book by day of account, purpose and rate, summed each night; the dashboard reads this."""

    bank_id = UUID(primary_key=True, default=None)
    purpose = Text(default=None)
    rate_percent = Numeric(digits=(6, 2), default=None)
    loans = BigInt(default=0)
    principal_fen = BigInt(default=0)
    rate_weighted = Numeric(digits=(30, 2), default=Decimal(0))
    interest_fen = BigInt(default=0)
    as_of = Date(default=None)
