import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.splits import is_held_out
from datasets.synthesis.plates import render_plate
from datasets.synthesis.plates.faces import committed_faces
from inference.decode import Picture
from inference.detections import PlateReading
from models.plate_text import CHARSET, COLORS, is_plate
from training.errors import TrainingError
from training.plates.commands import app
from training.plates.judge import Answer, bounds, figures, find_and_read
from training.plates.pool import (
    NotedPlate,
    clockwise,
    from_crops,
    from_photos,
    noted_plates,
    rendered,
    write_pool,
)

CORNERS = np.array([[10, 20], [110, 24], [108, 56], [9, 52]], np.float32)


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("backwards", [False, True])
def test_corners_are_ordered_whatever_their_order_was(turn: int, backwards: bool) -> None:
    shuffled = np.roll(CORNERS[::-1] if backwards else CORNERS, turn, axis=0)
    assert np.array_equal(clockwise(shuffled), CORNERS)


def photos(folder: Path) -> Path:
    (folder / "images").mkdir()
    notes = []
    for index in range(12):
        image = np.full((120, 300, 3), 90, np.uint8)
        plate = render_plate("京A12345", "blue", np.random.default_rng(index), px_per_mm=0.4)
        image[40 : 40 + plate.shape[0], 60 : 60 + plate.shape[1]] = plate
        cv2.imwrite(str(folder / "images" / f"{index}.png"), image)
        poly = [[60, 96], [60, 40], [236, 40], [236, 96]]
        plates = [{"poly": poly, "color": "blue", "text": "京A12345"}]
        notes.append({"image": f"{index}.png", "plates": plates})
    (folder / "plates.json").write_text(json.dumps(notes), "utf-8")
    return folder


def test_what_is_learned_from_and_what_judges_never_meet(tmp_path: Path) -> None:
    folder = photos(tmp_path)
    learned = {one.photo for one in noted_plates(folder, held_out=False)}
    judging = {one.photo for one in noted_plates(folder, held_out=True)}
    assert len(learned) + len(judging) == 12
    assert learned.isdisjoint(judging)
    assert all(is_held_out(one.name) for one in judging)


def test_every_sample_says_what_it_shows(tmp_path: Path) -> None:
    rng, faces = np.random.default_rng(3), committed_faces()
    noted = noted_plates(photos(tmp_path), held_out=False)
    crop = render_plate("皖A12345", "blue", rng, px_per_mm=0.25)
    samples = [
        *rendered(6, rng, [], faces),
        *from_photos(noted[:2], 3, rng, faces, 0.5),
        *from_crops([(crop, "皖A12345", 0)] * 4, rng, faces, 1.0),
    ]
    for one in samples:
        assert one.image.shape == (96, 192, 3)
        assert one.image.dtype == np.uint8
        assert is_plate(one.text)
        assert 0 <= one.color < len(COLORS)
    assert all(one.exact for one in samples[:12])
    assert all(one.text[1:] == "A12345" for one in samples[6:])
    assert len({one.text for one in samples[-4:]}) > 1  # other provinces were painted on
    write_pool(tmp_path / "pool", iter(samples), len(samples))
    facts = np.load(tmp_path / "pool" / "facts.npz")
    assert facts["texts"].tolist() == [one.text for one in samples]
    images = np.load(tmp_path / "pool" / "images.npy")
    assert np.array_equal(images[5], samples[5].image)


def answer(noted: str, read: str, color: str = "blue") -> Answer:
    return Answer(NotedPlate(Path("a.jpg"), noted, color, CORNERS), read, 0.9, "blue")


def test_figures_count_what_they_say() -> None:
    answers = [
        answer("京A12345", "京A12345"),
        answer("京A12345", "津A12345"),
        answer("京A12345", "A12345"),
        answer("苏D6789A", "", "yellow"),
    ]
    found = figures(answers)
    assert found["exact"]["right"] == 1
    assert found["without_province"]["right"] == 3
    assert found["color"]["right"] == 3
    assert found["exact_by_color"]["yellow"] == {
        "right": 0, "of": 1, "share": 0.0, "interval": [0.0, pytest.approx(0.793, abs=1e-3)]
    }  # fmt: skip


