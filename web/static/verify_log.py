#!/usr/bin/env python3
"""Check the public carbon log without trusting those who keep it. Needs Python 3.9 or newer, and nothing else.

    python3 verify_log.py inclusion   PROOF.json  --key KEY
    python3 verify_log.py consistency PROOF.json  --key KEY
    python3 verify_log.py head        HEAD.txt    --key KEY
    python3 verify_log.py opening     OPENING.json
    python3 verify_log.py evidence    FILE OPENING.json
    python3 verify_log.py export      EXPORT.jsonl --key KEY [--head OLD-HEAD.txt]...

PROOF.json is what the log's API answers. HEAD.txt is a signed head; one kept since last year makes rewriting the years
before it impossible to hide. KEY is the log's key, one line `name+id+base64`, got from somebody other than the log: a
newspaper, a notary, a friend. The checks are those of RFC 9162 (tree), RFC 8032 (Ed25519) and C2SP signed-note.

Exit code 0: everything holds. 1: something does not; the last line says what. 2: the files could not be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Point = tuple[int, int, int, int]
Key = tuple[str, bytes, bytes]
Run = tuple[str, int, int]

# --- The tree (RFC 9162, 2.1) -----------------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that the path leads to from a leaf hash (2.1.3.2)."""
    require(0 <= index < size, "the leaf's number lies outside the tree")
    node, last, found = index, size - 1, leaf
    for sibling in path:
        require(last > 0, "the path is too long")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    require(last == 0, "the path is too short")
    return found


def roots_from_consistency(
    first: int, second: int, first_root: bytes, path: list[bytes]
) -> tuple[bytes, bytes]:
    """Both roots that the path leads to (2.1.4.2)."""
    require(0 < first <= second, "the first tree must be the smaller one, and not empty")
    if first == second:
        require(not path, "trees of one size need no path")
        return first_root, first_root
    hashes = list(path)
    if first & (first - 1) == 0:
        hashes.insert(0, first_root)
    require(bool(hashes), "the path is empty")
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        require(last > 0, "the path is too long")
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    require(last == 0, "the path is too short")
    return old, new


class Tree:
    """A tree that grows leaf by leaf: the full subtrees, smallest last."""

    def __init__(self) -> None:
        self.size = 0
        self.stack: list[bytes] = []

    def add(self, entry: bytes) -> None:
        node, size = leaf_hash(entry), self.size
        while size & 1:
            node, size = node_hash(self.stack.pop(), node), size >> 1
        self.stack.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self.stack:
            return hashlib.sha256(b"").digest()
        root = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            root = node_hash(left, root)
        return root


# --- The signature (RFC 8032, 5.1, Ed25519) ---------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def recover_x(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def decode_point(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add_points(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number: int, point: Point) -> Point:
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add_points(result, point)
        point = add_points(point, point)
        number >>= 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0) or 0
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def signature_is_good(public: bytes, signature: bytes, message: bytes) -> bool:
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = decode_point(public), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = multiply(s, BASE), add_points(r, multiply(h, key))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P
    )


# --- What the log publishes -------------------------------------------------------------------------------------------


class Wrong(Exception):  # noqa: N818 - it is said to a person
    """A check that does not hold."""


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


def read_key(line: str) -> Key:
    """The key's name, id and 32 bytes from `name+id+base64`."""
    name, identity, encoded = line.strip().split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    require(len(key) == 33 and key[:1] == b"\x01", "the key is no Ed25519 key of a log")
    found = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    require(found.hex() == identity, "the key's id does not belong to the key")
    return name, found, key[1:]


