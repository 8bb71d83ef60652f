"""Pages about credits: what a person sees and can do, in both languages, and what strangers can check."""

import io

import pytest

from accounts.database.transactions import transaction
from accounts.registry import units
from tests.web.cast import actor_named, entered, found_city


@pytest.fixture
async def mill(database, visitor):
    """An enterprise signed in, with 900 credits, 100 in the authority's buffer, and one certificate."""
    cast = await found_city()
    made = await cast.organisation("enterprise", "mill", "两江纸业")
    async with transaction(tenant=cast.authority.tenant_id) as connection:
        await units.issue(
            connection,
            cast.authority,
            scheme="CQCER",
            project_id=None,
            project_code="CQ0001",
            project_name="缙云山造林",
            holder_tenant_id=made.id,
            vintage_year=2025,
            quantity_t=1000,
            buffer_t=100,
            source_kind="claim",
            source_id="c1",
            key="k",
        )
    actor = await actor_named("mill")
    async with transaction(tenant=made.id) as connection:
        used = await units.retire(
            connection,
            actor,
            picks=[units.Pick(1, 50)],
            purpose="large-event",
            beneficiary="=cmd|' /C calc'!A0",
            key="r",
        )
    return cast, await entered(visitor, "mill"), used


async def test_my_credits_show_every_state_and_any_day(mill):
    _, visitor, used = mill
    page = (await visitor.get("/credits?lang=en")).text
    assert "CQCER-CQ0001-2025" in page
    assert ">850<" in page
    assert used.number in page
    assert "No credits yet." in (await visitor.get("/credits?lang=en&on=2020-01-01")).text
    blocks = (await visitor.get("/credits/batches/1")).text
    assert "CQCER-CQ0001-2025-51-900" in blocks
    assert (await visitor.get("/credits/batches/77")).status_code == 200


@pytest.mark.parametrize("act", ["transfer", "retire", "cancel", "hold"])
async def test_each_act_has_its_form(mill, act):
    _, visitor, _ = mill
    page = await visitor.get(f"/credits/{act}/new?lang=en")
    assert page.status_code == 200
    assert "Which credits" in page.text


async def test_a_retirement_is_drafted_and_leads_to_its_draft(mill):
    _, visitor, _ = mill
    form = {
        "key": "1",
        "batch_number": "1",
        "quantity_t": "10",
        "purpose": "public-good",
        "beneficiary": "全市",
    }
    answer = await visitor.post("/credits/retire/new", data={**form, "csrf_token": visitor.csrf_token})
    assert answer.status_code == 303
    draft = (await visitor.get(answer.headers["location"])).text
    assert "壹拾吨" in draft
    wrong = await visitor.post(
        "/credits/retire/new",
        data={**form, "key": "2", "quantity_t": "5000", "csrf_token": visitor.csrf_token},
    )
    assert wrong.status_code == 409
    assert 'aria-invalid="true"' in wrong.text


async def test_holds_and_limits_and_trust_work_from_their_pages(mill):
    cast, visitor, _ = mill
    other = await cast.organisation("enterprise", "works", "渝江机械")
    send = {"csrf_token": visitor.csrf_token}
    form = {**send, "key": "h", "batch_number": "1", "quantity_t": "10", "to_account": str(other.id)}
    placed = await visitor.post("/credits/hold/new", data=form)
    assert placed.status_code == 303, placed.text
    assert "渝江机械" in (await visitor.get("/credits")).text
    trust = await visitor.post("/credits/trusted", data={**send, "key": "t", "account": str(other.id)})
    assert trust.headers["location"].startswith("/approvals/")
    lower = await visitor.post(
        "/credits/limits", data={**send, "key": "l", "per_transfer_t": "5", "per_day_t": ""}
    )
    assert lower.headers["location"] == "/credits/trusted?done=limits-set"
    higher = await visitor.post(
        "/credits/limits", data={**send, "key": "m", "per_transfer_t": "9", "per_day_t": ""}
    )
    assert higher.headers["location"].startswith("/approvals/")


async def test_strangers_check_a_certificate_on_its_page_and_on_paper(mill, visitors):
    _, _, used = mill
    stranger = visitors()
    for name in (used.number, str(used.id)):
        page = await stranger.get(f"/certificates/{name}?lang=en")
        assert page.status_code == 200
        assert "CQCER-CQ0001-2025-1-50" in page.text
        assert "fifty tonnes" in page.text
    code = await stranger.get(f"/certificates/{used.number}.svg")
    assert code.headers["content-type"].startswith("image/svg+xml")
    paper = await stranger.get(f"/certificates/{used.number}.pdf")
    assert paper.content.startswith(b"%PDF-")
    assert (await stranger.get("/certificates/CQCER-R-2026-99999999")).status_code == 404


async def test_the_public_register_shows_all_and_downloads_are_safe_to_open(mill, visitors):
    _, _, used = mill
    stranger = visitors()
    register = (await stranger.get("/register/credits?lang=en&search=cq0001")).text
    assert "CQCER-CQ0001-2025-1-1000" in register
    assert used.number in (await stranger.get("/register/retirements?lang=en")).text
    life = (await stranger.get("/register/serials?lang=en&serial=CQCER-CQ0001-2025-50")).text
    assert "retired" in life
    assert (await stranger.get("/register/serials?serial=nonsense")).status_code == 422
    assert (await stranger.get("/register/external")).status_code == 200
    csv = (await stranger.get("/api/v1/registry/retirements.csv")).content
    assert b"'=cmd|" in csv


async def test_the_authority_keeps_the_register_from_one_page(mill, visitors):
    cast, visitor, _ = mill
    office = await entered(visitors(), "authority")
    send = {"csrf_token": office.csrf_token}
    page = await office.get("/authority/credits?lang=en")
    assert page.status_code == 200
    frozen = await office.post(
        "/authority/credits/freeze",
        data={**send, "key": "f", "freeze_serial": "CQCER-CQ0001-2025-60-69", "reason": "核查"},
    )
    assert frozen.status_code == 303, frozen.text
    assert "frozen" in (await visitor.get("/credits?lang=en")).text
    heads = "Serial Number,Quantity Issued\n"
    rows = "9001-1-500-VCS-VCU-997-VER-CN-14-2481-01012019-31122019-0,500\nnonsense,1\n"
    loaded = await office.post(
        "/authority/credits/import",
        data=send,
        files={"file": ("vcus.csv", io.BytesIO((heads + rows).encode()))},
    )
    assert "nonsense" in loaded.text
    assert (await visitor.get("/authority/credits")).status_code == 403
    assert cast
