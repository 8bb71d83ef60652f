"""The story people click through, in both languages, against a running city (issue A)."""

import io
import re
import time
from collections.abc import Callable, Iterator
from functools import partial

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.sample.plan import plan
from tests.journeys.city import City
from web.language import translate

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

YEAR = plan().year
STORY = next(enterprise for enterprise in plan().enterprises if enterprise.story)
HALVES = {"zh": range(1, 7), "en": range(7, 13)}
"""Each language's story uploads its own half of the year, so that they do not lean on each other."""
WRONG = (
    (f"{YEAR}-13", "化石燃料燃烧", "柴油", 1.2, "吨"),
    (f"{YEAR}-06", "化石燃料燃烧", "天然气", 3.4, "吨"),
    (f"{YEAR}-07", "化石燃料燃烧", "汽油", -0.5, "吨"),
)
ACCRUAL_S = 60


class Person:
    """Somebody with a browser of their own, who reads one language."""

    def __init__(self, browser: Browser, city: City, login: str, language: str, phone: bool = False) -> None:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        self.context = browser.new_context(viewport=size, accept_downloads=True, base_url=city.address)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.say: Callable[..., str] = partial(translate, language)
        self.page.goto(f"/sign-in?lang={language}")
        self.page.get_by_label(self.say("Sign-in name")).fill(login)
        self.page.get_by_label(self.say("Password"), exact=True).fill(city.password_of(login))
        self.press("Sign in")
        expect(self.page.get_by_role("button", name=self.say("Sign out"))).to_be_visible()

    def go(self, place: str) -> None:
        """Along the bar at the top."""
        self.page.get_by_role("navigation", name=self.say("Main")).get_by_role(
            "link", name=self.say(place), exact=True
        ).click()

    def press(self, text: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=self.say(text), exact=True).click()

    def press_in_row(self, text: str) -> None:
        """A button whose accessible name says more than it shows."""
        self.page.get_by_role("main").locator("button", has_text=self.say(text)).first.click()

    def sees(self, text: str, **values: object) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(self.say(text, **values))

    def charts_are_drawn(self, count: int) -> None:
        expect(self.page.locator("[data-figure][data-drawn=true] .main-svg").first).to_be_visible()
        expect(self.page.locator("[data-figure][data-drawn=true]")).to_have_count(count)


@pytest.fixture
def arrive(browser: Browser, city: City) -> Iterator[Callable[..., Person]]:
    """Somebody signs in; their browser closes at the end."""
    people: list[Person] = []

    def person(login: str, language: str, **more: bool) -> Person:
        people.append(Person(browser, city, login, language, **more))
        return people[-1]

    yield person
    for one in people:
        one.context.close()


def filled(template: bytes, months: range) -> bytes:
    """The downloaded template with half a year of activities and three mistakes."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    headings = [str(cell.value or "") for cell in sheet[1]]
    wanted = ("期间", "设施", "排放源", "品种", "数量", "单位")
    places = [next(i for i, text in enumerate(headings, 1) if text.startswith(name)) for name in wanted]
    rows = [
        (f"{YEAR}-{month:02}", facility, source, item, amount, unit)
        for month in months
        for facility in STORY.facilities
        for source, item, amount, unit in (
            ("净购入电力", "电网电力", 36.5, "万千瓦时"),
            ("化石燃料燃烧", "天然气", 2.1, "万Nm3"),
        )
    ]
    rows += [(period, "", *rest) for period, *rest in WRONG]
    for number, row in enumerate(rows, start=2):
        for place, value in zip(places, row, strict=True):
            sheet.cell(number, place, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def upload_half_a_year(person: Person, months: range) -> None:
    page = person.page
    person.go("Upload")
    with page.expect_download() as waiting:
        page.get_by_role("link", name=person.say("Download the template")).click()
    template = waiting.value.path().read_bytes()
    page.get_by_label(person.say("File"), exact=True).set_input_files(
        {
            "name": f"{YEAR}.xlsx",
            "mimeType": "application/octet-stream",
            "buffer": filled(template, months),
        }
    )
    person.press("Upload and check")
    person.sees("What to put right")
    table = page.get_by_role("region", name=person.say("Findings"))
    for period in (f"{YEAR}-13", "-0.5"):
        expect(table).to_contain_text(period)
    expect(page.locator(".figures").get_by_text("24", exact=True).first).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=person.say("Download the file with marks")).click()
    marked = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    comments = [cell.comment for row in marked.worksheets[0].iter_rows() for cell in row if cell.comment]
    assert len(comments) >= len(WRONG)


def account_opens_to_its_sources(person: Person) -> None:
    page = person.page
    person.go("Carbon account")
    person.charts_are_drawn(4)
    page.get_by_role("region", name=person.say("By scope")).get_by_role("link").first.click()
    person.sees("Each line opens to its formula, factors and sources.")
    page.get_by_role("region", name=person.say("Activities")).get_by_role("link").first.click()
    person.sees("How the figure came about")
    tree = page.locator(".tree").first
    expect(tree).to_contain_text("44/12")
    expect(page.locator(".source").first).to_contain_text(person.say("Source"))
    for closed in page.locator(".tree details:not([open]) > summary").all()[:3]:
        closed.focus()
        page.keyboard.press("Enter")
    expect(page.locator(".tree details[open]").first).to_be_visible()


def the_bank_may_read(person: Person) -> None:
    page = person.page
    person.go("Who may read")
    bank = next(office for office in plan().offices if office.kind == "bank")
    page.get_by_label(person.say("Bank"), exact=True).select_option(index=1)
    assert bank.zh or bank.en
    person.press("I agree, let the bank read")
    person.sees("Consent given. The bank can read your account and rating until the day you named.")


def price_and_register(person: Person, contract: str) -> str:
    """Returns the address of the registered loan."""
    page = person.page
    person.go("Clients")
    page.get_by_role("main").get_by_role("link", name=re.compile(f"{STORY.zh}|{STORY.en}")).first.click()
    person.sees("K, carbon efficiency")
    person.charts_are_drawn(4)
    page.get_by_role("main").get_by_role("link", name=person.say("Price a loan")).click()
    page.get_by_label(person.say("Amount in yuan")).fill("8000000.00")
    page.get_by_label(person.say("First day")).fill("2026-06-01")
    page.get_by_label(person.say("Purpose")).select_option("equipment-renewal")
    page.get_by_label(person.say("Subsidy programme")).select_option(plan().fund.programme)
    person.press("Compute the price")
    person.sees("How the rate is built")
    person.sees("qualifies")
    person.charts_are_drawn(1)
    page.get_by_label(person.say("Contract number")).fill(contract)
    person.press("Register the loan")
    person.sees("The loan is registered. Interest accrues from its first day.")
    return page.url.partition("?")[0]


def the_scheduler_accrues_again(person: Person) -> None:
    """The bureau asks for one more run of last night's accrual."""
    person.go("Scheduled work")
    row = person.page.get_by_role("row", name=re.compile("accrue-interest-and-subsidies")).first
    row.get_by_role("button").click()
    person.sees("The run is repeated; effects that already happened do not happen again.")


