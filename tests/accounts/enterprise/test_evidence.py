"""Files behind activities: kept once, hashed, and closed to everybody without leave."""

import hashlib

import pytest

from accounts.enterprise.account import list_activities
from accounts.enterprise.evidence import attach_evidence, list_evidence, read_evidence_file
from accounts.enterprise.submissions import submit_file
from carbon.errors import NotFound, NotPermitted, Problem
from tests.accounts.enterprise.conftest import csv

PICTURE = b"\x89PNG\r\n\x1a\n" + b"reading of the meter" * 50
ROWS = ("2025-01,南厂,固定燃烧,天然气,1000,立方米,A", "2025-02,南厂,固定燃烧,天然气,2000,立方米,B")


@pytest.fixture
async def activities(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=csv(*ROWS))
    return await list_activities(enterprise, enterprise_id=enterprise.tenant_id, year=2025)


async def test_a_file_comes_back_as_it_was_sent_with_its_digest(enterprise, activities):
    kept = await attach_evidence(
        enterprise, activity_id=activities[0].id, file_name="抄表.png", content=PICTURE, note="一月"
    )
    assert kept.sha256 == hashlib.sha256(PICTURE).hexdigest()
    assert (kept.media_type, kept.known_before, kept.activities) == ("image/png", False, 1)
    _, content = await read_evidence_file(enterprise, enterprise_id=enterprise.tenant_id, file_id=kept.id)
    assert content == PICTURE


async def test_the_same_picture_behind_two_activities_is_kept_once_and_noticed(enterprise, activities):
    first = await attach_evidence(
        enterprise, activity_id=activities[0].id, file_name="a.png", content=PICTURE
    )
    second = await attach_evidence(
        enterprise, activity_id=activities[1].id, file_name="b.png", content=PICTURE
    )
    assert second.id == first.id
    assert (second.known_before, second.activities) == (True, 2)
    [listed] = await list_evidence(
        enterprise, enterprise_id=enterprise.tenant_id, activity_id=activities[1].id
    )
    assert listed.file_name == "a.png"


@pytest.mark.parametrize(
    ("name", "content"), [("a.exe", b"MZ\x90"), ("a.png", b"not a picture"), ("a.pdf", b""), ("a", PICTURE)]
)
async def test_a_file_of_no_known_kind_is_refused(enterprise, activities, name, content):
    with pytest.raises(Problem):
        await attach_evidence(enterprise, activity_id=activities[0].id, file_name=name, content=content)


async def test_nobody_else_attaches_or_reads(enterprise, other_enterprise, bank, activities):
    kept = await attach_evidence(enterprise, activity_id=activities[0].id, file_name="a.png", content=PICTURE)
    with pytest.raises(NotFound):
        await attach_evidence(
            other_enterprise, activity_id=activities[0].id, file_name="a.png", content=PICTURE
        )
    with pytest.raises(NotPermitted):
        await attach_evidence(bank, activity_id=activities[0].id, file_name="a.png", content=PICTURE)
    for stranger in (other_enterprise, bank):
        with pytest.raises(NotFound):
            await read_evidence_file(stranger, enterprise_id=enterprise.tenant_id, file_id=kept.id)
