import pytest

from tests.accounts.inclusion.town import found_town


@pytest.fixture
async def town(database):
    return await found_town(database)
