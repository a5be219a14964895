"""A camera looks up at a building, and something falls."""

import json
import time
from typing import Any

import httpx

from api.demo.act import Act, NothingArrived
from api.demo.town import Town

_OFFICE = "Housing and safety office (webhook)"
_PATIENCE_S = 60.0
_OVER = frozenset({"done", "failed", "refused"})


class Community(Act):
    """Something falls from a window; of a clip that shows birds and washing nothing stays.

    What the camera sees of the building is the `facade.json` that lies beside the clips.
    """

    inspection = "falling_object"
    scene = "community"
    telling = "the community's camera posts two clips"
    listed_in = "clips.csv"
    posted_by = "post-clips"

    def set_up(self, town: Town, rows: list[dict[str, str]]) -> str:
        """Register the camera, the building that it sees, and the office."""
        gateway_id, token = town.gateway("community")
        camera = town.create(
            "/v1/cameras",
            {
                "name": rows[0]["camera"],
                "kind": "community",
                "gateway_id": gateway_id,
                "inspections": [self.inspection],
                "latitude": 30.259,
                "longitude": 120.164,
                "heading_deg": 180.0,
            },
        )
        facade = json.loads((self.folder / "facade.json").read_text(encoding="utf-8"))
        town.put(f"/v1/cameras/{camera['id']}/facade", facade)
        town.office(_OFFICE, [self.inspection])
        return token

    def settle(self, operator: httpx.Client) -> None:
        """Wait until the clips are inspected, and tell where what fell came from.

        Raises:
            NothingArrived: the clips were not inspected in time, or no floor was named.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not all(clip["state"] in _OVER for clip in self._clips(operator)):
            if time.monotonic() > deadline:
                raise NothingArrived("the worker did not inspect the clips in time")
            time.sleep(0.2)
        floors = [
            operator.get(f"/v1/findings/{finding['id']}").json()["details"]["origin"]["floor"]
            for finding in self.findings(operator)
        ]
        if None in floors:
            raise NothingArrived("a fall has no floor")
        self.told = ", ".join(f"from floor {one['low']}–{one['high']}" for one in floors)

    def _clips(self, operator: httpx.Client) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (
            operator.get("/v1/clips", params={"limit": 200}).raise_for_status().json()["items"]
        )
        return items
