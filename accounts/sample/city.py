"""Loading the sample city through the same use-cases as real people's clicks. Run again, it completes what is missing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from accounts.identity import bootstrap, organisations, people, sign_in
from accounts.identity.actors import Actor
from accounts.sample.plan import Office, Plan, plan
from accounts.sample.sign_ins import SampleSignIn, kept_password, read_passwords
from carbon.errors import Conflict, NotSignedIn

Report = Callable[[str], None]

FOREIGN = (
    "This database has an administrator who is not the sample city's; it is left as it is. "
    "Use another CARBON_HOME or DATABASE_URL for the sample city."
)


@dataclass(frozen=True)
class LoadedCity:
    """Who can sign in (the story's first), the workbook the story begins with, and what else to say."""

    sign_ins: list[SampleSignIn] = field(default_factory=list)
    workbook: Path | None = None
    note: str = ""
