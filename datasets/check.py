"""Looks for what would spoil training or make an evaluation lie.

Some of it must be mended before the data is used, the rest is worth knowing.
"""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.cards import DatasetCard
from datasets.yolo import DatasetError, picture_files, read_label

EDGE_TOLERANCE = 1e-3
"""How far, as a fraction of the picture, a box may reach over the edge before it is reported."""
NEAR_DUPLICATE_BITS = 4
"""Pictures whose 64-bit difference hashes differ in at most this many bits are near-duplicates."""
DRIFT_RATIO, DRIFT_SHARE = 2.0, 0.05
"""A class drifts if its share of the objects of two splits differs by more than this factor and by
more than this share."""
_THREADS = 4


@dataclass(frozen=True)
class Issue:
    """Something found in a dataset.

    Attributes:
        kind: `broken`, `label`, `box`, `class`, `orphan`, `name`, `duplicate`, `near-duplicate`,
            `place`, `drift`, `empty` or `nothing`.
        split: The split it is in.
        path: The file, or the split's folder.
        what: What is wrong.
        must_mend: Whether it must be mended before the data is used.
    """

    kind: str
    split: str
    path: Path
    what: str
    must_mend: bool


@dataclass(frozen=True)
class SplitSummary:
    """What a split holds: pictures, those without an object, objects by class id."""

    pictures: int
    empty: int
    objects: Mapping[int, int]


@dataclass(frozen=True)
class Report:
    """What was found, in the order of splits and files, and what each split holds."""

    issues: tuple[Issue, ...]
    splits: Mapping[str, SplitSummary]

    @property
    def to_mend(self) -> tuple[Issue, ...]:
        """What must be mended before the data is used."""
        return tuple(issue for issue in self.issues if issue.must_mend)


@dataclass(frozen=True)
class _Seen:
    split: str
    path: Path
    digest: str
    looks: int


def find_splits(folder: Path) -> list[str]:
    """Folders with `images/` in a dataset's folder, by name; an empty one if it is a split itself.

    Raises:
        DatasetError: If there is none.
    """
    if (folder / "images").is_dir():
        return [""]
    splits = sorted(path.parent.name for path in folder.glob("*/images") if path.is_dir())
    if not splits:
        raise DatasetError(
            f"{folder} holds no dataset",
            hint="Give a folder in the YOLO layout: SPLIT/images/*.jpg beside SPLIT/labels/*.txt.",
        )
    return splits


def check_dataset(
    folder: Path,
    splits: Sequence[str],
    class_count: int | None,
    card: DatasetCard | None = None,
    done: Callable[[], None] = lambda: None,
) -> Report:
    """Check splits in the YOLO layout, each alone and against the others.

    Args:
        folder: The dataset's folder.
        splits: The splits to check, e.g. `("train", "test")`; `("",)` if the folder is one itself.
        class_count: How many classes there are; class ids run from 0 below it. None if unknown.
        card: The dataset's card, if its places should be checked.
        done: Called after each picture, from several threads.

    Returns:
        The report; `to_mend` is empty for data that can be used.
    """
    issues: list[Issue] = []
    summaries: dict[str, SplitSummary] = {}
    seen: list[_Seen] = []
    for split in splits:
        found, summary, mine = _check_split(folder, split, class_count, done)
        issues += found
        summaries[split] = summary
        seen += mine
    issues += _duplicates(folder, seen)
    issues += _near_duplicates(folder, seen)
    issues += _drift(folder, summaries)
    if card is not None and card.place_pattern:
        issues += _shared_places(seen, card)
    return Report(tuple(issues), summaries)


def _check_split(
    folder: Path, split: str, class_count: int | None, done: Callable[[], None]
) -> tuple[list[Issue], SplitSummary, list[_Seen]]:
    images = picture_files(folder / split / "images")
    labels = folder / split / "labels"
    issues = [] if images else [Issue("nothing", split, folder / split, "holds no pictures", True)]
    stems = {path.stem for path in images}
    issues += [
        Issue("orphan", split, path, "has no picture", True)
        for path in sorted(labels.glob("*.txt"))
        if path.stem not in stems
    ]
    issues += [Issue("name", split, path, what, True) for path, what in _bad_names(images)]
    objects: Counter[int] = Counter()
    empty = 0
    for path in images:
        label = labels / f"{path.stem}.txt"
        try:
            boxes, class_ids = read_label(label)
        except (DatasetError, UnicodeDecodeError) as error:
            issues.append(Issue("label", split, label, str(error), True))
            continue
        objects.update(class_ids.tolist())
        empty += not len(boxes)
        issues += [
            Issue(kind, split, label, what, True)
            for kind, what in _bad_boxes(boxes, class_ids, class_count)
        ]
    if empty:
        what = f"{empty} of {len(images)} pictures have no object"
        issues.append(Issue("empty", split, labels, what, must_mend=False))

    def look(path: Path) -> _Seen | None:
        data = path.read_bytes()
        looks = difference_hash(data)
        done()
        if looks is None:
            return None
        return _Seen(split, path, hashlib.sha256(data).hexdigest(), looks)

    with ThreadPoolExecutor(_THREADS) as workers:
        looked = list(workers.map(look, images))
    issues += [
        Issue("broken", split, path, "cannot be decoded, or is truncated", True)
        for path, one in zip(images, looked, strict=True)
        if one is None
    ]
    summary = SplitSummary(len(images), empty, dict(objects))
    return issues, summary, [one for one in looked if one is not None]


