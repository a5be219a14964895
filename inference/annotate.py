"""Draws detections into pictures, for people to look at."""

import contextlib
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inference.decode import Picture
from inference.detections import Detections

# Okabe and Ito's colours, told apart with any colour vision (jfly.uni-koeln.de/color), as BGR.
_COLOURS = (
    (0, 94, 213),
    (178, 114, 0),
    (115, 158, 0),
    (167, 121, 204),
    (66, 228, 240),
    (233, 180, 86),
    (0, 159, 230),
    (0, 0, 0),
)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE = (255, 255, 255)
_HERSHEY_HEIGHT = 30
"""Height in pixels of OpenCV's capital letters and descent at scale 1."""
_JPEG_QUALITY = 90
_LABELLED_AT_MOST = 30
"""Of more detections only the boxes are drawn, and how many there are of each class."""
# Fonts with Chinese characters, by the names that Linux, Windows and macOS know them by.
_CHINESE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "msyh.ttc",
    "simhei.ttf",
    "PingFang.ttc",
)


def annotate(picture: Picture, detections: Detections) -> NDArray[np.uint8]:
    """Draw boxes with class and score into a copy of the picture; plates with outline and text.

    A crowded picture gets thin boxes without labels, and the number of each class in its corner.
    Where no font with Chinese characters is installed, a plate's province is left out.

    Args:
        picture: The picture, at its full or a reduced size.
        detections: What was found, boxes in pixels of the original.

    Returns:
        uint8 (H, W, 3), BGR, of the size of `picture.image`.
    """
    canvas = picture.image.copy()
    height, width = canvas.shape[:2]
    scale = np.array([width / picture.width, height / picture.height] * 2)
    line = max(1, round(max(height, width) / 400))
    text_scale = max(height, width) / 1600 + 0.15
    boxes = np.rint(detections.boxes * scale).astype(int).tolist()
    crowded = len(detections) > _LABELLED_AT_MOST
    # The best detection comes last and lies on top.
    for detection, class_id, (x1, y1, x2, y2) in reversed(
        list(zip(detections, detections.class_ids.tolist(), boxes, strict=True))
    ):
        colour = _COLOURS[class_id % len(_COLOURS)]
        label = f"{detection.class_name} {detection.score:.2f}"
        if detection.plate is None:
            cv2.rectangle(
                canvas, (x1, y1), (x2, y2), colour, max(1, line // 2) if crowded else line
            )
        else:
            label = f"{label} {detection.plate.text}"
            outline = np.rint(np.array(detection.plate.polygon) * scale[:2]).astype(np.int32)
            cv2.polylines(canvas, [outline], True, colour, line, cv2.LINE_AA)
        if not crowded:
            _write(canvas, label, (x1, y1), colour, text_scale, line)
    if crowded:
        _write_counts(canvas, detections, text_scale, line)
    return canvas


def _write_counts(
    canvas: NDArray[np.uint8], detections: Detections, text_scale: float, line: int
) -> None:
    for row, class_id in enumerate(np.unique(detections.class_ids).tolist(), start=1):
        count = np.count_nonzero(detections.class_ids == class_id)
        corner = (0, round(row * 1.5 * text_scale * _HERSHEY_HEIGHT))
        label = f"{detections.class_names[class_id]} {count}"
        _write(canvas, label, corner, _COLOURS[class_id % len(_COLOURS)], text_scale, line)


def _write(
    canvas: NDArray[np.uint8],
    label: str,
    corner: tuple[int, int],
    colour: tuple[int, int, int],
    text_scale: float,
    line: int,
) -> None:
    """Write a label on a ground of its colour, above the corner where there is room."""
    font = None if label.isascii() else _chinese_font(round(text_scale * _HERSHEY_HEIGHT))
    x, y = corner
    if font is None:
        label = "".join(character for character in label if character.isascii())
        (width, height), descent = cv2.getTextSize(label, _FONT, text_scale, line)
        base = max(y, height + descent)
        cv2.rectangle(canvas, (x, base - height - descent), (x + width, base), colour, cv2.FILLED)
        cv2.putText(
            canvas, label, (x, base - descent), _FONT, text_scale, _WHITE, line, cv2.LINE_AA
        )
        return
    left, top, right, bottom = (round(side) for side in font.getbbox(label))
    y = max(y - (bottom - top), 0)
    ground = Image.new("RGB", (right - left, bottom - top), colour)
    ImageDraw.Draw(ground).text((-left, -top), label, _WHITE, font)
    spot = canvas[y : y + ground.height, max(x, 0) : x + ground.width]
    spot[:] = np.asarray(ground)[: spot.shape[0], : spot.shape[1]]


@cache
def _chinese_font(size: int) -> ImageFont.FreeTypeFont | None:
    for name in _CHINESE_FONTS:
        with contextlib.suppress(OSError):
            return ImageFont.truetype(name, size)
    return None


def encode_jpeg(image: NDArray[np.uint8], quality: int = _JPEG_QUALITY) -> bytes:
    """Encode uint8 (H, W, 3) BGR as JPEG, `quality` from 1 to 100."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()
