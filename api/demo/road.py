"""Buses drive along a damaged road."""

from pathlib import Path

from api.demo import frames
from api.demo.act import Act
from api.demo.town import Town


class Road(Act):
    """Potholes go to an Open311 department, cracks to an office with a webhook.

    Args:
        folder: where its frames are laid.
        pictures: a folder of pictures to drive along; a rendered road when None.
    """

    inspection = "road_damage"
    scene = "road"
    telling = "the buses drive and post what they see"

    def __init__(self, folder: Path, pictures: Path | None = None) -> None:
        super().__init__(folder)
        self._pictures = pictures

    def prepare(self) -> None:
        """Render the drive, or list the pictures.

        Raises:
            NoPictures: when the folder holds none.
        """
        if self._pictures is None:
            super().prepare()
        else:
            frames.lay_out(self._pictures, self.folder)

    def set_up(self, town: Town, rows: list[dict[str, str]]) -> str:
        """Register the buses and two departments."""
        gateway_id, token = town.gateway("bus depot")
        for row in {row["camera"]: row for row in rows}.values():
            calibration = {
                name: float(row[f"camera_{name}"])
                for name in ("height_m", "pitch_deg", "hfov_deg")
                if f"camera_{name}" in row
            }
            town.create(
                "/v1/cameras",
                {
                    "name": row["camera"],
                    "kind": "bus",
                    "gateway_id": gateway_id,
                    "inspections": [self.inspection],
                    "calibration": calibration,
                },
            )
        town.create(
            "/v1/destinations",
            {
                "name": "Road maintenance (Open311)",
                "kind": "open311",
                "url": f"{town.department_url}/open311/v2",
                "settings": {"after_doubt": "resend"},  # the sandbox knows its keys
                "classes": ["pothole"],
            },
        )
        town.office("Pavement office (webhook)", ["crack"])
        return token
