"""Factors of the sample city: a public table taken over by two persons, a measured factor, two versions of an account."""

from datetime import date
from uuid import UUID

from accounts.enterprise.factor_files import read_factor_table
from accounts.enterprise.versions import keep_version, list_versions
from accounts.factors import imports, own_factors
from accounts.factors.own_factors import Evidence
from accounts.identity import approvals
from accounts.identity.actors import Actor

TABLE = "SAMPLE-CITY"
# The figures are the sample city's own, made up for the demonstration.
_FIRST = """编号,名称,name,单位,数值,地区,年份,状态,出处
S-01,示例园区蒸汽,steam of the sample park,kgCO2/GJ,96.4,重庆,2024,有效,示例园区供热公司声明
S-02,示例园区冷量,cooling of the sample park,kgCO2e/GJ,31.2,重庆,2024,有效,示例园区供冷公司声明
S-03,示例公交出行,a ride on the sample bus,kgCO2e/人·km,0.041,重庆,2024,有效,示例公交集团声明
"""
_SECOND = """编号,名称,name,单位,数值,地区,年份,状态,出处
S-01,示例园区蒸汽,steam of the sample park,kgCO2/GJ,94.1,重庆,2025,有效,示例园区供热公司声明
S-02,示例园区冷量,cooling of the sample park,kgCO2e/GJ,31.2,重庆,2024,有效,示例园区供冷公司声明
S-03,示例公交出行,a ride on the sample bus,kgCO2e/人·km,0.041,重庆,2024,停用,示例公交集团声明
S-04,示例园区压缩空气,compressed air of the sample park,kgCO2e/m3,,重庆,2025,有效,数值待定
"""
_REPORT = b"%PDF-1.4\n% The sample city's test report: diesel, net calorific value 42.91 GJ/t. Made up for the demonstration.\n"


async def sample_factors(
    authority: Actor, colleague: Actor, enterprise: Actor, second: Actor, reporting: Actor, *, year: int
) -> None:
    """A table in force and its successor waiting; an accepted factor and one waiting; two versions of a year."""
    if not await imports.list_imports(authority, limit=1):
        first = await _proposed(authority, "示例园区因子2024.csv", _FIRST)
        await _approved(colleague, first.draft_id)
        await _staged(authority, "示例园区因子2025.csv", _SECOND)
    if not await own_factors.list_own_factors(enterprise):
        accepted = await _measured(
            enterprise, "NCV-柴油", "柴油低位发热量（实测）", "net_calorific_value", "42.91", "GJ/t"
        )
        await _approved(second, accepted.draft_id)
        await _measured(enterprise, "OX-柴油", "柴油碳氧化率（实测）", "oxidation_rate", "0.985", "1")
    if not await list_versions(reporting, enterprise_id=reporting.tenant_id):
        await keep_version(reporting, year=year, reason="年度报告上报版本")
        await keep_version(reporting, year=year, reason="按AR6潜势和2025年6月底已公布的因子复算", gwp_set="AR6",
                           recalculate=True, known_on=date(2025, 6, 30))  # fmt: skip


async def _staged(actor: Actor, name: str, text: str) -> imports.TableImport:
    read = read_factor_table(name, text.encode())
    return await imports.stage_table(actor, table_code=TABLE, table_name="示例园区排放因子", read=read)


async def _proposed(actor: Actor, name: str, text: str) -> imports.TableImport:
    return await imports.propose_table(actor, import_id=(await _staged(actor, name, text)).id)


async def _approved(actor: Actor, draft_id: UUID | None) -> None:
    if draft_id is None:
        return
    found = await approvals.read_draft(actor, draft_id=draft_id)
    await approvals.approve(actor, draft_id=found.id, digest=found.digest)


async def _measured(
    actor: Actor, code: str, name: str, quantity: str, value: str, unit: str
) -> own_factors.OwnFactor:
    return await own_factors.propose_own_factor(
        actor, code=code, name=name, source="fuel_combustion", item="diesel", quantity=quantity, value=value, unit=unit,
        starts_on=date(2025, 1, 1), method="measured", evidence=Evidence("柴油检测报告.pdf", _REPORT), note="示例检测机构",
    )  # fmt: skip
