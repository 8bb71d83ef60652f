"""Tables of the room accounts/factors: an enterprise's own factors with their evidence, and public tables taken over.

Everything is append-only: a change is a new version, and what was refused stays to be read. Constraints, isolation and
grants are in the raw migration beside the automatic one.
"""

from piccolo.columns import JSONB, UUID, Boolean, Bytea, Date, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class OwnFactor(Table, tablename="factors_own_factor"):
    """One version of an enterprise's own factor; its draft (identity) says whether it was accepted, and by whom.

    `quantity` is the column of an activity file it stands for; `value` an exact decimal; an empty `facility` means all.
    """

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    reviewer_id = UUID(default=None)
    draft_id = UUID(default=None)
    code = Varchar(60, default=None)
    version = Integer(default=None)
    name = Text(default=None)
    source = Text(default=None)
    item = Text(default="")
    quantity = Text(default=None)
    value = Text(default=None)
    unit = Text(default=None)
    starts_on = Date(default=None)
    ends_on = Date(null=True, default=None)
    facility = Text(default="")
    method = Varchar(20, default=None)
    supplier = Text(default="")
    note = Text(default="")
    evidence_name = Text(default=None)
    evidence_sha256 = Varchar(64, default=None)
    evidence_bytes = Integer(default=None)
    proposed_by = UUID(default=None)
    proposed_by_name = Text(default="")
    proposed_at = Timestamptz(default=TimestamptzNow())


class OwnEvidence(Table, tablename="factors_own_evidence"):
    """The evidence file of an own factor, compressed (zlib), in parts of a few megabytes."""

    factor_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    reviewer_id = UUID(default=None)
    number = Integer(default=None)
    content = Bytea(default=None)


class TableImport(Table, tablename="factors_import"):
    """A public factor table as uploaded: what it holds beside what is known, waiting for a second person."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    draft_id = UUID(null=True, default=None)
    table_code = Varchar(40, default=None)
    table_name = Text(default=None)
    mapping = Varchar(40, default=None)
    file_name = Text(default=None)
    sha256 = Varchar(64, default=None)
    size_bytes = Integer(default=None)
    counts = JSONB(default="{}")
    imported_by = UUID(default=None)
    imported_by_name = Text(default="")
    imported_at = Timestamptz(default=TimestamptzNow())


class ImportRow(Table, tablename="factors_import_row"):
    """One row of an upload: new, changed, archived, unchanged or wrong; `before` is the version known until then."""

    import_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    number = Integer(default=None)
    kind = Varchar(12, default=None)
    record_key = Text(default="")
    sheet = Text(null=True, default=None)
    row = Integer(null=True, default=None)
    record = JSONB(default="{}")
    before = JSONB(null=True, default=None)
    finding = JSONB(null=True, default=None)


class PublishedFactor(Table, tablename="factors_published"):
    """A version of a record of a public table, accepted by two persons; the latest version of a key holds."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    table_code = Varchar(40, default=None)
    table_name = Text(default=None)
    record_key = Text(default=None)
    version = Integer(default=None)
    name_zh = Text(default="")
    name_en = Text(default="")
    category = Text(default="")
    region = Text(default="")
    activity_unit = Text(default=None)
    gases = JSONB(default="{}")
    gwp_basis = Text(default="")
    life_cycle = Text(default="")
    starts_on = Date(null=True, default=None)
    ends_on = Date(null=True, default=None)
    document = Text(default="")
    note = Text(default="")
    uncertainty_percent = Text(default="")
    archived = Boolean(default=False)
    import_id = UUID(default=None)
    accepted_at = Timestamptz(default=TimestamptzNow())