def _bad_names(images: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    stems: dict[str, Path] = {}
    for path in images:
        try:
            path.name.encode()
        except UnicodeEncodeError:
            yield path, "its name is not UTF-8"
            continue
        if any(unicodedata.category(letter) in ("Cc", "Cf") for letter in path.name):
            yield path, "its name holds invisible characters"
        if path.stem != path.stem.strip():
            yield path, "its name begins or ends with a blank"
        if path.stem in stems:
            yield path, f"shares its label with {stems[path.stem].name}"
        stems[path.stem] = path


def _bad_boxes(
    boxes: NDArray[np.float32], class_ids: NDArray[np.int64], class_count: int | None
) -> Iterator[tuple[str, str]]:
    low, high = boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2
    unknown = class_ids < 0
    if class_count is not None:
        unknown |= class_ids >= class_count
    checks = (
        (unknown, "class", "unknown class"),
        ((boxes[:, 2:] <= 0).any(axis=1), "box", "empty box"),
        (((low < -EDGE_TOLERANCE) | (high > 1 + EDGE_TOLERANCE)).any(axis=1), "box", "box outside"),
    )
    for bad, kind, what in checks:
        for index in np.flatnonzero(bad):
            yield kind, f"{what} (object {int(index) + 1})"


def difference_hash(data: bytes) -> int | None:
    """64-bit difference hash of a picture file's bytes; None if it cannot be decoded completely.

    Each bit says whether a cell of an 8x9 grid is brighter than its left neighbour
    (http://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html).
    """
    # OpenCV fills a truncated JPEG with grey and says nothing, so look for its end marker.
    if data[:2] == b"\xff\xd8" and b"\xff\xd9" not in data[-64:]:
        return None
    picture = data and cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if not isinstance(picture, np.ndarray):
        return None
    small = cv2.resize(picture, (9, 8), interpolation=cv2.INTER_AREA)
    bits = (small[:, 1:] > small[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _duplicates(folder: Path, seen: Sequence[_Seen]) -> Iterator[Issue]:
    first: dict[str, _Seen] = {}
    for one in seen:
        other = first.setdefault(one.digest, one)
        if other is not one:
            what = f"is the same file as {other.path.relative_to(folder)}"
            yield Issue("duplicate", one.split, one.path, what, other.split != one.split)


def _near_duplicates(folder: Path, seen: Sequence[_Seen]) -> Iterator[Issue]:
    """Pairs across splits; the same file twice is told by `_duplicates`."""
    by_split: dict[str, list[_Seen]] = defaultdict(list)
    for one in seen:
        by_split[one.split].append(one)
    for earlier, later in combinations(by_split.values(), 2):
        known = np.array([one.looks for one in earlier], np.uint64)
        for one in later:
            bits = np.bitwise_count(known ^ np.uint64(one.looks))
            for index in np.flatnonzero(bits <= NEAR_DUPLICATE_BITS):
                other = earlier[int(index)]
                if other.digest != one.digest:
                    what = f"is a near-duplicate of {other.path.relative_to(folder)}"
                    yield Issue("near-duplicate", one.split, one.path, what, must_mend=True)


def _drift(folder: Path, splits: Mapping[str, SplitSummary]) -> Iterator[Issue]:
    for (name, first), (other_name, second) in combinations(splits.items(), 2):
        totals = [sum(one.objects.values()) for one in (first, second)]
        if not all(totals):
            continue
        for class_id in sorted({*first.objects, *second.objects}):
            counts = [one.objects.get(class_id, 0) for one in (first, second)]
            shares = [count / total for count, total in zip(counts, totals, strict=True)]
            low, high = sorted(shares)
            if high > DRIFT_RATIO * low and high - low > DRIFT_SHARE:
                what = (
                    f"class {class_id} drifts: {shares[0]:.0%} of the objects in {name},"
                    f" {shares[1]:.0%} in {other_name}"
                )
                yield Issue("drift", name, folder / name, what, must_mend=False)


def _shared_places(seen: Sequence[_Seen], card: DatasetCard) -> Iterator[Issue]:
    splits: dict[str, str] = {}
    for one in seen:
        place = card.place_of(one.path)
        split = splits.setdefault(place, one.split)
        if split != one.split:
            what = f"shows {place}, which is in {split} too"
            yield Issue("place", one.split, one.path, what, must_mend=True)
