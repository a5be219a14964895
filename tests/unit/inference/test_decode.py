import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inference.decode import DecodeLimits, Picture, decode
from inference.errors import (
    PictureCorrupt,
    PictureError,
    PictureMislabelled,
    PictureTooLarge,
    PictureTruncated,
    PictureUnsupported,
)

LIMITS = DecodeLimits()
RED_BGR, BLUE_BGR = (0, 0, 255), (255, 0, 0)


def encode(picture: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format_, **options)
    return buffer.getvalue()


def two_halves(width: int = 320, height: int = 160, mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("blue", (width // 2, 0, width, height))
    return picture.convert(mode)


def corner_colours(picture: Picture) -> list[str]:
    """Colours of the four corners, clockwise from the top left."""
    height, width = picture.image.shape[:2]
    corners = [(2, 2), (2, width - 3), (height - 3, width - 3), (height - 3, 2)]
    return [
        "red" if picture.image[y, x, 2] > picture.image[y, x, 0] else "blue" for y, x in corners
    ]


SAMPLES = {
    "jpeg": encode(two_halves(), "JPEG"),
    "progressive": encode(two_halves(), "JPEG", progressive=True),
    "png": encode(two_halves(), "PNG"),
    "webp": encode(two_halves(), "WEBP", quality=90),
    "lossless webp": encode(two_halves(), "WEBP", lossless=True),
    "extended webp": encode(two_halves(mode="RGBA"), "WEBP", exif=Image.Exif()),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_pixels_and_sizes_are_those_of_the_file(name: str) -> None:
    picture = decode(SAMPLES[name], LIMITS, 832)
    assert (picture.width, picture.height) == (320, 160)
    assert picture.format == name.split()[-1].replace("progressive", "jpeg")
    assert picture.image.shape == (160, 320, 3)
    assert picture.image.dtype == np.uint8
    assert picture.image.flags.c_contiguous
    assert corner_colours(picture) == ["red", "blue", "blue", "red"]
    assert np.abs(picture.image[80, 40].astype(int) - RED_BGR).max() < 12


def test_jpeg_pixels_are_those_of_opencv() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (97, 131, 3), np.uint8)
    data = cv2.imencode(".jpg", noise)[1]
    theirs = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert theirs is not None
    assert np.array_equal(decode(data.tobytes(), LIMITS, 832).image, theirs)


@pytest.mark.parametrize(
    ("size_wh", "long_side", "decoded_wh"),
    [
        ((1280, 720), 832, (1280, 720)),
        ((1920, 1080), 832, (960, 540)),
        ((3840, 2160), 832, (960, 540)),
        ((1080, 1920), 832, (540, 960)),
        ((1080, 1920), 2000, (1080, 1920)),
        ((1921, 1081), 960, (961, 541)),
    ],
)
def test_large_jpeg_is_decoded_no_larger_than_needed(
    size_wh: tuple[int, int], long_side: int, decoded_wh: tuple[int, int]
) -> None:
    picture = decode(encode(two_halves(*size_wh), "JPEG"), LIMITS, long_side)
    assert (picture.width, picture.height) == size_wh
    assert picture.image.shape == (decoded_wh[1], decoded_wh[0], 3)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "corners"),
    [
        (1, ["red", "blue", "blue", "red"]),
        (2, ["blue", "red", "red", "blue"]),
        (3, ["blue", "red", "red", "blue"]),
        (4, ["red", "blue", "blue", "red"]),
        (5, ["red", "red", "blue", "blue"]),
        (6, ["red", "red", "blue", "blue"]),
        (7, ["blue", "blue", "red", "red"]),
        (8, ["blue", "blue", "red", "red"]),
        (99, ["red", "blue", "blue", "red"]),
    ],
)
def test_pictures_stand_upright(format_: str, orientation: int, corners: list[str]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encode(two_halves(), format_, exif=exif), LIMITS, 832)
    assert corner_colours(picture) == corners
    sideways = 5 <= orientation <= 8
    assert (picture.width, picture.height) == ((160, 320) if sideways else (320, 160))
    assert picture.image.shape == (picture.height, picture.width, 3)


@pytest.mark.parametrize("orientation", [2, 3, 4, 5, 6, 7, 8])
def test_orientations_agree_with_pillow(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    noise = Image.fromarray(np.random.default_rng(2).integers(0, 256, (24, 40, 3), np.uint8))
    data = encode(noise, "PNG", exif=exif)
    from PIL import ImageOps

    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))[:, :, ::-1]
    assert np.array_equal(decode(data, LIMITS, 832).image, expected)


def test_unreadable_exif_costs_nothing() -> None:
    data = SAMPLES["jpeg"]
    broken = data[:2] + b"\xff\xe1\x00\x10Exif\0\0" + b"\xff" * 8 + data[2:]
    assert corner_colours(decode(broken, LIMITS, 832)) == ["red", "blue", "blue", "red"]


