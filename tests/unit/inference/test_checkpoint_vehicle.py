"""Which plates of a picture are read, and where their readings go."""

from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.decode import Picture
from inference.detections import Detections, PlateReading
from inference.detector import Detector
from inference.inspections.checkpoint_vehicle import (
    MOST_PLATES,
    SMALLEST_PLATE,
    CheckpointVehicle,
)
from inference.plates import PlateReader

CLASSES = ("car", "plate")
PICTURE = Picture(np.zeros((600, 800, 3), np.uint8), 800, 600, "jpeg")


class Street:
    """Finds what it is told, with falling scores."""

    def __init__(self, *objects: tuple[str, float]) -> None:
        self._objects = objects

    def detect(self, picture: Picture) -> Detections:
        boxes = [[x, 0, x + width, 20] for x, (_, width) in enumerate(self._objects)]
        return Detections(
            boxes=np.array(boxes, np.float32).reshape(-1, 4),
            scores=np.linspace(0.9, 0.1, len(boxes), dtype=np.float32),
            class_ids=np.array([CLASSES.index(name) for name, _ in self._objects], np.int64),
            class_names=CLASSES,
        )


class Reader:
    """Reads from each box where it begins."""

    def read(self, picture: Picture, boxes: NDArray[np.float32]) -> list[PlateReading]:
        assert len(boxes), "nobody asks a reader for nothing"
        assert boxes.dtype == np.float32
        corner = (0.0, 0.0)
        return [
            PlateReading(f"京A{int(box[0]):05d}", 0.9, "blue", (corner, corner, corner, corner))
            for box in boxes
        ]


def inspect(*objects: tuple[str, float]) -> Detections:
    street = cast("Detector", Street(*objects))
    return CheckpointVehicle(street, cast("PlateReader", Reader())).inspect(PICTURE)


def test_each_plate_gets_its_own_reading() -> None:
    found = inspect(("car", 300), ("plate", 100), ("car", 200), ("plate", 120))
    assert {index: reading.text for index, reading in found.plates.items()} == {
        1: "京A00001",
        3: "京A00003",
    }
    assert [one.plate is not None for one in found] == [False, True, False, True]


@pytest.mark.parametrize(("width", "read"), [(SMALLEST_PLATE - 1, False), (SMALLEST_PLATE, True)])
def test_a_plate_too_small_to_read_is_found_but_not_read(width: int, read: bool) -> None:
    found = inspect(("plate", width))
    assert len(found) == 1
    assert bool(found.plates) is read


@pytest.mark.parametrize("objects", [(), (("car", 300),)])
def test_pictures_without_plates_ask_nothing_of_the_reader(
    objects: tuple[tuple[str, float], ...],
) -> None:
    assert not inspect(*objects).plates


def test_a_low_threshold_does_not_have_every_shadow_read() -> None:
    found = inspect(*[("plate", 100)] * (2 * MOST_PLATES))
    assert sorted(found.plates) == list(range(MOST_PLATES))
