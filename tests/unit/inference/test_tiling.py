from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.tiling import EDGE, SAME_OBJECT, TileDetections, merge, tile_grid

TILE, OVERLAP = 160, 48
SIZES = st.tuples(st.integers(32, 620), st.integers(32, 620))


def iou(one: Any, other: Any) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = float(np.clip(high - low, 0, None).prod())
    areas = [float((box[2:] - box[:2]).prod()) for box in (one, other)]
    return shared / (sum(areas) - shared)


@st.composite
def scenes(draw: st.DrawFn, largest: int, most_overlap: float) -> tuple[tuple[int, int], Any]:
    """A picture's size and objects in it, of which no two overlap by more than that (IoU)."""
    size_wh = draw(SIZES)
    boxes: list[Any] = []
    for _ in range(draw(st.integers(0, 25))):
        sides = [draw(st.integers(6, min(largest, side))) for side in size_wh]
        low = [draw(st.integers(0, side - own)) for side, own in zip(size_wh, sides, strict=True)]
        box = np.array([*low, low[0] + sides[0], low[1] + sides[1]], np.float32)
        if all(iou(box, other) < most_overlap for other in boxes):
            boxes.append(box)
    return size_wh, np.array(boxes, np.float32).reshape(-1, 4)


def seen_by_tiles(boxes: Any, grid: Any, rng: np.random.Generator, jitter: float) -> TileDetections:
    """What a detector says that finds all of which a tile shows at least three tenths."""
    rows, tiles = [], []
    for index, tile in enumerate(grid):
        for box in boxes:
            part = np.concatenate([np.maximum(box[:2], tile[:2]), np.minimum(box[2:], tile[2:])])
            sides = np.clip(part[2:] - part[:2], 0, None)
            if sides.prod() >= 0.3 * (box[2:] - box[:2]).prod():
                error = rng.uniform(-jitter, jitter, 4) * np.tile(sides, 2)
                moved = np.clip(part + error, np.tile(tile[:2], 2), np.tile(tile[2:], 2))
                rows.append([*moved, rng.uniform(0.3, 1.0)])
                tiles.append(index)
    table = np.array(rows, np.float32).reshape(-1, 5)
    ids = np.zeros(len(table), np.int64)
    return TileDetections(table[:, :4], table[:, 4], ids, np.array(tiles, np.int64))


@given(SIZES, st.integers(64, 200), st.integers(0, 60))
def test_tiles_cover_the_picture_and_overlap_enough(
    size_wh: tuple[int, int], tile: int, overlap: int
) -> None:
    grid = tile_grid(size_wh, tile, overlap)
    covered = np.zeros(size_wh[::-1], np.bool_)
    for x1, y1, x2, y2 in grid:
        assert (x2 - x1, y2 - y1) == tuple(min(side, tile) for side in size_wh)
        covered[y1:y2, x1:x2] = True
    assert covered.all()
    for axis in (0, 1):
        starts = np.unique(grid[:, axis])
        assert (np.diff(starts) <= tile - overlap).all()
        assert (starts[0], starts[-1] + min(size_wh[axis], tile)) == (0, size_wh[axis])


def test_no_more_tiles_than_needed() -> None:
    assert len(tile_grid((1152, 1536), 640, 128)) == 6
    assert tile_grid((640, 640), 640, 128).tolist() == [[0, 0, 640, 640]]
    assert tile_grid((320, 200), 640, 128).tolist() == [[0, 0, 320, 200]]


@given(scenes(OVERLAP - 2 * EDGE, SAME_OBJECT), st.integers(0, 1000))
def test_every_object_counts_exactly_once(scene: tuple[tuple[int, int], Any], seed: int) -> None:
    size_wh, boxes = scene
    grid = tile_grid(size_wh, TILE, OVERLAP)
    found = seen_by_tiles(boxes, grid, np.random.default_rng(seed), jitter=0)
    merged = merge(found, grid, size_wh)
    assert sorted(merged.boxes.tolist()) == sorted(boxes.tolist())
    assert (np.diff(merged.scores) <= 0).all()


