"""Completes pictures whose labels name only some of a model's classes.

What a source does not label would teach a model to overlook it. The weights that training starts
from are asked instead: what they are sure of becomes a label, what they suspect is left open (see
`training.loss`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.yolo import LabelledPicture

SURE, SUSPECTED = 0.45, 0.15
"""Scores from which a detection becomes a label, and from which it leaves its place open."""
EXPLAINED, SAME = 0.5, 0.6
"""Overlaps (IoU) from which a label explains a detection, and two detections are of one object."""


@dataclass(frozen=True)
class Seen:
    """What a teacher sees: class name, score, x1, y1, x2, y2 as fractions of the picture."""

    name: str
    score: float
    box: tuple[float, float, float, float]


Teacher = Callable[[Path], list[Seen]]


def complete(
    pictures: Sequence[LabelledPicture],
    classes: Sequence[str],
    teacher: Teacher,
    teacher_knows: Sequence[str],
    found_on: Mapping[str, Sequence[str]],
) -> list[LabelledPicture]:
    """Complete the pictures that label only some of the classes.

    Args:
        pictures: What is learned from; those that label everything stay as they are.
        classes: The model's classes, in the order of its class index.
        teacher: Says what it sees in a picture.
        teacher_knows: Classes that the teacher tells apart.
        found_on: Classes that the teacher does not know but whose objects are only found on
            objects of these other classes. Elsewhere in a picture there is none; on those, it is
            left open. Classes that are in neither are left open all over the picture.

    Returns:
        The pictures in the same order. Class ids from the number of classes on mark boxes in which
        a class is left open.
    """
    unknown = [name for name in classes if name not in teacher_knows]
    return [
        picture
        if picture.labelled is None
        else _completed(
            picture, picture.labelled, classes, teacher(picture.path), unknown, found_on
        )
        for picture in pictures
    ]


def remembered(teacher: Teacher, memory: Path) -> Teacher:
    """A teacher that is asked once for each picture: answers are kept in a file, a line each."""
    known: dict[str, list[Seen]] = {}
    if memory.is_file():
        for line in memory.read_text("utf-8").splitlines():
            one = json.loads(line)
            known[one["picture"]] = [Seen(n, s, tuple(box)) for n, s, box in one["seen"]]

    def answer(path: Path) -> list[Seen]:
        if str(path) not in known:
            known[str(path)] = teacher(path)
            seen = [(one.name, one.score, one.box) for one in known[str(path)]]
            memory.parent.mkdir(parents=True, exist_ok=True)
            with memory.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"picture": str(path), "seen": seen}) + "\n")
        return known[str(path)]

    return answer


def _completed(
    picture: LabelledPicture,
    labelled: frozenset[int],
    classes: Sequence[str],
    seen: Sequence[Seen],
    unknown: Sequence[str],
    found_on: Mapping[str, Sequence[str]],
) -> LabelledPicture:
    truth = picture.corners(1, 1)
    added: list[tuple[int, tuple[float, ...]]] = []
    sure: list[tuple[float, ...]] = []
    for one in sorted(seen, key=lambda one: -one.score):
        if one.name not in classes or one.score < SUSPECTED:
            continue
        class_id = classes.index(one.name)
        if class_id in labelled:
            if _overlap(one.box, truth) < EXPLAINED:
                added.append((class_id + len(classes), one.box))
        elif one.score >= SURE and _overlap(one.box, np.array(sure).reshape(-1, 4)) < SAME:
            sure.append(one.box)
            added.append((class_id, one.box))
        else:
            added.append((class_id + len(classes), one.box))
    everything = [*zip(picture.class_ids.tolist(), truth.tolist(), strict=True), *added]
    for name in unknown:
        class_id = classes.index(name)
        if class_id in labelled:
            continue
        carriers = {classes.index(carrier) for carrier in found_on.get(name, ())}
        places = [box for other, box in everything if other % len(classes) in carriers]
        if name not in found_on:
            places = [(0.0, 0.0, 1.0, 1.0)]
        added += [(class_id + len(classes), tuple(place)) for place in places]
    corners = np.array([box for _, box in added], np.float32).reshape(-1, 4)
    boxes = np.hstack([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]])
    return replace(
        picture,
        boxes=np.concatenate([picture.boxes, boxes]),
        class_ids=np.concatenate([picture.class_ids, np.array([i for i, _ in added], np.int64)]),
    )


def _overlap(box: Sequence[float], others: NDArray[np.floating]) -> float:
    """Largest intersection over union of a box with (N, 4) others, as corners; 0 if none."""
    if not len(others):
        return 0.0
    one = np.array(box)
    sides = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
    shared = sides.clip(0).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1)
    return float((shared / ((one[2:] - one[:2]).prod() + areas - shared)).max())
