"""A fixed camera looks at a yard for a week, and a shed is put up there."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from api.demo import frames
from api.demo.act import Act, NothingArrived
from api.demo.town import Town

_OFFICE = "Urban management bureau (webhook)"
_PATIENCE_S = 120.0


class Site(Act):
    """The operator approves what the yard looks like, and is told of the shed once.

    The days pass as quickly as their frames are posted: a day is over when the next one's come.
    """

    inspection = "illegal_building"
    scene = "site"
    telling = "the yard's camera posts its week"

    def move(self) -> list[dict[str, str]]:
        """Move the frames by whole days: noon stays noon."""
        return frames.end_today(self.folder / self.listed_in)

    def set_up(self, town: Town, rows: list[dict[str, str]]) -> str:
        """Register the camera and the office."""
        gateway_id, token = town.gateway("yard")
        town.create(
            "/v1/cameras",
            {
                "name": rows[0]["camera"],
                "kind": "community",
                "gateway_id": gateway_id,
                "inspections": [self.inspection],
                "latitude": 30.266,
                "longitude": 120.158,
                "heading_deg": 20.0,
            },
        )
        town.office(_OFFICE, ["new_structure"])
        return token

    def settle(self, operator: httpx.Client) -> None:
        """Approve the baseline and wait until the shed is told.

        Raises:
            NothingArrived: the worker made no baseline or found nothing in time.
        """
        (site,) = operator.get("/v1/sites").raise_for_status().json()["items"]
        path = f"/v1/sites/{site['camera']['id']}"
        self._wait(lambda: operator.get(path).json()["state"] == "proposed", "made no baseline")
        operator.post(
            f"{path}/baselines/approve", json={"reason": "nothing stands here without a permit"}
        ).raise_for_status()
        self._wait(lambda: bool(self.findings(operator, state="pending_review")), "found no shed")
        finding = operator.get(f"/v1/findings/{self.findings(operator)[0]['id']}").json()
        details: dict[str, Any] = finding["details"]
        self.told = f"{details['structure'] or 'structure'} since {details['first_at'][:10]}"

    def _wait(self, until: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not until():
            if time.monotonic() > deadline:
                raise NothingArrived(f"the worker {otherwise} in time")
            time.sleep(0.2)
