"""Motion in rendered clips: what drives by is seen; grain, rain and a burnt-in clock are not."""

import io
from functools import cache

import av
import numpy as np
import pytest

from datasets.synthesis.falls.film import render
from datasets.synthesis.falls.scene import Wishes, draw_scene
from gateway.masks import Masks
from gateway.sampling.motion import WIDTH, MotionDetector
from gateway.sources.config import MotionConfig
from gateway.sources.picture import PictureMaker

FPS = 12
GREY = np.full((180, 320), 100, np.uint8)


@cache
def lumas(seed: int, what: tuple[str, ...], weather: str, light: str) -> list[np.ndarray]:
    wishes = Wishes(
        falls=0,
        distractions=what,
        size=(640, 360),
        fps=float(FPS),
        light=light,
        weather=weather,
        seconds=2.0,
    )
    pictures = PictureMaker(Masks(()), 90)
    with av.open(io.BytesIO(render(draw_scene(seed, wishes)).data), "r") as container:
        return [pictures.small(frame, WIDTH) for frame in container.decode(video=0)]


def sees(pictures: list[np.ndarray], **config: object) -> bool:
    detector = MotionDetector(MotionConfig.model_validate(config))
    return [detector.sees(picture) for picture in pictures].count(True) > 0


@pytest.mark.parametrize(
    ("weather", "light"),
    [("clear", "day"), ("clear", "night"), ("rain", "day"), ("rain", "night"), ("snow", "day")],
)
def test_grain_weather_and_the_clock_are_no_motion(weather: str, light: str) -> None:
    assert not sees(lumas(1, (), weather, light))


def test_what_drives_by_is_seen_where_it_is_looked_for() -> None:
    passing = lumas(2, ("vehicle", "vehicle", "vehicle", "vehicle"), "clear", "day")
    assert sees(passing)
    moved = np.ptp(np.stack(passing).astype(int), axis=0) > 60
    rows = np.nonzero(moved[30:].any(axis=1))[0] + 30
    above = rows.min() / passing[0].shape[0] - 0.05
    assert not sees(passing, zones=[[(0, 0.15), (1, 0.15), (1, above), (0, above)]])


def test_a_cloud_or_a_lamp_is_no_motion() -> None:
    assert not sees([GREY + step for step in range(0, 60, 4)])
    assert not sees([GREY, GREY, GREY + 100, GREY + 100])


def test_what_comes_to_rest_becomes_part_of_the_picture() -> None:
    parked = GREY.copy()
    parked[60:120, 60:120] = 220
    detector = MotionDetector(MotionConfig())
    assert not detector.sees(GREY)
    assert detector.sees(parked)
    seen = [detector.sees(parked) for _ in range(200)]
    assert seen[0]
    assert not any(seen[-20:])
