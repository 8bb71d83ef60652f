"""Public tables: a preview beside what is known, one act of a second person, versions kept, nothing deleted."""

from fractions import Fraction

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.enterprise.factor_files import read_factor_table
from accounts.enterprise.submissions import submit_file
from accounts.factors.imports import (
    propose_table,
    read_import,
    read_published,
    search_published,
    stage_table,
)
from accounts.identity import approvals
from carbon.errors import Conflict, NotFound, NotPermitted
from tests.accounts.enterprise.conftest import csv
from tests.accounts.factors.conftest import colleague

FIRST = "id,name,unit,value,region,status\nA,Steam,kgCO2/GJ,110,重庆,\nB,Cold,kgCO2e/GJ,60,重庆,\nC,Old,kgCO2/t,5,,\n"
SECOND = "id,name,unit,value,region,status\nA,Steam,kgCO2/GJ,108,重庆,\nB,Cold,kgCO2e/GJ,60,重庆,\nC,Old,kgCO2/t,5,,archived\nD,New,kgCO2/t,,,\nE,Wood,kgCO2/t,7,,\n"


async def staged(actor, text):
    read = read_factor_table("table.csv", text.encode())
    return await stage_table(actor, table_code="city 1", table_name="本市因子表", read=read)


async def taken_over(actor, text):
    found = await propose_table(actor, import_id=(await staged(actor, text)).id)
    draft = await approvals.read_draft(colleague(actor), draft_id=found.draft_id)
    await approvals.approve(colleague(actor), draft_id=draft.id, digest=draft.digest)
    return await read_import(actor, import_id=found.id)


async def test_a_table_counts_only_after_a_second_person_and_then_as_one(authority):
    found = await propose_table(authority, import_id=(await staged(authority, FIRST)).id)
    assert (found.state, found.counts["new"]) == ("proposed", 3)
    assert await search_published() == []
    draft = await approvals.read_draft(authority, draft_id=found.draft_id)
    with pytest.raises(NotPermitted):
        await approvals.approve(authority, draft_id=draft.id, digest=draft.digest)
    await approvals.approve(colleague(authority), draft_id=draft.id, digest=draft.digest)
    assert [one.code for one in await search_published()] == ["CITY-1:A", "CITY-1:B", "CITY-1:C"]
    assert (await read_import(authority, import_id=found.id)).state == "accepted"


async def test_a_second_file_shows_what_differs_and_keeps_every_version(authority):
    await taken_over(authority, FIRST)
    preview = await staged(authority, SECOND)
    assert preview.counts == {"new": 1, "changed": 1, "archived": 1, "unchanged": 1, "missing": 0, "wrong": 1}
    [wrong] = [row for row in preview.rows if row.kind == "wrong"]
    assert (wrong.row, wrong.finding.code) == (5, "factor-blank")
    [changed] = [row for row in preview.rows if row.kind == "changed"]
    assert (changed.before.gases, changed.record.gases, changed.changed) == (
        {"CO2": "110"},
        {"CO2": "108"},
        ("gases",),
    )
    await taken_over(authority, SECOND)
    assert [(one.version, one.record.gases["CO2"]) for one in await read_published(code="CITY-1:A")] == [
        (2, "108"),
        (1, "110"),
    ]
    assert [one.record_key for one in await search_published()] == ["A", "B", "E"]
    assert (await read_published(code="CITY-1:C"))[0].record.archived
    with pytest.raises(NotFound):
        await read_published(code="CITY-1:Z")


async def test_what_a_file_no_longer_names_stays(authority):
    await taken_over(authority, FIRST)
    preview = await staged(authority, "id,name,unit,value\nA,Steam,kgCO2/GJ,109\n")
    assert preview.counts["missing"] == 2
    await taken_over(authority, "id,name,unit,value\nA,Steam,kgCO2/GJ,109\n")
    assert len(await search_published()) == 3


async def test_a_preview_that_no_longer_holds_is_not_accepted(authority):
    one, other = [
        await propose_table(authority, import_id=(await staged(authority, FIRST)).id) for _ in range(2)
    ]
    for found, outcome in ((one, None), (other, Conflict)):
        draft = await approvals.read_draft(colleague(authority), draft_id=found.draft_id)
        if outcome is None:
            await approvals.approve(colleague(authority), draft_id=draft.id, digest=draft.digest)
        else:
            with pytest.raises(outcome):
                await approvals.approve(colleague(authority), draft_id=draft.id, digest=draft.digest)


async def test_nothing_new_is_nothing_to_decide_and_nobody_proposes_twice(authority):
    await taken_over(authority, FIRST)
    with pytest.raises(Conflict):
        await propose_table(authority, import_id=(await staged(authority, FIRST)).id)
    found = await staged(authority, SECOND)
    await propose_table(authority, import_id=found.id)
    with pytest.raises(Conflict):
        await propose_table(authority, import_id=found.id)


async def test_only_an_authority_takes_over_a_public_table(enterprise):
    with pytest.raises(NotPermitted):
        await staged(enterprise, FIRST)


async def test_versions_cannot_be_changed_or_deleted(authority):
    await taken_over(authority, FIRST)
    for statement in ("update factors_published set archived = true", "delete from factors_published"):
        with pytest.raises(asyncpg.PostgresError):
            async with transaction(tenant=authority.tenant_id) as connection:
                await connection.execute(statement)


async def test_a_row_uses_a_public_factor_by_its_code(enterprise, authority):
    await taken_over(authority, FIRST)
    headings = "期间,排放源,品种,数量,单位,因子编号"
    content = csv(
        "2024-03,外购热力,热力,10,GJ,city-1:a", "2024-04,外购热力,热力,10,GJ,CITY-1:C", headings=headings
    )
    submission = await submit_file(enterprise, file_name="a.csv", content=content)
    assert (submission.rows_taken, submission.rows_wrong) == (1, 1)
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        assert await connection.fetchval("select co2_mg from enterprise_activity") == int(
            10 * Fraction(110) * 10**6
        )


async def test_words_and_places_find_public_records(authority):
    await taken_over(authority, FIRST)
    assert [one.record_key for one in await search_published(words="steam 本市")] == ["A"]
    assert [one.record_key for one in await search_published(region="CN-CQ")] == ["A", "B"]
    assert await search_published(words="nichts") == []
