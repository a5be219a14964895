"""Finds small objects in large pictures: overlapping tiles, merged so that each counts once."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from inference.decode import Picture
from inference.detections import Detections
from inference.detector import Detector
from inference.engine import Engine
from inference.letterbox import letterbox

EDGE = 4
"""A box that comes this near, in pixels, to a tile's edge inside the picture is cut by it."""
SAME_OBJECT = 0.4
"""Whole boxes of two tiles that overlap by this much (IoU) are one object."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """How a picture is cut up.

    Attributes:
        long_side: Pictures are scaled to this long side first, so that objects have the size that
            the model has learned, whatever the camera; a multiple of 32.
        overlap: Pixels that neighbouring tiles share at least. An object is seen whole by some
            tile if it is smaller by twice `EDGE`.
    """

    long_side: int
    overlap: int


@dataclass(frozen=True, slots=True, eq=False)
class TileDetections:
    """What was found on the tiles of one picture, in pixels of the whole.

    Attributes:
        boxes: float32 (N, 4): x1, y1, x2, y2.
        scores: float32 (N,), 0 to 1.
        class_ids: int64 (N,).
        tiles: int64 (N,), which tile each was found on.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    class_ids: NDArray[np.int64]
    tiles: NDArray[np.int64]


class TiledDetector(Detector):
    """Finds the small objects of one model in pictures of any size; safe to share between threads.

    The model's `input_size` is the side of a tile.

    Args:
        engine: What runs the model.
        tiling: How pictures are cut up.
        threshold: Lowest score (0 to 1) reported, for all classes; by default each class's own
            operating point.
    """

    def __init__(self, engine: Engine, tiling: Tiling, threshold: float | None = None) -> None:
        super().__init__(engine, threshold)
        self._tiling = tiling

    def detect(self, picture: Picture) -> Detections:
        """Detect in one picture, tile by tile.

        Args:
            picture: The decoded picture.

        Returns:
            Detections at or above the threshold, highest score first, boxes clipped to the picture.
        """
        fitted = letterbox(picture, self._tiling.long_side)
        height, width = fitted.image.shape[:2]
        grid = tile_grid((width, height), self.model.input_size, self._tiling.overlap)
        answers = self._engine.infer_many(
            [np.ascontiguousarray(fitted.image[y1:y2, x1:x2]) for x1, y1, x2, y2 in grid.tolist()]
        )
        merged = merge(self._gather(answers, grid), grid, (width, height))
        boxes = fitted.to_original(merged.boxes)
        visible = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        return Detections(
            boxes=boxes[visible],
            scores=merged.scores[visible],
            class_ids=merged.class_ids[visible],
            class_names=self.model.class_names,
        )

    def _gather(
        self, answers: Sequence[NDArray[np.float32]], grid: NDArray[np.int64]
    ) -> TileDetections:
        """Take what reaches its threshold, moved from each tile to its place in the picture."""
        rows = np.concatenate(answers)
        tiles = np.repeat(np.arange(len(grid)), [len(answer) for answer in answers])
        class_ids = rows[:, 5].astype(np.int64)
        kept = rows[:, 4] >= self._thresholds[class_ids]
        rows, tiles = rows[kept], tiles[kept]
        corners = grid[tiles].astype(np.float32)
        boxes = rows[:, :4] + np.tile(corners[:, :2], 2)
        boxes = np.clip(boxes, np.tile(corners[:, :2], 2), np.tile(corners[:, 2:], 2))
        return TileDetections(boxes, rows[:, 4], class_ids[kept], tiles)


def tile_grid(size_wh: tuple[int, int], tile: int, overlap: int) -> NDArray[np.int64]:
    """Lay as few equal tiles as possible evenly over a picture.

    Args:
        size_wh: Width and height of the picture in pixels.
        tile: Side of a tile; in a direction in which the picture is shorter, a tile is so too.
        overlap: Pixels that neighbours share at least; less than `tile`.

    Returns:
        int64 (T, 4): x1, y1, x2, y2 of each tile, row by row.
    """
    columns, rows = (_starts(side, tile, overlap) for side in size_wh)
    width, height = (min(side, tile) for side in size_wh)
    return np.array([(x, y, x + width, y + height) for y in rows for x in columns], np.int64)


