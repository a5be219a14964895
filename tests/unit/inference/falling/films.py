"""Frames without files: a grey wall with things that move before it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 480
FPS = 25.0
PX_PER_M = 30.0

Position = Callable[[float], tuple[float, float] | None]


@dataclass(frozen=True)
class Frame:
    """A frame as a clip gives it."""

    index: int
    time_s: float
    image: NDArray[np.uint8]

    def luma(self) -> NDArray[np.uint8]:
        return self.image

    def bgr(self) -> NDArray[np.uint8]:
        return np.repeat(self.image[:, :, None], 3, axis=2)


@dataclass(frozen=True)
class Film:
    """A clip of still wall and moving discs.

    Attributes:
        positions: Centre of each disc at a time in seconds, None where it is not there.
        seconds: How long it lasts.
        fps: Frames per second.
        radius: Of the discs, pixels.
        contrast: How much brighter they are.
        noise: Standard deviation of the grain.
        shake: Shift x, y of the picture in pixels at a time.
        lost: Frames that are left out.
    """

    positions: tuple[Position, ...]
    seconds: float = 2.4
    fps: float = FPS
    radius: float = 3.0
    contrast: float = 40.0
    noise: float = 1.0
    shake: Callable[[float], tuple[float, float]] = lambda _: (0.0, 0.0)
    lost: frozenset[int] = frozenset()
    width: int = WIDTH
    height: int = HEIGHT

    def frames(self) -> Iterator[Frame]:
        rng = np.random.default_rng(7)
        wall = cv2.resize(
            rng.uniform(60, 180, (30, 20)).astype(np.float32), (WIDTH + 40, HEIGHT + 40)
        )
        ys, xs = np.mgrid[:HEIGHT, :WIDTH]
        for number in range(round(self.seconds * self.fps)):
            time_s = number / self.fps
            dx, dy = self.shake(time_s)
            move = np.array([[1.0, 0.0, dx - 20], [0.0, 1.0, dy - 20]])
            picture = cv2.warpAffine(wall, move, (WIDTH, HEIGHT)).astype(np.float64)
            for position in self.positions:
                at = position(time_s)
                if at is not None:
                    away = np.hypot(xs - at[0] - dx, ys - at[1] - dy)
                    picture += self.contrast * np.clip(self.radius + 0.5 - away, 0, 1)
            picture += rng.normal(0, self.noise, picture.shape)
            if number not in self.lost:
                yield Frame(number, time_s, np.clip(picture, 0, 255).astype(np.uint8))


def dropped(x: float, y: float, begin_s: float = 0.3, g: float = 9.81) -> Position:
    """Dropped at rest, gone below the picture."""

    def at(time_s: float) -> tuple[float, float] | None:
        fallen = y + PX_PER_M * g * (time_s - begin_s) ** 2 / 2
        return (x, fallen) if time_s >= begin_s and fallen < HEIGHT + 10 else None

    return at
