"""The columns of the files we read, and the many ways people head them."""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from carbon.text import Text
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.sources import Option

HEADER_ROWS_SEARCHED = 30


@dataclass(frozen=True)
class Column:
    """One column: its id, how the template heads it, other headings met, and what belongs in it.

    `option` columns are measured values or factors that take precedence over the guide's defaults.
    """

    id: str
    zh: str
    en: str
    note_zh: str
    note_en: str
    required: bool = False
    option: bool = False
    unit: str = ""
    also: tuple[str, ...] = ()


@functools.cache
def activity_columns() -> dict[str, Column]:
    """Columns of an activity file, by id, in the template's order; then the own values its sources accept."""
    return _columns("columns.toml") | _option_columns()


def _option_columns() -> dict[str, Column]:
    """One column for each value a row may give in place of a published one, as the catalogue of sources lists them."""
    listed: dict[str, list[Option]] = {}
    for source in SOURCES.values():
        for option in source.options.values():
            listed.setdefault(option.id, []).append(option)
    return {name: _option_column(name, options) for name, options in listed.items()}


def _option_column(name: str, options: Sequence[Option]) -> Column:
    """What several sources call by one id, under the first one's name and all their other names."""
    also = [word for option in options for word in (option.name.zh, option.name.en, *option.aliases)]
    units = list(dict.fromkeys(option.unit or "" for option in options))
    note = _option_note(options, units)
    return Column(
        name,
        options[0].name.zh,
        options[0].name.en,
        note.zh,
        note.en,
        option=True,
        unit=units[0] if len(units) == 1 else "",  # else the row's source decides; see the note
        also=tuple(dict.fromkeys(also)),
    )


def _option_note(options: Sequence[Option], units: Sequence[str]) -> Text:
    choices = {id_: name for option in options for id_, name in option.choices.items()}
    if choices:
        names = list(choices.values())
        return Text(
            f"{'、'.join(name.zh for name in names)} 之一。",
            f"One of: {', '.join(name.en for name in names)}.",
        )
    if not any(units):
        return Text("按所列示例填写，见说明。", "Written as in the examples on this page.")
    if set(units) == {"1"} and all((option.most or 1) <= 1 for option in options):
        return Text("0 到 1 之间的数或百分数。", "A share such as 0.98 or 98%.")
    if set(units) == {"1"}:
        return Text("一个数，无单位；留空用缺省值。", "A plain number; blank uses the default.")
    written = [unit for unit in units if unit and unit != "1"]
    return Text(
        f"单位 {'或 '.join(written)}{'（随排放源而定）' if len(written) > 1 else ''}，也可写明其他单位；留空用缺省值。",
        f"In {' or '.join(written)}{' (as the source needs)' if len(written) > 1 else ''} unless another unit is "
        "written; blank uses the default.",
    )


@functools.cache
def totals_columns() -> dict[str, Column]:
    """Columns of a file of reported totals, by id."""
    return _columns("totals_columns.toml")


def _columns(file_name: str) -> dict[str, Column]:
    data = tomllib.loads((files(__package__) / file_name).read_text(encoding="utf-8"))
    return {
        name: Column(id=name, **(entry | {"also": tuple(entry.get("also", ()))}))
        for name, entry in data.items()
    }


def plain(text: str) -> str:
    """A heading without what people vary: width, case, spaces, brackets and their content, punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    without_brackets = re.sub(r"[(\[【].*?[)\]】]", "", folded)
    return re.sub(r"[\W_]+", "", without_brackets) or re.sub(r"[\W_]+", "", folded)


@functools.cache
def _names(table: str) -> dict[str, str]:
    columns = activity_columns() if table == "activities" else totals_columns()
    names: dict[str, str] = {}
    for column in columns.values():
        for name in (column.id, column.zh, column.en, *column.also):
            names.setdefault(plain(name), column.id)
    return names


def activity_column(heading: str) -> str | None:
    """The activity column a heading means, or None.

    A heading in both languages (`期间 Period`, `数量/Amount`) is understood by either part.
    """
    return _meaning(heading, _names("activities"))


def totals_column(heading: str) -> str | None:
    """The column of reported totals a heading means, or None."""
    return _meaning(heading, _names("totals"))


def _meaning(heading: str, names: dict[str, str]) -> str | None:
    found = names.get(plain(heading))
    if found is None:
        parts = re.split(r"[\s/|\n]+", unicodedata.normalize("NFKC", heading).strip(), maxsplit=1)
        meanings = {names[plain(part)] for part in parts if plain(part) in names}
        found = meanings.pop() if len(meanings) == 1 else None
    return found


def recognised(headings: Sequence[str]) -> int:
    """How many different known columns a row of headings shows, of whichever file it fits best."""
    return max(
        len({meaning(heading) for heading in headings if heading} - {None})
        for meaning in (activity_column, totals_column)
    )


def header_row(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the row that heads the table: the one among the first that names most columns; None if all are blank.

    With no row naming two columns, the first row that is not blank is taken, so that the message can say
    which headings were found.
    """
    searched = rows[:HEADER_ROWS_SEARCHED]
    scores = [recognised(row) for row in searched]
    if scores and max(scores) >= 2:
        return scores.index(max(scores))
    return next((index for index, row in enumerate(searched) if any(cell.strip() for cell in row)), None)
