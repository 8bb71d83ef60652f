"""Tables of the room accounts/inclusion.

Quantities are whole thousandths of an act's unit, emissions whole milligrams, points whole hundredths, days those of
Asia/Shanghai, instants UTC. `inclusion_arrival`, `inclusion_event` and `inclusion_day` are partitioned by time and carry
the person in their keys; the raw migration beside the automatic one makes them so, with constraints and policies.
"""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Programme(Table, tablename="inclusion_programme"):
    """The authority that runs the city's programme, with the accounts its points come from and go back to."""

    operator_id = UUID(primary_key=True, default=None)
    issuing_account_id = UUID(default=None)
    spent_account_id = UUID(default=None)
    opened_by = UUID(default=None)
    opened_at = Timestamptz(default=TimestamptzNow())


class PartnerSource(Table, tablename="inclusion_source"):
    """What a partner sends: which acts, how. A sandbox takes everything and keeps nothing."""

    id = UUID(primary_key=True, default=None)
    partner_id = UUID(default=None)
    name_zh = Text(default=None)
    name_en = Text(default=None)
    acts = Array(base_column=Text(), default=list)
    sandbox = Boolean(default=False)
    pull_url = Text(default="")
    registered_by = UUID(default=None)
    registered_at = Timestamptz(default=TimestamptzNow())
    closed_at = Timestamptz(null=True, default=None)


class SourceKey(Table, tablename="inclusion_source_key"):
    """A signing key of a source. Its secret is derived from the installation's, never stored."""

    id = UUID(primary_key=True, default=None)
    partner_id = UUID(default=None)
    source_id = UUID(default=None)
    name = Text(default=None)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)
    revoked_at = Timestamptz(null=True, default=None)


class Member(Table, tablename="inclusion_member"):
    """A person in the programme; `owed` are points taken back that were spent already, offset by what is earned next."""

    person_id = UUID(primary_key=True, default=None)
    operator_id = UUID(default=None)
    account_id = UUID(default=None)
    nickname = Text(default="")
    guardian_name = Text(default="")
    owed = BigInt(default=0)
    joined_at = Timestamptz(default=TimestamptzNow())
    left_at = Timestamptz(null=True, default=None)


class Link(Table, tablename="inclusion_link"):
    """A person as one source knows them: the hash of a pseudonym that means nothing elsewhere."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    source_id = UUID(default=None)
    partner_id = UUID(default=None)
    link_hash = UUID(default=None)
    linked_at = Timestamptz(default=TimestamptzNow())
    ended_at = Timestamptz(null=True, default=None)


class Batch(Table, tablename="inclusion_batch"):
    """What a partner sent at once: a fate for each event in order, and reasons for those set aside."""

    id = UUID(primary_key=True, default=None)
    partner_id = UUID(default=None)
    source_id = UUID(default=None)
    key = Varchar(255, default=None)
    body_hash = Bytea(default=None)
    way = Varchar(10, default=None)
    received_at = Timestamptz(default=TimestamptzNow())
    received_on = Date(default=None)
    events = Integer(default=None)
    accepted = Integer(default=None)
    fates = Bytea(default=None)
    set_aside = JSONB(default="[]")
    state = Varchar(10, default="received")
    settled_at = Timestamptz(null=True, default=None)
    without_consent = Integer(default=0)


class EventKey(Table, tablename="inclusion_event_key"):
    """A partner's event, once and for good; `content` tells a repeat from another event under the same id."""

    key = UUID(primary_key=True, default=None)
    partner_id = UUID(default=None)
    content = BigInt(default=None)


class Arrival(Table, tablename="inclusion_arrival"):
    """Accepted events on their way to the settler, as they came; dropped by day once they are settled."""

    batch = UUID(default=None)
    received_on = Date(default=None)
    link = UUID(default=None)
    key = UUID(primary_key=True, default=None)
    day = Date(default=None)
    act = SmallInt(default=None)
    grade = SmallInt(default=None)
    same_place = Boolean(default=None)
    quantity = BigInt(default=None)
    own_baseline = BigInt(default=None)
    peer_baseline = BigInt(default=None)
    started_at = Timestamptz(default=None)
    ended_at = Timestamptz(default=None)
    device = BigInt(default=None)


