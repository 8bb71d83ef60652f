"""Collect the texts of code and pages into web/locale; `check_translations.py` says what is left to do."""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

HOME = Path(__file__).resolve().parent.parent
ROOMS = ("carbon", "methodologies", "accounts", "scheduler", "web")
KEYWORDS = {"_": None, "N_": None}
CATALOGUE = HOME / "web" / "locale" / "zh" / "LC_MESSAGES" / "messages.po"
LOCALE = "zh_Hans_CN"
HEADER = """\
# The texts of the system in Chinese (zh_Hans_CN), collected by `make translations`.
# Each is written by a person and checked by `make check`. No dates or line numbers: they would only make noise.
msgid ""
msgstr ""
"Language: zh_Hans_CN\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def collected() -> Catalog:
    """Every text marked in the five rooms, without line numbers, so that moving code changes nothing here."""
    with (HOME / "babel.cfg").open(encoding="utf-8") as stream:
        methods, options = parse_mapping_cfg(stream)
    found = Catalog(locale=LOCALE, charset="utf-8")
    for room in ROOMS:
        texts = extract_from_dir(str(HOME / room), methods, options, keywords=KEYWORDS)
        for name, _line, message, _comments, _context in texts:
            found.add(message, locations=[(f"{room}/{name}", None)])
    return found


def written() -> Catalog:
    """The catalogue as it stands; empty when there is none yet."""
    if not CATALOGUE.exists():
        return Catalog(locale=LOCALE)
    with CATALOGUE.open("rb") as stream:
        return read_po(stream, locale=LOCALE)


def updated() -> Catalog:
    """What the code says now with the translations there are; a text that is gone takes its translation along."""
    before = {message.id: message.string for message in written() if message.id}
    now = collected()
    for message in now:
        if message.id:
            message.string = before.get(message.id, "")
    return now


def main() -> None:
    """Write the catalogue, sorted by text."""
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    catalogue = updated()
    with CATALOGUE.open("wb") as stream:
        stream.write(HEADER.encode())
        write_po(stream, catalogue, width=110, sort_output=True, omit_header=True, include_lineno=False)
    missing = sum(1 for message in catalogue if message.id and not message.string)
    print(f"{len(catalogue)} texts, {missing} without translation: {CATALOGUE.relative_to(HOME)}")


if __name__ == "__main__":
    main()
