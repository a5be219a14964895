from pathlib import Path

import numpy as np
import pytest

from datasets.synthesis.closeups import CLASS_NAMES, random_closeups
from datasets.synthesis.pictures import write_yolo
from datasets.synthesis.traps import render_trap
from datasets.yolo import LabelledPicture, read_split
from training.pests import CloseViewComposer, TrapComposer, turned
from training.samples import Sample
from training.settings import Mixture, Settings

SETTINGS = Settings(image_size=160, aspect=1)


@pytest.fixture(scope="module")
def close_views(tmp_path_factory: pytest.TempPathFactory) -> CloseViewComposer:
    folder = tmp_path_factory.mktemp("closeups")
    write_yolo(folder, random_closeups(4, 6, 160), CLASS_NAMES)
    return CloseViewComposer(read_split(folder), [], SETTINGS)


@pytest.fixture(scope="module")
def trap_pieces(tmp_path_factory: pytest.TempPathFactory) -> TrapComposer:
    folder: Path = tmp_path_factory.mktemp("traps")
    write_yolo(folder, [render_trap(3, insects=80, size_wh=(576, 768))], ("insect",))
    return TrapComposer(read_split(folder), [], SETTINGS)


@pytest.mark.parametrize("seed", range(6))
def test_turning_keeps_what_a_box_shows(seed: int) -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[10:16, 30:50] = 200
    box = np.array([[30, 10, 50, 16]], np.float32)
    sample = turned(Sample(image, box, np.zeros(1, np.int64)), np.random.default_rng(seed))
    x1, y1, x2, y2 = sample.boxes[0].astype(int)
    assert (sample.image[y1:y2, x1:x2] == 200).all()
    assert (sample.image == 200).sum() == (y2 - y1) * (x2 - x1) * 3


@pytest.mark.parametrize("mosaic", [0.0, 1.0])
def test_close_views_are_whole_samples(close_views: CloseViewComposer, mosaic: float) -> None:
    mixture = Mixture(whole=1 - mosaic, mosaic=mosaic, zoom=0)
    samples = [close_views.compose(0, mixture, np.random.default_rng(n)) for n in range(12)]
    assert all(sample.image.shape == (160, 160, 3) for sample in samples)
    boxes = np.concatenate([sample.boxes for sample in samples])
    assert len(boxes) >= (8, 24)[int(mosaic)]
    assert boxes.min() >= 0
    assert boxes.max() <= 160
    assert {int(i) for sample in samples for i in sample.class_ids} == {3, 4}


def test_a_rare_pest_is_shown_more_often_than_it_is_pictured(tmp_path: Path) -> None:
    views = list(random_closeups(2, 40, 64))
    borers = [one for one in views if "stem_borer" in one.class_names][:2]
    weevils = [one for one in views if set(one.class_names) == {"rice_weevil"}][:8]
    write_yolo(tmp_path, borers + weevils, CLASS_NAMES)
    loaded: list[bool] = []

    class Noting(CloseViewComposer):
        def load(self, picture: LabelledPicture, rng: np.random.Generator) -> Sample:
            loaded.append(4 in picture.class_ids)
            return super().load(picture, rng)

    composer, rng = Noting(read_split(tmp_path), [], SETTINGS), np.random.default_rng(0)
    for _ in range(150):
        composer.compose(0, Mixture(whole=1, mosaic=0, zoom=0), rng)
    assert 0.28 < np.mean(loaded) < 0.5  # two pictures of ten


def test_pieces_of_traps_keep_their_scale_mostly(trap_pieces: TrapComposer) -> None:
    samples = [
        trap_pieces.compose(0, SETTINGS.mixture, np.random.default_rng(n)) for n in range(30)
    ]
    assert all(sample.image.shape == (160, 160, 3) for sample in samples)
    sides = np.concatenate([sample.boxes[:, 2] - sample.boxes[:, 0] for sample in samples])
    assert len(sides) > 30
    assert 12 < np.median(sides) < 40  # at the scale at which traps are served
