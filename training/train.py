"""Trains a detector: ultralytics runs the loop, our samples go in.

On a CPU several processes of one thread each share every step and average their gradients: they
wait for each other once a step instead of once a layer.
"""

import contextlib
import logging
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_OFFLINE", "true")

import numpy as np
import torch
from torch import distributed, multiprocessing
from torch.utils.data import Dataset
from ultralytics.data.dataset import YOLODataset
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils import LOGGER
from ultralytics.utils.callbacks import get_default_callbacks

from datasets.yolo import LabelledPicture
from training.compose import Composer
from training.errors import TrainingError
from training.lock import hold_run
from training.loss import PartialLoss
from training.settings import Settings
from training.tracking import Tracker, open_tracker


@dataclass(frozen=True)
class TrainingData:
    """What a run learns from.

    Attributes:
        pictures: Labelled pictures.
        backgrounds: Pictures that show nothing of what is learned; may be empty.
        classes: Classes, in the order of the class ids.
        composer: Makes the samples: pictures, backgrounds, settings.
    """

    pictures: Sequence[LabelledPicture]
    backgrounds: Sequence[LabelledPicture]
    classes: tuple[str, ...]
    composer: Callable[
        [Sequence[LabelledPicture], Sequence[LabelledPicture], Settings], Composer
    ] = Composer


@dataclass(frozen=True)
class _Share:
    """Which of how many processes this one is."""

    rank: int
    world: int


class _Samples(Dataset[dict[str, Any]]):
    """One process's share of the composed samples, in the form ultralytics' loss reads."""

    collate_fn = staticmethod(YOLODataset.collate_fn)

    def __init__(self, data: TrainingData, settings: Settings, share: _Share) -> None:
        self._composer = data.composer(data.pictures, data.backgrounds, settings)
        self._count = len(data.pictures)
        self._share = share
        self._mixture = settings.mixture
        self.classes = data.classes
        known = [p.class_ids < len(data.classes) for p in data.pictures]
        self.labels = [
            {"cls": p.class_ids[sure], "bboxes": p.boxes[sure]}
            for p, sure in zip(data.pictures, known, strict=True)
        ]

    def __len__(self) -> int:
        return math.ceil(self._count / self._share.world)

    def close_mosaic(self, hyp: object) -> None:
        """Turn mosaics off; ultralytics calls this when the last, plain epochs begin."""
        self._mixture = self._mixture.without_mosaic()

    def __getitem__(self, index: int) -> dict[str, Any]:
        rng = np.random.default_rng([self._share.rank, *torch.randint(2**31, (2,)).tolist()])
        mine = (index * self._share.world + self._share.rank) % self._count
        sample = self._composer.compose(mine, self._mixture, rng)
        height, width = sample.image.shape[:2]
        size = np.array([width, height], np.float32)
        low, high = sample.boxes[:, :2] / size, sample.boxes[:, 2:] / size
        count = len(sample.boxes)
        return {
            "img": torch.from_numpy(
                np.ascontiguousarray(sample.image[..., ::-1].transpose(2, 0, 1))
            ),
            "cls": torch.from_numpy(sample.class_ids.astype(np.float32).reshape(count, 1)),
            "bboxes": torch.from_numpy(np.hstack([(low + high) / 2, high - low])),
            "batch_idx": torch.zeros(count),
        }


class _Trainer(DetectionTrainer):
    """Ultralytics' trainer on our samples; validation is ours too, after training."""

    samples: ClassVar[_Samples]
    share: ClassVar[_Share]
    tracker: ClassVar[Tracker | None] = None

    def get_dataset(self) -> dict[str, Any]:
        names = dict(enumerate(self.samples.classes))
        return {"train": "", "val": "", "nc": len(names), "names": names, "channels": 3}

    def get_model(self, cfg: dict[str, Any], weights: Any = None, verbose: bool = True) -> Any:
        # YOLO26's second, one-to-one head learns too little from a few hundred pictures (see the
        # model's card); the one-to-many head is trained alone and its boxes are thinned at export.
        return super().get_model({**cfg, "end2end": False}, weights, verbose)

    def build_dataset(
        self, img_path: str, mode: str = "train", batch: int | None = None
    ) -> _Samples:
        return self.samples

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        batch = super().preprocess_batch(batch)
        # Channels last makes a training step on CPU a third faster.
        batch["img"] = batch["img"].to(memory_format=torch.channels_last)
        return batch

    def _setup_train(self) -> None:
        super()._setup_train()
        if self.share.world > 1:
            torch.set_num_threads(1)
        self.model.to(memory_format=torch.channels_last)
        self.model.criterion = PartialLoss(self.model)

    def optimizer_step(self) -> None:
        if self.share.world > 1:
            gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
            together = torch.cat([gradient.flatten() for gradient in gradients])
            distributed.all_reduce(together)
            together /= self.share.world
            parts = together.split([gradient.numel() for gradient in gradients])
            for gradient, part in zip(gradients, parts, strict=True):
                gradient.copy_(part.view_as(gradient))
        super().optimizer_step()

    def save_metrics(self, metrics: dict[str, float]) -> None:
        if self.share.rank == 0:
            super().save_metrics(metrics)
            if self.tracker is not None:
                self.tracker.metrics(
                    {name: float(value) for name, value in metrics.items()}, self.epoch + 1
                )

    def save_model(self) -> bool:
        """Replace the checkpoint whole, so that an interruption never leaves half of one."""
        if self.share.rank:
            return False
        whole = Path(self.last)
        self.last: Path = whole.with_suffix(".part")
        try:
            saved: bool = super().save_model()
            self.last.replace(whole)
        finally:
            self.last = whole
        return saved

    def validate(self) -> tuple[dict[str, float], float]:
        return {}, 0.0

    def final_eval(self) -> None:
        """Skipped: models are judged through the serving code, see `training.evaluate`."""


