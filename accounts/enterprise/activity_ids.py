"""An activity's id says where it came from: the submission's id, with sheet and row in its last 32 bits."""

from uuid import UUID

import numpy as np
import numpy.typing as npt

from carbon.identifiers import new_id

_ROW_BITS = 24
ROWS = 2**_ROW_BITS - 1
SHEETS = 256


def new_submission_id() -> UUID:
    """A UUIDv7 whose last 32 bits are free for the rows of the submission."""
    return UUID(int=new_id().int >> 32 << 32)


def places(sheets: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """The last 32 bits of the ids of these rows."""
    return ((sheets << _ROW_BITS) | rows).astype(np.uint32)


def submission_of(activity_id: UUID) -> UUID:
    """The submission an activity came in with."""
    return UUID(int=activity_id.int >> 32 << 32)


def sheet_of(activity_id: UUID) -> int:
    """The position of its sheet among the sheets read, from 0."""
    return activity_id.int >> _ROW_BITS & SHEETS - 1


def row_of(activity_id: UUID) -> int:
    """Its row, as a spreadsheet numbers it."""
    return activity_id.int & ROWS
