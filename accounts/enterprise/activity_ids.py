"""An activity's id says which submission it came with: the submission's id, with a place in its last 32 bits."""

from uuid import UUID

import numpy as np
import numpy.typing as npt

from carbon.identifiers import new_id

PLACES = 2**32 - 1
"""As many activities as one submission can hold."""


def new_submission_id() -> UUID:
    """A UUIDv7 whose last 32 bits are free for the rows of the submission."""
    return UUID(int=new_id().int >> 32 << 32)


def places(count: int) -> npt.NDArray[np.uint32]:
    """The last 32 bits of the ids of a batch; 0 is the submission's own."""
    return np.arange(1, count + 1, dtype=np.uint32)


def activity_id(submission_id: UUID, place: int) -> UUID:
    """The id of the activity at a place."""
    return UUID(int=submission_id.int | place)


def submission_of(activity_id: UUID) -> UUID:
    """The submission an activity came in with."""
    return UUID(int=activity_id.int >> 32 << 32)