@pytest.mark.parametrize(
    ("data", "expected_bgr"),
    [
        (encode(Image.new("L", (40, 30), 130), "JPEG"), (130, 130, 130)),
        (encode(Image.new("L", (40, 30), 130), "PNG"), (130, 130, 130)),
        (encode(Image.new("1", (40, 30), 1), "PNG"), (255, 255, 255)),
        (encode(Image.new("P", (40, 30), 0), "PNG"), (0, 0, 0)),
        (encode(Image.new("I;16", (40, 30), 130 << 8), "PNG"), (130, 130, 130)),
        (encode(Image.new("RGBA", (40, 30), (255, 0, 0, 255)), "PNG"), RED_BGR),
        (encode(Image.new("RGBA", (40, 30), (255, 0, 0, 0)), "PNG"), (255, 255, 255)),
        (encode(Image.new("LA", (40, 30), (130, 255)), "PNG"), (130, 130, 130)),
        (encode(Image.new("RGBA", (40, 30), (0, 0, 255, 255)), "WEBP", lossless=True), BLUE_BGR),
        (encode(Image.new("CMYK", (40, 30), (0, 255, 255, 0)), "JPEG"), RED_BGR),
    ],
)
def test_every_pixel_format_becomes_8_bit_bgr(
    data: bytes, expected_bgr: tuple[int, int, int]
) -> None:
    picture = decode(data, LIMITS, 832)
    assert picture.image.shape == (30, 40, 3)
    assert np.abs(picture.image.astype(int) - expected_bgr).max() <= 3


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.98])
def test_cut_files_are_told(name: str, kept: float) -> None:
    data = SAMPLES[name]
    with pytest.raises(PictureError) as caught:
        decode(data[: int(len(data) * kept)], LIMITS, 832)
    if kept > 0.5:
        assert isinstance(caught.value, PictureTruncated)


@pytest.mark.parametrize("padding", [b"\0" * 10, b"\xff" * 20])
@pytest.mark.parametrize("inside", [True, False])
def test_padding_as_cameras_write_it_is_harmless(padding: bytes, *, inside: bool) -> None:
    data = SAMPLES["jpeg"]
    padded = data[:-2] + padding + data[-2:] if inside else data + padding
    assert np.array_equal(decode(padded, LIMITS, 832).image, decode(data, LIMITS, 832).image)


def test_flipped_bytes_in_a_png_are_told() -> None:
    data = bytearray(SAMPLES["png"])
    data[data.index(b"IDAT") + 10] ^= 0xFF
    with pytest.raises(PictureCorrupt):
        decode(bytes(data), LIMITS, 832)


def test_bytes_are_capped_before_anything_is_read() -> None:
    with pytest.raises(PictureTooLarge, match="bytes"):
        decode(b"\0" * 101, DecodeLimits(max_bytes=100), 832)


def _png_bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def _jpeg_that_claims(width: int, height: int) -> bytes:
    data = bytearray(SAMPLES["jpeg"])
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    return bytes(data)


def _webp_that_claims(width: int, height: int) -> bytes:
    data = bytearray(SAMPLES["webp"])
    struct.pack_into("<HH", data, 26, width, height)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        _png_bomb(50_000, 50_000),
        _png_bomb(2**31 - 1, 2**31 - 1),
        _jpeg_that_claims(65_500, 65_500),
        _webp_that_claims(16_383, 16_383),
    ],
    ids=["png", "larger png", "jpeg", "webp"],
)
def test_pixels_are_capped_before_decoding(data: bytes) -> None:
    with pytest.raises(PictureTooLarge, match="pixels"):
        decode(data, LIMITS, 832)


def test_too_many_progressive_scans_are_refused() -> None:
    data = SAMPLES["progressive"]
    scan = data[data.index(b"\xff\xda") : data.index(b"\xff\xda") + 14]
    with pytest.raises(PictureUnsupported, match="scans"):
        decode(data[:-2] + scan * 200 + data[-2:], LIMITS, 832)


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_animations_are_refused(format_: str) -> None:
    frames = [two_halves(), two_halves().transpose(Image.Transpose.ROTATE_180)]
    data = encode(frames[0], format_, save_all=True, append_images=frames[1:])
    with pytest.raises(PictureUnsupported, match="animated"):
        decode(data, LIMITS, 832)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"GIF89a" + b"\0" * 50, encode(two_halves(), "BMP"), b"<svg/>", b"RIFF____WAVE"],
)
def test_anything_else_is_unsupported(data: bytes) -> None:
    with pytest.raises(PictureUnsupported):
        decode(data, LIMITS, 832)


@pytest.mark.parametrize(
    "declared", [None, "", "image/jpeg", "IMAGE/JPEG; q=1", "image/jpg", "application/octet-stream"]
)
def test_honest_or_silent_labels_are_accepted(declared: str | None) -> None:
    assert decode(SAMPLES["jpeg"], LIMITS, 832, declared).format == "jpeg"


@pytest.mark.parametrize("declared", ["image/png", "image/webp", "text/plain", "image/*"])
def test_wrong_labels_are_told(declared: str) -> None:
    with pytest.raises(PictureMislabelled) as caught:
        decode(SAMPLES["jpeg"], LIMITS, 832, declared)
    assert "image/jpeg" in (caught.value.hint or "")


def _damaged() -> Iterator[Any]:
    for data in SAMPLES.values():
        flips = st.lists(
            st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), min_size=1, max_size=12
        )
        yield st.builds(_damage, st.just(data), flips, st.integers(0, len(data)))


def _damage(data: bytes, flips: list[tuple[int, int]], end: int) -> bytes:
    damaged = bytearray(data)
    for position, value in flips:
        damaged[position] = value
    return bytes(damaged[:end] if end % 3 == 0 else damaged)


@settings(max_examples=300, deadline=None)
@given(st.one_of(*_damaged(), st.binary(max_size=200)))
def test_hostile_bytes_give_a_picture_or_a_picture_error(data: bytes) -> None:
    limits = DecodeLimits(max_bytes=100_000, max_pixels=4_000_000)
    try:
        picture = decode(data, limits, 64)
    except PictureError:
        return
    assert picture.image.ndim == 3
    assert picture.image.dtype == np.uint8
    assert 0 < picture.width * picture.height <= limits.max_pixels
