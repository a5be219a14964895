"""RapidOCR, the general reader that ours is measured against and learns from beside its own labels.

Install it beside the rest: `pip install rapidocr`. Its PP-OCR models come with the package.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.plate_text import CHARSET
from training.errors import TrainingError

_STRIP = (192, 60)  # pixels; the size of rectified plate of which it reads most
_ALIKE = str.maketrans("OI", "01")  # letters that plates leave out


class Rival:
    """RapidOCR with its default models.

    Raises:
        TrainingError: It is not installed.
    """

    def __init__(self) -> None:
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise TrainingError("RapidOCR is not installed", hint="pip install rapidocr") from error
        options = {
            "Global.use_cls": False,
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        self._engine: Any = RapidOCR(params=options)

    def read_strip(self, strip: NDArray[np.uint8]) -> tuple[str, float]:
        """Read a crop of one line of text: what a plate may carry of it, and its score."""
        fitted = cv2.resize(strip, _STRIP, interpolation=cv2.INTER_AREA)
        found = self._engine(fitted, use_det=False, use_cls=False, use_rec=True)
        return (clean(found.txts[0]), float(found.scores[0])) if found.txts else ("", 0.0)

    def read_corners(
        self, image: NDArray[np.uint8], corners: NDArray[np.float32]
    ) -> tuple[str, float]:
        """Rectify a plate from its corners (4, 2), clockwise from the top left, and read it."""
        width, height = _STRIP
        flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        homography = cv2.getPerspectiveTransform(corners.astype(np.float32), flat)
        strip = cv2.warpPerspective(image, homography, _STRIP, flags=cv2.INTER_CUBIC)
        return self.read_strip(np.asarray(strip, np.uint8))

    def read_photo(self, image: NDArray[np.uint8]) -> list[str]:
        """Find and read all text in a whole photo."""
        found = self._engine(image, use_det=True, use_cls=False, use_rec=True)
        return [clean(text) for text in found.txts or ()]


def clean(text: str) -> str:
    """What is left of a text on a plate: capitals, digits, provinces; O and I are 0 and 1."""
    return "".join(c for c in text.upper().translate(_ALIKE) if c in CHARSET)
