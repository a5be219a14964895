"""A person's plot with a close camera and a trap, over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.conftest import MakeCamera, SignIn

PLOT: dict[str, Any] = {
    "name": "东升村3号田",
    "area_ha": 0.8,
    "latitude": 30.27,
    "longitude": 120.15,
    "hills_per_m2": 20,
}


@dataclass(frozen=True)
class Farm:
    """A plot, two cameras that look at it, and the operator who keeps it."""

    operator: httpx.Client
    plot: dict[str, Any]
    close_id: str
    trap_id: str

    @property
    def path(self) -> str:
        """Return where the plot is."""
        return f"/v1/plots/{self.plot['id']}"


@pytest.fixture
def make_farm(sign_in: SignIn, make_camera: MakeCamera) -> Callable[..., Farm]:
    """Give a function that makes plots."""

    def make(name: str = "东升村3号田") -> Farm:
        operator, close, trap = sign_in("operator"), make_camera(), make_camera()
        plot = operator.post("/v1/plots", json=PLOT | {"name": name})
        assert plot.status_code == 201, plot.text
        path = f"/v1/plots/{plot.json()['id']}"
        for view in (
            {"camera_id": close.id, "kind": "close", "ground_m2": 0.5},
            {"camera_id": trap.id, "kind": "trap", "traps": 2},
        ):
            added = operator.post(f"{path}/views", json=view | {"since": "2026-01-01T00:00:00Z"})
            assert added.status_code == 201, added.text
        return Farm(operator, added.json(), close.id, trap.id)

    return make


@pytest.fixture
def farm(make_farm: Callable[..., Farm]) -> Farm:
    """Give a plot with two cameras."""
    return make_farm()
