"""Trains the plate reader on pools of pictures, from a run folder that can be taken up again."""

import json
import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.plate_text import CHARSET, COLORS
from training.plates.columns import character_columns
from training.plates.network import PlateNet, normalise, rectify
from training.plates.pool import UNKNOWN

BLANK = len(CHARSET)
_IGNORED = -100
_CHECKPOINT = "last.pt"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Share:
    """A pool, and how many pictures of each batch come from it."""

    folder: Path
    per_batch: int


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn.

    Attributes:
        steps: Batches in all.
        peak: Highest learning rate, reached after a twentieth of the steps, then falling to a
            hundredth along a cosine.
        save_every: Batches between checkpoints.
    """

    steps: int
    peak: float = 2e-3
    save_every: int = 200

    def guidance(self, step: int) -> float:
        """Weight of the known places of characters: they are only about right, so it falls."""
        return max(0.1, 1 - 1.5 * step / self.steps)

    def rate(self, step: int) -> float:
        """Learning rate of a step."""
        warm = max(1, self.steps // 20)
        if step < warm:
            return self.peak * (step + 1) / warm
        along = (step - warm) / max(1, self.steps - warm)
        return self.peak * (0.01 + 0.99 * (1 + math.cos(math.pi * along)) / 2)


def train(
    run: Path, shares: Sequence[Share], schedule: Schedule, start: Path | None = None, seed: int = 1
) -> Path:
    """Train, going on where the run folder's last checkpoint stands.

    Args:
        run: Folder of checkpoints and `log.jsonl`.
        shares: What each batch is made of.
        schedule: Steps and learning rate.
        start: Weights to begin with; by default random ones.
        seed: Of the order of pictures.

    Returns:
        The checkpoint with the averaged weights, `last.pt`.
    """
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    net = PlateNet(len(CHARSET), len(COLORS)).to(memory_format=torch.channels_last)
    if start:
        net.load_state_dict(torch.load(start, weights_only=True)["average"])
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=1e-2)
    done, last = 0, run / _CHECKPOINT
    if last.exists():
        saved = torch.load(last, weights_only=True)
        net.load_state_dict(saved["net"])
        average.module.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        done = saved["step"]
    batches = _batches([(_Pool(share.folder), share.per_batch) for share in shares], seed + done)
    sums: dict[str, float] = {}
    for step in range(done, schedule.steps):
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step)
        losses = _losses(net.train(), next(batches), schedule.guidance(step))
        loss = torch.stack(list(losses.values())).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        average.update_parameters(net)
        sums = {name: sums.get(name, 0.0) + value.item() for name, value in losses.items()}
        if (step + 1) % schedule.save_every == 0 or step + 1 == schedule.steps:
            line = {k: round(v / schedule.save_every, 4) for k, v in sums.items()}
            with (run / "log.jsonl").open("a") as log:
                log.write(json.dumps({"step": step + 1, **line}) + "\n")
            _log.info("step %d of %d: %s", step + 1, schedule.steps, line)
            sums = {}
            state = {
                "net": net.state_dict(),
                "average": average.module.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step + 1,
            }
            torch.save(state, last.with_suffix(".part"))
            last.with_suffix(".part").replace(last)
    return last


@dataclass(frozen=True)
class _Batch:
    crops: Tensor
    corners: Tensor
    exact: Tensor
    texts: list[list[int]]
    colors: Tensor
    two_rows: Tensor


class _Pool:
    def __init__(self, folder: Path) -> None:
        self.images: NDArray[np.uint8] = np.load(folder / "images.npy", mmap_mode="r")
        facts = np.load(folder / "facts.npz")
        self.corners: NDArray[np.float32] = facts["corners"]
        self.texts = [[CHARSET.index(c) for c in text] for text in facts["texts"].tolist()]
        self.facts: NDArray[np.int64] = facts["facts"]

    def order(self, rng: np.random.Generator) -> Iterator[int]:
        while True:
            yield from rng.permutation(len(self.images)).tolist()


def _batches(pools: Sequence[tuple[_Pool, int]], seed: int) -> Iterator[_Batch]:
    rng = np.random.default_rng(seed)
    orders = [pool.order(rng) for pool, _ in pools]
    while True:
        picks = [
            (pool, next(order))
            for (pool, count), order in zip(pools, orders, strict=True)
            for _ in range(count)
        ]
        facts = torch.tensor(np.stack([pool.facts[i] for pool, i in picks]))
        yield _Batch(
            crops=torch.from_numpy(np.stack([pool.images[i] for pool, i in picks])),
            corners=torch.from_numpy(np.stack([pool.corners[i] for pool, i in picks])),
            exact=facts[:, 0] > 0,
            texts=[pool.texts[i] for pool, i in picks],
            colors=facts[:, 1],
            two_rows=facts[:, 2] == 2,
        )


def _losses(net: PlateNet, batch: _Batch, guidance: float) -> dict[str, Tensor]:
    pixels = _relight(normalise(batch.crops)).contiguous(memory_format=torch.channels_last)
    found, rows = net.corners(pixels)
    exact = batch.exact
    corner = functional.smooth_l1_loss(found[exact], batch.corners[exact], beta=0.01)
    # The reader learns on corners as they are found, and on true ones shaken about as much.
    shaken = batch.corners + 0.012 * torch.randn_like(batch.corners)
    shaken = shaken + 0.015 * torch.randn(len(shaken), 1, 2)
    own = (torch.rand(len(found)) < 0.4) & exact
    good = (found.detach() - batch.corners).abs().amax((1, 2)) < 0.06
    corners = torch.where((own & good)[:, None, None], found.detach(), shaken)
    strips = rectify(pixels, corners, batch.two_rows)
    characters, colors = net.reader(strips.contiguous(memory_format=torch.channels_last))
    columns = torch.stack(
        [
            torch.tensor([*text, BLANK, _IGNORED])[places]
            for text, places in zip(batch.texts, _places(batch), strict=True)
        ]
    )
    # CTC finds out by itself where characters stand, but slowly. Rectified plates of the standard
    # have them in known places, and saying so saves most of the training.
    by_place = functional.cross_entropy(
        characters[exact].flatten(0, 1), columns[exact].flatten(), ignore_index=_IGNORED
    )
    lengths = torch.tensor([len(text) for text in batch.texts])
    ctc = functional.ctc_loss(
        characters.log_softmax(-1).transpose(0, 1),
        torch.tensor([index for text in batch.texts for index in text]),
        torch.full_like(lengths, characters.shape[1]),
        lengths,
        blank=BLANK,
        zero_infinity=True,
    )
    return {
        "text": ctc,
        "by_place": guidance * by_place,
        "color": 0.15 * functional.cross_entropy(colors, batch.colors, ignore_index=UNKNOWN),
        "corners": 10 * corner,
        "rows": 0.1
        * functional.binary_cross_entropy_with_logits(rows, batch.two_rows.to(rows.dtype)),
    }


def _places(batch: _Batch) -> Iterator[Tensor]:
    """Which character of the text each column of the strip shows; see `character_columns`."""
    for text, two_rows in zip(batch.texts, batch.two_rows.tolist(), strict=True):
        yield character_columns(len(text), two_rows)


def _relight(pixels: Tensor) -> Tensor:
    """Pictures of a pool are seen many times: change contrast, brightness and cast each time."""
    count = len(pixels)
    gain = torch.empty(count, 1, 1, 1).uniform_(0.7, 1.3) * torch.empty(count, 3, 1, 1).uniform_(
        0.92, 1.08
    )
    bias = torch.empty(count, 1, 1, 1).uniform_(-0.15, 0.15)
    return (pixels * gain + bias).clamp(-1.2, 1.2)
