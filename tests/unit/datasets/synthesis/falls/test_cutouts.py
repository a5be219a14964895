from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.synthesis.falls.cutouts import cut_out, cut_outs
from datasets.synthesis.falls.film import render
from datasets.synthesis.falls.scene import Wishes, draw_scene
from datasets.synthesis.falls.sensor import Recording, encode

PLAIN = Recording(
    fps=15.0, exposure_s=0.01, readout_s=0.0, read_noise=0.0, shot_noise=0.0, crf=20, jitter=0.0,
    drops=0.0, shake_px=0.0,
)  # fmt: skip


def clip(path: Path, *, speed: float) -> Path:
    """A dark disc before a grey sky, `speed` pixels to the right a frame."""
    frames = []
    for number in range(60):
        frame = np.full((96, 160, 3), 180, np.uint8)
        cv2.circle(frame, (round(10 + speed * number), 40), 4, (30, 40, 60), cv2.FILLED)
        frames.append(frame)
    path.write_bytes(encode(frames, [n / 15 for n in range(60)], PLAIN))
    return path


def test_what_flies_is_cut_out_with_its_path(tmp_path: Path) -> None:
    one = cut_out(clip(tmp_path / "bird.mp4", speed=2.0))
    assert one is not None
    steps = np.diff(one.places[:, 0]) / np.diff(one.times)
    assert np.median(steps) == pytest.approx(30.0, rel=0.1)
    assert np.ptp(one.places[:, 1]) < 3
    middle = one.shape(1.0)[24, 24]
    assert middle[3] > 0.8
    assert middle[:3].max() < 0.45
    assert one.shape(1.0)[0, 0, 3] == 0


def test_nothing_is_cut_out_where_nothing_flies(tmp_path: Path) -> None:
    assert cut_outs([clip(tmp_path / "still.mp4", speed=0.0)]) == []


def test_real_birds_fly_before_rendered_buildings(tmp_path: Path) -> None:
    found = cut_outs([clip(tmp_path / "bird.mp4", speed=2.0)])
    wishes = Wishes(
        falls=0, distractions=("bird",) * 4, size=(640, 360), fps=8.0, light="day",
        weather="clear", seconds=2.0, cutouts=found,
    )  # fmt: skip
    drawn = Wishes(**{**vars(wishes), "cutouts": ()})
    with_real, without = (render(draw_scene(5, one)).truth for one in (wishes, drawn))
    assert {other["kind"] for other in with_real["others"]} == {"bird"}
    assert with_real["others"] != without["others"]
