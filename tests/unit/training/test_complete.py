"""Labels that name only some classes are completed, and what is unsure is left open."""

from pathlib import Path

import numpy as np
import pytest

from datasets.yolo import LabelledPicture
from training.complete import Seen, complete, remembered

CLASSES = ("car", "truck", "plate", "smoke")
KNOWN = ("car", "truck", "dog")
FOUND_ON = {"plate": ("car", "truck")}
LEFT, RIGHT = (0.0, 0.0, 0.4, 0.4), (0.5, 0.5, 1.0, 1.0)


def picture(
    labelled: tuple[str, ...] | None, *objects: tuple[str, tuple[float, ...]]
) -> LabelledPicture:
    corners = np.array([box for _, box in objects], np.float32).reshape(-1, 4)
    return LabelledPicture(
        Path("a.jpg"),
        np.hstack([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]]),
        np.array([CLASSES.index(name) for name, _ in objects], np.int64),
        None if labelled is None else frozenset(map(CLASSES.index, labelled)),
    )


def completed(one: LabelledPicture, *seen: Seen) -> list[tuple[str, tuple[float, ...]]]:
    """What the completed picture says, open boxes with a question mark."""
    (result,) = complete([one], CLASSES, lambda _: list(seen), KNOWN, FOUND_ON)
    names = [*CLASSES, *(f"{name}?" for name in CLASSES)]
    corners = result.corners(1, 1).round(3).tolist()
    return [(names[i], tuple(box)) for i, box in zip(result.class_ids, corners, strict=True)]


def near(box: tuple[float, ...]) -> object:
    return pytest.approx(box, abs=1e-3)


def test_a_picture_that_labels_everything_stays_as_it_is() -> None:
    one = picture(None, ("car", LEFT))
    assert complete([one], CLASSES, lambda _: [Seen("truck", 1, RIGHT)], KNOWN, FOUND_ON) == [one]


def test_the_sure_becomes_a_label_and_the_suspected_stays_open() -> None:
    one = picture(("smoke", "plate"), ("smoke", RIGHT))
    found = completed(one, Seen("car", 0.9, LEFT), Seen("truck", 0.3, RIGHT), Seen("dog", 1, LEFT))
    assert found == [("smoke", near(RIGHT)), ("car", near(LEFT)), ("truck?", near(RIGHT))]


def test_too_faint_a_suspicion_counts_for_nothing() -> None:
    assert completed(picture(("smoke", "plate")), Seen("car", 0.1, LEFT)) == []


def test_of_two_names_for_one_object_the_surer_is_taken() -> None:
    one = picture(("smoke", "plate"))
    found = completed(one, Seen("truck", 0.5, LEFT), Seen("car", 0.8, LEFT))
    assert found == [("car", near(LEFT)), ("truck?", near(LEFT))]


def test_what_a_label_explains_is_left_to_the_label() -> None:
    one = picture(("car", "truck", "plate", "smoke"), ("truck", LEFT))
    found = completed(one, Seen("car", 0.9, LEFT), Seen("car", 0.9, RIGHT))
    assert found == [("truck", near(LEFT)), ("car?", near(RIGHT))]


def test_plates_are_open_on_vehicles_only_and_nowhere_where_they_are_labelled() -> None:
    found = completed(picture(("smoke",)), Seen("car", 0.9, LEFT), Seen("truck", 0.2, RIGHT))
    assert ("plate?", near(LEFT)) in found
    assert ("plate?", near(RIGHT)) in found
    assert len(found) == 4
    assert len(completed(picture(("smoke", "plate")), Seen("car", 0.9, LEFT))) == 1


def test_a_class_that_could_be_anywhere_is_open_everywhere() -> None:
    found = completed(picture(("plate",)))
    assert found == [("smoke?", (0, 0, 1, 1))]


def test_a_teacher_is_asked_once_even_after_an_interruption(tmp_path: Path) -> None:
    asked: list[Path] = []

    def teacher(path: Path) -> list[Seen]:
        asked.append(path)
        return [Seen("car", 0.5, LEFT)]

    memory = tmp_path / "run" / "completed.jsonl"
    first = remembered(teacher, memory)
    assert first(Path("a.jpg")) == first(Path("a.jpg")) == [Seen("car", 0.5, LEFT)]
    assert remembered(teacher, memory)(Path("a.jpg")) == [Seen("car", 0.5, LEFT)]
    assert asked == [Path("a.jpg")]
