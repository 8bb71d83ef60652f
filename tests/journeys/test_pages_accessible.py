"""Every page of the running city that its people can reach: it answers, is quiet, fits a phone, and axe finds nothing grave."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from litestar.handlers import HTTPRouteHandler
from playwright.sync_api import Browser, Error, Page, Response

from tests.journeys.city import City
from tests.journeys.story import Person
from web.pages import page_handlers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PEOPLE = {
    "": "en",
    "enterprise": "zh",
    "chuandong": "zh",
    "bank": "zh",
    "verifier": "zh",
    "ecology": "zh",
    "finance": "zh",
    "metro": "en",
    "citizen": "zh",
}
"""Who looks, and in which language; "" is somebody without a sign-in."""
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa"]}, "resultTypes": ["violations"]}
GRAVE = {"serious", "critical"}
PHONE_WIDTH = 390
ALLOWED_NOISE = "Applying inline style violates the following Content Security Policy"
"""Plotly tries a style attribute of its own; that the policy refuses it is meant, and the chart is whole without."""
LINKS = """[...document.querySelectorAll('a[href]:not([download])')]
  .map(link => new URL(link.getAttribute('href'), document.baseURI).href)"""
WRITTEN = re.compile(r'<a [^>]*href="([^"]+)"(?![^>]* download)')
AT_LEAST = 10
"""Kinds of pages everybody reaches; fewer would mean that the links were not read."""
RAW = re.compile(r"UUID\('|datetime\.date|Decimal\('| object at 0x|\d\d:\d\d:\d\d\+00:00")
"""What only a program would say."""
DRAWN = "[...document.querySelectorAll('[data-figure]')].every(plot => plot.dataset.drawn)"


def _as_expression(path: str) -> str:
    return "".join(
        "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]+\})", path)
    )


ROUTES = [
    (path, re.compile(_as_expression(path)))
    for handler in page_handlers
    if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
    for path in sorted(handler.paths)
]


def route_of(path: str) -> str:
    """The route a path belongs to, fixed words before placeholders; "" for none of the pages."""
    fitting = [route for route, expression in ROUTES if expression.fullmatch(path)]
    return min(fitting, key=lambda route: route.count("{"), default="")


class Visitor:
    """Somebody with a phone who opens each kind of page once.

    A page that somebody before has looked at (`looked`) is only asked whether it answers, and for its links.
    """

    def __init__(self, page: Page, start: str, looked: set[str]) -> None:
        self.page, self.looked = page, looked
        self.ahead = deque([start])
        self.answered: set[str] = set()
        self.faults: list[str] = []
        self.noise: list[str] = []
        page.on("pageerror", lambda error: self.noise.append(str(error)))
        page.on("console", lambda said: self.noise.append(said.text) if said.type == "error" else None)

    def walk(self) -> None:
        while self.ahead:
            address = self.ahead.popleft()
            route = route_of(urlsplit(address).path)
            if not route or route in self.answered:
                continue
            self.answered.add(route)
            if route in self.looked:
                self.pass_by(address, route)
            else:
                self.looked.add(route)
                self.visit(address, route)

    def pass_by(self, address: str, route: str) -> None:
        answer = self.page.request.get(address)
        if answer.status >= 400:
            self.faults.append(f"{route}: answers {answer.status}")
        elif "text/html" in answer.headers.get("content-type", ""):
            self.note_links(
                address, (urljoin(address, unescape(link)) for link in WRITTEN.findall(answer.text()))
            )

    def note_links(self, address: str, links: Iterable[str]) -> None:
        own = urlsplit(address).netloc
        for link in links:
            found = urlsplit(link)
            if found.netloc == own and "lang=" not in found.query:
                self.ahead.append(link)

    def visit(self, address: str, route: str) -> None:
        self.noise.clear()
        try:
            answer = self.page.goto(address)
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            return
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            return
        self.faults += [f"{route}: {fault}" for fault in self.faults_of(answer)]
        self.note_links(address, self.page.evaluate(LINKS))

    def faults_of(self, answer: Response) -> Iterator[str]:
        if answer.status >= 400:
            yield f"answers {answer.status}"
        self.page.wait_for_function(DRAWN)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE_WIDTH:
            yield f"{width} px wide on a phone of {PHONE_WIDTH}"
        if raw := RAW.search(self.page.inner_text("body")):
            yield f"says {raw.group()!r} to people"
        for found in Axe().run(self.page, options=RULES).response["violations"]:
            if found["impact"] in GRAVE:
                nodes = found["nodes"]
                yield f"{found['id']} ({found['impact']}) × {len(nodes)}, first {nodes[0]['html'][:200]}"
        yield from (f"console: {text}" for text in self.noise if not text.startswith(ALLOWED_NOISE))


@pytest.fixture(scope="module")
def looked() -> set[str]:
    """The routes somebody has looked at so far."""
    return set()


@pytest.mark.parametrize(("login", "language"), PEOPLE.items())
def test_each_page_is_whole_and_open_to_everybody(browser: Browser, city: City, looked, login, language):
    if login:
        page = Person(browser, city, login, language, phone=True).page
    else:
        page = browser.new_page(base_url=city.address, viewport={"width": PHONE_WIDTH, "height": 844})
        page.goto(f"/?lang={language}")
    visitor = Visitor(page, page.url.partition("?")[0], looked)
    visitor.walk()
    page.context.close()
    assert len(visitor.answered) >= AT_LEAST
    assert not visitor.faults, "\n".join(visitor.faults)
