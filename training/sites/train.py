"""Trains the change network, from a run folder that can be taken up again."""

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed
from torch.nn import functional

from training.sites.augment import Augmenter
from training.sites.collage import Collage
from training.sites.network import ChangeNetwork
from training.sites.pool import Medians, Pair, pool_files, read_pair

_CHECKPOINT = "last.pt"
_CHANGED_WEIGHT, _FOCUS = 2.0, 1.5
_DECAY, _CLIP = 1e-2, 5.0
_RELOAD = 200


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn.

    Attributes:
        steps: Batches in all.
        pairs: Pairs in a batch, of each process.
        unchanged: How many of them are of real cameras in which nothing was built.
        collages: How many are real photographs with rendered structures.
        size: Side of the crops in pixels.
        peak: Highest learning rate of the decoder, reached after a twentieth of the steps, then
            falling to a fiftieth along a cosine.
        encoder: The pretrained encoder's part of it.
        average: How much of the averaged weights each step keeps.
        save_every: Batches between checkpoints.
    """

    steps: int
    pairs: int = 6
    unchanged: int = 1
    collages: int = 2
    size: int = 224
    peak: float = 2e-3
    encoder: float = 0.2
    average: float = 0.99
    save_every: int = 25

    def rate(self, step: int) -> float:
        """Learning rate of a step."""
        warm = max(1, self.steps // 20)
        if step < warm:
            return self.peak * (step + 1) / warm
        along = (step - warm) / max(1, self.steps - warm)
        return self.peak * (0.02 + 0.98 * (1 + math.cos(math.pi * along)) / 2)


class Crops:
    """Batches without end: uint8 (N, S, S, 3) before, after and truth.

    Each pool gives as many; they are listed anew from time to time, since they may grow while they
    are learned from.
    """

    def __init__(
        self,
        pools: Sequence[Path],
        real: Medians | None,
        collage: Collage | None,
        augment: Augmenter,
        schedule: Schedule,
        seed: Sequence[int],
    ) -> None:
        self._pools, self._real, self._collage, self._augment = pools, real, collage, augment
        self._schedule, self._seed = schedule, seed

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        rng = np.random.default_rng(self._seed)
        count = 0
        while True:
            if count % _RELOAD == 0:
                files = [pool_files([one]) for one in self._pools]
            count += 1
            chosen = [
                self._augment(self._pair(number, files[int(rng.integers(len(files)))], rng), rng)
                for number in range(self._schedule.pairs)
            ]
            yield tuple(
                torch.from_numpy(np.stack([getattr(one, name) for one in chosen]))
                for name in ("before", "after", "truth")
            )

    def _pair(self, number: int, files: Sequence[Path], rng: np.random.Generator) -> Pair:
        schedule = self._schedule
        if self._real is not None and number < schedule.unchanged:
            return self._real.draw(rng)
        if self._collage is not None and number < schedule.unchanged + schedule.collages:
            return self._collage.draw(files, rng)
        return read_pair(files[int(rng.integers(len(files)))])


def train(
    run: Path, network: ChangeNetwork, crops: Crops, schedule: Schedule, start: Path | None = None
) -> Path:
    """Train, going on where the run folder's last checkpoint stands.

    Processes of one `torch.distributed` group learn together; the first writes.

    Args:
        run: Folder of the checkpoint and `log.jsonl`.
        network: As it begins.
        crops: What it learns from.
        schedule: Steps and rates.
        start: Checkpoint whose averaged weights to begin with.

    Returns:
        The checkpoint with the averaged weights, `last.pt`.
    """
    run.mkdir(parents=True, exist_ok=True)
    network = network.to(memory_format=torch.channels_last).train()
    if start:
        network.load_state_dict(torch.load(start, weights_only=True)["average"])
    average = torch.optim.swa_utils.AveragedModel(
        network,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(schedule.average),
        use_buffers=True,
    )
    slow = [p for p in network.encoder.parameters() if p.requires_grad]
    known = {id(p) for p in network.encoder.parameters()}
    fast = [p for p in network.parameters() if id(p) not in known]
    optimizer = torch.optim.AdamW([{"params": slow}, {"params": fast}], weight_decay=_DECAY)
    done, last = 0, run / _CHECKPOINT
    if last.exists():
        saved = torch.load(last, weights_only=True)
        network.load_state_dict(saved["net"])
        average.module.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        done = saved["step"]
    batches = iter(crops)
    leads = not distributed.is_initialized() or distributed.get_rank() == 0
    sums: dict[str, float] = {}
    begun = time.monotonic()
    for step in range(done, schedule.steps):
        slow_group, fast_group = optimizer.param_groups
        fast_group["lr"] = schedule.rate(step)
        slow_group["lr"] = schedule.encoder * schedule.rate(step)
        losses = loss_of(network, *next(batches))
        optimizer.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        _share_gradients(network)
        torch.nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
        optimizer.step()
        average.update_parameters(network)
        sums = {name: sums.get(name, 0.0) + value.item() for name, value in losses.items()}
        if leads and ((step + 1) % schedule.save_every == 0 or step + 1 == schedule.steps):
            line: dict[str, Any] = {k: round(v / schedule.save_every, 4) for k, v in sums.items()}
            line["seconds"] = round(time.monotonic() - begun)
            with (run / "log.jsonl").open("a") as log:
                log.write(json.dumps({"step": step + 1, **line}) + "\n")
            sums = {}
            part = run / f"{_CHECKPOINT}.part"
            torch.save(
                {
                    "step": step + 1,
                    "net": network.state_dict(),
                    "average": average.module.state_dict(),
                    "optimizer": optimizer.state_dict(),
                },
                part,
            )
            part.replace(last)
    return last


def loss_of(
    network: ChangeNetwork, before: Tensor, after: Tensor, truth: Tensor
) -> dict[str, Tensor]:
    """Losses of a batch.

    Focal cross-entropy (T.-Y. Lin et al., ICCV 2017) and Dice (F. Milletari et al., 3DV 2016) of
    change against the share of each 4x4 cell that changed, and cross-entropy of the type where
    most of a cell changed.

    Args:
        network: The network.
        before: uint8 (N, S, S, 3), BGR.
        after: uint8 (N, S, S, 3), BGR.
        truth: uint8 (N, S, S, 3), as a `Pair` holds it.
    """
    logits, kinds = network(*(_as_input(one) for one in (before, after)))
    label = functional.one_hot(truth[..., 0].long(), 3).permute(0, 3, 1, 2).float()
    share = functional.avg_pool2d(label, 4)
    probability = logits.softmax(dim=1)
    weight = 1 + (_CHANGED_WEIGHT - 1) * (1 - share[:, :1])
    missed = (1 - (probability * share).sum(dim=1, keepdim=True)) ** _FOCUS
    change = -(weight * missed.detach() * share * logits.log_softmax(dim=1)).sum(dim=1).mean()
    both = (probability[:, 1:] * share[:, 1:]).sum()
    dice = 1 - (2 * both + 1) / (probability[:, 1:].sum() + share[:, 1:].sum() + 1)
    kind = truth[:, 2::4, 2::4, 1].long() - 1
    named = torch.cat([torch.where(truth[:, 2::4, 2::4, 0] == side, kind, -1) for side in (1, 2)])
    told = functional.cross_entropy(kinds, named, ignore_index=-1, reduction="sum")
    return {
        "change": 10 * change,
        "dice": dice,
        "structure": 0.2 * told / max(1, int((named >= 0).sum())),
    }


def _share_gradients(network: ChangeNetwork) -> None:
    """Give all processes the mean of their gradients."""
    if not distributed.is_initialized():
        return
    gradients = [one.grad for one in network.parameters() if one.grad is not None]
    together = torch.cat([one.flatten() for one in gradients])
    distributed.all_reduce(together)
    together /= distributed.get_world_size()
    for one, mean in zip(gradients, together.split([g.numel() for g in gradients]), strict=True):
        one.copy_(mean.view_as(one))


def _as_input(pictures: Tensor) -> Tensor:
    fed = pictures.permute(0, 3, 1, 2).flip(1).float() / 255
    return fed.contiguous(memory_format=torch.channels_last)
