"""Labels for crops that nobody noted: where two readers agree, they are taken at their word."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from datasets.synthesis.plates.degrade import SIZE
from inference.plates.decoding import decode_plate
from models.plate_text import CHARSET, COLORS, is_plate
from training.plates.network import PlateNet, normalise, rectify
from training.plates.pool import UNKNOWN

COMMON_PROVINCES = "苏沪皖浙"
"""Provinces of nine in ten of the candidates; the others are shown more often."""
_CROP = (150, 44)  # pixels of a tight crop within the network's picture
_BATCH = 64
_SURE_OF_COLOR = 0.9
_SURE, _VERY_SURE = 0.95, 0.98
_MOST_DIFFERENCES = 2


@dataclass(frozen=True, slots=True)
class OwnReading:
    """What the reader in training says of a crop; the colour `UNKNOWN` unless it is sure."""

    text: str
    color: int


def read_crops(checkpoint: Path, crops: Mapping[str, NDArray[np.uint8]]) -> dict[str, OwnReading]:
    """Read tight crops of plates of one row with a checkpoint's averaged weights.

    Args:
        checkpoint: `last.pt` of a run.
        crops: uint8 (H, W, 3), BGR, by name.
    """
    net = PlateNet(len(CHARSET), len(COLORS))
    net.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    net.eval()
    (width, height), (whole, high) = _CROP, SIZE
    left, top = (whole - width) // 2, (high - height) // 2
    sides = (top, high - height - top, left, whole - width - left)
    pictures = np.stack(
        [
            cv2.copyMakeBorder(cv2.resize(crop, _CROP), *sides, cv2.BORDER_REPLICATE)
            for crop in crops.values()
        ]
    )
    box = torch.tensor(
        [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
    ) / torch.tensor(SIZE)
    readings: list[OwnReading] = []
    with torch.no_grad():
        for start in range(0, len(pictures), _BATCH):
            pixels = normalise(torch.from_numpy(pictures[start : start + _BATCH]))
            one_row = torch.zeros(len(pixels), dtype=torch.bool)
            characters, colors = net.reader(rectify(pixels, box.expand(len(pixels), 4, 2), one_row))
            shares, kinds = colors.softmax(-1).max(-1)
            texts = [decode_plate(one).text for one in characters.log_softmax(-1).numpy()]
            sure = torch.where(shares > _SURE_OF_COLOR, kinds, UNKNOWN).tolist()
            readings += [OwnReading(*one) for one in zip(texts, sure, strict=True)]
    return dict(zip(crops, readings, strict=True))


def agreed_texts(
    own: Mapping[str, str],
    other: Mapping[str, tuple[str, float]],
    held_out: Collection[str],
) -> dict[str, str]:
    """Choose the crops whose text may be learned from.

    The other reader's text is taken if it is one of a plate and it is sure of it, and either the
    own reader says the same, or it is very sure and the own reader, still learning, differs in at
    most two characters.

    Args:
        own: Text by crop, from the reader in training.
        other: Text and score (0 to 1) by crop, from a reader trained elsewhere.
        held_out: Texts of the plates that judge: crops of the same vehicles are left out.

    Returns:
        Text by crop.
    """
    texts: dict[str, str] = {}
    for name, (text, score) in other.items():
        if not is_plate(text) or text in held_out or score < _SURE:
            continue
        if len(own[name]) != len(text):
            continue
        differences = sum(a != b for a, b in zip(own[name], text, strict=True))
        if differences <= (_MOST_DIFFERENCES if score >= _VERY_SURE else 0):
            texts[name] = text
    return texts
