"""`carbon inclusion`, without a database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.commands import main

FILE = Path(__file__).parents[2] / "accounts" / "inclusion" / "data" / "helsinki_citybike_2021-04_od.csv.gz"


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["inclusion", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_acts_are_listed_with_their_figures_and_what_is_off():
    acts = {act["id"]: act for act in json.loads(run("acts", "--json", "--on", "2026-11-01"))}
    assert acts["bus"]["grams"] == "120"
    assert acts["electric_car"]["grams"] is None
    assert acts["electric_car"]["not_used"]


def test_the_same_file_twice_gives_the_same_result_and_its_exact_totals():
    first, again = (
        json.loads(run("import", str(FILE), "--json")),
        json.loads(run("import", str(FILE), "--json")),
    )
    assert first == again
    assert (first["trips"], first["metres"], first["same_place_pairs"]) == (258_514, 672_915_898, 347)


def test_rules_are_tried_on_old_events(tmp_path):
    rules, events = tmp_path / "mine.toml", tmp_path / "events.ndjson"
    rules.write_text(run("acts", "--toml").replace("grams = 46.7\n", "grams = 72\n", 1))
    ride = {
        "id": "1", "person": "a", "act": "metro", "quantity": 10, "unit": "passenger-km",
        "started_at": "2026-11-03T08:00:00+08:00", "ended_at": "2026-11-03T08:30:00+08:00",
    }  # fmt: skip
    events.write_text(json.dumps(ride) + "\n{broken\n")
    found = json.loads(run("backtest", str(rules), str(events), "--json"))
    assert (found["old"]["grams"], found["new"]["grams"], found["unread"]) == (467, 720, 1)


@pytest.mark.parametrize("text", ["id =", 'id = "a"'])
def test_rules_that_are_none_are_told(tmp_path, text):
    rules, events = tmp_path / "mine.toml", tmp_path / "events.ndjson"
    rules.write_text(text)
    events.write_text("{}")
    done = CliRunner().invoke(main, ["inclusion", "backtest", str(rules), str(events)])
    assert done.exit_code == 1
    assert "mine.toml" in done.output
