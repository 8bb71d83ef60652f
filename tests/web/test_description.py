"""The OpenAPI description: whole, tagged, and only for the eyes it is meant for."""

from dataclasses import replace

import msgspec

from tests.conftest import Database
from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor, trial_settings, visitor_of
from web.api.description import TAGS
from web.app import create_app

PLACE = "/api/v1/openapi.json"


async def test_a_local_trial_shows_the_description_to_all(visitor: Visitor):
    answer = await visitor.get(PLACE)
    assert answer.status_code == 200
    description = answer.json()
    assert description["info"]["title"] == "Inclusive Carbon"
    assert all(path.startswith("/api/v1/") for path in description["paths"])


async def test_every_operation_has_one_known_tag_a_summary_and_a_description(visitor: Visitor):
    paths = (await visitor.get(PLACE)).json()["paths"]
    operations = [(path, operation) for path, verbs in paths.items() for operation in verbs.values()]
    assert len(operations) > 30
    for path, operation in operations:
        assert [tag for tag in operation.get("tags", []) if tag in TAGS], path
        assert operation["summary"], path
        assert operation["description"], path


async def test_changes_of_money_ask_for_an_idempotency_key(visitor: Visitor):
    paths = (await visitor.get(PLACE)).json()["paths"]
    for path in ["/api/v1/funds", "/api/v1/loans"]:
        names = {parameter["name"]: parameter["required"] for parameter in paths[path]["post"]["parameters"]}
        assert names["Idempotency-Key"] is True


async def test_elsewhere_the_description_is_for_people_who_are_signed_in(database: Database):
    await found_city()
    url = "postgresql://c:a-long-enough-secret@db/c"
    settings = replace(trial_settings(replace(database.settings, database_url=url)), local_trial=False)
    async with visitor_of(create_app(settings)) as stranger:
        assert (await stranger.get(PLACE)).status_code == 401
        token = (await entered(stranger, "authority")).client.cookies["__Host-session"]
        cookie = {"Cookie": f"__Host-session={token}"}
        answer = await stranger.get(PLACE, headers=cookie)
        assert answer.status_code == 200
        assert msgspec.json.decode(answer.content)["openapi"].startswith("3.1")