@given(scenes(OVERLAP - 4 * EDGE, 0.05), st.integers(0, 1000))
def test_boxes_that_differ_a_little_from_tile_to_tile_count_once(
    scene: tuple[tuple[int, int], Any], seed: int
) -> None:
    size_wh, boxes = scene
    grid = tile_grid(size_wh, TILE, OVERLAP)
    found = seen_by_tiles(boxes, grid, np.random.default_rng(seed), jitter=0.05)
    merged = merge(found, grid, size_wh)
    nearest = [int(np.argmax([iou(box, true) for true in boxes])) for box in merged.boxes]
    assert sorted(nearest) == list(range(len(boxes)))


@given(st.integers(0, 300), st.integers(OVERLAP, 150), st.integers(0, 1000))
@example(start=150, side=OVERLAP - EDGE, seed=0)
def test_an_object_larger_than_the_overlap_is_put_together(
    start: int, side: int, seed: int
) -> None:
    size_wh = (272, 100)  # two tiles: 0 to 160, 112 to 272
    grid = tile_grid(size_wh, TILE, OVERLAP)
    box = np.array([[start, 20, start + side, 60]], np.float32).clip(0, 272)
    if box[0, 2] - box[0, 0] < side:
        return
    found = seen_by_tiles(box, grid, np.random.default_rng(seed), jitter=0)
    if len(found.scores) < 2:  # the other tile shows too little of it: the rest is not seen
        return
    merged = merge(found, grid, size_wh)
    assert merged.boxes.tolist() == box.tolist()


def test_neighbours_that_one_tile_tells_apart_stay_two() -> None:
    grid = tile_grid((272, 100), TILE, OVERLAP)
    pair = [[120, 20, 150, 50], [120, 31, 150, 61]]  # IoU 0.46, both seen by both tiles
    boxes = np.array([*pair, [121, 20, 151, 50], [121, 31, 151, 61]], np.float32)
    scores = np.array([0.9, 0.5, 0.4, 0.8], np.float32)
    found = TileDetections(boxes, scores, np.zeros(4, np.int64), np.array([0, 0, 1, 1]))
    assert len(merge(found, grid, (272, 100)).scores) == 2


def test_classes_are_kept_apart() -> None:
    grid = tile_grid((272, 100), TILE, OVERLAP)
    boxes = np.array([[120, 20, 150, 50]] * 2, np.float32)
    scores = np.array([0.9, 0.8], np.float32)
    found = TileDetections(boxes, scores, np.array([0, 1]), np.array([0, 1]))
    assert merge(found, grid, (272, 100)).class_ids.tolist() == [0, 1]


def test_nothing_found_is_nothing_merged() -> None:
    grid = tile_grid((700, 700), TILE, OVERLAP)
    none = TileDetections(
        np.empty((0, 4), np.float32),
        np.empty(0, np.float32),
        np.empty(0, np.int64),
        np.empty(0, np.int64),
    )
    assert len(merge(none, grid, (700, 700)).scores) == 0


@pytest.mark.parametrize("cut_score", [0.3, 0.99])
def test_a_cut_box_gives_way_to_the_whole_one_however_sure_it_is(cut_score: float) -> None:
    grid = tile_grid((272, 100), TILE, OVERLAP)
    boxes = np.array([[140, 20, 160, 50], [140, 20, 172, 50]], np.float32)
    scores = np.array([cut_score, 0.5], np.float32)
    found = TileDetections(boxes, scores, np.zeros(2, np.int64), np.array([0, 1]))
    merged = merge(found, grid, (272, 100))
    assert merged.boxes.tolist() == [[140, 20, 172, 50]]
    assert merged.scores.tolist() == [0.5]
