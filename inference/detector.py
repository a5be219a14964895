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
        fitted = letterbox(picture, self.model.input_size)
        raw = self._engine.infer(fitted.image)
        scores, class_ids = raw[:, 4], raw[:, 5].astype(np.int64)
        kept = scores >= self._thresholds[class_ids]
        boxes = fitted.to_original(raw[kept, :4])
        visible = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        return Detections(
            boxes=boxes[visible],
            scores=scores[kept][visible],
            class_ids=class_ids[kept][visible],
            class_names=self.model.class_names,
        )
