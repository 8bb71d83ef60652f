"""What becomes of each event a partner sends, in a stable word, and in a sentence that says what to do."""

from enum import IntEnum

from carbon.errors import N_


class Fate(IntEnum):
    """Decided while the batch is received; only `ACCEPTED` events go on to be settled."""

    ACCEPTED = 0
    DUPLICATE = 1
    REPLAYED = 2
    CHANGED = 3
    LATE = 4
    FUTURE = 5
    OUT_OF_RANGE = 6
    NEGATIVE = 7
    UNIT = 8
    UNKNOWN_ACT = 9
    NOT_YOURS = 10
    UNKNOWN_PERSON = 11
    NO_CONSENT = 12
    BROKEN = 13
    ENDS_EARLY = 14

    @property
    def word(self) -> str:
        """As the answer names it: `out-of-range`."""
        return self.name.lower().replace("_", "-")


TEMPLATES: dict[Fate, str] = {
    Fate.ACCEPTED: N_("Taken."),
    Fate.DUPLICATE: N_("The id {id} occurs twice in this batch; the first one counts."),
    Fate.REPLAYED: N_("The event {id} was taken before, the same as now; nothing to do."),
    Fate.CHANGED: N_("The id {id} was used before for another event; give every event an id of its own."),
    Fate.LATE: N_("The event began at {started_at}, more than {days} days ago; send events sooner."),
    Fate.FUTURE: N_("The event lies in the future ({started_at}); check the clock and the time zone."),
    Fate.OUT_OF_RANGE: N_(
        "The quantity {quantity} {unit} is outside what one {act} can be ({least} to {most}); check the unit."
    ),
    Fate.NEGATIVE: N_(
        "The quantity {quantity} is below zero; send what was done, and corrections as new events."
    ),
    Fate.UNIT: N_(
        "{act} is told in {wanted}, not in {unit}; convert it, and mind person and vehicle distances."
    ),
    Fate.UNKNOWN_ACT: N_("There is no act {act}; known are: {known}."),
    Fate.NOT_YOURS: N_(
        "This source is registered for {acts}, not for {act}; or the event names another source."
    ),
    Fate.UNKNOWN_PERSON: N_("This person link is not known for your source; let the person link again."),
    Fate.NO_CONSENT: N_("The person does not consent to this source at present; do not send their events."),
    Fate.BROKEN: N_("The event cannot be read: {reason}."),
    Fate.ENDS_EARLY: N_("The event ends before it begins; check {started_at}."),
}
