"""No path skips a guard: each shortcut is refused, says why and by which article."""

from dataclasses import replace
from datetime import date

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.projects import claims, drafting, energy, hearings, moving, register
from accounts.projects.guards import Unmet
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in
from tests.accounts.projects.scene import (
    AFTER_NOTICE,
    AFTER_SECOND_NOTICE,
    APPLIED,
    OFFSHORE,
    PUBLISHED,
    REPORTED,
    TONNES,
    Scene,
    scene_of,
    square,
)


@pytest.fixture
async def scene(database) -> Scene:
    return await scene_of()


async def test_publishing_asks_for_everything_the_rules_ask_for(scene):
    lacking = {
        "design document": {},
        "construction": {"construction_started_on": date(2012, 11, 8)},
        "no law or rule": {"declarations": {}},
        "validate": {"validator_id": None},
        "no methodology of this scheme": {"methodology": "rice"},
        "longer than the 10 years": {"crediting_ends_on": date(2034, 12, 31)},
    }
    for reason, changed in lacking.items():
        project = await scene.draft(**changed)
        if reason == "design document":
            project = await drafting.create_project(
                scene.owner,
                scheme="ccer",
                methodology="offshore_wind",
                name_zh="无文件",
                crediting_starts_on=date(2024, 1, 1),
                crediting_ends_on=date(2033, 12, 31),
                construction_started_on=date(2022, 1, 1),
                declarations=project.declarations,
                validator_id=scene.validator.tenant_id,
            )
        with pytest.raises(Unmet, match="(?i)" + reason) as refused:
            await scene.act(scene.owner, project, "publish", PUBLISHED)
        assert "article" in str(refused.value) or "10 years" in str(refused.value)
        assert (await register.read_project(scene.owner, project_id=project.id)).project.state == "draft"


async def test_a_notice_runs_twenty_working_days_with_the_first_one_counted(scene):
    project = await scene.draft()
    await scene.act(scene.owner, project, "publish", PUBLISHED)
    [hearing] = (await register.read_project(scene.owner, project_id=project.id)).hearings
    assert (hearing.starts_on, hearing.ends_on) == (date(2026, 3, 2), date(2026, 3, 27))
    with pytest.raises(Unmet, match="2026-03-27 inclusive"):
        await scene.act(scene.owner, project, "close_notice", date(2026, 3, 27))
    await scene.act(scene.owner, project, "close_notice", AFTER_NOTICE)


async def test_each_step_belongs_to_its_role_and_its_state(scene):
    project = await scene.draft()
    with pytest.raises(NotFound):
        await scene.act(scene.rival, project, "publish", PUBLISHED)
    with pytest.raises(Conflict, match="not possible"):
        await scene.act(scene.owner, project, "apply", PUBLISHED)
    await scene.act(scene.owner, project, "publish", PUBLISHED)
    with pytest.raises(Conflict, match="only as a draft"):
        await drafting.change_project(scene.owner, project_id=project.id, changes={"name_zh": "另一个"})
    await scene.act(scene.owner, project, "close_notice", AFTER_NOTICE)
    for stranger in (scene.owner, scene.verifier, scene.rival):
        with pytest.raises((NotPermitted, Conflict)):
            await scene.act(stranger, project, "validate", AFTER_NOTICE, comments_statement="none")
    with pytest.raises(Unmet, match="validation report is missing"):
        await scene.act(scene.validator, project, "validate", AFTER_NOTICE, comments_statement="none")
    with pytest.raises(NotPermitted, match="written by the validation body"):
        await scene.upload(project, "validation_report")


async def test_two_natural_persons_register(scene):
    project = await scene.draft()
    await scene.validated(project)
    await scene.upload(project, "application_form")
    await scene.upload(project, "commitment")
    await scene.act(scene.owner, project, "apply", APPLIED)
    await scene.act(scene.office, project, "receive", APPLIED)
    moved = await scene.act(scene.office, project, "register", APPLIED)
    assert moved.project.state == "under_review"
    with pytest.raises(NotPermitted):
        await scene.approve(moved, by=scene.office)
    await scene.approve(moved)
    assert (await register.read_project(None, project_id=project.id)).project.state == "registered"


async def test_the_body_that_validated_does_not_verify(scene, database):
    project = await scene.registered()
    claim = await scene.reported(project)
    await claims.name_verifier(scene.owner, claim_id=claim.id, verifier_id=scene.validator.tenant_id)
    with pytest.raises(Unmet, match="article 18"):
        await scene.claim_act(scene.owner, claim, "publish", REPORTED)


