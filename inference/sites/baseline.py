"""The approved picture of a camera, by day and by night: the place without anything new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.sites.errors import BaselineImpossible
from inference.sites.frame import Frame, FrameRef
from inference.sites.light import LightMode, measure, split_modes
from inference.sites.registration import Registrar

WANTED_FRAMES, WANTED_DAYS = 8, 2
_AT_MOST = 24
_STRIP = 64


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """How a camera sees its place in one light.

    Attributes:
        mode: The light.
        image: uint8 (H, W, 3), BGR: median of the frames. Those of one camera lie over each other.
        frames: What it was made of, in order of time.
    """

    mode: LightMode
    image: NDArray[np.uint8]
    frames: tuple[FrameRef, ...]

    @property
    def days(self) -> int:
        """On how many days its frames were taken."""
        return len({frame.at.date() for frame in self.frames})

    @property
    def warnings(self) -> tuple[str, ...]:
        """What speaks against approving it; empty if nothing does."""
        found = []
        if len(self.frames) < WANTED_FRAMES:
            found.append(
                f"the {self.mode} baseline is made of {len(self.frames)} frames, fewer than"
                f" {WANTED_FRAMES}: what stood there by chance may remain in it"
            )
        if self.days < WANTED_DAYS:
            found.append(
                f"the frames of the {self.mode} baseline are all of one day: what stood there"
                " that day belongs to it"
            )
        return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What was learned from a camera's frames.

    Attributes:
        baselines: One for each light that the frames show.
        left_out: Frames that show another place than most.
    """

    baselines: Mapping[LightMode, Baseline]
    left_out: tuple[FrameRef, ...]


def learn_baselines(frames: Iterable[Frame]) -> Learned:
    """Make a camera's baselines of frames on which nothing is being built.

    Of more than 24 frames of one light, 24 spread evenly over the time are used. Frames are
    registered to the one of the commonest mode whose light is the most usual.

    Args:
        frames: Frames of one camera, in any order; repeated names count once.

    Raises:
        BaselineImpossible: There is no frame, or no two frames of several show one place.
    """
    ordered = sorted({frame.ref.name: frame for frame in frames}.values(), key=_by_time)
    if not ordered:
        raise BaselineImpossible("there is no frame to make a baseline of")
    modes = split_modes([frame.image for frame in ordered])
    groups: dict[LightMode, list[Frame]] = {}
    for frame, mode in zip(ordered, modes, strict=True):
        groups.setdefault(mode, []).append(frame)
    used = {mode: _spread(group) for mode, group in groups.items()}
    registrar = Registrar(_most_typical(max(used.values(), key=len)))
    baselines: dict[LightMode, Baseline] = {}
    left_out: list[FrameRef] = []
    for mode, group in used.items():
        fitting: list[Frame] = []
        for frame in group:
            aligned = registrar.register(frame.image).image
            if aligned is None:
                left_out.append(frame.ref)
            else:
                fitting.append(Frame(frame.ref, aligned))
        if fitting:
            image = median([frame.image for frame in fitting])
            baselines[mode] = Baseline(mode, image, tuple(frame.ref for frame in fitting))
    if len(ordered) > 1 and sum(len(one.frames) for one in baselines.values()) < 2:
        raise BaselineImpossible(
            f"no two of the {len(ordered)} baseline frames show the same place",
            hint="Give frames of one camera that is fixed, taken in good sight.",
        )
    return Learned(baselines, tuple(left_out))


def median(images: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Median of aligned pictures, all uint8 (H, W, 3), pixel by pixel and channel by channel."""
    strips = [
        np.median([image[top : top + _STRIP] for image in images], axis=0)
        for top in range(0, len(images[0]), _STRIP)
    ]
    return np.asarray(np.rint(np.concatenate(strips)), np.uint8)


def _by_time(frame: Frame) -> tuple[object, str]:
    return frame.ref.order


def _spread(frames: Sequence[Frame]) -> list[Frame]:
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), _AT_MOST)).round().astype(int)
    return [frames[index] for index in chosen]


def _most_typical(frames: Sequence[Frame]) -> NDArray[np.uint8]:
    lights = np.stack([measure(frame.image) for frame in frames])
    return frames[int(((lights - np.median(lights, axis=0)) ** 2).sum(axis=1).argmin())].image
