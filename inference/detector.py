"""A picture in, detections in its pixels out: the one path for serving, evaluation and tools."""

import numpy as np
from numpy.typing import NDArray

from inference.decode import Picture
from inference.detections import Detections
from inference.engine import Engine
from inference.letterbox import letterbox
from models.registry import Model


class Detector:
    """Finds the classes of one model in pictures; safe to share between threads.

    Args:
        engine: What runs the model.
        threshold: Lowest score (0 to 1) reported, for all classes; by default each class's own
            operating point.

    Example:
        >>> policy = choose_policy("cpu")  # doctest: +SKIP
        >>> detector = Detector(Engine(load_model_for(policy, "road_damage"), policy))
        >>> detector.detect(decode(data, DecodeLimits(), detector.model.input_size))
    """

    def __init__(self, engine: Engine, threshold: float | None = None) -> None:
        self._engine = engine
        self._thresholds: NDArray[np.float32] = np.array(
            [c.threshold if threshold is None else threshold for c in self.model.classes],
            np.float32,
        )
        self._faint: NDArray[np.float32] = np.array(
            [1.0 if c.faint is None else c.faint for c in self.model.classes], np.float32
        )

    @property
    def model(self) -> Model:
        """The model that is run."""
        return self._engine.model

    def detect(self, picture: Picture) -> Detections:
        """Detect in one picture.

        Args:
            picture: The decoded picture.

        Returns:
            Detections at or above the threshold, highest score first, boxes clipped to the picture.
        """
        return self.detect_with_faint(picture)[0]

    def detect_with_faint(self, picture: Picture) -> tuple[Detections, Detections]:
        """Detect in one picture, and tell what was too faint to be reported.

        Args:
            picture: The decoded picture.

        Returns:
            What `detect` returns; and detections below the threshold, from the score up from which
            their class says something where one is known to be.
        """
        fitted = letterbox(picture, self.model.input_size)
        raw = self._engine.infer(fitted.image)
        scores, class_ids = raw[:, 4], raw[:, 5].astype(np.int64)
        boxes = fitted.to_original(raw[:, :4])
        visible = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        sure = scores >= self._thresholds[class_ids]
        faint = (scores >= self._faint[class_ids]) & ~sure

        def those(kept: NDArray[np.bool_]) -> Detections:
            return Detections(
                boxes=boxes[kept],
                scores=scores[kept],
                class_ids=class_ids[kept],
                class_names=self.model.class_names,
            )

        return those(visible & sure), those(visible & faint)