def train(
    data: TrainingData,
    settings: Settings,
    weights: Path,
    run: Path,
    device: str,
    processes: int,
    *,
    resume: bool,
) -> Path:
    """Train, or go on with an interrupted run.

    Args:
        data: What to learn from.
        settings: How.
        weights: Checkpoint to start from.
        run: Folder for checkpoints, written after every epoch; must not hold a run unless resumed.
        device: ``cpu``, or a CUDA device such as ``0``.
        processes: How many processes share every step; more than one only on ``cpu``.
        resume: Go on after the last whole epoch found in the folder.

    Returns:
        The final checkpoint (running mean of the weights).

    Raises:
        TrainingError: If a file is missing, the folder already holds a run, another process is
            training in it, or several processes are asked for on a GPU.
    """
    with hold_run(run):
        pass  # Refused here, in plain words, rather than by the process that does the work.
    last = run / "weights" / "last.pt"
    start = last if resume else weights
    if not start.is_file():
        raise TrainingError(
            f"{start} is missing",
            hint="Leave out --resume to begin." if resume else "Give a checkpoint with --weights.",
        )
    if processes > 1 and device != "cpu":
        raise TrainingError(
            "several processes share a CPU only", hint="Leave out --processes on a GPU."
        )
    if last.exists() and not resume:
        raise TrainingError(
            f"{run} already holds a run", hint="Go on with --resume, or choose another --run."
        )
    overrides = {
        "model": str(start),
        "resume": str(start) if resume else False,
        "imgsz": settings.image_size,
        "epochs": settings.epochs,
        "close_mosaic": settings.plain_epochs,
        "batch": max(1, settings.batch // processes),
        "nbs": max(1, settings.batch // processes),
        "optimizer": "AdamW",
        "lr0": settings.learning_rate,
        "lrf": 0.02,
        "cos_lr": True,
        "warmup_epochs": 0.5,
        "warmup_bias_lr": settings.learning_rate,
        "freeze": settings.freeze,
        "seed": settings.seed,
        "device": device,
        "amp": device != "cpu",
        "val": False,
        "plots": False,
        "project": str(run.parent.resolve()),
        "name": run.name,
        "exist_ok": True,
    }
    if processes == 1:
        _train_share(0, 1, data, settings, overrides, "")
        return last
    with tempfile.TemporaryDirectory() as meeting:
        multiprocessing.spawn(
            _train_share,
            (processes, data, settings, overrides, f"file://{meeting}/store"),
            nprocs=processes,
        )
    return last


def _train_share(
    rank: int,
    world: int,
    data: TrainingData,
    settings: Settings,
    overrides: dict[str, Any],
    meeting: str,
) -> None:
    """Run one process's part of the training; only the first writes and shows progress."""
    _Trainer.share = _Share(rank, world)
    _Trainer.samples = _Samples(data, settings, _Trainer.share)
    if world > 1:
        distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=world)
    with contextlib.ExitStack() as stack:
        if rank == 0:
            run = Path(overrides["project"]) / overrides["name"]
            stack.enter_context(hold_run(run))
            _Trainer.tracker = stack.enter_context(open_tracker(run, overrides))
        else:
            nowhere = stack.enter_context(Path(os.devnull).open("w"))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
            LOGGER.setLevel(logging.ERROR)
        trainer = _Trainer(overrides=overrides)
        # Ultralytics would record the run a second time with whatever tracker it finds installed.
        trainer.callbacks = get_default_callbacks()
        trainer.train()
    if world > 1:
        distributed.destroy_process_group()
