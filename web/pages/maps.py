"""Boundaries drawn as SVG from their coordinates alone: no tiles, nothing asked of another server."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, MARGIN = 640, 400, 24
SMALLEST_DEGREES = 0.002
MARK_BELOW = 14
"""Shapes drawn smaller than this (in pixels) also get a mark, so that they can be found."""


@dataclass(frozen=True)
class Shape:
    """One boundary: its outline, where its mark stands, what it is called and where a click leads."""

    path: str
    x: float
    y: float
    is_small: bool
    label: str
    link: str
    kind: str


@dataclass(frozen=True)
class Map:
    """A drawing with its frame in degrees."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    west: float
    south: float
    east: float
    north: float


def drawn(items: Iterable[tuple[Mapping[str, Any], str, str, str]]) -> Map | None:
    """A map of (GeoJSON geometry, label, link, kind); None where there is nothing to draw."""
    given = [(list(rings(geometry)), label, link, kind) for geometry, label, link, kind in items]
    points = [point for outlines, *_ in given for ring in outlines for point in ring]
    if not points:
        return None
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    west, east = _widened(west, east)
    south, north = _widened(south, north)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min((WIDTH - 2 * MARGIN) / ((east - west) * squeeze), (HEIGHT - 2 * MARGIN) / (north - south))
    left = (WIDTH - (east - west) * squeeze * scale) / 2
    top = (HEIGHT - (north - south) * scale) / 2

    def place(point: Sequence[float]) -> tuple[float, float]:
        return (
            round(left + (point[0] - west) * squeeze * scale, 1),
            round(top + (north - point[1]) * scale, 1),
        )

    shapes = tuple(
        _shape([[place(p) for p in ring] for ring in outlines], *rest) for outlines, *rest in given
    )
    return Map(WIDTH, HEIGHT, shapes, west, south, east, north)


def _widened(low: float, high: float) -> tuple[float, float]:
    lacking = max(SMALLEST_DEGREES - (high - low), 0) / 2
    return low - lacking, high + lacking


def _shape(outlines: list[list[tuple[float, float]]], label: str, link: str, kind: str) -> Shape:
    path = " ".join("M" + " L".join(f"{x} {y}" for x, y in ring) + " Z" for ring in outlines)
    xs = [x for ring in outlines for x, _ in ring]
    ys = [y for ring in outlines for _, y in ring]
    return Shape(
        path=path,
        x=round((min(xs) + max(xs)) / 2, 1),
        y=round((min(ys) + max(ys)) / 2, 1),
        is_small=max(max(xs) - min(xs), max(ys) - min(ys)) < MARK_BELOW,
        label=label,
        link=link,
        kind=kind,
    )


def rings(geometry: Mapping[str, Any]) -> Iterator[list[Sequence[float]]]:
    """Every ring of a Polygon or MultiPolygon."""
    polygons = (
        [geometry["coordinates"]] if geometry.get("type") == "Polygon" else geometry.get("coordinates", [])
    )
    for polygon in polygons:
        yield from polygon
