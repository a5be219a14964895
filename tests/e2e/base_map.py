"""A small base map: one vector tile of water, a road and a named place, as PMTiles."""

from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

ZOOM, X, Y = 10, 853, 421  # holds the rendered roads
EXTENT = 4096
PLACE = "西溪"
_POINT, _LINE, _POLYGON = 1, 2, 3


def write_base_map(path: Path) -> Path:
    """Write the base map: the western half of its only tile is water."""
    middle = EXTENT // 2
    tile = b"".join(
        [
            _layer("water", _POLYGON, [(0, 0), (middle, 0), (middle, EXTENT), (0, EXTENT)]),
            _layer("roads", _LINE, [(middle, 0), (EXTENT, EXTENT)]),
            _layer("places", _POINT, [(middle + 600, middle)], name=PLACE),
        ]
    )
    with path.open("wb") as file:
        writer: Any = Writer(file)  # type: ignore[no-untyped-call]
        writer.write_tile(zxy_to_tileid(ZOOM, X, Y), tile)
        west, east = (x / 2**ZOOM * 360 - 180 for x in (X, X + 1))
        writer.finalize(
            {
                "tile_type": TileType.MVT,
                "tile_compression": Compression.NONE,
                "min_zoom": ZOOM,
                "max_zoom": ZOOM,
                "min_lon_e7": int(west * 1e7),
                "max_lon_e7": int(east * 1e7),
                "min_lat_e7": int(29.8 * 1e7),
                "max_lat_e7": int(30.8 * 1e7),
                "center_zoom": ZOOM,
                "center_lon_e7": int((west + east) / 2 * 1e7),
                "center_lat_e7": int(30.3 * 1e7),
            },
            {
                "attribution": '<a href="https://tiles.example">测绘</a> 审图号 GS(2026)1',
                "vector_layers": [
                    {"id": layer, "fields": {}} for layer in ("water", "roads", "places")
                ],
            },
        )
    return path


def _layer(layer: str, kind: int, corners: list[tuple[int, int]], *, name: str = "") -> bytes:
    """Encode a layer of one feature (Mapbox Vector Tile Specification 2.1)."""
    feature = _field(3, _varint(kind)) + _bytes(4, _geometry(kind, corners))
    tags = b""
    if name:
        feature = _bytes(2, _varint(0) + _varint(0)) + feature
        tags = _bytes(3, b"name") + _bytes(4, _bytes(1, name.encode()))
    body = _bytes(1, layer.encode()) + _bytes(2, feature) + tags
    return _bytes(3, body + _field(5, _varint(EXTENT)) + _field(15, _varint(2)))


def _geometry(kind: int, corners: list[tuple[int, int]]) -> bytes:
    x, y = corners[0]
    steps = [_varint(1 | 1 << 3), _zigzag(x), _zigzag(y)]
    if kind != _POINT:
        steps.append(_varint(2 | (len(corners) - 1) << 3))
        for next_x, next_y in corners[1:]:
            steps += [_zigzag(next_x - x), _zigzag(next_y - y)]
            x, y = next_x, next_y
    if kind == _POLYGON:
        steps.append(_varint(7 | 1 << 3))
    return b"".join(steps)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def _zigzag(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3) + value


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value
