from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import page, submit


async def test_the_published_series_is_proposed_accepted_and_drawn(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    before = await page(visitor, "/authority/rates?lang=en")
    assert "No rate is in force." in before.text
    proposed = await submit(visitor, "/authority/rates/published", {})
    assert "The values are proposed" in proposed.text
    accepted = await submit(visitor, "/authority/rates/accept-all", {})
    assert "Every value without a flag is accepted" in accepted.text
    assert "Loan prime rate in force" in accepted.headings


async def test_a_value_written_wrongly_is_told_at_its_field(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    fields = {"tenor": "1Y", "quoted_on": "2026-01-20", "percent": "3,00", "source": "PBoC"}
    found = await submit(visitor, "/authority/rates/propose?lang=en", fields)
    assert found.status == 422
    assert found.controls["percent"]["aria-invalid"] == "true"
    assert "percentage points with at most two decimals" in found.text


async def test_a_proposal_by_hand_waits_for_a_decision(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    fields = {"tenor": "1Y", "quoted_on": "2026-01-20", "percent": "3.00", "source": "PBoC announcement"}
    waiting = await submit(visitor, "/authority/rates/propose?lang=en", fields)
    assert "PBoC announcement" in waiting.text
    decide = next(action for action in waiting.actions if action.endswith("/decide"))
    declined = await submit(visitor, decide, {"decision": "decline", "note": ""})
    assert declined.status == 422
    assert "needs its reason" in declined.text
    declined = await submit(visitor, decide, {"decision": "decline", "note": "misread"})
    assert "is declined" in declined.text
