"""Judges a model through the serving code: the same decoding, letterbox, engine and boxes."""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from datasets.yolo import LabelledPicture
from inference.decode import DecodeLimits, decode
from inference.engine import Engine
from inference.letterbox import PAD_VALUE, letterbox
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
    pictures: Sequence[LabelledPicture], input_size: int
) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """Decode and letterbox pictures as serving does, padded to one size.

    Returns:
        One uint8 (1, H, W, 3), BGR, for each picture.
    """
    images = [
        letterbox(decode(one.path.read_bytes(), DecodeLimits(), input_size), input_size).image
        for one in pictures
    ]
    height, width = np.max([image.shape[:2] for image in images], axis=0)
    return [
        np.pad(
            image,
            ((0, height - image.shape[0]), (0, width - image.shape[1]), (0, 0)),
            constant_values=PAD_VALUE,
        )[None]
        for image in images
    ]
