"""A project walks the whole path of Order 31, and each shortcut is refused with its article."""

import pytest

from accounts.projects import claims, register
from tests.accounts.projects.scene import (
    TONNES,
    Scene,
    scene_of,
)


@pytest.fixture
async def scene(database) -> Scene:
    return await scene_of()


async def test_from_draft_to_issued_units(scene, database):
    project = await scene.registered()
    seen = (await register.read_project(None, project_id=project.id)).project
    assert (seen.state, seen.registered_on.isoformat()) == ("registered", "2026-04-02")
    claim = await scene.reported(project)
    await scene.issued(project, claim, TONNES)

    detail = await register.read_claim(None, claim_id=claim.id)
    assert detail.claim.state == "registered"
    assert detail.calculation.vintages[0].credits_t == TONNES
    async with database.as_superuser() as connection:
        assert await connection.fetchval("select sum(last - first + 1) from registry_issuance") == TONNES
    story = [
        (event.act, event.role) for event in (await register.read_project(None, project_id=project.id)).events
    ]
    assert story == [
        ("publish", "owner"),
        ("close_notice", "owner"),
        ("validate", "validator"),
        ("apply", "owner"),
        ("receive", "authority"),
        ("register", "authority"),
    ]
    public = {doc.kind for doc in (await register.read_project(None, project_id=project.id)).documents}
    assert public == {"design_document", "validation_report", "commitment"}
    explained = await claims.explain_claim(scene.owner, claim_id=claim.id)
    assert explained.check.equal
