"""The public log from outside, and the stand-alone verifier on what it answers: a stranger needs nothing of ours."""

import base64
import json
import runpy
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.database.transactions import transaction
from accounts.transparency import log
from accounts.transparency.signing import read_note, verification_key
from carbon.identifiers import new_id
from tests.accounts.transparency.books import KEY, NOON, post, sequenced
from tests.web.cast import PASSWORD, found_city

VERIFIER = Path(__file__).parents[2] / "web" / "static" / "verify_log.py"
KEY_LINE = verification_key(KEY.name, KEY.public)
API = "/api/v1/log"
ISSUED, RETIRED = "CQCER-CQ0012-2025-1-500", "CQCER-CQ0012-2025-101-150"


@pytest.fixture
async def credit_leaves(database):
    """An issuance and a retirement of part of it, in the log with a few entries of books."""
    tenant = new_id()
    async with transaction(tenant=tenant) as connection:
        await log.submit(connection, "credit.issuance", {"serial": ISSUED, "quantity_t": 500}, number=ISSUED)
        await log.submit(
            connection,
            "credit.retirement",
            {"number": "CERT-1", "serials": [RETIRED], "quantity_t": 50, "beneficiary": "示例公司"},
            number="CERT-1",
        )
    await post(tenant, 5)
    await sequenced(database)
    return tenant


async def answer(visitor, path):
    got = await visitor.get(API + path)
    assert got.status_code == 200, got.text
    return got.json()


def verify(tmp_path, verb, content, *more, key=KEY_LINE):
    """The verifier as a stranger runs it, without site packages and without this repository on its path."""
    file = tmp_path / "asked.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    keyed = ["--key", key] if verb in {"inclusion", "consistency", "head", "export"} else []
    done = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, verb, *map(str, more), file, *keyed],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    return done.returncode, done.stdout


async def test_a_certificate_is_proved_to_a_stranger_who_trusts_only_the_key(
    visitor, credit_leaves, tmp_path
):
    [leaf] = await answer(visitor, "/search?number=CERT-1")
    proof = await answer(visitor, f"/proofs/inclusion?index={leaf['index']}")
    code, said = verify(tmp_path, "inclusion", proof)
    assert (code, said.splitlines()[-1]) == (0, "OK")
    assert "示例公司" in said
    forged = json.loads(json.dumps(proof).replace("\\u793a", "\\u5047"))
    assert forged != proof
    code, said = verify(tmp_path, "inclusion", forged)
    assert code == 1
    assert "does not stand in the tree" in said


async def test_another_key_a_changed_head_and_a_cut_path_are_refused(visitor, credit_leaves, tmp_path):
    proof = await answer(visitor, "/proofs/inclusion?index=1")
    other = verification_key(KEY.name, base64.b64decode("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="))
    assert verify(tmp_path, "inclusion", proof, key=other)[0] == 1
    note = proof["head"]["note"].replace("\n8\n", "\n9\n")
    assert note != proof["head"]["note"]
    assert verify(tmp_path, "inclusion", {**proof, "head": {"note": note}})[0] == 1
    assert verify(tmp_path, "inclusion", {**proof, "path": proof["path"][:-1]})[0] == 1
    assert verify(tmp_path, "inclusion", {"nothing": 1})[0] == 2


async def test_growth_is_proved_from_an_old_head_and_a_rewritten_one_is_not(
    visitor, database, credit_leaves, tmp_path
):
    old = (await visitor.get(f"{API}/head.txt")).text
    assert verify(tmp_path, "head", old)[0] == 0
    await post(credit_leaves, 9, "later")
    await sequenced(database, now=NOON + timedelta(minutes=1))
    proof = await answer(visitor, "/proofs/consistency?first=8")
    assert (proof["first"]["note"], proof["second"]["size"]) == (old, 17)
    assert verify(tmp_path, "consistency", proof)[0] == 0
    first = KEY.sign(replace(read_note(proof["first"]["note"], KEY.public), root=bytes(32)))
    code, said = verify(tmp_path, "consistency", {**proof, "first": {"note": first}})
    assert code == 1
    assert "rewritten" in said


