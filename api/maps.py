"""What maps are given: GeoJSON (RFC 7946) that is compact, packed, and not sent twice."""

import gzip
from hashlib import sha256
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/geo+json"
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing has changed since the answer that If-None-Match names"}
}
_PACKING = 5  # of 9: a third of the time of the best, and a twentieth larger
_LEAST_PACKED = 1024


class Point(BaseModel):
    """RFC 7946: longitude before latitude."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float] = Field(examples=[(120.1502, 30.2501)])


def point(longitude: float, latitude: float) -> dict[str, Any]:
    """Return the geometry of a place in degrees, WGS-84, to the decimetre."""
    return {"type": "Point", "coordinates": (round(longitude, 6), round(latitude, 6))}


def geojson(request: Request, collection: Any) -> Response:
    """Answer with a collection, or with 304 where the asker has the same already.

    Args:
        request: with `If-None-Match` and `Accept-Encoding`, or without.
        collection: models, or plain dictionaries, which are faster by far where there are many.
    """
    data = to_json(collection, by_alias=True)
    headers = {
        "ETag": f'W/"{sha256(data).hexdigest()[:32]}"',  # weak: the same packed and as it is
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", "") and len(data) >= _LEAST_PACKED:
        headers["Content-Encoding"] = "gzip"
        data = gzip.compress(data, _PACKING, mtime=0)
    return Response(data, headers=headers, media_type=MEDIA_TYPE)
