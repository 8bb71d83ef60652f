"""A running city and a browser for the journeys; both start once for all of them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.city import City, running_city

HOME = Path(__file__).resolve().parents[2]
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    with running_city() as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """The machine's Chromium; a machine without one is told how to get it."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(HOME / "scripts"))
    try:
        from ensure_chromium import REMEDY, found_chromium
    finally:
        sys.path.remove(str(HOME / "scripts"))
    path = found_chromium()
    assert path, REMEDY
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield started
        started.close()
