import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from accounts.enterprise.columns import activity_columns
from methodologies.accounting.catalogue import SOURCES
from web.commands.calculate import command

PAGE = (Path(__file__).parents[3] / "docs" / "activity-file.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(csv|json)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("column", activity_columns().values(), ids=lambda column: column.id)
def test_every_column_is_described_with_both_names(column):
    assert f"| `{column.id}` | {column.zh} | {column.en} | " in PAGE
    assert column.note_en in PAGE


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.id)
def test_every_source_is_described_with_both_names(source):
    assert f"| `{source.id}` | {source.name.zh} | {source.name.en} | {source.scope} | " in PAGE


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_every_example_runs_without_error(kind, text, tmp_path):
    file = tmp_path / f"example.{kind}"
    file.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(command, [str(file), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["errors"] == []


def test_the_explicit_factors_of_the_example_give_what_they_say(tmp_path):
    text = next(text for _, text in EXAMPLES if "factor_co2e" in text)
    file = tmp_path / "example.csv"
    file.write_text(text, encoding="utf-8")
    rows = json.loads(CliRunner().invoke(command, [str(file), "--json"]).stdout)["rows"]
    assert [row["mg"] for row in rows] == [
        {"CO2e": 630 * 10**9},
        {"CO2": 56_100 * 10**6, "CH4": 10**6},
        {"CO2": 31 * 10**9},
    ]
    assert [row["scope"] for row in rows] == [3, 1, 1]
