"""The steps of the story as people click them; the test walks through them, and the screenshots too."""

import io
import re
import time
from collections.abc import Callable
from functools import partial

import openpyxl
from playwright.sync_api import Browser, Page, expect

from accounts.sample.plan import plan
from tests.journeys.city import City
from web.language import translate

YEAR = plan().year
STORY = next(enterprise for enterprise in plan().enterprises if enterprise.story)
AMOUNTS = {"zh": (36.5, 2.1), "en": (1.5, 0.3)}
"""Power and gas of a month: each language's story uploads a year of its own, so that they do not lean on each other."""
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
        """Along the bar at the top, opening the rest of it when the place is not in sight."""
        bar = self.page.get_by_role("navigation", name=self.say("Main"))
        link = bar.get_by_role("link", name=self.say(place), exact=True)
        if not link.count():
            bar.locator("summary").click()
        link.click()

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


def filled(template: bytes, amounts: tuple[float, float]) -> bytes:
    """The downloaded template with a year of activities and three mistakes."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    headings = [str(cell.value or "") for cell in sheet[1]]
    wanted = ("期间", "设施", "排放源", "品种", "数量", "单位")
    places = [next(i for i, text in enumerate(headings, 1) if text.startswith(name)) for name in wanted]
    rows = [
        (f"{YEAR}-{month:02}", facility, source, item, amount, unit)
        for month in range(1, 13)
        for facility in STORY.facilities
        for source, item, amount, unit in (
            ("净购入电力", "电网电力", amounts[0], "万千瓦时"),
            ("化石燃料燃烧", "天然气", amounts[1], "万Nm3"),
        )
    ]
    rows += [(period, "", *rest) for period, *rest in WRONG]
    for number, row in enumerate(rows, start=2):
        for place, value in zip(places, row, strict=True):
            sheet.cell(number, place, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def upload_a_year(person: Person, amounts: tuple[float, float]) -> None:
    page = person.page
    person.go("Upload")
    with page.expect_download() as waiting:
        page.get_by_role("link", name=person.say("Download the template")).click()
    template = waiting.value.path().read_bytes()
    page.get_by_label(person.say("File"), exact=True).set_input_files(
        {
            "name": f"{YEAR}.xlsx",
            "mimeType": "application/octet-stream",
            "buffer": filled(template, amounts),
        }
    )
    person.press("Upload and check")
    person.sees("What to put right")
    table = page.get_by_role("region", name=person.say("Findings"))
    for period in (f"{YEAR}-13", "-0.5"):
        expect(table).to_contain_text(period)
    expect(page.locator(".figures").get_by_text("48", exact=True).first).to_be_visible()
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
    if page.locator("form[action$='/withdraw']").count():
        person.press_in_row("Withdraw")
        person.sees("Consent withdrawn. From this moment the bank sees nothing.")
    page.get_by_label(person.say("Bank"), exact=True).select_option(index=1)
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
    row = person.page.get_by_role("row", name=re.compile(person.say("Accrue interest and subsidies"))).first
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
