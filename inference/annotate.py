"""Draws detections into pictures, for people to look at."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.decode import Picture
from inference.detections import Detections

# Okabe and Ito's colours, told apart with any colour vision (jfly.uni-koeln.de/color), as BGR.
_COLOURS = ((0, 94, 213), (178, 114, 0), (115, 158, 0), (167, 121, 204), (66, 228, 240))
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE = (255, 255, 255)
_JPEG_QUALITY = 90


def annotate(picture: Picture, detections: Detections) -> NDArray[np.uint8]:
    """Draw boxes with class and score into a copy of the picture.

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
    # The best detection comes last and lies on top.
    for detection, class_id, (x1, y1, x2, y2) in reversed(
        list(zip(detections, detections.class_ids.tolist(), boxes, strict=True))
    ):
        colour = _COLOURS[class_id % len(_COLOURS)]
        label = f"{detection.class_name} {detection.score:.2f}"
        (text_width, text_height), descent = cv2.getTextSize(label, _FONT, text_scale, line)
        base = max(y1, text_height + descent)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, line)
        cv2.rectangle(
            canvas, (x1, base - text_height - descent), (x1 + text_width, base), colour, cv2.FILLED
        )
        cv2.putText(
            canvas, label, (x1, base - descent), _FONT, text_scale, _WHITE, line, cv2.LINE_AA
        )
    return canvas


def encode_jpeg(image: NDArray[np.uint8], quality: int = _JPEG_QUALITY) -> bytes:
    """Encode uint8 (H, W, 3) BGR as JPEG, `quality` from 1 to 100."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()
