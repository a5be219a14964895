import cv2
import numpy as np
import pytest

from datasets.yolo import LabelledPicture
from training.compose import Composer
from training.roads import RoadComposer
from training.settings import Mixture, Settings

POTHOLE = 1
SETTINGS = Settings(image_size=320)
FRAME = SETTINGS.frame
ONLY = {
    "whole": Mixture(whole=1, mosaic=0, zoom=0),
    "mosaic": Mixture(whole=0, mosaic=1, zoom=0),
    "zoom": Mixture(whole=0, mosaic=0, zoom=1),
    "background": Mixture(whole=0, mosaic=0, zoom=0),
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledPicture]:
    """Two grey roads: one with a dark pothole, one without."""
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
    return [hole, plain]


@pytest.fixture
def composer(pictures: list[LabelledPicture]) -> Composer:
    return Composer(pictures, pictures[1:], SETTINGS)


def roads(pictures: list[LabelledPicture], pasted: float) -> Composer:
    return RoadComposer(pictures, pictures[1:], SETTINGS, pothole=POTHOLE, pasted=pasted)


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


def test_close_views_show_each_class_alike(pictures: list[LabelledPicture]) -> None:
    """However rare a class is: here one object against nine of the other."""
    hole, plain = pictures
    rare = LabelledPicture(plain.path, hole.boxes, np.array([0]))
    composer = Composer([rare, *[hole] * 9], [], SETTINGS)
    shown = [
        composer.compose(1 + seed % 9, ONLY["zoom"], np.random.default_rng(seed)).class_ids[0]
        for seed in range(60)
    ]
    assert 15 <= shown.count(0) <= 45


def test_potholes_are_put_on_plain_roads_and_streets(pictures: list[LabelledPicture]) -> None:
    for kind, pasted, at_least in (("whole", 1, 15), ("background", 0, 5)):
        composer = roads(pictures, pasted)
        counts = [
            len(composer.compose(1, ONLY[kind], np.random.default_rng(seed)).boxes)
            for seed in range(30)
        ]
        assert sum(count > 0 for count in counts) >= at_least, kind
    never = roads(pictures, 0)
    plain = [never.compose(1, ONLY["whole"], np.random.default_rng(s)) for s in range(10)]
    assert not any(len(sample.boxes) for sample in plain)


def test_backgrounds_of_other_models_stay_as_they_are(composer: Composer) -> None:
    samples = [
        composer.compose(0, ONLY["background"], np.random.default_rng(seed)) for seed in range(30)
    ]
    assert not any(len(sample.boxes) for sample in samples)


def test_without_backgrounds_whole_pictures_are_used(pictures: list[LabelledPicture]) -> None:
    alone = Composer(pictures[:1], [], SETTINGS)
    sample = alone.compose(0, ONLY["background"], np.random.default_rng(1))
    assert sample.class_ids.tolist() == [POTHOLE]


def test_the_last_epochs_have_no_mosaic() -> None:
    last = Mixture().without_mosaic()
    assert last.mosaic == 0
    assert last.whole + last.zoom == pytest.approx(
        Mixture().whole + Mixture().mosaic + Mixture().zoom
    )
