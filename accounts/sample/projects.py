"""Reduction projects of the sample city: one registered with an issuance, one in public notice, both through the real use-cases."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from accounts.database.transactions import transaction
from accounts.identity import approvals
from accounts.identity.actors import Actor
from accounts.projects import claims, documents, drafting, hearings, moving, publishing, register
from accounts.projects.days import today
from accounts.projects.drafting import DECLARATIONS
from accounts.projects.records import Claim, Project

_DECLARED = dict.fromkeys(DECLARATIONS, True)
PUBLISHED_METHODOLOGIES = (
    "rice",
    "bamboo",
    "offshore_wind",
    "solar_thermal",
    "grid_renewables",
    "manure_biogas",
)


async def sample_projects(
    owner: Actor, second: Actor, verifier: Actor, office: Actor, colleague: Actor
) -> None:
    """Rice fields with issued credits, and a solar plant in notice; once, if the owner has no project yet."""
    if await register.list_projects(owner, mine=True):
        return
    for methodology in PUBLISHED_METHODOLOGIES:
        await publishing.publish_methodology(office, methodology=methodology)
    async with transaction(tenant=office.tenant_id, readonly=True) as connection:
        now = await today(connection)
    await _rice(owner, verifier, office, colleague, now)
    await _solar(second, verifier, now)


async def _rice(owner: Actor, verifier: Actor, office: Actor, colleague: Actor, now: date) -> None:
    year = now.year - 1
    project = await drafting.create_project(
        owner,
        scheme="cqcer",
        methodology="rice",
        name_zh="示例冬水田节水灌溉项目",
        name_en="Sample water-saving irrigation of winter-flooded paddies",
        about="三个村的冬水田在生长季多次排水，减少甲烷排放；每块田有排水记录和照片。",
        district="梁平区",
        construction_started_on=date(year - 1, 3, 1),
        crediting_starts_on=date(year, 1, 1),
        crediting_ends_on=date(year + 6, 12, 31),
        expected_t_per_year=2400,
        declarations=_DECLARED,
    )
    await drafting.set_boundary(owner, project_id=project.id, geojson=_paddies())
    for kind in ("design_document", "application_form", "commitment"):
        await _upload(owner, project, kind)
    began = now - timedelta(days=90)
    await moving.act_on_project(owner, project_id=project.id, act="apply", on=began)
    await moving.act_on_project(office, project_id=project.id, act="receive", on=began)
    await _by_two(office, colleague, project.id, None, "register", began + timedelta(days=5))
    claim = await claims.open_claim(
        owner,
        project_id=project.id,
        starts_on=date(year, 1, 1),
        ends_on=date(year, 12, 31),
        verifier_id=verifier.tenant_id,
    )
    on = now - timedelta(days=60)
    _, calculation = await claims.draft_report(
        owner, claim_id=claim.id, file_name="监测数据.toml", content=_monitoring(year).encode(), on=on
    )
    await _upload(owner, project, "accounting_report", claim)
    await moving.act_on_claim(owner, claim_id=claim.id, act="publish", on=on)
    await _upload(verifier, project, "verification_report", claim)
    await moving.act_on_claim(
        verifier,
        claim_id=claim.id,
        act="verify",
        details={"quantity_t": calculation.credits_t, "comments_statement": "无公众意见。"},
        on=on + timedelta(days=20),
    )
    await _upload(owner, project, "application_form", claim)
    await moving.act_on_claim(owner, claim_id=claim.id, act="apply", on=on + timedelta(days=22))
    await moving.act_on_claim(office, claim_id=claim.id, act="receive", on=on + timedelta(days=23))
    await _by_two(office, colleague, project.id, claim.id, "issue", on + timedelta(days=30))


async def _by_two(
    office: Actor, colleague: Actor, project_id: UUID, claim_id: UUID | None, act: str, on: date
) -> None:
    """Drafted by the office's person, approved by a colleague of theirs."""
    if claim_id:
        moved = await moving.act_on_claim(office, claim_id=claim_id, act=act, on=on)
    else:
        moved = await moving.act_on_project(office, project_id=project_id, act=act, on=on)
    if moved.draft_id is None:
        raise RuntimeError(f"{act} is a protected act and must wait for a second person")
    await approvals.approve(colleague, draft_id=moved.draft_id, digest=moved.draft_digest)


