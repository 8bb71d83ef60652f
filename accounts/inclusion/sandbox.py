"""The sandbox: fixed people, everything checked, nothing kept."""

from uuid import UUID

from accounts.inclusion.sorting import digest

TEST_PEOPLE = {"test-person-1": True, "test-person-2": True, "test-person-without-consent": False}
"""Person links every sandbox knows, and whether the person consents."""


def sandbox_links(source_id: UUID) -> dict[str, tuple[str, bool]]:
    """As `inclusion_known_links` answers, for the test people."""
    hashes = {name: digest(source_id.hex, "link", name) for name in TEST_PEOPLE}
    return {hashes[name]: (hashes[name], consents) for name, consents in TEST_PEOPLE.items()}