def interest_appears(person: Person, loan: str) -> None:
    ends_s = time.monotonic() + ACCRUAL_S
    while time.monotonic() < ends_s:
        person.page.goto(loan)
        if person.page.get_by_role("heading", name=person.say("Interest and subsidy by month")).count() and (
            person.page.locator("[data-figure]").count()
        ):
            break
        time.sleep(1)
    person.charts_are_drawn(1)
    person.sees("Why this subsidy")
    person.sees("subsidy due")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_a_workbook_to_a_subsidised_loan_and_back(arrive, language):
    enterprise = arrive("enterprise", language)
    upload_half_a_year(enterprise, HALVES[language])
    account_opens_to_its_sources(enterprise)

    enterprise.go("Rating")
    enterprise.sees("K, carbon efficiency")
    enterprise.sees("The thresholds and where they come from")
    enterprise.charts_are_drawn(1)
    the_bank_may_read(enterprise)

    bank = arrive("bank", language)
    loan = price_and_register(bank, f"{language}-2026-1")
    finance = arrive("finance", language)
    the_scheduler_accrues_again(finance)
    interest_appears(bank, loan)
    bank.go("Dashboard")
    bank.sees("Lending and rates by rating level")
    bank.sees("Due to you so far")
    bank.charts_are_drawn(3)
    finance.go("Subsidy funds")
    finance.sees("due to banks")
    finance.charts_are_drawn(1)

    enterprise.go("Who may read")
    enterprise.sees("Who has read what")
    enterprise.press_in_row("Withdraw")
    enterprise.sees("Consent withdrawn. From this moment the bank sees nothing.")
    bank.go("Clients")
    bank.sees("no consent: only your own loans are shown")
    bank.page.get_by_role("main").get_by_role("link", name=re.compile(f"{STORY.zh}|{STORY.en}")).first.click()
    bank.sees("The account is closed to you.")


def test_a_page_is_used_by_keyboard_alone(arrive):
    person = arrive("enterprise", "en")
    page = person.page
    page.goto("/enterprise/consents")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Bank", exact=True)).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


@pytest.mark.parametrize(
    ("login", "paths"),
    [
        (
            "chuandong",
            ["", "/upload", "/account", "/activities", "/rating", "/profile", "/consents", "/loans"],
        ),
        ("bank", ["", "/clients", "/loans", "/products"]),
        ("finance", ["", "/funds", "/rates", "/benchmarks", "/totals", "/jobs"]),
    ],
)
def test_on_a_phone_nothing_pushes_the_page_sideways(arrive, login, paths):
    person = arrive(login, "en", phone=True)
    home = {"bank": "/bank", "finance": "/authority"}.get(login, "/enterprise")
    person.page.set_viewport_size({"width": 360, "height": 740})
    for path in [*(home + path for path in paths), "/settings", "/", "/about"]:
        person.page.goto(path)
        assert person.page.evaluate("document.documentElement.scrollWidth") <= 360, path
        unlabelled = person.page.evaluate(
            """[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')]
               .filter(e => !(e.labels && e.labels.length) && !e.textContent.trim() && !e.ariaLabel).length"""
        )
        assert unlabelled == 0, path