async def test_only_the_last_five_years_and_the_crediting_period_count(scene):
    project = await scene.registered()
    claim = await scene.reported(project)
    with pytest.raises(Unmet, match="5 years before"):
        await scene.claim_act(scene.owner, claim, "publish", date(2029, 6, 1))
    early = await claims.open_claim(
        scene.owner,
        project_id=project.id,
        starts_on=date(2023, 1, 1),
        ends_on=date(2023, 12, 31),
        verifier_id=scene.verifier.tenant_id,
    )
    text = OFFSHORE.replace("2024\n", "2023\n").replace("crediting = { starts_on = 2024-01-01", "crediting = { starts_on = 2023-01-01").replace("2033-12-31", "2032-12-31")  # fmt: skip
    await claims.draft_report(scene.owner, claim_id=early.id, file_name="a.toml", content=text.encode())
    await scene.upload(project, "accounting_report", claim=early)
    with pytest.raises(Unmet, match="crediting period 2024-01-01"):
        await scene.claim_act(scene.owner, early, "publish", REPORTED)


async def test_a_day_is_claimed_once_and_a_file_stays_inside_its_period(scene):
    project = await scene.registered()
    await scene.reported(project)
    with pytest.raises(Conflict, match="each day counts once"):
        await claims.open_claim(
            scene.owner, project_id=project.id, starts_on=date(2024, 12, 31), ends_on=date(2025, 12, 31)
        )
    other = await claims.open_claim(
        scene.owner, project_id=project.id, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31)
    )
    with pytest.raises(Problem, match="does not lie inside the monitoring period"):
        await claims.draft_report(
            scene.owner, claim_id=other.id, file_name="a.toml", content=OFFSHORE.encode()
        )


async def test_the_quantity_applied_for_is_the_quantity_verified_and_issued_once(scene):
    project = await scene.registered()
    claim = await scene.reported(project)
    with pytest.raises(Unmet, match=str(TONNES)):
        await scene.verified(project, claim, TONNES - 1)
    await scene.claim_act(
        scene.verifier, claim, "verify", AFTER_SECOND_NOTICE, quantity_t=TONNES, comments_statement="none"
    )
    await scene.upload(project, "application_form", claim=claim)
    await scene.upload(project, "commitment", claim=claim)
    await scene.claim_act(scene.owner, claim, "apply", AFTER_SECOND_NOTICE)
    await scene.claim_act(scene.office, claim, "receive", AFTER_SECOND_NOTICE)
    first = await scene.claim_act(scene.office, claim, "issue", AFTER_SECOND_NOTICE)
    second = await scene.claim_act(scene.office, claim, "issue", AFTER_SECOND_NOTICE)
    await scene.approve(first)
    with pytest.raises(Conflict):
        await scene.approve(second)


async def test_units_need_formulas_confirmed_in_the_issued_text(scene, database):
    """A scheme that asks for its label gives no units for recalled formulas."""
    project = await scene.registered()
    recalled = OFFSHORE.replace("shore_distance = 35", "shore_distance = 5")
    claim = await claims.open_claim(
        scene.owner,
        project_id=project.id,
        starts_on=date(2024, 1, 1),
        ends_on=date(2024, 12, 31),
        verifier_id=scene.verifier.tenant_id,
    )
    await claims.draft_report(scene.owner, claim_id=claim.id, file_name="a.toml", content=recalled.encode())
    await scene.upload(project, "accounting_report", claim=claim)
    with pytest.raises(Unmet, match="carries no label"):
        await scene.claim_act(scene.owner, claim, "publish", REPORTED)


async def test_a_revoked_owner_waits_three_years(scene):
    project = await scene.registered()
    await scene.approve(await scene.act(scene.office, project, "revoke", APPLIED, reason="伪造监测数据"))
    again = await scene.draft(place=square(108, 30))
    with pytest.raises(Unmet, match=r"until 2029-04-02.*article 43"):
        await scene.act(scene.owner, again, "publish", PUBLISHED)
    with pytest.raises(Conflict, match="not possible"):
        await scene.act(scene.office, project, "register", APPLIED)


async def test_the_same_ground_is_named_to_its_owner_and_held_for_a_stranger(scene):
    first = await scene.draft()
    await scene.act(scene.owner, first, "publish", PUBLISHED)
    own = await scene.draft(place=square(107.005))
    with pytest.raises(Unmet, match=first.code):
        await scene.act(scene.owner, own, "publish", PUBLISHED)

    other = await scene.draft(by=scene.rival, place=square(107.005))
    moved = await scene.act(scene.rival, other, "publish", PUBLISHED)
    assert (moved.held, moved.project.state) == (True, "on_hold")
    told = repr(await register.read_project(scene.rival, project_id=other.id))
    assert first.code not in told
    with pytest.raises(NotPermitted):
        await register.read_doubts(scene.rival, project_id=other.id)
    [doubt] = await register.read_doubts(scene.office, project_id=other.id)
    assert doubt.other.code == first.code
    await scene.act(scene.office, other, "clear", PUBLISHED, reason="界址经现场核实不重叠")
    moved = await scene.act(scene.rival, other, "publish", PUBLISHED)
    assert moved.project.state == "notice"


