"""The buses drive along the road again, and see what the department has really done."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from api.demo import frames
from api.demo.act import Act, NothingArrived
from api.demo.road import Road
from api.demo.town import Town

_PATIENCE_S = 60.0
_AS_FAR_AS_IT_GOES = frozenset({"done", "suspended"})


class Repairs(Act):
    """What is repaired closes itself after clean looks; what was only said to be comes back.

    Args:
        folder: where its frames are laid.
        road: the act in which the potholes were found.
    """

    inspection = "road_damage"
    scene = "repairs"
    telling = "the department has given its word; the buses drive there again"

    def __init__(self, folder: Path, road: Road) -> None:
        super().__init__(folder)
        self._road = road
        self._truth: dict[str, bool] = {}
        self._claimed: list[dict[str, Any]] = []

    @property
    def title(self) -> str:
        """What it is called at the end."""
        return f"{self.inspection}, again"

    def set_up(self, town: Town, rows: list[dict[str, str]]) -> str:
        """Wait for the department's word, and let the frames begin after it.

        Raises:
            NothingArrived: the department did not claim both a true and a false repair in time.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while (claims := self._claims(town)) is None:
            if time.monotonic() > deadline:
                raise NothingArrived("the department did not get as far as it goes in time")
            time.sleep(0.2)
        if set(self._truth.values()) != {True, False}:
            raise NothingArrived("the department did not both repair a pothole and lie about one")
        frames.begin_after(self.folder / self.listed_in, max(claims))
        return self._road.token

    def confirm(self, operator: httpx.Client) -> list[str]:
        """Confirm nothing: look at what has become of the claims."""
        for case_id in self._truth:
            case = operator.get(f"/v1/cases/{case_id}").raise_for_status().json()
            self._claimed.append(case)
        # One that was repaired, one that was not.
        self.shown = list({self._truth[case["id"]]: case for case in self._claimed}.values())
        ends = Counter(_end(case) for case in self._claimed)
        self.told = ", ".join(f"{count} {end}" for end, count in ends.items())
        return []

    def expect(self, opened: list[str], received: list[str]) -> None:
        """Check that every repair closed its case, and that every lie came back.

        Raises:
            NothingArrived: one did not.
        """
        for case in self._claimed:
            repaired = self._truth[case["id"]]
            if _end(case) != ("closed" if repaired else "reopened"):
                raise NothingArrived(
                    f"{case['number']} was {'' if repaired else 'not '}repaired and is {_end(case)}"
                )

    def _claims(self, town: Town) -> list[datetime] | None:
        """Return when the claims were made, None while the department is still at it."""
        unsent = town.admin.get("/v1/cases", params={"state": ["opened", "dispatching"]})
        works = town.received("pothole")
        if unsent.json()["items"] or any(w["status"] not in _AS_FAR_AS_IT_GOES for w in works):
            return None
        self._truth = {
            work["case_id"]: work["repaired"] for work in works if work["repaired"] is not None
        }
        claims = []
        for case_id in self._truth:
            found = town.admin.get(f"/v1/cases/{case_id}/verification")
            if found.status_code != httpx.codes.OK:
                return None
            verification: dict[str, Any] = found.json()
            claims.append(datetime.fromisoformat(verification["claimed_at"]))
        return claims


def _end(case: Mapping[str, Any]) -> str:
    """Return what became of a claim."""
    failed = any(entry["event"] == "fail" and entry["applied"] for entry in case["timeline"])
    return "reopened" if failed else str(case["state"])
