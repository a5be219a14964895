import subprocess
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.yolo import LabelledPicture
from models.registry import Model
from tests.unit.training.toys import CLASSES, toy_recipe, write_pictures, write_toy
from training.errors import TrainingError
from training.judging import Judgement, judge_sets
from training.metrics import Judged, match
from training.mistakes import Kind, Mistake, find_mistakes
from training.review import check_folder, write_review

LEFT, RIGHT, FAR = [0, 0, 10, 10], [20, 0, 30, 10], [40, 40, 50, 50]
NEARLY_LEFT = [0, 1, 10, 11]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model whose classes have a threshold of 0.05."""
    return write_toy(tmp_path_factory.mktemp("models"), version="1.0.0")


def judgement(
    model: Model,
    true: Sequence[tuple[list[int], int]],
    found: Sequence[tuple[list[int], float, int]],
) -> Judgement:
    """One picture with objects (box, class) and detections (box, score, class)."""
    judged = Judged(
        np.array([box for box, _ in true], np.float32).reshape(-1, 4),
        np.array([class_id for _, class_id in true], np.int64),
        np.array([box for box, _, _ in found], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in found], np.float32),
        np.array([class_id for _, _, class_id in found], np.int64),
    )
    matches = {name: match([judged], index) for index, name in enumerate(CLASSES)}
    nothing = np.zeros((0, 4), np.float32), np.zeros(0, np.int64)
    picture = LabelledPicture(Path("a.jpg"), *nothing)
    return Judgement(model, toy_recipe().judged[0], [picture], [judged], matches)


def told(mistakes: dict[Kind, list[Mistake]]) -> list[tuple[str, str | None, str | None, float]]:
    return [
        (one.kind, one.true_class, one.found_class, round(one.score, 2))
        for some in mistakes.values()
        for one in some
    ]


def test_every_object_and_detection_is_counted_once(model: Model) -> None:
    one = judgement(
        model,
        [(LEFT, 0), (RIGHT, 1), (FAR, 1)],
        [(LEFT, 0.9, 0), (NEARLY_LEFT, 0.8, 0), (RIGHT, 0.7, 0), (FAR, 0.03, 1)],
    )
    confusion, mistakes = find_mistakes(one, CLASSES)
    assert confusion.table.tolist() == [[1, 0, 0], [1, 0, 1], [1, 0, 0]]
    assert told(mistakes) == [
        ("missed", "pothole", None, 0.03),
        ("false", None, "crack", 0.8),
        ("wrong", "pothole", "crack", 0.7),
    ]


def test_the_right_class_is_paired_before_a_surer_wrong_one(model: Model) -> None:
    found = [(LEFT, 0.9, 1), (NEARLY_LEFT, 0.3, 0)]
    confusion, mistakes = find_mistakes(judgement(model, [(LEFT, 0)], found), CLASSES)
    assert confusion.table.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert told(mistakes) == [("false", None, "pothole", 0.9)]


def test_the_worst_stand_first(model: Model) -> None:
    small = [60, 60, 64, 64]
    one = judgement(
        model,
        [(small, 0), (LEFT, 0), (RIGHT, 0)],
        [(RIGHT, 0.04, 0), (FAR, 0.3, 0), ([70, 0, 80, 9], 0.6, 1)],
    )
    missed = find_mistakes(one, CLASSES)[1]["missed"]
    assert [mistake.box for mistake in missed] == [tuple(LEFT), tuple(small), tuple(RIGHT)]
    assert [mistake.score for mistake in find_mistakes(one, CLASSES)[1]["false"]] == pytest.approx(
        [0.6, 0.3]
    )


def test_the_report_can_be_opened(tmp_path: Path, model: Model) -> None:
    blind = write_toy(tmp_path, version="1.1.0", blind_below=0.3)
    pictures = write_pictures(tmp_path / "pictures", [200, 30, 40])
    judgements = judge_sets(toy_recipe(), [blind], {"test": pictures})
    page = write_review(tmp_path / "report", judgements, CLASSES)
    text = page.read_text()
    assert "Missed: 2" in text
    assert "False: 2" in text
    assert "Wrong class: 0" in text
    for name in ("curves.png", "missed.jpg", "false.jpg"):
        assert f'src="test/{name}"' in text
        assert cv2.imread(str(tmp_path / "report/test" / name)) is not None
    assert not (tmp_path / "report/test/wrong.jpg").exists()


def test_a_report_in_a_repository_is_refused(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "mine")], check=True)
    with pytest.raises(TrainingError, match="lies in the repository"):
        check_folder(tmp_path / "mine/deep/report")
    with pytest.raises(TrainingError, match="lies in the repository"):
        check_folder(Path(__file__).parent / "report")


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    check_folder(tmp_path / "new")
    check_folder(tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(TrainingError, match="not an empty folder"):
        check_folder(tmp_path)
