"""Parcels as GeoJSON in WGS84 degrees: read strictly, measured in hectares on the ellipsoid's sphere of equal area.

Needs no database. RFC 7946; coordinates of Chinese methodologies carry six decimals or more (CCER-01-001-V01, boundary).
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon, shape

from carbon.errors import N_, Problem, TooLarge

MOST_PARCELS = 5_000
MOST_POINTS = 100_000
LARGEST_BYTES = 8 * 2**20
RADIUS_M = 6_371_007.2
"""Authalic radius of WGS84: areas on this sphere are those of the ellipsoid."""
LARGEST_HA = 10_000_000
SMALLEST_HA = 0.0001
TOLERANCE_SHARE, TOLERANCE_HA = 0.005, 0.05
"""Neighbours drawn from different surveys touch by slivers: half a percent of the smaller parcel, or 500 m²."""


@dataclass(frozen=True)
class Parcel:
    """One polygon or multipolygon, valid, with its area in hectares."""

    name: str
    geometry: Mapping[str, Any]
    area_ha: float
    bounds: tuple[float, float, float, float]

    @property
    def polygon(self) -> Polygon | MultiPolygon:
        """For computing."""
        return shape(self.geometry)


def read_parcels(content: bytes | str | Mapping[str, Any]) -> list[Parcel]:
    """The parcels of a GeoJSON text or object: a FeatureCollection, a Feature, a Polygon or MultiPolygon.

    Raises:
        Problem: no GeoJSON, other than polygons, outside WGS84, unclosed, self-crossing, across the antimeridian,
            overlapping each other; says which parcel and where.
        TooLarge: more bytes, parcels or points than a project has.
    """
    data = content if isinstance(content, Mapping) else _parsed(content)
    features = list(_features(data))
    if not features:
        raise Problem(N_("The GeoJSON holds no parcel: give at least one Polygon."), at="boundary")
    if len(features) > MOST_PARCELS:
        raise TooLarge(
            N_("More than {most} parcels: join neighbouring ones."), most=MOST_PARCELS, at="boundary"
        )
    left = MOST_POINTS
    parcels = []
    for number, (name, geometry) in enumerate(features, start=1):
        said = name or f"#{number}"
        left -= _check_positions(said, geometry)
        if left < 0:
            raise TooLarge(
                N_("More than {most} points: simplify the outlines."), most=MOST_POINTS, at="boundary"
            )
        parcels.append(_parcel(name, said, geometry))
    _apart(parcels)
    return parcels


def overlap_ha(one: Parcel, other: Parcel) -> float:
    """The area both cover, in hectares."""
    common = one.polygon.intersection(other.polygon)
    return sum(area_ha(part) for part in _polygons(common))


def is_overlap(one: Parcel, other: Parcel) -> float:
    """The common area in hectares where it is more than surveys differ by, else 0."""
    common = overlap_ha(one, other)
    allowed = max(TOLERANCE_SHARE * min(one.area_ha, other.area_ha), TOLERANCE_HA)
    smaller = min(one.area_ha, other.area_ha)
    return common if common > min(allowed, smaller / 2) else 0.0


def area_ha(polygon: Polygon) -> float:
    """Hectares of a polygon in degrees, its holes taken out."""
    inside = abs(_ring_m2(polygon.exterior.coords)) - sum(
        abs(_ring_m2(hole.coords)) for hole in polygon.interiors
    )
    return inside / 10_000


def _ring_m2(points: Iterable[tuple[float, ...]]) -> float:
    """Spherical area by the formula of Chamberlain and Duquette (JPL 07-03), signed."""
    ring = list(points)
    total = 0.0
    for (west, south, *_), (east, north, *_) in zip(ring, [*ring[1:], ring[0]], strict=True):
        total += math.radians(east - west) * (
            2 + math.sin(math.radians(south)) + math.sin(math.radians(north))
        )
    return total * RADIUS_M**2 / 2


def _polygons(geometry: Any) -> Iterable[Polygon]:
    if isinstance(geometry, Polygon):
        return [] if geometry.is_empty else [geometry]
    return [part for each in getattr(geometry, "geoms", ()) for part in _polygons(each)]


def _parsed(content: bytes | str) -> Mapping[str, Any]:
    if len(content) > LARGEST_BYTES:
        raise TooLarge(N_("The file is larger than {most} MiB."), most=LARGEST_BYTES // 2**20, at="boundary")
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        data = json.loads(text, parse_constant=lambda word: word)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as fault:
        raise Problem(
            N_("The boundary is no GeoJSON: {fault}."), fault=str(fault)[:200], at="boundary"
        ) from fault
    if not isinstance(data, Mapping):
        raise Problem(N_("The boundary is no GeoJSON: it must be an object."), at="boundary")
    return data


def _features(data: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    if "crs" in data and not any(
        word in json.dumps(data["crs"], default=str).upper() for word in ("CRS84", "4326")
    ):
        raise Problem(
            N_(
                "The boundary names another coordinate system; give longitude and latitude in WGS84 (EPSG:4326)."
            ),
            at="boundary",
        )
    kind = data.get("type")
    if kind == "FeatureCollection":
        features = data.get("features")
        for feature in features if isinstance(features, list) else []:
            if isinstance(feature, Mapping):
                yield from _features(feature)
    elif kind == "Feature":
        properties = data.get("properties") or {}
        named = next((properties[key] for key in ("name", "名称", "地块", "id") if properties.get(key)), "")
        yield str(named)[:100], data.get("geometry") or {}
    else:
        yield "", data


def _check_positions(said: str, geometry: Mapping[str, Any]) -> int:
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        raise Problem(
            N_("Parcel {parcel} is a {kind}; a boundary is made of Polygon or MultiPolygon."),
            parcel=said,
            kind=str(kind)[:40],
            at="boundary",
        )
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    count = 0
    for rings in polygons if isinstance(polygons, list) else [None]:
        if not isinstance(rings, list) or not rings:
            raise Problem(N_("Parcel {parcel} has no rings of coordinates."), parcel=said, at="boundary")
        for ring in rings:
            count += _check_ring(said, ring)
    return count


SHORTEST_RING = 4
_HALF_TURN = 180


def _check_ring(said: str, ring: Any) -> int:
    if not isinstance(ring, list) or len(ring) < SHORTEST_RING:
        raise Problem(
            N_("Parcel {parcel}: a ring needs at least four positions, the last equal to the first."),
            parcel=said,
            at="boundary",
        )
    for place, position in enumerate(ring):
        if not (isinstance(position, list) and len(position) in {2, 3} and all(map(_is_number, position))):
            raise Problem(
                N_("Parcel {parcel}: position {place} is “{value}”, not [longitude, latitude]."),
                parcel=said,
                place=place + 1,
                value=str(position)[:60],
                at="boundary",
            )
        longitude, latitude = position[:2]
        if abs(latitude) > _HALF_TURN / 2 or abs(longitude) > _HALF_TURN:
            raise Problem(
                N_("Parcel {parcel}: position {place} ({longitude}, {latitude}) lies outside WGS84 degrees: longitude "
                   "first, from −180 to 180, then latitude, from −90 to 90; projected metres are not taken."),
                parcel=said,
                place=place + 1,
                longitude=longitude,
                latitude=latitude,
                at="boundary",
            )  # fmt: skip
    if ring[0][:2] != ring[-1][:2]:
        raise Problem(
            N_("Parcel {parcel}: the ring is not closed; repeat its first position {first} at the end."),
            parcel=said,
            first=str(ring[0][:2]),
            at="boundary",
        )
    longitudes = [position[0] for position in ring]
    if max(longitudes) - min(longitudes) > _HALF_TURN:
        raise Problem(
            N_("Parcel {parcel} crosses the antimeridian; cut it there in two (RFC 7946, 3.1.9)."),
            parcel=said,
            at="boundary",
        )
    return len(ring)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _parcel(name: str, said: str, geometry: Mapping[str, Any]) -> Parcel:
    try:
        polygon = shapely.force_2d(shape(geometry))
    except (ValueError, TypeError, shapely.errors.ShapelyError) as fault:
        raise Problem(
            N_("Parcel {parcel} is no polygon: {fault}."), parcel=said, fault=str(fault)[:200], at="boundary"
        ) from fault
    if not polygon.is_valid:
        raise Problem(
            N_("Parcel {parcel} is no simple polygon: {fault}. Lines may not cross or touch themselves; holes lie inside."),
            parcel=said,
            fault=shapely.is_valid_reason(polygon)[:200],
            at="boundary",
        )  # fmt: skip
    hectares = sum(area_ha(part) for part in _polygons(polygon))
    if not SMALLEST_HA <= hectares <= LARGEST_HA:
        raise Problem(
            N_("Parcel {parcel} has {area} ha; between {least} and {most} ha are taken."),
            parcel=said,
            area=f"{hectares:.6f}",
            least=SMALLEST_HA,
            most=LARGEST_HA,
            at="boundary",
        )
    return Parcel(name, shapely.geometry.mapping(polygon), hectares, polygon.bounds)


def _apart(parcels: list[Parcel]) -> None:
    """Refuse parcels of one project that cover the same ground: it would be counted twice."""
    polygons = [parcel.polygon for parcel in parcels]
    tree = shapely.STRtree(polygons)
    for first, second in zip(*tree.query(polygons, predicate="intersects"), strict=True):
        if first < second and (common := is_overlap(parcels[first], parcels[second])):
            raise Problem(
                N_("Parcels {first} and {second} cover the same {area} ha; each hectare counts once."),
                first=parcels[first].name or f"#{first + 1}",
                second=parcels[second].name or f"#{second + 1}",
                area=f"{common:.4f}",
                at="boundary",
            )
