"""The life of credits through the API alone: two persons for every act, serial blocks, holds, and who wins a race."""

import asyncio
import csv
import io
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count

import pytest
import xlsxwriter

from accounts.identity import people
from accounts.registry.checks import broken_laws
from tests.conftest import Database
from tests.web.cast import PASSWORD, Cast, actor_named, entered, found_city
from tests.web.conftest import Visitor, trial_settings, visitor_of
from web.app import create_app

API = "/api/v1"


@dataclass
class House:
    """An organisation with the two people every act takes."""

    id: str
    first: Visitor
    second: Visitor
    keys: count = field(default_factory=count)

    async def send(self, path: str, *, key: str | None = None, **body):
        headers = {"Idempotency-Key": key or f"{self.id}-{next(self.keys)}"}
        return await self.first.post(f"{API}{path}", json=body, headers=headers)

    async def approve(self, draft: dict):
        return await self.second.post(
            f"{API}/approvals/{draft['id']}/approval", json={"digest": draft["digest"]}
        )

    async def act(self, path: str, **body) -> dict:
        """Draft by the first, approve by the second; the act's own result."""
        drafted = await self.send(path, **body)
        assert drafted.status_code == 201, drafted.text
        approved = await self.approve(drafted.json())
        assert approved.status_code == 201, approved.text
        return approved.json()["result"]

    async def tally(self, **query) -> dict:
        answer = await self.first.get(f"{API}/registry/account", params=query)
        assert answer.status_code == 200, answer.text
        total = answer.json()["total"]
        assert total["issued"] == sum(value for name, value in total.items() if name != "issued")
        return {name: value for name, value in total.items() if value and name != "issued"}


async def house(cast: Cast, enter, login: str, kind: str | None) -> House:
    home, actor = cast.authority.tenant_id, cast.authority
    if kind is not None:
        home = (await cast.organisation(kind, login)).id
        actor = await actor_named(login)
    await people.create_person(
        actor, login=f"{login}-2", name=f"Second of {login}", password=PASSWORD, role="member"
    )
    return House(str(home), await enter(login), await enter(f"{login}-2"))


@pytest.fixture
async def city(database: Database):
    async with AsyncExitStack() as stack:
        app = create_app(trial_settings(database.settings))

        async def enter(login: str) -> Visitor:
            return await entered(await stack.enter_async_context(visitor_of(app)), login)

        cast = await found_city()
        yield (
            await house(cast, enter, "authority", None),
            await house(cast, enter, "mill", "enterprise"),
            await house(cast, enter, "works", "enterprise"),
        )


ISSUE = {
    "scheme": "CQCER",
    "project_code": "CQ0001",
    "project_name": "林场造林",
    "vintage_year": 2025,
    "quantity_t": 1000,
    "buffer_t": 100,
    "source": "渝环函〔2026〕1号",
}


async def test_a_credit_from_issuance_to_certificate(city, database):
    office, mill, works = city
    issued = await office.act("/registry/issuances", holder_account_id=mill.id, **ISSUE)
    assert issued["serials"] == ["CQCER-CQ0001-2025-1-900", "CQCER-CQ0001-2025-901-1000"]
    assert await mill.tally() == {"held": 900}

    sent = await mill.act(
        "/registry/transfers", to_account_id=works.id, serials=["CQCER-CQ0001-2025-101-200"]
    )
    assert (sent["state"], sent["trusted"]) == ("pending", False)
    assert await mill.tally() == {"held": 800, "reserved": 100}
    aborted = await mill.send(f"/registry/transfers/{sent['transfer_id']}/abort", reason="写错了")
    assert aborted.json()["state"] == "aborted"
    assert await mill.tally() == {"held": 900}

    retired = await mill.act(
        "/registry/retirements",
        serials=["CQCER-CQ0001-2025-101-200"],
        purpose="large-event",
        beneficiary="重庆马拉松",
    )
    assert retired["serials"] == ["CQCER-CQ0001-2025-101-200"]
    stranger = mill.first.client
    stranger.cookies.clear()
    page = await stranger.get(f"{API}/registry/certificates/{retired['number']}")
    assert page.json()["beneficiary"] == "重庆马拉松"
    history = (await stranger.get(f"{API}/registry/serials/CQCER-CQ0001-2025-150")).json()
    assert history["lines"][0]["act"] == "issue"
    assert history["lines"][-1]["act"] == "retire"
    assert history["now"]["retired"] == 1
    (batch,) = (await stranger.get(f"{API}/registry/batches")).json()
    assert {name: value for name, value in batch["tally"].items() if value} == {
        "issued": 1000,
        "held": 800,
        "buffer": 100,
        "retired": 100,
    }
    download = await stranger.get(f"{API}/registry/retirements.csv")
    assert "CQCER-CQ0001-2025-101-200" in download.text
    assert await broken_laws(database.admin_url, database.settings) == []


