"""Loading the sample city through the same use-cases as real people's clicks. Run again, it completes what is missing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from accounts.sample.citizens import citizen_sign_ins, sample_citizens
from accounts.sample.colleagues import COLLEAGUES, sample_colleagues
from accounts.sample.credits import sample_credits
from accounts.sample.enterprises import sample_benchmark, sample_enterprise, sample_totals
from accounts.sample.factors import sample_factors
from accounts.sample.founding import sample_authority, sample_people
from accounts.sample.money import sample_fund, sample_loans, sample_product, sample_rates, sample_risk
from accounts.sample.plan import Enterprise, Office, Plan, plan
from accounts.sample.projects import sample_projects
from accounts.sample.quality import sample_questions
from accounts.sample.sign_ins import SampleSignIn, read_passwords
from accounts.sample.verification import sample_verification
from accounts.sample.workbooks import activity_workbook

Report = Callable[[str], None]

FOREIGN = (
    "This database has an administrator who is not the sample city's; it is left as it is. "
    "Use another CARBON_HOME or DATABASE_URL for the sample city."
)
STORY_FILE = "示例活动数据.xlsx"


@dataclass(frozen=True)
class LoadedCity:
    """Who can sign in (the story's first), the workbook the story begins with, and what else to say."""

    sign_ins: list[SampleSignIn] = field(default_factory=list)
    workbook: Path | None = None
    note: str = ""


async def load_city(home: Path, *, report: Report) -> LoadedCity:
    """The sample city in the open database; `home` keeps its passwords. A database of somebody else's is not touched."""
    city = plan()
    report("Founding the sample city")
    authority = await sample_authority(home, city)
    if authority is None:
        return LoadedCity(note=FOREIGN)
    people = await sample_people(home, city, authority)
    people |= await sample_colleagues(home, {**people, city.authority.login: authority})
    for number, enterprise in enumerate(city.enterprises, start=1):
        report(f"Reporting a year of {enterprise.zh} ({number} of {len(city.enterprises)})")
        await sample_enterprise(people[enterprise.login], enterprise, city)
    report("Publishing the benchmark, reading reported totals")
    await sample_benchmark(authority, city)
    await sample_totals(authority)
    report("Verifying a year")
    await sample_verification(authority, people["verifier"], people, city)
    report("Accepting rates, opening the fund, registering loans")
    await sample_rates(people["finance"])
    await sample_fund(people["finance"], city)
    product = await sample_product(people["bank"], city)
    await sample_loans(people["bank"], people, product, city)
    await sample_risk(people["finance"], people["bank"], people["enterprise"])
    report("Registering a reduction project, publishing another")
    await sample_projects(
        people["chuandong"],
        people["wanzhou"],
        people["verifier"],
        authority,
        people[COLLEAGUES[city.authority.login][0]],
    )
    report("Issuing, retiring and transferring credits")
    await sample_credits(
        authority,
        people[COLLEAGUES[city.authority.login][0]],
        people["enterprise"],
        people[COLLEAGUES["enterprise"][0]],
        people["wanzhou"],
    )
    report("Taking over a factor table, measuring a factor")
    await sample_factors(
        authority,
        people[COLLEAGUES[city.authority.login][0]],
        people["enterprise"],
        people[COLLEAGUES["enterprise"][0]],
        people["wanzhou"],
        year=city.year,
    )
    report("Asking about a year's figures")
    await sample_questions(people["chuandong"], year=city.year)
    report("Linking citizens to a metro and a bike share")
    await sample_citizens(home, authority, people["metro"], people["bike"])
    return LoadedCity(sign_ins=shown_sign_ins(home, city), workbook=write_story(home, city))


def shown_sign_ins(home: Path, city: Plan) -> list[SampleSignIn]:
    """One person of each part of the story; the other enterprises sign in the same way."""
    passwords = read_passwords(home)
    story = next(enterprise for enterprise in city.enterprises if enterprise.story)
    another = next(enterprise for enterprise in city.enterprises if not enterprise.story)
    members: list[tuple[Office | Enterprise, str]] = [(story, "enterprise")]
    order = ("bank", "authority", "verifier", "partner")
    offices = sorted([*city.offices, city.authority], key=lambda office: order.index(office.kind))
    members += [(office, office.kind) for office in offices]
    members.append((another, "enterprise"))
    shown = [
        SampleSignIn(member.login, passwords[member.login], member.zh, member.en, kind)
        for member, kind in members
    ]
    second, office = COLLEAGUES[city.authority.login][0], city.authority
    second_of_office = SampleSignIn(second, passwords[second], office.zh, office.en, office.kind)
    return [*shown, second_of_office, *citizen_sign_ins(home)]


def write_story(home: Path, city: Plan) -> Path:
    """The workbook the story's enterprise uploads, for a person to pick up."""
    story = next(enterprise for enterprise in city.enterprises if enterprise.story)
    file = home / STORY_FILE
    file.write_bytes(activity_workbook(story, city))
    return file
