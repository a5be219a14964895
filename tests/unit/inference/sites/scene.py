"""A small fixed camera for tests: a yard with a wall, in any light, with what stands in it."""

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.sites.frame import Frame, FrameRef

WIDTH, HEIGHT = 320, 180
SHED = (190, 100, 250, 150)
START = datetime(2026, 6, 1, tzinfo=UTC)


def place(seed: int = 1) -> NDArray[np.float32]:
    """A textured place without anything new: float32 (H, W, 3)."""
    rng = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH, 3), (150, 150, 145), np.float32)
    picture[: int(rng.integers(40, 70))] = (205, 190, 180)
    for _ in range(40):
        x, y = int(rng.integers(0, WIDTH - 20)), int(rng.integers(40, HEIGHT - 20))
        wide, high = int(rng.integers(8, 50)), int(rng.integers(6, 30))
        colour = rng.uniform(60, 200) + rng.uniform(-15, 15, 3)
        picture[y : y + high, x : x + wide] = colour
    if seed == 1:
        x1, y1, x2, y2 = SHED
        picture[y1 - 8 : y2 + 8, x1 - 8 : x2 + 8] = (120, 125, 125)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.float32)


def build(picture: NDArray[np.float32], box: tuple[int, int, int, int] = SHED) -> None:
    """Put a corrugated shed into a picture."""
    x1, y1, x2, y2 = box
    picture[y1:y2, x1:x2] = (190, 110, 40)
    picture[y1:y2, x1:x2:6] *= 0.6
    picture[y1 : y1 + 3, x1:x2] = (60, 40, 30)


def photograph(
    at: datetime,
    *,
    seed: int = 1,
    shed: bool = False,
    light: float = 1.0,
    night: bool = False,
    shift: tuple[float, float] = (0.0, 0.0),
    visitor: bool = True,
) -> Frame:
    """Take a picture: with grain, a passer-by somewhere else each time, and the hour's light."""
    rng = np.random.default_rng(int(at.timestamp()))
    picture = place(seed)
    if shed:
        build(picture)
    if visitor:
        x, y = int(rng.integers(0, WIDTH - 30)), int(rng.integers(60, HEIGHT - 20))
        picture[y : y + 18, x : x + 26] = rng.uniform(20, 230, 3)
    if night:
        down = np.linspace(0.15, 1.0, HEIGHT, dtype=np.float32)[:, None, None]
        lamp = np.exp(-(((np.arange(WIDTH) - 220) / 90) ** 2)).astype(np.float32)[None, :, None]
        picture = picture * down * (0.25 + 0.75 * lamp)
        picture[:50] = 18
    matrix = np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
    moved = cv2.warpAffine(
        picture * light, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE
    )
    grainy = np.asarray(moved, np.float32) + rng.normal(0, 3, picture.shape)
    image = grainy.clip(0, 255).astype(np.uint8)
    return Frame(FrameRef(at=at, name=f"{at:%Y-%m-%d_%H-%M-%S}.jpg"), image)


def hours(day: int, *of_day: int) -> list[datetime]:
    """Times of one day, counted from 0."""
    return [START + timedelta(days=day, hours=hour) for hour in of_day]


def baseline_frames() -> list[Frame]:
    """Eight frames of two days."""
    return [photograph(at) for day in (0, 1) for at in hours(day, 8, 10, 14, 16)]
