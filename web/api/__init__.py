"""The HTTP API under /api/v1: each handler translates one request into one use-case."""

from litestar import Router

from web.api.account import account_handlers
from web.api.approvals import approval_handlers
from web.api.certificates import certificate_handlers
from web.api.citizens import citizen_handlers
from web.api.claims import claim_handlers
from web.api.clients import client_handlers
from web.api.consents import consent_handlers
from web.api.exchange import exchange_handlers
from web.api.factors import factor_handlers
from web.api.flags import flag_handlers
from web.api.funds import fund_handlers
from web.api.health import health
from web.api.inclusion import inclusion_handlers
from web.api.jobs import job_handlers
from web.api.keys import key_handlers
from web.api.loan_life import loan_life_handlers
from web.api.loans import loan_handlers
from web.api.log import log_handlers
from web.api.methodologies import methodology_handlers
from web.api.notices import notice_handlers
from web.api.organisations import organisation_handlers
from web.api.partners import partner_handlers
from web.api.products import product_handlers
from web.api.profile import profile_handlers
from web.api.projects import project_handlers
from web.api.quality import quality_handlers
from web.api.rates import rate_handlers
from web.api.ratings import rating_handlers
from web.api.registers import register_handlers
from web.api.registry import registry_handlers
from web.api.registry_imports import import_handlers as registry_import_handlers
from web.api.risk import risk_handlers
from web.api.second_factor import second_factor_handlers
from web.api.sessions import session_handlers
from web.api.submissions import submission_handlers
from web.api.totals import total_handlers
from web.api.trail import list_audit
from web.api.verification import verification_handlers
from web.api.versions import version_handlers

api_router = Router(
    "/api/v1",
    route_handlers=[
        health,
        *session_handlers,
        *second_factor_handlers,
        *organisation_handlers,
        *key_handlers,
        *consent_handlers,
        *approval_handlers,
        *notice_handlers,
        list_audit,
        *rate_handlers,
        *product_handlers,
        *fund_handlers,
        *submission_handlers,
        *total_handlers,
        *flag_handlers,
        *quality_handlers,
        *job_handlers,
        *profile_handlers,
        *account_handlers,
        *factor_handlers,
        *version_handlers,
        *certificate_handlers,
        *rating_handlers,
        *client_handlers,
        *loan_handlers,
        *loan_life_handlers,
        *claim_handlers,
        *risk_handlers,
        *exchange_handlers,
        *register_handlers,
        *registry_handlers,
        *registry_import_handlers,
        *log_handlers,
        *methodology_handlers,
        *project_handlers,
        *verification_handlers,
        *partner_handlers,
        *inclusion_handlers,
        *citizen_handlers,
    ],
)
