from decimal import Decimal
from importlib.resources import files

import pytest

from accounts.database.transactions import transaction
from accounts.enterprise.submissions import submit_file
from accounts.enterprise.totals import list_totals, resolve_flag
from carbon.errors import Conflict, NotFound, NotPermitted, Problem

REAL = (files("accounts.sample") / "data" / "tw_company_trends.csv").read_bytes()


@pytest.fixture
async def imported(authority):
    return await submit_file(authority, file_name="tw_company_trends.csv", content=REAL)


def small(*rows: str) -> bytes:
    return "\n".join(("公司,指標,年度,數值", *rows)).encode()


async def test_the_real_file_is_taken_whole_and_its_companies_become_listed(imported, authority):
    assert (imported.kind, imported.status, imported.rows_taken, imported.rows_wrong) == (
        "totals",
        "accepted",
        2369,
        0,
    )
    async with transaction(tenant=authority.tenant_id, readonly=True) as connection:
        listed = await connection.fetchval(
            "select count(*) from identity_organisation where status = 'listed'"
        )
    assert listed == 335


async def test_the_slip_of_2023_is_found_named_and_held_out_of_the_total(imported, authority):
    totals = await list_totals(authority, indicator="energy")
    flags = {(flag.company, flag.year): flag for flag in totals.flags}
    slip = flags["榮成紙業股份有限公司", 2023]
    assert slip.value == Decimal(25015776120000)
    assert 1000 < slip.factor < 1100
    assert "another unit" in slip.template
    assert float(slip.details["moves"]) > 8
    assert set(flags) == {("榮成紙業股份有限公司", 2023), ("景碩科技股份有限公司", 2023)}
    by_year = {year.year: year for year in totals.years}
    assert by_year[2023].held == 2
    assert by_year[2023].sum_as_reported > 8 * by_year[2023].sum
    assert by_year[2023].sum < 2 * by_year[2022].sum
    assert any(
        "榮成紙業" in str(f.values.get("company")) for f in imported.findings if f.code == "implausible"
    )


async def test_few_figures_are_flagged_at_all(imported, authority):
    assert len((await list_totals(authority)).flags) <= 6


async def test_units_are_said_to_be_assumed_or_unknown(imported, authority):
    assert {f.values["indicator"]["en"] for f in imported.findings if f.code == "unit-assumed"} >= {
        "greenhouse gas emissions",
        "energy consumption",
    }
    years = {year.indicator: year for year in (await list_totals(authority, year=2024)).years}
    assert (years["ghg"].unit, years["ghg"].unit_assumed) == ("tCO2e", True)
    assert years["energy"].unit == ""
    assert years["energyIntensity"].sum is None


async def test_a_flag_is_resolved_by_a_person_with_a_note(imported, authority, enterprise):
    flag = next(
        f for f in (await list_totals(authority, indicator="energy")).flags if f.company.startswith("榮成")
    )
    with pytest.raises(Problem, match="Say why"):
        await resolve_flag(authority, flag_id=flag.id, decision="accept", note=" ")
    with pytest.raises(NotPermitted):
        await resolve_flag(enterprise, flag_id=flag.id, decision="accept", note="x")
    decided = await resolve_flag(authority, flag_id=flag.id, decision="accept", note="已与企业核对")
    assert (decided.decision, decided.note, decided.decided_by_name) == ("accept", "已与企业核对", "王一")
    with pytest.raises(Conflict):
        await resolve_flag(authority, flag_id=flag.id, decision="accept", note="再次")
    year = (await list_totals(authority, indicator="energy", year=2023)).years[0]
    assert year.held == 1
    await resolve_flag(authority, flag_id=flag.id, decision="exclude", note="单位有误")
    assert (await list_totals(authority, indicator="energy", year=2023)).years[0].held == 2


async def test_an_unknown_flag_is_not_there(authority, enterprise):
    with pytest.raises(NotFound):
        await resolve_flag(authority, flag_id=enterprise.tenant_id, decision="accept", note="x")


async def test_wrong_rows_are_named_and_the_others_taken(authority):
    submission = await submit_file(
        authority,
        file_name="a.csv",
        content=small(
            "甲,ghg,2022,10",
            "甲,ghg,20222,10",
            "甲,魔力,2022,1",
            "甲,energy,2022,-1",
            ",ghg,2022,1",
            "乙,ghg,2022,1",
            "乙,ghg,2022,2",
        ),
    )
    assert (submission.rows_taken, submission.rows_wrong, submission.status) == (1, 6, "accepted-in-part")
    wrong = {(f.row, f.code) for f in submission.findings if f.severity == "error"}
    assert wrong == {
        (3, "year"),
        (4, "unknown-indicator"),
        (5, "amount"),
        (6, "missing"),
        (7, "contradiction"),
        (8, "contradiction"),
    }


async def test_a_later_figure_replaces_the_earlier_and_the_same_is_not_taken_again(authority):
    await submit_file(authority, file_name="a.csv", content=small("甲,ghg,2022,10", "甲,ghg,2023,11"))
    second = await submit_file(
        authority, file_name="b.csv", content=small("甲,ghg,2022,10", "甲,ghg,2023,12")
    )
    assert (second.rows_taken, second.rows_repeated) == (1, 1)
    figures = (await list_totals(authority)).figures
    assert [(figure.year, figure.value) for figure in figures] == [(2022, 10), (2023, 12)]


async def test_another_authority_and_an_enterprise_see_none_of_it(imported, other_enterprise):
    totals = await list_totals(other_enterprise)
    assert (totals.years, totals.flags, totals.figures) == ((), (), ())
