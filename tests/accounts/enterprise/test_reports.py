"""One account in several forms: nothing is lost, nothing counts twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.enterprise.account import read_account
from accounts.enterprise.reports import Emitted, filled, forms, guide_form, read_report
from accounts.enterprise.submissions import submit_file
from carbon.errors import NotFound
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.guides import SECTOR_GUIDES
from tests.accounts.enterprise.conftest import csv

ALL_FORMS = [*forms().values(), *(guide_form(number) for number in SECTOR_GUIDES)]


def places(form, source, item):
    return [line.number for line in form.lines if line.takes(source, item)]


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: f"{form.id} {form.name.en}")
def test_every_kind_of_source_stands_in_exactly_one_line(form):
    for source, entry in SOURCES.items():
        for item in entry.items or [""]:
            assert len(places(form, source, item)) == 1, (source, item)


KINDS = [(source, item) for source, entry in SOURCES.items() for item in (entry.items or [""])]
emitted = st.builds(
    lambda kind, gas, mg: Emitted(1, kind[0], kind[1], "", gas, mg),
    st.sampled_from(KINDS),
    st.sampled_from(["CO2", "CH4", "N2O", "SF6", "CO2_biogenic"]),
    st.integers(-(10**15), 10**15),
)


@given(st.lists(emitted, max_size=20))
def test_the_total_of_every_form_is_the_same(rows):
    totals = {filled(form, rows, "AR5")[1] for form in ALL_FORMS}
    assert len(totals) == 1


async def test_a_report_adds_up_to_the_account_and_shows_both_methods_of_scope_two(enterprise):
    rows = (
        "2025-01,南厂,固定燃烧,天然气,1000,立方米,A",
        "2025-02,南厂,外购电力,电力,30,MWh,B",
        "2025-03,南厂,制冷剂泄漏,HFC-134a,2,kg,C",
    )
    await submit_file(enterprise, file_name="a.csv", content=csv(*rows))
    account = await read_account(enterprise, enterprise_id=enterprise.tenant_id, year=2025)
    for form in forms():
        report = await read_report(enterprise, enterprise_id=enterprise.tenant_id, year=2025, form=form)
        assert report.total_mg == account.co2e_mg > 0
    assert report.scope_2 == {}
    protocol = await read_report(
        enterprise, enterprise_id=enterprise.tenant_id, year=2025, form="ghg-protocol"
    )
    assert protocol.scope_2 == account.scope_2
    assert set(protocol.by_gas) >= {"CO2", "HFC134a"}


async def test_a_sector_guides_report_tells_what_lies_outside_the_guide(enterprise, bank):
    rows = ("2025-01,南厂,固定燃烧,天然气,1000,立方米,A", "2025-03,南厂,制冷剂泄漏,HFC-134a,2,kg,C")
    await submit_file(enterprise, file_name="a.csv", content=csv(*rows))
    asked = {"enterprise_id": enterprise.tenant_id, "year": 2025, "form": "guide-05"}
    report = await read_report(enterprise, **asked)
    outside = report.lines[-1]
    assert outside.name_en == "Sources outside the guide"
    assert outside.gases == {"HFC134a": 2_000_000}
    with pytest.raises(NotFound):
        await read_report(bank, **asked)
    for unknown in ("unknown", "guide-99"):
        with pytest.raises(NotFound):
            await read_report(enterprise, **{**asked, "form": unknown})
