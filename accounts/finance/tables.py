"""Tables of the room accounts/finance. Rows are added and not changed: a correction is a new row that says so.

Money is whole fen, rates percent per year with two decimals. A row of several parties carries each party's tenant;
who sees what is in the raw migration beside the automatic one, which also widens the keys of the daily rows to
loan and day.
"""

from decimal import Decimal

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
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


class Rate(Table, tablename="finance_rate"):
    """A quotation of the loan prime rate as proposed; `flag` says why a person must look closely."""

    id = UUID(primary_key=True, default=None)
    tenor = Varchar(4, default=None)
    quoted_on = Date(default=None)
    percent = Numeric(digits=(6, 2), default=None)
    source = Text(default=None)
    address = Text(default="")
    flag = Varchar(20, default="")
    value_before = Numeric(digits=(6, 2), null=True, default=None)
    proposed_by = UUID(null=True, default=None)
    proposed_at = Timestamptz(default=TimestamptzNow())


class RateDecision(Table, tablename="finance_rate_decision"):
    """A person's yes or no to a proposed rate, once."""

    id = UUID(primary_key=True, default=None)
    rate_id = UUID(default=None)
    authority_id = UUID(default=None)
    decision = Varchar(10, default=None)
    note = Text(default="")
    decided_by = UUID(default=None)
    decided_by_name = Text(default="")
    decided_at = Timestamptz(default=TimestamptzNow())


