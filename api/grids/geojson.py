"""Areas as GeoJSON (RFC 7946): read with every mistake named, and written."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import shapely
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pyproj import Geod
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape

from api.dispatch.datums import Datum, to_wgs84
from api.documents import Mistake, Name, invalid

MOST_AREAS = 20_000
NOUN = "areas"
_GEOD = Geod(ellps="WGS84")
_OVERLAP = 0.01  # of the smaller area: beside that, borders were drawn twice

Code = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$", examples=["33010600101"]),
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
]


class _Properties(BaseModel):
    code: Code
    name: Name


class _Feature(BaseModel):
    type: Literal["Feature"]
    properties: _Properties
    geometry: dict[str, Any]


class _Collection(BaseModel):
    model_config = ConfigDict(extra="allow")

    type: Literal["FeatureCollection"]
    features: Annotated[list[_Feature], Field(min_length=1, max_length=MOST_AREAS)]


_COLLECTION = TypeAdapter(_Collection)


@dataclass(frozen=True, slots=True)
class Area:
    """An area as it was read.

    Attributes:
        code: its code, one of a kind.
        name: what people call it.
        shape: polygon or multipolygon, longitude before latitude, degrees, WGS-84.
        well_known_binary: the shape as it is kept.
        area_m2: on the WGS-84 ellipsoid, square metres.
    """

    code: str
    name: str
    shape: shapely.Polygon | shapely.MultiPolygon
    well_known_binary: bytes
    area_m2: float


def read_areas(data: bytes, *, datum: Datum = Datum.WGS84) -> list[Area]:
    """Read a FeatureCollection of polygons and multipolygons with `code` and `name`.

    Args:
        data: GeoJSON, longitude before latitude, degrees, at most 20,000 features.
        datum: what the degrees refer to.

    Raises:
        Unprocessable: it is not one; `errors` names each mistake.
    """
    try:
        collection = _COLLECTION.validate_python(json.loads(data))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            raise invalid(
                [(None, _place(item["loc"]), item["msg"]) for item in error.errors()], noun=NOUN
            ) from None
        raise invalid([(None, "", f"is no JSON: {error}")], noun=NOUN) from None
    mistakes: list[Mistake] = []
    areas = []
    for number, feature in enumerate(collection.features):
        try:
            areas.append(_area(feature, datum))
        except ValueError as error:
            mistakes.append((None, f"features[{number}] ({feature.properties.code})", str(error)))
    codes = Counter(feature.properties.code for feature in collection.features)
    mistakes += [(None, f"code {code}", "is there twice") for code in codes if codes[code] > 1]
    if mistakes:
        raise invalid(mistakes, noun=NOUN)
    return areas


def overlaps(areas: Sequence[Area]) -> Iterator[tuple[Area, Area]]:
    """Find areas of which neither lies in the other and that share over 1 % of the smaller."""
    shapes = np.array([area.shape for area in areas])
    for one, two in shapely.STRtree(shapes).query(shapes, predicate="overlaps").T:
        if one < two:
            shared = shapes[one].intersection(shapes[two]).area
            smaller = min(shapes[one].area, shapes[two].area)
            if _OVERLAP < shared / smaller < 1 - _OVERLAP:
                yield areas[one], areas[two]


def feature(code: str, name: str, well_known_binary: bytes, **properties: Any) -> dict[str, Any]:
    """Return an area as a GeoJSON feature."""
    return {
        "type": "Feature",
        "id": code,
        "geometry": mapping(shapely.from_wkb(well_known_binary)),
        "properties": {"code": code, "name": name, **properties},
    }


def _area(feature: _Feature, datum: Datum) -> Area:
    if feature.geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise ValueError("is no Polygon or MultiPolygon")
    try:
        read: Any = shapely.force_2d(shape(feature.geometry))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ShapelyError):
        raise ValueError("has coordinates that make no polygon") from None
    if read.is_empty:
        raise ValueError("has no coordinates")
    west, south, east, north = read.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(
            "has coordinates that are no longitude and latitude in degrees: export it in "
            "geographic coordinates"
        )
    if not read.is_valid:
        raise ValueError(f"is no valid polygon: {shapely.is_valid_reason(read)}")
    if datum is not Datum.WGS84:
        read = shapely.transform(read, lambda points: _wgs84(points, datum))
    area_m2, _ = _GEOD.geometry_area_perimeter(shapely.orient_polygons(read))
    return Area(
        code=feature.properties.code,
        name=feature.properties.name,
        shape=read,
        well_known_binary=shapely.to_wkb(read),
        area_m2=abs(float(area_m2)),
    )


def _wgs84(points: Any, datum: Datum) -> Any:
    changed = [to_wgs84(latitude, longitude, datum) for longitude, latitude in points]
    return np.array([(longitude, latitude) for latitude, longitude in changed])


def _place(location: Sequence[int | str]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return steps.lstrip(".")
