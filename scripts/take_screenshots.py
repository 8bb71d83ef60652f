"""Pictures of each page of a running sample city: desktop and phone, Chinese and English, into screenshots/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ensure_chromium import REMEDY, found_chromium
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.city import City, running_city
from tests.journeys.conftest import CHROMIUM_ARGUMENTS
from tests.journeys.story import (
    AMOUNTS,
    STORY,
    Person,
    interest_appears,
    price_and_register,
    the_bank_may_read,
    the_scheduler_accrues_again,
    upload_a_year,
)

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LANGUAGES = ("zh", "en")

PAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("home", "/"),
        ("about", "/about"),
        ("log", "/log"),
        ("register", "/register"),
        ("credits-register", "/register/credits"),
        ("retirements", "/register/retirements"),
        ("serial", "/register/serials?serial=CQCER-JYS01-2024-100-500"),
        ("methodologies", "/methodologies"),
        ("methodology", "/methodologies/rice"),
        ("sign-in", "/sign-in"),
        ("join", "/join"),
        ("not-found", "/nowhere"),
    ),
    "enterprise": (
        ("enterprise", "/enterprise"),
        ("upload", "/enterprise/upload"),
        ("account", "/enterprise/account"),
        ("activities", "/enterprise/activities?year=2025&scope=1"),
        ("quality", "/enterprise/quality"),
        ("flags", "/enterprise/flags"),
        ("rating", "/enterprise/rating"),
        ("profile", "/enterprise/profile"),
        ("own-factors", "/enterprise/factors"),
        ("certificates", "/enterprise/certificates"),
        ("versions", "/enterprise/account/versions"),
        ("consents", "/enterprise/consents"),
        ("own-loans", "/enterprise/loans"),
        ("own-claims", "/enterprise/claims"),
        ("own-pledges", "/enterprise/pledges"),
        ("own-needs", "/enterprise/needs"),
        ("statement", "/enterprise/statement"),
        ("reports", "/enterprise/reports"),
        ("report", "/enterprise/reports/ghg-protocol"),
        ("plan", "/enterprise/plan"),
        ("verification", "/verification"),
        ("factors", "/factors"),
        ("factor", "/factors/one?id=GBT2024.anthracite.carbon_content"),
        ("guides", "/guides"),
        ("guide", "/guides/01"),
        ("batch", "/credits/batches/2"),
        ("certificate", "/certificates/CQCER-R-2026-00000001"),
        ("transfer", "/credits/transfer/new"),
        ("audit-own", "/audit"),
        ("credits", "/credits"),
        ("retire", "/credits/retire/new"),
        ("trusted", "/credits/trusted"),
        ("projects", "/projects"),
        ("project-form", "/projects/new"),
        ("settings", "/settings"),
        ("second-factor", "/second-factor"),
        ("colleagues", "/settings/people"),
        ("inbox", "/inbox"),
        ("approvals", "/approvals"),
    ),
    "bank": (
        ("dashboard", "/bank"),
        ("clients", "/bank/clients"),
        ("loans", "/bank/loans"),
        ("products", "/bank/products"),
        ("claims", "/bank/claims"),
        ("loan-book", "/bank/loan-book"),
        ("repricing", "/bank/repricing"),
        ("disclosure", "/bank/disclosure"),
        ("pledges", "/bank/pledges"),
        ("pools", "/bank/pools"),
        ("needs", "/bank/needs"),
    ),
    "finance": (
        ("authority", "/authority"),
        ("funds", "/authority/funds"),
        ("claim-review", "/authority/claims"),
        ("statements", "/authority/statements"),
        ("rates", "/authority/rates"),
        ("benchmarks", "/authority/benchmarks"),
        ("jobs", "/authority/jobs"),
        ("city-pools", "/authority/pools"),
        ("audit", "/audit"),
    ),
    "verifier": (
        ("verifier-cases", "/verification"),
        ("verifier-projects", "/projects"),
        ("verifier-pools", "/verification/pools"),
    ),
    "citizen": (
        ("my", "/my"),
        ("my-history", "/my/history"),
        ("my-points", "/my/points"),
        ("my-grams", "/my/grams"),
        ("my-teams", "/my/teams?kind=school"),
        ("my-sources", "/my/sources"),
        ("my-data", "/my/data"),
    ),
    "metro": (("partner", "/partner"), ("coupons", "/partner/coupons")),
    "ecology": (
        ("totals", "/authority/totals"),
        ("cases", "/verification"),
        ("inclusion", "/authority/inclusion"),
        ("keeping-credits", "/authority/credits"),
        ("factor-tables", "/authority/factors"),
        ("held-certificates", "/authority/certificates"),
    ),
}


def play(browser: Browser, city: City) -> dict[str, list[tuple[str, str]]]:
    """Half a year of the story, so that every page has something to show; returns the pages it made."""
    enterprise = Person(browser, city, "enterprise", "zh")
    upload_a_year(enterprise, AMOUNTS["zh"])
    submission = enterprise.page.url
    enterprise.go("Carbon account")
    enterprise.page.get_by_role("region", name=enterprise.say("By scope")).get_by_role("link").first.click()
    activities = enterprise.page.get_by_role("region", name=enterprise.say("Activities"))
    activity = activities.get_by_role("link").first.get_attribute("href") or ""
    the_bank_may_read(enterprise)
    bank = Person(browser, city, "bank", "zh")
    loan = price_and_register(bank, "示例-2026-0009")
    client = _link(bank.page, "/bank/clients", "/bank/clients/")
    quote = _link(bank.page, f"{client}/price", "/bank/quotes/")
    the_scheduler_accrues_again(Person(browser, city, "finance", "zh"))
    interest_appears(bank, loan)
    made = {
        "enterprise": [("submission", submission), ("activity", activity)],
        "bank": [
            ("client", client),
            ("client-account", f"{client}/account"),
            ("price", f"{client}/price"),
            ("quote", quote),
            ("loan", loan),
        ],
    }
    for context in browser.contexts:
        context.close()
    return made


def _link(page: Page, path: str, beginning: str) -> str:
    """The first address on the page at `path` that begins so."""
    page.goto(path)
    links = page.locator(f'main a[href^="{beginning}"]')
    named = links.filter(has_text=STORY.zh)
    return (named if named.count() else links).first.get_attribute("href") or ""


def shoot(page: Page, name: str, path: str, size: str) -> None:
    """One page in both languages, once its charts are drawn."""
    for language in LANGUAGES:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        page.wait_for_function(
            "[...document.querySelectorAll('[data-figure]')].every(plot => plot.dataset.drawn)"
        )
        page.screenshot(path=FOLDER / f"{name}-{language}-{size}.png", full_page=True)


def main() -> int:
    """0 when every picture is there."""
    path = found_chromium()
    if path is None:
        print(REMEDY, file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with running_city() as city, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        made = play(browser, city)
        for login, pages in PAGES.items():
            for size, (width, height) in SIZES.items():
                if login:
                    page = Person(browser, city, login, "zh").page
                else:
                    page = browser.new_page(base_url=city.address)
                page.set_viewport_size({"width": width, "height": height})
                for name, address in (*pages, *made.get(login, ())):
                    shoot(page, name, address, size)
                page.context.close()
        browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.name}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
