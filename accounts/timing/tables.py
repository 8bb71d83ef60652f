"""Tables of the room accounts/timing. They belong to the house, not to a tenant: authorities see them."""

from piccolo.columns import JSONB, UUID, Boolean, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Series(Table, tablename="timing_series"):
    """A recurring task and the instant from which its due times count: when a scheduler first met it."""

    id = UUID(primary_key=True, default=None)
    series = Varchar(60, default=None)
    begins_at = Timestamptz(default=TimestamptzNow())


class Slot(Table, tablename="timing_slot"):
    """One due time of a series: done, or failed with its reason; `wanted_at` asks for one more run."""

    id = UUID(primary_key=True, default=None)
    series = Varchar(60, default=None)
    due_at = Timestamptz(default=None)
    state = Varchar(10, default=None)
    late = Boolean(default=False)
    attempts = SmallInt(default=1)
    started_at = Timestamptz(default=None)
    finished_at = Timestamptz(default=None)
    result = JSONB(default="{}")
    error = Text(default="")
    wanted_at = Timestamptz(null=True, default=None)
    wanted_by = UUID(null=True, default=None)
