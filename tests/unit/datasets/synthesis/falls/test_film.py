import json
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from datasets.commands import app
from datasets.synthesis.falls.film import Film, render
from datasets.synthesis.falls.negatives import DISTRACTIONS
from datasets.synthesis.falls.scene import Wishes, draw_scene
from inference.clips import ClipLimits, open_clip

SMALL = (640, 360)
SEES_THE_GROUND = 21
PLAIN = Wishes(
    falls=1, distractions=(), size=SMALL, fps=12.0, light="day", weather="clear", seconds=2.5
)


@cache
def film(seed: int) -> Film:
    return render(draw_scene(seed, PLAIN))


def lumas(one: Film, folder: Path) -> list[np.ndarray]:
    return [f.luma().astype(int) for f in open_clip(one.write(folder, "0"), ClipLimits()).frames()]


def test_the_same_seed_gives_the_same_clip() -> None:
    again = render(draw_scene(1, PLAIN))
    assert again.truth == film(1).truth
    assert again.data == film(1).data
    assert film(2).truth != film(1).truth


def test_frames_and_their_times_are_those_of_the_truth(tmp_path: Path) -> None:
    path = film(1).write(tmp_path, "0")
    frames = list(open_clip(path, ClipLimits()).frames())
    assert [f.time_s for f in frames] == pytest.approx(film(1).truth["times_s"], abs=0.002)
    assert json.loads((tmp_path / "0.json").read_text())["seed"] == 1


def test_the_thing_is_where_the_truth_says(tmp_path: Path) -> None:
    hits = looks = 0
    for seed in range(1, 5):
        frames = lumas(film(seed), tmp_path)
        backdrop = draw_scene(seed, PLAIN).backdrop.picture
        # BT.601 video range, as the encoder stores brightness
        still = cv2.cvtColor(backdrop, cv2.COLOR_BGR2GRAY) * (219 / 255) + 16
        for event in film(seed).truth["events"]:
            reach = int(event["size_px"] / 2) + 2
            for index, x, y in event["track"]:
                change = np.abs(frames[index] - still)
                near = change[
                    max(0, int(y) - reach) : int(y) + reach, max(0, int(x) - reach) : int(x) + reach
                ]
                looks += 1
                hits += near.max() >= 0.3 * event["contrast"]
    assert looks > 20
    assert hits >= 0.9 * looks


def test_falls_go_down_and_count_only_when_they_can_be_told() -> None:
    events = [event for seed in range(1, 5) for event in film(seed).truth["events"]]
    assert any(event["counted"] for event in events)
    for event in events:
        frames, _, rows = zip(*event["track"], strict=True)
        assert list(frames) == sorted(set(frames))
        assert (event["start_frame"], event["end_frame"]) == (frames[0], frames[-1])
        if event["counted"]:
            assert rows[-1] > rows[0]
            assert event["floors_seen"] >= 2


@pytest.mark.parametrize("kind", sorted(DISTRACTIONS))
def test_every_distraction_changes_the_picture_and_is_no_event(kind: str, tmp_path: Path) -> None:
    wishes = replace(PLAIN, falls=0, distractions=(kind,) * 3, fps=8.0, seconds=2.0)
    one = render(draw_scene(SEES_THE_GROUND, wishes))
    assert one.truth["events"] == []
    frames = lumas(one, tmp_path)
    assert max(np.abs(b - a).max() for a, b in pairwise(frames)) > 25
    if kind != "shake":
        assert {other["kind"] for other in one.truth["others"]} == {kind}


@pytest.mark.parametrize("weather", ["rain", "snow"])
@pytest.mark.parametrize("light", ["dusk", "night", "infrared"])
def test_weather_and_light_are_rendered(weather: str, light: str, tmp_path: Path) -> None:
    wishes = replace(PLAIN, falls=0, light=light, weather=weather, seconds=1.0)
    path = render(draw_scene(3, wishes)).write(tmp_path, "0")
    frame = next(open_clip(path, ClipLimits()).frames())
    assert frame.luma().mean() < 140
    colours = frame.bgr().astype(int)
    assert (np.ptp(colours, axis=2).mean() < 4) == (light == "infrared")


def test_the_command_writes_clips_with_their_truth(tmp_path: Path) -> None:
    arguments = [
        "synthesize",
        "falls",
        "--out",
        str(tmp_path / "clips"),
        "--clips",
        "1",
        "--seed",
        "7",
    ]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert sorted(p.name for p in (tmp_path / "clips").iterdir()) == ["7.json", "7.mp4"]
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    assert "already" in again.stderr
