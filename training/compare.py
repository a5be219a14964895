"""Compares a candidate with the current model on the same pictures.

The rule. Each row is a class over all pictures of a judged set, or a slice of the set (mean over
its classes), or the counting error of a class. Its loss is what the current model has and the
candidate has not: AP50, or counting error the other way round. Pictures are drawn with replacement
2,000 times, the same draw for both models (paired bootstrap; Efron and Tibshirani, "An Introduction
to the Bootstrap", 1993), which gives each loss a 95 % percentile interval, with Bonferroni's
correction for the number of rows. A row is

- `lost` if its loss is above the tolerance and the whole interval above 0: more than noise;
- `unsure` if its loss is above the tolerance but noise could be the reason;
- `few` if it shows fewer than 10 objects: too few to say anything;
- `kept` otherwise.

Only `lost` speaks against the candidate. Latency is lost if the candidate takes more than 1.1 times
as long, taken in turns on the same pictures.
"""

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.cards import load_card
from datasets.yolo import LabelledPicture
from inference.decode import DecodeLimits, decode
from inference.engine import Engine
from inference.policy import choose_policy
from models.registry import Model
from training.counts import count
from training.judging import Judgement, judge_sets
from training.metrics import Matches
from training.recipe import Recipe
from training.report import operating_points
from training.slices import slices_of

TOLERANCE = 0.02
SLOWER = 1.10
RESAMPLES = 2000
LEVEL = 0.025
"""One-sided. With 40 to 120 pictures, equal models were called worse twice as often as the level
says, so that one comparison in twenty blames noise."""
FEWEST_OBJECTS = 10
TIMED_PICTURES, TIMED_ROUNDS = 5, 8

Verdict = Literal["kept", "unsure", "few", "lost"]
_Statistic = Callable[[NDArray[np.int64]], float]


@dataclass(frozen=True)
class Row:
    """One line of a comparison.

    Attributes:
        judged_set: Name of the set; empty for latency.
        name: The class, the slice, `count CLASS`, or `latency`.
        variant: `fp32` or `int8`.
        pictures: How many pictures it is about.
        objects: How many labelled objects they show.
        current: AP50, counting error (MAPE) or milliseconds of the current model.
        candidate: The same of the candidate.
        loss: How much worse the candidate is; for latency its time over the current's.
        lower_bound: Lower end of the interval of the loss.
        tolerance: How much may be lost.
        verdict: See above.
    """

    judged_set: str
    name: str
    variant: str
    pictures: int
    objects: int
    current: float
    candidate: float
    loss: float
    lower_bound: float
    tolerance: float
    verdict: Verdict


@dataclass(frozen=True)
class _Pair:
    """What both models did on one row's pictures, as functions of how often each picture counts."""

    judged_set: str
    name: str
    variant: str
    belongs: NDArray[np.bool_]
    objects: int
    current: _Statistic
    candidate: _Statistic
    sign: int


def compare(
    recipe: Recipe,
    current: Sequence[Model],
    candidate: Sequence[Model],
    sets: Mapping[str, Sequence[LabelledPicture]],
    tolerances: Mapping[str, float],
    done: Callable[[], None] = lambda: None,
    seed: int = 0,
) -> list[Row]:
    """Compare variant with variant, set by set.

    Args:
        recipe: The model's recipe.
        current: Variants of the model that is served.
        candidate: For each of them, what would be served in its place.
        sets: Pictures by the name of the judged set.
        tolerances: Largest loss by class, slice or `count CLASS`; `TOLERANCE` for others.
        done: Called after each picture of each variant of each model, from several threads.
        seed: Seed of the bootstrap.

    Returns:
        Rows by set and variant, then the latency of each variant.
    """
    pairs: list[_Pair] = []
    for name, pictures in sets.items():
        judged_set = recipe.judged_set(name)
        slices = slices_of(pictures, load_card(judged_set.source.card))
        for now, then in zip(current, candidate, strict=True):
            one = {name: pictures}
            both = [judge_sets(recipe, [model], one, done)[0] for model in (now, then)]
            pairs += _pairs(recipe, both[0], both[1], slices)
    rows = _judge(pairs, tolerances, np.random.default_rng(seed))
    everything = [one for pictures in sets.values() for one in pictures]
    timed = everything[:: math.ceil(len(everything) / TIMED_PICTURES)]
    return rows + [
        _latency(recipe, now, then, timed) for now, then in zip(current, candidate, strict=True)
    ]


def is_acceptable(rows: Sequence[Row]) -> bool:
    """Whether nothing speaks against the candidate."""
    return all(row.verdict != "lost" for row in rows)


