"""Publishing freezes formulas and numbers; a replay says what a new version would change."""

from dataclasses import replace
from fractions import Fraction

import pytest

from accounts.identity.permissions import Permission
from accounts.projects import claims, computing, publishing, register
from carbon.errors import Conflict, NotPermitted
from methodologies.reduction.catalogue import methodologies
from methodologies.reduction.fingerprint import fingerprint, fingerprint_of
from tests.accounts.projects.scene import OFFSHORE, PUBLISHED, REPORTED, TONNES, scene_of


def test_a_fingerprint_covers_numbers_and_formulas_but_no_words():
    method = methodologies()["rice"]
    worded = replace(
        method, name=replace(method.name, en="Another name"), about=replace(method.about, zh="别的说法")
    )
    assert fingerprint_of(worded) == fingerprint("rice")
    parameter = method.values["uncertainty_share"]
    [value] = parameter.values
    changed = replace(parameter, values=(replace(value, value=Fraction(1, 5)),))
    assert fingerprint_of(
        replace(method, values={**method.values, "uncertainty_share": changed})
    ) != fingerprint("rice")
    other = methodologies()["solar_thermal"].routes
    assert fingerprint_of(replace(method, routes=other)) != fingerprint("rice")
    assert len({fingerprint(id_) for id_ in methodologies()}) == len(methodologies())


async def test_a_project_waits_for_its_methodology_to_be_published(database):
    scene = await scene_of("rice")
    project = await scene.draft()
    with pytest.raises(Conflict, match="not published yet"):
        await scene.act(scene.owner, project, "publish", PUBLISHED)
    with pytest.raises(NotPermitted):
        await publishing.publish_methodology(scene.owner, methodology="offshore_wind")
    first = await publishing.publish_methodology(scene.office, methodology="offshore_wind")
    again = await publishing.publish_methodology(scene.office, methodology="CCER-01-002-V01")
    assert first == again
    await scene.act(scene.owner, project, "publish", PUBLISHED)


async def test_formulas_changed_under_a_published_version_are_refused(database, monkeypatch):
    scene = await scene_of()
    project = await scene.registered()
    claim = await scene.reported(project)
    for module in (publishing, computing):
        monkeypatch.setattr(module, "fingerprint", lambda _: "0" * 64)
    assert Permission.PROJECT_MANAGE in scene.owner.permissions
    with pytest.raises(Conflict, match="have changed since version 1 was published"):
        await scene.claim_act(scene.owner, claim, "publish", REPORTED)
    with pytest.raises(Conflict, match="have changed since"):
        await publishing.publish_methodology(scene.office, methodology="offshore_wind")
    assert not (await publishing.list_versions("offshore_wind"))[0].is_current


async def test_a_replay_names_the_claims_that_come_out_otherwise(database, monkeypatch):
    scene = await scene_of()
    project = await scene.registered()
    claim = await scene.reported(project)
    same = await publishing.replay_methodology(scene.office, methodology="offshore_wind")
    assert (same.claims, same.kept_t, same.now_t) == (0, 0, 0), "a report that is only drafted is its owner's"
    everything = await publishing.replay_all(database.admin_url, database.settings)
    assert [(one.methodology, one.kept_t, one.now_t, one.equal) for one in everything] == [
        ("offshore_wind", TONNES, TONNES, True)
    ]
    await scene.claim_act(scene.owner, claim, "publish", REPORTED)

    def otherwise(methodology, name, content, *, explain=False):
        method = methodologies()[methodology]
        text = content.replace(b"imported = 200", b"imported = 1200")
        return method.calculate(computing.read_monitoring(method, name, text), explain=explain)

    monkeypatch.setattr(computing, "compute", otherwise)
    found = await publishing.replay_methodology(scene.office, methodology="offshore_wind")
    [difference] = found.differences
    assert (difference.project_code, difference.kept_t, difference.now_t) == (
        project.code,
        TONNES,
        TONNES - 600,
    )
    explained = await claims.explain_claim(scene.owner, claim_id=claim.id)
    assert not explained.check.equal


def test_a_dry_run_keeps_nothing_and_explains_everything():
    result = publishing.dry_run("offshore_wind", "a.toml", OFFSHORE.encode())
    assert result["credits"] == TONNES
    assert result["vintages"][0]["periods"][0]["explanation"]["children"]


async def test_the_kept_result_equals_the_recomputed_one_to_the_last_digit(database):
    scene = await scene_of()
    project = await scene.registered()
    claim = await scene.reported(project)
    kept = (await register.read_claim(scene.owner, claim_id=claim.id)).calculation
    assert kept.digest == computing.digest_of(computing.compute("offshore_wind", "a.toml", OFFSHORE.encode()))
    assert kept.fingerprint == fingerprint("offshore_wind")
