"""The story people click through, in both languages, against a running city (issue A)."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.city import City
from tests.journeys.story import (
    AMOUNTS,
    STORY,
    Person,
    account_opens_to_its_sources,
    interest_appears,
    price_and_register,
    the_bank_may_read,
    the_scheduler_accrues_again,
    upload_a_year,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


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


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_a_workbook_to_a_subsidised_loan_and_back(arrive, language):
    enterprise = arrive("enterprise", language)
    upload_a_year(enterprise, AMOUNTS[language])
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
    page.goto("/enterprise/profile")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Industry code", exact=True)).to_be_focused()
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
