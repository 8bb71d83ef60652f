"""The Merkle tree of RFC 9162: against a plain transcription of its definition, known answers, and forgeries."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon import merkle

# Leaves and roots published with certificate-transparency-go's merkle tests (RFC 6962 hasher), sizes 0 to 8.
KNOWN_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined_root(entries):
    """RFC 9162, 2.1.1, as it is written."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + defined_root(entries[:k]) + defined_root(entries[k:])).digest()


def defined_path(index, entries):
    """RFC 9162, 2.1.3.1, as it is written."""
    if len(entries) == 1:
        return []
    k = 1
    while k * 2 < len(entries):
        k *= 2
    if index < k:
        return [*defined_path(index, entries[:k]), defined_root(entries[k:])]
    return [*defined_path(index - k, entries[k:]), defined_root(entries[:k])]


def numbered(size):
    return [b"entry %d" % number for number in range(size)]


def nodes_of(entries):
    return lambda level, index: defined_root(entries[index << level : (index + 1) << level])


def inclusion(index, entries):
    return merkle.proof(merkle.inclusion_ranges(index, len(entries)), nodes_of(entries))


def consistency(first, entries):
    return merkle.proof(merkle.consistency_ranges(first, len(entries)), nodes_of(entries))


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_others_compute(size):
    assert merkle.root_of(KNOWN_LEAVES[:size]).hex() == KNOWN_ROOTS[size]


@given(st.lists(st.lists(st.binary(max_size=5), max_size=9), max_size=9))
def test_growing_in_batches_gives_the_defined_root_and_every_full_subtree(batches):
    tree, entries = merkle.Frontier(), []
    for batch in batches:
        old = len(entries)
        entries += batch
        for level, hashes in enumerate(tree.extend(batch)):
            for index, found in enumerate(hashes, old >> level):
                assert found == nodes_of(entries)(level, index)
        assert (tree.size, tree.root()) == (len(entries), defined_root(entries))
        assert merkle.Frontier.of_stack(tree.size, tree.stack()).root() == tree.root()


@given(st.integers(1, 70), st.data())
def test_every_leaf_is_proved_by_the_defined_path_and_no_other_place_or_entry_is(size, data):
    entries = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion(index, entries), defined_root(entries)
    assert path == defined_path(index, entries)
    leaf = merkle.leaf_hash(entries[index])
    assert merkle.verify_inclusion(leaf, index, size, path, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, path, root)
    assert not merkle.verify_inclusion(leaf, index, size, [*path, root], root)
    assert not merkle.verify_inclusion(leaf, index, size, path, merkle.leaf_hash(root))
    for other in range(size):
        assert merkle.verify_inclusion(leaf, other, size, path, root) == (other == index)
    if path:
        assert not merkle.verify_inclusion(leaf, index, size, path[:-1], root)


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_longer_tree_is_proved_to_begin_with_the_shorter_one(one, other):
    first, second = sorted((one, other))
    entries = numbered(second)
    path = consistency(first, entries)
    old, new = defined_root(entries[:first]), defined_root(entries)
    assert merkle.verify_consistency(first, second, old, new, path)
    assert len(path) <= 2 * second.bit_length()
    changed = [*entries]
    changed[first - 1] = b"rewritten"
    assert not merkle.verify_consistency(
        first, second, old, defined_root(changed), consistency(first, changed)
    )
    assert not merkle.verify_consistency(first, second, new, old, path) or old == new
    assert not merkle.verify_consistency(first, second, old, new, [*path, old])


@pytest.mark.parametrize(("first", "second"), [(0, 4), (5, 4), (-1, 2)])
def test_no_proof_between_sizes_that_have_none(first, second):
    with pytest.raises(ValueError, match="leaves"):
        merkle.consistency_ranges(first, second)
    assert not merkle.verify_consistency(first, second, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_no_proof_for_a_leaf_that_is_not_there(index):
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_ranges(index, 3)
    assert not merkle.verify_inclusion(merkle.EMPTY_ROOT, index, 3, [], merkle.EMPTY_ROOT)


def test_a_proof_in_a_million_leaves_asks_for_few_nodes():
    for index in (0, 1, 524_287, 524_288, 999_999):
        assert len(merkle.needed(merkle.inclusion_ranges(index, 1_000_000))) <= 40
    assert len(merkle.needed(merkle.consistency_ranges(123_456, 1_000_000))) <= 60


def test_a_stack_of_another_size_is_refused():
    with pytest.raises(ValueError, match="full subtrees"):
        merkle.Frontier.of_stack(3, b"\x00" * 32)
