"""An assessment of uncertainty as JSON, for the command line and the API alike."""

from typing import Any

from accounts.enterprise.uncertainty import Assessment, Estimate

_MG_PER_T = 10**9


def as_json(found: Assessment, language: str) -> dict[str, Any]:
    """Percents are half-widths of 95 %; `low` and `high` the ends of what was drawn, in tonnes of CO2e."""
    return {
        "gwp": found.gwp_set,
        "draws": found.draws,
        "seed": found.seed,
        "total": _estimate(found.total),
        "by_gas": [{"gas": each.name, **_estimate(each)} for each in found.by_gas],
        "by_scope": [{"scope": int(each.name), **_estimate(each)} for each in found.by_scope],
        "contributions": [
            {
                "number": each.name.in_language(language),
                "percent": round(each.percent, 4),
                "variance_share": round(each.variance_share, 6),
            }
            for each in found.contributions
        ],
        "known_share": round(found.known_share, 6),
        "unknown": [
            {
                "source": each.source,
                "item": each.item,
                "numbers": [name.in_language(language) for name in each.numbers],
                "co2e_t": each.co2e_mg / _MG_PER_T,
            }
            for each in found.unknown
        ],
    }


def _estimate(each: Estimate) -> dict[str, Any]:
    return {
        "co2e_t": each.co2e_mg / _MG_PER_T,
        "approach_1_percent": round(each.percent, 6),
        "approach_2": {
            "mean_t": each.drawn.mean / _MG_PER_T,
            "low_t": each.drawn.low / _MG_PER_T,
            "high_t": each.drawn.high / _MG_PER_T,
            "below_percent": round(each.drawn.below_percent, 4),
            "above_percent": round(each.drawn.above_percent, 4),
        },
    }
