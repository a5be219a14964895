"""Judges a model through the serving code: the same decoding, letterbox, engine and boxes."""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.yolo import LabelledPicture
from inference.decode import DecodeLimits, decode
from inference.engine import Engine
from inference.letterbox import PAD_VALUE
from inference.policy import choose_policy
from models.registry import Model
from training.metrics import Judged
from training.recipe import Recipe

LOWEST_SCORE = 0.01
"""Detections below this score cannot change average precision by as much as it is rounded to."""
TIMED_RUNS = 15


def judge(
    recipe: Recipe,
    model: Model,
    pictures: Sequence[LabelledPicture],
    done: Callable[[], None] = lambda: None,
) -> list[Judged]:
    """Detect on every picture and set the result beside the truth.

    Args:
        recipe: How the model is used.
        model: The model to judge.
        pictures: Labelled pictures it has not learned from.
        done: Called after each picture, from several threads.

    Returns:
        One entry per picture, in the same order; found classes carry the recipe's class index.
    """
    ids = np.array(
        [recipe.classes.index(n) if n in recipe.classes else -1 for n in model.class_names],
        np.int64,
    )
    policy = choose_policy("cpu")
    engine = Engine(model, policy)
    detector = recipe.detector(engine, LOWEST_SCORE)
    side = recipe.decoded_side(model)

    def look(picture: LabelledPicture) -> Judged:
        decoded = decode(picture.path.read_bytes(), DecodeLimits(), side)
        found = detector.detect(decoded)
        done()
        class_ids = ids[found.class_ids]
        kept = class_ids >= 0
        return Judged(
            true_boxes=picture.corners(decoded.width, decoded.height),
            true_ids=picture.class_ids,
            boxes=found.boxes[kept],
            scores=found.scores[kept],
            class_ids=class_ids[kept],
        )

    with ThreadPoolExecutor(policy.workers) as workers:
        judged = list(workers.map(look, pictures))
    engine.close()
    return judged


def milliseconds_per_picture(recipe: Recipe, model: Model, picture: Path) -> float:
    """Median time of one core from a JPEG's bytes to detections.

    Processor time of the calling thread is counted, not time on the clock, so that what else the
    machine does matters little.
    """
    engine = Engine(model, choose_policy("cpu"))
    detector = recipe.detector(engine, None)
    side = recipe.decoded_side(model)
    data = picture.read_bytes()
    times = []
    for _ in range(TIMED_RUNS):
        start = time.thread_time()
        detector.detect(decode(data, DecodeLimits(), side))
        times.append(time.thread_time() - start)
    engine.close()
    return statistics.median(times) * 1000


def calibration_inputs(
    recipe: Recipe, model: Model, pictures: Sequence[LabelledPicture]
) -> list[NDArray[np.uint8]]:
    """What the network is fed when the model looks at pictures, padded to one size.

    Returns:
        uint8 (1, H, W, 3), BGR: one for each picture, or for each of its tiles.
    """
    recorder = _Recorder(model)
    detector = recipe.detector(recorder, None)
    for one in pictures:
        data = one.path.read_bytes()
        detector.detect(decode(data, DecodeLimits(), recipe.decoded_side(model)))
    height, width = np.max([image.shape[:2] for image in recorder.fed], axis=0)
    return [
        np.pad(
            image,
            ((0, height - image.shape[0]), (0, width - image.shape[1]), (0, 0)),
            constant_values=PAD_VALUE,
        )[None]
        for image in recorder.fed
    ]


class _Recorder(Engine):
    """Keeps what it is asked, and answers that nothing is there."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.fed: list[NDArray[np.uint8]] = []

    def infer(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.fed.append(image)
        return np.zeros((300, 6), np.float32)

    def infer_many(self, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        return [self.infer(image) for image in images]
