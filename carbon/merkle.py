"""The Merkle tree of RFC 9162: hashing, growing, and both proofs with their verification. No storage, no clock.

A leaf is SHA-256(0x00 ‖ entry), an inner node SHA-256(0x01 ‖ left ‖ right); a tree of n leaves is split at the largest
power of two below n. A *full subtree* at (level, index) spans the leaves [index·2^level, (index+1)·2^level): its
hash never changes once its last leaf is there, so whoever keeps those hashes can prove anything about any size.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""RFC 9162, 2.1.1: the hash of a tree without leaves."""

Place = tuple[int, int]
"""(level, index) of a full subtree."""
Range = tuple[int, int]
"""Leaves [start, stop)."""
Nodes = Callable[[int, int], bytes]
"""The hash of the full subtree at (level, index)."""


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162, 2.1.1: SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162, 2.1.1: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """All that growing needs of a tree: at each level the full subtree still waiting for its right neighbour.

    Its levels are the bits of `size`, so the state is O(log n).
    """

    size: int = 0
    waiting: list[bytes] = field(default_factory=list)
    """By level, b"" where none waits."""

    @classmethod
    def of_stack(cls, size: int, stack: bytes) -> "Frontier":
        """From the hashes of its full subtrees, largest first.

        Raises:
            ValueError: there are not as many as `size` has bits set.
        """
        if len(stack) != HASH_BYTES * size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} full subtrees")
        hashes = [stack[at : at + HASH_BYTES] for at in range(0, len(stack), HASH_BYTES)]
        return cls(size, [hashes.pop() if size >> level & 1 else b"" for level in range(size.bit_length())])

    def stack(self) -> bytes:
        """The hashes of the full subtrees, largest first."""
        return b"".join(reversed(self.waiting))

    def root(self) -> bytes:
        """The hash of the tree as it stands."""
        return folded([one for one in reversed(self.waiting) if one])

    def extend(self, entries: Iterable[bytes]) -> list[list[bytes]]:
        """Append entries; returns by level the full subtrees they completed, whose indexes begin at old size >> level."""
        return self.extend_hashed([sha256(b"\x00" + entry).digest() for entry in entries])

    def extend_hashed(self, hashes: list[bytes]) -> list[list[bytes]]:
        """`extend` for entries hashed as leaves already."""
        self.size += len(hashes)
        completed: list[list[bytes]] = []
        level = 0
        while hashes:
            completed.append(hashes)
            if level == len(self.waiting):
                self.waiting.append(b"")
            pairing = [self.waiting[level], *hashes] if self.waiting[level] else hashes
            self.waiting[level] = pairing[-1] if len(pairing) % 2 else b""
            # Pairing one iterator with itself walks it two by two; an odd last one waits.
            sides = iter(pairing)
            hashes = [
                sha256(b"\x01" + left + right).digest() for left, right in zip(sides, sides, strict=False)
            ]
            level += 1
        return completed


def folded(hashes: Sequence[bytes]) -> bytes:
    """The hash over full subtrees that stand beside each other, largest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def root_of(entries: Iterable[bytes]) -> bytes:
    """The hash of the tree of these entries."""
    tree = Frontier()
    waiting = iter(entries)
    while batch := list(islice(waiting, 4096)):
        tree.extend(batch)
    return tree.root()


def full_subtrees(start: int, stop: int) -> list[Place]:
    """The full subtrees that make up the leaves of a subtree [start, stop), largest first."""
    places = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        places.append((level, start >> level))
        start += 1 << level
    return places


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """RFC 9162, 2.1.3.1: the subtrees whose hashes prove the leaf at `index` in a tree of `size`, from the leaf up.

    Raises:
        ValueError: no such leaf in a tree of that size.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[Range] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append((middle, stop))
            stop = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """RFC 9162, 2.1.4.1: the subtrees whose hashes prove that the tree of `second` began as that of `first`.

    Raises:
        ValueError: not 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"no proof from {first} to {second} leaves: 0 < first <= second")
    path: list[Range] = []
    start, stop, whole = 0, second, True
    while first != stop:
        middle = start + _split(stop - start)
        if first <= middle:
            path.append((middle, stop))
            stop = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    return path[::-1] if whole else [(start, stop), *path[::-1]]


def proof(ranges: Iterable[Range], nodes: Nodes) -> list[bytes]:
    """The hashes of the ranges, from the hashes of full subtrees."""
    return [folded([nodes(*place) for place in full_subtrees(*one)]) for one in ranges]


def needed(ranges: Iterable[Range]) -> list[Place]:
    """The full subtrees that `proof` will ask for: O(log n) of them."""
    return [place for one in ranges for place in full_subtrees(*one)]


Step = tuple[bool, bytes, bytes]
"""Whether the neighbour stands left, its hash, and the hash of both together."""


def inclusion_steps(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> list[Step] | None:
    """RFC 9162, 2.1.3.2: the way from a leaf hash up to the root, step by step; None when the path does not fit."""
    if not 0 <= index < size:
        return None
    steps: list[Step] = []
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        left = bool(node & 1) or node == last
        found = node_hash(sibling, found) if left else node_hash(found, sibling)
        while left and not node & 1 and node:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
        steps.append((left, sibling, found))
    return steps if last == 0 else None


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """The leaf hash stands at `index` in the tree of `size` with this root."""
    steps = inclusion_steps(leaf, index, size, path)
    return steps is not None and (steps[-1][2] if steps else leaf) == root


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """RFC 9162, 2.1.4.2: the tree of `second` leaves begins with the very leaves of the tree of `first`."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    hashes = list(path)
    if first & (first - 1) == 0:
        hashes.insert(0, first_root)
    if not hashes:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
