"""The OpenAPI description of the API, for the eyes INP-12 allows."""

from litestar import Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from accounts.identity.permissions import Permission
from web.settings import WebSettings

TAGS = {
    "service": "Is it there?",
    "identity": "Signing in, keys, organisations, who read what",
    "account": "An enterprise's submissions, emissions, explanations, rating, benchmarks",
    "factors": "Emission factors: the library, own factors with evidence, public tables, sector guides, what is only recalled",
    "approval": "Acts that two persons decide: drafts, approving, rejecting, taking back",
    "notice": "What one was told, and one's tasks",
    "methodologies": "Reduction methodologies: conditions, parameters, dry run, replay, publishing",
    "projects": "Reduction projects: their legal path, documents, boundaries, monitoring, claims, the public register of projects",
    "registry": "Credits: accounts, serial blocks, transfers, holds, retirements, certificates, freezes, the public register",
    "verification": "Verification of a year: rounds, cases, samples, findings, signed opinions, corrections",
    "consent": "Letting a bank read, and ending it",
    "log": "The public log: signed heads, records, proofs",
    "inclusion": "The citizens' programme: sources, signed batches of events, rewards, appeals, pools of grams into credits",
    "citizen": "For citizens: registering by phone, sources and consents, points, grams, rewards, teams, own data",
    "finance": "Clients, products, quotes, loans, portfolio, programmes, funds, reference rates",
}

DESCRIPTION = """\
Carbon accounts of enterprises and the finance that follows from them.

**Who asks**: a session (`POST /api/v1/sessions`; then the cookie, and `X-CSRF-Token` with every change) or
`Authorization: Bearer <API key>`. **Amounts** are whole numbers: emissions in milligrams, money in fen; other
decimals are texts. **Instants** are UTC, **days** are those of Asia/Shanghai. **Errors** are problem details
(RFC 9457) with `code`, `field`, `remedy` and the `request_id` to quote. **Changes** that must not happen twice
take an `Idempotency-Key`. `?lang=zh` or `?lang=en` chooses the language of texts.
"""


def openapi_config(settings: WebSettings) -> OpenAPIConfig:
    """The description at /api/v1/openapi.json; outside a local trial it needs someone signed in."""
    opt: dict[str, object] = (
        {"public": "a local trial shows its API description"}
        if settings.local_trial
        else {"permission": Permission.SELF_READ}
    )
    return OpenAPIConfig(
        title="Inclusive Carbon",
        version="1",
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
        components=Components(
            security_schemes={
                "apiKey": SecurityScheme(type="http", scheme="bearer"),
                "session": SecurityScheme(
                    type="apiKey", name=settings.session_cookie, security_scheme_in="cookie"
                ),
            }
        ),
        security=[{"apiKey": []}, {"session": []}],
        use_handler_docstrings=True,
        render_plugins=[JsonRenderPlugin(path="/")],
        openapi_router=Router("/api/v1/openapi.json", route_handlers=[], opt=opt, include_in_schema=False),
    )
