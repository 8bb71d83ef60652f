"""From the register through the log: a certificate's tonnes were issued once and used once, and anybody sees it."""

from accounts.transparency import reading, uses
from accounts.transparency.checks import check_log
from accounts.transparency.signing import read_note
from carbon import merkle
from tests.accounts.registry.register import pick, register
from tests.accounts.transparency.books import KEY, sequenced


async def test_a_certificate_of_the_register_is_real_and_its_tonnes_used_once(database):
    city = await register()
    blocks = await city.issue(1000, buffer_t=100)
    first = await city.retire(city.mill, pick(blocks, 50))
    second = await city.retire(city.mill, pick(blocks, 70))
    await sequenced(database)
    for retired in (first, second):
        [leaf] = await reading.find_leaves(number=retired.number)
        assert (leaf.kind, uses.serials_in(leaf)) == ("credit.retirement", tuple(retired.serials))
        proof = await reading.prove_leaf(index=leaf.index)
        path = [bytes.fromhex(one) for one in proof.path]
        said = read_note(proof.head.note, KEY.public)
        hashed = merkle.leaf_hash(leaf.content.encode())
        assert merkle.verify_inclusion(hashed, leaf.index, said.size, path, said.root)
        used = await uses.read_uses(retired.serials)
        assert used.once
        assert [one.index for one in used.used] == [leaf.index]
    both = await uses.read_uses(["CQCER-CQ0001-2025-1-120"])
    assert both.once
    more = await uses.read_uses(["CQCER-CQ0001-2025-1-121"])
    assert (more.once, len(more.issued), len(more.used)) == (False, 1, 2)


async def test_every_act_on_credits_leaves_a_sound_log(database):
    city = await register()
    blocks = await city.issue(500)
    await city.retire(city.mill, pick(blocks, 5))
    done = await sequenced(database)
    async with database.as_superuser() as admin:
        found = await check_log(admin, public_key=KEY.public)
    assert (found.broken, found.leaves, found.waiting) == ([], done.size, 0)
