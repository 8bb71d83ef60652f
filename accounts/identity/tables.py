"""Tables of the room accounts/identity: who is who, who is signed in, who let whom read what.

Every row with a tenant is isolated by row-level security; the constraints, policies and functions are in the
raw migration beside the automatic one. Hashes only: no token, key or password is stored.
"""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Bytea,
    Date,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Organisation(Table, tablename="identity_organisation"):
    """A tenant that is no natural person; `status` listed = known by reported figures, nobody signed up."""

    id = UUID(primary_key=True, default=None)
    kind = Varchar(20, default=None)
    name_zh = Text(default=None)
    name_en = Text(default="")
    credit_code = Varchar(18, null=True, default=None)
    foreign_code = Text(null=True, default=None)
    district = Text(default="")
    status = Varchar(10, default="active")
    created_at = Timestamptz(default=TimestamptzNow())


class Person(Table, tablename="identity_person"):
    """A natural person; `tenant_id` is the organisation, or the person's own id for a citizen."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    login = Varchar(64, default=None)
    name = Text(default=None)
    password_hash = Text(default=None, secret=True)
    created_at = Timestamptz(default=TimestamptzNow())
    password_changed_at = Timestamptz(default=TimestamptzNow())
    natural_person_id = UUID(null=True, default=None)
    disabled_at = Timestamptz(null=True, default=None)


class Membership(Table, tablename="identity_membership"):
    """What a person is within the organisation; one organisation for each login."""

    person_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    role = Varchar(30, default=None)
    changed_at = Timestamptz(default=TimestamptzNow())


class Session(Table, tablename="identity_session"):
    """A signed-in browser, known by the SHA-256 of its token."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    person_id = UUID(default=None)
    token_hash = Bytea(default=None, secret=True)
    created_at = Timestamptz(default=TimestamptzNow())
    last_seen_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)
    second_factor_at = Timestamptz(null=True, default=None)
    idle_limit_s = Integer(default=None)
    ended_at = Timestamptz(null=True, default=None)
    address = Text(default="")
    user_agent = Text(default="")


class ApiKey(Table, tablename="identity_api_key"):
    """A key of a person for programs; its permissions never exceed what the person may do now."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    person_id = UUID(default=None)
    name = Text(default=None)
    prefix = Varchar(12, default=None)
    secret_hash = Bytea(default=None, secret=True)
    permissions = Array(base_column=Text(), default=list)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)
    last_used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class Consent(Table, tablename="identity_consent"):
    """The owner (`tenant_id`) lets the grantee read what `scope` names, for a term, until withdrawn."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    grantee_id = UUID(default=None)
    scope = Varchar(40, default=None)
    text_version = Varchar(20, default=None)
    granted_by = UUID(default=None)
    granted_at = Timestamptz(default=TimestamptzNow())
    until = Timestamptz(default=None)
    withdrawn_at = Timestamptz(null=True, default=None)


class ConsentRead(Table, tablename="identity_consent_read"):
    """One read under a consent, shown to the owner (`tenant_id`)."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    grantee_id = UUID(default=None)
    consent_id = UUID(default=None)
    person_id = UUID(default=None)
    subject = Text(default=None)
    read_at = Timestamptz(default=TimestamptzNow())


class AuditRecord(Table, tablename="identity_audit_record"):
    """One act, refusal or sign-in; without a tenant when nobody was known yet."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(null=True, default=None)
    person_id = UUID(null=True, default=None)
    person_name = Text(default="")
    via = Varchar(10, default="")
    act = Text(default=None)
    object_kind = Text(default=None)
    object_id = Text(null=True, default=None)
    result = Varchar(10, default=None)
    request_id = Text(default="")
    address = Text(default="")
    recorded_at = Timestamptz(default=TimestamptzNow())
    details = JSONB(default="{}")


class IdempotencyRecord(Table, tablename="identity_idempotency_record"):
    """The answer a tenant got for an operation under a key, with the hash of the request it belongs to."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    operation = Text(default=None)
    key = Varchar(255, default=None)
    request_hash = Bytea(default=None)
    answer = JSONB(default="null")
    created_at = Timestamptz(default=TimestamptzNow())


class Attempt(Table, tablename="identity_attempt"):
    """How often something was tried in the running window; `subject` is a hash, so it names nobody."""

    id = UUID(primary_key=True, default=None)
    kind = Varchar(20, default=None)
    subject = Bytea(default=None)
    window_started_at = Timestamptz(default=TimestamptzNow())
    tries = Integer(default=1)


class BootstrapCode(Table, tablename="identity_bootstrap_code"):
    """The hash of a one-time code for making the first administrator."""

    id = UUID(primary_key=True, default=None)
    code_hash = Bytea(default=None, secret=True)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)
    used_at = Timestamptz(null=True, default=None)


class Draft(Table, tablename="identity_draft"):
    """A protected act as one person wrote it down; `sealed` is the canonical JSON that `digest` is taken of."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    approver_tenant_id = UUID(default=None)
    act = Varchar(60, default=None)
    permission = Varchar(60, default=None)
    object_kind = Text(default=None)
    object_id = Text(default=None)
    sealed = Text(default=None)
    digest = Bytea(default=None)
    drafted_by = UUID(default=None)
    natural_person_id = UUID(default=None)
    drafter_name = Text(default="")
    drafted_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)


