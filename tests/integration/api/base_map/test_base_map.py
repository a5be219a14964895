"""The base map over HTTP: described, read by ranges, refused where it is none."""

from pathlib import Path

import httpx
import pytest

from api.settings import Settings, SettingsInvalid, load_settings
from tests.conftest import SignIn, sqlite_only

TILES = b"PMTiles\x03" + bytes(range(256)) * 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the file that the service is started with."""
    path = tmp_path / "city.pmtiles"
    path.write_bytes(TILES)
    return path


@pytest.fixture
def settings(settings: Settings, file: Path) -> Settings:
    """Start the service with a base map."""
    return Settings(**settings.model_dump() | {"base_map": file})


@pytest.fixture
def person(sign_in: SignIn) -> httpx.Client:
    """Give somebody who may see the map."""
    return sign_in("operator")


@sqlite_only
def test_it_is_read_by_ranges_and_not_twice(person: httpx.Client, file: Path) -> None:
    described = person.get("/v1/base-map").json()
    assert described["format"] == "pmtiles"
    url = described["url"]

    whole = person.get(url)
    assert (whole.status_code, whole.content) == (200, TILES)
    assert whole.headers["accept-ranges"] == "bytes"
    assert "private" in whole.headers["cache-control"]
    part = person.get(url, headers={"Range": "bytes=8-19"})
    assert (part.status_code, part.content) == (206, TILES[8:20])
    assert part.headers["content-range"] == f"bytes 8-19/{len(TILES)}"
    assert part.headers["etag"] == whole.headers["etag"]
    assert person.get(url, headers={"Range": "bytes=99999-"}).status_code == 416
    same = person.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")

    file.write_bytes(TILES + b"renewed")
    renewed = person.get("/v1/base-map").json()
    assert renewed["url"] != url
    assert person.get(url, headers={"If-None-Match": whole.headers["etag"]}).status_code == 200
    file.unlink()
    assert person.get("/v1/base-map").json() == {"format": None, "url": None}
    gone = person.get(url)
    assert (gone.status_code, gone.json()["type"]) == (404, "urn:xunjian:problem:base-map-missing")


@sqlite_only
def test_nobody_reads_it_without_signing_in(client: httpx.Client) -> None:
    assert client.get("/v1/base-map/file").status_code == 401


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("city.mbtiles", b"SQLite format 3", "ends in"),
        ("city.pmtiles", b"PMTiles\x02", "version 3"),
        ("city.geojson", b"{", "FeatureCollection"),
        ("city.geojson", b"[]", "FeatureCollection"),
        ("city.geojson", b"\xff", "FeatureCollection"),
        ("missing.geojson", None, "cannot be read"),
    ],
)
def test_a_file_that_is_none_stops_the_start_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None, why: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("XUNJIAN_BASE_MAP", str(path))
    with pytest.raises(SettingsInvalid, match=f"XUNJIAN_BASE_MAP.*{why}"):
        load_settings()


def test_geojson_is_one_too(tmp_path: Path) -> None:
    path = tmp_path / "city.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    assert Settings(base_map=path).base_map == path