async def test_neighbours_and_other_activities_do_not_overlap(scene):
    await scene.act(scene.owner, await scene.draft(), "publish", PUBLISHED)
    beside = await scene.draft(by=scene.rival, place=square(107.01))
    assert (await scene.act(scene.rival, beside, "publish", PUBLISHED)).project.state == "notice"


async def test_the_same_meter_is_counted_once(scene):
    first = await scene.draft(meters=["CQ-0001"])
    await scene.act(scene.owner, first, "publish", PUBLISHED)
    other = await scene.draft(by=scene.rival, place=square(109), meters=["cq 0001"])
    moved = await scene.act(scene.rival, other, "publish", PUBLISHED)
    assert moved.held
    assert "CQ" not in repr((await register.read_project(scene.rival, project_id=other.id)).events)


async def test_a_kilowatt_hour_is_not_both_credit_and_certificate(scene):
    async def claimed(actor, used_for, source, first=date(2024, 1, 1), last=date(2024, 12, 31)):
        async with transaction(tenant=actor.tenant_id) as connection:
            return await energy.claim_energy(
                connection,
                tenant_id=actor.tenant_id,
                meter="CQ-0007",
                starts_on=first,
                ends_on=last,
                used_for=used_for,
                source_kind="test",
                source_id=source,
            )

    source = new_id()
    assert (await claimed(scene.owner, "green-certificate", source)).state == "claimed"
    again = await claimed(scene.owner, "green-certificate", source)
    assert again.state == "claimed"
    with pytest.raises(Conflict, match="not both a credit and a green certificate"):
        await claimed(scene.owner, "credit", new_id(), date(2024, 6, 1), date(2025, 5, 31))
    assert (await claimed(scene.rival, "credit", new_id())).state == "held"
    after = await claimed(scene.owner, "credit", new_id(), date(2025, 1, 1), date(2025, 12, 31))
    assert after.state == "claimed"


async def test_comments_are_limited_and_markup_waits(scene):
    project = await scene.draft()
    today = date.today()  # noqa: DTZ011 - the notice runs from the database's day
    await scene.act(scene.owner, project, "publish", today)
    [hearing] = (await register.read_project(None, project_id=project.id)).hearings
    assert await hearings.post_comment(hearing_id=hearing.id, text="好项目", address="a") == "shown"
    assert (
        await hearings.post_comment(hearing_id=hearing.id, text="看 https://x.example", address="a")
        == "waiting"
    )
    for _ in range(3):
        await hearings.post_comment(hearing_id=hearing.id, text="再说一次", address="a")
    with pytest.raises(Problem, match="Too many"):
        await hearings.post_comment(hearing_id=hearing.id, text="又一次", address="a")
    shown = (await register.read_project(None, project_id=project.id)).comments
    assert all("http" not in one.text for one in shown)
    [waiting] = await hearings.waiting_comments(scene.office)
    await hearings.moderate_comment(scene.office, comment_id=waiting.id, show=False)
    with pytest.raises(NotFound):
        await hearings.post_comment(hearing_id=new_id(), text="x", address="b")


async def test_postgresql_itself_refuses_a_skipped_step(scene):
    """Whatever the program says: an event that is no move of the rules does not go in."""
    project = await scene.draft()
    insert = """insert into projects_event (id, tenant_id, owner_id, project_id, act, source, target, role, acted_on)
                values ($1, $2, $2, $3, $4, $5, $6, $7, now())"""
    for act, source, target, role in (
        ("register", "draft", "registered", "authority"),
        ("publish", "notice", "notice", "owner"),
        ("register", "under_review", "registered", "authority"),
        ("publish", "draft", "registered", "owner"),
    ):
        with pytest.raises(asyncpg.PostgresError):
            async with transaction(tenant=scene.owner.tenant_id) as connection:
                await connection.execute(
                    insert, new_id(), scene.owner.tenant_id, project.id, act, source, target, role
                )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(tenant=scene.owner.tenant_id) as connection:
            await connection.execute(
                "update projects_project set state = 'registered' where id = $1", project.id
            )


async def test_strangers_see_a_draft_as_nothing(scene):
    project = await scene.draft()
    for stranger in (None, scene.rival, scene.office, scene.validator, await actor_in("bank")):
        with pytest.raises(NotFound):
            await register.read_project(stranger, project_id=project.id)
    reader = replace(scene.owner, permissions=frozenset())
    with pytest.raises(NotPermitted):
        await moving.act_on_project(reader, project_id=project.id, act="publish")
