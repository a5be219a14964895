"""The base map that the city supplies, to be drawn under everything else."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse, Response

from api.base_map.files import BaseMapFormat, format_of
from api.base_map.schemas import BaseMapView
from api.dependencies import ServicesDep, allow
from api.errors import NotFound
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["map"])

Reader = Annotated[Principal, Depends(allow(Action.BASE_MAP_READ))]
_FILE = "/v1/base-map/file"
_MEDIA_TYPES = {
    BaseMapFormat.PMTILES: "application/vnd.pmtiles",
    BaseMapFormat.GEOJSON: "application/geo+json",
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The whole file",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in _MEDIA_TYPES.values()
        },
    },
    206: {"description": "The part that Range names"},
    304: {"description": "The file is the one that If-None-Match names"},
}


@router.get("/v1/base-map", summary="Say which base map there is", response_model=BaseMapView)
def describe_base_map(services: ServicesDep, _: Reader) -> BaseMapView:
    """Say how the base map is kept and where it is read; without one the ground is neutral."""
    path = services.settings.base_map
    if path is None or not path.is_file():
        return BaseMapView(format=None, url=None)
    return BaseMapView(format=format_of(path), url=f"{_FILE}?version={_version(path)}")


@router.get(
    _FILE,
    summary="Read the base map",
    response_class=Response,
    responses={**_ANSWERS, **problem_responses(404, 416)},
)
def read_base_map(request: Request, services: ServicesDep, _: Reader) -> Response:
    """Return the file of the base map, or a range of it (RFC 9110, section 14). Datum: WGS-84."""
    path = services.settings.base_map
    if path is None or not path.is_file():
        raise NotFound("There is no base map: set XUNJIAN_BASE_MAP.", code="base-map-missing")
    headers = {"ETag": f'"{_version(path)}"', "Cache-Control": "private, max-age=86400"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, headers=headers, media_type=_MEDIA_TYPES[format_of(path)])


def _version(path: Path) -> str:
    """Return what changes when the file does."""
    status = path.stat()
    return sha256(f"{status.st_mtime_ns}-{status.st_size}".encode()).hexdigest()[:16]
