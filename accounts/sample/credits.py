"""Credits of the sample city: a forest's issuances with their buffer, a certificate, a transfer that waits and a hold."""

from datetime import UTC, datetime, timedelta

from accounts.identity import approvals
from accounts.identity.actors import Actor
from accounts.identity.approvals import Draft
from accounts.registry import acts, public, transfers

FOREST = "JYS01"


async def sample_credits(office: Actor, colleague: Actor, holder: Actor, second: Actor, buyer: Actor) -> None:
    """Issued, retired, transferred and set aside by two persons each, once."""
    if await public.list_batches(search=FOREST, limit=1):
        return
    batches = [
        await _issued(office, colleague, holder, year, tonnes, buffer)
        for year, tonnes, buffer in ((2024, 5000, 750), (2025, 3200, 480))
    ]
    used = await acts.draft_retirement(
        holder,
        purpose="large-event",
        beneficiary="示例城市半程马拉松",
        statement="抵销赛事期间交通与用电排放",
        batch_number=batches[0],
        quantity_t=120,
        key="sample-city-retirement",
    )
    await _approved(second, used)
    given = await acts.draft_transfer(
        holder,
        to_account_id=buyer.tenant_id,
        batch_number=batches[0],
        quantity_t=300,
        memo="示例协议转让",
        key="sample-city-transfer",
    )
    await _approved(second, given)
    await transfers.place_hold(
        holder,
        batch_number=batches[1],
        quantity_t=200,
        to_account_id=buyer.tenant_id,
        expires_at=datetime.now(UTC) + timedelta(days=30),
        memo="示例意向订单",
        key="sample-city-hold",
    )


async def _issued(
    office: Actor, colleague: Actor, holder: Actor, year: int, quantity_t: int, buffer_t: int
) -> int:
    draft = await acts.draft_issue(
        office,
        scheme="CQCER",
        project_code=FOREST,
        project_name="示例缙云山造林项目",
        vintage_year=year,
        holder_account_id=holder.tenant_id,
        quantity_t=quantity_t,
        buffer_t=buffer_t,
        source=f"示例核证决定〔{year + 1}〕1号",
        key=f"sample-city-credits-{year}",
    )
    result = await _approved(colleague, draft)
    return int(str(result["batch_number"]))


async def _approved(second: Actor, draft: Draft) -> dict[str, object]:
    if draft.state != "drafted":
        return draft.result
    return (await approvals.approve(second, draft_id=draft.id, digest=draft.digest)).result
