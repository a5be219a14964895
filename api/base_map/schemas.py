"""The base map as it goes over the wire."""

from pydantic import BaseModel, Field

from api.base_map.files import BaseMapFormat


class BaseMapView(BaseModel):
    """Which base map there is."""

    format: BaseMapFormat | None = Field(description="null: none, the ground is neutral")
    url: str | None = Field(
        description="where it is read, with ranges; changes when the file does",
        examples=["/v1/base-map/file?version=0f3a9c27d1e84b56"],
    )
