"""Buses drive along a damaged road."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from api.demo import frames
from api.demo.act import Act
from api.demo.town import Town

_BUSES = ("bus-1", "bus-2", "bus-3", "bus-4")
_LIED_ABOUT = "pothole-3"
_WITHIN_M = 4.0
_LOOKS = 2
_STATUSES = ("accepted", "in_progress", "done", "suspended")
_AT_WORK: list[Any] = [{"delay": 1.5}, "accept", {"delay": 1.5}, "start", {"delay": 1.5}]
_LIE = {"lie": "filled with cold asphalt"}
_FINISH = {"finish": "cut out and filled with hot asphalt"}
_SUSPEND = {"suspend": "no asphalt before Monday"}


class Road(Act):
    """Potholes go to an Open311 department, cracks to an office with a webhook.

    The department repairs what the rendered road shows as repaired later, says the same of one
    pothole that it leaves as it is, and suspends the others.

    Args:
        folder: where its frames are laid.
        pictures: a folder of pictures to drive along; a rendered road when None.

    Attributes:
        token: of the gateway of the buses, once set up.
    """

    inspection = "road_damage"
    scene = "road"
    telling = "the buses drive and post what they see"
    token: str

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

    def move(self) -> list[dict[str, str]]:
        """Move the frames in time so that the drive ended an hour ago.

        What a bus sees within two minutes is one pass: the next drive is to be another.
        """
        return frames.end_now(self.folder / self.listed_in, ago=timedelta(hours=1))

    def set_up(self, town: Town, rows: list[dict[str, str]]) -> str:
        """Register the buses and two departments, one of which is not always honest."""
        gateway_id, self.token = town.gateway("bus depot")
        calibration = {
            name: float(rows[0][f"camera_{name}"])
            for name in ("height_m", "pitch_deg", "hfov_deg")
            if f"camera_{name}" in rows[0]
        }
        for bus in _BUSES:
            town.create(
                "/v1/cameras",
                {
                    "name": bus,
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
                "settings": {
                    "after_doubt": "resend",  # the sandbox knows its keys
                    "statuses": {word: word for word in _STATUSES},
                },
                "classes": ["pothole"],
            },
        )
        town.office("Pavement office (webhook)", ["crack"])
        if self._pictures is None:
            defects = json.loads((self.folder / "defects.json").read_text(encoding="utf-8"))
            town.script(list(_deeds(defects)))
            town.put(  # an hour between two looks that count would be too long here
                f"/v1/verification-rules/{self.inspection}/pothole",
                {"looks": _LOOKS, "gap_minutes": 0},
            )
        return self.token


def _deeds(defects: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Return what the department does: rules of its script."""
    for defect in defects:
        lied_about = defect["id"] == _LIED_ABOUT
        if lied_about or defect["repaired_at"] is not None:
            yield {
                "near": {
                    "latitude": defect["latitude"],
                    "longitude": defect["longitude"],
                    "within_m": _WITHIN_M,
                },
                "classes": [defect["class"]],
                "again": False,
                "steps": [*_AT_WORK, _LIE if lied_about else _FINISH],
            }
    yield {"classes": ["pothole"], "again": False, "steps": [*_AT_WORK, _SUSPEND]}
    yield {"classes": ["pothole"], "again": True, "steps": ["accept", {"delay": 1.5}, "start"]}