def test_a_plate_that_is_not_found_is_not_read(tmp_path: Path) -> None:
    noted = noted_plates(photos(tmp_path), held_out=False)[:2]
    box = bounds(noted[0].corners)

    def find(_: Picture) -> np.ndarray:
        boxes.append(box + 500 * len(boxes))  # the second photo's box is elsewhere
        return boxes[-1][None].astype(np.float32)

    def read(_: Picture, found: np.ndarray) -> list[PlateReading]:
        return [PlateReading("京A12345", 0.9, "blue", ((0, 0),) * 4)] * len(found)

    boxes: list[np.ndarray] = []
    assert [one.exact for one in find_and_read(find, read, noted)] == [True, False]


@pytest.mark.parametrize("command", ["train", "label", "export"])
def test_a_step_taken_too_early_names_the_one_before(tmp_path: Path, command: str) -> None:
    with pytest.raises(TrainingError) as caught:
        app(["plates", command, "--run", str(tmp_path)], standalone_mode=False)
    assert "first: xunjian plates" in str(caught.value.hint)


def test_only_sure_texts_of_plates_that_do_not_judge_are_agreed_on() -> None:
    pytest.importorskip("torch", reason="needs torch (the extra `train`)")
    from training.plates.self_training import agreed_texts

    own = dict.fromkeys("abcdef", "京A12345")
    other = {
        "a": ("京A12345", 0.96),  # both say so
        "b": ("津A12346", 0.99),  # very sure, and two characters off
        "c": ("津A12346", 0.96),  # not sure enough to be believed against the other
        "d": ("A12345", 1.0),  # no plate
        "e": ("京A12345", 0.5),  # unsure
        "f": ("京A99999", 1.0),  # too far off
    }
    assert agreed_texts(own, other, ()) == {"a": "京A12345", "b": "津A12346"}
    assert agreed_texts(own, other, {"京A12345"}) == {"b": "津A12346"}


@pytest.mark.parametrize(("length", "two_rows"), [(7, False), (8, False), (7, True)])
def test_columns_show_each_character_once_and_in_order(length: int, two_rows: bool) -> None:
    pytest.importorskip("torch", reason="needs torch (the extra `train`)")
    from training.plates.columns import character_columns

    columns = character_columns(length, two_rows).tolist()
    shown = [one for one in columns if one < length]
    assert shown == sorted(shown)
    assert set(shown) == set(range(length))
    for left, right in zip(range(length), range(1, length), strict=False):
        last = len(columns) - 1 - columns[::-1].index(left)
        assert length in columns[last : columns.index(right)]  # a blank lies between


def test_the_network_reads_straight_through_a_homography() -> None:
    torch = pytest.importorskip("torch", reason="needs torch (the extra `train`)")
    from training.plates.network import PlateNet, square_to_quad

    quad = torch.tensor([[[0.1, 0.2], [0.8, 0.25], [0.9, 0.7], [0.05, 0.6]]])
    square = torch.tensor([[0.0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
    placed = square @ square_to_quad(quad)[0].T
    assert torch.allclose(placed[:, :2] / placed[:, 2:], quad[0], atol=1e-5)
    net = PlateNet(len(CHARSET), len(COLORS)).eval()
    corners, characters, colors = net(torch.zeros(2, 96, 192, 3, dtype=torch.uint8))
    assert corners.shape == (2, 4, 2)
    assert characters.shape == (2, 32, len(CHARSET) + 1)
    assert colors.sum(1).tolist() == pytest.approx([1, 1])
    assert sum(one.numel() for one in net.parameters()) < 2_000_000
