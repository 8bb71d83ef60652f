"""The sample city comes in through the front door, whole, and only once."""

from pathlib import Path

import pytest

from accounts.enterprise import account, rating, submissions, totals
from accounts.finance import funds, loans
from accounts.identity import bootstrap, organisations
from accounts.identity.permissions import OrganisationKind
from accounts.sample.city import FOREIGN, STORY_FILE, load_city
from accounts.sample.founding import entered
from accounts.sample.plan import plan
from accounts.sample.sign_ins import FILE_NAME, kept_password, new_password, read_passwords, write_passwords
from accounts.sample.workbooks import activity_workbook
from tests.conftest import Database
from tests.loaded_city import LoadedCity, city_template, loaded_city  # noqa: F401 - fixtures


def silent(text: str) -> None: ...


@pytest.fixture
def home(loaded_city: LoadedCity) -> Path:  # noqa: F811 - pytest's way of naming a fixture
    return loaded_city.home


async def test_the_whole_city_is_there_and_a_second_load_adds_nothing(home: Path):
    first = await counts(home)
    again = await load_city(home, report=silent)
    assert await counts(home) == first
    assert first["enterprise"] >= len(plan().enterprises)
    assert first["loans"] == len(plan().loans)
    assert [person.login for person in again.sign_ins][:2] == ["enterprise", "bank"]


async def counts(home: Path) -> dict[str, int]:
    authority, bank = await entered(home, "ecology"), await entered(home, "bank")
    found = {kind.value: 0 for kind in OrganisationKind}
    for each in await organisations.list_organisations(authority):
        found[each.kind] += 1
    found["loans"] = len(await loans.list_loans(bank))
    found["funds"] = len(await funds.list_funds(bank))
    return found


async def test_the_story_is_left_to_a_person(home: Path):
    story = await entered(home, "enterprise")
    assert await submissions.list_submissions(story) == []
    taken = await submissions.submit_file(
        story,
        file_name=STORY_FILE,
        content=activity_workbook(next(each for each in plan().enterprises if each.story), plan()),
    )
    assert taken.status == "accepted-in-part"
    assert taken.rows_wrong == 3
    rated = await rating.rate_enterprise(story, enterprise_id=story.tenant_id, year=plan().year)
    assert 1 <= rated.level <= 5


async def test_the_levels_of_the_industry_are_spread(home: Path):
    levels = set()
    for enterprise in plan().enterprises:
        if enterprise.industry_code == plan().benchmark.industry_code and not enterprise.story:
            actor = await entered(home, enterprise.login)
            rated = await rating.rate_enterprise(actor, enterprise_id=actor.tenant_id, year=plan().year)
            levels.add(rated.level)
    assert len(levels) >= 4


async def test_every_month_of_the_year_is_reported(home: Path):
    actor = await entered(home, "jinyun")
    found = await account.read_account(actor, enterprise_id=actor.tenant_id, year=plan().year)
    assert len(found.by_month) == 12
    assert found.coverage.missing_months == ()
    assert {line.scope for line in found.by_scope} == {1, 2}


async def test_real_companies_reported_totals_are_in_and_the_unit_error_is_held_out(home: Path):
    authority = await entered(home, "ecology")
    found = await totals.list_totals(authority, indicator="energy", year=2023)
    assert found.years[0].held >= 1
    assert found.years[0].sum < found.years[0].sum_as_reported
    assert any(flag.decision is None for flag in found.flags)


async def test_a_database_of_somebody_else_is_not_touched(database: Database, tmp_path: Path):
    code, _ = await bootstrap.issue_code()
    signed_in = await bootstrap.create_first_administrator(
        code=code,
        login="real.person",
        name="A real person",
        password="a bridge over two rivers",
        organisation_name_zh="某市生态环境局",
    )
    loaded = await load_city(tmp_path, report=silent)
    assert loaded.note == FOREIGN
    assert loaded.sign_ins == []
    assert len(await organisations.list_organisations(signed_in.actor)) == 1


def test_passwords_differ_and_are_kept_for_their_owner_alone(tmp_path: Path):
    assert kept_password(tmp_path, "a") == kept_password(tmp_path, "a") != kept_password(tmp_path, "b")
    assert len({new_password() for _ in range(50)}) == 50
    file = tmp_path / FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        read_passwords(tmp_path)


def test_passwords_are_replaced_as_a_whole(tmp_path: Path):
    write_passwords(tmp_path, {"a": "one"})
    write_passwords(tmp_path, {"a": "two"})
    assert read_passwords(tmp_path) == {"a": "two"}
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_every_organisation_says_that_it_is_a_sample():
    city = plan()
    for member in [city.authority, *city.offices, *city.enterprises]:
        assert member.zh.startswith("示例")
        assert member.en.startswith("Sample ")