async def test_the_owner_opens_a_commitment_and_nobody_else(visitors, database, tmp_path):
    cast = await found_city()
    firm = await cast.organisation("enterprise", "firm")
    document = b"meter readings of January"
    async with transaction(tenant=firm.id) as connection:
        evidence = await log.submit(connection, "evidence", document)
    await sequenced(database)
    owner, stranger = visitors(), visitors()
    await owner.sign_in("firm", PASSWORD)
    await stranger.sign_in("authority", PASSWORD)
    assert (await stranger.get(f"{API}/openings/{evidence}")).status_code == 404
    assert (await visitors().get(f"{API}/openings/{evidence}")).status_code == 401
    assert (await stranger.get(f"{API}/search?object_id={evidence}")).json() == []
    [opening] = await answer(owner, f"/openings/{evidence}")
    assert (await answer(owner, f"/search?object_id={evidence}"))[0]["index"] == opening["leaf"]["index"]
    assert verify(tmp_path, "opening", opening)[0] == 0
    (tmp_path / "a.pdf").write_bytes(document)
    assert verify(tmp_path, "evidence", opening, tmp_path / "a.pdf")[0] == 0
    (tmp_path / "a.pdf").write_bytes(document + b".")
    code, said = verify(tmp_path, "evidence", opening, tmp_path / "a.pdf")
    assert code == 1
    assert "SHA-256" in said
    assert verify(tmp_path, "opening", {**opening, "content": opening["content"] + " "})[0] == 1


async def exported(visitor):
    leaves = await answer(visitor, "/leaves?limit=200")
    heads = await answer(visitor, "/heads")
    lines = [json.dumps({"index": one["index"], "content": one["content"]}) for one in leaves]
    return "\n".join([*lines, *(json.dumps({"head": one["note"]}) for one in heads)])


async def test_the_whole_log_is_checked_with_every_use_of_every_credit(
    visitor, database, credit_leaves, tmp_path
):
    old = tmp_path / "old-head.txt"
    old.write_text((await visitor.get(f"{API}/head.txt")).text, "utf-8")
    text = await exported(visitor)
    code, said = verify(tmp_path, "export", text, "--head", old)
    assert code == 0, said
    assert "500 t issued, 50 t retired or cancelled" in said
    without = "\n".join(line for line in text.split("\n") if '"index": 3' not in line)
    assert verify(tmp_path, "export", without)[0] == 1
    more = text.replace('quantity_t\\":50,', 'quantity_t\\":51,')
    assert more != text
    assert verify(tmp_path, "export", more)[0] == 1
    async with transaction(tenant=credit_leaves) as connection:
        await log.submit(connection, "credit.cancellation", {"serials": ["CQCER-CQ0012-2025-150-151"]})
    await sequenced(database, now=NOON + timedelta(minutes=1))
    code, said = verify(tmp_path, "export", await exported(visitor), "--head", old)
    assert code == 1
    assert "CQCER-CQ0012-2025-150-150 was used twice" in said


async def test_what_the_log_says_about_numbers(visitor, database, credit_leaves):
    used = await answer(visitor, f"/uses?serial={RETIRED}")
    assert used["once"]
    assert [leaf["kind"] for leaf in used["issued"] + used["used"]] == [
        "credit.issuance",
        "credit.retirement",
    ]
    assert not (await answer(visitor, f"/uses?serial={ISSUED}"))["once"]
    unused = await answer(visitor, "/uses?serial=CQCER-CQ0012-2025-200-210")
    assert (len(unused["issued"]), unused["used"], unused["once"]) == (1, [], False)
    other = await answer(visitor, "/uses?serial=CQCER-CQ0012-2024-101-150")
    assert (other["issued"], other["used"]) == ([], [])
    async with transaction(tenant=credit_leaves) as connection:
        await log.submit(connection, "credit.cancellation", {"serials": [RETIRED]})
    await sequenced(database)
    assert not (await answer(visitor, f"/uses?serial={RETIRED}"))["once"]


async def test_what_is_not_there_is_said_to_be_so(visitor, credit_leaves):
    for path, status in [
        ("/leaves/99", 404),
        ("/leaves/99999999999999999999999", 404),
        ("/proofs/inclusion?index=99", 404),
        ("/proofs/inclusion?index=1&size=5", 404),
        ("/proofs/inclusion?index=-1", 422),
        ("/proofs/consistency?first=0", 422),
        ("/proofs/consistency?first=9", 422),
        ("/proofs/consistency?first=3", 404),
        ("/search?hash=zz", 422),
    ]:
        assert (await visitor.get(API + path)).status_code == status, path
    assert await answer(visitor, "/search") == []
    assert await answer(visitor, "/uses?serial=nonsense") == {
        "serials": ["nonsense"], "issued": [], "used": [], "once": False
    }  # fmt: skip


async def test_the_verifier_agrees_with_rfc_8032(tmp_path):
    """The first three test vectors of RFC 8032, 7.1, and each with one bit changed."""
    good = runpy.run_path(str(VERIFIER))["signature_is_good"]
    vectors = [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            "",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            "72",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            "af82",
        ),
    ]
    for public, signature, message in (map(bytes.fromhex, one) for one in vectors):
        assert good(public, signature, message)
        assert not good(public, signature, message + b"x")
        assert not good(public, bytes([signature[0] ^ 1]) + signature[1:], message)
        assert not good(public, signature[:32] + bytes(32), message)
