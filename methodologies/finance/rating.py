"""The industrial carbon-efficiency code (工业碳效码): five levels of an enterprise against its industry.

K = (carbon dioxide per value added of the enterprise) / (the same of its industry, same period). Bounds, words and
source: rating.toml, rating_bounds.toml.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from carbon.columns import choose
from carbon.errors import N_, Problem
from carbon.explanation import Explanation
from carbon.money import yuan_text
from carbon.parameters import Chosen, Parameter, given, load
from carbon.rounding import plain
from carbon.rules import Rule, build
from carbon.text import Text

MG_PER_T = 10**9
FEN_PER_10K_YUAN = 10**6
BENCHMARK_UNIT = "tCO2/10^4 CNY"


def net_co2(energy_co2: Any, deducted_co2: Any) -> Any:
    """What counts: own zero-carbon power and sinks are taken off."""
    return energy_co2 - deducted_co2


def intensity(net_co2: Any, value_added: Any) -> Any:
    """L of the method."""
    return net_co2 / value_added


def efficiency(intensity: Any, benchmark: Any) -> Any:
    """K of the method."""
    return intensity / benchmark


def level(
    efficiency: Any, level_1_up_to: Any, level_2_up_to: Any, level_3_up_to: Any, level_4_up_to: Any
) -> Any:
    """1 is best; a K equal to an upper bound still belongs to the better level."""
    return choose(
        efficiency <= level_1_up_to,
        1,
        choose(
            efficiency <= level_2_up_to,
            2,
            choose(efficiency <= level_3_up_to, 3, choose(efficiency <= level_4_up_to, 4, 5)),
        ),
    )


def intensity_level(intensity: Any, low_carbon_up_to: Any, medium_carbon_up_to: Any) -> Any:
    """1 low, 2 medium, 3 high carbon, whatever the industry."""
    return choose(intensity <= low_carbon_up_to, 1, choose(intensity <= medium_carbon_up_to, 2, 3))


@dataclass(frozen=True)
class Rating:
    """Levels with the ratios behind them and how they came to be."""

    level: int
    label: Text
    efficiency: Fraction
    intensity_t_per_10k_yuan: Fraction
    benchmark_t_per_10k_yuan: Fraction
    intensity_level: int
    intensity_label: Text
    explanation: Explanation
    intensity_explanation: Explanation
    rule_version: str


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(resources.files("methodologies.finance").joinpath("rating.toml").read_text("utf-8"))


@cache
def rule() -> Rule:
    """Both levels as one rule."""
    content = _content()
    return build(content, [net_co2, intensity, efficiency, level, intensity_level], id=content["id"])


@cache
def bounds() -> dict[str, Parameter]:
    """The dated bounds of the levels by id."""
    return load("methodologies.finance", "rating_bounds.toml")


def label_of(level: int) -> Text:
    """What the level is called."""
    return Text.of(_content()["levels"][str(level)], f"level {level}")


def intensity_of(co2_mg: int, value_added_fen: int) -> Fraction:
    """Carbon dioxide per value added, in tCO2 per 10,000 yuan.

    Raises:
        Problem: the value added is not above zero, so that the ratio says nothing.
    """
    if value_added_fen <= 0:
        raise Problem(
            N_("Value added must be above zero to be compared with emissions; it is {amount} yuan."),
            amount=yuan_text(value_added_fen),
        )
    return Fraction(co2_mg, MG_PER_T) / Fraction(value_added_fen, FEN_PER_10K_YUAN)


def rate(
    *,
    co2_mg: int,
    value_added_fen: int,
    benchmark: Chosen | Fraction | None,
    day: date,
    deducted_co2_mg: int = 0,
    benchmark_note: Text | None = None,
) -> Rating:
    """The levels in force on `day`; `benchmark` is the industry's mean in tCO2 per 10,000 yuan of value added.

    Raises:
        Problem: no benchmark, one that is not above zero, value added not above zero, or no bounds on that day.
    """
    chosen = _benchmark(benchmark)
    intensity_of(co2_mg, value_added_fen)
    inputs = {
        "energy_co2": Fraction(co2_mg, MG_PER_T),
        "deducted_co2": Fraction(deducted_co2_mg, MG_PER_T),
        "value_added": Fraction(value_added_fen, FEN_PER_10K_YUAN),
    }
    parameters = {name: parameter.at(day) for name, parameter in bounds().items()} | {"benchmark": chosen}
    values = rule().exactly("level", inputs, parameters)
    reached = int(values["level"])
    carbon_level = int(rule().exactly("intensity_level", inputs, parameters)["intensity_level"])
    carbon_label = Text.of(_content()["intensity_levels"][str(carbon_level)], "intensity level")
    notes = {"level": [label_of(reached)], "intensity_level": [carbon_label]}
    if benchmark_note:
        notes["benchmark"] = [benchmark_note]
    return Rating(
        level=reached,
        label=label_of(reached),
        efficiency=values["efficiency"],
        intensity_t_per_10k_yuan=values["intensity"],
        benchmark_t_per_10k_yuan=chosen.value,
        intensity_level=carbon_level,
        intensity_label=carbon_label,
        explanation=rule().explain("level", inputs, parameters, notes=notes),
        intensity_explanation=rule().explain("intensity_level", inputs, parameters, notes=notes),
        rule_version=rule().version,
    )


def _benchmark(benchmark: Chosen | Fraction | None) -> Chosen:
    if benchmark is None:
        raise Problem(
            N_(
                "There is no benchmark for this industry and year yet; it needs the accounts of ten enterprises."
            )
        )
    chosen = benchmark if isinstance(benchmark, Chosen) else given("benchmark", benchmark, BENCHMARK_UNIT)
    if chosen.value <= 0:
        raise Problem(
            N_("A benchmark must be above zero; {value} t per 10,000 yuan cannot be compared with."),
            value=plain(chosen.value),
        )
    return chosen
