"""A small city founded through the real use-cases: one administrator each, who can sign in."""

from dataclasses import dataclass

from accounts.identity import bootstrap, organisations, people, sign_in
from accounts.identity.actors import Actor
from accounts.identity.organisations import Organisation
from tests.web.conftest import Visitor

PASSWORD = "a bridge over two rivers"


@dataclass(frozen=True)
class Cast:
    """Logins are `authority`, and the names given to `organisation`; all use PASSWORD."""

    authority: Actor

    async def organisation(self, kind: str, login: str, name_zh: str = "") -> Organisation:
        """An organisation with its first administrator."""
        made = await organisations.create_organisation(
            self.authority, kind=kind, name_zh=name_zh or f"示例{login}", name_en=f"Sample {login}"
        )
        await people.create_person(
            self.authority,
            login=login,
            name=f"Somebody of {login}",
            password=PASSWORD,
            role="administrator",
            organisation_id=made.id,
        )
        return made


async def found_city() -> Cast:
    """The authority and its administrator `authority`."""
    code, _ = await bootstrap.issue_code()
    signed_in = await bootstrap.create_first_administrator(
        code=code,
        login="authority",
        name="Somebody of the authority",
        password=PASSWORD,
        organisation_name_zh="示例市生态环境局",
    )
    return Cast(signed_in.actor)


async def actor_named(login: str) -> Actor:
    """Whoever signs in under that name."""
    signed_in = await sign_in.sign_in(login=login, password=PASSWORD, address="", request_id="")
    return signed_in.actor


async def entered(visitor: Visitor, login: str) -> Visitor:
    """The visitor, signed in."""
    answer = await visitor.sign_in(login, PASSWORD)
    assert answer.status_code == 201, answer.text
    return visitor
