"""The learned tracklet classifier: what is it that moved like this?"""

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inference.falling.tracklets import (
    PATCHES,
    POINT_FEATURES,
    POINTS,
    SUMMARY_FEATURES,
    Tracklets,
)
from models.errors import ModelInvalid

CLASSES = (
    "fall", "bird", "leaf", "insect", "precipitation", "swaying", "light", "traffic", "clutter",
)  # fmt: skip
"""What the classifier tells apart: a fall; birds and aeroplanes; leaves; insects near the lens;
rain and snow; cloth, curtains and foliage; lamps and reflections; vehicles and people; shake and
grain."""
_INPUTS = {
    "points": ("tensor(float)", [POINTS, len(POINT_FEATURES)]),
    "summary": ("tensor(float)", [len(SUMMARY_FEATURES)]),
    "patches": ("tensor(uint8)", [PATCHES, 2, 32, 32]),
}
_OUTPUT = "scores"


class TrackletClassifier:
    """Runs the classifier on the caller's core; may be shared by threads.

    Args:
        path: The ONNX file.

    Raises:
        ModelInvalid: The file is no ONNX model, or not one with these inputs and output.
    """

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's exceptions share no public base
            raise ModelInvalid(f"{path} does not load: {error}") from error
        has = {value.name: (value.type, value.shape[1:]) for value in self._session.get_inputs()}
        outputs = [(value.name, value.shape[1:]) for value in self._session.get_outputs()]
        if has != _INPUTS or outputs != [(_OUTPUT, [len(CLASSES)])]:
            raise ModelInvalid(
                f"{path} has inputs {has} and outputs {outputs}, which are not those of a tracklet"
                " classifier of this version",
                hint="Train it again: python -m training.falls.",
            )

    def __call__(self, tracklets: Tracklets) -> NDArray[np.float32]:
        """Classify tracks.

        Args:
            tracklets: What `describe` gave, N tracks.

        Returns:
            float32 (N, len(CLASSES)): probabilities, each row adding up to 1.
        """
        if not len(tracklets.points):
            return np.zeros((0, len(CLASSES)), np.float32)
        inputs = {
            "points": tracklets.points,
            "summary": tracklets.summary,
            "patches": tracklets.patches,
        }
        scores: NDArray[np.float32] = self._session.run([_OUTPUT], inputs)[0]
        return scores