def read_head(note: str, key: Key) -> tuple[int, bytes, str]:
    """Size, root and time that a signed head states, once its signature is found good."""
    name, identity, public = key
    text, _, signatures = note.rpartition("\n\n")
    message = (text + "\n").encode()
    lines = text.split("\n")
    require(
        len(lines) == 4 and lines[0] == name and lines[3].startswith("time "), "this is no head of this log"
    )
    for line in signatures.splitlines():
        signer, _, encoded = line[2:].rpartition(" ")
        if line.startswith("\u2014 ") and signer == name:
            blob = base64.b64decode(encoded)
            if blob[:4] == identity and signature_is_good(public, blob[4:], message):
                return int(lines[1]), base64.b64decode(lines[2], validate=True), lines[3][5:]
    raise Wrong(f"the head of {lines[1]} leaves is not signed by the key")


def check_inclusion(proof: Json, key: Key) -> None:
    size, root, time = read_head(proof["head"]["note"], key)
    leaf = proof["leaf"]
    path = [bytes.fromhex(one) for one in proof["path"]]
    found = root_from_inclusion(leaf_hash(leaf["content"].encode()), leaf["index"], size, path)
    require(found == root, f"leaf {leaf['index']} does not stand in the tree of the signed head")
    say(f"Leaf {leaf['index']} stands in the log of {size} leaves, signed {time}.")
    say(f"It says: {leaf['content']}")


def check_consistency(proof: Json, key: Key) -> None:
    first, old_root, before = read_head(proof["first"]["note"], key)
    second, new_root, after = read_head(proof["second"]["note"], key)
    path = [bytes.fromhex(one) for one in proof["path"]]
    old, new = roots_from_consistency(first, second, old_root, path)
    require(
        (old, new) == (old_root, new_root),
        "the later log does not begin with the earlier one: it was rewritten",
    )
    say(f"The log of {second} leaves ({after}) begins with the very {first} leaves signed {before}.")


def check_opening(opening: Json) -> Json:
    """A commitment in a private leaf, against the content and salt its owner shows."""
    content = opening["content"].encode()
    found = hashlib.sha256(bytes.fromhex(opening["salt"]) + content).hexdigest()
    require(
        json.loads(opening["leaf"]["content"])["commitment"] == found,
        "the content is not what the leaf committed to",
    )
    say(f"Leaf {opening['leaf']['index']} was made for exactly this content: {opening['content']}")
    read: Json = json.loads(content)
    return read


def check_evidence(data: bytes, shown: Json) -> None:
    """A document's bytes against an opening (or an inclusion proof of a public leaf) that holds its SHA-256."""
    content = check_opening(shown) if "salt" in shown else json.loads(shown["leaf"]["content"])["content"]
    digest = hashlib.sha256(data).hexdigest()
    require(
        content.get("sha256") == digest,
        f"the file's SHA-256 is {digest}; the log holds {content.get('sha256')}",
    )
    say(f"The file is the one whose SHA-256 the log holds: {digest}")


# --- The whole log ----------------------------------------------------------------------------------------------------

SERIAL = re.compile(r"^(.+-\d{4})-(\d+)(?:-(\d+))?$")
USES = ("credit.retirement", "credit.cancellation")


def run_of(serial: str) -> Run:
    """The line of numbers a serial lies on, its first and last number."""
    found = SERIAL.match(serial)
    if found is None:
        raise Wrong(f"{serial} is no serial")
    return found[1], int(found[2]), int(found[3] or found[2])


def disjoint(runs: list[Run], what: str) -> dict[str, list[list[int]]]:
    """Runs of each line in order, once no number is found twice; neighbours are joined."""
    lines: dict[str, list[list[int]]] = {}
    for line, first, last in sorted(runs):
        joined = lines.setdefault(line, [])
        if joined:
            require(first > joined[-1][1], f"{line}-{first}-{min(last, joined[-1][1])} was {what} twice")
        if joined and first == joined[-1][1] + 1:
            joined[-1][1] = last
        else:
            joined.append([first, last])
    return lines


