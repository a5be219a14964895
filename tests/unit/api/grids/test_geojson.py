"""Areas from GeoJSON: read as they are meant, refused with every mistake named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dispatch.datums import Datum, located, to_wgs84
from api.errors import Unprocessable
from api.grids.geojson import overlaps, read_areas


def square(west: float, south: float, side: float = 0.01) -> list[list[list[float]]]:
    """Return the coordinates of a polygon."""
    east, north = west + side, south + side
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def area(code: Any, coordinates: Any, *, kind: str = "Polygon", **more: Any) -> dict[str, Any]:
    """Return a feature."""
    return {
        "type": "Feature",
        "properties": {"code": code, "name": f"area {code}", **more},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features: dict[str, Any]) -> bytes:
    """Return a FeatureCollection."""
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_areas_are_read_and_measured() -> None:
    one, two = read_areas(
        collection(
            area("330106001", square(120.1, 30.2), layer="streets"),
            area(330106002, [square(120.2, 30.2), square(120.3, 30.2)], kind="MultiPolygon"),
        )
    )
    assert (one.code, one.name, two.code) == ("330106001", "area 330106001", "330106002")
    # 0.01° of latitude is 1,109 m there and of longitude 963 m.
    assert one.area_m2 == pytest.approx(1109 * 963, rel=0.002)
    assert two.area_m2 == pytest.approx(2 * one.area_m2, rel=0.001)


@pytest.mark.parametrize(
    ("body", "location", "message"),
    [
        (b"{", "areas", "is no JSON"),
        (b"\xff", "areas", "is no JSON"),
        (b"[" * 100_000, "areas", "is no JSON"),
        (b"{}", "type", "required"),
        (collection(), "features", "at least 1"),
        (collection(area("a b", square(120, 30))), "features[0].properties.code", "pattern"),
        (collection(area("a", square(500_000, 3_350_000))), "features[0] (a)", "no longitude"),
        (collection(area("a", [120.1, 30.2], kind="Point")), "features[0] (a)", "no Polygon"),
        (collection(area("a", "here")), "features[0] (a)", "make no polygon"),
        (collection(area("a", [])), "features[0] (a)", "no coordinates"),
        (
            collection(area("a", [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]])),
            "features[0] (a)",
            "Self-intersection",
        ),
        (
            collection(area("a", square(120, 30)), area("a", square(121, 30))),
            "code a",
            "is there twice",
        ),
    ],
)
def test_mistakes_are_named(body: bytes, location: str, message: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        read_areas(body)
    errors = caught.value.extra["errors"]
    assert location in [error["location"] for error in errors]
    assert any(message in error["message"] for error in errors), errors


def test_areas_drawn_in_another_datum_are_kept_in_wgs84() -> None:
    (drawn,) = read_areas(collection(area("a", square(120.1, 30.2))), datum=Datum.GCJ02)
    (meant,) = read_areas(collection(area("a", square(120.1, 30.2))))
    shift = drawn.shape.centroid.distance(meant.shape.centroid) * 111_000
    assert 300 < shift < 700
    assert drawn.area_m2 == pytest.approx(meant.area_m2, rel=0.01)


@given(latitude=st.floats(20, 50), longitude=st.floats(75, 130), datum=st.sampled_from(Datum))
def test_there_and_back_is_a_centimetre(latitude: float, longitude: float, datum: Datum) -> None:
    there = located({"latitude": latitude, "longitude": longitude}, datum)
    assert there is not None
    back = to_wgs84(there["latitude"], there["longitude"], datum)
    assert back == pytest.approx((latitude, longitude), abs=2e-7)


def test_only_areas_that_lie_across_each_other_overlap() -> None:
    areas = read_areas(
        collection(
            area("outer", square(120, 30, 0.1)),
            area("inner", square(120.02, 30.02)),
            area("beside", square(120.03, 30.02)),
            area("across", square(120.025, 30.02)),
        )
    )
    found = {frozenset((one.code, two.code)) for one, two in overlaps(areas)}
    assert found == {frozenset(("inner", "across")), frozenset(("beside", "across"))}