async def _solar(owner: Actor, verifier: Actor, now: date) -> None:
    project = await drafting.create_project(
        owner,
        scheme="ccer",
        methodology="solar_thermal",
        name_zh="示例光热发电项目",
        name_en="Sample solar thermal power",
        about="独立光热电站，配储热，年上网约三千万千瓦时。",
        district="示例区",
        construction_started_on=date(now.year - 2, 6, 1),
        crediting_starts_on=date(now.year, 1, 1),
        crediting_ends_on=date(now.year + 9, 12, 31),
        expected_t_per_year=19_500,
        declarations=_DECLARED,
        validator_id=verifier.tenant_id,
    )
    await drafting.set_boundary(owner, project_id=project.id, geojson=_plant())
    await drafting.set_meters(owner, project_id=project.id, meters=[drafting.Meter("CQ-0001-2024")])
    await _upload(owner, project, "design_document")
    await moving.act_on_project(owner, project_id=project.id, act="publish")
    detail = await register.read_project(None, project_id=project.id)
    await hearings.post_comment(
        hearing_id=detail.hearings[0].id, text="镜场施工会不会影响旁边的果园？", author="附近村民"
    )


async def _upload(by: Actor, project: Project, kind: str, claim: Claim | None = None) -> None:
    title = documents.KINDS[kind].name.zh
    text = f"{title}\n\n{project.name_zh}（{project.code}）\n示例文件，内容为虚构。\n"
    await documents.add_document(
        by,
        project_id=project.id,
        kind=kind,
        file_name=f"{title}.txt",
        content=text.encode(),
        claim_id=claim.id if claim else None,
    )


def _monitoring(year: int) -> str:
    fields = "\n".join(
        f"""
[[years.fields]]
name = "{name}"
area = "{mu} 亩"
season_days = {days}
nitrogen = 150
baseline_water = "持续淹水"
project_water = "干湿交替"
baseline_preseason = "冬水田"
project_preseason = "冬水田"
straw_early = 5
project_straw_early = 5"""
        for name, mu, days in (("一组", 2600, 120), ("二组", 2100, 118), ("三组", 1400, 121))
    )
    return f"""methodology = "rice"
crediting = {{ starts_on = {year}-01-01, ends_on = {year + 6}-12-31 }}
[project]
region = "重庆"
adoption_share = 0.1
[conditions]
practice_changed = true
no_clearing = true
same_seasons = true
under_ceiling = true
[[years]]
year = {year}
yield_ratio = 0.99
{fields}
"""


def _paddies() -> dict[str, Any]:
    rings = {
        "一组": [(107.72, 30.66), (107.738, 30.662), (107.741, 30.672), (107.728, 30.677), (107.719, 30.67)],
        "二组": [(107.745, 30.668), (107.76, 30.67), (107.757, 30.683), (107.742, 30.679)],
        "三组": [(107.724, 30.684), (107.735, 30.686), (107.733, 30.697), (107.722, 30.694)],
    }
    return {
        "type": "FeatureCollection",
        "features": [_feature(name, corners) for name, corners in rings.items()],
    }


def _plant() -> dict[str, Any]:
    return _feature("镜场", [(108.39, 30.78), (108.408, 30.781), (108.407, 30.792), (108.391, 30.791)])


def _feature(name: str, corners: list[tuple[float, float]]) -> dict[str, Any]:
    ring = [list(corner) for corner in [*corners, corners[0]]]
    return {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
