"""A citizen joins and signs in by phone in the browser."""

import re

import pytest

ORIGIN = {"Origin": "http://127.0.0.1"}
PHONE = "13800000001"


@pytest.fixture(autouse=True)
def trial(monkeypatch):
    monkeypatch.setenv("CARBON_LOCAL_TRIAL", "1")


async def sent(visitor, path, **fields):
    return await visitor.client.post(f"{path}?lang=en", data=fields, headers=ORIGIN)


def hidden(page):
    return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', page))


def codes(page):
    return re.findall(r'<span class="code">(\d{6})</span>', page)


async def joined(visitor, phone=PHONE, **more):
    page = (await sent(visitor, "/join/code", phone=phone)).text
    [code] = codes(page)
    return await sent(visitor, "/join", **hidden(page), code=code, agree="yes", **more)


async def test_two_steps_and_a_citizen_is_in(visitor, database):
    answer = await joined(visitor, name="Lin <b>")
    assert answer.status_code == 303
    page = (await visitor.get(answer.headers["location"])).text
    assert "Lin &lt;b&gt;" in page
    assert (await visitor.get("/join")).status_code == 303


async def test_without_agreeing_there_is_no_account(visitor, database):
    page = (await sent(visitor, "/join/code", phone=PHONE)).text
    answer = await sent(visitor, "/join", **hidden(page), code=codes(page)[0])
    assert answer.status_code == 422
    assert "agree to it" in answer.text
    again = await sent(visitor, "/join", **hidden(answer.text), code=codes(page)[0], agree="yes")
    assert again.status_code == 303


async def test_a_wrong_code_keeps_what_was_entered_but_the_code(visitor, database):
    page = (await sent(visitor, "/join/code", phone=PHONE)).text
    answer = await sent(visitor, "/join", **hidden(page), code="12345", agree="yes", name="Lin")
    assert answer.status_code == 401
    assert 'value="Lin"' in answer.text
    assert "12345" not in answer.text


async def test_a_child_joins_with_a_guardians_code(visitor, database):
    page = (await sent(visitor, "/join/code", phone=PHONE, child="yes", guardian_phone="13900000001")).text
    own, guardians = codes(page)
    answer = await sent(
        visitor, "/join", **hidden(page), code=own, agree="yes", birth_year="2016", guardian_name="Ms Lin",
        guardian_code=guardians,
    )  # fmt: skip
    assert answer.status_code == 303


async def test_a_strange_number_reads_the_same_page_as_a_known_one(visitors, database):
    assert (await joined(visitors())).status_code == 303
    known = await sent(visitors(), "/sign-in/phone/code", phone=PHONE)
    strange = await sent(visitors(), "/sign-in/phone/code", phone="13900000009")
    [code] = codes(known.text)
    without = re.sub(r'<div class="notice" role="status">.*?</div>', "", known.text, flags=re.DOTALL)
    same = [re.sub(r'\s+|value="[0-9a-f-]{36}"|1[0-9]{10}', "", text) for text in (without, strange.text)]
    assert same[0] == same[1]
    entered = await sent(visitors(), "/sign-in/phone", **hidden(known.text), code=code)
    assert entered.status_code == 303
    refused = await sent(visitors(), "/sign-in/phone", **hidden(strange.text), code="123456")
    assert refused.status_code == 401


async def test_outside_a_trial_no_page_tells_the_code(visitor, database, monkeypatch):
    monkeypatch.setenv("CARBON_LOCAL_TRIAL", "0")
    assert codes((await sent(visitor, "/join/code", phone=PHONE)).text) == []


async def test_a_number_that_is_none_is_told_at_its_field(visitor, database):
    answer = await sent(visitor, "/join/code", phone="12345")
    assert answer.status_code == 422
    assert "eleven digits" in answer.text
