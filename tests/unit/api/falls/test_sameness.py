"""When two falls that one camera saw are one thing."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from api.falls.models import Fall
from api.falls.sameness import from_one_place, on_one_way
from api.falls.service import severity

START = datetime(2026, 11, 22, 8, tzinfo=UTC)


def fall(
    *,
    x: float = 400.0,
    top: float = 100.0,
    bottom: float = 620.0,
    width: int = 1280,
    lean: float = 0.0,
) -> Fall:
    height = width * 9 // 16
    scale = width / 1280
    steps = np.linspace(0, 1, 12)
    path = [
        [float(s), float((x + lean * s) * scale), float((top + (bottom - top) * s**2) * scale)]
        for s in steps
    ]
    return Fall(
        path=path,
        width=width,
        height=height,
        started_at=START,
        ended_at=START + timedelta(seconds=1),
        origin_x=path[0][1],
        origin_y=path[0][2],
        uncertainty_px=8.0,
    )


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (fall(), True),
        (fall(x=420.0), True),
        (fall(width=640), True),  # a second stream of the camera
        (fall(top=300.0), True),  # the other clip began in mid-fall
        (fall(bottom=350.0), True),  # the other clip ended in mid-fall
        (fall(top=640.0, bottom=700.0), True),  # and this one goes on
        (fall(x=560.0), False),
        (fall(x=900.0, lean=-400.0), False),
    ],
)
def test_falls_on_one_way_are_one(other: Fall, same: bool) -> None:
    assert on_one_way(fall(), other) is same
    assert on_one_way(other, fall()) is same


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (fall(lean=200.0), True),
        (fall(x=430.0, width=640), True),
        (fall(x=560.0), False),
        (fall(top=300.0), False),
    ],
)
def test_falls_from_one_window_are_of_one_place(other: Fall, same: bool) -> None:
    assert from_one_place(fall(), other) is same


def test_severity_goes_by_the_height() -> None:
    floors = {1: 1, 2: 1, 3: 2, 5: 2, 6: 3, 10: 3, 11: 4, 30: 4}
    assert {floor: severity(floor) for floor in floors} == floors
    assert severity(None) == 3
