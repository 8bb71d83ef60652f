"""A second person for each organisation of the sample city where one drafts and another approves."""

from pathlib import Path

from accounts.identity import people
from accounts.identity.actors import Actor
from accounts.identity.permissions import PersonRole
from accounts.sample.founding import entered
from accounts.sample.sign_ins import kept_password

COLLEAGUES = {
    "ecology": ("ecology.second", "何复核"),
    "finance": ("finance.second", "蒋复核"),
    "bank": ("bank.second", "沈复核"),
    "verifier": ("verifier.second", "韩复核"),
    "enterprise": ("enterprise.second", "朱复核"),
}
"""By the login of the first person: login and name of the second."""


async def sample_colleagues(home: Path, first: dict[str, Actor]) -> dict[str, Actor]:
    """The second persons by login, made where they are missing; `first` holds the administrators by login."""
    found = {}
    for login, (second, name) in COLLEAGUES.items():
        password = kept_password(home, second)
        actor = await entered(home, second)
        if actor is None:
            await people.create_person(
                first[login], login=second, name=name, password=password, role=PersonRole.MEMBER
            )
            actor = await entered(home, second)
        assert actor is not None  # noqa: S101 - signed in with the password just set
        found[second] = actor
    return found
