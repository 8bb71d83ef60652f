"""Which credits are meant: so many of a batch, or exactly the numbers of a serial."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from accounts.database.transactions import Connection
from accounts.registry.batches import batch_of_serial
from carbon.errors import N_, Problem

MOST_PICKS = 200


@dataclass(frozen=True, slots=True)
class Pick:
    """`quantity_t` numbers of a batch: the lowest that are free, or those from `first` on."""

    batch_number: int
    quantity_t: int
    first: int | None = None


async def pick_serial(connection: Connection, text: str) -> Pick:
    """Exactly the numbers a serial names.

    Raises:
        Problem: no serial of this register.
        NotFound: nothing was issued under it.
    """
    batch, serial = await batch_of_serial(connection, text)
    return Pick(batch.number, serial.size, serial.first)


async def picks_of(
    connection: Connection, *, serials: Sequence[str], batch_number: int | None, quantity_t: int | None
) -> list[Pick]:
    """What a request chose: a list of serials, or a quantity of one batch.

    Raises:
        Problem: neither or both, too many, or two serials that overlap.
    """
    by_quantity = batch_number is not None and quantity_t is not None
    if bool(serials) == by_quantity or len(serials) > MOST_PICKS:
        raise Problem(
            N_("Choose either serials (at most {most}) or a batch and a quantity."),
            at="serials",
            most=MOST_PICKS,
        )
    if batch_number is not None and quantity_t is not None:
        return [Pick(batch_number, quantity_t)]
    picks = sorted(
        [await pick_serial(connection, text) for text in serials],
        key=lambda pick: (pick.batch_number, pick.first or 0),
    )
    for one, other in pairwise(picks):
        if (one.batch_number, (one.first or 0) + one.quantity_t) > (other.batch_number, other.first or 0):
            raise Problem(N_("The serials overlap; name each number once."), at="serials")
    return picks


def one_batch(picks: Sequence[Pick]) -> int:
    """The batch all picks are of.

    Raises:
        Problem: none, or of several.
    """
    numbers = {pick.batch_number for pick in picks}
    if len(numbers) != 1:
        raise Problem(
            N_(
                "One request is about one scheme, project and vintage; ask for those of another by themselves."
            ),
            at="serials",
        )
    return numbers.pop()
