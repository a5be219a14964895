import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.clips import Clip, ClipLimits, open_clip
from inference.errors import (
    ClipCorrupt,
    ClipError,
    ClipTooLarge,
    ClipTooLong,
    ClipTooSlow,
    ClipTruncated,
    ClipUnsupported,
)
from tests.unit.inference.clips.films import film, sound

LIMITS = ClipLimits()
SAMPLES: dict[str, bytes] = {
    "h264": film(),
    "h264 without B frames": film(bf="0"),
    "hevc": film(codec="libx265"),
    "hevc, ten bits": film(codec="libx265", pixels="yuv420p10le"),
    "h264, full chroma": film(pixels="yuv444p"),
    "quicktime": film("mov"),
    "fragmented": film(fragmented=True),
    "avi h264": film("avi"),
    "avi mpeg4": film("avi", "mpeg4"),
    "avi mjpeg": film("avi", "mjpeg", pixels="yuvj420p"),
}

Opener = Callable[..., Clip]


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    def opened(data: bytes, limits: ClipLimits = LIMITS) -> Clip:
        path = tmp_path / "clip"
        path.write_bytes(data)
        return open_clip(path, limits)

    return opened


@pytest.mark.parametrize("name", SAMPLES)
def test_every_accepted_format_gives_its_frames_in_order(name: str, opened: Opener) -> None:
    clip = opened(SAMPLES[name])
    frames = list(clip.frames())
    assert (clip.width, clip.height) == (160, 96)
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.time_s for frame in frames] == pytest.approx([n / 25 for n in range(12)])
    for number, frame in enumerate(frames):
        luma, colours = frame.luma(), frame.bgr()
        assert luma.shape == (96, 160)
        assert luma.dtype == np.uint8
        assert colours.shape == (96, 160, 3)
        assert np.argmax(luma[50] > 140) == pytest.approx(8 + 4 * number, abs=1)
        assert np.argmax(colours[50, :, 2] > 140) == pytest.approx(8 + 4 * number, abs=1)
        assert colours[5, 5, 0] > colours[5, 5, 2] + 30  # blue, not red


def test_frames_can_be_asked_for_again(opened: Opener) -> None:
    clip = opened(SAMPLES["h264"])
    assert len(list(clip.frames())) == len(list(clip.frames())) == 12


def test_a_variable_frame_rate_and_dropped_frames_keep_their_times(opened: Opener) -> None:
    times_ms = [0, 40, 80, 200, 240, 250, 300, 500, 510, 700, 800, 900]
    frames = list(opened(film(times_ms=times_ms)).frames())
    assert [frame.time_s * 1000 for frame in frames] == pytest.approx(times_ms)


def test_a_turned_phone_gives_upright_frames(opened: Opener) -> None:
    clip = opened(film(rotation=90))
    frame = next(clip.frames())
    assert (clip.width, clip.height) == (96, 160)
    assert frame.luma().shape == (160, 96)
    # Turned counter-clockwise, the square at the left of the middle comes to lie at the bottom.
    assert frame.luma()[140, 50] > 140
    assert frame.bgr()[140, 50].min() > 140


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("kept", [0.001, 0.3, 0.7, 0.99])
def test_cut_files_are_told(name: str, kept: float, opened: Opener) -> None:
    data = SAMPLES[name]
    with pytest.raises((ClipTruncated, ClipUnsupported)) as caught:
        opened(data[: int(len(data) * kept)])
    if kept > 0.1:
        assert isinstance(caught.value, ClipTruncated)


def test_an_empty_file_is_told(opened: Opener) -> None:
    with pytest.raises(ClipTruncated, match="empty"):
        opened(b"")


def test_an_index_that_was_never_written_is_told(opened: Opener) -> None:
    data = SAMPLES["h264"]
    with pytest.raises(ClipTruncated, match="moov"):
        opened(data[: data.index(b"moov") - 4])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (film("matroska"), "MP4, MOV or AVI"),
        (film("mpegts"), "MP4, MOV or AVI"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/secret\n", "MP4, MOV or AVI"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "MP4, MOV or AVI"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "MP4, MOV or AVI"),
        (film(codec="libvpx-vp9"), "vp9"),
        (film("avi", "ffv1"), "ffv1"),
    ],
    ids=["matroska", "mpegts", "playlist", "concat", "picture", "vp9", "ffv1"],
)
def test_other_containers_and_codecs_are_refused(data: bytes, said: str, opened: Opener) -> None:
    with pytest.raises(ClipUnsupported, match=said) as caught:
        opened(data)
    assert caught.value.hint


