"""What the tests of this room share: an owner, two verification bodies, an authority with two people, and files."""

from dataclasses import dataclass, replace
from datetime import date

from accounts.identity import approvals
from accounts.identity.actors import Actor
from accounts.projects import claims, documents, drafting, moving, publishing
from accounts.projects.drafting import DECLARATIONS
from accounts.projects.records import Claim, Project
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in

PUBLISHED, AFTER_NOTICE = date(2026, 3, 2), date(2026, 3, 28)
APPLIED = date(2026, 4, 2)
REPORTED, AFTER_SECOND_NOTICE = date(2026, 5, 6), date(2026, 6, 3)
DECLARED = dict.fromkeys(DECLARATIONS, True)

OFFSHORE = """
methodology = "offshore_wind"
crediting = { starts_on = 2024-01-01, ends_on = 2033-12-31 }
[project]
shore_distance = 35
operating_margin = 0.8
build_margin = 0.4
[conditions]
grid_connected = true
lawful = true
construction_after_2012 = true
[[years]]
year = 2024
exported = 100000
imported = 200
"""
TONNES = 59_880
"""(100000 − 200) MWh × (0.5 × 0.8 + 0.5 × 0.4) t/MWh."""


def square(west=107.0, south=29.0, size=0.01):
    """A parcel of about a square kilometre."""
    east, north = round(west + size, 6), round(south + size, 6)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"name": "一号地块"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def pdf(text: str) -> bytes:
    return b"%PDF-1.7\n" + text.encode()


@dataclass
class Scene:
    """The parties; `office` and `colleague` are two people of the registry office."""

    owner: Actor
    rival: Actor
    validator: Actor
    verifier: Actor
    office: Actor
    colleague: Actor

    async def draft(self, *, by: Actor | None = None, place=None, meters=(), **changed) -> Project:
        by = by or self.owner
        project = await drafting.create_project(
            by,
            **{
                "scheme": "ccer",
                "methodology": "offshore_wind",
                "name_zh": "示例海上风电",
                "name_en": "Sample offshore wind",
                "crediting_starts_on": date(2024, 1, 1),
                "crediting_ends_on": date(2033, 12, 31),
                "construction_started_on": date(2022, 5, 1),
                "expected_t_per_year": 400_000,
                "declarations": DECLARED,
                "validator_id": self.validator.tenant_id,
            }
            | changed,
        )
        await drafting.set_boundary(by, project_id=project.id, geojson=place or square())
        if meters:
            await drafting.set_meters(
                by, project_id=project.id, meters=[drafting.Meter(one) for one in meters]
            )
        await self.upload(project, "design_document", by=by)
        return project

    async def upload(
        self, project: Project, kind: str, *, by: Actor | None = None, claim: Claim | None = None, text=""
    ):
        return await documents.add_document(
            by or self.owner,
            project_id=project.id,
            kind=kind,
            file_name=f"{kind}.pdf",
            content=pdf(f"{kind} {project.id} {text}"),
            claim_id=claim.id if claim else None,
        )

    async def act(
        self, by: Actor, project: Project, act: str, on: date, reason="", **details
    ) -> moving.Moved:
        return await moving.act_on_project(
            by, project_id=project.id, act=act, reason=reason, details=details, on=on
        )

    async def claim_act(
        self, by: Actor, claim: Claim, act: str, on: date, reason="", **details
    ) -> moving.Moved:
        return await moving.act_on_claim(
            by, claim_id=claim.id, act=act, reason=reason, details=details, on=on
        )

    async def approve(self, moved: moving.Moved, by: Actor | None = None):
        return await approvals.approve(
            by or self.colleague, draft_id=moved.draft_id, digest=moved.draft_digest
        )

    async def validated(self, project: Project) -> None:
        await self.act(self.owner, project, "publish", PUBLISHED)
        await self.act(self.owner, project, "close_notice", AFTER_NOTICE)
        await self.upload(project, "validation_report", by=self.validator)
        await self.act(self.validator, project, "validate", AFTER_NOTICE, comments_statement="no comments")

    async def registered(self, project: Project | None = None) -> Project:
        project = project or await self.draft()
        await self.validated(project)
        await self.upload(project, "application_form")
        await self.upload(project, "commitment")
        await self.act(self.owner, project, "apply", APPLIED)
        await self.act(self.office, project, "receive", APPLIED)
        await self.approve(await self.act(self.office, project, "register", APPLIED))
        return project

    async def reported(self, project: Project, content: str = OFFSHORE, year: int = 2024) -> Claim:
        claim = await claims.open_claim(
            self.owner,
            project_id=project.id,
            starts_on=date(year, 1, 1),
            ends_on=date(year, 12, 31),
            verifier_id=self.verifier.tenant_id,
        )
        await claims.draft_report(
            self.owner, claim_id=claim.id, file_name="监测.toml", content=content.encode()
        )
        await self.upload(project, "accounting_report", claim=claim)
        return claim

    async def verified(self, project: Project, claim: Claim, quantity: int) -> None:
        await self.claim_act(self.owner, claim, "publish", REPORTED)
        await self.claim_act(self.owner, claim, "close_notice", AFTER_SECOND_NOTICE)
        await self.upload(project, "verification_report", by=self.verifier, claim=claim)
        await self.claim_act(
            self.verifier,
            claim,
            "verify",
            AFTER_SECOND_NOTICE,
            quantity_t=quantity,
            comments_statement="none",
        )
        await self.upload(project, "application_form", claim=claim)
        await self.upload(project, "commitment", claim=claim)

    async def issued(self, project: Project, claim: Claim, quantity: int):
        await self.verified(project, claim, quantity)
        await self.claim_act(self.owner, claim, "apply", AFTER_SECOND_NOTICE)
        await self.claim_act(self.office, claim, "receive", AFTER_SECOND_NOTICE)
        return await self.approve(await self.claim_act(self.office, claim, "issue", AFTER_SECOND_NOTICE))


async def scene_of(*methodologies: str) -> Scene:
    """The parties, with methodologies published."""
    office = replace(await actor_in("authority", name="示例登记中心"), name="赵起草")
    colleague = replace(office, person_id=new_id(), name="钱复核")
    for methodology in methodologies or ("offshore_wind",):
        await publishing.publish_methodology(office, methodology=methodology)
    return Scene(
        owner=await actor_in("enterprise", name="示例风电"),
        rival=await actor_in("enterprise", name="示例另一家"),
        validator=await actor_in("verifier", name="示例审定甲"),
        verifier=await actor_in("verifier", name="示例核查乙"),
        office=office,
        colleague=colleague,
    )
