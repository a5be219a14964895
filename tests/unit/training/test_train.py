from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("ultralytics")

from ultralytics.nn.tasks import DetectionModel  # noqa: E402

from datasets.yolo import LabelledPicture  # noqa: E402
from training.errors import TrainingError  # noqa: E402
from training.lock import hold_run  # noqa: E402
from training.rendered import rendered_pictures  # noqa: E402
from training.settings import Settings  # noqa: E402
from training.train import TrainingData, train  # noqa: E402

CLASSES = ("crack", "pothole")
SETTINGS = Settings(image_size=320, epochs=2, plain_epochs=1, batch=4)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledPicture]:
    return rendered_pictures(tmp_path_factory.mktemp("rendered"), 8, seed=3)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "start.pt"
    model = DetectionModel("yolo26n.yaml", nc=80, verbose=False)
    torch.save({"model": model.half(), "train_args": {}}, path)
    return path


@pytest.mark.parametrize("processes", [1, 2])
def test_training_leaves_a_checkpoint_and_resumes(
    pictures: list[LabelledPicture], weights: Path, tmp_path: Path, processes: int
) -> None:
    data, run = TrainingData(pictures, [], CLASSES), tmp_path / "run"
    last = train(data, SETTINGS, weights, run, "cpu", processes, resume=False)
    checkpoint = torch.load(last, weights_only=False)
    assert checkpoint["epoch"] == 1
    assert all(torch.isfinite(value).all() for value in checkpoint["ema"].state_dict().values())
    with pytest.raises(TrainingError, match="already holds a run"):
        train(data, SETTINGS, weights, run, "cpu", processes, resume=False)
    checkpoint["epoch"] = 0
    torch.save(checkpoint, last)
    train(data, SETTINGS, weights, run, "cpu", processes, resume=True)
    assert torch.load(last, weights_only=False)["epoch"] == 1


def test_a_folder_that_another_process_trains_in_is_refused(
    pictures: list[LabelledPicture], weights: Path, tmp_path: Path
) -> None:
    data = TrainingData(pictures, [], CLASSES)
    with hold_run(tmp_path / "run"), pytest.raises(TrainingError, match="is training in"):
        train(data, SETTINGS, weights, tmp_path / "run", "cpu", 1, resume=False)


def test_classes_that_the_weights_know_keep_what_they_know() -> None:
    """Ultralytics copies their rows of the last layer by name."""
    known = DetectionModel("yolo26n.yaml", nc=80, verbose=False)
    known.names = {number: f"class {number}" for number in range(80)} | {2: "car", 5: "bus"}
    fresh = DetectionModel("yolo26n.yaml", nc=3, verbose=False)
    fresh.names = {0: "bus", 1: "plate", 2: "car"}
    fresh.load(known, verbose=False)
    for old, new in zip(known.model[-1].cv3, fresh.model[-1].cv3, strict=True):
        torch.testing.assert_close(new[-1].weight[[0, 2]], old[-1].weight[[5, 2]])
        torch.testing.assert_close(new[-1].bias[[0, 2]], old[-1].bias[[5, 2]])


def test_resuming_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="missing"):
        train(
            TrainingData([], [], CLASSES),
            SETTINGS,
            tmp_path / "x.pt",
            tmp_path,
            "cpu",
            1,
            resume=True,
        )


def test_rendering_twice_uses_what_lies_there(pictures: list[LabelledPicture]) -> None:
    folder = pictures[0].path.parent.parent
    before = pictures[0].path.stat().st_mtime_ns
    again = rendered_pictures(folder, 8, seed=3)
    assert [one.path for one in again] == [one.path for one in pictures]
    np.testing.assert_array_equal(again[0].boxes, pictures[0].boxes)
    assert pictures[0].path.stat().st_mtime_ns == before
