"""Trains the change network in several processes of one core each, which share gradients."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import torch
from torch import distributed, multiprocessing

from datasets.synthesis.sites.structures import STRUCTURES
from training.sites.augment import Augmenter
from training.sites.collage import Collage, training_photos
from training.sites.network import ChangeNetwork, pretrained_encoder
from training.sites.passing import vehicle_cutouts
from training.sites.pool import Medians, camera_frames
from training.sites.train import Crops, Schedule, train

_MEDIAN_SIDE, _PHOTO_SIDE = 352, 640
_CUTOUTS = 80


@dataclass(frozen=True)
class Sources:
    """What the network learns from.

    Attributes:
        pools: Folders that `draw` wrote.
        cameras: Folders with frames of one real camera each, where nothing is built.
        vehicles: Folder with `images` and `labels` of vehicles.
        photos: Folders of photographs to paste structures onto.
    """

    pools: tuple[Path, ...]
    cameras: tuple[Path, ...]
    vehicles: Path | None
    photos: tuple[Path, ...]


def learn_together(
    run: Path,
    weights: Path,
    sources: Sources,
    *,
    steps: int,
    seed: int,
    start: Path | None,
    processes: int,
) -> None:
    """Train.

    Args:
        run: Folder of the checkpoint and the log.
        weights: YOLO26n weights to begin with.
        sources: What to learn from.
        steps: Batches of each process.
        seed: Of weights, order and augmentation.
        start: Checkpoint whose averaged weights to begin with.
        processes: How many.
    """
    with tempfile.TemporaryDirectory() as meeting:
        place = f"file://{meeting}/group"
        multiprocessing.spawn(
            _learn, (processes, place, run, weights, sources, steps, seed, start), processes
        )


def _learn(
    rank: int,
    processes: int,
    place: str,
    run: Path,
    weights: Path,
    sources: Sources,
    steps: int,
    seed: int,
    start: Path | None,
) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    distributed.init_process_group("gloo", init_method=place, rank=rank, world_size=processes)
    schedule = Schedule(steps)
    vehicles = sources.vehicles
    cutouts = (
        vehicle_cutouts(vehicles / "images", vehicles / "labels", _CUTOUTS) if vehicles else []
    )
    frames = [group for folder in sources.cameras for group in camera_frames(folder)]
    real = Medians(frames, _MEDIAN_SIDE) if frames else None
    photos = training_photos(sources.photos)
    collage = Collage(photos, real, _PHOTO_SIDE) if photos else None
    crops = Crops(
        sources.pools, real, collage, Augmenter(schedule.size, cutouts), schedule, [seed, rank]
    )
    network = ChangeNetwork(pretrained_encoder(weights), len(STRUCTURES))
    train(run, network, crops, schedule, start)
