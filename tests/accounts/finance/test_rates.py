from datetime import date
from decimal import Decimal

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.finance import rates
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from methodologies.finance.lpr import Quote, Tenor, published
from tests.accounts.identity.people_of_the_city import actor_in

AUGUST = date(2026, 8, 20)


@pytest.fixture
async def office(database):
    return await actor_in("authority", name="市财政局")


async def propose(office, *quotes):
    async with transaction(tenant=office.tenant_id) as connection:
        return await rates.propose_rates(
            connection, quotes=quotes, source="test", address="https://example.org"
        )


async def in_force(office, day, tenor=Tenor.ONE_YEAR):
    async with transaction(tenant=office.tenant_id, readonly=True) as connection:
        return await rates.lpr_at(connection, day=day, tenor=tenor)


async def test_the_shipped_series_is_proposed_accepted_and_used_by_date(office):
    proposed = await rates.propose_published(office)
    assert (proposed.new, proposed.flagged, proposed.known) == (170, 0, 0)
    with pytest.raises(Problem, match="No accepted loan prime rate of 1Y is in force on 2026-08-20"):
        await in_force(office, AUGUST)
    assert await rates.accept_unflagged(office) == 170
    assert (await in_force(office, date(2025, 5, 19))).percent == Decimal("3.10")
    assert (await in_force(office, date(2025, 5, 20))).percent == Decimal("3.00")
    assert await in_force(office, date(2026, 11, 22), Tenor.FIVE_YEARS) == Quote(
        AUGUST, Tenor.FIVE_YEARS, Decimal("3.50")
    )
    again = await rates.propose_published(office)
    assert (again.new, again.known) == (0, 170)


async def test_a_value_that_moves_too_far_waits_for_a_note(office):
    await propose(office, *published())
    await rates.accept_unflagged(office)
    wild = Quote(date(2026, 9, 21), Tenor.ONE_YEAR, Decimal("2.50"))
    assert (await propose(office, wild)).flagged == 1
    assert await rates.accept_unflagged(office) == 0
    (rate,) = await rates.list_rates(office, state="proposed")
    assert (rate.flag, rate.value_before) == ("moves-far", Decimal("3.00"))
    with pytest.raises(Problem, match=r"departs from 3\.00 %; check it at its source"):
        await rates.accept_rate(office, rate_id=rate.id, note="  ")
    assert (await in_force(office, date(2026, 9, 21))).percent == Decimal("3.00")
    accepted = await rates.accept_rate(
        office, rate_id=rate.id, note="Checked with the notice of 21 September."
    )
    assert (accepted.state, accepted.decided_by_name) == ("accepted", "Somebody")
    assert (await in_force(office, date(2026, 9, 21))).percent == Decimal("2.50")


async def test_another_value_for_a_known_day_is_flagged_and_the_one_accepted_last_holds(office):
    await propose(office, Quote(AUGUST, Tenor.ONE_YEAR, Decimal("3.00")))
    await rates.accept_unflagged(office)
    assert (await propose(office, Quote(AUGUST, Tenor.ONE_YEAR, Decimal("2.95")))).flagged == 1
    (rate,) = await rates.list_rates(office, state="proposed")
    assert rate.flag == "differs"
    await rates.accept_rate(office, rate_id=rate.id, note="The first was a misprint.")
    assert (await in_force(office, AUGUST)).percent == Decimal("2.95")


async def test_a_rejected_value_is_never_in_force_and_not_proposed_again(office):
    await propose(office, Quote(AUGUST, Tenor.ONE_YEAR, Decimal("3.00")))
    (rate,) = await rates.list_rates(office)
    with pytest.raises(Problem, match="needs its reason"):
        await rates.reject_rate(office, rate_id=rate.id, note="")
    await rates.reject_rate(office, rate_id=rate.id, note="Not published.")
    with pytest.raises(Conflict, match="was rejected before"):
        await rates.accept_rate(office, rate_id=rate.id)
    assert (await propose(office, Quote(AUGUST, Tenor.ONE_YEAR, Decimal("3.00")))).new == 0
    with pytest.raises(Problem, match="No accepted"):
        await in_force(office, AUGUST)


async def test_only_an_authority_decides_and_everybody_reads(office):
    await propose(office, Quote(AUGUST, Tenor.ONE_YEAR, Decimal("3.00")))
    bank = await actor_in("bank")
    (rate,) = await rates.list_rates(bank)
    for refused in (
        rates.accept_rate(bank, rate_id=rate.id),
        rates.accept_unflagged(bank),
        rates.propose_published(bank),
        rates.propose_by_hand(bank, tenor="1Y", quoted_on=AUGUST, percent=Decimal(3), source="x"),
    ):
        with pytest.raises(NotPermitted):
            await refused
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await propose(bank, Quote(date(2026, 7, 20), Tenor.ONE_YEAR, Decimal("3.00")))
    with pytest.raises(NotFound):
        await rates.accept_rate(office, rate_id=new_id())


async def test_a_value_by_hand_needs_source_tenor_and_sense(office):
    with pytest.raises(Problem, match="no tenor"):
        await rates.propose_by_hand(
            office, tenor="3Y", quoted_on=AUGUST, percent=Decimal("3.00"), source="PBoC"
        )
    with pytest.raises(Problem, match="Say where"):
        await rates.propose_by_hand(office, tenor="1Y", quoted_on=AUGUST, percent=Decimal("3.00"), source=" ")
    with pytest.raises(Problem, match="outside the possible"):
        await rates.propose_by_hand(
            office, tenor="1Y", quoted_on=AUGUST, percent=Decimal("NaN"), source="PBoC"
        )
    proposed = await rates.propose_by_hand(
        office, tenor="5Y", quoted_on=AUGUST, percent=Decimal("3.50"), source="PBoC"
    )
    assert proposed.new == 1


async def test_rates_and_decisions_are_added_and_never_changed(office, database):
    await propose(office, Quote(AUGUST, Tenor.ONE_YEAR, Decimal("3.00")))
    await rates.accept_unflagged(office)
    async with database.as_superuser() as admin:
        for table in ("finance_rate", "finance_rate_decision"):
            with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
                await admin.execute(f"delete from {table}")
