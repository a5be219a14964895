"""The plate reader that ships: it answers its golden plate, and is as good as its card."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest

from datasets.synthesis.plates import degrade, render_plate
from inference.decode import Picture
from inference.detections import PlateReading
from inference.errors import GoldenMismatch
from inference.plates import PlateReader
from inference.policy import choose_policy
from models.descriptions import ReaderDescription
from models.errors import ModelInvalid
from models.registry import load_described
from training.plates.judge import bounds, read_noted
from training.plates.pool import noted_plates
from training.report import read_metrics

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "models" / "plate_reader"
PHOTOS = (
    Path(os.environ.get("XUNJIAN_DATA", REPOSITORY.parent / "shared/data"))
    / "checkpoint_vehicle"
    / "plates_easypr"
)
MOST_PARAMETERS = 2_000_000
WORST_LOSS = 1


@pytest.fixture(scope="module")
def reader() -> PlateReader:
    return PlateReader.load(choose_policy("cpu"))


def rendered(text: str, color: str, rows: int) -> tuple[Picture, np.ndarray, np.ndarray]:
    """A clean plate seen from a little aside: the picture, the plate's box, and its corners."""
    plate = render_plate(text, color, np.random.default_rng(4), rows=rows)
    height, width = plate.shape[:2]
    image = np.full((400, 640, 3), 96, np.uint8)
    image[120 : 120 + height, 90 : 90 + width] = plate
    corners = np.array(
        [[90, 120], [90 + width, 120], [90 + width, 120 + height], [90, 120 + height]]
    )
    box = np.array([90, 120, 90 + width, 120 + height], np.float32)
    return Picture(image, 640, 400, "jpeg"), box, corners


def test_the_golden_plate_is_read(reader: PlateReader) -> None:
    reader.check_golden()


def test_a_damaged_model_is_caught(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "plate_reader")
    network = onnx.load(tmp_path / "plate_reader" / "model.onnx")
    weights = max(network.graph.initializer, key=lambda one: len(one.raw_data))
    weights.raw_data = bytes(len(weights.raw_data))
    onnx.save(network, tmp_path / "plate_reader" / "model.onnx")
    with pytest.raises(GoldenMismatch):
        PlateReader(load_described(ReaderDescription, "plate_reader", tmp_path)).check_golden()


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "plate_reader")
    (tmp_path / "plate_reader" / "model.onnx").write_bytes(b"not a network")
    with pytest.raises(ModelInvalid):
        PlateReader(load_described(ReaderDescription, "plate_reader", tmp_path))


def test_a_detector_is_no_reader(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "plate_reader")
    shutil.copy(REPOSITORY / "models/road_damage/model.onnx", tmp_path / "plate_reader")
    with pytest.raises(ModelInvalid, match="no plate reader"):
        PlateReader(load_described(ReaderDescription, "plate_reader", tmp_path))


@pytest.mark.parametrize(
    ("text", "color", "rows"),
    [
        ("京A12345", "blue", 1),
        ("粤BD12345", "green", 1),
        ("沪C12345F", "green", 1),
        ("鲁B2C456", "yellow", 1),
        ("冀D55667", "yellow", 2),
        ("川E1234挂", "yellow", 2),
        ("渝B3587学", "yellow", 1),
        ("苏A0006警", "white", 1),
        ("粤ZF023港", "black", 1),
    ],
)
def test_plates_of_every_kind_are_read(
    reader: PlateReader, text: str, color: str, rows: int
) -> None:
    picture, box, corners = rendered(text, color, rows)
    (found,) = reader.read(picture, box[None])
    assert (found.text, found.color) == (text, color)
    assert found.text_score > 0.5
    assert np.abs(np.array(found.polygon) - corners).max() < 0.06 * 440


def test_readings_do_not_depend_on_company_scale_or_threads(reader: PlateReader) -> None:
    picture, box, _ = rendered("京A12345", "blue", 1)
    (alone,) = reader.read(picture, box[None])
    boxes = np.stack([box, np.array([0, 0, 30, 10], np.float32), box])
    together = reader.read(picture, boxes)
    assert [one.text for one in together[::2]] == ["京A12345"] * 2
    assert together[0].text_score == pytest.approx(alone.text_score, abs=1e-3)
    # The same picture, decoded at half scale: boxes and polygons stay in the original's pixels.
    half = Picture(np.ascontiguousarray(picture.image[::2, ::2]), 640, 400, "jpeg")
    (small,) = reader.read(half, box[None])
    assert small.text == "京A12345"
    assert np.abs(np.subtract(small.polygon, alone.polygon)).max() < 12
    with ThreadPoolExecutor(4) as threads:

        def again(_: int) -> list[PlateReading]:
            return reader.read(picture, box[None])

        assert all(one == [alone] for one in threads.map(again, range(8)))


def test_where_no_plate_is_nothing_is_read(reader: PlateReader) -> None:
    grey = Picture(np.full((200, 400, 3), 128, np.uint8), 400, 200, "jpeg")
    assert reader.read(grey, np.empty((0, 4), np.float32)) == []
    boxes = np.array([[100, 80, 200, 110], [-50, -20, 40, 10], [390, 190, 500, 300]], np.float32)
    for found in reader.read(grey, boxes):
        assert found.text == ""
        assert found.text_score < reader.model.about.threshold


def test_a_plate_dirtied_beyond_reading_scores_low_or_reads_right(reader: PlateReader) -> None:
    rng = np.random.default_rng(8)
    wrong = 0
    for _ in range(30):
        made = degrade(render_plate("苏A6B7K8", "blue", rng), rng)
        picture = Picture(made.image, 192, 96, "jpeg")
        (found,) = reader.read(picture, bounds(made.corners)[None])
        wrong += found.text not in ("", "苏A6B7K8")
    assert wrong <= 4


def test_the_reader_is_small() -> None:
    network = onnx.load(FOLDER / "model.onnx")
    parameters = sum(int(np.prod(one.dims)) for one in network.graph.initializer)
    assert parameters <= MOST_PARAMETERS


def test_the_card_speaks_of_this_file() -> None:
    metrics = read_metrics(FOLDER)
    assert metrics["digest"] == load_described(ReaderDescription, "plate_reader").digest
    assert (
        metrics["reader"]["exact"]["right"]
        > metrics["rapidocr"]["rectified_by_noted_corners"]["exact"]["right"]
    )


def test_the_reader_is_as_good_as_its_card_on_held_back_photos(reader: PlateReader) -> None:
    if not (PHOTOS / "plates.json").is_file():
        pytest.skip(f"the photos are not in {PHOTOS}")
    answers = read_noted(reader.read, noted_plates(PHOTOS, held_out=True))
    claimed = read_metrics(FOLDER)["reader"]
    assert len(answers) == claimed["plates"]
    assert sum(one.exact for one in answers) >= claimed["exact"]["right"] - WORST_LOSS
