"""A year before, of one sample enterprise: rows that say how sure they are, a month nobody told of, and figures that raise questions."""

from accounts.enterprise import flags, submissions
from accounts.identity.actors import Actor

# The figures are the sample city's own, made up for the demonstration.
_HEAD = "期间,设施,排放源,品种,数量,单位,数据来源,凭证,不确定度,因子不确定度,备注"
_TONNES = (41.2, 38.7, 44.1, 43.5, 42.0, 40.8, 39.9, 45.3, 44.7, 43.1, 42.6)
_POWER = (52.1, 47.9, 55.0, 53.8, 51.2, 54.4, 60.3, 61.7, 55.9, 52.3, 50.8, 56.1)


def rows_of(year: int) -> str:
    """Diesel measured each month but December, power with one month in another unit, one invoice twice, one line confidential."""
    diesel = [
        f"{year}-{month:02d},总厂,化石燃料燃烧,柴油,{tonnes},吨,实测,柴油-{year}-{month:02d},2%,3%,"
        for month, tonnes in enumerate(_TONNES, start=1)
    ]
    power = [
        f"{year}-{month:02d},总厂,净购入电力,电网电力,{amount * (1000 if month == 9 else 1):g},万千瓦时,计算,电费-{year}-{month:02d},1%,5%,"
        for month, amount in enumerate(_POWER, start=1)
    ]
    others = [
        f"{year}-03,总厂,制冷剂泄漏,R410A,12,kg,估算,维保-{year}-07,30%,,",
        f"{year}-08,总厂,制冷剂泄漏,R410A,12,kg,估算,维保-{year}-07,30%,,同一张维保单",
        f"{year}-05,总厂,化石燃料燃烧,天然气,C,,,,,,与供气方有保密约定",
    ]
    return "\n".join([_HEAD, *diesel, *power, *others])


async def sample_questions(actor: Actor, *, year: int) -> None:
    """File the rows once and look both years through."""
    if not await flags.list_flags(actor, enterprise_id=actor.tenant_id, year=year - 1):
        await submissions.submit_file(
            actor,
            file_name=f"{year - 1}年活动数据.csv",
            content=rows_of(year - 1).encode(),
            key=f"sample-city-questions-{year - 1}",
        )
        for each in (year - 1, year):
            await flags.check_year(actor, year=each)
        found = await flags.list_flags(actor, enterprise_id=actor.tenant_id, year=year - 1)
        twice = [flag for flag in found if flag.kind == "same-invoice"]
        for flag in twice[:1]:
            note = "三月和八月各检修一次，维保单合并开具。"
            await flags.resolve_flag(actor, flag_id=flag.id, decision="as-reported", note=note)
