"""A pole in a field looks at a sticky trap, evening after evening."""

from datetime import datetime, timedelta

from api.demo.act import Act
from api.demo.town import Town

_POSITION = {"latitude": 30.281, "longitude": 120.123}
_THRESHOLDS = """
version: demo-1
crop: rice
valid_from: 2000-01-01
period: day
min_frames: 1
thresholds:
  - pest: insect
    stages: [tillering]
    value: 25
    unit: per_trap_night
    source: a figure made up for this demonstration; your plant-protection station gives yours
"""


class Field(Act):
    """Each night more insects are caught, until the action threshold is crossed."""

    inspection = "crop_pest"
    scene = "field"
    telling = "the field pole posts its trap, evening after evening"

    def set_up(self, town: Town, rows: list[dict[str, str]]) -> str:
        """Register the camera, the station, the plot with its crop and trap, and a threshold."""
        gateway_id, token = town.gateway("field poles")
        camera = town.create(
            "/v1/cameras",
            {
                "name": rows[0]["camera"],
                "kind": "field_pole",
                "gateway_id": gateway_id,
                "inspections": [self.inspection],
                **_POSITION,
            },
        )
        town.office("Plant-protection station (webhook)", ["insect"])
        town.send("POST", "/v1/thresholds", _THRESHOLDS.encode(), "application/yaml")
        plot = town.create(
            "/v1/plots", {"name": "Dongsheng village, field 3", "area_ha": 0.8, **_POSITION}
        )
        hung = min(datetime.fromisoformat(row["captured_at"]) for row in rows) - timedelta(days=1)
        path, since = f"/v1/plots/{plot['id']}", hung.isoformat()
        town.create(
            f"{path}/views",
            {"camera_id": camera["id"], "kind": "trap", "traps": 1, "since": since},
        )
        town.create(f"{path}/trap-services", {"camera_id": camera["id"], "changed_at": since})
        town.put(f"{path}/stages/{hung.date() - timedelta(days=20)}", {"stage": "tillering"})
        return token