def check_uses(leaves: list[Json]) -> None:
    """Every number was issued once at most, and used up once at most, and only when issued."""
    issued, used = [], []
    for leaf in leaves:
        content = leaf.get("content", {})
        if leaf["kind"] == "credit.issuance":
            issued.append(run_of(content["serial"]))
        elif leaf["kind"] in USES:
            used += [run_of(serial) for serial in content["serials"]]
    runs = disjoint(issued, "issued")
    disjoint(used, "used")
    for line, first, last in used:
        held = any(start <= first and last <= stop for start, stop in runs.get(line, []))
        require(held, f"{line}-{first}-{last} was used without having been issued")
    tonnes = [sum(last - first + 1 for _, first, last in side) for side in (issued, used)]
    say(f"Credits: {tonnes[0]} t issued, {tonnes[1]} t retired or cancelled, no number twice.")


def check_export(lines: list[str], key: Key, old_heads: list[str]) -> None:
    """The root of all leaves against every signed head, and the use of every credit."""
    claims: dict[int, set[bytes]] = {}
    issues_and_uses: list[Json] = []
    tree, newest = Tree(), 0
    heads = [json.loads(line)["head"] for line in lines if line.startswith('{"head"')]
    for note in [*heads, *old_heads]:
        size, root, _ = read_head(note, key)
        claims.setdefault(size, set()).add(root)
        newest = max(newest, size)
    require(bool(heads), "the export holds no signed head")
    for line in lines:
        if not line.startswith('{"index"'):
            continue
        leaf = json.loads(line)
        require(leaf["index"] == tree.size, f"leaf {tree.size} is missing")
        tree.add(leaf["content"].encode())
        if tree.size in claims:
            require(
                claims.pop(tree.size) == {tree.root()}, f"the first {tree.size} leaves are not those signed"
            )
        said = json.loads(leaf["content"])
        if said["kind"].startswith("credit."):
            issues_and_uses.append(said)
    claims.pop(0, None)
    require(not claims, f"a head of {newest} leaves was signed, but the export holds {tree.size}")
    say(
        f"All {tree.size} leaves are those of {len(heads)} signed heads and {len(old_heads)} heads kept elsewhere."
    )
    check_uses(issues_and_uses)


# --- The command ------------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def text_of(path: str) -> str:
    return Path(path).read_bytes().decode("utf-8")


def json_of(path: str) -> Json:
    read: Json = json.loads(text_of(path))
    return read


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("inclusion", "consistency", "head", "export"):
        command = verbs.add_parser(verb)
        command.add_argument("file")
        command.add_argument("--key", required=True, help="name+id+base64, or a file that holds it")
        if verb == "export":
            command.add_argument("--head", action="append", default=[], help="a head kept since earlier")
    verbs.add_parser("opening").add_argument("file")
    evidence = verbs.add_parser("evidence")
    evidence.add_argument("document")
    evidence.add_argument("file")
    asked = parser.parse_args(arguments)
    try:
        run(asked)
    except Wrong as wrong:
        say(f"WRONG: {wrong}")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        say(f"The files could not be read: {type(error).__name__}: {error}")
        return 2
    say("OK")
    return 0


def run(asked: argparse.Namespace) -> None:
    if asked.verb == "opening":
        check_opening(json_of(asked.file))
        return
    if asked.verb == "evidence":
        check_evidence(Path(asked.document).read_bytes(), json_of(asked.file))
        return
    key = read_key(asked.key if "+" in asked.key else text_of(asked.key).splitlines()[-1])
    if asked.verb == "inclusion":
        check_inclusion(json_of(asked.file), key)
    elif asked.verb == "consistency":
        check_consistency(json_of(asked.file), key)
    elif asked.verb == "head":
        size, root, time = read_head(text_of(asked.file), key)
        say(f"Head of {size} leaves, root {root.hex()}, signed {time}.")
    else:
        check_export(text_of(asked.file).split("\n"), key, [text_of(path) for path in asked.head])


if __name__ == "__main__":
    sys.exit(main())
