"""The desk of verification as its three parties see it, in the sample city."""

# ruff: noqa: F811 - fixtures come in by the names tests ask for

import re

import pytest

from accounts.sample.sign_ins import read_passwords
from tests.loaded_city import LoadedCity, city_template, loaded_city  # noqa: F401 - fixtures
from tests.web.conftest import Visitor, trial_settings, visitor_of
from tests.web.pages.reading import page, submit
from web.app import create_app


@pytest.fixture
async def guest(loaded_city: LoadedCity):
    async with visitor_of(create_app(trial_settings(loaded_city.database.settings))) as found:
        yield found


async def signed_in(visitor: Visitor, city: LoadedCity, login: str) -> None:
    fields = {"login": login, "password": read_passwords(city.home)[login]}
    await submit(visitor, "/sign-in", fields)


async def cases_of(visitor: Visitor, language: str = "en") -> list[str]:
    found = await page(visitor, f"/verification?lang={language}")
    assert found.status == 200
    return re.findall(r"/verification/[0-9a-f-]{36}", "\n".join(found.links))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("login", ["verifier", "ecology"])
async def test_each_side_opens_its_cases(guest: Visitor, loaded_city: LoadedCity, login, language):
    await signed_in(guest, loaded_city, login)
    paths = await cases_of(guest, language)
    assert len(set(paths)) == 2
    for path in set(paths):
        found = await page(guest, f"{path}?lang={language}")
        assert found.status == 200
        assert ("核查" if language == "zh" else "Findings") in found.text


async def test_the_verifier_opens_account_activity_and_file_of_its_case(
    guest: Visitor, loaded_city: LoadedCity
):
    await signed_in(guest, loaded_city, "verifier")
    case = (await cases_of(guest))[0]
    account = await page(guest, f"{case}/account?year=2025&lang=en")
    assert account.status == 200
    assert "By gas" in account.text
    listed = await page(guest, f"{case}/activities?year=2025&lang=en")
    activity = re.findall(rf"{case}/activities/[0-9a-f-]{{36}}", "\n".join(listed.links))[0]
    opened = await page(guest, f"{activity}?lang=en")
    assert opened.status == 200
    assert "Correct this figure" not in opened.text
    file = re.findall(rf"{case}/files/[0-9a-f-]{{36}}", "\n".join(opened.links))[0]
    answer = await guest.get(file)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_case_of_nobody_answers_as_if_it_were_not_there(guest: Visitor, loaded_city: LoadedCity):
    await signed_in(guest, loaded_city, "verifier")
    nowhere = "/verification/00000000-0000-7000-8000-000000000000"
    for path in (nowhere, f"{nowhere}/account", f"{nowhere}/activities"):
        assert (await page(guest, path)).status == 404


async def test_a_bank_has_no_verification(guest: Visitor, loaded_city: LoadedCity):
    await signed_in(guest, loaded_city, "bank")
    assert (await page(guest, "/verification")).status == 403


async def test_evidence_is_attached_by_the_enterprise_and_fetched_by_its_verifier(
    guest: Visitor, loaded_city: LoadedCity
):
    await signed_in(guest, loaded_city, "verifier")
    case = next(path for path in await cases_of(guest))
    listed = await page(guest, f"{case}/activities?year=2025&lang=en")
    activity = re.findall(r"activities/([0-9a-f-]{36})", "\n".join(listed.links))[0]
    before = await page(guest, f"{case}/activities/{activity}?lang=en")
    assert "No file yet" in before.text
    assert "Add a file" not in before.text
    refused = await guest.post(
        f"/api/v1/activities/{activity}/evidence",
        files={"file": ("a.png", b"\x89PNG\r\n\x1a\nx", "image/png")},
    )
    assert refused.status_code in {401, 403}