def test_a_clip_without_video_is_refused(opened: Opener) -> None:
    with pytest.raises(ClipUnsupported, match="no video"):
        opened(sound())


def test_an_hour_is_refused_by_its_header(opened: Opener) -> None:
    hour = film(times_ms=[n * 327_000 for n in range(12)])
    with pytest.raises(ClipTooLong, match="3597 s"):
        opened(hour)


def test_an_hour_is_refused_when_the_header_lies(opened: Opener) -> None:
    # The movie and its track claim 1 s; the samples' own times (stts) say an hour.
    hour = bytearray(film(times_ms=[n * 327_000 for n in range(12)]))
    hour = hour.replace(b"edts", b"free")
    for box, at in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)):
        struct.pack_into(">I", hour, hour.index(box) + at, 1000)
    clip = opened(bytes(hour), ClipLimits(max_seconds=600))
    with pytest.raises(ClipTooLong):
        list(clip.frames())


def test_frames_are_counted(opened: Opener) -> None:
    clip = opened(SAMPLES["h264"], ClipLimits(max_frames=11))
    with pytest.raises(ClipTooLong, match="11 frames"):
        list(clip.frames())
    assert len(list(opened(SAMPLES["h264"], ClipLimits(max_frames=12)).frames())) == 12


def test_bytes_and_pixels_are_capped(opened: Opener) -> None:
    data = SAMPLES["h264"]
    with pytest.raises(ClipTooLarge, match="bytes"):
        opened(data, ClipLimits(max_bytes=len(data) - 1))
    with pytest.raises(ClipTooLarge, match="160x96 pixels"):
        opened(data, ClipLimits(max_pixels=160 * 96 - 1))
    opened(data, ClipLimits(max_pixels=160 * 96))


@pytest.mark.parametrize("box", [b"avc1", b"tkhd"])
def test_a_claim_of_huge_frames_costs_no_memory(box: bytes, opened: Opener) -> None:
    data = bytearray(SAMPLES["h264"])
    at = data.index(box) + (28 if box == b"avc1" else 80)
    struct.pack_into(">HH" if box == b"avc1" else ">II", data, at, 0xFFFF, 0xFFFF)
    try:
        clip = opened(bytes(data))
    except ClipError:
        return
    assert clip.width * clip.height <= LIMITS.max_pixels


def test_time_is_capped(opened: Opener) -> None:
    with pytest.raises(ClipTooSlow):
        opened(SAMPLES["h264"], ClipLimits(max_decode_s=-1.0))


def test_damaged_frames_are_left_out_but_counted(opened: Opener) -> None:
    data = bytearray(film("avi", "mjpeg", pixels="yuvj420p"))
    third = [n for n in range(len(data)) if data.startswith(b"\xff\xd8\xff", n)][2]
    data[third : third + 600] = b"\0" * 600
    frames = list(opened(bytes(data)).frames())
    assert [frame.index for frame in frames] == [0, 1, *range(3, 12)]
    assert frames[2].time_s == pytest.approx(3 / 25)


def test_a_clip_of_mostly_damaged_frames_is_refused(opened: Opener) -> None:
    data = bytearray(film("avi", "mjpeg", pixels="yuvj420p"))
    starts = [n for n in range(len(data)) if data.startswith(b"\xff\xd8\xff", n)]
    for start in starts[2:]:
        data[start : start + 600] = b"\0" * 600
    with pytest.raises(ClipCorrupt, match="of the clip's"):
        list(opened(bytes(data)).frames())


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(list(SAMPLES.values()))))
    for _ in range(draw(st.integers(1, 12))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@settings(max_examples=150, deadline=None)
@given(st.one_of(_damaged(), st.binary(max_size=200)))
def test_hostile_bytes_give_frames_or_a_clip_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    limits = ClipLimits(max_bytes=1_000_000, max_pixels=1_000_000, max_frames=100)
    path = tmp_path_factory.getbasetemp() / "hostile"
    path.write_bytes(data)
    try:
        clip = open_clip(path, limits)
        times = [frame.time_s for frame in clip.frames() if frame.luma().size]
    except ClipError:
        return
    assert times == sorted(set(times))
    assert clip.width * clip.height <= limits.max_pixels
