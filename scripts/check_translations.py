"""Fail when a text of code or pages has no Chinese, a doubtful one, or one that loses a value."""

import string
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from update_translations import collected, written


def places(text: str) -> list[str]:
    """The `{name}` places of a text, sorted; a brace that opens nothing is reported as such."""
    try:
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    except ValueError as error:
        return [f"broken: {error}"]


def complaints() -> Iterator[str]:
    """One line for each text that is not in order."""
    now, before = collected(), written()
    for message in now:
        if not message.id:
            continue
        if not isinstance(message.id, str):
            yield f"plural forms are not used here: {message.id!r}"
            continue
        known = before.get(message.id)
        if known is None or not known.string:
            yield f"no Chinese: {message.id!r} ({', '.join(name for name, _ in message.locations)})"
        elif known.fuzzy:
            yield f"marked as doubtful: {message.id!r}"
        elif places(message.id) != places(str(known.string)):
            yield f"other places than {places(message.id)}: {known.string!r}"
    for message in before:
        if message.id and message.id not in now:
            yield f"no longer used: {message.id!r}"


def main() -> int:
    """0 when all is in order."""
    found = list(complaints())
    for line in found:
        print(line)
    if found:
        print(f"{len(found)} texts to put right; `make translations`, then write the Chinese in web/locale.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