def _pairs(
    recipe: Recipe,
    current: Judgement,
    candidate: Judgement,
    slices: Mapping[str, NDArray[np.bool_]],
) -> list[_Pair]:
    name, variant = current.judged_set.name, current.model.variant
    everywhere = np.ones(len(current.pictures), np.bool_)
    pairs = []
    for class_name, mine in current.matches.items():
        other = candidate.matches[class_name]
        pairs.append(
            _Pair(
                name,
                class_name,
                variant,
                everywhere,
                int(mine.objects.sum()),
                _mean_ap50([mine]),
                _mean_ap50([other]),
                1,
            )
        )
    for slice_name, belongs in slices.items():
        shown = [
            class_name
            for class_name, one in current.matches.items()
            if one.objects[belongs].sum() > 0
        ]
        pairs.append(
            _Pair(
                name,
                slice_name,
                variant,
                belongs,
                sum(int(one.objects[belongs].sum()) for one in current.matches.values()),
                _mean_ap50([current.matches[one] for one in shown]),
                _mean_ap50([candidate.matches[one] for one in shown]),
                1,
            )
        )
    if current.judged_set.counts:
        pairs += [
            _Pair(
                name,
                f"count {class_name}",
                variant,
                everywhere,
                int(one.objects.sum()),
                _mape(recipe, current, class_name),
                _mape(recipe, candidate, class_name),
                -1,
            )
            for class_name, one in current.matches.items()
        ]
    return pairs


def _mean_ap50(matches: Sequence[Matches]) -> _Statistic:
    def mean(weights: NDArray[np.int64]) -> float:
        each = [one.average_precision(weights=weights) for one in matches]
        return sum(each) / max(len(each), 1)

    return mean


def _mape(recipe: Recipe, judgement: Judgement, class_name: str) -> _Statistic:
    threshold = operating_points(judgement.model)[class_name]
    true, found = count(judgement.judged, recipe.classes.index(class_name), threshold)
    some = true > 0
    errors = np.abs(found - true) / np.where(some, true, 1)

    def mean(weights: NDArray[np.int64]) -> float:
        counted = weights * some
        return float((errors * counted).sum() / max(counted.sum(), 1))

    return mean


def _judge(
    pairs: Sequence[_Pair], tolerances: Mapping[str, float], rng: np.random.Generator
) -> list[Row]:
    judged = [pair for pair in pairs if pair.objects >= FEWEST_OBJECTS]
    losses: dict[int, list[float]] = {id(pair): [] for pair in judged}
    by_set: dict[str, list[_Pair]] = {}
    for pair in judged:
        by_set.setdefault(pair.judged_set, []).append(pair)
    for mine in by_set.values():
        size = len(mine[0].belongs)
        for _ in range(RESAMPLES):
            weights = np.bincount(rng.integers(size, size=size), minlength=size)
            for pair in mine:
                losses[id(pair)].append(_loss(pair, weights)[2])
    return [
        _row(pair, losses.get(id(pair), []), LEVEL / max(len(judged), 1), tolerances)
        for pair in pairs
    ]


def _loss(pair: _Pair, weights: NDArray[np.int64]) -> tuple[float, float, float]:
    mine = weights * pair.belongs
    current, candidate = pair.current(mine), pair.candidate(mine)
    return current, candidate, pair.sign * (current - candidate)


def _row(
    pair: _Pair, losses: Sequence[float], level: float, tolerances: Mapping[str, float]
) -> Row:
    current, candidate, loss = _loss(pair, np.ones(len(pair.belongs), np.int64))
    tolerance = tolerances.get(pair.name, TOLERANCE)
    lower_bound = float(np.quantile(losses, level)) if losses else 0.0
    verdict: Verdict = "kept"
    if not losses:
        verdict = "few"
    elif loss > tolerance:
        verdict = "lost" if lower_bound > 0 else "unsure"
    return Row(
        pair.judged_set,
        pair.name,
        pair.variant,
        int(pair.belongs.sum()),
        pair.objects,
        current,
        candidate,
        loss,
        lower_bound,
        tolerance,
        verdict,
    )


def _latency(
    recipe: Recipe, current: Model, candidate: Model, pictures: Sequence[LabelledPicture]
) -> Row:
    """Time both models in turns, in processor time of this thread: other work counts little."""
    policy = choose_policy("cpu")
    engines = [Engine(model, policy) for model in (current, candidate)]
    runs = [
        (recipe.detector(engine, None), recipe.decoded_side(engine.model)) for engine in engines
    ]
    times: list[list[float]] = [[], []]
    for picture in pictures:
        data = picture.path.read_bytes()
        for number in range(TIMED_ROUNDS):
            for index, (detector, side) in enumerate(runs):
                start = time.thread_time()
                detector.detect(decode(data, DecodeLimits(), side))
                if number:  # the first look at a new size pays for planning
                    times[index].append(time.thread_time() - start)
    for engine in engines:
        engine.close()
    ratios = [then / now for now, then in zip(*times, strict=True)]
    ratio = statistics.median(ratios)
    return Row(
        "",
        "latency",
        current.variant,
        len(pictures),
        0,
        statistics.median(times[0]) * 1000,
        statistics.median(times[1]) * 1000,
        ratio,
        ratio,
        SLOWER,
        "lost" if ratio > SLOWER else "kept",
    )
