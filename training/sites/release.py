"""Writes the change network's model folder: weights, description, golden pair, figures, card."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.synthesis.sites.pair import PAIRS_PER_SCENE, PairWishes, draw_pair
from datasets.synthesis.sites.splits import FIRST_HELD_OUT_SEED
from datasets.synthesis.sites.structures import STRUCTURES
from inference.inspections.illegal_building import IllegalBuilding
from inference.sites.change_map import ChangeMap, Comparer
from inference.sites.golden import (
    GOLDEN_AFTER,
    GOLDEN_ANSWER,
    GOLDEN_BEFORE,
    ExpectedRegion,
    GoldenPair,
)
from inference.sites.regions import RegionSettings, find_regions, overlap
from models.descriptions import ChangeDescription
from models.registry import load_described
from training.errors import TrainingError
from training.judging import pretty
from training.sites.judge import RIVALS, Judgement, judge_pairs
from training.sites.months import watch_real, watch_rendered
from training.sites.pool import Image, Medians, Pair, camera_frames, pool_files, read_pair

NAME = "illegal_building"
_FIRST_GOLDEN = 2 * FIRST_HELD_OUT_SEED
_GOLDEN_SCENES, _GOLDEN_PAIRS, _GOLDEN_IOU, _GOLDEN_MARGIN = 16, 6, 0.7, 0.15
_GOLDEN_SIZE, _QUALITY = (448, 320), 90
_THRESHOLDS = tuple(n / 20 for n in range(4, 20))
_QUIET, _WHOLE = 20, 540
_REAL_BASELINE_DAYS = 2


def load_inspection(root: Path) -> IllegalBuilding:
    """The inspection with the model of a folder."""
    return IllegalBuilding(load_described(ChangeDescription, NAME, root))


def export_change(
    root: Path, checkpoint: Path, weights: Path, version: str, thresholds: tuple[float, float]
) -> Path:
    """Write `model.onnx`, `change.json` and the golden pair with the answer to it.

    Args:
        root: The folder that holds the model's folder.
        checkpoint: `last.pt` of a run; its averaged weights are taken.
        weights: YOLO26n weights, for its layers.
        version: Version of the model.
        thresholds: Of what appeared and of what was removed.

    Raises:
        TrainingError: The network finds no rendered structure clearly.
    """
    import torch

    from training.sites.network import ChangeNetwork, export, pretrained_encoder

    folder = root / NAME
    folder.mkdir(parents=True, exist_ok=True)
    network = ChangeNetwork(pretrained_encoder(weights), len(STRUCTURES))
    network.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    part = folder / "model.onnx.part"
    export(network, part)
    part.replace(folder / "model.onnx")
    described = {
        "model": NAME,
        "version": version,
        "structures": [kind.name for kind in STRUCTURES],
        "appeared": thresholds[0],
        "removed": thresholds[1],
    }
    (folder / ChangeDescription.file).write_text(pretty(described), "utf-8")
    _record_golden(load_inspection(root), folder)
    return folder


def by_threshold(
    root: Path, pools: Sequence[Path], cameras: Sequence[Path]
) -> Iterator[dict[str, Any]]:
    """What each threshold would give.

    Args:
        root: The folder that holds the model's folder.
        pools: Pairs that judge nothing else.
        cameras: Real cameras where nothing is built, and that judge nothing else.
    """
    net = _Remembering(load_inspection(root).net)
    pairs = [read_pair(path) for path in pool_files(pools)]
    quiet = _unchanged(cameras)
    for threshold in _THRESHOLDS:
        settings = RegionSettings(appeared=threshold, removed=threshold)
        found = judge_pairs(net, pairs, settings).to_json(threshold, directed=True)
        found.pop("groups", None)
        if quiet:
            calm = judge_pairs(net, quiet, settings).to_json(threshold, directed=True)
            found["false_regions_per_real_pair"] = calm["false_regions_per_pair"]
        yield {"threshold": threshold} | found


def judge_model(
    root: Path,
    unseen: Sequence[Path],
    seen: Sequence[Path],
    cameras: Sequence[Path],
    sites: Sequence[Path],
) -> None:
    """Judge a model and write `metrics.json` and `card.md`.

    Args:
        root: The folder that holds the model's folder.
        unseen: Pools of places, photographs and a camera that training never saw.
        seen: Pools of other pairs of places that training saw.
        cameras: Real cameras where nothing is built.
        sites: Folders of rendered sites, what `xunjian synthesize sites` wrote.
    """
    inspection = load_inspection(root)
    settings = inspection.settings.regions
    pools = {"unseen": unseen, "seen": seen}
    metrics: dict[str, Any] = {
        "model": NAME,
        "version": inspection.model.version,
        "digest": inspection.model.digest,
        "thresholds": {"appeared": settings.appeared, "removed": settings.removed},
        "pairs": {},
        "unchanged_real": {},
        "watched": {},
    }
    net = _Remembering(inspection.net)
    for name, pool in pools.items():
        pairs = [read_pair(path) for path in pool_files(pool)]
        groups = {name: pairs}
        for pair in pairs:
            groups.setdefault(f"{name}, {pair.scene.split('-')[0]}", []).append(pair)
        for group, chosen in sorted(groups.items()):
            told = judge_pairs(net, chosen, settings)
            metrics["pairs"][group] = told.to_json(settings.appeared, directed=True)
    pairs = [read_pair(path) for path in pool_files(unseen)]
    for name, rival in RIVALS.items():
        threshold, best = _at_its_best(_Remembering(rival), pairs, settings)
        metrics["pairs"][f"unseen, by {name}"] = best.to_json(threshold, directed=False)
    for folder in cameras:
        quiet = judge_pairs(inspection.net, _unchanged([folder]), settings)
        metrics["unchanged_real"][folder.name] = quiet.to_json(settings.appeared, directed=True)
        watched = watch_real(inspection, [folder], baseline_days=_REAL_BASELINE_DAYS)
        metrics["watched"][folder.name] = watched.to_json()
    if sites:
        metrics["watched"]["rendered"] = watch_rendered(inspection, sites).to_json()
    write_metrics(metrics, inspection.model.folder)


def write_metrics(metrics: dict[str, Any], folder: Path) -> None:
    """Write `metrics.json`, and `card.md` from it and `notes.md`."""
    (folder / "metrics.json").write_text(pretty(metrics), "utf-8")
    notes = (folder / "notes.md").read_text("utf-8").strip()
    (folder / "card.md").write_text(f"{_tables(metrics)}\n\n{notes}\n", "utf-8")


class _Remembering:
    """Compares each pair of pictures once."""

    def __init__(self, net: Comparer) -> None:
        self.structures = net.structures
        self._net = net
        self._known: dict[str, ChangeMap] = {}

    def compare(self, before: Image, after: Image) -> ChangeMap:
        key = hashlib.sha256(before.tobytes() + after.tobytes()).hexdigest()
        if key not in self._known:
            self._known[key] = self._net.compare(before, after)
        return self._known[key]


def _unchanged(cameras: Sequence[Path]) -> list[Pair]:
    frames = [group for folder in cameras for group in camera_frames(folder)]
    if not frames:
        return []
    rng, medians = np.random.default_rng(0), Medians(frames, _WHOLE)
    return [medians.draw(rng) for _ in range(_QUIET)]


def _at_its_best(
    rival: Comparer, pairs: Sequence[Pair], settings: RegionSettings
) -> tuple[float, Judgement]:
    """A rival at the threshold that suits it best on the very pairs that judge it."""
    threshold = judge_pairs(rival, pairs, settings, directed=False).either.best_threshold()
    own = settings.model_copy(update={"appeared": threshold, "removed": threshold})
    return threshold, judge_pairs(rival, pairs, own, directed=False)


def _record_golden(inspection: IllegalBuilding, folder: Path) -> None:
    settings = inspection.settings.regions
    for number in range(_GOLDEN_SCENES * _GOLDEN_PAIRS):
        scene, nth = divmod(number, _GOLDEN_PAIRS)
        seed = _FIRST_GOLDEN + scene * PAIRS_PER_SCENE + nth
        pair = draw_pair(seed, PairWishes(size=_GOLDEN_SIZE, structures=1))
        data = [
            cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
            for one in (pair.before, pair.after)
        ]
        before, after = (
            np.asarray(cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR), np.uint8)
            for one in data
        )
        change = inspection.net.compare(before, after)
        found = find_regions(change, inspection.net.structures, settings, _GOLDEN_SIZE)
        boxes = [cv2.boundingRect((pair.label == value).astype(np.uint8)) for value in (1, 2)]
        known = {
            kind: (float(x), float(y), float(x + w), float(y + h))
            for kind, (x, y, w, h) in zip(("appeared", "removed"), boxes, strict=True)
            if w and h
        }
        clear = [
            region.score >= settings.appeared + _GOLDEN_MARGIN
            and region.kind in known
            and overlap(region.box, known[region.kind])[0] >= _GOLDEN_IOU
            for region in found
        ]
        if len(known) == len(found) > 0 and all(clear):
            answer = GoldenPair(
                regions=tuple(
                    ExpectedRegion(kind=one.kind, box=one.box, score=one.score) for one in found
                )
            )
            (folder / GOLDEN_BEFORE).write_bytes(data[0])
            (folder / GOLDEN_AFTER).write_bytes(data[1])
            (folder / GOLDEN_ANSWER).write_text(answer.model_dump_json(indent=2) + "\n", "utf-8")
            return
    raise TrainingError("no rendered structure is found clearly", hint="Train longer.")


def _tables(metrics: dict[str, Any]) -> str:
    rows = [
        f"| {name} | {one['pairs']} | {one['pixel_f1']:.2f} | {_directed(one)}"
        f" | {one['structures']} | {_recall(one)} | {one['false_regions_per_pair']:.2f} |"
        for name, one in metrics["pairs"].items()
    ]
    groups = [
        f"| {name} | {one['structures']} | {one['recall']:.2f} |"
        for name, one in metrics["pairs"]["unseen"]["groups"].items()
    ]
    quiet = [
        f"| {name} | {one['pairs']} | {one['false_regions_per_pair']:.2f} |"
        for name, one in metrics["unchanged_real"].items()
    ]
    watched = [
        f"| {name} | {one['camera_days']} | {one['false_events']}"
        f" | {one['false_per_camera_month']} (at most {one['false_per_camera_month_bound']})"
        f" | {one['unconfirmed_false_regions']} | {_found_in_days(one)} |"
        for name, one in metrics["watched"].items()
    ]
    return "\n".join(
        [
            f"# {metrics['model']} {metrics['version']}",
            "",
            (
                "| pairs | number | pixel F1 | F1, appeared and removed told apart"
                " | structures | found (IoU 0.3) | false regions a pair |"
            ),
            "| --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            "| structures on unseen pairs | number | found |",
            "| --- | --- | --- |",
            *groups,
            "",
            "| real camera, two composites, nothing built | pairs | false regions a pair |",
            "| --- | --- | --- |",
            *quiet,
            "",
            (
                "| watched | camera-days | false events | a camera-month | false regions never"
                " believed | found within 3 days |"
            ),
            "| --- | --- | --- | --- | --- | --- |",
            *watched,
        ]
    )


def _directed(one: dict[str, Any]) -> str:
    value = one["pixel_f1_directed"]
    return "–" if value is None else f"{value:.2f}"


def _recall(one: dict[str, Any]) -> str:
    low, high = one["region_recall_interval"]
    return f"{one['region_recall']:.2f} [{abs(low):.2f}, {high:.2f}]"


def _found_in_days(one: dict[str, Any]) -> str:
    if "structures" not in one:
        return "–"
    low, high = one["recall_within_3_days_interval"]
    share = one["recall_within_3_days"]
    return f"{share:.2f} [{low:.2f}, {high:.2f}] of {one['structures']}"
