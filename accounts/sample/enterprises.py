"""The sample enterprises: what they say of themselves, and their workbooks of the year."""

from importlib.resources import files

from accounts.enterprise import profile, rating, submissions
from accounts.identity.actors import Actor
from accounts.sample.plan import Enterprise, Plan
from accounts.sample.workbooks import activity_workbook

FEN_PER_10K_YUAN = 10**6
REGION = "重庆"


async def sample_enterprise(actor: Actor, enterprise: Enterprise, plan: Plan) -> None:
    """Profile, figures of the year, and the workbook; the story's enterprise uploads its own later."""
    known = await profile.read_profile(actor)
    if not known.industry_code:
        await profile.record_profile(
            actor, industry_code=enterprise.industry_code, district=enterprise.district, region=REGION
        )
    if plan.year not in {output.year for output in known.years}:
        await profile.record_year(
            actor,
            year=plan.year,
            value_added_fen=enterprise.value_added * FEN_PER_10K_YUAN,
            main_income_fen=enterprise.main_income * FEN_PER_10K_YUAN,
            total_equity_and_debt_fen=enterprise.equity_and_debt * FEN_PER_10K_YUAN,
        )
    for name in enterprise.facilities:
        if name not in {facility.name for facility in known.facilities}:
            await profile.add_facility(actor, name=name, district=enterprise.district)
    if not enterprise.story and not await submissions.list_submissions(actor, limit=1):
        await submissions.submit_file(
            actor,
            file_name=f"{enterprise.zh}{plan.year}年活动数据.xlsx",
            content=activity_workbook(enterprise, plan),
            key=f"sample-city-{plan.year}",
        )


async def sample_benchmark(authority: Actor, plan: Plan) -> None:
    """The benchmark of the industry that has enough members."""
    code = plan.benchmark.industry_code
    if not await rating.list_benchmarks(authority, industry_code=code):
        await rating.publish_benchmark(authority, industry_code=code, year=plan.year)


async def sample_totals(authority: Actor) -> None:
    """Totals that real companies reported, where such a file is shipped in `data`."""
    folder = files("accounts.sample") / "data"
    if folder.is_dir() and not await submissions.list_submissions(authority, limit=1):
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".csv"):
                await submissions.submit_file(authority, file_name=file.name, content=file.read_bytes())
