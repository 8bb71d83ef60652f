"""The page on which a layman checks a certificate."""

import pytest

from accounts.database.transactions import transaction
from accounts.transparency import log
from carbon.identifiers import new_id
from tests.accounts.transparency.books import post, sequenced

SERIAL = "CQCER-CQ0012-2025-1-50"


@pytest.fixture
async def retired(database):
    async with transaction(tenant=new_id()) as connection:
        await log.submit(connection, "credit.issuance", {"serial": SERIAL}, number=SERIAL)
        await log.submit(
            connection, "credit.retirement", {"serials": [SERIAL], "number": "C-7"}, number="C-7"
        )
    await post(new_id(), 3)
    await sequenced(database)


async def page(visitor, query="", language="en"):
    answer = await visitor.get(f"/log?lang={language}{query}")
    return answer.status_code, answer.text


async def test_a_certificate_is_shown_to_be_real_and_used_once(visitor, retired):
    status, text = await page(visitor, "&number=C-7")
    assert status == 200
    assert "Real, and used once" in text
    assert "The proof in 3 steps" in text
    assert "agrees" in text
    assert "does not agree" not in text


async def test_a_serial_that_was_used_twice_is_not_called_good(visitor, retired, database):
    async with transaction(tenant=new_id()) as connection:
        await log.submit(connection, "credit.cancellation", {"serials": ["CQCER-CQ0012-2025-50-50"]})
    await sequenced(database)
    _, text = await page(visitor, f"&number={SERIAL}")
    assert "Not every tonne of these numbers was issued once and used once" in text


async def test_numbers_not_used_yet_are_said_to_be_so(visitor, database):
    async with transaction(tenant=new_id()) as connection:
        await log.submit(connection, "credit.issuance", {"serial": SERIAL}, number=SERIAL)
    await sequenced(database)
    _, text = await page(visitor, "&number=CQCER-CQ0012-2025-3-4")
    assert "have not been used yet" in text


async def test_a_changed_record_is_called_changed(visitor, retired, database):
    async with database.as_superuser() as admin:
        await admin.execute("alter table transparency_leaf disable trigger all")
        await admin.execute(
            """update transparency_leaf set content = replace(encode(content, 'escape'), 'C-7', 'C-8')::bytea
                where kind = 'credit.retirement'"""
        )
    _, text = await page(visitor, "&number=C-7")
    assert "this record was changed after it was signed" in text
    assert "does not agree" in text


async def test_whatever_is_asked_the_page_answers(visitor, retired):
    for query in ("", "&number=C-8", "&leaf=1", "&leaf=99", "&leaf=x", "&number=" + "9" * 300):
        status, text = await page(visitor, query, "zh")
        assert status in {200, 404}, query
        assert "<h1>" in text


async def test_an_empty_log_says_when_it_begins(visitor, database):
    status, text = await page(visitor)
    assert status == 200
    assert "No signed head yet" in text


async def test_the_checking_program_is_one_file_that_imports_nothing_of_ours(visitor, database):
    answer = await visitor.get("/log/verify_log.py")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    imports = [line.split()[1] for line in answer.text.splitlines() if line.startswith(("import ", "from "))]
    assert set(imports) <= {
        "__future__",
        "argparse",
        "base64",
        "hashlib",
        "json",
        "re",
        "sys",
        "pathlib",
        "typing",
    }
