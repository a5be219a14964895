"""Areas for tests."""

import json

from api.database import Database
from api.grids import geojson
from api.grids import service as grids
from api.routing import service


def import_areas(database: Database, **squares: tuple[float, float, float]) -> None:
    """Put squares (west, south, side in degrees) in force as areas."""
    features = []
    for code, (west, south, side) in squares.items():
        east, north = west + side, south + side
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        features.append(
            {
                "type": "Feature",
                "properties": {"code": code, "name": f"area {code}"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    areas = geojson.read_areas(
        json.dumps({"type": "FeatureCollection", "features": features}).encode()
    )
    with database.write() as session:
        grids.replace(session, areas=areas, in_use=service.areas_in_use(session), actor="user:a")
