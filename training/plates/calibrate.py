"""Makes the reader's score say how often a text is right, on rendered plates it never saw."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.plates import PlateReader
from inference.plates.decoding import decode_plate
from inference.plates.reader import soften
from models.descriptions import ReaderDescription
from models.registry import load_described
from training.plates.evaluate import NAME

_TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.8)
_BATCH = 32


@dataclass(frozen=True)
class Calibration:
    """How scores fit.

    Attributes:
        temperature: The best of those tried, by log loss of right and wrong texts.
        log_loss: Its log loss.
        exact: Share of the texts that are right.
        precision: Share of right texts among those that score at least a half.
        kept: Share of the texts that do.
    """

    temperature: float
    log_loss: float
    exact: float
    precision: float
    kept: float


def calibrate(root: Path, pool: Path) -> Calibration:
    """Choose the temperature under which scores are the likeliest account of what is right.

    Args:
        root: Folder that holds the reader's folder.
        pool: Pool of pictures that the reader has not learned from.
    """
    reader = PlateReader(load_described(ReaderDescription, NAME, root))
    images: NDArray[np.uint8] = np.load(pool / "images.npy", mmap_mode="r")
    texts: list[str] = np.load(pool / "facts.npz")["texts"].tolist()
    outputs = [
        columns
        for start in range(0, len(images), _BATCH)
        for columns in reader.infer(np.asarray(images[start : start + _BATCH]))[1]
    ]
    fits: list[Calibration] = []
    for temperature in _TEMPERATURES:
        found = [decode_plate(soften(columns, temperature)) for columns in outputs]
        scores = np.clip([one.score for one in found], 1e-4, 1 - 1e-4)
        right = np.array([one.text == text for one, text in zip(found, texts, strict=True)])
        kept = scores >= 0.5
        fits.append(
            Calibration(
                temperature=temperature,
                log_loss=float(-np.log(np.where(right, scores, 1 - scores)).mean()),
                exact=float(right.mean()),
                precision=float(right[kept].mean()) if kept.any() else 0.0,
                kept=float(kept.mean()),
            )
        )
    return min(fits, key=lambda fit: fit.log_loss)
