"""The combined margin of a grid (TOOL07): the sum of both margins by their weights, never their product."""

from typing import Any


def combined_margin(
    operating_margin: Any, operating_weight: Any, build_margin: Any, build_weight: Any
) -> Any:
    return operating_margin * operating_weight + build_margin * build_weight


def weights_add_up(operating_weight: Any, build_weight: Any) -> bool:
    """The two weights of one grid factor make one."""
    return bool(operating_weight + build_weight == 1)
