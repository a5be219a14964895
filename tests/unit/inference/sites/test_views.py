"""Frames are laid over the baseline, or it is said why they cannot be."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.sites.baseline import Baseline, learn_baselines, median
from inference.sites.errors import BaselineImpossible
from inference.sites.frame import FrameRef
from inference.sites.health import HealthJudge, HealthLog
from inference.sites.registration import Registrar
from tests.unit.inference.sites.scene import (
    HEIGHT,
    START,
    WIDTH,
    baseline_frames,
    hours,
    photograph,
)

BASE: NDArray[np.uint8] = median([frame.image for frame in baseline_frames()])
REGISTRAR, JUDGE = Registrar(BASE), HealthJudge(BASE)
NOON = hours(4, 12)[0]


@pytest.mark.parametrize("shift", [(0.0, 0.0), (1.6, -0.7), (-4.2, 3.1)])
def test_a_shaken_frame_is_laid_over_the_baseline(shift: tuple[float, float]) -> None:
    frame = photograph(NOON, shift=shift, visitor=False)
    registered = REGISTRAR.register(frame.image)
    assert registered.misfit is None
    assert registered.image is not None
    assert registered.shift_px == pytest.approx(max(map(abs, shift)), abs=0.6)
    left = np.abs(registered.image.astype(int) - BASE)[12:-12, 12:-12].mean()
    assert left < 4
    assert JUDGE.judge(registered.image) is None


def test_the_same_view_in_another_size_fits() -> None:
    larger = cv2.resize(photograph(NOON).image, (2 * WIDTH, 2 * HEIGHT))
    registered = REGISTRAR.register(np.asarray(larger, np.uint8))
    assert registered.image is not None
    assert registered.image.shape == BASE.shape


def test_a_night_frame_lies_over_the_day() -> None:
    assert REGISTRAR.register(photograph(hours(4, 2)[0], night=True).image).misfit is None


@pytest.mark.parametrize("shift", [(30.0, 12.0), (-45.0, 0.0)])
def test_a_moved_camera_is_told_with_how_far(shift: tuple[float, float]) -> None:
    registered = REGISTRAR.register(photograph(NOON, shift=shift).image)
    assert registered.misfit == "moved"
    assert registered.image is None
    assert registered.shift_px == pytest.approx(max(map(abs, shift)), rel=0.1)


@pytest.mark.parametrize("seed", [2, 7])
def test_another_camera_is_told(seed: int) -> None:
    picture = photograph(NOON, seed=seed).image
    assert REGISTRAR.register(picture).misfit == "other_view"
    assert JUDGE.judge_misfit(picture, "other_view") == "other_view"


def test_another_aspect_is_another_camera() -> None:
    assert REGISTRAR.register(np.zeros((90, 90, 3), np.uint8)).misfit == "other_view"


def covered(share: float) -> NDArray[np.uint8]:
    picture = photograph(NOON).image.copy()
    picture[:, : round(share * WIDTH)] = (96, 92, 90)
    return picture


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (np.full((HEIGHT, WIDTH, 3), 4, np.uint8), "dark"),
        (covered(0.7), "blocked"),
        (np.full((HEIGHT, WIDTH, 3), 97, np.uint8), "blocked"),
        (np.asarray(cv2.GaussianBlur(photograph(NOON).image, (0, 0), 9), np.uint8), "blurred"),
    ],
)
def test_what_hinders_the_view_is_named(picture: NDArray[np.uint8], kind: str) -> None:
    registered = REGISTRAR.register(picture)
    told = (
        JUDGE.judge(registered.image)
        if registered.image is not None
        else JUDGE.judge_misfit(picture, registered.misfit or "other_view")
    )
    assert told == kind


def test_visitors_vanish_from_the_baseline_and_doubts_are_told() -> None:
    learned = learn_baselines(baseline_frames())
    (base,) = learned.baselines.values()
    alone = photograph(NOON, visitor=False).image
    assert np.abs(base.image.astype(int) - alone).mean() < 3.5
    assert base.warnings == ()
    assert learned.left_out == ()
    few = Baseline("day", base.image, base.frames[:3])
    assert len(few.warnings) == 2


def test_a_frame_of_another_camera_stays_out_of_the_baseline() -> None:
    stray = photograph(hours(1, 12)[0], seed=7)
    learned = learn_baselines([*baseline_frames(), stray])
    assert learned.left_out == (stray.ref,)
    assert sum(len(one.frames) for one in learned.baselines.values()) == 8


def test_night_and_day_have_baselines_that_lie_over_each_other() -> None:
    nights = [photograph(at, night=True, shift=(2, 1)) for at in hours(0, 1, 3, 22)]
    learned = learn_baselines([*baseline_frames(), *nights])
    assert set(learned.baselines) == {"day", "night"}
    between = Registrar(learned.baselines["day"].image).register(learned.baselines["night"].image)
    assert between.shift_px is not None
    assert between.shift_px < 1.5


def test_no_baseline_without_frames_of_one_place() -> None:
    with pytest.raises(BaselineImpossible):
        learn_baselines([])
    with pytest.raises(BaselineImpossible, match="no two"):
        learn_baselines([photograph(at, seed=n + 2) for n, at in enumerate(hours(0, 9, 11))])


def test_troubles_in_a_row_are_one_episode_and_survive_a_restart() -> None:
    refs = [FrameRef(at=at, name=str(at)) for at in hours(0, *range(8))]
    kinds = [None, "blurred", "blurred", None, "moved", "moved", "dark", None]
    log = HealthLog()
    for ref, kind in zip(refs, kinds, strict=True):
        log = HealthLog.model_validate_json(log.model_dump_json())
        for _ in range(2):  # a frame that comes twice counts once
            log = log.observe(ref, kind, 31.0 if kind == "moved" else None)  # type: ignore[arg-type]
    assert [(one.kind, one.frames) for one in log.episodes] == [
        ("blurred", 2),
        ("moved", 2),
        ("dark", 1),
    ]
    assert log.episodes[1].shift_px == 31.0
    assert log.episodes[0].first.at == START.replace(hour=1)
