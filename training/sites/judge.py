"""Judges what compares two pictures: pixels, regions by plane and type, false regions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.sites.structures import STRUCTURES
from inference.sites.change import STRIDE
from inference.sites.change_map import ChangeMap, Comparer
from inference.sites.photometry import match_light
from inference.sites.regions import Box, RegionSettings, find_regions, overlap
from training.falls.judge import Tally
from training.sites.pool import Image, Pair

FOUND_IOU = 0.3
PLANES = ("ground", "roof", "wall")
_BINS = 100
_TOUCHES = 0.5
_KERNEL = np.ones((5, 5), np.uint8)


@dataclass
class Pixels:
    """How scores of changed and of unchanged cells are distributed.

    Attributes:
        changed: int64 (100,), cells that changed, by score.
        unchanged: The same of cells that did not.
    """

    changed: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_BINS, np.int64))
    unchanged: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_BINS, np.int64))

    def add(self, scores: NDArray[np.float32], changed: NDArray[np.bool_]) -> None:
        """Count the cells of a picture."""
        bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
        self.changed += np.bincount(bins[changed], minlength=_BINS)
        self.unchanged += np.bincount(bins[~changed], minlength=_BINS)

    def f1(self, threshold: float) -> float:
        """F1 score of the cells that reach a threshold."""
        from_bin = round(threshold * _BINS)
        hit, false = self.changed[from_bin:].sum(), self.unchanged[from_bin:].sum()
        return float(2 * hit / max(1, hit + false + self.changed.sum()))

    def best_threshold(self) -> float:
        """Threshold of the highest F1 score."""
        return max((n / _BINS for n in range(1, _BINS)), key=self.f1)


@dataclass
class Judgement:
    """How something that compares pictures did on pairs.

    Attributes:
        either: Cells by how likely they changed, whichever way.
        directed: Cells by how likely they appeared, and by how likely they were removed.
        total: Structures found as regions.
        groups: The same by plane, by type and by size.
        false_regions: Regions where nothing changed.
        pairs: How many pairs were compared.
    """

    either: Pixels = field(default_factory=Pixels)
    directed: Pixels = field(default_factory=Pixels)
    total: Tally = field(default_factory=Tally)
    groups: dict[str, Tally] = field(default_factory=dict)
    false_regions: int = 0
    pairs: int = 0

    def to_json(self, threshold: float, *, directed: bool) -> dict[str, Any]:
        """Return the figures as `metrics.json` holds them.

        Args:
            threshold: Where pixels are said to have changed.
            directed: Whether it can tell what appeared from what was removed.
        """
        told: dict[str, Any] = {
            "pairs": self.pairs,
            "structures": self.total.falls,
            "false_regions_per_pair": round(self.false_regions / max(1, self.pairs), 3),
        }
        if self.total.falls:
            low, high = self.total.interval()
            told |= {
                "pixel_f1": round(self.either.f1(threshold), 3),
                "pixel_f1_directed": round(self.directed.f1(threshold), 3) if directed else None,
                "region_recall": round(self.total.recall, 3),
                "region_recall_interval": [round(low, 3), round(high, 3)],
                "groups": {
                    name: {"structures": one.falls, "recall": round(one.recall, 3)}
                    for name, one in sorted(self.groups.items())
                },
            }
        return told


def judge_pairs(
    comparer: Comparer, pairs: Iterable[Pair], settings: RegionSettings, *, directed: bool = True
) -> Judgement:
    """Compare pairs and count.

    The light of the picture after is matched to the one before, as when it is served. A structure
    is found when a region that says the same of it overlaps its box by an IoU of 0.3; a region is
    false when it lies on none.

    Args:
        comparer: What is judged.
        pairs: Pairs whose truth is known.
        settings: How its map is cut into regions.
        directed: Whether it can tell what appeared from what was removed.
    """
    result = Judgement()
    for pair in pairs:
        change = comparer.compare(pair.before, match_light(pair.after, pair.before))
        rows, columns = change.appeared.shape
        label = pair.truth[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE, 0][:rows, :columns]
        result.either.add(np.maximum(change.appeared, change.removed), label > 0)
        result.directed.add(change.appeared, label == 1)
        result.directed.add(change.removed, label == 2)
        result.pairs += 1
        size_wh = pair.before.shape[1], pair.before.shape[0]
        regions = [
            (region.kind, region.box)
            for region in find_regions(change, comparer.structures, settings, size_wh)
        ]
        explained: set[int] = set()
        for kind, box, names in _structures(pair, settings.least_area):
            same = [
                (n, overlap(found, box))
                for n, (said, found) in enumerate(regions)
                if said == kind or not directed
            ]
            hit = any(iou >= FOUND_IOU for _, (iou, _) in same)
            explained.update(n for n, (_, inside) in same if inside >= _TOUCHES)
            for tally in (result.total, *(result.groups.setdefault(n, Tally()) for n in names)):
                tally.falls += 1
                tally.found += hit
        result.false_regions += len(regions) - len(explained)
    return result


def _structures(pair: Pair, least_area: float) -> list[tuple[str, Box, Sequence[str]]]:
    """Kind, box and groups of each structure of a size that counts."""
    found: list[tuple[str, Box, Sequence[str]]] = []
    label, structure, plane = cv2.split(pair.truth)
    for value, kind in ((1, "appeared"), (2, "removed")):
        for number in np.unique(structure[label == value]).tolist():
            mask = ((label == value) & (structure == number)).astype(np.uint8)
            joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _KERNEL)
            count, parts, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
            for part in range(1, count):
                left, top, wide, high, area = stats[part].tolist()
                share = area / mask.size
                if share < 2 * least_area:
                    continue
                on = int(np.median(plane[(parts == part) & (mask > 0)]))
                names = [f"type {STRUCTURES[number - 1].name}", f"size {_size(share)}"]
                if on:
                    names.append(f"plane {PLANES[on - 1]}")
                found.append((kind, (left, top, left + wide, top + high), names))
    return found


def _size(share: float) -> str:
    edges = {0.005: "under 0.5 %", 0.02: "0.5-2 %", 0.08: "2-8 %"}
    return next((name for edge, name in edges.items() if share < edge), "over 8 %")


class Differencing:
    """Plain differencing: the largest difference of a channel, of 128 levels."""

    structures: tuple[str, ...] = ()

    def compare(self, before: Image, after: Image) -> ChangeMap:
        """Compare pictures, uint8 (H, W, 3)."""
        difference = cv2.absdiff(
            cv2.GaussianBlur(before, (5, 5), 0), cv2.GaussianBlur(after, (5, 5), 0)
        )
        return _undirected(difference.max(axis=2).astype(np.float32) / 128)


class StructuralSimilarity:
    """Structural similarity (Z. Wang et al., IEEE TIP 13, 2004) of brightness in 11x11 windows."""

    structures: tuple[str, ...] = ()

    def compare(self, before: Image, after: Image) -> ChangeMap:
        """Compare pictures, uint8 (H, W, 3)."""
        x, y = (cv2.cvtColor(one, cv2.COLOR_BGR2GRAY).astype(np.float32) for one in (before, after))
        mx, my, xx, yy, xy = (
            cv2.GaussianBlur(one, (11, 11), 1.5) for one in (x, y, x * x, y * y, x * y)
        )
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        alike = ((2 * mx * my + c1) * (2 * (xy - mx * my) + c2)) / (
            (mx**2 + my**2 + c1) * (xx - mx**2 + yy - my**2 + c2)
        )
        return _undirected(np.asarray((1 - alike) / 2, np.float32))


class Chance:
    """Knows nothing: the same random answer for any pair of a size."""

    structures: tuple[str, ...] = ()

    def compare(self, before: Image, after: Image) -> ChangeMap:
        """Compare pictures, uint8 (H, W, 3)."""
        rng = np.random.default_rng(0)
        return _undirected(rng.random(before.shape[:2], dtype=np.float32))


RIVALS: Mapping[str, Comparer] = {
    "differencing": Differencing(),
    "structural similarity": StructuralSimilarity(),
    "chance": Chance(),
}


def _undirected(scores: NDArray[np.float32]) -> ChangeMap:
    cells = cv2.resize(scores, None, fx=1 / STRIDE, fy=1 / STRIDE, interpolation=cv2.INTER_AREA)
    shares = np.clip(np.asarray(cells, np.float32), 0, 1)
    return ChangeMap(shares, shares, np.zeros((0, *shares.shape), np.float32))
