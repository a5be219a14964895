"""A classical stand-in for the change network: what differs in colour, and where outlines grew."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.sites.change_map import ChangeMap
from inference.sites.registration import slopes


class Differencer:
    """Plain differencing, good enough for rendered scenes without light of their own."""

    structures = ("shed", "brick_pile")

    def __init__(self, least: float = 14.0) -> None:
        self._least = least

    def compare(self, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> ChangeMap:
        apart = np.abs(before.astype(np.float32) - after).max(axis=2)
        apart = cv2.GaussianBlur(apart, (0, 0), 2.5)
        likely = 1 / (1 + np.exp(-(apart - self._least) / 3))
        drawn = [
            cv2.GaussianBlur(slopes(np.asarray(one.mean(axis=2), np.uint8)), (0, 0), 6)
            for one in (before, after)
        ]
        built = (drawn[1] >= drawn[0]).astype(np.float32)
        height, width = before.shape[:2]
        size = -(-width // 4), -(-height // 4)
        appeared, removed = (
            np.asarray(cv2.resize(one.astype(np.float32), size), np.float32)
            for one in (likely * built, likely * (1 - built))
        )
        hints = np.stack([np.full_like(appeared, 0.7), np.full_like(appeared, 0.3)])
        return ChangeMap(appeared, removed, hints)