class Event(Table, tablename="inclusion_event"):
    """An event of a person, once. No place is kept, only whether it began and ended at one."""

    person_id = UUID(primary_key=True, default=None)
    day = Date(default=None)
    key = UUID(default=None)
    source_id = UUID(default=None)
    act = SmallInt(default=None)
    grade = SmallInt(default=None)
    same_place = Boolean(default=None)
    quantity = BigInt(default=None)
    own_baseline = BigInt(default=None)
    peer_baseline = BigInt(default=None)
    started_at = Timestamptz(default=None)
    ended_at = Timestamptz(default=None)
    device = BigInt(default=None)


class Exclusion(Table, tablename="inclusion_exclusion"):
    """A decision about one event, until lifted: held out by a pattern or a reviewer, or (`admitted`) let in."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    day = Date(default=None)
    key = UUID(default=None)
    sign = Varchar(20, default=None)
    detail = Text(default="")
    made_by = UUID(null=True, default=None)
    made_at = Timestamptz(default=TimestamptzNow())
    lifted_by = UUID(null=True, default=None)
    lifted_at = Timestamptz(null=True, default=None)


class DayTotal(Table, tablename="inclusion_day"):
    """A person's day by act: what came, what counted, and what is credited within the month's limits."""

    person_id = UUID(primary_key=True, default=None)
    day = Date(default=None)
    act = SmallInt(default=None)
    events = Integer(default=None)
    counted = Integer(default=None)
    quantity = BigInt(default=None)
    counted_mg = BigInt(default=None)
    credited_mg = BigInt(default=None)
    points = BigInt(default=None)


class Recount(Table, tablename="inclusion_recount"):
    """A person's day to be settled again, because an exclusion or the events themselves have changed."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    day = Date(default=None)
    asked_at = Timestamptz(default=TimestamptzNow())


class CityDay(Table, tablename="inclusion_city_day"):
    """Sums over all persons by day and act: the roll-up of `inclusion_day`, kept in the settler's transaction."""

    operator_id = UUID(primary_key=True, default=None)
    day = Date(default=None)
    act = SmallInt(default=None)
    people = BigInt(default=None)
    events = BigInt(default=None)
    counted = BigInt(default=None)
    credited_mg = BigInt(default=None)
    points = BigInt(default=None)


class Lapse(Table, tablename="inclusion_lapse"):
    """Points that lapsed or were taken back, and the entry that took them."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    kind = Varchar(12, default=None)
    points = BigInt(default=None)
    entry_id = UUID(default=None)
    happened_at = Timestamptz(default=TimestamptzNow())


class Reward(Table, tablename="inclusion_reward"):
    """Something points buy; `stock` falls with each coupon, and a merchant is paid per coupon used."""

    id = UUID(primary_key=True, default=None)
    operator_id = UUID(default=None)
    partner_id = UUID(null=True, default=None)
    name_zh = Text(default=None)
    name_en = Text(default=None)
    points = BigInt(default=None)
    stock = Integer(default=None)
    worth_fen = BigInt(default=0)
    from_on = Date(default=None)
    until_on = Date(default=None)
    closed_at = Timestamptz(null=True, default=None)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Redemption(Table, tablename="inclusion_redemption"):
    """A reward got for points: `issued`, then `used` at the merchant or `refunded`."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    operator_id = UUID(default=None)
    partner_id = UUID(null=True, default=None)
    reward_id = UUID(default=None)
    points = BigInt(default=None)
    worth_fen = BigInt(default=0)
    coupon = Varchar(20, default=None)
    state = Varchar(10, default="issued")
    spend_entry_id = UUID(default=None)
    refund_entry_id = UUID(null=True, default=None)
    reason = Text(default="")
    redeemed_at = Timestamptz(default=TimestamptzNow())
    closed_at = Timestamptz(null=True, default=None)


