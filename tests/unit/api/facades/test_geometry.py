"""What makes a measured facade unusable."""

from typing import Any

import pytest
from pydantic import ValidationError

from api.facades.geometry import view_from
from api.facades.schemas import FacadeBody

PICTURE = {"width": 1280, "height": 720}
REGION = [[200, 20], [1000, 30], [1100, 719], [150, 719]]
CORNERS = [[220, 40], [980, 50], [1050, 700], [170, 690]]


def body(**changed: Any) -> FacadeBody:
    grid = {"corners": CORNERS, "floors": 12, "columns": 5, **changed.pop("grid", {})}
    return FacadeBody.model_validate(
        {"picture": PICTURE, "region": REGION, "grid": grid, **changed}
    )


def test_a_facade_names_floors_from_the_ground_up() -> None:
    view = view_from(body())
    assert view.grid is not None
    high, low = view.grid.cell(600, 60), view.grid.cell(600, 680)
    assert 11 < high[0] < 12
    assert 0 < low[0] < 1


def test_a_second_stream_has_the_same_floors() -> None:
    view = view_from(body())
    small = view.at_size(640, 360)
    assert view.grid is not None
    assert small.grid is not None
    assert small.grid.cell(300, 200) == pytest.approx(view.grid.cell(600, 400), abs=1e-3)


def test_corners_may_lie_outside_the_picture_that_sees_part_of_the_facade() -> None:
    corners = [[365, 70], [960, -289], [7539, 2086], [114, 1188]]
    assert view_from(body(grid={"corners": corners})).grid is not None


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ([[0, 0], [1281, 0], [600, 700]], r"\(1281, 0\) lies outside the picture"),
        ([[0, 0], [900, 700], [900, 0], [0, 700]], "sides cross"),
        ([[5, 5], [900, 5], [450, 5]], "hardly any area"),
    ],
)
def test_a_region_that_cannot_be_right_is_told(region: list[list[int]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        view_from(body(region=region))


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        ([[220, 40], [980, 50], [400, 300], [170, 690]], "convex"),
        ([*CORNERS[1:], CORNERS[0]], "top left, top right, bottom right, bottom left"),
        (CORNERS[::-1], "top left, top right, bottom right, bottom left"),
        ([[-99999, 0], *CORNERS[1:]], "pictures away"),
        ([[x + 1300, y] for x, y in CORNERS], "lies outside the picture"),
    ],
)
def test_a_grid_that_cannot_be_right_is_told(corners: list[list[int]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        view_from(body(grid={"corners": corners}))


def test_nothing_at_all_is_told() -> None:
    with pytest.raises(ValueError, match="give a region, a grid, or both"):
        view_from(FacadeBody.model_validate({"picture": PICTURE}))


@pytest.mark.parametrize(
    "grid", [{"floors": 0}, {"floors": -3}, {"columns": 0}, {"corners": CORNERS[:3]}]
)
def test_numbers_that_cannot_be_are_told(grid: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        body(grid=grid)
