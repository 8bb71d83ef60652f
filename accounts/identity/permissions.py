"""Who may do what: one list of permissions, one table of grants. Nothing else decides by role."""

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is to the city."""

    ENTERPRISE = "enterprise"
    BANK = "bank"
    VERIFIER = "verifier"
    AUTHORITY = "authority"
    PARTNER = "partner"


class PersonRole(StrEnum):
    """What a person is within an organisation; a citizen has no organisation."""

    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    READER = "reader"
    CITIZEN = "citizen"
    SYSTEM_ADMINISTRATOR = "system-administrator"
    SECURITY_ADMINISTRATOR = "security-administrator"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """`<object>:<verb>`, alphabetical."""

    ACCOUNT_READ = "account:read"
    ACTIVITY_SUBMIT = "activity:submit"
    API_KEY_MANAGE = "api-key:manage"
    AUDIT_READ = "audit:read"
    BENCHMARK_PUBLISH = "benchmark:publish"
    CLAIM_CONFIRM = "claim:confirm"
    CLIENT_READ = "client:read"
    CONSENT_GRANT = "consent:grant"
    CREDIT_ISSUE = "credit:issue"
    CREDIT_KEEP = "credit:keep"
    CREDIT_MOVE = "credit:move"
    CREDIT_READ = "credit:read"
    FACTOR_ACCEPT = "factor:accept"
    FACTOR_PROPOSE = "factor:propose"
    FACTOR_READ = "factor:read"
    FUND_MANAGE = "fund:manage"
    FUND_READ = "fund:read"
    INCLUSION_MANAGE = "inclusion:manage"
    INCLUSION_TAKE_PART = "inclusion:take-part"
    INCLUSION_VERIFY = "inclusion:verify"
    JOB_RUN = "job:run"
    LOAN_PRICE = "loan:price"
    LOAN_READ = "loan:read"
    LOAN_REGISTER = "loan:register"
    MEMBER_MANAGE = "member:manage"
    METHODOLOGY_PUBLISH = "methodology:publish"
    PROJECT_MANAGE = "project:manage"
    PROJECT_READ = "project:read"
    PROJECT_REVIEW = "project:review"
    PROJECT_VERIFY = "project:verify"
    RATE_ACCEPT = "rate:accept"
    RATING_READ = "rating:read"
    SECOND_FACTOR_USE = "second-factor:use"
    SELF_READ = "self:read"
    SESSION_MANAGE = "session:manage"
    SOURCE_MANAGE = "source:manage"
    SOURCE_READ = "source:read"
    TOTALS_IMPORT = "totals:import"
    VERIFICATION_ORDER = "verification:order"
    VERIFICATION_READ = "verification:read"
    VERIFICATION_WORK = "verification:work"


_ANYONE = frozenset(
    {Permission.SELF_READ, Permission.SESSION_MANAGE, Permission.FACTOR_READ, Permission.SECOND_FACTOR_USE}
)

BEFORE_SECOND_FACTOR = frozenset({Permission.SECOND_FACTOR_USE})
"""What a session may do that has a password and no second factor yet (AUT-3)."""

_READS = {
    OrganisationKind.ENTERPRISE: {Permission.ACCOUNT_READ, Permission.RATING_READ, Permission.LOAN_READ},
    OrganisationKind.BANK: {Permission.CLIENT_READ, Permission.LOAN_READ, Permission.FUND_READ},
    OrganisationKind.VERIFIER: set(),
    OrganisationKind.AUTHORITY: {Permission.FUND_READ, Permission.AUDIT_READ},
    OrganisationKind.PARTNER: set(),
}

_WORKS = {
    OrganisationKind.ENTERPRISE: {
        Permission.ACTIVITY_SUBMIT,
        Permission.CLAIM_CONFIRM,
        Permission.CONSENT_GRANT,
    },
    OrganisationKind.BANK: {Permission.CLAIM_CONFIRM, Permission.LOAN_PRICE, Permission.LOAN_REGISTER},
    OrganisationKind.VERIFIER: set(),
    OrganisationKind.AUTHORITY: {
        Permission.BENCHMARK_PUBLISH,
        Permission.FUND_MANAGE,
        Permission.JOB_RUN,
        Permission.RATE_ACCEPT,
        Permission.TOTALS_IMPORT,
    },
    OrganisationKind.PARTNER: set(),
}

for _kind in (OrganisationKind.ENTERPRISE, OrganisationKind.VERIFIER, OrganisationKind.AUTHORITY):
    _READS[_kind].add(Permission.PROJECT_READ)
_WORKS[OrganisationKind.ENTERPRISE].add(Permission.PROJECT_MANAGE)
_WORKS[OrganisationKind.VERIFIER].add(Permission.PROJECT_VERIFY)
_WORKS[OrganisationKind.AUTHORITY] |= {Permission.METHODOLOGY_PUBLISH, Permission.PROJECT_REVIEW}

for _kind in (OrganisationKind.ENTERPRISE, OrganisationKind.AUTHORITY):
    _WORKS[_kind] |= {Permission.FACTOR_ACCEPT, Permission.FACTOR_PROPOSE}
_WORKS[OrganisationKind.VERIFIER].add(Permission.FACTOR_ACCEPT)

for _kind in (
    OrganisationKind.ENTERPRISE,
    OrganisationKind.BANK,
    OrganisationKind.PARTNER,
    OrganisationKind.AUTHORITY,
):
    _READS[_kind].add(Permission.CREDIT_READ)
    _WORKS[_kind].add(Permission.CREDIT_MOVE)
_READS[OrganisationKind.VERIFIER].add(Permission.CREDIT_READ)
_WORKS[OrganisationKind.AUTHORITY] |= {Permission.CREDIT_ISSUE, Permission.CREDIT_KEEP}

_ADMINISTERS = {Permission.API_KEY_MANAGE, Permission.AUDIT_READ, Permission.MEMBER_MANAGE}

for _kind in (OrganisationKind.ENTERPRISE, OrganisationKind.VERIFIER, OrganisationKind.AUTHORITY):
    _READS[_kind] |= {Permission.VERIFICATION_READ}
_WORKS[OrganisationKind.VERIFIER] |= {Permission.VERIFICATION_WORK}
_WORKS[OrganisationKind.AUTHORITY] |= {Permission.VERIFICATION_ORDER}

_READS[OrganisationKind.PARTNER].add(Permission.SOURCE_READ)
_READS[OrganisationKind.AUTHORITY].add(Permission.SOURCE_READ)
_WORKS[OrganisationKind.PARTNER].add(Permission.SOURCE_MANAGE)
_WORKS[OrganisationKind.AUTHORITY].add(Permission.INCLUSION_MANAGE)
_WORKS[OrganisationKind.VERIFIER].add(Permission.INCLUSION_VERIFY)

_CITIZEN = {Permission.INCLUSION_TAKE_PART}


_OFFICES = {
    PersonRole.SECURITY_ADMINISTRATOR: {Permission.API_KEY_MANAGE, Permission.MEMBER_MANAGE},
    PersonRole.SYSTEM_ADMINISTRATOR: {Permission.JOB_RUN},
    PersonRole.AUDITOR: {Permission.AUDIT_READ},
}
"""The three administrators of an authority, 三员: each has one office and none of the trade (DUAL-7)."""

OFFICES_APART = frozenset({*_OFFICES, PersonRole.ADMINISTRATOR})
"""Of these roles one human being holds at most one within an authority."""


def permissions_of(
    kind: OrganisationKind | None, role: PersonRole, *, apart: bool = False
) -> frozenset[Permission]:
    """What a person of this role may do in an organisation of this kind (None: a citizen).

    With `apart` (DUAL-7) an authority's administrator keeps its people and keys and nothing else, scheduled work
    is the system administrator's, and the trail the auditor's alone.
    """
    if kind is None:
        return _ANYONE | _CITIZEN
    if role in _OFFICES:
        return _ANYONE | _OFFICES[role]
    split = apart and kind is OrganisationKind.AUTHORITY
    if split and role is PersonRole.ADMINISTRATOR:
        return _ANYONE | _OFFICES[PersonRole.SECURITY_ADMINISTRATOR]
    granted = _ANYONE | _READS[kind]
    if role in {PersonRole.MEMBER, PersonRole.ADMINISTRATOR}:
        granted |= _WORKS[kind]
    if role is PersonRole.ADMINISTRATOR:
        granted |= _ADMINISTERS
    if split:
        granted -= _OFFICES[PersonRole.SYSTEM_ADMINISTRATOR] | _OFFICES[PersonRole.AUDITOR]
    return granted