class Product(Table, tablename="finance_product"):
    """A loan product of a bank."""

    id = UUID(primary_key=True, default=None)
    bank_id = UUID(default=None)
    name_zh = Text(default=None)
    name_en = Text(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class ProductTerms(Table, tablename="finance_product_terms"):
    """The product's terms from a day on; points and bounds in percentage points per year."""

    id = UUID(primary_key=True, default=None)
    bank_id = UUID(default=None)
    product_id = UUID(default=None)
    valid_from = Date(default=None)
    margins = Array(base_column=Numeric(digits=(6, 2)), default=list)
    unrated_margin = Numeric(digits=(6, 2), default=None)
    floor = Numeric(digits=(6, 2), default=None)
    cap = Numeric(digits=(6, 2), default=None)
    green_use_discount = Numeric(digits=(6, 2), default=Decimal(0))
    green_purposes = Array(base_column=Text(), default=list)
    five_year_tenor_above_months = SmallInt(default=60)
    day_count = Varchar(20, default="ACT/360")
    smallest_fen = BigInt(default=1)
    largest_fen = BigInt(default=None)
    longest_months = SmallInt(default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class Quote(Table, tablename="finance_quote"):
    """What a bank computed for a client. It holds the client's rating: it shows while the client's consent lasts."""

    id = UUID(primary_key=True, default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    product_id = UUID(default=None)
    terms_id = UUID(default=None)
    purpose = Text(default=None)
    principal_fen = BigInt(default=None)
    term_months = SmallInt(default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    rate_percent = Numeric(digits=(6, 2), default=None)
    lpr_tenor = Varchar(4, default=None)
    lpr_quoted_on = Date(default=None)
    lpr_percent = Numeric(digits=(6, 2), default=None)
    margin_points = Numeric(digits=(6, 2), default=None)
    green_use_discount_points = Numeric(digits=(6, 2), default=Decimal(0))
    rating_year = SmallInt(null=True, default=None)
    rating_level = SmallInt(null=True, default=None)
    unrated = JSONB(null=True, default=None)
    explanation = JSONB(default="{}")
    rule_version = Text(default=None)
    quoted_by = UUID(default=None)
    quoted_at = Timestamptz(default=TimestamptzNow())


class Loan(Table, tablename="finance_loan"):
    """A contract between bank and borrower, repaid at its end; it stays with both whatever becomes of consents."""

    id = UUID(primary_key=True, default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    borrower_name_zh = Text(default=None)
    borrower_name_en = Text(default="")
    product_id = UUID(default=None)
    quote_id = UUID(default=None)
    contract_number = Varchar(80, default=None)
    purpose = Text(default=None)
    principal_fen = BigInt(default=None)
    rate_percent = Numeric(digits=(6, 2), default=None)
    day_count = Varchar(20, default=None)
    term_months = SmallInt(default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    registered_by = UUID(default=None)
    registered_at = Timestamptz(default=TimestamptzNow())


class Fund(Table, tablename="finance_fund"):
    """An authority's money for one programme: an account that cannot go below zero, and one of what is due."""

    id = UUID(primary_key=True, default=None)
    authority_id = UUID(default=None)
    programme_id = Text(default=None)
    budget_account_id = UUID(default=None)
    fund_account_id = UUID(default=None)
    payable_account_id = UUID(default=None)
    opened_by = UUID(default=None)
    opened_at = Timestamptz(default=TimestamptzNow())


class Subsidy(Table, tablename="finance_subsidy"):
    """A loan under a programme: the most it can draw is held from the fund from the day it is registered."""

    loan_id = UUID(primary_key=True, default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    authority_id = UUID(default=None)
    fund_id = UUID(default=None)
    programme_id = Text(default=None)
    hold_id = UUID(default=None)
    expected_fen = BigInt(default=None)
    subsidised_until = Date(default=None)
    already_subsidised_fen = BigInt(default=0)
    checks = JSONB(default="[]")
    explanation = JSONB(default="{}")
    reserved_at = Timestamptz(default=TimestamptzNow())


class InterestAccrual(Table, tablename="finance_interest_accrual"):
    """What a day added to the interest of a loan's running interest period."""

    loan_id = UUID(primary_key=True, default=None)
    day = Date(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    period_starts_on = Date(default=None)
    amount_fen = BigInt(default=None)
    accrued_at = Timestamptz(default=TimestamptzNow())


class SubsidyAccrual(Table, tablename="finance_subsidy_accrual"):
    """What a day added to the subsidy due on a loan; posted in the books by the entry of its run."""

    loan_id = UUID(primary_key=True, default=None)
    day = Date(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    authority_id = UUID(default=None)
    fund_id = UUID(default=None)
    amount_fen = BigInt(default=None)
    entry_id = UUID(null=True, default=None)
    accrued_at = Timestamptz(default=TimestamptzNow())


class LoanTerms(Table, tablename="finance_loan_terms"):
    """How a loan is repaid, where it is otherwise than interest by the quarter and principal at the end."""

    loan_id = UUID(primary_key=True, default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    repayment = Varchar(20, default=None)
    every_months = SmallInt(default=1)
    due_day = SmallInt(null=True, default=None)
    due_months = Array(base_column=SmallInt(), default=list)
    due_day_counted = Boolean(default=False)
    rounding = Varchar(10, default="half-up")
    roll = Varchar(20, default="unadjusted")
    reprices = Varchar(12, default="fixed")
    recorded_at = Timestamptz(default=TimestamptzNow())


class LoanEvent(Table, tablename="finance_loan_event"):
    """What happened to a loan after release: a new rate, an early payment, money at the supplier, overdue, written off."""

    id = UUID(primary_key=True, default=None)
    loan_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    kind = Varchar(20, default=None)
    on_day = Date(default=None)
    rate_percent = Numeric(digits=(6, 2), null=True, default=None)
    amount_fen = BigInt(null=True, default=None)
    keeps = Varchar(12, default="term")
    reason = Text(default="")
    cause = JSONB(default="{}")
    recorded_by = UUID(null=True, default=None)
    recorded_by_name = Text(default="")
    recorded_at = Timestamptz(default=TimestamptzNow())


class InterestAdjustment(Table, tablename="finance_interest_adjustment"):
    """By how much a later event changes interest that had accrued already."""

    id = UUID(primary_key=True, default=None)
    loan_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    day = Date(default=None)
    amount_fen = BigInt(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class SubsidyAdjustment(Table, tablename="finance_subsidy_adjustment"):
    """By how much a later event changes a subsidy that had accrued already, with its entry in the books.

    `demanded_fen` of it had been paid out before and is asked back.
    """

    id = UUID(primary_key=True, default=None)
    loan_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    authority_id = UUID(default=None)
    fund_id = UUID(default=None)
    day = Date(default=None)
    amount_fen = BigInt(default=None)
    demanded_fen = BigInt(default=0)
    entry_id = UUID(null=True, default=None)
    reason = Text(default="")
    recorded_at = Timestamptz(default=TimestamptzNow())


class Evidence(Table, tablename="finance_evidence"):
    """An invoice or contract behind a subsidised loan; its digest can stand only once, also across banks."""

    id = UUID(primary_key=True, default=None)
    kind = Varchar(20, default=None)
    digest = Bytea(default=None)
    number = Text(default=None)
    loan_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    authority_id = UUID(null=True, default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class Claim(Table, tablename="finance_claim"):
    """What a loan draws for a claim period, as computed: all it is entitled to up to then, less what was claimed."""

    id = UUID(primary_key=True, default=None)
    number = Varchar(40, default=None)
    loan_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    authority_id = UUID(default=None)
    fund_id = UUID(default=None)
    programme_id = Text(default=None)
    contract_number = Varchar(80, default=None)
    borrower_name_zh = Text(default=None)
    borrower_name_en = Text(default="")
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    entitled_fen = BigInt(default=None)
    claimed_before_fen = BigInt(default=None)
    amount_fen = BigInt(default=None)
    closes_on = Date(null=True, default=None)
    computed_at = Timestamptz(default=TimestamptzNow())


class ClaimEvent(Table, tablename="finance_claim_event"):
    """A step of a claim: confirmed, cut, refused, paid, reconciled."""

    id = UUID(primary_key=True, default=None)
    claim_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    authority_id = UUID(default=None)
    kind = Varchar(20, default=None)
    amount_fen = BigInt(default=None)
    reason = Text(default="")
    details = JSONB(default="{}")
    entry_id = UUID(null=True, default=None)
    by_person = UUID(null=True, default=None)
    by_name = Text(default="")
    happened_at = Timestamptz(default=TimestamptzNow())


class Statement(Table, tablename="finance_statement"):
    """A bank's statement file against which payments are reconciled; the same file counts once."""

    id = UUID(primary_key=True, default=None)
    authority_id = UUID(default=None)
    file_name = Text(default=None)
    sha256 = Varchar(64, default=None)
    lines = Integer(default=0)
    imported_by = UUID(default=None)
    imported_at = Timestamptz(default=TimestamptzNow())


class StatementLine(Table, tablename="finance_statement_line"):
    """One line of a statement and what it was matched with."""

    statement_id = UUID(primary_key=True, default=None)
    line = Integer(default=None)
    authority_id = UUID(default=None)
    reference = Text(default="")
    amount_fen = BigInt(null=True, default=None)
    paid_on = Date(null=True, default=None)
    outcome = Varchar(20, default=None)
    claim_id = UUID(null=True, default=None)
    note = Text(default="")


class ClawbackReturn(Table, tablename="finance_clawback_return"):
    """Money that came back to a fund for a loan."""

    id = UUID(primary_key=True, default=None)
    loan_id = UUID(default=None)
    bank_id = UUID(default=None)
    enterprise_id = UUID(default=None)
    authority_id = UUID(default=None)
    fund_id = UUID(default=None)
    amount_fen = BigInt(default=None)
    returned_on = Date(default=None)
    reference = Text(default="")
    entry_id = UUID(default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


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
    """A closing price of credits or allowances at a market, as an authority entered it from its publisher."""

    id = UUID(primary_key=True, default=None)
    market = Varchar(40, default=None)
    on_day = Date(default=None)
    fen_per_t = BigInt(default=None)
    source = Text(default=None)
    authority_id = UUID(default=None)
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