class Decision(Table, tablename="identity_decision"):
    """What became of a draft, once: approved, rejected by the other person, or withdrawn by its own side."""

    draft_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    approver_tenant_id = UUID(default=None)
    decision = Varchar(10, default=None)
    digest = Bytea(default=None)
    decided_by = UUID(default=None)
    natural_person_id = UUID(default=None)
    decider_name = Text(default="")
    decided_at = Timestamptz(default=TimestamptzNow())
    reason = Text(default="")
    result = JSONB(default="{}")


class Notice(Table, tablename="identity_notice"):
    """Something a tenant's people are told, or a task with a due day; `from_tenant_id` is whose act told it."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    from_tenant_id = UUID(null=True, default=None)
    person_id = UUID(null=True, default=None)
    except_person_id = UUID(null=True, default=None)
    permission = Varchar(60, default="")
    kind = Varchar(60, default=None)
    subject = JSONB(default="{}")
    object_kind = Text(default="")
    object_id = Text(default="")
    link = Text(default="")
    due_on = Date(null=True, default=None)
    reminded_on = Date(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    done_at = Timestamptz(null=True, default=None)


class NoticeRead(Table, tablename="identity_notice_read"):
    """A person has read a notice."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    notice_id = UUID(default=None)
    person_id = UUID(default=None)
    read_at = Timestamptz(default=TimestamptzNow())


class TimeCode(Table, tablename="identity_time_code"):
    """The shared secret of a person's one-time codes, encrypted; `last_step` is the latest code used."""

    person_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    secret = Text(default=None, secret=True)
    created_at = Timestamptz(default=TimestamptzNow())
    confirmed_at = Timestamptz(null=True, default=None)
    last_step = BigInt(default=0)


class RecoveryCode(Table, tablename="identity_recovery_code"):
    """The hash of a code that stands in once for a lost device."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    person_id = UUID(default=None)
    code_hash = Bytea(default=None, secret=True)
    used_at = Timestamptz(null=True, default=None)


class DataKey(Table, tablename="identity_data_key"):
    """A tenant's own key, wrapped by the key outside the database; destroying it ends what it encrypts (DAT-4)."""

    tenant_id = UUID(primary_key=True, default=None)
    wrapped = Text(default=None, secret=True)
    created_at = Timestamptz(default=TimestamptzNow())


class Citizen(Table, tablename="identity_citizen"):
    """A natural person known by a phone number: encrypted to be shown, as an HMAC to be found."""

    person_id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    phone = Text(default="")
    phone_mac = Bytea(null=True, default=None)
    birth_year = Integer(null=True, default=None)
    text_version = Varchar(20, default=None)
    registered_at = Timestamptz(default=TimestamptzNow())
    erased_at = Timestamptz(null=True, default=None)


class GuardianConsent(Table, tablename="identity_guardian_consent"):
    """A guardian agreed to the registration of a child under fourteen, by a code sent to the guardian's phone."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    guardian_name = Text(default="")
    guardian_phone = Text(default="")
    text_version = Varchar(20, default=None)
    given_at = Timestamptz(default=TimestamptzNow())


class PersonConsent(Table, tablename="identity_person_consent"):
    """A citizen lets us use data of one source for one purpose, under one wording, until withdrawn (DAT-2)."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(default=None)
    source_id = Varchar(60, default=None)
    purpose = Varchar(60, default=None)
    text_version = Varchar(20, default=None)
    given_at = Timestamptz(default=TimestamptzNow())
    withdrawn_at = Timestamptz(null=True, default=None)


class PhoneCode(Table, tablename="identity_phone_code"):
    """A one-time code sent to a phone, before anybody is known; hashes under a key outside the database."""

    id = UUID(primary_key=True, default=None)
    purpose = Varchar(20, default=None)
    phone_mac = Bytea(default=None)
    code_mac = Bytea(default=None, secret=True)
    tries = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)
    used_at = Timestamptz(null=True, default=None)


class Message(Table, tablename="identity_message"):
    """A message to somebody's phone or mailbox, encrypted until it is sent and empty afterwards."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(null=True, default=None)
    channel = Varchar(10, default=None)
    kind = Varchar(60, default=None)
    recipient = Text(default="")
    content = Text(default="")
    language = Varchar(2, default="zh")
    state = Varchar(10, default="queued")
    tries = Integer(default=0)
    next_try_at = Timestamptz(default=TimestamptzNow())
    created_at = Timestamptz(default=TimestamptzNow())
    sent_at = Timestamptz(null=True, default=None)
    error = Text(default="")
