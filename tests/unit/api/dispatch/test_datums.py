import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from api.dispatch.datums import Datum, located

latitudes = st.floats(-90, 90, allow_nan=False)
longitudes = st.floats(-180, 180, allow_nan=False)


def place(latitude: float, longitude: float) -> dict[str, object]:
    return {"latitude": latitude, "longitude": longitude, "datum": "WGS-84", "accuracy_m": 2.5}


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        # Beijing railway station, from the documentation of the R package geoChina.
        ((39.90105, 116.42079), (39.90245, 116.42703)),
        # From the test data of googollee/eviltransform (MIT): Shanghai, Shenzhen, Beijing.
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ],
)
def test_known_points_in_gcj02(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    told = located(place(*wgs84), Datum.GCJ02)

    assert told is not None
    assert (told["latitude"], told["longitude"]) == pytest.approx(gcj02, abs=1e-5)
    assert told["datum"] == "GCJ-02"
    assert told["accuracy_m"] == 2.5


def test_gcj02_is_wgs84_outside_china() -> None:
    told = located(place(51.4778, 0.0014), Datum.GCJ02)

    assert told == {**place(51.4778, 0.0014), "datum": "GCJ-02"}


@given(latitudes, longitudes)
def test_cgcs2000_is_wgs84_to_a_metre(latitude: float, longitude: float) -> None:
    told = located(place(latitude, longitude), Datum.CGCS2000)

    assert told is not None
    assert told["datum"] == "CGCS2000"
    line = Geodesic.WGS84.Inverse(latitude, longitude, told["latitude"], told["longitude"])
    assert line["s12"] < 1


@pytest.mark.parametrize("datum", Datum)
def test_what_has_no_place_stays_without(datum: Datum) -> None:
    assert located(None, datum) is None
