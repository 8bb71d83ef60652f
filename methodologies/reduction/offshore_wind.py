"""CCER-01-002-V01: electricity of offshore wind displaces the grid's. Formulas (1) to (5) of the issued text."""

from typing import Any

from methodologies.reduction.frame import methodology
from methodologies.reduction.grid_baseline import combined_margin


def counted_export(exported: Any, export_correction: Any) -> Any:
    """A meter that may read too much is read lower (7.3.4)."""
    return exported * (1 - export_correction)


def counted_import(imported: Any, import_correction: Any) -> Any:
    """A meter that may read too little is read higher (7.3.4)."""
    return imported * (1 + import_correction)


def net_electricity(counted_export: Any, counted_import: Any) -> Any:
    return counted_export - counted_import


def baseline(net_electricity: Any, combined_margin: Any) -> Any:
    return net_electricity * combined_margin


def far_or_deep(shore_distance: Any, water_depth: Any) -> bool:
    """More than 30 km from the shore, or in more than 30 m of water."""
    return bool(shore_distance > 30 or water_depth > 30)


METHODOLOGY = methodology(
    __package__,
    "offshore_wind",
    year=[counted_export, counted_import, net_electricity, combined_margin, baseline],
    conditions=[far_or_deep],
)