async def test_holds_are_settled_in_parts_released_and_never_twice(city, database):
    office, mill, works = city
    await office.act("/registry/issuances", holder_account_id=mill.id, **ISSUE)
    placed = await mill.send(
        "/registry/holds", batch_number=1, quantity_t=50, to_account_id=works.id, key="h1"
    )
    assert placed.status_code == 201, placed.text
    again = await mill.send(
        "/registry/holds", batch_number=1, quantity_t=50, to_account_id=works.id, key="h1"
    )
    assert again.json() == placed.json()
    reused = await mill.send(
        "/registry/holds", batch_number=1, quantity_t=51, to_account_id=works.id, key="h1"
    )
    assert reused.status_code == 422
    assert await mill.tally() == {"held": 850, "reserved": 50}
    hold = placed.json()["id"]
    drafted = await mill.send(f"/registry/holds/{hold}/settlement", quantity_t=20)
    early = await mill.approve(drafted.json())
    assert early.status_code == 409  # the receiver is not trusted: its hour has not come
    ended = await mill.send(f"/registry/holds/{hold}/release", reason="未成交")
    assert (ended.json()["state"], ended.json()["remaining_t"]) == ("released", 0)
    twice = await mill.send(f"/registry/holds/{hold}/release")
    assert twice.status_code == 409
    assert await mill.tally() == {"held": 900}
    foreign = await works.send("/registry/holds", batch_number=1, quantity_t=1, to_account_id=mill.id)
    assert foreign.status_code == 409
    assert await broken_laws(database.admin_url, database.settings) == []


async def test_of_a_retirement_and_a_transfer_of_the_same_block_one_wins(city, database):
    office, mill, works = city
    await office.act("/registry/issuances", holder_account_id=mill.id, **ISSUE)
    for turn in range(5):
        serial = f"CQCER-CQ0001-2025-{turn * 10 + 1}-{turn * 10 + 10}"
        use = await mill.send(
            "/registry/retirements", serials=[serial], purpose="public-good", beneficiary="城市"
        )
        give = await mill.send("/registry/transfers", serials=[serial], to_account_id=works.id)
        answers = await asyncio.gather(mill.approve(use.json()), mill.approve(give.json()))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
    tally = await mill.tally()
    assert tally["held"] == 850
    assert tally.get("retired", 0) + tally.get("reserved", 0) == 50
    assert await broken_laws(database.admin_url, database.settings) == []


async def test_who_drafts_does_not_approve_and_strangers_see_nothing(city):
    office, mill, works = city
    await office.act("/registry/issuances", holder_account_id=mill.id, **ISSUE)
    drafted = (
        await mill.send(
            "/registry/retirements", batch_number=1, quantity_t=1, purpose="public-good", beneficiary="x"
        )
    ).json()
    alone = await mill.first.post(
        f"{API}/approvals/{drafted['id']}/approval", json={"digest": drafted["digest"]}
    )
    assert alone.status_code == 403
    assert (await works.approve(drafted)).status_code == 404
    changed = await mill.second.post(f"{API}/approvals/{drafted['id']}/approval", json={"digest": "0" * 64})
    assert changed.status_code == 409
    assert (await mill.send("/registry/issuances", holder_account_id=mill.id, **ISSUE)).status_code == 403
    assert (await mill.send("/registry/freezes", account_id=works.id, reason="x")).status_code == 403
    other = await works.first.get(f"{API}/registry/account", params={"account_id": mill.id})
    assert other.status_code == 403
    assert (await works.first.get(f"{API}/registry/blocks")).json() == []


HEADINGS = [
    "Issuance Date",
    "ID",
    "Name",
    "Country/Area",
    "Total Vintage Quantity",
    "Quantity Issued",
    "Serial Number",
]
HEADINGS += ["Retirement/Cancellation Date", "Retirement Beneficiary"]
ROWS = [
    ["15/03/2021", "2481", "Bamboo hills, phase 2", "China", "2,000", "1,500",
     "9001-1-1500-VCS-VCU-997-VER-CN-14-2481-01012019-31122019-0", "", ""],
    ["15/03/2021", "2481", "Bamboo hills, phase 2", "China", "2,000", "500",
     "9001-1501-2000-VCS-VCU-997-VER-CN-14-2481-01012019-31122019-0", "20/04/2022", "=cmd()"],
    ["15/03/2021", "2481", "Bamboo hills, phase 2", "China", "2,000", "7",
     "9002-1-8-VCS-VCU-997-VER-CN-14-2481-01012019-31122019-0", "", ""],
]  # fmt: skip


def as_csv() -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *ROWS])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_workbook() -> bytes:
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = workbook.add_worksheet("VCUs")
    for number, row in enumerate([HEADINGS, *ROWS]):
        sheet.write_row(number, 0, [cell.lstrip("=") for cell in row])
    workbook.close()
    return content.getvalue()


async def test_records_of_another_registry_come_in_once(city):
    office, _, _ = city
    for name, content, added in (("vcus.csv", as_csv(), 3), ("vcus.xlsx", as_workbook(), 0)):
        answer = await office.first.post(
            f"{API}/registry/imports",
            files={"file": (name, content)},
            headers={"Idempotency-Key": name},
        )
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert (told["rows"], told["added"], told["known"], told["refused"]) == (3, added, 3 - added, 1)
        (finding,) = told["findings"]
        assert (finding["row"], finding["code"]) == (4, "quantity-differs")
    found = (await office.first.get(f"{API}/registry/external", params={"kind": "retired"})).json()
    assert [(each["quantity"], each["dated_on"]) for each in found] == [(500, "2022-04-20")]
