"""Tables of the room accounts/projects: projects and their claims, from draft to issuance, and who said what on the way.

A state changes by adding an event, and by nothing else: PostgreSQL checks the move and who makes it, and moves the
state itself (raw migration). What was published is readable by all; the rest by its parties.
"""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Bytea,
    Date,
    DoublePrecision,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Project(Table, tablename="projects_project"):
    """A project of the owner (`tenant_id`); `code` is what people call it by."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    code = Text(default=None)
    scheme = Varchar(20, default=None)
    methodology = Varchar(60, default=None)
    name_zh = Text(default=None)
    name_en = Text(default="")
    about = Text(default="")
    district = Text(default="")
    construction_started_on = Date(null=True, default=None)
    crediting_starts_on = Date(default=None)
    crediting_ends_on = Date(default=None)
    expected_t_per_year = BigInt(default=0)
    declarations = JSONB(default="{}")
    owner_name_zh = Text(default="")
    owner_name_en = Text(default="")
    validator_id = UUID(null=True, default=None)
    validator_name_zh = Text(default="")
    validator_name_en = Text(default="")
    state = Varchar(20, default="draft")
    state_since = Timestamptz(default=TimestamptzNow())
    due_on = Date(null=True, default=None)
    published_on = Date(null=True, default=None)
    registered_on = Date(null=True, default=None)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Boundary(Table, tablename="projects_boundary"):
    """A parcel as GeoJSON in WGS84 degrees; `box` in the raw migration indexes it. A later version replaces it whole."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    project_id = UUID(default=None)
    version = Integer(default=1)
    number = Integer(default=None)
    name = Text(default="")
    activity = Varchar(60, default=None)
    geometry = JSONB(default="{}")
    area_ha = Numeric(default=None)
    west = DoublePrecision(default=None)
    south = DoublePrecision(default=None)
    east = DoublePrecision(default=None)
    north = DoublePrecision(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class Installation(Table, tablename="projects_installation"):
    """A meter or installation the project measures by, known by its number."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    project_id = UUID(default=None)
    version = Integer(default=1)
    kind = Varchar(20, default=None)
    identifier = Text(default=None)
    folded = Text(default=None)
    name = Text(default="")
    recorded_at = Timestamptz(default=TimestamptzNow())


class Document(Table, tablename="projects_document"):
    """A file of a kind the rules name; a new file of the same kind is its next version."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    owner_id = UUID(default=None)
    project_id = UUID(default=None)
    claim_id = UUID(null=True, default=None)
    kind = Varchar(40, default=None)
    version = Integer(default=None)
    title = Text(default="")
    file_name = Text(default=None)
    media_type = Text(default=None)
    size_bytes = BigInt(default=None)
    sha256 = Varchar(64, default=None)
    is_public = Boolean(default=False)
    uploaded_by = UUID(default=None)
    uploaded_by_name = Text(default="")
    uploaded_at = Timestamptz(default=TimestamptzNow())


class DocumentPart(Table, tablename="projects_document_part"):
    """The file's bytes, compressed (zlib), in parts of at most a few megabytes."""

    document_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    number = Integer(default=None)
    content = Bytea(default=None)


class Claim(Table, tablename="projects_claim"):
    """The reductions of one monitoring period of a project, from monitoring to issued units."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    project_id = UUID(default=None)
    number = Integer(default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    verifier_id = UUID(null=True, default=None)
    verifier_name_zh = Text(default="")
    verifier_name_en = Text(default="")
    state = Varchar(20, default="monitoring")
    state_since = Timestamptz(default=TimestamptzNow())
    due_on = Date(null=True, default=None)
    published_on = Date(null=True, default=None)
    registered_on = Date(null=True, default=None)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Calculation(Table, tablename="projects_calculation"):
    """What the methodology made of a claim's monitoring file; the latest of a claim holds.

    `fingerprint` names formulas and numbers, so that it can be computed again and must come out the same.
    """

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    project_id = UUID(default=None)
    claim_id = UUID(default=None)
    document_id = UUID(default=None)
    methodology = Varchar(60, default=None)
    version = Varchar(20, default=None)
    fingerprint = Varchar(64, default=None)
    label = Text(null=True, default=None)
    confidence = Varchar(20, default=None)
    applicable = Boolean(null=True, default=None)
    credits_t = BigInt(default=None)
    buffer_t = BigInt(default=0)
    result = JSONB(default="{}")
    computed_by = UUID(default=None)
    computed_at = Timestamptz(default=TimestamptzNow())


class Event(Table, tablename="projects_event"):
    """One move of a project, or of a claim of it: adding it moves the state."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    owner_id = UUID(default=None)
    project_id = UUID(default=None)
    claim_id = UUID(null=True, default=None)
    act = Varchar(30, default=None)
    source = Varchar(20, default=None)
    target = Varchar(20, default=None)
    role = Varchar(20, default=None)
    reason = Text(default="")
    details = JSONB(default="{}")
    due_on = Date(null=True, default=None)
    next_role = Varchar(20, default="")
    is_public = Boolean(default=True)
    acted_by = UUID(null=True, default=None)
    acted_by_name = Text(default="")
    acted_on = Date(default=None)
    acted_at = Timestamptz(default=TimestamptzNow())


class Path(Table, tablename="projects_path"):
    """The moves PostgreSQL lets through; equal to routes.toml."""

    id = UUID(primary_key=True, default=None)
    scheme = Varchar(20, default=None)
    kind = Varchar(10, default=None)
    source = Varchar(20, default=None)
    act = Varchar(30, default=None)
    target = Varchar(20, default=None)
    role = Varchar(20, default=None)


class Hearing(Table, tablename="projects_hearing"):
    """A public notice of a project or claim, with its first and last day."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    project_id = UUID(default=None)
    claim_id = UUID(null=True, default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    is_provisional = Boolean(default=False)


class Comment(Table, tablename="projects_comment"):
    """What somebody said during a notice; `waiting` ones are read by the authority before they show."""

    id = UUID(primary_key=True, default=None)
    owner_id = UUID(default=None)
    project_id = UUID(default=None)
    hearing_id = UUID(default=None)
    author = Text(default="")
    contact = Text(default="")
    text = Text(default=None)
    state = Varchar(10, default="shown")
    address_hash = Bytea(default=None)
    posted_at = Timestamptz(default=TimestamptzNow())


class Answer(Table, tablename="projects_answer"):
    """The owner's answer to a comment."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    project_id = UUID(default=None)
    comment_id = UUID(default=None)
    text = Text(default=None)
    answered_by = UUID(default=None)
    answered_at = Timestamptz(default=TimestamptzNow())


class Doubt(Table, tablename="projects_doubt"):
    """A sign that a project counts what another counts; only the authority reads which."""

    id = UUID(primary_key=True, default=None)
    owner_id = UUID(default=None)
    project_id = UUID(default=None)
    other_id = UUID(default=None)
    kind = Varchar(20, default=None)
    measure = Text(default="")
    noticed_at = Timestamptz(default=TimestamptzNow())


class Clearance(Table, tablename="projects_clearance"):
    """The authority's word that two projects may stand side by side."""

    id = UUID(primary_key=True, default=None)
    owner_id = UUID(default=None)
    project_id = UUID(default=None)
    other_id = UUID(default=None)
    authority_id = UUID(default=None)
    reason = Text(default="")
    cleared_by = UUID(default=None)
    cleared_at = Timestamptz(default=TimestamptzNow())


class Bar(Table, tablename="projects_bar"):
    """An owner who may not apply until a day."""

    id = UUID(primary_key=True, default=None)
    owner_id = UUID(default=None)
    authority_id = UUID(default=None)
    project_id = UUID(default=None)
    scheme = Varchar(20, default=None)
    until = Date(default=None)
    reason = Text(default="")
    imposed_by = UUID(default=None)
    imposed_at = Timestamptz(default=TimestamptzNow())


class EnergyClaim(Table, tablename="projects_energy_claim"):
    """One attribute of a meter's energy in a period, used once: for a credit or for a green certificate."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    meter = Text(default=None)
    folded = Text(default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    attribute = Varchar(40, default=None)
    used_for = Varchar(20, default=None)
    source_kind = Varchar(40, default=None)
    source_id = UUID(default=None)
    kwh = Numeric(null=True, default=None)
    state = Varchar(10, default="claimed")
    claimed_at = Timestamptz(default=TimestamptzNow())


class MethodologyVersion(Table, tablename="projects_methodology_version"):
    """A methodology as published: `fingerprint` freezes its formulas and numbers."""

    id = UUID(primary_key=True, default=None)
    authority_id = UUID(default=None)
    methodology = Varchar(60, default=None)
    version = Varchar(20, default=None)
    fingerprint = Varchar(64, default=None)
    replay = JSONB(default="{}")
    note = Text(default="")
    published_by = UUID(default=None)
    published_by_name = Text(default="")
    published_at = Timestamptz(default=TimestamptzNow())
