"""The renderer of sites: depth, shadow, and structures that keep their look while they grow."""

from pathlib import Path

import numpy as np
import pytest

from datasets.splits import is_held_out
from datasets.synthesis.sites.light import Lighting, ShadowMap, Sky
from datasets.synthesis.sites.material import material
from datasets.synthesis.sites.photo import median_of
from datasets.synthesis.sites.raster import Canvas
from datasets.synthesis.sites.solids import box, rectangle
from datasets.synthesis.sites.splits import photos_for
from datasets.synthesis.sites.structures import STRUCTURES, Structure, random_structure
from datasets.synthesis.sites.view import View

VIEW = View(320, 240, 300.0, (160.0, 120.0), (0.0, 5.0, 0.0), 0.0, 0.35)


def test_what_a_pixel_sees_of_the_ground_is_shown_in_that_pixel() -> None:
    point = VIEW.ground(200.0, 180.0)
    assert point is not None
    x, y, depth = VIEW.project(point[None])[0]
    assert (x, y) == pytest.approx((200.0, 180.0))
    assert depth > 0
    assert VIEW.ground(160.0, 0.0) is None


def test_a_near_thing_hides_a_far_one_whatever_is_drawn_first() -> None:
    grey = material("plain:0.5,0.5,0.5")
    near = box((-1, 0, 9), (2, 2, 1), grey, grey)
    far = box((-2, 0, 14), (4, 3, 1), grey, grey)
    for order in ((1, 2), (2, 1)):
        canvas = Canvas.empty(VIEW)
        for thing in order:
            canvas.draw(VIEW, near if thing == 1 else far, thing)
        x, y, _ = VIEW.project(np.array([[0.0, 1.0, 9.0]]))[0]
        assert canvas.thing[int(y), int(x)] == 1
        assert canvas.nearness[int(y), int(x)] == pytest.approx(1 / VIEW.project(
            np.array([[0.0, 1.0, 9.0]]))[0, 2], rel=0.02)  # fmt: skip


def test_a_layer_put_on_a_canvas_is_what_drawing_on_it_gives() -> None:
    grey, steel = material("plain:0.5,0.5,0.5"), material("steel:blue")
    ground = Canvas.empty(VIEW)
    ground.draw(VIEW, [rectangle((-20, 0, 40), (40, 0, 0), (0, 0, -40), grey)], 1)
    shed = box((-1, 0, 9), (2, 2, 2), steel, grey)
    drawn, put = ground.copy(), ground.copy()
    drawn.draw(VIEW, shed, 5)
    layer = ground.layer(VIEW, shed)
    assert layer is not None
    put.put(layer, 5)
    assert np.array_equal(drawn.thing, put.thing)
    assert np.array_equal(drawn.albedo, put.albedo)


def test_a_shadow_falls_away_from_the_sun() -> None:
    grey = material("plain:0.5,0.5,0.5")
    canvas = Canvas.empty(VIEW)
    canvas.draw(VIEW, [rectangle((-30, 0, 50), (60, 0, 0), (0, 0, -50), grey)], 1)
    wall = box((-0.5, 0, 12), (1, 3, 1), grey, grey)
    canvas.draw(VIEW, wall, 2)
    sun = np.array([-0.6, 0.7, -0.1]) / np.linalg.norm([-0.6, 0.7, -0.1])
    shadow = ShadowMap((float(sun[0]), float(sun[1]), float(sun[2])), np.array([0.0, 0, 12]))
    shadow.draw(wall)
    picture = Lighting(canvas, VIEW, Sky(haze_m=1e5)).picture([shadow])

    def light(x: float) -> float:
        column, row, _ = VIEW.project(np.array([[x, 0.0, 12.5]]))[0]
        return float(picture[int(row) - 1 : int(row) + 2, int(column) - 1 : int(column) + 2].mean())

    assert light(1.6) < 0.8 * light(-1.6)


@pytest.mark.parametrize("kind", range(len(STRUCTURES)), ids=[kind.name for kind in STRUCTURES])
def test_a_structure_grows_within_its_size_and_keeps_its_look(kind: int) -> None:
    size = tuple((np.array(STRUCTURES[kind].smallest) + STRUCTURES[kind].largest) / 2)
    one = Structure(kind, 7, (float(size[0]), float(size[1]), float(size[2])))
    assert one.patches(0.0) == []
    whole = np.concatenate([patch.corners for patch in one.patches(1.0)])
    for stage in (0.2, 0.5, 0.8):
        part = np.concatenate([patch.corners for patch in one.patches(stage)])
        assert part.min(0) == pytest.approx(part.min(0).clip(whole.min(0) - 1.6))
        assert part[:, 1].max() <= whole[:, 1].max() + 0.1
    again = np.concatenate([patch.corners for patch in one.patches(1.0)])
    assert np.array_equal(whole, again)


def test_only_what_fits_is_drawn() -> None:
    rng = np.random.default_rng(3)
    assert random_structure(rng, "ground", (1.0, 1.0, 1.0)) is None
    for _ in range(20):
        one = random_structure(rng, "wall", (4.0, 3.0, 2.0))
        assert one is not None
        assert "wall" in STRUCTURES[one.kind].planes
        assert all(np.array(one.size) <= [4.0, 3.0, 2.0])


def test_the_network_of_sorts_gives_the_median() -> None:
    rng = np.random.default_rng(5)
    for number in (1, 3, 5):
        pictures = [rng.integers(0, 256, (8, 9, 3)).astype(np.uint8) for _ in range(number)]
        assert np.array_equal(median_of(pictures), np.median(pictures, axis=0))


def test_no_place_trains_and_judges() -> None:
    photos = [Path(f"facades/{number}.jpg") for number in range(40)]
    train, judge = (photos_for(photos, held_out=side) for side in (False, True))
    assert not set(train) & set(judge)
    assert sorted({*train, *judge}) == sorted(photos)
    assert all(is_held_out(path.name) for path in judge)
