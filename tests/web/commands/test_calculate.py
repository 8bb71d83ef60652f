import json

import pytest
from click.testing import CliRunner

from web.commands.calculate import command

TABLE = """期间,设施,排放源,品种,数量,单位
2024-03,一厂,化石燃料燃烧,柴油,10,吨
2024-03,一厂,外购电力,电网电力,10,万千瓦时
2024-03,一厂,制冷剂逸散,R410A,3,kg
"""


@pytest.fixture
def run(tmp_path):
    def run(content: str | bytes, *arguments: str, name: str = "a.csv"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CliRunner().invoke(command, [str(file), *arguments])

    return run


def test_a_file_is_computed_by_gas_scope_and_source(run):
    done = run(TABLE, "--json")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert {total["gas"]: total["mg"] for total in answer["by_gas"]} == {
        "CO2": 30_959_096_373 + 53_060_000_000,
        "CH4": 1_279_560,
        "N2O": 255_912,
        "HFC32": 1_500_000,
        "HFC125": 1_500_000,
    }
    assert [(total["scope"], total["activities"]) for total in answer["by_scope"]] == [(1, 2), (2, 1)]
    assert [total["source"] for total in answer["by_source"]] == [
        "fuel_combustion",
        "purchased_electricity",
        "refrigerant_leakage",
    ]
    assert answer["total"]["co2e_mg"] == sum(total["co2e_mg"] for total in answer["by_gas"])
    assert answer["beside"]["market"]["co2e_t"] == pytest.approx(60.96)
    assert answer["rows"][0]["mg"]["CO2"] == 30_959_096_373
    assert answer["errors"] == answer["warnings"] == []


def test_another_gwp_set_weighs_the_same_masses_otherwise(run):
    ar4, ar6 = (json.loads(run(TABLE, "--json", "--gwp", gwp).stdout) for gwp in ("AR4", "AR6"))
    assert [total["mg"] for total in ar4["by_gas"]] == [total["mg"] for total in ar6["by_gas"]]
    assert ar4["total"] != ar6["total"]


def test_a_wrong_row_gives_exit_code_2_and_the_others_are_still_computed(run):
    done = run(TABLE + "2024-13,一厂,化石燃料燃烧,柴油,-1,吨\n", "--json")
    assert done.exit_code == 2
    answer = json.loads(done.stdout)
    assert (answer["rows_calculated"], answer["rows_wrong"]) == (3, 1)
    assert {(error["row"], error["column"], error["value"]) for error in answer["errors"]} == {
        (5, "period", "2024-13"),
        (5, "amount", "-1"),
    }


def test_errors_go_to_standard_error_beside_the_table(run):
    done = run(TABLE + "2024-13,一厂,化石燃料燃烧,柴油,1,吨\n")
    assert done.exit_code == 2
    assert "row 5, period: “2024-13” is not a day of the calendar" in done.stderr
    assert "Total" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_file_that_cannot_be_read_gives_exit_code_2_and_no_stack(run, arguments):
    done = run(b"\x00\x01", *arguments)
    assert done.exit_code == 2
    assert "NUL" in done.stderr
    assert "Traceback" not in done.output


def test_one_row_is_explained_in_the_language_asked_for(run):
    done = run(TABLE, "--explain", "2", "--language", "zh")
    assert done.exit_code == 0
    assert "低位发热量 = 42.652 GJ/t" in done.stdout
    assert "44/12" in done.stdout
    tree = json.loads(run(TABLE, "--explain", "2", "--json").stdout)
    assert float(tree["value"]) == pytest.approx(31.0627, rel=1e-4)


def test_a_row_that_was_not_computed_cannot_be_explained(run):
    done = run(TABLE, "--explain", "99")
    assert done.exit_code == 2
    assert "Row 99 was not computed" in done.stderr


def test_region_and_guide_hold_where_a_row_names_none(run):
    chongqing = json.loads(run(TABLE, "--json", "--region", "重庆").stdout)
    assert chongqing["rows"][1]["region"] == "CN-CQ"
    assert chongqing["rows"][1]["mg"] != json.loads(run(TABLE, "--json").stdout)["rows"][1]["mg"]
    assert run(TABLE, "--region", "火星").exit_code == 2


def test_json_input_is_computed_too(run):
    rows = [{"period": "2024-03", "source": "fuel_combustion", "item": "diesel", "amount": 10, "unit": "t"}]
    answer = json.loads(run(json.dumps(rows), "--json", name="a.json").stdout)
    assert answer["rows"][0]["row"] == 1
    assert answer["rows"][0]["mg"]["CO2"] == 30_959_096_373
