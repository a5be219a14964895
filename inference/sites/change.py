"""The learned change network: what stands where nothing stood?"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inference.policy import PROVIDERS
from inference.sites.change_map import ChangeMap
from models.errors import ModelInvalid

STRIDE = 4
"""Pixels of the pictures per cell of a change map, in both directions."""
_INPUTS, _OUTPUTS = ("before", "after"), ("change", "structure")
_APPEARED, _REMOVED = 1, 2
_MULTIPLE = 32
_TILE, _OVERLAP = 512, 96
_LONGEST = 1280
_LEAST_WEIGHT = 0.05


class ChangeNet:
    """Compares two aligned pictures on the caller's core; may be shared by threads.

    Args:
        path: The ONNX file.
        structures: Names of the types of structure, in the order of the network's output.

    Raises:
        ModelInvalid: The file is no ONNX model, or not one with these inputs and outputs.
    """

    def __init__(self, path: Path, structures: Sequence[str]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=[PROVIDERS["cpu"]]
            )
        except Exception as error:  # ONNX Runtime's exceptions share no public base
            raise ModelInvalid(f"{path} does not load: {error}") from error
        inputs = [(one.name, one.type) for one in self._session.get_inputs()]
        outputs = [one.name for one in self._session.get_outputs()]
        if inputs != [(name, "tensor(uint8)") for name in _INPUTS] or outputs != list(_OUTPUTS):
            raise ModelInvalid(
                f"{path} has inputs {inputs} and outputs {outputs}, which are not those of a change"
                " network",
                hint="Train it again: python -m training.sites.",
            )
        self.structures = tuple(structures)
        told = self._session.get_outputs()[1].shape[1]
        if told != len(self.structures):
            raise ModelInvalid(
                f"{path} tells {told} types of structure, its description names"
                f" {len(self.structures)}"
            )

    def compare(self, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> ChangeMap:
        """Compare two pictures of one camera.

        Pictures whose long side exceeds 1280 pixels are compared at that size. The network sees
        overlapping tiles of 512 pixels; where they overlap, what is nearer to a tile's middle
        counts more.

        Args:
            before: uint8 (H, W, 3), BGR.
            after: uint8 (H, W, 3), BGR, aligned to `before`.

        Returns:
            Its arrays have H/4 rows and W/4 columns, rounded up.

        Raises:
            ValueError: The pictures differ in size.
        """
        if before.shape != after.shape:
            raise ValueError(f"pictures of {before.shape} and {after.shape} cannot be compared")
        height, width = before.shape[:2]
        scale = min(1.0, _LONGEST / max(height, width))
        pair = [_padded(_scaled(one, scale)) for one in (before, after)]
        rows, columns = (-(-round(side * scale) // STRIDE) for side in (height, width))
        maps = self._blend(pair)[:, :rows, :columns]
        size_wh = (-(-width // STRIDE), -(-height // STRIDE))
        if size_wh != (columns, rows):
            maps = np.stack([np.asarray(cv2.resize(one, size_wh), np.float32) for one in maps])
        return ChangeMap(maps[0], maps[1], maps[2:])

    def _blend(self, pair: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Appeared, removed and types: float32 (2 + T, H/4, W/4)."""
        height, width = pair[0].shape[:2]
        cells = (height // STRIDE, width // STRIDE)
        sums = np.zeros((2 + len(self.structures), *cells), np.float32)
        weights = np.zeros(cells, np.float32)
        for y1, y2 in _spans(height):
            for x1, x2 in _spans(width):
                feed = {n: p[None, y1:y2, x1:x2] for n, p in zip(_INPUTS, pair, strict=True)}
                change, structure = self._session.run(list(_OUTPUTS), feed)
                answer = np.concatenate([change[0, [_APPEARED, _REMOVED]], structure[0]])
                place = np.s_[y1 // STRIDE : y2 // STRIDE, x1 // STRIDE : x2 // STRIDE]
                weight = _weight(*answer.shape[1:])
                sums[:, *place] += answer * weight
                weights[place] += weight
        return np.asarray(sums / weights, np.float32)


def _spans(length: int) -> list[tuple[int, int]]:
    """Where tiles begin and end along a side whose length is a multiple of 32."""
    if length <= _TILE:
        return [(0, length)]
    count = -(-(length - _OVERLAP) // (_TILE - _OVERLAP))
    starts = np.linspace(0, (length - _TILE) // STRIDE, count).round().astype(int) * STRIDE
    return [(start, start + _TILE) for start in starts.tolist()]


def _weight(rows: int, columns: int) -> NDArray[np.float32]:
    """1 in the middle of a tile, falling to nearly 0 at its edges."""
    down, across = (
        np.maximum(1 - np.abs(np.linspace(-1, 1, n, dtype=np.float32)), _LEAST_WEIGHT)
        for n in (rows, columns)
    )
    return np.asarray(np.outer(down, across), np.float32)


def _scaled(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale == 1:
        return image
    height, width = (round(side * scale) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _padded(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    below, right = (-side % _MULTIPLE for side in image.shape[:2])
    return np.asarray(cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)
