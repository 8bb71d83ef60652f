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
    day_count = Varchar(10, default="ACT/360")
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
    day_count = Varchar(10, default=None)
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
