import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.falling.candidates import PATCH
from inference.falling.classifier import CLASSES
from inference.falling.detect import FallDetector, TrackedClip
from inference.falling.linking import Track
from inference.falling.tracklets import Tracklets
from tests.unit.inference.falling.test_events import HEIGHT, TIMES, track
from training.errors import TrainingError
from training.falls.judge import Tally, choose_thresholds, judge, poisson_bound
from training.falls.samples import KnownClip, gather, name_track, rendered_clips, sky_clips


class Believer:
    """Takes every track for a fall."""

    def __call__(self, tracklets: Tracklets) -> np.ndarray:
        scores = np.zeros((len(tracklets.points), len(CLASSES)), np.float32)
        scores[:, CLASSES.index("fall")] = 0.9
        return scores


def truth(*falls: Track, counted: bool = True, weather: str = "clear") -> dict[str, Any]:
    return {
        "fps": 25.0,
        "weather": weather,
        "light": "day",
        "events": [
            {
                "start_frame": int(fall.frames[0]),
                "end_frame": int(fall.frames[-1]),
                "counted": counted,
                "size_px": 5.0,
                "terminal_mps": 20.0,
                "track": [
                    (frame, float(x), float(y))
                    for frame, (x, y) in zip(fall.frames.tolist(), fall.points, strict=True)
                ],
            }
            for fall in falls
        ],
        "others": [],
    }


def judged(known: dict[str, Any], *tracks: Track) -> dict[str, Any]:
    detector = FallDetector(Believer(), 0.5, 0.8)  # type: ignore[arg-type]
    clip = KnownClip(Path("0.mp4"), known)
    return judge(detector, [(clip, TrackedClip(tuple(tracks), tuple(TIMES), HEIGHT))]).to_json()


FALL, OTHER = track(20, 60), track(25, 60, x=900)


def test_a_found_fall_counts_once_and_in_each_of_its_groups() -> None:
    result = judged(truth(FALL), FALL)
    assert (result["falls"], result["recall"], result["false_events"]) == (1, 1.0, 0)
    assert result["temporal_iou"] == 1.0
    assert result["groups"]["size 4-8 px"] == {
        "falls": 1,
        "recall": 1.0,
        "recall_interval": [0.2065, 1.0],
    }
    assert result["groups"]["weather clear"]["falls"] == 1


def test_an_event_elsewhere_is_false_and_the_fall_is_missed() -> None:
    result = judged(truth(FALL), OTHER)
    assert (result["recall"], result["false_events"], result["false_confirmed"]) == (0.0, 1, 1)
    assert result["false_per_hour"] == pytest.approx(3600 / TIMES[-1][1], rel=1e-3)


def test_what_nobody_can_see_is_neither_missed_nor_false() -> None:
    for tracks in ((FALL,), ()):
        result = judged(truth(FALL, counted=False), *tracks)
        assert (result["falls"], result["recall"], result["false_events"]) == (0, None, 0)


def test_a_late_and_short_event_overlaps_less() -> None:
    late = judged(truth(FALL), track(45, 60))["temporal_iou"]
    assert 0.3 < late < 1.0


def test_thresholds_part_falls_from_the_rest() -> None:
    class Doubter:
        """Takes the first track for a fall, the second rather not."""

        def __call__(self, tracklets: Tracklets) -> np.ndarray:
            scores = np.zeros((len(tracklets.points), len(CLASSES)), np.float32)
            scores[:, CLASSES.index("fall")] = [0.62, 0.33]
            return scores

    clip = KnownClip(Path("0.mp4"), truth(FALL))
    tracked = TrackedClip((FALL, OTHER), tuple(TIMES), HEIGHT)
    suspected, confirmed = choose_thresholds(Doubter(), [(clip, tracked)])  # type: ignore[arg-type]
    assert 0.33 < suspected <= confirmed <= 0.62


def test_the_poisson_bound_is_garwoods() -> None:
    # Garwood's one-sided 95 % bounds: 2.996 for none, 4.744 for one, 16.962 for ten
    assert [poisson_bound(n) for n in (0, 1, 10)] == pytest.approx([2.996, 4.744, 16.962], abs=1e-3)


def test_the_interval_is_wilsons() -> None:
    assert Tally(10, 10).interval() == pytest.approx((0.7225, 1.0), abs=1e-3)
    assert math.isnan(Tally().recall)


def test_tracks_are_named_by_what_they_lie_on() -> None:
    known = truth(FALL)
    known["others"] = [
        {"kind": "cloth", "size_px": 60.0, "track": [(f, 900, 200) for f in range(99)]}
    ]
    assert name_track(FALL, known) == "fall"
    assert name_track(track(25, 40, x=910, y=190, pull=50), known) == "swaying"
    assert name_track(track(25, 60, x=600), known) == "clutter"
    assert name_track(track(25, 60, x=600), truth(weather="snow")) == "precipitation"
    partly = truth(track(20, 36))
    assert name_track(track(25, 60), partly) is None


def test_samples_are_whole_tracks_and_parts_of_them() -> None:
    clip = TrackedClip((FALL, OTHER), tuple(TIMES), HEIGHT)
    samples = gather([(clip, ["fall", None])], seed=1)
    assert 2 <= len(samples.labels) <= 4
    assert set(samples.labels.tolist()) == {CLASSES.index("fall")}
    assert samples.tracklets.patches.shape[1:] == (4, 2, PATCH, PATCH)


def test_folders_without_clips_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no rendered clip"):
        rendered_clips(tmp_path)
    with pytest.raises(TrainingError, match="no MP4"):
        sky_clips(tmp_path, held_out=True)


def test_skies_are_split_by_name(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.mp4").touch()
    kept, learned = (sky_clips(tmp_path, held_out=held) for held in (True, False))
    assert len(kept) + len(learned) == 40
    assert 5 <= len(kept) <= 20
    assert not {one.path for one in kept} & {one.path for one in learned}


def test_a_floor_is_named_or_not() -> None:
    known = truth(FALL)
    x, y = FALL.points[0]
    # Twelve floors of 60 pixels, the ground at the lower edge of the picture.
    corners = [[x - 100, 0], [x + 100, 0], [x + 100, HEIGHT], [x - 100, HEIGHT]]
    known["grid"] = {"corners": corners, "floors": 12, "columns": 2}
    floor = 12 - int(y // 60)
    for named, share in ((floor, 1.0), (floor - 5, 0.0)):
        known["events"][0]["floor"] = named
        assert judged(known, FALL)["floor_named"] == share