class Cause(Table, tablename="inclusion_cause"):
    """Something grams can be given to, such as a school's wood; `needed_mg` is what it asks for."""

    id = UUID(primary_key=True, default=None)
    operator_id = UUID(default=None)
    name_zh = Text(default=None)
    name_en = Text(default=None)
    needed_mg = BigInt(default=None)
    closed_at = Timestamptz(null=True, default=None)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class GramUse(Table, tablename="inclusion_gram_use"):
    """Grams that a person has given away, used for an event, or that went into a pool: used once."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    kind = Varchar(12, default=None)
    subject_id = UUID(null=True, default=None)
    subject = Text(default="")
    mg = BigInt(default=None)
    used_at = Timestamptz(default=TimestamptzNow())


class Appeal(Table, tablename="inclusion_appeal"):
    """A person asks to look again at an event that was not counted; `snapshot` is what the reviewer sees."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    operator_id = UUID(default=None)
    day = Date(default=None)
    key = UUID(default=None)
    reason = Text(default=None)
    snapshot = JSONB(default="{}")
    state = Varchar(10, default="open")
    note = Text(default="")
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    made_at = Timestamptz(default=TimestamptzNow())
    due_on = Date(default=None)


class Team(Table, tablename="inclusion_team"):
    """A workplace, district, school or circle of friends that counts together."""

    id = UUID(primary_key=True, default=None)
    operator_id = UUID(default=None)
    kind = Varchar(12, default=None)
    name = Text(default=None)
    code = Varchar(12, default=None)
    founder_id = UUID(default=None)
    founded_at = Timestamptz(default=TimestamptzNow())


class TeamMember(Table, tablename="inclusion_team_member"):
    """Who counts with a team, until they leave."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    team_id = UUID(default=None)
    joined_at = Timestamptz(default=TimestamptzNow())
    left_at = Timestamptz(null=True, default=None)


class Campaign(Table, tablename="inclusion_campaign"):
    """For a while, so many counted acts earn a bonus once."""

    id = UUID(primary_key=True, default=None)
    operator_id = UUID(default=None)
    name_zh = Text(default=None)
    name_en = Text(default=None)
    acts = Array(base_column=Text(), default=list)
    from_on = Date(default=None)
    until_on = Date(default=None)
    needed = Integer(default=None)
    bonus = BigInt(default=None)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class CampaignBonus(Table, tablename="inclusion_campaign_bonus"):
    """The bonus a person claimed of a campaign, once."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    campaign_id = UUID(default=None)
    points = BigInt(default=None)
    earned_on = Date(default=None)
    entry_id = UUID(default=None)


class OperatorClaim(Table, tablename="inclusion_operator_claim"):
    """An operator's own project claims the reductions of a source for a time: these are no citizen's any more."""

    id = UUID(primary_key=True, default=None)
    operator_id = UUID(default=None)
    source_id = UUID(default=None)
    acts = Array(base_column=SmallInt(), default=list)
    from_on = Date(default=None)
    until_on = Date(default=None)
    project = Text(default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class Pool(Table, tablename="inclusion_pool"):
    """Acts of a period on their way to credits: drawn up, verified, issued, sold."""

    id = UUID(primary_key=True, default=None)
    operator_id = UUID(default=None)
    scheme = Text(default=None)
    from_on = Date(default=None)
    until_on = Date(default=None)
    acts = Array(base_column=Text(), default=list)
    state = Varchar(10, default="drawn")
    people = Integer(default=0)
    gross_mg = BigInt(default=0)
    excluded = JSONB(default="{}")
    tonnes = Integer(default=0)
    sample_wrong = Integer(default=0)
    verified_by = UUID(null=True, default=None)
    verified_at = Timestamptz(null=True, default=None)
    issued_at = Timestamptz(null=True, default=None)
    serials = JSONB(default="[]")
    proceeds_fen = BigInt(default=0)
    drawn_by = UUID(default=None)
    drawn_at = Timestamptz(default=TimestamptzNow())


class PoolShare(Table, tablename="inclusion_pool_share"):
    """What one person's acts gave to a pool."""

    pool_id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    operator_id = UUID(default=None)
    mg = BigInt(default=None)


class PoolSample(Table, tablename="inclusion_pool_sample"):
    """A person-day drawn for the verifier, under a number instead of a name, with the verdict."""

    id = UUID(primary_key=True, default=None)
    pool_id = UUID(default=None)
    operator_id = UUID(default=None)
    number = Integer(default=None)
    day = Date(default=None)
    act = SmallInt(default=None)
    mg = BigInt(default=None)
    verdict = Varchar(10, default="")
    note = Text(default="")
