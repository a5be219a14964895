import io
from pathlib import Path

import cv2
import pytest

from gateway.errors import ManifestInvalid
from gateway.quicktime import write_burst
from inference.clips import ClipLimits, VideoClip
from tests.unit.inference.clips.films import picture


def test_a_burst_is_a_clip_with_its_own_times(tmp_path: Path) -> None:
    times = [10.0, 10.04, 10.2, 11.0]
    pictures = []
    for number, seconds in enumerate(times):
        path = tmp_path / f"{number}.jpg"
        cv2.imwrite(str(path), picture(number))
        pictures.append((path, seconds))
    clip = tmp_path / "burst.mov"
    with clip.open("wb") as file:
        write_burst(file, pictures)
    video = VideoClip(clip, ClipLimits())
    frames = [(frame.time_s, frame.bgr()) for frame in video.frames()]
    assert (video.codec, video.width, video.height) == ("mjpeg", 160, 96)
    assert [time_s for time_s, _ in frames] == pytest.approx([0.0, 0.04, 0.2, 1.0], abs=1e-4)
    for number, (_, image) in enumerate(frames):
        assert image[50, 18 + 4 * number].min() > 200
        assert image[50, 140].max() < 150


def test_what_is_no_burst_is_told(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    cv2.imwrite(str(good), picture(0))
    bad.write_bytes(b"no picture")
    with pytest.raises(ManifestInvalid, match=r"bad\.jpg is no JPEG"):
        write_burst(io.BytesIO(), [(bad, 0.0)])
    with pytest.raises(ManifestInvalid, match="rise"):
        write_burst(io.BytesIO(), [(good, 1.0), (good, 1.0)])
