"""Tables of the room accounts/verification.

Each row names its three parties: the enterprise (`tenant_id`), the verifier and the authority; row-level security
lets these and nobody else see it. A case's state is its latest step; steps, checks, entries and opinions are append-only.
"""

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


class Round(Table, tablename="verification_round"):
    """A year's verification as the authority ordered it; the latest row of authority and year holds."""

    id = UUID(primary_key=True, default=None)
    authority_id = UUID(default=None)
    year = SmallInt(default=None)
    gwp_set = Varchar(10, default=None)
    assurance = Varchar(20, default=None)
    materiality_percent = Numeric(default=None)
    longest_years_in_a_row = SmallInt(default=None)
    submit_by_on = Date(default=None)
    verify_by_on = Date(default=None)
    opened_by = UUID(default=None)
    opened_at = Timestamptz(default=TimestamptzNow())


class Case(Table, tablename="verification_case"):
    """One enterprise's year in a round, with the verifier it was given to."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    verifier_id = UUID(default=None)
    authority_id = UUID(default=None)
    round_id = UUID(default=None)
    year = SmallInt(default=None)
    assigned_by = UUID(default=None)
    assigned_at = Timestamptz(default=TimestamptzNow())


class Step(Table, tablename="verification_step"):
    """A change of state: who, from where to where, why."""

    id = UUID(primary_key=True, default=None)
    case_id = UUID(default=None)
    tenant_id = UUID(default=None)
    verifier_id = UUID(default=None)
    authority_id = UUID(default=None)
    number = Integer(default=None)
    from_state = Varchar(20, default=None)
    to_state = Varchar(20, default=None)
    note = Text(default="")
    person_id = UUID(default=None)
    person_name = Text(default="")
    party = Varchar(20, default=None)
    co2e_mg = BigInt(null=True, default=None)
    taken_at = Timestamptz(default=TimestamptzNow())


class Preparer(Table, tablename="verification_preparer"):
    """An organisation that helped an enterprise prepare a year's figures, and may therefore not verify them."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    year = SmallInt(default=None)
    organisation_id = UUID(null=True, default=None)
    name = Text(default="")
    named_by = UUID(default=None)
    named_at = Timestamptz(default=TimestamptzNow())


class SampleLine(Table, tablename="verification_sample_line"):
    """An activity drawn for checking, with its risk and the reasons for it."""

    id = UUID(primary_key=True, default=None)
    case_id = UUID(default=None)
    tenant_id = UUID(default=None)
    verifier_id = UUID(default=None)
    authority_id = UUID(default=None)
    activity_id = UUID(default=None)
    risk = Numeric(default=None)
    share_percent = Numeric(default=None)
    reasons = JSONB(default="[]")
    drawn_at = Timestamptz(default=TimestamptzNow())


class SampleCheck(Table, tablename="verification_sample_check"):
    """What the verifier found at a drawn activity; the latest check holds."""

    id = UUID(primary_key=True, default=None)
    line_id = UUID(default=None)
    case_id = UUID(default=None)
    tenant_id = UUID(default=None)
    verifier_id = UUID(default=None)
    authority_id = UUID(default=None)
    agrees = Boolean(default=None)
    amount_seen = Numeric(null=True, default=None)
    recomputes = Boolean(default=None)
    note = Text(default="")
    person_id = UUID(default=None)
    checked_at = Timestamptz(default=TimestamptzNow())


class Finding(Table, tablename="verification_finding"):
    """Something the verifier raises: material, non-material, or an observation."""

    id = UUID(primary_key=True, default=None)
    case_id = UUID(default=None)
    tenant_id = UUID(default=None)
    verifier_id = UUID(default=None)
    authority_id = UUID(default=None)
    number = Integer(default=None)
    severity = Varchar(20, default=None)
    activity_id = UUID(null=True, default=None)
    facility = Text(default="")
    title = Text(default=None)
    text = Text(default=None)
    raised_by = UUID(default=None)
    raised_by_name = Text(default="")
    raised_at = Timestamptz(default=TimestamptzNow())


class FindingEntry(Table, tablename="verification_finding_entry"):
    """An answer, a closing or a reopening of a finding, in order."""

    id = UUID(primary_key=True, default=None)
    finding_id = UUID(default=None)
    case_id = UUID(default=None)
    tenant_id = UUID(default=None)
    verifier_id = UUID(default=None)
    authority_id = UUID(default=None)
    kind = Varchar(20, default=None)
    text = Text(default="")
    person_id = UUID(default=None)
    person_name = Text(default="")
    entered_at = Timestamptz(default=TimestamptzNow())


class Opinion(Table, tablename="verification_opinion"):
    """The verifier's signed statement over exact figures; `digest` is SHA-256 over `sealed`."""

    id = UUID(primary_key=True, default=None)
    case_id = UUID(default=None)
    tenant_id = UUID(default=None)
    verifier_id = UUID(default=None)
    authority_id = UUID(default=None)
    opinion = Varchar(20, default=None)
    assurance = Varchar(20, default=None)
    co2e_mg = BigInt(default=None)
    sealed = Text(default=None)
    digest = Varchar(64, default=None)
    signed_by = UUID(default=None)
    signed_by_name = Text(default="")
    signed_at = Timestamptz(default=TimestamptzNow())
