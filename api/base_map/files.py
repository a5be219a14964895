"""The file of a base map: of a kind that the page can draw, or refused when the service starts."""

import json
from enum import StrEnum
from pathlib import Path

_SUFFIXES = (".pmtiles", ".geojson", ".json")
_PMTILES = b"PMTiles\x03"
_MOST_GEOJSON_BYTES = 32 * 1024 * 1024


class BaseMapFormat(StrEnum):
    """How a base map is kept."""

    PMTILES = "pmtiles"
    GEOJSON = "geojson"


def checked(path: Path) -> Path:
    """Return the path of a base map that can be drawn.

    Raises:
        ValueError: there is no such file, or it is neither PMTiles 3 nor GeoJSON.
    """
    if path.suffix not in _SUFFIXES:
        raise ValueError(f"a base map ends in {' or '.join(_SUFFIXES[:2])}, not in {path.suffix!r}")
    try:
        if format_of(path) is BaseMapFormat.PMTILES:
            with path.open("rb") as file:
                if file.read(len(_PMTILES)) != _PMTILES:
                    raise ValueError(f"{path} is no PMTiles of version 3 (try `pmtiles convert`)")
        elif path.stat().st_size > _MOST_GEOJSON_BYTES:
            raise ValueError(f"{path} is larger than 32 MiB: make PMTiles of it (tippecanoe)")
        elif json.loads(path.read_bytes()).get("type") != "FeatureCollection":
            raise ValueError(f"{path} is no GeoJSON FeatureCollection")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (AttributeError, UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError(f"{path} is no GeoJSON FeatureCollection") from None
    return path


def format_of(path: Path) -> BaseMapFormat:
    """Return how a base map is kept, by the end of its name."""
    is_tiles = path.suffix == ".pmtiles"
    return BaseMapFormat.PMTILES if is_tiles else BaseMapFormat.GEOJSON
