"""What happens when. Times are Asia/Shanghai, five fields: minute, hour, day of month, month, day of week.

`each` = every due time that was missed is worked through in order; otherwise only the latest counts, because one
run says all there is to say now.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from accounts.timing.slots import Work
from scheduler import identity_work, inclusion_work, work
from scheduler.work import Shop

ZONE_NAME = "Asia/Shanghai"


@dataclass(frozen=True)
class Series:
    """A recurring task: its name in the list of runs, when it is due, what it does."""

    name: str
    cron: str
    does: Callable[[Shop, datetime], Awaitable[Work]]
    each: bool = True


TIMETABLE = (
    Series("accrue-interest-and-subsidies", "30 0 * * *", work.accrue_interest_and_subsidies),
    Series("compute-claims", "20 1 * * *", work.compute_claims, each=False),
    Series("fetch-loan-prime-rate", "40 9,17 * * *", work.fetch_loan_prime_rate, each=False),
    Series("check-books", "7 * * * *", work.check_books, each=False),
    Series("keep-log", "* * * * *", work.keep_log, each=False),
    Series("check-log", "40 3 * * *", work.check_log, each=False),
    Series("merge-credit-blocks", "50 2 * * *", work.merge_credit_blocks, each=False),
    Series("move-credits", "*/5 * * * *", work.move_credits, each=False),
    Series("settle-acts", "* * * * *", inclusion_work.settle_acts, each=False),
    Series("watch-acts", "20 1 * * *", inclusion_work.watch_acts),
    Series("give-bonuses", "40 1 * * *", inclusion_work.give_bonuses, each=False),
    Series("lapse-points", "50 1 * * *", inclusion_work.lapse_points, each=False),
    Series("pull-partner-events", "*/10 * * * *", inclusion_work.pull_partner_events, each=False),
    Series("send-messages", "* * * * *", identity_work.send_messages, each=False),
    Series("remind-of-tasks", "0 8 * * *", identity_work.remind_of_tasks, each=False),
    Series("forget-what-is-over", "10 3 * * *", identity_work.forget_what_is_over, each=False),
    Series("end-expired-holds", "17 * * * *", work.end_expired_holds, each=False),
)
