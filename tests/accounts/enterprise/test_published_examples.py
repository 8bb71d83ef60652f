"""Worked examples of published documents, as a stranger would write them into a file: published/*.toml."""

import tomllib
from pathlib import Path

import pytest

from accounts.enterprise.checking import check_activities
from accounts.enterprise.inventory import take_inventory
from accounts.enterprise.reading import read_file

FOLDER = Path(__file__).parent / "published"


def examples():
    for file in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(file.read_text("utf-8"))
        for example in content["example"]:
            name = f"{file.stem}: {example['name']}"
            yield pytest.param({"document": content["document"], **example}, id=name)


@pytest.mark.parametrize("example", list(examples()))
def test_a_published_example_comes_out_as_its_numbers_say(example):
    checked = check_activities(read_file("example.csv", example["rows"].strip().encode()))
    assert [finding.template for finding in checked.findings.listed() if finding.severity == "error"] == []
    found = take_inventory(checked, example.get("gwp", "AR5"))
    assert found.rows.height == len(example["rows"].strip().splitlines()) - 1
    assert found.co2e_mg / 1e6 == pytest.approx(example["kg"], rel=example.get("tolerance", 1e-9))
    assert example["document"]
    assert example["place"]


def test_the_examples_cover_what_is_promised():
    names = [param.values[0]["place"] for param in examples()]
    categories = {place.split()[1].split(".")[0] for place in names if place.startswith("example ")}
    assert categories == {str(number) for number in range(1, 16)} - {
        "2"
    }  # the guidance has no example of category 2
