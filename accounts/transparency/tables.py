"""The public log: what waits for its place, the leaves, the tree, its signed heads, and what opens a commitment.

queue       what a transaction handed in, until the sequencer has given it its place
leaf        the bytes that stand in the tree at one position, for everybody
node        hashes of full subtrees at every fourth level, so that a proof reads a few rows
head        signed: so many leaves, this root, at this instant
place       which object stands where, for whoever may see the object
secret      what salts a tenant's commitments; without it a leaf no longer tells whom it is about
opening     what a commitment was made to, where no other table holds it
delivery    which head has reached which outside keeper
"""

from piccolo.columns import UUID, Array, BigInt, Boolean, Bytea, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Queue(Table, tablename="transparency_queue"):
    """Handed in with the act it belongs to: one object's `content`, or many `object_ids` whose rows `kind` says how to read."""

    id = UUID(primary_key=True, default=None)
    tenant_id = UUID(null=True, default=None)
    kind = Varchar(length=60, default=None)
    number = Varchar(length=120, null=True, default=None)
    public = Boolean(default=False)
    content = Bytea(null=True, default=None)
    object_ids = Array(base_column=UUID(), default=None)
    queued_at = Timestamptz(default=TimestamptzNow())


class Leaf(Table, tablename="transparency_leaf"):
    """`content` is what is hashed, byte for byte."""

    position = BigInt(primary_key=True, default=None)
    kind = Varchar(length=60, default=None)
    content = Bytea(default=None)


class Node(Table, tablename="transparency_node"):
    """The full subtree over [position·2^level, (position+1)·2^level)."""

    level = SmallInt(primary_key=True, default=None)
    position = BigInt(default=None)
    hash = Bytea(default=None)


class Head(Table, tablename="transparency_head"):
    """A signed head; `note` is the signed text with its signature, `stack` the full subtrees that `root` is made of."""

    id = UUID(primary_key=True, default=None)
    size = BigInt(default=None)
    root = Bytea(default=None)
    signed_at = Timestamptz(default=None)
    key_id = Varchar(length=8, default=None)
    public_key = Bytea(default=None)
    note = Text(default=None)
    stack = Bytea(default=None)


class Place(Table, tablename="transparency_place"):
    """Where an object stands; `number` is what people know it by, such as a certificate's."""

    object_id = UUID(primary_key=True, default=None)
    kind = Varchar(length=60, default=None)
    tenant_id = UUID(null=True, default=None)
    number = Varchar(length=120, null=True, default=None)
    position = BigInt(default=None)


class Secret(Table, tablename="transparency_secret"):
    """Random, one for each tenant; deleting it ends the link from leaves to the tenant's objects (PRF-4).

    It salts the tenant's leaves from `from_position` on: whoever comes back after a deletion gets another.
    """

    tenant_id = UUID(primary_key=True, default=None)
    from_position = BigInt(default=None)
    secret = Bytea(default=None, secret=True)


class Opening(Table, tablename="transparency_opening"):
    """The content a tenant's commitment was made to."""

    object_id = UUID(primary_key=True, default=None)
    kind = Varchar(length=60, default=None)
    tenant_id = UUID(default=None)
    content = Bytea(default=None)


class Delivery(Table, tablename="transparency_delivery"):
    """A head that lies with an outside keeper."""

    head_id = UUID(primary_key=True, default=None)
    keeper = Varchar(length=300, default=None)
    delivered_at = Timestamptz(default=TimestamptzNow())
