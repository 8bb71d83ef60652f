"""What stands in the bar at the top: the pages an actor may open, in the order of their work."""

from dataclasses import dataclass

from accounts.identity.actors import Actor
from accounts.identity.permissions import OrganisationKind, Permission
from carbon.errors import N_


@dataclass(frozen=True)
class Place:
    """One entry; `permission` None shows it to everybody of that kind. Pages under `also` belong to it too."""

    path: str
    title: str
    permission: Permission | None = None
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether the page at `path` lies here."""
        return any(path == one or path.startswith(f"{one}/") for one in (self.path, *self.also))


IN_THE_BAR = 8
"""As many entries as a bar shows; the rest open under "More", so that a phone is not filled by the bar."""

PLACES: dict[OrganisationKind, tuple[Place, ...]] = {
    OrganisationKind.ENTERPRISE: (
        Place("/enterprise", N_("Overview")),
        Place("/enterprise/upload", N_("Upload"), Permission.ACTIVITY_SUBMIT),
        Place(
            "/enterprise/account",
            N_("Carbon account"),
            Permission.ACCOUNT_READ,
            (
                "/enterprise/activities",
                "/enterprise/statement",
                "/enterprise/quality",
                "/enterprise/flags",
                "/enterprise/reports",
            ),
        ),
        Place("/enterprise/rating", N_("Rating"), Permission.RATING_READ),
        Place("/enterprise/consents", N_("Who may read"), Permission.CONSENT_GRANT),
        Place(
            "/enterprise/loans",
            N_("Loans"),
            Permission.LOAN_READ,
            ("/enterprise/claims", "/enterprise/pledges", "/enterprise/needs"),
        ),
        Place("/credits", N_("Credits"), Permission.CREDIT_READ, ("/certificates",)),
        Place(
            "/projects", N_("Reduction projects"), Permission.PROJECT_READ, ("/register", "/methodologies")
        ),
        Place("/verification", N_("Verification"), Permission.VERIFICATION_READ),
        Place("/enterprise/plan", N_("Targets and measures"), Permission.ACCOUNT_READ),
        Place("/enterprise/profile", N_("Company figures"), Permission.ACCOUNT_READ),
        Place(
            "/factors", N_("Factors"), None, ("/enterprise/factors", "/enterprise/certificates", "/guides")
        ),
    ),
    OrganisationKind.BANK: (
        Place("/bank", N_("Dashboard"), Permission.LOAN_READ),
        Place("/bank/clients", N_("Clients"), Permission.CLIENT_READ, ("/bank/quotes",)),
        Place(
            "/bank/loans",
            N_("Loans"),
            Permission.LOAN_READ,
            (
                "/bank/claims",
                "/bank/loan-book",
                "/bank/repricing",
                "/bank/pools",
                "/bank/pledges",
                "/bank/needs",
            ),
        ),
        Place("/bank/products", N_("Loan products"), Permission.LOAN_READ),
        Place("/credits", N_("Credits"), Permission.CREDIT_READ, ("/certificates",)),
    ),
    OrganisationKind.VERIFIER: (
        Place("/verification", N_("Verification"), Permission.VERIFICATION_READ),
        Place(
            "/projects", N_("Reduction projects"), Permission.PROJECT_READ, ("/register", "/methodologies")
        ),
        Place("/verification/pools", N_("Citizens' pools"), Permission.INCLUSION_VERIFY),
    ),
    OrganisationKind.AUTHORITY: (
        Place("/authority", N_("Overview")),
        Place("/verification", N_("Verification"), Permission.VERIFICATION_READ),
        Place(
            "/projects", N_("Reduction projects"), Permission.PROJECT_READ, ("/register", "/methodologies")
        ),
        Place("/authority/credits", N_("Credits"), Permission.CREDIT_READ, ("/credits", "/certificates")),
        Place(
            "/authority/funds",
            N_("Subsidy funds"),
            Permission.FUND_READ,
            ("/authority/claims", "/authority/statements", "/authority/pools"),
        ),
        Place("/authority/inclusion", N_("Citizens' programme"), Permission.INCLUSION_MANAGE),
        Place("/authority/rates", N_("Reference rates"), Permission.RATE_ACCEPT),
        Place("/authority/benchmarks", N_("Benchmarks"), Permission.BENCHMARK_PUBLISH),
        Place("/authority/totals", N_("Reported totals"), Permission.BENCHMARK_PUBLISH),
        Place("/factors", N_("Factors"), None, ("/authority/factors", "/authority/certificates", "/guides")),
        Place("/audit", N_("Audit trail"), Permission.AUDIT_READ),
        Place("/authority/jobs", N_("Scheduled work"), Permission.JOB_RUN),
    ),
    OrganisationKind.PARTNER: (
        Place("/partner", N_("Sources"), Permission.SOURCE_READ),
        Place("/partner/coupons", N_("Coupons"), Permission.SOURCE_MANAGE),
    ),
}

CITIZEN: tuple[Place, ...] = (
    Place("/my", N_("Home")),
    Place("/my/history", N_("History")),
    Place("/my/points", N_("Rewards")),
    Place("/my/grams", N_("Grams")),
    Place("/my/teams", N_("Teams")),
    Place("/my/sources", N_("Sources")),
    Place("/my/data", N_("My data")),
)


def places_of(actor: Actor | None) -> list[Place]:
    """The entries this actor sees."""
    if actor is None:
        return []
    if actor.organisation_kind is None:
        return list(CITIZEN) if Permission.INCLUSION_TAKE_PART in actor.permissions else []
    return [
        place
        for place in PLACES[actor.organisation_kind]
        if place.permission is None or place.permission in actor.permissions
    ]


def bar_of(actor: Actor | None) -> tuple[list[Place], list[Place]]:
    """The entries in the bar itself, and those that open under "More" when the bar would be too long."""
    places = places_of(actor)
    kept = len(places) if len(places) <= IN_THE_BAR else IN_THE_BAR - 1
    return places[:kept], places[kept:]


def current_place(actor: Actor | None, path: str) -> str:
    """The entry the path lies under: the one that holds it by its longest address."""
    fitting = [
        (len(one), place.path)
        for place in places_of(actor)
        for one in (place.path, *place.also)
        if path == one or path.startswith(f"{one}/")
    ]
    return max(fitting, default=(0, ""))[1]


def home_of(actor: Actor | None) -> str:
    """Where an actor begins after signing in."""
    if actor is None:
        return "/settings"
    if actor.organisation_kind is None:
        return "/my" if Permission.INCLUSION_TAKE_PART in actor.permissions else "/settings"
    places = PLACES[actor.organisation_kind]
    return places[0].path if places else "/settings"
