"""Tables of the room accounts/enterprise: what an enterprise reported, and what follows from it.

Facts are append-only; a correction is a new row. Emissions are whole milligrams. Constraints, isolation and grants
are in the raw migration beside the automatic one.
"""

from piccolo.columns import (
    JSONB,
    UUID,
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


class Profile(Table, tablename="enterprise_profile"):
    """What the enterprise is: its industry (GB/T 4754 code), district, grid region, and the guide of its sector."""

    tenant_id = UUID(primary_key=True, default=None)
    industry_code = Varchar(10, default=None)
    district = Text(default="")
    region = Text(default="")
    guide = Text(null=True, default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class Facility(Table, tablename="enterprise_facility"):
    """A place where emissions happen; `number` counts within the tenant and keeps activities small."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    number = Integer(default=None)
    name = Text(default=None)
    district = Text(default="")
    created_at = Timestamptz(default=TimestamptzNow())


class YearlyOutput(Table, tablename="enterprise_yearly_output"):
    """Money figures of a year, in fen; the latest row of a year holds."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    year = SmallInt(default=None)
    value_added_fen = BigInt(null=True, default=None)
    main_income_fen = BigInt(null=True, default=None)
    total_equity_and_debt_fen = BigInt(null=True, default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class Submission(Table, tablename="enterprise_submission"):
    """One uploaded file, taken as a whole or in part; never changed. Its id ends in 32 zero bits (activity_ids)."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    kind = Varchar(20, default=None)
    status = Varchar(20, default=None)
    file_name = Text(default=None)
    file_kind = Varchar(10, default=None)
    sha256 = Varchar(64, default=None)
    size_bytes = BigInt(default=None)
    sheets = JSONB(default="[]")
    rows_read = Integer(default=None)
    rows_taken = Integer(default=None)
    rows_wrong = Integer(default=None)
    rows_repeated = Integer(default=None)
    warnings = Integer(default=None)
    submitted_by = UUID(default=None)
    submitted_by_name = Text(default="")
    submitted_at = Timestamptz(default=TimestamptzNow())


class SubmissionPart(Table, tablename="enterprise_submission_part"):
    """The file itself, compressed (zlib), in parts of at most a few megabytes."""

    submission_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    number = Integer(default=None)
    content = Bytea(default=None)


class SubmissionFinding(Table, tablename="enterprise_submission_finding"):
    """An error or warning of a submission at its place; `template` and `details` make its sentence."""

    submission_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    number = Integer(default=None)
    severity = Varchar(10, default=None)
    code = Varchar(40, default=None)
    sheet = Text(null=True, default=None)
    row = Integer(null=True, default=None)
    column = Text(null=True, default=None)
    value = Text(null=True, default=None)
    template = Text(default=None)
    details = JSONB(default="{}")


class Coefficient(Table, tablename="enterprise_coefficient"):
    """What one unit emits, as computed once for a batch: the lineage of every activity that names it.

    `id` is a digest of key, rule version and parameters, so the same computation is the same row. `factors` says of each
    number which level of precedence won, by which factor and version, and what it displaced.
    """

    id = BigInt(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    source = Text(default=None)
    item = Text(default="")
    unit = Text(default=None)
    scope = SmallInt(default=None)
    method = Text(default="")
    key = JSONB(default="{}")
    mg_per_unit = JSONB(default="{}")
    other_method = Text(default="")
    other_method_co2 = Text(default="0")
    explanation = JSONB(default="{}")
    rule_version = Text(default=None)
    parameters_hash = Text(default=None)
    confidence = Varchar(20, default=None)
    factors = JSONB(default="[]")


class Activity(Table, tablename="enterprise_activity"):
    """One row of activity data with what it emitted; a gas its source does not emit is 0.

    `id` is the submission's id with the activity's place by month in its last 32 bits, so that a batch lies in
    order of months; `sheet` and `row` say where it stood in the file. `batch` is the submission's id for a large one,
    which is a partition of its own, and zero for all small ones. Gases without a column of their own are
    in `enterprise_activity_gas`. `other_method_co2_mg` is electricity by the method not chosen, never added.
    """

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    batch = UUID(default=None)
    coefficient_id = BigInt(default=None)
    natural_key = BigInt(default=None)
    co2_mg = BigInt(default=0)
    ch4_mg = BigInt(default=0)
    n2o_mg = BigInt(default=0)
    other_method_co2_mg = BigInt(default=0)
    row = Integer(default=None)
    facility = Integer(default=None)
    month = Date(default=None)
    sheet = SmallInt(default=0)
    months = SmallInt(default=1)
    quality = SmallInt(default=1)
    amount = Numeric(default=None)
    reference = Text(null=True, default=None)
    note = Text(null=True, default=None)


class ActivityGas(Table, tablename="enterprise_activity_gas"):
    """A further gas of an activity: refrigerants, SF6, NF3 and the like."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    gas = Text(default=None)
    mg = BigInt(default=None)


class Gap(Table, tablename="enterprise_gap"):
    """A line without amount, with the notation key that says why: NO, NE, IE or C. Never counted as zero."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    sheet = SmallInt(default=0)
    row = Integer(default=None)
    facility = Integer(default=None)
    month = Date(default=None)
    months = SmallInt(default=1)
    source = Text(default=None)
    item = Text(default="")
    notation = Varchar(2, default=None)
    note = Text(null=True, default=None)


class Rollup(Table, tablename="enterprise_rollup"):
    """Milligrams and rows per month, facility, scope, source and gas, kept with every submission.

    `beside` rows are by the method not chosen; they stand beside a total and are never part of it.
    """

    tenant_id = UUID(primary_key=True, default=None)
    month = Date(default=None)
    months = SmallInt(default=1)
    facility = Integer(default=None)
    scope = SmallInt(default=None)
    method = Text(default="")
    source = Text(default=None)
    quality = SmallInt(default=None)
    gas = Text(default=None)
    beside = Boolean(default=False)
    mg = BigInt(default=None)
    activities = Integer(default=None)


class ReportedTotal(Table, tablename="enterprise_reported_total"):
    """A figure a company reported itself, as imported by the authority; the latest row of company, indicator, year holds."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    organisation_id = UUID(default=None)
    submission_id = UUID(default=None)
    row = Integer(default=None)
    indicator = Varchar(30, default=None)
    year = SmallInt(default=None)
    value = Numeric(default=None)
    unit = Text(default="")
    unit_assumed = Boolean(default=True)
    recorded_at = Timestamptz(default=TimestamptzNow())


class Flag(Table, tablename="enterprise_flag"):
    """A reported total that does not fit the company's own other years; held out of totals until decided."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    organisation_id = UUID(default=None)
    total_id = UUID(default=None)
    kind = Varchar(30, default=None)
    factor = Numeric(default=None)
    template = Text(default=None)
    details = JSONB(default="{}")
    raised_at = Timestamptz(default=TimestamptzNow())


class FlagDecision(Table, tablename="enterprise_flag_decision"):
    """What a person decided about a flag, and why; the latest decision holds."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    flag_id = UUID(default=None)
    decision = Varchar(20, default=None)
    note = Text(default=None)
    decided_by = UUID(default=None)
    decided_by_name = Text(default="")
    decided_at = Timestamptz(default=TimestamptzNow())


class Benchmark(Table, tablename="enterprise_benchmark"):
    """An industry's carbon dioxide per value added in a year, from at least ten accounts; public, the latest holds."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    industry_code = Varchar(10, default=None)
    year = SmallInt(default=None)
    accounts = Integer(default=None)
    co2_mg = Numeric(default=None)
    value_added_fen = Numeric(default=None)
    published_by = UUID(default=None)
    published_at = Timestamptz(default=TimestamptzNow())


class YearLock(Table, tablename="enterprise_year_lock"):
    """Whether a year's activities may change: the latest row of a year holds; `reason` says why it is locked."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    year = SmallInt(default=None)
    locked = Boolean(default=None)
    reason = Text(default="")
    set_at = Timestamptz(default=TimestamptzNow())


class Withdrawal(Table, tablename="enterprise_withdrawal"):
    """An activity that no longer counts, and why; `replaced_by` is the activity that stands in its place."""

    activity_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    replaced_by = UUID(null=True, default=None)
    month = Date(default=None)
    co2e_mg = BigInt(default=None)
    reason = Text(default=None)
    withdrawn_by = UUID(default=None)
    withdrawn_by_name = Text(default="")
    withdrawn_at = Timestamptz(default=TimestamptzNow())


class AccountVersion(Table, tablename="enterprise_account_version"):
    """A year's account as it was computed on a day, kept for good; a later one `follows` it and never changes it.

    `basis` is stored (the figures as filed) or recalculated (by the rules and numbers of `known_on`, of today if none).
    """

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    year = SmallInt(default=None)
    number = Integer(default=None)
    follows = UUID(null=True, default=None)
    basis = Varchar(20, default=None)
    gwp_set = Varchar(10, default=None)
    known_on = Date(null=True, default=None)
    left_out = JSONB(default="[]")
    reason = Text(default=None)
    co2e_mg = Numeric(default=None)
    masses = JSONB(default="{}")
    activities = Integer(default=None)
    not_recalculated = Integer(default=0)
    made_by = UUID(default=None)
    made_by_name = Text(default="")
    made_at = Timestamptz(default=TimestamptzNow())


class AccountVersionLine(Table, tablename="enterprise_account_version_line"):
    """All activities of one key in one month and facility, as a version counts them."""

    version_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    number = Integer(default=None)
    facility = Integer(default=None)
    month = Date(default=None)
    months = SmallInt(default=1)
    key = JSONB(default="{}")
    scope = SmallInt(default=None)
    activities = Integer(default=None)
    amount = Numeric(default=None)
    mg_per_unit = JSONB(default="{}")
    masses = JSONB(default="{}")
    rule_version = Text(default=None)
    parameters_hash = Text(default=None)
    factors = JSONB(default="[]")
    counted = Boolean(default=True)


class ActivityFlag(Table, tablename="enterprise_activity_flag"):
    """A question about activities that do not fit each other; they stay in the account until someone corrects them.

    `fingerprint` is of the kind and the activities, so that a question that was answered is not asked again.
    """

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    year = SmallInt(default=None)
    kind = Varchar(30, default=None)
    facility = Integer(default=0)
    source = Text(default=None)
    item = Text(default="")
    month = Date(null=True, default=None)
    activities = JSONB(default="[]")
    co2e_mg = Numeric(default=None)
    template = Text(default=None)
    details = JSONB(default="{}")
    fingerprint = Varchar(64, default=None)
    raised_at = Timestamptz(default=TimestamptzNow())


class ActivityFlagDecision(Table, tablename="enterprise_activity_flag_decision"):
    """What a person says to such a question: it is right as it is, it was corrected, or it is still open; the latest holds."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    flag_id = UUID(default=None)
    decision = Varchar(20, default=None)
    note = Text(default=None)
    decided_by = UUID(default=None)
    decided_by_name = Text(default="")
    decided_at = Timestamptz(default=TimestamptzNow())


class CertificateClaim(Table, tablename="enterprise_certificate_claim"):
    """Green certificates, or a contract of green power, counted for purchased electricity; negative when given back.

    A range of numbers under a prefix; `state` is claimed, or held for an authority because another organisation has
    claimed some of them.
    """

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    prefix = Text(default=None)
    first_number = Numeric(default=None)
    last_number = Numeric(default=None)
    written = Text(default=None)
    kwh = Numeric(default=None)
    month = Date(default=None)
    submission_id = UUID(null=True, default=None)
    state = Varchar(10, default=None)
    claimed_by = UUID(default=None)
    claimed_by_name = Text(default="")
    claimed_at = Timestamptz(default=TimestamptzNow())


class CertificateDecision(Table, tablename="enterprise_certificate_decision"):
    """What an authority decided on held certificates: allow or refuse, with the reason; the latest holds."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    owner_id = UUID(default=None)
    claim_id = UUID(default=None)
    decision = Varchar(10, default=None)
    note = Text(default=None)
    decided_by = UUID(default=None)
    decided_by_name = Text(default="")
    decided_at = Timestamptz(default=TimestamptzNow())


class Target(Table, tablename="enterprise_target"):
    """What the enterprise aims at: an amount, or an amount per output, by a year; the latest row of a name holds."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    name = Text(default=None)
    kind = Varchar(20, default=None)
    scopes = Varchar(10, default=None)
    base_year = SmallInt(default=None)
    target_year = SmallInt(default=None)
    reduction_percent = Numeric(default=None)
    withdrawn = Boolean(default=False)
    set_by = UUID(default=None)
    set_by_name = Text(default="")
    set_at = Timestamptz(default=TimestamptzNow())


class Measure(Table, tablename="enterprise_measure"):
    """A measure to reduce emissions, with what it costs and avoids; the latest row of a number holds."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    number = Integer(default=None)
    name = Text(default=None)
    facility = Text(default="")
    status = Varchar(20, default=None)
    starts_on = Date(default=None)
    lifetime_years = SmallInt(default=None)
    capital_fen = BigInt(default=None)
    yearly_cost_fen = BigInt(default=None)
    yearly_saving_fen = BigInt(default=None)
    avoided_mg_per_year = BigInt(default=None)
    note = Text(default="")
    set_by = UUID(default=None)
    set_by_name = Text(default="")
    set_at = Timestamptz(default=TimestamptzNow())


class EvidenceFile(Table, tablename="enterprise_evidence_file"):
    """An invoice, reading or photo behind activities; one file once, by its SHA-256."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    file_name = Text(default=None)
    media_type = Text(default=None)
    size_bytes = BigInt(default=None)
    sha256 = Varchar(64, default=None)
    content = Bytea(default=None)
    uploaded_by = UUID(default=None)
    uploaded_by_name = Text(default="")
    uploaded_at = Timestamptz(default=TimestamptzNow())


class EvidenceLink(Table, tablename="enterprise_evidence_link"):
    """That a file speaks for an activity."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    file_id = UUID(default=None)
    activity_id = UUID(default=None)
    note = Text(default="")
    linked_by = UUID(default=None)
    linked_at = Timestamptz(default=TimestamptzNow())
