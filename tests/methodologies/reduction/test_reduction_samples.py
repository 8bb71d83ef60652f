"""Each methodology ships a sample report that computes: its page and a dry run start from it."""

from importlib.resources import files

import pytest

from methodologies.reduction.catalogue import methodologies
from methodologies.reduction.files import read_monitoring


@pytest.mark.parametrize("id_", list(methodologies()))
def test_the_sample_computes_and_meets_every_condition_it_answers(id_):
    method = methodologies()[id_]
    content = (files("methodologies.reduction") / "samples" / f"{id_}.toml").read_bytes()
    result = method.calculate(read_monitoring(method, f"{id_}.toml", content))
    assert result.total > 0
    assert result.applicable is not False


def test_recalled_figures_take_the_label_off_a_result():
    solar = methodologies()["solar_thermal"]
    content = (files("methodologies.reduction") / "samples" / "solar_thermal.toml").read_bytes()
    assert solar.calculate(read_monitoring(solar, "a.toml", content)).label == "CCER-01-001-V01"
    forest = methodologies()["reforestation_cdm"]
    report = {
        "recalled": True,
        "total_area": 10,
        "year": 2024,
        "stock_before": 0,
        "half_width_share": 0,
        "buffer_share": 0,
        "baseline_change": 0,
        "strata": [{"area_share": 1, "plot_mean": 100, "plot_deviation": 10, "plots": 5}],
    }
    result = forest.calculate(report)
    assert (result.confidence.id, result.label) == ("memory", None)
    assert any("carbon fraction" in note.en for note in result.notes)
