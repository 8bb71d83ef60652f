import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.commands.credits import command
from web.commands.methodologies import command as methodologies_command

EXAMPLES = Path(__file__).parents[3] / "examples" / "credits"

REPORT = """
methodology = "ACM0002"
[project]
grid = "华中"
technology = "光伏"
[conditions]
grid_connected = true
[[years]]
year = 2020
exported = "1000 万kWh"
imported = 5
[[years]]
year = 2021
exported = 12000.0
imported = 5
"""


@pytest.fixture
def run(tmp_path):
    def run(method, content, *arguments, name="report.toml"):
        file = tmp_path / name
        file.write_text(content, "utf-8")
        return CliRunner().invoke(command, [method, str(file), *arguments])

    return run


def test_toml_json_and_csv_say_the_same(run):
    as_json = json.dumps(
        {
            "project": {"grid": "central", "technology": "solar"},
            "conditions": {"grid_connected": True},
            "years": [
                {"year": 2020, "EG_export": 10000, "EG_import": 5},
                {"year": 2021, "上网电量": 12000.0, "imported": "5"},
            ],
        }
    )
    as_csv = "年份,grid,technology,上网电量,imported,grid_connected\n2020,华中,光伏,10000,5,是\n2021,华中,光伏,12000,5,是\n"
    answers = [
        json.loads(run("ACM0002", content, "--json", name=name).stdout)
        for content, name in ((REPORT, "a.toml"), (as_json, "a.json"), (as_csv, "a.csv"))
    ]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["credits"] == 7150 + 8580
    assert answers[0]["label"] is None
    assert answers[0]["applicable"] is True


def test_the_explanation_ends_in_the_document_of_every_default(run):
    shown = run("ACM0002", REPORT, "--explain", "--language", "zh").stdout
    assert "净上网电量 × 组合边际排放因子" in shown
    assert "2019 年度减排项目中国区域电网基准线排放因子" in shown
    told = json.loads(run("ACM0002", REPORT, "--explain", "--json").stdout)
    assert told["vintages"][0]["periods"][0]["explanation"]["value"] == "7150.173125"


@pytest.mark.parametrize(
    ("change", "message", "field"),
    [
        (("imported = 5\n", ""), "is missing", "years[0].imported"),
        (("imported = 5\n", "imported = -5\n"), "out of range", "years[0].imported"),
        (("imported = 5\n", "imported = nan\n"), "is not a number", "years[0].imported"),
        (("imported = 5\n", 'imported = "5 t"\n'), "energy", "years[0].imported"),
        (("imported = 5\n", "importd = 5\n"), "exported, imported", "years[0].importd"),
        (("grid = ", "grd = "), "Perhaps meant: grid", "project.grd"),
        (("year = 2020", "year = 20"), "is not a year", "years[0].year"),
        (("year = 2021", "year = 2020"), "overlap", "years"),
        (("光伏", "核电"), "none of the choices", "project.technology"),
        (("grid_connected = true", "grid_conected = true"), "no condition", "conditions.grid_conected"),
        (('"ACM0002"', '"offshore_wind"'), "The report is for", "methodology"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(run, change, message, field):
    done = run("ACM0002", REPORT.replace(*change, 1), "--json")
    assert done.exit_code == 2
    [error] = json.loads(done.stdout)["errors"]
    assert message in error["message"]
    assert error["field"] == field


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.toml", "x = ="),
        ("a.json", "[1, 2]"),
        ("a.json", "{" * 100_000),
        ("a.json", '{"year": 2020, "exported": 1e999999999, "imported": 0}'),
        ("a.csv", "year\n2020,\x00"),
        ("a.csv", "grid\n华中\n"),
        ("a.toml", ""),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(run, name, content):
    done = run("ACM0002", content, name=name)
    assert done.exit_code == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_a_methodology_nobody_knows_is_answered_with_the_nearest(run):
    done = run("ACM002", REPORT)
    assert done.exit_code == 2
    assert "grid_renewables" in done.stderr


def test_an_unmet_condition_gives_no_credits_and_its_own_exit_code(run):
    done = run("ACM0002", REPORT.replace("= true", "= false"), "--json")
    assert done.exit_code == 3
    answer = json.loads(done.stdout)
    assert (answer["credits"], answer["applicable"]) == (0, False)
    assert answer["totals"]["net_t"] > 0


def test_the_list_names_confidence_label_and_gaps():
    listed = CliRunner().invoke(methodologies_command, ["--language", "zh"]).stdout
    assert "offshore_wind" in listed
    assert "核对过原文" in listed
    listed = json.loads(CliRunner().invoke(methodologies_command, ["--json"]).stdout)
    assert {entry["id"]: entry["label"] for entry in listed}["grid_renewables"] is None


def test_an_empty_report_can_be_filled_in(run):
    empty = CliRunner().invoke(methodologies_command, ["ACM0002", "--template"]).stdout
    assert "# exported =" in empty
    assert "missing" in run("ACM0002", empty).stderr
    page = CliRunner().invoke(methodologies_command, ["ACM0002", "--language", "zh"]).stdout
    assert "## 适用条件" in page


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rice.toml", 2375),
        ("grid_renewables.csv", 37_174 + 38_676 + 38_033),
        ("manure_biogas.json", 4153),
        ("afforestation.toml", 4 * 5185),
    ],
)
def test_the_examples_are_complete_reports(name, expected):
    file = EXAMPLES / name
    done = CliRunner().invoke(command, [file.stem, str(file), "--json"])
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["applicable"], answer["credits"]) == (0, True, expected)
