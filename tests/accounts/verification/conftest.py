from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from accounts.enterprise.submissions import submit_file
from accounts.identity.permissions import OrganisationKind
from accounts.verification.cases import assign_verifier
from accounts.verification.rounds import open_round
from tests.accounts.enterprise.conftest import csv, member_of

ROWS = [
    *(f"2025-{month:02},南厂,固定燃烧,天然气,{1000 + month},立方米,FP-{month}" for month in range(1, 13)),
    *(f"2025-{month:02},南厂,外购电力,电力,{20 + month},MWh," for month in range(1, 13)),
]


async def ordered(authority, *, year=2025, longest=3, materiality="5"):
    return await open_round(
        authority,
        year=year,
        gwp_set="AR5",
        assurance="reasonable",
        materiality_percent=Decimal(materiality),
        longest_years_in_a_row=longest,
        submit_by_on=date(year + 1, 3, 31),
        verify_by_on=date(2099, 6, 30),
    )


@pytest.fixture
async def cast(database):
    """An enterprise with a year of activities, its verifier, the authority, and a stranger of each kind."""
    people = SimpleNamespace(
        enterprise=await member_of(OrganisationKind.ENTERPRISE, "山城机械"),
        other_enterprise=await member_of(OrganisationKind.ENTERPRISE, "江北化工"),
        verifier=await member_of(OrganisationKind.VERIFIER, "西南核查"),
        other_verifier=await member_of(OrganisationKind.VERIFIER, "渝州认证"),
        authority=await member_of(OrganisationKind.AUTHORITY, "重庆市生态环境局"),
        bank=await member_of(OrganisationKind.BANK, "山城银行"),
    )
    await submit_file(people.enterprise, file_name="2025.csv", content=csv(*ROWS))
    await ordered(people.authority)
    people.case = await assign_verifier(
        people.authority,
        enterprise_id=people.enterprise.tenant_id,
        year=2025,
        verifier_id=people.verifier.tenant_id,
    )
    return people
