import cv2
import numpy as np
import pytest

from datasets.yolo import LabelledPicture
from training.compose import Composer
from training.recipe import POTHOLE, Mixture

FRAME = (320, 192)
ONLY = {
    "whole": Mixture(whole=1, mosaic=0, zoom=0, pasted=0),
    "pasted": Mixture(whole=1, mosaic=0, zoom=0, pasted=1),
    "mosaic": Mixture(whole=0, mosaic=1, zoom=0, pasted=0),
    "zoom": Mixture(whole=0, mosaic=0, zoom=1, pasted=0),
    "street": Mixture(whole=0, mosaic=0, zoom=0, pasted=0),
}


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Composer:
    """Composes from two grey roads, one of them with a dark pothole, and one street."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    road = rng.normal(120, 6, (208, 332, 3)).clip(0, 255).astype(np.uint8)
    cv2.imwrite(str(folder / "plain.png"), road)
    road[100:130, 150:210] = 30
    cv2.imwrite(str(folder / "damaged.png"), road)
    hole = LabelledPicture(
        folder / "damaged.png",
        np.array([[180 / 332, 115 / 208, 60 / 332, 30 / 208]], np.float32),
        np.array([POTHOLE]),
    )
    none = np.zeros((0, 4), np.float32), np.zeros(0, np.int64)
    plain = LabelledPicture(folder / "plain.png", *none)
    return Composer([hole, plain], [plain], FRAME)


@pytest.mark.parametrize("kind", ONLY)
def test_samples_fit_the_frame_and_repeat_with_the_seed(composer: Composer, kind: str) -> None:
    for seed in range(12):
        sample = composer.compose(seed % 2, ONLY[kind], np.random.default_rng(seed))
        assert sample.image.shape == (FRAME[1], FRAME[0], 3)
        assert sample.image.dtype == np.uint8
        assert len(sample.boxes) == len(sample.class_ids)
        assert (sample.boxes >= 0).all()
        assert (sample.boxes[:, 2:] <= FRAME).all()
        assert (sample.boxes[:, 2:] > sample.boxes[:, :2]).all()


def test_the_same_seed_gives_the_same_sample(composer: Composer) -> None:
    first, second = (composer.compose(0, ONLY["whole"], np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.boxes, second.boxes)


def test_close_views_are_close(composer: Composer) -> None:
    widths = []
    for seed in range(20):
        sample = composer.compose(1, ONLY["zoom"], np.random.default_rng(seed))
        assert sample.class_ids.tolist() == [POTHOLE]
        widths.append(float(sample.boxes[0, 2] - sample.boxes[0, 0]) / FRAME[0])
    assert min(widths) > 60 / 332 * 0.5
    assert np.median(widths) > 1.5 * 60 / 332


def test_potholes_are_put_on_plain_roads_and_streets(composer: Composer) -> None:
    for kind, at_least in (("pasted", 15), ("street", 5)):
        counts = [
            len(composer.compose(1, ONLY[kind], np.random.default_rng(seed)).boxes)
            for seed in range(30)
        ]
        assert sum(count > 0 for count in counts) >= at_least, kind
    plain = [composer.compose(1, ONLY["whole"], np.random.default_rng(s)) for s in range(10)]
    assert not any(len(sample.boxes) for sample in plain)


def test_without_backgrounds_whole_pictures_are_used(composer: Composer) -> None:
    alone = Composer(composer._pictures, [], FRAME)
    sample = alone.compose(0, ONLY["street"], np.random.default_rng(1))
    assert sample.class_ids.tolist() == [POTHOLE]


def test_the_last_epochs_have_no_mosaic() -> None:
    last = Mixture().without_mosaic()
    assert last.mosaic == 0
    assert last.whole + last.zoom == pytest.approx(
        Mixture().whole + Mixture().mosaic + Mixture().zoom
    )