def merge(
    found: TileDetections, grid: NDArray[np.int64], size_wh: tuple[int, int]
) -> TileDetections:
    """Bring together what several tiles saw of the same objects.

    A box cut by its tile's edge is dropped where another tile sees its place in full: that tile
    has the say. Whole boxes of different tiles that overlap by `SAME_OBJECT` are one object, the
    best overlaps first and each with at most one box of every tile, so that neighbours which one
    tile tells apart are never taken for one. What no tile sees in full, because it is larger than
    the overlap, is put together from its parts.

    Args:
        found: What was found on the tiles.
        grid: int64 (T, 4), the tiles, as `tile_grid` gives them.
        size_wh: Width and height of the picture in pixels.

    Returns:
        Each object once, highest score first.
    """
    cut = _is_cut(found.boxes, grid[found.tiles], size_wh)
    seen_whole = cut & _lies_within_another(found, grid, size_wh)
    kept = np.flatnonzero(~seen_whole)
    kept = kept[np.argsort(-found.scores[kept], kind="stable")]
    found = TileDetections(
        found.boxes[kept], found.scores[kept], found.class_ids[kept], found.tiles[kept]
    )
    groups = _group(_overlaps(found, grid, cut[kept]), found.tiles)
    first = np.array([members[0] for members in groups], np.int64)
    boxes = found.boxes[first]
    for place, members in enumerate(groups):
        if cut[kept[members]].all():
            boxes[place, :2] = found.boxes[members, :2].min(axis=0)
            boxes[place, 2:] = found.boxes[members, 2:].max(axis=0)
    return TileDetections(boxes, found.scores[first], found.class_ids[first], found.tiles[first])


def _starts(side: int, tile: int, overlap: int) -> list[int]:
    if side <= tile:
        return [0]
    count = ceil((side - overlap) / (tile - overlap))
    return [round(index * (side - tile) / (count - 1)) for index in range(count)]


def _is_cut(
    boxes: NDArray[np.float32], tiles: NDArray[np.int64], size_wh: tuple[int, int]
) -> NDArray[np.bool_]:
    """Whether boxes (N, 4) reach an edge of their tiles (N, 4) that is not the picture's own."""
    low = (boxes[:, :2] <= tiles[:, :2] + EDGE) & (tiles[:, :2] > 0)
    high = (boxes[:, 2:] >= tiles[:, 2:] - EDGE) & (tiles[:, 2:] < np.array(size_wh))
    return np.asarray((low | high).any(axis=1), np.bool_)


def _lies_within_another(
    found: TileDetections, grid: NDArray[np.int64], size_wh: tuple[int, int]
) -> NDArray[np.bool_]:
    """Whether a tile other than its own holds all that was seen of each box, clear of its edges."""
    result = np.zeros(len(found.scores), np.bool_)
    for index, tile in enumerate(grid):
        inside = (found.boxes[:, :2] >= tile[:2]) & (found.boxes[:, 2:] <= tile[2:])
        tiles = np.broadcast_to(tile, found.boxes.shape)
        clear = inside.all(axis=1) & ~_is_cut(found.boxes, tiles, size_wh)
        result |= clear & (found.tiles != index)
    return result


def _overlaps(
    found: TileDetections, grid: NDArray[np.int64], cut: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """IoU (N, N) of boxes of one class and of different tiles, else 0.

    Of two parts of one object only what both tiles see is compared.
    """
    boxes = found.boxes
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    overlaps = shared / np.maximum(areas[:, None] + areas[None] - shared, 1e-6)
    for one, other in np.argwhere(np.triu(cut[:, None] & cut[None] & (shared > 0), 1)).tolist():
        tile, other_tile = grid[found.tiles[one]], grid[found.tiles[other]]
        low_edge = np.maximum(tile[:2], other_tile[:2])
        high_edge = np.minimum(tile[2:], other_tile[2:])
        parts = np.clip(boxes[[one, other]], np.tile(low_edge, 2), np.tile(high_edge, 2))
        sides = (parts[:, 2:] - parts[:, :2]).prod(axis=1)
        union = sides.sum() - shared[one, other]
        overlaps[one, other] = shared[one, other] / union if union > 0 else 0
    different = (found.tiles[:, None] != found.tiles[None]) & (
        found.class_ids[:, None] == found.class_ids[None]
    )
    return np.where(different, overlaps, 0).astype(np.float32)


def _group(overlaps: NDArray[np.float32], tiles: NDArray[np.int64]) -> list[list[int]]:
    """Gather the indices of each object's boxes, lowest first; objects by their lowest index."""
    groups = [[index] for index in range(len(tiles))]
    group_of = list(range(len(tiles)))
    pairs = np.argwhere(np.triu(overlaps >= SAME_OBJECT, 1))
    best_first = np.argsort(-overlaps[pairs[:, 0], pairs[:, 1]], kind="stable")
    for one, other in pairs[best_first].tolist():
        low, high = sorted((group_of[one], group_of[other]))
        together = tiles[groups[low] + groups[high]]
        if low == high or len(set(together.tolist())) < len(together):
            continue
        for member in groups[high]:
            group_of[member] = low
        groups[low] += groups[high]
        groups[high] = []
    return [sorted(members) for members in groups if members]
